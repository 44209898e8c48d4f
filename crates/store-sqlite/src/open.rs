//! Opening the file: made for this account alone, checked, migrated, and set up to sync every commit.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, TransactionBehavior};

use crate::OpenError;
use crate::copy::{copy, with_suffix};
use crate::{log, sum};

/// `RPRT` in the header of the file tells it from other programs' databases.
const APPLICATION_ID: u32 = 0x5250_5254;

/// Every step of the schema, forward only; a released one is never changed. The position is the schema's number.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_audit_chain.sql"),
    include_str!("../migrations/0003_previous_until.sql"),
    include_str!("../migrations/0004_former_and_deleted.sql"),
    include_str!("../migrations/0005_web_page.sql"),
    include_str!("../migrations/0006_web_sessions.sql"),
    include_str!("../migrations/0007_audit_source.sql"),
    include_str!("../migrations/0008_history.sql"),
    include_str!("../migrations/0009_message_ids.sql"),
    include_str!("../migrations/0010_web_messages.sql"),
    include_str!("../migrations/0011_web_message_fate.sql"),
];

/// Stands between a database's name and the number of the schema before which it was copied.
const BEFORE: &str = ".before-schema-";
/// How long a statement waits for another process, such as a backup.
pub(crate) const BUSY: Duration = Duration::from_secs(5);
/// Prepared statements that a connection keeps; more than there are in this crate.
const STATEMENTS: usize = 128;
/// KiB of pages that the writer's connection keeps at most; it takes them as it needs them.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// KiB of pages that a reader's connection keeps at most: what leads to the rows of a large company, not the rows, of which
/// the next call wants others.
const READER_CACHE_KIB: i64 = 2 * 1024;
/// Pages in the write-ahead log at which it is folded into the file.
const FOLDED_PAGES: i64 = 8192;

/// Opens the writer's connection, making or migrating the database first.
pub(crate) fn writer(path: &Path) -> Result<Connection, OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    create(path).map_err(io)?;
    read_log(path)?;
    let mut connection = connect(path).map_err(|error| explain(path, error))?;
    identify(path, &connection)?;
    compare(path)?;
    check(path, &connection)?;
    sum::remove(path).map_err(io)?;
    keep_copy(path, &connection, known_schema())?;
    migrate(&mut connection, MIGRATIONS).map_err(|error| explain(path, error))?;
    Ok(connection)
}

/// Copies a database that is to be migrated to `NAME.before-schema-N` beside it; the copy of an earlier migration goes.
///
/// A migration is forward only: whoever must go back to the version before needs the database of before.
fn keep_copy(path: &Path, connection: &Connection, next: u32) -> Result<(), OpenError> {
    let schema = number(connection, "user_version").map_err(|error| explain(path, error))?;
    if schema == 0 || schema >= next {
        return Ok(());
    }
    let to = with_suffix(path, &format!("{BEFORE}{next}"));
    copy(path, &to, &mut |_, _| {})?;
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let earlier = with_suffix(path, BEFORE);
    for entry in fs::read_dir(directory).map_err(io)? {
        let found = entry.map_err(io)?.path();
        let is_earlier =
            found.as_os_str().as_encoded_bytes().starts_with(earlier.as_os_str().as_encoded_bytes());
        if is_earlier && found.file_name() != to.file_name() {
            fs::remove_file(&found).map_err(|source| OpenError::Io { path: found, source })?;
        }
    }
    Ok(())
}

/// Opens a connection that only reads; the database has been opened for writing before.
pub(crate) fn reader(path: &Path) -> Result<Connection, OpenError> {
    let connection = connect(path).map_err(|error| explain(path, error))?;
    let set = |pragma, value: &dyn ToSql| connection.pragma_update(None, pragma, value);
    set("query_only", &true)
        .and_then(|()| set("cache_size", &-READER_CACHE_KIB))
        .map_err(|error| explain(path, error))?;
    Ok(connection)
}

