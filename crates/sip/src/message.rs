//! Requests and responses, and the typed views of the headers that everybody reads.

use bytes::Bytes;

use crate::addr::{Contact, NameAddr};
use crate::error::ParseError;
use crate::framing::{HEAD_END, Limits};
use crate::head::{Length, Start, parse_head};
use crate::headers::Headers;
use crate::method::Method;
use crate::name::HeaderName;
use crate::status::StatusCode;
use crate::text::Text;
use crate::uri::{Uri, decimal};
use crate::value::{CSeq, ContentType};
use crate::via::Via;

/// A request or a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

/// A request. Cloning copies the list of spans; the bytes are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    pub(crate) uri: Text,
    /// The header fields. Content-Length is written from the body, whatever stands here.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
}

/// A response. Cloning copies the list of spans; the bytes are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: StatusCode,
    pub(crate) reason: Text,
    /// The header fields. Content-Length is written from the body, whatever stands here.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
}

impl Message {
    /// Parses one whole message that stands alone, such as one that came from another node.
    ///
    /// # Errors
    /// It is malformed, a mandatory header is missing or there twice, or its Content-Length is not what follows.
    pub fn parse(bytes: &Bytes, limits: &Limits) -> Result<Self, ParseError> {
        let end = HEAD_END.find(bytes).ok_or(ParseError::new("no end of the head", bytes.len()))? + 4;
        let head =
            parse_head(bytes.get(..end).unwrap_or_default(), limits).map_err(|e| e.as_parse_error())?;
        if let Some(defect) = head.defect {
            return Err(defect.error);
        }
        let body = bytes.slice(end..);
        match head.length {
            Length::Is(length) if length == body.len() as u64 => {}
            Length::Missing => {}
            Length::Is(_) | Length::Contradiction(_) => {
                return Err(ParseError::new("Content-Length is not what follows", end));
            }
        }
        Self::from_parts(head.start, head.headers, body).ok_or(ParseError::new("start line is not one", 0))
    }

    pub(crate) fn from_parts(start: Start, headers: Headers, body: Bytes) -> Option<Self> {
        match start {
            Start::Request { method, uri } => Some(Self::Request(Request { method, uri, headers, body })),
            Start::Response { status, reason } => {
                Some(Self::Response(Response { status, reason, headers, body }))
            }
            Start::BadRequest { .. } | Start::BadResponse => None,
        }
    }

    /// The header fields.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response) => &response.headers,
        }
    }

    /// The header fields, to be changed.
    pub const fn headers_mut(&mut self) -> &mut Headers {
        match self {
            Self::Request(request) => &mut request.headers,
            Self::Response(response) => &mut response.headers,
        }
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        match self {
            Self::Request(request) => &request.body,
            Self::Response(response) => &response.body,
        }
    }

    /// The request, if it is one.
    #[must_use]
    pub const fn as_request(&self) -> Option<&Request> {
        match self {
            Self::Request(request) => Some(request),
            Self::Response(_) => None,
        }
    }

    /// The response, if it is one.
    #[must_use]
    pub const fn as_response(&self) -> Option<&Response> {
        match self {
            Self::Request(_) => None,
            Self::Response(response) => Some(response),
        }
    }
}

impl From<Request> for Message {
    fn from(request: Request) -> Self {
        Self::Request(request)
    }
}

impl From<Response> for Message {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

impl Request {
    /// The Request-URI as written.
    #[must_use]
    pub fn uri_text(&self) -> &str {
        self.uri.as_str()
    }

    /// The Request-URI.
    ///
    /// # Errors
    /// It is not one.
    pub fn uri(&self) -> Result<Uri<'_>, ParseError> {
        Uri::parse(self.uri.as_str())
    }

    /// Gives the request another Request-URI.
    ///
    /// # Errors
    /// The text cannot stand in a start line.
    pub fn set_uri(&mut self, uri: &str) -> Result<(), ParseError> {
        self.uri = checked_uri(uri)?;
        Ok(())
    }

    /// A copy in memory of its own; see [`Headers::detached`].
    #[must_use]
    pub fn detached(&self) -> Self {
        Self {
            method: self.method.clone(),
            uri: Text::copy_from(&self.uri),
            headers: self.headers.detached(),
            body: Bytes::copy_from_slice(&self.body),
        }
    }
}

