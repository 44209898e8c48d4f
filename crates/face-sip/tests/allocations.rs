//! How often, and for how much, a forwarded MESSAGE asks the allocator. A rise is a regression.
//!
//! The server has a thread of its own, and only what is asked there counts: the clients live on another one.
#![expect(unsafe_code, reason = "a counting allocator has no safe form")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use rapport_core::directory::{Card, NewPerson, NewTenant};
use rapport_core::policy::Policy;
use rapport_fabric_local::LocalFabric;
use rapport_face_sip::{Face, Peer, Settings, Transport};
use rapport_model::{Aor, OperatorScope, SipDomain};
use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
use rapport_service::secret::Secrets;
use rapport_service::{Services, Wire};
use rapport_store_mem::MemStore;
use rapport_testkit::client::{Profile, ScriptedClient};
use rapport_testkit::clock::VirtualClock;
use rapport_testkit::driver::Client;
use tokio::io::DuplexStream;
use tokio::sync::{oneshot, watch};

/// Allocations of one forwarded MESSAGE and its 200: what it takes today, and a little.
const MOST_ALLOCATIONS: u64 = 62;
/// Octets of them together.
const MOST_OCTETS: u64 = 14_000;
/// Messages that are counted, after as many that are not.
const MESSAGES: u64 = 200;

const PASSWORD: &str = "lantern harbour 57 sails";

struct Counting;

thread_local! {
    static IS_SERVER: Cell<bool> = const { Cell::new(false) };
}

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static OCTETS: AtomicU64 = AtomicU64::new(0);

fn count(octets: usize) {
    if IS_SERVER.get() {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        OCTETS.fetch_add(octets as u64, Ordering::Relaxed);
    }
}

// SAFETY: every request goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Serves the streams until the clients have gone.
async fn serve(streams: Vec<DuplexStream>, ready: oneshot::Sender<()>) {
    let settings = Settings { server_name: "sip.example.com".to_owned(), ..Settings::default() };
    let hasher = PasswordHasher::new(Cost::TRIVIAL).expect("a cost");
    let secrets = Secrets::new(hasher, ServiceKey::ephemeral().expect("randomness"), 1);
    let (store, clock) = (Arc::new(MemStore::new()), Arc::new(VirtualClock::new(1)));
    let services: Arc<Services<LocalFabric<Wire>>> =
        Arc::new(Services::new(store, LocalFabric::default(), clock, secrets, &settings.server()));
    let operator = OperatorScope::service("test");
    let company = NewTenant {
        name: "example".to_owned(),
        display_name: "Example".to_owned(),
        netbios_name: "EXAMPLE".to_owned(),
        domains: vec![SipDomain::parse("example.com").expect("a domain")],
        policy: Policy { account_password_sign_in: true, ..Policy::default() },
    };
    let scope = operator.within(services.tenants.add(&operator, company).await.expect("a company").id);
    for name in ["ana", "ben"] {
        let person = NewPerson {
            address: Aor::parse(&format!("{name}@example.com")).expect("an address"),
            aliases: Vec::new(),
            sign_in_name: name.to_owned(),
            enabled: true,
            licensed: true,
            card: Card { display_name: name.to_uppercase(), ..Card::default() },
        };
        services.people.add(&scope, person, Some(PASSWORD)).await.expect("a person");
    }
    let (_open, closing) = watch::channel(false);
    let face = Arc::new(Face::new(services, settings, closing).expect("a name"));
    let mut connections = tokio::task::JoinSet::new();
    for stream in streams {
        let face = face.clone();
        let address = SocketAddr::from(([192, 0, 2, 1], 49152));
        let peer = Peer { address, transport: Transport::Tls, channel_binding: None };
        connections.spawn(async move { face.serve(stream, peer).await });
    }
    ready.send(()).expect("the clients wait");
    while connections.join_next().await.is_some() {}
}

#[test]
fn a_forwarded_message_takes_few_allocations() {
    let (ana, for_ana) = tokio::io::duplex(64 * 1024);
    let (ben, for_ben) = tokio::io::duplex(64 * 1024);
    let (tell, ready) = oneshot::channel();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = thread::spawn(move || {
        IS_SERVER.set(true);
        runtime().block_on(serve(vec![for_ana, for_ben], tell));
    });
    let (allocations, octets) = runtime().block_on(async {
        ready.await.expect("a server");
        let client = |stream, name: &str, seed| {
            let profile = Profile::new(&format!("{name}@example.com"), PASSWORD, seed);
            Client::over(stream, ScriptedClient::new(profile))
        };
        let (mut ana, mut ben) = (client(ana, "ana", 1), client(ben, "ben", 2));
        ana.sign_in().await.expect("ana is there");
        ben.sign_in().await.expect("ben is there");
        let mut company = tokio::task::JoinSet::new();
        company.spawn(async move { while ben.next_event().await.is_ok() {} });
        let (invite, conversation) = ana.invite("ben@example.com");
        ana.success(invite).await.expect("ben accepts");
        let text = "x".repeat(400);
        let mut counts = (0, 0);
        // The first round makes what is made once.
        for _ in 0..2 {
            let before = (ALLOCATIONS.load(Ordering::Relaxed), OCTETS.load(Ordering::Relaxed));
            for _ in 0..MESSAGES {
                let message = ana.message(&conversation, &text).expect("the conversation is there");
                ana.success(message).await.expect("ben answers");
            }
            let after = (ALLOCATIONS.load(Ordering::Relaxed), OCTETS.load(Ordering::Relaxed));
            counts = (after.0 - before.0, after.1 - before.1);
        }
        company.abort_all();
        (counts.0.div_ceil(MESSAGES), counts.1.div_ceil(MESSAGES))
    });
    server.join().expect("the server ends with its clients");
    println!("a forwarded MESSAGE: {allocations} allocations of {octets} octets");
    assert!(
        allocations <= MOST_ALLOCATIONS,
        "{allocations} allocations for a MESSAGE; {MOST_ALLOCATIONS} at most"
    );
    assert!(octets <= MOST_OCTETS, "{octets} octets allocated for a MESSAGE; {MOST_OCTETS} at most");
}
