//! What is as large as it may be is taken, and what is larger by one is refused: every bound of the port.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use rapport_core::contacts::{Contact, ContactGroup, ContactList};
use rapport_core::directory::{Card, FormerAddress, Person, PersonRef, Phone, PhoneKind};
use rapport_core::policy::Policy;
use rapport_core::presence::{
    CategoryName, Facts, Lifetime, Member, Membership, Prompted, Publication, PublicationKey, StaticChange,
    Value,
};
use rapport_model::{
    Aor, ContainerId, EndpointId, Epid, Instance, Scope, SipDomain, TenantId, Timestamp, UserId,
};
use rapport_store::bounds::{
    self, ALIASES, CHANGES, CONTACTS, DOCUMENT, DOMAINS, FORMER, GROUPS, MEMBERS, PHONES, SEALED, TEXT, XML,
};
use rapport_store::{
    AuditEntry, Fate, NewAppPassword, NewPassword, NewPerson, NewTenant, Resealed, Sealed, SealedAs,
    SealedOf, StoreError, TenantFields, WebMessage, WebSession, WebSessionHash,
};

const TENANT: TenantId = TenantId(1);
const USER: UserId = UserId { tenant: TENANT, user: 7 };
const OTHERS: UserId = UserId { tenant: TenantId(2), user: 7 };

fn scope() -> Scope {
    Scope::service(TENANT, "test")
}

fn text(length: usize) -> String {
    "x".repeat(length)
}

fn aor(number: usize) -> Aor {
    Aor::parse(&format!("a{number}@north.example")).unwrap()
}

/// Tries a value of a size that fits, and one that is larger by one.
fn check(what: &str, most: usize, judge: impl Fn(usize) -> Result<(), StoreError>) {
    assert_eq!(judge(most), Ok(()), "{what} of {most}");
    let refused = judge(most + 1);
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{what} of {}: {refused:?}", most + 1);
}

fn foreign(judged: Result<(), StoreError>) {
    assert_eq!(judged, Err(StoreError::WrongTenant));
}

#[test]
fn what_is_set_of_a_company_has_bounds() {
    let fields = || TenantFields {
        name: "north".to_owned(),
        display_name: String::new(),
        netbios_name: String::new(),
        enabled: true,
        policy: Policy::default(),
    };
    check("a name", TEXT, |n| bounds::tenant_fields(&TenantFields { name: text(n), ..fields() }));
    check("a display name", TEXT, |n| {
        bounds::tenant_fields(&TenantFields { display_name: text(n), ..fields() })
    });
    check("a NetBIOS name", TEXT, |n| {
        bounds::tenant_fields(&TenantFields { netbios_name: text(n), ..fields() })
    });
    let nameless = TenantFields { name: String::new(), ..fields() };
    assert!(matches!(bounds::tenant_fields(&nameless), Err(StoreError::Invalid { .. })));
    let domain = |n| SipDomain::parse(&format!("d{n}.example")).unwrap();
    check("domains", DOMAINS, |n| {
        bounds::new_tenant(&NewTenant { fields: fields(), domains: (0..n).map(domain).collect() })
    });
    let long = NewTenant { fields: TenantFields { name: text(TEXT + 1), ..fields() }, domains: Vec::new() };
    assert!(bounds::new_tenant(&long).is_err());
}

fn new_person(card: Card) -> NewPerson {
    NewPerson {
        address: aor(0),
        aliases: Vec::new(),
        sign_in_name: "ana".to_owned(),
        enabled: true,
        licensed: true,
        card,
    }
}

