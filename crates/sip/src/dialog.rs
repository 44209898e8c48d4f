//! Dialogs, RFC 3261 §12: their identity, route set, remote target and sequence numbers.
//!
//! ```text
//!  early ──2xx──▶ confirmed ──BYE──▶ (dropped by its owner)
//! ```
//!
//! A dialog here is data: who keeps it, and when it ends, is for its owner.

use crate::addr::NameAddr;
use crate::error::ParseError;
use crate::headers::Headers;
use crate::message::{Request, Response};
use crate::method::Method;
use crate::name::HeaderName;
use crate::proxy::{push, set};
use crate::quote::is_token;
use crate::uri::Uri;

/// What identifies a dialog, from the side that keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DialogId {
    /// The Call-ID, byte for byte.
    pub call_id: Box<str>,
    /// Our tag.
    pub local_tag: Box<str>,
    /// The peer's tag.
    pub remote_tag: Box<str>,
}

/// Why something is not of a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DialogError {
    /// Call-ID or tags are those of another dialog, or a tag is missing: 481.
    #[error("no such dialog")]
    NoSuchDialog,
    /// The CSeq is not above the last one: 500 (RFC 3261 §12.2.2).
    #[error("request is out of order")]
    OutOfOrder,
    /// No sequence numbers are left.
    #[error("sequence numbers are used up")]
    Exhausted,
    /// A header that the dialog is made of is malformed.
    #[error("malformed header: {0}")]
    Malformed(#[from] ParseError),
}

/// The state of a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    id: DialogId,
    /// The From value of our requests, tag included.
    local: Box<str>,
    /// The To value of our requests, tag included.
    remote: Box<str>,
    /// In the order our requests take it.
    route_set: Vec<Box<str>>,
    remote_target: Box<str>,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    confirmed: bool,
}

fn tag_of(addr: &NameAddr<'_>) -> Result<Box<str>, DialogError> {
    addr.tag().map(Into::into).ok_or(DialogError::NoSuchDialog)
}

impl DialogId {
    /// The dialog of a message that arrived from the peer as a request: its From is the peer's side.
    ///
    /// # Errors
    /// A tag is missing, or an address is malformed.
    pub fn of_incoming(headers: &Headers) -> Result<Self, DialogError> {
        let (from, to) = (headers.from_addr()?, headers.to_addr()?);
        Ok(Self {
            call_id: headers.call_id().unwrap_or_default().into(),
            local_tag: tag_of(&to)?,
            remote_tag: tag_of(&from)?,
        })
    }

    /// The dialog of a request that we sent, or of a response to it: its From is our side.
    ///
    /// # Errors
    /// A tag is missing, or an address is malformed.
    pub fn of_outgoing(headers: &Headers) -> Result<Self, DialogError> {
        let Self { call_id, local_tag, remote_tag } = Self::of_incoming(headers)?;
        Ok(Self { call_id, local_tag: remote_tag, remote_tag: local_tag })
    }
}

impl Dialog {
    /// The dialog that our `request` and a 101–299 `response` to it make (RFC 3261 §12.1.2).
    ///
    /// # Errors
    /// A tag is missing, or a header is malformed.
    pub fn uac(request: &Request, response: &Response) -> Result<Self, DialogError> {
        let id = DialogId::of_outgoing(&response.headers)?;
        let mut route_set: Vec<Box<str>> =
            response.headers.list(HeaderName::RecordRoute).map(Into::into).collect();
        route_set.reverse();
        let target = response.headers.contact().map_or(request.uri_text(), |contact| contact.uri_text());
        Ok(Self {
            id,
            local: response.headers.get(HeaderName::From).unwrap_or_default().into(),
            remote: response.headers.get(HeaderName::To).unwrap_or_default().into(),
            route_set,
            remote_target: target.into(),
            local_cseq: request.headers.cseq()?.number,
            remote_cseq: None,
            confirmed: response.status.is_success(),
        })
    }

