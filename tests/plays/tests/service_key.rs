//! The service key is replaced while everything goes on, and whatever happens in between loses no hash.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use rapport_core::directory::{self, Card};
use rapport_core::policy::Policy;
use rapport_fabric_local::LocalFabric;
use rapport_face_sip::{Face, Peer, Settings, Transport};
use rapport_secrets::{Cost, KeyFile, PasswordHasher, Purpose, ServiceKey};
use rapport_service::keys::Progress;
use rapport_service::secret::Secrets;
use rapport_service::{Error, Services, Wire};
use rapport_store::calls::*;
use rapport_store::{Resealed, Sealed, SealedAs, SealedOf};
use rapport_store_mem::MemStore;
use rapport_testkit::client::Profile;
use rapport_testkit::clock::VirtualClock;
use rapport_testkit::driver::Client;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

const PASSWORD: &str = "quinoa-Harbour-7142";
/// Far longer than anything takes here, in time that nobody waits for.
const LONG: Duration = Duration::from_secs(1);
/// Longer than whatever is tried again takes to be.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// A store that goes dark after so many calls, as if the power were lost, and does other things to those who use it.
struct Tried {
    inner: Arc<dyn Store>,
    /// Calls that are left.
    left: AtomicI64,
    /// Whether the last one has its effect, and only its answer is lost.
    last_is_done: bool,
    dark: Notify,
    /// Whether passwords and keys of histories wait before they are stored.
    holds: AtomicBool,
    released: Notify,
    /// With which key everything is sealed anew, under the same key, before credentials are read.
    restless: Option<ServiceKey>,
}

impl Tried {
    fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            left: AtomicI64::new(i64::MAX),
            last_is_done: false,
            dark: Notify::new(),
            holds: AtomicBool::new(false),
            released: Notify::new(),
            restless: None,
        }
    }

    async fn tried<T>(&self, name: &str, call: Answer<'_, T>) -> Result<T, StoreError> {
        match self.left.fetch_sub(1, Ordering::Relaxed) {
            ..1 => return std::future::pending().await,
            1 => {
                if self.last_is_done {
                    let _ = call.await;
                }
                self.dark.notify_one();
                return std::future::pending().await;
            }
            _ => {}
        }
        if matches!(name, "set_password" | "add_history_key") && self.holds.load(Ordering::Relaxed) {
            self.released.notified().await;
        }
        if let Some(key) = self.restless.as_ref().filter(|_| name == "credentials") {
            let values = all_sealed(&*self.inner).await;
            let anew = values.into_iter().map(|old| {
                let hash = key.open(old.user, purpose(&old), &old.sealed.0).unwrap();
                Resealed { new: Sealed(key.seal(old.user, purpose(&old), &hash).unwrap()), old }
            });
            self.inner.reseal(&operator(), anew.collect()).await?;
        }
        call.await
    }
}

macro_rules! tried {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name<'a>(&'a self, $($arg: $type),*) -> Answer<'a, $answer> {
            Box::pin(self.tried(stringify!($name), self.inner.$name($($arg),*)))
        })*
    };
}

impl Store for Tried {
    fn ready(&self) -> Answer<'_, ()> {
        self.inner.ready()
    }

    rapport_store::for_each_call!(tried);
    rapport_store::for_each_presence_call!(tried);
}

fn operator() -> OperatorScope {
    OperatorScope::operator(
        "root".into(),
        rapport_model::Source::Machine { uid: 0, pid: None },
        "test",
        rapport_model::TraceId(0),
    )
}

fn purpose(value: &SealedOf) -> Purpose {
    match value.kept {
        SealedAs::Account | SealedAs::PreviousAccount => Purpose::AccountPassword,
        SealedAs::AppPassword(_) => Purpose::AppPassword,
        SealedAs::HistoryKey => Purpose::HistoryKey,
    }
}

async fn all_sealed(store: &dyn Store) -> Vec<SealedOf> {
    store.sealed(&operator(), None, 10_000).await.unwrap().values
}

