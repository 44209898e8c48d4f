//! The data directory: this account's alone, and one server's at a time.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rapport_secrets::{KeyFile, ServiceKey};
use rapport_service::clock::Clock as _;

use crate::clock::SystemClock;

/// The data directory of a running server; another server can't have it meanwhile.
pub(crate) struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Makes the directory where there is none, and takes it for this server.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| {
            format!(
                "data.directory: cannot make {}; make it for the server's account, or name another with --data",
                path.display()
            )
        })?;
        let file = path.join("rapport.lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&file)
            .with_context(|| format!("data.directory: cannot write {}", file.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!(
                "another server uses the data directory {}; stop it, or name another with --data",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("data.directory: cannot lock {}", file.display()))
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn database(&self) -> PathBuf {
        self.path.join("rapport.db")
    }

    fn key_file(&self) -> PathBuf {
        self.path.join("service.key")
    }

    /// Returns the file of the service key, for whoever replaces the key in it.
    pub(super) fn keys(&self) -> KeyFile {
        KeyFile::new(&self.key_file())
    }

    /// Returns the service key; a new one only where there is no database that another key sealed.
    pub(super) fn service_key(&self) -> Result<ServiceKey> {
        let file = self.key_file();
        if self.database().exists() {
            ServiceKey::load(&file).context(
                "the database needs the service key that it was made with; restore it from the backup of the database",
            )
        } else {
            Ok(ServiceKey::load_or_create(&file, SystemClock.wall())?)
        }
    }
}
