//! Nodes over one store, a company and its people.

use std::sync::Arc;

use rapport_core::directory::{Card, NewPerson, NewTenant, Person};
use rapport_core::policy::Policy;
use rapport_fabric_local::LocalFabric;
use rapport_model::{Aor, OperatorScope, Scope, SipDomain};
use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
use rapport_service::secret::Secrets;
use rapport_service::{Services, Wire};
use rapport_store::Store;
use rapport_store_mem::MemStore;
use rapport_testkit::clock::VirtualClock;

pub(crate) const PASSWORD: &str = "lantern harbour 57 sails";

pub(crate) type Node = Services<LocalFabric<Wire>>;

fn node(
    store: &Arc<dyn Store>,
    fabric: &LocalFabric<Wire>,
    clock: &Arc<VirtualClock>,
    cost: Cost,
) -> Arc<Node> {
    let hasher = PasswordHasher::new(cost).unwrap();
    let secrets = Secrets::new(hasher, ServiceKey::ephemeral().unwrap(), 1);
    let server = "ocs.example.com:5061";
    Arc::new(Services::new(store.clone(), fabric.clone(), clock.clone(), secrets, server))
}

/// Two nodes, the second of which hashes passwords at twice the cost, and their store.
pub(crate) fn two_nodes() -> (Arc<Node>, Arc<Node>, Arc<dyn Store>) {
    let store: Arc<dyn Store> = Arc::new(MemStore::new());
    let (fabric, clock) = (LocalFabric::default(), Arc::new(VirtualClock::new(1)));
    let dearer = Cost { memory_kib: 2 * Cost::TRIVIAL.memory_kib, ..Cost::TRIVIAL };
    (node(&store, &fabric, &clock, Cost::TRIVIAL), node(&store, &fabric, &clock, dearer), store)
}

pub(crate) async fn company(node: &Node, name: &str) -> Scope {
    let operator = OperatorScope::service("test");
    let new = NewTenant {
        name: name.to_owned(),
        display_name: name.to_owned(),
        netbios_name: name.to_uppercase(),
        domains: vec![SipDomain::parse(&format!("{name}.example")).unwrap()],
        policy: Policy::default(),
    };
    operator.within(node.tenants.add(&operator, new).await.unwrap().id)
}

pub(crate) async fn person(node: &Node, scope: &Scope, address: &str, name: &str) -> Person {
    let new = NewPerson {
        address: Aor::parse(address).unwrap(),
        aliases: Vec::new(),
        sign_in_name: address.split('@').next().unwrap().to_owned(),
        enabled: true,
        licensed: true,
        card: Card { display_name: name.to_owned(), ..Card::default() },
    };
    node.people.add(scope, new, Some(PASSWORD)).await.unwrap()
}
