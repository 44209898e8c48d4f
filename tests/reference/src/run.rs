//! One seed's life from its first step to its last rest, and a failing one made short.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rapport_fabric_sim::{Faults, SimCluster};

use crate::count::Counts;
use crate::dice::Dice;
use crate::ground::{Ground, OneProcess};
use crate::life::Life;

/// Which life to lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What decides everything.
    pub seed: u64,
    /// On how many nodes: one process, or several on a network.
    pub nodes: usize,
    /// How many steps.
    pub steps: u64,
    /// The steps that are left out.
    pub without: BTreeSet<u64>,
}

/// A life that has shown something to be wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The step in which it showed.
    pub step: u64,
    /// What is wrong.
    pub wrong: String,
    /// What has happened until then, if it was to be told.
    pub story: Vec<String>,
}

/// Leads a life; `told` keeps what happens in it for whoever reads a failure.
///
/// # Errors
/// What it has shown to be wrong.
pub fn live(plan: &Plan, told: bool) -> Result<Counts, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without a network");
    let mut step = 0;
    let lived = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            if plan.nodes == 1 {
                lead(plan, OneProcess::new(), told, &mut step).await
            } else {
                lead(plan, SimCluster::new(plan.seed, plan.nodes, Faults::NONE), told, &mut step).await
            }
        })
    }));
    match lived {
        Ok(outcome) => outcome,
        Err(panic) => {
            let what = panic.downcast_ref::<String>().cloned();
            let what = what.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let wrong = format!("a panic: {}", what.unwrap_or_default());
            Err(Failure { step, wrong, story: Vec::new() })
        }
    }
}

async fn lead<G: Ground>(plan: &Plan, ground: G, told: bool, at: &mut u64) -> Result<Counts, Failure> {
    let mut life = Life::new(plan.seed, ground, told).await;
    for step in 0..=plan.steps {
        *at = step;
        let done = if step == plan.steps {
            life.rest().await
        } else if plan.without.contains(&step) {
            Ok(())
        } else {
            life.tell(|| format!("step {step}"));
            life.step(&Dice::new(plan.seed, step)).await
        };
        if let Err(wrong) = done {
            return Err(Failure { step, wrong, story: life.story.take().unwrap_or_default() });
        }
    }
    Ok(life.counted())
}

/// Leaves out steps of a failing life as long as it goes on failing, in at most so many tries.
pub fn shrink(plan: &Plan, tries: usize) -> Plan {
    let mut shortest = plan.clone();
    let Err(failure) = live(&shortest, false) else { return shortest };
    if failure.step < shortest.steps {
        shortest.steps = failure.step + 1;
        if live(&shortest, false).is_ok() {
            shortest = plan.clone();
        }
    }
    let mut left = tries;
    let mut size = shortest.steps.div_ceil(2).max(1);
    loop {
        let mut from = 0;
        while from < shortest.steps {
            if left == 0 {
                return shortest;
            }
            let mut shorter = shortest.clone();
            shorter.without.extend(from..(from + size).min(shortest.steps));
            if shorter.without.len() > shortest.without.len() {
                left -= 1;
                if live(&shorter, false).is_err() {
                    shortest = shorter;
                }
            }
            from += size;
        }
        if size == 1 {
            return shortest;
        }
        size = size.div_ceil(2);
    }
}
