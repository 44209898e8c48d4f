//! The long runs: what a change needn't wait for and a release must have seen. Each is a part of its own, with a
//! bounded variant among the ordinary tests; figures and dates go to `docs/reliability.md`.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::shell::{cargo, command, passes};

/// One long run.
struct Part {
    name: &'static str,
    about: &'static str,
    /// Gets what stood behind the part's name on the command line; false when it found something wrong and has said so.
    run: fn(&[&str]) -> Result<bool>,
}

/// In the order in which a mistake is cheapest to find.
const PARTS: &[Part] = &[
    Part {
        name: "seeds",
        about: "10 000 random lives against the reference; --seed N --nodes 3 plays one again",
        run: crate::planted::seeds,
    },
    Part {
        name: "planted",
        about: "whether those lives find each fault of tests/reference/planted; a word picks some by name",
        run: crate::planted::run,
    },
    Part {
        name: "exchange",
        about: "the server's program exchanged ten times while 200 people talk; takes arguments of `rapport-load exchange`",
        run: exchange,
    },
    Part {
        name: "floods",
        about: "hostile behaviour of every kind beside an honest pair; takes arguments of `rapport-load floods`",
        run: floods,
    },
    Part {
        name: "fuzz",
        about: "every fuzz target, an hour in all; --seconds N asks for another time",
        run: crate::fuzz::long,
    },
    Part {
        name: "kill",
        about: "kill -9 at 200 random moments while people change what they keep; a number asks for others",
        run: kill,
    },
    Part {
        name: "kill-web",
        about: "kill -9 at 60 random moments while a browser sends messages; a number asks for others",
        run: kill_web,
    },
    Part {
        name: "sip",
        about: "a hundred thousand SIP messages with two anomalies each; a number asks for others",
        run: sip,
    },
];

/// Runs every part one after the other, or the one that is named, with its own arguments.
pub(crate) fn run(words: &[&str]) -> Result<bool> {
    let Some((name, rest)) = words.split_first() else { return all() };
    match PARTS.iter().find(|part| part.name == *name) {
        Some(part) => (part.run)(rest),
        None => bail!("there is no such part; there are:\n{}", listed()),
    }
}

fn exchange(words: &[&str]) -> Result<bool> {
    let build = ["build", "--release", "--package", "rapport", "--package", "rapport-load"];
    if !passes(&mut cargo(&build))? {
        return Ok(false);
    }
    let metadata = crate::files::metadata(false)?;
    let target = crate::files::text(&metadata, "target_directory");
    let mut load = command(&format!("{target}/release/rapport-load"), &["exchange"]);
    load.arg("--server-binary").arg(format!("{target}/release/rapport"));
    load.args(if words.is_empty() { &["--pairs", "100", "--exchanges", "10"] } else { words });
    passes(&mut load)
}

fn sip(words: &[&str]) -> Result<bool> {
    let pairs = words.first().copied().unwrap_or("100000");
    let test = ["test", "--package", "rapport-face-sip", "--test", "hostile", "two_anomalies"];
    passes(cargo(&test).env("RAPPORT_PAIRS", pairs))
}

fn floods(words: &[&str]) -> Result<bool> {
    let build = ["build", "--release", "--package", "rapport", "--package", "rapport-load"];
    if !passes(&mut cargo(&build))? {
        return Ok(false);
    }
    let metadata = crate::files::metadata(false)?;
    let target = crate::files::text(&metadata, "target_directory");
    let mut load = command(&format!("{target}/release/rapport-load"), &["floods"]);
    load.arg("--server-binary").arg(format!("{target}/release/rapport")).args(words);
    passes(&mut load)
}

fn kill(words: &[&str]) -> Result<bool> {
    killed("kill", words.first().copied().unwrap_or("200"))
}

fn kill_web(words: &[&str]) -> Result<bool> {
    killed("kill_web", words.first().copied().unwrap_or("60"))
}

fn killed(test: &str, kills: &str) -> Result<bool> {
    if !passes(&mut cargo(&["build", "--package", "rapport"]))? {
        return Ok(false);
    }
    let test = ["test", "--package", "rapport-power", "--test", test, "--", "--nocapture"];
    passes(cargo(&test).env("RAPPORT_KILLS", kills))
}

fn all() -> Result<bool> {
    let mut results = Vec::new();
    for part in PARTS {
        eprintln!("xtask: {}: {}", part.name, part.about);
        #[expect(clippy::disallowed_methods, reason = "how long a part took is shown to a person")]
        let began = Instant::now();
        let passed = (part.run)(&[])?;
        results.push((part.name, passed, began.elapsed()));
    }
    for (name, passed, took) in &results {
        eprintln!("{name:<10} {} in {}", if *passed { "passed" } else { "FAILED" }, seconds(*took));
    }
    Ok(results.iter().all(|(_, passed, _)| *passed))
}

fn listed() -> String {
    PARTS.iter().map(|part| format!("{:<10} {}", part.name, part.about)).collect::<Vec<_>>().join("\n")
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs())
}
