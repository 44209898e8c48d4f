//! Who plays: a company with two domains, and another one next to it.

use std::sync::Arc;

use rapport_core::directory::{Card, NewPerson, NewTenant, Person, Phone, PhoneKind, Tenant};
use rapport_core::policy::Policy;
use rapport_fabric_local::LocalFabric;
use rapport_model::{Aor, EndpointId, Instance, Limits, OperatorScope, SipDomain, UserId};
use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
use rapport_service::Services;
use rapport_service::clock::Clock;
use rapport_service::secret::Secrets;
use rapport_store::Store;

use crate::list::{List, MOST_CONTACTS, MOST_GROUPS};
use crate::possible::Possible;
use crate::reference::{self, Watcher};

/// How many people there are.
pub(crate) const PEOPLE: usize = 6;
/// How many other people may watch one.
pub(crate) const MOST_WATCHERS: u32 = 4;
/// How many programs of one person may be signed in.
pub(crate) const MOST_ENDPOINTS: u32 = 2;
/// The company's domains.
pub(crate) const DOMAINS: [&str; 2] = ["one.example", "two.example"];

/// A person, with everything that may be true of them.
pub(crate) struct Someone {
    pub(crate) id: UserId,
    pub(crate) person: Arc<Person>,
    pub(crate) presence: Possible<reference::Person>,
    pub(crate) list: Possible<List>,
}

impl Someone {
    pub(crate) fn watcher(&self) -> Watcher {
        Watcher { id: self.id, domain: self.person.address.sip_domain() }
    }

    /// One of the person's programs.
    pub(crate) fn endpoint(&self, number: u8) -> EndpointId {
        EndpointId { user: self.id, instance: Instance([number; 16]) }
    }
}

/// The secrets of every node; nobody has a password here.
pub(crate) fn secrets() -> Secrets {
    let hasher = PasswordHasher::new(Cost::TRIVIAL).expect("a cost");
    Secrets::new(hasher, ServiceKey::ephemeral().expect("randomness"), 1)
}

/// Founds the companies in a store.
pub(crate) async fn found(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    secrets: Secrets,
) -> (Arc<Tenant>, Vec<Someone>) {
    let services = Services::new(store, LocalFabric::default(), clock, secrets, "sip.one.example:5061");
    let operator = OperatorScope::service("found");
    let limits = Limits {
        contacts: MOST_CONTACTS as u32,
        watchers: MOST_WATCHERS,
        groups: MOST_GROUPS as u32,
        endpoints: MOST_ENDPOINTS,
    };
    let company = |name: &str, domains: &[&str]| NewTenant {
        name: name.to_owned(),
        display_name: name.to_owned(),
        netbios_name: name.to_uppercase(),
        domains: domains.iter().map(|d| SipDomain::parse(d).expect("a domain")).collect(),
        policy: Policy { limits, ..Policy::default() },
    };
    let tenant = services.tenants.add(&operator, company("one", &DOMAINS)).await.expect("founded");
    let other = services.tenants.add(&operator, company("other", &["other.example"])).await.expect("founded");
    let person = |name: String, number: u32| NewPerson {
        address: Aor::parse(&name).expect("an address"),
        aliases: Vec::new(),
        sign_in_name: name.split('@').next().unwrap_or_default().to_owned(),
        enabled: true,
        licensed: true,
        card: Card {
            display_name: format!("Person {number}"),
            office: "B2".to_owned(),
            phones: [PhoneKind::Work, PhoneKind::Mobile, PhoneKind::Home]
                .map(|kind| Phone { kind, number: "+1 555 0100".to_owned() })
                .into(),
            ..Card::default()
        },
    };
    let mut people = Vec::new();
    for number in 1..=PEOPLE {
        let name = format!("person{number}@{}", DOMAINS[number % DOMAINS.len()]);
        let new = person(name, number as u32);
        let person = services.people.add(&operator.within(tenant.id), new, None).await.expect("added");
        let id = person.id;
        assert_eq!(id.user as usize, number, "the name on the card is the number");
        people.push(Someone {
            id,
            person: Arc::new(person),
            presence: Possible::new(reference::Person::new(id)),
            list: Possible::new(List::new()),
        });
    }
    let foreigner = person("foreigner@other.example".to_owned(), 0);
    services.people.add(&operator.within(other.id), foreigner, None).await.expect("added");
    (Arc::new(tenant), people)
}
