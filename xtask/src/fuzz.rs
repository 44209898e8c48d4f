//! Fuzzing: builds the one program of `fuzz/` with coverage counters, runs its targets two at a time, and says what
//! each did. What must hold is in `tests/properties`; which inputs were worth keeping is in `fuzz/corpus`.
//!
//! The counters come from LLVM's own pass, which the stable compiler has; nothing here needs a nightly one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use crate::files::{locked, metadata, root, text};
use crate::shell::{cargo, command, output_of, passes};

/// A property of `tests/properties`, and how it is fuzzed.
#[derive(Debug)]
struct Target {
    /// Its name there, and that of its corpus.
    name: &'static str,
    /// The longest input that is tried, in bytes.
    longest: u32,
    /// What inputs are made of, below `fuzz/dictionaries`.
    dictionary: &'static str,
}

/// In the order in which a message meets them.
const TARGETS: &[Target] = &[
    Target { name: "framing", longest: 4096, dictionary: "sip" },
    Target { name: "message", longest: 4096, dictionary: "sip" },
    Target { name: "transactions", longest: 4096, dictionary: "sip" },
    Target { name: "address", longest: 512, dictionary: "sip" },
    Target { name: "ntlm-header", longest: 1024, dictionary: "sip" },
    Target { name: "ntlm-token", longest: 4200, dictionary: "ntlm" },
    Target { name: "signing", longest: 2048, dictionary: "sip" },
    Target { name: "xml", longest: 4096, dictionary: "xml" },
    Target { name: "publish", longest: 8192, dictionary: "xml" },
    Target { name: "subscribe", longest: 4096, dictionary: "xml" },
    Target { name: "self", longest: 4096, dictionary: "xml" },
    Target { name: "contacts", longest: 4096, dictionary: "xml" },
    Target { name: "documents", longest: 2048, dictionary: "xml" },
    Target { name: "words", longest: 2048, dictionary: "words" },
];

/// How long all targets together are tried unless the command line says otherwise, in seconds.
const SECONDS: u64 = 300;
/// How many targets run at once.
const LANES: usize = 2;

/// So many bytes of an input that breaks a property are printed.
const SHOWN: usize = 4096;

/// What makes a program tell the fuzzer where it has been.
const FLAGS: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
];

/// `cargo xtask fuzz [--seconds N] [--seed N] [--keep] [TARGET…]`; false when an input was found for which a property does not
/// hold, or which takes too long or too much memory.
pub(crate) fn run(words: &[&str]) -> Result<bool> {
    let order = Order::read(words)?;
    let Some(fuzzer) = Fuzzer::build()? else { return Ok(false) };
    eprintln!("xtask: {} targets, {} s each", order.targets.len(), order.seconds_each());
    let mut reports = fuzzer.try_all(&order)?;
    reports.sort_by_key(|report| order.targets.iter().position(|target| target.name == report.name));
    eprintln!("{:<14} {:>10} {:>6} {:>9} {:>6}", "target", "executions", "edges", "features", "new");
    for report in &reports {
        eprintln!("{report}");
    }
    let failures: Vec<_> = reports.iter().filter_map(|report| report.failure.as_deref()).collect();
    for failure in &failures {
        eprintln!("{failure}");
    }
    if failures.is_empty() && order.keep {
        for target in &order.targets {
            fuzzer.keep(target)?;
        }
    }
    Ok(failures.is_empty())
}

/// The long run: an hour of it, unless the command line says otherwise.
pub(crate) fn long(words: &[&str]) -> Result<bool> {
    let lasting = ["--seconds", "3600"];
    if words.contains(&"--seconds") { run(words) } else { run(&[&lasting, words].concat()) }
}

/// What the command line asks for.
struct Order {
    /// For all targets together.
    seconds: u64,
    /// What chance is drawn from; a new one each time, unless one is named.
    seed: Option<u32>,
    /// Whether what was found goes into the committed corpora, and what it makes superfluous goes out.
    keep: bool,
    targets: Vec<&'static Target>,
}

