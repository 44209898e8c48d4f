//! How often what happened, so that a run shows what it has tried.

use std::collections::BTreeMap;
use std::fmt;

use crate::reference::No;

/// Every kind of step, whatever came of it.
const STEPS: [&str; 16] = [
    "a program replaced by its next sign-in",
    "change a contact list",
    "change who is in a container",
    "close a list or the own document",
    "look once",
    "one program too many ordered to go",
    "one watcher too many refused",
    "open a list or the own document",
    "publish",
    "rest, since too much was in doubt or by chance",
    "sign in",
    "sign out",
    "subscribe",
    "take notice of a subscriber",
    "time that passes",
    "unsubscribe",
];
/// Every kind of fault, and what it struck.
const FAULTS: [&str; 24] = [
    "a binding lost with its node's lease",
    "a call of the store that failed",
    "a connection's task that ends without a word",
    "a good network again",
    "a network made whole",
    "a node cut off",
    "a node's death",
    "a node's freeze",
    "a node's return",
    "a node's thaw",
    "a packet that came twice",
    "a packet that was lost",
    "a slow store",
    "a store out of reach now and then",
    "a wall clock a day ahead",
    "a wall clock a day back",
    "a wall clock an hour ahead",
    "a wall clock an hour back",
    "a wall clock before 2014",
    "a wall clock beyond 2038",
    "packets late and overtaking",
    "packets late, lost and twice",
    "packets lost",
    "packets twice",
];
/// Every refusal that the reference knows and a program here can meet.
const REFUSALS: [&str; 12] = [
    "contact-list-full",
    "group-is-fixed",
    "invalid-field",
    "not-yours",
    "repeated-publication",
    "reserved-container",
    "reserved-publication",
    "stale-delta",
    "too-large",
    "too-many-groups",
    "unknown-group",
    WRONG_VERSION,
];
const WRONG_VERSION: &str = "wrong version";

/// What happened in one or many lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Steps of each kind.
    pub steps: BTreeMap<&'static str, u64>,
    /// Faults of each kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Refusals that the reference gives as well.
    pub refusals: BTreeMap<&'static str, u64>,
    /// Steps in which there was nothing to do: nobody to ask, nothing to mend.
    pub idle: u64,
    /// Requests that were served.
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
        debug_assert!(STEPS.contains(&what), "{what} is in no list");
        *self.steps.entry(what).or_default() += 1;
    }

    pub(crate) fn fault(&mut self, what: &'static str) {
        self.faults_of(what, 1);
    }

    pub(crate) fn faults_of(&mut self, what: &'static str, count: u64) {
        debug_assert!(FAULTS.contains(&what), "{what} is in no list");
        *self.faults.entry(what).or_default() += count;
    }

    pub(crate) fn refused(&mut self, no: &No) {
        let what = match no {
            No::Versions(_) => WRONG_VERSION,
            No::Refused(code) => code,
            No::NotThere | No::Nothing => "nothing",
        };
        *self.refusals.entry(what).or_default() += 1;
    }

    /// What has not happened once: a run in which everything should have happened has tried less than it says.
    pub fn missing(&self) -> Vec<&'static str> {
        let of = |all: &[&'static str], counts: &BTreeMap<&'static str, u64>| -> Vec<&'static str> {
            all.iter().copied().filter(|what| counts.get(what).is_none_or(|count| *count == 0)).collect()
        };
        let all = [of(&STEPS, &self.steps), of(&FAULTS, &self.faults), of(&REFUSALS, &self.refusals)];
        all.concat()
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
        sum(&mut self.refusals, &other.refusals);
        self.idle += other.idle;
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
        let refusals = "refusals, each the reference's too";
        for (title, counts) in [("steps", &self.steps), ("faults", &self.faults), (refusals, &self.refusals)]
        {
            writeln!(f, "{title}:")?;
            for (what, count) in counts {
                writeln!(f, "  {count:>9} {what}")?;
            }
        }
        writeln!(f, "{} steps had nothing to do", self.idle)?;
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
