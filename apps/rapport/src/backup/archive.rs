//! The form of a backup: a tar file (POSIX ustar) of a manifest, the sealed service key where it is in it, and the
//! database.
//!
//! Any tar program reads it. Here it is read by the parts' names alone: no path in it is ever followed, and nothing is
//! taken that the manifest doesn't name with its length.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{Context as Digest, SHA256};
use tar::{Archive, Builder, EntryType, Header};

use super::manifest::{DATABASE, FORMAT, KEY, MANIFEST, Manifest, Part};
use super::{BadBackup, Progress};

/// More than any manifest has.
const LARGEST_MANIFEST: u64 = 64 * 1024 * 1024;
/// More than any sealed key has.
const LARGEST_KEY: u64 = 1024 * 1024;
/// What tar counts in, in octets.
const TAR_BLOCK: u64 = 512;
/// What is read at once.
const BLOCK: usize = 256 * 1024;

/// A backup that was taken apart.
pub(crate) struct Extracted {
    /// What it says of itself.
    pub(crate) manifest: Manifest,
    /// The database, as a file of this account alone.
    pub(crate) database: PathBuf,
    /// The sealed service key, where it is in it.
    pub(crate) key: Option<Vec<u8>>,
}

/// Returns length and hash of a file.
pub(super) fn measure(path: &Path, progress: Progress<'_>) -> Result<Part> {
    let named = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(named)?;
    let all = file.metadata().with_context(named)?.len();
    let mut sum = Summed::new(file);
    let mut block = vec![0; BLOCK];
    while sum.read(&mut block).with_context(named)? > 0 {
        progress(sum.bytes, all);
    }
    Ok(sum.part())
}

pub(super) fn measure_octets(octets: &[u8]) -> Part {
    let mut sum = Summed::new(octets);
    // Reading from memory can't fail.
    let _ = io::copy(&mut sum, &mut io::sink());
    sum.part()
}

/// Writes a backup of its parts into a new file of mode 0600, synced.
pub(super) fn write(
    to: &Path,
    manifest: &Manifest,
    key: Option<&[u8]>,
    database: &Path,
    progress: Progress<'_>,
) -> io::Result<u64> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let mut builder = Builder::new(BufWriter::with_capacity(BLOCK, file));
    let text = serde_json::to_vec_pretty(manifest)?;
    append(&mut builder, MANIFEST, text.len() as u64, text.as_slice())?;
    if let Some(key) = key {
        append(&mut builder, KEY, key.len() as u64, key)?;
    }
    let file = File::open(database)?;
    let all = file.metadata()?.len();
    append(&mut builder, DATABASE, all, Told { inner: file, done: 0, all, progress })?;
    let file = builder.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

fn append(builder: &mut Builder<BufWriter<File>>, name: &str, size: u64, data: impl Read) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_size(size);
    header.set_mode(0o600);
    header.set_entry_type(EntryType::Regular);
    builder.append_data(&mut header, name, data)
}

/// Reads what a backup says of itself, and sees that the file is as long as that asks; its parts are not read.
///
/// # Errors
/// [`BadBackup`], or the file cannot be read.
pub(super) fn manifest(path: &Path) -> Result<Manifest> {
    let mut archive = open(path)?;
    let mut entries = archive.entries().map_err(|error| bad(path, &error))?;
    let entry =
        entries.next().ok_or_else(|| wrong(path, "it is empty"))?.map_err(|error| bad(path, &error))?;
    let own = entry.size();
    let manifest = read_manifest(path, entry)?;
    // Each part has a head before it and is filled up to whole blocks; two empty ones are the end.
    let blocks = |bytes: u64| bytes.div_ceil(TAR_BLOCK).saturating_add(1);
    let parts = manifest.parts.values().map(|part| blocks(part.bytes));
    let want = parts.fold(blocks(own) + 2, u64::saturating_add).saturating_mul(TAR_BLOCK);
    let found = path.metadata().with_context(|| format!("cannot read the backup {}", path.display()))?.len();
    if found < want {
        return Err(wrong(path, &format!("it was cut off: it has {found} bytes of {want}")));
    }
    Ok(manifest)
}