impl Order {
    fn read(words: &[&str]) -> Result<Self> {
        let mut order = Self { seconds: SECONDS, seed: None, keep: false, targets: Vec::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--seconds" => {
                    let number = words.next().context("--seconds wants a number")?;
                    order.seconds =
                        number.parse().with_context(|| format!("{number} is no number of seconds"))?;
                }
                "--seed" => {
                    let number = words.next().context("--seed wants a number")?;
                    order.seed = Some(number.parse().with_context(|| format!("{number} is no seed"))?);
                }
                "--keep" => order.keep = true,
                name => match TARGETS.iter().find(|target| target.name == name) {
                    Some(target) => order.targets.push(target),
                    None => bail!("there is no target {name}; there are: {}", names()),
                },
            }
        }
        if order.targets.is_empty() {
            order.targets = TARGETS.iter().collect();
        }
        Ok(order)
    }

    fn seconds_each(&self) -> u64 {
        (self.seconds / self.targets.len().max(1) as u64).max(1)
    }
}

fn names() -> String {
    TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ")
}

/// The program, and the directory of what it finds.
struct Fuzzer {
    program: PathBuf,
    home: PathBuf,
}

impl Fuzzer {
    /// Builds the program; `None` when it doesn't build.
    fn build() -> Result<Option<Self>> {
        let home = PathBuf::from(text(&metadata(false)?, "target_directory")).join("fuzz");
        let host = output_of(&mut command("rustc", &["-vV"]))?;
        let host =
            host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
        // With --target the flags reach what is fuzzed, and leave build scripts and macros alone.
        let mut build =
            cargo(&["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", host]);
        build.arg("--target-dir").arg(&home);
        build.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", FLAGS.join(" "));
        if !passes(&mut build)? {
            return Ok(None);
        }
        let program = home.join(host).join("release/rapport-fuzz");
        Ok(Some(Self { program, home }))
    }

