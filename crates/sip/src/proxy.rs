//! What a proxy does to the messages it passes on, RFC 3261 §16: Via, Route, Record-Route, Max-Forwards, loops.
//!
//! It decides nothing about where a message goes. Which Vias and Routes are "ours" is a question to the caller.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::addr::NameAddr;
use crate::error::ParseError;
use crate::headers::Headers;
use crate::message::{Request, Response};
use crate::name::HeaderName;
use crate::quote::is_token;
use crate::status::StatusCode;
use crate::uri::Uri;
use crate::via::{MAGIC_COOKIE, Via};

/// Why a request is not passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Max-Forwards is used up.
    #[error("too many hops")]
    TooManyHops,
    /// The request has been here before and would take the same way again.
    #[error("loop detected")]
    Loop,
    /// A header that routing needs is malformed.
    #[error("malformed header: {0}")]
    Malformed(#[from] ParseError),
}

impl Refusal {
    /// The status the sender is answered with: 483, 482 or 400.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooManyHops => StatusCode::TOO_MANY_HOPS,
            Self::Loop => StatusCode::LOOP_DETECTED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// A response whose topmost Via is not ours must not be passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the topmost Via is not ours")]
pub struct NotOurs;

/// Takes one from Max-Forwards; a missing one becomes 70 (RFC 3261 §16.6 step 3).
///
/// # Errors
/// [`Refusal::TooManyHops`] if it is 0, [`Refusal::Malformed`] if it is no number up to 255.
pub fn decrement_max_forwards(request: &mut Request) -> Result<(), Refusal> {
    let next = match request.headers.max_forwards()? {
        None => 70,
        Some(0) => return Err(Refusal::TooManyHops),
        Some(hops) => hops - 1,
    };
    let mut digits = String::with_capacity(3);
    put(&mut digits, format_args!("{next}"));
    set(&mut request.headers, HeaderName::MaxForwards, &digits);
    Ok(())
}

/// What makes two visits of a request the same: a hash of all that routing looks at (RFC 3261 §16.6 step 8), without
/// the Vias, which grow on the way.
///
/// # Errors
/// From, To or CSeq is malformed.
pub fn loop_hash(request: &Request) -> Result<u64, ParseError> {
    let headers = &request.headers;
    let mut hash = LoopHash::new();
    hash.add(request.uri_text());
    hash.add(headers.to_addr()?.tag().unwrap_or_default());
    hash.add(headers.from_addr()?.tag().unwrap_or_default());
    hash.add(headers.call_id().unwrap_or_default());
    hash.add(headers.get(HeaderName::CSeq).unwrap_or_default());
    for name in [HeaderName::Route, HeaderName::ProxyRequire, HeaderName::ProxyAuthorization] {
        for value in headers.get_all(name) {
            hash.add(value);
        }
        hash.add("");
    }
    Ok(hash.finish())
}

/// Makes a branch of something unique and the [`loop_hash`] of the request as it was received.
#[must_use]
pub fn branch(unique: u64, loop_hash: u64) -> String {
    format!("{MAGIC_COOKIE}{unique:x}.{loop_hash:016x}")
}

/// Refuses a request that carries a Via of ours with this loop hash.
///
/// # Errors
/// [`Refusal::Loop`], or [`Refusal::Malformed`] if a Via cannot be read.
pub fn detect_loop(
    request: &Request,
    loop_hash: u64,
    is_ours: impl Fn(&Via<'_>) -> bool,
) -> Result<(), Refusal> {
    for via in request.headers.vias() {
        let via = via?;
        let hash = via.branch().and_then(|branch| branch.rsplit_once('.')).map(|(_, hash)| hash);
        if hash.is_some_and(|hash| u64::from_str_radix(hash, 16) == Ok(loop_hash)) && is_ours(&via) {
            return Err(Refusal::Loop);
        }
    }
    Ok(())
}

/// Puts our Via on top. `transport` is written as given (`TLS`), `sent_by` is a host with an optional port.
///
/// # Errors
/// The parts do not make a Via.
pub fn add_via(
    request: &mut Request,
    transport: &str,
    sent_by: &str,
    branch: &str,
) -> Result<(), ParseError> {
    let mut value = String::with_capacity(transport.len() + sent_by.len() + branch.len() + 17);
    for part in ["SIP/2.0/", transport, " ", sent_by, ";branch=", branch] {
        value.push_str(part);
    }
    if !is_token(branch) {
        return Err(ParseError::new("branch is not a token", 0));
    }
    Via::parse(&value)?;
    request.headers.push_top(HeaderName::Via, &value).map_err(|_| ParseError::new("Via is no header", 0))
}

/// Takes our Via off a response.
///
/// # Errors
/// The topmost Via is missing, malformed or not ours; the response is unchanged and must be dropped.
pub fn strip_via(response: &mut Response, is_ours: impl Fn(&Via<'_>) -> bool) -> Result<(), NotOurs> {
    if !response.headers.top_via().is_ok_and(|via| is_ours(&via)) {
        return Err(NotOurs);
    }
    response.headers.replace_first_element(HeaderName::Via, None).map_err(|_| NotOurs)?;
    Ok(())
}

/// Notes on the topmost Via where the request came from, so that every response to it says so
/// (RFC 3261 §18.2.1, RFC 3581, [MS-SIPRE]): `ms-received-port`, `ms-received-cid`, `received` if the host differs,
/// and a value for `rport` if asked. What the client claimed in these parameters goes.
///
/// # Errors
/// The Via is missing or malformed.
pub fn mark_received(headers: &mut Headers, peer: SocketAddr, connection_id: &str) -> Result<(), ParseError> {
    const OURS: [&str; 4] = ["received", "rport", "ms-received-port", "ms-received-cid"];
    let via = headers.top_via()?;
    let mut value = via_without(&via, &OURS);
    if via.params().has("rport") {
        put(&mut value, format_args!(";rport={}", peer.port()));
    }
    put(&mut value, format_args!(";ms-received-port={}", peer.port()));
    if is_token(connection_id) {
        value.push_str(";ms-received-cid=");
        value.push_str(connection_id);
    }
    let ip = peer.ip().to_canonical();
    let host = via.host().trim_matches(['[', ']']);
    if host.parse() != Ok(ip) {
        put(&mut value, format_args!(";received={ip}"));
    }
    headers
        .replace_first_element(HeaderName::Via, Some(&value))
        .map_err(|_| ParseError::new("Via is no header", 0))?;
    Ok(())
}

/// Takes off the topmost Via what [`mark_received`] noted and no client of RFC 3261 needs, for an answer that is to be
/// short.
pub fn unmark_received(headers: &mut Headers) {
    const OPTIONAL: [&str; 2] = ["ms-received-port", "ms-received-cid"];
    if let Ok(value) = headers.top_via().map(|via| via_without(&via, &OPTIONAL)) {
        let done = headers.replace_first_element(HeaderName::Via, Some(&value));
        debug_assert!(done.is_ok(), "parts of a Via make one");
    }
}

/// Writes a Via anew without the parameters of these names.
fn via_without(via: &Via<'_>, names: &[&str]) -> String {
    let mut value = String::with_capacity(192);
    for part in ["SIP/2.0/", via.transport(), " ", via.sent_by()] {
        value.push_str(part);
    }
    for param in via.params().iter().filter(|p| !names.iter().any(|name| p.name.eq_ignore_ascii_case(name))) {
        value.push(';');
        value.push_str(param.name);
        if let Some(raw) = param.raw {
            value.push('=');
            value.push_str(raw);
        }
    }
    value
}

/// Puts our Record-Route on top. `uri` should carry `lr`.
///
/// # Errors
/// `uri` is not one.
pub fn record_route(request: &mut Request, uri: &str) -> Result<(), ParseError> {
    Uri::parse(uri)?;
    let value = format!("<{uri}>");
    request
        .headers
        .push_top(HeaderName::RecordRoute, &value)
        .map_err(|_| ParseError::new("Record-Route is no header", 0))
}

/// Removes our entries from the top of the Route set; tells how many there were. A Request-URI that is our own
/// Record-Route, as a strict router leaves it, is replaced by the last Route first (RFC 3261 §16.4).
///
/// # Errors
/// A Route is malformed.
pub fn pop_routes(request: &mut Request, is_ours: impl Fn(&Uri<'_>) -> bool) -> Result<usize, ParseError> {
    let strict = request.uri().is_ok_and(|uri| uri.is_loose() && is_ours(&uri));
    if strict {
        let mut routes: Vec<String> = request.headers.list(HeaderName::Route).map(str::to_owned).collect();
        if let Some(last) = routes.pop() {
            let target = NameAddr::parse(&last)?;
            request.set_uri(target.uri_text())?;
            request.headers.remove(HeaderName::Route);
            for route in &routes {
                push(&mut request.headers, HeaderName::Route, route);
            }
        }
    }
    let mut popped = 0;
    for route in request.headers.routes() {
        if !is_ours(&route?.uri()?) {
            break;
        }
        popped += 1;
    }
    if let (1.., Some(at)) = (popped, request.headers.position(HeaderName::Route)) {
        // Written anew once: taking entries off a long list one by one would copy it as many times.
        let rest: Vec<String> =
            request.headers.list(HeaderName::Route).skip(popped).map(str::to_owned).collect();
        request.headers.remove(HeaderName::Route);
        for (offset, route) in rest.iter().enumerate() {
            let done = request.headers.insert(at + offset, HeaderName::Route, route);
            debug_assert!(done.is_ok(), "what was a header value is one");
        }
    }
    Ok(popped)
}

/// Appends to text.
fn put(text: &mut String, parts: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(parts);
    debug_assert!(written.is_ok(), "a String takes everything");
}

/// Sets a header to a value that is made of checked parts.
pub(crate) fn set(headers: &mut Headers, name: HeaderName, value: &str) {
    let done = headers.set(name, value);
    debug_assert!(done.is_ok(), "a known name and parts of headers make a header");
}

/// Adds a header whose value is made of checked parts.
pub(crate) fn push(headers: &mut Headers, name: HeaderName, value: &str) {
    let done = headers.push(name, value);
    debug_assert!(done.is_ok(), "a known name and parts of headers make a header");
}

/// A fast hash that is the same on every node, which the hashes of the standard library do not promise. Nobody gains
/// from a collision: it makes the sender's own request look like a loop.
struct LoopHash(u64);

impl LoopHash {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    /// Adds text and its length, which keeps neighbours apart.
    fn add(&mut self, text: &str) {
        let mut chunks = text.as_bytes().chunks_exact(8);
        for chunk in &mut chunks {
            self.word(chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
        self.word(chunks.remainder().iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        self.word(text.len() as u64);
    }

    const fn finish(self) -> u64 {
        let folded = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        folded ^ (folded >> 29)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::Method;

    fn request() -> Request {
        Request::new(Method::Message, "sip:bob@example.com")
            .unwrap()
            .with(HeaderName::Via, "SIP/2.0/tls 127.0.0.1:52410, SIP/2.0/TCP inner;branch=z9hG4bK1")
            .with(HeaderName::From, "<sip:a@example.com>;tag=1")
            .with(HeaderName::To, "<sip:bob@example.com>;tag=2")
            .with(HeaderName::CallId, "x")
            .with(HeaderName::CSeq, "1 MESSAGE")
            .with(HeaderName::MaxForwards, "1")
    }

    fn ours(via: &Via<'_>) -> bool {
        via.sent_by() == "pool.example.com:5061"
    }

    #[test]
    fn the_last_hop_is_refused_with_483() {
        let mut r = request();
        decrement_max_forwards(&mut r).unwrap();
        assert_eq!(r.headers.max_forwards(), Ok(Some(0)));
        assert_eq!(decrement_max_forwards(&mut r).unwrap_err().status(), StatusCode::TOO_MANY_HOPS);
        r.headers.remove(HeaderName::MaxForwards);
        decrement_max_forwards(&mut r).unwrap();
        assert_eq!(r.headers.max_forwards(), Ok(Some(70)));
        r.headers.set(HeaderName::MaxForwards, "300").unwrap();
        assert_eq!(decrement_max_forwards(&mut r).unwrap_err().status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn a_request_that_comes_back_unchanged_is_a_loop_and_a_changed_one_is_not() {
        let mut r = request();
        let hash = loop_hash(&r).unwrap();
        detect_loop(&r, hash, ours).unwrap();
        add_via(&mut r, "TLS", "pool.example.com:5061", &branch(7, hash)).unwrap();
        assert_eq!(loop_hash(&r).unwrap(), hash);
        assert_eq!(detect_loop(&r, hash, ours).unwrap_err().status(), StatusCode::LOOP_DETECTED);
        detect_loop(&r, hash, |_| false).unwrap();
        r.set_uri("sip:bob@elsewhere.example.com").unwrap();
        let other = loop_hash(&r).unwrap();
        assert_ne!(other, hash);
        detect_loop(&r, other, ours).unwrap();
    }

    #[test]
    fn only_our_own_via_is_taken_off_a_response() {
        let mut r = request();
        let hash = loop_hash(&r).unwrap();
        add_via(&mut r, "TLS", "pool.example.com:5061", &branch(7, hash)).unwrap();
        let mut response = Response::to(&r, StatusCode::OK, "");
        strip_via(&mut response, ours).unwrap();
        assert_eq!(response.headers.vias().count(), 2);
        assert_eq!(strip_via(&mut response, ours), Err(NotOurs));
        assert_eq!(response.headers.vias().count(), 2);
        assert!(add_via(&mut r, "TLS", "pool", "a;b").is_err());
        assert!(add_via(&mut r, "TLS", "pool\r\nX: y", "a").is_err());
    }

    #[test]
    fn where_a_request_came_from_is_noted_on_its_via_and_claims_are_dropped() {
        let mut r = request();
        let peer: SocketAddr = "127.0.0.1:40000".parse().unwrap();
        mark_received(&mut r.headers, peer, "6F00").unwrap();
        assert_eq!(
            r.headers.get(HeaderName::Via),
            Some(
                "SIP/2.0/tls 127.0.0.1:52410;ms-received-port=40000;ms-received-cid=6F00, \
                 SIP/2.0/TCP inner;branch=z9hG4bK1"
            )
        );
        r.headers.set(HeaderName::Via, "SIP/2.0/TCP host;rport;branch=z9hG4bK2;received=9.9.9.9").unwrap();
        mark_received(&mut r.headers, peer, "6F00").unwrap();
        assert_eq!(
            r.headers.get(HeaderName::Via),
            Some(
                "SIP/2.0/TCP host;branch=z9hG4bK2;rport=40000;ms-received-port=40000;ms-received-cid=6F00;\
                 received=127.0.0.1"
            )
        );
        unmark_received(&mut r.headers);
        assert_eq!(
            r.headers.get(HeaderName::Via),
            Some("SIP/2.0/TCP host;branch=z9hG4bK2;rport=40000;received=127.0.0.1")
        );
    }

    #[test]
    fn a_parameter_that_hides_a_second_via_is_refused_rather_than_taken_out() {
        let mut r = request();
        r.headers.set(HeaderName::Via, "SIP/2.0/TCP host;received=<;branch=a, SIP/2.0/TCP forged>").unwrap();
        assert!(mark_received(&mut r.headers, "127.0.0.1:40000".parse().unwrap(), "6F00").is_err());
    }

    #[test]
    fn our_routes_are_popped_and_a_strict_router_is_understood() {
        let is_ours = |uri: &Uri<'_>| uri.host() == "pool.example.com";
        let mut r = request();
        r.headers
            .push(HeaderName::Route, "<sip:pool.example.com;lr>, <sip:pool.example.com:5061;lr>")
            .unwrap();
        r.headers.push(HeaderName::Route, "<sip:edge.example.net;lr>").unwrap();
        assert_eq!(pop_routes(&mut r, is_ours), Ok(2));
        assert_eq!(r.headers.list(HeaderName::Route).collect::<Vec<_>>(), ["<sip:edge.example.net;lr>"]);
        let mut r = request();
        r.set_uri("sip:pool.example.com;lr").unwrap();
        r.headers.push(HeaderName::Route, "<sip:bob@192.0.2.4>").unwrap();
        assert_eq!(pop_routes(&mut r, is_ours), Ok(0));
        assert_eq!(r.uri_text(), "sip:bob@192.0.2.4");
        assert!(!r.headers.contains(HeaderName::Route));
    }

    #[test]
    fn a_route_set_of_thousands_is_popped_without_growing_the_message() {
        let mut r = request();
        let routes = "<sip:pool.example.com;lr>, ".repeat(2000) + "<sip:edge.example.net;lr>";
        r.headers.push(HeaderName::Route, &routes).unwrap();
        assert_eq!(pop_routes(&mut r, |uri| uri.host() == "pool.example.com"), Ok(2000));
        assert_eq!(r.headers.get(HeaderName::Route), Some("<sip:edge.example.net;lr>"));
        assert!(r.headers.arena.len() < 2 * routes.len());
    }

    #[test]
    fn the_last_proxy_recorded_stands_first() {
        let mut r = request();
        record_route(&mut r, "sip:a.example.com;lr").unwrap();
        record_route(&mut r, "sip:b.example.com;lr").unwrap();
        assert_eq!(
            r.headers.get_all(HeaderName::RecordRoute).collect::<Vec<_>>(),
            ["<sip:b.example.com;lr>", "<sip:a.example.com;lr>"]
        );
        assert!(record_route(&mut r, "sip:x>, <sip:evil").is_err());
    }
}
