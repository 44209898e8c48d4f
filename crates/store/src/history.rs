//! The rows of message history: whose, with whom and when stands in the clear, what was said is sealed.

use std::fmt;

use rapport_core::directory::PersonRef;
use rapport_model::{TenantId, Timestamp, UserId};

use crate::Sealed;

/// Numbers for each millisecond: what is deleted leaves its number to nobody who comes later, but in the same
/// millisecond.
const PER_MILLISECOND: i64 = 1024;

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
    /// Its number, greater than that of every entry which the person had when it was added.
    pub number: i64,
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
    /// The last of them.
    pub last: HistoryEntry,
}

/// Which entries of a person are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryRange {
    /// The one of that number.
    One(i64),
    /// All with one other.
    With(PersonRef),
    /// All.
    All,
}

/// Returns whom the key of a company's history is sealed for: nobody has that number.
pub const fn history_key_owner(tenant: TenantId) -> UserId {
    UserId { tenant, user: 0 }
}

/// Returns the number of an entry made at `at` by somebody whose last entry has the number `last`.
pub fn history_number(last: Option<i64>, at: Timestamp) -> i64 {
    let by_time = at.0.max(0).saturating_mul(PER_MILLISECOND);
    last.map_or(by_time, |last| by_time.max(last.saturating_add(1)))
}

// Whom somebody talks to reaches no log by way of `Debug`.
impl fmt::Debug for NewHistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewHistoryEntry").field("user", &self.user).finish_non_exhaustive()
    }
}
