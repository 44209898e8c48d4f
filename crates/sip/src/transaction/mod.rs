//! Transactions over reliable transports, RFC 3261 §17 with RFC 6026: who has answered what.
//!
//! ```text
//!  server, not INVITE   Trying ──1xx──▶ Proceeding ──final──▶ Completed ──linger──▶ (gone)
//!  server, INVITE       Proceeding ──2xx──▶ Accepted ──32 s──▶ (gone)
//!                       Proceeding ──3xx-6xx──▶ Completed ──ACK or 32 s──▶ (gone)
//!  client, not INVITE   Trying ──1xx──▶ Proceeding ──final or 32 s──▶ (gone)
//!  client, INVITE       Calling ──1xx──▶ Proceeding ──2xx──▶ Accepted ──32 s──▶ (gone)
//!                       Calling, Proceeding ──3xx-6xx: ACK──▶ (gone)
//!                       Calling, Proceeding ──time-out──▶ Given up ──32 s──▶ (gone)
//! ```
//!
//! One [`Engine`] serves one connection. It neither reads nor writes: after every call that changes it, drain
//! [`Engine::poll_output`] into the connection and [`Engine::poll_event`] to the owner, then arm a timer for
//! [`Engine::poll_timeout`].
//!
//! The transport is reliable, so nothing is ever sent twice unasked, and the timers A, E, G and I to K of the RFC are
//! zero. Timer H stays: SIPE never acknowledges a refused INVITE, and the transaction ends after 32 s. A repeated
//! request is answered from the stored response as long as that is kept ([`Config::linger`], [`Config::kept`]).
//!
//! COMPAT(pidgin-sipe 1.25, OC 2007 R2): requests inside a dialog and REGISTERs have no branch; these are told apart
//! as RFC 2543 did ([`key`]).

mod client;
mod key;
mod server;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use client::Client;
use key::Key;
use server::Server;

use crate::message::{Message, Request, Response};

/// A server transaction of an [`Engine`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId(u64);

/// A client transaction of an [`Engine`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(u64);

/// Times and bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// How long a request waits for an answer: timers B, F and H, 64·T1.
    pub timeout: Duration,
    /// How long an INVITE that has rung waits for its final answer: timer C. Then it is cancelled.
    pub ringing: Duration,
    /// How long the owner has for its answer to a request.
    pub pending: Duration,
    /// How long the answer to a request that is not INVITE is kept for repetitions.
    pub linger: Duration,
    /// How many such answers are kept at most; the oldest goes first.
    pub kept: usize,
    /// How many requests may wait for the owner's answer; further ones are answered 503.
    pub waiting: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(32),
            ringing: Duration::from_secs(200),
            pending: Duration::from_secs(300),
            linger: Duration::from_secs(32),
            kept: 4,
            waiting: 256,
        }
    }
}

/// What the owner of an [`Engine`] learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A new request, to be answered with [`Engine::respond`].
    Request {
        /// Its transaction.
        id: ServerId,
        /// The request.
        request: Request,
    },
    /// A request that is never answered: an ACK of a 2xx, or a BENOTIFY.
    OneWay(Request),
    /// A request was answered with 503: [`Config::waiting`] others wait already.
    TurnedAway,
    /// The peer cancelled an INVITE that has no final response. The CANCEL has been answered; the INVITE is still to
    /// be, with 487.
    Cancelled(ServerId),
    /// The owner did not answer in time and the transaction is gone.
    Abandoned(ServerId),
    /// A response to a request of ours. Refused INVITEs have been acknowledged.
    Response {
        /// Its transaction.
        id: ClientId,
        /// The response.
        response: Response,
        /// It came after [`Engine::cancel`] or [`Event::Failed`]. A late 2xx to an INVITE must be acknowledged and
        /// ended with BYE ([`dialog::end_unwanted`](crate::dialog::end_unwanted)).
        late: bool,
    },
    /// A 2xx to an INVITE that this engine does not know any more.
    Stray(Response),
    /// A request of ours got no final response.
    Failed {
        /// Its transaction.
        id: ClientId,
        /// Why.
        cause: Failure,
    },
}

