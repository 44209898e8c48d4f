//! What people said is in both of their histories, once, sealed; and nowhere else.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::borrow::Cow;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rapport_core::directory::{Card, NewPerson, NewTenant, PersonRef, TenantPatch};
use rapport_core::policy::Policy;
use rapport_core::refusal::Refusal;
use rapport_fabric_local::LocalFabric;
use rapport_face_sip::{Face, Peer, Settings, Transport};
use rapport_model::{Aor, OperatorScope, Scope, SipDomain, Timestamp, UserId};
use rapport_secrets::{Cost, KeyFile, PasswordHasher, ServiceKey};
use rapport_service::history::{Content, Direction, Entry, OCTETS, SEARCHED, Unsent};
use rapport_service::keys::Progress;
use rapport_service::router::Saying;
use rapport_service::secret::Secrets;
use rapport_service::{Error, Services, Wire};
use rapport_sip::{HeaderName, Method, Request, StatusCode};
use rapport_store::{HistoryRange, Store};
use rapport_store_mem::MemStore;
use rapport_store_sqlite::SqliteStore;
use rapport_testkit::client::{Invitations, Profile, ScriptedClient};
use rapport_testkit::clock::VirtualClock;
use rapport_testkit::counted::Counted;
use rapport_testkit::driver::Client;
use tokio::sync::watch;
use tokio::task::JoinSet;

type Program = Client<tokio::io::DuplexStream>;

const PASSWORD: &str = "quinoa-Harbour-7142";

fn operator() -> OperatorScope {
    OperatorScope::operator(
        "root".into(),
        rapport_model::Source::Machine { uid: 0, pid: None },
        "test",
        rapport_model::TraceId(0),
    )
}

/// A server with two companies, of one of which Kim and Lee are.
struct World {
    directory: PathBuf,
    store: Arc<dyn Store>,
    services: Arc<Services<LocalFabric<Wire>>>,
    clock: Arc<VirtualClock>,
    tasks: JoinSet<()>,
    scope: Scope,
    kim: UserId,
    lee: UserId,
    other_scope: Scope,
    max: UserId,
}

