//! The last events of a stream, for a browser that comes back after its connection broke.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::agent::Frame;

/// Events that are kept at most.
const MOST: usize = 1024;
/// Octets of them.
const MOST_OCTETS: usize = 256 * 1024;
/// Events are kept for so long: a browser that has been away longer reads everything anew.
const KEPT: Duration = Duration::from_secs(120);

/// The events, the earliest first, numbered without a gap.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    last: u64,
    octets: usize,
    events: VecDeque<(Instant, Frame)>,
}

impl Ring {
    /// Returns the number of the last event.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// Takes in the event with the next number.
    pub(crate) fn push(&mut self, event: Frame, now: Instant) {
        self.last += 1;
        self.octets += event.len();
        self.events.push_back((now, event));
        while self.events.len() > MOST || self.octets > MOST_OCTETS {
            self.drop_first();
        }
    }

    /// Forgets what has been kept long enough.
    pub(crate) fn forget_old(&mut self, now: Instant) {
        while self.events.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > KEPT) {
            self.drop_first();
        }
        if self.events.is_empty() {
            self.events = VecDeque::new();
        }
    }

    /// Returns every event after number `after`; none when some of them are forgotten, or it is of another stream.
    pub(crate) fn after(&self, after: u64) -> Option<Vec<Frame>> {
        let missed = usize::try_from(self.last.checked_sub(after)?).ok()?;
        let first = self.events.len().checked_sub(missed)?;
        Some(self.events.iter().skip(first).map(|(_, event)| event.clone()).collect())
    }

    fn drop_first(&mut self) {
        if let Some((_, event)) = self.events.pop_front() {
            self.octets -= event.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
        Instant::now()
    }

    #[test]
    fn who_comes_back_gets_each_event_once_or_is_told_to_read_anew() {
        let (mut ring, now) = (Ring::default(), start());
        assert_eq!(ring.after(0), Some(vec![]));
        for number in 1..=3 {
            ring.push(Frame::from(number.to_string()), now);
        }
        assert_eq!(ring.after(1), Some(vec![Frame::from("2".to_owned()), Frame::from("3".to_owned())]));
        assert_eq!(ring.after(3), Some(vec![]));
        assert_eq!(ring.after(4), None, "it is of another stream");
        ring.forget_old(now + KEPT * 2);
        assert_eq!(ring.after(2), None);
        assert_eq!(ring.after(3), Some(vec![]));
    }

    #[test]
    fn neither_many_nor_long_events_take_room_without_end() {
        let (mut ring, now) = (Ring::default(), start());
        for _ in 0..MOST * 2 {
            ring.push(Frame::from("x".to_owned()), now);
        }
        assert_eq!((ring.events.len(), ring.octets), (MOST, MOST));
        for _ in 0..10 {
            ring.push(Frame::from("x".repeat(100_000)), now);
        }
        assert_eq!((ring.events.len(), ring.octets), (2, 200_000));
    }
}
