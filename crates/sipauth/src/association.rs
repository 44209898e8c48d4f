//! The server's side of a security association ([MS-SIPAE] §3.3), from challenge to last signature.
//!
//! ```text
//!   offer ──► (gssapi-data="") ──► HalfOpen ──claim──► Claim ──accept──► Association ──► over after 8 h
//!             401 with a fresh      one use,           the owner finds    signs and       (the owner offers
//!             challenge             60 s               the candidates     verifies        again, unsigned)
//! ```
//!
//! Each state is a value that the next step consumes, so a challenge cannot be used twice. The owner keeps
//! the value beside the connection that it was made for: it is that keeping which binds it to the connection.
//! Which account a name means, rate limits, idle time-outs and the reply's status are the owner's too.

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::header::{AuthParams, Writer};
use crate::ntlm::{
    Authenticate, Challenge, FileTime, MAX_TOKEN, NameTooLong, NtHash, ParseError, Policy, Refusal,
    TargetInfo, TargetNames,
};
use crate::signature::{SignedFields, SigningKey, Stamp};
use crate::window::ReplayWindow;

/// The realm that clients know; they match associations on scheme, realm and target name.
pub const REALM: &str = "SIP Communications Service";

/// How long a challenge may wait for its answer.
pub const CHALLENGE_LIFE: Duration = Duration::from_secs(60);

/// How long an association lives, however busy it is.
pub const ASSOCIATION_LIFE: Duration = Duration::from_secs(8 * 60 * 60);

/// The longest `crand` that is taken; eight digits is what clients send.
const MAX_RAND: usize = 32;

/// A version of the protocol that client and server agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// The last step of the handshake is not signed.
    V3,
    /// The last step of the handshake is signed.
    V4,
}

impl Version {
    /// What a client's `version` parameter leads to when the server offered 4.
    ///
    /// `None` for a client of version 2 or before (no parameter): its signatures are not supported.
    pub fn negotiate(sent: Option<u8>) -> Option<Self> {
        match sent? {
            0..=2 => None,
            3 => Some(Self::V3),
            4.. => Some(Self::V4),
        }
    }

    /// The number on the wire.
    pub fn number(self) -> u8 {
        match self {
            Self::V3 => 3,
            Self::V4 => 4,
        }
    }
}

/// The name of an association, written as eight upper-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opaque(pub u32);

impl Opaque {
    /// Reads the parameter that a client sent back.
    pub fn parse(text: &str) -> Option<Self> {
        let is_ours =
            text.len() == 8 && text.bytes().all(|c| c.is_ascii_digit() || (b'A'..=b'F').contains(&c));
        is_ours.then(|| u32::from_str_radix(text, 16).ok()).flatten().map(Self)
    }
}

impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}", self.0)
    }
}

