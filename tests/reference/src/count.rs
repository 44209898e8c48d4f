//! How often what happened, so that a run shows what it has tried.

use std::collections::BTreeMap;
use std::fmt;

use crate::reference::No;

/// What happened in one or many lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Steps of each kind.
    pub steps: BTreeMap<&'static str, u64>,
    /// Faults of each kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Refusals that the reference gives as well.
    pub refusals: BTreeMap<String, u64>,
    /// Requests that were served, and that failed while something was wrong.
    pub served: u64,
    /// Requests that failed while something was wrong.
    pub failed: u64,
    /// Notifications that were held against the reference.
    pub notified: u64,
    /// How often everything came to rest and was compared.
    pub rests: u64,
    /// The most worlds that were possible at once.
    pub worlds: usize,
    /// The longest time, in milliseconds, that a life took to come to rest.
    pub longest_rest: u128,
}

impl Counts {
    pub(crate) fn step(&mut self, what: &'static str) {
        *self.steps.entry(what).or_default() += 1;
    }

    pub(crate) fn fault(&mut self, what: &'static str) {
        *self.faults.entry(what).or_default() += 1;
    }

    pub(crate) fn refused(&mut self, no: &No) {
        let what = match no {
            No::Versions(_) => "wrong version".to_owned(),
            No::Refused(code) => (*code).to_owned(),
            No::NotThere | No::Nothing => "nothing".to_owned(),
        };
        *self.refusals.entry(what).or_default() += 1;
    }

    /// Adds the counts of another life.
    pub fn add(&mut self, other: &Self) {
        let sum = |to: &mut BTreeMap<&'static str, u64>, from: &BTreeMap<&'static str, u64>| {
            for (what, count) in from {
                *to.entry(what).or_default() += count;
            }
        };
        sum(&mut self.steps, &other.steps);
        sum(&mut self.faults, &other.faults);
        for (what, count) in &other.refusals {
            *self.refusals.entry(what.clone()).or_default() += count;
        }
        self.served += other.served;
        self.failed += other.failed;
        self.notified += other.notified;
        self.rests += other.rests;
        self.worlds = self.worlds.max(other.worlds);
        self.longest_rest = self.longest_rest.max(other.longest_rest);
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, counts) in [("steps", &self.steps), ("faults", &self.faults)] {
            writeln!(f, "{title}:")?;
            for (what, count) in counts {
                writeln!(f, "  {count:>9} {what}")?;
            }
        }
        writeln!(f, "refusals, each the reference's too:")?;
        for (what, count) in &self.refusals {
            writeln!(f, "  {count:>9} {what}")?;
        }
        writeln!(
            f,
            "{} requests served, {} failed under a fault, {} notifications held against the reference",
            self.served, self.failed, self.notified
        )?;
        write!(
            f,
            "{} times at rest and equal, the latest {} ms after the last fault; {} possible worlds at most",
            self.rests, self.longest_rest, self.worlds
        )
    }
}
