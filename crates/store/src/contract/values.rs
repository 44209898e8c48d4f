//! Companies, people and publications for the cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rapport_core::contacts::{Contact, ContactGroup, ContactList};
use rapport_core::directory::{Card, Person, PersonRef, Phone, PhoneKind, Tenant};
use rapport_core::policy::Policy;
use rapport_core::presence::{
    Activity, AggregateState, CategoryName, Device, Facts, FreeBusy, Lifetime, Member, Membership, Occupancy,
    Prompted, Publication, PublicationKey, State, StateKind, StaticChange, Until, Value,
};
use rapport_model::{
    Aor, Availability, ContainerId, DeviceKind, EndpointId, Epid, Instance, Limits, OperatorScope, Scope,
    SipDomain, Source, Timestamp, TraceId, UserId,
};

use crate::{
    AuditEntry, Beginning, Begins, Fate, NewPerson, NewTenant, Sealed, Store, TenantFields, WebMessage,
    WebSession, WebSessionHash, initial_contacts,
};

pub(super) fn operator() -> OperatorScope {
    OperatorScope::operator("root".into(), Source::Machine { uid: 0, pid: None }, "contract", TraceId(1))
}

pub(super) fn domain(text: &str) -> SipDomain {
    SipDomain::parse(text).expect("a valid domain")
}

pub(super) fn aor(text: &str) -> Aor {
    Aor::parse(text).expect("a valid address")
}

pub(super) fn fields(name: &str) -> TenantFields {
    TenantFields {
        name: name.to_owned(),
        display_name: format!("{name} & Söhne"),
        netbios_name: "CORP".to_owned(),
        enabled: true,
        policy: Policy::default(),
    }
}

pub(super) fn web_hash(number: u8) -> WebSessionHash {
    WebSessionHash([number; 32])
}

/// A sign-in in a browser, begun and used at `number`.
pub(super) fn web_session(user: UserId, number: u8) -> WebSession {
    WebSession {
        hash: web_hash(number),
        user,
        epid: Epid::parse(&format!("web{number}")).expect("an epid"),
        label: format!("Firefox {number}"),
        source: "2001:db8::7".to_owned(),
        created: Timestamp(number.into()),
        used: Timestamp(number.into()),
        expires: Timestamp(i64::from(number) + 100),
    }
}

/// A message that a browser is about to send, at `at`.
pub(super) fn web_message(peer: PersonRef, client_id: &str, at: i64) -> WebMessage {
    let id = format!("m-{client_id}");
    WebMessage { peer, client_id: client_id.to_owned(), id, at: Timestamp(at), fate: Fate::Unknown }
}

pub(super) fn other_policy() -> Policy {
    Policy {
        limits: Limits { contacts: 3, watchers: 4, groups: 5, endpoints: 6 },
        account_password_sign_in: true,
        address_grace_days: 7,
        keep_deleted_days: 8,
        history_days: 9,
    }
}

pub(super) fn new_tenant(name: &str) -> NewTenant {
    let domains = vec![domain(&format!("{name}.example")), domain(&format!("{name}.test"))];
    NewTenant { fields: fields(name), domains }
}

pub(super) async fn tenant(store: &dyn Store, name: &str) -> (Tenant, Scope) {
    let tenant = store.add_tenant(&operator(), new_tenant(name)).await.expect("a new company");
    let scope = Scope::service(tenant.id, "contract");
    (tenant, scope)
}

/// A person `name@<company>.example` with nothing but what must be.
pub(super) fn new_person(company: &Tenant, name: &str) -> NewPerson {
    NewPerson {
        address: aor(&format!("{name}@{}.example", company.name)),
        aliases: Vec::new(),
        sign_in_name: name.to_owned(),
        enabled: true,
        licensed: true,
        card: Card { display_name: name.to_uppercase(), ..Card::default() },
    }
}

/// A line of the audit log.
pub fn line() -> AuditEntry {
    AuditEntry { at: Timestamp(1), what: "x".to_owned(), subject: String::new(), detail: String::new() }
}

/// Lets a new person begin with nothing but the line that tells of them.
pub fn nothing() -> Begins {
    Box::new(|_| Ok(Beginning { presence: Vec::new(), password: None, line: line() }))
}