/// Names that cannot stand in a header or a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// Realm and target name are printable ASCII without quote and backslash.
    #[error("the {0} must be printable ASCII without quotes and backslashes")]
    Unquotable(&'static str),
    /// A name for the NTLM challenge is too long.
    #[error(transparent)]
    TooLong(#[from] NameTooLong),
}

/// What a server offers: its names. Cheap to clone; every association keeps one.
#[derive(Debug, Clone)]
pub struct Acceptor(Arc<Names>);

#[derive(Debug)]
struct Names {
    realm: Box<str>,
    targetname: Box<str>,
    target_info: TargetInfo,
}

impl Acceptor {
    /// An acceptor for the server `targetname` (its FQDN) in `realm` (normally [`REALM`]).
    ///
    /// # Errors
    ///
    /// [`NameError`] when a name cannot be written.
    pub fn new(realm: &str, targetname: &str, names: &TargetNames<'_>) -> Result<Self, NameError> {
        for (value, what) in [(realm, "realm"), (targetname, "target name")] {
            let plain = |c: u8| (b' '..=b'~').contains(&c) && c != b'"' && c != b'\\';
            if value.is_empty() || !value.bytes().all(plain) {
                return Err(NameError::Unquotable(what));
            }
        }
        let target_info = TargetInfo::new(names)?;
        Ok(Self(Arc::new(Names { realm: realm.into(), targetname: targetname.into(), target_info })))
    }

    /// Appends the value of the `WWW-Authenticate` that starts a sign-in.
    pub fn offer(&self, out: &mut String) {
        Writer::new(out)
            .quoted("realm", &self.0.realm)
            .quoted("targetname", &self.0.targetname)
            .version(Version::V4.number());
    }

    /// True when the line is for this server: scheme, realm and target name.
    pub fn is_for(&self, params: &AuthParams<'_>) -> bool {
        params.is_ntlm()
            && params.realm == Some(&*self.0.realm)
            && params.targetname == Some(&*self.0.targetname)
    }

    /// Picks our credentials among all lines of `Authorization` and `Proxy-Authorization`.
    ///
    /// The line that names `opaque` is preferred; else it is the first line for this server. Lines that
    /// cannot be read are those of somebody else.
    pub fn pick<'a>(
        &self,
        lines: impl IntoIterator<Item = &'a str>,
        opaque: Option<Opaque>,
    ) -> Option<AuthParams<'a>> {
        let mut first = None;
        for line in lines {
            let Ok(params) = AuthParams::parse(line) else { continue };
            if !self.is_for(&params) {
                continue;
            }
            if opaque.is_some() && params.opaque.and_then(Opaque::parse) == opaque {
                return Some(params);
            }
            first = first.or(Some(params));
        }
        first
    }

    /// Starts a handshake: answers a line whose `gssapi-data` is present and empty.
    ///
    /// `opaque` and `server_challenge` are random and fresh.
    pub fn challenge(
        &self,
        opaque: Opaque,
        server_challenge: [u8; 8],
        version: Version,
        now: Instant,
    ) -> HalfOpen {
        let challenge = Challenge::new(&self.0.target_info, server_challenge);
        HalfOpen { acceptor: self.clone(), opaque, challenge, version, issued_at: now }
    }
}

/// A challenge that waits for its answer.
#[derive(Debug)]
pub struct HalfOpen {
    acceptor: Acceptor,
    opaque: Opaque,
    challenge: Challenge,
    version: Version,
    issued_at: Instant,
}

impl HalfOpen {
    /// The name that the client will repeat.
    pub fn opaque(&self) -> Opaque {
        self.opaque
    }

    /// When the challenge stops being good.
    pub fn expires_at(&self) -> Instant {
        self.issued_at + CHALLENGE_LIFE
    }

    /// Appends the value of the `WWW-Authenticate` that carries the challenge.
    pub fn write(&self, out: &mut String) {
        Writer::new(out)
            .quoted_with("opaque", |out| push_opaque(out, self.opaque))
            .quoted_with("gssapi-data", |out| STANDARD.encode_string(self.challenge.message(), out))
            .quoted("targetname", &self.acceptor.0.targetname)
            .quoted("realm", &self.acceptor.0.realm)
            .version(self.version.number());
    }

    /// Reads the answer. The challenge is spent, whatever comes out.
    ///
    /// # Errors
    ///
    /// [`SignInError`] when the challenge is too old, the line is for another association, or its token is
    /// missing or unacceptable.
    pub fn claim(self, credentials: &AuthParams<'_>, now: Instant) -> Result<Claim, SignInError> {
        if now > self.expires_at() {
            return Err(SignInError::Expired);
        }
        let names_us = credentials.opaque.and_then(Opaque::parse) == Some(self.opaque);
        if !names_us || !self.acceptor.is_for(credentials) {
            return Err(SignInError::WrongOpaque);
        }
        let token = credentials.gssapi_data.filter(|data| !data.is_empty()).ok_or(SignInError::NoToken)?;
        if token.len() > MAX_TOKEN / 3 * 4 + 4 {
            return Err(SignInError::NotBase64);
        }
        let token = STANDARD.decode(token).map_err(|_| SignInError::NotBase64)?;
        let authenticate = Authenticate::parse(&token)?;
        Ok(Claim { half_open: self, authenticate })
    }
}

/// An answer that can be read: somebody claims to be [`user`](Claim::user). Nothing is proved yet.
#[derive(Debug)]
pub struct Claim {
    half_open: HalfOpen,
    authenticate: Authenticate,
}

