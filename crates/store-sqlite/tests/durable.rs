//! What was acknowledged is on the disk: watched by its system calls, and by killing the process that writes.
//!
//! The writing process is this test program again, started with `CHILD` set; see `the_writing_process`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use rapport_core::directory::Card;
use rapport_core::policy::Policy;
use rapport_core::presence::{
    CategoryName, Facts, Lifetime, Publication, PublicationKey, StaticChange, Value,
};
use rapport_model::{Aor, ContainerId, OperatorScope, Scope, SipDomain, TenantId, Timestamp, UserId};
use rapport_store::contract::{block_on, nothing};
use rapport_store::{NewPerson, NewTenant, Store as _, TenantFields};
use rapport_store_sqlite::SqliteStore;

/// Set to the database's path in the writing process.
const CHILD: &str = "RAPPORT_STORE_CHILD";
/// Set to how many commits each person makes before the process ends by itself.
const ROUNDS: &str = "RAPPORT_STORE_ROUNDS";
/// Publications in one commit.
const BATCH: u32 = 6;

struct Dir(PathBuf);

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Makes a database with one company and some people, and returns its directory, file and scope.
fn prepare(name: &str, people: u32) -> (Dir, PathBuf, Scope) {
    let dir = std::env::temp_dir().join(format!("rapport-durable-{}-{name}", std::process::id()));
    fs::create_dir_all(&dir).expect("a directory");
    let file = dir.join("rapport.db");
    let store = SqliteStore::open(&file).expect("made");
    let fields = TenantFields {
        name: "north".to_owned(),
        display_name: String::new(),
        netbios_name: String::new(),
        enabled: true,
        policy: Policy::default(),
    };
    let domains = vec![SipDomain::parse("north.example").expect("a domain")];
    let operator = OperatorScope::service("test");
    let tenant = block_on(store.add_tenant(&operator, NewTenant { fields, domains })).expect("added");
    let scope = operator.within(tenant.id);
    for n in 0..people {
        let new = NewPerson {
            address: Aor::parse(&format!("p{n}@north.example")).expect("an address"),
            aliases: Vec::new(),
            sign_in_name: format!("p{n}"),
            enabled: true,
            licensed: true,
            card: Card::default(),
        };
        block_on(store.add_person(&scope, new, nothing())).expect("added");
    }
    (Dir(dir), file, scope)
}

/// Every publication of a batch says at which revision it was committed.
fn batch(revision: u64) -> Vec<StaticChange> {
    let put = |instance| {
        let key =
            PublicationKey { category: CategoryName::new("note"), container: ContainerId::TEAM, instance };
        let publication = Publication {
            version: u32::try_from(revision).expect("small"),
            lifetime: Lifetime::Static,
            published: Timestamp(0),
            publisher: None,
            value: Value::Client { xml: revision.to_string().into(), facts: Facts::None },
        };
        StaticChange::Put(key, publication)
    };
    (0..BATCH).map(put).collect()
}

/// Does nothing but in the writing process: there it commits batch after batch and says which ones were answered.
#[test]
fn the_writing_process() {
    let Some(file) = std::env::var_os(CHILD) else { return };
    let rounds: u64 = std::env::var(ROUNDS).ok().and_then(|n| n.parse().ok()).unwrap_or(u64::MAX);
    let store = SqliteStore::open(Path::new(&file)).expect("opened");
    let scope = Scope::service(TenantId(1), "test");
    let people = block_on(store.people(&scope, None, 100)).expect("people");
    thread::scope(|threads| {
        for person in &people {
            threads.spawn(|| {
                let first = block_on(store.presence_revision(&scope, person.id)).expect("a revision");
                for revision in first..first.saturating_add(rounds) {
                    let (next, user) = (revision + 1, person.id.user);
                    block_on(store.commit_presence(&scope, person.id, revision, next, &batch(next)))
                        .expect("a commit");
                    // In one write, so that a kill leaves whole lines but perhaps the last.
                    let line = format!("acknowledged {user} {next}\n");
                    let mut out = std::io::stdout().lock();
                    out.write_all(line.as_bytes()).and_then(|()| out.flush()).expect("the parent reads");
                }
            });
        }
    });
}