    /// Runs the targets, [`LANES`] at a time.
    fn try_all(&self, order: &Order) -> Result<Vec<Report>> {
        let next = AtomicUsize::new(0);
        let reports = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..LANES {
                scope.spawn(|| {
                    while let Some(target) = order.targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let report = self.try_one(target, order);
                        reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                    }
                });
            }
        });
        reports.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
    }

    fn try_one(&self, target: &Target, order: &Order) -> Result<Report> {
        let found = self.directory("found", target)?;
        let crashes = self.directory("crashes", target)?;
        let mut run = self.command(target);
        run.arg(format!("-max_total_time={}", order.seconds_each()))
            // To libFuzzer 0 is one of its own choice.
            .arg(format!("-seed={}", order.seed.unwrap_or_default()))
            .args(["-timeout=5", "-rss_limit_mb=512", "-print_final_stats=1"])
            .arg(format!("-max_len={}", target.longest))
            .arg(format!("-artifact_prefix={}/", crashes.display()))
            .arg(format!(
                "-dict={}",
                root().join(format!("fuzz/dictionaries/{}.dict", target.dictionary)).display()
            ))
            .args([&found, &corpus(target)]);
        let output = run.output().with_context(|| format!("cannot start {}", self.program.display()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        let mut report = Report::read(target.name, &said);
        if !output.status.success() {
            report.failure = Some(explain(target, &said));
        }
        Ok(report)
    }

    /// Puts the smallest set of inputs that reaches everything into the committed corpus.
    fn keep(&self, target: &Target) -> Result<()> {
        let kept = self.directory("kept", target)?;
        fs::remove_dir_all(&kept)?;
        fs::create_dir(&kept)?;
        let found = self.directory("found", target)?;
        let mut merge = self.command(target);
        // Reaching a place more often is no reason to keep an input for ever.
        merge.args(["-set_cover_merge=1", "-use_counters=0", "-timeout=5"]).args([
            &kept,
            &corpus(target),
            &found,
        ]);
        if !merge.stderr(Stdio::null()).status()?.success() {
            bail!("{}: the corpus could not be merged", target.name);
        }
        let corpus = corpus(target);
        for entry in fs::read_dir(&corpus)? {
            let entry = entry?;
            if !is_named_by_hand(&entry.file_name().to_string_lossy()) {
                fs::remove_file(entry.path())?;
            }
        }
        for entry in fs::read_dir(&kept)? {
            let entry = entry?;
            fs::copy(entry.path(), corpus.join(entry.file_name()))?;
        }
        Ok(())
    }

    fn command(&self, target: &Target) -> Command {
        let mut command = Command::new(&self.program);
        command.env("RAPPORT_FUZZ_TARGET", target.name).env("RUST_BACKTRACE", "0").current_dir(root());
        command
    }

    fn directory(&self, kind: &str, target: &Target) -> Result<PathBuf> {
        let directory = self.home.join(kind).join(target.name);
        fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        Ok(directory)
    }
}

fn corpus(target: &Target) -> PathBuf {
    root().join("fuzz/corpus").join(target.name)
}

/// Whether somebody gave the input its name, because it shows something; libFuzzer names them by a hash.
fn is_named_by_hand(name: &str) -> bool {
    name.len() != 40 || !name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What went wrong, where the input is, and how to see it again.
fn explain(target: &Target, said: &str) -> String {
    let what = said.lines().skip_while(|line| !line.contains("panicked at")).take(4);
    let what: Vec<_> = what.map(|line| line.get(..line.floor_char_boundary(400)).unwrap_or(line)).collect();
    let what = if what.is_empty() { said.lines().rev().take(12).collect() } else { what };
    let input = said.lines().find_map(|line| line.split("Test unit written to ").nth(1));
    let input = input.map_or("(no input was written)", str::trim);
    // The machine that found it may be gone before anybody looks.
    let written = fs::read(input).unwrap_or_default();
    let shown = written.get(..written.len().min(SHOWN)).unwrap_or_default().escape_ascii();
    format!(
        "{}: a property does not hold\n  {}\n  input: {input}\n  it is: {shown}\n  to see it again: copy it into fuzz/corpus/{}/ and \
         run cargo test --package rapport-properties",
        target.name,
        what.join("\n  "),
        target.name
    )
}

/// What a target did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Report {
    name: &'static str,
    executions: u64,
    /// Edges of the program that were reached.
    edges: u64,
    features: u64,
    /// Inputs that reached something new.
    new: u64,
    failure: Option<String>,
}

impl Report {
    /// Reads what libFuzzer says of itself.
    fn read(name: &'static str, said: &str) -> Self {
        let mut report = Self { name, ..Self::default() };
        for line in said.lines() {
            let mut words = line.split_whitespace();
            if line.starts_with("stat::") {
                let (what, number) = (words.next(), words.next().and_then(|word| word.parse().ok()));
                match (what, number) {
                    (Some("stat::number_of_executed_units:"), Some(number)) => report.executions = number,
                    (Some("stat::new_units_added:"), Some(number)) => report.new = number,
                    _ => {}
                }
            } else if line.starts_with('#') {
                let words: Vec<_> = words.collect();
                for pair in words.windows(2) {
                    let Ok(number) = pair[1].parse() else { continue };
                    match pair[0] {
                        "cov:" => report.edges = number,
                        "ft:" => report.features = number,
                        _ => {}
                    }
                }
            }
        }
        report
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, executions, edges, features, new, failure } = self;
        write!(f, "{name:<14} {executions:>10} {edges:>6} {features:>9} {new:>6}")?;
        if failure.is_some() { write!(f, "  FAILED") } else { Ok(()) }
    }
}