/// Numbers of the keys under which something is sealed; each of the values opens.
async fn sealed_under(store: &dyn Store, keys: &ServiceKey) -> BTreeSet<u32> {
    let mut numbers = BTreeSet::new();
    for value in all_sealed(store).await {
        let opened = match value.kept {
            SealedAs::HistoryKey => keys.open_history_key(value.user.tenant, &value.sealed.0).map(drop),
            _ => keys.open(value.user, purpose(&value), &value.sealed.0).map(drop),
        };
        assert!(opened.is_ok(), "{:?} of {}: {:?}", value.kept, value.user, opened.err());
        numbers.extend(rapport_secrets::key_number(&value.sealed.0));
    }
    numbers
}

/// A company over a store and a key file, which outlive the servers.
struct World {
    store: Arc<dyn Store>,
    directory: PathBuf,
    scope: Scope,
}

impl World {
    async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("rapport-service-key-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        ServiceKey::load_or_create(&directory.join("service.key"), Timestamp(0)).unwrap();
        let store: Arc<dyn Store> = Arc::new(MemStore::new());
        let mut world = Self { store, directory, scope: Scope::service(rapport_model::TenantId(0), "test") };
        let life = world.start(world.store.clone());
        let new = directory::NewTenant {
            name: "example".to_owned(),
            display_name: "Example".to_owned(),
            netbios_name: "EXAMPLE".to_owned(),
            domains: vec![SipDomain::parse("example.com").unwrap()],
            policy: Policy { account_password_sign_in: true, ..Policy::default() },
        };
        let tenant = life.services.tenants.add(&operator(), new).await.unwrap();
        world.scope = operator().within(tenant.id);
        world
    }

    fn file(&self) -> PathBuf {
        self.directory.join("service.key")
    }

    fn keys(&self) -> ServiceKey {
        ServiceKey::load(&self.file()).unwrap()
    }

    /// Numbers of the keys in the file.
    fn numbers(&self) -> Vec<u32> {
        self.keys().infos().map(|key| key.number).collect()
    }

    /// Starts a server on what there is.
    fn start(&self, store: Arc<dyn Store>) -> Life {
        let secrets = Secrets::new(PasswordHasher::new(Cost::TRIVIAL).unwrap(), self.keys(), 4);
        let witness = self.directory.join("witness");
        let on_rotation = move |keys: &ServiceKey| {
            let so_far = fs::read_to_string(&witness).unwrap_or_default();
            fs::write(&witness, format!("{so_far}{keys:?}")).map_err(|error| error.to_string())
        };
        let clock = Arc::new(VirtualClock::new(1));
        let services = Services::new(store, LocalFabric::default(), clock, secrets, "sip.example.com:5061");
        let services = services.with_key_file(KeyFile::new(&self.file()), Arc::new(on_rotation));
        let mut life = Life { services: Arc::new(services), tasks: JoinSet::new() };
        let running = life.services.clone();
        life.tasks.spawn(async move { running.run().await });
        life
    }

    async fn add(&self, life: &Life, name: &str, password: Option<&str>) -> UserId {
        let new = directory::NewPerson {
            address: Aor::parse(&format!("{name}@example.com")).unwrap(),
            aliases: Vec::new(),
            sign_in_name: name.to_owned(),
            enabled: true,
            licensed: true,
            card: Card { display_name: name.to_owned(), ..Card::default() },
        };
        life.services.people.add(&self.scope, new, password).await.unwrap().id
    }

    /// Several batches of people, each with a current and a previous password, some with devices, some deleted.
    async fn populate(&self) {
        let life = self.start(self.store.clone());
        let key = self.keys();
        for n in 0..230 {
            let user = self.add(&life, &format!("p{n}"), None).await;
            for hash in [[1; 16], [2; 16]] {
                let account_nt = Some(Sealed(key.seal(user, Purpose::AccountPassword, &hash).unwrap()));
                let new =
                    NewPassword { hash: "h".to_owned(), account_nt, previous_until: Timestamp(i64::MAX) };
                self.store
                    .set_password(&self.scope, user, new, rapport_store::contract::line())
                    .await
                    .unwrap();
            }
            if n % 3 == 0 {
                life.services.people.add_app_password(&self.scope, user, "laptop").await.unwrap();
            }
            if n % 5 == 0 {
                life.services.people.delete(&self.scope, user).await.unwrap();
            }
            if n == 1 {
                self.talk(user).await;
            }
        }
    }

