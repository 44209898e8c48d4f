//! Where backups are: their names, which there are, and room for what is worked on.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, bail};
use rapport_model::Timestamp;

const PREFIX: &str = "rapport-";
const SUFFIX: &str = ".tar";
/// Stands before the process and a number.
const SCRATCH: &str = ".rapport-scratch-";

/// A backup by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kept {
    /// When it was begun.
    pub(crate) at: Timestamp,
    /// The file.
    pub(crate) path: PathBuf,
}

/// Returns the name of a backup that is begun at that moment: `rapport-20261126T001500Z.tar`.
pub(super) fn name(at: Timestamp) -> String {
    let moment: String = at.to_rfc3339().chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{PREFIX}{moment}{SUFFIX}")
}

/// Reads the moment in a backup's name; none when it is no such name.
fn moment(name: &str) -> Option<Timestamp> {
    let text = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let digits = |range: std::ops::Range<usize>| {
        text.get(range).filter(|part| part.bytes().all(|octet| octet.is_ascii_digit()))
    };
    if text.len() != 16 || text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
        return None;
    }
    let (year, month, day) = (digits(0..4)?, digits(4..6)?, digits(6..8)?);
    let (hour, minute, second) = (digits(9..11)?, digits(11..13)?, digits(13..15)?);
    Timestamp::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

/// Returns the backups in a directory by their names, the oldest first. What has another name is nobody's business.
///
/// # Errors
/// The directory cannot be read.
pub(crate) fn kept(directory: &Path) -> Result<Vec<Kept>> {
    let named = || format!("cannot read the backup directory {}", directory.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).with_context(named)? {
        let path = entry.with_context(named)?.path();
        if let Some(at) = path.file_name().and_then(|name| name.to_str()).and_then(moment) {
            found.push(Kept { at, path });
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the newest backup in a directory that was begun at that moment or before.
///
/// # Errors
/// There is none, or the directory cannot be read.
pub(crate) fn newest_before(directory: &Path, at: Timestamp) -> Result<Kept> {
    let all = kept(directory)?;
    match all.iter().rev().find(|kept| kept.at <= at) {
        Some(found) => Ok(found.clone()),
        None => match all.first() {
            Some(oldest) => bail!(
                "{} has no backup from {at} or before; the oldest is of {}",
                directory.display(),
                oldest.at
            ),
            None => bail!("{} has no backup", directory.display()),
        },
    }
}

/// A directory that is this account's alone, and gone with this value.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes one in another directory.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn within(directory: &Path) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        sweep(directory);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!("{SCRATCH}{}-{number}", std::process::id()));
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("cannot make the directory {}", path.display()))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, directory = %self.0.display(), "a scratch directory stays behind; remove it");
        }
    }
}

/// Removes the scratch directories of processes that were killed.
fn sweep(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process =
            name.to_str().and_then(|name| name.strip_prefix(SCRATCH)?.split('-').next()?.parse::<u32>().ok());
        if process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backups_name_tells_when_it_was_begun() {
        let at = Timestamp::parse("2026-11-26T00:15:09Z").expect("a moment");
        assert_eq!(name(at), "rapport-20261126T001509Z.tar");
        assert_eq!(moment(&name(at)), Some(at));
        for other in [
            "rapport-20261126T001509Z.tar.part",
            "rapport-20261126T001509.tar",
            "rapport-2026+126T001509Z.tar",
            "rapport-20261326T001509Z.tar",
            "rapport-.tar",
            "rapport-ééééééééZ.tar",
            "notes.txt",
        ] {
            assert_eq!(moment(other), None, "{other}");
        }
    }

    #[test]
    fn the_newest_backup_of_a_moment_or_before_is_found() {
        let scratch = Scratch::within(&std::env::temp_dir()).expect("a directory");
        let at = |minute: u32| Timestamp::parse(&format!("2026-11-26T00:{minute:02}:00Z")).expect("a moment");
        for minute in [10, 30, 20] {
            fs::write(scratch.path().join(name(at(minute))), "").expect("written");
        }
        fs::write(scratch.path().join("other.tar"), "").expect("written");
        let found = |minute| newest_before(scratch.path(), at(minute)).map(|kept| kept.at);
        assert_eq!(kept(scratch.path()).expect("read").len(), 3);
        assert_eq!(found(30).expect("one"), at(30));
        assert_eq!(found(29).expect("one"), at(20));
        let none = found(9).expect_err("none").to_string();
        assert!(none.contains("the oldest is of 2026-11-26T00:10:00Z"), "{none}");
    }
}
