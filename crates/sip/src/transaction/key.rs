//! What makes two messages of one transaction the same, RFC 3261 §17.1.3 and §17.2.3.
//!
//! Fields of a key are joined by line breaks, which no header value holds. Call-ID and sequence number are part of
//! every server key, so that a client that uses a branch twice does not lose its second request.

use crate::error::ParseError;
use crate::headers::Headers;
use crate::message::{Request, Response};
use crate::name::HeaderName;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Box<str>);

impl Key {
    /// The server transaction of `request`, as one of `method`: INVITE finds the INVITE that an ACK or a CANCEL
    /// belongs to.
    pub(super) fn of_request(request: &Request, method: &str) -> Result<Self, ParseError> {
        let headers = &request.headers;
        let to_tag = headers.to_addr()?.tag().unwrap_or_default();
        let via = headers.top_via()?;
        if let Some(branch) = via.unique_branch() {
            return Ok(Self::join(&[
                branch,
                &via.sent_by().to_ascii_lowercase(),
                headers.call_id().unwrap_or_default(),
                sequence(headers),
                method,
            ]));
        }
        let [uri, from_tag, call_id, sequence, via] = base(request)?;
        Ok(Self::join(&[uri, from_tag, call_id, sequence, via, to_tag, method]))
    }

    /// The key under which the ACK of a refused INVITE without a branch will ask: its To tag is the response's.
    pub(super) fn of_expected_ack(request_key: &Invite, to_tag: &str) -> Self {
        Self::join(&[&request_key.0, to_tag, "ACK"])
    }

    /// What an ACK without a branch asks for; `None` if it has one.
    pub(super) fn of_ack(ack: &Request) -> Result<Option<Self>, ParseError> {
        let to_tag = ack.headers.to_addr()?.tag().unwrap_or_default();
        Ok(Invite::of(ack)?.map(|invite| Self::of_expected_ack(&invite, to_tag)))
    }

    /// The client transaction of a request or response of ours: the branch and the method of the CSeq.
    pub(super) fn of_client(branch: &str, method: &str) -> Self {
        Self::join(&[branch, method])
    }

    /// The client transaction that a response belongs to.
    pub(super) fn of_response(response: &Response) -> Option<Self> {
        let via = response.headers.top_via().ok()?;
        let cseq = response.headers.cseq().ok()?;
        Some(Self::of_client(via.branch()?, cseq.method.as_str()))
    }

    fn join(parts: &[&str]) -> Self {
        Self(parts.join("\n").into_boxed_str())
    }
}

/// What an INVITE without a branch and the ACK of its refusal have in common.
#[derive(Debug)]
pub(super) struct Invite(Box<str>);

impl Invite {
    /// `None` if the request has a branch.
    pub(super) fn of(request: &Request) -> Result<Option<Self>, ParseError> {
        if request.headers.top_via()?.unique_branch().is_some() {
            return Ok(None);
        }
        Ok(Some(Self(base(request)?.join("\n").into_boxed_str())))
    }
}

/// Request-URI, From tag, Call-ID, sequence number and topmost Via.
fn base(request: &Request) -> Result<[&str; 5], ParseError> {
    let headers = &request.headers;
    let from = headers.from_addr()?;
    let via = headers.first_element(HeaderName::Via).unwrap_or_default();
    Ok([
        request.uri_text(),
        from.tag().unwrap_or_default(),
        headers.call_id().unwrap_or_default(),
        sequence(headers),
        via,
    ])
}

/// The sequence number as text.
fn sequence(headers: &Headers) -> &str {
    headers
        .get(HeaderName::CSeq)
        .and_then(|value| value.split([' ', '\t']).next())
        .map(|number| number.trim_start_matches('0'))
        .unwrap_or_default()
}
