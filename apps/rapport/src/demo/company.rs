//! The demonstration's company: its people, who manages whom, and everybody's contact list.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use rapport_core::contacts::{Contact, ContactChange, ContactGroup, GroupId};
use rapport_core::directory::{Card, NewPerson, NewTenant, Person, PersonRef, Phone, PhoneKind};
use rapport_core::policy::Policy;
use rapport_model::{Aor, OperatorScope, Scope, SipDomain};
use rapport_service::Error;

use super::PASSWORD;
use crate::server::LocalServices;

/// The company's short name.
pub(super) const NAME: &str = "demo";
/// What it is called on screen.
pub(super) const DISPLAY_NAME: &str = "Lindqvist & Okafor Boatworks";
/// The name before the backslash.
pub(super) const NETBIOS: &str = "DEMO";
/// Its SIP domain.
pub(super) const DOMAIN: &str = "demo.example";

/// A person of the company.
pub(super) struct Member {
    pub(super) user: &'static str,
    pub(super) given_name: &'static str,
    pub(super) surname: &'static str,
    pub(super) title: &'static str,
    pub(super) department: &'static str,
    office: &'static str,
    manager: Option<&'static str>,
}

const fn member(
    user: &'static str,
    (given_name, surname): (&'static str, &'static str),
    (title, department): (&'static str, &'static str),
    office: &'static str,
    manager: Option<&'static str>,
) -> Member {
    Member { user, given_name, surname, title, department, office, manager }
}

/// The people; a manager stands before whom they manage.
#[rustfmt::skip]
pub(super) const PEOPLE: &[Member] = &[
    member("astrid", ("Astrid", "Lindqvist"), ("Managing Director", "Management"), "Quay 1", None),
    member("chidi", ("Chidi", "Okafor"), ("Technical Director", "Management"), "Quay 2", Some("astrid")),
    member("mei", ("Mei", "Tanaka"), ("Head of Design", "Design"), "Loft 1", Some("chidi")),
    member("pavel", ("Pavel", "Novak"), ("Naval Architect", "Design"), "Loft 2", Some("mei")),
    member("ines", ("Inês", "Carvalho"), ("Interior Designer", "Design"), "Loft 3", Some("mei")),
    member("tomasz", ("Tomasz", "Wrona"), ("Yard Foreman", "Yard"), "Slip 1", Some("chidi")),
    member("leila", ("Leila", "Haddad"), ("Shipwright", "Yard"), "Slip 2", Some("tomasz")),
    member("bjorn", ("Björn", "Dahl"), ("Rigger", "Yard"), "Slip 3", Some("tomasz")),
    member("grace", ("Grace", "Mbeki"), ("Head of Sales", "Sales"), "Quay 4", Some("astrid")),
    member("luca", ("Luca", "Ferri"), ("Account Manager", "Sales"), "Quay 5", Some("grace")),
    member("sanna", ("Sanna", "Virtanen"), ("Bookkeeper", "Office"), "Quay 6", Some("astrid")),
    member("noah", ("Noah", "Fischer"), ("Systems Administrator", "Office"), "Quay 7", Some("sanna")),
];

/// Makes the company where there is none yet.
pub(super) async fn ensure(services: &LocalServices) -> Result<()> {
    let scope = OperatorScope::service("demonstration");
    let tenant = match services.tenants.by_name(&scope, NAME).await {
        Ok(tenant) => tenant,
        Err(Error::NotFound(_)) => {
            let new = NewTenant {
                name: NAME.to_owned(),
                display_name: DISPLAY_NAME.to_owned(),
                netbios_name: NETBIOS.to_owned(),
                domains: vec![SipDomain::parse(DOMAIN)?],
                policy: Policy { account_password_sign_in: true, ..Policy::default() },
            };
            services.tenants.add(&scope, new).await?
        }
        Err(error) => return Err(error.into()),
    };
    let scope = scope.within(tenant.id);
    let mut people: BTreeMap<&str, Person> = BTreeMap::new();
    let mut new = Vec::new();
    for member in PEOPLE {
        let address = address(member)?;
        let person = match services.people.find(&scope, address.as_str()).await {
            Ok(person) => person,
            Err(Error::NotFound(_)) => {
                let manager =
                    member.manager.and_then(|manager| people.get(manager)).map(|manager| manager.id);
                let added = add(services, &scope, member, manager).await?;
                new.push(member);
                added
            }
            Err(error) => return Err(error.into()),
        };
        people.insert(member.user, person);
    }
    for member in new {
        fill_contacts(services, &scope, member, &people)
            .await
            .with_context(|| format!("the contact list of {}", member.user))?;
    }
    Ok(())
}

