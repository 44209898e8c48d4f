//! Links in Markdown files lead to files that are there.

use std::path::Path;

use anyhow::Result;

use super::Finding;
use crate::files::{ending_with, read, root};

pub(super) fn check() -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for path in ending_with(".md")? {
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        for (line, target) in links(&read(&path)?) {
            let target = target.split('#').next().unwrap_or_default();
            if !target.is_empty() && !root().join(&directory).join(target).exists() {
                found.push(format!("{}:{line}: leads nowhere: {target}", path.display()));
            }
        }
    }
    Ok(found)
}

/// The targets inside the project, each with its line. What stands in code isn't a link.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fence = None;
    for (n, line) in text.lines().enumerate() {
        let ticks = line.trim_start().bytes().take_while(|b| *b == b'`').count();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            Some(open) if ticks >= open => fence = None,
            None => {
                // Every other piece between backquotes is code.
                for piece in line.split('`').step_by(2) {
                    let targets = piece.split("](").skip(1);
                    found.extend(targets.filter_map(|t| Some((n + 1, t.split(')').next()?))));
                }
            }
            Some(_) => {}
        }
    }
    found.retain(|(_, target)| !target.contains("://") && !target.starts_with("mailto:"));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_inside_the_project_are_found_and_code_is_not() {
        let text = "[a](b.md#c) and [x](https://e.example)\n```\n[no](no.md)\n```\n`[no](no.md)`";
        assert_eq!(links(text), [(1, "b.md#c")]);
    }
}
