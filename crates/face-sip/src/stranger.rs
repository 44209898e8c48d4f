//! What may be said on a connection before anybody has signed in, and what is answered to it (SECURITY.md, amplification
//! and memory growth).
//!
//! Nobody is told more octets than they have said. That holds for the connection and not for each question: the challenge
//! of a sign-in may be longer than the REGISTER that asks for it, by what the REGISTER before it has left over.
//! An answer for which there is no room is shortened, then left out: who asks so little is no client, and would wait for
//! nothing else.

use rapport_sip::{HeaderName, Response, proxy};

/// Messages that a stranger may say; a sign-in is three.
const MESSAGES: u32 = 200;
/// Octets that a stranger may say; the messages of a sign-in have two kilobytes at most.
const OCTETS: usize = 128 * 1024;

/// What has been said and told.
#[derive(Debug, Default)]
pub(crate) struct Stranger {
    messages: u32,
    said: usize,
    told: usize,
}

impl Stranger {
    /// Counts a message or a keep-alive; tells whether it was one too many.
    pub(crate) const fn says_message(&mut self) -> bool {
        self.messages = self.messages.saturating_add(1);
        self.messages > MESSAGES
    }

    /// Counts what was read; tells whether it was too much.
    pub(crate) const fn says_octets(&mut self, octets: usize) -> bool {
        self.said = self.said.saturating_add(octets);
        self.said > OCTETS
    }

    /// Writes an answer, whole or without what nobody needs; tells whether there was room for it.
    pub(crate) fn is_told(&mut self, mut answer: Response, out: &mut Vec<u8>) -> bool {
        let room = self.said.saturating_sub(self.told);
        let mut written = write_within(&answer, room, out);
        if written.is_none() {
            answer.headers.remove_all(&[HeaderName::Server, HeaderName::Date]);
            proxy::unmark_received(&mut answer.headers);
            written = write_within(&answer, room, out);
        }
        if written.is_none() && answer.headers.remove_all(&[HeaderName::Allow]) > 0 {
            written = write_within(&answer, room, out);
        }
        self.told += written.unwrap_or(0);
        written.is_some()
    }
}

/// Writes a response if it has no more than so many octets; returns how many.
fn write_within(response: &Response, room: usize, out: &mut Vec<u8>) -> Option<usize> {
    let before = out.len();
    response.encode(out);
    let octets = out.len() - before;
    if octets > room {
        out.truncate(before);
        return None;
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use rapport_sip::{Method, Request, StatusCode};

    use super::*;

    fn answer() -> Response {
        let request = Request::new(Method::Options, "sip:example.com")
            .unwrap()
            .with(
                HeaderName::Via,
                "SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1;ms-received-port=5;ms-received-cid=A",
            )
            .with(HeaderName::From, "<sip:ana@example.com>;tag=1")
            .with(HeaderName::To, "<sip:ana@example.com>")
            .with(HeaderName::CallId, "x")
            .with(HeaderName::CSeq, "1 OPTIONS");
        Response::to(&request, StatusCode::OK, "")
            .with(HeaderName::Server, "RTC/3.5")
            .with(HeaderName::Allow, "ACK")
    }

    #[test]
    fn an_answer_is_whole_where_there_is_room_then_short_and_then_left_out() {
        let mut whole = Vec::new();
        answer().encode(&mut whole);
        let mut stranger = Stranger::default();
        assert!(!stranger.says_octets(2 * whole.len() - 1));
        let mut out = Vec::new();
        assert!(stranger.is_told(answer(), &mut out));
        assert_eq!(out, whole);
        let mut room = whole.len() - 1;
        let mut told = |more: usize| {
            assert!(!stranger.says_octets(more));
            let mut out = Vec::new();
            let is_told = stranger.is_told(answer(), &mut out);
            assert_ne!(is_told, out.is_empty());
            String::from_utf8(out).unwrap()
        };
        let short = told(0);
        assert!(!short.contains("Server") && !short.contains("ms-received"), "{short}");
        assert!(short.contains("branch=z9hG4bK1\r\n") && short.contains("Allow: ACK\r\n"), "{short}");
        room -= short.len();
        let shortest = short.replace("Allow: ACK\r\n", "");
        assert_eq!(told(shortest.len() - 1 - room), "");
        assert_eq!(told(1), shortest);
    }
}
