//! Files that are not as they were written: each damage is found when the database is opened, or changes nothing of what
//! is read. Seeds are printed; `RAPPORT_SEED` repeats one.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rapport_core::directory::Card;
use rapport_core::policy::Policy;
use rapport_core::presence::{
    CategoryName, Facts, Lifetime, Publication, PublicationKey, StaticChange, Value,
};
use rapport_model::{Aor, ContainerId, OperatorScope, Scope, SipDomain, Timestamp, UserId};
use rapport_store::contract::{block_on, nothing};
use rapport_store::{NewPerson, NewTenant, Store as _, TenantFields};
use rapport_store_sqlite::{OpenError, SqliteStore};

const PEOPLE: u32 = 40;
/// Damages of an ordinary run.
const DAMAGES: u64 = 200;

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rapport-damage-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("rapport.db")
    }

    fn log(&self) -> PathBuf {
        self.0.join("rapport.db-wal")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let given = std::env::var("RAPPORT_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed =
            given.unwrap_or_else(|| u64::from(std::process::id()).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16);
        eprintln!("RAPPORT_SEED={seed}");
        Self(seed | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

fn operator() -> OperatorScope {
    OperatorScope::service("test")
}

/// Makes a company with people, and returns its scope.
fn fill(store: &SqliteStore) -> Scope {
    let fields = TenantFields {
        name: "north".to_owned(),
        display_name: "North".to_owned(),
        netbios_name: "NORTH".to_owned(),
        enabled: true,
        policy: Policy::default(),
    };
    let domains = vec![SipDomain::parse("north.example").expect("a domain")];
    let tenant = block_on(store.add_tenant(&operator(), NewTenant { fields, domains })).expect("added");
    let scope = operator().within(tenant.id);
    for n in 0..PEOPLE {
        let new = NewPerson {
            address: Aor::parse(&format!("p{n}@north.example")).expect("an address"),
            aliases: Vec::new(),
            sign_in_name: format!("p{n}"),
            enabled: true,
            licensed: true,
            card: Card { display_name: format!("Person {n}"), ..Card::default() },
        };
        let person = block_on(store.add_person(&scope, new, nothing())).expect("added");
        note(store, &scope, person.id, 1);
    }
    scope
}

/// Commits a note that says at which revision that was.
fn note(store: &SqliteStore, scope: &Scope, user: UserId, revision: u64) {
    let put = |container| {
        let key = PublicationKey { category: CategoryName::new("note"), container, instance: 0 };
        let publication = Publication {
            version: u32::try_from(revision).expect("small"),
            lifetime: Lifetime::Static,
            published: Timestamp(0),
            publisher: None,
            value: Value::Client { xml: format!("<note>{revision}</note>").into(), facts: Facts::None },
        };
        StaticChange::Put(key, publication)
    };
    let changes = [put(ContainerId::COMPANY), put(ContainerId::TEAM)];
    block_on(store.commit_presence(scope, user, revision - 1, revision, &changes)).expect("committed");
}

/// Everything that can be read; an error where something can't.
fn everything(store: &SqliteStore) -> Result<String, String> {
    let said = |error: rapport_store::StoreError| error.to_string();
    let mut text = String::new();
    for tenant in block_on(store.tenants(&operator())).map_err(said)? {
        text.push_str(&format!("{tenant:?}\n"));
        let scope = operator().within(tenant.id);
        for person in block_on(store.people(&scope, None, 1000)).map_err(said)? {
            let id = person.id;
            let by_name =
                block_on(store.person_by_sign_in_name(&scope, &person.sign_in_name)).map_err(said)?;
            let by_address = block_on(store.person_by_address(&scope, &person.address)).map_err(said)?;
            let presence = block_on(store.presence(&scope, id)).map_err(said)?;
            let contacts = block_on(store.contacts(&scope, id)).map_err(said)?;
            let credentials = block_on(store.credentials(&scope, id)).map_err(said)?;
            text.push_str(&format!(
                "{person:?}\n{by_name:?}\n{by_address:?}\n{presence:?}\n{contacts:?}\n{credentials:?}\n"
            ));
        }
        text.push_str(&format!("{:?}\n", block_on(store.audit(&scope, 0, 1000)).map_err(said)?));
    }
    Ok(text)
}

/// Damages a file in one of the ways in which files are damaged, and says how.
fn damage(chance: &mut Chance, file: &Path) -> String {
    let open = fs::OpenOptions::new().read(true).write(true).open(file).expect("the file");
    let length = open.metadata().expect("the file").len();
    let at = chance.below(length);
    match chance.below(4) {
        0 => {
            let mut octet = [0];
            open.read_exact_at(&mut octet, at).expect("read");
            octet[0] ^= 1 << chance.below(8);
            open.write_all_at(&octet, at).expect("written");
            format!("a bit at {at}")
        }
        1 => {
            let page = at - at % 4096;
            open.write_all_at(&[0; 4096], page).expect("written");
            format!("zeros over the page at {page}")
        }
        2 => {
            open.set_len(at).expect("cut");
            format!("cut to {at} of {length}")
        }
        _ => {
            let noise: Vec<u8> = (0..64).map(|_| chance.below(256) as u8).collect();
            open.write_all_at(&noise, at).expect("written");
            format!("noise at {at}")
        }
    }
}

#[test]
fn every_damage_of_a_file_at_rest_is_found_at_the_start_or_changes_nothing() {
    let dir = Dir::new("rest");
    fill(&SqliteStore::open(&dir.file()).expect("made"));
    let sum = dir.0.join("rapport.db-sum");
    let (sound, kept_sum) = (fs::read(dir.file()).expect("the file"), fs::read(&sum).expect("its sum"));
    let before = everything(&SqliteStore::open(&dir.file()).expect("opened")).expect("read");
    let (mut chance, mut found, mut harmless) = (Chance::new(), 0, 0);
    for round in 0..DAMAGES {
        // In its place: another file would be taken for one from a backup.
        fs::write(dir.file(), &sound).expect("written");
        fs::write(&sum, &kept_sum).expect("written");
        let _ = fs::remove_file(dir.log());
        let how = damage(&mut chance, &dir.file());
        let changed = fs::read(dir.file()).expect("the file") != sound;
        match SqliteStore::open(&dir.file()) {
            Err(
                error @ (OpenError::Damaged { .. } | OpenError::NotOurs { .. } | OpenError::Newer { .. }),
            ) => {
                found += 1;
                assert!(changed && error.to_string().contains("rapport.db"), "{round}, {how}: {error}");
            }
            Err(error) => {
                found += 1;
                assert!(changed && error.to_string().contains("rapport.db"), "{round}, {how}: {error}");
            }
            Ok(store) => {
                harmless += 1;
                assert_eq!(everything(&store).as_ref(), Ok(&before), "{round}, {how}: wrong data is served");
            }
        }
    }
    println!("{DAMAGES} damages: {found} found at the start, {harmless} changed nothing");
    assert!(found > DAMAGES * 9 / 10);
}

/// A database and its log as they stand while a server runs, with the log's length after each of a row of commits.
fn running(dir: &Dir, commits: u64) -> (Vec<u8>, Vec<u8>, Vec<u64>, UserId, Scope) {
    let scope = fill(&SqliteStore::open(&dir.file()).expect("made"));
    let store = SqliteStore::open(&dir.file()).expect("opened");
    let user = block_on(store.people(&scope, None, 1)).expect("read")[0].id;
    let mut ends = Vec::new();
    for revision in 2..2 + commits {
        note(&store, &scope, user, revision);
        ends.push(fs::metadata(dir.log()).expect("the log").len());
    }
    let state = (fs::read(dir.file()).expect("the file"), fs::read(dir.log()).expect("the log"));
    (state.0, state.1, ends, user, scope)
}

fn put_back(dir: &Dir, file: &[u8], log: &[u8]) {
    for beside in ["rapport.db", "rapport.db-wal", "rapport.db-shm", "rapport.db-sum"] {
        let _ = fs::remove_file(dir.0.join(beside));
    }
    fs::write(dir.file(), file).expect("written");
    fs::write(dir.log(), log).expect("written");
}

#[test]
fn lost_power_takes_at_most_the_transaction_that_nobody_was_told_of() {
    const COMMITS: u64 = 30;
    let dir = Dir::new("torn");
    let (file, log, ends, user, scope) = running(&dir, COMMITS);
    let mut chance = Chance::new();
    for round in 0..100 {
        // The power went while the commit after `told` was on its way: of it, anything may have reached the disk.
        let told = chance.below(COMMITS - 1);
        let (begin, end) = (ends[told as usize], ends[told as usize + 1]);
        let mut torn = log[..end as usize].to_vec();
        let place = begin as usize + chance.below(end - begin) as usize;
        let how = chance.below(3);
        match how {
            0 => torn.truncate(place),
            1 => torn[place..].fill(0),
            _ => {
                let until = torn.len().min(place + 512);
                torn[place..until].iter_mut().for_each(|octet| *octet ^= chance.below(256) as u8);
            }
        }
        put_back(&dir, &file, &torn);
        let case = format!("round {round}: told of {told}, {how} at {place} of {begin}..{end}");
        let store = SqliteStore::open(&dir.file()).unwrap_or_else(|error| panic!("{case}: {error}"));
        let found = block_on(store.presence(&scope, user)).expect("read");
        let ahead = found.static_revision - (2 + told);
        assert!(ahead <= 1, "{case}: at {}", found.static_revision);
        for publication in found.publications.values() {
            assert_eq!(u64::from(publication.version), found.static_revision, "{case}: half a transaction");
        }
    }
}

#[test]
fn a_log_that_lost_what_was_acknowledged_is_named_and_not_served() {
    const COMMITS: u64 = 30;
    let dir = Dir::new("log");
    let (file, log, ends, _, _) = running(&dir, COMMITS);
    let mut chance = Chance::new();
    for round in 0..100 {
        // Two transactions and more lie behind what is damaged: it was synced, and so were they.
        let at = chance.below(ends[COMMITS as usize - 4]) as usize;
        let mut damaged = log.clone();
        damaged[at] ^= 1 << chance.below(8);
        put_back(&dir, &file, &damaged);
        match SqliteStore::open(&dir.file()) {
            Err(error @ OpenError::Damaged { .. }) => {
                let said = error.to_string();
                assert!(
                    said.contains("rapport.db-wal") && said.contains("restore it"),
                    "round {round}: {said}"
                );
            }
            Err(error) => panic!("round {round}, a bit at {at}: {error}"),
            Ok(_) => panic!("round {round}, a bit at {at}: it was opened, and what was acknowledged is gone"),
        }
        assert_eq!(fs::read(dir.file()).expect("the file"), file, "it is left alone");
        assert_eq!(fs::read(dir.log()).expect("the log"), damaged, "and so is the log");
    }
}

#[test]
fn an_index_that_lacks_a_row_is_found_at_the_start() {
    let dir = Dir::new("index");
    fill(&SqliteStore::open(&dir.file()).expect("made"));
    // What a lost page of an index amounts to: the index is out of sight while its table is changed.
    let open = || {
        let connection = rusqlite::Connection::open(dir.file()).expect("opened");
        connection.execute_batch("PRAGMA writable_schema = ON; PRAGMA foreign_keys = OFF").expect("allowed");
        connection
    };
    let connection = open();
    connection
        .execute_batch(
            "CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'people_of_tenant';
             DELETE FROM sqlite_schema WHERE name = 'people_of_tenant';",
        )
        .expect("hidden");
    drop(connection);
    let connection = open();
    connection
        .execute_batch(
            "UPDATE people SET tenant = tenant + 1 WHERE id = 7;
             INSERT INTO sqlite_schema SELECT * FROM kept;
             DROP TABLE kept;",
        )
        .expect("changed");
    drop(connection);
    let connection = open();
    let quick: String = connection.query_row("PRAGMA quick_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(quick, "ok", "the quick check doesn't see it");
    drop(connection);
    let _ = fs::remove_file(dir.0.join("rapport.db-sum"));
    match SqliteStore::open(&dir.file()) {
        Err(error @ OpenError::Damaged { .. }) => {
            assert!(error.to_string().contains("rapport.db"), "{error}")
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was opened"),
    }
}

#[test]
fn a_directory_and_a_file_of_anothers_are_named() {
    let dir = Dir::new("kind");
    fs::create_dir(dir.file()).expect("a directory");
    let error = SqliteStore::open(&dir.file()).err().expect("refused").to_string();
    assert!(error.contains("rapport.db") && error.contains("not a file"), "{error}");
    assert!(fs::read_dir(dir.file()).is_ok(), "its rights are left alone");
}

#[test]
fn a_file_from_a_backup_is_held_against_no_sum() {
    let dir = Dir::new("backup");
    let scope = fill(&SqliteStore::open(&dir.file()).expect("made"));
    let backup = fs::read(dir.file()).expect("the file");
    let store = SqliteStore::open(&dir.file()).expect("opened");
    let user = block_on(store.people(&scope, None, 1)).expect("read")[0].id;
    note(&store, &scope, user, 2);
    drop(store);
    assert!(dir.0.join("rapport.db-sum").exists(), "a server that ends in good order leaves the sum");
    let beside = dir.0.join("restored");
    fs::write(&beside, backup).expect("written");
    fs::rename(&beside, dir.file()).expect("moved");
    let store = SqliteStore::open(&dir.file()).expect("a restored file is another file");
    assert!(!dir.0.join("rapport.db-sum").exists(), "nothing is held against it while a server runs");
    assert_eq!(block_on(store.presence_revision(&scope, user)), Ok(1));
}

#[test]
fn a_row_that_can_not_be_read_is_refused_and_named_and_the_others_are_read() {
    let dir = Dir::new("row");
    let scope = fill(&SqliteStore::open(&dir.file()).expect("made"));
    let _ = fs::remove_file(dir.0.join("rapport.db-sum"));
    let connection = rusqlite::Connection::open(dir.file()).expect("opened");
    // Sound for SQLite: only a reader who knows what it means finds that it means nothing.
    let changed = connection
        .execute("UPDATE publications SET facts = '{\"no\":' WHERE user = 1 AND category = 'note'", [])
        .expect("changed");
    assert!(changed > 0);
    drop(connection);
    let store = SqliteStore::open(&dir.file()).expect("opened");
    let people = block_on(store.people(&scope, None, 2)).expect("read");
    let error = block_on(store.presence(&scope, people[0].id)).expect_err("refused").to_string();
    assert!(
        error.contains("rapport.db") && error.contains("damaged row") && error.contains("restore it"),
        "{error}"
    );
    assert!(block_on(store.presence(&scope, people[1].id)).is_ok());
}
