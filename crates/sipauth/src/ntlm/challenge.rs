//! The CHALLENGE message ([MS-NLMP] §2.2.1.2).

use super::av::{AvPairs, TargetInfo};
use super::error::ParseError;
use super::flags;
use super::reader::{self, SIGNATURE};

/// Bytes before the payload.
const HEADER_LEN: usize = 56;
/// Bytes before the payload in a message without VERSION.
const SHORT_HEADER_LEN: usize = 48;
/// What 2007 R2 on Windows Server 2003 R2 sends.
const VERSION: [u8; 8] = [0x05, 0x02, 0xCE, 0x0E, 0, 0, 0, 0x0F];
/// The longest CHALLENGE that is read, in bytes.
const MAX_LEN: usize = 4096;

/// One challenge: the random bytes, the server's names and the message that carries both.
///
/// It is used once; [`HalfOpen`](crate::association::HalfOpen) sees to that.
#[derive(Debug, Clone)]
pub struct Challenge {
    message: Box<[u8]>,
    flags: u32,
    server_challenge: [u8; 8],
    target_info: std::ops::Range<usize>,
}

impl Challenge {
    /// Builds the message around eight random bytes.
    pub fn new(target_info: &TargetInfo, server_challenge: [u8; 8]) -> Self {
        let info = target_info.as_bytes();
        let info_len = u16::try_from(info.len()).expect("five names of at most 510 bytes");
        let mut message = Vec::with_capacity(HEADER_LEN + info.len());
        message.extend(SIGNATURE);
        message.extend(2u32.to_le_bytes());
        // An empty target name; the names stand in the target information.
        message.extend([0, 0, 0, 0, 56, 0, 0, 0]);
        message.extend(flags::OFFERED.to_le_bytes());
        message.extend(server_challenge);
        message.extend([0; 8]);
        message.extend(info_len.to_le_bytes());
        message.extend(info_len.to_le_bytes());
        message.extend([56, 0, 0, 0]);
        message.extend(VERSION);
        message.extend(info);
        let target_info = HEADER_LEN..message.len();
        Self { message: message.into_boxed_slice(), flags: flags::OFFERED, server_challenge, target_info }
    }

    /// Reads a challenge of any server.
    ///
    /// # Errors
    ///
    /// [`ParseError::Malformed`] when the bytes are no CHALLENGE with target information, or longer than 4 KiB.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        if bytes.len() > MAX_LEN {
            return Err(reader::malformed("length", MAX_LEN));
        }
        reader::expect_type(bytes, 2)?;
        let flags = reader::u32_at(bytes, 20, "flags")?;
        let server_challenge = reader::array(bytes, 24, "server challenge")?;
        let info = reader::field(bytes, 40, SHORT_HEADER_LEN, "target information")?;
        AvPairs::parse(info.bytes, info.at)?;
        let target_info = info.at..info.at + info.bytes.len();
        Ok(Self { message: bytes.into(), flags, server_challenge, target_info })
    }

    /// The bytes that go out, not yet in base64.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The eight random bytes.
    pub fn server_challenge(&self) -> &[u8; 8] {
        &self.server_challenge
    }

    /// The flags that the server offered.
    pub fn flags(&self) -> u32 {
        self.flags
    }

    /// The encoded AV pairs with their end marker.
    pub fn target_info(&self) -> &[u8] {
        self.message.get(self.target_info.clone()).unwrap_or_default()
    }
}
