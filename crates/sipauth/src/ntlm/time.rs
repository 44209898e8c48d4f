//! The Windows clock: 100-nanosecond steps since 1601 ([MS-DTYP] §2.3.3).

use std::time::Duration;

/// Seconds from 1601-01-01 to 1970-01-01.
const UNIX_EPOCH_SECS: u64 = 11_644_473_600;
const STEPS_PER_SEC: u64 = 10_000_000;

/// A point in time as Windows counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileTime(pub u64);

impl FileTime {
    /// The point `since_epoch` after 1970-01-01 00:00 UTC.
    pub fn from_unix(since_epoch: Duration) -> Self {
        let steps = since_epoch
            .as_secs()
            .saturating_add(UNIX_EPOCH_SECS)
            .saturating_mul(STEPS_PER_SEC)
            .saturating_add(u64::from(since_epoch.subsec_nanos() / 100));
        Self(steps)
    }

    /// How far apart two points are, whichever is the later.
    pub fn distance(self, other: Self) -> Duration {
        let steps = self.0.abs_diff(other.0);
        let nanos = u32::try_from(steps % STEPS_PER_SEC).unwrap_or(0) * 100;
        Duration::new(steps / STEPS_PER_SEC, nanos)
    }
}