/// Why a request got no final response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The time is over.
    TimedOut,
    /// The connection is gone.
    ConnectionLost,
}

/// The caller asked for something the engine cannot do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The transaction is over, or never was.
    #[error("no such transaction")]
    NoSuchTransaction,
    /// ACK and BENOTIFY make no transaction; write them to the connection. CANCEL is sent by [`Engine::cancel`].
    #[error("method makes no transaction")]
    NotATransaction,
    /// The topmost Via of a request has no branch of RFC 3261.
    #[error("request has no branch")]
    NoBranch,
    /// A transaction with this branch is under way.
    #[error("branch is in use")]
    BranchInUse,
    /// A header of the request that ACK and CANCEL are made of is malformed.
    #[error("malformed request: {0}")]
    Malformed(#[from] crate::ParseError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Server(u64),
    Client(u64),
}

/// The transactions of one connection.
#[derive(Debug, Default)]
pub struct Engine {
    config: Config,
    next_id: u64,
    /// Boxed, because a tree has room for eleven in its first node, and mostly there is one.
    servers: BTreeMap<u64, Box<Server>>,
    server_keys: BTreeMap<Key, u64>,
    clients: BTreeMap<u64, Box<Client>>,
    client_keys: BTreeMap<Key, u64>,
    /// INVARIANT: holds exactly the deadline of every transaction.
    timers: BTreeSet<(Instant, Timer)>,
    /// Server transactions that are kept for repetitions, the oldest first. May name some that are gone.
    kept: VecDeque<u64>,
    /// How many server transactions wait for the owner.
    waiting: usize,
    events: VecDeque<Event>,
    outputs: VecDeque<Message>,
}

impl Engine {
    /// An engine without transactions.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, ..Self::default() }
    }

    /// Takes a message that arrived.
    pub fn receive(&mut self, message: Message, now: Instant) {
        match message {
            Message::Request(request) => self.receive_request(request, now),
            Message::Response(response) => self.receive_response(response, now),
        }
    }

    /// The next thing the owner should know.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The next message to be written to the connection.
    pub fn poll_output(&mut self) -> Option<Message> {
        self.outputs.pop_front()
    }

    /// When [`Engine::handle_timeout`] is to be called, unless something else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, timer)) = self.timers.first().copied()
            && at <= now
        {
            self.timers.pop_first();
            match timer {
                Timer::Server(id) => self.server_timeout(id),
                Timer::Client(id) => self.client_timeout(id, now),
            }
        }
        if self.is_empty() {
            self.release_memory();
        }
    }

    /// Gives back what the busiest moment took: most connections are idle most of the time, and there are many.
    fn release_memory(&mut self) {
        self.servers = BTreeMap::new();
        self.server_keys = BTreeMap::new();
        self.clients = BTreeMap::new();
        self.client_keys = BTreeMap::new();
        self.timers = BTreeSet::new();
        self.kept = VecDeque::new();
        self.events.shrink_to_fit();
        self.outputs.shrink_to_fit();
    }

    /// The connection is gone: every request of ours that waits has failed, every transaction is over.
    pub fn close(&mut self) {
        for (id, client) in std::mem::take(&mut self.clients) {
            if client.is_waiting() {
                self.events.push_back(Event::Failed { id: ClientId(id), cause: Failure::ConnectionLost });
            }
        }
        self.client_keys.clear();
        self.servers.clear();
        self.server_keys.clear();
        self.timers.clear();
        self.kept.clear();
        self.waiting = 0;
        self.outputs.clear();
    }

    /// How many transactions there are, those kept for repetitions included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.servers.len() + self.clients.len()
    }

    /// Whether there is no transaction.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.servers.is_empty() && self.clients.is_empty()
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}
