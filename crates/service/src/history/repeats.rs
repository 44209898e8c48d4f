//! First messages that were in an invitation and will be said again in the conversation: they keep their name, since
//! browsers have told them while the invitation rang.
//!
//! Source: presence-im 5.1: a caller whose callee's program doesn't say that it has shown the text says it once more.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rapport_model::{MessageId, Timestamp, UserId};

/// How many are remembered.
const CAPACITY: usize = 1024;
/// For how long: as long as an invitation may ring, and some.
const LASTS: Duration = Duration::from_secs(5 * 60);

/// What is to be said again, by who says it and the conversation's Call-ID.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    hasher: RandomState,
    known: Mutex<HashMap<u64, MessageId>>,
    /// Mostly there are none, and nobody looks.
    count: AtomicUsize,
}

impl Repeats {
    /// Remembers what its caller will say again. Where there is no room it gets another name then.
    pub(super) fn expect(&self, from: UserId, call_id: &str, id: MessageId, now: Timestamp) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CAPACITY {
            known.retain(|_, id| now.since(id.at()) < LASTS);
        }
        if known.len() < CAPACITY {
            known.insert(self.hasher.hash_one((from, call_id)), id);
        }
        self.count.store(known.len(), Ordering::Relaxed);
    }

    /// Returns how a message is called that has been in its conversation's invitation.
    pub(super) fn take(&self, from: UserId, call_id: &str, now: Timestamp) -> Option<MessageId> {
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let id = known.remove(&self.hasher.hash_one((from, call_id)));
        self.count.store(known.len(), Ordering::Relaxed);
        id.filter(|id| now.since(id.at()) < LASTS)
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::TenantId;

    use super::*;

    const ANA: UserId = UserId { tenant: TenantId(1), user: 7 };
    const NOW: Timestamp = Timestamp(1_767_600_000_000);

    #[test]
    fn what_is_said_again_keeps_its_name_once_and_for_its_caller_alone() {
        let repeats = Repeats::default();
        assert_eq!(repeats.take(ANA, "a", NOW), None);
        let id = MessageId::new(NOW, 1);
        repeats.expect(ANA, "a", id, NOW);
        assert_eq!(repeats.take(UserId { user: 8, ..ANA }, "a", NOW), None);
        assert_eq!(repeats.take(ANA, "b", NOW), None);
        assert_eq!(repeats.take(ANA, "a", NOW), Some(id));
        assert_eq!(repeats.take(ANA, "a", NOW), None);
        repeats.expect(ANA, "a", id, NOW);
        assert_eq!(repeats.take(ANA, "a", NOW.plus(LASTS)), None, "too late");
    }

    #[test]
    fn what_is_remembered_has_a_bound_and_what_is_over_makes_room() {
        let repeats = Repeats::default();
        for n in 0..CAPACITY + 9 {
            repeats.expect(ANA, &n.to_string(), MessageId::new(NOW, 1), NOW);
        }
        assert_eq!(repeats.count.load(Ordering::Relaxed), CAPACITY);
        assert_eq!(repeats.take(ANA, &CAPACITY.to_string(), NOW), None, "there was no room");
        let later = NOW.plus(LASTS);
        repeats.expect(ANA, "x", MessageId::new(later, 1), later);
        assert_eq!(repeats.count.load(Ordering::Relaxed), 1);
    }
}