fn child(command: &mut Command, file: &Path, rounds: Option<u64>) -> std::process::Child {
    command.args(["--exact", "the_writing_process", "--nocapture", "--test-threads=1"]);
    command.env(CHILD, file).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some(rounds) = rounds {
        command.env(ROUNDS, rounds.to_string());
    }
    command.spawn().expect("the writing process starts; strace is in Debian's package of that name")
}

fn acknowledged(line: &str) -> Option<(u32, u64)> {
    // The test harness may have written the beginning of the line.
    let (_, rest) = line.split_once("acknowledged ")?;
    let (user, revision) = rest.trim_end_matches('\n').split_once(' ')?;
    Some((user.parse().ok()?, revision.parse().ok()?))
}

/// One call in the trace of `strace -f -y`, joined when it was interrupted.
fn calls(trace: &str) -> Vec<String> {
    let mut unfinished = BTreeMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if let Some(begun) = call.strip_suffix("<unfinished ...>") {
            unfinished.insert(thread, begun);
        } else if let Some((_, ended)) =
            call.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>"))
        {
            calls.push(format!("{}{ended}", unfinished.remove(thread).unwrap_or_default()));
        } else {
            calls.push(call.to_owned());
        }
    }
    calls
}

#[test]
fn the_log_is_synced_before_a_change_is_answered() {
    const COMMITS: u64 = 5;
    let (dir, file, _) = prepare("strace", 1);
    let trace = dir.0.join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "64", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o"]).arg(&trace);
    command.arg(std::env::current_exe().expect("this program"));
    let output = child(&mut command, &file, Some(COMMITS)).wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", output.status);
    let trace = fs::read_to_string(trace).expect("the trace");
    let mut written = false;
    let mut synced = false;
    let mut answered = 0;
    for call in calls(&trace) {
        let on_log = call.contains("rapport.db-wal>");
        if call.starts_with("pwrite64(") && on_log {
            // What is written behind a sync is not covered by it.
            (written, synced) = (true, false);
        } else if (call.starts_with("fsync(") || call.starts_with("fdatasync(")) && on_log {
            assert!(call.ends_with("= 0"), "{call}");
            synced = true;
        } else if call.starts_with("write(1") && call.contains("acknowledged ") {
            assert!(written && synced, "answered before the sync:\n{trace}");
            (written, synced) = (false, false);
            answered += 1;
        }
    }
    assert_eq!(answered, COMMITS, "{trace}");
}

#[test]
fn a_killed_process_loses_nothing_acknowledged_and_leaves_no_part_of_a_batch() {
    let (_dir, file, scope) = prepare("kill", 3);
    let mut random = u64::from(std::process::id()) | 1;
    let seed = random;
    let mut last: BTreeMap<u32, u64> = BTreeMap::new();
    for round in 0..20 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut child = child(&mut Command::new(std::env::current_exe().expect("this program")), &file, None);
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        let mut wait = 1 + random % 40;
        while wait > 0 {
            line.clear();
            assert!(lines.read_line(&mut line).expect("a line") > 0, "the writing process ended by itself");
            if let Some((user, revision)) = acknowledged(&line) {
                last.insert(user, revision);
                wait -= 1;
            }
        }
        // Somewhere between two answers.
        for _ in 0..random % 100_000 {
            std::hint::spin_loop();
        }
        child.kill().expect("killed");
        child.wait().expect("it ended");
        // What it said before it died counts too, but for a line that it did not end.
        line.clear();
        while lines.read_line(&mut line).unwrap_or(0) > 0 {
            if line.ends_with('\n')
                && let Some((user, revision)) = acknowledged(&line)
            {
                last.insert(user, revision);
            }
            line.clear();
        }
        let store = SqliteStore::open(&file).expect("opened after the kill");
        for (user, revision) in &mut last {
            let case = format!("seed {seed}, round {round}, user {user}, acknowledged {revision}");
            let id = UserId { tenant: scope.tenant, user: *user };
            let found = block_on(store.presence(&scope, id)).expect("presence");
            let ahead = found.static_revision.checked_sub(*revision);
            assert!(matches!(ahead, Some(0 | 1)), "{case}: found {}", found.static_revision);
            assert_eq!(found.publications.len(), BATCH as usize, "{case}");
            for publication in found.publications.values() {
                assert_eq!(u64::from(publication.version), found.static_revision, "{case}: part of a batch");
            }
            // The next process goes on from what was committed last, be it answered or not.
            *revision = found.static_revision;
        }
    }
    assert_eq!(last.len(), 3, "every person had a commit answered");
}
