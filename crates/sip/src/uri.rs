//! URIs: `sip:` and `sips:` (RFC 3261 §19.1), `tel:`, `im:`, `pres:`, and any other kept as it is.
//!
//! A [`Uri`] borrows the text it was parsed from and allocates nothing.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::error::ParseError;
use crate::params::Params;
use crate::quote::is_host_byte;
use crate::scan::{cut, until};

/// The scheme of a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme<'a> {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// `im:`
    Im,
    /// `pres:`
    Pres,
    /// Any other, as written.
    Other(&'a str),
}

impl Scheme<'_> {
    /// The scheme as text, without its colon.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sip => "sip",
            Self::Sips => "sips",
            Self::Tel => "tel",
            Self::Im => "im",
            Self::Pres => "pres",
            Self::Other(text) => text,
        }
    }

    fn eq_ignore_case(&self, other: &Scheme<'_>) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

/// What a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host<'a> {
    /// A host name as written.
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
}

/// A URI; borrows its text.
#[derive(Debug, Clone, Copy)]
pub struct Uri<'a> {
    text: &'a str,
    scheme: Scheme<'a>,
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: &'a str,
    port: Option<u16>,
    params: Params<'a>,
    headers: &'a str,
}

impl<'a> Uri<'a> {
    /// Parses a URI. Its text must be nothing but the URI: no brackets, no blanks.
    ///
    /// # Errors
    /// The text has no scheme, or is a SIP URI whose host or port is not one.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        let bytes = text.as_bytes();
        // Looking at every byte lets the compiler look at many at once.
        if bytes.iter().fold(false, |found, b| found | is_forbidden(*b)) {
            let at = bytes.iter().position(|b| is_forbidden(*b)).unwrap_or_default();
            return Err(ParseError::new("character that no URI holds", at));
        }
        let (scheme, rest) = match text.strip_prefix("sip:") {
            Some(rest) => (Scheme::Sip, rest),
            None => {
                let (scheme, rest) = cut(text, b':').ok_or(ParseError::new("URI without a scheme", 0))?;
                (scheme_of(scheme).ok_or(ParseError::new("URI scheme is not one", 0))?, rest)
            }
        };
        let bare = Self {
            text,
            scheme,
            user: None,
            password: None,
            host: "",
            port: None,
            params: Params::default(),
            headers: "",
        };
        match scheme {
            Scheme::Sip | Scheme::Sips | Scheme::Im | Scheme::Pres => bare.with_host(rest),
            Scheme::Tel => {
                let (rest, headers) = split_headers(rest);
                let (number, params) = split_params(rest);
                if number.is_empty() {
                    return Err(ParseError::new("tel URI without a number", text.len()));
                }
                Ok(Self { user: Some(number), params, headers, ..bare })
            }
            Scheme::Other(_) => {
                let (rest, headers) = split_headers(rest);
                Ok(Self { user: Some(rest), headers, ..bare })
            }
        }
    }

    fn with_host(self, rest: &'a str) -> Result<Self, ParseError> {
        // What stands before the first @ is the user, semicolons (`+1555;phone-context=x@host`) and question marks
        // included.
        let (user_info, host_part) = match cut(rest, b'@') {
            Some((user, host)) => (Some(user), host),
            None => (None, rest),
        };
        let (host_part, headers) = split_headers(host_part);
        let (user, password) = match user_info {
            None => (None, None),
            Some(info) => match cut(info, b':') {
                Some((user, password)) => (Some(user), Some(password)),
                None => (Some(info), None),
            },
        };
        if user.is_some_and(str::is_empty) {
            return Err(ParseError::new("URI with an empty user", self.offset(rest)));
        }
        let (host_port, params) = split_params(host_part);
        let (host, port) = split_host_port(host_port)
            .ok_or(ParseError::new("URI host or port is not one", self.offset(host_part)))?;
        if !params.is_well_formed() {
            return Err(ParseError::new("URI parameter is not one", self.offset(params.as_str())));
        }
        Ok(Self { user, password, host, port, params, headers, ..self })
    }

    /// Where `part`, which was cut from the end of the text's path, starts.
    fn offset(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len())
    }

    /// The whole URI as written.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> Scheme<'a> {
        self.scheme
    }

    /// Whether it is a `sip:` or `sips:` URI.
    #[must_use]
    pub const fn is_sip(&self) -> bool {
        matches!(self.scheme, Scheme::Sip | Scheme::Sips)
    }

    /// The user as written; the number of a `tel:` URI; all of an unknown scheme's text.
    #[must_use]
    pub const fn user(&self) -> Option<&'a str> {
        self.user
    }

    /// The user with `%xx` decoded. `None` if there is no user, or what it decodes to is not UTF-8.
    #[must_use]
    pub fn user_decoded(&self) -> Option<Cow<'a, str>> {
        percent_decode(self.user?)
    }

    /// The password as written.
    #[must_use]
    pub const fn password(&self) -> Option<&'a str> {
        self.password
    }

    /// The host as written, an IPv6 address in its brackets; empty for `tel:` and unknown schemes.
    #[must_use]
    pub const fn host(&self) -> &'a str {
        self.host
    }

    /// The host, told apart.
    #[must_use]
    pub fn host_kind(&self) -> Host<'a> {
        host_kind(self.host)
    }

    /// The port, if one is written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// `user@host` as written, or the host alone: what an address-of-record is compared by.
    #[must_use]
    pub fn user_at_host(&self) -> &'a str {
        let start = self.scheme.as_str().len() + 1;
        let end = self.offset(self.host) + self.host.len();
        self.text.get(start..end).unwrap_or_default()
    }

    /// The URI parameters.
    #[must_use]
    pub const fn params(&self) -> Params<'a> {
        self.params
    }

    /// The value of a URI parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params.value(name)
    }

    /// The headers after `?`, as written.
    #[must_use]
    pub const fn headers(&self) -> &'a str {
        self.headers
    }

    /// The URI as written, without its headers.
    #[must_use]
    pub fn without_headers(&self) -> &'a str {
        let end = self.offset(self.headers).saturating_sub(1);
        if self.headers.is_empty() {
            self.text.trim_end_matches('?')
        } else {
            self.text.get(..end).unwrap_or_default()
        }
    }

    /// Whether the `gruu` flag is set ([MS-SIPRE]).
    #[must_use]
    pub fn is_gruu(&self) -> bool {
        self.params.has("gruu")
    }

    /// The `opaque` parameter ([MS-SIPRE]), such as `user:epid:…` or `app:conf:…`.
    #[must_use]
    pub fn opaque(&self) -> Option<&'a str> {
        self.param("opaque")
    }

    /// The `transport` parameter.
    #[must_use]
    pub fn transport(&self) -> Option<&'a str> {
        self.param("transport")
    }

    /// The `maddr` parameter.
    #[must_use]
    pub fn maddr(&self) -> Option<&'a str> {
        self.param("maddr")
    }

    /// The `ms-received-cid` parameter ([MS-SIPRE]).
    #[must_use]
    pub fn received_cid(&self) -> Option<&'a str> {
        self.param("ms-received-cid")
    }

    /// Whether the `lr` flag of a loose router is set.
    #[must_use]
    pub fn is_loose(&self) -> bool {
        self.params.has("lr")
    }

    /// Whether both name the same thing by the rules of RFC 3261 §19.1.4.
    #[must_use]
    pub fn equivalent(&self, other: &Uri<'_>) -> bool {
        /// Parameters that make a difference when only one of the two has them.
        const SIGNIFICANT: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];
        /// Comparing every parameter with every other must not be made expensive; longer ones compare as text.
        const MAX_COMPARED: usize = 2048;
        if self.text == other.text {
            return true;
        }
        if !self.scheme.eq_ignore_case(&other.scheme) {
            return false;
        }
        let long = |uri: &Uri<'_>| uri.params.as_str().len() + uri.headers.len() > MAX_COMPARED;
        if self.host.is_empty() || other.host.is_empty() || long(self) || long(other) {
            return false;
        }
        same_decoded(self.user, other.user)
            && same_decoded(self.password, other.password)
            && self.host_equals(other)
            && self.port == other.port
            && SIGNIFICANT.iter().all(|name| self.params.has(name) == other.params.has(name))
            && agree(self.params, other.params)
            // A name that stands twice, which RFC 3261 forbids, must not make the answer depend on who asks.
            && agree(other.params, self.params)
            && same_headers(self.headers, other.headers)
    }

    fn host_equals(&self, other: &Uri<'_>) -> bool {
        match (self.host_kind(), other.host_kind()) {
            (Host::Name(a), Host::Name(b)) => a.eq_ignore_ascii_case(b),
            (a, b) => a == b,
        }
    }
}

