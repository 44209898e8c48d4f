//! What must hold for any bytes that a client sends, one property a target.
//!
//! Each property takes bytes and returns, or panics with what it found. Nothing here knows where the bytes come from:
//! `fuzz/` looks for new ones, guided by coverage, and `tests/corpus.rs` tries the ones that were worth keeping.
//! What is read is the wire: SIP, its authentication, Microsoft's bodies, and the words of instant messages. SDP is
//! handed on and never read.

mod address;
mod bodies;
mod documents;
mod framing;
mod message;
mod ntlm;
mod signing;
mod transactions;
mod words;
mod xml;

/// A property, and the name of its corpus below `fuzz/corpus`.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of the target and of its corpus.
    pub name: &'static str,
    /// Panics when the property does not hold for these bytes.
    pub check: fn(&[u8]),
}

/// Every property, in the order in which a message meets them.
pub const TARGETS: &[Target] = &[
    Target { name: "framing", check: framing::check },
    Target { name: "message", check: message::check },
    Target { name: "transactions", check: transactions::check },
    Target { name: "address", check: address::check },
    Target { name: "ntlm-header", check: ntlm::check_header },
    Target { name: "ntlm-token", check: ntlm::check_token },
    Target { name: "signing", check: signing::check },
    Target { name: "xml", check: xml::check },
    Target { name: "publish", check: bodies::publish::check },
    Target { name: "subscribe", check: bodies::subscribe::check },
    Target { name: "self", check: bodies::own::check },
    Target { name: "contacts", check: bodies::contacts::check },
    Target { name: "documents", check: documents::check },
    Target { name: "words", check: words::check },
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
