//! `scheme name=value, …`: Authorization, Authentication-Info and their like, RFC 3261 §25.1 `credentials`.
//!
//! Only the form; what the values mean is for the crate that authenticates.

use std::borrow::Cow;

use crate::error::ParseError;
use crate::params::Param;
use crate::quote::{is_token, take_quoted, trim, trim_start};
use crate::scan::{cut, until};

/// No scheme in use has more parameters than this.
const MAX_PARAMS: usize = 24;

/// A scheme with its comma-joined parameters; borrows the header value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials<'a> {
    scheme: &'a str,
    params: [Param<'a>; MAX_PARAMS],
    len: usize,
}

impl<'a> Credentials<'a> {
    /// Parses the value of one header line.
    ///
    /// # Errors
    /// It does not start with a scheme, a parameter is no `name=value`, or there are more than 24.
    pub fn parse(value: &'a str) -> Result<Self, ParseError> {
        let (scheme, mut rest) = until(value, [b' ', b'\t']);
        if !is_token(scheme) {
            return Err(ParseError::new("no authentication scheme", 0));
        }
        let mut this = Self { scheme, params: [Param { name: "", raw: None }; MAX_PARAMS], len: 0 };
        loop {
            rest = trim_start(rest);
            while let Some(after) = rest.strip_prefix(',') {
                rest = trim_start(after);
            }
            if rest.is_empty() {
                return Ok(this);
            }
            let error = ParseError::new("authentication parameter is not one", value.len() - rest.len());
            let (param, after) = auth_param(rest).ok_or(error)?;
            *this.params.get_mut(this.len).ok_or(error)? = param;
            this.len += 1;
            rest = after;
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
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + '_ {
        self.params.iter().take(self.len).copied()
    }
}

/// The parameter at the front, and what follows it.
fn auth_param(text: &str) -> Option<(Param<'_>, &str)> {
    let (name, value) = cut(text, b'=')?;
    let (name, value) = (trim(name), trim_start(value));
    if !is_token(name) {
        return None;
    }
    let (raw, after) = if value.starts_with('"') { take_quoted(value)? } else { until(value, [b',', b'"']) };
    let after = trim_start(after);
    (after.is_empty() || after.starts_with(',')).then_some((Param { name, raw: Some(trim(raw)) }, after))
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
