//! Between the bodies on the wire and the values of the domain, without deciding anything.
//!
//! Reading takes what `rapport_msbody` has parsed and gives what `rapport_core` asks for; writing goes the other way and
//! gives text. Who may see what, which version is right and what a change means is decided elsewhere. No I/O, no clock.
//!
//! The wire names people by address, the domain by number. Requests therefore go in two steps: the first gives the
//! addresses that occur in it, the caller finds out whose they are, the second takes the answer. What is written takes a
//! table of addresses; somebody who is not in it has none any more and is left out.

pub(crate) mod contacts;
pub(crate) mod members;
pub(crate) mod own;
pub(crate) mod provisioning;
pub(crate) mod publish;
#[cfg(test)]
mod samples;
pub(crate) mod value;
pub(crate) mod view;

use std::collections::BTreeMap;

use rapport_core::directory::PersonRef;
use rapport_model::{AddressError, Aor, Timestamp};

/// Says why a request that is well-formed has no meaning to the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Untranslatable {
    /// A publication that shall live for a time, without saying how long.
    #[error("a publication with a time to live has no expires")]
    NoExpiry,
    /// A container beyond the greatest.
    #[error("there is no container {0}")]
    Container(u32),
    /// What should name a person or a domain is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A method that changes no contact list.
    #[error("the method changes no contact list")]
    Method,
}

/// The address of somebody, if they still have one; a bare address is its own.
fn address<'a>(who: &'a PersonRef, addresses: &'a BTreeMap<PersonRef, Aor>) -> Option<&'a Aor> {
    match who {
        PersonRef::Person(_) => addresses.get(who),
        PersonRef::Address(address) => Some(address),
    }
}

/// Milliseconds since 1970 as the bodies have them; a moment before counts as 1970.
fn millis(moment: Timestamp) -> u64 {
    u64::try_from(moment.0).unwrap_or(0)
}

/// A moment of a body; one beyond all that can be counted is the last that can.
fn timestamp(millis: u64) -> Timestamp {
    Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
}