fn address(member: &Member) -> Result<Aor> {
    Ok(Aor::parse(&format!("{}@{DOMAIN}", member.user))?)
}

async fn add(
    services: &LocalServices,
    scope: &Scope,
    member: &Member,
    manager: Option<rapport_model::UserId>,
) -> Result<Person> {
    let number = PEOPLE.iter().position(|other| other.user == member.user).unwrap_or(0) + 10;
    let phone = |kind, number: String| Phone { kind, number };
    let new = NewPerson {
        address: address(member)?,
        aliases: Vec::new(),
        sign_in_name: member.user.to_owned(),
        enabled: true,
        licensed: true,
        card: Card {
            display_name: format!("{} {}", member.given_name, member.surname),
            given_name: member.given_name.to_owned(),
            surname: member.surname.to_owned(),
            title: member.title.to_owned(),
            department: member.department.to_owned(),
            company: DISPLAY_NAME.to_owned(),
            office: member.office.to_owned(),
            web_page: format!("https://www.{DOMAIN}/{}", member.user),
            mail: format!("{}@mail.{DOMAIN}", member.user),
            phones: vec![
                phone(PhoneKind::Work, format!("+1 555 01{number}")),
                phone(PhoneKind::Mobile, format!("+1 555 02{number}")),
            ],
            manager,
        },
    };
    services
        .people
        .add(scope, new, Some(PASSWORD))
        .await
        .with_context(|| format!("cannot add {} to the demonstration", member.user))
}

/// Puts everybody else on a person's list, in a group for each department.
async fn fill_contacts(
    services: &LocalServices,
    scope: &Scope,
    member: &Member,
    people: &BTreeMap<&str, Person>,
) -> Result<()> {
    let Some(owner) = people.get(member.user) else { bail!("there is nobody of that name") };
    let mut groups: BTreeMap<&str, GroupId> = BTreeMap::new();
    for other in PEOPLE.iter().filter(|other| other.user != member.user) {
        let group = match groups.get(other.department) {
            Some(group) => *group,
            None => {
                let group = ContactGroup {
                    name: other.department.into(),
                    external_uri: "".into(),
                    extension_xml: "".into(),
                };
                let made = change(services, scope, owner, &ContactChange::AddGroup { group }).await?;
                let made = made.context("a group that was added has a number")?;
                groups.insert(other.department, made);
                made
            }
        };
        let Some(who) = people.get(other.user).map(|person| PersonRef::Person(person.id)) else { continue };
        let contact = Contact {
            alias: "".into(),
            groups: vec![group],
            subscribed: true,
            external_uri: "".into(),
            extension_xml: "".into(),
        };
        change(services, scope, owner, &ContactChange::Set { who, contact }).await?;
    }
    Ok(())
}

async fn change(
    services: &LocalServices,
    scope: &Scope,
    owner: &Person,
    change: &ContactChange,
) -> Result<Option<GroupId>> {
    let list = services.contacts.list(scope, owner.id).await?.list;
    let applied = services.contacts.apply(scope, owner.id, change, None, list.delta).await?;
    services.contacts.announce(scope, applied.announce).await;
    Ok(applied.group)
}
