//! SIP as text: messages as a client traced them, and a plain connection for tests that speak
//! for themselves. It knows just enough grammar to look at what others wrote.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::event::Event;

/// How long a raw connection waits for the server to say or do something.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which way a message went, seen from the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    Out,
    In,
}

/// One message.
#[derive(Debug, Clone)]
pub struct Message {
    pub direction: Direction,
    pub start_line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Message {
    /// Reads a message from text; what is no header line is left out.
    pub fn parse(direction: Direction, text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        Self {
            direction,
            start_line: lines.next().unwrap_or_default().to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn of_event(event: &Event) -> Self {
        let direction = if event.str("dir") == "out" { Direction::Out } else { Direction::In };
        Self::parse(direction, event.str("text"))
    }

    /// The same message with a text replaced wherever it stands.
    #[must_use]
    pub fn with(mut self, text: &str, by: &str) -> Self {
        let parts = self.headers.iter_mut().map(|(_, value)| value);
        for part in parts.chain([&mut self.start_line, &mut self.body]) {
            *part = part.replace(text, by);
        }
        self
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The status, when this is a response.
    pub fn status(&self) -> Option<u16> {
        self.start_line.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// The method: of the request itself, or of the request that this answers.
    pub fn method(&self) -> &str {
        match self.status() {
            None => self.start_line.split(' ').next().unwrap_or_default(),
            Some(_) => self.header("CSeq").and_then(|c| c.split(' ').nth(1)).unwrap_or_default(),
        }
    }

    /// Whether this is a request of that method.
    pub fn is_request(&self, method: &str) -> bool {
        self.status().is_none() && self.method() == method
    }

    /// Whether this answers a request of that method with that status.
    pub fn is_answer(&self, method: &str, status: u16) -> bool {
        self.status() == Some(status) && self.method() == method
    }
}

/// A plain TCP connection that speaks SIP for itself.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects, and reads no longer than the patience of these tests.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// Sends bytes as they are. The server may have closed already, which the next read tells.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Takes a connection that somebody else made.
    pub(crate) fn of(stream: TcpStream) -> Self {
        Self { stream, received: Vec::new() }
    }

    /// The next message, or `None` when the other side closed the connection first.
    pub fn receive(&mut self) -> Option<Message> {
        self.receive_text().map(|text| Message::parse(Direction::In, &text))
    }

    /// The next message as it came.
    pub fn receive_text(&mut self) -> Option<String> {
        loop {
            if let Some(text) = self.take() {
                return Some(text);
            }
            if !self.read_more() {
                return None;
            }
        }
    }

    /// Writes keep-alives until the server closes; it paces itself by waiting for an answer.
    pub fn keep_alive_until_closed(&mut self) {
        let pace = Some(Duration::from_millis(100));
        self.stream.set_read_timeout(pace).expect("the duration is not zero");
        let mut chunk = [0; 1024];
        for _ in 0..200 {
            self.send("\r\n\r\n");
            match self.stream.read(&mut chunk) {
                Ok(0) => return,
                Err(e) if e.kind() == io::ErrorKind::ConnectionReset => return,
                _ => {}
            }
        }
        panic!("the server is kept by empty lines alone");
    }

    /// Everything the server still sends until it closes, in bytes.
    ///
    /// # Panics
    /// When it doesn't close within the patience of these tests.
    pub fn until_closed(&mut self) -> Vec<u8> {
        while self.read_more() {}
        std::mem::take(&mut self.received)
    }

    /// Tells the other side that there is no more to come.
    pub(crate) fn close(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    fn read_more(&mut self) -> bool {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => false,
            Ok(n) => {
                self.received.extend_from_slice(&chunk[..n]);
                true
            }
            Err(e) if e.kind() == io::ErrorKind::ConnectionReset => false,
            Err(e) => panic!("the server neither answers nor closes: {e}"),
        }
    }

    fn take(&mut self) -> Option<String> {
        while self.received.starts_with(b"\r\n") {
            self.received.drain(..2);
        }
        let head = self.received.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
        let text = String::from_utf8_lossy(&self.received[..head]);
        let message = Message::parse(Direction::In, &text);
        let length = message
            .header("Content-Length")
            .or_else(|| message.header("l"))
            .map_or(0, |v| v.parse().expect("who writes a length writes a number"));
        let whole = self.received.get(..head + length)?;
        let text = String::from_utf8_lossy(whole).into_owned();
        self.received.drain(..head + length);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_knows_what_it_answers() {
        let text = "SIP/2.0 401 Unauthorized\r\nCSeq: 1 REGISTER\r\nX: a:b\r\n\r\nbody";
        let message = Message::parse(Direction::In, text);
        assert!(message.is_answer("REGISTER", 401));
        assert_eq!(message.header("x"), Some("a:b"));
        assert_eq!(message.body, "body");
    }
}
