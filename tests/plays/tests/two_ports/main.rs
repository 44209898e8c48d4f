//! One publication, two ports (ADR 0005): whatever strikes a writer between any two steps, nobody sees part of a batch,
//! what was acknowledged is in the store, and everybody else goes on. The same for the deletion of a person.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod browsers;
mod departures;
mod fabric;
mod store;
mod tape;
mod world;

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use rapport_core::presence::Lifetime;
use rapport_fabric::{Description, Fabric};
use rapport_fabric_local::LocalFabric;
use rapport_fabric_sim::{Faults, SimCluster};
use rapport_service::session::Event;
use rapport_service::{Error, Wire};
use rapport_store::StoreError;
use tape::Blow;
use tokio::time::{Instant, sleep, timeout};
use world::{World, batch, generation, put, text, write};

/// Longer than any change that goes on takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `work` while a reader looks at the document all the time.
async fn watched<F: Fabric<Message = Wire>, T>(world: &World<F>, work: impl Future<Output = T>) -> T {
    tokio::select! {
        done = timeout(PATIENCE, work) => done.expect("nobody waits for ever"),
        () = world.look() => unreachable!("a reader looks until it is stopped"),
    }
}

/// The calls of one write in which nothing goes wrong.
async fn steps<F: Fabric<Message = Wire>>(world: &World<F>) -> usize {
    world.write(1).await.unwrap();
    world.tape.rewind();
    world.write(2).await.unwrap();
    let calls = world.tape.calls();
    assert_eq!(
        calls,
        [
            "fabric.live",
            "fabric.endpoints",
            "fabric.compare_and_set",
            "store.commit_presence",
            "fabric.compare_and_set"
        ],
        "the steps are those of ADR 0005"
    );
    calls.len()
}

