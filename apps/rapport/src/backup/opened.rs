//! Opening a backup for the service that brings something back from it.

use std::path::{Path, PathBuf};

use rapport_model::TenantId;
use rapport_service::Error;
use rapport_service::restore::{Backup, BackupAnswer, Backups, Step, Told};
use rapport_store::Store;
use rapport_store_sqlite::{SqliteStore, contents};

use super::BadBackup;
use super::archive::{extract, wrong};
use super::files::Scratch;

/// Backups of the database in this data directory.
pub(crate) struct BackupFiles {
    /// The data directory: the database is there, and so is room for what is taken out of a backup.
    pub(crate) data: PathBuf,
}

struct Opened {
    live: PathBuf,
    database: PathBuf,
    // Dropped before the directory that it lies in.
    store: SqliteStore,
    _scratch: Scratch,
}

impl Backups for BackupFiles {
    fn open<'a>(&'a self, file: &'a Path, told: &'a Told) -> BackupAnswer<'a, Box<dyn Backup>> {
        let (data, file, told) = (self.data.clone(), file.to_owned(), told.clone());
        Box::pin(async move {
            let opened = tokio::task::spawn_blocking(move || open(&data, &file, &told)).await;
            match opened.map_err(|error| Error::Internal(error.to_string()))? {
                Ok(opened) => Ok(Box::new(opened) as Box<dyn Backup>),
                Err(error) if error.is::<BadBackup>() => Err(Error::BadBackup(format!("{error:#}"))),
                Err(error) => Err(Error::BadBackup(format!("the backup can't be opened: {error:#}"))),
            }
        })
    }
}

fn open(data: &Path, file: &Path, told: &Told) -> anyhow::Result<Opened> {
    let scratch = Scratch::within(data)?;
    let mut unpacking = |done, all| told(Step::Unpacking, done, all);
    let database = extract(file, scratch.path(), &mut unpacking)?.database;
    told(Step::Checking, 0, 1);
    contents(&database).map_err(|error| wrong(file, &error.to_string()))?;
    // One of an earlier schema is migrated here, in the scratch place.
    let store = SqliteStore::open(&database).map_err(|error| wrong(file, &error.to_string()))?;
    told(Step::Checking, 1, 1);
    Ok(Opened { live: data.join("rapport.db"), database, store, _scratch: scratch })
}

impl Backup for Opened {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn restore_tenant<'a>(&'a self, name: &'a str) -> BackupAnswer<'a, TenantId> {
        let (live, from, name) = (self.live.clone(), self.database.clone(), name.to_owned());
        Box::pin(async move {
            let done = move || rapport_store_sqlite::restore_tenant(&live, &from, &name);
            let done = tokio::task::spawn_blocking(done).await;
            Ok(done.map_err(|error| Error::Internal(error.to_string()))??)
        })
    }
}
