//! The chores that run others' programs: starting the demonstration, and the whole suite in the
//! order in which a mistake is cheapest to find.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;

use anyhow::{Context, Result};

use crate::shell::{cargo, command, passes, watched};
use crate::{generate, packages, tidy};

/// Builds the server and becomes it, with a demonstration company.
pub(crate) fn run_demo(rest: &[&str]) -> Result<bool> {
    // Without its pages the server says how to get them; nobody has to have Node.js to talk to it from Pidgin.
    if !crate::web::build().unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        false
    }) {
        eprintln!("xtask: NOT BUILT: the web client; the server runs without it");
    }
    if !passes(&mut cargo(&["build", "--package", "rapport"]))? {
        return Ok(false);
    }
    let mut demo = command(&binary()?, &["demo"]);
    demo.args(rest);
    Err(demo.exec()).context("cannot start the server")
}

/// Measures the server as it is released, with the arguments of `rapport-load bench`.
pub(crate) fn bench(rest: &[&str]) -> Result<bool> {
    let build = ["build", "--release", "--package", "rapport", "--package", "rapport-load"];
    if !passes(&mut cargo(&build))? {
        return Ok(false);
    }
    let metadata = crate::files::metadata(false)?;
    let target = crate::files::text(&metadata, "target_directory");
    let mut load = command(&format!("{target}/release/rapport-load"), &["bench"]);
    load.arg("--server-binary").arg(format!("{target}/release/rapport")).args(rest);
    passes(&mut load)
}

/// The server that was built, by what cargo says of its target directory.
pub(crate) fn binary() -> Result<String> {
    let metadata = crate::files::metadata(false)?;
    Ok(format!("{}/debug/rapport", crate::files::text(&metadata, "target_directory")))
}

/// What is quick: format, the project's own rules, lints.
pub(crate) fn check() -> Result<bool> {
    let mut tally = Tally::default();
    quick(&mut tally)?;
    Ok(tally.close())
}

/// Everything, from the packages that are needed to the last test.
pub(crate) fn test(rest: &[&str]) -> Result<bool> {
    packages::install_missing()?;
    let mut tally = Tally::default();
    quick(&mut tally)?;
    dependencies(&mut tally)?;
    if !tally.note("the server builds", passes(&mut cargo(&["build", "--package", "rapport"]))?) {
        return Ok(tally.close());
    }
    tally.note("what is generated is up to date", generate::run(true)?);
    let driver = command("sh", &["tests/clients/build.sh", &clients_directory()?]);
    tally.note("the real client compiles", passes(&mut { driver })?);
    tests(rest, &mut tally)?;
    // One seed: what passes here passes elsewhere. Who looks for what is new draws one, as often as they like.
    tally.note("fuzzing finds no input that breaks a property", crate::fuzz::run(&["--seed", "1"])?);
    Ok(tally.close())
}

