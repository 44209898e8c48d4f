//! Messages on a stream, RFC 3261 §18.3: where one ends and the next begins.
//!
//! ```text
//!  between messages ──first byte that is no CR/LF──▶ in a head ──empty line──▶ in a body ──Content-Length bytes──▶ between messages
//! ```
//!
//! A malformed message whose end is known comes out as [`Frame::Bad`] and can be answered; the stream stays in step.
//! When it is not known where a message ends (two lengths, no length for a body), that is a [`FramingError`]: the
//! connection must be closed, because what follows could be read as anybody's message. After an error the decoder
//! gives nothing more.
//!
//! A message without Content-Length ends with its head if it has no Content-Type; with one it is an error. SIPE reads
//! both so, too.
//!
//! Bodies share the memory they were read into. Who keeps a message for long takes a copy
//! ([`Request::detached`](crate::Request::detached)). An idle decoder holds no buffer.

use std::sync::LazyLock;

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem::Finder;

use crate::error::ParseError;
use crate::head::{Defect, Head, Length, Start, UNREADABLE, parse_head};
use crate::headers::Headers;
use crate::message::{Message, Response};
use crate::method::Method;
use crate::name::HeaderName;
use crate::quote::trim;
use crate::status::StatusCode;

/// What ends a head. Preparing the search costs as much as searching a head does.
pub(crate) static HEAD_END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\r\n\r\n"));

/// Bounds on what a peer may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a head, start line and empty line included.
    pub head: usize,
    /// Bytes of a body.
    pub body: usize,
    /// Number of header fields.
    pub headers: usize,
    /// Bytes of a line, its continuation lines included.
    pub line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: 64 * 1024, body: 1024 * 1024, headers: 256, line: 32 * 1024 }
    }
}

/// Which of the [`Limits`] was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::head`]
    Head,
    /// [`Limits::body`]
    Body,
    /// [`Limits::headers`]
    Headers,
    /// [`Limits::line`]
    Line,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Head => "head",
            Self::Body => "body",
            Self::Headers => "number of headers",
            Self::Line => "header line",
        })
    }
}

/// The stream cannot be read any further: close the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// Something is larger than allowed.
    #[error("{what} exceeds the limit of {limit}")]
    TooLarge {
        /// What is.
        what: Limit,
        /// The limit, in the unit of [`Limits`].
        limit: usize,
    },
    /// The message does not say, or says in two ways, where it ends.
    #[error("framing contradiction: {0}")]
    Contradiction(&'static str),
    /// What arrived is not SIP.
    #[error("malformed: {what} (at byte {at})")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Offset in bytes from the start of the message.
        at: usize,
    },
}

impl FramingError {
    pub(crate) const fn as_parse_error(&self) -> ParseError {
        match self {
            Self::TooLarge { .. } => ParseError::new("message exceeds a limit", 0),
            Self::Contradiction(what) => ParseError::new(what, 0),
            Self::Malformed { what, at } => ParseError::new(what, *at),
        }
    }
}

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A message. It has Via, From, To, Call-ID and CSeq, those that must stand once stand once, and a request's CSeq
    /// names its method.
    Message(Message),
    /// A message with a defect. It is known where it ends, or the [`FramingError`] follows at once: that of a body which
    /// is too large.
    Bad(Box<BadMessage>),
    /// A keep-alive: CRLF CRLF between messages. A lone CRLF is skipped and not reported.
    KeepAlive,
}

/// A message that is malformed, with what is needed to say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadMessage {
    /// What is wrong.
    pub error: ParseError,
    /// How a request is answered: 400, 505 for another version of SIP, or 413 for a body that is too large.
    pub status: StatusCode,
    /// Whether it is a request.
    pub is_request: bool,
    /// The method of a request, if it is one.
    pub method: Option<Method>,
    /// The header fields that could be read.
    pub headers: Headers,
}

