//! The company that stands in the database of every schema: how it is written, and that it is read back.
//!
//! It is written through the port, by the code of its day; later code reads what earlier code wrote. What a schema
//! brings beside is written and read by functions of its own, so that the older databases go on being read as they are.

mod company;
mod history;
mod web;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use rapport_secrets::ServiceKey;
use rapport_store::contract::block_on;
use rapport_store_sqlite::{SqliteStore, migrations};

pub use company::{ANA, NORTH, read_back, write};
pub use history::{Said, said};

/// Returns the directory of the databases.
pub fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns where the database of a schema is kept.
pub fn database(schema: u32) -> PathBuf {
    directory().join(format!("schema-{schema}.db"))
}

/// Returns the newest schema that the store knows.
pub fn newest() -> u32 {
    migrations().map(|(number, _)| number).max().unwrap_or(0)
}

/// Returns the SHA-256 of a migration's text in hexadecimal digits.
pub fn hash(sql: &str) -> String {
    digest(&SHA256, sql.as_bytes()).as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Reads the frozen hashes: migration and hash, a line each.
///
/// # Errors
/// The list cannot be read, or a line of it is none.
pub fn frozen() -> Result<BTreeMap<u32, String>> {
    let file = directory().join("migrations.sha256");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let line = |line: &str| {
        let (number, hash) = line.split_once(' ').context("a line is a number and a hash")?;
        anyhow::Ok((number.parse()?, hash.to_owned()))
    };
    text.lines().map(line).collect()
}

/// Puts a copy of the key where only this account can read it, as the service wants it, and loads it.
///
/// # Errors
/// The file cannot be copied or is no key.
pub fn key(scratch: &Path) -> Result<ServiceKey> {
    let copy = scratch.join("service.key");
    let text = fs::read(directory().join("service.key"))?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&copy)?.write_all(&text)?;
    Ok(ServiceKey::load(&copy)?)
}

/// Adds the line and the database that the newest schema still lacks. What is there is left alone.
///
/// # Errors
/// A frozen migration was changed; or a file cannot be written.
pub fn freeze() -> Result<()> {
    let frozen = frozen()?;
    let mut lines = String::new();
    for (number, sql) in migrations() {
        let hash = hash(sql);
        if let Some(known) = frozen.get(&number) {
            ensure!(*known == hash, "migration {number} was changed; a frozen one stays as it is");
        }
        lines.push_str(&format!("{number} {hash}\n"));
    }
    fs::write(directory().join("migrations.sha256"), lines)?;
    let database = database(newest());
    if database.exists() {
        return Ok(());
    }
    let scratch = std::env::temp_dir().join(format!("rapport-upgrade-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let made = scratch.join("rapport.db");
    let key = key(&scratch)?;
    block_on(write(&SqliteStore::open(&made)?, &key))?;
    fs::copy(&made, &database)?;
    fs::remove_dir_all(&scratch)?;
    Ok(())
}
