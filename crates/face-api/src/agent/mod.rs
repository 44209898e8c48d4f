//! Virtual user agents: for each browser that is signed in a task that is one of its person's endpoints, as a program on
//! a desk is (ADR 0019). It speaks typed SIP through the router and is told of presence and contacts as any session, so
//! that no rule exists twice; what it hears becomes the numbered events of the web API.
//!
//! An agent lives as long as a browser holds a socket, and a minute longer: a browser whose connection broke comes back
//! and misses nothing.

mod body;
mod inbound;
mod kept;
mod loops;
mod names;
mod outbound;
mod own;
mod ring;
mod roster;
mod seen;
mod socket;
mod start;
mod talk;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::http::StatusCode;
use rapport_core::directory::PersonRef;
use rapport_core::policy::AWAY_AFTER;
use rapport_fabric::{Binding, Fabric};
use rapport_model::{Aor, EndpointId, Epid, Scope, Source, TraceId};
use rapport_service::presence::WatcherSession;
use rapport_service::queue::{Receiver, Sender, queue};
use rapport_service::web_sessions::{SignedIn, WebSessionHash};
use rapport_service::{Services, Wire};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::code::Code;
use crate::problem::Problem;
use crate::web::frames::Said;
use crate::web::types::{Conversation, Message, Snapshot};

pub(crate) use body::{LONGEST as LONGEST_MESSAGE, Words, read_words};
pub(crate) use names::{address_of, id_of, person_ref, read_id};
pub(crate) use own::{Place, UTC_OFFSETS, chosen_state, moved, note, publish};
pub(crate) use roster::{
    ARRANGED, Arranged, SETTINGS, contact_of, document, endpoints, groups, levels, me, read_document,
};
pub(crate) use seen::{CATEGORIES, Seen, written};
pub(crate) use socket::upgrade;
pub(crate) use talk::reason_of;
/// A text frame, shared by all sockets of an agent.
pub(crate) use tokio_tungstenite::tungstenite::Utf8Bytes as Frame;

/// Octets of a note.
pub(crate) const LONGEST_NOTE: u32 = 500;
/// Commands that wait for one agent.
const COMMANDS: usize = 64;
/// How long whoever asks something of an agent waits, for one that ends and the one that follows, too.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// Frames that wait for one socket.
const FRAMES: usize = 512;
/// For how long a browser has been without use of which nothing is known but that it reads: its person is seen away.
pub(crate) const UNSEEN: Duration = AWAY_AFTER;

/// What is asked of an agent.
pub(crate) enum Command {
    /// A browser has come.
    Attach { arrival: Arrival, reply: oneshot::Sender<Attached> },
    /// Whether it is there; from then on it is for a while. Where there is no socket to say it, for how long its browser has
    /// been without use.
    Touch { unused: Option<Duration>, reply: oneshot::Sender<()> },
    /// A browser's socket is gone.
    Detach { socket: u64 },
    /// A browser said something.
    Said { socket: u64, said: Said },
    /// Everything as it is now.
    Snapshot { reply: oneshot::Sender<Result<Box<Snapshot>, Problem>> },
    /// The conversation with somebody, begun unless there is one.
    Talk { with: PersonRef, address: Aor, reply: oneshot::Sender<Result<Conversation, Problem>> },
    /// What rings is answered.
    Answer { conversation: String, reply: oneshot::Sender<Result<Conversation, Problem>> },
    /// What rings is declined.
    Decline { conversation: String, reply: oneshot::Sender<Result<(), Problem>> },
    /// A conversation is left.
    Leave { conversation: String, reply: oneshot::Sender<Result<(), Problem>> },
    /// The messages of a conversation that are known here.
    Messages { conversation: String, reply: oneshot::Sender<Result<Vec<Message>, Problem>> },
    /// A message is sent.
    Send { conversation: String, new: NewMessage, reply: oneshot::Sender<Result<Message, Problem>> },
    /// The person types, or has stopped.
    Typing { conversation: String, typing: bool, reply: oneshot::Sender<Result<(), Problem>> },
    /// What stands of its conversations is kept at once: another session is about to take it over.
    Keep { reply: oneshot::Sender<()> },
    /// The session is over, at its owner's wish.
    End { reply: oneshot::Sender<()> },
}

impl Command {
    /// Whether another agent of the same session can answer it: not what is about one agent's sockets, or its end.
    const fn can_be_handed_over(&self) -> bool {
        match self {
            Self::Attach { .. }
            | Self::Touch { .. }
            | Self::Detach { .. }
            | Self::Said { .. }
            | Self::Keep { .. }
            | Self::End { .. } => false,
            Self::Snapshot { .. }
            | Self::Talk { .. }
            | Self::Answer { .. }
            | Self::Decline { .. }
            | Self::Leave { .. }
            | Self::Messages { .. }
            | Self::Send { .. }
            | Self::Typing { .. } => true,
        }
    }
}

