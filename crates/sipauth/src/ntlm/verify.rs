//! The decision: does this answer prove a password, to us, now?

use std::time::Duration;

use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use thiserror::Error;
use zeroize::Zeroize as _;

use super::authenticate::{Authenticate, MIC};
use super::av::{AvPairs, CHANNEL_BINDINGS, DNS_COMPUTER, NB_COMPUTER, TARGET_NAME};
use super::challenge::Challenge;
use super::channel::ChannelBinding;
use super::crypto::{hmac_md5, rc4};
use super::hash::{NtHash, ResponseKey, full_identity, identity};
use super::keys::SessionKeys;
use super::time::FileTime;

/// Every check tries at least so many hashes, so that an unknown user, a user with one password and a
/// user with eight of them take the same time.
pub const MIN_ROUNDS: usize = 8;

/// The longest MsvAvTargetName that is compared, in UTF-16 units.
const MAX_SPN: usize = 512;

/// What else an answer must satisfy.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The server's time; `None` leaves the client's clock unchecked.
    pub now: Option<FileTime>,
    /// How far the client's clock may be off, either way.
    ///
    /// A time of zero is always taken, since a client may leave it out in the datagram form.
    pub max_skew: Duration,
    /// The binding of the TLS connection. When given, a client that sends one must send this one.
    pub channel_binding: Option<ChannelBinding>,
}

impl Policy {
    /// The usual policy: a clock within 30 minutes of `now`.
    pub fn at(now: FileTime) -> Self {
        Self { now: Some(now), ..Self::default() }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self { now: None, max_skew: Duration::from_secs(30 * 60), channel_binding: None }
    }
}

/// Why an answer was refused. The client hears the same in every case; the audit log hears this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No candidate hash explains the proof.
    #[error("wrong user name or password")]
    WrongPassword,
    /// A MIC was announced and is wrong: the handshake was altered on its way.
    #[error("wrong message integrity code")]
    BadMic,
    /// The proof was made for another service, or for none.
    #[error("the response names another server")]
    ForeignTarget,
    /// The client's clock is too far from ours.
    #[error("the client's clock is too far off")]
    ClockSkew,
    /// The proof was made over another TLS connection.
    #[error("the response is bound to another channel")]
    ForeignChannel,
}

/// An answer that holds.
#[derive(Debug)]
pub struct Verified {
    /// The keys of the session.
    pub keys: SessionKeys,
    /// Which of the candidate hashes matched, counted from zero.
    pub candidate: usize,
}

