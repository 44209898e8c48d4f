//! What the nodes stand on: one process, or three nodes on a simulated network.

use std::cell::RefCell;
use std::time::Duration;

use rapport_fabric::Fabric;
use rapport_fabric_local::LocalFabric;
use rapport_fabric_sim::{Faults, SimCluster, SimFabric, Spoilt};
use rapport_service::Wire;

/// Where nodes run, and what can befall them.
pub(crate) trait Ground {
    type Fabric: Fabric<Message = Wire>;

    fn nodes(&self) -> usize;
    fn fabric(&self, node: usize) -> Self::Fabric;
    fn kill(&self, node: usize);
    fn restart(&self, node: usize);
    fn freeze(&self, node: usize);
    fn thaw(&self, node: usize);
    /// Cuts nodes off from the others.
    fn cut_off(&self, nodes: &[usize]);
    fn heal(&self);
    fn weather(&self, weather: Weather);
    fn spoilt(&self) -> Spoilt;
}

/// What the network is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    Fine,
    /// Packets are late and overtake each other.
    Late,
    /// Some are lost.
    Losing,
    /// Some come twice.
    Doubling,
    /// All of it.
    Harsh,
}

impl Weather {
    const fn faults(self) -> Faults {
        let late = (Duration::from_millis(1), Duration::from_millis(80));
        match self {
            Self::Fine => Faults::NONE,
            Self::Late => Faults { delay: late, reorder: true, ..Faults::NONE },
            Self::Losing => Faults { loss: 0.2, ..Faults::NONE },
            Self::Doubling => Faults { duplicate: 0.3, delay: late, ..Faults::NONE },
            Self::Harsh => Faults::HARSH,
        }
    }
}

/// One process: when it ends, everything that lived in it ends.
pub(crate) struct OneProcess(RefCell<LocalFabric<Wire>>);

impl OneProcess {
    pub(crate) fn new() -> Self {
        Self(RefCell::default())
    }
}

impl Ground for OneProcess {
    type Fabric = LocalFabric<Wire>;

    fn nodes(&self) -> usize {
        1
    }

    fn fabric(&self, _: usize) -> LocalFabric<Wire> {
        self.0.borrow().clone()
    }

    fn kill(&self, _: usize) {
        self.0.replace(LocalFabric::default());
    }

    fn restart(&self, _: usize) {}

    fn freeze(&self, _: usize) {}

    fn thaw(&self, _: usize) {}

    fn cut_off(&self, _: &[usize]) {}

    fn heal(&self) {}

    fn weather(&self, _: Weather) {}

    fn spoilt(&self) -> Spoilt {
        Spoilt::default()
    }
}

impl Ground for SimCluster<Wire> {
    type Fabric = SimFabric<Wire>;

    fn nodes(&self) -> usize {
        self.nodes()
    }

    fn fabric(&self, node: usize) -> SimFabric<Wire> {
        self.node(node)
    }

    fn kill(&self, node: usize) {
        self.kill(node);
    }

    fn restart(&self, node: usize) {
        self.restart(node);
    }

    fn freeze(&self, node: usize) {
        self.freeze(node);
    }

    fn thaw(&self, node: usize) {
        self.thaw(node);
    }

    fn cut_off(&self, nodes: &[usize]) {
        self.partition(nodes);
    }

    fn heal(&self) {
        self.heal();
    }

    fn weather(&self, weather: Weather) {
        self.set_faults(weather.faults());
    }

    fn spoilt(&self) -> Spoilt {
        self.spoilt()
    }
}
