//! Who sent a message: its signature held against the connection's association ([MS-SIPAE] §3.3.5).

use std::time::Instant;

use rapport_sip::{HeaderName, Headers, Message};
use rapport_sipauth::association::{Acceptor, Association, VerifyError};
use rapport_sipauth::message::{credential_lines, fields_of};

/// What a message's credentials are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It carries no credentials for this server.
    Anonymous,
    /// It is a step of a sign-in.
    Handshake,
    /// It is signed by the association, and new.
    Verified,
    /// It was sent before.
    Replayed,
    /// The association has reached the end of its life.
    Expired,
    /// Its signature doesn't hold.
    Forged,
}

/// Holds a message against the association of its connection.
pub(crate) fn standing(
    acceptor: &Acceptor,
    association: Option<&mut Association>,
    headers: &Headers,
    status: Option<u16>,
    now: Instant,
) -> Standing {
    let opaque = association.as_ref().map(|association| association.opaque());
    let Some(credentials) = acceptor.pick(credential_lines(headers), opaque) else {
        return Standing::Anonymous;
    };
    if credentials.gssapi_data.is_some() {
        return Standing::Handshake;
    }
    let Some(association) = association else { return Standing::Forged };
    let Ok(fields) = fields_of(headers, status) else { return Standing::Forged };
    match association.verify(&credentials, &fields, now) {
        Ok(()) => Standing::Verified,
        Err(VerifyError::Replayed) => Standing::Replayed,
        Err(VerifyError::Expired) => Standing::Expired,
        Err(_) => Standing::Forged,
    }
}

/// Signs a message for the client: it is the last thing done before it is written.
///
/// Challenges are not signed: a client that renews its association has given the old one up with its first REGISTER, and
/// could not verify what that signs.
pub(crate) fn sign(association: &mut Association, message: &mut Message, srand: u32) {
    let status = message.as_response().map(|response| response.status.as_u16());
    // The 100 alone is this hop's own word, and bears no signature (signin 10: a 180 does). Neither does a challenge.
    if matches!(status, Some(100 | 401)) {
        return;
    }
    message.headers_mut().remove(HeaderName::AuthenticationInfo);
    let mut value = String::with_capacity(200);
    match fields_of(message.headers(), status) {
        Ok(fields) => association.sign(&fields, srand, &mut value),
        // What answers a malformed request repeats what was malformed.
        Err(error) if status == Some(400) => {
            tracing::debug!(%error, "an answer to a malformed request can't be signed");
            return;
        }
        Err(error) => {
            tracing::error!(%error, "a message of our own can't be signed");
            return;
        }
    }
    if let Err(error) = message.headers_mut().push(HeaderName::AuthenticationInfo, &value) {
        tracing::error!(%error, "a signature can't stand in a header");
    }
}

/// Takes the credentials out of a message that goes on to another client.
pub(crate) fn strip(headers: &mut Headers) {
    headers.remove_all(&[
        HeaderName::Authorization,
        HeaderName::ProxyAuthorization,
        HeaderName::AuthenticationInfo,
        HeaderName::ProxyAuthenticationInfo,
    ]);
}
