//! Listeners, TLS and certificates, telling SIP from HTTP on one port, bounds per address, answers to ACME challenges.
//!
//! An [`Edge`] hands accepted [`Stream`]s to the faces. It knows no SIP beyond the first line's shape, no tenant and
//! no configuration file: a plain [`EdgeConfig`] comes in. TLS is rustls with aws-lc-rs, versions 1.2 and 1.3,
//! ephemeral key exchange and AEAD only, without early data; plain TCP listens on loopback addresses alone.
#![warn(missing_docs)]

mod accept;
mod bounds;
mod certificate;
mod challenge;
mod der;
mod development;
mod end_point;
mod files;
mod listen;
mod probe;
mod protocol;
mod stream;
mod tls;
mod turned_away;
mod validity;

pub use accept::{Accepted, Edge, EdgeConfig};
pub use bounds::{Bounds, ConnectionPermit};
pub use certificate::{CertStore, CertificateError, CertificateInfo, CertificateSource};
pub use challenge::ChallengeAnswer;
pub use files::write_private;
pub use listen::{Listen, ListenError, Offer};
pub use probe::{Authorities, Seen, probe};
pub use protocol::Protocol;
pub use stream::Stream;
