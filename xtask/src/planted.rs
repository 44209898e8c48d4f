//! Whether the reference finds what is wrong: each fault of `tests/reference/planted` is planted in a copy of the tree,
//! and random lives are led until one shows it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::files;
use crate::shell::{cargo, command, output_of, passes};

/// After so many seeds without a finding a fault counts as not found.
const SEEDS: &str = "2000";

/// Builds the program that leads random lives, from this tree or from a copy, and returns where it is. A copy is built
/// in a place of its own: cargo takes packages of the same place within two trees for the same, and would mix them up.
fn reference(copy: Option<&Path>) -> Result<Option<PathBuf>> {
    let metadata = files::metadata(false)?;
    let here = Path::new(files::text(&metadata, "target_directory"));
    let target = copy.map_or_else(|| here.to_owned(), |tree| tree.join("target"));
    let mut build = cargo(&["build", "--quiet", "--profile", "torture", "--package", "rapport-reference"]);
    build.arg("--target-dir").arg(&target);
    if let Some(tree) = copy {
        build.arg("--manifest-path").arg(tree.join("Cargo.toml"));
    }
    let built = build.status().context("cannot start cargo")?.success();
    Ok(built.then(|| target.join("torture/rapport-reference")))
}

/// Many seeds, or the one that is named.
pub(crate) fn seeds(words: &[&str]) -> Result<bool> {
    let Some(program) = reference(None)? else { return Ok(false) };
    passes(&mut command(&program.to_string_lossy(), words))
}

/// Plants each fault, or those whose names contain a word, and looks for it.
pub(crate) fn run(words: &[&str]) -> Result<bool> {
    let metadata = files::metadata(false)?;
    let tree = Path::new(files::text(&metadata, "target_directory")).join("planted");
    let mut results = Vec::new();
    for patch in files::ending_with(".patch")? {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wanted = words.is_empty() || words.iter().any(|word| name.contains(word));
        if !wanted || !patch.starts_with("tests/reference/planted") {
            continue;
        }
        copy(&tree)?;
        plant(&tree, &files::root().join(&patch))?;
        let found = match reference(Some(&tree))? {
            None => "FAILED: it does not compile".to_owned(),
            Some(program) => look(&program.to_string_lossy())?,
        };
        eprintln!("xtask: {name}: {found}");
        results.push((name, found));
    }
    for (name, found) in &results {
        eprintln!("{name:<40} {found}");
    }
    Ok(!results.is_empty() && results.iter().all(|(_, found)| found.starts_with("found")))
}

fn look(program: &str) -> Result<String> {
    let mut look = command(program, &["--find", "1", "--seeds", SEEDS]);
    let output = look.output().with_context(|| format!("cannot start {program}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = said.lines().find(|line| line.starts_with("found"));
    Ok(line.map_or_else(|| format!("NOT FOUND in {SEEDS} seeds"), |line| line.chars().take(220).collect()))
}

/// Makes the copy equal to the tree; what is equal is left alone, so that little is built anew.
fn copy(tree: &Path) -> Result<()> {
    let listed = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let names = output_of(&mut command("git", &listed))?;
    // What the tree has no more, cargo would find in the copy.
    let list = tree.join("copied");
    let earlier = fs::read_to_string(&list).unwrap_or_default();
    for name in earlier.lines().filter(|name| !files::root().join(name).exists()) {
        let _ = fs::remove_file(tree.join(name));
    }
    for name in names.lines() {
        let (from, to) = (files::root().join(name), tree.join(name));
        let Ok(content) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|there| there == content) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        fs::write(&to, content).with_context(|| format!("cannot write {}", to.display()))?;
    }
    fs::write(&list, names).with_context(|| format!("cannot write {}", list.display()))
}

fn plant(tree: &Path, patch: &PathBuf) -> Result<()> {
    // The copy lies in no repository of its own: git must not take an outer one for it.
    let above = tree.parent().unwrap_or(tree);
    let mut apply = command("git", &["apply"]);
    apply.arg(patch).current_dir(tree).env("GIT_CEILING_DIRECTORIES", above);
    if !passes(&mut apply)? {
        bail!("{} does not apply", patch.display());
    }
    Ok(())
}
