//! The service's words as the reference's, and back. Nothing here decides anything.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rapport_core::contacts::{Contact, ContactChange, ContactGroup, ContactList};
use rapport_core::directory::PersonRef;
use rapport_core::presence as core;
use rapport_model::{Aor, Availability, ContainerId, EndpointId, Timestamp, UserId};
use rapport_service::Error;

use crate::list::{Change, List, Who};
use crate::reference::{
    Category, Kind, Lives, Member, Members, MembersChange, No, Operation, Place, Plan, Planned, Put, Said,
    Shown, View,
};

/// Every category that occurs.
pub(crate) const CATEGORIES: [Category; 9] = [
    "calendarData",
    "contactCard",
    "device",
    "legacyInterop",
    "note",
    "routing",
    "services",
    "state",
    "userProperties",
];

pub(crate) fn category(name: &str) -> Category {
    CATEGORIES.into_iter().find(|known| *known == name).unwrap_or("unknown")
}

pub(crate) fn names(asked: &BTreeSet<Category>) -> Arc<[core::CategoryName]> {
    asked.iter().map(|name| core::CategoryName::new(name)).collect()
}

pub(crate) fn operation(operation: &Operation) -> core::NewPublication {
    let (name, container, instance) = operation.place;
    let action = match &operation.put {
        None => core::PublicationAction::Delete,
        Some(put) => core::PublicationAction::Publish { lifetime: lifetime(put), value: value(put) },
    };
    let key = core::PublicationKey::new(core::CategoryName::new(name), ContainerId(container), instance);
    core::NewPublication { key, version: operation.version, action }
}

fn lifetime(put: &Put) -> core::Lifetime {
    match put.lives {
        Lives::Always => core::Lifetime::Static,
        Lives::WithEndpoint => core::Lifetime::Endpoint(put.with),
        Lives::WithPerson => core::Lifetime::User,
        Lives::Until(end) => core::Lifetime::Until(end),
    }
}

fn value(put: &Put) -> core::Value {
    let device = put.timezone.map(|timezone| core::Device {
        endpoint_id: Arc::from(&*put.text),
        availability: Availability(0),
        capabilities: [(Arc::from("text"), true, true)].into(),
        timezone: timezone.into(),
    });
    let state = put.state.map(|said| core::Facts::State(Box::new(state(said))));
    let facts = state
        .or_else(|| device.map(|device| core::Facts::Device(Box::new(device))))
        .or_else(|| put.plan.map(|plan| core::Facts::FreeBusy(Box::new(times(plan)))));
    core::Value::Client { xml: Arc::from(&*put.text), facts: facts.unwrap_or(core::Facts::None) }
}

fn times(Plan { is, end }: Plan) -> core::FreeBusy {
    let is = match is {
        Planned::Free => core::Occupancy::Free,
        Planned::Tentative => core::Occupancy::Tentative,
        Planned::Busy => core::Occupancy::Busy,
        Planned::Out => core::Occupancy::OutOfOffice,
    };
    // What the calendar ends with has no end of its own.
    let last = match is {
        core::Occupancy::Free => core::Occupancy::Busy,
        core::Occupancy::Tentative | core::Occupancy::Busy | core::Occupancy::OutOfOffice => {
            core::Occupancy::Free
        }
    };
    let blocks = [core::Block { is, end }, core::Block { is: last, end: end.plus(Duration::from_secs(900)) }];
    core::FreeBusy::of_blocks(Timestamp(i64::MIN), blocks)
}

fn state(said: Said) -> core::State {
    core::State {
        kind: match said.kind {
            Kind::Machine => core::StateKind::Machine,
            Kind::User => core::StateKind::User,
            Kind::Phone => core::StateKind::Phone,
            Kind::Calendar => core::StateKind::Calendar,
        },
        manual: said.kind == Kind::User,
        availability: said.availability.map(Availability),
        activity: said.activity.map(|(token, least, most)| core::Activity {
            token: token.into(),
            custom_xml: Arc::default(),
            min: Some(Availability(least)),
            max: Some(Availability(most)),
        }),
        start: said.start,
        location: said.location.into(),
        timezone: Arc::default(),
        device: None,
    }
}

pub(crate) fn members(change: &MembersChange) -> core::MembershipChange {
    let (container, version, members) = change;
    let action = |comes| if comes { core::MemberAction::Add } else { core::MemberAction::Remove };
    core::MembershipChange {
        container: ContainerId(*container),
        version: *version,
        members: members.iter().map(|(comes, member)| (action(*comes), to_member(member))).collect(),
    }
}

fn to_member(member: &Member) -> core::Member {
    match member {
        Member::User(user) => core::Member::User(PersonRef::Person(*user)),
        Member::Domain(domain) => core::Member::Domain(domain.clone()),
        Member::Company => core::Member::SameEnterprise,
        Member::Federated => core::Member::Federated,
        Member::Public => core::Member::PublicCloud,
        Member::Everyone => core::Member::Everyone,
    }
}

fn from_member(member: &core::Member) -> Member {
    match member {
        core::Member::User(PersonRef::Person(user)) => Member::User(*user),
        core::Member::User(PersonRef::Address(address)) => Member::Domain(address.sip_domain()),
        core::Member::Domain(domain) => Member::Domain(domain.clone()),
        core::Member::SameEnterprise => Member::Company,
        core::Member::Federated => Member::Federated,
        core::Member::PublicCloud => Member::Public,
        core::Member::Everyone => Member::Everyone,
    }
}

