//! Lies in an AUTHENTICATE message that is otherwise good, and has no field that is empty: a table of what can be wrong
//! with its fields.

/// Length-and-offset fields of an AUTHENTICATE: where each stands, and what the parser calls it.
pub(crate) const FIELDS: [(usize, &str); 6] = [
    (12, "LM response"),
    (20, "NT response"),
    (28, "domain"),
    (36, "user"),
    (44, "workstation"),
    (52, "session key"),
];
/// Bytes before the payload.
pub(crate) const HEADER: usize = 64;

/// The length and the offset of the field at `at`.
pub(crate) fn field(bytes: &[u8], at: usize) -> (u16, u32) {
    let word = |at: usize| [bytes[at], bytes[at + 1]];
    let offset = u32::from_le_bytes([bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]]);
    (u16::from_le_bytes(word(at)), offset)
}

/// The token with another length and offset of the field at `at`.
pub(crate) fn with_field(token: &[u8], at: usize, length: u16, offset: u32) -> Vec<u8> {
    let mut bytes = token.to_vec();
    bytes[at..at + 2].copy_from_slice(&length.to_le_bytes());
    bytes[at + 4..at + 8].copy_from_slice(&offset.to_le_bytes());
    bytes
}

/// Each field with a length or an offset that leads out of the message, or into its head.
pub(crate) fn outside(token: &[u8]) -> Vec<(&'static str, String, Vec<u8>)> {
    let total = u32::try_from(token.len()).expect("a short token");
    let mut lies = Vec::new();
    for (at, name) in FIELDS {
        let (length, offset) = field(token, at);
        for (what, length, offset) in [
            ("longer than the message", u16::MAX, offset),
            ("one octet beyond the end", length, total - u32::from(length) + 1),
            ("at the end", length, total),
            ("far beyond the end", length, 0x7FFF_FFFF),
            ("at the last offset there is", length, u32::MAX),
            ("its end overflows 32 bits", length, u32::MAX - u32::from(length) / 2),
            ("its end is exactly 2^32", length, u32::MAX - u32::from(length) + 1),
            ("one octet inside the head", length, 63),
            ("at the signature", length, 0),
        ] {
            lies.push((name, what.to_owned(), with_field(token, at, length, offset)));
        }
        for offset in 0..HEADER {
            let inside = u32::try_from(offset).expect("a small number");
            lies.push((name, format!("at {offset}"), with_field(token, at, length, inside)));
        }
    }
    lies
}

/// Each field with another MaxLen, which says how much room there was and means nothing to a reader.
pub(crate) fn room(token: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut same = Vec::new();
    for (at, name) in FIELDS {
        let (length, _) = field(token, at);
        for most in [0, 1, length - 1, length + 1, 0x7FFF, u16::MAX] {
            let mut bytes = token.to_vec();
            bytes[at + 2..at + 4].copy_from_slice(&most.to_le_bytes());
            same.push((format!("{name} with room for {most}"), bytes));
        }
    }
    same
}

/// Every beginning of the token.
pub(crate) fn cut(token: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    (0..token.len()).map(|length| (format!("cut to {length}"), token[..length].to_vec()))
}
