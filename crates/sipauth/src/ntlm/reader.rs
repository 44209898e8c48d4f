//! Reading fixed fields and length-offset fields; nothing is allocated from a length.

use super::error::ParseError;

pub(super) const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

pub(super) fn malformed(what: &'static str, at: usize) -> ParseError {
    ParseError::Malformed { what, at }
}

/// `N` bytes from `at` on.
pub(super) fn array<const N: usize>(
    bytes: &[u8],
    at: usize,
    what: &'static str,
) -> Result<[u8; N], ParseError> {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().ok_or_else(|| malformed(what, at))
}

pub(super) fn u16_at(bytes: &[u8], at: usize, what: &'static str) -> Result<u16, ParseError> {
    array(bytes, at, what).map(u16::from_le_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize, what: &'static str) -> Result<u32, ParseError> {
    array(bytes, at, what).map(u32::from_le_bytes)
}

/// Checks the signature and the message type.
pub(super) fn expect_type(bytes: &[u8], message_type: u32) -> Result<(), ParseError> {
    if !bytes.starts_with(SIGNATURE) {
        return Err(malformed("signature", 0));
    }
    if u32_at(bytes, 8, "message type")? != message_type {
        return Err(malformed("message type", 8));
    }
    Ok(())
}

/// A field of the payload: its bytes and where they start.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

/// Follows the length and offset that stand at `at`. Payload never lies inside the `header_len` fixed bytes.
pub(super) fn field<'a>(
    bytes: &'a [u8],
    at: usize,
    header_len: usize,
    what: &'static str,
) -> Result<Field<'a>, ParseError> {
    let len = usize::from(u16_at(bytes, at, what)?);
    let offset = u32_at(bytes, at.saturating_add(4), what)?;
    if len == 0 {
        // Clients leave any offset in an empty field.
        return Ok(Field { bytes: &[], at: bytes.len() });
    }
    let offset = usize::try_from(offset).map_err(|_| malformed(what, at))?;
    if offset < header_len {
        return Err(malformed(what, at));
    }
    let end = offset.checked_add(len).ok_or_else(|| malformed(what, at))?;
    let bytes = bytes.get(offset..end).ok_or_else(|| malformed(what, at))?;
    Ok(Field { bytes, at: offset })
}
