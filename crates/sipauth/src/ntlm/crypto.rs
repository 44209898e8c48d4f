//! The three old primitives, in the shapes that NTLM needs.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md4::Md4;
use md5::{Digest as _, Md5};
use rc4::{Rc4, StreamCipher as _};
use zeroize::Zeroize as _;

pub(crate) type HmacMd5 = Hmac<Md5>;

pub(super) fn md4(bytes: &[u8]) -> [u8; 16] {
    Md4::digest(bytes).into()
}

pub(crate) fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// An HMAC that has taken its key and waits for the text.
pub(crate) fn keyed(key: &[u8; 16]) -> HmacMd5 {
    HmacMd5::new_from_slice(key).expect("HMAC takes a key of any length")
}

pub(super) fn hmac_md5(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Encrypts or decrypts `data` in place.
pub(crate) fn rc4(key: &[u8; 16], data: &mut [u8]) {
    Rc4::new_from_slice(key).expect("RC4 takes a key of sixteen bytes").apply_keystream(data);
}

/// The UTF-16LE form of `text`.
pub(super) fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Runs `use_it` over the UTF-16LE form of a secret and wipes that form.
pub(super) fn with_secret_utf16le<T>(text: &str, use_it: impl FnOnce(&[u8]) -> T) -> T {
    // Two bytes per UTF-8 byte are always enough, so the buffer never moves and leaves no copy behind.
    let mut bytes = Vec::with_capacity(text.len().saturating_mul(2));
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let result = use_it(&bytes);
    bytes.zeroize();
    result
}
