//! When a calendar has somebody free or busy, and when that ends ([MS-PRES] §2.2.2.7.8, presence-im 1.5).
//!
//! Knows nothing of containers: whose calendar is shown with which state is aggregation's to decide.

use std::time::Duration;

use rapport_model::Timestamp;

/// How a calendar has somebody for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occupancy {
    /// Nothing is planned.
    Free,
    /// Something may take place.
    Tentative,
    /// Something takes place.
    Busy,
    /// They are away from work.
    OutOfOffice,
}

/// A while in which a calendar has somebody in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// How it has them.
    pub is: Occupancy,
    /// When it ends, on the wall clock.
    pub end: Timestamp,
}

/// Free or busy times: blocks from one moment on, each of which begins where the one before it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeBusy {
    start: Timestamp,
    blocks: Box<[Block]>,
}

impl FreeBusy {
    /// Makes them of slots of one length; neighbours that are alike are one block.
    pub fn of_slots(start: Timestamp, length: Duration, slots: impl IntoIterator<Item = Occupancy>) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        let mut end = start;
        for is in slots {
            end = end.plus(length);
            match blocks.last_mut() {
                Some(block) if block.is == is => block.end = end,
                _ => blocks.push(Block { is, end }),
            }
        }
        Self { start, blocks: blocks.into() }
    }

    /// Makes them of their blocks, the earliest first.
    pub fn of_blocks(start: Timestamp, blocks: impl IntoIterator<Item = Block>) -> Self {
        Self { start, blocks: blocks.into_iter().collect() }
    }

    /// Returns when the first block begins, on the wall clock.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Returns the blocks, the earliest first.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Returns when, after `now`, a moment of the wall clock, the next block begins.
    pub fn next_turn(&self, now: Timestamp) -> Option<Timestamp> {
        if now < self.start { Some(self.start) } else { self.at(now).map(|block| block.end) }
    }

    /// Returns the block that `now`, a moment of the wall clock, lies in.
    ///
    /// None before the first, and none from the last one on: whether that ends where the calendar was cut off nobody knows.
    pub fn at(&self, now: Timestamp) -> Option<Block> {
        let (_, ended) = self.blocks.split_last()?;
        (self.start <= now).then(|| ended.iter().find(|block| now < block.end).copied())?
    }
}

#[cfg(test)]
mod tests {
    use Occupancy::{Busy, Free, OutOfOffice, Tentative};

    use super::*;

    const QUARTER: Duration = Duration::from_secs(15 * 60);

    fn minute(minutes: i64) -> Timestamp {
        Timestamp(1_260_000_000_000 + minutes * 60_000)
    }

    #[test]
    fn a_block_ends_where_the_calendar_has_them_otherwise() {
        let slots = [Free, Busy, Busy, Tentative, OutOfOffice, OutOfOffice, Busy, Free];
        let times = FreeBusy::of_slots(minute(0), QUARTER, slots);
        let check = |now: Timestamp, want: Option<(Occupancy, i64)>| {
            let want = want.map(|(is, end)| Block { is, end: minute(end) });
            assert_eq!(times.at(now), want, "{now:?}");
        };
        check(Timestamp(minute(0).0 - 1), None);
        check(minute(0), Some((Free, 15)));
        check(Timestamp(minute(15).0 - 1), Some((Free, 15)));
        check(minute(15), Some((Busy, 45)));
        check(minute(44), Some((Busy, 45)));
        check(minute(45), Some((Tentative, 60)));
        check(minute(60), Some((OutOfOffice, 90)));
        check(minute(100), Some((Busy, 105)));
        check(minute(105), None);
        check(minute(120), None);
        check(minute(100_000), None);
        let turn = |now| times.next_turn(minute(now));
        assert_eq!([-1, 0, 15, 44, 45].map(turn), [0, 15, 45, 45, 60].map(|end| Some(minute(end))));
        assert_eq!((turn(104), turn(105), turn(100_000)), (Some(minute(105)), None, None));
        assert_eq!(FreeBusy::of_blocks(times.start(), times.blocks().to_vec()), times);
    }

    #[test]
    fn an_end_that_was_cut_off_is_not_told() {
        let whole = FreeBusy::of_slots(minute(0), QUARTER, [Busy; 8]);
        assert_eq!((whole.blocks().len(), whole.at(minute(0))), (1, None));
        let nothing = FreeBusy::of_slots(minute(0), QUARTER, []);
        assert_eq!((nothing.blocks(), nothing.at(minute(0))), (&[][..], None));
    }

    #[test]
    fn times_at_the_ends_of_the_clock_are_times() {
        for start in [Timestamp(i64::MIN), Timestamp(i64::MAX)] {
            let times = FreeBusy::of_slots(start, Duration::MAX, [Busy, Free, Busy]);
            for now in [Timestamp(i64::MIN), Timestamp(0), Timestamp(i64::MAX)] {
                assert!(times.at(now).is_none_or(|block| block.end > now));
            }
        }
    }
}
