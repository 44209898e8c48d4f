//! What people's own endpoints learn of their document. \[MS-PRES\] 1.3.1.5, 2.2.2
//!
//! For each category touched, all instances in all containers are told: clients forget whatever they know of a category
//! that occurs in a document.

use std::collections::{BTreeMap, BTreeSet};

use rapport_core::directory::PersonRef;
use rapport_core::presence::{
    CategoryName, Document, Lifetime, Member as CoreMember, Membership, Prompted, Publication, PublicationKey,
};
use rapport_model::{Aor, ContainerId, Timestamp};
use rapport_msbody::ExpireType;
use rapport_msbody::container::{MemberKind, SubscriberKind};
use rapport_msbody::roaming_self::{
    self, ContainerMembers, Member, RoamingData, RoamingList, SelfCategories, SelfCategory, SelfPublication,
    Subscriber,
};

use super::value::{Text, Values};
use super::{address, millis};

/// Writes the first document of a subscription: everything in the data sets that `which` names.
pub(crate) fn roaming_data(
    aor: &Aor,
    document: &Document,
    which: RoamingList,
    addresses: &BTreeMap<PersonRef, Aor>,
    now: Timestamp,
) -> String {
    let mut entries = Entries::new(aor, now);
    if which.categories {
        document.publications.iter().for_each(|(key, publication)| entries.add(key, publication));
    }
    let members = which.containers.then(|| Members::of(document.memberships.iter(), addresses));
    let containers = members.as_ref().map(Members::containers);
    let subscribers = which.subscribers.then(|| subscribers(document.pending_subscribers(), addresses));
    let data = RoamingData {
        containers: containers.as_deref(),
        subscribers: subscribers.as_deref(),
        delegates: which.delegates.then_some(&[]),
        categories: None,
    };
    entries.encode(which.categories, data)
}

/// Writes the answer to a publication: every instance of the categories touched, and which places are empty now.
pub(crate) fn touched<'a>(
    aor: &Aor,
    document: &Document,
    categories: impl IntoIterator<Item = &'a CategoryName>,
    emptied: impl IntoIterator<Item = &'a (CategoryName, ContainerId)>,
    now: Timestamp,
) -> String {
    let mut entries = Entries::new(aor, now);
    for category in categories.into_iter().collect::<BTreeSet<_>>() {
        entries.add_category(document, category);
    }
    for (category, container) in emptied.into_iter().collect::<BTreeSet<_>>() {
        entries.add_emptied(category, *container);
    }
    entries.encode(true, RoamingData::default())
}

/// Writes the notification of a change of the document: `categories` names where an instance came, went or changed,
/// `containers` whose membership changed, and `subscribers` tells whether prompted subscribers did.
pub(crate) fn own_change(
    aor: &Aor,
    document: &Document,
    categories: &[(CategoryName, ContainerId)],
    containers: &[ContainerId],
    subscribers: bool,
    addresses: &BTreeMap<PersonRef, Aor>,
    now: Timestamp,
) -> String {
    let mut entries = Entries::new(aor, now);
    for category in categories.iter().map(|(category, _)| category).collect::<BTreeSet<_>>() {
        entries.add_category(document, category);
    }
    for (category, container) in categories.iter().collect::<BTreeSet<_>>() {
        if document.instances(category, *container).next().is_none() {
            entries.add_emptied(category, *container);
        }
    }
    let nobody = Membership::default();
    let changed: BTreeSet<&ContainerId> = containers.iter().collect();
    let changed = changed.into_iter().map(|id| (id, document.memberships.get(id).unwrap_or(&nobody)));
    let members = (!containers.is_empty()).then(|| Members::of(changed, addresses));
    let containers = members.as_ref().map(Members::containers);
    // Those acknowledged are told too, so that other endpoints close their prompts.
    let subscribers = subscribers.then(|| self::subscribers(document.subscribers.iter(), addresses));
    let data = RoamingData {
        containers: containers.as_deref(),
        subscribers: subscribers.as_deref(),
        ..RoamingData::default()
    };
    entries.encode(!categories.is_empty(), data)
}

/// The entries of a person's own categories.
struct Entries<'a> {
    uri: String,
    aor: &'a Aor,
    now: Timestamp,
    values: Values,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    category: &'a str,
    container: ContainerId,
    instance: Option<(u32, &'a Publication, Text<'a>)>,
}

impl<'a> Entries<'a> {
    fn new(aor: &'a Aor, now: Timestamp) -> Self {
        Self { uri: aor.to_uri(), aor, now, values: Values::default(), entries: Vec::new() }
    }

    fn add(&mut self, key: &'a PublicationKey, publication: &'a Publication) {
        let text = self.values.add(self.aor, &key.category, &publication.value);
        self.entries.push(Entry {
            category: key.category.as_str(),
            container: key.container,
            instance: Some((key.instance, publication, text)),
        });
    }