impl Authenticate {
    /// Checks the answer against one password.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn verify(
        &self,
        nt_hash: &NtHash,
        challenge: &Challenge,
        policy: &Policy,
    ) -> Result<SessionKeys, Refusal> {
        self.verify_any(std::slice::from_ref(nt_hash), challenge, policy).map(|verified| verified.keys)
    }

    /// Checks the answer against every password the user has: the account's and its app passwords.
    ///
    /// All candidates are tried whichever matches, at least [`MIN_ROUNDS`] rounds are made, and comparison
    /// and choice run in constant time. For an unknown user, pass no candidates: the answer and the time
    /// are those of a wrong password.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn verify_any(
        &self,
        candidates: &[NtHash],
        challenge: &Challenge,
        policy: &Policy,
    ) -> Result<Verified, Refusal> {
        let (key, candidate) = self.find_key(candidates, challenge)?;
        let mut session_base_key = hmac_md5(&key.0, &[&self.proof]);
        let mut exported = self.encrypted_session_key;
        rc4(&session_base_key, &mut exported);
        session_base_key.zeroize();

        let intact = !self.has_mic || self.mic_holds(&exported, challenge);
        let keys = SessionKeys::derive(&exported);
        exported.zeroize();
        if !intact {
            return Err(Refusal::BadMic);
        }
        self.check_target(challenge)?;
        self.check_policy(policy)?;
        Ok(Verified { keys, candidate })
    }

    fn find_key(
        &self,
        candidates: &[NtHash],
        challenge: &Challenge,
    ) -> Result<(ResponseKey, usize), Refusal> {
        // How many names are tried is told by the claim alone, not by what is known of it.
        let names = [Some(identity(self.user(), self.domain())), full_identity(self.user(), self.domain())];
        let dummy = NtHash::dummy();
        let mut found = Choice::from(0);
        let mut chosen = ResponseKey([0; 16]);
        let mut index = 0u64;
        for name in names.iter().flatten() {
            for round in 0..candidates.len().max(MIN_ROUNDS) {
                let candidate = candidates.get(round);
                let key = candidate.unwrap_or(&dummy).response_key(name);
                let proof = hmac_md5(&key.0, &[challenge.server_challenge(), self.blob()]);
                let real = Choice::from(u8::from(candidate.is_some()));
                let matches = proof.ct_eq(&self.proof) & real & !found;
                found |= matches;
                for (to, from) in chosen.0.iter_mut().zip(&key.0) {
                    to.conditional_assign(from, matches);
                }
                index.conditional_assign(&(round as u64), matches);
            }
        }
        if bool::from(found) {
            Ok((chosen, usize::try_from(index).unwrap_or(0)))
        } else {
            Err(Refusal::WrongPassword)
        }
    }

    /// The MIC covers the challenge and this message with the MIC itself zeroed ([MS-NLMP] §3.2.5.1.2);
    /// there is no NEGOTIATE message in front of them.
    fn mic_holds(&self, exported: &[u8; 16], challenge: &Challenge) -> bool {
        let (Some(before), Some(mic), Some(after)) =
            (self.message.get(..MIC.start), self.message.get(MIC), self.message.get(MIC.end..))
        else {
            return false;
        };
        let expected = hmac_md5(exported, &[challenge.message(), before, &[0; 16], after]);
        expected.as_slice().ct_eq(mic).into()
    }

    /// Refuses a relayed answer: one that was made for a server of other names.
    fn check_target(&self, challenge: &Challenge) -> Result<(), Refusal> {
        let theirs = self.pairs().ok_or(Refusal::ForeignTarget)?;
        let ours = AvPairs::parse(challenge.target_info(), 0).map_err(|_| Refusal::ForeignTarget)?;
        if !theirs.repeats(ours) {
            return Err(Refusal::ForeignTarget);
        }
        match theirs.find(TARGET_NAME) {
            None | Some([]) => Ok(()),
            Some(spn) if names_us(spn, ours) => Ok(()),
            Some(_) => Err(Refusal::ForeignTarget),
        }
    }

    fn check_policy(&self, policy: &Policy) -> Result<(), Refusal> {
        if let Some(now) = policy.now
            && self.time != 0
            && now.distance(FileTime(self.time)) > policy.max_skew
        {
            return Err(Refusal::ClockSkew);
        }
        // COMPAT(SIPE 1.25, OC 2007 R2): they send no binding, or sixteen zeros, so one can't be asked for.
        let Some(expected) = policy.channel_binding else { return Ok(()) };
        let mut sent =
            self.pairs().into_iter().flat_map(AvPairs::iter).filter(|(id, _)| *id == CHANNEL_BINDINGS);
        if sent.all(|(_, binding)| expected.allows(binding)) { Ok(()) } else { Err(Refusal::ForeignChannel) }
    }
}

/// True when the host of a service principal name (`sip/ocs.example.com`, or the bare host) is ours.
fn names_us(spn: &[u8], ours: AvPairs<'_>) -> bool {
    let decode = |bytes: &[u8]| {
        let (units, _) = bytes.as_chunks::<2>();
        char::decode_utf16(units.iter().take(MAX_SPN).copied().map(u16::from_le_bytes))
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    let spn = decode(spn);
    let host = spn.split_once('/').map_or(spn.as_str(), |(_, host)| host);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    [DNS_COMPUTER, NB_COMPUTER]
        .into_iter()
        .filter_map(|id| ours.find(id))
        .any(|name| decode(name).eq_ignore_ascii_case(host))
}
