//! Writes files that are whole or not there.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::certificate::CertificateError;

/// Writes a file that only its owner reads, in a directory that only its owner enters, made where there is none.
///
/// # Errors
/// [`CertificateError::Write`]; what was there before is there still.
pub fn write_private(file: &Path, bytes: &[u8]) -> Result<(), CertificateError> {
    if let Some(directory) = file.parent() {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|source| CertificateError::Write { file: directory.to_owned(), source })?;
    }
    write(file, bytes, 0o600)
}

/// Writes beside the file and then moves it there, so that nobody ever reads half of it.
pub(crate) fn write(file: &Path, bytes: &[u8], mode: u32) -> Result<(), CertificateError> {
    let failed = |source: io::Error| CertificateError::Write { file: file.to_owned(), source };
    let beside = file.with_extension("new");
    if let Err(error) = fs::remove_file(&beside)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(failed(error));
    }
    let mut out = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside).map_err(failed)?;
    out.write_all(bytes).map_err(failed)?;
    out.sync_all().map_err(failed)?;
    fs::rename(&beside, file).map_err(failed)
}