impl World {
    async fn new(on_disk: bool) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rapport-history-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        let file = directory.join("service.key");
        let keys = ServiceKey::load_or_create(&file, Timestamp(0)).unwrap();
        let store: Arc<dyn Store> = if on_disk {
            Arc::new(SqliteStore::open(&directory.join("rapport.db")).unwrap())
        } else {
            Arc::new(MemStore::new())
        };
        let clock = Arc::new(VirtualClock::new(1));
        let secrets = Secrets::new(PasswordHasher::new(Cost::TRIVIAL).unwrap(), keys, 4);
        let server = "sip.example.com:5061";
        let services = Services::new(store.clone(), LocalFabric::default(), clock.clone(), secrets, server)
            .with_key_file(KeyFile::new(&file), Arc::new(|_: &ServiceKey| Ok(())));
        let services = Arc::new(services);
        let mut tasks = JoinSet::new();
        let running = services.clone();
        tasks.spawn(async move { running.run().await });
        let scope = company(&services, "north").await;
        let other_scope = company(&services, "south").await;
        let kim = person(&services, &scope, "kim@north.example").await;
        let lee = person(&services, &scope, "lee@north.example").await;
        let max = person(&services, &other_scope, "max@south.example").await;
        Self { directory, store, services, clock, tasks, scope, kim, lee, other_scope, max }
    }

    async fn program(&mut self, name: &str, seed: u64, invitations: Invitations) -> Program {
        let (near, far) = tokio::io::duplex(1 << 20);
        let (closing, closed) = watch::channel(false);
        let settings = Settings { server_name: "sip.example.com".to_owned(), ..Settings::default() };
        let face = Face::new(self.services.clone(), settings, closed).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000));
        self.tasks.spawn(async move {
            let _closing = closing;
            face.serve(far, Peer { address, transport: Transport::Tls, channel_binding: None }).await;
        });
        let mut profile =
            Profile::new(&format!("{name}@north.example"), PASSWORD, seed).at(self.services.clock().wall());
        profile.invitations = invitations;
        let mut client = Client::over(near, ScriptedClient::new(profile));
        client.sign_in().await.unwrap();
        client
    }

    async fn history(&self, user: UserId) -> Vec<Entry> {
        let page = self.services.history.page(&self.scope, user, None, None, 100).await.unwrap();
        assert_eq!(page.next, None);
        page.entries
    }

    async fn set_days(&self, days: u32) {
        let policy = Policy { history_days: days, account_password_sign_in: true, ..Policy::default() };
        let patch = TenantPatch { policy: Some(policy), ..TenantPatch::default() };
        self.services.tenants.set(&self.scope, patch).await.unwrap();
    }

    /// Kim says this to Lee in a new conversation.
    async fn say(&mut self, texts: &[&str]) {
        let mut kim = self.program("kim", 1, Invitations::Accept).await;
        let mut lee = self.program("lee", 2, Invitations::Accept).await;
        let (invite, talk) = kim.invite("lee@north.example");
        let heard = async {
            for _ in texts {
                lee.expect("a message", is_message).await.unwrap();
            }
            lee
        };
        let said = async {
            kim.success(invite).await.unwrap();
            for text in texts {
                let message = kim.message(&talk, text).unwrap();
                kim.success(message).await.unwrap();
            }
            kim
        };
        let _ = tokio::join!(said, async {
            let mut lee = heard.await;
            lee.flush().await.unwrap();
            lee
        });
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn is_message(event: &rapport_testkit::client::Event) -> bool {
    event.as_request().is_some_and(|request| request.method == Method::Message)
}

async fn company(services: &Services<LocalFabric<Wire>>, name: &str) -> Scope {
    let new = NewTenant {
        name: name.to_owned(),
        display_name: name.to_owned(),
        netbios_name: name.to_uppercase(),
        domains: vec![SipDomain::parse(&format!("{name}.example")).unwrap()],
        policy: Policy { account_password_sign_in: true, ..Policy::default() },
    };
    operator().within(services.tenants.add(&operator(), new).await.unwrap().id)
}

async fn person(services: &Services<LocalFabric<Wire>>, scope: &Scope, address: &str) -> UserId {
    let new = NewPerson {
        address: Aor::parse(address).unwrap(),
        aliases: Vec::new(),
        sign_in_name: address.split('@').next().unwrap().to_owned(),
        enabled: true,
        licensed: true,
        card: Card { display_name: address.to_owned(), ..Card::default() },
    };
    services.people.add(scope, new, Some(PASSWORD)).await.unwrap().id
}

/// What was said, the latest first: `> text` for what the person said, `! text` for what failed, `< text` for what came.
fn told(entries: &[Entry]) -> Vec<String> {
    let line = |entry: &Entry| {
        let mark = match (entry.content.direction, entry.content.failed) {
            (Direction::Sent, None) => '>',
            (Direction::Sent, Some(_)) => '!',
            (Direction::Received, _) => '<',
        };
        format!("{mark} {}", words(&entry.content))
    };
    entries.iter().map(line).collect()
}

fn words(content: &Content) -> Cow<'_, str> {
    String::from_utf8_lossy(&content.body)
}