impl Claim {
    /// The user name exactly as sent: a login, or an address of record.
    pub fn user(&self) -> &str {
        self.authenticate.user()
    }

    /// The domain exactly as sent; may be empty.
    pub fn domain(&self) -> &str {
        self.authenticate.domain()
    }

    /// The name of the client's machine; nothing proves it.
    pub fn workstation(&self) -> &str {
        self.authenticate.workstation()
    }

    /// What the client's clock showed when it answered; none where it leaves that out, as it may in the datagram form.
    pub fn time(&self) -> Option<FileTime> {
        self.authenticate.time()
    }

    /// Checks the claim against the hashes that the claimed user has, and the request's own signature.
    ///
    /// For an unknown user pass no candidates, so that the answer takes the same time. `credentials` is the
    /// line that [`claim`](HalfOpen::claim) read, `fields` the request it stood in, `identity` what the
    /// owner wants the association to remember.
    ///
    /// # Errors
    ///
    /// [`SignInError`]; the client is told the same in every case.
    pub fn accept(
        self,
        candidates: &[NtHash],
        credentials: &AuthParams<'_>,
        fields: &SignedFields<'_>,
        policy: &Policy,
        identity: impl Into<Box<str>>,
        now: Instant,
    ) -> Result<SignedIn, SignInError> {
        let HalfOpen { acceptor, opaque, challenge, version, issued_at: _ } = self.half_open;
        let verified = self.authenticate.verify_any(candidates, &challenge, policy)?;
        let mut association = Association {
            acceptor,
            opaque,
            version,
            identity: identity.into(),
            client_key: SigningKey::client(&verified.keys),
            server_key: SigningKey::server(&verified.keys),
            window: ReplayWindow::default(),
            snum: 0,
            established_at: now,
            last_used: now,
        };
        // A client of version 3 does not sign this step; if it does, the signature must hold as well.
        if version == Version::V4 || credentials.response.is_some() {
            association.verify(credentials, fields, now)?;
        }
        Ok(SignedIn { association, candidate: verified.candidate })
    }
}

/// A sign-in that succeeded.
#[derive(Debug)]
pub struct SignedIn {
    /// The association, to keep beside the connection.
    pub association: Association,
    /// Which of the candidate hashes matched, counted from zero.
    pub candidate: usize,
}

/// Why a sign-in failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignInError {
    /// The challenge was older than [`CHALLENGE_LIFE`].
    #[error("the challenge is too old")]
    Expired,
    /// The line answers another challenge.
    #[error("the answer is for another challenge")]
    WrongOpaque,
    /// There is no token where one is due.
    #[error("no token in the answer")]
    NoToken,
    /// The token is not base64, or too long.
    #[error("the token is not base64")]
    NotBase64,
    /// The token is unreadable, or of a kind that is never accepted.
    #[error(transparent)]
    Token(#[from] ParseError),
    /// The token proves nothing.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The request itself was not signed with the new keys.
    #[error("the request of the last step: {0}")]
    Signature(#[from] VerifyError),
}

/// Why a signed message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// `crand`, `cnum` or `response` is missing or no such thing.
    #[error("the message is not signed")]
    NotSigned,
    /// The line belongs to another association.
    #[error("the signature is of another association")]
    WrongOpaque,
    /// The association has reached the end of its life: challenge again.
    #[error("the association has expired")]
    Expired,
    /// The number was used before, or is too old to tell.
    #[error("the message is a replay")]
    Replayed,
    /// The signature does not fit the message.
    #[error("the signature is wrong")]
    BadSignature,
}

/// An established association: signs what goes to the client, verifies what comes.
#[derive(Debug)]
pub struct Association {
    acceptor: Acceptor,
    opaque: Opaque,
    version: Version,
    identity: Box<str>,
    client_key: SigningKey,
    server_key: SigningKey,
    window: ReplayWindow,
    snum: u64,
    established_at: Instant,
    last_used: Instant,
}

impl Association {
    /// Its name on the wire.
    pub fn opaque(&self) -> Opaque {
        self.opaque
    }

    /// The version agreed on.
    pub fn version(&self) -> Version {
        self.version
    }

    /// What the owner wanted remembered, such as the address of record.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// When the client signed in.
    pub fn established_at(&self) -> Instant {
        self.established_at
    }

