//! People, publications and watchers for the tests of the rules.
#![allow(dead_code, clippy::allow_attributes, reason = "each test program uses a part of it")]

use std::sync::Arc;

use rapport_core::directory::{Card, Person, PersonRef, Phone, PhoneKind, Tenant};
use rapport_core::policy::Policy;
use rapport_core::presence::*;
use rapport_model::*;

pub(crate) const TENANT: TenantId = TenantId(1);

pub(crate) fn user(n: u32) -> UserId {
    UserId { tenant: TENANT, user: n }
}

pub(crate) fn endpoint(n: u8) -> EndpointId {
    EndpointId { user: user(1), instance: Instance([n; 16]) }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp(1_231_700_531_000 + seconds * 1000)
}

pub(crate) fn tenant() -> Tenant {
    Tenant {
        id: TENANT,
        name: "contoso".into(),
        display_name: "Contoso".into(),
        netbios_name: "CONTOSO".into(),
        domains: vec![domain("contoso.example"), domain("fabrikam.example")],
        enabled: true,
        policy: Policy::default(),
    }
}

pub(crate) fn domain(text: &str) -> SipDomain {
    SipDomain::parse(text).expect("a valid domain")
}

pub(crate) fn aor(text: &str) -> Aor {
    Aor::parse(text).expect("a valid address")
}

pub(crate) fn person() -> Person {
    let phone = |kind, number: &str| Phone { kind, number: number.into() };
    Person {
        id: user(1),
        address: aor("ana.lind@contoso.example"),
        aliases: vec![aor("ana@fabrikam.example")],
        former: Vec::new(),
        sign_in_name: "ana".into(),
        enabled: true,
        licensed: true,
        card: Card {
            display_name: "Ana Lind".into(),
            mail: "ana.lind@contoso.example".into(),
            title: "Buyer".into(),
            department: "Purchasing".into(),
            company: "Contoso".into(),
            office: "B2".into(),
            web_page: "https://contoso.example/ana".into(),
            phones: vec![
                phone(PhoneKind::Work, "+1 555 0100"),
                phone(PhoneKind::Mobile, "+1 555 0101"),
                phone(PhoneKind::Home, "+1 555 0102"),
            ],
            ..Card::default()
        },
    }
}

pub(crate) fn new_document() -> Document {
    Document::for_new_person(&person(), at(0))
}

pub(crate) fn key(category: &str, container: u16, instance: u32) -> PublicationKey {
    PublicationKey::new(CategoryName::new(category), ContainerId(container), instance)
}

pub(crate) fn put(key: PublicationKey, version: u32, lifetime: Lifetime, value: Value) -> NewPublication {
    NewPublication { key, version, action: PublicationAction::Publish { lifetime, value } }
}

pub(crate) fn delete(key: PublicationKey, version: u32) -> NewPublication {
    NewPublication { key, version, action: PublicationAction::Delete }
}

pub(crate) fn xml(text: &str) -> Value {
    Value::Client { xml: text.into(), facts: Facts::None }
}

pub(crate) fn state(kind: StateKind, availability: Option<u32>) -> State {
    State {
        kind,
        manual: kind == StateKind::User,
        availability: availability.map(Availability),
        activity: None,
        start: None,
        location: Arc::default(),
        timezone: Arc::default(),
        device: None,
    }
}

pub(crate) fn state_value(state: State) -> Value {
    Value::Client { xml: "<state/>".into(), facts: Facts::State(state.into()) }
}

pub(crate) fn activity(token: &str, min: u32, max: Option<u32>) -> Activity {
    Activity {
        token: token.into(),
        custom_xml: Arc::default(),
        min: Some(Availability(min)),
        max: max.map(Availability),
    }
}

pub(crate) fn device(id: &str) -> Value {
    let device = Device {
        endpoint_id: id.into(),
        availability: Availability(0),
        capabilities: [(Arc::from("text"), true, true), (Arc::from("voice"), true, false)].into(),
        timezone: "00:00:00+01:00".into(),
    };
    Value::Client { xml: "<device/>".into(), facts: Facts::Device(device.into()) }
}

pub(crate) const MACHINE: u32 = 0x3000_0001;
pub(crate) const USER: u32 = 0x2000_0000;

/// What SIPE publishes first: device, machine state and person's state in both aggregation containers.
pub(crate) fn first_batch(
    document: &Document,
    by: EndpointId,
    machine: u32,
    chosen: u32,
) -> Vec<NewPublication> {
    let n = u32::from(by.instance.0[0]);
    let version = |key: &PublicationKey| document.publications.get(key).map_or(0, |p| p.version);
    let own = Lifetime::Endpoint(by);
    let mut batch = Vec::new();
    let mut add =
        |key: PublicationKey, lifetime, value| batch.push(put(key.clone(), version(&key), lifetime, value));
    add(key("device", 2, n), own, device("d"));
    for container in [2, 3] {
        add(key("state", container, MACHINE + n), own, state_value(state(StateKind::Machine, Some(machine))));
        add(
            key("state", container, USER),
            Lifetime::Static,
            state_value(state(StateKind::User, Some(chosen))),
        );
    }
    batch
}

/// Ana's document after one endpoint has signed in.
pub(crate) fn signed_in(machine: u32, chosen: u32) -> Document {
    publish_first(&new_document(), endpoint(1), machine, chosen, &[endpoint(1)], at(10))
}

pub(crate) fn publish_first(
    document: &Document,
    by: EndpointId,
    machine: u32,
    chosen: u32,
    bound: &Endpoints,
    now: Timestamp,
) -> Document {
    document
        .publish(by, &first_batch(document, by, machine, chosen), bound, now)
        .expect("right versions")
        .next
}

pub(crate) fn watcher(n: u32, relation: Relation) -> Watcher {
    let addresses = Arc::from([aor(&format!("p{n}@contoso.example"))]);
    Watcher { who: PersonRef::Person(user(n)), addresses, domain: domain("contoso.example"), relation }
}

pub(crate) fn stranger(address: &str, relation: Relation) -> Watcher {
    let address = aor(address);
    let domain = domain(address.domain());
    Watcher { domain, addresses: Arc::from([]), who: PersonRef::Address(address), relation }
}

/// The categories that SIPE and Communicator subscribe to.
pub(crate) fn asked() -> Vec<CategoryName> {
    ["calendarData", "contactCard", "note", "services", "state"].map(CategoryName::new).into()
}

pub(crate) fn view_of(document: &Document, watcher: &Watcher) -> View {
    view(document, &Selection::of(document, watcher, &asked()))
}

pub(crate) fn aggregate_at(document: &Document, container: u16, instance: u32) -> Option<AggregateState> {
    match &document.publications.get(&key("state", container, instance))?.value {
        Value::Aggregate(state) => Some(AggregateState::clone(state)),
        _ => None,
    }
}

/// Puts a member into a container whatever the versions are.
pub(crate) fn with_member(document: &Document, container: u16, member: Member) -> Document {
    let container = ContainerId(container);
    let version = document.memberships.get(&container).map_or(0, |m| m.version);
    let change = MembershipChange { container, version, members: vec![(MemberAction::Add, member)] };
    document.set_container_members(&[change]).expect("right versions").next
}

/// A calendar that has somebody so in one quarter of an hour after the other, from [`at`] that second on.
pub(crate) fn calendar(start: i64, slots: &[Occupancy]) -> Value {
    let quarter = std::time::Duration::from_secs(15 * 60);
    let times = FreeBusy::of_slots(at(start), quarter, slots.iter().copied());
    Value::Client { xml: "<calendarData/>".into(), facts: Facts::FreeBusy(times.into()) }
}
