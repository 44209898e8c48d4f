//! A message as it stands in the trace of a person: start line and headers; no secret, no text of a conversation.

use std::fmt::Write as _;

use rapport_sip::{HeaderName, Message};

/// Headers of which the value proves who somebody is.
const PROOFS: [HeaderName; 7] = [
    HeaderName::Authorization,
    HeaderName::ProxyAuthorization,
    HeaderName::AuthenticationInfo,
    HeaderName::ProxyAuthenticationInfo,
    HeaderName::WwwAuthenticate,
    HeaderName::ProxyAuthenticate,
    HeaderName::Identity,
];

/// Headers that carry what people say: the first message of a conversation travels in them.
const WORDS: [&str; 4] = ["ms-text-format", "ms-im-format", "ms-body", "subject"];

/// Characters of one traced header.
const LONGEST: usize = 500;

/// Writes a message for the log.
pub(crate) fn render(message: &Message) -> String {
    let mut out = String::with_capacity(1024);
    match message {
        Message::Request(request) => {
            let _ = writeln!(out, "{} {} SIP/2.0", request.method.as_str(), request.uri_text());
        }
        Message::Response(response) => {
            let _ = writeln!(out, "SIP/2.0 {} {}", response.status.as_u16(), response.reason());
        }
    }
    let known = message.headers().entries(|_| true).map(|(_, name, _)| name);
    for ((name, value), known) in message.headers().iter().zip(known) {
        if PROOFS.contains(&known) {
            let scheme = value.split_ascii_whitespace().next().unwrap_or_default();
            let _ = writeln!(out, "{name}: {scheme} (left out)");
        } else if WORDS.iter().any(|word| name.eq_ignore_ascii_case(word)) {
            let _ = writeln!(out, "{name}: (left out, {} bytes)", value.len());
        } else {
            let end = value.floor_char_boundary(LONGEST);
            let _ = writeln!(out, "{name}: {}", value.get(..end).unwrap_or_default());
        }
    }
    let _ = write!(out, "({} bytes of body left out)", message.body().len());
    out
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rapport_sip::Limits;

    use super::*;

    #[test]
    fn a_trace_shows_headers_but_no_proof_and_no_words() {
        let bytes = Bytes::from_static(
            b"INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/tls 127.0.0.1:33962\r\n\
              From: <sip:alice@example.com>;tag=1;epid=cf0b98dadeb9\r\nTo: <sip:bob@example.com>\r\n\
              Call-ID: c1\r\nCSeq: 1 INVITE\r\nms-text-format: text/plain; charset=UTF-8;ms-body=aGVsbG8=\r\n\
              Subject: the merger\r\n\
              Authorization: NTLM qop=\"auth\", opaque=\"2DCD\", response=\"01000000917C505A\"\r\n\
              Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
        );
        let message = Message::parse(&bytes, &Limits::default()).expect("a well-formed message");
        let trace = render(&message);
        assert!(trace.starts_with("INVITE sip:bob@example.com SIP/2.0\n"), "{trace}");
        assert!(trace.contains("Call-ID: c1\n"), "{trace}");
        assert!(trace.contains("Authorization: NTLM (left out)\n"), "{trace}");
        for secret in ["aGVsbG8", "917C505A", "merger", "hello"] {
            assert!(!trace.contains(secret), "{secret} in {trace}");
        }
    }
}
