//! The notices of what the server is built from: every crate that ends up in the program, with
//! its licence, and the texts that must travel with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::files::{array, metadata, read, text};
use crate::shell::{cargo, output_of};

/// Files whose text travels along.
const NOTICES: &[&str] = &["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE"];

/// The whole of THIRD-PARTY.md.
///
/// # Errors
/// When cargo can't tell what the server is built from.
pub(crate) fn third_party() -> Result<String> {
    let metadata = metadata(true)?;
    let shown = linked(&metadata)?;

    let mut out = String::from(
        "# Third-party notices\n\n\
         The `rapport` program contains these crates, besides Rust's own standard library (MIT OR Apache-2.0).\n\
         This page is written by `cargo xtask gen`.\n\
         The web client's packages and their licences are a page of the client: `/im/third-party.txt`.\n\n\
         | crate | version | licence | source |\n| --- | --- | --- | --- |\n",
    );
    let apache = plain(&read(Path::new("LICENSE-APACHE"))?);
    let mut under_apache = BTreeSet::new();
    let mut texts: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for package in shown {
        let (name, version) = (text(package, "name"), text(package, "version"));
        let _ = writeln!(
            out,
            "| {name} | {version} | {} | {} |",
            text(package, "license"),
            text(package, "repository")
        );
        for notice in notices_in(Path::new(text(package, "manifest_path")))? {
            // One and the same text in a hundred forms of white space stands in our own file;
            // what a copy adds is whose work it is.
            let (key, notice) = if plain(&notice).starts_with(&apache) {
                let owners = owners(&notice);
                if owners.is_empty() {
                    under_apache.insert(format!("{name} {version}"));
                    continue;
                }
                let notice =
                    format!("{owners}\nLicensed under the Apache License, Version 2.0 (LICENSE-APACHE).");
                (plain(&notice), notice)
            } else {
                (plain(&notice), notice)
            };
            let entry = texts.entry(key).or_insert_with(|| (notice, BTreeSet::new()));
            entry.1.insert(format!("{name} {version}"));
        }
    }
    out.push_str("\n## Texts\n");
    let list = |crates: BTreeSet<String>| crates.into_iter().collect::<Vec<_>>().join(", ");
    let _ = write!(
        out,
        "\n### {}\n\nThe Apache License, Version 2.0, as in [LICENSE-APACHE](LICENSE-APACHE).\n",
        list(under_apache)
    );
    let mut texts: Vec<_> = texts.into_values().map(|(notice, crates)| (crates, notice)).collect();
    texts.sort();
    for (crates, notice) in texts {
        let _ = write!(out, "\n### {}\n\n````text\n{notice}\n````\n", list(crates));
    }
    Ok(out)
}

/// What cargo knows of every foreign package that is linked into the server, sorted.
///
/// # Errors
/// When cargo can't tell what the server is built from.
pub(crate) fn linked(metadata: &Value) -> Result<Vec<&Value>> {
    let linked = linked_into_the_server()?;
    let mut packages: Vec<&Value> = array(metadata, "packages")
        .filter(|p| !p["source"].is_null())
        .filter(|p| linked.contains(&(text(p, "name").to_owned(), text(p, "version").to_owned())))
        .collect();
    packages.sort_by_key(|p| (text(p, "name"), text(p, "version")));
    Ok(packages)
}

/// Name and version of every package that is linked into the server: what only builds or tests
/// it stays out, and so does what a feature that is off would bring.
fn linked_into_the_server() -> Result<BTreeSet<(String, String)>> {
    let arguments = [
        "tree",
        "--package",
        "rapport",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--target",
        "x86_64-unknown-linux-gnu",
        "--format",
        "{p}",
    ];
    let tree = output_of(&mut cargo(&arguments))?;
    let package = |line: &str| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    };
    Ok(tree.lines().filter_map(package).collect())
}

/// A text without what differs from copy to copy: letters and digits, up to the end of the terms.
fn plain(notice: &str) -> String {
    let terms = notice.split("END OF TERMS AND CONDITIONS").next().unwrap_or(notice);
    terms.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The lines of a copy of the Apache License that say whose the work is.
fn owners(notice: &str) -> String {
    let says = |line: &&str| {
        let year = line.contains(|c: char| c.is_ascii_digit());
        line.starts_with("Copyright") && year && !line.contains(['[', '{'])
    };
    notice.lines().map(str::trim).filter(says).collect::<Vec<_>>().join("\n")
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
