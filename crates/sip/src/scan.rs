//! Finding a byte in short text: eight bytes at a time, without the call and the set-up that a search in long text
//! is worth. Header values are mostly shorter than forty bytes.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The offset of the first byte that is one of `wanted`.
#[inline]
pub(crate) fn find<const N: usize>(bytes: &[u8], wanted: [u8; N]) -> Option<usize> {
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

/// Splits text at the first `byte`, which is ASCII and is left out.
#[inline]
pub(crate) fn cut(text: &str, byte: u8) -> Option<(&str, &str)> {
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
}
