//! The parser of a message head: start line and header fields, RFC 3261 §7.
//!
//! It is strict where leniency would let two readers see two messages (line ends, header names, start lines), and
//! goes on after a defect, so that a malformed request can be answered and the stream stays in step.

use std::sync::Arc;

use crate::error::ParseError;
use crate::framing::{FramingError, Limit, Limits};
use crate::headers::{Headers, Item};
use crate::method::Method;
use crate::name::{HeaderName, Name};
use crate::quote::{is_control, is_token, trim, trim_end, trim_start};
use crate::scan::{find_control, until};
use crate::status::StatusCode;
use crate::text::Text;
use crate::uri::decimal;

/// What a start line said.
pub(crate) enum Start {
    Request {
        method: Method,
        uri: Text,
    },
    Response {
        status: StatusCode,
        reason: Text,
    },
    /// It ends in `SIP/`something, but is no request line.
    BadRequest {
        method: Option<Method>,
    },
    /// It begins with `SIP/`something, but is no status line.
    BadResponse,
}

/// What the Content-Length fields say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Missing,
    Is(u64),
    Contradiction(&'static str),
}

/// Something wrong that leaves the framing intact.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defect {
    pub(crate) error: ParseError,
    pub(crate) status: StatusCode,
}

pub(crate) struct Head {
    pub(crate) start: Start,
    pub(crate) headers: Headers,
    pub(crate) length: Length,
    pub(crate) defect: Option<Defect>,
}

/// Parses a head that ends with its empty line.
pub(crate) fn parse_head(bytes: &[u8], limits: &Limits) -> Result<Head, FramingError> {
    let mut defect = None;
    let mut text: Arc<str> = match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(e) => {
            note(&mut defect, "header is not UTF-8", e.valid_up_to());
            String::from_utf8_lossy(bytes).into()
        }
    };
    loop {
        match Parser::new(&text, defect, limits).head() {
            Ok(head) => return Ok(head),
            Err(Stop::Framing(error)) => return Err(error),
            // Nobody sends one but by ill will: only then is a head read twice.
            Err(Stop::Stray(at)) => {
                note(&mut defect, "control character in a header", at);
                text = text.replace(|c| u8::try_from(c).is_ok_and(is_stray), UNREADABLE).into();
            }
        }
    }
}

/// Stands for octets of a defective head that are no text.
pub(crate) const UNREADABLE: &str = "\u{fffd}";

/// Whether `byte` is a control character that stands nowhere in a head; line breaks are looked at line by line.
const fn is_stray(byte: u8) -> bool {
    is_control(byte) && !matches!(byte, b'\r' | b'\n')
}

fn note(defect: &mut Option<Defect>, what: &'static str, at: usize) {
    defect.get_or_insert(Defect { error: ParseError::new(what, at), status: StatusCode::BAD_REQUEST });
}

/// Why a head is not read to its end.
enum Stop {
    Framing(FramingError),
    /// A control character stands there that no head may hold.
    Stray(usize),
}

impl From<FramingError> for Stop {
    fn from(error: FramingError) -> Self {
        Self::Framing(error)
    }
}

struct Parser<'a> {
    text: &'a Arc<str>,
    headers: Headers,
    length: Length,
    /// One bit per [`HeaderName`].
    seen: u128,
    defect: Option<Defect>,
    limits: &'a Limits,
}

impl<'a> Parser<'a> {
    fn new(text: &'a Arc<str>, defect: Option<Defect>, limits: &'a Limits) -> Self {
        let headers = Headers { head: Arc::clone(text), arena: String::new(), items: Vec::with_capacity(24) };
        Self { text, headers, length: Length::Missing, seen: 0, defect, limits }
    }

    fn head(mut self) -> Result<Head, Stop> {
        let (start_end, mut at) = self.line_end(0)?;
        let start = self.start_line(self.text.get(..start_end).unwrap_or_default())?;
        while at < self.text.len() {
            at = self.field(at)?;
        }
        self.check_mandatory(&start);
        Ok(Head { start, headers: self.headers, length: self.length, defect: self.defect })
    }

