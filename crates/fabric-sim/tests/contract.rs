//! The port's contract, on one node and on three, over a good network and over bad ones.

use std::time::Duration;

use rapport_fabric::contract::{Harness, Note};
use rapport_fabric::fabric_contract;
use rapport_fabric_sim::{Faults, SimCluster, SimFabric};

const INBOX_BOUND: usize = 200;

struct Cluster {
    nodes: SimCluster<Note>,
    faults: Faults,
}

impl Harness for Cluster {
    type Fabric = SimFabric<Note>;

    fn nodes(&self) -> usize {
        self.nodes.nodes()
    }

    fn fabric(&self, node: usize) -> SimFabric<Note> {
        self.nodes.node(node)
    }

    fn inbox_bound(&self) -> usize {
        INBOX_BOUND
    }

    fn loses_announcements(&self) -> bool {
        self.faults.loss > 0.0
    }

    async fn pause(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

fn run_on(seed: u64, nodes: usize, faults: Faults, case: impl AsyncFnOnce(Cluster)) {
    eprintln!("seed {seed}");
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(async {
            let nodes = SimCluster::with_inboxes(seed, nodes, faults, INBOX_BOUND);
            case(Cluster { nodes, faults }).await;
        });
}

fn one_node(case: impl AsyncFnOnce(Cluster)) {
    run_on(1, 1, Faults::NONE, case);
}

fn three_nodes(case: impl AsyncFnOnce(Cluster)) {
    run_on(2, 3, Faults::NONE, case);
}

fn bad_network(case: impl AsyncFn(Cluster)) {
    for seed in 10..16 {
        run_on(seed, 3, Faults::HARSH, &case);
    }
}

fn worse_network(case: impl AsyncFn(Cluster)) {
    let faults = Faults { loss: 0.25, duplicate: 0.4, ..Faults::HARSH };
    for seed in 20..22 {
        run_on(seed, 3, faults, &case);
    }
}

fabric_contract!(on_one_node, one_node);
fabric_contract!(on_three_nodes, three_nodes);
fabric_contract!(over_a_bad_network, bad_network);
fabric_contract!(over_a_worse_network, worse_network);
