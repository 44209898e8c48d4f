//! Hostile input leaves nothing behind: when its connections are gone, so are their sessions and their memory.
//!
//! What is allocated is counted. A first round makes what is made once; after a second one, of other cases out of the
//! same tables, as much must be held as before it: what is kept by its content shows as what is kept by its number does.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

#[path = "../hostile/anomalies.rs"]
#[expect(dead_code, reason = "it is the table of the elements, and has more in it than is needed here")]
mod anomalies;
#[path = "../hostile/documents.rs"]
#[expect(dead_code, reason = "as above")]
mod documents;
#[path = "../../../testkit/tests/scales/mod.rs"]
mod scales;
#[path = "../hostile/talk.rs"]
#[expect(dead_code, reason = "as above")]
mod talk;
#[path = "../faults/world.rs"]
#[expect(dead_code, reason = "as above")]
mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use talk::Talk;
use world::World;

/// Of so many anomalies of an element one is tried in a round: the allocator is asked the same by its neighbours. Each
/// element has others, so that every kind meets some element of every template.
const STRIDE: usize = 4;
/// Octets by which the whole process may differ after a round of more than a thousand messages, or of some hundred
/// documents.
const MOST_LEFT: i64 = 4 * 1024;

/// Lets everything that has ended end, and counts what is held.
async fn held(world: &mut World) -> i64 {
    // Timers of transactions and of the directory's caches run out.
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(world.connections(), 0);
    assert_eq!(world.endpoints("ana").await, 0);
    scales::held()
}

/// What is measured has every kind of anomaly, in every message.
fn check_kinds(round: usize) {
    let kinds: BTreeSet<&str> = anomalies::all("0a0b0c0d0e0f").iter().map(|case| case.anomaly).collect();
    let cases = anomalies::some("0a0b0c0d0e0f", STRIDE, round);
    for (template, _) in anomalies::templates() {
        for kind in &kinds {
            let is_tried = cases.iter().any(|case| case.template == template && case.anomaly == *kind);
            assert!(is_tried, "{kind} is not measured in {template}");
        }
    }
}

async fn strangers(world: &mut World, round: usize) {
    for case in anomalies::some("0a0b0c0d0e0f", STRIDE, round) {
        let mut talk = Talk::stranger(world);
        talk.say(&case.octets).await;
        talk.hear().await;
        talk.ended().await;
        world.connections();
    }
}

/// Says the cases as a client, and tells how often it had to sign in.
async fn clients(world: &mut World, round: usize) -> i64 {
    let mut talk = Talk::client(world, "ana", 1).await;
    let mut sign_ins = 1;
    for (number, case) in anomalies::some(talk.epid(), STRIDE, round).into_iter().enumerate() {
        let octets = talk.signed(&case.octets);
        talk.say(&octets).await;
        talk.hear().await;
        if talk.is_closed() || number % 10 == 9 || !talk.serves().await {
            talk.ended().await;
            world.connections();
            talk = Talk::client(world, "ana", 1).await;
            sign_ins += 1;
        }
    }
    talk.ended().await;
    sign_ins
}

/// Says wrong documents as a client, in every request that bears one.
async fn documents(world: &mut World, round: usize) {
    let mut number = 0;
    for (at, kind) in documents::KINDS.iter().enumerate() {
        let mut talk = Talk::client(world, "ana", 1).await;
        for wrong in kind.wrong().into_iter().skip((at + round) % STRIDE).step_by(STRIDE) {
            number += 1;
            let request = talk.signed(&kind.request(&wrong.body, talk.epid(), number));
            talk.say(&request).await;
            let heard = talk.hear().await;
            assert!(heard.iter().any(|said| said.status == Some(400)), "{}: {heard:?}", wrong.named);
        }
        assert!(talk.serves().await);
        talk.ended().await;
        world.connections();
    }
}

/// One test, since the count is of the whole process.
#[tokio::test(start_paused = true)]
async fn hostile_input_leaves_no_connection_no_session_and_no_memory_behind() {
    let before = scales::held();
    let kept = vec![0_u8; 1000];
    assert_eq!(scales::held() - before, 1000, "what is held is counted");
    drop(kept);
    let mut world = World::new().await;
    check_kinds(1);
    strangers(&mut world, 0).await;
    let before = held(&mut world).await;
    strangers(&mut world, 1).await;
    let left = held(&mut world).await - before;
    println!("strangers leave {left} octets behind");
    assert!(left <= MOST_LEFT, "strangers leave {left} octets behind");
    documents(&mut world, 0).await;
    let before = held(&mut world).await;
    documents(&mut world, 1).await;
    let left = held(&mut world).await - before;
    println!("wrong documents leave {left} octets behind");
    assert!(left <= MOST_LEFT, "wrong documents leave {left} octets behind");
    clients(&mut world, 0).await;
    let before = held(&mut world).await;
    let sign_ins = clients(&mut world, 1).await;
    let left = held(&mut world).await - before;
    println!("a client of {sign_ins} sign-ins leaves {left} octets behind");
    assert!(left <= MOST_LEFT, "{sign_ins} sign-ins leave {left} octets behind");
}
