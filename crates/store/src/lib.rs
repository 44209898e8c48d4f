//! The port to what must last: companies, people, credentials, contacts, static presence, history and the
//! audit log.
//!
//! [`Store`] says what an adapter promises; `contract` (behind the feature of that name) is the suite that shows it.
//! What the contract does not test, callers may not rely on. No SQL, no runtime and no rule of presence is here.
#![warn(missing_docs)]

pub mod bounds;
#[cfg(feature = "contract")]
pub mod calls;
mod chain;
#[cfg(feature = "contract")]
pub mod contract;
mod error;
mod history;
mod port;
mod rows;

pub use chain::Link;
pub use error::StoreError;
pub use history::{HistoryEntry, HistoryKey, HistoryPeer, HistoryRange, NewHistoryEntry, history_key_owner};
pub use port::{Answer, BoxFuture, Store};
pub use rows::{
    AppPassword, AuditEntry, AuditRecord, Beginning, Begins, Credentials, Deleted, Fate, NewAppPassword,
    NewPassword, NewPerson, NewTenant, Previous, Resealed, Sealed, SealedAs, SealedOf, SealedPage,
    StoredPresence, TenantFields, WebMessage, WebSession, WebSessionHash, initial_contacts,
};
