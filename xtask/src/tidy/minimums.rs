//! `deny.toml` forbids what must not be built in: versions of crates with known holes, which no lock file has, a second
//! TLS stack, sources that nobody has looked at. `cargo deny` refuses what stands there; that it stands there is looked
//! at here.

use std::path::Path;

use anyhow::Result;

use super::Finding;
use crate::files::{locked, read};

/// Crates, and the first version without the hole that `deny.toml` names.
const LEAST: &[(&str, &str)] = &[
    ("quick-xml", "0.41"),
    ("rustls", "0.23.18"),
    ("h2", "0.4.16"),
    ("tungstenite", "0.20.1"),
    ("tracing-subscriber", "0.3.20"),
    ("sqlx", "0.8.1"),
    ("idna", "1.0"),
];

/// Crates of which no version is built in.
const NEVER: &[&str] = &["openssl", "openssl-sys", "native-tls", "ring"];

/// Settings without which anything could come in.
const SETTINGS: &[&str] = &[
    "yanked = \"deny\"",
    "multiple-versions = \"deny\"",
    "wildcards = \"deny\"",
    "unknown-registry = \"deny\"",
    "unknown-git = \"deny\"",
    "allow-git = []",
];

pub(super) fn check() -> Result<Vec<Finding>> {
    let mut found = missing(&read(Path::new("deny.toml"))?);
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        found.extend(too_old(lock, &locked(Path::new(lock))?));
    }
    Ok(found)
}

/// What `deny.toml` doesn't say.
fn missing(deny: &str) -> Vec<Finding> {
    let lines: Vec<&str> = deny.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
    let mut found = Vec::new();
    for (name, least) in LEAST {
        let entry = format!("{{ name = \"{name}\", version = \"<{least}\",");
        if !lines.iter().any(|line| line.starts_with(&entry)) {
            found.push(format!("deny.toml: {name} before {least} is not denied: its hole is known"));
        }
    }
    for name in NEVER {
        let entry = format!("{{ name = \"{name}\", reason = ");
        if !lines.iter().any(|line| line.starts_with(&entry)) {
            found.push(format!("deny.toml: {name} is not denied"));
        }
    }
    for setting in SETTINGS.iter().filter(|setting| !lines.contains(setting)) {
        found.push(format!("deny.toml: {setting} is not there"));
    }
    found
}

/// What a lock file has of them all the same.
fn too_old(file: &str, locked: &[(String, String)]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, version) in locked {
        if let Some((_, least)) = LEAST.iter().find(|(known, _)| known == name)
            && numbers(version) < numbers(least)
        {
            found.push(format!("{file}: {name} {version} has a known hole; {least} is the first without"));
        }
    }
    found
}

/// The numbers of a version, as they are compared. One that is not ready comes before the one that is.
fn numbers(version: &str) -> ([u64; 3], bool) {
    let (release, ready) = match version.split_once('-') {
        Some((release, _)) => (release, false),
        None => (version.split('+').next().unwrap_or_default(), true),
    };
    let mut numbers = [0; 3];
    for (number, part) in numbers.iter_mut().zip(release.split('.')) {
        *number = part.parse().unwrap_or(0);
    }
    (numbers, ready)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_with_known_holes_are_denied_and_not_built_in() {
        assert_eq!(check().expect("the files can be read"), [] as [Finding; 0]);
    }

    #[test]
    fn what_is_taken_out_of_the_list_is_missed() {
        let deny = read(Path::new("deny.toml")).expect("it can be read");
        let without = |text: &str| -> String {
            deny.lines().filter(|line| !line.contains(text)).collect::<Vec<_>>().join("\n")
        };
        for (name, _) in LEAST {
            let found = missing(&without(&format!("name = \"{name}\"")));
            assert!(matches!(&found[..], [one] if one.contains(name)), "{name}: {found:?}");
            let commented =
                deny.replace(&format!("{{ name = \"{name}\""), &format!("# {{ name = \"{name}\""));
            assert_eq!(missing(&commented).len(), 1, "{name}");
        }
        for name in NEVER {
            assert_eq!(missing(&without(&format!("name = \"{name}\""))).len(), 1, "{name}");
        }
        for setting in SETTINGS {
            assert_eq!(missing(&without(setting)).len(), 1, "{setting}");
        }
        let laxer = deny
            .replace("name = \"quick-xml\", version = \"<0.41\"", "name = \"quick-xml\", version = \"<0.4\"");
        assert_eq!(missing(&laxer).len(), 1);
    }

    #[test]
    fn a_lock_file_with_an_old_version_is_found() {
        let locked = |name: &str, version: &str| [(name.to_owned(), version.to_owned())];
        for (name, old, new) in [
            ("quick-xml", "0.40.9", "0.41.0"),
            ("rustls", "0.23.17", "0.23.18"),
            ("h2", "0.4.9", "0.4.16"),
            ("tracing-subscriber", "0.3.19", "0.10.0"),
            ("idna", "1.0.0-rc.1", "1.0.0"),
        ] {
            assert_eq!(too_old("Cargo.lock", &locked(name, old)).len(), 1, "{name} {old}");
            assert_eq!(too_old("Cargo.lock", &locked(name, new)).len(), 0, "{name} {new}");
        }
    }
}
