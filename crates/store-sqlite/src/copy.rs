//! A consistent copy of a database that may be in use, and what is in one: for backups, and before a migration.
//!
//! The copy is one reading transaction over the whole file, so that it is the state of one moment however long it takes;
//! the server goes on writing meanwhile. It is made beside its place, synced and put there whole.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::OpenError;
use crate::open::{self, BUSY};
use crate::owned::owned;

/// The table whose rows are of the moment alone, and go into no copy: sign-ins in browsers.
const PASSING: &str = "web_sessions";

/// Pages that are copied before the progress is told.
const STEP: i32 = 1024;
/// What must stay free beside a copy: a full disk stops the service too.
const SPARE: u64 = 16 * 1024 * 1024;

/// What stands in a database, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The number of its schema.
    pub schema: u32,
    /// Rows of each table.
    pub tables: BTreeMap<String, u64>,
    /// Rows of each table that are a company's, by the company's short name; tables without any are left out.
    pub companies: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Copies a database into a new file of mode 0600, and returns what stands in it.
///
/// Blocks. `progress` is told the octets that are done, and how many there are.
///
/// # Errors
/// [`OpenError`] names the file; then there is no copy, nor part of one.
pub fn copy(from: &Path, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Contents, OpenError> {
    room(to, fs::metadata(from).map_err(|source| io_error(from, source))?.len())?;
    let source = connect(from)?;
    open::identify(from, &source)?;
    let beside = beside(to);
    let made = fill(from, &source, &beside, progress).and_then(|contents| {
        fs::rename(&beside, to).map(|()| contents).map_err(|source| io_error(to, source))
    });
    if made.is_err() {
        for left in [&beside, &with_suffix(&beside, "-journal")] {
            let _ = fs::remove_file(left);
        }
    }
    let contents = made?;
    sync_directory(to).map_err(|source| io_error(to, source))?;
    Ok(contents)
}

/// Reads a whole database, sees that it is sound, and counts what stands in it. Changes nothing, its schema neither.
///
/// # Errors
/// [`OpenError`] names the file and what is wrong with it.
pub fn contents(path: &Path) -> Result<Contents, OpenError> {
    let connection = connect(path)?;
    open::identify(path, &connection)?;
    let explain = |error| open::explain(path, error);
    let report: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(explain)?;
    if report != "ok" {
        return Err(OpenError::Damaged { path: path.to_owned(), report });
    }
    let dangling: i64 = connection
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
        .map_err(explain)?;
    if dangling > 0 {
        let report = format!("{dangling} rows refer to rows that are not there");
        return Err(OpenError::Damaged { path: path.to_owned(), report });
    }
    count(&connection).map_err(explain)
}

/// Refuses to begin what the disk has no room for.
fn room(to: &Path, needed: u64) -> Result<(), OpenError> {
    let directory = directory(to);
    let disk = rustix::fs::statvfs(directory).map_err(|error| io_error(to, error.into()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let needed = needed.saturating_add(SPARE);
    if free < needed { Err(OpenError::NoRoom { path: to.to_owned(), needed, free }) } else { Ok(()) }
}

fn connect(path: &Path) -> Result<Connection, OpenError> {
    // Without the right to write, a log that a killed server left behind could not be read.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        Ok(connection)
    };
    open().map_err(|error| open::explain(path, error))
}

fn fill(
    from: &Path,
    source: &Connection,
    to: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Contents, OpenError> {
    // What an attempt that was cut short left behind must not stand in the way.
    let _ = fs::remove_file(to);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(|source| io_error(to, source))?;
    let explain = |error| open::explain(from, error);
    // The transaction begins with its first reading; whatever is read after that is of the same moment.
    source.execute_batch("BEGIN").map_err(explain)?;
    let mut contents = count(source).map_err(explain)?;
    contents.forget(PASSING);
    let page = u64::from(open::number(source, "page_size").map_err(explain)?);
    let written = (|| -> rusqlite::Result<()> {
        let mut target = Connection::open(to)?;
        // Synced once, as a whole, and nobody sees it before.
        target.pragma_update(None, "synchronous", "off")?;
        {
            let backup = Backup::new(source, &mut target)?;
            loop {
                let step = backup.step(STEP)?;
                let state = backup.progress();
                let pages = |n| u64::try_from(n).unwrap_or(0).saturating_mul(page);
                progress(pages(state.pagecount - state.remaining), pages(state.pagecount));
                match step {
                    StepResult::Done => break,
                    StepResult::Busy | StepResult::Locked => std::thread::yield_now(),
                    // More to do, or a later library's word for that.
                    _ => {}
                }
            }
        }
        // Whoever signed out since must not be signed in again by a copy that is brought back.
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
        if target.query_row(sql, [PASSING], |row| row.get(0))? {
            target.execute(&format!("DELETE FROM {PASSING}"), [])?;
        }
        // One file: the write-ahead log comes back when the copy is opened to be written.
        target.pragma_update(None, "journal_mode", "delete")
    })();
    let ended = source.execute_batch("COMMIT");
    written.map_err(|error| full_or(to, error))?;
    ended.map_err(explain)?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|source| io_error(to, source))?;
    Ok(contents)
}

impl Contents {
    /// Counts no rows of a table.
    fn forget(&mut self, table: &str) {
        if let Some(rows) = self.tables.get_mut(table) {
            *rows = 0;
        }
        for tables in self.companies.values_mut() {
            tables.remove(table);
        }
    }
}

/// Counts what stands in a database, inside the caller's transaction where there is one.
fn count(connection: &Connection) -> rusqlite::Result<Contents> {
    let schema = open::number(connection, "user_version")?;
    let mut tables = BTreeMap::new();
    let mut companies: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?));
    let mut statement = connection.prepare("SELECT id, name FROM tenants ORDER BY id")?;
    let known = statement.query_map([], read)?.collect::<rusqlite::Result<BTreeMap<_, _>>>()?;
    for owned in owned(connection)? {
        let table = &owned.table;
        let sql = format!("SELECT count(*) FROM {table}");
        let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        tables.insert(table.clone(), u64::try_from(rows).unwrap_or(0));
        let Some(company) = owned.company("main", "t") else { continue };
        let sql = format!("SELECT {company}, count(*) FROM {table} AS t GROUP BY 1");
        let mut statement = connection.prepare(&sql)?;
        let of_each =
            statement.query_map([], |row| Ok((row.get::<_, Option<u32>>(0)?, row.get::<_, i64>(1)?)))?;
        for counted in of_each {
            let (id, rows) = counted?;
            if let Some(name) = id.and_then(|id| known.get(&id)) {
                let rows = u64::try_from(rows).unwrap_or(0);
                companies.entry(name.clone()).or_default().insert(table.clone(), rows);
            }
        }
    }
    Ok(Contents { schema, tables, companies })
}

fn full_or(to: &Path, error: rusqlite::Error) -> OpenError {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) {
        return io_error(to, io::ErrorKind::StorageFull.into());
    }
    OpenError::Sqlite { path: to.to_owned(), source: error }
}

fn io_error(path: &Path, source: io::Error) -> OpenError {
    OpenError::Io { path: path.to_owned(), source }
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory(path))?.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    with_suffix(path, ".part")
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_disk_has_no_room_for_is_not_begun() {
        let to = std::env::temp_dir().join("rapport-room.db");
        room(&to, 0).expect("there is room for nothing");
        let error = room(&to, 1 << 60).expect_err("no disk has that").to_string();
        assert!(error.contains("rapport-room.db: a copy of the database takes 11529215046"), "{error}");
        assert!(error.contains("make room there"), "{error}");
    }
}
