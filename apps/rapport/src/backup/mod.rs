//! Backups: one file with the whole database, made while the server runs or not; verified, kept and restored.
//!
//! The form of the file stands in [`archive`], who makes one by the clock in [`schedule`]. What a backup brings back of
//! one company or one person is the service's business (`rapport_service::restore`); here it is only opened.

mod archive;
mod files;
mod make;
mod manifest;
mod opened;
mod schedule;
mod verify;
mod whole;

pub(crate) use files::newest_before;
pub(crate) use make::{KeyChoice, make};
pub(crate) use manifest::Manifest;
pub(crate) use opened::BackupFiles;
pub(crate) use schedule::{Schedule, keep_making};
pub(crate) use verify::verify;
pub(crate) use whole::{Restored, restore};

use std::path::PathBuf;

/// Told how far something is: octets done, and how many there are in all.
pub(crate) type Progress<'a> = &'a mut (dyn FnMut(u64, u64) + Send);

/// The file is no backup, or not what its manifest says.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {what}", path = .path.display())]
pub(crate) struct BadBackup {
    /// The backup.
    pub(crate) path: PathBuf,
    /// What is wrong with it.
    pub(crate) what: String,
}
