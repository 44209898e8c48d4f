//! Writing messages: the start line, the header lines as they came, Content-Length computed, the body.

use bytes::{BufMut, Bytes, BytesMut};

use crate::headers::Headers;
use crate::message::{Message, Request, Response};
use crate::name::HeaderName;

impl Message {
    /// Writes the message.
    pub fn encode(&self, out: &mut impl BufMut) {
        match self {
            Self::Request(request) => request.encode(out),
            Self::Response(response) => response.encode(out),
        }
    }

    /// The message as bytes of its own.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Request(request) => request.to_bytes(),
            Self::Response(response) => response.to_bytes(),
        }
    }
}

impl Request {
    /// Writes the request.
    pub fn encode(&self, out: &mut impl BufMut) {
        out.put_slice(self.method.as_str().as_bytes());
        out.put_slice(b" ");
        out.put_slice(self.uri_text().as_bytes());
        out.put_slice(b" SIP/2.0\r\n");
        self.headers.encode(self.body.len(), out);
        out.put_slice(&self.body);
    }

    /// The request as bytes of its own.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(self.encoded_size());
        self.encode(&mut out);
        out.freeze()
    }

    /// At most so many bytes are written, whatever Content-Length is.
    #[must_use]
    pub fn encoded_size(&self) -> usize {
        self.uri_text().len() + self.headers.encoded_size() + self.body.len() + 96
    }
}

impl Response {
    /// Writes the response.
    pub fn encode(&self, out: &mut impl BufMut) {
        let (code, start) = decimal_digits(u64::from(self.status.as_u16()));
        out.put_slice(b"SIP/2.0 ");
        out.put_slice(code.get(start..).unwrap_or_default());
        out.put_slice(b" ");
        out.put_slice(self.reason().as_bytes());
        out.put_slice(b"\r\n");
        self.headers.encode(self.body.len(), out);
        out.put_slice(&self.body);
    }

    /// The response as bytes of its own.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(self.encoded_size());
        self.encode(&mut out);
        out.freeze()
    }

    /// At most so many bytes are written, whatever Content-Length is.
    #[must_use]
    pub fn encoded_size(&self) -> usize {
        self.reason().len() + self.headers.encoded_size() + self.body.len() + 64
    }
}

/// The lines `start..end` of one source, written with one copy.
#[derive(Clone, Copy)]
struct Run<'a> {
    source: &'a [u8],
    in_arena: bool,
    start: usize,
    end: usize,
}

impl Run<'_> {
    fn write(self, out: &mut impl BufMut) {
        out.put_slice(self.source.get(self.start..self.end).unwrap_or_default());
        out.put_slice(b"\r\n");
    }

    /// Whether a line that starts at `start` follows this run with nothing but CRLF between.
    fn touches(&self, in_arena: bool, start: usize) -> bool {
        self.in_arena == in_arena
            && start == self.end + 2
            && self.source.get(self.end..start) == Some(b"\r\n")
    }
}

impl Headers {
    /// Writes the fields and the empty line. Content-Length keeps the place of the first one, or comes last.
    fn encode(&self, body_len: usize, out: &mut impl BufMut) {
        let (digits, first) = decimal_digits(body_len as u64);
        let digits = digits.get(first..).unwrap_or_default();
        let mut run: Option<Run<'_>> = None;
        let mut length_written = false;
        for item in &self.items {
            if item.name == HeaderName::ContentLength {
                let right = self.value(item).as_bytes() == digits;
                if length_written || !right {
                    if let Some(run) = run.take() {
                        run.write(out);
                    }
                    if !length_written {
                        put_length(digits, out);
                    }
                    length_written = true;
                    continue;
                }
                length_written = true;
            }
            let start = item.name_start as usize;
            let end = (item.value_start + item.value_len) as usize;
            match &mut run {
                Some(run) if run.touches(item.in_arena, start) => run.end = end,
                _ => {
                    if let Some(run) = run.take() {
                        run.write(out);
                    }
                    run = Some(Run {
                        source: self.source(item).as_bytes(),
                        in_arena: item.in_arena,
                        start,
                        end,
                    });
                }
            }
        }
        if let Some(run) = run {
            run.write(out);
        }
        if !length_written {
            put_length(digits, out);
        }
        out.put_slice(b"\r\n");
    }

    fn encoded_size(&self) -> usize {
        let spans: usize = self
            .items
            .iter()
            .map(|item| (item.value_start - item.name_start) as usize + item.value_len as usize + 2)
            .sum();
        spans + 48
    }
}

fn put_length(digits: &[u8], out: &mut impl BufMut) {
    out.put_slice(b"Content-Length: ");
    out.put_slice(digits);
    out.put_slice(b"\r\n");
}

/// The digits of a number at the end of a buffer, and where they start.
fn decimal_digits(mut number: u64) -> ([u8; 20], usize) {
    let mut buffer = [b'0'; 20];
    let mut start = buffer.len();
    for slot in buffer.iter_mut().rev() {
        start -= 1;
        *slot = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    (buffer, start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 7, 10, 4096, u64::MAX] {
            let (digits, start) = decimal_digits(number);
            assert_eq!(std::str::from_utf8(&digits[start..]).unwrap(), number.to_string());
        }
    }
}
