//! The port's contract, on one node.

use std::time::Duration;

use rapport_fabric::contract::{Harness, Note};
use rapport_fabric::fabric_contract;
use rapport_fabric_local::{Bounds, LocalFabric};

struct OneNode(LocalFabric<Note>);

impl Harness for OneNode {
    type Fabric = LocalFabric<Note>;

    fn nodes(&self) -> usize {
        1
    }

    fn fabric(&self, _: usize) -> LocalFabric<Note> {
        self.0.clone()
    }

    fn inbox_bound(&self) -> usize {
        Bounds::default().inbox
    }

    fn loses_announcements(&self) -> bool {
        false
    }

    async fn pause(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

fn run(case: impl AsyncFnOnce(OneNode)) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(case(OneNode(LocalFabric::default())));
}

fabric_contract!(one_node, run);
