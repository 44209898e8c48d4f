//! The tables of messages have every header that the server reads: found out from its source.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rapport_sip::HeaderName;

use crate::{anomalies, answers, dialogs};

/// What the server writes and never reads.
const WRITTEN: [&str; 6] =
    ["Allow", "ProxyAuthenticate", "Server", "Unsupported", "WwwAuthenticate", "MsPiggybackCseq"];
/// The kind of all names that have none, and no name.
const NONE: [&str; 1] = ["Other"];
/// What begins like a header of Microsoft's in the source, and is a parameter, a token, or taken out of a recording.
const NO_HEADERS: [&str; 6] =
    ["ms-benotify", "ms-received-", "ms-piggyback-first-notify", "ms-opaque", "ms-im-format", "ms-body"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The source of the crates that read messages, without their tests.
fn source() -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for name in ["sip", "sipauth", "service", "face-sip"] {
        sources(&crates.join(name).join("src"), &mut files);
    }
    let is_shipped = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name != "name.rs" && name != "builder.rs" && !name.ends_with("tests.rs")
    };
    let texts =
        files.iter().filter(|path| is_shipped(path)).map(|path| std::fs::read_to_string(path).unwrap());
    texts.map(|text| text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()).collect()
}

fn word(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len())]
}

#[test]
fn every_header_that_the_server_reads_stands_in_a_table() {
    let marked = anomalies::templates().map(|(_, marked)| marked);
    let all: Vec<&str> = marked.chain(dialogs::templates()).chain(answers::templates()).collect();
    let tabled: BTreeSet<String> = all
        .iter()
        .flat_map(|marked| anomalies::header_names(marked))
        .map(|name| name.to_lowercase())
        .collect();
    let known: BTreeSet<String> =
        tabled.iter().map(|name| format!("{:?}", HeaderName::lookup(name))).collect();
    let source = source();
    let read: BTreeSet<&str> = source.split("HeaderName::").skip(1).map(word).collect();
    assert!(read.len() > 30, "{read:?}");
    for name in read {
        let is_name = name.starts_with(|c: char| c.is_ascii_uppercase());
        let is_tabled = known.contains(name);
        if is_name && !NONE.contains(&name) {
            assert_ne!(is_tabled, WRITTEN.contains(&name), "{name}");
        }
    }
    for part in source.split("\"ms-").skip(1) {
        let name = format!("ms-{}", word(part));
        let is_tabled = tabled.iter().any(|tabled| tabled.starts_with(&name));
        assert!(is_tabled || NO_HEADERS.iter().any(|other| name.starts_with(other)), "{name}");
    }
}
