//! The machine's clock and randomness, the only place in which the server reads them.

use std::time::{Instant, SystemTime};

use rapport_model::Timestamp;
use rapport_service::clock::Clock;

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

/// Returns what the machine says that time it is.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Writes a moment as `2026-01-11T19:02:11Z`.
pub(crate) fn rfc3339(moment: SystemTime) -> String {
    timestamp(moment).to_rfc3339()
}

fn timestamp(moment: SystemTime) -> Timestamp {
    let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        timestamp(now())
    }

    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    fn monotonic(&self) -> Instant {
        Instant::now()
    }

    fn random(&self, octets: &mut [u8]) {
        // Challenges and passwords made without randomness would be worse than no server.
        getrandom::fill(octets).expect("the operating system gives randomness to a process that has begun");
    }
}
