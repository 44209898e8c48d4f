//! The rows of message history: whose, with whom and when stands in the clear, what was said is sealed.

use std::fmt;

use rapport_core::directory::PersonRef;
use rapport_model::{MessageId, TenantId, Timestamp, UserId};

use crate::Sealed;

/// The key under which a company's history is sealed, itself sealed under the service key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryKey {
    /// Chosen at random, so that the key of a backup is not taken for the one of today.
    pub id: i64,
    /// The key.
    pub sealed: Sealed,
}

/// One message in one person's history, to be added.
#[derive(Clone, PartialEq, Eq)]
pub struct NewHistoryEntry {
    /// In whose history it is.
    pub user: UserId,
    /// The message; an entry of the same person that has the same name gives way.
    pub id: MessageId,
    /// With whom the conversation is.
    pub peer: PersonRef,
    /// When it was said.
    pub at: Timestamp,
    /// What was said.
    pub sealed: Sealed,
}

/// One message in one person's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The message.
    pub id: MessageId,
    /// With whom the conversation is.
    pub peer: PersonRef,
    /// When it was said.
    pub at: Timestamp,
    /// What was said.
    pub sealed: Sealed,
}

/// Somebody with whom a person has a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPeer {
    /// How many entries there are.
    pub count: u64,
    /// When the first of them was said.
    pub first: Timestamp,
    /// The last of them.
    pub last: HistoryEntry,
}

/// Which entries of a person are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryRange {
    /// The one of that message.
    One(MessageId),
    /// All with one other.
    With(PersonRef),
    /// All.
    All,
}

/// Returns whom the key of a company's history is sealed for: nobody has that number.
pub const fn history_key_owner(tenant: TenantId) -> UserId {
    UserId { tenant, user: 0 }
}

// Whom somebody talks to reaches no log by way of `Debug`.
impl fmt::Debug for NewHistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewHistoryEntry").field("user", &self.user).finish_non_exhaustive()
    }
}