impl Response {
    /// The reason phrase; never empty.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.reason.as_str()
    }

    /// A copy in memory of its own; see [`Headers::detached`].
    #[must_use]
    pub fn detached(&self) -> Self {
        Self {
            status: self.status,
            reason: Text::copy_from(&self.reason),
            headers: self.headers.detached(),
            body: Bytes::copy_from_slice(&self.body),
        }
    }
}

/// Takes text as a Request-URI: anything that is one word of printable characters.
pub(crate) fn checked_uri(uri: &str) -> Result<Text, ParseError> {
    if uri.is_empty() {
        return Err(ParseError::new("empty Request-URI", 0));
    }
    match uri.bytes().position(|b| b <= b' ' || b == 0x7f) {
        Some(at) => Err(ParseError::new("Request-URI holds a blank", at)),
        None => Ok(Text::copy_from(uri)),
    }
}

/// Typed views of the headers that routing needs. Each parses when called.
impl Headers {
    fn required(&self, name: HeaderName, what: &'static str) -> Result<&str, ParseError> {
        self.get(name).ok_or(ParseError::new(what, 0))
    }

    /// The From address.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub fn from_addr(&self) -> Result<NameAddr<'_>, ParseError> {
        NameAddr::parse(self.required(HeaderName::From, "no From")?)
    }

    /// The To address.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub fn to_addr(&self) -> Result<NameAddr<'_>, ParseError> {
        NameAddr::parse(self.required(HeaderName::To, "no To")?)
    }

    /// The Call-ID, byte for byte.
    #[must_use]
    pub fn call_id(&self) -> Option<&str> {
        self.get(HeaderName::CallId)
    }

    /// The CSeq.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub fn cseq(&self) -> Result<CSeq, ParseError> {
        CSeq::parse(self.required(HeaderName::CSeq, "no CSeq")?)
    }

    /// The topmost Via.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub fn top_via(&self) -> Result<Via<'_>, ParseError> {
        Via::parse(self.first_element(HeaderName::Via).ok_or(ParseError::new("no Via", 0))?)
    }

    /// All Vias from the top.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, ParseError>> {
        self.list(HeaderName::Via).map(Via::parse)
    }

    /// All Contacts.
    pub fn contacts(&self) -> impl Iterator<Item = Result<Contact<'_>, ParseError>> {
        self.list(HeaderName::Contact).map(Contact::parse)
    }

    /// The first Contact that is an address: where the other side of a dialog wants to be reached.
    #[must_use]
    pub fn contact(&self) -> Option<NameAddr<'_>> {
        self.contacts().next()?.ok()?.addr()
    }

    /// All Routes from the top.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, ParseError>> {
        self.list(HeaderName::Route).map(NameAddr::parse)
    }

    /// All Record-Routes from the top.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, ParseError>> {
        self.list(HeaderName::RecordRoute).map(NameAddr::parse)
    }

    /// The addresses of P-Asserted-Identity.
    pub fn asserted_identities(&self) -> impl Iterator<Item = Result<NameAddr<'_>, ParseError>> {
        self.list(HeaderName::PAssertedIdentity).map(NameAddr::parse)
    }

    /// Max-Forwards; `None` if there is none.
    ///
    /// # Errors
    /// It is no number up to 255.
    pub fn max_forwards(&self) -> Result<Option<u8>, ParseError> {
        match self.get(HeaderName::MaxForwards) {
            None => Ok(None),
            Some(text) => {
                decimal(text).map(Some).ok_or(ParseError::new("Max-Forwards is no number up to 255", 0))
            }
        }
    }

    /// The Content-Type; `None` if there is none.
    ///
    /// # Errors
    /// It is not one.
    pub fn content_type(&self) -> Result<Option<ContentType<'_>>, ParseError> {
        self.get(HeaderName::ContentType).map(ContentType::parse).transpose()
    }

    /// Expires in seconds; `None` if there is none. A number too large to be kept is the largest that can be.
    ///
    /// # Errors
    /// It is no number.
    pub fn expires_secs(&self) -> Result<Option<u32>, ParseError> {
        match self.get(HeaderName::Expires) {
            None => Ok(None),
            Some(text) if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) => {
                Err(ParseError::new("Expires is no number", 0))
            }
            Some(text) => Ok(Some(text.parse().unwrap_or(u32::MAX))),
        }
    }

    /// The event package: the Event header without its parameters.
    #[must_use]
    pub fn event_package(&self) -> Option<&str> {
        let value = self.get(HeaderName::Event)?;
        Some(crate::quote::trim(value.split(';').next().unwrap_or(value)))
    }
}
