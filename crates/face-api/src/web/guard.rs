//! Who asks: the cookie, the token that a change must bring along, and where the asking page is from (OWASP ASVS 3.5,
//! 7.2).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use rapport_fabric::Fabric;
use rapport_model::Scope;
use rapport_service::Wire;
use rapport_service::web_sessions::{SignedIn, WebSession, WebSessionId};

use super::refused::Asker;
use super::{Web, budget};
use crate::agent::{Handle, UNSEEN};
use crate::code::Code;
use crate::problem::Problem;

/// The cookie's name: its prefix has the browser see that it is for this host alone and goes over TLS alone (RFC 6265bis).
const COOKIE: &str = "__Host-rapport";
/// The header by which a change brings its token along.
const CSRF: &str = "x-rapport-csrf";

/// The other end of a connection, put into each of its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub IpAddr);

/// The network address that a request came from.
pub(super) struct Source(pub(super) IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Source {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let client = parts.extensions.get::<Client>();
        Ok(Self(client.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |client| client.0)))
    }
}

/// A request from a page of this server: a change comes from nowhere else.
pub(super) struct SameOrigin;

impl<S: Send + Sync> FromRequestParts<S> for SameOrigin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if is_same_origin(&parts.headers) { Ok(Self) } else { Err(wrong_origin()) }
    }
}

/// The session whose cookie a request carries. A change is taken only with the session's token, and from a page of this
/// server.
pub(super) struct Signed {
    pub(super) id: WebSessionId,
    pub(super) signed_in: SignedIn,
    /// Where the browser is.
    pub(super) source: IpAddr,
}

impl Signed {
    /// Returns the scope in which the person acts by way of this browser.
    pub(super) fn scope(&self, reason: &'static str) -> Scope {
        self.signed_in.scope(self.source, reason)
    }
}

impl<F: Fabric<Message = Wire>> FromRequestParts<Web<F>> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web<F>) -> Result<Self, Problem> {
        let id = cookie(&parts.headers).ok_or_else(nobody)?;
        let (now, hash) = (web.services.clock().monotonic(), id.hash());
        let Source(source) = Source::from_request_parts(parts, web).await?;
        // The store is not asked without end for what somebody makes up; who has been here of late is asked for anyhow.
        if !web.budgets.knows(&hash) {
            web.strangers.look(&source.into(), now).map_err(|wait| too_much("strangers", wait))?;
        }
        let Some(signed_in) = web.services.web_sessions.find(&id).await? else {
            web.strangers.take(source.into(), now).map_err(|wait| too_much("strangers", wait))?;
            return Err(nobody());
        };
        web.budgets.take(hash, now).map_err(|wait| too_much("requests", wait))?;
        if let Some(asker) = parts.extensions.get::<Asker>() {
            asker.is(|| signed_in.scope(source, "request"));
        }
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            if !is_same_origin(&parts.headers) {
                return Err(wrong_origin());
            }
            let token = parts.headers.get(CSRF).map(HeaderValue::as_bytes).unwrap_or_default();
            if !is_equal(token, id.csrf_token().as_bytes()) {
                return Err(Problem::new(
                    StatusCode::FORBIDDEN,
                    Code::Csrf,
                    "a change needs the session's token in the header X-Rapport-Csrf",
                )
                .misdeed("csrf"));
            }
        }
        Ok(Self { id, signed_in, source })
    }
}

/// The agent of the session whose cookie a request carries.
pub(super) struct Agent(pub(super) Arc<Handle>);

impl<F: Fabric<Message = Wire>> FromRequestParts<Web<F>> for Agent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web<F>) -> Result<Self, Problem> {
        let signed = Signed::from_request_parts(parts, web).await?;
        // What is only read a program reads by itself. Whoever changes something does it now.
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        let unused = if reads { UNSEEN } else { Duration::ZERO };
        Ok(Self(web.agents.of(&signed.signed_in, Some(unused)).await?))
    }
}

