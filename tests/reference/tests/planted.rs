//! The planted faults are small changes of the code as it is: a change that moves that code takes them along.

use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_planted_fault_can_be_planted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the root");
    let folder = root.join("tests/reference/planted");
    let all = std::fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let mut patches: Vec<PathBuf> =
        all.filter(|path| path.extension().is_some_and(|e| e == "patch")).collect();
    patches.sort();
    assert!(patches.len() >= 10, "there are {} planted faults", patches.len());
    for patch in patches {
        let check = Command::new("git").args(["apply", "--check"]).arg(&patch).current_dir(&root).output();
        let check = check.expect("git is there");
        let said = String::from_utf8_lossy(&check.stderr);
        assert!(check.status.success(), "{}: plant it anew: {said}", patch.display());
    }
}
