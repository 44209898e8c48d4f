//! What an idle browser costs: its agent, its socket, what it watches. What is allocated is counted; TLS, the kernel and
//! what the allocator rounds up are measured by `rapport-load browsers`.

#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

#[path = "../web/line.rs"]
mod line;
#[path = "../../../testkit/tests/scales/mod.rs"]
mod scales;
#[path = "../web/world.rs"]
#[expect(dead_code, reason = "it has more in it than is needed here")]
mod world;

use std::time::Duration;

use rapport_core::directory::TenantPatch;
use rapport_core::policy::Policy;
use rapport_model::Limits;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::timeout;

use world::{Browser, HOST, World};

/// Octets of one browser more, of somebody with fifty contacts who has another one open, without TLS.
const MOST: i64 = 12 * 1024;
/// Octets of the first browser of such a person, with what is published as long as they are there.
const MOST_OF_FIRST: i64 = 16 * 1024;
/// People with browsers.
const PEOPLE: usize = 16;
/// Octets in which the pipe that stands for the network holds what was last said, in both directions.
const PIPE: usize = 256;

/// Opens the socket of a browser and takes in what comes first.
async fn listening(world: &mut World, browser: &mut Browser) -> DuplexStream {
    let ticket = browser.done("POST", "/events/ticket", Value::Null).await;
    let query = format!("ticket={}", ticket["ticket"].as_str().expect("a ticket"));
    let origin = format!("https://{HOST}");
    let mut socket = world.switched(&query, &origin, "rapport.v1", PIPE).await.expect("switched");
    assert!(taken_in(&mut socket).await > 4096, "a snapshot with fifty contacts");
    socket
}

/// Reads what has come, and returns how much that was.
async fn taken_in(socket: &mut DuplexStream) -> usize {
    let (mut buffer, mut all) = ([0u8; 4096], 0);
    while let Ok(read) = timeout(Duration::from_millis(10), socket.read(&mut buffer)).await {
        let octets = read.expect("it is open");
        assert_ne!(octets, 0, "it is open");
        all += octets;
    }
    all
}

/// Lets the time pass in which events are kept, while every browser says that it is there; returns what is held then.
async fn at_rest(sockets: &mut [DuplexStream]) -> i64 {
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_secs(10)).await;
        for socket in &mut *sockets {
            taken_in(socket).await;
            socket.write_all(&[0x8a, 0x80, 1, 2, 3, 4]).await.expect("it is open");
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    scales::held()
}

#[tokio::test(start_paused = true)]
async fn an_idle_browser_more_costs_little() {
    let mut world = World::new().await;
    let limits = Limits { endpoints: 64, ..Limits::default() };
    let policy = Policy { limits, account_password_sign_in: true, ..Policy::default() };
    let patch = TenantPatch { policy: Some(policy), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, patch).await.expect("set");
    for number in 0..50 {
        world.add(&world.scope, &format!("colleague{number}"), "one.example").await;
    }
    let people: Vec<String> = (0..PEOPLE).map(|number| format!("person{number}")).collect();
    for name in &people {
        world.add(&world.scope, name, "one.example").await;
        let mut browser = world.signed_in(name).await;
        for number in 0..50 {
            browser.done("PUT", &format!("/contacts/colleague{number}@one.example"), json!({})).await;
        }
        browser.done("DELETE", "/session", Value::Null).await;
    }
    // The first few are not counted: what is there once is there after them. Tables grow by doubling, so that the others
    // are many.
    let (mut sockets, mut held) = (Vec::new(), Vec::new());
    for (whose, each) in [(&people[..4], 1), (&people[4..], 1), (&people[..], 3)] {
        for name in whose.iter().flat_map(|name| std::iter::repeat_n(name, each)) {
            let mut browser = world.signed_in(name).await;
            sockets.push(listening(&mut world, &mut browser).await);
            for socket in &mut sockets {
                taken_in(socket).await;
            }
        }
        held.push((sockets.len(), at_rest(&mut sockets).await));
    }
    let [few, first, further] = held[..] else { unreachable!("three were counted") };
    let each = |before: (usize, i64), after: (usize, i64)| {
        (after.1 - before.1) / i64::try_from(after.0 - before.0).expect("a small number")
    };
    let (first, further) = (each(few, first), each(first, further));
    println!("{first} octets for the first browser of somebody, {further} for each further one");
    assert!((2048..=MOST_OF_FIRST).contains(&first), "{first} octets for the first one");
    assert!((2048..=MOST).contains(&further), "{further} octets for each further one");
}