pub(super) async fn person(store: &dyn Store, company: &Tenant, name: &str) -> Person {
    let scope = Scope::service(company.id, "contract");
    store.add_person(&scope, new_person(company, name), nothing()).await.expect("a new person")
}

/// Two companies with one person each, for what must not cross from one to the other.
pub(super) struct Two {
    pub(super) company: Tenant,
    pub(super) scope: Scope,
    pub(super) ana: Person,
    pub(super) other_company: Tenant,
    pub(super) other_scope: Scope,
    pub(super) ben: Person,
}

pub(super) async fn two(store: &dyn Store) -> Two {
    let (company, scope) = tenant(store, "north").await;
    let (other_company, other_scope) = tenant(store, "south").await;
    let ana = person(store, &company, "ana").await;
    let ben = person(store, &other_company, "ben").await;
    Two { company, scope, ana, other_company, other_scope, ben }
}

pub(super) fn full_card(manager: UserId) -> Card {
    Card {
        display_name: "Ana Lind".to_owned(),
        given_name: "Ana".to_owned(),
        surname: "Lind".to_owned(),
        title: "Büroleiterin".to_owned(),
        department: "Sales 'n' \"more\"".to_owned(),
        company: "North; DROP TABLE people".to_owned(),
        office: "東京\u{0}7".to_owned(),
        web_page: "https://north.example/~ana?a=1&b=2".to_owned(),
        mail: "ana@mail.example".to_owned(),
        phones: [PhoneKind::Work, PhoneKind::Mobile, PhoneKind::Home, PhoneKind::Other, PhoneKind::Work]
            .into_iter()
            .enumerate()
            .map(|(n, kind)| Phone { kind, number: format!("+49 {n}") })
            .collect(),
        manager: Some(manager),
    }
}

pub(super) fn sealed(text: &str) -> Sealed {
    Sealed(text.as_bytes().into())
}

pub(super) fn key(category: &str, container: ContainerId, instance: u32) -> PublicationKey {
    PublicationKey { category: CategoryName::new(category), container, instance }
}

pub(super) fn client(xml: &str) -> Value {
    Value::Client { xml: xml.into(), facts: Facts::None }
}

pub(super) fn publication(version: u32, value: Value) -> Publication {
    let published = Timestamp(1_231_700_531_123);
    Publication { version, lifetime: Lifetime::Static, published, publisher: None, value }
}

pub(super) fn note(version: u32, text: &str) -> StaticChange {
    let value = client(&format!("<note>{text}</note>"));
    StaticChange::Put(key("note", ContainerId::TEAM, 0), publication(version, value))
}

