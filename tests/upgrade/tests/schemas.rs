//! Every database that was ever in anybody's hands is opened by the store of today.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rapport_fabric_local::LocalFabric;
use rapport_model::Scope;
use rapport_secrets::{Cost, PasswordHasher};
use rapport_service::Services;
use rapport_service::history::Direction;
use rapport_service::secret::Secrets;
use rapport_store::contract::block_on;
use rapport_store_sqlite::{SqliteStore, migrations, restore_tenant};
use rapport_testkit::clock::VirtualClock;
use rapport_upgrade::{ANA, NORTH, Said, database, frozen, hash, key, newest, read_back, said};

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rapport-schemas-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_database_of_every_schema_is_opened_and_read_back_right() {
    for schema in 1..=newest() {
        let scratch = Scratch::new(&format!("read-{schema}"));
        let copy = scratch.0.join("rapport.db");
        let from = database(schema);
        fs::copy(&from, &copy).unwrap_or_else(|error| {
            panic!("{}: {error}; `cargo xtask gen` makes the database of the newest schema", from.display())
        });
        let key = key(&scratch.0).expect("the key");
        // Twice: what a migration leaves behind must be readable by the next start too.
        for start in 1..=2 {
            let store = SqliteStore::open(&copy).unwrap_or_else(|error| panic!("schema {schema}: {error}"));
            block_on(read_back(&store, &key, schema))
                .unwrap_or_else(|error| panic!("schema {schema}, start {start}: {error:#}"));
        }
    }
}

#[tokio::test]
async fn the_history_of_every_schema_is_read_by_the_service_of_today() {
    for schema in 8..=newest() {
        let scratch = Scratch::new(&format!("history-{schema}"));
        let copy = scratch.0.join("rapport.db");
        fs::copy(database(schema), &copy).expect("copied");
        let store =
            Arc::new(SqliteStore::open(&copy).unwrap_or_else(|error| panic!("schema {schema}: {error}")));
        let hasher = PasswordHasher::new(Cost::TRIVIAL).expect("a cost");
        let secrets = Secrets::new(hasher, key(&scratch.0).expect("the key"), 1);
        let clock = Arc::new(VirtualClock::new(1));
        let services = Services::new(store, LocalFabric::default(), clock, secrets, "sip.north.example:5061");
        let scope = Scope::service(NORTH, "upgrade");
        let read = async { services.history.page(&scope, ANA, None, None, 10).await };
        let page = tokio::select! {
            page = read => page.expect("a history"),
            () = services.run() => panic!("it ends"),
        };
        assert_eq!(page.entries.len(), said().len(), "schema {schema}");
        for (entry, said) in page.entries.iter().rev().zip(said()) {
            let Said { peer, at, sent, failed, text, .. } = said;
            assert_eq!((&entry.peer, entry.at), (&peer, at), "schema {schema}");
            assert_eq!(entry.content.direction == Direction::Sent, sent);
            assert_eq!(entry.content.failed.is_some(), failed);
            assert_eq!(entry.content.body, text.as_bytes());
        }
    }
}

#[test]
fn no_frozen_migration_was_changed_and_every_migration_is_frozen() {
    let frozen = frozen().expect("the list");
    for (number, sql) in migrations() {
        let known = frozen.get(&number).unwrap_or_else(|| {
            panic!("migration {number} has no line in migrations.sha256; `cargo xtask gen` adds it")
        });
        assert_eq!(*known, hash(sql), "migration {number} was changed; write a new one instead");
    }
    assert_eq!(frozen.len(), migrations().count(), "a migration has gone");
}

#[test]
fn companies_come_back_from_the_database_of_every_schema() {
    for schema in 1..=newest() {
        let scratch = Scratch::new(&format!("restore-{schema}"));
        let (backup, live) = (scratch.0.join("backup.db"), scratch.0.join("rapport.db"));
        fs::copy(database(schema), &backup).expect("copied");
        drop(SqliteStore::open(&backup).expect("migrated"));
        let store = SqliteStore::open(&live).expect("made");
        for company in ["north", "south"] {
            restore_tenant(&live, &backup, company)
                .unwrap_or_else(|error| panic!("schema {schema}, {company}: {error}"));
        }
        let key = key(&scratch.0).expect("the key");
        block_on(read_back(&store, &key, schema))
            .unwrap_or_else(|error| panic!("schema {schema}: {error:#}"));
    }
}