pub(crate) fn memberships(document: &core::Document) -> BTreeMap<u16, Members> {
    let members = |m: &core::Membership| Members {
        version: m.version,
        who: m.members.iter().map(from_member).collect(),
    };
    document.memberships.iter().map(|(id, membership)| (id.0, members(membership))).collect()
}

pub(crate) fn prompted(document: &core::Document) -> BTreeMap<UserId, bool> {
    let person = |who: &PersonRef| match who {
        PersonRef::Person(user) => Some(*user),
        PersonRef::Address(_) => None,
    };
    document.subscribers.iter().filter_map(|(who, p)| Some((person(who)?, p.acknowledged))).collect()
}

pub(crate) fn place(key: &core::PublicationKey) -> Place {
    (category(key.category.as_str()), key.container.0, key.instance)
}

/// What programs have published, each with its version, its life and its text.
pub(crate) fn publications(
    document: &core::Document,
) -> BTreeMap<Place, (u32, Lives, Option<EndpointId>, Rc<str>)> {
    let of_program = |publication: &core::Publication| {
        let core::Value::Client { xml, .. } = &publication.value else { return None };
        let lives = match publication.lifetime {
            core::Lifetime::Static => Lives::Always,
            core::Lifetime::Endpoint(_) => Lives::WithEndpoint,
            core::Lifetime::User => Lives::WithPerson,
            core::Lifetime::Until(end) | core::Lifetime::KeptUntil(end) => Lives::Until(end),
        };
        Some((publication.version, lives, publication.publisher, Rc::from(&**xml)))
    };
    document.publications.iter().filter_map(|(key, p)| Some((place(key), of_program(p)?))).collect()
}

pub(crate) fn view(view: &core::View) -> View {
    view.categories.iter().map(|c| (category(c.name.as_str()), instances(c))).collect()
}

pub(crate) fn instances(category: &core::CategoryView) -> Vec<(u32, Shown)> {
    category.instances.iter().map(|(instance, _, value)| (*instance, shown(value))).collect()
}

fn shown(value: &core::Value) -> Shown {
    match value {
        core::Value::Client { xml, .. } => Shown::Text(Rc::from(&**xml)),
        core::Value::Aggregate(sum) => Shown::State {
            availability: sum.availability.0,
            activity: sum.activity.as_ref().map(|activity| Rc::from(&*activity.token)),
            location: Rc::from(&*sum.location),
            timezone: Rc::from(&*sum.timezone),
            until: sum.until.map(|until| match until {
                core::Until::Calendar(end) | core::Until::Chosen(end) => end,
            }),
        },
        core::Value::Identity { display_name, .. } => Shown::Name(Rc::from(&**display_name)),
        core::Value::AddressBook(card) => {
            Shown::Card { phones: card.phones.len(), office: !card.office.is_empty() }
        }
        core::Value::LegacyInterop(availability) => Shown::Legacy(availability.0),
        core::Value::Services(devices) => {
            Shown::Services(devices.iter().map(|d| (Rc::from(&*d.endpoint_id), d.availability.0)).collect())
        }
        core::Value::UserProperties => Shown::Text("userProperties".into()),
        core::Value::Empty => Shown::Empty,
    }
}

pub(crate) fn stranger(number: u8) -> Aor {
    Aor::parse(&format!("stranger{number}@elsewhere.example")).expect("an address")
}

pub(crate) fn to_who(who: Who) -> PersonRef {
    match who {
        Who::Person(user) => PersonRef::Person(user),
        Who::Stranger(number) => PersonRef::Address(stranger(number)),
    }
}

pub(crate) fn from_who(who: &PersonRef) -> Who {
    match who {
        PersonRef::Person(user) => Who::Person(*user),
        PersonRef::Address(address) => {
            Who::Stranger((0..=u8::MAX).find(|number| stranger(*number) == *address).unwrap_or(u8::MAX))
        }
    }
}

pub(crate) fn change(change: &Change) -> ContactChange {
    let group = |name: &Rc<str>| ContactGroup {
        name: Arc::from(&**name),
        external_uri: Arc::default(),
        extension_xml: Arc::default(),
    };
    match change {
        Change::Set(who, name, groups) => ContactChange::Set {
            who: to_who(*who),
            contact: Contact {
                alias: Arc::from(&**name),
                groups: groups.clone(),
                subscribed: true,
                external_uri: Arc::default(),
                extension_xml: Arc::default(),
            },
        },
        Change::Delete(who) => ContactChange::Delete { who: to_who(*who) },
        Change::AddGroup(name) => ContactChange::AddGroup { group: group(name) },
        Change::Rename(id, name) => ContactChange::ModifyGroup { id: *id, group: group(name) },
        Change::DeleteGroup(id) => ContactChange::DeleteGroup { id: *id },
    }
}

pub(crate) fn contact(contact: &Contact) -> (Rc<str>, Vec<u32>) {
    (Rc::from(&*contact.alias), contact.groups.clone())
}

pub(crate) fn list(list: &ContactList) -> List {
    List {
        number: list.delta,
        groups: list.groups.iter().map(|(id, group)| (*id, Rc::from(&*group.name))).collect(),
        contacts: list.contacts.iter().map(|(who, c)| (from_who(who), contact(c))).collect(),
    }
}

/// Why the service did not do something, in the reference's words; none when it could not, or does not know.
pub(crate) fn no(error: &Error) -> Option<No> {
    match error {
        Error::Refused(refusal) => Some(No::Refused(refusal.code())),
        Error::Versions(wrong) => Some(No::Versions(wrong.iter().map(|c| (c.index, c.current)).collect())),
        Error::Unavailable(_) | Error::Full | Error::Unwritable(_) => None,
        _ => Some(No::Refused("no refusal at all")),
    }
}
