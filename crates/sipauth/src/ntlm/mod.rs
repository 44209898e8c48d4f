//! Connectionless NTLMv2 with extended session security ([MS-NLMP] §2.2, §3.3.2, §3.4).
//!
//! Owns the messages CHALLENGE and AUTHENTICATE, the proof of the password and the session keys.
//! There is no NEGOTIATE message in the datagram form ([MS-SIPAE] §3.3), so none is read or written.
//! LM, NTLMv1, the NTLM2 session response, anonymous sign-in and sessions without signing, 128-bit
//! keys or key exchange are refused. Nobody is ever signed in as a guest: who is unknown is refused.

mod authenticate;
mod av;
mod challenge;
mod channel;
pub mod client;
pub(crate) mod crypto;
mod error;
mod hash;
mod keys;
mod reader;
mod time;
mod verify;

pub use authenticate::{Authenticate, MAX_TOKEN};
pub use av::{NameTooLong, TargetInfo, TargetNames};
pub use challenge::Challenge;
pub use channel::ChannelBinding;
pub use error::{ParseError, Weakness};
pub use hash::NtHash;
pub use keys::SessionKeys;
pub use time::FileTime;
pub use verify::{MIN_ROUNDS, Policy, Refusal, Verified};

/// The NegotiateFlags used here ([MS-NLMP] §2.2.2.5).
pub mod flags {
    /// Strings are UTF-16LE.
    pub const UNICODE: u32 = 0x0000_0001;
    /// A target name is wanted.
    pub const REQUEST_TARGET: u32 = 0x0000_0004;
    /// Messages are signed.
    pub const SIGN: u32 = 0x0000_0010;
    /// The connectionless form.
    pub const DATAGRAM: u32 = 0x0000_0040;
    /// An anonymous connection.
    pub const ANONYMOUS: u32 = 0x0000_0800;
    /// Extended session security: the signatures of this crate.
    pub const EXTENDED_SESSIONSECURITY: u32 = 0x0008_0000;
    /// The VERSION structure is filled in.
    pub const VERSION: u32 = 0x0200_0000;
    /// Sealing keys have all 128 bits.
    pub const KEY_128: u32 = 0x2000_0000;
    /// The client sends an encrypted session key.
    pub const KEY_EXCH: u32 = 0x4000_0000;

    /// What a 2007 R2 server offers: 56, KEY_EXCH, 128, VERSION, TARGET_INFO, IDENTIFY,
    /// EXTENDED_SESSIONSECURITY, ALWAYS_SIGN, NTLM, LM_KEY, DATAGRAM, SEAL, SIGN, OEM, UNICODE.
    pub const OFFERED: u32 = 0xE298_82F3;
}

#[cfg(test)]
mod tests;
