//! Chance from a seed: the same seed gives the same run. Not for secrets.

use std::sync::atomic::{AtomicU64, Ordering};

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A sequence of numbers that only its seed decides (SplitMix64).
#[derive(Debug)]
pub struct Chance(AtomicU64);

impl Chance {
    /// Begins the sequence of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Returns the next 64 bits.
    pub fn next(&self) -> u64 {
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns the next 32 bits.
    pub fn next_u32(&self) -> u32 {
        let [.., a, b, c, d] = self.next().to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    /// Fills `octets`.
    pub fn fill(&self, octets: &mut [u8]) {
        for chunk in octets.chunks_mut(8) {
            let bytes = self.next().to_le_bytes();
            for (to, from) in chunk.iter_mut().zip(bytes) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_sequence_again_and_another_seed_another() {
        let sequence = |seed| {
            let chance = Chance::new(seed);
            let mut octets = [0; 13];
            chance.fill(&mut octets);
            (octets, chance.next(), chance.next_u32())
        };
        assert_eq!(sequence(7), sequence(7));
        assert_ne!(sequence(7), sequence(8));
    }
}