    /// Gives the company the key of a history, and somebody an entry under it.
    async fn talk(&self, user: UserId) {
        let history = rapport_secrets::HistoryKey::random().unwrap();
        let sealed = Sealed(self.keys().seal_history_key(self.scope.tenant, &history).unwrap());
        self.store.add_history_key(&self.scope, HistoryKey { id: 7, sealed }).await.unwrap();
        let sealed = Sealed(history.of_person(user).unwrap().seal(b"", b"said").unwrap());
        let (id, at, peer) = (MessageId(1), Timestamp(0), PersonRef::Person(user));
        let entry = NewHistoryEntry { user, id, peer, at, sealed };
        assert_eq!(self.store.append_history(&self.scope, 7, vec![entry]).await, Ok(1));
    }

    /// Sees that what was said is there and is read under the key of now.
    async fn history_opens(&self) {
        let key = self.store.history_key(&self.scope).await.unwrap().unwrap();
        let key = self.keys().open_history_key(self.scope.tenant, &key.sealed.0).unwrap();
        let people = self.store.people(&self.scope, None, 1000).await.unwrap();
        let mut said = 0;
        for person in people {
            for entry in self.store.history(&self.scope, person.id, None, None, 9).await.unwrap() {
                let opened = key.of_person(person.id).unwrap().open(b"", &entry.sealed.0);
                assert_eq!(opened.as_deref(), Ok(&b"said"[..]));
                said += 1;
            }
        }
        assert_eq!(said, 1);
    }

    /// Lets a server do what is left to do, and sees that nothing was lost and nothing stayed.
    async fn ends_well(&self, values: usize) {
        let life = self.start(self.store.clone());
        life.is(Progress::Done).await;
        let numbers = self.numbers();
        assert_eq!(numbers.len(), 1, "{numbers:?}");
        assert_eq!(sealed_under(&*self.store, &self.keys()).await, numbers.into_iter().collect());
        assert_eq!(all_sealed(&*self.store).await.len(), values);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// A server, until it is dropped: as suddenly as by a loss of power.
struct Life {
    services: Arc<Services<LocalFabric<Wire>>>,
    tasks: JoinSet<()>,
}

impl Life {
    async fn is(&self, want: Progress) {
        let mut progress = self.services.keys.progress();
        let comes = timeout(PATIENCE, progress.wait_for(|progress| *progress == want)).await;
        assert!(comes.is_ok_and(|comes| comes.is_ok()), "it never is {want:?}");
    }

    /// Connects a program that is not signed in.
    fn client(&mut self, name: &str, password: &str, seed: u64) -> Client<tokio::io::DuplexStream> {
        let (near, far) = tokio::io::duplex(1 << 20);
        let (closing, closed) = watch::channel(false);
        let settings = Settings { server_name: "sip.example.com".to_owned(), ..Settings::default() };
        let face = Face::new(self.services.clone(), settings, closed).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000));
        self.tasks.spawn(async move {
            let _closing = closing;
            face.serve(far, Peer { address, transport: Transport::Tls, channel_binding: None }).await;
        });
        let wall = self.services.clock().wall();
        let profile = Profile::new(&format!("{name}@example.com"), password, seed).at(wall);
        Client::over(near, rapport_testkit::client::ScriptedClient::new(profile))
    }

    async fn signs_in(&mut self, name: &str, password: &str, seed: u64) -> Client<tokio::io::DuplexStream> {
        let mut client = self.client(name, password, seed);
        client.sign_in().await.unwrap();
        client
    }
}

#[tokio::test(start_paused = true)]
async fn power_lost_at_any_step_of_a_rotation_loses_no_hash_and_the_next_start_ends_it() {
    let mut cuts = BTreeSet::new();
    'ways: for last_is_done in [false, true] {
        for calls in 1.. {
            let world = World::new().await;
            world.populate().await;
            let values = all_sealed(&*world.store).await.len();
            let store = Arc::new(Tried { last_is_done, ..Tried::new(world.store.clone()) });
            let life = world.start(store.clone());
            // What a server does when it starts has been done.
            tokio::time::sleep(LONG).await;
            store.left.store(calls, Ordering::Relaxed);
            let services = life.services.clone();
            let rotated = async move { services.keys.rotate(&operator()).await };
            let ended = async {
                assert_eq!(rotated.await, Ok(2));
                life.is(Progress::Done).await;
            };
            let cut = tokio::select! {
                () = store.dark.notified() => true,
                () = ended => false,
            };
            drop(life);
            let under = sealed_under(&*world.store, &world.keys()).await;
            cuts.insert((world.numbers(), under));
            world.history_opens().await;
            world.ends_well(values).await;
            world.history_opens().await;
            if !cut {
                continue 'ways;
            }
            assert!(calls < 100, "it comes to no end");
        }
    }
    // The cuts were of every kind: nothing, something and everything sealed anew, with the old key and without it.
    let numbers = |numbers: &[u32]| numbers.iter().copied().collect::<BTreeSet<_>>();
    let every = [(&[2, 1][..], &[1][..]), (&[2, 1], &[1, 2]), (&[2, 1], &[2]), (&[2], &[2])];
    let every: BTreeSet<_> = every.map(|(file, under)| (file.to_vec(), numbers(under))).into();
    assert_eq!(cuts, every);
}

