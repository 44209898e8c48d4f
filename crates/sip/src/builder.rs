//! Making requests and responses.

use bytes::Bytes;

use crate::error::InvalidHeader;
use crate::error::ParseError;
use crate::headers::Headers;
use crate::message::{Request, Response, checked_uri};
use crate::method::Method;
use crate::name::{HeaderName, Name};
use crate::quote::{holds_control, is_control, is_token_byte};
use crate::status::StatusCode;
use crate::text::Text;

impl Request {
    /// A request without any header.
    ///
    /// # Errors
    /// `uri` cannot stand in a start line.
    pub fn new(method: Method, uri: &str) -> Result<Self, ParseError> {
        Ok(Self { method, uri: checked_uri(uri)?, headers: Headers::new(), body: Bytes::new() })
    }

    /// Adds a header; see [`Response::with`].
    #[must_use]
    pub fn with<'n>(mut self, name: impl Into<Name<'n>>, value: &str) -> Self {
        add(&mut self.headers, name.into(), value);
        self
    }

    /// Gives it a body of that type.
    #[must_use]
    pub fn with_body(mut self, content_type: &str, body: Bytes) -> Self {
        set(&mut self.headers, HeaderName::ContentType, content_type);
        self.body = body;
        self
    }
}

impl Response {
    /// A response to `request`: all its Vias, From, To, Call-ID and CSeq verbatim, and its Record-Route if the
    /// response makes a dialog (RFC 3261 §8.2.6, §12.1.1). An empty reason becomes the default phrase.
    #[must_use]
    pub fn to(request: &Request, status: StatusCode, reason: &str) -> Self {
        let records = request.method.forms_dialog() && status.as_u16() > 100 && status.class() <= 2;
        let mut response = Self::bare(status, reason);
        response.copy_identity(&request.headers);
        if records {
            response.headers.copy_from(&request.headers, HeaderName::RecordRoute);
        }
        response
    }

    /// A response without any header.
    pub(crate) fn bare(status: StatusCode, reason: &str) -> Self {
        let mut response =
            Self { status, reason: Text::default(), headers: Headers::new(), body: Bytes::new() };
        response.set_reason(reason);
        response
    }

    /// Copies what ties a response to its request.
    pub(crate) fn copy_identity(&mut self, headers: &Headers) {
        self.headers.arena.reserve(512);
        self.headers.items.reserve(16);
        for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq]
        {
            self.headers.copy_from(headers, name);
        }
    }

    /// Gives the response another status with its reason; an empty reason becomes the default phrase.
    pub fn set_status(&mut self, status: StatusCode, reason: &str) {
        self.status = status;
        self.set_reason(reason);
    }

    fn set_reason(&mut self, reason: &str) {
        let reason = reason.trim();
        self.reason = if reason.is_empty() {
            Text::from_static(self.status.default_reason())
        } else {
            Text::copy_from(&clean(reason))
        };
    }

    /// Adds `;tag=` to the To header unless it has one. What cannot stand in a tag is left out.
    #[must_use]
    pub fn with_to_tag(mut self, tag: &str) -> Self {
        let tagged = self.headers.to_addr().is_ok_and(|to| to.params().has("tag"));
        if let (false, Some(to)) = (tagged, self.headers.get(HeaderName::To)) {
            let mut value = String::with_capacity(to.len() + tag.len() + 5);
            value.push_str(to);
            value.push_str(";tag=");
            value.extend(tag.chars().filter(|c| u8::try_from(*c).is_ok_and(is_token_byte)));
            set(&mut self.headers, HeaderName::To, &value);
        }
        self
    }

    /// Adds a header. Line breaks and other control characters in the value become blanks, and a name that is no token
    /// is left out, so that a chain of these cannot fail and cannot inject; [`Headers::push`] says what was wrong
    /// instead.
    #[must_use]
    pub fn with<'n>(mut self, name: impl Into<Name<'n>>, value: &str) -> Self {
        add(&mut self.headers, name.into(), value);
        self
    }

    /// Gives it a body of that type.
    #[must_use]
    pub fn with_body(mut self, content_type: &str, body: Bytes) -> Self {
        set(&mut self.headers, HeaderName::ContentType, content_type);
        self.body = body;
        self
    }
}

fn clean(value: &str) -> std::borrow::Cow<'_, str> {
    if holds_control(value) {
        value.replace(|c| u8::try_from(c).is_ok_and(is_control), " ").into()
    } else {
        value.into()
    }
}

fn add(headers: &mut Headers, name: Name<'_>, value: &str) {
    // Whatever is written is looked at, and hardly anything has to be cleaned.
    let added = match headers.push(name, value) {
        Err(InvalidHeader::Value) => headers.push(name, &clean(value)),
        added => added,
    };
    debug_assert!(added.is_ok(), "a header that the program names is one");
}

fn set(headers: &mut Headers, name: HeaderName, value: &str) {
    let done = match headers.set(name, value) {
        Err(InvalidHeader::Value) => headers.set(name, &clean(value)),
        done => done,
    };
    debug_assert!(done.is_ok(), "a known name with a cleaned value is a header");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> Request {
        Request::new(Method::Invite, "sip:bob@example.com")
            .unwrap()
            .with(HeaderName::Via, "SIP/2.0/TLS a")
            .with(HeaderName::Via, "SIP/2.0/TLS b")
            .with(HeaderName::RecordRoute, "<sip:p;lr>")
            .with(HeaderName::From, "<sip:a@example.com>;tag=1")
            .with(HeaderName::To, "<sip:bob@example.com>")
            .with(HeaderName::CallId, "x")
            .with(HeaderName::CSeq, "1 INVITE")
    }

    fn text(response: &Response) -> String {
        String::from_utf8(response.to_bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_response_repeats_what_ties_it_to_its_request() {
        let response = Response::to(&invite(), StatusCode::OK, "").with_to_tag("t1").with_to_tag("t2");
        assert_eq!(
            text(&response),
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a\r\nVia: SIP/2.0/TLS b\r\nFrom: <sip:a@example.com>;tag=1\r\n\
             To: <sip:bob@example.com>;tag=t1\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nRecord-Route: <sip:p;lr>\r\n\
             Content-Length: 0\r\n\r\n"
        );
        assert!(!Response::to(&invite(), StatusCode::TRYING, "").headers.contains(HeaderName::RecordRoute));
        assert!(
            !Response::to(&invite(), StatusCode::BUSY_HERE, "").headers.contains(HeaderName::RecordRoute)
        );
    }

    #[test]
    fn nothing_that_is_built_injects_a_line() {
        let response = Response::to(&invite(), StatusCode::OK, "Fine\r\nX: y")
            .with_to_tag("a;b\r\nX: y")
            .with("X-A", "1\r\nX: y")
            .with_body("text/plain\r\nX: y", Bytes::from_static(b"hi"));
        assert!(!text(&response).contains("\r\nX:"), "{}", text(&response));
        assert!(text(&response).contains("\r\nContent-Length: 2\r\n\r\nhi"));
        assert!(Request::new(Method::Bye, "sip:a b").is_err());
        assert!(Request::new(Method::Bye, "sip:a\r\nX: y").is_err());
        assert!(Request::new(Method::Bye, "").is_err());
        assert!(invite().set_uri("sip:a SIP/2.0\r\n").is_err());
    }
}