    /// When the client must sign in again.
    pub fn expires_at(&self) -> Instant {
        self.established_at + ASSOCIATION_LIFE
    }

    /// When a message of the client was last accepted; for the owner's idle limit.
    pub fn last_used(&self) -> Instant {
        self.last_used
    }

    /// Appends the value of an `Authentication-Info` that signs a request or final response to the client.
    ///
    /// Sign last, when nothing of the message changes any more, and in the order in which messages enter the
    /// connection: `snum` counts here. As with 2007 R2 there is no `version` at the end; clients keep theirs.
    ///
    /// `srand` is random and fresh. An expired association still signs, so
    /// that the client can believe what ends it.
    pub fn sign(&mut self, fields: &SignedFields<'_>, srand: u32, out: &mut String) {
        self.snum += 1;
        let mut digits = [0; 20];
        let snum = decimal(self.snum, &mut digits);
        let mut hex = [0; 8];
        let srand = hex_upper(srand, &mut hex);
        let names = &self.acceptor.0;
        let stamp = Stamp { rand: srand, num: snum, realm: &names.realm, targetname: &names.targetname };
        let signature = self.server_key.sign(&stamp, fields);
        Writer::new(out)
            .quoted_with("rspauth", |out| signature.push_hex(out))
            .quoted("srand", srand)
            .quoted("snum", snum)
            .quoted_with("opaque", |out| push_opaque(out, self.opaque))
            .quoted("qop", "auth")
            .quoted("targetname", &names.targetname)
            .quoted("realm", &names.realm);
    }

    /// Checks the signature of a message from the client, and that its number is new.
    ///
    /// # Errors
    ///
    /// [`VerifyError`]; the message then counts for nothing, and its number stays unused.
    pub fn verify(
        &mut self,
        credentials: &AuthParams<'_>,
        fields: &SignedFields<'_>,
        now: Instant,
    ) -> Result<(), VerifyError> {
        let names_us = credentials.opaque.and_then(Opaque::parse) == Some(self.opaque);
        if !names_us || !self.acceptor.is_for(credentials) {
            return Err(VerifyError::WrongOpaque);
        }
        if now >= self.expires_at() {
            return Err(VerifyError::Expired);
        }
        let (Some(crand), Some(cnum), Some(response)) =
            (credentials.crand, credentials.cnum, credentials.response)
        else {
            return Err(VerifyError::NotSigned);
        };
        let number = cnum.parse::<u32>().map_err(|_| VerifyError::NotSigned)?;
        if crand.len() > MAX_RAND {
            return Err(VerifyError::NotSigned);
        }
        if !self.window.is_fresh(number) {
            return Err(VerifyError::Replayed);
        }
        let names = &self.acceptor.0;
        let stamp = Stamp { rand: crand, num: cnum, realm: &names.realm, targetname: &names.targetname };
        if !self.client_key.verify(&stamp, fields, response) {
            return Err(VerifyError::BadSignature);
        }
        self.window.mark(number);
        self.last_used = now;
        Ok(())
    }
}

fn push_opaque(out: &mut String, opaque: Opaque) {
    write!(out, "{opaque}").expect("a String takes everything");
}

/// The decimal digits of `value`, in a buffer on the stack.
pub(crate) fn decimal(mut value: u64, buffer: &mut [u8; 20]) -> &str {
    let mut start = buffer.len();
    for (at, place) in buffer.iter_mut().enumerate().rev() {
        *place = b'0' + (value % 10) as u8;
        value /= 10;
        start = at;
        if value == 0 {
            break;
        }
    }
    buffer.get(start..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or("0")
}

/// Eight upper-case hexadecimal digits, in a buffer on the stack.
fn hex_upper(value: u32, buffer: &mut [u8; 8]) -> &str {
    for (place, shift) in buffer.iter_mut().zip((0..8).rev()) {
        let digit = (value >> (shift * 4) & 15) as u8;
        *place = if digit < 10 { b'0' + digit } else { b'A' + digit - 10 };
    }
    std::str::from_utf8(buffer).unwrap_or("00000000")
}

#[cfg(test)]
mod tests;
