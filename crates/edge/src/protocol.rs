//! Tells SIP from HTTP by the first bytes after the handshake.
//!
//! Both begin with a method and a request target; methods overlap (OPTIONS), targets don't: HTTP's is a path, `*`, an
//! `http:` URI or, for CONNECT, an authority. Whatever is not clearly HTTP is SIP, whose face answers nonsense.
//! Source: RFC 3261 §7.1, RFC 9112 §3.

/// What a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// The Session Initiation Protocol.
    Sip,
    /// The Hypertext Transfer Protocol, version 1.
    Http,
}

impl Protocol {
    /// Returns the name used in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sip => "sip",
            Self::Http => "http",
        }
    }
}

/// How many bytes decide at the latest.
pub(crate) const ENOUGH: usize = 48;

/// Decides by the bytes so far; `None` asks for more and never does so once [`ENOUGH`] are there.
pub(crate) fn tell(bytes: &[u8]) -> Option<Protocol> {
    let method_len = bytes.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let (method, rest) = bytes.split_at(method_len);
    let verdict = match rest.split_first() {
        // Only a method so far; the longest of HTTP's has seven letters, any longer one is SIP's or nonsense.
        None if method_len <= 16 => None,
        Some((b' ', target)) if !method.is_empty() => target_is_http(method, target),
        // A keep-alive, a status line or nonsense.
        None | Some(_) => Some(false),
    };
    match verdict {
        Some(true) => Some(Protocol::Http),
        Some(false) => Some(Protocol::Sip),
        None if bytes.len() >= ENOUGH => Some(Protocol::Sip),
        None => None,
    }
}

fn target_is_http(method: &[u8], target: &[u8]) -> Option<bool> {
    if method == b"CONNECT" {
        return Some(true);
    }
    match target.first() {
        None => None,
        Some(b'/' | b'*') => Some(true),
        Some(_) => ["http://", "https://"]
            .iter()
            .map(|scheme| starts_with(target, scheme.as_bytes()))
            .reduce(|one, other| match (one, other) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (None, _) | (_, None) => None,
                (Some(false), Some(false)) => Some(false),
            })
            .flatten(),
    }
}

/// Compares without case; `None` when what is there fits but is too short.
fn starts_with(bytes: &[u8], prefix: &[u8]) -> Option<bool> {
    let common = bytes.iter().zip(prefix).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    if common == prefix.len() {
        Some(true)
    } else if common == bytes.len() {
        None
    } else {
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_tells_the_protocol() {
        let check = |text: &str, want: Protocol| {
            // Whatever the pieces in which the bytes come in, the first verdict is the final one.
            let first = (0..=text.len()).find_map(|n| tell(text.as_bytes().get(..n).expect("in range")));
            assert_eq!(first, Some(want), "{text}");
            assert_eq!(tell(text.as_bytes()), Some(want), "{text}");
        };
        check("REGISTER sip:example.com SIP/2.0\r\n", Protocol::Sip);
        check("OPTIONS sip:example.com SIP/2.0\r\n", Protocol::Sip);
        check("OPTIONS sips:ana@example.com SIP/2.0\r\n", Protocol::Sip);
        check("OPTIONS tel:+4512345678 SIP/2.0\r\n", Protocol::Sip);
        check("OPTIONS h323:ana@example.com SIP/2.0\r\n", Protocol::Sip);
        check("OPTIONS httpx:foo SIP/2.0\r\n", Protocol::Sip);
        check("SIP/2.0 200 OK\r\n", Protocol::Sip);
        check("\r\n\r\n", Protocol::Sip);
        check("VERYLONGMETHODTHATNOBODYKNOWS sip:x SIP/2.0\r\n", Protocol::Sip);
        check("\u{1}\u{2}nonsense", Protocol::Sip);
        check(" GET / HTTP/1.1", Protocol::Sip);
        check("GET / HTTP/1.1\r\n", Protocol::Http);
        check("POST /v1/things HTTP/1.1\r\n", Protocol::Http);
        check("OPTIONS * HTTP/1.1\r\n", Protocol::Http);
        check("OPTIONS /x HTTP/1.1\r\n", Protocol::Http);
        check("GET HTTPS://example.com/ HTTP/1.1\r\n", Protocol::Http);
        check("GET http://example.com/ HTTP/1.1\r\n", Protocol::Http);
        check("CONNECT example.com:443 HTTP/1.1\r\n", Protocol::Http);
        check("PRI * HTTP/2.0\r\n", Protocol::Http);
    }

    #[test]
    fn enough_bytes_always_decide() {
        for byte in 0..=u8::MAX {
            assert!(tell(&[byte; ENOUGH]).is_some(), "{byte}");
        }
        assert_eq!(tell(b""), None);
        assert_eq!(tell(b"OPTIONS"), None);
        assert_eq!(tell(b"OPTIONS "), None);
        assert_eq!(tell(b"OPTIONS http:/"), None);
    }
}