    /// The dialog that the peer's `request` and our 101–299 `response` make (RFC 3261 §12.1.1).
    ///
    /// # Errors
    /// A tag is missing, or a header is malformed; the request has no Contact.
    pub fn uas(request: &Request, response: &Response) -> Result<Self, DialogError> {
        let id = DialogId::of_incoming(&response.headers)?;
        let target = request.headers.contact().ok_or(ParseError::new("no Contact", 0))?;
        Ok(Self {
            id,
            local: response.headers.get(HeaderName::To).unwrap_or_default().into(),
            remote: response.headers.get(HeaderName::From).unwrap_or_default().into(),
            route_set: request.headers.list(HeaderName::RecordRoute).map(Into::into).collect(),
            remote_target: target.uri_text().into(),
            local_cseq: 0,
            remote_cseq: Some(request.headers.cseq()?.number),
            confirmed: response.status.is_success(),
        })
    }

    /// What identifies it.
    #[must_use]
    pub const fn id(&self) -> &DialogId {
        &self.id
    }

    /// Whether a 2xx made it.
    #[must_use]
    pub const fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// A 2xx has been sent or received.
    pub const fn confirm(&mut self) {
        self.confirmed = true;
    }

    /// Where the peer wants requests to go: the URI of its Contact.
    #[must_use]
    pub const fn remote_target(&self) -> &str {
        &self.remote_target
    }

    /// The Route values of our requests in order.
    pub fn route_set(&self) -> impl Iterator<Item = &str> {
        self.route_set.iter().map(|route| &**route)
    }

    /// The last sequence number we used.
    #[must_use]
    pub const fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// Takes a request of the peer: it must be of this dialog and in order. ACK and CANCEL repeat a number. A
    /// target refresh moves the remote target (RFC 3261 §12.2.2; INVITE, UPDATE, SUBSCRIBE, NOTIFY, REFER).
    ///
    /// # Errors
    /// It is of another dialog, out of order, or malformed; the dialog is unchanged.
    pub fn receive(&mut self, request: &Request) -> Result<(), DialogError> {
        if DialogId::of_incoming(&request.headers)? != self.id {
            return Err(DialogError::NoSuchDialog);
        }
        let number = request.headers.cseq()?.number;
        if !matches!(request.method, Method::Ack | Method::Cancel) {
            if self.remote_cseq.is_some_and(|last| number <= last) {
                return Err(DialogError::OutOfOrder);
            }
            self.remote_cseq = Some(number);
        }
        if refreshes_target(&request.method)
            && let Some(contact) = request.headers.contact()
        {
            self.remote_target = contact.uri_text().into();
        }
        Ok(())
    }

    /// Takes a 2xx to a request of ours: a target refresh moves the remote target.
    pub fn receive_success(&mut self, method: &Method, response: &Response) {
        if refreshes_target(method)
            && response.status.is_success()
            && let Some(contact) = response.headers.contact()
        {
            self.remote_target = contact.uri_text().into();
        }
    }

    /// Makes the next request of ours: Request-URI, Route, From, To, Call-ID, CSeq, Max-Forwards (RFC 3261 §12.2.1).
    /// Via and Contact are the sender's to add.
    ///
    /// # Errors
    /// The remote target is not a URI, or no sequence numbers are left.
    pub fn request(&mut self, method: Method) -> Result<Request, DialogError> {
        let number = self.local_cseq.checked_add(1).filter(|n| *n < 1 << 31).ok_or(DialogError::Exhausted)?;
        let request = self.build(method, number)?;
        self.local_cseq = number;
        Ok(request)
    }

    /// Makes the ACK of a 2xx to the INVITE with this sequence number (RFC 3261 §13.2.2.4).
    ///
    /// # Errors
    /// The remote target is not a URI.
    pub fn ack(&self, invite_cseq: u32) -> Result<Request, DialogError> {
        self.build(Method::Ack, invite_cseq)
    }

