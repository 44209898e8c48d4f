//! Floors: imports point downwards only (ARCHITECTURE.md).
//!
//! Each manifest says its floor. An edge to a lower floor is allowed unless [`WALLS`] forbids
//! it; an edge within a floor must be one of [`LEVEL`]. Dependencies of tests are free: a test
//! may build a world around the crate that it tests.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Finding;
use crate::files::{array, text};

/// Edges within a floor.
const LEVEL: &[(&str, &str)] = &[
    ("rapport-sipauth", "rapport-sip"),
    ("rapport-service", "rapport-secrets"),
    // Who gets certificates has the edge show the challenge and take what was got.
    ("rapport-acme", "rapport-edge"),
    // The face serves the pages, which are embedded beside it.
    ("rapport-face-api", "rapport-assets"),
    // What drives the server may be built from what tests are built from.
    ("rapport-load", "rapport-testkit"),
    ("rapport-package", "rapport-testkit"),
    // The doctor signs in as a client does.
    ("rapport", "rapport-testkit"),
    ("rapport-plays", "rapport-testkit"),
    ("rapport-reference", "rapport-testkit"),
    ("rapport-power", "rapport-testkit"),
    ("rapport-power", "real-clients"),
    ("rapport-browsers", "real-clients"),
    ("real-clients", "rapport-testkit"),
];

/// Edges that would point downwards and are forbidden all the same: who, whom, and why.
/// A name that ends with `*` stands for all that begin so.
const WALLS: &[(&str, &str, &str)] = &[
    ("rapport-sip*", "rapport-model", "the wire knows no tenant"),
    ("rapport-msbody", "rapport-model", "the wire knows no tenant"),
    ("rapport-fabric", "rapport-sip*", "the port is generic over the message that it delivers"),
    ("rapport-store*", "rapport-sip*", "a store knows no wire format"),
    ("rapport-store*", "rapport-msbody", "a store knows no wire format"),
    ("rapport-store-*", "rapport-fabric", "one port each"),
    ("rapport-fabric-*", "rapport-store", "one port each"),
    ("rapport-store-*", "rapport-service", "an adapter knows its port only"),
    ("rapport-fabric-*", "rapport-service", "an adapter knows its port only"),
    ("rapport-face-*", "rapport-store", "a face reads no store"),
    ("rapport-face-*", "rapport-secrets", "a face decides nothing"),
    ("rapport-face-api", "rapport-sipauth", "the api face speaks no NTLM"),
    ("rapport-service", "rapport-msbody", "bodies are the faces' business"),
    ("rapport-edge", "rapport-*", "the edge hands over streams and knows nobody"),
];

pub(super) fn check(metadata: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut floors = BTreeMap::new();
    for package in array(metadata, "packages") {
        match package["metadata"]["rapport"]["floor"].as_u64() {
            Some(floor) => {
                floors.insert(text(package, "name"), floor);
            }
            None => found.push(format!(
                "{}: its manifest does not say its floor ([package.metadata.rapport])",
                text(package, "name")
            )),
        }
    }
    for package in array(metadata, "packages") {
        let from = text(package, "name");
        for dependency in array(package, "dependencies").filter(|d| text(d, "kind") != "dev") {
            let to = text(dependency, "name");
            if let (Some(&high), Some(&low)) = (floors.get(from), floors.get(to))
                && let Some(wrong) = wrong((from, high), (to, low))
            {
                found.push(format!("{from} imports {to}: {wrong}"));
            }
        }
    }
    found
}

fn wrong((from, high): (&str, u64), (to, low): (&str, u64)) -> Option<String> {
    if low > high {
        return Some(format!("floor {high} may not look up to floor {low}"));
    }
    if low == high && !LEVEL.contains(&(from, to)) {
        return Some(format!("an edge within floor {high} that xtask/src/tidy/floors.rs does not list"));
    }
    let wall = WALLS.iter().find(|(f, t, _)| matches(f, from) && matches(t, to));
    wall.map(|(_, _, reason)| (*reason).to_owned())
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_points_down_or_is_listed() {
        assert_eq!(wrong(("rapport-service", 3), ("rapport-core", 1)), None);
        assert_eq!(wrong(("rapport-sipauth", 1), ("rapport-sip", 1)), None);
        assert!(wrong(("rapport-core", 1), ("rapport-sip", 1)).is_some());
        assert!(wrong(("rapport-model", 0), ("rapport-core", 1)).is_some());
        assert!(wrong(("rapport-face-sip", 4), ("rapport-store", 2)).is_some());
        assert!(wrong(("rapport-store-mem", 4), ("rapport-fabric", 2)).is_some());
    }
}