fn quick(tally: &mut Tally) -> Result<()> {
    let formatted = passes(&mut cargo(&["fmt", "--all", "--check"]))?
        && passes(&mut cargo(&["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]))?;
    tally.note("the code is formatted", formatted);
    tally.note("the project's own rules hold", tidy::run()?);
    // Before anything is compiled: the pages end up in the program.
    pages(tally);
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    tally.note("no lint complains", passes(&mut cargo(&clippy))?);
    Ok(())
}

/// The web client, where Node.js can be brought.
fn pages(tally: &mut Tally) {
    let checked = crate::web::check(|what, passed| {
        tally.note(what, passed);
    });
    if let Err(error) = checked {
        tally.skip(&format!("the web client: {error:#}"));
    }
}

/// Licences, bans and sources always; advisories when their database can be reached.
fn dependencies(tally: &mut Tally) -> Result<()> {
    if !packages::install_cargo("deny")? {
        tally.skip("licences, bans and sources: cargo-deny could not be installed");
        return Ok(());
    }
    let rules = ["deny", "--all-features", "check", "bans", "licenses", "sources"];
    let fuzz = ["deny", "--manifest-path", "fuzz/Cargo.toml", "--config", "fuzz/deny.toml"];
    let fuzz_rules = [&fuzz, &rules[1..]].concat();
    let kept = passes(&mut cargo(&rules))? && passes(&mut cargo(&fuzz_rules))?;
    tally.note("licences, bans and sources are as deny.toml says", kept);
    if passes(&mut cargo(&["deny", "fetch", "db"]))? {
        let advisories = ["deny", "--all-features", "check", "advisories"];
        tally.note("no advisory is open", passes(&mut cargo(&advisories))?);
    } else {
        tally.skip("advisories: their database could not be reached");
    }
    Ok(())
}

fn clients_directory() -> Result<String> {
    let metadata = crate::files::metadata(false)?;
    Ok(format!("{}/clients", crate::files::text(&metadata, "target_directory")))
}

/// Tests that not every machine allows.
struct LeftOut {
    allowed: fn() -> bool,
    what: &'static str,
    /// The tests, for nextest.
    nextest: &'static str,
    /// A part of their names that no other test has.
    name: &'static str,
}

const LEFT_OUT: &[LeftOut] = &[
    LeftOut {
        allowed: packages::namespaces,
        what: "the package installed and started: this needs root and namespaces, which are not allowed here",
        nextest: "package(rapport-package) and test(life::)",
        name: "life::the_package",
    },
    LeftOut {
        allowed: packages::mounts,
        what: "a full disk: this needs a small file system, and this account may not mount one",
        nextest: "package(rapport-power) and test(a_full_disk_refuses_changes)",
        name: "a_full_disk_refuses_changes",
    },
    LeftOut {
        allowed: browsers,
        what: "the web client in real browsers: Node.js or Chromium could not be brought",
        nextest: "package(rapport-browsers) and test(in_browsers::)",
        name: "in_browsers::",
    },
    LeftOut {
        allowed: crate::schemathesis::ready,
        what: "the web API by its description: schemathesis could not be brought from PyPI",
        nextest: "package(rapport) and test(schemathesis_finds_nothing)",
        name: "schemathesis_finds_nothing",
    },
    LeftOut {
        allowed: crate::web::has_node,
        what: "the TypeScript example of the web API's guide: there is no Node.js 22, and none could be brought",
        nextest: "package(rapport) and test(the_typescript_example)",
        name: "the_typescript_example",
    },
];

/// Brings what the tests in browsers need; whether it could be.
fn browsers() -> bool {
    let brought = packages::install_browser().and_then(|()| crate::web::is_built());
    let brought = brought.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        false
    });
    brought && packages::has_browser()
}

/// The words by which the runner leaves them out; of several filters nextest would run what any of them takes.
fn without(left_out: &[&LeftOut], nextest: bool) -> Vec<String> {
    if left_out.is_empty() {
        return Vec::new();
    }
    if nextest {
        let others: Vec<String> = left_out.iter().map(|tests| format!("not ({})", tests.nextest)).collect();
        return vec!["-E".to_owned(), others.join(" and ")];
    }
    let skips = left_out.iter().flat_map(|tests| ["--skip".to_owned(), tests.name.to_owned()]);
    std::iter::once("--".to_owned()).chain(skips).collect()
}

fn tests(rest: &[&str], tally: &mut Tally) -> Result<()> {
    let nextest = packages::has_cargo("nextest");
    // What this machine doesn't allow is said, and the tests of it are left out.
    let mut rest = rest.to_vec();
    let kept_out: Vec<&LeftOut> = LEFT_OUT.iter().filter(|left_out| !(left_out.allowed)()).collect();
    for left_out in &kept_out {
        tally.skip(left_out.what);
    }
    let words = without(&kept_out, nextest);
    rest.extend(words.iter().map(String::as_str));
    let mut run = if nextest {
        let mut run = vec!["nextest", "run", "--workspace", "--no-fail-fast", "--color=never"];
        run.extend(&rest);
        run
    } else {
        eprintln!("xtask: cargo-nextest is not installed; cargo test runs the tests instead");
        let mut run = vec!["test", "--workspace", "--all-targets", "--no-fail-fast", "--color=never"];
        run.extend(rest.iter().skip_while(|word| **word != "--"));
        run
    };
    let mut count = Count::default();
    let passed = watched(cargo(&run).env("INSTA_UPDATE", "no").env("CI", "1"), |line| count.read(line))?;
    tally.count("tests", passed, &count);
    run = vec!["test", "--workspace", "--doc", "--no-fail-fast", "--color=never"];
    let mut count = Count::default();
    let passed = watched(&mut cargo(&run), |line| count.read(line))?;
    tally.count("documentation tests", passed, &count);
    Ok(())
}

/// How many tests passed and failed, read from what cargo and nextest say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u32,
    failed: u32,
}

