//! Making a backup: beside its place, synced, and put there whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rapport_model::Timestamp;
use rapport_secrets::{ServiceKey, check_passphrase};
use serde::Serialize;

use super::Progress;
use super::archive::{self, measure, measure_octets};
use super::files::{self, Scratch};
use super::manifest::{DATABASE, FORMAT, KEY, Manifest};

/// What becomes of the service key.
pub(crate) enum KeyChoice {
    /// It is in the backup, sealed under this passphrase.
    Sealed(String),
    /// It is not in the backup.
    LeftOut,
}

/// A backup that was made.
#[derive(Debug, Serialize)]
pub(crate) struct Made {
    /// The file.
    pub(crate) backup: PathBuf,
    /// Its length.
    pub(crate) bytes: u64,
    /// What it says of itself.
    pub(crate) manifest: Manifest,
}

/// Makes a backup of the database and the service key in a data directory, whether a server uses it or not.
///
/// `to` is a directory, or the file to make. Blocks.
///
/// # Errors
/// A sentence that names the file; then there is no backup, nor part of one.
pub(crate) fn make(
    data: &Path,
    to: &Path,
    key: &KeyChoice,
    now: Timestamp,
    progress: Progress<'_>,
) -> Result<Made> {
    let place = if to.is_dir() { to.join(files::name(now)) } else { to.to_owned() };
    if place.exists() {
        bail!("{} is there already; name another file, or remove it", place.display());
    }
    let directory = place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !directory.is_dir() {
        bail!("{} is no directory; make it, or name another", directory.display());
    }
    let service_key = || ServiceKey::load(&data.join("service.key"));
    let before = match key {
        KeyChoice::LeftOut => None,
        KeyChoice::Sealed(passphrase) => {
            check_passphrase(passphrase).context("the service key")?;
            Some((service_key()?, passphrase))
        }
    };
    let scratch = Scratch::within(directory)?;
    let copied = scratch.path().join(DATABASE);
    // Copied, summed, packed: three times the same length.
    let contents =
        rapport_store_sqlite::copy(&data.join(DATABASE), &copied, &mut |done, all| progress(done, 3 * all))?;
    let sealed = match before {
        None => None,
        Some((before, passphrase)) => {
            // Where the key was replaced meanwhile, what was copied is sealed under that of either moment.
            let keys = service_key()?.joined(before).with_context(|| {
                let data = data.display();
                format!("the service key in {data} was replaced more than once meanwhile; try again")
            })?;
            Some(keys.seal_under(passphrase).context("the service key")?)
        }
    };
    let database = measure(&copied, &mut |done, all| progress(all + done, 3 * all))?;
    let mut parts = BTreeMap::from([(DATABASE.to_owned(), database)]);
    if let Some(sealed) = &sealed {
        parts.insert(KEY.to_owned(), measure_octets(sealed));
    }
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema: contents.schema,
        created: now.to_rfc3339(),
        key: sealed.is_some(),
        parts,
        tables: contents.tables,
        companies: contents.companies,
    };
    let packed = scratch.path().join("backup");
    let bytes = archive::write(&packed, &manifest, sealed.as_deref(), &copied, &mut |done, all| {
        progress(2 * all + done, 3 * all);
    });
    let put = bytes.and_then(|bytes| {
        // Unlike a renaming, a link takes no other's place.
        fs::hard_link(&packed, &place)?;
        File::open(directory)?.sync_all()?;
        Ok(bytes)
    });
    let bytes = put.with_context(|| format!("cannot write {}", place.display()))?;
    Ok(Made { backup: place, bytes, manifest })
}
