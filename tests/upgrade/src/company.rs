//! Two companies with everything that schema 1 keeps of them, and what later ones keep beside.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use rapport_core::contacts::{Contact, ContactGroup, ContactList};
use rapport_core::directory::{Card, Person, PersonRef, Phone, PhoneKind};
use rapport_core::policy::Policy;
use rapport_core::presence::{
    CategoryName, Facts, Lifetime, Member, Membership, Prompted, Publication, PublicationKey, State,
    StateKind, StaticChange, Value,
};
use rapport_model::{
    Aor, Availability, ContainerId, EndpointId, Instance, Limits, OperatorScope, Scope, SipDomain, Source,
    TenantId, Timestamp, TraceId, UserId,
};
use rapport_secrets::{Cost, PasswordHasher, Purpose, ServiceKey, Verdict};
use rapport_store::contract::{line, nothing};
use rapport_store::{
    AuditEntry, Link, NewAppPassword, NewPassword, NewPerson, NewTenant, Sealed, Store, TenantFields,
    initial_contacts,
};

use crate::{history, newest, web};

const PASSWORD: &str = "Lachs-Ölbaum 71";
const ACCOUNT_NT: [u8; 16] = *b"the account's NT";
const PREVIOUS_NT: [u8; 16] = *b"one before that.";
const DEVICE_NT: [u8; 16] = *b"that of a device";
pub(crate) const AT: Timestamp = Timestamp(1_795_651_200_123);
/// When a note ends: never as long as anybody reads it.
const ENDS: Timestamp = Timestamp(7_258_118_400_000);
/// The company that is looked at.
pub const NORTH: TenantId = TenantId(1);
/// Whose things are looked at.
pub const ANA: UserId = UserId { tenant: NORTH, user: 1 };
pub(crate) const BEN: UserId = UserId { tenant: NORTH, user: 2 };

fn aor(text: &str) -> Aor {
    Aor::parse(text).expect("an address")
}

fn domain(text: &str) -> SipDomain {
    SipDomain::parse(text).expect("a domain")
}

fn operator() -> OperatorScope {
    OperatorScope::operator("root".into(), Source::Machine { uid: 0, pid: None }, "upgrade", TraceId(1))
}

fn tenants() -> [NewTenant; 2] {
    let limits = Limits { contacts: 300, watchers: 400, groups: 50, endpoints: 6 };
    let north = TenantFields {
        name: "north".to_owned(),
        display_name: "Nord & Söhne".to_owned(),
        netbios_name: "NORTH".to_owned(),
        enabled: true,
        policy: Policy { limits, account_password_sign_in: true, ..Policy::default() },
    };
    let south = TenantFields {
        name: "south".to_owned(),
        netbios_name: "SOUTH".to_owned(),
        enabled: false,
        policy: Policy::default(),
        ..north.clone()
    };
    [
        NewTenant { fields: north, domains: vec![domain("north.example"), domain("nord.example")] },
        NewTenant { fields: south, domains: vec![domain("south.example")] },
    ]
}

fn ana() -> NewPerson {
    NewPerson {
        address: aor("ana@north.example"),
        aliases: vec![aor("ana.lind@nord.example")],
        sign_in_name: "ana".to_owned(),
        enabled: true,
        licensed: true,
        card: Card {
            display_name: "Ana \"Ä\" Lind \u{202e}x".to_owned(),
            given_name: "Ana".to_owned(),
            surname: "Lind".to_owned(),
            title: "Büroleiterin".to_owned(),
            department: "Sales".to_owned(),
            company: "Nord".to_owned(),
            office: "東京".to_owned(),
            mail: "ana@mail.example".to_owned(),
            phones: vec![
                Phone { kind: PhoneKind::Work, number: "+49 1".to_owned() },
                Phone { kind: PhoneKind::Mobile, number: "+49 2".to_owned() },
            ],
            ..Card::default()
        },
    }
}

fn ben() -> NewPerson {
    NewPerson {
        address: aor("ben@north.example"),
        aliases: Vec::new(),
        sign_in_name: "ben".to_owned(),
        enabled: false,
        licensed: true,
        card: Card { display_name: "Ben".to_owned(), manager: Some(ANA), ..Card::default() },
    }
}

