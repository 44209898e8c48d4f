//! What is known of a password: its NT hash, and the key derived for one user name.

use std::fmt;

use zeroize::Zeroize as _;

use super::crypto::{hmac_md5, md4, with_secret_utf16le};

/// The MD4 of a password in UTF-16LE: as good as the password itself, so it is wiped and never printed.
#[derive(Clone)]
pub struct NtHash([u8; 16]);

impl NtHash {
    /// The hash of a password.
    pub fn of_password(password: &str) -> Self {
        Self(with_secret_utf16le(password, md4))
    }

    /// A hash that was stored.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes to store (under encryption).
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// A hash that no password is known to have, for burning time.
    pub(super) fn dummy() -> Self {
        Self([0x5A; 16])
    }

    /// NTOWFv2 over a name made by [`identity`].
    pub(super) fn response_key(&self, identity: &[u8]) -> ResponseKey {
        ResponseKey(hmac_md5(&self.0, &[identity]))
    }
}

impl Drop for NtHash {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for NtHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NtHash(..)")
    }
}

/// The key of the proof (`ResponseKeyNT`).
pub(super) struct ResponseKey(pub(super) [u8; 16]);

impl Drop for ResponseKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The user in upper case followed by the domain as received, in UTF-16LE.
pub(super) fn identity(user: &str, domain: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity((user.len() + domain.len()) * 2);
    bytes.extend(user.encode_utf16().map(upper).flat_map(u16::to_le_bytes));
    bytes.extend(domain.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

/// The same with the user in upper case as Unicode's full mapping has it (`ß` is `SS`), where that is another name.
///
/// COMPAT(gss-ntlmssp): it makes the name so. Whoever knows the password knows it under either name.
pub(super) fn full_identity(user: &str, domain: &str) -> Option<Vec<u8>> {
    if user.is_ascii() {
        return None;
    }
    let full = user.to_uppercase();
    let differs = !full.encode_utf16().eq(user.encode_utf16().map(upper));
    differs.then(|| {
        let units = full.encode_utf16().chain(domain.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    })
}

/// Upper-cases one UTF-16 unit as Windows does: one unit to one unit, whatever the language.
///
/// That is Unicode's simple mapping, with the exceptions of Windows' table (the one that NTFS and exFAT publish): what
/// would become an ASCII letter or change its script stays (`ı`, `ſ`, `µ`), and so do a letter of two in title case
/// (`ǅ`), a letter whose capital is longer than one unit (`ß`), and everything outside the BMP.
fn upper(unit: u16) -> u16 {
    let Some(c) = char::from_u32(u32::from(unit)) else { return unit };
    if c.is_ascii() {
        return u16::from((unit as u8).to_ascii_uppercase());
    }
    if matches!(c, 'µ' | 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ') {
        return unit;
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(capital), None) if !capital.is_ascii() => u16::try_from(u32::from(capital)).unwrap_or(unit),
        _ => unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper_text(text: &str) -> String {
        let units: Vec<u16> = text.encode_utf16().map(upper).collect();
        String::from_utf16(&units).expect("still valid")
    }

    #[test]
    fn names_are_upper_cased_unit_by_unit_as_windows_does() {
        for (from, to, why) in [
            ("alice", "ALICE", "ASCII"),
            ("Jürgen müller", "JÜRGEN MÜLLER", "Latin-1"),
            ("straße", "STRAßE", "the capital of ß is two letters"),
            ("STRAẞE", "STRAẞE", "a capital is a capital"),
            ("ŉ", "ŉ", "its capital is two letters"),
            ("жанна ёж", "ЖАННА ЁЖ", "Cyrillic"),
            ("σίσυφος", "ΣΊΣΥΦΟΣ", "both forms of sigma have one capital"),
            ("µ", "µ", "the micro sign is of Latin-1 and does not turn Greek"),
            ("μ", "Μ", "the Greek letter that looks like it"),
            ("ı", "ı", "no other letter becomes an ASCII one"),
            ("i", "I", "whatever the language: not the dotted capital of Turkish"),
            ("ſ", "ſ", "no other letter becomes an ASCII one"),
            ("ÿ", "Ÿ", "its capital is not in Latin-1"),
            ("ǆ", "Ǆ", "two letters in one"),
            ("ǅ", "ǅ", "title case is neither and stays"),
            ("ﬁ", "ﬁ", "a ligature's capital is two letters"),
            ("ａ", "Ａ", "full width"),
            ("𐐨", "𐐨", "surrogates have no case"),
            ("שלום 文", "שלום 文", "scripts without case"),
        ] {
            assert_eq!(upper_text(from), to, "{from}: {why}");
        }
        assert_eq!(upper(0xD801), 0xD801, "half a pair");
    }

    #[test]
    fn a_hash_is_never_printed() {
        assert_eq!(format!("{:?}", NtHash::of_password("secret")), "NtHash(..)");
    }
}
