//! A copy of a database that is being written: whole, of one moment, and nothing left when it fails.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rapport_core::contacts::ContactGroup;
use rapport_core::directory::Card;
use rapport_core::policy::Policy;
use rapport_model::{Aor, Epid, OperatorScope, Scope, SipDomain, Timestamp, UserId};
use rapport_store::contract::{block_on, nothing};
use rapport_store::{NewPerson, NewTenant, Store as _, TenantFields, WebSession, WebSessionHash};
use rapport_store_sqlite::{OpenError, SqliteStore, contents, copy};

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rapport-copy-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A company of so many people.
fn company(path: &Path, people: u32) -> (SqliteStore, Scope) {
    let store = SqliteStore::open(path).expect("made");
    let operator = OperatorScope::service("test");
    let fields = TenantFields {
        name: "boats".to_owned(),
        display_name: "Boats".to_owned(),
        netbios_name: "BOATS".to_owned(),
        enabled: true,
        policy: Policy::default(),
    };
    let domains = vec![SipDomain::parse("boats.example").expect("a domain")];
    let tenant = block_on(store.add_tenant(&operator, NewTenant { fields, domains })).expect("added");
    let scope = operator.within(tenant.id);
    for n in 0..people {
        let new = NewPerson {
            address: Aor::parse(&format!("p{n}@boats.example")).expect("an address"),
            aliases: Vec::new(),
            sign_in_name: format!("p{n}"),
            enabled: true,
            licensed: true,
            card: Card { display_name: "x".repeat(500), ..Card::default() },
        };
        block_on(store.add_person(&scope, new, nothing())).expect("added");
    }
    (store, scope)
}

/// Gives each of the two people one more group with the same name, in turn, until told to end.
fn write(store: &SqliteStore, scope: &Scope, end: &AtomicBool) {
    for n in 0..200u32 {
        for user in [1, 2].map(|user| UserId { tenant: scope.tenant, user }) {
            let old = block_on(store.contacts(scope, user)).expect("read");
            let mut new = old.clone();
            new.delta += 1;
            let group = ContactGroup {
                name: format!("{n}").into(),
                external_uri: "".into(),
                extension_xml: "y".repeat(2000).into(),
            };
            new.groups.insert(100 + n, group);
            block_on(store.commit_contacts(scope, user, &old, &new)).expect("written");
        }
        if end.load(Ordering::Relaxed) {
            return;
        }
    }
}

#[test]
fn a_copy_made_while_the_store_writes_is_of_one_moment() {
    let dir = Dir::new("hot");
    let (store, scope) = company(&dir.file("rapport.db"), 40);
    let store = Arc::new(store);
    let end = Arc::new(AtomicBool::new(false));
    let writer = {
        let (store, scope, end) = (store.clone(), scope.clone(), end.clone());
        std::thread::spawn(move || write(&store, &scope, &end))
    };
    for n in 0..5 {
        let to = dir.file(&format!("copy-{n}.db"));
        let mut told = Vec::new();
        let counted =
            copy(&dir.file("rapport.db"), &to, &mut |done, all| told.push((done, all))).expect("copied");
        let (done, all) = told.last().copied().expect("progress is told");
        assert_eq!((done, all), (all, fs::metadata(&to).expect("there").len()));
        assert_eq!(fs::metadata(&to).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(contents(&to).expect("sound"), counted, "what is counted is what is copied");
        let copied = SqliteStore::open(&to).expect("opened");
        let groups = |user| {
            let user = UserId { tenant: scope.tenant, user };
            block_on(copied.contacts(&scope, user)).expect("read").groups.len()
        };
        let (first, second) = (groups(1), groups(2));
        assert!(first == second || first == second + 1, "{first} and {second} are of two moments");
    }
    end.store(true, Ordering::Relaxed);
    writer.join().expect("the writer was never refused");
}

#[test]
fn what_stands_in_a_database_is_counted_by_table_and_company() {
    let dir = Dir::new("counts");
    drop(company(&dir.file("rapport.db"), 3));
    let counted = contents(&dir.file("rapport.db")).expect("sound");
    assert_eq!(counted.tables.get("people"), Some(&3));
    let boats = counted.companies.get("boats").expect("the company");
    assert_eq!(
        (boats.get("people"), boats.get("addresses"), boats.get("contacts")),
        (Some(&3), Some(&3), None)
    );
}

#[test]
fn a_copy_that_fails_leaves_nothing_and_takes_nothing() {
    let dir = Dir::new("fails");
    drop(company(&dir.file("rapport.db"), 3));
    let missing = dir.file("nowhere").join("copy.db");
    let error = copy(&dir.file("rapport.db"), &missing, &mut |_, _| {}).expect_err("no such directory");
    assert!(matches!(error, OpenError::Io { .. }) && error.to_string().contains("nowhere"), "{error}");
    fs::create_dir(dir.file("taken")).expect("a directory stands there");
    fs::write(dir.file("taken").join("x"), "x").expect("not empty");
    copy(&dir.file("rapport.db"), &dir.file("taken"), &mut |_, _| {}).expect_err("it is in the way");
    let error =
        copy(&dir.file("none.db"), &dir.file("copy.db"), &mut |_, _| {}).expect_err("nothing to copy");
    assert!(error.to_string().contains("none.db"), "{error}");
    let mut left: Vec<_> = fs::read_dir(&dir.0).expect("there").map(|e| e.expect("e").file_name()).collect();
    left.sort();
    assert_eq!(left, ["rapport.db", "rapport.db-sum", "taken"]);
}

#[test]
fn a_damaged_copy_is_named() {
    let dir = Dir::new("damaged");
    drop(company(&dir.file("rapport.db"), 30));
    let mut octets = fs::read(dir.file("rapport.db")).expect("read");
    let end = octets.len();
    octets[end / 2..].fill(0xa5);
    fs::write(dir.file("rapport.db"), octets).expect("written");
    let error = contents(&dir.file("rapport.db")).expect_err("damaged").to_string();
    assert!(error.contains("rapport.db is damaged"), "{error}");
}

#[test]
fn nobody_is_signed_in_in_a_browser_by_a_copy() {
    let dir = Dir::new("sessions");
    let (from, to) = (dir.file("live.db"), dir.file("copy.db"));
    let (store, scope) = company(&from, 1);
    let user = UserId { tenant: scope.tenant, user: 1 };
    let session = WebSession {
        hash: WebSessionHash([1; 32]),
        user,
        epid: Epid::parse("a1").expect("an epid"),
        label: String::new(),
        source: String::new(),
        created: Timestamp(1),
        used: Timestamp(1),
        expires: Timestamp(2),
    };
    block_on(store.add_web_session(&scope, session)).expect("added");
    let told = copy(&from, &to, &mut |_, _| {}).expect("copied");
    assert_eq!(contents(&to).expect("sound"), told, "what is said of a copy is what stands in it");
    assert_eq!(told.tables["web_sessions"], 0);
    let copied = SqliteStore::open(&to).expect("opened");
    assert_eq!(block_on(copied.web_sessions(&scope, user)), Ok(vec![]));
    assert_eq!(block_on(store.web_sessions(&scope, user)).map(|all| all.len()), Ok(1));
}
