//! A disk without room: changes are refused with the reason, everything else goes on, and changes work again by
//! themselves once there is room.

use std::fs;

use rapport_power::disk::{SmallDisk, bound_files};
use rapport_power::joining::Joining;
use rapport_power::kept::{Change, Kind};
use rapport_power::observe::{get, metric, until};
use rapport_power::password::Password;
use rapport_power::person::{Busy, read};
use rapport_power::{setup, signed_in};
use rapport_sip::{Method, Response};
use rapport_testkit::client::bodies::Batch;
use rapport_testkit::driver::{Client, DriverError};
use real_clients::Server;
use real_clients::server::Setup;
use tokio::runtime::Runtime;

const PEOPLE: [&str; 4] = ["ann", "ben", "cay", GUARDED];
/// Whose password is changed.
const GUARDED: &str = "dan";
/// What is said of a full disk to people, and to whoever manages.
const FULL: Reason = Reason {
    to_people: "nothing can be changed until your administrator makes room",
    to_managers: ["make room on it", "work again by themselves"],
};
/// And of one that takes nothing for another reason.
const UNWRITABLE: Reason = Reason {
    to_people: "can not keep changes at the moment: please tell your administrator",
    to_managers: ["can't be written", "quota"],
};

/// What has to be said of a refusal.
struct Reason {
    to_people: &'static str,
    to_managers: [&'static str; 2],
}

impl Reason {
    fn is_told(&self, said: &str) {
        assert!(self.to_managers.iter().all(|part| said.contains(part)), "{said}");
    }
}

fn with_people(setup: Setup) -> Server {
    let server = Server::with(setup);
    server.add_company("example", "example.com");
    for name in PEOPLE {
        server.add_user("example", name, "example.com");
    }
    server
}

/// Which change was refused, and how.
#[derive(Debug)]
struct Refusal {
    change: Option<Change>,
    status: u16,
    diagnostics: String,
}

impl Refusal {
    fn is_for(&self, reason: &Reason) {
        let Self { change, status, diagnostics } = self;
        assert!(*status == 503 && diagnostics.contains(reason.to_people), "{change:?}: {self:?}");
    }
}

/// Changes the note, or what else is wanted, until that is refused. A small change may still find room in which a larger
/// one did not fit: what is acknowledged counts.
async fn until_refused(ann: &mut Client, busy: &mut Busy, kind: Option<Kind>) -> Refusal {
    for count in 0..2000 {
        let changed = match kind {
            Some(kind) => busy.change_of(kind, ann).await,
            None => {
                let note = Change::Note(format!("{count} {}", "long ".repeat(200)));
                busy.make(ann, note).await.map(|()| true)
            }
        };
        match changed {
            Ok(changed) => assert!(changed, "no {kind:?} is left to be refused"),
            Err(DriverError::Refused { status, diagnostics, .. }) => {
                return Refusal { change: busy.flying.take(), status, diagnostics };
            }
            Err(error) => panic!("{:?}: {error}", busy.flying),
        }
    }
    panic!("no {kind:?} was refused");
}

/// Presence and messages go on, and so does signing in.
async fn goes_on(server: &Server, ann: &mut Client, ben: &mut Client) {
    let (watch, _) = ben.subscribe_presence(["ann@example.com"]);
    ben.success(watch).await.expect("presence is watched");
    let epid = ann.profile().epid.clone();
    let uri = ann.profile().uri();
    ben.forget();
    let state = ann.publish(Batch::new(&uri).with_machine_state(&epid, 6500, 0).finish());
    ann.success(state).await.expect("a state that lives as long as the endpoint needs no disk");
    ben.request(Method::Benotify, |request| String::from_utf8_lossy(&request.body).contains("6500"))
        .await
        .expect("ben is told");
    let (invite, conversation) = ann.invite("ben@example.com");
    while_ben_listens(ben, ann.success(invite)).await;
    let message = ann.message(&conversation, "hello").expect("the conversation is there");
    while_ben_listens(ben, ann.success(message)).await;
    let mut cay = signed_in(server, "cay", 33).await.expect("signing in goes on");
    cay.first_subscriptions().await.expect("so does reading");
}

/// Ben's client answers only while something is awaited of it.
async fn while_ben_listens(ben: &mut Client, answered: impl Future<Output = Result<Response, DriverError>>) {
    tokio::select! {
        answered = answered => { answered.expect("ben answers"); }
        event = ben.expect("nothing", |_| false) => panic!("{:?}", event.err()),
    }
}

struct Scene {
    server: Server,
    runtime: Runtime,
    ann: Client,
    ben: Client,
    busy: Busy,
    password: Password,
    joining: Joining,
}

impl Scene {
    fn new(server: Server) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (ann, ben, busy) = runtime.block_on(async {
            let mut ann = signed_in(&server, "ann", 1).await.expect("ann signs in");
            let ben = signed_in(&server, "ben", 2).await.expect("ben signs in");
            let mut busy = Busy::new(1);
            (busy.kept, busy.versions) = read(&mut ann).await.expect("what ann has");
            // Enough that there is something to rename, to move and to remove, before and after.
            for (kind, count) in [(Kind::AddGroup, 6), (Kind::AddContact, 12), (Kind::AddMember, 12)] {
                for _ in 0..count {
                    assert!(busy.change_of(kind, &mut ann).await.expect("there is room"), "{kind:?}");
                }
            }
            (ann, ben, busy)
        });
        Self { server, runtime, ann, ben, busy, password: Password::of(GUARDED), joining: Joining::default() }
    }

