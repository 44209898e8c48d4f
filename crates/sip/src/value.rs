//! Small header values: CSeq, Content-Type, and numbers.

use crate::error::ParseError;
use crate::method::Method;
use crate::params::Params;
use crate::quote::{is_token, trim};
use crate::scan::{cut, until};
use crate::uri::decimal;

/// The CSeq header, RFC 3261 §20.16.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CSeq {
    /// The sequence number.
    pub number: u32,
    /// The method of the request, or of the request that a response answers.
    pub method: Method,
}

impl CSeq {
    /// Parses a CSeq value.
    ///
    /// # Errors
    /// The number is not below 2^31, or no method follows.
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        let (number, method) = until(value, [b' ', b'\t']);
        if method.is_empty() {
            return Err(ParseError::new("CSeq without a method", 0));
        }
        let number: u32 =
            decimal(number).filter(|n| *n < 1 << 31).ok_or(ParseError::new("CSeq number is not one", 0))?;
        let method = Method::parse(trim(method)).ok_or(ParseError::new("CSeq method is not one", 0))?;
        Ok(Self { number, method })
    }
}

impl std::fmt::Display for CSeq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// The Content-Type header, RFC 3261 §20.15.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentType<'a> {
    /// The type, such as `text`.
    pub kind: &'a str,
    /// The subtype, such as `plain`.
    pub subtype: &'a str,
    /// The parameters.
    pub params: Params<'a>,
}

impl<'a> ContentType<'a> {
    /// Parses a Content-Type value.
    ///
    /// # Errors
    /// It is no type with a subtype.
    pub fn parse(value: &'a str) -> Result<Self, ParseError> {
        let (media, params) = until(value, [b';']);
        let (kind, subtype) = cut(media, b'/').ok_or(ParseError::new("Content-Type without a subtype", 0))?;
        let (kind, subtype) = (trim(kind), trim(subtype));
        if !is_token(kind) || !is_token(subtype) {
            return Err(ParseError::new("Content-Type is not one", 0));
        }
        Ok(Self { kind, subtype, params: Params::new(params) })
    }

    /// Whether type and subtype are these, such as `text/plain`, without regard to case.
    #[must_use]
    pub fn is(&self, media: &str) -> bool {
        cut(media, b'/').is_some_and(|(kind, subtype)| {
            kind.eq_ignore_ascii_case(self.kind) && subtype.eq_ignore_ascii_case(self.subtype)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cseq_is_read_and_written() {
        let cseq = CSeq::parse("0009  INVITE").unwrap();
        assert_eq!((cseq.number, cseq.method.clone()), (9, Method::Invite));
        assert_eq!(cseq.to_string(), "9 INVITE");
        for bad in [
            "",
            "1",
            "INVITE",
            "-1 INVITE",
            "+1 INVITE",
            "2147483648 INVITE",
            "1 A B",
            "36893488147419103232 REGISTER",
        ] {
            assert!(CSeq::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_content_type_is_read() {
        let ct = ContentType::parse("text/plain; charset=UTF-8;msgr=WAAt").unwrap();
        assert!(ct.is("TEXT/Plain"));
        assert_eq!(ct.params.value("charset"), Some("UTF-8"));
        assert_eq!(ct.params.value("msgr"), Some("WAAt"));
        assert!(
            ContentType::parse("application/xml+conversationinfo")
                .unwrap()
                .is("application/xml+conversationinfo")
        );
        assert!(ContentType::parse("text").is_err());
    }
}
