//! The four keys of a session ([MS-NLMP] §3.4.5).

use std::fmt;

use zeroize::Zeroize as _;

use super::crypto::md5;

const CLIENT_SIGN: &[u8] = b"session key to client-to-server signing key magic constant\0";
const CLIENT_SEAL: &[u8] = b"session key to client-to-server sealing key magic constant\0";
const SERVER_SIGN: &[u8] = b"session key to server-to-client signing key magic constant\0";
const SERVER_SEAL: &[u8] = b"session key to server-to-client sealing key magic constant\0";

/// Signing and sealing keys of both directions; wiped when dropped, never printed.
pub struct SessionKeys {
    pub(crate) client_sign: [u8; 16],
    pub(crate) client_seal: [u8; 16],
    pub(crate) server_sign: [u8; 16],
    pub(crate) server_seal: [u8; 16],
}

impl SessionKeys {
    /// Derives the keys from the exported session key, with the full 128 bits for sealing.
    pub fn derive(exported_session_key: &[u8; 16]) -> Self {
        let derive = |purpose: &[u8]| md5(&[exported_session_key, purpose]);
        Self {
            client_sign: derive(CLIENT_SIGN),
            client_seal: derive(CLIENT_SEAL),
            server_sign: derive(SERVER_SIGN),
            server_seal: derive(SERVER_SEAL),
        }
    }
}

impl Drop for SessionKeys {
    fn drop(&mut self) {
        self.client_sign.zeroize();
        self.client_seal.zeroize();
        self.server_sign.zeroize();
        self.server_seal.zeroize();
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKeys(..)")
    }
}
