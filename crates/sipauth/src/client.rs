//! The client's side of a security association, for scripted endpoints, load and benches.
//!
//! It does what pidgin-sipe does, step by step: an empty `gssapi-data`, the answer to the challenge, then a
//! signature on every message.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::association::{Version, decimal};
use crate::header::{AuthParams, HeaderError, Writer};
use crate::ntlm::client::{Account, Chance, answer};
use crate::ntlm::{Challenge, ParseError};
use crate::signature::{SignedFields, SigningKey, Stamp};
use crate::window::ReplayWindow;

/// Why a header of the server was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClientError {
    /// The header cannot be read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A parameter is missing, or another scheme, realm, target name or association is meant.
    #[error("the server's header lacks or mismatches {0}")]
    Parameter(&'static str),
    /// The token is not base64.
    #[error("the server's token is not base64")]
    NotBase64,
    /// The token cannot be read.
    #[error(transparent)]
    Token(#[from] ParseError),
    /// `snum` was seen before.
    #[error("the server's message is a replay")]
    Replayed,
    /// The signature does not fit the message.
    #[error("the server's signature is wrong")]
    BadSignature,
}

/// A sign-in under way: the server has offered NTLM.
#[derive(Debug, Clone)]
pub struct ClientHandshake {
    realm: Box<str>,
    targetname: Box<str>,
    version: Version,
}

impl ClientHandshake {
    /// Takes up the offer in a `WWW-Authenticate` value.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when the value is no offer of NTLM in version 3 or later.
    pub fn new(offer: &str) -> Result<Self, ClientError> {
        let offer = AuthParams::parse(offer)?;
        if !offer.is_ntlm() {
            return Err(ClientError::Parameter("scheme"));
        }
        Ok(Self {
            realm: offer.realm.ok_or(ClientError::Parameter("realm"))?.into(),
            targetname: offer.targetname.ok_or(ClientError::Parameter("targetname"))?.into(),
            version: Version::negotiate(offer.version).ok_or(ClientError::Parameter("version"))?,
        })
    }

    /// Goes on in version 3 whatever was offered.
    #[must_use]
    pub fn in_version_3(self) -> Self {
        Self { version: Version::V3, ..self }
    }

    /// Appends the credentials that ask for a challenge.
    pub fn write_first(&self, out: &mut String) {
        Writer::new(out)
            .quoted("qop", "auth")
            .quoted("realm", &self.realm)
            .quoted("targetname", &self.targetname)
            .quoted("gssapi-data", "")
            .version(self.version.number());
    }

    /// Answers the challenge in a `WWW-Authenticate` value: appends the credentials for the request that
    /// `fields` describes, and returns the association they lead to. `crand` is random and fresh.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when the value is no challenge for this handshake.
    pub fn answer(
        self,
        challenge: &str,
        account: &Account<'_>,
        chance: &Chance,
        fields: &SignedFields<'_>,
        crand: u32,
        out: &mut String,
    ) -> Result<ClientAssociation, ClientError> {
        let params = AuthParams::parse(challenge)?;
        if params.realm != Some(&*self.realm) || params.targetname != Some(&*self.targetname) {
            return Err(ClientError::Parameter("realm or targetname"));
        }
        let opaque = params.opaque.ok_or(ClientError::Parameter("opaque"))?;
        let token = params.gssapi_data.ok_or(ClientError::Parameter("gssapi-data"))?;
        let token = STANDARD.decode(token).map_err(|_| ClientError::NotBase64)?;
        let (token, keys) = answer(&Challenge::parse(&token)?, account, chance);
        let mut association = ClientAssociation {
            opaque: opaque.into(),
            client_key: SigningKey::client(&keys),
            server_key: SigningKey::server(&keys),
            window: ReplayWindow::default(),
            cnum: 0,
            handshake: self,
        };
        let handshake = &association.handshake;
        let mut writer = Writer::new(out);
        writer
            .quoted("qop", "auth")
            .quoted("opaque", opaque)
            .quoted("realm", &handshake.realm)
            .quoted("targetname", &handshake.targetname)
            .quoted_with("gssapi-data", |out| STANDARD.encode_string(&token, out))
            .version(handshake.version.number());
        if handshake.version == Version::V4 {
            association.cnum += 1;
            association.write_signature(&mut writer, fields, crand);
        }
        Ok(association)
    }
}

/// An association as the client sees it.
#[derive(Debug)]
pub struct ClientAssociation {
    handshake: ClientHandshake,
    opaque: Box<str>,
    client_key: SigningKey,
    server_key: SigningKey,
    window: ReplayWindow,
    cnum: u64,
}

impl ClientAssociation {
    /// Its name on the wire.
    pub fn opaque(&self) -> &str {
        &self.opaque
    }

    /// Appends the credentials that sign a request or response to the server. `crand` is random and fresh.
    pub fn sign(&mut self, fields: &SignedFields<'_>, crand: u32, out: &mut String) {
        self.cnum += 1;
        let mut writer = Writer::new(out);
        writer
            .quoted("qop", "auth")
            .quoted("opaque", &self.opaque)
            .quoted("realm", &self.handshake.realm)
            .quoted("targetname", &self.handshake.targetname);
        self.write_signature(&mut writer, fields, crand);
    }

    /// Checks the `Authentication-Info` value of a message from the server.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when it is unreadable, of another association, replayed or wrong.
    pub fn verify(&mut self, info: &str, fields: &SignedFields<'_>) -> Result<(), ClientError> {
        let info = AuthParams::parse(info)?;
        let is_ours = info.is_ntlm()
            && info.opaque == Some(&*self.opaque)
            && info.realm == Some(&*self.handshake.realm)
            && info.targetname == Some(&*self.handshake.targetname);
        if !is_ours {
            return Err(ClientError::Parameter("association"));
        }
        let rspauth = info.rspauth.ok_or(ClientError::Parameter("rspauth"))?;
        let rand = info.srand.ok_or(ClientError::Parameter("srand"))?;
        let num = info.snum.ok_or(ClientError::Parameter("snum"))?;
        let number = num.parse().map_err(|_| ClientError::Parameter("snum"))?;
        if !self.window.is_fresh(number) {
            return Err(ClientError::Replayed);
        }
        let (realm, targetname) = (&*self.handshake.realm, &*self.handshake.targetname);
        if !self.server_key.verify(&Stamp { rand, num, realm, targetname }, fields, rspauth) {
            return Err(ClientError::BadSignature);
        }
        self.window.mark(number);
        Ok(())
    }

    fn write_signature(&self, writer: &mut Writer<'_>, fields: &SignedFields<'_>, crand: u32) {
        let mut rand = String::with_capacity(8);
        write!(rand, "{crand:08x}").expect("a String takes everything");
        let mut digits = [0; 20];
        let num = decimal(self.cnum, &mut digits);
        let (realm, targetname) = (&*self.handshake.realm, &*self.handshake.targetname);
        let signature = self.client_key.sign(&Stamp { rand: &rand, num, realm, targetname }, fields);
        writer
            .quoted("crand", &rand)
            .quoted("cnum", num)
            .quoted_with("response", |out| signature.push_hex(out));
    }
}
