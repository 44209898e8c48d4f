//! Opening a backup for the service that brings something back from it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rapport_model::TenantId;
use rapport_secrets::ServiceKey;
use rapport_service::Error;
use rapport_service::restore::{Backup, BackupAnswer, Backups, Step, Told};
use rapport_store::Store;
use rapport_store_sqlite::{SqliteStore, contents};

use super::BadBackup;
use super::archive::{Extracted, extract, wrong};
use super::files::Scratch;
use crate::passphrase;

/// Backups of the database in this data directory.
pub(crate) struct BackupFiles {
    /// The data directory: the database is there, and so is room for what is taken out of a backup.
    pub(crate) data: PathBuf,
    /// The file with the passphrase for service keys in backups, where the server has one.
    pub(crate) passphrase_file: Option<PathBuf>,
}

struct Opened {
    live: PathBuf,
    database: PathBuf,
    key: Option<Vec<u8>>,
    passphrase_file: Option<PathBuf>,
    // Dropped before the directory that it lies in.
    store: SqliteStore,
    _scratch: Scratch,
}

impl Backups for BackupFiles {
    fn open<'a>(&'a self, file: &'a Path, told: &'a Told) -> BackupAnswer<'a, Box<dyn Backup>> {
        let (data, file, told) = (self.data.clone(), file.to_owned(), told.clone());
        let passphrase_file = self.passphrase_file.clone();
        Box::pin(async move {
            let opened =
                tokio::task::spawn_blocking(move || open(&data, passphrase_file, &file, &told)).await;
            match opened.map_err(|error| Error::Internal(error.to_string()))? {
                Ok(opened) => Ok(Box::new(opened) as Box<dyn Backup>),
                Err(error) if error.is::<BadBackup>() => Err(Error::BadBackup(format!("{error:#}"))),
                Err(error) => Err(Error::BadBackup(format!("the backup can't be opened: {error:#}"))),
            }
        })
    }
}

fn open(data: &Path, passphrase_file: Option<PathBuf>, file: &Path, told: &Told) -> anyhow::Result<Opened> {
    let scratch = Scratch::within(data)?;
    let mut unpacking = |done, all| told(Step::Unpacking, done, all);
    let Extracted { database, key, .. } = extract(file, scratch.path(), &mut unpacking)?;
    told(Step::Checking, 0, 1);
    contents(&database).map_err(|error| wrong(file, &error.to_string()))?;
    // One of an earlier schema is migrated here, in the scratch place.
    let store = SqliteStore::open(&database).map_err(|error| wrong(file, &error.to_string()))?;
    told(Step::Checking, 1, 1);
    let live = data.join("rapport.db");
    Ok(Opened { live, database, key, passphrase_file, store, _scratch: scratch })
}

/// Opens the service key that a backup brings.
fn opened_key(key: Option<Vec<u8>>, passphrase_file: Option<PathBuf>) -> anyhow::Result<ServiceKey> {
    let sealed = key.context(
        "the backup was made without it; stop the server, add that key's line from its copy as the last one of \
         service.key, restore while no server runs, and start it again",
    )?;
    let file = passphrase_file.context(
        "the backup has it, sealed under its passphrase: name the passphrase's file with --passphrase-file, or set \
         backup.passphrase_file",
    )?;
    ServiceKey::open_with(&passphrase::from_file(&file)?, &sealed)
        .with_context(|| format!("the backup has it, and {} does not open it", file.display()))
}

impl Backup for Opened {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn service_key<'a>(&'a self, passphrase: Option<&'a Path>) -> BackupAnswer<'a, ServiceKey> {
        let file = passphrase.map(Path::to_owned).or_else(|| self.passphrase_file.clone());
        let key = self.key.clone();
        Box::pin(async move {
            let opened = tokio::task::spawn_blocking(move || opened_key(key, file)).await;
            opened
                .map_err(|error| Error::Internal(error.to_string()))?
                .map_err(|error| Error::ServiceKey(format!("{error:#}")))
        })
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
