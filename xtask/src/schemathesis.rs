//! schemathesis, which tries the web API by its description: brought from PyPI into `target/schemathesis`, where the test
//! that runs it finds it (`apps/rapport/tests/in_process/description.rs`).
//!
//! Which versions, and the SHA-256 of each file, stands in `apps/rapport/tests/description/requirements.txt`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::files::root;
use crate::shell::{command, passes, works};

const REQUIREMENTS: &str = "apps/rapport/tests/description/requirements.txt";

/// Whether it is there, brought if need be; says why when it isn't.
pub(crate) fn ready() -> bool {
    brought().inspect_err(|error| eprintln!("xtask: {error:#}")).is_ok()
}

fn brought() -> Result<()> {
    let (place, stamp) = (root().join("target/schemathesis"), root().join("target/schemathesis/installed"));
    let program = place.join("venv/bin/schemathesis");
    let wanted =
        fs::read(root().join(REQUIREMENTS)).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    // What was made for another Python, or moved, does not run.
    let runs = |program: &PathBuf| works(&mut command(&program.to_string_lossy(), &["--version"]));
    if fs::read(&stamp).is_ok_and(|there| there == wanted) && runs(&program) {
        return Ok(());
    }
    eprintln!("xtask: the web API is tried by schemathesis; bringing it into target/schemathesis, once");
    fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    let venv = place.join("venv");
    if !passes(command("python3", &["-m", "venv", "--clear"]).arg(&venv))? {
        bail!("python3 makes no virtual environment; Debian has that in python3-venv");
    }
    let mut install = command(&venv.join("bin/pip").to_string_lossy(), &["install", "--quiet"]);
    install.args(["--disable-pip-version-check", "--no-input", "--only-binary", ":all:", "--require-hashes"]);
    install.args(["--retries", "2", "--timeout", "20", "--requirement", REQUIREMENTS]);
    if !passes(&mut install)? || !runs(&program) {
        bail!("schemathesis could not be brought from PyPI");
    }
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}
