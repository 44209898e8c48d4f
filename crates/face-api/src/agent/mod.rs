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
use rapport_core::directory::{Person, PersonRef};
use rapport_fabric::{Binding, Fabric};
use rapport_model::{Aor, EndpointId, Scope, Source, TraceId};
use rapport_service::presence::WatcherSession;
use rapport_service::web_sessions::{SignedIn, WebSessionHash};
use rapport_service::{Services, Wire};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::problem::Problem;
use crate::web::types::{Conversation, Message, Said, Snapshot};

pub(crate) use body::{LONGEST as LONGEST_MESSAGE, Words, read_words};
pub(crate) use names::{address_of, id_of, person_ref, read_id};
pub(crate) use own::{chosen_state, note, publish};
pub(crate) use roster::{
    ARRANGED, Arranged, SETTINGS, contact_of, document, endpoints, groups, me, read_document,
};
pub(crate) use seen::{CATEGORIES, Seen, written};
pub(crate) use socket::upgrade;
pub(crate) use talk::reason_of;
/// A text frame, shared by all sockets of an agent.
pub(crate) use tokio_tungstenite::tungstenite::Utf8Bytes as Frame;

/// Octets of a note.
pub(crate) const LONGEST_NOTE: u32 = 500;
/// Commands that wait for one agent. A channel has room for 32 from the beginning: they are boxed, and so are frames, since
/// mostly there are none.
const COMMANDS: usize = 64;
/// How long whoever asks something of an agent waits, for one that ends and the one that follows, too.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// Frames that wait for one socket.
const FRAMES: usize = 512;

/// What is asked of an agent.
pub(crate) enum Command {
    /// A browser has come: it wants what follows from there on.
    Attach { resume: Option<(String, u64)>, reply: oneshot::Sender<Attached> },
    /// Whether it is there; from then on it is for a while.
    Touch { reply: oneshot::Sender<()> },
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

/// A browser's socket at its agent.
pub(crate) struct Attached {
    pub(crate) socket: u64,
    /// What it is told at once.
    pub(crate) first: Vec<Frame>,
    /// What it is told from then on.
    pub(crate) frames: mpsc::Receiver<Box<Frame>>,
    /// With which code and reason it is closed.
    pub(crate) end: oneshot::Receiver<Ending>,
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
    pub(crate) person: Arc<Person>,
    commands: mpsc::Sender<Box<Command>>,
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
        Box::pin(async move { self.of(&signed_in).await })
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

    /// Asks the agent for something and waits for its answer. If it ends meanwhile, the one that follows is asked.
    pub(crate) async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let command = Box::new(command(reply));
        let asked = async {
            if let Err(mpsc::error::SendError(command)) = self.commands.send(command).await {
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
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the session is being begun anew; try again")
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

    /// Returns the agent of a session, started unless it runs.
    pub(crate) async fn of(self: &Arc<Self>, signed_in: &SignedIn) -> Result<Arc<Handle>, Problem> {
        if *self.closing.borrow() {
            return Err(over());
        }
        let hash = signed_in.session.hash;
        let slot = self.known().entry(hash).or_default().clone();
        let mut place = slot.lock().await;
        if let Some(handle) = place.as_ref()
            && handle.ask_itself(|reply| Command::Touch { reply }).await.is_ok()
        {
            return Ok(handle.clone());
        }
        let (commands, asked) = mpsc::channel(COMMANDS);
        let started = start::start(self, signed_in, asked).await;
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
            person: agent.session.person.clone(),
            commands,
            agents: {
                let agents: Arc<dyn Starts> = self.clone();
                Arc::downgrade(&agents)
            },
            signed_in: signed_in.clone(),
        });
        *place = Some(handle.clone());
        drop(place);
        let (agents, closing, signed_in) = (self.clone(), self.closing.subscribe(), signed_in.clone());
        self.spawn(async move {
            let asked = agent.run(closing).await;
            agents.forget(hash);
            agents.hand_over(signed_in, asked).await;
        });
        Ok(handle)
    }

    /// Has the agent that follows answer what one was asked for while it ended.
    async fn hand_over(self: Arc<Self>, signed_in: SignedIn, mut asked: Vec<Command>) {
        asked.retain(Command::can_be_handed_over);
        if asked.is_empty() {
            return;
        }
        // Who isn't signed in any more hears it when asking again.
        if let Ok(next) = self.successor(signed_in).await {
            for command in asked {
                let _ = next.commands.send(Box::new(command)).await;
            }
        }
    }

    /// Ends the agent of a session if one runs, and waits for it to be unbound.
    pub(crate) async fn end(&self, hash: WebSessionHash) {
        let slot = self.known().get(&hash).cloned();
        let handle = match slot {
            Some(slot) => slot.lock().await.clone(),
            None => None,
        };
        if let Some(handle) = handle {
            let _ = handle.ask_itself(|reply| Command::End { reply }).await;
        }
    }

    /// Ends all agents: browsers are told that the server goes, and come back.
    pub(crate) async fn close(&self) {
        self.closing.send_replace(true);
        let mut tasks = std::mem::take(&mut *self.tasks());
        while let Some(ended) = tasks.join_next().await {
            count_end(ended);
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
