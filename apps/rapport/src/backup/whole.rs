//! Restoring a whole data directory from a backup. What was there is moved aside, and never deleted.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rapport_model::Timestamp;
use rapport_secrets::ServiceKey;
use rapport_store_sqlite::contents;
use serde::Serialize;

use super::Progress;
use super::archive::{Extracted, extract, wrong};
use super::files::Scratch;
use super::manifest::{DATABASE, Manifest};
use crate::server::DataDirectory;

const KEY: &str = "service.key";
const LOCK: &str = "rapport.lock";
/// The database's log, its index and its sum: without the database that they belong to they must not stay.
const BESIDE: [&str; 3] = ["rapport.db-wal", "rapport.db-shm", "rapport.db-sum"];

/// Directories that are made of one moment's name.
const MOST_OF_A_SECOND: u32 = 1000;

/// A data directory that was restored.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Restored {
    /// Where what was there is; none when nothing was.
    pub(crate) moved_aside: Option<PathBuf>,
    /// Whether the service key is from the backup; otherwise the one that was there stays.
    pub(crate) key_restored: bool,
    /// What the backup says of itself.
    pub(crate) manifest: Manifest,
}

/// Restores a backup into a data directory that no server uses.
///
/// With `replace`, what is there is moved aside; otherwise a directory with a database or a key is refused. Without a
/// passphrase the service key stays as it is. Blocks.
///
/// # Errors
/// A sentence that names the file; until everything is there to be put in place, nothing has been changed.
pub(crate) fn restore(
    backup: &Path,
    data: &Path,
    passphrase: Option<&str>,
    replace: bool,
    now: Timestamp,
    progress: Progress<'_>,
) -> Result<Restored> {
    let directory = DataDirectory::open(data)?;
    let there: Vec<&str> = [DATABASE, KEY].into_iter().filter(|name| data.join(name).exists()).collect();
    if !there.is_empty() && !replace {
        bail!(
            "{} has {} already; with --replace it is moved aside, and kept",
            data.display(),
            there.join(" and ")
        );
    }
    let scratch = Scratch::within(data)?;
    let Extracted { manifest, database, key } = extract(backup, scratch.path(), progress)?;
    contents(&database).map_err(|error| wrong(backup, &error.to_string()))?;
    let new_key = match (passphrase, &key) {
        (Some(passphrase), Some(sealed)) => {
            let keys = ServiceKey::open_with(passphrase, sealed).context("the service key in the backup")?;
            let file = scratch.path().join(KEY);
            keys.save(&file)?;
            Some(file)
        }
        (Some(_), None) => {
            bail!("{} was made without the service key; leave the passphrase out", backup.display())
        }
        (None, _) => None,
    };
    let moved_aside = if there.is_empty() { None } else { Some(aside(data, now)?) };
    let put = || -> io::Result<()> {
        if let Some(aside) = &moved_aside {
            for name in BESIDE.iter().filter(|name| data.join(name).exists()) {
                fs::rename(data.join(name), aside.join(name))?;
            }
            // Linked, not moved: at every moment there is a database under its name, the old one or the new.
            for name in there.iter().filter(|name| **name == DATABASE || new_key.is_some()) {
                fs::hard_link(data.join(name), aside.join(name))?;
            }
            File::open(aside)?.sync_all()?;
        }
        if let Some(new_key) = &new_key {
            fs::rename(new_key, data.join(KEY))?;
        }
        fs::rename(&database, data.join(DATABASE))?;
        File::open(data)?.sync_all()
    };
    put().with_context(|| format!("cannot put the backup in place in {}", data.display()))?;
    hand_over(data, moved_aside.as_deref()).with_context(|| {
        format!("cannot give the files in {} to its owner; chown does it", data.display())
    })?;
    drop(directory);
    Ok(Restored { moved_aside, key_restored: new_key.is_some(), manifest })
}

/// Gives what root has made to the account whose directory it is, or the server could not use it.
fn hand_over(data: &Path, aside: Option<&Path>) -> io::Result<()> {
    let owner = fs::metadata(data)?;
    if !rustix::process::geteuid().is_root() || owner.uid() == 0 {
        return Ok(());
    }
    let mut made = vec![data.join(DATABASE), data.join(KEY), data.join(LOCK)];
    if let Some(aside) = aside {
        made.push(aside.to_owned());
        for entry in fs::read_dir(aside)? {
            made.push(entry?.path());
        }
    }
    made.iter()
        .filter(|path| path.exists())
        .try_for_each(|path| chown(path, Some(owner.uid()), Some(owner.gid())))
}

/// Makes the directory for what was there: inside the data directory, since nobody may write beside it perhaps.
fn aside(data: &Path, now: Timestamp) -> Result<PathBuf> {
    let moment: String = now.to_rfc3339().chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let first = format!("before-restore-{moment}");
    // Two restores within a second of each other: what is kept of the one is not mixed with what is kept of the other.
    let further = (2..=MOST_OF_A_SECOND).map(|n| format!("{first}-{n}"));
    let mut paths = std::iter::once(first.clone()).chain(further).map(|name| data.join(name));
    let made = paths.find_map(|path| match DirBuilder::new().mode(0o700).create(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
        made => Some(made.map(|()| path.clone()).with_context(|| format!("cannot make {}", path.display()))),
    });
    made.unwrap_or_else(|| {
        bail!("{} and {MOST_OF_A_SECOND} like it are there already", data.join(&first).display())
    })
}