/// Makes an empty file of mode 0600, or takes other accounts' rights to an existing one away.
fn create(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => {
            file.sync_all()?;
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::metadata(path)?;
            if !found.is_file() {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
            }
            // SQLite would make do with reading, and find out at the first change.
            OpenOptions::new().read(true).write(true).open(path)?;
            let permissions = found.permissions();
            if permissions.mode() & 0o077 == 0 {
                return Ok(());
            }
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise a statement is prepared anew for other parameters, which is half of what reading a few rows costs.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // In WAL mode FULL is what syncs the log with every commit; NORMAL would lose the last ones with the power.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    // A batch of history touches thousands of pages: with room for them all it reads none twice, and a log that is
    // folded in every 32 MiB, not every 4, writes most pages of the file once for many batches.
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "wal_autocheckpoint", FOLDED_PAGES)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

pub(crate) fn explain(path: &Path, error: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotOurs { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, report: error.to_string() },
        _ => OpenError::Sqlite { path, source: error },
    }
}

pub(crate) fn number(connection: &Connection, pragma: &str) -> rusqlite::Result<u32> {
    connection
        .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
        .map(|n| u32::try_from(n).unwrap_or(0))
}

/// Refuses the database of another program and that of a newer Rapport.
pub(crate) fn identify(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let read = || -> rusqlite::Result<(u32, u32, bool)> {
        let empty = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
        let empty = connection.query_row(empty, [], |row| row.get(0))?;
        Ok((number(connection, "application_id")?, number(connection, "user_version")?, empty))
    };
    let (application, schema, empty) = read().map_err(|error| explain(path, error))?;
    let fresh = application == 0 && schema == 0 && empty;
    if application != APPLICATION_ID && !fresh {
        return Err(OpenError::NotOurs { path: path.to_owned() });
    }
    let known = known_schema();
    if schema > known {
        return Err(OpenError::Newer { path: path.to_owned(), found: schema, known });
    }
    Ok(())
}

/// Returns every step of the schema with its number, the oldest first.
pub fn migrations() -> impl Iterator<Item = (u32, &'static str)> {
    (1..).zip(MIGRATIONS.iter().copied())
}

fn known_schema() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Reads the log that a crash has left behind before SQLite does, and makes the best of it.
fn read_log(path: &Path) -> Result<(), OpenError> {
    let wal = with_suffix(path, "-wal");
    match log::lost(&wal) {
        Ok(None) => Ok(()),
        Ok(Some(report)) => Err(OpenError::Damaged { path: wal, report }),
        Err(source) => Err(OpenError::Io { path: wal, source }),
    }
}

/// Holds the file against the sum that the server before has left.
fn compare(path: &Path) -> Result<(), OpenError> {
    if sum::holds(path).map_err(|source| OpenError::Io { path: path.to_owned(), source })? {
        return Ok(());
    }
    let sum = with_suffix(path, "-sum");
    let report = format!(
        "it was changed after the server had ended; if that was on purpose, remove {} and start again",
        sum.display()
    );
    Err(OpenError::Damaged { path: path.to_owned(), report })
}

/// Reads the whole file once, so that a damaged one is named at the start and not found out later by a user.
///
/// The quick check would not see an index that lacks a row of its table, and answer that somebody is unknown; the whole
/// one takes two seconds for a hundred thousand people (250 MB) instead of one.
fn check(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let report: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|error| explain(path, error))?;
    if report == "ok" { Ok(()) } else { Err(OpenError::Damaged { path: path.to_owned(), report }) }
}

