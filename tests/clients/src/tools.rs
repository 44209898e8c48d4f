//! SIP tools that no one here wrote: `sipsak` and `sipp` of Debian.

use std::path::Path;
use std::process::{Command, Output};

/// Runs a tool to its end.
///
/// # Panics
/// When the tool isn't installed: a test that can't run must not look like one that passed.
pub fn run(program: &str, directory: &Path, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap_or_else(|e| panic!("{program} does not run ({e}); `cargo xtask test` installs it"))
}

/// What a tool said, on both streams.
pub fn said(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