#[test]
fn what_is_set_of_a_person_has_bounds() {
    let with = |card| bounds::new_person(&scope(), &new_person(card));
    let fields: [fn(&mut Card) -> &mut String; 9] = [
        |card| &mut card.display_name,
        |card| &mut card.given_name,
        |card| &mut card.surname,
        |card| &mut card.title,
        |card| &mut card.department,
        |card| &mut card.company,
        |card| &mut card.office,
        |card| &mut card.web_page,
        |card| &mut card.mail,
    ];
    for (number, field) in fields.into_iter().enumerate() {
        check(&format!("text {number} of a card"), TEXT, |n| {
            let mut card = Card::default();
            *field(&mut card) = text(n);
            with(card)
        });
    }
    let phone = |number: String| Phone { kind: PhoneKind::Work, number };
    check("numbers", PHONES, |n| with(Card { phones: vec![phone(String::new()); n], ..Card::default() }));
    check("a number", TEXT, |n| with(Card { phones: vec![phone(text(n))], ..Card::default() }));
    foreign(with(Card { manager: Some(OTHERS), ..Card::default() }));
    check("a sign-in name", TEXT, |n| {
        bounds::new_person(&scope(), &NewPerson { sign_in_name: text(n), ..new_person(Card::default()) })
    });
    let nameless = NewPerson { sign_in_name: String::new(), ..new_person(Card::default()) };
    assert!(matches!(bounds::new_person(&scope(), &nameless), Err(StoreError::Invalid { .. })));
    check("aliases", ALIASES, |n| {
        bounds::new_person(
            &scope(),
            &NewPerson { aliases: (0..n).map(aor).collect(), ..new_person(Card::default()) },
        )
    });
}

#[test]
fn a_person_that_is_changed_has_the_same_bounds_and_so_many_former_addresses() {
    let person = |id, former: usize, title: usize| {
        let card = Card { title: text(title), ..Card::default() };
        let NewPerson { address, aliases, sign_in_name, enabled, licensed, card } = new_person(card);
        let former = (0..former).map(|n| FormerAddress { address: aor(n), until: Timestamp(0) }).collect();
        Person { id, address, aliases, former, sign_in_name, enabled, licensed, card }
    };
    check("former addresses", FORMER, |n| bounds::person(&scope(), person(USER, n, 0)).map(drop));
    check("a title", TEXT, |n| bounds::person(&scope(), person(USER, 0, n)).map(drop));
    foreign(bounds::person(&scope(), person(OTHERS, 0, 0)).map(drop));
}

#[test]
fn passwords_have_bounds() {
    let sealed = |length: usize| Sealed(vec![0; length].into());
    let new = |hash, nt| NewPassword { hash, account_nt: nt, previous_until: Timestamp(0) };
    check("a hash", TEXT, |n| bounds::new_password(&new(text(n), None)));
    check("a sealed hash", SEALED, |n| bounds::new_password(&new(String::new(), Some(sealed(n)))));
    let app = |label, sealed| NewAppPassword { label, sealed, created: Timestamp(0) };
    check("a label", TEXT, |n| bounds::new_app_password(&app(text(n), sealed(0))));
    check("a sealed app password", SEALED, |n| bounds::new_app_password(&app(String::new(), sealed(n))));
    let old = || SealedOf { user: USER, kept: SealedAs::AppPassword(1), sealed: sealed(0) };
    let anew = |length| Resealed { old: old(), new: sealed(length) };
    check("values sealed anew", CHANGES, |n| bounds::resealed(&vec![anew(0); n]));
    check("a value sealed anew", SEALED, |n| bounds::resealed(&[anew(n)]));
}

