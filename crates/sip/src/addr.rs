//! `name-addr` and `addr-spec` with parameters: From, To, Contact, Route and their like, RFC 3261 §20.10.

use std::borrow::Cow;

use crate::error::ParseError;
use crate::params::Params;
use crate::quote::{take_quoted, trim, unquote};
use crate::scan::{cut, until};
use crate::uri::{Uri, decimal};

/// An address with a display name and parameters; borrows the header value it was parsed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameAddr<'a> {
    display: &'a str,
    uri: &'a str,
    params: Params<'a>,
}

/// One element of a Contact header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact<'a> {
    /// `*`: all bindings, in a REGISTER that removes them.
    Star,
    /// An address.
    Addr(NameAddr<'a>),
}

impl<'a> NameAddr<'a> {
    /// Parses one element. The URI is cut out, not looked into: see [`NameAddr::uri`].
    ///
    /// # Errors
    /// A quote or a bracket is not closed, or what follows the address is no parameter.
    pub fn parse(value: &'a str) -> Result<Self, ParseError> {
        let value = trim(value);
        let (display, rest) = if value.starts_with('"') {
            let (display, rest) =
                take_quoted(value).ok_or(ParseError::new("quoted display name does not end", 0))?;
            let rest = trim(rest);
            if !rest.starts_with('<') {
                return Err(ParseError::new("display name without an address", display.len()));
            }
            (display, rest)
        } else {
            match until(value, [b'<', b';']) {
                (display, rest) if rest.starts_with('<') => (trim(display), rest),
                _ => return Self::parse_bare(value),
            }
        };
        if !display.is_empty() && !display.starts_with('"') && display.contains(['"', '>', ',', '@', ':']) {
            return Err(ParseError::new("display name must be quoted", 0));
        }
        let inner = rest.strip_prefix('<').unwrap_or(rest);
        let (uri, tail) = cut(inner, b'>').ok_or(ParseError::new("address without its >", value.len()))?;
        let params = trim(tail);
        Self::checked(display, trim(uri), params, value)
    }

    /// An `addr-spec`: without brackets all parameters belong to the header, and `?` and `,` have no place.
    fn parse_bare(value: &'a str) -> Result<Self, ParseError> {
        let (uri, params) = until(value, [b';']);
        let uri = trim(uri);
        if let Some(at) = uri.find(['?', ',', '>', '"', ' ', '\t']) {
            return Err(ParseError::new("address must stand in brackets", at));
        }
        Self::checked("", uri, params, value)
    }

    fn checked(display: &'a str, uri: &'a str, params: &'a str, value: &str) -> Result<Self, ParseError> {
        if uri.is_empty() {
            return Err(ParseError::new("address without a URI", 0));
        }
        let params_text = Params::new(params);
        let starts = params.is_empty() || params.starts_with(';');
        if !starts || !params_text.is_of_one_element() {
            return Err(ParseError::new(
                "what follows the address is no parameter",
                value.len() - params.len(),
            ));
        }
        Ok(Self { display, uri, params: params_text })
    }

    /// The display name with quotes and escapes undone; empty if there is none.
    #[must_use]
    pub fn display_name(&self) -> Cow<'a, str> {
        unquote(self.display)
    }

    /// The display name as written, quotes included.
    #[must_use]
    pub const fn display_raw(&self) -> &'a str {
        self.display
    }

    /// The URI as written.
    #[must_use]
    pub const fn uri_text(&self) -> &'a str {
        self.uri
    }

    /// The URI.
    ///
    /// # Errors
    /// It is not one.
    pub fn uri(&self) -> Result<Uri<'a>, ParseError> {
        Uri::parse(self.uri)
    }

    /// The parameters of the header (not those inside the brackets).
    #[must_use]
    pub const fn params(&self) -> Params<'a> {
        self.params
    }

    /// The value of a header parameter, without quotes.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params.value(name)
    }

    /// The `tag` of a From or To.
    #[must_use]
    pub fn tag(&self) -> Option<&'a str> {
        self.param("tag").filter(|tag| !tag.is_empty())
    }

    /// The `epid` of a From or To ([MS-SIPRE]).
    #[must_use]
    pub fn epid(&self) -> Option<&'a str> {
        self.param("epid").filter(|epid| !epid.is_empty())
    }

    /// The `expires` of a Contact in seconds; `None` if it is missing or no number.
    #[must_use]
    pub fn expires_secs(&self) -> Option<u32> {
        decimal(self.param("expires")?)
    }

    /// The `+sip.instance` of a Contact without quotes and brackets, such as `urn:uuid:…`.
    #[must_use]
    pub fn instance(&self) -> Option<&'a str> {
        let value = self.param("+sip.instance")?;
        Some(value.strip_prefix('<').and_then(|v| v.strip_suffix('>')).unwrap_or(value))
    }

    /// Whether a Contact asks for `proxy=replace` ([MS-SIP] §3.1.5.3).
    #[must_use]
    pub fn is_proxy_replace(&self) -> bool {
        self.param("proxy").is_some_and(|value| value.eq_ignore_ascii_case("replace"))
    }
}

