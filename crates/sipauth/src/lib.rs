//! NTLM and SIP message signatures without I/O ([MS-SIPAE], [MS-NLMP]).
//!
//! The crate owns the sign-in of an endpoint and the signature of every message after it:
//!
//! - [`ntlm`]: our own connectionless NTLMv2, acceptor and initiator;
//! - [`signature`]: the text that is signed and the sixteen bytes that sign it;
//! - [`header`]: the authentication headers, read and written;
//! - [`association`]: the server's state machine, from the challenge to the last signature;
//! - [`client`]: its twin on the client's side, for scripted endpoints;
//! - [`message`]: what is signed, taken out of a SIP message.
//!
//! It owns no socket, clock, randomness or account: the time, the random bytes and the candidate
//! password hashes come in as arguments. Kerberos and TLS-DSK are not spoken.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use rapport_sipauth::association::{Acceptor, Opaque, REALM, Version};
//! use rapport_sipauth::header::AuthParams;
//! use rapport_sipauth::ntlm::TargetNames;
//!
//! # fn serve(now: Instant) -> Option<()> {
//! let names = TargetNames {
//!     netbios_domain: "EXAMPLE",
//!     netbios_computer: "OCS",
//!     dns_domain: "example.com",
//!     dns_computer: "ocs.example.com",
//!     dns_tree: "example.com",
//! };
//! let acceptor = Acceptor::new(REALM, "ocs.example.com", &names).ok()?;
//! let mut offer = String::new();
//! acceptor.offer(&mut offer);
//! assert_eq!(offer, r#"NTLM realm="SIP Communications Service", targetname="ocs.example.com", version=4"#);
//!
//! let line = r#"NTLM qop="auth", realm="SIP Communications Service", targetname="ocs.example.com", gssapi-data="", version=4"#;
//! let credentials = acceptor.pick([line], None)?;
//! let version = Version::negotiate(credentials.version)?;
//! let half_open = acceptor.challenge(Opaque(0x2BDB_AC9D), [7; 8], version, now);
//! # let _ = (half_open, AuthParams::parse(line));
//! # Some(())
//! # }
//! ```

#![warn(clippy::indexing_slicing, clippy::panic)]

pub mod association;
pub mod client;
pub mod header;
pub mod message;
pub mod ntlm;
pub mod signature;
mod window;
