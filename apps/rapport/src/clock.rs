//! The machine's clock and randomness, the only place in which the server reads them.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime};

use rapport_model::{Moment, Timestamp};
use rapport_service::clock::Clock;

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

/// Octets asked of the operating system at once. Every message takes a few, and each asking is a system call.
const BLOCK: usize = 512;

thread_local! {
    static AHEAD: RefCell<Ahead> = const { RefCell::new(Ahead { block: [0; BLOCK], given: BLOCK }) };
}

/// What the operating system has given and nobody has taken yet.
///
/// It is all the system's own randomness: nothing is stretched, so whoever sees what was given out learns nothing of what
/// comes. The process never forks, so no block is ever given out twice.
struct Ahead {
    block: [u8; BLOCK],
    given: usize,
}

impl Ahead {
    fn take(&mut self, octets: &mut [u8]) {
        if BLOCK - self.given < octets.len() {
            fill(&mut self.block);
            self.given = 0;
        }
        let end = self.given + octets.len();
        if let Some(fresh) = self.block.get_mut(self.given..end) {
            octets.copy_from_slice(fresh);
            // What was given out is a secret of whoever has it.
            fresh.fill(0);
        }
        self.given = end;
    }
}

fn fill(octets: &mut [u8]) {
    // Challenges and passwords made without randomness would be worse than no server.
    getrandom::fill(octets).expect("the operating system gives randomness to a process that has begun");
}

/// Returns what the machine says that time it is.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Writes a moment as `2026-01-11T19:02:11Z`.
pub(crate) fn rfc3339(moment: SystemTime) -> String {
    timestamp(moment).to_rfc3339()
}

/// Returns a moment as the domain has it.
pub(crate) fn timestamp(moment: SystemTime) -> Timestamp {
    let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        timestamp(now())
    }

    fn moment(&self) -> Moment {
        // When the process first asked, on both clocks.
        static BEGAN: OnceLock<(Timestamp, Instant)> = OnceLock::new();
        let (began, then) = *BEGAN.get_or_init(|| (self.wall(), self.monotonic()));
        let passed = self.monotonic().saturating_duration_since(then);
        Moment { wall: self.wall(), steady: began.plus(passed) }
    }

    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    fn monotonic(&self) -> Instant {
        Instant::now()
    }

    fn random(&self, octets: &mut [u8]) {
        if octets.len() > BLOCK / 8 {
            fill(octets);
        } else {
            AHEAD.with_borrow_mut(|ahead| ahead.take(octets));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nothing_random_is_given_twice_across_blocks_and_threads() {
        let take = || (0..1000).map(|_| SystemClock.random_u64()).collect::<Vec<_>>();
        let other = std::thread::spawn(take);
        let mut all = take();
        all.extend(other.join().expect("the other thread"));
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 2000);
        assert!(all.iter().all(|number| *number != 0));
    }

    #[test]
    fn every_length_is_filled_whole() {
        for length in [0, 1, 7, 63, 64, 65, 511, 512, 4096] {
            let mut octets = vec![0; length];
            SystemClock.random(&mut octets);
            let zeros = octets.iter().filter(|octet| **octet == 0).count();
            assert!(zeros <= length / 16 + 2, "{zeros} of {length}");
        }
    }
}