    fn build(&self, method: Method, number: u32) -> Result<Request, DialogError> {
        let first = self.route_set.first().map(|route| NameAddr::parse(route)).transpose()?;
        let strict = match first {
            Some(first) if !first.uri()?.is_loose() => Some(first.uri_text()),
            Some(_) | None => None,
        };
        let cseq = format!("{number} {method}");
        let mut request = Request::new(method, strict.unwrap_or(&self.remote_target))?;
        let headers = &mut request.headers;
        for route in self.route_set.iter().skip(usize::from(strict.is_some())) {
            push(headers, HeaderName::Route, route);
        }
        if strict.is_some() {
            push(headers, HeaderName::Route, &format!("<{}>", self.remote_target));
        }
        push(headers, HeaderName::MaxForwards, "70");
        push(headers, HeaderName::From, &self.local);
        push(headers, HeaderName::To, &self.remote);
        push(headers, HeaderName::CallId, &self.id.call_id);
        push(headers, HeaderName::CSeq, &cseq);
        Ok(request)
    }
}

fn refreshes_target(method: &Method) -> bool {
    matches!(method, Method::Invite | Method::Update | Method::Subscribe | Method::Notify | Method::Refer)
}

/// Ends a call that nobody wants: the ACK and the BYE for a 2xx that came after the INVITE had been cancelled or
/// answered otherwise ([`fork::Action::End`](crate::fork::Action::End)). They go to the endpoint that sent `response`,
/// straight and without a Route; Via is the sender's to add.
///
/// # Errors
/// The response has no tag, or a header is malformed.
pub fn end_unwanted(invite: &Request, response: &Response) -> Result<(Request, Request), DialogError> {
    let mut dialog = Dialog::uac(invite, response)?;
    dialog.route_set.clear();
    let ack = dialog.ack(dialog.local_cseq)?;
    let bye = dialog.request(Method::Bye)?;
    Ok((ack, bye))
}

/// Adds `;tag=` to an address value, for a From or To of our own making.
///
/// # Errors
/// The value is no address, has a tag, or `tag` is not a token.
pub fn with_tag(address: &str, tag: &str) -> Result<String, ParseError> {
    if NameAddr::parse(address)?.params().has("tag") || !is_token(tag) {
        return Err(ParseError::new("tag cannot be added", 0));
    }
    Ok(format!("{address};tag={tag}"))
}

/// Makes an address value of a display name (empty for none) and a URI.
///
/// # Errors
/// The URI is not one.
pub fn address(display_name: &str, uri: &str) -> Result<String, ParseError> {
    Uri::parse(uri)?;
    Ok(if display_name.is_empty() {
        format!("<{uri}>")
    } else {
        format!("{} <{uri}>", crate::quote(display_name))
    })
}

