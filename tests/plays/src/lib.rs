//! Plays: small texts in which people sign in, watch each other and talk, and what each of them must receive.
//!
//! A play knows nothing of nodes: the same text is played on a [`Stage`] of one node and of several. Every expectation
//! waits for an event; time is virtual, so waiting costs nothing. `tests/plays/README.md` has the words of the language.

mod eyes;
mod player;
mod script;
mod stage;
mod troupe;

pub use script::{Company, Line, Play, ScriptError};
pub use stage::{Both, Live, Stage, Stream};
pub use troupe::{Mishap, perform};
