//! What a new person starts with, and how it follows the directory (presence-im 1.10).
//!
//! Whoever has never signed in is visible at once: with a name, a card and offline. What lives only while the person
//! is signed in stands at other instance numbers than what is kept, so that neither ever replaces the other.

use std::collections::BTreeSet;
use std::sync::Arc;

use rapport_model::{AccessLevel, ContainerId, Timestamp};

use crate::directory::{Card, Person, PhoneKind};

use super::{
    AggregateState, CategoryName, Change, Document, Lifetime, Member, Membership, Publication,
    PublicationKey, Value,
};

/// The instance of `contactCard` with name and mail.
pub(super) const IDENTITY: u32 = 0;
/// The instance of `contactCard` with what the directory knows.
pub(super) const ADDRESS_BOOK: u32 = 3;
/// The instance of a server's publication that is kept: what is seen of a person who is not there.
pub(super) const KEPT: u32 = 0;

impl Document {
    /// Makes the document of a person who has never published anything.
    pub fn for_new_person(person: &Person, now: Timestamp) -> Self {
        let mut document =
            Self { static_revision: 1, address: Some(person.address.clone()), ..Self::default() };
        let fixed = offline_publications().into_iter().chain(card_publications(person));
        for (key, value) in fixed {
            document.publications.insert(key, first(value, now).into());
        }
        for (container, member) in
            [(ContainerId::PUBLIC, Member::Federated), (ContainerId::COMPANY, Member::SameEnterprise)]
        {
            document
                .memberships
                .insert(container, Membership { version: 1, members: BTreeSet::from([member]) });
        }
        document
    }

    /// Brings address, name, mail and address-book data up to the directory's; none when nothing is different.
    pub fn refresh_directory(&self, person: &Person, now: Timestamp) -> Option<Change> {
        let mut next = self.clone();
        next.address = Some(person.address.clone());
        for (key, value) in card_publications(person) {
            let version = match next.publications.get(&key) {
                Some(stored) if stored.value == value => continue,
                Some(stored) => stored.version.saturating_add(1),
                None => 1,
            };
            next.publications.insert(key, Publication { version, ..first(value, now) }.into());
        }
        Change::between(self, next).unless_empty()
    }
}

impl Document {
    /// Makes what is seen of this person once there is no such person: offline, with a name and nothing else.
    #[must_use]
    pub fn departed(&self, now: Timestamp) -> Self {
        let mut gone = self.clone();
        gone.publications.retain(|key, _| key.category == CategoryName::contact_card());
        for (key, value) in offline_publications() {
            gone.publications.insert(key, first(value, now).into());
        }
        gone
    }
}

fn first(value: Value, now: Timestamp) -> Publication {
    Publication { version: 1, lifetime: Lifetime::Static, published: now, publisher: None, value }
}

fn offline_publications() -> Vec<(PublicationKey, Value)> {
    let mut publications = vec![(
        PublicationKey::new(CategoryName::user_properties(), ContainerId::OWN, 0),
        Value::UserProperties,
    )];
    for level in AccessLevel::ALL {
        let container = level.container();
        let offline = AggregateState::offline(None);
        let interop = Value::LegacyInterop(offline.availability);
        publications.extend([
            (PublicationKey::new(CategoryName::state(), container, KEPT), Value::Aggregate(offline.into())),
            (PublicationKey::new(CategoryName::legacy_interop(), container, KEPT), interop),
            (PublicationKey::new(CategoryName::services(), container, KEPT), Value::Empty),
        ]);
    }
    publications
}

fn card_publications(person: &Person) -> Vec<(PublicationKey, Value)> {
    let identity = Value::Identity {
        display_name: person.card.display_name.as_str().into(),
        mail: person.card.mail.as_str().into(),
    };
    let containers = AccessLevel::ALL.into_iter().map(AccessLevel::container);
    let mut publications: Vec<_> = std::iter::once(ContainerId::DEFAULT)
        .chain(containers)
        .map(|id| (PublicationKey::new(CategoryName::contact_card(), id, IDENTITY), identity.clone()))
        .collect();
    for level in AccessLevel::ALL {
        if let Some(card) = card_for(level, &person.card) {
            let key = PublicationKey::new(CategoryName::contact_card(), level.container(), ADDRESS_BOOK);
            publications.push((key, Value::AddressBook(Arc::new(card))));
        }
    }
    publications
}

/// Cuts a card down to what an access level sees beside name and mail, which the identity has.
fn card_for(level: AccessLevel, card: &Card) -> Option<Card> {
    let phones: &[PhoneKind] = match level {
        AccessLevel::Personal => &[PhoneKind::Work, PhoneKind::Mobile, PhoneKind::Home, PhoneKind::Other],
        AccessLevel::Team => &[PhoneKind::Work, PhoneKind::Mobile],
        AccessLevel::Company => &[PhoneKind::Work],
        AccessLevel::Public => &[],
        AccessLevel::Blocked => return None,
    };
    let colleague = level != AccessLevel::Public;
    let when = |shown: bool, text: &String| if shown { text.clone() } else { String::new() };
    Some(Card {
        title: card.title.clone(),
        company: card.company.clone(),
        web_page: card.web_page.clone(),
        department: when(colleague, &card.department),
        office: when(colleague, &card.office),
        phones: card.phones.iter().filter(|phone| phones.contains(&phone.kind)).cloned().collect(),
        ..Card::default()
    })
}
