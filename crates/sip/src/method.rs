//! Request methods: RFC 3261 §7.1, its extensions, and Microsoft's ([MS-SIPRE], [MS-CONMGMT]). Case-sensitive.

use crate::quote::is_token;

macro_rules! methods {
    ($($variant:ident = $text:literal,)*) => {
        /// The method of a request.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Method {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
            /// Any other token, kept byte for byte.
            Other(OtherMethod),
        }

        impl Method {
            /// Reads a method. Unknown ones are kept; `None` means that `text` is no token.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ if text.len() <= OtherMethod::MAX_LEN && is_token(text) => {
                        Some(Self::Other(OtherMethod(text.into())))
                    }
                    _ => None,
                }
            }

            /// The method as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(other) => &other.0,
                }
            }
        }
    };
}

methods! {
    Register = "REGISTER",
    Invite = "INVITE",
    Ack = "ACK",
    Bye = "BYE",
    Cancel = "CANCEL",
    Options = "OPTIONS",
    Message = "MESSAGE",
    Info = "INFO",
    Subscribe = "SUBSCRIBE",
    Notify = "NOTIFY",
    Benotify = "BENOTIFY",
    Service = "SERVICE",
    Negotiate = "NEGOTIATE",
    Refer = "REFER",
    Update = "UPDATE",
    Prack = "PRACK",
    Publish = "PUBLISH",
}

/// The token of a method this crate has no name for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OtherMethod(Box<str>);

impl OtherMethod {
    const MAX_LEN: usize = 64;

    /// The token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Method {
    /// Whether a request of this method is never answered: ACK (RFC 3261 §17) and BENOTIFY ([MS-SIP]).
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Ack | Self::Benotify)
    }

    /// Whether a success makes a dialog: INVITE, SUBSCRIBE and REFER.
    #[must_use]
    pub fn forms_dialog(&self) -> bool {
        matches!(self, Self::Invite | Self::Subscribe | Self::Refer)
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_case_sensitive_and_unknown_tokens_are_kept() {
        assert_eq!(Method::parse("INVITE"), Some(Method::Invite));
        let lower = Method::parse("invite").unwrap();
        assert_ne!(lower, Method::Invite);
        assert_eq!(lower.as_str(), "invite");
        assert_eq!(
            Method::parse("!interesting-Method0123456789_*+`.%indeed'~").map(|m| m.to_string().len()),
            Some(43)
        );
    }

    #[test]
    fn a_method_cannot_carry_a_second_line() {
        for bad in ["", "A B", "A\r\nX: y", "A\0", "Ä", &"A".repeat(65)] {
            assert_eq!(Method::parse(bad), None, "{bad:?}");
        }
    }
}
