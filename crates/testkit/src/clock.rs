//! Time and chance for the services, from a test's hand.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

pub use rapport_model::{Moment, Timestamp};
use rapport_service::clock::Clock;

use crate::chance::Chance;

/// 2026-01-05 08:00:00 UTC, a Monday: when a simulation begins unless it says otherwise.
pub const MONDAY_MORNING: Timestamp = Timestamp(1_767_600_000_000);

/// A clock that follows tokio's time, paused or not, and draws chance from a seed.
#[derive(Debug)]
pub struct VirtualClock {
    begun: tokio::time::Instant,
    wall: Timestamp,
    /// By how many milliseconds the wall clock has been set forward, or back.
    set: AtomicI64,
    chance: Chance,
}

impl VirtualClock {
    /// Begins at [`MONDAY_MORNING`]. Must be called where tokio's time runs.
    pub fn new(seed: u64) -> Self {
        Self::starting(MONDAY_MORNING, seed)
    }

    /// Begins at `wall`.
    pub fn starting(wall: Timestamp, seed: u64) -> Self {
        Self { begun: tokio::time::Instant::now(), wall, set: AtomicI64::new(0), chance: Chance::new(seed) }
    }
}

impl VirtualClock {
    /// Sets the wall clock forward by so many seconds, or back; other time goes on as before.
    pub fn set_by(&self, seconds: i64) {
        self.set.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn wall(&self) -> Timestamp {
        Timestamp(self.moment().steady.0 + self.set.load(Ordering::Relaxed))
    }

    fn moment(&self) -> Moment {
        let steady = self.wall.plus(self.begun.elapsed());
        Moment { wall: Timestamp(steady.0 + self.set.load(Ordering::Relaxed)), steady }
    }

    fn monotonic(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn random(&self, octets: &mut [u8]) {
        self.chance.fill(octets);
    }
}

/// The machine's own clock and randomness, for tests that talk to programs outside.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl SystemClock {
    /// The wall clock's time, for programs that need no [`Clock`].
    pub fn wall_time(self) -> Timestamp {
        self.wall()
    }

    /// Monotonic time, for programs that need no [`Clock`].
    pub fn monotonic_time(self) -> Instant {
        self.monotonic()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that others are given")]
    fn wall(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(0).plus(since)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that others are given")]
    fn monotonic(&self) -> Instant {
        Instant::now()
    }

    fn random(&self, octets: &mut [u8]) {
        getrandom::fill(octets).expect("the operating system gives randomness");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn both_times_follow_the_paused_time_of_the_runtime() {
        let clock = VirtualClock::new(1);
        let before = clock.monotonic();
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.wall(), Timestamp(MONDAY_MORNING.0 + 90_000));
        assert_eq!(clock.monotonic() - before, Duration::from_secs(90));
    }

    #[tokio::test(start_paused = true)]
    async fn chance_is_the_seeds() {
        assert_eq!(VirtualClock::new(5).random_u64(), VirtualClock::new(5).random_u64());
        assert_ne!(VirtualClock::new(5).random_u64(), VirtualClock::new(6).random_u64());
    }
}
