//! A brake on a client that publishes with wrong versions again and again: it is heard once a second.
//!
//! A right client that loses a race is told the current versions and publishes once more. One that repeats the same wrong
//! version would be answered 409 as fast as it can ask. It isn't cut off, since what it is sent still reaches its
//! person.

use std::time::{Duration, Instant};

/// Wrong versions in a row that cost nothing: more than several endpoints of one person ever make.
const FREE: u32 = 16;
/// How long after the last one a row is over.
const ROW: Duration = Duration::from_secs(60);
/// For how long nothing is read after each further one.
const PAUSE: Duration = Duration::from_secs(1);

/// The brake of one connection.
#[derive(Debug, Default)]
pub(crate) struct Brake {
    in_a_row: u32,
    last: Option<Instant>,
    until: Option<Instant>,
}

impl Brake {
    /// Counts a publication with wrong versions.
    pub(crate) fn wrong(&mut self, now: Instant) {
        if self.last.is_some_and(|last| now.saturating_duration_since(last) > ROW) {
            self.in_a_row = 0;
        }
        self.last = Some(now);
        self.in_a_row = self.in_a_row.saturating_add(1);
        if self.in_a_row > FREE {
            metrics::counter!("rapport_sip_brakes_total").increment(1);
            self.hold(now + PAUSE);
        }
    }

    /// Lets nothing be read before `until`.
    pub(crate) fn hold(&mut self, until: Instant) {
        self.until = Some(self.until.map_or(until, |held| held.max(until)));
    }

    /// Notes a publication that went through: the row is over.
    pub(crate) const fn right(&mut self) {
        self.in_a_row = 0;
    }

    /// Until when nothing is read.
    pub(crate) const fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Lets go when the time has come; tells whether it has.
    pub(crate) fn release(&mut self, now: Instant) -> bool {
        let over = self.until.is_some_and(|until| until <= now);
        if over {
            self.until = None;
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a beginning is needed, and any will do")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_row_of_wrong_versions_brakes_and_a_right_one_or_a_minute_ends_it() {
        let begun = start();
        let mut brake = Brake::default();
        for _ in 0..FREE {
            brake.wrong(begun);
            assert_eq!(brake.until(), None);
        }
        brake.wrong(begun);
        assert_eq!(brake.until(), Some(begun + PAUSE));
        assert!(!brake.release(begun));
        assert!(brake.release(begun + PAUSE));
        assert_eq!(brake.until(), None);
        brake.wrong(begun + PAUSE);
        assert!(brake.until().is_some());
        assert!(brake.release(begun + PAUSE * 2));
        brake.right();
        brake.wrong(begun + PAUSE * 2);
        assert_eq!(brake.until(), None);
        for _ in 0..FREE {
            brake.wrong(begun + PAUSE * 2);
        }
        assert!(brake.release(begun + PAUSE * 3));
        brake.wrong(begun + PAUSE * 3 + ROW);
        assert_eq!(brake.until(), None);
    }
}