/// A message to be sent.
pub(crate) struct NewMessage {
    pub(crate) client_id: String,
    pub(crate) text: String,
    pub(crate) html: Option<String>,
}

/// What a browser says that opens a socket.
#[derive(Debug, Default)]
pub(crate) struct Arrival {
    /// The stream and the number of the last event that it has taken in: it wants what follows.
    pub(crate) resume: Option<(String, u64)>,
    /// For how long it has been without use; none where it is used.
    pub(crate) unused: Option<Duration>,
}

/// A browser's socket at its agent.
pub(crate) struct Attached {
    pub(crate) socket: u64,
    /// What it is told at once.
    pub(crate) first: Vec<Frame>,
    /// What it is told from then on.
    pub(crate) frames: Receiver<Told>,
}

/// What a socket brings to its browser.
pub(crate) enum Told {
    Frame(Frame),
    /// With which code and reason it is closed.
    End(Ending),
}

/// Why a socket is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
}

/// The way to an agent that runs, and what is known of it.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) binding: Binding,
    pub(crate) source: Source,
    pub(crate) watcher: Arc<WatcherSession>,
    commands: Sender<Box<Command>>,
    /// Where the one that follows it comes from, and for whom.
    agents: Weak<dyn Starts>,
    signed_in: SignedIn,
}

/// Starts the agent that follows one which has ended.
trait Starts: Send + Sync {
    fn successor(self: Arc<Self>, signed_in: SignedIn) -> Starting;
}

type Starting = Pin<Box<dyn Future<Output = Result<Arc<Handle>, Problem>> + Send>>;

impl<F: Fabric<Message = Wire>> Starts for Agents<F> {
    fn successor(self: Arc<Self>, signed_in: SignedIn) -> Starting {
        Box::pin(async move { self.of(&signed_in, Some(UNSEEN)).await })
    }
}

impl Handle {
    /// Returns the scope in which the agent's endpoint acts.
    pub(crate) fn scope(&self, reason: &'static str) -> Scope {
        Scope::endpoint(self.binding.endpoint, self.source, reason, TraceId(self.binding.epoch.0))
    }

    pub(crate) fn endpoint(&self) -> EndpointId {
        self.binding.endpoint
    }

    pub(crate) fn epid(&self) -> &Epid {
        &self.signed_in.session.epid
    }

    /// Asks the agent for something and waits for its answer. If it ends meanwhile, the one that follows is asked.
    pub(crate) async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let command = Box::new(command(reply));
        let asked = async {
            if let Err(command) = self.commands.send(command).await {
                let agents = self.agents.upgrade().ok_or_else(over)?;
                let next = agents.successor(self.signed_in.clone()).await?;
                next.commands.send(command).await.map_err(|_| over())?;
            }
            answer.await.map_err(|_| over())
        };
        timeout(ANSWERED_WITHIN, asked).await.map_err(|_| over())?
    }

    /// Asks this agent alone for something and waits for its answer.
    pub(crate) async fn ask_itself<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Box::new(command(reply))).await.map_err(|_| over())?;
        answer.await.map_err(|_| over())
    }

    /// Tells the agent something, unless it is gone.
    pub(crate) async fn tell(&self, command: Command) {
        let _ = self.commands.send(Box::new(command)).await;
    }
}

/// The agent has ended meanwhile; the browser asks again and gets a new one.
fn over() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::Unavailable,
        "the session is being begun anew; try again",
    )
}

/// The agents of this node.
pub(crate) struct Agents<F: Fabric<Message = Wire>> {
    services: Arc<Services<F>>,
    server: Arc<str>,
    known: Mutex<HashMap<WebSessionHash, Slot>>,
    tasks: Mutex<JoinSet<()>>,
    closing: watch::Sender<bool>,
}

/// The place of one agent: held while it starts, so that a browser that asks for many things at once gets one.
type Slot = Arc<tokio::sync::Mutex<Option<Arc<Handle>>>>;

impl<F: Fabric<Message = Wire>> Agents<F> {
    pub(crate) fn new(services: Arc<Services<F>>, server: Arc<str>) -> Arc<Self> {
        let (closing, _) = watch::channel(false);
        Arc::new(Self { services, server, known: Mutex::default(), tasks: Mutex::default(), closing })
    }

