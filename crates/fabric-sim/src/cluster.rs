//! The cluster as a test holds it.

use std::marker::PhantomData;

use rapport_fabric::Payload;
use tokio::task::JoinSet;

use crate::fabric::SimFabric;
use crate::network::{Faults, Spoilt};
use crate::world::Shared;

/// How many events wait in an inbox before its binding ends with an overflow.
const INBOX_BOUND: usize = 256;

/// Several nodes around one authority. Dropping it stops the time of their fabrics.
#[derive(Debug)]
pub struct SimCluster<M: Payload> {
    shared: Shared,
    nodes: usize,
    _driver: JoinSet<()>,
    message: PhantomData<fn() -> M>,
}

impl<M: Payload> SimCluster<M> {
    /// Starts a cluster whose nodes are all members. Inboxes hold 256 events.
    ///
    /// # Panics
    /// Outside a tokio runtime. Its time should be paused, or the test takes as long as it says.
    pub fn new(seed: u64, nodes: usize, faults: Faults) -> Self {
        Self::with_inboxes(seed, nodes, faults, INBOX_BOUND)
    }

    /// Starts a cluster with inboxes of another size.
    ///
    /// # Panics
    /// As [`SimCluster::new`].
    pub fn with_inboxes(seed: u64, nodes: usize, faults: Faults, inbox_bound: usize) -> Self {
        let shared = Shared::new(seed, nodes, faults, inbox_bound);
        let mut driver = JoinSet::new();
        driver.spawn(shared.clone().drive());
        Self { shared, nodes, _driver: driver, message: PhantomData }
    }

    /// Returns the number of nodes.
    pub const fn nodes(&self) -> usize {
        self.nodes
    }

    /// Returns the fabric of one node.
    ///
    /// # Panics
    /// When there is no such node.
    pub fn node(&self, node: usize) -> SimFabric<M> {
        assert!(node < self.nodes, "there are {} nodes", self.nodes);
        SimFabric::new(self.shared.clone(), node)
    }

    /// Stops a node in the middle of whatever it does, as SIGSTOP would. What is sent to it waits.
    pub fn freeze(&self, node: usize) {
        self.shared.with(|world, _| world.nodes[node].frozen = true);
    }

    /// Lets a frozen node go on. If its lease has ended meanwhile, it finds out first.
    pub fn thaw(&self, node: usize) {
        self.shared.with(|world, now| world.nodes[node].thaw(now));
    }

    /// Ends a node's process. Its bindings end when its lease does; its inboxes give nothing more.
    pub fn kill(&self, node: usize) {
        self.shared.with(|world, now| world.nodes[node].kill(now));
    }

    /// Starts a killed node again, with nothing bound. It is a member once the authority has answered.
    pub fn restart(&self, node: usize) {
        self.shared.with(|world, now| world.nodes[node].restart(now));
    }

    /// Cuts nodes off from the authority and from the others; they still reach each other.
    pub fn partition(&self, nodes: &[usize]) {
        self.shared.with(|world, _| world.cut_off.extend(nodes));
    }

    /// Ends every partition.
    pub fn heal(&self) {
        self.shared.with(|world, _| world.cut_off.clear());
    }

    /// Changes what the network does from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.with(|world, _| world.faults = faults);
    }

    /// Returns how many packets the network has spoilt until now.
    pub fn spoilt(&self) -> Spoilt {
        self.shared.with(|world, _| world.spoilt)
    }
}
