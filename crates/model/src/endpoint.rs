//! One signed-in program of a person: epid, instance identifier and GRUU ([MS-SIPRE] 3.2.3.1, [MS-SIPREGE]).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha1::{Digest, Sha1};

use crate::{Aor, UserId};

/// The name space of the name-based UUIDs that clients derive from their epid ([MS-SIPRE] 3.2.3.1).
const EPID_NAMESPACE: [u8; 16] =
    [0x03, 0xfb, 0xac, 0xfc, 0x73, 0x8a, 0xef, 0x46, 0x91, 0xb1, 0xe5, 0xeb, 0xee, 0xab, 0xa4, 0xfe];

/// The `epid` parameter of From and To: 1 to 16 characters that a client chose for itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Epid(Box<str>);

/// The `+sip.instance` of an endpoint: 16 octets of a UUID, in the order in which they are printed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance(pub [u8; 16]);

/// Names one endpoint: a person and one of their signed-in programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId {
    /// Whose endpoint it is.
    pub user: UserId,
    /// Which of their programs.
    pub instance: Instance,
}

/// Says why a text names no endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstanceError {
    /// An epid has 1 to 16 letters and digits ([MS-OCER] ids 4011 and 4012).
    #[error("an epid has 1 to 16 letters and digits")]
    Epid,
    /// A UUID has 32 hexadecimal digits in five groups.
    #[error("an instance is a UUID")]
    Uuid,
    /// The text is not a GRUU id that this service gave out.
    #[error("not a GRUU of this service")]
    Gruu,
}

impl Epid {
    /// Parses the value of an `epid` parameter.
    ///
    /// # Errors
    /// [`InstanceError::Epid`] when it is empty, longer than 16 characters or not alphanumeric.
    pub fn parse(text: &str) -> Result<Self, InstanceError> {
        if (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(Self(text.into()))
        } else {
            Err(InstanceError::Epid)
        }
    }

    /// Returns the text as the client wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the instance that a client with this epid announces ([MS-SIPRE] 3.2.3.1).
    pub fn instance(&self) -> Instance {
        let hash = Sha1::new().chain_update(EPID_NAMESPACE).chain_update(self.0.as_bytes()).finalize();
        let mut uuid = [0u8; 16];
        for (to, from) in uuid.iter_mut().zip(hash.iter()) {
            *to = *from;
        }
        // The first three fields of the hash are a little-endian GUID.
        uuid[..4].reverse();
        uuid[4..6].reverse();
        uuid[6..8].reverse();
        uuid[6] = (uuid[6] & 0x0f) | 0x50;
        uuid[8] = (uuid[8] & 0x3f) | 0x80;
        Instance(uuid)
    }
}

impl Instance {
    /// Parses a UUID, bare or as `urn:uuid:…`, of either case.
    ///
    /// # Errors
    /// [`InstanceError::Uuid`] when the text is not 8-4-4-4-12 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, InstanceError> {
        let bare = match text.split_at_checked(9) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("urn:uuid:") => rest,
            _ => text,
        };
        let groups_fit = bare.len() == 36
            && bare.bytes().enumerate().all(|(i, b)| match i {
                8 | 13 | 18 | 23 => b == b'-',
                _ => b.is_ascii_hexdigit(),
            });
        if !groups_fit {
            return Err(InstanceError::Uuid);
        }
        let mut uuid = [0u8; 16];
        let mut digits = bare.chars().filter_map(|c| c.to_digit(16));
        for octet in &mut uuid {
            let (Some(high), Some(low)) = (digits.next(), digits.next()) else {
                return Err(InstanceError::Uuid);
            };
            *octet = u8::try_from(high << 4 | low).map_err(|_| InstanceError::Uuid)?;
        }
        Ok(Self(uuid))
    }

    /// Returns the endpoint GRUU that this service gives to the instance of whoever has that address (signin 2.4).
    pub fn gruu(&self, address: &Aor) -> String {
        format!("sip:{address};opaque=user:epid:{};gruu", self.gruu_id())
    }

    /// Returns the id inside an endpoint GRUU: base64url of the GUID's octets in little-endian layout and two
    /// zero octets, 24 characters, as Office Communications Server makes it.
    pub fn gruu_id(self) -> String {
        let mut guid = [0u8; 18];
        guid[..16].copy_from_slice(&self.0);
        guid[..4].reverse();
        guid[4..6].reverse();
        guid[6..8].reverse();
        URL_SAFE_NO_PAD.encode(guid)
    }

    /// Reads back what [`Instance::gruu_id`] wrote.
    ///
    /// # Errors
    /// [`InstanceError::Gruu`] when the text was not made by this service.
    pub fn from_gruu_id(text: &str) -> Result<Self, InstanceError> {
        let mut guid = [0u8; 18];
        if text.len() != 24
            || URL_SAFE_NO_PAD.decode_slice(text, &mut guid).ok() != Some(18)
            || guid[16..] != [0, 0]
        {
            return Err(InstanceError::Gruu);
        }
        guid[..4].reverse();
        guid[4..6].reverse();
        guid[6..8].reverse();
        let mut uuid = [0u8; 16];
        uuid.copy_from_slice(&guid[..16]);
        Ok(Self(uuid))
    }
}

impl fmt::Display for Instance {
    /// Writes the UUID in lower case: SIPE searches for it so.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, octet) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{octet:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.user, self.instance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epid_gives_the_instance_that_clients_announce() {
        for (epid, uuid) in [
            ("01010101", "4b1682a8-f968-5701-83fc-7c6741dc6697"),
            ("aaaaaaaaaaaa", "4706d171-fc0d-5ff7-ba4c-3b6c460ec792"),
            ("cf0b98dadeb9", "b7878522-d7fe-5c33-b30d-265f6618ae78"),
        ] {
            assert_eq!(Epid::parse(epid).expect("valid").instance().to_string(), uuid);
        }
    }

    #[test]
    fn a_gruu_id_has_the_published_form_and_is_read_back() {
        for (uuid, id) in [
            ("34d859db-6585-5f91-a3b4-de853c15347d", "21nYNIVlkV-jtN6FPBU0fQAA"),
            ("75AB1008-BCC4-5544-924D-AA177C824291", "CBCrdcS8RFWSTaoXfIJCkQAA"),
            ("urn:uuid:4706d171-fc0d-5ff7-ba4c-3b6c460ec792", "cdEGRw3891-6TDtsRg7HkgAA"),
        ] {
            let instance = Instance::parse(uuid).expect("valid");
            assert_eq!(instance.gruu_id(), id);
            assert_eq!(Instance::from_gruu_id(id), Ok(instance));
        }
        for wrong in
            ["", "cdEGRw3891-6TDtsRg7HkgAB", "VGafDav_CRwe90l3DXOSuZgwH8M", "!!!!!!!!!!!!!!!!!!!!!!!!"]
        {
            assert_eq!(Instance::from_gruu_id(wrong), Err(InstanceError::Gruu), "{wrong}");
        }
    }

    #[test]
    fn texts_that_name_no_endpoint_are_refused() {
        for wrong in ["", "12345678901234567", "ab cd", "é"] {
            assert_eq!(Epid::parse(wrong), Err(InstanceError::Epid), "{wrong}");
        }
        for wrong in ["", "34d859db-6585-5f91-a3b4-de853c15347", "34d859db65855f91a3b4de853c15347d0000", "é"]
        {
            assert_eq!(Instance::parse(wrong), Err(InstanceError::Uuid), "{wrong}");
        }
    }
}
