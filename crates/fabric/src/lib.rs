//! The port to what is live: who is bound where, messages on their way, live presence, watchers, claims.
//!
//! It owns the traits that `service` is generic over and the values they pass, and, behind the feature `contract`, the
//! cases that every adapter must pass. It names no runtime, no message format and no number of nodes. What lasts
//! beyond the last connection is the store's. Source: DESIGN.md, decision 4; RFC 3261 §16.7 to §16.10 for forked calls.
#![warn(missing_docs)]

mod announce;
mod binding;
mod claim;
#[cfg(feature = "contract")]
pub mod contract;
mod delivery;
mod error;
mod port;
mod presence;

pub use announce::{Announced, Announcement, Announcements};
pub use binding::{Binding, Bound, Description, Epoch};
pub use claim::{Claim, NodeId};
pub use delivery::{Call, CallEvent, CallId, Delivered, Delivery, Fence, Gone, Inbox, Late, Payload, Reply};
pub use error::FabricError;
pub use port::Fabric;
pub use presence::{CasError, Revision, WatchRefused};
