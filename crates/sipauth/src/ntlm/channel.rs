//! What ties an answer to the TLS connection that it is given on ([MS-NLMP] §2.2.2.1, MsvAvChannelBindings).
//!
//! A client that knows of it puts the server's certificate, as it saw it, under its proof. Somebody between client and
//! server has another certificate, so a proof that was made for them is worth nothing to the server.

use std::fmt;

use subtle::ConstantTimeEq as _;

use super::crypto::md5;

/// The kind of binding that Windows and gss-ntlmssp make for TLS (RFC 5929 §4).
const TLS_SERVER_END_POINT: &[u8] = b"tls-server-end-point:";

/// The binding of a connection, as it stands in an answer: an MD5 over gss_channel_bindings_struct (RFC 2744 §3.11).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChannelBinding([u8; 16]);

impl ChannelBinding {
    /// The binding to a server's certificate, whose hash by the rules of RFC 5929 §4.1 is `hash`.
    pub fn tls_server_end_point(hash: &[u8]) -> Self {
        let length = u32::try_from(TLS_SERVER_END_POINT.len() + hash.len()).expect("a hash below 4 GiB");
        // Neither side has an address in it: two times a kind of address and a length, all zero.
        Self(md5(&[&[0; 16], &length.to_le_bytes(), TLS_SERVER_END_POINT, hash]))
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// True when an answer with this value of MsvAvChannelBindings may have been made for this connection: sixteen zeros
    /// are how a client says that it knows of none.
    pub(super) fn allows(&self, sent: &[u8]) -> bool {
        sent == [0; 16] || bool::from(self.0.as_slice().ct_eq(sent))
    }
}

impl fmt::Debug for ChannelBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelBinding(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}
