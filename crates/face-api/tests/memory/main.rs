//! What an idle browser costs: its agent, its socket, what it watches. What is allocated is counted; TLS, the kernel and
//! what the allocator rounds up are measured by `rapport-load browsers`.

#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![expect(unsafe_code, reason = "a counting allocator has no safe form")]

#[path = "../web/world.rs"]
#[expect(dead_code, reason = "it has more in it than is needed here")]
mod world;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rapport_core::directory::TenantPatch;
use rapport_core::policy::Policy;
use rapport_model::Limits;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::timeout;

use world::{Browser, HOST, World};

/// Octets of one browser more, of somebody with fifty contacts, without TLS.
const MOST: i64 = 40 * 1024;
/// Octets in which the pipe that stands for the network holds what was last said, in both directions.
const PIPE: usize = 1024;

struct Counting;

static HELD: AtomicI64 = AtomicI64::new(0);

fn count(octets: usize, sign: i64) {
    HELD.fetch_add(i64::try_from(octets).unwrap_or(i64::MAX) * sign, Ordering::Relaxed);
}

// SAFETY: every request goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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
    HELD.load(Ordering::Relaxed)
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
    let people = ["kim", "lee", "ana"];
    let mut sockets = Vec::new();
    for name in people {
        let mut browser = world.signed_in(name).await;
        for number in 0..50 {
            let path = format!("/contacts/colleague{number}@one.example");
            browser.done("PUT", &path, json!({})).await;
        }
        sockets.push(listening(&mut world, &mut browser).await);
    }
    let mut held = Vec::new();
    // Tables grow by doubling: what one more costs is seen over many, after the first few.
    for browsers in [12, 48] {
        while sockets.len() < browsers {
            let mut browser = world.signed_in(people[sockets.len() % people.len()]).await;
            sockets.push(listening(&mut world, &mut browser).await);
            for socket in &mut sockets {
                taken_in(socket).await;
            }
        }
        held.push((browsers, at_rest(&mut sockets).await));
    }
    let [(few, before), (many, after)] = held[..] else { unreachable!("two were counted") };
    let each = (after - before) / i64::try_from(many - few).expect("a small number");
    assert!((2048..=MOST).contains(&each), "{each} octets for each");
}
