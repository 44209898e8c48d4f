//! The long run: many seeds on all cores, and one failing seed played again.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rapport_reference::{Counts, Plan, live, shrink};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Steps of a life. A sixth finds nothing to do, so that some 200 are left.
const STEPS: u64 = 240;
/// How often a failing life is tried to be made shorter.
const TRIES: usize = 400;
/// So many seeds, on one node and on several, must have seen every kind of step, of fault and of refusal.
const ENOUGH: u64 = 1000;
/// After so many failing seeds the run has shown enough.
const MOST_FAILURES: usize = 5;

struct Options {
    first: u64,
    seeds: u64,
    steps: u64,
    nodes: Option<usize>,
    threads: usize,
    without: BTreeSet<u64>,
    one: bool,
    /// Only whether something is found, and after how many seeds.
    find: bool,
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("rapport-reference: {error}"));
            ExitCode::from(2)
        }
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn options() -> Result<Options> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut options = Options {
        first: 1,
        seeds: 10_000,
        steps: STEPS,
        nodes: None,
        threads: cores,
        without: BTreeSet::new(),
        one: false,
        find: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{word} needs a number"));
        match word.as_str() {
            "--seed" => (options.first, options.seeds, options.one) = (number()?, 1, true),
            "--find" => options.find = number()? > 0,
            "--first" => options.first = number()?,
            "--seeds" => options.seeds = number()?,
            "--steps" => options.steps = number()?,
            "--nodes" => options.nodes = Some(usize::try_from(number()?)?),
            "--threads" => options.threads = usize::try_from(number()?)?.max(1),
            "--without" => {
                for span in value.split(',') {
                    let (from, to) = span.split_once('-').unwrap_or((span, span));
                    options.without.extend(from.parse::<u64>()?..=to.parse()?);
                }
            }
            other => {
                let known = "--seed --find --first --seeds --steps --nodes --threads --without";
                return Err(format!("{other} is none of {known}").into());
            }
        }
    }
    Ok(options)
}

/// Every second seed lives on one node, the others on three.
fn plan(options: &Options, seed: u64) -> Plan {
    let nodes = options.nodes.unwrap_or(if seed.is_multiple_of(2) { 1 } else { 3 });
    Plan { seed, nodes, steps: options.steps, without: options.without.clone() }
}

fn run(options: &Options) -> Result<bool> {
    #[expect(clippy::disallowed_methods, reason = "how long the run took is shown to a person")]
    let began = std::time::Instant::now();
    let next = AtomicU64::new(options.first);
    let end = options.first + options.seeds;
    let stop = AtomicBool::new(false);
    let total = Mutex::new((Counts::default(), Vec::new(), 0u64));
    std::thread::scope(|scope| {
        for _ in 0..options.threads {
            scope.spawn(|| {
                let mut counts = Counts::default();
                let mut lived = 0;
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    lived += 1;
                    match live(&plan(options, seed), false) {
                        Ok(of_seed) => counts.add(&of_seed),
                        Err(failure) => {
                            let failed = &mut total.lock().expect("no thread panics").1;
                            failed.push((seed, failure.wrong));
                            if options.find || failed.len() >= MOST_FAILURES {
                                stop.store(true, Ordering::Relaxed);
                            }
                        }
                    }
                }
                let mut total = total.lock().expect("no thread panics");
                total.0.add(&counts);
                total.2 += lived;
            });
        }
    });
    let (counts, mut failed, lived) = total.into_inner().expect("no thread panics");
    let took = began.elapsed();
    failed.sort_unstable();
    if options.find
        && let Some((seed, wrong)) = failed.first()
    {
        let wrong = wrong.lines().next().unwrap_or_default();
        say(&format!("found after {lived} seeds, by {seed}: {wrong}"));
        return Ok(false);
    }
    say(&format!("{counts}"));
    say(&format!(
        "{lived} seeds of {} steps on {} threads in {:.1} s",
        options.steps,
        options.threads,
        took.as_secs_f64()
    ));
    for (seed, wrong) in &failed {
        say(&format!("seed {seed}: {}", wrong.lines().next().unwrap_or_default()));
    }
    let Some((seed, _)) = failed.first() else { return Ok(saw_everything(options, &counts)) };
    report(&plan(options, *seed), options.one);
    Ok(false)
}

/// Whether everything happened that should have, in a run that is long enough for it.
fn saw_everything(options: &Options, counts: &Counts) -> bool {
    let missing = counts.missing();
    if options.seeds < ENOUGH || options.nodes.is_some() || missing.is_empty() {
        return true;
    }
    say(&format!("FAILED: never happened: {}", missing.join("; ")));
    false
}

/// Shows a failing life, as short as it gets, and how to see it again.
fn report(plan: &Plan, as_it_is: bool) {
    let short = if as_it_is { plan.clone() } else { shrink(plan, TRIES) };
    match live(&short, true) {
        Ok(_) => say(&format!("seed {} fails no more when it is told", plan.seed)),
        Err(failure) => {
            for line in &failure.story {
                say(line);
            }
            say(&format!("seed {} on {} nodes, step {}:", plan.seed, plan.nodes, failure.step));
            say(&failure.wrong);
        }
    }
    say(&format!("again: cargo xtask torture seeds --seed {} --nodes {}", plan.seed, plan.nodes));
    if !short.without.is_empty() {
        say(&format!(
            "shorter: cargo xtask torture seeds --seed {} --nodes {} --steps {} --without {}",
            plan.seed,
            plan.nodes,
            short.steps,
            spans(&short.without)
        ));
    }
}

/// Writes `0-14,16` for the steps that are left out.
fn spans(steps: &BTreeSet<u64>) -> String {
    let mut spans: Vec<(u64, u64)> = Vec::new();
    for step in steps {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == *step => *last = *step,
            _ => spans.push((*step, *step)),
        }
    }
    let span = |(first, last): &(u64, u64)| format!("{first}-{last}");
    spans.iter().map(span).collect::<Vec<_>>().join(",")
}