impl BadMessage {
    /// The answer to a malformed request: its Vias and, as they stood there first, its From, To, Call-ID and CSeq.
    ///
    /// `None` for a response, for what is never answered, and for a request whose answer would be no response: one of
    /// these is missing or can't be repeated, or nobody could match it, since the topmost Via or the CSeq is none
    /// (RFC 3261 §8.2.6.2, §16.3, §17.1.3).
    #[must_use]
    pub fn answer(&self) -> Option<Response> {
        let cseq = self.headers.get(HeaderName::CSeq).and_then(sequence_and_method)?;
        let unanswered = |method: &Method| method.is_unanswered();
        if !self.is_request || self.method.as_ref().is_some_and(unanswered) || unanswered(&cseq) {
            return None;
        }
        self.headers.top_via().ok()?;
        let mut response = Response::bare(self.status, "");
        response.headers.copy_from(&self.headers, HeaderName::Via);
        if response.headers.get_all(HeaderName::Via).any(|via| !is_repeatable(via)) {
            return None;
        }
        for name in [HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq] {
            let value = self.headers.get(name).filter(|value| is_repeatable(value))?;
            response.headers.push(name, value).ok()?;
        }
        Some(response)
    }
}

/// Whether a value of a defective head came as it stands here, and says something.
fn is_repeatable(value: &str) -> bool {
    !value.is_empty() && !value.contains(UNREADABLE)
}

/// The method of a CSeq whose number is one of any size.
fn sequence_and_method(value: &str) -> Option<Method> {
    let (number, method) = value.split_once([' ', '\t'])?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Method::parse(trim(method)) } else { None }
}

/// A head that waits for its body.
struct Waiting {
    head: Box<Head>,
    body: usize,
    /// Bytes of the head.
    start: usize,
}

/// Turns the bytes of a stream into [`Frame`]s.
#[derive(Default)]
pub struct Decoder {
    buffer: BytesMut,
    limits: Limits,
    /// So many bytes of the buffer hold no end of a head.
    scanned: usize,
    waiting: Option<Waiting>,
    /// Bytes of the message that came out last.
    last: usize,
    /// One CRLF of a keep-alive has been seen.
    half_ping: bool,
    failed: Option<FramingError>,
}

impl Decoder {
    /// A decoder with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Sets the limits for heads and bodies that are not complete yet.
    pub const fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Adds bytes. They count against no limit until [`Decoder::next`] is called, so call it until it gives `None`.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Adds bytes without copying them if nothing is waiting.
    pub fn push_owned(&mut self, bytes: BytesMut) {
        if self.failed.is_some() {
        } else if self.buffer.is_empty() {
            self.buffer = bytes;
        } else {
            self.buffer.extend_from_slice(&bytes);
        }
    }

    /// Whether a message has begun that is not complete.
    #[must_use]
    pub fn is_mid_message(&self) -> bool {
        self.waiting.is_some() || !self.buffer.is_empty()
    }

    /// How many bytes the message had that came out last; of one whose body is too large, its head.
    #[must_use]
    pub const fn last_size(&self) -> usize {
        self.last
    }

