//! Naming messages: each of a node after the one before, whatever the clock does.

use std::sync::atomic::{AtomicI64, Ordering};

use rapport_model::{MessageId, Timestamp};

/// By how much names may run ahead of the clock: one that was set back by more is followed.
const AHEAD: i64 = 1000 * MessageId::MILLISECOND;

/// The last name that was given.
#[derive(Debug)]
pub(super) struct Ids(AtomicI64);

impl Default for Ids {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Ids {
    /// Names a message that is said now. Chance keeps those apart which are named in one millisecond by two nodes, or
    /// twice because the clock was set back.
    pub(super) fn next(&self, now: Timestamp, chance: u64) -> MessageId {
        let fresh = MessageId::new(now, chance).0;
        let next = |last: i64| {
            let is_ahead = last >= fresh && last.saturating_sub(fresh) < AHEAD;
            if is_ahead { last.saturating_add(1) } else { fresh }
        };
        let last = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        MessageId(next(last.unwrap_or(i64::MIN)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_after_the_one_before_also_where_the_clock_goes_back_a_little() {
        let ids = Ids::default();
        let mut last = ids.next(Timestamp(5000), u64::MAX);
        for (now, chance) in [(5000, 0), (5000, 7), (5001, 0), (4990, 3), (5001, 9), (4500, 1)] {
            let next = ids.next(Timestamp(now), chance);
            assert!(next > last, "at {now}");
            last = next;
        }
        assert_eq!(ids.next(Timestamp(6000), 5), MessageId::new(Timestamp(6000), 5));
    }

    #[test]
    fn a_clock_that_was_set_back_is_followed() {
        let ids = Ids::default();
        ids.next(Timestamp(10_000_000), 1);
        assert_eq!(ids.next(Timestamp(5000), 2), MessageId::new(Timestamp(5000), 2));
    }
}
