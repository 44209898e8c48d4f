//! How refusals and failures are answered: one table from the services' errors to status, code and sentence.
//!
//! Source: RFC 9457. The sentence is for a person; a program goes by `code`, which never changes its meaning.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rapport_core::refusal::{Refusal, Rule};
use rapport_service::{Error, PasswordRefusal, WeakPassword};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::code::{self, Code};

/// Why a request was not done (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// `urn:rapport:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code by which programs know the problem: a `ProblemCode`, or one that is newer than this description.
    #[schema(schema_with = code::or_a_newer_one)]
    pub code: String,
    /// What is wrong, in a sentence.
    pub title: String,
    /// The field at fault, where one is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub field: Option<Box<str>>,
    /// Why a password is not taken, where it isn't.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<PasswordFault>)]
    pub reason: Option<PasswordFault>,
    /// How much there may be, where there is a limit.
    #[serde(skip_serializing_if = "is_none", default)]
    pub limit: u32,
    /// The number that is the current one, where one is stale.
    #[serde(skip_serializing_if = "is_none", default)]
    pub current: u32,
    /// In how many seconds to try again, where that helps.
    #[serde(skip_serializing_if = "is_none", default)]
    pub retry_after_secs: u32,
    /// The reason by which it is written down singly, where somebody asked for what they should not have.
    #[serde(skip)]
    pub(crate) misdeed: Option<&'static str>,
}

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordFault {
    /// It has fewer than 15 characters.
    TooShort,
    /// It has more than 1024 octets.
    TooLong,
    /// It is one of those that everybody tries first, or made of them.
    Common,
    /// It is little more than the name of the person, the company or the product.
    Name,
    /// It is the one that it is to replace.
    Same,
}

impl From<WeakPassword> for PasswordFault {
    fn from(weak: WeakPassword) -> Self {
        match weak {
            WeakPassword::Refused(PasswordRefusal::TooShort { .. }) => Self::TooShort,
            WeakPassword::Refused(PasswordRefusal::TooLong) => Self::TooLong,
            WeakPassword::Refused(PasswordRefusal::Common) => Self::Common,
            WeakPassword::Refused(PasswordRefusal::Name) => Self::Name,
            WeakPassword::Same => Self::Same,
        }
    }
}

/// An extension of an answer: why what was asked for should not have been.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Misdeed(pub(crate) &'static str);

/// A number that says nothing is left out.
const fn is_none(number: &u32) -> bool {
    *number == 0
}

impl Problem {
    /// Makes a problem.
    pub(crate) fn new(status: StatusCode, code: Code, title: impl Into<String>) -> Self {
        let code = code.as_str();
        Self {
            kind: format!("urn:rapport:problem:{code}"),
            status: status.as_u16(),
            code: code.to_owned(),
            title: title.into(),
            field: None,
            reason: None,
            limit: 0,
            current: 0,
            retry_after_secs: 0,
            misdeed: None,
        }
    }

    /// Whoever asked is signed in, and should not have: it is written down singly.
    pub(crate) fn misdeed(self, reason: &'static str) -> Self {
        Self { misdeed: Some(reason), ..self }
    }

    /// Something is asked for too often, or while there is no room for it.
    pub(crate) fn again_in(mut self, wait: Duration) -> Self {
        self.retry_after_secs = u32::try_from(wait.as_secs().max(1)).unwrap_or(u32::MAX);
        self
    }

    pub(crate) fn at(mut self, field: &str) -> Self {
        self.field = Some(field.into());
        self
    }

    /// A field's content is not what it should be.
    pub(crate) fn invalid(field: &str, rule: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, Code::InvalidField, format!("{field}: {rule}"))
            .at(field)
            .misdeed("invalid-field")
    }

    /// There is no such thing.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::NotFound, format!("there is no such {what}"))
    }
}

/// The status of each refusal; its code and its sentence are its own.
fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::AccountDisabled
        | Refusal::NotLicensed
        | Refusal::CompanyDisabled
        | Refusal::NotYours
        | Refusal::ReservedPublication
        | Refusal::ReservedContainer
        | Refusal::GroupIsFixed
        | Refusal::HistoryOff
        | Refusal::PolicyForbids { .. } => StatusCode::FORBIDDEN,
        Refusal::UnknownGroup | Refusal::UnknownContact => StatusCode::NOT_FOUND,
        Refusal::StaleDelta { .. }
        | Refusal::ContactListFull { .. }
        | Refusal::TooManyGroups { .. }
        | Refusal::TooManyEndpoints { .. }
        | Refusal::TooManyPublications { .. }
        | Refusal::TooManyAppPasswords { .. }
        | Refusal::TooManyMembers { .. } => StatusCode::CONFLICT,
        Refusal::TooLarge { .. } | Refusal::RepeatedPublication | Refusal::Invalid { .. } => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// How much a refusal says there may be.
