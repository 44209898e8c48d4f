//! Takes bodies, paths and queries apart; what is wrong with them is answered as a problem.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The largest body of a request.
pub(crate) const LARGEST_BODY: usize = 64 * 1024;

/// Why what makes no sense is written down.
const UNREADABLE: &str = "unreadable";

/// A JSON body. Unknown and repeated fields are refused by the types.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_json = kind.is_some_and(|kind| {
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
        });
        if !is_json {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "the body's content type should be application/json",
            )
            .misdeed(UNREADABLE));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "body-too-large",
                    format!("a body has at most {LARGEST_BODY} bytes"),
                )
                .misdeed("too-large")
            } else {
                Problem::new(StatusCode::BAD_REQUEST, "bad-body", "the body could not be read")
                    .misdeed(UNREADABLE)
            }
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, "bad-body", format!("the body: {error}"))
                .misdeed(UNREADABLE)
        })
    }
}

/// The variable parts of the path.
pub(crate) struct Names<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Names<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::from_request_parts(parts, state).await.map(|Path(names)| Self(names)).map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, "bad-path", "the path is not valid").misdeed(UNREADABLE)
        })
    }
}

/// The query.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Query::from_request_parts(parts, state).await.map(|Query(asked)| Self(asked)).map_err(|rejection| {
            Problem::new(StatusCode::BAD_REQUEST, "bad-query", format!("the query: {rejection}"))
                .misdeed(UNREADABLE)
        })
    }
}
