//! What is found out about a file when it is opened, and what is said about it.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rapport_model::{OperatorScope, SipDomain};
use rapport_store::contract::block_on;
use rapport_store::{NewTenant, Store as _, TenantFields};
use rapport_store_sqlite::{OpenError, SqliteStore};

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rapport-open-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("rapport.db")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn refused(path: &Path) -> OpenError {
    match SqliteStore::open(path) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("the file").permissions().mode() & 0o777
}

#[test]
fn the_file_and_its_log_are_the_services_own() {
    let dir = Dir::new("mode");
    let store = SqliteStore::open(&dir.file()).expect("made");
    assert_eq!(mode(&dir.file()), 0o600);
    for beside in ["rapport.db-wal", "rapport.db-shm"] {
        assert_eq!(mode(&dir.0.join(beside)), 0o600, "{beside}");
    }
    drop(store);
    assert!(!dir.0.join("rapport.db-wal").exists(), "the log is folded into the file at the end");
    fs::set_permissions(dir.file(), fs::Permissions::from_mode(0o644)).expect("changed");
    SqliteStore::open(&dir.file()).expect("opened");
    assert_eq!(mode(&dir.file()), 0o600, "a restored copy is taken away from others");
}

#[test]
fn a_newer_schema_is_refused_with_what_to_do() {
    let dir = Dir::new("newer");
    drop(SqliteStore::open(&dir.file()).expect("made"));
    let connection = rusqlite::Connection::open(dir.file()).expect("opened");
    connection.pragma_update(None, "user_version", 4711).expect("set");
    drop(connection);
    let error = refused(&dir.file());
    assert!(matches!(error, OpenError::Newer { found: 4711, .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("rapport.db") && text.contains("4711") && text.contains("newer"), "{text}");
}

#[test]
fn another_programs_database_is_left_alone() {
    let dir = Dir::new("foreign");
    let connection = rusqlite::Connection::open(dir.file()).expect("made");
    connection.execute_batch("CREATE TABLE theirs (x); PRAGMA application_id = 7").expect("a schema");
    drop(connection);
    let before = fs::read(dir.file()).expect("the file");
    assert!(matches!(refused(&dir.file()), OpenError::NotOurs { .. }));
    let connection = rusqlite::Connection::open(dir.file()).expect("opened");
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).expect("a count");
    assert_eq!((tables, before.is_empty()), (1, false));
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let dir = Dir::new("text");
    let text = "this is a letter, not a database\n".repeat(100);
    fs::write(dir.file(), &text).expect("written");
    let error = refused(&dir.file());
    assert!(matches!(error, OpenError::NotOurs { .. }), "{error}");
    assert!(error.to_string().contains("rapport.db"), "{error}");
    assert_eq!(fs::read_to_string(dir.file()).expect("kept"), text);
}

#[test]
fn a_damaged_file_is_found_out_at_the_start() {
    let dir = Dir::new("damaged");
    let store = SqliteStore::open(&dir.file()).expect("made");
    let scope = OperatorScope::service("test");
    for n in 0..50 {
        let fields = TenantFields {
            name: format!("company-{n}"),
            display_name: "x".repeat(500),
            netbios_name: "X".to_owned(),
            enabled: true,
            policy: rapport_core::policy::Policy::default(),
        };
        let domains = vec![SipDomain::parse(&format!("d{n}.example")).expect("a domain")];
        block_on(store.add_tenant(&scope, NewTenant { fields, domains })).expect("added");
    }
    drop(store);
    let mut file = OpenOptions::new().write(true).open(dir.file()).expect("opened");
    // Every page but the first, which has the header and the schema.
    let length = file.metadata().expect("the file").len();
    file.seek(SeekFrom::Start(4096)).expect("a place");
    file.write_all(&vec![0xa5; usize::try_from(length - 4096).expect("small")]).expect("written");
    drop(file);
    let error = refused(&dir.file());
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("rapport.db") && text.contains("restore it from the backup"), "{text}");
}

#[test]
fn a_missing_directory_is_named() {
    let error = refused(Path::new("/nonexistent/rapport.db"));
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    assert!(error.to_string().contains("/nonexistent/rapport.db"), "{error}");
}
