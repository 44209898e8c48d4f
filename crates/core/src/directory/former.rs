//! Addresses that a person had: for a grace period they still reach that person and are nobody else's.

use std::time::Duration;

use rapport_model::{Aor, Moment, SipDomain, Timestamp};

use super::{Person, PersonPatch};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An address that a person had.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormerAddress {
    /// The address.
    pub address: Aor,
    /// Until when it reaches the person: a date that an administrator reads, judged by the earlier clock
    /// ([`Moment::earlier`]).
    pub until: Timestamp,
}

impl Person {
    /// Tells whether `address` is this person's, be it the shown one or an alias.
    pub fn owns(&self, address: &Aor) -> bool {
        self.address == *address || self.aliases.contains(address)
    }

    /// Tells whether `address` reaches this person: it is theirs, or was and its grace period is not over.
    pub fn answers_to(&self, address: &Aor, now: Moment) -> bool {
        self.owns(address)
            || self.former.iter().any(|former| former.address == *address && now.earlier() < former.until)
    }

    /// Returns the shown address and the aliases.
    pub fn addresses(&self) -> impl Iterator<Item = &Aor> {
        std::iter::once(&self.address).chain(&self.aliases)
    }

    /// Returns every address by which anybody may know this person, former ones included.
    pub fn known_addresses(&self) -> impl Iterator<Item = &Aor> {
        self.addresses().chain(self.former.iter().map(|former| &former.address))
    }

    /// Returns the person without that former address; none when there is no such one.
    pub fn releasing(&self, address: &Aor) -> Option<Self> {
        let mut next = self.clone();
        next.former.retain(|former| former.address != *address);
        (next.former.len() < self.former.len()).then_some(next)
    }

    /// Returns the patch that moves this person from one SIP domain to another; none when no address lies in the first.
    pub fn moving(&self, from: &SipDomain, to: &SipDomain) -> Option<PersonPatch> {
        let lies = |address: &&Aor| address.domain() == from.as_str();
        self.addresses().find(lies)?;
        let place = |address: &Aor| if lies(&address) { address.in_domain(to) } else { address.clone() };
        let address = place(&self.address);
        let mut aliases: Vec<Aor> = Vec::new();
        for alias in self.aliases.iter().map(place) {
            if alias != address && !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
        Some(PersonPatch { address: Some(address), aliases: Some(aliases), ..PersonPatch::default() })
    }

    /// Works out which addresses still reach this person, who was `before`.
    pub(super) fn keep_former(&mut self, before: &Self, grace_days: u32, now: Moment) {
        let until = now.later().plus(DAY * grace_days);
        let left = before.addresses().map(|address| FormerAddress { address: address.clone(), until });
        let mut former: Vec<FormerAddress> = left.chain(before.former.iter().cloned()).collect();
        former.retain(|former| now.earlier() < former.until && !self.owns(&former.address));
        former.sort();
        self.former = former;
    }
}
