//! What a backup says of itself: `manifest.json`, its first part.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The number of the form that is written.
pub(crate) const FORMAT: u32 = 1;
/// The part that has the database.
pub(crate) const DATABASE: &str = "rapport.db";
/// The part that has the service key, sealed under a passphrase.
pub(crate) const KEY: &str = "service.key.sealed";
/// The part that is this.
pub(crate) const MANIFEST: &str = "manifest.json";

/// Rows of each table.
pub(crate) type Counts = BTreeMap<String, u64>;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    /// The number of the backup's form; a reader refuses one that it doesn't know.
    pub(crate) format: u32,
    /// The version of Rapport that made it.
    pub(crate) version: String,
    /// The number of the database's schema.
    pub(crate) schema: u32,
    /// When it was begun, in universal time.
    pub(crate) created: String,
    /// Whether the service key is in it, sealed.
    pub(crate) key: bool,
    /// Length and hash of every other part.
    pub(crate) parts: BTreeMap<String, Part>,
    /// Rows of each table.
    pub(crate) tables: Counts,
    /// Rows of each table by company.
    pub(crate) companies: BTreeMap<String, Counts>,
}

/// A part of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Its length.
    pub(crate) bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub(crate) sha256: String,
}
