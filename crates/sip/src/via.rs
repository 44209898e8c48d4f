//! The Via header, RFC 3261 §20.42.

use crate::error::ParseError;
use crate::params::Params;
use crate::quote::{is_token, trim, trim_start};
use crate::scan::{cut, until};
use crate::uri::split_host_port;

/// One Via element; borrows the header value it was parsed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via<'a> {
    transport: &'a str,
    sent_by: &'a str,
    host: &'a str,
    port: Option<u16>,
    params: Params<'a>,
}

/// How the branch of everybody who implements RFC 3261 starts.
pub(crate) const MAGIC_COOKIE: &str = "z9hG4bK";

impl<'a> Via<'a> {
    /// Parses one element.
    ///
    /// # Errors
    /// The protocol is not `SIP/2.0`, or the sent-by is no host with a port, or what follows is no parameter.
    pub fn parse(value: &'a str) -> Result<Self, ParseError> {
        let error = |what| ParseError::new(what, 0);
        let rest = match value.strip_prefix("SIP/2.0/") {
            Some(rest) => rest,
            None => after_spaced_protocol(value).ok_or(error("Via of another protocol"))?,
        };
        let (transport, rest) = until(rest, [b' ', b'\t']);
        if !is_token(transport) {
            return Err(error("Via transport is not a token"));
        }
        let (sent_by, params) = until(rest, [b';']);
        let sent_by = trim(sent_by);
        let (host, port) = match split_host_port(sent_by) {
            Some(parts) => parts,
            None => spaced_host_port(sent_by).ok_or(error("Via sent-by is no host"))?,
        };
        let params = Params::new(params);
        if !params.is_of_one_element() {
            return Err(error("Via parameter is not one"));
        }
        Ok(Self { transport, sent_by, host, port, params })
    }

    /// The transport as written, such as `TLS` or `tls`.
    #[must_use]
    pub const fn transport(&self) -> &'a str {
        self.transport
    }

    /// Host and port as written.
    #[must_use]
    pub const fn sent_by(&self) -> &'a str {
        self.sent_by
    }

    /// The host as written, an IPv6 address in its brackets.
    #[must_use]
    pub const fn host(&self) -> &'a str {
        self.host
    }

    /// The port, if one is written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The parameters.
    #[must_use]
    pub const fn params(&self) -> Params<'a> {
        self.params
    }

    /// The branch, whatever it starts with.
    #[must_use]
    pub fn branch(&self) -> Option<&'a str> {
        self.params.value("branch").filter(|branch| !branch.is_empty())
    }

    /// The branch, if it is one of RFC 3261 and so identifies the transaction.
    #[must_use]
    pub fn unique_branch(&self) -> Option<&'a str> {
        self.branch().filter(|branch| {
            branch.len() > MAGIC_COOKIE.len()
                && branch
                    .get(..MAGIC_COOKIE.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(MAGIC_COOKIE))
        })
    }

    /// The `received` parameter.
    #[must_use]
    pub fn received(&self) -> Option<&'a str> {
        self.params.value("received")
    }
}

/// What follows `SIP / 2.0 /` with blanks or in another case.
fn after_spaced_protocol(value: &str) -> Option<&str> {
    let (protocol, rest) = cut(value, b'/')?;
    let (version, rest) = cut(rest, b'/')?;
    (trim(protocol).eq_ignore_ascii_case("SIP") && trim(version) == "2.0").then_some(trim_start(rest))
}

/// `host : port` with blanks, which the grammar allows and nobody but a test writes.
fn spaced_host_port(sent_by: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = sent_by.rsplit_once(':')?;
    let (host, none) = split_host_port(trim(host))?;
    match none {
        None => Some((host, Some(crate::uri::decimal(trim(port))?))),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vias_of_real_clients_are_read() {
        let via = Via::parse("SIP/2.0/tls 127.0.0.1:56964;branch=z9hG4bKC7C41F6402E28C8A2A89").unwrap();
        assert_eq!((via.transport(), via.host(), via.port()), ("tls", "127.0.0.1", Some(56964)));
        assert_eq!(via.unique_branch(), Some("z9hG4bKC7C41F6402E28C8A2A89"));
        let via = Via::parse("SIP/2.0/tls 127.0.0.1:52410").unwrap();
        assert_eq!((via.branch(), via.sent_by()), (None, "127.0.0.1:52410"));
        let via = Via::parse("SIP / 2.0\t/ TCP  [2001:db8::9:255] : 5060 ;received=[2001:db8::9:1];branch=1")
            .unwrap();
        assert_eq!((via.transport(), via.host(), via.port()), ("TCP", "[2001:db8::9:255]", Some(5060)));
        assert_eq!((via.branch(), via.unique_branch()), (Some("1"), None));
    }

    #[test]
    fn what_is_no_via_is_an_error() {
        for bad in [
            "",
            "SIP/2.0",
            "SIP/2.0/TCP",
            "SIP/3.0/TCP a",
            "HTTP/2.0/TCP a",
            "SIP/2.0/TCP ;branch=x",
            "SIP/2.0/TCP a:b",
            "SIP/2.0/TCP a;received=<;branch=b,c>",
        ] {
            assert!(Via::parse(bad).is_err(), "{bad:?}");
        }
    }
}