/// The packages that both workspaces have, where the versions differ: what is fuzzed must be what is shipped.
pub(crate) fn differences() -> Result<Vec<String>> {
    let shipped = locked(Path::new("Cargo.lock"))?;
    let fuzzed = locked(Path::new("fuzz/Cargo.lock"))?;
    Ok(fuzzed.iter().filter_map(|(name, version)| differs(&shipped, name, version)).collect())
}

fn differs(shipped: &[(String, String)], name: &str, version: &str) -> Option<String> {
    let ours: Vec<_> = shipped.iter().filter(|(known, _)| known == name).map(|(_, v)| v.as_str()).collect();
    let first = ours.first()?;
    (!ours.contains(&version)).then(|| {
        format!(
            "fuzz/Cargo.lock: {name} {version} is fuzzed, {} is shipped: cargo update --manifest-path \
             fuzz/Cargo.toml --precise {first} {name}",
            ours.join(" and ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_read() {
        let said = "INFO: seed corpus: files: 250 min: 1b max: 487b total: 14Kb rss: 29Mb\n\
                    #4\tpulse  cov: 10 ft: 11 corp: 1/1b exec/s: 2 rss: 29Mb\n\
                    #176299\tDONE   cov: 1059 ft: 3770 corp: 916/49Kb lim: 229 exec/s: 13561 rss: 30Mb\n\
                    stat::number_of_executed_units: 176299\nstat::new_units_added:          1201\n";
        let report = Report::read("address", said);
        assert_eq!(
            (report.executions, report.edges, report.features, report.new),
            (176_299, 1059, 3770, 1201)
        );
    }

    #[test]
    fn a_failure_names_its_input() {
        let input = std::env::temp_dir().join(format!("rapport-fuzz-input-{}", std::process::id()));
        fs::write(&input, b"a\r\xff").unwrap();
        let said = format!(
            "thread '<unnamed>' panicked at src/uri.rs:1:\nnot equal\n\
             artifact_prefix='x/'; Test unit written to {}\n",
            input.display()
        );
        let explained = explain(&TARGETS[0], &said);
        fs::remove_file(&input).unwrap();
        assert!(explained.contains("not equal") && explained.contains("input: /"), "{explained}");
        assert!(explained.contains("it is: a\\r\\xff"), "{explained}");
    }

    #[test]
    fn an_input_that_has_a_name_stays() {
        assert!(is_named_by_hand("via-that-claims") && !is_named_by_hand(&"0a".repeat(20)));
    }

    #[test]
    fn the_time_is_shared_among_the_targets() {
        let order = Order::read(&["--seconds", "60", "framing", "xml"]).unwrap();
        assert_eq!((order.seconds_each(), order.targets.len(), order.seed), (30, 2, None));
        assert_eq!(Order::read(&["--seed", "7"]).unwrap().seed, Some(7));
        assert!(Order::read(&["nothing"]).is_err() && Order::read(&["--seconds", "x"]).is_err());
        assert_eq!(Order::read(&[]).unwrap().targets.len(), TARGETS.len());
    }

    #[test]
    fn every_target_has_its_corpus_and_its_dictionary() {
        let mut corpora: Vec<_> =
            fs::read_dir(root().join("fuzz/corpus")).unwrap().collect::<Result<_, _>>().unwrap();
        corpora.sort_by_key(fs::DirEntry::file_name);
        let mut known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        known.sort_unstable();
        assert_eq!(corpora.iter().map(|entry| entry.file_name()).collect::<Vec<_>>(), known);
        for target in TARGETS {
            assert!(root().join(format!("fuzz/dictionaries/{}.dict", target.dictionary)).exists());
        }
    }

    #[test]
    fn another_version_than_the_shipped_one_is_found() {
        let shipped = [("bytes".to_owned(), "1.12.0".to_owned())];
        assert_eq!(differs(&shipped, "bytes", "1.12.0"), None);
        assert_eq!(differs(&shipped, "libfuzzer-sys", "0.4.13"), None);
        assert!(differs(&shipped, "bytes", "1.11.0").is_some());
    }
}