/// Strikes the third write at one call, lets the other program go on, and looks at what has become of it.
async fn strike<F: Fabric<Message = Wire>>(
    world: &World<F>,
    (step, blow, outage): (usize, Blow, usize),
    die: impl FnOnce(),
) {
    world.tape.arm(step, blow, outage);
    let outcome = watched(world, async {
        if blow.kills() {
            write_and_die(world, 3).await;
            None
        } else {
            Some(world.write(3).await)
        }
    })
    .await;
    if blow.kills() {
        die();
    }
    // Whatever was to come late has come after this.
    watched(world, async {
        world.go_on("went on").await;
        sleep(Duration::from_secs(1)).await;
        world.go_on("went on and on").await;
    })
    .await;
    let seen = world.settled().await;
    assert_eq!(text(&*world.document().await, "x-laptop", 200), "went on and on");
    match outcome {
        Some(Ok(())) => assert_eq!(seen, 3, "an acknowledged batch is there"),
        Some(Err(error)) => {
            assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
            assert!([2, 3].contains(&seen), "{seen} is seen");
        }
        None => assert!([2, 3].contains(&seen), "{seen} is seen"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_writer_struck_between_any_two_steps_leaves_all_or_nothing_in_one_process() {
    let fabric = LocalFabric::default();
    let count = steps(&World::new(fabric.clone(), fabric).await).await;
    for step in 0..count {
        for blow in Blow::ALL {
            for outage in [0, 1, 2, 4] {
                let fabric = LocalFabric::default();
                let world = World::new(fabric.clone(), fabric).await;
                steps(&world).await;
                strike(&world, (step, blow, outage), || {}).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_killed_between_any_two_steps_leaves_all_or_nothing() {
    for (seed, faults) in [(1, Faults::NONE), (2, Faults::HARSH), (3, Faults::HARSH)] {
        for step in 0..5 {
            for blow in Blow::ALL {
                let cluster = SimCluster::new(seed, 2, faults);
                let world = World::new(cluster.node(0), cluster.node(1)).await;
                world.write(1).await.unwrap();
                world.write(2).await.unwrap();
                strike(&world, (step, blow, 0), || cluster.kill(0)).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_the_store_has_is_finished_for_a_dead_writer() {
    let cluster = SimCluster::new(1, 2, Faults::NONE);
    let world = World::new(cluster.node(0), cluster.node(1)).await;
    steps(&world).await;
    strike(&world, (3, Blow::DieAfter, 0), || cluster.kill(0)).await;
    assert_eq!(world.settled().await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_the_store_has_not_is_dropped_for_a_dead_writer_and_its_late_commit_fails() {
    let cluster = SimCluster::new(1, 2, Faults::NONE);
    let world = World::new(cluster.node(0), cluster.node(1)).await;
    steps(&world).await;
    let from = world.document().await.static_revision;
    strike(&world, (3, Blow::Die, 0), || cluster.kill(0)).await;
    assert_eq!(world.settled().await, 2);
    let late =
        world.store.commit_presence(&world.scope(), world.user(), from, from + 1, &world::nothing()).await;
    assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_writer_who_is_too_slow_is_fenced_and_does_it_again() {
    let fabric = LocalFabric::default();
    let world = World::new(fabric.clone(), fabric).await;
    steps(&world).await;
    world.tape.arm(3, Blow::Late, 0);
    watched(&world, async {
        let slow = world.write(3);
        let others = async {
            world.tape.struck.notified().await;
            world.go_on("overtook").await;
            assert_eq!(generation(&*world.document().await), 2);
            world.tape.release.notify_one();
        };
        let (slow, ()) = tokio::join!(slow, others);
        slow.unwrap();
    })
    .await;
    assert_eq!(world.settled().await, 3);
    assert_eq!(text(&*world.document().await, "x-laptop", 200), "overtook");
}

/// Lets the writer write until it is struck dead.
async fn write_and_die<F: Fabric<Message = Wire>>(world: &World<F>, generation: u32) {
    let mut write = pin!(world.write(generation));
    tokio::select! {
        outcome = &mut write => panic!("a dead writer has an answer: {outcome:?}"),
        () = world.tape.struck.notified() => {}
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_dies_while_fencing_or_finishing_for_another_costs_no_live_publication() {
    for (first, seen) in [(Blow::Die, 2), (Blow::DieAfter, 3)] {
        for what in ["store.presence_revision", "store.fence_presence"] {
            for second in [Blow::Fail, Blow::LoseAnswer, Blow::FailThenDo, Blow::Die, Blow::DieAfter] {
                let fabric = LocalFabric::default();
                let world = World::new(fabric.clone(), fabric).await;
                steps(&world).await;
                let lifetime = Lifetime::Endpoint(world.laptop.endpoint);
                let own = put(&*world.document().await, "x-live", 200, lifetime, "here");
                write(&world.other, world.scope(), world.laptop, vec![own]).await.unwrap();
                world.tape.arm(3, first, 0);
                watched(&world, write_and_die(&world, 3)).await;
                world.tape.arm_at(what, second);
                if first == Blow::DieAfter && what == "store.fence_presence" {
                    // There is nothing to fence: the store has the change.
                    continue;
                }
                watched(&world, async {
                    if second.kills() {
                        write_and_die(&world, 4).await;
                    } else {
                        let failed = world.write(4).await;
                        assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
                    }
                    world.go_on("went on").await;
                    sleep(Duration::from_secs(1)).await;
                    world.go_on("went on and on").await;
                })
                .await;
                assert_eq!(world.settled().await, seen);
                assert_eq!(text(&*world.document().await, "x-live", 200), "here");
            }
        }
    }
}

/// What lives at endpoints must not go because two of the others and the writer met over one pending change.
#[tokio::test(start_paused = true)]
async fn fencing_costs_no_live_publication_whoever_comes_first() {
    for pause in [0, 1, 3, 5, 8, 13] {
        let cluster = SimCluster::new(pause, 2, Faults::HARSH);
        let world = World::new(cluster.node(0), cluster.node(1)).await;
        let own =
            put(&*world.document().await, "x-live", 200, Lifetime::Endpoint(world.laptop.endpoint), "here");
        write(&world.other, world.scope(), world.laptop, vec![own]).await.unwrap();
        world.write(1).await.unwrap();
        world.tape.arm(3, Blow::Late, 0);
        watched(&world, async {
            let slow = world.write(2);
            let others = async {
                world.tape.struck.notified().await;
                tokio::join!(world.go_on("one"), world.go_on("two"), async {
                    sleep(Duration::from_millis(1990 + pause)).await;
                    world.tape.release.notify_one();
                });
            };
            let (slow, ()) = tokio::join!(slow, others);
            slow.unwrap();
        })
        .await;
        assert_eq!(world.settled().await, 2);
        assert_eq!(text(&*world.document().await, "x-live", 200), "here");
    }
}

#[tokio::test(start_paused = true)]
async fn two_nodes_change_one_document_at_once_and_nothing_is_lost() {
    for seed in 0..5 {
        let cluster = SimCluster::new(seed, 2, Faults::HARSH);
        let world = World::new(cluster.node(0), cluster.node(1)).await;
        watched(&world, async {
            let desk = async {
                for generation in 1..=10 {
                    loop {
                        match world.write(generation).await {
                            Ok(()) => break,
                            Err(Error::Versions(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            };
            let laptop = async {
                for number in 1..=10 {
                    world.go_on(&number.to_string()).await;
                }
            };
            tokio::join!(desk, laptop)
        })
        .await;
        assert_eq!(world.settled().await, 10);
        assert_eq!(text(&*world.document().await, "x-laptop", 200), "10");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_finished_for_a_dead_writer_is_told_to_the_persons_other_programs() {
    let cluster = SimCluster::new(1, 2, Faults::NONE);
    let world = World::new(cluster.node(0), cluster.node(1)).await;
    steps(&world).await;
    let mut tasks = tokio::task::JoinSet::new();
    let node = world.other.clone();
    tasks.spawn(async move { node.run().await });
    let mut session = world
        .other
        .registrar
        .bind(
            &world.person,
            &world.tenant,
            world.laptop.endpoint,
            rapport_model::Source::Server,
            Description::default(),
        )
        .await
        .unwrap();
    world.other.presence.open_own(&world.scope(), session.binding).await.unwrap();
    world.tape.arm(3, Blow::DieAfter, 0);
    write_and_die(&world, 3).await;
    let died = Instant::now();
    cluster.kill(0);
    // The end of the dead node's bindings makes the others look; the half-minute's reading would be later.
    loop {
        let Event::Own(event) = timeout(PATIENCE, session.events.next()).await.unwrap() else { continue };
        if generation(&event.document) == 3 {
            break;
        }
    }
    assert!(died.elapsed() < Duration::from_secs(20), "{:?}", died.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_starts_anew_shows_what_the_store_has_and_no_part_of_a_batch_that_it_has_not() {
    for (blow, seen) in [(Blow::Die, "2"), (Blow::DieAfter, "3")] {
        let fabric = LocalFabric::default();
        let world = World::new(fabric.clone(), fabric).await;
        steps(&world).await;
        world.tape.arm(3, blow, 0);
        write_and_die(&world, 3).await;
        // A new fabric: the process is gone, and with it everything that lived in it.
        let anew = world.anew(LocalFabric::default());
        let document = anew.presence.own_document(&world.scope(), world.user()).await.unwrap();
        for container in [200, 300] {
            assert_eq!(text(&document, "x-batch", container), seen);
        }
        assert_eq!(text(&document, "x-batch", 400), "", "what lived with the process died with it");
        let next = batch(&document, 4);
        let desk = world.desk.endpoint;
        let session = anew
            .registrar
            .bind(&world.person, &world.tenant, desk, rapport_model::Source::Server, Description::default())
            .await
            .unwrap();
        write(&anew, world.scope(), session.binding, next).await.unwrap();
    }
}
