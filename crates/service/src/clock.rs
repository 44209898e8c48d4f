//! Time and chance as the services see them: given from outside, so that a simulation can give its own.

use std::time::Instant;

use rapport_model::{Moment, Timestamp};

/// Tells the time and gives random octets.
pub trait Clock: Send + Sync + 'static {
    /// Returns the wall clock's time, for what people and protocols read. It may jump.
    fn wall(&self) -> Timestamp;

    /// Returns the present as people read it, and as what runs out is measured. Where nobody sets the wall clock, the two
    /// are the same.
    fn moment(&self) -> Moment {
        self.wall().into()
    }

    /// Returns monotonic time, for every time-out.
    fn monotonic(&self) -> Instant;

    /// Fills `octets` from a cryptographically secure source.
    fn random(&self, octets: &mut [u8]);

    /// Returns a random number.
    fn random_u64(&self) -> u64 {
        let mut octets = [0u8; 8];
        self.random(&mut octets);
        u64::from_le_bytes(octets)
    }
}