    /// How many bytes wait in the buffer.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// The next frame; `None` if more bytes are needed.
    ///
    /// # Errors
    /// The connection must be closed; every later call gives the same error. A body that is too large comes out as
    /// [`Frame::Bad`] first, so that it can be answered.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would end where this waits for more bytes"
    )]
    pub fn next(&mut self) -> Result<Option<Frame>, FramingError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let result = self.advance();
        match &result {
            Err(error) => {
                self.failed = Some(*error);
                self.waiting = None;
                self.buffer = BytesMut::new();
            }
            Ok(_) if self.buffer.is_empty() => self.buffer = BytesMut::new(),
            Ok(_) => {}
        }
        result
    }

    fn advance(&mut self) -> Result<Option<Frame>, FramingError> {
        if self.waiting.is_none() {
            if self.skip_line_breaks()? {
                return Ok(Some(Frame::KeepAlive));
            }
            let Some(end) = self.find_head_end()? else { return Ok(None) };
            let head = parse_head(self.buffer.get(..end).unwrap_or_default(), &self.limits)?;
            self.buffer.advance(end);
            let body = match self.body_length(&head) {
                Ok(body) => body,
                Err(error @ FramingError::TooLarge { .. }) => {
                    self.failed = Some(error);
                    self.buffer = BytesMut::new();
                    self.last = end;
                    let error = ParseError::new("body is too large", end);
                    let defect = Defect { error, status: StatusCode::REQUEST_ENTITY_TOO_LARGE };
                    return Ok(frame(Head { defect: Some(defect), ..head }, Bytes::new()));
                }
                Err(error) => return Err(error),
            };
            if self.buffer.len() >= body {
                self.last = end + body;
                return Ok(frame(head, self.take_body(body)));
            }
            // The peer's word alone is worth no more memory than this.
            self.buffer.reserve((body - self.buffer.len()).min(16 * 1024));
            self.waiting = Some(Waiting { head: Box::new(head), body, start: end });
        }
        match self.waiting.take_if(|waiting| self.buffer.len() >= waiting.body) {
            Some(waiting) => {
                self.last = waiting.start + waiting.body;
                Ok(frame(*waiting.head, self.take_body(waiting.body)))
            }
            None => Ok(None),
        }
    }

    fn take_body(&mut self, length: usize) -> Bytes {
        if length == 0 {
            // Splitting would make the buffer shared for nothing.
            return Bytes::new();
        }
        self.buffer.split_to(length).freeze()
    }

    /// Skips CRLFs between messages; `true` when a keep-alive is complete.
    fn skip_line_breaks(&mut self) -> Result<bool, FramingError> {
        loop {
            match (self.buffer.first(), self.buffer.get(1)) {
                (Some(b'\r'), Some(b'\n')) => {
                    self.buffer.advance(2);
                    self.half_ping = !self.half_ping;
                    if !self.half_ping {
                        return Ok(true);
                    }
                }
                (Some(b'\r'), None) | (None, _) => return Ok(false),
                (Some(b'\r' | b'\n'), _) => {
                    return Err(FramingError::Malformed { what: "line break that is not CRLF", at: 0 });
                }
                (Some(_), _) => {
                    self.half_ping = false;
                    return Ok(false);
                }
            }
        }
    }

    /// Where the head ends, its empty line included.
    fn find_head_end(&mut self) -> Result<Option<usize>, FramingError> {
        let from = self.scanned.saturating_sub(3);
        let found = self.buffer.get(from..).and_then(|rest| HEAD_END.find(rest));
        let too_large = FramingError::TooLarge { what: Limit::Head, limit: self.limits.head };
        match found.map(|at| from + at + 4) {
            Some(end) if end > self.limits.head => Err(too_large),
            Some(end) => {
                self.scanned = 0;
                Ok(Some(end))
            }
            None if self.buffer.len() > self.limits.head => Err(too_large),
            None => {
                self.scanned = self.buffer.len();
                Ok(None)
            }
        }
    }

    fn body_length(&self, head: &Head) -> Result<usize, FramingError> {
        match head.length {
            Length::Contradiction(what) => Err(FramingError::Contradiction(what)),
            Length::Missing if head.headers.contains(HeaderName::ContentType) => {
                Err(FramingError::Contradiction("a body without Content-Length"))
            }
            Length::Missing => Ok(0),
            Length::Is(length) => match usize::try_from(length) {
                Ok(length) if length <= self.limits.body => Ok(length),
                Ok(_) | Err(_) => Err(FramingError::TooLarge { what: Limit::Body, limit: self.limits.body }),
            },
        }
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("buffered", &self.buffer.len()).field("failed", &self.failed).finish()
    }
}

fn frame(head: Head, body: Bytes) -> Option<Frame> {
    match head.defect {
        None => Message::from_parts(head.start, head.headers, body).map(Frame::Message),
        Some(defect) => {
            let (is_request, method) = match head.start {
                Start::Request { method, .. } => (true, Some(method)),
                Start::BadRequest { method } => (true, method),
                Start::Response { .. } | Start::BadResponse => (false, None),
            };
            let bad = BadMessage {
                error: defect.error,
                status: defect.status,
                is_request,
                method,
                headers: head.headers,
            };
            Some(Frame::Bad(Box::new(bad)))
        }
    }
}
