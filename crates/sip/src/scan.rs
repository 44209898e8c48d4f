//! Finding a byte in short text: eight bytes at a time, without the call and the set-up that a search in long text
//! is worth. Header values are mostly shorter than forty bytes.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The offset of the first byte that is one of `wanted`.
#[inline]
#[must_use]
pub fn find<const N: usize>(bytes: &[u8], wanted: [u8; N]) -> Option<usize> {
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        // A byte of `different` is 0 where `word` has the wanted one; the lowest high bit set marks the first of them.
        let marks = wanted.iter().fold(0, |marks, byte| {
            let different = word ^ (ONES * u64::from(*byte));
            marks | (different.wrapping_sub(ONES) & !different & HIGHS)
        });
        if marks != 0 {
            return Some(index * 8 + (marks.trailing_zeros() / 8) as usize);
        }
    }
    let done = bytes.len() - rest.len();
    rest.iter().position(|byte| wanted.contains(byte)).map(|at| done + at)
}

/// The offset of the first control character, the tab included.
#[inline]
pub(crate) fn find_control(bytes: &[u8]) -> Option<usize> {
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let marks = control_marks(*chunk);
        if marks != 0 {
            return Some(index * 8 + (marks.trailing_zeros() / 8) as usize);
        }
    }
    let done = bytes.len() - rest.len();
    rest.iter().position(u8::is_ascii_control).map(|at| done + at)
}

/// Whether there is a control character, the tab included.
#[inline]
pub(crate) fn has_control(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let marks = chunks.iter().fold(0, |marks, chunk| marks | control_marks(*chunk));
    // The last eight bytes are looked at twice rather than one by one.
    let last = match bytes.last_chunk::<8>() {
        Some(chunk) => control_marks(*chunk) != 0,
        None => rest.iter().any(u8::is_ascii_control),
    };
    marks != 0 || last
}

/// Marks the control characters of a word by their high bits, and perhaps what stands above the first of them.
#[inline]
const fn control_marks(chunk: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(chunk);
    // What is below the blank leaves its high bit set when the blank is taken from it; a delete is 0 in `delete`.
    let delete = word ^ (ONES * 0x7f);
    ((word.wrapping_sub(ONES * 0x20) & !word) | (delete.wrapping_sub(ONES) & !delete)) & HIGHS
}

/// Splits text at the first `byte`, which is ASCII and is left out.
#[inline]
#[must_use]
pub fn cut(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = find(text.as_bytes(), [byte])?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Splits text before the first of the `wanted` bytes, which are ASCII, or at its end.
#[inline]
pub(crate) fn until<const N: usize>(text: &str, wanted: [u8; N]) -> (&str, &str) {
    let at = find(text.as_bytes(), wanted).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_wanted_bytes_is_found_wherever_it_is() {
        for length in 0..40_usize {
            for at in 0..length {
                for (byte, neighbour) in [(b';', b':'), (0x80, 0x7f), (0, 1), (0xff, 0xfe), (b'!', b' ')] {
                    let mut bytes = vec![neighbour; length];
                    bytes[at] = byte;
                    if let Some(last) = bytes.last_mut() {
                        *last = byte;
                    }
                    assert_eq!(find(&bytes, [byte]), Some(at));
                    assert_eq!(find(&bytes, [b'x', byte, b'y']), Some(at));
                    assert_eq!(find(&bytes, [b'x', b'y']), None);
                }
            }
        }
        assert_eq!(find(b"", [b'a']), None);
        assert_eq!(cut("a:b:c", b':'), Some(("a", "b:c")));
        assert_eq!(until("a;b", [b';', b'=']), ("a", ";b"));
        assert_eq!(until("ab", [b';']), ("ab", ""));
    }

    #[test]
    fn the_first_control_character_is_found_wherever_it_is() {
        for byte in 0..=u8::MAX {
            for neighbour in [b' ', b'~', 0x80, 0xff] {
                for length in 0..20_usize {
                    for at in 0..length {
                        let mut bytes = vec![neighbour; length];
                        bytes[at] = byte;
                        let first = byte.is_ascii_control().then_some(at);
                        assert_eq!(find_control(&bytes), first, "{byte} at {at} of {length}");
                        assert_eq!(has_control(&bytes), first.is_some(), "{byte} at {at} of {length}");
                        if let Some(last) = bytes.last_mut().filter(|_| at + 1 < length) {
                            *last = 0x01;
                            assert_eq!(find_control(&bytes), first.or(Some(length - 1)));
                        }
                    }
                }
            }
        }
    }
}
