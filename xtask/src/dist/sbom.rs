//! The bill of materials: every crate that is linked into the program, as CycloneDX 1.5.
//!
//! It is written here from what cargo knows, rather than by `cargo-cyclonedx`: that is another tool to compile, and lists
//! what a build may use; this one lists what ended up in the program, as THIRD-PARTY.md does.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::files::{metadata, read, text};
use crate::notices;
use crate::shell::{command, output_of};

/// The document; `epoch` is when the package was made, in seconds since 1970.
pub(super) fn document(version: &str, epoch: &str) -> Result<String> {
    let metadata = metadata(true)?;
    let lock = read(Path::new("Cargo.lock"))?;
    let sums = checksums(&lock);
    let mut components = Vec::new();
    for package in notices::linked(&metadata)? {
        components.push(component(package, &sums));
    }
    let date = output_of(&mut command("date", &["-u", "-d", &format!("@{epoch}"), "+%Y-%m-%dT%H:%M:%SZ"]))?;
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": date.trim(),
            "component": {
                "type": "application",
                "bom-ref": "rapport",
                "name": "rapport",
                "version": version,
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            },
        },
        "components": components,
    });
    serde_json::to_string_pretty(&document).context("a document of texts can be written")
}

fn component(package: &Value, sums: &BTreeMap<(&str, &str), &str>) -> Value {
    let (name, version) = (text(package, "name"), text(package, "version"));
    let purl = format!("pkg:cargo/{name}@{version}");
    let mut component = json!({
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        // Cargo's older form of "or" is not one of SPDX.
        "licenses": [{ "expression": text(package, "license").replace('/', " OR ") }],
    });
    if let Some(sum) = sums.get(&(name, version)) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
    }
    if !text(package, "repository").is_empty() {
        component["externalReferences"] = json!([{ "type": "vcs", "url": text(package, "repository") }]);
    }
    component
}

/// The checksum of each crate, by name and version, as the lock file has it.
fn checksums(lock: &str) -> BTreeMap<(&str, &str), &str> {
    let mut sums = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key))?;
            line.trim_start_matches(" = ").trim_matches('"').into()
        };
        if let (Some(name), Some(version), Some(sum)) = (value("name"), value("version"), value("checksum")) {
            sums.insert((name, version), sum);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::array;

    #[test]
    fn the_bill_names_every_crate_of_the_notices_with_version_licence_and_checksum() {
        let document: Value =
            serde_json::from_str(&document("1.2.3-1", "1700000000").expect("made")).expect("JSON");
        assert_eq!(document["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
        let components: Vec<_> = array(&document, "components").collect();
        let notices = read(Path::new("THIRD-PARTY.md")).expect("text");
        let rows = notices.lines().filter(|line| line.starts_with("| ")).count() - 2;
        assert_eq!(components.len(), rows, "THIRD-PARTY.md lists the same");
        for component in components {
            let purl = text(component, "purl");
            let (name, version) = (text(component, "name"), text(component, "version"));
            assert_eq!(purl, format!("pkg:cargo/{name}@{version}"));
            assert!(notices.contains(&format!("| {name} | {version} |")), "{purl}");
            assert!(!text(&component["licenses"][0], "expression").is_empty(), "{purl}");
            assert_eq!(text(&component["hashes"][0], "content").len(), 64, "{purl}");
        }
    }
}
