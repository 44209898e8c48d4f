//! Header names: the known ones as one byte, the compact forms, and the lookup that ignores case.

macro_rules! header_names {
    ($($variant:ident = $text:literal,)*) => {
        /// A header this crate has a name for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum HeaderName {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
            /// Any other; its name is kept as text.
            Other,
        }

        const KNOWN: &[(HeaderName, &str)] = &[$((HeaderName::$variant, $text),)*];
    };
}

header_names! {
    Accept = "Accept",
    AcceptContact = "Accept-Contact",
    AcceptEncoding = "Accept-Encoding",
    AcceptLanguage = "Accept-Language",
    AlertInfo = "Alert-Info",
    Allow = "Allow",
    AllowEvents = "Allow-Events",
    AuthenticationInfo = "Authentication-Info",
    Authorization = "Authorization",
    CallId = "Call-ID",
    CallInfo = "Call-Info",
    Compression = "Compression",
    Contact = "Contact",
    ContentDisposition = "Content-Disposition",
    ContentEncoding = "Content-Encoding",
    ContentId = "Content-ID",
    ContentLanguage = "Content-Language",
    ContentLength = "Content-Length",
    ContentType = "Content-Type",
    CSeq = "CSeq",
    Date = "Date",
    Diversion = "Diversion",
    EndPoints = "EndPoints",
    ErrorInfo = "Error-Info",
    Event = "Event",
    Expires = "Expires",
    From = "From",
    HistoryInfo = "History-Info",
    Identity = "Identity",
    IdentityInfo = "Identity-Info",
    InReplyTo = "In-Reply-To",
    MaxForwards = "Max-Forwards",
    MimeVersion = "MIME-Version",
    MinExpires = "Min-Expires",
    MinSe = "Min-SE",
    MsConversationId = "Ms-Conversation-ID",
    MsDiagnostics = "ms-diagnostics",
    MsKeepAlive = "ms-keep-alive",
    MsPiggybackCseq = "ms-piggyback-cseq",
    MsTextFormat = "ms-text-format",
    MsUserLogonData = "ms-user-logon-data",
    Organization = "Organization",
    PAssertedIdentity = "P-Asserted-Identity",
    PPreferredIdentity = "P-Preferred-Identity",
    Path = "Path",
    Priority = "Priority",
    Privacy = "Privacy",
    ProxyAuthenticate = "Proxy-Authenticate",
    ProxyAuthenticationInfo = "Proxy-Authentication-Info",
    ProxyAuthorization = "Proxy-Authorization",
    ProxyRequire = "Proxy-Require",
    RAck = "RAck",
    Reason = "Reason",
    RecordRoute = "Record-Route",
    ReferTo = "Refer-To",
    ReferredBy = "Referred-By",
    RejectContact = "Reject-Contact",
    Replaces = "Replaces",
    ReplyTo = "Reply-To",
    RequestDisposition = "Request-Disposition",
    Require = "Require",
    RetryAfter = "Retry-After",
    RosterManager = "Roster-Manager",
    Route = "Route",
    RSeq = "RSeq",
    Server = "Server",
    ServiceRoute = "Service-Route",
    SessionExpires = "Session-Expires",
    SipEtag = "SIP-ETag",
    SipIfMatch = "SIP-If-Match",
    Subject = "Subject",
    SubscriptionState = "Subscription-State",
    Supported = "Supported",
    Timestamp = "Timestamp",
    To = "To",
    Unsupported = "Unsupported",
    UserAgent = "User-Agent",
    Via = "Via",
    Warning = "Warning",
    WwwAuthenticate = "WWW-Authenticate",
}

const SLOTS: usize = 256;
const EMPTY: u8 = u8::MAX;

/// Where the search for a name starts: its length and its two ends tell nearly all known names apart. The factors were
/// chosen so that they do.
const fn slot(name: &[u8]) -> usize {
    let (first, last) = match name {
        [] => (0, 0),
        [only] => (*only, *only),
        [first, .., last] => (*first, *last),
    };
    let first = (first | 0x20) as usize;
    let last = (last | 0x20) as usize;
    (name.len().wrapping_mul(13) + first.wrapping_mul(25) + last.wrapping_mul(29)) % SLOTS
}