/// A URI equals another byte for byte; [`Uri::equivalent`] is what RFC 3261 means.
impl PartialEq for Uri<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Uri<'_> {}

impl std::fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text)
    }
}

const fn is_forbidden(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'<' | b'>' | b'"' | 0x7f)
}

fn scheme_of(text: &str) -> Option<Scheme<'_>> {
    Some(match text.len() {
        3 if text.eq_ignore_ascii_case("sip") => Scheme::Sip,
        4 if text.eq_ignore_ascii_case("sips") => Scheme::Sips,
        3 if text.eq_ignore_ascii_case("tel") => Scheme::Tel,
        2 if text.eq_ignore_ascii_case("im") => Scheme::Im,
        4 if text.eq_ignore_ascii_case("pres") => Scheme::Pres,
        _ => {
            let starts = text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
            let goes_on = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
            return (starts && goes_on).then_some(Scheme::Other(text));
        }
    })
}

fn split_headers(text: &str) -> (&str, &str) {
    cut(text, b'?').unwrap_or((text, ""))
}

fn split_params(text: &str) -> (&str, Params<'_>) {
    let (before, params) = until(text, [b';']);
    (before, Params::new(params))
}

/// Splits `host[:port]`; `None` if either is not one. An empty port is none.
pub(crate) fn split_host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(inner) => {
            let end = inner.find(']')? + 2;
            let (host, rest) = text.split_at_checked(end)?;
            inner.get(..end - 2)?.parse::<Ipv6Addr>().ok()?;
            (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        }
        None => match cut(text, b':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if !host.starts_with('[') && !is_host_name(host) {
        return None;
    }
    match port {
        None | Some("") => Some((host, None)),
        Some(port) => Some((host, Some(decimal(port)?))),
    }
}

fn is_host_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.bytes().all(is_host_byte)
}

