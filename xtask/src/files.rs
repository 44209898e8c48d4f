//! The files of the project, and what cargo knows about its packages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Every file below the root whose name ends with `suffix`, by its path from the root, sorted.
/// Build results and hidden directories are left out.
pub(crate) fn ending_with(suffix: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        let at = root().join(&directory);
        let entries = fs::read_dir(&at).with_context(|| format!("cannot read {}", at.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = directory.join(&*name);
            if entry.file_type()?.is_dir() {
                if !name.starts_with('.') && name != "node_modules" && !name.starts_with("target") {
                    directories.push(path);
                }
            } else if name.ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a file, named by its path from the root.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("cannot read {}", path.display()))
}

/// The packages of a lock file and their versions.
pub(crate) fn locked(path: &Path) -> Result<Vec<(String, String)>> {
    let lock = read(path)?;
    let mut names = Vec::new();
    let mut name = "";
    for line in lock.lines() {
        if let Some(value) = line.strip_prefix("name = ") {
            name = value;
        } else if let Some(version) = line.strip_prefix("version = ")
            && !name.is_empty()
        {
            names.push((name.trim_matches('"').to_owned(), version.trim_matches('"').to_owned()));
            name = "";
        }
    }
    Ok(names)
}

/// What cargo knows: of the workspace alone, or of everything that it is built from.
pub(crate) fn metadata(with_dependencies: bool) -> Result<Value> {
    let mut arguments = vec!["metadata", "--format-version=1"];
    if with_dependencies {
        arguments.extend(["--filter-platform", "x86_64-unknown-linux-gnu"]);
    } else {
        arguments.push("--no-deps");
    }
    let text = crate::shell::output_of(&mut crate::shell::cargo(&arguments))?;
    serde_json::from_str(&text).context("cargo metadata wrote no JSON")
}

/// The members of an array, none when it isn't one.
pub(crate) fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A text, empty when it isn't there.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
