//! What a request says to a person, for their history: an instant message, or the first one that an invitation carries
//! (presence-im 5.1, 5.2).

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rapport_model::{Timestamp, UserId};
use rapport_sip::{ContentType, HeaderName, Method, Request, Response};

use super::is_in_dialog;
use crate::history::{Outcome, Recorder};

/// Clients pad or don't.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A request that says something, until it is known what became of it.
#[derive(Debug)]
pub(super) struct Pending {
    recorder: Recorder,
    from: UserId,
    to: Option<UserId>,
    at: Timestamp,
}

impl Pending {
    /// Looks whether a request says something; what it says is read when its fate is known.
    pub(super) fn of(request: &Request, recorder: &Recorder, from: UserId, at: Timestamp) -> Option<Self> {
        let says = match request.method {
            Method::Message => request.headers.get(HeaderName::ContentType).is_some_and(is_text),
            Method::Invite => {
                request.headers.get(HeaderName::MsTextFormat).is_some_and(is_text) && !is_in_dialog(request)
            }
            _ => false,
        };
        says.then(|| Self { recorder: recorder.clone(), from, to: None, at })
    }

    /// Says whom it reaches.
    pub(super) fn to(&mut self, to: Option<UserId>) {
        self.to = to;
    }

    /// Takes down what was said, once its sender gets the final answer.
    pub(super) fn answered(self, request: &Request, response: &Response) {
        let outcome = match (response.status.is_success(), &request.method) {
            (false, _) => Outcome::Failed,
            // Otherwise the caller says it again in the conversation that has begun.
            (true, Method::Invite) if !has_read(response) => return,
            (true, _) => Outcome::Sent,
        };
        self.note(request, outcome);
    }

    /// Takes down what was said by somebody who doesn't wait for the answer.
    pub(super) fn left(self, request: &Request) {
        if request.method == Method::Message {
            self.note(request, Outcome::Sent);
        }
    }

    fn note(self, request: &Request, outcome: Outcome) {
        let Self { recorder, from, to, at } = self;
        let Some((content_type, body)) = said(request) else { return };
        let address = if to.is_some() { None } else { request.uri().ok() };
        let address = address.as_ref().map_or("", |uri| uri.user_at_host());
        recorder.note(from, to, address, at, outcome, content_type, &body);
    }
}

/// Tells whether a body of that type is something that a person says.
fn is_text(content_type: &str) -> bool {
    const KINDS: [&str; 4] = ["text/plain", "text/html", "text/rtf", "multipart/alternative"];
    ContentType::parse(content_type).is_ok_and(|kind| KINDS.iter().any(|text| kind.is(text)))
}

/// Tells whether the callee's program has shown the first message that came in the invitation.
fn has_read(response: &Response) -> bool {
    response.headers.list(HeaderName::Supported).any(|tag| tag.eq_ignore_ascii_case("ms-text-format"))
}

/// Reads the type and the octets of what a request says.
fn said(request: &Request) -> Option<(&str, Cow<'_, [u8]>)> {
    if request.method == Method::Message {
        let content_type = request.headers.get(HeaderName::ContentType)?;
        return (!request.body.is_empty()).then_some((content_type, Cow::Borrowed(&request.body[..])));
    }
    let header = request.headers.get(HeaderName::MsTextFormat)?;
    let (content_type, body) = header.split_once("ms-body=")?;
    let body = body.split([';', ' ']).next().unwrap_or_default();
    let body = BASE64.decode(body).ok().filter(|body| !body.is_empty())?;
    Some((content_type.trim_end().trim_end_matches(';'), Cow::Owned(body)))
}
