//! One table: what a refusal of the services looks like on the wire ([MS-OCER]; signin 4.5, presence-im 3.4).
//!
//! `ms-diagnostics-public` is what SIPE shows of a 403; `ms-diagnostics` is for Communicator and for logs.

use rapport_core::refusal::Refusal;
use rapport_service::Error;
use rapport_sip::{HeaderName, Request, Response, StatusCode};

/// How a refusal is answered.
struct Row {
    status: StatusCode,
    id: u32,
    sentence: &'static str,
}

const fn row(status: StatusCode, id: u32, sentence: &'static str) -> Row {
    Row { status, id, sentence }
}

fn of_refusal(refusal: &Refusal) -> Row {
    const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
    const CONFLICT: StatusCode = StatusCode::CONFLICT;
    match refusal {
        Refusal::AccountDisabled => {
            row(FORBIDDEN, 4003, "Your account has been disabled by your administrator")
        }
        Refusal::NotLicensed => row(FORBIDDEN, 4003, "You have no licence for this service"),
        Refusal::CompanyDisabled => row(FORBIDDEN, 4003, "The service is switched off for your company"),
        Refusal::ContactListFull { .. } => row(FORBIDDEN, 2001, "Maximum number of contacts reached"),
        Refusal::TooManyGroups { .. } => row(FORBIDDEN, 2001, "Maximum number of groups reached"),
        Refusal::TooManyEndpoints { .. } => row(FORBIDDEN, 2003, "Signed in at too many places"),
        Refusal::TooManyPublications { .. } => row(FORBIDDEN, 2004, "Maximum number of publications reached"),
        // Nobody asks for one by SIP.
        Refusal::TooManyAppPasswords { .. } => {
            row(FORBIDDEN, 2004, "Maximum number of app passwords reached")
        }
        Refusal::TooManyMembers { .. } => row(FORBIDDEN, 2005, "Maximum number of members reached"),
        Refusal::StaleDelta { .. } => row(CONFLICT, 2006, "The contact list has changed meanwhile"),
        Refusal::UnknownGroup => row(StatusCode::NOT_FOUND, 2007, "There is no such group"),
        Refusal::UnknownContact => row(StatusCode::NOT_FOUND, 2008, "There is no such contact"),
        Refusal::GroupIsFixed => row(FORBIDDEN, 2009, "This group can not be changed"),
        Refusal::TooLarge { .. } => row(StatusCode::REQUEST_ENTITY_TOO_LARGE, 4008, "Input is too large"),
        Refusal::NotYours => row(FORBIDDEN, 2010, "This belongs to somebody else"),
        Refusal::ReservedPublication => row(FORBIDDEN, 2011, "Only the server publishes this"),
        Refusal::RepeatedPublication => {
            row(StatusCode::BAD_REQUEST, 2012, "The same publication occurs twice")
        }
        Refusal::ReservedContainer => row(FORBIDDEN, 2013, "This container can not be changed"),
        Refusal::Invalid { .. } => row(StatusCode::BAD_REQUEST, 4001, "A value is not valid"),
        Refusal::HistoryOff => row(FORBIDDEN, 2014, "Your company's policy does not allow this"),
        Refusal::PolicyForbids { .. } => row(FORBIDDEN, 2014, "Your company's policy does not allow this"),
    }
}

fn of_error(error: &Error) -> Row {
    match error {
        Error::Refused(refusal) => of_refusal(refusal),
        Error::WeakPassword(_) => row(StatusCode::FORBIDDEN, 4000, "The password is too weak"),
        Error::BadBackup(_) => row(StatusCode::SERVER_INTERNAL_ERROR, 4000, "The backup can not be used"),
        Error::ServiceKey(_) => row(StatusCode::SERVER_INTERNAL_ERROR, 4000, "A key is missing"),
        Error::UnderWay(_) => row(StatusCode::CONFLICT, 4000, "This is being done already"),
        Error::NotFound(_) => row(StatusCode::NOT_FOUND, 4007, "Resource is unknown"),
        Error::Taken(_) => row(StatusCode::CONFLICT, 4000, "This is taken"),
        Error::Versions(_) => row(StatusCode::CONFLICT, 2015, "The versions are not the current ones"),
        Error::Forbidden => row(StatusCode::FORBIDDEN, 4004, NOT_YOURS),
        Error::Unavailable(_) => {
            row(StatusCode::SERVICE_UNAVAILABLE, 4000, "The server is temporarily unavailable")
        }
        Error::Full => row(StatusCode::SERVICE_UNAVAILABLE, 4000, FULL),
        Error::Unwritable(_) => row(StatusCode::SERVICE_UNAVAILABLE, 4000, UNWRITABLE),
        Error::Overloaded { .. } => row(StatusCode::SERVICE_UNAVAILABLE, 4000, OVERLOADED),
        Error::Internal(_) => row(StatusCode::SERVER_INTERNAL_ERROR, 4000, "Internal error"),
    }
}