fn host_kind(host: &str) -> Host<'_> {
    if let Some(inner) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'))
        && let Ok(v6) = inner.parse()
    {
        return Host::V6(v6);
    }
    host.parse().map_or(Host::Name(host), Host::V4)
}

/// A decimal number of digits only: no sign, no blanks.
pub(crate) fn decimal<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn percent_decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = hex_digit(bytes.next()?)?;
            let low = hex_digit(bytes.next()?)?;
            out.push(high << 4 | low);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn same_decoded(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            a == b || matches!((percent_decode(a), percent_decode(b)), (Some(a), Some(b)) if a == b)
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Whether no parameter of `a` has another value in `b`.
fn agree(a: Params<'_>, b: Params<'_>) -> bool {
    a.iter().all(|mine| {
        b.get(mine.name).is_none_or(|theirs| {
            mine.raw.unwrap_or_default().eq_ignore_ascii_case(theirs.raw.unwrap_or_default())
        })
    })
}

fn same_headers(a: &str, b: &str) -> bool {
    fn covers(a: &str, b: &str) -> bool {
        a.split('&').all(|mine| {
            let (name, value) = mine.split_once('=').unwrap_or((mine, ""));
            b.split('&').any(|theirs| {
                let (their_name, their_value) = theirs.split_once('=').unwrap_or((theirs, ""));
                name.eq_ignore_ascii_case(their_name) && same_decoded(Some(value), Some(their_value))
            })
        })
    }
    a == b || (a.split('&').count() == b.split('&').count() && covers(a, b) && covers(b, a))
}

/// Escapes text so that it can stand as the user of a SIP URI.
#[must_use]
pub fn escape_user(text: &str) -> Cow<'_, str> {
    const fn plain(byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'_'
                    | b'.'
                    | b'!'
                    | b'~'
                    | b'*'
                    | b'\''
                    | b'('
                    | b')'
                    | b'&'
                    | b'='
                    | b'+'
                    | b'$'
                    | b','
            )
    }
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            const DIGITS: [char; 16] =
                ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
            out.push('%');
            out.extend(DIGITS.get(usize::from(byte >> 4)));
            out.extend(DIGITS.get(usize::from(byte & 15)));
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
#[path = "uri_tests.rs"]
mod tests;
