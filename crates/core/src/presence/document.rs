//! Everything that is published by and for one person, as one value that is replaced whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rapport_model::{Aor, ContainerId, EndpointId, SipDomain};

use crate::directory::PersonRef;

use super::{CategoryName, Publication, PublicationKey};

/// A person's publications, memberships and prompted subscribers.
///
/// Static publications, memberships and subscribers are the store's; they change together under `static_revision`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The revision of the static part in the store.
    pub static_revision: u64,
    /// The address that others see. The directory's; it stands here so that watchers learn of a new one in step with
    /// everything else.
    pub address: Option<Aor>,
    /// Every publication, static and live, the server's own included. The next document shares those that stay.
    pub publications: BTreeMap<PublicationKey, Arc<Publication>>,
    /// Who is a member of which container.
    pub memberships: BTreeMap<ContainerId, Membership>,
    /// Who added this person to their contact list, until it is acknowledged and after.
    pub subscribers: BTreeMap<PersonRef, Prompted>,
}

impl Document {
    /// Returns the instances of a category in a container, in the order of their numbers.
    pub fn instances(
        &self,
        category: &CategoryName,
        container: ContainerId,
    ) -> impl Iterator<Item = (u32, &Publication)> {
        let first = PublicationKey::new(category.clone(), container, 0);
        let last = PublicationKey::new(category.clone(), container, u32::MAX);
        self.publications.range(first..=last).map(|(key, publication)| (key.instance, &**publication))
    }

    /// Returns the prompted subscribers of whom the person has not taken notice (`presence.wpending`).
    pub fn pending_subscribers(&self) -> impl Iterator<Item = (&PersonRef, &Prompted)> {
        self.subscribers.iter().filter(|(_, prompted)| !prompted.acknowledged)
    }
}

/// The members of one container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// One more with every change.
    pub version: u32,
    /// Who is in it.
    pub members: BTreeSet<Member>,
}

/// A member of a container ([MS-PRES] §2.2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// One person or address.
    User(PersonRef),
    /// Everyone of a SIP domain.
    Domain(SipDomain),
    /// Everyone of the same company.
    SameEnterprise,
    /// Everyone of a federated company.
    Federated,
    /// Everyone of a public network.
    PublicCloud,
    /// Everyone.
    Everyone,
}

/// Somebody who added this person to a contact list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompted {
    /// Their name when they did.
    pub display_name: Arc<str>,
    /// Whether this person has taken notice.
    pub acknowledged: bool,
}

/// What the fabric keeps of a person: the document, and a change to its static part that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// What everybody sees.
    pub current: Arc<Document>,
    /// What will be seen once the store has it.
    pub pending: Option<Pending>,
}

/// A change that is being written to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The whole document after the change; its `static_revision` tells whether the store has it.
    pub next: Arc<Document>,
    /// Which endpoint asked for it; none for the server itself.
    pub by: Option<EndpointId>,
    /// Distinguishes two attempts at the same revision.
    pub attempt: u64,
}
