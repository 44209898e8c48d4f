//! `docs/protocol-coverage.md` tells the truth about its tests and plays: each that it names is there, each
//! row that says "shown" or "built" names one, and each that says "not built" says why. So does
//! `docs/security-rules.md`: each rule has a guard, a file that is there, and a test that is there.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::Finding;
use crate::files::{ending_with, read};

const PAGE: &str = "docs/protocol-coverage.md";
const RULES: &str = "docs/security-rules.md";

pub(super) fn check() -> Result<Vec<Finding>> {
    let mut functions = BTreeSet::new();
    for path in ending_with(".rs")? {
        functions.extend(tests(&read(&path)?).map(str::to_owned));
    }
    let plays: BTreeSet<String> = ending_with(".play")?
        .iter()
        .filter_map(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()))
        .collect();
    let exists = |name: &str| functions.contains(name) || plays.contains(name);
    let mut found = rows(&read(Path::new(PAGE))?, exists);
    let there = |path: &str| crate::files::root().join(path).exists();
    found.extend(rules(&read(Path::new(RULES))?, exists, there));
    Ok(found)
}

/// Looks at rows of rule, guard and test.
fn rules(page: &str, exists: impl Fn(&str) -> bool, there: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut found = Vec::new();
    for (n, line) in page.lines().enumerate() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let ["", _, guard, test, ""] = cells[..] else { continue };
        if matches!(guard, "guard" | "---") {
            continue;
        }
        let guards: Vec<_> = guard.split('`').skip(1).step_by(2).collect();
        let tests: Vec<_> = test.split('`').skip(1).step_by(2).collect();
        for missing in guards.iter().filter(|path| !there(path)) {
            found.push(format!("{RULES}:{}: there is no file {missing}", n + 1));
        }
        for missing in tests.iter().filter(|name| !exists(name)) {
            found.push(format!("{RULES}:{}: there is no test {missing}", n + 1));
        }
        if guards.is_empty() || tests.is_empty() {
            found.push(format!("{RULES}:{}: names no guard or no test", n + 1));
        }
    }
    found
}

/// The names of functions, tests among them.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim_start();
        // A case of a contract suite is public.
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")?.split('(').next()
    })
}

fn rows(page: &str, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut found = Vec::new();
    for (n, line) in page.lines().enumerate() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let ["", _, state, evidence, ""] = cells[..] else { continue };
        let named: Vec<_> = evidence.split('`').skip(1).step_by(2).collect();
        for name in named.iter().filter(|name| !exists(name)) {
            found.push(format!("{PAGE}:{}: there is no test {name}", n + 1));
        }
        match state {
            "shown with SIPE" | "built to specification" if named.is_empty() => {
                found.push(format!("{PAGE}:{}: names no test", n + 1));
            }
            "not built" if evidence.is_empty() => {
                found.push(format!("{PAGE}:{}: does not say why", n + 1));
            }
            "shown with SIPE" | "built to specification" | "not built" | "state" | "---" => {}
            other => found.push(format!("{PAGE}:{}: \"{other}\" is no state", n + 1)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_needs_its_guard_and_its_test() {
        let (exists, there) = (|name: &str| name == "it_works", |path: &str| path == "src/guard.rs");
        let fine = "| rule | guard | test |\n| --- | --- | --- |\n| a | `src/guard.rs` | `it_works` |";
        assert_eq!(rules(fine, exists, there), [""; 0]);
        let wrong = "| a | `src/lost.rs` | `it_works` |\n| b | `src/guard.rs` | `it_is_lost` |\n\
                     | c | surely | `it_works` |\n| d | `src/guard.rs` | |";
        assert_eq!(rules(wrong, exists, there).len(), 4);
    }

    #[test]
    fn a_row_needs_its_test_or_its_reason() {
        let exists = |name: &str| name == "it_works";
        let fine = "| a | shown with SIPE | `it_works` |\n| b | not built | later |";
        assert_eq!(rows(fine, exists), [""; 0]);
        let wrong = "| a | shown with SIPE | `it_is_lost` |\n| b | not built | |\n\
                     | c | built to specification | surely |\n| d | half built | `it_works` |";
        assert_eq!(rows(wrong, exists).len(), 4);
    }
}
