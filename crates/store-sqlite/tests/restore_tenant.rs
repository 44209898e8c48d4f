//! One company is brought back from a copy; the others stay as they are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rapport_core::contacts::{Contact, ContactList};
use rapport_core::directory::{Card, Person, PersonRef};
use rapport_core::policy::Policy;
use rapport_core::presence::{Member, Membership, StaticChange};
use rapport_model::{Aor, ContainerId, OperatorScope, Scope, SipDomain, TenantId, Timestamp, UserId};
use rapport_store::contract::{block_on, line};
use rapport_store::{
    AuditEntry, Beginning, NewPassword, NewPerson, NewTenant, Store as _, StoreError, TenantFields,
};
use rapport_store_sqlite::{SqliteStore, contents, copy, restore_tenant};

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rapport-adopt-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn live(&self) -> PathBuf {
        self.0.join("rapport.db")
    }

    fn backup(&self) -> PathBuf {
        self.0.join("backup.db")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn operator() -> OperatorScope {
    OperatorScope::service("test")
}

fn new_company(name: &str) -> NewTenant {
    let fields = TenantFields {
        name: name.to_owned(),
        display_name: name.to_uppercase(),
        netbios_name: "CORP".to_owned(),
        enabled: true,
        policy: Policy::default(),
    };
    NewTenant { fields, domains: vec![SipDomain::parse(&format!("{name}.example")).expect("a domain")] }
}

fn audit(store: &SqliteStore, scope: &Scope, what: &str) {
    let entry =
        AuditEntry { at: Timestamp(5), what: what.to_owned(), subject: String::new(), detail: String::new() };
    block_on(store.append_audit(scope, entry)).expect("a line");
}

fn add_company(store: &SqliteStore, name: &str) -> Scope {
    let tenant = block_on(store.add_tenant(&operator(), new_company(name))).expect("added");
    let scope = operator().within(tenant.id);
    audit(store, &scope, &format!("{name} added"));
    scope
}

fn add_person(store: &SqliteStore, scope: &Scope, address: &str) -> UserId {
    let address = Aor::parse(address).expect("an address");
    let new = NewPerson {
        sign_in_name: address.as_str().split('@').next().unwrap_or_default().to_owned(),
        address,
        aliases: Vec::new(),
        enabled: true,
        licensed: true,
        card: Card::default(),
    };
    let hash = "$argon2id$".to_owned();
    let password = Some(NewPassword { hash, account_nt: None, previous_until: Timestamp(0) });
    let begins = |_: &Person| Ok(Beginning { presence: Vec::new(), password, line: line() });
    block_on(store.add_person(scope, new, Box::new(begins))).expect("added").id
}

fn befriend(store: &SqliteStore, scope: &Scope, user: UserId, friend: UserId) {
    let old = block_on(store.contacts(scope, user)).expect("read");
    let mut new: ContactList = old.clone();
    new.delta += 1;
    let contact = Contact {
        alias: "".into(),
        groups: vec![1],
        subscribed: true,
        external_uri: "".into(),
        extension_xml: "".into(),
    };
    new.contacts.insert(PersonRef::Person(friend), contact);
    block_on(store.commit_contacts(scope, user, &old, &new)).expect("written");
    let members = BTreeSet::from([Member::User(PersonRef::Person(friend))]);
    let revision = block_on(store.presence_revision(scope, user)).expect("read");
    let change = StaticChange::SetMembership(ContainerId::TEAM, Membership { version: 1, members });
    block_on(store.commit_presence(scope, user, revision, revision + 1, &[change])).expect("written");
}

struct Scene {
    dir: Dir,
    boats: Scope,
    cars: Scope,
    kim: UserId,
    lee: UserId,
}

/// Boats with Kim and Lee, who know each other, and cars with Max; a copy of it; and then both companies go on.
fn scene(name: &str) -> Scene {
    let dir = Dir::new(name);
    let store = SqliteStore::open(&dir.live()).expect("made");
    let (boats, cars) = (add_company(&store, "boats"), add_company(&store, "cars"));
    let kim = add_person(&store, &boats, "kim@boats.example");
    let lee = add_person(&store, &boats, "lee@boats.example");
    let max = add_person(&store, &cars, "max@cars.example");
    befriend(&store, &boats, kim, lee);
    copy(&dir.live(), &dir.backup(), &mut |_, _| {}).expect("copied");
    block_on(store.remove_person(&boats, lee)).expect("removed");
    let list = block_on(store.contacts(&boats, kim)).expect("read");
    let empty = ContactList { delta: list.delta + 5, contacts: Default::default(), ..list.clone() };
    block_on(store.commit_contacts(&boats, kim, &list, &empty)).expect("emptied");
    add_person(&store, &boats, "new@boats.example");
    audit(&store, &boats, "lee removed");
    add_person(&store, &cars, "ida@cars.example");
    befriend(&store, &cars, max, max);
    drop(store);
    Scene { dir, boats, cars, kim, lee }
}

/// Everything that is another company's, row by row.
fn rows_of(path: &Path, tenant: TenantId) -> Vec<String> {
    let connection = rusqlite::Connection::open(path).expect("opened");
    let mut rows = Vec::new();
    for (table, of) in [
        ("tenants", "id = ?1"),
        ("domains", "tenant = ?1"),
        ("people", "tenant = ?1"),
        ("addresses", "user IN (SELECT id FROM people WHERE tenant = ?1)"),
        ("credentials", "user IN (SELECT id FROM people WHERE tenant = ?1)"),
        ("contacts", "user IN (SELECT id FROM people WHERE tenant = ?1)"),
        ("contact_groups", "user IN (SELECT id FROM people WHERE tenant = ?1)"),
        ("members", "user IN (SELECT id FROM people WHERE tenant = ?1)"),
        ("audit", "tenant = ?1"),
    ] {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} WHERE {of}")).expect("SQL");
        let columns = statement.column_count();
        let mut found = statement.query([tenant.0]).expect("read");
        while let Some(row) = found.next().expect("read") {
            let values: Vec<_> = (0..columns).map(|n| row.get_ref(n).expect("a value")).collect();
            rows.push(format!("{table} {values:?}"));
        }
    }
    rows
}