/// Index into [`KNOWN`] by [`slot`], open addressing; at most a third of it is taken.
static TABLE: [u8; SLOTS] = table();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, where a wrong index is a build error"
)]
const fn table() -> [u8; SLOTS] {
    let mut table = [EMPTY; SLOTS];
    let mut i = 0;
    while i < KNOWN.len() {
        let mut at = slot(KNOWN[i].1.as_bytes());
        while table[at] != EMPTY {
            at = (at + 1) % SLOTS;
        }
        table[at] = i as u8;
        i += 1;
    }
    table
}

impl HeaderName {
    /// Finds a name, whatever its case, its compact form included; [`HeaderName::Other`] if it is not known.
    #[must_use]
    pub fn lookup(name: &str) -> Self {
        if let [letter] = name.as_bytes() {
            return Self::of_compact(*letter);
        }
        let mut at = slot(name.as_bytes());
        for _ in 0..SLOTS {
            let Some((known, text)) = TABLE.get(at).and_then(|i| KNOWN.get(usize::from(*i))) else {
                return Self::Other;
            };
            // Most names come in the case they are known in.
            if *text == name || text.eq_ignore_ascii_case(name) {
                return *known;
            }
            at = (at + 1) % SLOTS;
        }
        Self::Other
    }

    fn of_compact(letter: u8) -> Self {
        match letter.to_ascii_lowercase() {
            b'a' => Self::AcceptContact,
            b'b' => Self::ReferredBy,
            b'c' => Self::ContentType,
            b'd' => Self::RequestDisposition,
            b'e' => Self::ContentEncoding,
            b'f' => Self::From,
            b'i' => Self::CallId,
            b'j' => Self::RejectContact,
            b'k' => Self::Supported,
            b'l' => Self::ContentLength,
            b'm' => Self::Contact,
            b'n' => Self::IdentityInfo,
            b'o' => Self::Event,
            b'r' => Self::ReferTo,
            b's' => Self::Subject,
            b't' => Self::To,
            b'u' => Self::AllowEvents,
            b'v' => Self::Via,
            b'x' => Self::SessionExpires,
            b'y' => Self::Identity,
            _ => Self::Other,
        }
    }

    /// The long name as it is written; empty for [`HeaderName::Other`].
    #[must_use]
    pub fn as_str(self) -> &'static str {
        KNOWN.get(self as usize).map_or("", |(_, text)| text)
    }

    /// Whether a message may carry this header only once, so that two of them make it ambiguous who speaks or what
    /// is meant.
    pub(crate) const fn is_single(self) -> bool {
        matches!(
            self,
            Self::From
                | Self::To
                | Self::CallId
                | Self::CSeq
                | Self::MaxForwards
                | Self::ContentType
                | Self::Event
                | Self::Expires
        )
    }
}

/// A header name as it is asked for: known, or as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'a> {
    /// A known name.
    Known(HeaderName),
    /// Any other; compared without case.
    Text(&'a str),
}

impl<'a> Name<'a> {
    pub(crate) fn text(self) -> &'a str {
        match self {
            Self::Known(known) => known.as_str(),
            Self::Text(text) => text,
        }
    }
}

impl From<HeaderName> for Name<'_> {
    fn from(name: HeaderName) -> Self {
        Self::Known(name)
    }
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(text: &'a str) -> Self {
        match HeaderName::lookup(text) {
            HeaderName::Other => Self::Text(text),
            known => Self::Known(known),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_found_in_any_case() {
        for (name, text) in KNOWN {
            assert_eq!(HeaderName::lookup(text), *name);
            assert_eq!(HeaderName::lookup(&text.to_uppercase()), *name);
            assert_eq!(HeaderName::lookup(&text.to_lowercase()), *name);
            assert_eq!(name.as_str(), *text);
        }
        for text in ["", "X-Foo", "Vi", "Viaa", "z", "From "] {
            assert_eq!(HeaderName::lookup(text), HeaderName::Other, "{text:?}");
        }
    }

    #[test]
    fn compact_forms_are_found() {
        assert_eq!(HeaderName::lookup("v"), HeaderName::Via);
        assert_eq!(HeaderName::lookup("L"), HeaderName::ContentLength);
        assert_eq!(HeaderName::lookup("k"), HeaderName::Supported);
    }
}