fn too_much(bound: &'static str, wait: Duration) -> Problem {
    budget::met(bound);
    Problem::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, "too much is asked for at once")
        .again_in(wait)
}

/// Nobody is known by what a request carries.
pub(super) fn nobody() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, Code::NotSignedIn, "nobody is signed in here")
}

fn wrong_origin() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, Code::WrongOrigin, "a change comes from a page of this server alone")
        .misdeed("wrong-origin")
}

/// Tells whether a request is from a page of the host that it is for. A browser says so with every change and with every
/// socket; a program that is none says what it likes, and has no cookies of others.
pub(super) fn is_same_origin(headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("https://"));
    matches!((host, origin), (Some(host), Some(origin)) if !host.is_empty() && host.eq_ignore_ascii_case(origin))
}

/// Finds the id in the cookies; none when there are two.
fn cookie(headers: &HeaderMap) -> Option<WebSessionId> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == COOKIE);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => WebSessionId::parse(value),
        _ => None,
    }
}

/// Has the browser keep an id.
pub(super) fn kept(id: &WebSessionId, session: &WebSession) -> (header::HeaderName, String) {
    let life = session.expires.since(session.created).as_secs();
    let id = id.reveal();
    (header::SET_COOKIE, format!("{COOKIE}={id}; Max-Age={life}; Path=/; Secure; HttpOnly; SameSite=Strict"))
}

/// Has the browser forget its id.
pub(super) fn forgotten() -> (header::HeaderName, String) {
    (header::SET_COOKIE, format!("{COOKIE}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"))
}

/// Keeps answers out of caches: they are one person's.
pub(super) async fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Compares in a time that tells nothing of where two texts differ.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = header::HeaderName::from_bytes(name.as_bytes()).expect("a name");
            headers.append(name, HeaderValue::from_str(value).expect("a value"));
        }
        headers
    }

    #[test]
    fn only_pages_of_the_same_host_are_of_the_same_origin() {
        let check =
            |pairs: &[(&str, &str)], want| assert_eq!(is_same_origin(&headers(pairs)), want, "{pairs:?}");
        check(&[("host", "im.example"), ("origin", "https://im.example")], true);
        check(&[("host", "IM.example:8443"), ("origin", "https://im.example:8443")], true);
        check(&[("host", "im.example"), ("origin", "http://im.example")], false);
        check(&[("host", "im.example"), ("origin", "https://im.example.evil")], false);
        check(&[("host", "im.example"), ("origin", "https://im.example:444")], false);
        check(&[("host", "im.example"), ("origin", "null")], false);
        check(&[("host", "im.example")], false);
        check(&[("origin", "https://im.example")], false);
        check(&[("host", ""), ("origin", "https://")], false);
        let twice = [("host", "a"), ("origin", "https://a"), ("origin", "https://b")];
        check(&twice, false);
    }

    #[test]
    fn one_cookie_names_a_session_and_two_name_none() {
        let id = "A".repeat(43);
        let check = |pairs: &[(&str, &str)], want: bool| {
            assert_eq!(cookie(&headers(pairs)).is_some(), want, "{pairs:?}");
        };
        let pair = format!("{COOKIE}={id}");
        check(&[("cookie", &format!("x=1; {pair}; y"))], true);
        check(&[("cookie", "x=1"), ("cookie", &pair)], true);
        check(&[("cookie", &format!("{pair}; {pair}"))], false);
        check(&[("cookie", &format!("rapport={id}"))], false);
        check(&[("cookie", &format!("{COOKIE}=short"))], false);
        check(&[], false);
    }

    #[test]
    fn a_token_is_equal_to_itself_alone() {
        assert!(is_equal(b"abc", b"abc"));
        for other in ["", "ab", "abd", "abcd", "xbc"] {
            assert!(!is_equal(other.as_bytes(), b"abc"), "{other}");
        }
    }
}
