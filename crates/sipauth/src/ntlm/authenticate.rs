//! The AUTHENTICATE message, read with suspicion ([MS-NLMP] §2.2.1.3).

use std::fmt;
use std::ops::Range;

use super::av::{AvPairs, FLAG_MIC};
use super::error::{ParseError, Weakness};
use super::flags;
use super::reader::{self, Field, malformed};
use super::time::FileTime;

/// The longest AUTHENTICATE that is read, in bytes. Real ones have about 320.
pub const MAX_TOKEN: usize = 4096;

/// Bytes before the payload: up to and including the flags.
const HEADER_LEN: usize = 64;
/// Where the MIC stands when there is one.
pub(super) const MIC: Range<usize> = 72..88;
/// Fixed bytes at the start of the blob, before its AV pairs.
const BLOB_HEADER_LEN: usize = 28;
/// Length of a proof, and of a session key.
const KEY_LEN: usize = 16;
/// Length of every response older than NTLMv2.
const V1_LEN: usize = 24;
/// The longest user, domain or workstation, in UTF-16 units.
const MAX_NAME: usize = 256;

/// A well-formed NTLMv2 answer to a challenge. Nothing in it is believed yet.
pub struct Authenticate {
    pub(super) message: Box<[u8]>,
    pub(super) blob: Range<usize>,
    pub(super) proof: [u8; KEY_LEN],
    pub(super) encrypted_session_key: [u8; KEY_LEN],
    pub(super) time: u64,
    pub(super) has_mic: bool,
    user: String,
    domain: String,
    workstation: String,
}

impl Authenticate {
    /// Reads a token.
    ///
    /// # Errors
    ///
    /// [`ParseError::Malformed`] for anything that is no AUTHENTICATE of at most [`MAX_TOKEN`] bytes;
    /// [`ParseError::Weak`] for LM, NTLMv1, anonymous, and for sessions without extended session security,
    /// signing, datagram form, 128-bit keys or key exchange.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        if bytes.len() > MAX_TOKEN {
            return Err(malformed("length", MAX_TOKEN));
        }
        reader::expect_type(bytes, 3)?;
        let nt = reader::field(bytes, 20, HEADER_LEN, "NT response")?;
        let domain = reader::field(bytes, 28, HEADER_LEN, "domain")?;
        let user = reader::field(bytes, 36, HEADER_LEN, "user")?;
        let workstation = reader::field(bytes, 44, HEADER_LEN, "workstation")?;
        let session_key = reader::field(bytes, 52, HEADER_LEN, "session key")?;
        let agreed = reader::u32_at(bytes, 60, "flags")?;
        // The LM response is followed, so that its length is not a lie, and then never used.
        let lm = reader::field(bytes, 12, HEADER_LEN, "LM response")?;

        if user.bytes.is_empty() || nt.bytes.is_empty() || agreed & flags::ANONYMOUS != 0 {
            return Err(Weakness::Anonymous.into());
        }
        if nt.bytes.len() == V1_LEN {
            return Err(Weakness::NtlmV1.into());
        }
        check_flags(agreed)?;

        let (proof, blob) =
            nt.bytes.split_first_chunk::<KEY_LEN>().ok_or_else(|| malformed("NT response", nt.at))?;
        let blob_at = nt.at + KEY_LEN;
        if !blob.starts_with(&[1, 1]) {
            return Err(malformed("NTLMv2 blob", blob_at));
        }
        let time = reader::array(blob, 8, "time").map(u64::from_le_bytes)?;
        let pairs = blob.get(BLOB_HEADER_LEN..).ok_or_else(|| malformed("NTLMv2 blob", blob_at))?;
        let pairs = AvPairs::parse(pairs, blob_at + BLOB_HEADER_LEN)?;

        let has_mic = pairs.flags() & FLAG_MIC != 0;
        let payload = [nt, lm, domain, user, workstation, session_key];
        if has_mic && (bytes.len() < MIC.end || payload.iter().any(|field| field.at < MIC.end)) {
            return Err(malformed("MIC", MIC.start));
        }

        let unicode = agreed & flags::UNICODE != 0;
        let encrypted_session_key =
            session_key.bytes.try_into().map_err(|_| malformed("session key", session_key.at))?;
        Ok(Self {
            proof: *proof,
            blob: blob_at..blob_at + blob.len(),
            encrypted_session_key,
            time,
            has_mic,
            user: text(user, unicode, "user")?,
            domain: text(domain, unicode, "domain")?,
            workstation: text(workstation, unicode, "workstation")?,
            message: bytes.into(),
        })
    }

    /// What the client's clock showed; none where it leaves that out.
    pub fn time(&self) -> Option<FileTime> {
        (self.time != 0).then_some(FileTime(self.time))
    }

    /// The user name exactly as sent: a login, or an address of record.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The domain exactly as sent; SIPE leaves it empty for a bare login.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The name of the client's machine; nothing proves it.
    pub fn workstation(&self) -> &str {
        &self.workstation
    }

    pub(super) fn blob(&self) -> &[u8] {
        self.message.get(self.blob.clone()).unwrap_or_default()
    }

    pub(super) fn pairs(&self) -> Option<AvPairs<'_>> {
        AvPairs::parse(self.blob().get(BLOB_HEADER_LEN..)?, 0).ok()
    }
}

impl fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The proof can be attacked off line, so it stays out of every log.
        f.debug_struct("Authenticate")
            .field("user", &self.user)
            .field("domain", &self.domain)
            .field("workstation", &self.workstation)
            .finish_non_exhaustive()
    }
}

fn check_flags(agreed: u32) -> Result<(), Weakness> {
    if agreed & flags::EXTENDED_SESSIONSECURITY == 0 {
        return Err(Weakness::NoExtendedSessionSecurity);
    }
    if agreed & flags::SIGN == 0 {
        return Err(Weakness::NoSigning);
    }
    if agreed & flags::DATAGRAM == 0 {
        return Err(Weakness::NotDatagram);
    }
    if agreed & flags::KEY_128 == 0 || agreed & flags::KEY_EXCH == 0 {
        return Err(Weakness::WeakKeys);
    }
    Ok(())
}

/// Decodes a name. OEM names are taken when they are ASCII: the client's code page is not known.
fn text(field: Field<'_>, unicode: bool, what: &'static str) -> Result<String, ParseError> {
    let error = || malformed(what, field.at);
    if field.bytes.len() > MAX_NAME * 2 {
        return Err(error());
    }
    if !unicode {
        return Some(field.bytes)
            .filter(|bytes| bytes.is_ascii())
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .map(str::to_owned)
            .ok_or_else(error);
    }
    let (units, odd) = field.bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(error());
    }
    char::decode_utf16(units.iter().copied().map(u16::from_le_bytes))
        .collect::<Result<String, _>>()
        .map_err(|_| error())
}