fn contacts() -> ContactList {
    let mut list = ContactList { delta: 7, ..initial_contacts() };
    let group =
        ContactGroup { name: "Süd <1>".into(), external_uri: "".into(), extension_xml: "<x/>".into() };
    list.groups.insert(64, group);
    let contact = |alias: &str, groups: &[u32]| Contact {
        alias: alias.into(),
        groups: groups.to_vec(),
        subscribed: true,
        external_uri: "".into(),
        extension_xml: "<contactExtension/>".into(),
    };
    list.contacts = BTreeMap::from([
        (PersonRef::Person(BEN), contact("Benny", &[64, 1])),
        (PersonRef::Address(aor("carl@elsewhere.example")), contact("Carl", &[1])),
    ]);
    list
}

/// What stands under a schema: from 10 on, a note has an end.
fn publications(schema: u32) -> BTreeMap<PublicationKey, Publication> {
    let key = |category: &str, container, instance| PublicationKey {
        category: CategoryName::new(category),
        container,
        instance,
    };
    let by = Some(EndpointId { user: ANA, instance: Instance([0xab; 16]) });
    let publication =
        |version, lifetime, value| Publication { version, lifetime, published: AT, publisher: by, value };
    let state = State {
        kind: StateKind::User,
        manual: true,
        availability: Some(Availability::BUSY),
        activity: None,
        start: Some(AT),
        location: "Bögen".into(),
        timezone: "".into(),
        device: None,
    };
    let note = Value::Client { xml: "<note>Grüße</note>".into(), facts: Facts::None };
    let state = Value::Client { xml: "<state/>".into(), facts: Facts::State(Box::new(state)) };
    let noted = if schema >= 10 { Lifetime::KeptUntil(ENDS) } else { Lifetime::Static };
    BTreeMap::from([
        (key("note", ContainerId::TEAM, 0), publication(3, noted, note)),
        (key("state", ContainerId::TEAM, 0x2000_0000), publication(1, Lifetime::Static, state)),
    ])
}

fn memberships() -> BTreeMap<ContainerId, Membership> {
    let members =
        BTreeSet::from([Member::User(PersonRef::Person(BEN)), Member::Domain(domain("partner.example"))]);
    let everyone = BTreeSet::from([Member::SameEnterprise]);
    BTreeMap::from([
        (ContainerId::BLOCKED, Membership { version: 4, members }),
        (ContainerId::TEAM, Membership { version: 1, members: everyone }),
    ])
}

fn subscribers() -> BTreeMap<PersonRef, Prompted> {
    BTreeMap::from([(PersonRef::Person(BEN), Prompted { display_name: "Ben".into(), acknowledged: true })])
}

fn audit_entry() -> AuditEntry {
    AuditEntry {
        at: AT,
        what: "user added".to_owned(),
        subject: ANA.to_string(),
        detail: "ana@north.example".to_owned(),
    }
}

/// Writes the companies into an empty store.
///
/// # Errors
/// The store says no.
pub async fn write(store: &dyn Store, key: &ServiceKey) -> Result<()> {
    for new in tenants() {
        store.add_tenant(&operator(), new).await?;
    }
    let scope = operator().within(NORTH);
    for (new, want) in [(ana(), ANA), (ben(), BEN)] {
        let added = store.add_person(&scope, new, nothing()).await?;
        ensure!(added.id == want, "{} has the number {}", added.address, added.id);
    }
    let hasher = PasswordHasher::new(Cost::TRIVIAL)?;
    for nt in [&PREVIOUS_NT, &ACCOUNT_NT] {
        let hash = hasher.hash(PASSWORD, [7; 16])?;
        let account_nt = Some(Sealed(key.seal(ANA, Purpose::AccountPassword, nt)?));
        store.set_password(&scope, ANA, NewPassword { hash, account_nt, previous_until: AT }, line()).await?;
    }
    let sealed = Sealed(key.seal(ANA, Purpose::AppPassword, &DEVICE_NT)?);
    store
        .add_app_password(
            &scope,
            ANA,
            NewAppPassword { label: "laptop".to_owned(), sealed, created: AT },
            line(),
        )
        .await?;
    store.commit_contacts(&scope, ANA, &initial_contacts(), &contacts()).await?;
    let changes: Vec<StaticChange> = publications(newest())
        .into_iter()
        .map(|(key, publication)| StaticChange::Put(key, publication))
        .chain(memberships().into_iter().map(|(id, membership)| StaticChange::SetMembership(id, membership)))
        .chain(subscribers().into_iter().map(|(who, prompted)| StaticChange::PutSubscriber(who, prompted)))
        .collect();
    store.commit_presence(&scope, ANA, 0, 5, &changes).await?;
    store.append_audit(&scope, audit_entry()).await?;
    history::write(store, &scope, key).await?;
    web::write(store, &scope).await
}