/// Gives a request the CSeq of a fresh dialog or of none.
pub fn set_cseq(request: &mut Request, number: u32) {
    let value = format!("{number} {}", request.method);
    set(&mut request.headers, HeaderName::CSeq, &value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::StatusCode;

    fn invite() -> Request {
        Request::new(Method::Invite, "sip:bob@example.com")
            .unwrap()
            .with(HeaderName::Via, "SIP/2.0/TLS pool;branch=z9hG4bK1")
            .with(HeaderName::RecordRoute, "<sip:p2.example.com;lr>, <sip:p1.example.com;lr>")
            .with(HeaderName::From, "\"Alice\" <sip:alice@example.com>;tag=a1;epid=ee")
            .with(HeaderName::To, "<sip:bob@example.com>")
            .with(HeaderName::CallId, "call")
            .with(HeaderName::CSeq, "5 INVITE")
            .with(HeaderName::Contact, "<sip:alice@example.com;opaque=user:epid:x;gruu>")
    }

    fn accepted() -> Response {
        Response::to(&invite(), StatusCode::OK, "")
            .with_to_tag("b2")
            .with(HeaderName::Contact, "<sip:bob@example.com;opaque=user:epid:y;gruu>")
    }

    #[test]
    fn both_sides_of_a_dialog_find_each_other() {
        let mut alice = Dialog::uac(&invite(), &accepted()).unwrap();
        let mut bob = Dialog::uas(&invite(), &accepted()).unwrap();
        assert!(alice.is_confirmed() && bob.is_confirmed());
        let bye = alice.request(Method::Bye).unwrap();
        assert_eq!(bye.uri_text(), "sip:bob@example.com;opaque=user:epid:y;gruu");
        assert_eq!(
            bye.headers.get(HeaderName::From),
            Some("\"Alice\" <sip:alice@example.com>;tag=a1;epid=ee")
        );
        assert_eq!(bye.headers.get(HeaderName::To), Some("<sip:bob@example.com>;tag=b2"));
        assert_eq!(bye.headers.get(HeaderName::CSeq), Some("6 BYE"));
        let routes = |r: &Request| r.headers.list(HeaderName::Route).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(routes(&bye), ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"]);
        bob.receive(&bye).unwrap();
        assert_eq!(bob.receive(&bye), Err(DialogError::OutOfOrder));
        let info = bob.request(Method::Info).unwrap();
        assert_eq!(routes(&info), ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"]);
        assert_eq!(info.uri_text(), "sip:alice@example.com;opaque=user:epid:x;gruu");
        alice.receive(&info).unwrap();
        assert_eq!(bob.receive(&info), Err(DialogError::NoSuchDialog));
    }

    #[test]
    fn a_strict_router_gets_the_request_uri() {
        let mut request = invite();
        request.headers.set(HeaderName::RecordRoute, "<sip:old.example.com>").unwrap();
        let response = Response::to(&request, StatusCode::OK, "").with_to_tag("b2");
        let mut bob = Dialog::uas(&request, &response).unwrap();
        let bye = bob.request(Method::Bye).unwrap();
        assert_eq!(bye.uri_text(), "sip:old.example.com");
        assert_eq!(
            bye.headers.get(HeaderName::Route),
            Some("<sip:alice@example.com;opaque=user:epid:x;gruu>")
        );
    }

    #[test]
    fn a_late_success_is_acknowledged_and_ended() {
        let (ack, bye) = end_unwanted(&invite(), &accepted()).unwrap();
        assert_eq!(ack.headers.get(HeaderName::CSeq), Some("5 ACK"));
        assert_eq!(bye.headers.get(HeaderName::CSeq), Some("6 BYE"));
        assert_eq!(bye.headers.get(HeaderName::To), Some("<sip:bob@example.com>;tag=b2"));
        assert!(!bye.headers.contains(HeaderName::Route));
        let untagged = Response::to(&invite(), StatusCode::OK, "");
        assert_eq!(end_unwanted(&invite(), &untagged), Err(DialogError::NoSuchDialog));
    }

    #[test]
    fn a_target_refresh_moves_the_target_and_a_message_does_not() {
        let mut bob = Dialog::uas(&invite(), &accepted()).unwrap();
        let mut alice = Dialog::uac(&invite(), &accepted()).unwrap();
        let message = alice.request(Method::Message).unwrap().with(HeaderName::Contact, "<sip:elsewhere>");
        bob.receive(&message).unwrap();
        assert_eq!(bob.remote_target(), "sip:alice@example.com;opaque=user:epid:x;gruu");
        let update = alice.request(Method::Update).unwrap().with(HeaderName::Contact, "<sip:elsewhere>");
        bob.receive(&update).unwrap();
        assert_eq!(bob.remote_target(), "sip:elsewhere");
    }

    #[test]
    fn addresses_we_make_cannot_be_escaped_from() {
        let value = address("Eve\"; tag=1 <sip:root@example.com>", "sip:eve@example.com").unwrap();
        let parsed = NameAddr::parse(&value).unwrap();
        assert_eq!((parsed.uri_text(), parsed.tag()), ("sip:eve@example.com", None));
        assert_eq!(with_tag(&value, "t").unwrap(), format!("{value};tag=t"));
        assert!(address("x", "sip:a>;tag=1").is_err());
        assert!(with_tag("<sip:a@b>", "x;y").is_err());
        assert!(with_tag("<sip:a@b>;tag=1", "x").is_err());
    }
}
