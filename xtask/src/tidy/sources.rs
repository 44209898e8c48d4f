//! Source files: each opens with what it owns, stays small, and hides no test; each manifest
//! takes dependencies and lints from the root.

use std::path::Path;

use anyhow::Result;

use super::Finding;
use crate::files::{ending_with, read};

/// Lines of production code in a file, at most.
const LONGEST: usize = 800;

/// Files that may be longer, each with its reason.
const LONG: &[(&str, &str)] = &[];

/// Files that may hold `unsafe` code, each with its reason; none of them is part of the server.
const UNSAFE: &[(&str, &str)] = &[
    ("crates/face-sip/tests/allocations.rs", "an allocator that counts"),
    ("crates/fabric-local/tests/allocations.rs", "an allocator that counts"),
    ("crates/sipauth/tests/allocations.rs", "an allocator that counts"),
    ("crates/testkit/tests/scales/mod.rs", "an allocator that counts"),
];

/// Modules of the service that may speak of wire crates; the faces translate the rest.
/// Conversations are SIP inside, too; `wire` is how the fabric makes bytes of a message, and
/// `secret` makes the hash that a sign-in is checked with.
const WIRE_IN_SERVICE: &[&str] = &["sign_in", "router", "conversations", "conferences", "wire", "secret"];

pub(super) fn check() -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for path in ending_with(".rs")? {
        let text = read(&path)?;
        found.extend(source(&path, &text));
    }
    for path in ending_with("Cargo.toml")? {
        // Fuzzing is a workspace of its own, which cannot take anything from this one's root.
        if path.components().count() > 1 && !path.starts_with("fuzz") {
            found.extend(manifest(&path, &read(&path)?));
        }
    }
    Ok(found)
}

fn source(path: &Path, text: &str) -> Vec<Finding> {
    let shown = path.display();
    let mut found = Vec::new();
    if !is_test_file(path) && !text.starts_with("//!") {
        found.push(format!("{shown}: does not open with //! (what it owns, what not, its source)"));
    }
    let production = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count();
    let excused = LONG.iter().any(|(name, _)| Path::new(name) == path);
    if production > LONGEST && !excused && !is_test_file(path) {
        found.push(format!("{shown}: {production} lines of production code, {LONGEST} at most"));
    }
    for (n, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let unsafety = line.contains("expect(unsafe_code") || line.contains("allow(unsafe_code");
        if unsafety && !UNSAFE.iter().any(|(name, _)| Path::new(name) == path) && !is_tidy(path) {
            found.push(format!("{shown}:{}: unsafe code is in the listed files alone", n + 1));
        }
        if line.starts_with("#[ignore") {
            found.push(format!("{shown}:{}: a test is run or it is not there", n + 1));
        }
    }
    if let Ok(inside) = path.strip_prefix("crates/service/src") {
        let module = inside.components().next().map(|c| c.as_os_str().to_string_lossy());
        let module = module.unwrap_or_default();
        let module = module.trim_end_matches(".rs");
        let speaks = text.lines().position(|l| {
            let code = l.split("//").next().unwrap_or_default();
            code.contains("rapport_sip::") || code.contains("rapport_sipauth::")
        });
        if let Some(n) = speaks
            && !WIRE_IN_SERVICE.contains(&module)
            && !is_test_file(path)
        {
            found.push(format!(
                "{shown}:{}: wire types in the service belong in {}",
                n + 1,
                WIRE_IN_SERVICE.join(", ")
            ));
        }
    }
    found
}

/// This chore names what it looks for.
fn is_tidy(path: &Path) -> bool {
    path.starts_with("xtask/src/tidy")
}

/// Tests beside their module, and whole test programs, open with what they please.
fn is_test_file(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
    name == "tests.rs"
        || name.ends_with("_tests.rs")
        || path.components().any(|c| matches!(c.as_os_str().to_str(), Some("tests" | "benches")))
}

fn manifest(path: &Path, text: &str) -> Vec<Finding> {
    let shown = path.display();
    let mut found = Vec::new();
    let mut section = "";
    for (n, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && line.contains('=') {
            let inherited = line.contains("workspace = true") || line.contains(".workspace = true");
            if !inherited {
                found.push(format!("{shown}:{}: dependencies stand in the root manifest", n + 1));
            }
        }
    }
    if !text.contains("[lints]\nworkspace = true") {
        found.push(format!("{shown}: does not take the workspace's lints"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_a_header_is_found() {
        let path = Path::new("crates/sip/src/uri.rs");
        assert_eq!(source(path, "//! Owns URIs.\n"), [""; 0]);
        assert_eq!(source(path, "use std::fmt;\n").len(), 1);
        assert_eq!(source(Path::new("crates/sip/src/uri_tests.rs"), "use super::*;\n"), [""; 0]);
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let path = Path::new("crates/sip/src/uri.rs");
        let long = format!("//! Owns URIs.\n{}", "// line\n".repeat(LONGEST));
        assert_eq!(source(path, &long).len(), 1);
        let tested = format!("//! Owns URIs.\n#[cfg(test)]\n{}", "// line\n".repeat(LONGEST));
        assert_eq!(source(path, &tested), [""; 0]);
    }

    #[test]
    fn wire_types_stay_in_their_modules_of_the_service() {
        let text = "//! Owns it.\nuse rapport_sip::Request;\n";
        assert_eq!(source(Path::new("crates/service/src/router/fork.rs"), text), [""; 0]);
        assert_eq!(source(Path::new("crates/service/src/contacts.rs"), text).len(), 1);
    }

    #[test]
    fn a_dependency_of_its_own_is_found() {
        let lints = "\n[lints]\nworkspace = true\n";
        let path = Path::new("crates/x/Cargo.toml");
        let own = format!("[dependencies]\nbytes = \"1\"\n{lints}");
        assert_eq!(manifest(path, &own).len(), 1);
        let inherited = format!("[dependencies]\nbytes = {{ workspace = true }}\n{lints}");
        assert_eq!(manifest(path, &inherited), [""; 0]);
    }
}