    /// Returns the agent of a session, started unless it runs. `unused` is for how long its browser has been without use:
    /// nobody is told first that it is used.
    pub(crate) async fn of(
        self: &Arc<Self>,
        signed_in: &SignedIn,
        unused: Option<Duration>,
    ) -> Result<Arc<Handle>, Problem> {
        if *self.closing.borrow() {
            return Err(over());
        }
        let hash = signed_in.session.hash;
        let slot = self.known().entry(hash).or_default().clone();
        let mut place = slot.lock().await;
        if let Some(handle) = place.as_ref()
            && handle.ask_itself(|reply| Command::Touch { unused, reply }).await.is_ok()
        {
            return Ok(handle.clone());
        }
        let (commands, asked) = queue(COMMANDS);
        let started = Box::pin(start::start(self, signed_in, unused, asked)).await;
        let agent = match started {
            Ok(agent) => agent,
            Err(problem) => {
                drop(place);
                self.forget(hash);
                return Err(problem);
            }
        };
        let handle = Arc::new(Handle {
            binding: agent.session.binding,
            source: agent.session.source,
            watcher: agent.session.watcher.clone(),
            commands,
            agents: {
                let agents: Arc<dyn Starts> = self.clone();
                Arc::downgrade(&agents)
            },
            signed_in: signed_in.clone(),
        });
        *place = Some(handle.clone());
        drop(place);
        let (agents, closing, known) = (self.clone(), self.closing.subscribe(), handle.clone());
        self.spawn(async move {
            let asked = agent.run(closing).await;
            agents.forget(hash);
            Box::pin(agents.hand_over(&known.signed_in, asked)).await;
        });
        Ok(handle)
    }

    /// Has the agent that follows answer what one was asked for while it ended.
    async fn hand_over(self: Arc<Self>, signed_in: &SignedIn, mut asked: Vec<Command>) {
        asked.retain(Command::can_be_handed_over);
        if asked.is_empty() {
            return;
        }
        // Who isn't signed in any more hears it when asking again.
        if let Ok(next) = self.successor(signed_in.clone()).await {
            for command in asked {
                let _ = next.commands.send(Box::new(command)).await;
            }
        }
    }

    /// Ends the agent of a session if one runs, and waits for it to be unbound.
    pub(crate) async fn end(&self, hash: WebSessionHash) {
        if let Some(handle) = self.running(hash).await {
            let _ = handle.ask_itself(|reply| Command::End { reply }).await;
        }
    }

    /// Has the agent of a session keep its conversations as they stand, if one runs.
    pub(crate) async fn keep(&self, hash: WebSessionHash) {
        if let Some(handle) = self.running(hash).await {
            // One that ends has kept them.
            let _ = handle.ask_itself(|reply| Command::Keep { reply }).await;
        }
    }

    async fn running(&self, hash: WebSessionHash) -> Option<Arc<Handle>> {
        let slot = self.known().get(&hash).cloned()?;
        slot.lock().await.clone()
    }

    /// Ends all agents: browsers are told that the server goes, and come back.
    pub(crate) async fn close(&self) {
        self.closing.send_replace(true);
        loop {
            let mut tasks = std::mem::take(&mut *self.tasks());
            if tasks.is_empty() {
                return;
            }
            // A task may begin another one.
            while let Some(ended) = tasks.join_next().await {
                count_end(ended);
            }
        }
    }