#[tokio::test(start_paused = true)]
async fn an_older_key_stays_until_whoever_sealed_under_it_has_stored_that() {
    let world = World::new().await;
    let store = Arc::new(Tried::new(world.store.clone()));
    let life = world.start(store.clone());
    let kim = world.add(&life, "kim", Some(PASSWORD)).await;
    store.holds.store(true, Ordering::Relaxed);
    let (services, scope) = (life.services.clone(), world.scope.clone());
    let mut setting = JoinSet::new();
    setting.spawn(async move { services.people.set_password(&scope, kim, "another-Harbour-7142").await });
    // Once nothing else is to be done, the password has been sealed and waits to be stored.
    tokio::time::sleep(LONG).await;
    life.services.keys.rotate(&operator()).await.unwrap();
    assert!(timeout(LONG, life.is(Progress::Done)).await.is_err(), "the old key was taken away");
    assert_eq!(world.numbers(), [2, 1]);
    store.released.notify_one();
    setting.join_next().await.unwrap().unwrap().unwrap();
    life.is(Progress::Done).await;
    assert_eq!(world.numbers(), [2]);
    assert_eq!(sealed_under(&*world.store, &world.keys()).await, [2].into());
    assert_eq!(all_sealed(&*world.store).await.len(), 2, "the new password's hash and the one before");
}

