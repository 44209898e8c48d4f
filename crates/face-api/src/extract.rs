//! Takes bodies, paths and queries apart; what is wrong with them is answered as a problem.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer as _};
use serde::{Deserialize, Deserializer};

use crate::code::Code;
use crate::problem::Problem;

/// How many octets a body may have, of the routes that this is layered on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LargestBody(pub(crate) usize);

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
                Code::NotJson,
                "the body's content type should be application/json",
            )
            .misdeed(UNREADABLE));
        }
        let most = request.extensions().get::<LargestBody>().map_or(0, |largest| largest.0);
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    Code::BodyTooLarge,
                    format!("a body has at most {most} bytes"),
                )
                .misdeed("too-large")
            } else {
                Problem::new(StatusCode::BAD_REQUEST, Code::BadBody, "the body could not be read")
                    .misdeed(UNREADABLE)
            }
        })?;
        read(&bytes).map(Self)
    }
}

/// Reads a body, and names the field at fault.
fn read<T: DeserializeOwned>(octets: &[u8]) -> Result<T, Problem> {
    let bad = |why: &dyn std::fmt::Display| {
        Problem::new(StatusCode::BAD_REQUEST, Code::BadBody, format!("the body: {why}")).misdeed(UNREADABLE)
    };
    // A derived type would take an array of its fields in their order for itself.
    if octets.trim_ascii_start().first() != Some(&b'{') {
        return Err(bad(&"it should be a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(octets);
    let body = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let problem = bad(error.inner());
        match field(&error.path().to_string(), error.inner()) {
            Some(field) => problem.at(&field),
            None => problem,
        }
    })?;
    reader.end().map_err(|error| bad(&error))?;
    Ok(body)
}

/// The name that an error speaks of, when it is about one that is missing, unknown or there twice.
fn named(said: &str) -> Option<String> {
    let (_, rest) = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| said.split_once(start))?;
    // A name that nobody knows is the asker's own, and as long as they like.
    Some(rest.split('`').next().unwrap_or_default().chars().take(64).collect())
}

/// The field that an error is about, or in which the JSON breaks off; none where that is the whole.
fn field(path: &str, error: &serde_json::Error) -> Option<String> {
    // The path of a field that is missing, unknown or there twice ends at what it is missing in.
    // Of what could not even be named there is a question mark.
    let path = path.strip_suffix('?').unwrap_or(path).trim_end_matches('.');
    match (path, named(&error.to_string())) {
        ("", named) => named,
        (path, Some(name)) if !path.ends_with(&name) => Some(format!("{path}.{name}")),
        (path, _) => Some(path.chars().take(64).collect()),
    }
}

/// Reads a word of a fixed set. A derived type would take `{"word": null}` for it, too.
///
/// # Errors
/// Another type, or another word.
pub(crate) fn word<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    T::deserialize(String::deserialize(from)?.into_deserializer())
}

/// The same, or nothing.
///
/// # Errors
/// As [`word`].
pub(crate) fn word_or_none<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<String>::deserialize(from)?.map(|text| T::deserialize(text.into_deserializer())).transpose()
}

/// Reads a whole number. In JSON `7.0` is one, too, as much as `7` (JSON Schema 2020-12 §4.2.3).
///
/// # Errors
/// Another type, a fraction, or a number that the type doesn't have.
pub(crate) fn whole<'de, D: Deserializer<'de>, T: TryFrom<i64>>(from: D) -> Result<T, D::Error> {
    whole_of(&serde_json::Number::deserialize(from)?)
        .ok_or_else(|| D::Error::custom("it is not a whole number that this can be"))
}

/// The same, or nothing.
///
/// # Errors
/// As [`whole`].
pub(crate) fn whole_or_none<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(from)? else { return Ok(None) };
    let whole = whole_of(&number);
    whole.map(Some).ok_or_else(|| D::Error::custom("it is not a whole number that this can be"))
}

fn whole_of<T: TryFrom<i64>>(number: &serde_json::Number) -> Option<T> {
    /// Up to here every whole number is one of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and is smaller than 2^53")]
    let read = |number: f64| (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64);
    T::try_from(number.as_i64().or_else(|| number.as_f64().and_then(read))?).ok()
}

/// The variable parts of the path.
pub(crate) struct Names<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Names<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::from_request_parts(parts, state).await.map(|Path(names)| Self(names)).map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, Code::BadPath, "the path is not valid").misdeed(UNREADABLE)
        })
    }
}

/// The query.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Query::from_request_parts(parts, state).await.map(|Query(asked)| Self(asked)).map_err(|rejection| {
            let said = rejection.body_text();
            let why = said.strip_prefix("Failed to deserialize query string: ").unwrap_or(&said);
            let problem = Problem::new(StatusCode::BAD_REQUEST, Code::BadQuery, format!("the query: {why}"))
                .misdeed(UNREADABLE);
            // What a value of a name is like, or which name is missing, unknown or there twice.
            let of_value = why.split_once(": ").map(|(name, _)| name).filter(|name| !name.contains(' '));
            match named(why).or_else(|| of_value.map(str::to_owned)) {
                Some(field) => problem.at(&field),
                None => problem,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "read and not looked at")]
        some_name: String,
        #[expect(dead_code, reason = "read and not looked at")]
        #[serde(default)]
        list: Vec<u8>,
    }

    #[test]
    fn a_body_that_is_not_taken_names_its_field() {
        let check = |body: &str, field: Option<&str>| {
            let problem = read::<Outer>(body.as_bytes()).expect_err(body);
            assert_eq!((problem.code.as_str(), problem.field.as_deref()), ("bad-body", field), "{body}");
        };
        check("{}", Some("someName"));
        check(r#"{"someName":1}"#, Some("someName"));
        check(r#"{"someName":null}"#, Some("someName"));
        check(r#"{"someName":tru}"#, Some("someName"));
        check(r#"{"someName":"a","someName":"b"}"#, Some("someName"));
        check(r#"{"someName":"a","more":1}"#, Some("more"));
        check(r#"{"someName":"a","list":[1,"b"]}"#, Some("list[1]"));
        check(r#"{"someName":"a","list":[1000]}"#, Some("list[0]"));
        check(&format!(r#"{{"{}":1}}"#, "x".repeat(100)), Some(&"x".repeat(64)));
        for no_json in ["", "null", "[]", r#"["a",[1]]"#, "{", r#"{"someName":"a"}x"#] {
            check(no_json, None);
        }
        read::<Outer>(br#" {"someName":"a"} "#).expect("taken");
    }
}