    fn note(&mut self, what: &'static str, at: usize) {
        note(&mut self.defect, what, at);
    }

    /// Where the line that starts at `at` ends, and where the next one starts. Only CRLF ends a line.
    fn line_end(&mut self, at: usize) -> Result<(usize, usize), Stop> {
        let bytes = self.text.as_bytes();
        let mut from = at;
        loop {
            let found = bytes.get(from..).and_then(find_control);
            let Some(found) = found.map(|offset| from + offset) else {
                return Ok((bytes.len(), bytes.len()));
            };
            match bytes.get(found..) {
                Some([b'\r', b'\n', ..]) => return Ok((found, found + 2)),
                Some([b'\r' | b'\n', ..]) => self.note("line break that is not CRLF", found),
                Some([byte, ..]) if is_stray(*byte) => return Err(Stop::Stray(found)),
                Some(_) | None => {}
            }
            from = found + 1;
        }
    }

    fn start_line(&mut self, line: &str) -> Result<Start, FramingError> {
        if line.len() > self.limits.line {
            return Err(FramingError::TooLarge { what: Limit::Line, limit: self.limits.line });
        }
        if let Some(rest) = line.strip_prefix("SIP/2.0 ") {
            let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            let status = if code.len() == 3 { decimal(code).and_then(StatusCode::from_u16) } else { None };
            return Ok(match status {
                Some(status) => {
                    let reason = match trim(reason) {
                        "" => Text::from_static(status.default_reason()),
                        reason => self.part(reason),
                    };
                    Start::Response { status, reason }
                }
                None => {
                    self.note("status line is not one", 0);
                    Start::BadResponse
                }
            });
        }
        let mut words = line.splitn(3, ' ');
        if let (Some(method), Some(uri), Some(version)) = (words.next(), words.next(), words.next())
            && let Some(method) = Method::parse(method)
            && version.eq_ignore_ascii_case("SIP/2.0")
            && !uri.is_empty()
            && find_control(uri.as_bytes()).is_none()
        {
            return Ok(Start::Request { method, uri: self.part(uri) });
        }
        self.bad_start_line(line)
    }

    /// Shares a part of the head.
    fn part(&self, part: &str) -> Text {
        let start = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        Text::part(self.text, start, start + part.len())
    }

    fn bad_start_line(&mut self, line: &str) -> Result<Start, FramingError> {
        let is_version = |word: &str| word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/"));
        let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let first = words.next().unwrap_or_default();
        let last = words.next_back().unwrap_or_default();
        if is_version(first) {
            self.note("status line is not one", 0);
            return Ok(Start::BadResponse);
        }
        if !is_version(last) {
            return Err(FramingError::Malformed { what: "start line is not one of SIP", at: 0 });
        }
        let (what, status) = if last.eq_ignore_ascii_case("SIP/2.0") {
            ("request line is not one", StatusCode::BAD_REQUEST)
        } else {
            ("another version of SIP", StatusCode::VERSION_NOT_SUPPORTED)
        };
        self.defect.get_or_insert(Defect { error: ParseError::new(what, 0), status });
        Ok(Start::BadRequest { method: Method::parse(first) })
    }

    /// Parses the field that starts at `at`, continuation lines included; tells where the next one starts.
    fn field(&mut self, at: usize) -> Result<usize, Stop> {
        let (end, mut next) = self.line_end(at)?;
        let text = self.text;
        let line = text.get(at..end).unwrap_or_default();
        if line.is_empty() {
            return Ok(if next >= text.len() { next } else { self.empty_line(next) });
        }
        let mut folded: Option<String> = None;
        let mut length = line.len();
        while matches!(text.as_bytes().get(next), Some(b' ' | b'\t')) {
            let (more_end, more_next) = self.line_end(next)?;
            let more = trim(text.get(next..more_end).unwrap_or_default());
            let folded = folded.get_or_insert_with(|| line.trim_end_matches([' ', '\t']).to_owned());
            if !more.is_empty() {
                folded.push(' ');
                folded.push_str(more);
            }
            length += more_end - next;
            if length > self.limits.line {
                break;
            }
            next = more_next;
        }
        if length > self.limits.line {
            return Err(FramingError::TooLarge { what: Limit::Line, limit: self.limits.line }.into());
        }
        if self.headers.items.len() >= self.limits.headers {
            return Err(FramingError::TooLarge { what: Limit::Headers, limit: self.limits.headers }.into());
        }
        match folded {
            None => self.keep(line, at, true),
            Some(folded) => self.keep(&folded, at, false),
        }
        Ok(next)
    }