    fn add_category(&mut self, document: &'a Document, category: &CategoryName) {
        let first = PublicationKey::new(category.clone(), ContainerId(0), 0);
        let last = PublicationKey::new(category.clone(), ContainerId(u16::MAX), u32::MAX);
        for (key, publication) in document.publications.range(first..=last) {
            self.add(key, publication);
        }
    }

    /// COMPAT(pidgin-sipe): it takes any empty entry of container 200 for the end of its own note.
    fn add_emptied(&mut self, category: &'a CategoryName, container: ContainerId) {
        if container != ContainerId::COMPANY || category.as_str() == "note" {
            self.entries.push(Entry { category: category.as_str(), container, instance: None });
        }
    }

    /// Writes the document; without `categories` it has no such data set.
    fn encode(&self, categories: bool, data: RoamingData<'_>) -> String {
        let entries: Vec<SelfCategory<'_>> = self.entries.iter().map(|entry| self.entry(entry)).collect();
        let lengths = entries.iter().filter_map(|e| e.publication?.value).map(str::len);
        let mut out = String::with_capacity(1024 + 160 * entries.len() + lengths.sum::<usize>());
        let categories = categories.then_some(SelfCategories { uri: &self.uri, entries: &entries });
        roaming_self::encode(&RoamingData { categories, ..data }, &mut out);
        out
    }

    fn entry<'b>(&'b self, entry: &'b Entry<'_>) -> SelfCategory<'b> {
        let publication = entry.instance.as_ref().map(|(instance, publication, text)| {
            let (expire_type, expires) = self.lifetime(publication.lifetime);
            SelfPublication {
                instance: *instance,
                publish_time: millis(publication.published),
                version: publication.version,
                expire_type,
                expires,
                value: self.values.get(text),
            }
        });
        SelfCategory { name: entry.category, container: entry.container.0.into(), publication }
    }

    /// The word for a lifetime, and the seconds that are left of it, the last one begun included.
    fn lifetime(&self, lifetime: Lifetime) -> (ExpireType, Option<u32>) {
        match lifetime {
            Lifetime::Static => (ExpireType::Static, None),
            Lifetime::Endpoint(_) => (ExpireType::Endpoint, None),
            Lifetime::User => (ExpireType::User, None),
            Lifetime::Until(end) | Lifetime::KeptUntil(end) => {
                let left = end.since(self.now).as_millis().div_ceil(1000);
                (ExpireType::Time, Some(u32::try_from(left).unwrap_or(u32::MAX)))
            }
        }
    }
}

/// Containers with the addresses of their members.
struct Members<'a> {
    containers: Vec<(ContainerId, u32, Vec<Member<'a>>)>,
}

impl<'a> Members<'a> {
    fn of(
        memberships: impl Iterator<Item = (&'a ContainerId, &'a Membership)>,
        addresses: &'a BTreeMap<PersonRef, Aor>,
    ) -> Self {
        let containers = memberships
            .map(|(id, membership)| {
                let members = membership.members.iter().filter_map(|m| member(m, addresses)).collect();
                (*id, membership.version, members)
            })
            .collect();
        Self { containers }
    }

    fn containers(&self) -> Vec<ContainerMembers<'_>> {
        self.containers
            .iter()
            .map(|(id, version, members)| ContainerMembers { id: id.0.into(), version: *version, members })
            .collect()
    }
}

fn member<'a>(member: &'a CoreMember, addresses: &'a BTreeMap<PersonRef, Aor>) -> Option<Member<'a>> {
    Some(match member {
        CoreMember::User(who) => {
            Member { kind: MemberKind::User, value: Some(address(who, addresses)?.as_str()) }
        }
        CoreMember::Domain(domain) => Member { kind: MemberKind::Domain, value: Some(domain.as_str()) },
        CoreMember::SameEnterprise => Member { kind: MemberKind::SameEnterprise, value: None },
        CoreMember::Federated => Member { kind: MemberKind::Federated, value: None },
        CoreMember::PublicCloud => Member { kind: MemberKind::PublicCloud, value: None },
        CoreMember::Everyone => Member { kind: MemberKind::Everyone, value: None },
    })
}

fn subscribers<'a>(
    subscribers: impl Iterator<Item = (&'a PersonRef, &'a Prompted)>,
    addresses: &'a BTreeMap<PersonRef, Aor>,
) -> Vec<Subscriber<'a>> {
    subscribers
        .filter_map(|(who, prompted)| {
            Some(Subscriber {
                user: address(who, addresses)?.as_str(),
                display_name: &prompted.display_name,
                acknowledged: prompted.acknowledged,
                kind: match who {
                    PersonRef::Person(_) => SubscriberKind::SameEnterprise,
                    PersonRef::Address(_) => SubscriberKind::Federated,
                },
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "own_tests.rs"]
mod tests;
