//! The configuration: one table of keys, from which reading, checking, explaining and the annotated example come.
//!
//! A value comes from the command line, else the environment, else the file, else the table's default. A key that
//! isn't in the table is an error, with the file, the line and the key that was probably meant.

mod check;
mod explain;
mod keys;
mod load;
mod value;

pub use explain::{example, explain};
pub use keys::{KEYS, Key, Settings};
pub use load::{ConfigError, Inputs, Origin, load};
pub use value::{
    Addresses, ByteSize, Ceiling, Directory, LogFormat, Names, OptionalAddress, OptionalPath, Raw, Setting,
    Span,
};
