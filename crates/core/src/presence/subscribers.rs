//! Who put this person on a contact list, until the person has taken notice ([MS-PRES] §2.2.2.4, presence-im 2.2).
//!
//! Taking notice neither grants nor denies anything: access comes from containers.

use std::sync::Arc;

use crate::directory::PersonRef;

use super::{Change, Document, Prompted};

/// How many prompted subscribers are remembered.
pub const MAX_SUBSCRIBERS: usize = 600;
/// How many bytes of a subscriber's name are kept.
const MAX_NAME_BYTES: usize = 256;

impl Document {
    /// Remembers somebody who added this person to a contact list, for the person to take notice of.
    ///
    /// None when they are remembered already, acknowledged or not. When as many are remembered as may be, one who is
    /// acknowledged is forgotten for it; none when there is no such one.
    pub fn queue_subscriber(&self, watcher: PersonRef, display_name: &str) -> Option<Change> {
        if self.subscribers.contains_key(&watcher) {
            return None;
        }
        let mut next = self.clone();
        if next.subscribers.len() >= MAX_SUBSCRIBERS {
            let forgotten = next.subscribers.iter().find(|(_, prompted)| prompted.acknowledged)?.0.clone();
            next.subscribers.remove(&forgotten);
        }
        let name: Arc<str> = display_name.get(..display_name.floor_char_boundary(MAX_NAME_BYTES))?.into();
        next.subscribers.insert(watcher, Prompted { display_name: name, acknowledged: false });
        Change::between(self, next).unless_empty()
    }

    /// Notes that the person has taken notice of these; unknown ones are passed over. None when nothing changes.
    pub fn acknowledge<'a>(&self, watchers: impl IntoIterator<Item = &'a PersonRef>) -> Option<Change> {
        let mut next = self.clone();
        for watcher in watchers {
            if let Some(prompted) = next.subscribers.get_mut(watcher) {
                prompted.acknowledged = true;
            }
        }
        Change::between(self, next).unless_empty()
    }
}
