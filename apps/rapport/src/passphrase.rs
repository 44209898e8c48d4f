//! Where the passphrase for a backup's service key comes from: a file or the terminal, never the command line.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// More than any passphrase has.
const LONGEST: u64 = 4096;

/// Reads the first line of a file that others can't read.
///
/// # Errors
/// A sentence that names the file and what to do.
pub(crate) fn from_file(path: &Path) -> Result<String> {
    let named = || format!("cannot read the passphrase from {}", path.display());
    let file = File::open(path).with_context(named)?;
    let metadata = file.metadata().with_context(named)?;
    if metadata.is_file() && metadata.mode() & 0o077 != 0 {
        let mode = metadata.mode() & 0o7777;
        bail!(
            "{0} has mode {mode:04o}, so that others can reach the passphrase; run: chmod 600 {0}",
            path.display()
        );
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).with_context(named)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!("{} has no passphrase in its first line", path.display());
    }
    Ok(line.to_owned())
}

/// Asks for it at the terminal, twice where a new one is chosen; none where nobody is there to ask.
///
/// # Errors
/// The terminal can't be read, or the two differ.
pub(crate) fn from_terminal(twice: bool) -> Result<Option<String>> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let ask = |what: &str| rpassword::prompt_password(what).context("cannot read the passphrase");
    let passphrase = ask("Passphrase for the service key: ")?;
    if twice && ask("Passphrase again: ")? != passphrase {
        bail!("the two passphrases differ");
    }
    Ok(Some(passphrase))
}
