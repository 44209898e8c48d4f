//! The project's own rules, which no compiler knows.
//!
//! Each rule is a module that returns what it found wrong, a sentence each; the rules run as
//! one chore and as a test of this package, so that neither way of testing forgets them.

mod coverage;
mod fences;
mod floors;
mod links;
mod minimums;
mod rules;
mod sources;

use anyhow::Result;

/// Something that breaks a rule: where, and what.
pub(crate) type Finding = String;

/// Looks at everything and prints what it found; false when that was anything.
pub(crate) fn run() -> Result<bool> {
    let found = findings()?;
    for finding in &found {
        eprintln!("tidy: {finding}");
    }
    Ok(found.is_empty())
}

fn findings() -> Result<Vec<Finding>> {
    let metadata = crate::files::metadata(false)?;
    let mut found = floors::check(&metadata);
    found.extend(fences::check(&metadata));
    found.extend(sources::check()?);
    found.extend(links::check()?);
    found.extend(rules::check()?);
    found.extend(coverage::check()?);
    found.extend(minimums::check()?);
    found.extend(crate::fuzz::differences()?);
    Ok(found)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_project_keeps_its_own_rules() {
        let found = super::findings().expect("the workspace can be read");
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