/// What a client is told that comes while the node takes no new sign-ins; SIPE shows it behind "Service unavailable".
const OVERLOADED: &str = "The server is very busy and takes no new sign-ins, try again in a minute";

/// What someone is told whose proof holds, but not for the From address (diagnostics id 4004).
pub(crate) const NOT_YOURS: &str = "Credentials provided are not authorized to act as specified from URI";

/// The reason that is noted of it.
pub(crate) const NOT_THEIRS: &str = "another-s-address";

/// The reason that is noted of what makes no sense.
pub(crate) const UNREADABLE: &str = "unreadable";

const FULL: &str = "The server's disk is full: nothing can be changed until your administrator makes room";
const UNWRITABLE: &str = "The server can not keep changes at the moment: please tell your administrator";

/// What someone is told whose proof holds, but was made by a clock that is far off.
pub(crate) const CLOCK_SKEW: &str = "The clock of your computer and the server's are more than 30 minutes apart: please set yours or tell your administrator";

/// Answers an error of a service.
pub(crate) fn answer(request: &Request, error: &Error, server: &str) -> Response {
    if matches!(error, Error::Internal(_) | Error::Unavailable(_)) {
        tracing::error!(%error, method = request.method.as_str(), "a request failed");
    }
    if let Error::Refused(refusal) = error
        && let Some(bound) = bound(refusal)
    {
        met(bound);
    }
    let Row { status, id, sentence } = of_error(error);
    let response = diagnosed(request, status, id, sentence, server);
    match error {
        Error::Full | Error::Unwritable(_) => {
            // Both name the reason where clients look for one that a person may see.
            response
                .with("ms-diagnostics-public", &format!("{id};reason=\"{sentence}\""))
                .with("Warning", &format!("310 {server} \"{sentence}\""))
        }
        Error::Overloaded { retry_after } => {
            response.with(HeaderName::RetryAfter, &retry_after.as_secs().to_string())
        }
        _ => response,
    }
}

/// The bound that a refusal is about, where it is one.
const fn bound(refusal: &Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::ContactListFull { .. } => "contacts",
        Refusal::TooManyGroups { .. } => "groups",
        Refusal::TooManyEndpoints { .. } => "endpoints",
        Refusal::TooManyPublications { .. } => "publications",
        Refusal::TooManyMembers { .. } => "members",
        _ => return None,
    })
}

/// Counts that somebody has met a bound on what one person or one connection may have.
pub(crate) fn met(bound: &'static str) {
    metrics::counter!("rapport_sip_bounds_met_total", "bound" => bound).increment(1);
}

/// Answers with a status, a diagnostics id and its sentence.
pub(crate) fn diagnosed(
    request: &Request,
    status: StatusCode,
    id: u32,
    sentence: &str,
    server: &str,
) -> Response {
    let reason = format!("{id};reason=\"{sentence}\"");
    let mut response = Response::to(request, status, "")
        .with("Server", "RTC/3.5")
        .with("ms-diagnostics", &format!("{reason};source=\"{server}\""));
    if status == StatusCode::FORBIDDEN {
        response = response.with("ms-diagnostics-public", &reason);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use rapport_sip::{Limits, Message};

    use super::*;

    #[test]
    fn a_full_server_says_why_and_when_to_try_again() {
        let bytes = Bytes::from_static(
            b"REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKx\r\n\
              From: <sip:kim@example.com>;tag=1\r\nTo: <sip:kim@example.com>\r\nCall-ID: x\r\n\
              CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n",
        );
        let Ok(Message::Request(request)) = Message::parse(&bytes, &Limits::default()) else {
            panic!("a request");
        };
        let error = Error::Overloaded { retry_after: Duration::from_secs(42) };
        let response = answer(&request, &error, "sip.example.com");
        assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers.get(HeaderName::RetryAfter), Some("42"));
        let reason = format!("4000;reason=\"{OVERLOADED}\";source=\"sip.example.com\"");
        assert!(response.headers.iter().any(|(name, value)| name == "ms-diagnostics" && value == reason));
    }
}