#[tokio::test(start_paused = true)]
async fn what_two_people_say_is_in_both_histories_once_however_many_programs_they_have() {
    let mut world = World::new(false).await;
    let mut kim = world.program("kim", 1, Invitations::Accept).await;
    let mut desk = world.program("lee", 2, Invitations::Leave).await;
    let mut phone = world.program("lee", 3, Invitations::Leave).await;
    // The first message is in the invitation, which rings at both of Lee's programs; one of them shows it.
    let (invite, talk) = kim.invite_saying("lee@north.example", "Good morning");
    kim.flush().await.unwrap();
    let is_invite = |event: &rapport_testkit::client::Event| {
        event.as_request().is_some_and(|request| request.method == Method::Invite)
    };
    let rings = desk.expect("an invitation", is_invite).await.unwrap();
    phone.expect("an invitation", is_invite).await.unwrap();
    desk.accept_reading(rings.as_request().unwrap());
    desk.flush().await.unwrap();
    kim.success(invite).await.unwrap();
    let message = kim.message(&talk, "Is the mast ready?").unwrap();
    kim.flush().await.unwrap();
    desk.expect("a message", is_message).await.unwrap();
    desk.flush().await.unwrap();
    kim.success(message).await.unwrap();
    let answer = desk.message(&talk, "By noon.").unwrap();
    desk.flush().await.unwrap();
    kim.expect("a message", is_message).await.unwrap();
    kim.flush().await.unwrap();
    desk.success(answer).await.unwrap();
    // Typing is nothing said.
    let typing = kim.typing(&talk, true).unwrap();
    kim.flush().await.unwrap();
    let is_info = |event: &rapport_testkit::client::Event| {
        event.as_request().is_some_and(|request| request.method == Method::Info)
    };
    desk.expect("typing", is_info).await.unwrap();
    desk.flush().await.unwrap();
    kim.success(typing).await.unwrap();
    let of_kim = world.history(world.kim).await;
    assert_eq!(told(&of_kim), ["< By noon.", "> Is the mast ready?", "> Good morning"]);
    let of_lee = world.history(world.lee).await;
    assert_eq!(told(&of_lee), ["> By noon.", "< Is the mast ready?", "< Good morning"]);
    assert!(of_kim.iter().all(|entry| entry.peer == PersonRef::Person(world.lee)));
    assert!(of_lee.iter().all(|entry| entry.content.address == "kim@north.example"));
    assert!(of_kim.iter().all(|entry| entry.content.content_type.starts_with("text/plain; charset=UTF-8")));
    let (peers, next) = world.services.history.peers(&world.scope, world.kim, None, 9).await.unwrap();
    assert_eq!((peers.len(), peers[0].count, next), (1, 3, None));
    assert_eq!((peers[0].first, peers[0].last.at), (of_kim[2].at, of_kim[0].at));
    // It is one message by whoever it is read.
    let ids = |entries: &[Entry]| entries.iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(ids(&of_kim), ids(&of_lee));
    assert_eq!(told(&[peers[0].last.clone()]), ["< By noon."]);
    // Nobody else has it, by whatever name.
    let history = &world.services.history;
    let others = history.page(&world.other_scope, world.max, None, None, 9).await.unwrap();
    assert_eq!(others.entries, []);
    for (scope, user) in [(&world.other_scope, world.kim), (&world.scope, world.max)] {
        assert!(history.page(scope, user, None, None, 9).await.is_err());
        assert!(history.delete(scope, user, HistoryRange::All).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_message_that_is_said_again_in_the_conversation_is_there_once() {
    let mut world = World::new(false).await;
    let mut kim = world.program("kim", 1, Invitations::Accept).await;
    let mut lee = world.program("lee", 2, Invitations::Leave).await;
    let (invite, talk) = kim.invite_saying("lee@north.example", "Good morning");
    kim.flush().await.unwrap();
    let rings = lee.expect("an invitation", |event| event.as_request().is_some()).await.unwrap();
    lee.accept(rings.as_request().unwrap());
    lee.flush().await.unwrap();
    kim.success(invite).await.unwrap();
    // Lee's program doesn't say that it has shown it.
    let message = kim.message(&talk, "Good morning").unwrap();
    kim.flush().await.unwrap();
    lee.expect("a message", is_message).await.unwrap();
    lee.flush().await.unwrap();
    kim.success(message).await.unwrap();
    assert_eq!(told(&world.history(world.kim).await), ["> Good morning"]);
    assert_eq!(told(&world.history(world.lee).await), ["< Good morning"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_delivered_is_in_its_senders_history_alone() {
    let mut world = World::new(false).await;
    let mut kim = world.program("kim", 1, Invitations::Accept).await;
    // Lee isn't there; then Lee doesn't want to.
    let (invite, _) = kim.invite_saying("lee@north.example", "Are you there?");
    assert_eq!(kim.answer(invite).await.unwrap().status, StatusCode::TEMPORARILY_UNAVAILABLE);
    let lee = world.program("lee", 2, Invitations::Decline(StatusCode::DECLINE)).await;
    let mut answering = JoinSet::new();
    answering.spawn(async move {
        let mut lee = lee;
        while lee.next_event().await.is_ok() {
            lee.flush().await.unwrap();
        }
    });
    let (invite, _) = kim.invite_saying("lee@north.example", "And now?");
    assert_eq!(kim.answer(invite).await.unwrap().status, StatusCode::DECLINE);
    // Nobody has this address.
    let (invite, _) = kim.invite_saying("nobody@north.example", "Who are you?");
    assert_eq!(kim.answer(invite).await.unwrap().status, StatusCode::NOT_FOUND);
    answering.shutdown().await;
    let of_kim = world.history(world.kim).await;
    assert_eq!(told(&of_kim), ["! Who are you?", "! And now?", "! Are you there?"]);
    let statuses: Vec<_> = of_kim.iter().map(|entry| entry.content.failed).collect();
    assert_eq!(statuses, [Some(404), Some(603), Some(480)]);
    assert_eq!(of_kim[0].peer, PersonRef::Address(Aor::parse("nobody@north.example").unwrap()));
    assert_eq!(of_kim[2].peer, PersonRef::Person(world.lee));
    assert_eq!(told(&world.history(world.lee).await), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_company_that_keeps_none_has_none_and_old_ones_go() {
    let mut world = World::new(false).await;
    world.say(&["kept"]).await;
    world.services.history.settle().await;
    world.set_days(0).await;
    world.say(&["not kept"]).await;
    world.services.history.settle().await;
    let refused = world.services.history.page(&world.scope, world.kim, None, None, 9).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::HistoryOff))), "{refused:?}");
    world.set_days(2).await;
    assert_eq!(told(&world.history(world.kim).await), ["> kept"]);
    // What is too old is not shown, and goes as soon as the clock can be trusted.
    tokio::time::sleep(Duration::from_secs(3600)).await;
    world.clock.set_by(3 * 86_400);
    assert_eq!(told(&world.history(world.kim).await), [""; 0]);
    let history = &world.services.history;
    assert_eq!(history.peers(&world.scope, world.kim, None, 9).await, Ok((Vec::new(), None)));
    let found = history.search(&world.scope, world.kim, None, "kept", None, 9, words).await.unwrap();
    assert_eq!((found.entries, found.next), (Vec::new(), None));
    let rows = |user| world.store.history(&world.scope, user, None, None, 9);
    assert_eq!(rows(world.kim).await.unwrap().len(), 1);
    tokio::time::advance(Duration::from_secs(3 * 86_400)).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(rows(world.kim).await.unwrap(), []);
    assert_eq!(rows(world.lee).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn history_is_searched_by_words_and_deleted_by_its_owner_for_the_owner() {
    let mut world = World::new(false).await;
    let texts = ["Die Straße nach Łódź", "strasse und MAST", "nothing of it"];
    world.say(&texts).await;
    let history = &world.services.history;
    let search = |query| history.search(&world.scope, world.lee, None, query, None, 9, words);
    for (query, found) in [
        ("STRASSE", &["< strasse und MAST", "< Die Straße nach Łódź"][..]),
        ("lodz strasse", &["< Die Straße nach Łódź"]),
        ("mast lodz", &[]),
    ] {
        assert_eq!(told(&search(query).await.unwrap().entries), found, "{query}");
    }
    let long = "x".repeat(257);
    assert!(matches!(search(&long).await, Err(Error::Refused(Refusal::TooLarge { .. }))));
    let first = history.search(&world.scope, world.lee, None, "strasse", None, 1, words).await.unwrap();
    assert_eq!(told(&first.entries), ["< strasse und MAST"]);
    let next = history.search(&world.scope, world.lee, None, "strasse", first.next, 1, words).await.unwrap();
    assert_eq!(told(&next.entries), ["< Die Straße nach Łódź"]);
    let one = HistoryRange::One(first.entries[0].id);
    assert_eq!(history.delete(&world.scope, world.lee, one.clone()).await, Ok(1));
    assert!(matches!(history.delete(&world.scope, world.lee, one).await, Err(Error::NotFound(_))));
    assert_eq!(told(&world.history(world.lee).await), ["< nothing of it", "< Die Straße nach Łódź"]);
    let with = HistoryRange::With(PersonRef::Person(world.kim));
    assert_eq!(history.delete(&world.scope, world.lee, with).await, Ok(2));
    assert_eq!(world.history(world.kim).await.len(), 3, "what Kim has is Kim's");
}

/// Kim writes this to Lee, who can't be reached.
async fn write(world: &World, text: &str) {
    let history = &world.services.history;
    let saying = Saying { id: history.message_id(), client_id: None, html: None };
    let unsent = Unsent { saying, text, status: 480 };
    history.note_unsent(&world.scope, world.kim, &PersonRef::Person(world.lee), &unsent).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_company_does_not_keep_waits_for_nobody_to_keep_it() {
    let world = World::new(false).await;
    let kim = world.services.person(&world.scope, world.kim).await.unwrap();
    let long = "x".repeat(100_000);
    // Nobody takes from the queue while this test doesn't wait: it has room for 16 MiB.
    let say = async |way: &str| {
        let counted = Counted::default();
        let _here = metrics::set_default_local_recorder(&counted);
        for n in 0..200 {
            if way == "unsent" {
                write(&world, &long).await;
                continue;
            }
            let request = Request::new(Method::Message, "sip:nobody@north.example").unwrap();
            let request = request
                .with(HeaderName::MaxForwards, "70")
                .with(HeaderName::From, "<sip:kim@north.example>;tag=1")
                .with(HeaderName::To, "<sip:nobody@north.example>")
                .with(HeaderName::CallId, &format!("c{n}"))
                .with(HeaderName::CSeq, "1 MESSAGE")
                .with_body("text/plain", long.clone().into());
            let mut transaction = world.services.router.request(&world.scope, &kim, request).await;
            assert_eq!(transaction.next().await.map(|answer| answer.status.as_u16()), Some(404));
        }
        counted.total("rapport_history_lost_total, [reason = queue]")
    };
    for way in ["unsent", "said"] {
        world.set_days(365).await;
        assert!(say(way).await > 0, "{way}: there is no room for all of it");
        world.services.history.settle().await;
        world.set_days(0).await;
        assert_eq!(say(way).await, 0, "{way}");
        world.services.history.settle().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_longest_message_that_is_delivered_is_kept() {
    let mut world = World::new(false).await;
    let longest = Settings::default().limits.body;
    let long = "x".repeat(longest);
    let counted = Counted::default();
    {
        let _here = metrics::set_default_local_recorder(&counted);
        world.say(&[&long, "short"]).await;
    }
    for user in [world.kim, world.lee] {
        let kept = world.history(user).await;
        let lengths: Vec<usize> = kept.iter().map(|entry| entry.content.body.len()).collect();
        assert_eq!(lengths, [5, long.len()]);
    }
    assert_eq!(counted.total("rapport_history_lost_total"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_search_looks_at_so_much_and_says_where_it_goes_on() {
    let world = World::new(false).await;
    let history = &world.services.history;
    write(&world, "a needle").await;
    for n in 0..SEARCHED + 50 {
        write(&world, "hay").await;
        if n % 4000 == 0 {
            history.settle().await;
        }
    }
    let first = history.search(&world.scope, world.kim, None, "needle", None, 9, words).await.unwrap();
    assert_eq!(first.entries, []);
    let left = history.page(&world.scope, world.kim, None, first.next, 100).await.unwrap();
    assert_eq!(left.entries.len(), 51, "what it has not looked at");
    let then = history.search(&world.scope, world.kim, None, "needle", first.next, 9, words).await.unwrap();
    assert_eq!((told(&then.entries), then.next), (vec!["! a needle".to_owned()], None));
}

/// Nothing of them is looked at: folding them isn't what is tried.
fn no_words(_: &Content) -> Cow<'_, str> {
    Cow::Borrowed("")
}

#[tokio::test(start_paused = true)]
async fn long_messages_are_read_and_searched_a_megabyte_or_some_at_a_time() {
    let world = World::new(false).await;
    let history = &world.services.history;
    let long = "x".repeat(60_000);
    for n in 0..320 {
        write(&world, &long).await;
        if n % 100 == 0 {
            history.settle().await;
        }
    }
    let page = history.page(&world.scope, world.kim, None, None, 100).await.unwrap();
    let octets: usize = page.entries.iter().map(|entry| entry.content.body.len()).sum();
    assert!(octets <= OCTETS && octets + 2 * long.len() > OCTETS, "{octets}");
    assert_eq!(page.next, page.entries.last().map(|entry| entry.id));
    let found = history.search(&world.scope, world.kim, None, "needle", None, 9, no_words).await.unwrap();
    assert_eq!(found.entries, []);
    let left = history.page(&world.scope, world.kim, None, found.next, 1).await.unwrap();
    assert!(found.next.is_some() && left.entries.len() == 1, "it has not looked at all of it");
    let mut before = None;
    let mut read = 0;
    loop {
        let page = history.page(&world.scope, world.kim, None, before, 100).await.unwrap();
        read += page.entries.len();
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(read, 320, "page by page it is all there");
}

#[tokio::test]
async fn nothing_that_was_said_is_on_the_disk_in_the_clear_and_a_new_service_key_leaves_it_readable() {
    let mut world = World::new(true).await;
    let secret = "Zwiebelfischplatzregen";
    world.say(&[secret]).await;
    assert_eq!(told(&world.history(world.kim).await), [format!("> {secret}")]);
    let mut octets = 0;
    for file in fs::read_dir(&world.directory).unwrap() {
        let content = fs::read(file.unwrap().path()).unwrap();
        octets += content.len();
        assert!(!content.windows(8).any(|part| part == &secret.as_bytes()[..8]));
    }
    assert!(octets > 50_000, "the database is there");
    let kept = |store: Arc<dyn Store>, scope: Scope| async move {
        store.history_key(&scope).await.unwrap().unwrap().sealed
    };
    let before = kept(world.store.clone(), world.scope.clone()).await;
    let rows = world.store.history(&world.scope, world.kim, None, None, 9).await.unwrap();
    assert_eq!(world.services.keys.rotate(&operator()).await, Ok(2));
    let mut progress = world.services.keys.progress();
    progress.wait_for(|progress| *progress == Progress::Done).await.unwrap();
    let keys = ServiceKey::load(&world.directory.join("service.key")).unwrap();
    assert_eq!(keys.infos().map(|key| key.number).collect::<Vec<_>>(), [2]);
    let after = kept(world.store.clone(), world.scope.clone()).await;
    assert_ne!(after, before);
    assert_eq!(rapport_secrets::key_number(&after.0), Some(2));
    // The history itself stays as it is, and a server that starts with the new key alone reads it.
    assert_eq!(world.store.history(&world.scope, world.kim, None, None, 9).await.unwrap(), rows);
    let secrets = Secrets::new(PasswordHasher::new(Cost::TRIVIAL).unwrap(), keys, 4);
    let server = "sip.example.com:5061";
    let later =
        Services::new(world.store.clone(), LocalFabric::default(), world.clock.clone(), secrets, server);
    let page = later.history.page(&world.scope, world.lee, None, None, 9).await.unwrap();
    assert_eq!(told(&page.entries), [format!("< {secret}")]);
}