    /// Runs something that the end of the server waits for.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks();
        while let Some(ended) = tasks.try_join_next() {
            count_end(ended);
        }
        tasks.spawn(task);
    }

    fn forget(&self, hash: WebSessionHash) {
        let mut known = self.known();
        let is_over = known.get(&hash).is_some_and(|slot| match slot.try_lock() {
            Ok(place) => place.as_ref().is_none_or(|handle| handle.commands.is_closed()),
            // Somebody starts one there.
            Err(_) => false,
        });
        if is_over {
            known.remove(&hash);
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<WebSessionHash, Slot>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count_end(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        metrics::counter!("rapport_web_panics_total").increment(1);
        tracing::error!(%error, "a browser's agent or socket panicked; that one ended, the others go on");
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use rapport_core::directory::{Card, NewPerson, NewTenant};
    use rapport_core::policy::Policy;
    use rapport_fabric::Inbox as _;
    use rapport_fabric_local::LocalFabric;
    use rapport_model::{OperatorScope, SipDomain};
    use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
    use rapport_service::secret::Secrets;
    use rapport_store::Store as _;
    use rapport_store_mem::MemStore;
    use rapport_testkit::clock::VirtualClock;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// The agents of a server on which Kim is signed in, and its store.
    async fn signed_in() -> (Arc<Agents<LocalFabric<Wire>>>, SignedIn, Arc<MemStore>) {
        let hasher = PasswordHasher::new(Cost::TRIVIAL).expect("a cost");
        let secrets = Secrets::new(hasher, ServiceKey::ephemeral().expect("a key"), 1);
        let (store, clock) = (Arc::new(MemStore::new()), Arc::new(VirtualClock::new(1)));
        let (fabric, server) = (LocalFabric::default(), "sip.one.example:5061");
        let services = Arc::new(Services::new(store.clone(), fabric, clock, secrets, server));
        let tenant = NewTenant {
            name: "one".to_owned(),
            display_name: "One".to_owned(),
            netbios_name: "ONE".to_owned(),
            domains: vec![SipDomain::parse("one.example").expect("a domain")],
            policy: Policy::default(),
        };
        let operator = OperatorScope::service("test");
        let tenant = services.tenants.add(&operator, tenant).await.expect("added");
        let kim = joined(&services, &operator.within(tenant.id), "kim").await;
        (Agents::new(services, server.into()), kim, store)
    }

    /// Somebody new in a company, signed in with a browser.
    async fn joined(services: &Services<LocalFabric<Wire>>, scope: &Scope, name: &str) -> SignedIn {
        let address = Aor::parse(&format!("{name}@one.example")).expect("an address");
        let person = NewPerson {
            address: address.clone(),
            aliases: Vec::new(),
            sign_in_name: name.to_owned(),
            enabled: true,
            licensed: true,
            card: Card { display_name: name.to_owned(), ..Card::default() },
        };
        let password = "lantern harbour 57 sails";
        services.people.add(scope, person, Some(password)).await.expect("added");
        let begun = services.web_sessions.sign_in(&address, password, "Firefox", HERE).await;
        begun.expect("signed in").1
    }

    /// Lets an agent end, and asks it for something that it comes to see only then.
    fn end_and_ask(agent: &Handle) -> oneshot::Receiver<Result<Box<Snapshot>, Problem>> {
        let ((ended, _), (reply, answer)) = (oneshot::channel(), oneshot::channel());
        for command in [Command::End { reply: ended }, Command::Snapshot { reply }] {
            agent.commands.try_send(Box::new(command)).expect("there is room");
        }
        answer
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_an_agent_that_ends_is_answered_by_the_one_that_follows() {
        let (agents, signed_in, _) = signed_in().await;
        let first = agents.of(&signed_in, None).await.expect("an agent");
        let snapshot = end_and_ask(&first).await.expect("answered").expect("a snapshot");
        let next = agents.of(&signed_in, None).await.expect("an agent");
        assert!(!Arc::ptr_eq(&first, &next));
        let of_next = next.ask(|reply| Command::Snapshot { reply }).await.expect("answered");
        assert_eq!(snapshot.stream, of_next.expect("a snapshot").stream, "the next one has answered");
        // Who has still the way to the first reaches the next by it.
        let late = first.ask(|reply| Command::Snapshot { reply }).await.expect("answered");
        assert_eq!(late.expect("a snapshot").stream, snapshot.stream);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_been_answered_when_its_writer_leaves_has_not_failed() {
        let (agents, of_kim, _) = signed_in().await;
        let scope = Scope::service(of_kim.person.id.tenant, "test");
        let of_lee = joined(&agents.services, &scope, "lee").await;
        // Both are driven by hand: what has come is taken in when the test says so.
        let mut kim = start::start(&agents, &of_kim, None, queue(COMMANDS).1).await.expect("an agent");
        let mut lee = start::start(&agents, &of_lee, None, queue(COMMANDS).1).await.expect("an agent");
        let with = PersonRef::Person(of_lee.person.id);
        let talk = kim.talk(with.clone(), of_lee.person.address.clone()).await.expect("begun");
        let new = NewMessage { client_id: "one".to_owned(), text: "hello".to_owned(), html: None };
        kim.send(&talk.id, new).await.expect("taken");
        let invited = lee.session.inbox.next().await;
        lee.take_delivered(invited).await.expect("it rings");
        let theirs = lee.talks.first().expect("a conversation").id.clone();
        lee.answer(&theirs).await.expect("answered");
        // The answer is there, and nobody has looked.
        kim.leave(&talk.id).await.expect("left");
        let fate = kim.noted(&with, "one").await.map(|noted| noted.fate);
        assert_eq!(fate, Some(rapport_service::web_sessions::Fate::Sent), "the invitation carried it");
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_an_agent_whose_session_is_over_is_answered_by_nobody() {
        let (agents, signed_in, store) = signed_in().await;
        let first = agents.of(&signed_in, None).await.expect("an agent");
        // Without a word to the agent.
        let (user, hash) = (signed_in.person.id, signed_in.session.hash);
        let scope = Scope::service(user.tenant, "test");
        store.remove_web_session(&scope, user, hash).await.expect("removed");
        assert!(end_and_ask(&first).await.is_err());
        assert!(first.ask(|reply| Command::Snapshot { reply }).await.is_err());
        assert!(agents.known().is_empty(), "nothing is left of it");
    }
}
