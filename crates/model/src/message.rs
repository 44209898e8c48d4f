//! What an instant message is called: by a number that says when it was said.

use std::fmt;
use std::str::FromStr;

use crate::Timestamp;

/// Binary digits of chance behind the milliseconds.
const CHANCE: u32 = 20;
/// The last millisecond that finds room: in the year 2248.
const LAST: i64 = (1 << (63 - CHANCE)) - 1;

/// Names one instant message, in the histories of both who exchanged it as where it is told of: milliseconds, then
/// chance. Messages stand in the order of their names.
///
/// A name is no secret: nobody finds by it what isn't theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub i64);

impl MessageId {
    /// How far apart the names of one millisecond and of the next are.
    pub const MILLISECOND: i64 = 1 << CHANCE;

    /// Returns the name of a message that is said at a moment, by so much chance.
    pub fn new(at: Timestamp, chance: u64) -> Self {
        let chance = i64::try_from(chance % (1 << CHANCE)).unwrap_or(0);
        Self(Self::first_of(at).0 + chance)
    }

    /// Returns the first name that a message of a moment may have.
    pub fn first_of(at: Timestamp) -> Self {
        Self(at.0.clamp(0, LAST) << CHANCE)
    }

    /// Returns when it was said.
    pub const fn at(self) -> Timestamp {
        Timestamp(self.0 >> CHANCE)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for MessageId {
    type Err = ();

    /// Reads the form that `Display` writes, and no other: 16 digits.
    fn from_str(text: &str) -> Result<Self, ()> {
        let is_digit = |octet: u8| matches!(octet, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(is_digit) {
            return Err(());
        }
        i64::from_str_radix(text, 16).map(Self).map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_as_it_is_written_and_says_when() {
        let at = Timestamp(1_767_600_000_123);
        let id = MessageId::new(at, u64::MAX);
        assert_eq!((id.to_string().parse(), id.at()), (Ok(id), at));
        assert_eq!(MessageId(255).to_string(), "00000000000000ff");
        for wrong in
            ["", "ff", "00000000000000FF", "+0000000000000ff", "8000000000000000", "00000000000000ff0"]
        {
            assert_eq!(wrong.parse::<MessageId>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn names_stand_in_the_order_of_their_moments_at_any_time() {
        let moments = [i64::MIN, -1, 0, 1, 1_767_600_000_123, 1_767_600_000_124, LAST - 1, LAST];
        for pair in moments.windows(2) {
            let [earlier, later] = pair else { unreachable!("two at a time") };
            let (earlier, later) = (Timestamp(*earlier), Timestamp(*later));
            assert!(MessageId::first_of(earlier) <= MessageId::first_of(later));
            assert!(MessageId::new(earlier, u64::MAX) >= MessageId::first_of(earlier));
            if earlier.0 >= 0 {
                assert!(MessageId::new(earlier, u64::MAX) < MessageId::first_of(later), "{earlier:?}");
            }
        }
        assert_eq!(MessageId::first_of(Timestamp(i64::MAX)).at(), Timestamp(LAST));
        assert_eq!(MessageId::new(Timestamp(i64::MAX), u64::MAX).0, i64::MAX);
    }
}
