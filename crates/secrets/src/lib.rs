//! Password hashes, NT hashes sealed under the service key, and message history sealed under keys of its own.
//!
//! Everything here is synchronous; how many hashes are worked out at once is the caller's bound. Where a secret is
//! kept, how often it may be tried and who may see it is not decided here.
#![warn(missing_docs)]

mod app_password;
mod hash;
mod history;
mod keyfile;
mod passphrase;
mod policy;
mod seal;
mod sign;

pub use app_password::AppPassword;
pub use hash::{Cost, HashError, PasswordHasher, Verdict};
pub use history::{HistoryKey, PersonKey};
pub use keyfile::{KeyFile, KeyFileError};
pub use passphrase::{PassphraseError, check_passphrase};
pub use policy::{PasswordPolicy, PasswordRefusal, normalised};
pub use seal::{KeyInfo, OpenError, Purpose, SealError, ServiceKey, key_number};
pub use sign::{Signer, is_signed};
