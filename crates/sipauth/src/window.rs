//! The sliding window against replayed messages ([MS-SIPAE] §3.3.5.3).

/// How far back an unseen number is still taken.
const WIDTH: u32 = 256;

/// Which of the last 256 numbers were seen. Numbers start at 1; an association may begin anywhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplayWindow {
    highest: u32,
    /// Bit `n % 256` stands for the number `n`.
    seen: [u64; 4],
}

impl ReplayWindow {
    /// True when the number was not seen and is not too old to tell.
    pub(crate) fn is_fresh(&self, number: u32) -> bool {
        if number > self.highest {
            return true;
        }
        number != 0 && self.highest - number < WIDTH && !self.bit(number)
    }

    /// Remembers a number that [`is_fresh`](Self::is_fresh), once its message proved genuine.
    pub(crate) fn mark(&mut self, number: u32) {
        if number > self.highest {
            if number - self.highest >= WIDTH {
                self.seen = [0; 4];
            } else {
                for skipped in self.highest + 1..number {
                    self.set(skipped, false);
                }
            }
            self.highest = number;
        }
        self.set(number, true);
    }

    fn bit(&self, number: u32) -> bool {
        self.seen.get(word(number)).is_some_and(|bits| bits & mask(number) != 0)
    }

    fn set(&mut self, number: u32, value: bool) {
        if let Some(bits) = self.seen.get_mut(word(number)) {
            if value {
                *bits |= mask(number);
            } else {
                *bits &= !mask(number);
            }
        }
    }
}

fn word(number: u32) -> usize {
    (number / 64 % 4) as usize
}

fn mask(number: u32) -> u64 {
    1 << (number % 64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn take(window: &mut ReplayWindow, number: u32) -> bool {
        let fresh = window.is_fresh(number);
        if fresh {
            window.mark(number);
        }
        fresh
    }

    #[test]
    fn a_number_is_taken_once_within_the_window() {
        let mut window = ReplayWindow::default();
        for (number, fresh) in [
            (0, false),
            (7, true),
            (7, false),
            (5, true),
            (5, false),
            (262, true),
            (7, false),
            (6, false),
            (8, true),
            (1000, true),
            (744, false),
            (745, true),
            (u32::MAX, true),
            (u32::MAX, false),
            (u32::MAX - 255, true),
            (u32::MAX - 256, false),
        ] {
            assert_eq!(take(&mut window, number), fresh, "{number}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_set_of_everything_seen(numbers in prop::collection::vec(0u32..1500, 0..300)) {
            let mut window = ReplayWindow::default();
            let mut seen = BTreeSet::new();
            for number in numbers {
                let highest = seen.last().copied().unwrap_or(0);
                let expected = number != 0 && !seen.contains(&number) && number + 256 > highest;
                prop_assert_eq!(take(&mut window, number), expected);
                if expected {
                    seen.insert(number);
                }
            }
        }
    }
}
