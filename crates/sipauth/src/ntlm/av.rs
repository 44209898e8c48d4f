//! AV pairs: the names of the server inside the challenge and, echoed, inside the proof
//! ([MS-NLMP] §2.2.2.1).

use thiserror::Error;

use super::crypto::utf16le;
use super::error::ParseError;
use super::reader::{malformed, u16_at};

pub(super) const EOL: u16 = 0;
pub(super) const NB_COMPUTER: u16 = 1;
pub(super) const NB_DOMAIN: u16 = 2;
pub(super) const DNS_COMPUTER: u16 = 3;
pub(super) const DNS_DOMAIN: u16 = 4;
pub(super) const DNS_TREE: u16 = 5;
pub(super) const FLAGS: u16 = 6;
pub(super) const TARGET_NAME: u16 = 9;
pub(super) const CHANNEL_BINDINGS: u16 = 10;

/// MsvAvFlags: the AUTHENTICATE message carries a MIC.
pub(super) const FLAG_MIC: u32 = 0x2;

/// The longest name a target may have, in UTF-16 units.
const MAX_NAME: usize = 255;

/// A name of the server is longer than 255 UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the server's {0} is longer than 255 characters")]
pub struct NameTooLong(&'static str);

/// The names under which the server presents itself.
///
/// A response is only good when it repeats them, which ties it to this service.
#[derive(Debug, Clone, Copy)]
pub struct TargetNames<'a> {
    /// NetBIOS domain, such as `EXAMPLE`.
    pub netbios_domain: &'a str,
    /// NetBIOS computer, such as `OCS`.
    pub netbios_computer: &'a str,
    /// DNS domain, such as `example.com`; an empty one isn't named.
    pub dns_domain: &'a str,
    /// DNS name of the server, such as `ocs.example.com`; the host of the target's SPN.
    pub dns_computer: &'a str,
    /// DNS forest, such as `example.com`; an empty one isn't named.
    pub dns_tree: &'a str,
}

/// The encoded names, ready to stand in every challenge.
#[derive(Debug, Clone)]
pub struct TargetInfo {
    bytes: Box<[u8]>,
}

impl TargetInfo {
    /// Encodes the pairs 2, 1, 4, 3, 5 and the end, as 2007 R2 does.
    ///
    /// There is no timestamp (pair 7) on purpose: with one, Windows adds a MIC and leaves LMv2 empty,
    /// while SIPE does neither.
    ///
    /// # Errors
    ///
    /// [`NameTooLong`] when a name exceeds 255 UTF-16 units.
    pub fn new(names: &TargetNames<'_>) -> Result<Self, NameTooLong> {
        let pairs = [
            (NB_DOMAIN, names.netbios_domain, "NetBIOS domain"),
            (NB_COMPUTER, names.netbios_computer, "NetBIOS computer name"),
            (DNS_DOMAIN, names.dns_domain, "DNS domain"),
            (DNS_COMPUTER, names.dns_computer, "DNS computer name"),
            (DNS_TREE, names.dns_tree, "DNS tree"),
        ];
        let mut bytes = Vec::with_capacity(256);
        for (id, name, what) in pairs {
            if name.is_empty() && matches!(id, DNS_DOMAIN | DNS_TREE) {
                continue;
            }
            let value = utf16le(name);
            let len = u16::try_from(value.len()).map_err(|_| NameTooLong(what))?;
            if value.len() > MAX_NAME * 2 {
                return Err(NameTooLong(what));
            }
            bytes.extend(id.to_le_bytes());
            bytes.extend(len.to_le_bytes());
            bytes.extend(value);
        }
        bytes.extend([0; 4]);
        Ok(Self { bytes: bytes.into_boxed_slice() })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A checked list of pairs: every length was followed to the end marker.
#[derive(Clone, Copy)]
pub(super) struct AvPairs<'a> {
    bytes: &'a [u8],
}

impl<'a> AvPairs<'a> {
    /// Walks the list; `at` is where it stands in the token. Bytes after the end marker are ignored.
    pub(super) fn parse(bytes: &'a [u8], at: usize) -> Result<Self, ParseError> {
        let mut rest = bytes;
        loop {
            let here = at.saturating_add(bytes.len() - rest.len());
            let id = u16_at(rest, 0, "AV pair").map_err(|_| malformed("AV pair", here))?;
            let len = usize::from(u16_at(rest, 2, "AV pair").map_err(|_| malformed("AV pair", here))?);
            if id == EOL {
                return Ok(Self { bytes });
            }
            rest =
                rest.get(4..).and_then(|rest| rest.get(len..)).ok_or_else(|| malformed("AV pair", here))?;
        }
    }

    pub(super) fn iter(self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            let id = u16_at(rest, 0, "").ok().filter(|id| *id != EOL)?;
            let len = usize::from(u16_at(rest, 2, "").ok()?);
            let (value, after) = rest.get(4..)?.split_at_checked(len)?;
            rest = after;
            Some((id, value))
        })
    }

    pub(super) fn find(self, id: u16) -> Option<&'a [u8]> {
        self.iter().find(|(candidate, _)| *candidate == id).map(|(_, value)| value)
    }

    /// The list with one more pair at its end.
    pub(super) fn followed_by(self, id: u16, value: &[u8; 16]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes.len() + 20);
        for (id, value) in self.iter().chain([(id, value.as_slice())]) {
            bytes.extend(id.to_le_bytes());
            bytes.extend(u16::try_from(value.len()).expect("it was read from such a length").to_le_bytes());
            bytes.extend(value);
        }
        bytes.extend([0; 4]);
        bytes
    }

    /// True when every name in `ours` stands in this list with the same bytes, and with no others.
    pub(super) fn repeats(self, ours: AvPairs<'_>) -> bool {
        ours.iter().filter(|(id, _)| (NB_COMPUTER..=DNS_TREE).contains(id)).all(|(id, name)| {
            let mut same = self.iter().filter(|(candidate, _)| *candidate == id).peekable();
            same.peek().is_some() && same.all(|(_, value)| value == name)
        })
    }

    /// The value of MsvAvFlags, 0 when absent or odd.
    pub(super) fn flags(self) -> u32 {
        self.find(FLAGS).and_then(|value| <[u8; 4]>::try_from(value).ok()).map_or(0, u32::from_le_bytes)
    }
}
