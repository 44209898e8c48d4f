//! Every chore of the project, behind one door: `cargo xtask <chore>`.
//!
//! It owns the order of things (what is checked before what) and the project's own rules
//! ([`tidy`]); what a test means is the tests' business.

mod dist;
mod files;
mod fuzz;
mod generate;
mod notices;
mod packages;
mod planted;
mod schemathesis;
mod shell;
mod suite;
mod tidy;
mod torture;
mod web;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask run           build the server and start it with a demonstration company
cargo xtask test          install what the tests need, then format, lint and run every test
cargo xtask check         the quick part of it: format, rules, lints
cargo xtask bench         build for release and measure, in the server's CPU time and memory (docs/performance.md)
cargo xtask web [--check]  build the web client with a Node.js that is brought along, or check it
cargo xtask screens        take pictures of its pages into target/screens
cargo xtask dist [--binary PROGRAM] [--output DIRECTORY]
                          build the Debian package (docs/install.md)
cargo xtask torture [PART] the long runs: all of them, or one with arguments of its own (docs/reliability.md)
cargo xtask fuzz [--seconds N] [--seed N] [--keep] [TARGET…]
                          look for input for which a property of tests/properties does not hold
cargo xtask tidy          the project's own rules: floors, fences, module headers, sizes, links
cargo xtask gen [--check] write what is generated from the code, or see that it is up to date";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match chore(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a chore; false when it found something wrong and has said so.
fn chore(words: &[&str]) -> Result<bool> {
    match words {
        ["run", rest @ ..] => suite::run_demo(rest),
        ["test", rest @ ..] => suite::test(rest),
        ["check"] => suite::check(),
        ["bench", rest @ ..] => suite::bench(rest),
        ["web", rest @ ..] => web::run(rest),
        ["screens", rest @ ..] => web::screens(rest),
        ["dist", rest @ ..] => dist::run(rest),
        ["torture", rest @ ..] => torture::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["tidy"] => tidy::run(),
        ["gen"] => generate::run(false),
        ["gen", "--check"] => generate::run(true),
        _ => bail!("what is to be done?\n{USAGE}"),
    }
}
