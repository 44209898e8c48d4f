//! The faults of the network and the chance that they come from.

use std::time::Duration;

/// What the network does to a packet. A node's packets to itself are spared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// The part of the packets that is lost, from 0 to 1. At much more than 0.3 nodes lose their leases.
    pub loss: f64,
    /// The part of the packets that comes twice, from 0 to 1.
    pub duplicate: f64,
    /// The shortest and the longest time that a packet takes.
    pub delay: (Duration, Duration),
    /// Whether a packet may overtake another one on the same link.
    pub reorder: bool,
}

impl Faults {
    /// A millisecond of delay and nothing else.
    pub const NONE: Self = Self {
        loss: 0.0,
        duplicate: 0.0,
        delay: (Duration::from_millis(1), Duration::from_millis(1)),
        reorder: false,
    };

    /// A bad network: a tenth is lost, a tenth comes twice, and any packet may overtake another.
    pub const HARSH: Self = Self {
        loss: 0.1,
        duplicate: 0.1,
        delay: (Duration::from_millis(1), Duration::from_millis(80)),
        reorder: true,
    };
}

impl Default for Faults {
    fn default() -> Self {
        Self::NONE
    }
}

/// How many packets the network has spoilt since the start; those that a cut kept back are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spoilt {
    /// Those that were lost.
    pub lost: u64,
    /// Those that came twice.
    pub doubled: u64,
}

/// Chance from a seed (SplitMix64, public domain).
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Tells whether something of this probability happens.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        // The upper 53 bits make a fraction that a float holds exactly.
        ((self.next() >> 11) as f64) / ((1u64 << 53) as f64) < probability
    }

    /// Returns a span between two, in whole milliseconds.
    pub(crate) fn between(&mut self, (shortest, longest): (Duration, Duration)) -> Duration {
        let extra = longest.saturating_sub(shortest).as_millis() as u64;
        shortest + Duration::from_millis(self.next() % (extra + 1))
    }
}