#[test]
fn a_company_is_as_it_was_and_no_row_of_another_is_touched() {
    let Scene { dir, boats, cars, kim, lee } = scene("whole");
    let others = rows_of(&dir.live(), cars.tenant);
    assert!(others.len() > 8, "{others:?}");
    assert_eq!(restore_tenant(&dir.live(), &dir.backup(), "boats"), Ok(boats.tenant));
    assert_eq!(rows_of(&dir.live(), cars.tenant), others);
    contents(&dir.live()).expect("sound");
    let store = SqliteStore::open(&dir.live()).expect("opened");
    let people = block_on(store.people(&boats, None, 10)).expect("read");
    assert_eq!(people.iter().map(|person| person.id).collect::<Vec<_>>(), [kim, lee]);
    let list = block_on(store.contacts(&boats, kim)).expect("read");
    assert_eq!(list.contacts.keys().collect::<Vec<_>>(), [&PersonRef::Person(lee)]);
    let presence = block_on(store.presence(&boats, kim)).expect("read");
    assert_eq!(presence.memberships.len(), 1);
    assert!(block_on(store.credentials(&boats, lee)).expect("read").password_hash.is_some());
    let lines = block_on(store.audit(&boats, 0, 10)).expect("read");
    let said: Vec<_> =
        lines.iter().map(|line| line.entry.what.as_str()).filter(|what| *what != "x").collect();
    assert_eq!(said, ["boats added", "lee removed"], "what happened since is still told");
}

#[test]
fn revisions_and_delta_numbers_go_on() {
    let Scene { dir, boats, kim, lee, .. } = scene("numbers");
    let numbers = |user| {
        let store = SqliteStore::open(&dir.live()).expect("opened");
        let list = block_on(store.contacts(&boats, user)).expect("read");
        (list.delta, list.groups.len(), block_on(store.presence_revision(&boats, user)).expect("read"))
    };
    let before = numbers(kim);
    restore_tenant(&dir.live(), &dir.backup(), "boats").expect("restored");
    let after = numbers(kim);
    assert!(after.0 > before.0 && after.2 > before.2, "{before:?} {after:?}");
    assert_eq!(numbers(lee), (1, 1, 0), "nobody has known this list since");
    restore_tenant(&dir.live(), &dir.backup(), "boats").expect("restored");
    assert_eq!(numbers(lee), (2, 1, 1), "a list that was never changed still has its first group");
}

#[test]
fn a_company_that_was_removed_comes_back_with_its_log() {
    let Scene { dir, boats, lee, .. } = scene("removed");
    let store = SqliteStore::open(&dir.live()).expect("opened");
    block_on(store.remove_tenant(&boats)).expect("removed");
    restore_tenant(&dir.live(), &dir.backup(), "boats").expect("restored while the store is in use");
    assert_eq!(block_on(store.person(&boats, lee)).expect("read").id, lee);
    audit(&store, &boats, "restored");
    let lines = block_on(store.audit(&boats, 0, 10)).expect("read");
    let said: Vec<_> = lines.iter().map(|line| line.entry.what.as_str()).collect();
    assert_eq!(said, ["boats added", "x", "x", "restored"]);
    let next = add_person(&store, &boats, "next@boats.example");
    assert!(next.user > 5, "numbers are not used again: {next}");
}

#[test]
fn what_is_another_companys_by_now_is_refused_and_nothing_is_changed() {
    let Scene { dir, boats, cars, .. } = scene("refused");
    let store = SqliteStore::open(&dir.live()).expect("opened");
    let conflict = |what: &str| {
        let before = (rows_of(&dir.live(), boats.tenant), rows_of(&dir.live(), cars.tenant));
        let refused = restore_tenant(&dir.live(), &dir.backup(), "boats");
        assert!(
            matches!(&refused, Err(StoreError::Conflict { what: said }) if said.contains(what)),
            "{refused:?}"
        );
        assert_eq!((rows_of(&dir.live(), boats.tenant), rows_of(&dir.live(), cars.tenant)), before);
    };
    assert_eq!(restore_tenant(&dir.live(), &dir.backup(), "planes"), Err(StoreError::NotFound));
    block_on(store.remove_tenant(&boats)).expect("removed");
    block_on(store.add_domain(&cars, SipDomain::parse("boats.example").expect("a domain"))).expect("taken");
    conflict("domain");
    block_on(store.remove_domain(&cars, &SipDomain::parse("boats.example").expect("a domain")))
        .expect("freed");
    let again = add_company(&store, "boats");
    conflict("name");
    block_on(store.remove_tenant(&again)).expect("removed");
    // Another database, in which the same numbers are other people's.
    let strange = Dir::new("strange");
    let other = SqliteStore::open(&strange.live()).expect("made");
    let planes = add_company(&other, "planes");
    add_person(&other, &planes, "kim@planes.example");
    let refused = restore_tenant(&strange.live(), &dir.backup(), "boats");
    assert!(
        matches!(&refused, Err(StoreError::Conflict { what }) if what.contains("another database")),
        "{refused:?}"
    );
}
