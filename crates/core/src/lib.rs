//! The rules, pure: presence, access, contacts, identity, policy.
//!
//! No I/O, no clock, no async and no wire format: time and chance are arguments, XML is an opaque value.
#![warn(missing_docs)]

pub mod contacts;
pub mod directory;
pub mod identity;
pub mod policy;
pub mod presence;
pub mod refusal;
