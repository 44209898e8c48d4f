//! What SQLite reports, as what a caller or an operator can do about it.

use std::path::{Path, PathBuf};

use rapport_store::StoreError;
use rusqlite::ErrorCode;

/// Says why a database could not be opened, naming the file and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its directory can't be read or written.
    #[error("database {path}: {source}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// SQLite can't open it.
    #[error("database {path}: {source}; check that the file and its directory can be written", path = .path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The file is no database, or another program's.
    #[error("{path} is not a Rapport database; name another file in the configuration", path = .path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of Rapport has written it.
    #[error(
        "database {path} was written by a newer Rapport (schema {found}, this one knows up to {known}); \
         install the newer version again, or put back the copy from before the upgrade (docs/backup.md)",
        path = .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema that this version knows.
        known: u32,
    },
    /// The content is damaged.
    #[error("database {path} is damaged ({report}); restore it from the backup", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found first.
        report: String,
    },
    /// The disk has no room for a copy.
    #[error(
        "{path}: a copy of the database takes {needed} bytes and the disk has {free} left; make room there",
        path = .path.display()
    )]
    NoRoom {
        /// The copy.
        path: PathBuf,
        /// What it takes, with something to spare.
        needed: u64,
        /// What is left.
        free: u64,
    },
    /// The machine has no room for another thread.
    #[error("database {path}: no thread for it: {source}", path = .path.display())]
    Thread {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Why a statement or a call failed, before the file's name is added.
pub(crate) enum Fail {
    /// An answer of ours.
    Store(StoreError),
    /// An answer of SQLite's.
    Sql(rusqlite::Error),
    /// A row that can't be read.
    Row(&'static str),
}

pub(crate) type Done<T> = Result<T, Fail>;

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Fail {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Fail {
    pub(crate) fn of_file(self, path: &Path) -> StoreError {
        let file = path.display();
        match self {
            Self::Store(error) => error,
            Self::Row(what) => {
                damaged();
                StoreError::Internal {
                    context: format!("database {file}: damaged row: {what}; restore it from the backup"),
                }
            }
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => StoreError::Full,
                Some(ErrorCode::ReadOnly) => {
                    StoreError::Unwritable { context: format!("database {file}: {error}") }
                }
                // A quota, a limit of the file's size and a failing disk come as these. Whatever of the change has
                // reached the log is not part of it: nobody sees it, and the next change is written over it.
                Some(ErrorCode::SystemIoFailure) if is_of_writing(&error) => {
                    StoreError::Unwritable { context: format!("database {file}: {error}") }
                }
                Some(
                    ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::CannotOpen
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::PermissionDenied
                    | ErrorCode::OutOfMemory
                    | ErrorCode::OperationInterrupted,
                ) => StoreError::Unavailable {
                    context: format!(
                        "database {file}: {error}; check the disk and who else has the file open"
                    ),
                },
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    damaged();
                    StoreError::Internal {
                        context: format!("database {file} is damaged ({error}); restore it from the backup"),
                    }
                }
                None if is_of_a_value(&error) => {
                    damaged();
                    StoreError::Internal {
                        context: format!("database {file}: damaged row: {error}; restore it from the backup"),
                    }
                }
                _ => StoreError::Internal { context: format!("database {file}: {error}") },
            },
        }
    }
}

/// Whether what failed was writing to the disk, by SQLite's extended code.
fn is_of_writing(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    let code = error.sqlite_error().map(|error| error.extended_code);
    let writing = [
        ffi::SQLITE_IOERR_WRITE,
        ffi::SQLITE_IOERR_FSYNC,
        ffi::SQLITE_IOERR_DIR_FSYNC,
        ffi::SQLITE_IOERR_TRUNCATE,
        ffi::SQLITE_IOERR_SHMSIZE,
    ];
    code.is_some_and(|code| writing.contains(&code))
}

fn damaged() {
    metrics::counter!("rapport_store_damaged_rows_total").increment(1);
}

/// Whether a row was found and a value in it is not what the column holds.
const fn is_of_a_value(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    )
}
