//! Chance for one step of one seed: another step, or one step less, changes nothing of it.

use rapport_testkit::chance::Chance;

/// The dice of one step.
pub(crate) struct Dice(Chance);

impl Dice {
    pub(crate) fn new(seed: u64, step: u64) -> Self {
        let mixed = Chance::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ step.rotate_left(40));
        Self(Chance::new(mixed.next()))
    }

    /// A number below `end`.
    pub(crate) fn below(&self, end: usize) -> usize {
        usize::try_from(self.0.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// True once in so many times.
    pub(crate) fn one_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of them, each as likely as its weight says.
    pub(crate) fn weighted<T: Copy>(&self, from: &[(usize, T)]) -> T {
        let mut at = self.below(from.iter().map(|(weight, _)| weight).sum());
        for (weight, item) in from {
            if at < *weight {
                return *item;
            }
            at -= weight;
        }
        from[0].1
    }
}
