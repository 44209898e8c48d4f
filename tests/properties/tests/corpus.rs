//! Every input that was worth keeping still has every property: what fuzzing found once stays found.

use std::path::{Path, PathBuf};
use std::time::Instant;

use rapport_properties::{TARGETS, Target};

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn inputs(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let directory = corpora().join(target.name);
    let entries = std::fs::read_dir(&directory).unwrap_or_else(|e| panic!("{}: {e}", directory.display()));
    let mut inputs: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("a directory that can be read").path();
            let bytes = std::fs::read(&path).expect("an input that can be read");
            (path, bytes)
        })
        .collect();
    inputs.sort();
    inputs
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an input that takes long is a finding as well")]
fn every_input_of_the_corpora_has_its_property() {
    for target in TARGETS {
        let inputs = inputs(target);
        assert!(inputs.len() >= 5, "{}: no corpus", target.name);
        for (path, bytes) in inputs {
            let began = Instant::now();
            let held = std::panic::catch_unwind(|| (target.check)(&bytes));
            assert!(held.is_ok(), "{} does not hold for {}", target.name, path.display());
            let took = began.elapsed();
            assert!(took.as_secs() < 2, "{} took {took:?} for {}", target.name, path.display());
        }
    }
}

/// A connection that ends in the middle leaves such inputs behind.
#[test]
fn every_input_of_the_corpora_may_be_cut_short() {
    for target in TARGETS {
        for (path, bytes) in inputs(target) {
            for end in [bytes.len() / 3, bytes.len() / 2, bytes.len().saturating_sub(1)] {
                let cut = bytes.get(..end).unwrap_or_default();
                let held = std::panic::catch_unwind(|| (target.check)(cut));
                assert!(held.is_ok(), "{} does not hold for {} cut to {end}", target.name, path.display());
            }
        }
    }
}

#[test]
fn every_corpus_belongs_to_a_target() {
    for entry in std::fs::read_dir(corpora()).unwrap() {
        let name = entry.unwrap().file_name();
        let name = name.to_string_lossy();
        assert!(rapport_properties::target(&name).is_some(), "fuzz/corpus/{name} is nobody's");
    }
}
