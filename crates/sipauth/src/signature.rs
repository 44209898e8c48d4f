//! The signature of a SIP message: the text that is signed, and the sixteen bytes ([MS-SIPAE] §2.2, [MS-NLMP] §3.4).
//!
//! Protocol versions 3 and 4 sign the same text. The sequence number of the connectionless form is always
//! 100, so the sealing key of a message, and with it the RC4 key stream, never changes: eight bytes of key
//! stream and an HMAC that has taken its key are all that an association keeps. Signing allocates nothing.

use std::fmt;

use hmac::Mac as _;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

use crate::ntlm::SessionKeys;
use crate::ntlm::crypto::{HmacMd5, keyed, md5, rc4};

/// The sequence number of every message, both ways.
const SEQ: [u8; 4] = [100, 0, 0, 0];

/// The parts of a message that its signature covers, as they stand on the wire.
///
/// Nothing is folded or unescaped; what is absent is the empty string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignedFields<'a> {
    /// The value of `Call-ID`.
    pub call_id: &'a str,
    /// The number in `CSeq`.
    pub cseq: &'a str,
    /// The method in `CSeq`.
    pub method: &'a str,
    /// The URI in `From`, without angle brackets.
    pub from_uri: &'a str,
    /// The tag of `From`.
    pub from_tag: &'a str,
    /// The URI in `To`, without angle brackets.
    pub to_uri: &'a str,
    /// The tag of `To`.
    pub to_tag: &'a str,
    /// The SIP URI asserted (`P-Asserted-Identity`, else `P-Preferred-Identity`).
    pub sip_identity: &'a str,
    /// The `tel:` URI asserted likewise.
    pub tel_identity: &'a str,
    /// The value of `Expires`.
    pub expires: &'a str,
    /// The status code of a response; a request has no such element at all.
    pub status: Option<u16>,
}

/// What the authentication header itself adds to the signed text, as transmitted.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// `crand` or `srand`.
    pub rand: &'a str,
    /// `cnum` or `snum`.
    pub num: &'a str,
    /// `realm`.
    pub realm: &'a str,
    /// `targetname`.
    pub targetname: &'a str,
}

/// Sixteen bytes; prints as 32 hexadecimal digits in upper case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 16]);

impl Signature {
    /// Reads 32 hexadecimal digits of either case.
    pub fn parse(hex: &str) -> Option<Self> {
        let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
        if pairs.len() != 16 || !rest.is_empty() {
            return None;
        }
        let mut bytes = [0; 16];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Appends the hexadecimal digits.
    pub fn push_hex(&self, out: &mut String) {
        for byte in self.0 {
            out.push(upper_digit(byte >> 4));
            out.push(upper_digit(byte & 15));
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// The key of one direction, made ready for many messages. Wiped when dropped, never printed.
pub struct SigningKey {
    /// Has taken the key, the sequence number and the scheme.
    mac: HmacMd5,
    key_stream: [u8; 8],
}

impl SigningKey {
    /// The key for what the client sends.
    pub fn client(keys: &SessionKeys) -> Self {
        Self::new(&keys.client_sign, &keys.client_seal)
    }

    /// The key for what the server sends.
    pub fn server(keys: &SessionKeys) -> Self {
        Self::new(&keys.server_sign, &keys.server_seal)
    }

    fn new(sign: &[u8; 16], seal: &[u8; 16]) -> Self {
        let mut mac = keyed(sign);
        mac.update(&SEQ);
        mac.update(b"<NTLM>");
        let mut message_seal = md5(&[seal, &SEQ]);
        let mut key_stream = [0; 8];
        rc4(&message_seal, &mut key_stream);
        message_seal.zeroize();
        Self { mac, key_stream }
    }

    /// Signs a message.
    pub fn sign(&self, stamp: &Stamp<'_>, fields: &SignedFields<'_>) -> Signature {
        let mut mac = self.mac.clone();
        feed(stamp, fields, |part| mac.update(part));
        let mut hash: [u8; 16] = mac.finalize().into_bytes().into();
        let mut bytes = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0];
        let checksum = hash.iter().zip(&self.key_stream).map(|(byte, mask)| byte ^ mask);
        for (to, from) in bytes.iter_mut().skip(4).zip(checksum) {
            *to = from;
        }
        hash.zeroize();
        Signature(bytes)
    }

    /// True when `hex`, in either case, signs the message. Compares in constant time.
    pub fn verify(&self, stamp: &Stamp<'_>, fields: &SignedFields<'_>, hex: &str) -> bool {
        let Some(received) = Signature::parse(hex) else { return false };
        self.sign(stamp, fields).0.ct_eq(&received.0).into()
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        // The HMAC wipes its own state.
        self.key_stream.zeroize();
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// The signed text in full, scheme first: what the two sides must agree on, for logs and tests.
pub fn signed_text(stamp: &Stamp<'_>, fields: &SignedFields<'_>) -> String {
    let mut bytes = b"<NTLM>".to_vec();
    feed(stamp, fields, |part| bytes.extend(part));
    String::from_utf8(bytes).expect("every part is a str")
}

/// Hands out the text after the scheme, in order.
fn feed(stamp: &Stamp<'_>, fields: &SignedFields<'_>, mut update: impl FnMut(&[u8])) {
    let elements = [
        stamp.rand,
        stamp.num,
        stamp.realm,
        stamp.targetname,
        fields.call_id,
        fields.cseq,
        fields.method,
        fields.from_uri,
        fields.from_tag,
        fields.to_uri,
        fields.to_tag,
        fields.sip_identity,
        fields.tel_identity,
        fields.expires,
    ];
    let mut opening: &[u8] = b"<";
    for element in elements {
        update(opening);
        update(element.as_bytes());
        opening = b"><";
    }
    if let Some(status) = fields.status {
        let digit = |value: u16| b'0' + (value % 10) as u8;
        update(&[b'>', b'<', digit(status / 100), digit(status / 10), digit(status)]);
    }
    update(b">");
}

fn digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        b'A'..=b'F' => Some(c - b'A' + 10),
        _ => None,
    }
}

fn upper_digit(value: u8) -> char {
    char::from(if value < 10 { b'0' + value } else { b'A' + value - 10 })
}

#[cfg(test)]
mod tests;
