//! The authentication headers: `Authorization`, `Proxy-Authorization`, `WWW-Authenticate` and
//! `Authentication-Info` ([MS-SIPAE] §2.2, RFC 2617).
//!
//! All four share one grammar, a scheme and a list of parameters, so there is one value for all. Values are
//! handed out as they stand on the wire, since that is what gets signed.

use std::fmt::Write as _;

use thiserror::Error;

/// The scheme this crate speaks.
pub const SCHEME: &str = "NTLM";

/// More parameters than any client sends.
const MAX_PARAMS: usize = 32;

/// The length of `gssapi-data`.
const LONGEST_NAME: usize = 11;

/// A header value that does not follow the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("malformed authentication header: {what} at byte {at}")]
pub struct HeaderError {
    /// What was being read.
    pub what: &'static str,
    /// Where, in bytes from the start of the value.
    pub at: usize,
}

/// One line of credentials, challenge or authentication information.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuthParams<'a> {
    /// The scheme, such as `NTLM`; compare it without regard to case.
    pub scheme: &'a str,
    /// `realm`.
    pub realm: Option<&'a str>,
    /// `targetname`.
    pub targetname: Option<&'a str>,
    /// `opaque`, the name of the association.
    pub opaque: Option<&'a str>,
    /// `qop`.
    pub qop: Option<&'a str>,
    /// `gssapi-data` in base64; present and empty in the client's first step.
    pub gssapi_data: Option<&'a str>,
    /// `version`; `None` when absent or no number below 256.
    pub version: Option<u8>,
    /// `crand`.
    pub crand: Option<&'a str>,
    /// `cnum`.
    pub cnum: Option<&'a str>,
    /// `response`, the client's signature.
    pub response: Option<&'a str>,
    /// `srand`.
    pub srand: Option<&'a str>,
    /// `snum`.
    pub snum: Option<&'a str>,
    /// `rspauth`, the server's signature.
    pub rspauth: Option<&'a str>,
}

impl<'a> AuthParams<'a> {
    /// Reads a header value. Unknown parameters are skipped.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] when the grammar is broken, a known parameter stands twice, or there are more than 32.
    pub fn parse(value: &'a str) -> Result<Self, HeaderError> {
        let mut scanner = Scanner { text: value, at: 0 };
        scanner.skip_space();
        let mut params = Self { scheme: scanner.token("scheme")?, ..Self::default() };
        for _ in 0..=MAX_PARAMS {
            scanner.skip_space();
            if scanner.is_done() {
                return Ok(params);
            }
            let at = scanner.at;
            let name = scanner.token("parameter name")?;
            scanner.skip_space();
            scanner.expect(b'=', "equals sign")?;
            scanner.skip_space();
            let value = scanner.value()?;
            params.set(name, value).map_err(|what| HeaderError { what, at })?;
            scanner.skip_space();
            if !scanner.is_done() {
                scanner.expect(b',', "comma")?;
            }
        }
        Err(HeaderError { what: "too many parameters", at: scanner.at })
    }