impl Count {
    fn read(&mut self, line: &str) {
        // What nextest shows of a test that failed is indented, that test's own result line included.
        let line = if line.trim_start().starts_with("Summary [") { line.trim() } else { line.trim_end() };
        let summary =
            line.starts_with("test result:") || (line.starts_with("Summary [") && line.contains(" run: "));
        if !summary {
            return;
        }
        let words: Vec<_> = line.split([' ', ',', ';']).filter(|w| !w.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u32>() else { continue };
            match pair[1] {
                "passed" => self.passed += number,
                // Of nextest: tests that took too long, and programs that did not start.
                "failed" | "timed" | "exec" => self.failed += number,
                _ => {}
            }
        }
    }
}

/// What passed, what failed, and what was not looked at.
#[derive(Debug, Default)]
struct Tally {
    passed: u32,
    failed: Vec<String>,
    failures: u32,
    skipped: Vec<String>,
}

impl Tally {
    fn note(&mut self, what: &str, passed: bool) -> bool {
        if passed {
            self.passed += 1;
            eprintln!("xtask: ok: {what}");
        } else {
            self.failures += 1;
            self.failed.push(what.to_owned());
            eprintln!("xtask: FAILED: {what}");
        }
        passed
    }

    fn skip(&mut self, what: &str) {
        eprintln!("xtask: NOT CHECKED: {what}");
        self.skipped.push(what.to_owned());
    }

    fn count(&mut self, what: &str, passed: bool, count: &Count) {
        self.passed += count.passed;
        self.failures += count.failed;
        // What doesn't compile runs no test, and is a failure all the same.
        if !passed && count.failed == 0 {
            self.failures += 1;
        }
        if !passed {
            self.failed.push(what.to_owned());
        }
    }

    /// Prints what failed and the closing line; true when nothing failed.
    fn close(&self) -> bool {
        for what in &self.skipped {
            eprintln!("NOT CHECKED: {what}");
        }
        for what in &self.failed {
            eprintln!("FAILED: {what}");
        }
        let closing = format!("{} passed, {} failed\n", self.passed, self.failures);
        let _ = std::io::stdout().write_all(closing.as_bytes());
        self.failures == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: &[&str]) -> Count {
        let mut count = Count::default();
        lines.iter().for_each(|line| count.read(line));
        count
    }

    #[test]
    fn what_a_machine_does_not_allow_is_left_out_in_one_filter() {
        let [package, disk] = [&LEFT_OUT[0], &LEFT_OUT[1]];
        assert!(without(&[], true).is_empty() && without(&[], false).is_empty());
        let both = "not (package(rapport-package) and test(life::)) and not (package(rapport-power) and \
                    test(a_full_disk_refuses_changes))";
        assert_eq!(without(&[package, disk], true), ["-E", both]);
        assert_eq!(
            without(&[package, disk], false),
            ["--", "--skip", "life::the_package", "--skip", "a_full_disk_refuses_changes"]
        );
    }

    #[test]
    fn a_summary_of_nextest_is_read() {
        let line = "     Summary [   3.123s] 42 tests run: 39 passed (2 slow), 3 failed, 1 skipped";
        assert_eq!(count(&[line]), Count { passed: 39, failed: 3 });
        let line = "     Summary [   0.1s] 5 tests run: 3 passed, 1 failed, 1 timed out, 0 skipped";
        assert_eq!(count(&[line, "Summary of something else"]), Count { passed: 3, failed: 2 });
    }

    #[test]
    fn results_of_cargo_test_are_added_up() {
        let one = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; finished in 0.00s";
        let two = "test result: FAILED. 1 passed; 2 failed; 0 ignored; finished in 0.00s";
        assert_eq!(count(&[one, "test a ... ok", two]), Count { passed: 4, failed: 2 });
        assert_eq!(count(&["    test result: FAILED. 0 passed; 1 failed;"]), Count::default());
    }
}
