//! The notices of what the server is built from: every crate that ends up in the program, with
//! its licence, and the texts that must travel with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::files::{array, metadata, text};

/// Files whose text travels along.
const NOTICES: &[&str] = &["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE"];

/// The whole of THIRD-PARTY.md.
///
/// # Errors
/// When cargo can't tell what the server is built from.
pub(crate) fn third_party() -> Result<String> {
    let metadata = metadata(true)?;
    let packages: BTreeMap<&str, &Value> = array(&metadata, "packages").map(|p| (text(p, "id"), p)).collect();
    let mut shown: Vec<&Value> = built_into_the_server(&metadata)?
        .into_iter()
        .filter_map(|id| packages.get(id).copied())
        .filter(|p| !p["source"].is_null())
        .collect();
    shown.sort_by_key(|p| (text(p, "name"), text(p, "version")));

    let mut out = String::from(
        "# Third-party notices\n\n\
         The `rapport` program contains these crates, besides Rust's own standard library (MIT OR Apache-2.0).\n\
         This page is written by `cargo xtask gen`.\n\n\
         | crate | version | licence | source |\n| --- | --- | --- | --- |\n",
    );
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in shown {
        let (name, version) = (text(package, "name"), text(package, "version"));
        let _ = writeln!(
            out,
            "| {name} | {version} | {} | {} |",
            text(package, "license"),
            text(package, "repository")
        );
        for notice in notices_in(Path::new(text(package, "manifest_path")))? {
            texts.entry(notice).or_default().insert(format!("{name} {version}"));
        }
    }
    out.push_str("\n## Texts\n");
    let mut texts: Vec<_> = texts.into_iter().map(|(notice, crates)| (crates, notice)).collect();
    texts.sort();
    for (crates, notice) in texts {
        let crates: Vec<_> = crates.into_iter().collect();
        let _ = write!(out, "\n### {}\n\n````text\n{notice}\n````\n", crates.join(", "));
    }
    Ok(out)
}

/// The ids of every package that is linked into the server, found along its ordinary
/// dependencies; what only builds or tests it stays out.
fn built_into_the_server(metadata: &Value) -> Result<BTreeSet<&str>> {
    let nodes: BTreeMap<&str, &Value> =
        array(&metadata["resolve"], "nodes").map(|n| (text(n, "id"), n)).collect();
    let server = array(metadata, "packages")
        .find(|p| text(p, "name") == "rapport")
        .context("the workspace has no package rapport")?;
    let mut found = BTreeSet::new();
    let mut open = vec![text(server, "id")];
    while let Some(id) = open.pop() {
        if !found.insert(id) {
            continue;
        }
        for dependency in nodes.get(id).into_iter().flat_map(|node| array(node, "deps")) {
            let linked = array(dependency, "dep_kinds").any(|k| k["kind"].is_null());
            if linked {
                open.push(text(dependency, "pkg"));
            }
        }
    }
    Ok(found)
}

/// The texts beside a manifest, without differences that are only in their spacing.
fn notices_in(manifest: &Path) -> Result<Vec<String>> {
    let Some(directory) = manifest.parent() else { return Ok(Vec::new()) };
    let mut notices = Vec::new();
    let entries = fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_ascii_uppercase();
        if entry.file_type()?.is_file() && NOTICES.iter().any(|n| name.starts_with(n)) {
            let notice = String::from_utf8_lossy(&fs::read(entry.path())?).into_owned();
            let lines: Vec<_> = notice.lines().map(str::trim_end).collect();
            notices.push(lines.join("\n").trim_matches('\n').to_owned());
        }
    }
    notices.sort();
    notices.dedup();
    Ok(notices)
}
