//! What a request says to a person, for their history: an instant message, or the first one that an invitation carries
//! (presence-im 5.1, 5.2).

use std::borrow::Cow;

use bytes::Bytes;
use rapport_imtext::first;
use rapport_model::{MessageId, UserId};
use rapport_sip::{ContentType, HeaderName, Headers, Method, Request, Response};

use super::is_in_dialog;
use crate::history::{Outcome, Recorder, Telling};

/// By which header the endpoint of a browser is told how a message is called. No program on a desk is told, or believed.
pub(super) const MESSAGE_ID: &str = "Rapport-Message-Id";

/// Returns how the message is called that a request says, as the router tells it to browsers' endpoints.
pub fn message_id(headers: &Headers) -> Option<MessageId> {
    headers.named(MESSAGE_ID)?.parse().ok()
}

/// What is known of a message by the endpoint of a browser, which says it.
#[derive(Clone, PartialEq, Eq)]
pub struct Saying {
    /// How it is called, here and in the histories.
    pub id: MessageId,
    /// What the browser knows it by; none of what a program says.
    pub client_id: Option<Box<str>>,
    /// The form that its writer gave it, as HTML: for the writer's history, whatever the other takes.
    pub html: Option<Bytes>,
}

// What people say reaches no log.
impl std::fmt::Debug for Saying {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Saying({})", self.id)
    }
}

/// A request that says something, until it is known what became of it.
#[derive(Debug)]
pub(super) struct Pending {
    recorder: Recorder,
    from: UserId,
    to: Option<UserId>,
    saying: Saying,
    /// Whether the company keeps what is said; otherwise it is named, and that is all.
    is_kept: bool,
}

impl Pending {
    pub(super) fn new(recorder: &Recorder, from: UserId, saying: Saying, is_kept: bool) -> Self {
        Self { recorder: recorder.clone(), from, to: None, saying, is_kept }
    }

    /// How the message is called.
    pub(super) const fn id(&self) -> MessageId {
        self.saying.id
    }

    /// Says whom it reaches.
    pub(super) fn to(&mut self, to: Option<UserId>) {
        self.to = to;
    }

    /// Takes down what was said, once its sender gets the final answer.
    pub(super) fn answered(self, request: &Request, response: &Response) {
        let outcome = match (response.status.is_success(), &request.method) {
            (false, _) => Outcome::Failed(response.status.as_u16()),
            (true, Method::Invite) if !has_read(response) => return self.said_again(request),
            (true, _) => Outcome::Sent,
        };
        self.note(request, outcome);
    }

    /// Waits for the caller to say it again in the conversation that has begun.
    fn said_again(self, request: &Request) {
        // A browser's endpoint knows by itself how it is called.
        if let (None, Some(call_id)) = (&self.saying.client_id, request.headers.call_id()) {
            let id = self.saying.id;
            self.recorder.expect_again(self.from, call_id, id, id.at());
        }
    }

    /// Takes down what was said by somebody who doesn't wait for the answer.
    pub(super) fn left(self, request: &Request) {
        if request.method == Method::Message {
            self.note(request, Outcome::Sent);
        }
    }

    fn note(self, request: &Request, outcome: Outcome) {
        let Self { recorder, from, to, saying, is_kept } = self;
        if !is_kept {
            return;
        }
        let Some((content_type, body)) = said(request) else { return };
        let address = if to.is_some() { None } else { request.uri().ok() };
        let address = address.as_ref().map_or("", |uri| uri.user_at_host());
        let html = saying.html.as_deref().unwrap_or_default();
        recorder.note(&Telling {
            from,
            to,
            address,
            id: saying.id,
            outcome,
            content_type,
            body: &body,
            client_id: saying.client_id.as_deref().unwrap_or_default(),
            // What the other takes in the form that it was given is kept as it was sent.
            html: if content_type.starts_with("text/html") { b"" } else { html },
        });
    }
}

/// Tells whether a request says something; what it says is read when its fate is known.
pub(super) fn says(request: &Request) -> bool {
    match request.method {
        Method::Message => request.headers.get(HeaderName::ContentType).is_some_and(is_text),
        Method::Invite => {
            request.headers.get(HeaderName::MsTextFormat).is_some_and(is_text) && !is_in_dialog(request)
        }
        _ => false,
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
    let (content_type, body) = first::read(header, header.len())?;
    (!body.is_empty()).then_some((content_type, Cow::Owned(body)))
}
