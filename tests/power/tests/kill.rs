//! kill -9 at random moments while people change what they keep: nothing acknowledged is missing afterwards, and nothing
//! is there by half.
//!
//! A kill loses nothing that the system has taken, written to the disk or not. What a real loss of power does to the
//! log is in `crates/store-sqlite/tests/damage.rs`, that a change is synced before it is answered in `durable.rs` beside
//! it.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rapport_power::joining::Joining;
use rapport_power::kept::Kind;
use rapport_power::password::Password;
use rapport_power::person::{Busy, read};
use rapport_power::{below, seed, setup, signed_in};
use rapport_testkit::chance::Chance;
use rapport_testkit::driver::DriverError;
use real_clients::Server;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

const PEOPLE: [&str; 3] = ["ann", "ben", "cay"];
/// Whose password is changed over and over.
const GUARDED: &str = "dan";
/// Kills of an ordinary run; `RAPPORT_KILLS` says otherwise.
const KILLS: u64 = 15;

/// How many changes were acknowledged to anybody since the server was started.
#[derive(Default)]
struct Acknowledged(AtomicU64, Notify);

impl Acknowledged {
    fn one(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.notify_waiters();
    }

    async fn reaches(&self, count: u64) {
        loop {
            let changed = self.1.notified();
            if self.0.load(Ordering::SeqCst) >= count {
                return;
            }
            changed.await;
        }
    }
}

async fn be_busy(server: &Server, n: usize, busy: &mut Busy, acknowledged: &Acknowledged) {
    let mut client = signed_in(server, PEOPLE[n], n as u64).await.expect("sign-in after a start");
    let found = read(&mut client).await.expect("everything can be read");
    if let Err(wrong) = busy.compare(&found) {
        panic!("{}: {wrong}\nthe server logged:\n{}", PEOPLE[n], server.logged());
    }
    loop {
        match busy.change(&mut client).await {
            Ok(()) => acknowledged.one(),
            Err(DriverError::Closed(_) | DriverError::Io { .. }) => return,
            Err(error) => panic!("{}: {:?} failed: {error}", PEOPLE[n], busy.flying),
        }
    }
}

fn kill(process: u32) -> bool {
    let status = Command::new("kill").args(["-9", &process.to_string()]).status();
    status.is_ok_and(|status| status.success())
}

/// Kills the server when something has gone wrong: whoever changes passwords ends with it.
struct KillInTheEnd(u32);

impl Drop for KillInTheEnd {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = kill(self.0);
        }
    }
}

#[test]
fn what_was_acknowledged_outlives_every_kill_and_nothing_half_done_does() {
    let kills = std::env::var("RAPPORT_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    let seed = seed();
    let chance = Chance::new(seed);
    let runtime = Runtime::new().expect("a runtime");
    let mut server = Server::with(setup());
    server.add_company("example", "example.com");
    for name in PEOPLE.iter().chain(&[GUARDED]) {
        server.add_user("example", name, "example.com");
    }
    let mut people: Vec<Busy> = (0..3).map(|_| Busy::new(chance.next())).collect();
    for (name, busy) in PEOPLE.iter().zip(&mut people) {
        let mut client = runtime.block_on(signed_in(&server, name, 9)).expect("the first sign-in");
        (busy.kept, busy.versions) = runtime.block_on(read(&mut client)).expect("what a new person has");
    }
    let (mut password, mut joining) = (Password::of(GUARDED), Joining::default());
    let (mut changes, mut undone, mut whole) = (0, 0, 0);
    for round in 0..kills {
        let acknowledged = Acknowledged::default();
        let process = server.process().expect("it runs");
        let after = 1 + below(&chance, 60);
        let pause = Duration::from_micros(below(&chance, 4000));
        for compared in [
            runtime.block_on(password.compare(&server, round)),
            runtime.block_on(joining.compare(&server, round)),
        ] {
            compared.unwrap_or_else(|wrong| {
                panic!("round {round}: {wrong}\nthe server logged:\n{}", server.logged())
            });
        }
        std::thread::scope(|threads| {
            threads.spawn(|| {
                while password.change(&server).is_ok() {
                    acknowledged.one();
                    if joining.add(&server).is_err() {
                        break;
                    }
                    acknowledged.one();
                }
            });
            let _guard = KillInTheEnd(process);
            runtime.block_on(async {
                let [ann, ben, cay] = &mut people[..] else { unreachable!("there are three") };
                let (server, acknowledged) = (&server, &acknowledged);
                tokio::join!(
                    be_busy(server, 0, ann, acknowledged),
                    be_busy(server, 1, ben, acknowledged),
                    be_busy(server, 2, cay, acknowledged),
                    async {
                        acknowledged.reaches(after).await;
                        tokio::time::sleep(pause).await;
                        assert!(kill(process), "the server could not be killed");
                    },
                );
            });
        });
        changes += acknowledged.0.load(Ordering::SeqCst);
        let flying: Vec<_> = people.iter().map(|busy| busy.flying.is_some()).collect();
        server.kill();
        server.restart();
        let before: Vec<_> = people.iter().map(|busy| busy.versions.clone()).collect();
        for (n, busy) in people.iter_mut().enumerate() {
            let found = runtime.block_on(async {
                let mut client = signed_in(&server, PEOPLE[n], 100 + round).await?;
                read(&mut client).await
            });
            let found = found.unwrap_or_else(|e| panic!("round {round}: {e}\n{}", server.logged()));
            if let Err(wrong) = busy.compare(&found) {
                panic!("round {round}, {}: {wrong}\nthe server logged:\n{}", PEOPLE[n], server.logged());
            }
            match (flying[n], busy.versions == before[n]) {
                (true, true) => undone += 1,
                (true, false) => whole += 1,
                (false, _) => {}
            }
        }
    }
    runtime.block_on(password.compare(&server, kills)).expect("the last password");
    runtime.block_on(joining.compare(&server, kills)).expect("the last new person");
    let mut kinds: BTreeMap<Kind, u64> = BTreeMap::new();
    for (kind, count) in people.iter().flat_map(|busy| &busy.acknowledged) {
        *kinds.entry(*kind).or_default() += count;
    }
    let joined = joining.acknowledged;
    let passwords = changes - joined - kinds.values().sum::<u64>();
    println!(
        "{kills} kills, {changes} changes acknowledged, {undone} in flight undone, {whole} in flight whole\n\
         {passwords} passwords, {joined} people, {kinds:?}"
    );
    assert!(changes >= kills, "there was something to lose");
    if kills >= KILLS {
        assert!(passwords > 0 && joined > 0, "{passwords} passwords were changed and {joined} people added");
        assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), Kind::ALL, "every kind of change was made");
    }
}