/// One publication of each kind of value, by one of the person's endpoints.
pub(super) fn every_value(user: UserId) -> Vec<(PublicationKey, Publication)> {
    let activity = Activity {
        token: "in-a-meeting".into(),
        custom_xml: "<custom LCID=\"1031\">Besprechung</custom>".into(),
        min: Some(Availability(6500)),
        max: Some(Availability(8999)),
    };
    let bare = Activity { token: "".into(), custom_xml: "".into(), min: None, max: None };
    let device = Device {
        endpoint_id: "34d859db-6585-5f91-a3b4-de853c15347d".into(),
        availability: Availability::BUSY,
        capabilities: Arc::from([("text".into(), true, true), ("voice".into(), false, true)]),
        timezone: "00:00:00+01:00".into(),
    };
    let state = |kind, activity, start| State {
        kind,
        manual: start == Some(Timestamp(5)),
        availability: Some(Availability::DO_NOT_DISTURB),
        activity,
        start,
        location: "Bögen <3>".into(),
        timezone: if kind == StateKind::Machine { "00:00:00-03:30".into() } else { Arc::default() },
        device: Some(DeviceKind::Web).filter(|_| kind == StateKind::Machine),
    };
    let kinds =
        [StateKind::Machine, StateKind::User, StateKind::Phone, StateKind::Calendar, StateKind::Other];
    let mut values: Vec<Value> = kinds
        .into_iter()
        .enumerate()
        .map(|(n, kind)| Value::Client {
            xml: format!("<state n='{n}'>é</state>").into(),
            facts: Facts::State(Box::new(state(
                kind,
                [Some(activity.clone()), Some(bare.clone()), None].into_iter().nth(n % 3).flatten(),
                Some(Timestamp(5)).filter(|_| n % 2 == 0),
            ))),
        })
        .collect();
    let each = [Occupancy::Free, Occupancy::Tentative, Occupancy::Busy, Occupancy::OutOfOffice];
    let times = |slots: &[Occupancy]| {
        let times = FreeBusy::of_slots(Timestamp(-900_000), Duration::from_secs(900), slots.iter().copied());
        Value::Client { xml: "<calendarData/>".into(), facts: Facts::FreeBusy(Box::new(times)) }
    };
    values.extend([
        client(""),
        Value::Client { xml: "<device/>".into(), facts: Facts::Device(Box::new(device.clone())) },
        times(&each),
        times(&[]),
        Value::Aggregate(Arc::new(AggregateState {
            machine_only: true,
            availability: Availability::AWAY,
            activity: Some(activity.clone()),
            last_active: Some(Timestamp(-7)),
            location: "home".into(),
            timezone: "tz".into(),
            device: Some(DeviceKind::Mobile),
            until: Some(Until::Chosen(Timestamp(8))),
        })),
        Value::Aggregate(Arc::new(AggregateState {
            until: Some(Until::Calendar(Timestamp(-9))),
            ..AggregateState::offline(None)
        })),
        Value::Aggregate(Arc::new(AggregateState {
            machine_only: false,
            availability: Availability(0),
            activity: None,
            last_active: None,
            location: "".into(),
            timezone: "".into(),
            device: None,
            until: None,
        })),
        Value::Identity { display_name: "Ana".into(), mail: "".into() },
        Value::AddressBook(Arc::new(full_card(user))),
        Value::AddressBook(Arc::new(Card::default())),
        Value::LegacyInterop(Availability::OFFLINE),
        Value::Services(Arc::from([device.clone(), device])),
        Value::Services(Arc::from([])),
        Value::UserProperties,
        Value::Empty,
    ]);
    let publisher = Some(EndpointId { user, instance: Instance([0xab; 16]) });
    let numbered = (0u32..).zip(values);
    numbered
        .map(|(n, value)| {
            let by = publisher.filter(|_| n % 2 == 0);
            let containers = [ContainerId::DEFAULT, ContainerId::BLOCKED, ContainerId(32767)];
            let container = containers.into_iter().cycle().nth(n as usize).unwrap_or(ContainerId::OWN);
            let instance = if n == 0 { u32::MAX } else { n };
            let publication = Publication { publisher: by, ..publication(n + 1, value) };
            (key("state", container, instance), publication)
        })
        .collect()
}

pub(super) fn every_member(user: UserId) -> Membership {
    let members = BTreeSet::from([
        Member::User(PersonRef::Person(user)),
        Member::User(PersonRef::Address(aor("carl@elsewhere.example"))),
        Member::Domain(domain("partner.example")),
        Member::SameEnterprise,
        Member::Federated,
        Member::PublicCloud,
        Member::Everyone,
    ]);
    Membership { version: 9, members }
}

pub(super) fn prompted(acknowledged: bool) -> Prompted {
    Prompted { display_name: "Carl".into(), acknowledged }
}

/// A list with two groups and two contacts, one a person and one an address.
pub(super) fn contact_list(friend: UserId) -> ContactList {
    let mut list = ContactList { delta: 2, ..initial_contacts() };
    let group = ContactGroup {
        name: "Vertrieb <Süd>".into(),
        external_uri: "sip:x".into(),
        extension_xml: "<x y='z'/>".into(),
    };
    list.groups.insert(64, group);
    let contact = |alias: &str, groups: &[u32], subscribed| Contact {
        alias: alias.into(),
        groups: groups.to_vec(),
        subscribed,
        external_uri: "ext".into(),
        extension_xml: "<contactExtension/>".into(),
    };
    list.contacts = BTreeMap::from([
        (PersonRef::Person(friend), contact("", &[64, 1], true)),
        (PersonRef::Address(aor("carl@elsewhere.example")), contact("Carl", &[1], false)),
    ]);
    list
}
