//! Every Microsoft body on the wire, without I/O: categories, containers, contacts, provisioning.
//!
//! This crate owns the XML reader with its limits and one plain struct per document. Bytes come in
//! and give a value or a [`BodyError`]; values go out as text appended to a `String`. It knows no
//! rule of presence or of contacts: who may see what, which version is right and what a change means
//! is decided elsewhere.
//!
//! | module | documents | specification |
//! | --- | --- | --- |
//! | [`xml`] | reading within limits, raw fragments, escaping | XML 1.0, Namespaces in XML |
//! | [`publish`], [`fault`] | `publish`, the `Fault` of a version conflict | \[MS-PRES\] |
//! | [`state`], [`calendar`], [`value`] | what stands inside a category | \[MS-PRES\] 2.2.2 |
//! | [`roaming_self`], [`container`] | `roamingList`, `roamingData`, `setContainerMembers`, `setSubscribers` | \[MS-PRES\] |
//! | [`subscribe`], [`watch`] | `batchSub`; `categories`, `list`, multipart/related | \[MS-PRES\], RFC 4662 |
//! | [`contacts`], [`soap`] | `contactList`, `contactDelta`; methods in SOAP envelopes | \[MS-SIP\] 2.2.4, 9 |
//! | [`provisioning`] | `provisioningGroupList`, `provisionGroupList` | \[MS-SIPREGE\] 2.2.2 |
//! | [`legacy`], [`registration`] | what Live Communications Server 2005 clients ask for; the end of a registration | \[MS-SIP\] 2.2.3, \[MS-SIPREGE\] |
//!
//! Text in and text out share one convention: a *raw* text is XML that is put into documents as it
//! stands, everything else is escaped on its way out.
#![warn(clippy::indexing_slicing, clippy::panic)]

pub mod calendar;
pub mod contacts;
pub mod container;
mod error;
pub mod fault;
pub mod legacy;
pub mod provisioning;
pub mod publish;
pub mod registration;
pub mod roaming_self;
pub mod soap;
pub mod state;
pub mod subscribe;
pub mod time;
pub mod value;
pub mod watch;
pub mod xml;

pub use error::{BodyError, What};
pub use publish::{ExpireType, Publication, Publish};
pub use state::StateFacts;
pub use xml::{Fragment, Limits};