#[test]
fn what_browsers_leave_has_bounds() {
    let session = |user, label: usize, source: usize| WebSession {
        hash: WebSessionHash([1; 32]),
        user,
        epid: Epid::parse("0a0b0c0d0e0f").unwrap(),
        label: text(label),
        source: text(source),
        created: Timestamp(0),
        used: Timestamp(0),
        expires: Timestamp(0),
    };
    check("a label", TEXT, |n| bounds::web_session(&scope(), &session(USER, n, 0)));
    check("a source", TEXT, |n| bounds::web_session(&scope(), &session(USER, 0, n)));
    foreign(bounds::web_session(&scope(), &session(OTHERS, 0, 0)));
    check("a document's name", TEXT, |n| bounds::web_document(&text(n), ""));
    check("a document", DOCUMENT, |n| bounds::web_document("theme", &text(n)));
    check("conversations", DOCUMENT, |n| bounds::web_conversations(&scope(), USER, &text(n)));
    foreign(bounds::web_conversations(&scope(), OTHERS, ""));
    let message = |peer, client_id: usize, id: usize| WebMessage {
        peer: PersonRef::Person(peer),
        client_id: text(client_id),
        id: text(id),
        at: Timestamp(0),
        fate: Fate::Unknown,
    };
    check("a browser's id", TEXT, |n| bounds::web_message(&scope(), USER, &message(USER, n, 0)));
    check("a message's id", TEXT, |n| bounds::web_message(&scope(), USER, &message(USER, 0, n)));
    foreign(bounds::web_message(&scope(), USER, &message(OTHERS, 0, 0)));
    foreign(bounds::web_message(&scope(), OTHERS, &message(USER, 0, 0)));
}

fn commit(changes: &[StaticChange]) -> Result<(), StoreError> {
    bounds::presence_commit(&scope(), USER, 1, 2, changes)
}

fn key(category: &str) -> PublicationKey {
    PublicationKey::new(CategoryName::new(category), ContainerId::TEAM, 0)
}

fn put(category: &str, value: Value) -> StaticChange {
    StaticChange::Put(key(category), publication(value))
}

fn publication(value: Value) -> Publication {
    Publication { version: 1, lifetime: Lifetime::Static, published: Timestamp(0), publisher: None, value }
}

fn client(length: usize) -> Value {
    Value::Client { xml: text(length).into(), facts: Facts::None }
}

#[test]
fn a_commit_of_presence_has_bounds() {
    check("changes", CHANGES, |n| commit(&vec![StaticChange::Delete(key("note")); n]));
    check("a category", TEXT, |n| commit(&[put(&text(n), Value::Empty)]));
    check("a category that goes", TEXT, |n| commit(&[StaticChange::Delete(key(&text(n)))]));
    check("a publication", XML, |n| commit(&[put("note", client(n))]));
    check("a title", TEXT, |n| {
        let card = Card { title: text(n), ..Card::default() };
        commit(&[put("contactCard", Value::AddressBook(card.into()))])
    });
    let who = || PersonRef::Address(aor(1));
    let prompted = |n: usize| Prompted { display_name: text(n).into(), acknowledged: false };
    check("a subscriber's name", TEXT, |n| commit(&[StaticChange::PutSubscriber(who(), prompted(n))]));
    let members = |n: usize| {
        let members = (0..n).map(|n| Member::User(PersonRef::Address(aor(n)))).collect();
        StaticChange::SetMembership(ContainerId::TEAM, Membership { version: 1, members })
    };
    check("members", MEMBERS, |n| commit(&[members(n)]));
}

#[test]
fn a_commit_of_presence_is_of_one_person_and_goes_forward() {
    let stranger = PersonRef::Person(OTHERS);
    let prompted = Prompted { display_name: "".into(), acknowledged: false };
    let members = BTreeSet::from([Member::User(stranger.clone())]);
    for change in [
        StaticChange::PutSubscriber(stranger.clone(), prompted),
        StaticChange::DeleteSubscriber(stranger),
        StaticChange::SetMembership(ContainerId::TEAM, Membership { version: 1, members }),
    ] {
        foreign(commit(&[change]));
    }
    foreign(bounds::presence_commit(&scope(), OTHERS, 1, 2, &[]));
    let bound = |publisher| {
        let publication = Publication { publisher, ..publication(Value::Empty) };
        commit(&[StaticChange::Put(key("note"), publication)])
    };
    let endpoint = |user| Some(EndpointId { user, instance: Instance([1; 16]) });
    assert_eq!(bound(endpoint(USER)), Ok(()));
    assert!(matches!(bound(endpoint(UserId { user: 8, ..USER })), Err(StoreError::Invalid { .. })));
    let passing = Publication { lifetime: Lifetime::User, ..publication(Value::Empty) };
    let passing = commit(&[StaticChange::Put(key("note"), passing)]);
    assert!(matches!(passing, Err(StoreError::Invalid { .. })), "{passing:?}");
    let most = i64::MAX as u64;
    for (expected, next, fits) in
        [(1, 2, true), (1, 1, false), (2, 1, false), (1, most - 1, true), (1, most, false)]
    {
        assert_eq!(bounds::presence_commit(&scope(), USER, expected, next, &[]).is_ok(), fits, "{next}");
    }
    assert_eq!((bounds::fence(3, 9), bounds::fence(9, 3)), (Ok(10), Ok(10)));
    assert!(bounds::fence(most - 1, 0).is_err() && bounds::fence(u64::MAX, u64::MAX).is_err());
}