    /// An empty line inside a head cannot occur: the head ends at the first one.
    fn empty_line(&mut self, next: usize) -> usize {
        self.note("empty line inside the head", next);
        next
    }

    /// Keeps one unfolded line; `verbatim` if it stands in the head at `at` just so.
    fn keep(&mut self, line: &str, at: usize, verbatim: bool) {
        let (raw_name, rest) = until(line, [b':']);
        let name = trim_end(raw_name);
        let spaced = name.len() != raw_name.len();
        if rest.is_empty() {
            return self.note("header line without a colon", at);
        }
        let known = HeaderName::lookup(name);
        if known == HeaderName::Other && !is_token(name) {
            return self.note("header name is not a token", at);
        }
        let rest = rest.get(1..).unwrap_or_default();
        let value = trim(rest);
        self.count(known, value, at);
        let compact = name.len() == 1 && known != HeaderName::Other;
        let item = if verbatim && !compact && !spaced {
            let blanks = rest.len() - trim_start(rest).len();
            let value_start = at + name.len() + 1 + blanks;
            in_head(known, at, name.len(), value_start, value.len())
        } else {
            let key = if known == HeaderName::Other { Name::Text(name) } else { Name::Known(known) };
            let text = if compact { known.as_str() } else { name };
            self.headers.write_line(key, text, value)
        };
        match item {
            Some(item) => self.headers.items.push(item),
            None => self.note("header is too long", at),
        }
    }

    /// Looks at the fields that must be there once, or that frame the message.
    fn count(&mut self, name: HeaderName, value: &str, at: usize) {
        let bit = 1_u128 << (name as u8 & 127);
        if name == HeaderName::ContentLength {
            let value = decimal::<u64>(value);
            self.length = match (self.length, value) {
                (Length::Missing, Some(length)) => Length::Is(length),
                (Length::Is(before), Some(length)) if before == length => self.length,
                (Length::Contradiction(_), _) => self.length,
                (_, None) => Length::Contradiction("Content-Length is no number"),
                (Length::Is(_), Some(_)) => Length::Contradiction("two Content-Length headers differ"),
            };
        } else if self.seen & bit != 0 && name.is_single() {
            self.note("a header that must stand once stands twice", at);
        }
        self.seen |= bit;
    }

    fn check_mandatory(&mut self, start: &Start) {
        const MANDATORY: [(HeaderName, &str); 5] = [
            (HeaderName::Via, "no Via"),
            (HeaderName::From, "no From"),
            (HeaderName::To, "no To"),
            (HeaderName::CallId, "no Call-ID"),
            (HeaderName::CSeq, "no CSeq"),
        ];
        let end = self.text.len();
        for (name, what) in MANDATORY {
            if self.seen & (1_u128 << name as u8) == 0 {
                self.note(what, end);
            }
        }
        if self.defect.is_some() {
            return;
        }
        match (self.headers.cseq(), start) {
            (Err(e), _) => self.note(e.what, end),
            (Ok(cseq), Start::Request { method, .. }) if cseq.method != *method => {
                self.note("CSeq of another method", end);
            }
            (Ok(_), _) => {}
        }
        if self.headers.call_id().is_none_or(str::is_empty) {
            self.note("empty Call-ID", end);
        }
    }
}

fn in_head(
    name: HeaderName,
    at: usize,
    name_len: usize,
    value_start: usize,
    value_len: usize,
) -> Option<Item> {
    Some(Item {
        name,
        in_arena: false,
        name_len: u16::try_from(name_len).ok()?,
        name_start: u32::try_from(at).ok()?,
        value_start: u32::try_from(value_start).ok()?,
        value_len: u32::try_from(value_len).ok()?,
    })
}