/// Takes every step that the file has not taken, all of them or none.
pub(crate) fn migrate(connection: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read under the lock: another process may have taken steps meanwhile.
    let schema = number(&transaction, "user_version")?;
    for (step, sql) in (1..).zip(steps).filter(|(step, _)| *step > schema) {
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", step)?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_audit_log_is_neither_changed_nor_taken_out() {
        let mut connection = Connection::open_in_memory().expect("memory");
        connection.pragma_update(None, "foreign_keys", true).expect("foreign keys");
        migrate(&mut connection, MIGRATIONS).expect("migrated");
        let insert = "INSERT INTO tenants (id, name, display_name, netbios_name, enabled, account_password_sign_in, \
                      limit_contacts, limit_watchers, limit_groups, limit_endpoints) \
                      VALUES (1, 'one', 'One', 'ONE', 1, 0, 250, 250, 64, 8); \
                      INSERT INTO audit VALUES (1, 1, 0, 'a', 'b', 'c', 'd', 'e', x'', 'f')";
        connection.execute_batch(insert).expect("a company with a line");
        for forbidden in ["UPDATE audit SET detail = 'f'", "DELETE FROM audit WHERE number = 1"] {
            let refused = connection.execute_batch(forbidden).expect_err("refused");
            assert!(refused.to_string().contains("a line of the audit log"), "{forbidden}: {refused}");
        }
        connection.execute_batch("DELETE FROM tenants").expect("a company goes with its log");
        let left = connection.query_row("SELECT count(*) FROM audit", [], |row| row.get::<_, i64>(0));
        assert_eq!(left, Ok(0));
    }

    #[test]
    fn every_migration_is_taken_in_turn_and_known_tables_are_strict() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection, MIGRATIONS).expect("migrated");
        migrate(&mut connection, MIGRATIONS).expect("nothing left to do");
        assert_eq!(number(&connection, "user_version"), Ok(known_schema()));
        let loose: i64 = connection
            .query_row(
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' AND NOT strict",
                [],
                |row| row.get(0),
            )
            .expect("a count");
        assert_eq!(loose, 0);
    }

    #[test]
    fn a_migration_is_taken_whole_or_not_at_all() {
        let mut connection = Connection::open_in_memory().expect("memory");
        let steps = ["CREATE TABLE a (x INTEGER) STRICT", "CREATE TABLE b (x INTEGER) STRICT", "no SQL"];
        migrate(&mut connection, &steps).expect_err("the last step is none");
        assert_eq!(number(&connection, "user_version"), Ok(0));
        migrate(&mut connection, &steps[..2]).expect("nothing of it had been taken");
        assert_eq!(number(&connection, "user_version"), Ok(2));
    }

    #[test]
    fn a_database_is_copied_before_it_is_migrated_and_the_copy_of_the_migration_before_goes() {
        let directory = std::env::temp_dir().join(format!("rapport-migrate-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        let path = directory.join("rapport.db");
        let connection = writer(&path).expect("made");
        let known = known_schema();
        let add = "INSERT INTO tenants (name, display_name, netbios_name, enabled, account_password_sign_in, limit_contacts, \
                   limit_watchers, limit_groups, limit_endpoints) VALUES (?1, ?1, ?1, 1, 0, 1, 1, 1, 1)";
        keep_copy(&path, &connection, known).expect("nothing to do");
        assert_eq!(
            fs::read_dir(&directory).expect("there").count(),
            3,
            "a file, its log, its index, and no copy"
        );
        connection.execute(add, ["one"]).expect("added");
        keep_copy(&path, &connection, known + 1).expect("copied");
        connection.execute(add, ["two"]).expect("added");
        let copied = |schema: u32| {
            let copy = directory.join(format!("rapport.db.before-schema-{schema}"));
            let mode = fs::metadata(&copy).ok()?.permissions().mode() & 0o777;
            Some((crate::contents(&copy).expect("a sound copy").tables.get("tenants").copied(), mode))
        };
        assert_eq!(copied(known + 1), Some((Some(1), 0o600)));
        keep_copy(&path, &connection, known + 2).expect("copied");
        assert_eq!((copied(known + 1), copied(known + 2)), (None, Some((Some(2), 0o600))));
        drop(connection);
        fs::remove_dir_all(&directory).expect("removed");
    }
}