/// Takes a backup apart into a directory, and sees that every part has the length and the hash that the manifest says.
///
/// # Errors
/// [`BadBackup`], or a file cannot be read or written.
pub(crate) fn extract(path: &Path, into: &Path, progress: Progress<'_>) -> Result<Extracted> {
    let mut archive = open(path)?;
    let mut entries = archive.entries().map_err(|error| bad(path, &error))?;
    let first =
        entries.next().ok_or_else(|| wrong(path, "it is empty"))?.map_err(|error| bad(path, &error))?;
    let manifest = read_manifest(path, first)?;
    let database = into.join(DATABASE);
    let mut key = None;
    let mut found: BTreeMap<String, Part> = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(|error| bad(path, &error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(want) = manifest.parts.get(&name).filter(|_| !found.contains_key(&name)) else {
            return Err(wrong(path, &format!("it has a part {name:?} that the manifest doesn't name")));
        };
        if entry.size() != want.bytes {
            let what = format!("{name} has {} bytes, and {} by the manifest", entry.size(), want.bytes);
            return Err(wrong(path, &what));
        }
        let mut sum = Summed::new(entry);
        match name.as_str() {
            DATABASE => {
                let named = || format!("cannot write {}", database.display());
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&database)
                    .with_context(named)?;
                copy_out(path, &mut sum, &mut file, want.bytes, progress).with_context(named)?;
                file.sync_all().with_context(named)?;
            }
            KEY if want.bytes <= LARGEST_KEY => {
                let mut sealed = Vec::new();
                sum.read_to_end(&mut sealed).map_err(|error| bad(path, &error))?;
                key = Some(sealed);
            }
            _ => return Err(wrong(path, &format!("it has a part {name:?} that this version doesn't know"))),
        }
        let part = sum.part();
        if part != *want {
            let what = format!(
                "{name} is damaged: it has the SHA-256 {}, and {} by the manifest",
                part.sha256, want.sha256
            );
            return Err(wrong(path, &what));
        }
        found.insert(name, part);
    }
    if let Some(missing) = manifest.parts.keys().find(|name| !found.contains_key(*name)) {
        return Err(wrong(path, &format!("{missing} is missing: the file was cut off")));
    }
    if !found.contains_key(DATABASE) || manifest.key != key.is_some() {
        return Err(wrong(path, "the manifest does not say what is in it"));
    }
    Ok(Extracted { manifest, database, key })
}

fn open(path: &Path) -> Result<Archive<BufReader<File>>> {
    let file = File::open(path).with_context(|| format!("cannot read the backup {}", path.display()))?;
    Ok(Archive::new(BufReader::with_capacity(BLOCK, file)))
}

fn read_manifest(path: &Path, entry: tar::Entry<'_, BufReader<File>>) -> Result<Manifest> {
    if entry.path_bytes() != MANIFEST.as_bytes() || entry.size() > LARGEST_MANIFEST {
        return Err(wrong(path, "this is no backup of Rapport"));
    }
    let mut text = Vec::new();
    entry.take(LARGEST_MANIFEST).read_to_end(&mut text).map_err(|error| bad(path, &error))?;
    // The number of the form is read first: a later form may have anything else beside.
    let value: serde_json::Value = serde_json::from_slice(&text)
        .map_err(|error| wrong(path, &format!("its manifest is damaged: {error}")))?;
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format == u64::from(FORMAT) => {}
        Some(format) => {
            let what = format!(
                "it has the form {format}, and this version knows {FORMAT}; use the version that made it"
            );
            return Err(wrong(path, &what));
        }
        None => return Err(wrong(path, "its manifest is damaged")),
    }
    serde_json::from_value(value).map_err(|error| wrong(path, &format!("its manifest is damaged: {error}")))
}

/// Copies a part into a file; what goes wrong with reading is the backup's fault, with writing the disk's.
fn copy_out(
    path: &Path,
    from: &mut impl Read,
    to: &mut File,
    all: u64,
    progress: Progress<'_>,
) -> Result<()> {
    let mut block = vec![0; BLOCK];
    let mut done = 0;
    loop {
        let count = from.read(&mut block).map_err(|error| bad(path, &error))?;
        if count == 0 {
            return Ok(());
        }
        to.write_all(block.get(..count).unwrap_or_default())?;
        done += count as u64;
        progress(done, all);
    }
}

fn bad(path: &Path, error: &io::Error) -> anyhow::Error {
    wrong(path, &format!("it can't be read as a backup: {error}"))
}

pub(super) fn wrong(path: &Path, what: &str) -> anyhow::Error {
    BadBackup { path: path.to_owned(), what: what.to_owned() }.into()
}

/// A reader that sums what goes through it.
struct Summed<R> {
    inner: R,
    bytes: u64,
    digest: Digest,
}

impl<R> Summed<R> {
    fn new(inner: R) -> Self {
        Self { inner, bytes: 0, digest: Digest::new(&SHA256) }
    }

    fn part(self) -> Part {
        let sha256 = self.digest.finish().as_ref().iter().map(|octet| format!("{octet:02x}")).collect();
        Part { bytes: self.bytes, sha256 }
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(block)?;
        self.digest.update(block.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }
}

/// A reader that tells how far it is.
struct Told<'a, R> {
    inner: R,
    done: u64,
    all: u64,
    progress: Progress<'a>,
}

impl<R: Read> Read for Told<'_, R> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(block)?;
        self.done += count as u64;
        (self.progress)(self.done, self.all);
        Ok(count)
    }
}