impl<'a> Contact<'a> {
    /// Parses one element of a Contact header.
    ///
    /// # Errors
    /// As [`NameAddr::parse`].
    pub fn parse(value: &'a str) -> Result<Self, ParseError> {
        if trim(value) == "*" { Ok(Self::Star) } else { NameAddr::parse(value).map(Self::Addr) }
    }

    /// The address, unless it is `*`.
    #[must_use]
    pub const fn addr(&self) -> Option<NameAddr<'a>> {
        match self {
            Self::Star => None,
            Self::Addr(addr) => Some(*addr),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_all_their_forms_are_read() {
        let a = NameAddr::parse("\"Kim \\\"K\\\" Lee\" <sip:kim@example.com;x=1>;tag=12;epid=ab").unwrap();
        assert_eq!(a.display_name(), "Kim \"K\" Lee");
        assert_eq!((a.uri_text(), a.tag(), a.epid()), ("sip:kim@example.com;x=1", Some("12"), Some("ab")));
        let a = NameAddr::parse("sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n").unwrap();
        assert_eq!((a.uri_text(), a.tag()), ("sip:vivekg@chair-dnrc.example.com", Some("1918181833n")));
        let a = NameAddr::parse("Kim Lee <sip:kim@example.com>").unwrap();
        assert_eq!((a.display_name().as_ref(), a.tag()), ("Kim Lee", None));
        let a = NameAddr::parse("\"Alice\"<sip:alice@example.com>").unwrap();
        assert_eq!(a.display_name(), "Alice");
        let a = NameAddr::parse("caller<sip:caller@example.com>;tag=323").unwrap();
        assert_eq!(a.display_raw(), "caller");
    }

    #[test]
    fn the_contact_of_a_real_registration_is_read() {
        let value = "<sip:127.0.0.1:56964;transport=tls;ms-opaque=d3470f2e1d>;methods=\"INVITE, MESSAGE\";proxy=replace;\
                     +sip.instance=\"<urn:uuid:b7878522-d7fe-5c33-b30d-265f6618ae78>\";expires=7200";
        let contact = Contact::parse(value).unwrap().addr().unwrap();
        assert!(contact.is_proxy_replace());
        assert_eq!(contact.instance(), Some("urn:uuid:b7878522-d7fe-5c33-b30d-265f6618ae78"));
        assert_eq!((contact.expires_secs(), contact.param("methods")), (Some(7200), Some("INVITE, MESSAGE")));
        assert_eq!(Contact::parse(" * "), Ok(Contact::Star));
    }

    #[test]
    fn an_address_that_could_be_read_two_ways_is_an_error() {
        for bad in [
            "",
            "<>",
            "<sip:a@b",
            "\"Kim <sip:a@b>",
            "\"Kim\" sip:a@b",
            "sip:a@b?x=y",
            "sip:a@b, sip:c@d",
            "<sip:a@b>tag=1",
            "<sip:a@b> <sip:c@d>",
            "<sip:a@b>;tag=\"1",
            "<sip:a@b>;tag=1, <sip:c@d>;tag=2",
            "<sip:a@b>;tag=1<sip:c@d>",
            "<sip:a@b>;x,y",
            "sip:a@b;tag=1, sip:c@d",
            "Bell, Alexander <sip:a.g.bell@bell-tel.com>;tag=43",
            "sip:a@b <sip:c@d>",
        ] {
            assert!(NameAddr::parse(bad).is_err(), "{bad:?}");
        }
    }
}