/// Checks that the companies stand in the store as they were written under a schema.
///
/// # Errors
/// The first thing that differs.
pub async fn read_back(store: &dyn Store, key: &ServiceKey, schema: u32) -> Result<()> {
    let companies = store.tenants(&operator()).await?;
    let [north, south] = companies.as_slice() else { anyhow::bail!("there are {companies:?}") };
    for (found, want) in [north, south].into_iter().zip(tenants()) {
        same("a company", found, &want.with_id(found.id))?;
    }
    same("a number", &north.id, &NORTH)?;
    let scope = Scope::service(NORTH, "upgrade");
    let people = store.people(&scope, None, 10).await?;
    same("the people", &people, &vec![ana().with_id(ANA), ben().with_id(BEN)])?;
    let by_alias = store.person_by_address(&scope, &aor("ana.lind@nord.example")).await?;
    same("who has the alias", &by_alias.map(|person: Person| person.id), &Some(ANA))?;
    credentials(store, &scope, key).await?;
    same("the contacts", &store.contacts(&scope, ANA).await?, &contacts())?;
    same("an untouched list", &store.contacts(&scope, BEN).await?, &initial_contacts())?;
    let presence = store.presence(&scope, ANA).await?;
    same("the revision", &presence.static_revision, &5)?;
    same("the publications", &presence.publications, &publications(schema))?;
    same("the memberships", &presence.memberships, &memberships())?;
    same("the subscribers", &presence.subscribers, &subscribers())?;
    if schema >= 8 {
        history::read_back(store, &scope, key).await?;
    }
    web::read_back(store, &scope, schema).await?;
    let lines = store.audit(&scope, 0, 10).await?;
    let mut before = Link::START;
    for line in &lines {
        before = before.of(NORTH, line);
        same("the link of a line", &line.link, &(schema >= 2).then_some(before))?;
    }
    // Those before it were written with what they tell of.
    let line = lines.last().context("the audit log is empty")?;
    same("a line of the audit log", &line.entry, &audit_entry())?;
    same("who acted", &(line.actor.as_str(), line.reason.as_str()), &("operator root", "upgrade"))?;
    same("from where", &line.source.as_deref(), &(schema >= 7).then_some("uid 0"))
}

async fn credentials(store: &dyn Store, scope: &Scope, key: &ServiceKey) -> Result<()> {
    let found = store.credentials(scope, ANA).await?;
    let hash = found.password_hash.context("the password hash has gone")?;
    let verdict = PasswordHasher::new(Cost::TRIVIAL)?.verify(PASSWORD, &hash)?;
    same("the password", &matches!(verdict, Verdict::Right { .. }), &true)?;
    let device = found.app_passwords.first().context("the app password has gone")?;
    same("the device", &(device.label.as_str(), device.created), &("laptop", AT))?;
    for (sealed, purpose, want) in [
        (found.account_nt.as_ref(), Purpose::AccountPassword, ACCOUNT_NT),
        (
            found.previous_account_nt.as_ref().map(|previous| &previous.sealed),
            Purpose::AccountPassword,
            PREVIOUS_NT,
        ),
        (Some(&device.sealed), Purpose::AppPassword, DEVICE_NT),
    ] {
        let sealed = sealed.context("a sealed hash has gone")?;
        same("a sealed hash", &*key.open(ANA, purpose, &sealed.0)?, &want)?;
    }
    same("no credentials", &store.credentials(scope, BEN).await?.password_hash, &None)
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, want: &T) -> Result<()> {
    ensure!(found == want, "{what}: {found:?} is not {want:?}");
    Ok(())
}