const fn limit(refusal: &Refusal) -> Option<u32> {
    match refusal {
        Refusal::ContactListFull { limit }
        | Refusal::TooManyGroups { limit }
        | Refusal::TooManyEndpoints { limit }
        | Refusal::TooManyPublications { limit }
        | Refusal::TooManyAppPasswords { limit }
        | Refusal::TooManyMembers { limit }
        | Refusal::TooLarge { limit, .. } => Some(*limit),
        _ => None,
    }
}

/// A refusal's sentence, with what is allowed where the rule alone leaves that open.
fn sentence(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid { field, rule: Rule::TooMany { limit } } if field.starts_with("limits.") => {
            format!("{field}: is at most {limit}")
        }
        Refusal::Invalid { field, rule: Rule::Empty } if field.starts_with("limits.") => {
            format!("{field}: is at least 1")
        }
        Refusal::TooManyAppPasswords { limit } => {
            format!("there are {limit} app passwords, and no more than that; revoke one")
        }
        Refusal::Invalid { field: field @ "name", rule: rule @ Rule::Characters } => {
            format!("{field}: {rule}; it has lower-case letters, digits, and hyphens inside")
        }
        Refusal::Invalid { field: field @ "netbiosName", rule: rule @ Rule::Characters } => {
            format!("{field}: {rule}; it has letters, digits, hyphens and underscores")
        }
        Refusal::Invalid { field: field @ "signInName", rule: rule @ Rule::Characters } => {
            format!("{field}: {rule}; it has letters, digits and . _ - '")
        }
        _ => refusal.to_string(),
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let misdeed = error.misdeed();
        Self { misdeed, ..Self::of(error) }
    }
}

impl Problem {
    fn of(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => {
                let mut problem = Self::new(status(&refusal), Code::of(&refusal), sentence(&refusal));
                problem.limit = limit(&refusal).unwrap_or(0);
                match refusal {
                    Refusal::Invalid { field, .. } => problem.at(field),
                    Refusal::TooLarge { what: field @ "alias", .. } => problem.at(field),
                    Refusal::TooLarge { what: "group name", .. } => problem.at("name"),
                    Refusal::StaleDelta { current } => Self { current, ..problem },
                    _ => problem,
                }
            }
            Error::WeakPassword(why) => {
                let problem =
                    Self::new(StatusCode::UNPROCESSABLE_ENTITY, Code::WeakPassword, why.to_string());
                Self { reason: Some(why.into()), ..problem.at("password") }
            }
            Error::BadBackup(what) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, Code::BadBackup, what).at("backup")
            }
            Error::ServiceKey(what) => Self::new(StatusCode::CONFLICT, Code::ServiceKey, what),
            Error::UnderWay(what) => Self::new(StatusCode::CONFLICT, Code::UnderWay, what),
            // A store that misses something does not say what.
            Error::NotFound("it") => Self::not_found("thing"),
            Error::NotFound(what) => Self::not_found(what),
            Error::Taken("former address") => Self::new(
                StatusCode::CONFLICT,
                Code::Taken,
                "the address still answers for somebody who had it; `rapport user release` frees it",
            ),
            Error::Taken(what) => {
                Self::new(StatusCode::CONFLICT, Code::Taken, format!("{what} is taken or in use"))
            }
            Error::Versions(_) => Self::new(
                StatusCode::CONFLICT,
                Code::StaleVersion,
                "it was changed by someone else meanwhile",
            ),
            Error::Forbidden => {
                Self::new(StatusCode::FORBIDDEN, Code::Forbidden, "this belongs to another company or person")
            }
            Error::Overloaded { retry_after } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Full, "the server takes no new sign-ins")
                    .again_in(retry_after)
            }
            Error::Unavailable(context) => {
                tracing::error!(%context, "a management request could not be done");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    Code::Unavailable,
                    "the store can't be reached; try again later, and see the server's log",
                )
            }
            // The store itself says once in a while that it is so; a line for each change would fill what is left.
            Error::Full => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                Code::StoreFull,
                "nothing was changed: the disk of the data directory is full; make room on it, and changes work again \
                 by themselves",
            ),
            Error::Unwritable(context) => {
                tracing::debug!(%context, "a management request changed nothing");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    Code::StoreUnwritable,
                    "nothing was changed: the database can't be written; see whether its file system is read-only or \
                     over its quota, and the server's log; changes work again by themselves",
                )
            }
            Error::Internal(context) => {
                tracing::error!(%context, "a management request failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    Code::Internal,
                    "a fault of the server; see its log",
                )
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.retry_after_secs > 0 {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after_secs));
        } else if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if let Some(reason) = self.misdeed {
            response.extensions_mut().insert(Misdeed(reason));
        }
        response
    }
}
