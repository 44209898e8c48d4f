//! A sum over the whole file, kept beside it while no server runs: what changes meanwhile is found at the next start.
//!
//! SQLite's own checks see a structure that is broken, not a letter that is another. A server that ends in good order
//! leaves `NAME-sum`; one that begins takes it away before it changes anything. A file that was put in the place of the
//! other, such as from a backup, is told by its inode and its birth, and is held against no sum.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

use crate::copy::with_suffix;

const SUFFIX: &str = "-sum";
const BLOCK: usize = 256 * 1024;
/// No sum is longer.
const LONGEST: u64 = 1024;

/// Whether the file is as it was when the last server ended; true as well when nothing is known of that.
///
/// # Errors
/// When a file can't be read.
pub(crate) fn holds(database: &Path) -> io::Result<bool> {
    let mut kept = String::new();
    match File::open(with_suffix(database, SUFFIX)) {
        Ok(file) => file.take(LONGEST).read_to_string(&mut kept)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let Some((file, _)) = kept.trim_end().rsplit_once(' ') else {
        // Half a line is no sum: it was being written when the power went.
        return Ok(true);
    };
    if identity(database)? != file {
        return Ok(true);
    }
    Ok(line(database)? == kept)
}

/// Takes the sum away, before anything is changed.
///
/// # Errors
/// When that can't be made to last: a sum that came back would condemn a database that is sound.
pub(crate) fn remove(database: &Path) -> io::Result<()> {
    match fs::remove_file(with_suffix(database, SUFFIX)) {
        Ok(()) => {
            let directory = database.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Leaves the sum when it goes out of scope, provided that the log has been folded into the file by then.
#[derive(Debug)]
pub(crate) struct Leave(pub(crate) PathBuf);

impl Drop for Leave {
    fn drop(&mut self) {
        let is_folded = !with_suffix(&self.0, "-wal").exists();
        if is_folded && let Err(error) = write(&self.0) {
            tracing::debug!(%error, "the database's sum could not be left beside it");
        }
    }
}

fn write(database: &Path) -> io::Result<()> {
    let text = line(database)?;
    let place = with_suffix(database, SUFFIX);
    let beside = with_suffix(&place, ".new");
    let _ = fs::remove_file(&beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, place)
}

/// Names the file, whatever stands in it.
fn identity(database: &Path) -> io::Result<String> {
    let file = fs::metadata(database)?;
    let born = file.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    Ok(format!("{}:{}:{}", file.dev(), file.ino(), born.as_nanos()))
}

fn line(database: &Path) -> io::Result<String> {
    let (mut file, mut sum, mut block) = (File::open(database)?, Sha256::new(), vec![0; BLOCK]);
    loop {
        match file.read(&mut block)? {
            0 => break,
            count => sum.update(block.get(..count).unwrap_or_default()),
        }
    }
    let sum: String = sum.finalize().iter().map(|octet| format!("{octet:02x}")).collect();
    Ok(format!("{} {sum}\n", identity(database)?))
}
