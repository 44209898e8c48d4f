//! The initiator: answers a challenge as pidgin-sipe does. For scripted endpoints and benches.

use super::av::{AvPairs, CHANNEL_BINDINGS};
use super::challenge::Challenge;
use super::channel::ChannelBinding;
use super::crypto::{hmac_md5, rc4, utf16le};
use super::flags;
use super::hash::{NtHash, identity};
use super::keys::SessionKeys;
use super::reader::SIGNATURE;
use super::time::FileTime;

/// What a client can do; the answer carries those of them that the server offered.
const SUPPORTED: u32 = 0x6298_8251;
/// Windows XP, as SIPE presents itself.
const VERSION: [u8; 8] = [0x05, 0x01, 0x28, 0x0A, 0, 0, 0, 0x0F];
const HEADER_LEN: usize = 72;

/// Who signs in.
#[derive(Debug, Clone)]
pub struct Account<'a> {
    /// The login, or the address of record.
    pub user: &'a str,
    /// The domain; may be empty.
    pub domain: &'a str,
    /// The name of the machine.
    pub workstation: &'a str,
    /// The hash of the password.
    pub nt_hash: NtHash,
    /// The binding of the connection, for a client that sends one.
    pub channel_binding: Option<ChannelBinding>,
}

/// The chance and time that go into an answer.
#[derive(Clone)]
pub struct Chance {
    /// Eight random bytes.
    pub client_challenge: [u8; 8],
    /// Sixteen random bytes: the secret of the session.
    pub exported_session_key: [u8; 16],
    /// The client's clock.
    pub time: FileTime,
}

/// Builds the AUTHENTICATE for a challenge, and the keys that follow from it.
pub fn answer(challenge: &Challenge, account: &Account<'_>, chance: &Chance) -> (Vec<u8>, SessionKeys) {
    let key = account.nt_hash.response_key(&identity(account.user, account.domain));
    let server_challenge = challenge.server_challenge();
    let client_challenge = chance.client_challenge;

    let info = match account.channel_binding {
        Some(binding) => AvPairs::parse(challenge.target_info(), 0)
            .expect("the pairs were checked when the challenge was read")
            .followed_by(CHANNEL_BINDINGS, binding.as_bytes()),
        None => challenge.target_info().to_vec(),
    };
    let mut blob = Vec::with_capacity(32 + info.len());
    blob.extend([1, 1, 0, 0, 0, 0, 0, 0]);
    blob.extend(chance.time.0.to_le_bytes());
    blob.extend(client_challenge);
    blob.extend([0; 4]);
    blob.extend(info);
    blob.extend([0; 4]);
    let proof = hmac_md5(&key.0, &[server_challenge, &blob]);

    let mut lm = hmac_md5(&key.0, &[server_challenge, &client_challenge]).to_vec();
    lm.extend(client_challenge);

    let session_base_key = hmac_md5(&key.0, &[&proof]);
    let mut encrypted = chance.exported_session_key;
    rc4(&session_base_key, &mut encrypted);

    let nt = [proof.as_slice(), &blob].concat();
    let [domain, user, workstation] = [account.domain, account.user, account.workstation].map(utf16le);
    let mut payload = Payload::default();
    let [domain, user, workstation, lm, nt, session_key] =
        [&domain, &user, &workstation, &lm, &nt, encrypted.as_slice()].map(|field| payload.push(field));

    let agreed = challenge.flags() & SUPPORTED | flags::REQUEST_TARGET;
    let mut message = Vec::with_capacity(HEADER_LEN + payload.bytes.len());
    message.extend(SIGNATURE);
    message.extend(3u32.to_le_bytes());
    for descriptor in [lm, nt, domain, user, workstation, session_key] {
        message.extend(descriptor);
    }
    message.extend(agreed.to_le_bytes());
    message.extend(VERSION);
    message.extend(payload.bytes);
    (message, SessionKeys::derive(&chance.exported_session_key))
}

#[derive(Default)]
struct Payload {
    bytes: Vec<u8>,
}

impl Payload {
    /// Appends a field and returns its length, maximum length and offset as the header wants them.
    fn push(&mut self, field: &[u8]) -> [u8; 8] {
        let [a, b] = u16::try_from(field.len()).expect("a name or response below 64 KiB").to_le_bytes();
        let offset = u32::try_from(HEADER_LEN + self.bytes.len()).expect("a message below 4 GiB");
        let [e, f, g, h] = offset.to_le_bytes();
        self.bytes.extend(field);
        [a, b, a, b, e, f, g, h]
    }
}
