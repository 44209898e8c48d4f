//! Fences: which foreign crates may be named where. `deny.toml` says the same of the whole tree;
//! here it is said of our manifests, with the crate that broke it.

use serde_json::Value;

use super::Finding;
use crate::files::{array, text};

/// Crate, who may name it (a name that ends with `*` stands for all that begin so), and why.
const FENCES: &[(&str, &[&str], &str)] = &[
    ("rusqlite", &["rapport-store-*"], "SQL stays inside a store"),
    ("md4", &["rapport-sipauth"], "a broken hash has one home"),
    ("md-5", &["rapport-sipauth"], "a broken hash has one home"),
    ("rc4", &["rapport-sipauth"], "a broken cipher has one home"),
    ("axum", &["rapport-face-*"], "HTTP frameworks stay inside a face"),
    ("argon2", &["rapport-secrets"], "passwords have one home"),
    ("quick-xml", &["rapport-msbody"], "XML has one home"),
    ("clap", &["rapport", "rapport-load"], "only a program has a command line"),
    (
        "anyhow",
        &["rapport", "xtask", "rapport-load", "rapport-upgrade", "rapport-package"],
        "a library's errors have types",
    ),
];

/// Floors below 4 have no runtime, but for the service that awaits.
const RUNTIMES: &[&str] = &["tokio", "async-std", "smol"];

/// Crates that nobody may name at all.
const BANNED: &[(&str, &str)] = &[
    ("openssl", "one TLS stack: rustls"),
    ("native-tls", "one TLS stack: rustls"),
    ("ring", "one cryptographic provider: aws-lc-rs"),
    ("chrono", "times come in as arguments"),
    ("lazy_static", "std has LazyLock"),
    ("async-trait", "ports name their futures"),
];

pub(super) fn check(metadata: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for package in array(metadata, "packages") {
        let from = text(package, "name");
        let floor = package["metadata"]["rapport"]["floor"].as_u64().unwrap_or_default();
        for dependency in array(package, "dependencies") {
            let to = text(dependency, "name");
            if let Some((_, reason)) = BANNED.iter().find(|(name, _)| *name == to) {
                found.push(format!("{from} names {to}: {reason}"));
            }
            // What follows is about the product; its tests may use what they need.
            if text(dependency, "kind") == "dev" {
                continue;
            }
            for (_, homes, reason) in FENCES.iter().filter(|(name, ..)| *name == to) {
                if !homes.iter().any(|home| is_home(home, from)) {
                    found.push(format!("{from} names {to}: {reason}"));
                }
            }
            if RUNTIMES.contains(&to) && floor < 4 && from != "rapport-service" {
                found.push(format!("{from} names {to}: floor {floor} has no runtime"));
            }
        }
    }
    found
}

fn is_home(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}
