//! Announcements: hints that something of a person has changed.
//!
//! An announcement says no more than where to read again. It may come twice, late, out of order or not at all: whoever
//! acts on one compares its number with what they have, and reads what they watch again every so often.

use std::future::{Future, poll_fn};
use std::task::{Context, Poll};

use rapport_model::UserId;

use crate::{Binding, Revision};

/// What has changed of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// The live document.
    Presence {
        /// Its revision after the change.
        revision: Revision,
    },
    /// The contact list.
    Contacts {
        /// Its delta number after the change.
        delta: u32,
    },
    /// A binding has ended and no later one of the same endpoint has taken its place. The fabric itself announces this.
    Bindings {
        /// The one that ended.
        ended: Binding,
    },
    /// The account or the directory entry: licence, switch, credentials, address, card.
    Account,
}

/// One event of a node's stream of announcements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announced {
    /// Something of this person has changed.
    Change(UserId, Announcement),
    /// Some were lost: whatever is watched or bound here should be read again.
    Gap,
}

/// A stream of announcements.
pub trait Announcements: Send + 'static {
    /// Gives the next event, or none when this node has no part in the fabric any more.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Announced>>;

    /// Waits for the next event; none when this node has no part in the fabric any more. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = Option<Announced>> + Send {
        poll_fn(|cx| self.poll_next(cx))
    }
}
