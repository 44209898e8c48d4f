//! Every reader of octets that a client chooses has a property that fuzzing tries: the wire crates are looked through for
//! readers, and each stands here with its target.

use std::collections::BTreeSet;
use std::path::Path;

use rapport_properties::target;

/// The crates that read what clients send.
const WIRE: [&str; 4] = ["sip", "sipauth", "msbody", "imtext"];

/// How a function is named that reads.
const NAMES: [&str; 4] = ["parse", "read", "words", "best"];

/// The readers and the targets that try them. Framing and transactions are fed, and have no reader of that name.
const READERS: &[(&str, &str)] = &[
    ("AuthParams::parse", "ntlm-header"),
    ("Authenticate::parse", "ntlm-token"),
    ("CSeq::parse", "address"),
    ("Challenge::parse", "ntlm-token"),
    ("Contact::parse", "address"),
    ("ContentType::parse", "address"),
    ("Credentials::parse", "address"),
    ("Fragment::parse", "xml"),
    ("Message::parse", "message"),
    ("NameAddr::parse", "address"),
    ("Signature::parse", "signing"),
    ("StateFacts::parse", "publish"),
    ("Uri::parse", "address"),
    ("Via::parse", "address"),
    ("calendar::parse", "publish"),
    ("container::parse_set_members", "self"),
    ("container::parse_set_subscribers", "self"),
    ("first::read", "words"),
    ("html::words", "words"),
    ("parts::best", "words"),
    ("provisioning::parse", "subscribe"),
    ("publish::parse", "publish"),
    ("roaming_self::parse", "self"),
    ("rtf::words", "words"),
    ("soap::parse", "contacts"),
    ("subscribe::parse", "subscribe"),
    ("time::parse", "documents"),
    ("value::parse_device", "publish"),
];

/// Readers that are part of others, and what a property calls to reach them.
const WITHIN: &[(&str, &str)] = &[("method::parse", "Message::parse"), ("Opaque::parse", ".pick(")];

/// The public functions of a source file that read, by type or module.
fn readers(module: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut owner = module;
    for line in text.lines().take_while(|line| *line != "#[cfg(test)]") {
        if let Some(rest) = line.strip_prefix("impl") {
            let rest =
                if rest.starts_with('<') { rest.split_once("> ").map_or("", |(_, rest)| rest) } else { rest };
            owner = rest.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        } else if line == "}" {
            owner = module;
        } else if let Some(rest) = line.trim_start().strip_prefix("pub fn ") {
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            if NAMES.iter().any(|read| {
                name.strip_prefix(read).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
            }) {
                found.push(format!("{owner}::{name}"));
            }
        }
    }
    found
}

/// Every source file below a directory but its tests, with the name of its module.
fn sources(directory: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(directory).expect("a directory of the project") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") && name != "tests" {
            found.push((name, std::fs::read_to_string(&path).expect("a source file")));
        }
    }
}

#[test]
fn every_reader_of_what_clients_send_has_its_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut wire = Vec::new();
    for name in WIRE {
        sources(&root.join("crates").join(name).join("src"), &mut wire);
    }
    let found: BTreeSet<String> = wire.iter().flat_map(|(module, text)| readers(module, text)).collect();
    let listed: BTreeSet<String> =
        READERS.iter().chain(WITHIN).map(|(reader, _)| (*reader).to_owned()).collect();
    assert_eq!(found, listed, "READERS says which target tries each");
    let mut properties = Vec::new();
    sources(&root.join("tests/properties/src"), &mut properties);
    for (reader, name) in READERS {
        assert!(target(name).is_some(), "{reader}: there is no target {name}");
        let function = reader.rsplit("::").next().unwrap();
        let call = if function.contains('_') { function } else { reader };
        assert!(properties.iter().any(|(_, text)| text.contains(call)), "{reader} is called by no property");
    }
    for (reader, caller) in WITHIN {
        assert!(
            properties.iter().any(|(_, text)| text.contains(caller)),
            "{reader}: no property calls {caller}"
        );
    }
}

/// Wherever else octets of a client become words, they do it with these.
#[test]
fn who_shows_what_clients_say_reads_it_with_these_readers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let body = text("crates/face-api/src/agent/body.rs");
    for reader in ["first::read(", "html::words(", "parts::best(", "rtf::words("] {
        assert!(body.contains(reader), "crates/face-api/src/agent/body.rs doesn't call {reader}");
    }
    assert!(text("crates/service/src/router/said.rs").contains("first::read("));
}

#[test]
fn readers_are_found() {
    let text = "impl<'a> Uri<'a> {\n    pub fn parse(text: &'a str) -> Self {}\n    pub fn parsed(&self) {}\n}\n\
                pub fn parse_all<'a>(body: &[u8]) {}\nimpl Host {\n    fn parse() {}\n}\n#[cfg(test)]\npub fn parse() {}\n";
    assert_eq!(readers("uri", text), ["Uri::parse", "uri::parse_all"]);
}