    fn set(&mut self, name: &str, value: &'a str) -> Result<(), &'static str> {
        let mut lower = [0; LONGEST_NAME];
        for (to, from) in lower.iter_mut().zip(name.bytes()) {
            *to = from.to_ascii_lowercase();
        }
        // A name that is longer has no lower case here, and is not known.
        let slot = match lower.get(..name.len()).unwrap_or_default() {
            b"realm" => &mut self.realm,
            b"targetname" => &mut self.targetname,
            b"opaque" => &mut self.opaque,
            b"qop" => &mut self.qop,
            b"gssapi-data" => &mut self.gssapi_data,
            b"crand" => &mut self.crand,
            b"cnum" => &mut self.cnum,
            b"response" => &mut self.response,
            b"srand" => &mut self.srand,
            b"snum" => &mut self.snum,
            b"rspauth" => &mut self.rspauth,
            b"version" => {
                self.version = value.parse().ok();
                return Ok(());
            }
            _ => return Ok(()),
        };
        if slot.replace(value).is_some() { Err("repeated parameter") } else { Ok(()) }
    }

    /// True for this crate's scheme.
    pub fn is_ntlm(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(SCHEME)
    }
}

/// Appends a header value piece by piece: the scheme, then parameters in the order of the calls.
pub(crate) struct Writer<'a> {
    out: &'a mut String,
    separator: &'static str,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut String) -> Self {
        out.push_str(SCHEME);
        Self { out, separator: " " }
    }

    pub(crate) fn quoted(&mut self, name: &str, value: &str) -> &mut Self {
        self.quoted_with(name, |out| out.push_str(value))
    }

    pub(crate) fn quoted_with(&mut self, name: &str, value: impl FnOnce(&mut String)) -> &mut Self {
        self.name(name).push('"');
        value(self.out);
        self.out.push('"');
        self
    }

    pub(crate) fn version(&mut self, version: u8) -> &mut Self {
        let out = self.name("version");
        write!(out, "{version}").expect("a String takes everything");
        self
    }

    fn name(&mut self, name: &str) -> &mut String {
        self.out.push_str(self.separator);
        self.separator = ", ";
        self.out.push_str(name);
        self.out.push('=');
        self.out
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    fn error<T>(&self, what: &'static str) -> Result<T, HeaderError> {
        Err(HeaderError { what, at: self.at })
    }

    fn skip_while(&mut self, accept: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|c| !accept(*c)).unwrap_or(rest.len());
    }

    fn skip_space(&mut self) {
        self.skip_while(|c| matches!(c, b' ' | b'\t' | b'\r' | b'\n'));
    }

    fn expect(&mut self, wanted: u8, what: &'static str) -> Result<(), HeaderError> {
        if self.peek() != Some(wanted) {
            return self.error(what);
        }
        self.at += 1;
        Ok(())
    }

    fn slice(&self, from: usize) -> Result<&'a str, HeaderError> {
        self.text.get(from..self.at).ok_or(HeaderError { what: "character", at: from })
    }

    fn token(&mut self, what: &'static str) -> Result<&'a str, HeaderError> {
        let from = self.at;
        self.skip_while(|c| c.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&c));
        if from == self.at {
            return self.error(what);
        }
        self.slice(from)
    }

    /// A quoted string without its quotes and with its escapes, or everything up to the next comma or space.
    fn value(&mut self) -> Result<&'a str, HeaderError> {
        if self.peek() != Some(b'"') {
            let from = self.at;
            self.skip_while(|c| !matches!(c, b',' | b'"' | b' ' | b'\t' | b'\r' | b'\n'));
            return if from == self.at { self.error("value") } else { self.slice(from) };
        }
        self.at += 1;
        let from = self.at;
        loop {
            self.skip_while(|c| !matches!(c, b'"' | b'\\'));
            match self.peek() {
                Some(b'"') => {
                    let value = self.slice(from)?;
                    self.at += 1;
                    return Ok(value);
                }
                Some(_) => self.at += 2,
                None => return self.error("closing quote"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_step_has_empty_data() {
        let line = r#"NTLM qop="auth", realm="SIP Communications Service", targetname="ocs.example.com", gssapi-data="", version=4"#;
        let params = AuthParams::parse(line).unwrap();
        assert!(params.is_ntlm());
        assert_eq!(params.qop, Some("auth"));
        assert_eq!(params.realm, Some("SIP Communications Service"));
        assert_eq!(params.targetname, Some("ocs.example.com"));
        assert_eq!(params.gssapi_data, Some(""));
        assert_eq!(params.version, Some(4));
        assert_eq!(params.response, None);
    }

    #[test]
    fn spacing_case_and_unknown_parameters_do_not_matter() {
        let params = AuthParams::parse("ntlm  REALM = \"a, \\\"b\\\"\" ,x=y,\r\n Opaque=2BDBAC9D").unwrap();
        assert_eq!(params.realm, Some(r#"a, \"b\""#));
        assert_eq!(params.opaque, Some("2BDBAC9D"));
        assert_eq!(AuthParams::parse("NTLM").unwrap(), AuthParams { scheme: "NTLM", ..Default::default() });
    }

    #[test]
    fn broken_values_are_refused() {
        let many = format!("NTLM {}", vec!["a=b"; 33].join(","));
        for value in [
            "",
            " ",
            "=",
            "NTLM realm",
            "NTLM realm=",
            "NTLM realm=\"x",
            "NTLM realm=\"x\\",
            "NTLM realm=\"x\\\"",
            "NTLM realm=\"x\" opaque=\"y\"",
            "NTLM realm=\"x\", realm=\"x\"",
            "NTLM ,",
            many.as_str(),
        ] {
            assert!(AuthParams::parse(value).is_err(), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_a_value_or_an_error(text in "(?s)(NTLM )?[a-z\"=,\\\\é ]{0,60}.{0,20}") {
            let _ = AuthParams::parse(&text);
        }
    }
}
