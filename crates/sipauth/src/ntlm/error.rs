//! Why a token is not taken.

use thiserror::Error;

/// Why a token could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseError {
    /// The bytes are not the message they claim to be.
    #[error("malformed NTLM message: {what} at byte {at}")]
    Malformed {
        /// What was being read.
        what: &'static str,
        /// Where, in bytes from the start of the token.
        at: usize,
    },
    /// The message is well formed, but of a kind that is never accepted.
    #[error("refused NTLM message: {0}")]
    Weak(#[from] Weakness),
}

/// A form of NTLM that is never accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Weakness {
    /// No user name, no response, or the anonymous flag.
    #[error("anonymous sign-in")]
    Anonymous,
    /// A response of 24 bytes: NTLMv1 or the NTLM2 session response.
    #[error("NTLMv1 response")]
    NtlmV1,
    /// Extended session security was not agreed.
    #[error("no extended session security")]
    NoExtendedSessionSecurity,
    /// Signing was not agreed.
    #[error("no signing")]
    NoSigning,
    /// The connectionless form was not agreed, so signatures could not be checked.
    #[error("not the datagram form")]
    NotDatagram,
    /// Keys of 40 or 56 bits, or no key exchange.
    #[error("no 128-bit key exchange")]
    WeakKeys,
}