fn contact(change: impl Fn(&mut Contact)) -> Contact {
    let mut contact = Contact {
        alias: "".into(),
        groups: Vec::new(),
        subscribed: true,
        external_uri: "".into(),
        extension_xml: "".into(),
    };
    change(&mut contact);
    contact
}

fn group(change: impl Fn(&mut ContactGroup)) -> ContactGroup {
    let mut group = ContactGroup { name: "".into(), external_uri: "".into(), extension_xml: "".into() };
    change(&mut group);
    group
}

fn contacts(new: ContactList) -> Result<(), StoreError> {
    let old = ContactList { delta: 1, groups: BTreeMap::new(), contacts: BTreeMap::new() };
    bounds::contacts_commit(&scope(), USER, &old, &new)
}

fn list(groups: BTreeMap<u32, ContactGroup>, contacts: BTreeMap<PersonRef, Contact>) -> ContactList {
    ContactList { delta: 2, groups, contacts }
}

#[test]
fn a_commit_of_contacts_has_bounds() {
    check("groups", GROUPS, |n| {
        contacts(list((0..n as u32).map(|id| (id, group(|_| {}))).collect(), BTreeMap::new()))
    });
    check("contacts", CONTACTS, |n| {
        let all = (0..n).map(|n| (PersonRef::Address(aor(n)), contact(|_| {}))).collect();
        contacts(list(BTreeMap::new(), all))
    });
    let one_group = |group| contacts(list(BTreeMap::from([(1, group)]), BTreeMap::new()));
    check("a group's name", TEXT, |n| one_group(group(|group| group.name = text(n).into())));
    check("a group's URI", TEXT, |n| one_group(group(|group| group.external_uri = text(n).into())));
    check("a group's extension", XML, |n| one_group(group(|group| group.extension_xml = text(n).into())));
    let who = || PersonRef::Address(aor(1));
    let one = |contact| contacts(list(BTreeMap::new(), BTreeMap::from([(who(), contact)])));
    check("a contact's name", TEXT, |n| one(contact(|contact| contact.alias = text(n).into())));
    check("a contact's groups", GROUPS, |n| one(contact(|contact| contact.groups = vec![1; n])));
    check("a contact's URI", TEXT, |n| one(contact(|contact| contact.external_uri = text(n).into())));
    check("a contact's extension", XML, |n| one(contact(|contact| contact.extension_xml = text(n).into())));
    let stranger = BTreeMap::from([(PersonRef::Person(OTHERS), contact(|_| {}))]);
    foreign(contacts(list(BTreeMap::new(), stranger)));
    let same = ContactList { delta: 1, ..list(BTreeMap::new(), BTreeMap::new()) };
    assert!(matches!(contacts(same), Err(StoreError::Invalid { .. })));
}

#[test]
fn a_line_of_the_audit_log_has_bounds() {
    let entry = |what: usize, subject: usize, detail: usize| AuditEntry {
        at: Timestamp(0),
        what: text(what),
        subject: text(subject),
        detail: text(detail),
    };
    check("what was done", TEXT, |n| bounds::audit_entry(&entry(n, 0, 0)));
    check("its subject", TEXT, |n| bounds::audit_entry(&entry(0, n, 0)));
    check("its detail", XML, |n| bounds::audit_entry(&entry(0, 0, n)));
}