#[tokio::test(start_paused = true)]
async fn an_older_key_stays_until_the_key_of_a_history_that_was_sealed_under_it_is_stored() {
    let world = World::new().await;
    let store = Arc::new(Tried::new(world.store.clone()));
    let mut life = world.start(store.clone());
    for name in ["kim", "lee"] {
        world.add(&life, name, Some(PASSWORD)).await;
    }
    let mut kim = life.signs_in("kim", PASSWORD, 1).await;
    store.holds.store(true, Ordering::Relaxed);
    // The first that is said in the company, if to nobody who is there.
    let (invite, _) = kim.invite_saying("lee@example.com", "hello");
    kim.answer(invite).await.unwrap();
    tokio::time::sleep(LONG).await;
    assert_eq!(world.store.history_key(&world.scope).await, Ok(None), "it waits");
    life.services.keys.rotate(&operator()).await.unwrap();
    assert!(timeout(LONG, life.is(Progress::Done)).await.is_err(), "the old key was taken away");
    assert_eq!(world.numbers(), [2, 1]);
    store.released.notify_one();
    life.is(Progress::Done).await;
    assert_eq!(world.numbers(), [2]);
    assert_eq!(sealed_under(&*world.store, &world.keys()).await, [2].into());
    let user = life.services.people.find(&world.scope, "kim").await.unwrap().id;
    let page = life.services.history.page(&world.scope, user, None, None, 9).await.unwrap();
    assert_eq!(page.entries.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_signed_out_and_old_and_new_passwords_sign_in() {
    let world = World::new().await;
    let mut life = world.start(world.store.clone());
    let kim = world.add(&life, "kim", Some(PASSWORD)).await;
    world.add(&life, "lee", Some(PASSWORD)).await;
    let people = life.services.clone();
    let (_, laptop) = people.people.add_app_password(&world.scope, kim, "laptop").await.unwrap();
    let mut desk = life.signs_in("kim", PASSWORD, 1).await;
    let mut phone = life.signs_in("kim", &laptop, 2).await;
    assert_eq!(life.services.keys.rotate(&operator()).await, Ok(2));
    // Sealed under the old key or under the new one, as it comes.
    life.signs_in("kim", PASSWORD, 3).await;
    life.is(Progress::Done).await;
    assert_eq!(world.numbers(), [2]);
    let (_, tablet) = people.people.add_app_password(&world.scope, kim, "tablet").await.unwrap();
    for (seed, password) in (4..).zip([PASSWORD, &*laptop, &*tablet]) {
        life.signs_in("kim", password, seed).await;
    }
    for client in [&mut desk, &mut phone] {
        client.first_subscriptions().await.expect("the session is there still");
    }
    people.people.remove_app_password(&world.scope, kim, 1).await.unwrap();
    assert!(life.client("kim", &laptop, 9).sign_in().await.is_err(), "a revoked password is none");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_holds_although_its_hash_is_sealed_anew_in_the_middle_of_it() {
    let world = World::new().await;
    let life = world.start(world.store.clone());
    let kim = world.add(&life, "kim", Some(PASSWORD)).await;
    let people = &life.services.people;
    let (_, laptop) = people.add_app_password(&world.scope, kim, "laptop").await.unwrap();
    let restless = Some(world.keys());
    let mut life = world.start(Arc::new(Tried { restless, ..Tried::new(world.store.clone()) }));
    life.signs_in("kim", PASSWORD, 1).await;
    life.signs_in("kim", &laptop, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_second_rotation_waits_for_the_first() {
    let world = World::new().await;
    world.populate().await;
    let store = Arc::new(Tried::new(world.store.clone()));
    let life = world.start(store.clone());
    tokio::time::sleep(LONG).await;
    store.left.store(5, Ordering::Relaxed);
    let _ = timeout(LONG, life.services.keys.rotate(&operator())).await;
    let again = timeout(LONG, life.services.keys.rotate(&operator())).await;
    assert!(matches!(again, Ok(Err(Error::UnderWay(_)))), "{again:?}");
    assert_eq!(world.numbers(), [2, 1]);
    // Somebody comes when it is done, and the file has no more than it needs.
    drop(life);
    let life = world.start(world.store.clone());
    life.is(Progress::Done).await;
    assert_eq!(life.services.keys.rotate(&operator()).await, Ok(3));
    life.is(Progress::Done).await;
    assert_eq!(world.numbers(), [3]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_a_hash_names_stays_although_it_does_not_open_it_and_is_shown() {
    let world = World::new().await;
    let life = world.start(world.store.clone());
    let kim = world.add(&life, "kim", Some(PASSWORD)).await;
    let foreign = ServiceKey::ephemeral().unwrap().seal(kim, Purpose::AccountPassword, &[1; 16]).unwrap();
    let new = NewPassword {
        hash: "h".to_owned(),
        account_nt: Some(Sealed(foreign)),
        previous_until: Timestamp(i64::MAX),
    };
    world.store.set_password(&world.scope, kim, new, rapport_store::contract::line()).await.unwrap();
    life.services.keys.rotate(&operator()).await.unwrap();
    life.is(Progress::Waiting).await;
    let shown = life.services.keys.show(&operator()).await.unwrap();
    let rows: Vec<_> = shown.keys.iter().map(|key| (key.number, key.hashes, key.unopened)).collect();
    assert_eq!(rows, [(2, 1, 0), (1, 1, 1)]);
    assert_eq!(world.numbers(), [2, 1]);
    // A new password puts it right, by the time that is tried again: the one before is forgotten with the next.
    for password in ["another-Harbour-7142", "a-third-Harbour-7142"] {
        life.services.people.set_password(&world.scope, kim, password).await.unwrap();
    }
    life.is(Progress::Done).await;
    assert_eq!(world.numbers(), [2]);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_kept_while_it_can_not_be_told_what_came_after_it() {
    let world = World::new().await;
    let life = world.start(world.store.clone());
    world.add(&life, "kim", Some(PASSWORD)).await;
    // Where it would be written there is a directory.
    let witness = world.directory.join("witness");
    fs::create_dir(&witness).unwrap();
    life.services.keys.rotate(&operator()).await.unwrap();
    life.is(Progress::Waiting).await;
    assert_eq!(world.numbers(), [2, 1]);
    fs::remove_dir(&witness).unwrap();
    life.is(Progress::Done).await;
    assert_eq!(world.numbers(), [2]);
    assert_eq!(read(&witness), "[2, 1]");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}
