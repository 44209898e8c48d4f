//! The bounded variant of the long run: some seeds on one node and on three, and that a seed decides its life.

use rapport_reference::{Counts, Plan, live, shrink};

fn plan(seed: u64, nodes: usize) -> Plan {
    Plan { seed, nodes, steps: 200, without: [].into() }
}

/// Leads the lives of some seeds, and counts what happened in them.
fn sweep(nodes: usize, seeds: impl Iterator<Item = u64>) -> Counts {
    let mut counts = Counts::default();
    for seed in seeds {
        match live(&plan(seed, nodes), false) {
            Ok(of_seed) => counts.add(&of_seed),
            Err(failure) => {
                let short = shrink(&plan(seed, nodes), 60);
                let story =
                    live(&short, true).err().map(|failure| failure.story.join("\n")).unwrap_or_default();
                panic!(
                    "{story}\nseed {seed}, step {}: {}\nagain: cargo xtask torture seeds --seed {seed} --nodes {nodes}",
                    failure.step, failure.wrong
                );
            }
        }
    }
    counts
}

#[test]
fn everybody_sees_what_the_reference_says_on_one_node() {
    let counts = sweep(1, (1..).step_by(7).take(30));
    assert!(counts.served > 1000 && counts.failed > 0, "{counts}");
    for fault in ["a node's death", "a store out of reach now and then", "a wall clock beyond 2038"] {
        assert!(counts.faults.get(fault).is_some_and(|count| *count > 0), "no {fault}");
    }
}

#[test]
fn everybody_sees_what_the_reference_says_on_three_nodes() {
    let counts = sweep(3, (1..).step_by(11).take(18));
    assert!(counts.served > 1000 && counts.failed > 0, "{counts}");
    for fault in ["a node's death", "a node's freeze", "a node cut off", "packets late, lost and twice"] {
        assert!(counts.faults.get(fault).is_some_and(|count| *count > 0), "no {fault}");
    }
}

#[test]
fn a_seed_decides_its_life() {
    for nodes in [1, 3] {
        let once = live(&plan(5, nodes), false).expect("nothing is wrong");
        let twice = live(&plan(5, nodes), false).expect("nothing is wrong");
        assert_eq!(once, twice);
    }
}
