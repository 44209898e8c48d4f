//! Somebody is deleted: whatever comes between any two steps of that, whoever watches sees at once that nobody is there,
//! and not only when everybody is read again half a minute later.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rapport_core::directory::{Card, NewPerson};
use rapport_core::presence::{CategoryName, Lifetime};
use rapport_fabric::{Delivered, Description, Fabric, Inbox};
use rapport_fabric_local::LocalFabric;
use rapport_fabric_sim::{Faults, SimCluster};
use rapport_model::{Aor, EndpointId, Instance, Source};
use rapport_service::Wire;
use rapport_service::presence::Target;
use rapport_service::registrar::Session;
use rapport_service::session::Event;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::tape::Blow;
use crate::world::{World, put};

/// Long before everybody is read again.
const AT_ONCE: Duration = Duration::from_secs(5);
/// Later than a deletion that is kept waiting.
const LATE: Duration = Duration::from_millis(1500);
/// What stays when Kim signs out, and what doesn't.
const SHOWN: [(&str, Lifetime); 2] = [("note", Lifetime::Static), ("x-live", Lifetime::User)];

/// How Kim's own session takes its end.
#[derive(Clone, Copy, Debug)]
enum Kim {
    SignedOut,
    /// After so long.
    Goes(Duration),
}

/// Chris, who watches Kim, and what Chris sees in each category.
struct Chris<F: Fabric> {
    session: Session<F>,
    seen: BTreeMap<CategoryName, usize>,
}

impl<F: Fabric<Message = Wire>> Chris<F> {
    async fn watching(world: &World<F>) -> Self {
        let new = NewPerson {
            address: Aor::parse("chris@example.com").unwrap(),
            aliases: Vec::new(),
            sign_in_name: "chris".to_owned(),
            enabled: true,
            licensed: true,
            card: Card { display_name: "Chris".to_owned(), ..Card::default() },
        };
        let chris = Arc::new(world.other.people.add(&world.scope(), new, None).await.unwrap());
        let endpoint = EndpointId { user: chris.id, instance: Instance([1; 16]) };
        let bound = world
            .other
            .registrar
            .bind(&chris, &world.tenant, endpoint, Source::Server, Description::default())
            .await;
        let session = bound.unwrap();
        let kim = Target { address: Some(world.person.address.clone()), prompts: false };
        let categories: Arc<[CategoryName]> = SHOWN.map(|(name, _)| CategoryName::new(name)).into();
        let presence = &world.other.presence;
        presence.subscribe(&world.scope(), &session.watcher, &[kim], &categories).await.unwrap();
        Self { session, seen: BTreeMap::new() }
    }

    /// Waits until so many of the categories have something in them.
    async fn sees(&mut self, wanted: usize) {
        while self.seen.values().filter(|instances| **instances > 0).count() != wanted {
            if let Event::Presence(event) = self.session.events.next().await {
                for category in &event.view.categories {
                    self.seen.insert(category.name.clone(), category.instances.len());
                }
            }
        }
    }
}

/// Lets Kim publish, and then sign out or stay until the server says that it is over.
async fn kim<F>(world: &World<F>, tasks: &mut JoinSet<()>, kim: Kim)
where
    F: Fabric<Message = Wire>,
{
    let other = world.other.clone();
    let endpoint = EndpointId { user: world.user(), instance: Instance([3; 16]) };
    let bound = other
        .registrar
        .bind(&world.person, &world.tenant, endpoint, Source::Server, Description::default())
        .await;
    let mut session = bound.unwrap();
    let document = world.document().await;
    let batch = SHOWN.map(|(name, lifetime)| {
        let lifetime = if lifetime == Lifetime::User { Lifetime::Endpoint(endpoint) } else { lifetime };
        put(&document, name, 200, lifetime, "<here/>")
    });
    let published = other.presence.publish(&world.scope(), session.binding, &batch).await.unwrap();
    other.presence.announce(&world.scope(), published.announce).await;
    match kim {
        Kim::SignedOut => other.registrar.unbind(session).await,
        Kim::Goes(after) => {
            tasks.spawn(async move {
                let over = |event| matches!(event, None | Some(Delivered::Message(Wire::SignOut(_))));
                while !over(session.inbox.next().await) {}
                sleep(after).await;
                other.registrar.unbind(session).await;
            });
        }
    }
}

/// Deletes Kim while something strikes at one step, or nothing does, and returns the steps. Chris must see it. What is
/// late there is so by a second.
async fn deleted<F>((near, far): (F, F), session: Kim, strike: Option<(usize, Blow)>) -> Vec<&'static str>
where
    F: Fabric<Message = Wire>,
{
    let world = World::new(near, far).await;
    let mut tasks = JoinSet::new();
    let running = world.other.clone();
    tasks.spawn(async move { running.run().await });
    // In virtual time: until it listens, and has read everybody for the first time.
    sleep(Duration::from_millis(1)).await;
    let mut chris = Chris::watching(&world).await;
    kim(&world, &mut tasks, session).await;
    let before = match session {
        Kim::SignedOut => 1,
        Kim::Goes(_) => 2,
    };
    timeout(AT_ONCE, chris.sees(before))
        .await
        .unwrap_or_else(|_| panic!("{:?} of {before} are seen", chris.seen));
    match strike {
        Some((step, blow)) => world.tape.arm(step, blow, 0),
        None => world.tape.rewind(),
    }
    let scope = world.scope();
    let delete = async {
        world.writer.people.delete(&scope, world.user()).await.unwrap();
    };
    let struck = world.tape.struck.notified();
    match strike {
        None => delete.await,
        Some((_, blow)) if blow.kills() => tokio::select! {
            () = delete => panic!("a dead operator has an answer"),
            () = struck => {}
        },
        Some(_) => {
            let meanwhile = async {
                struck.await;
                sleep(Duration::from_secs(1)).await;
                world.tape.release.notify_one();
            };
            tokio::join!(delete, meanwhile);
        }
    }
    let steps = world.tape.calls();
    timeout(AT_ONCE, chris.sees(0))
        .await
        .unwrap_or_else(|_| panic!("{session:?}, {strike:?} of {steps:?}: still seen are {:?}", chris.seen));
    steps
}

fn one_node() -> (LocalFabric<Wire>, LocalFabric<Wire>) {
    let fabric = LocalFabric::default();
    (fabric.clone(), fabric)
}

#[tokio::test(start_paused = true)]
async fn whoever_is_deleted_is_seen_gone_at_once_whatever_comes_between() {
    for session in [Kim::SignedOut, Kim::Goes(Duration::ZERO), Kim::Goes(LATE)] {
        for step in 0..deleted(one_node(), session, None).await.len() {
            let late = Some((step, Blow::Late));
            deleted(one_node(), session, late).await;
            let cluster = SimCluster::new(step as u64, 2, Faults::NONE);
            deleted((cluster.node(0), cluster.node(1)), session, late).await;
        }
    }
}

/// The node on which somebody is deleted dies before it has told the last of it.
#[tokio::test(start_paused = true)]
async fn the_end_of_a_deleted_session_shows_by_itself_that_nobody_is_there() {
    let last = deleted(one_node(), Kim::Goes(LATE), None).await.len() - 1;
    deleted(one_node(), Kim::Goes(LATE), Some((last, Blow::Die))).await;
}