    /// The note is changed until that is refused.
    fn refused(&mut self) -> Refusal {
        self.runtime.block_on(until_refused(&mut self.ann, &mut self.busy, None))
    }

    /// Every kind of change is refused with the reason.
    fn refuses_everything(&mut self, reason: &Reason) {
        self.refused().is_for(reason);
        for kind in Kind::ALL {
            let refusal = until_refused(&mut self.ann, &mut self.busy, Some(kind));
            self.runtime.block_on(refusal).is_for(reason);
        }
        reason.is_told(&self.management().expect_err("management is refused too"));
        let said = (0..100).find_map(|_| self.password.change(&self.server).err());
        self.password.refused();
        reason.is_told(&said.expect("so are passwords"));
        let said = (0..100).find_map(|_| self.joining.add(&self.server).err());
        self.joining.refused();
        reason.is_told(&said.expect("so are new people"));
    }

    fn management(&self) -> Result<serde_json::Value, String> {
        self.server.try_manage(&["user", "set", "example", "ben@example.com", "--title", "Captain"], "")
    }

    /// What was acknowledged is there, and nothing else, for a client that signs in now.
    fn compare(&mut self) {
        let found = self.runtime.block_on(async {
            let mut client = signed_in(&self.server, "ann", 44).await?;
            read(&mut client).await
        });
        self.busy.compare(&found.expect("read")).unwrap_or_else(|wrong| panic!("{wrong}"));
        let right = self.runtime.block_on(self.password.compare(&self.server, 55));
        right.unwrap_or_else(|wrong| panic!("{wrong}"));
        let whole = self.runtime.block_on(self.joining.compare(&self.server, 55));
        whole.unwrap_or_else(|wrong| panic!("{wrong}"));
    }

    fn recovers(&mut self) {
        until("the server is ready again by itself", || {
            get(&self.server, "/readyz") == (200, "ready\n".to_owned())
        });
        assert!(metric(&self.server, "rapport_store_refuses_changes") < 0.5);
        self.management().expect("management works again");
        self.compare();
        for kind in Kind::ALL {
            let changed = self.runtime.block_on(self.busy.change_of(kind, &mut self.ann));
            assert!(changed.expect("changes work again"), "{kind:?}");
        }
        self.password.change(&self.server).expect("passwords too");
        self.joining.add(&self.server).expect("and new people");
        self.compare();
        self.server.kill();
        self.server.restart();
        self.compare();
    }
}

#[test]
fn a_full_disk_refuses_changes_alone_and_they_work_again_when_there_is_room() {
    // `cargo xtask test` leaves this test out where it can't be, and says so.
    let disk = SmallDisk::mount(8).expect("this account may mount a file system");
    let setup = Setup { data: Some(disk.path().join("data")), log: Some(disk.path().join("log")), ..setup() };
    let mut scene = Scene::new(with_people(setup));
    disk.fill();
    scene.refuses_everything(&FULL);
    assert!(metric(&scene.server, "rapport_store_refuses_changes") > 0.5);
    let (status, body) = get(&scene.server, "/readyz");
    assert_eq!(status, 200, "a server that goes on with presence and messages stays in service");
    assert!(body.starts_with("ready, but changes are refused: the disk of the store is full"), "{body}");

    let log_before = scene.server.logged().len();
    for _ in 0..50 {
        scene.refused();
    }
    assert!(metric(&scene.server, "rapport_store_changes_refused_total") >= 50.0);
    assert_eq!(
        scene.server.logged().len(),
        log_before,
        "refusals do not fill the log: {}",
        scene.server.logged()
    );
    let Scene { server, runtime, ann, ben, .. } = &mut scene;
    runtime.block_on(goes_on(server, ann, ben));
    scene.compare();

    disk.free();
    scene.recovers();
}

#[test]
fn files_that_may_not_grow_refuse_changes_alone_and_they_work_again_when_they_may() {
    let mut scene = Scene::new(with_people(setup()));
    let process = scene.server.process().expect("it runs");
    let log = fs::metadata(scene.server.data().join("rapport.db-wal")).expect("the log").len();
    // What a quota or a limit of the service manager does: not an answer of the disk's, but of the system's.
    bound_files(process, Some(log + 16 * 1024));
    scene.refuses_everything(&UNWRITABLE);
    let (status, body) = get(&scene.server, "/readyz");
    assert!(status == 200 && body.starts_with("ready, but changes are refused: "), "{body}");
    let Scene { server, runtime, ann, ben, .. } = &mut scene;
    runtime.block_on(goes_on(server, ann, ben));
    let refused = scene.server.logged().matches("changes are refused").count();
    assert_eq!(refused, 1, "{}", scene.server.logged());
    scene.compare();
    bound_files(process, None);
    scene.recovers();
}

#[test]
fn a_log_that_takes_no_line_costs_nobody_anything() {
    let server = with_people(Setup { log: Some("/dev/full".into()), ..setup() });
    let mut scene = Scene::new(server);
    let Scene { server, runtime, ann, ben, .. } = &mut scene;
    runtime.block_on(goes_on(server, ann, ben));
    scene.management().expect("management goes on");
    assert!(metric(&scene.server, "rapport_log_lines_lost_total") >= 1.0);
    for panics in
        ["rapport_connection_panics_total", "rapport_http_panics_total", "rapport_edge_panics_total"]
    {
        assert!(metric(&scene.server, panics) < 0.5, "{panics}");
    }
}
