//! `scheme name=value, …`: Authorization, Authentication-Info and their like, RFC 3261 §25.1 `credentials`.
//!
//! Only the form; what the values mean is for the crate that authenticates.

use std::borrow::Cow;

use crate::error::ParseError;
use crate::params::Param;
use crate::quote::{is_token, is_token_byte, take_quoted, trim, trim_start};

/// A scheme with its comma-joined parameters; borrows the header value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials<'a> {
    scheme: &'a str,
    params: &'a str,
}

impl<'a> Credentials<'a> {
    /// Parses the value of one header line.
    ///
    /// # Errors
    /// It does not start with a scheme, or a parameter is no `name=value`.
    pub fn parse(value: &'a str) -> Result<Self, ParseError> {
        let (scheme, params) = value.split_once([' ', '\t']).unwrap_or((value, ""));
        if !is_token(scheme) {
            return Err(ParseError::new("no authentication scheme", 0));
        }
        let mut iter = AuthParams { rest: params };
        while iter.next().is_some() {}
        if iter.rest.is_empty() {
            Ok(Self { scheme, params })
        } else {
            Err(ParseError::new("authentication parameter is not one", value.len() - iter.rest.len()))
        }
    }

    /// The scheme as written, such as `NTLM`.
    #[must_use]
    pub const fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// The first parameter of that name, whatever its case, quotes and escapes undone.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.iter().find(|param| param.name.eq_ignore_ascii_case(name)).map(|param| param.value())
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        AuthParams { rest: self.params }
    }
}

/// Stops at what is no parameter, and leaves it in `rest`.
struct AuthParams<'a> {
    rest: &'a str,
}

impl<'a> Iterator for AuthParams<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        let mut rest = trim_start(self.rest);
        while let Some(after) = rest.strip_prefix(',') {
            rest = trim_start(after);
        }
        self.rest = rest;
        let end = rest.bytes().position(|b| !is_token_byte(b))?;
        let (name, tail) = rest.split_at_checked(end)?;
        let value = trim_start(trim_start(tail).strip_prefix('=')?);
        if name.is_empty() {
            return None;
        }
        let (raw, after) = if value.starts_with('"') {
            take_quoted(value)?
        } else {
            let end = memchr::memchr2(b',', b'"', value.as_bytes()).unwrap_or(value.len());
            value.split_at_checked(end)?
        };
        let after = trim_start(after);
        if !(after.is_empty() || after.starts_with(',')) {
            return None;
        }
        self.rest = after;
        Some(Param { name, raw: Some(trim(raw)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_of_a_real_client_is_read() {
        let value = "NTLM qop=\"auth\", opaque=\"BE9BCF12\", realm=\"SIP Communications Service\", \
                     targetname=\"ocs.example.com\", crand=\"f5f9f7e4\", cnum=\"18\", response=\"0100\"";
        let credentials = Credentials::parse(value).unwrap();
        assert_eq!(credentials.scheme(), "NTLM");
        assert_eq!(credentials.get("CNUM").as_deref(), Some("18"));
        assert_eq!(credentials.get("realm").as_deref(), Some("SIP Communications Service"));
        assert_eq!(credentials.get("snum"), None);
        assert_eq!(credentials.iter().count(), 7);
    }

    #[test]
    fn tokens_with_equals_signs_are_kept_whole() {
        let credentials = Credentials::parse("NTLM gssapi-data=\"TlRMTVNTUAAD==\", version=4").unwrap();
        assert_eq!(credentials.get("gssapi-data").as_deref(), Some("TlRMTVNTUAAD=="));
        assert_eq!(credentials.get("version").as_deref(), Some("4"));
        assert!(Credentials::parse("NTLM qop=\"auth").is_err());
        assert!(Credentials::parse("NTLM qop").is_err());
        assert!(Credentials::parse("").is_err());
    }
}
