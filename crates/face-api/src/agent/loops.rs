//! The loop of one agent: what others say to its person, what has changed for the person, what browsers ask.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rapport_core::contacts::ContactList;
use rapport_core::directory::PersonRef;
use rapport_core::policy::{AWAY_AFTER, INACTIVE_AFTER, machine_state};
use rapport_core::presence::Document;
use rapport_fabric::{Delivered, Fabric, Inbox};
use rapport_model::{Availability, Epid, MessageId};
use rapport_service::address_book::OpenBook;
use rapport_service::queue::{Receiver, Sender, queue};
use rapport_service::registrar::Session;
use rapport_service::router::Transaction;
use rapport_service::session::{Event as Changed, SignOutReason};
use rapport_service::web_sessions::{SignedIn, WebSessionHash};
use rapport_service::{Error, Services, Wire};
use rapport_sip::Response;
use tokio::sync::watch;

use super::ring::Ring;
use super::roster::{Arranged, Fingerprint};
use super::seen::Watching;
use super::socket::PING;
use super::talk::Talk;
use super::{Arrival, Attached, Command, Ending, FRAMES, Frame, Told, own};
use crate::problem::Problem;
use crate::web::budget;
use crate::web::frames::Said;
use crate::web::types::{Event, Numbered, Settings};

/// How long an agent lives after its last socket.
const UNATTENDED: Duration = Duration::from_secs(60);
/// After so long without a socket nobody is there who could answer what rings.
const ABSENT: Duration = Duration::from_secs(15);
/// When what could not be read is read again.
const AGAIN: Duration = Duration::from_secs(5);
/// How often it is looked what is over.
const ROUND: Duration = Duration::from_secs(30);

/// The task of one browser's session.
pub(crate) struct Agent<F: Fabric<Message = Wire>> {
    pub(super) services: Arc<Services<F>>,
    pub(super) session: Session<F>,
    pub(super) hash: WebSessionHash,
    pub(super) epid: Epid,
    pub(super) gruu: Arc<str>,
    pub(super) server: Arc<str>,
    pub(super) stream: String,
    pub(super) ring: Ring,
    pub(super) sockets: Vec<Socket>,
    pub(super) last_socket: u64,
    pub(super) commands: Receiver<Box<Command>>,
    pub(super) list: Arc<ContactList>,
    pub(super) own: Arc<Document>,
    pub(super) arranged: Arranged,
    pub(super) settings: Settings,
    /// Another one after each deletion of a part of the person's history.
    pub(super) history_mark: Option<MessageId>,
    /// Whom its person may look for, kept at hand for as long as they may.
    pub(super) _book: OpenBook,
    /// What the browser was told last of how its person is seen, of the programs that are signed in, and of each who has
    /// added the person.
    pub(super) told_me: Fingerprint,
    pub(super) told_endpoints: Fingerprint,
    pub(super) told_adders: Vec<(Box<str>, Fingerprint)>,
    pub(super) watched: Watching,
    pub(super) talks: Vec<Talk<F>>,
    pub(super) pending: Vec<Pending<F>>,
    /// What the use of the browser was last said to be.
    pub(super) machine: Availability,
    /// When it was used last; none while it is used.
    pub(super) unused_since: Option<Instant>,
    pub(super) unattended: Option<Instant>,
    /// What was last kept of the conversations, and when it is looked whether that is news.
    pub(super) kept: Box<str>,
    pub(super) keep_at: Option<tokio::time::Instant>,
    /// Up to which message the person has read here with others since that was kept.
    pub(super) read: Vec<(PersonRef, MessageId)>,
    /// Whether something could not be read that has changed: what is told has a gap.
    pub(super) is_behind: bool,
    /// Whether nobody was signed in by the session when that was looked for last.
    pub(super) is_over: bool,
    pub(super) ending: Option<Ending>,
}

/// A browser's tab.
pub(super) struct Socket {
    id: u64,
    active: bool,
    /// None once it is being closed.
    frames: Option<Sender<Told>>,
}

/// A request of the agent that waits for its answer.
pub(super) struct Pending<F: Fabric> {
    pub(super) transaction: Transaction<F>,
    pub(super) what: What,
}

/// What a request of the agent is for.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// To begin a conversation; the message that the invitation carries.
    Invite { conversation: Box<str>, carries: Option<Box<str>>, is_wanted: bool },
    /// To deliver a message; whether it goes for the second time.
    Message { conversation: Box<str>, message: Box<str>, call_id: Box<str>, is_again: bool },
    /// Whatever comes of it.
    Nothing,
}

/// What woke an agent.
enum Wake<F: Fabric<Message = Wire>> {
    Asked(Option<Box<Command>>),
    Inbox(Option<Delivered<Wire, <F::Inbox as Inbox>::Reply>>),
    Changed(Changed),
    Answer(usize, Option<Response>),
    Keep,
    Absent,
    Round,
    Closing,
}

impl<F: Fabric<Message = Wire>> Agent<F> {
    /// Runs until the session ends, or nobody has been there for a while.
    /// Returns what was asked for while it ended.
    ///
    /// An agent waits nearly always: what it does is boxed, so that it takes room only while it is done.
    pub(super) async fn run(mut self: Box<Self>, mut closing: watch::Receiver<bool>) -> Vec<Command> {
        metrics::gauge!("rapport_web_agents").increment(1.0);
        let _counted = Counted;
        let mut round_at = tokio::time::Instant::now();
        while self.ending.is_none() {
            let wake = self.wake(round_at, &mut closing).await;
            let done = match wake {
                Wake::Asked(Some(command)) => Box::pin(self.command(*command)).await,
                // The registry holds the other end as long as the agent runs.
                Wake::Asked(None) | Wake::Closing => {
                    self.ending = Some(Ending { code: 1001, reason: "the server is going" });
                    Ok(())
                }
                Wake::Inbox(delivered) => Box::pin(self.take_delivered(delivered)).await,
                Wake::Changed(changed) => Box::pin(self.take_change(changed)).await,
                Wake::Answer(at, response) => Box::pin(self.take_answer(at, response)).await,
                Wake::Keep => {
                    Box::pin(self.keep()).await;
                    Ok(())
                }
                Wake::Absent => Box::pin(self.miss_invitations()).await,
                Wake::Round => {
                    let done = Box::pin(self.round()).await;
                    round_at = tokio::time::Instant::now() + if self.is_over { AGAIN } else { ROUND };
                    done
                }
            };
            if let Err(error) = done {
                tracing::warn!(%error, "a browser is told of a change later");
                self.is_behind = true;
                round_at = round_at.min(tokio::time::Instant::now() + AGAIN);
            }
        }
        Box::pin(self.end()).await
    }

    async fn wake(&mut self, round_at: tokio::time::Instant, closing: &mut watch::Receiver<bool>) -> Wake<F> {
        let (keep_at, absent_at) = (self.keep_at, self.misses_invitations_at());
        let next_at = [keep_at, absent_at].into_iter().flatten().fold(round_at, tokio::time::Instant::min);
        let pending = &mut self.pending;
        let answered = std::future::poll_fn(|cx| poll_answers(pending, cx));
        tokio::select! {
            delivered = self.session.inbox.next() => Wake::Inbox(delivered),
            (at, response) = answered => Wake::Answer(at, response),
            changed = self.session.events.next() => Wake::Changed(changed),
            command = self.commands.recv() => Wake::Asked(command),
            () = tokio::time::sleep_until(next_at) => match Some(next_at) {
                at if at == keep_at => Wake::Keep,
                at if at == absent_at => Wake::Absent,
                _ => Wake::Round,
            },
            closed = closing.wait_for(|closing| *closing) => {
                let _ = closed;
                Wake::Closing
            }
        }
    }

    /// Gives an event the next number, and tells it to every tab.
    pub(super) fn emit(&mut self, event: Event) {
        let seq = self.ring.last() + 1;
        let Some(frame) = frame(seq, event) else { return };
        self.ring.push(frame.clone(), self.services.clock().monotonic());
        for socket in &mut self.sockets {
            if socket.frames.as_ref().is_some_and(|to| to.try_send(Told::Frame(frame.clone())).is_err()) {
                // It comes again and names what it has.
                budget::met("unread");
                socket.close(&Ending { code: 4002, reason: "too-slow" });
            }
        }
        self.sockets.retain(|socket| socket.frames.is_some());
        self.note_attendance();
    }

    async fn take_change(&mut self, changed: Changed) -> Result<(), Error> {
        match changed {
            Changed::Presence(event) => self.take_presence(&event).await,
            Changed::Own(event) => self.take_own(&event).await,
            Changed::Contacts(event) => self.take_contacts(&event).await,
            Changed::SignedOut(reason) => {
                self.obey(reason).await;
                Ok(())
            }
        }
    }

    /// Ends by an order. Where the endpoint is to stay away, the browser's session ends with it, and before the browser hears
    /// of it: it asks then whether it is still signed in.
    pub(super) async fn obey(&mut self, reason: SignOutReason) {
        if matches!(reason, SignOutReason::EndedByOwner | SignOutReason::TooManyEndpoints) {
            let scope = self.session.scope("end web session");
            if let Err(error) = self.services.web_sessions.end_with_endpoint(&scope, self.hash, reason).await
            {
                tracing::warn!(%error, "the session of a browser that was signed out goes on");
            }
        }
        self.sign_out(reason);
    }

    /// Ends, and tells why.
    pub(super) fn sign_out(&mut self, reason: SignOutReason) {
        let reason = match reason {
            SignOutReason::Replaced => "replaced",
            SignOutReason::TooManyEndpoints => "too-many-endpoints",
            SignOutReason::CompanyDisabled => "company-disabled",
            SignOutReason::Disabled => "disabled",
            SignOutReason::PasswordChanged => "password-changed",
            SignOutReason::Removed => "removed",
            SignOutReason::Renamed => "renamed",
            SignOutReason::TooSlow => "too-slow",
            SignOutReason::Restored => "restored",
            SignOutReason::Unlicensed => "unlicensed",
            SignOutReason::EndedByOwner => "ended-by-you",
            SignOutReason::SessionOver => "session-over",
        };
        if self.ending.is_none() {
            self.emit(Event::SignedOut { reason: reason.to_owned() });
            self.ending = Some(Ending { code: 4001, reason });
        }
    }

    async fn command(&mut self, command: Command) -> Result<(), Error> {
        // Who asks is there, if without a socket.
        if self.unattended.is_some() {
            self.unattended = Some(self.services.clock().monotonic());
        }
        // Whoever asked may have gone away meanwhile.
        match command {
            Command::Attach { arrival, reply } => {
                let attached = self.attach(arrival).await?;
                let socket = attached.socket;
                if reply.send(attached).is_err() {
                    self.detach(socket).await;
                }
            }
            Command::Touch { unused, reply } => {
                self.note_use_without_a_socket(unused).await?;
                let _ = reply.send(());
            }
            Command::Detach { socket } => self.detach(socket).await,
            Command::Said { socket, said } => return self.take_said(socket, said).await,
            Command::Snapshot { reply } => {
                let _ = reply.send(self.snapshot().await.map_err(Problem::from));
            }
            Command::Talk { with, address, reply } => {
                let _ = reply.send(self.talk(with, address).await);
            }
            Command::Answer { conversation, reply } => {
                let _ = reply.send(self.answer(&conversation).await);
            }
            Command::Decline { conversation, reply } => {
                let _ = reply.send(self.decline(&conversation).await);
            }
            Command::Leave { conversation, reply } => {
                let _ = reply.send(self.leave(&conversation).await);
            }
            Command::Messages { conversation, reply } => {
                let _ = reply.send(self.messages(&conversation));
            }
            Command::Send { conversation, new, reply } => {
                let _ = reply.send(self.send(&conversation, new).await);
            }
            Command::Typing { conversation, typing, reply } => {
                let _ = reply.send(self.type_in(&conversation, typing).await);
            }
            Command::Keep { reply } => {
                self.keep().await;
                let _ = reply.send(());
            }
            Command::End { reply } => {
                self.sign_out(SignOutReason::EndedByOwner);
                let _ = reply.send(());
            }
        }
        Ok(())
    }

    /// Gives the stream another name: no browser can go on where it was, and each reads everything.
    pub(super) fn begin_anew(&mut self) {
        self.stream = self.token();
        self.ring = Ring::default();
        for socket in &mut self.sockets {
            socket.close(&Ending { code: 4002, reason: "behind" });
        }
        self.sockets.clear();
        self.note_attendance();
    }

    async fn attach(&mut self, arrival: Arrival) -> Result<Attached, Error> {
        self.catch_up().await?;
        let Arrival { resume, unused } = arrival;
        let missed =
            resume.filter(|(stream, _)| *stream == self.stream).and_then(|(_, after)| self.ring.after(after));
        let resumed = missed.is_some();
        let follows = match missed {
            Some(missed) => missed,
            None => {
                let snapshot = self.snapshot().await?;
                Vec::from_iter(frame(snapshot.seq, Event::Snapshot { snapshot }))
            }
        };
        let beat = u32::try_from(PING.as_secs()).ok();
        let hello = frame(self.ring.last(), Event::Hello { stream: self.stream.clone(), resumed, beat });
        let first = hello.into_iter().chain(follows).collect();
        let (frames, queue) = queue(FRAMES);
        self.last_socket += 1;
        let id = self.last_socket;
        let active = self.is_used_by_arrival(unused);
        self.sockets.push(Socket { id, active, frames: Some(frames) });
        self.unattended = None;
        self.tell_use().await?;
        Ok(Attached { socket: id, first, frames: queue })
    }

    /// Takes in for how long a browser that comes has been without use, and tells whether it is used.
    fn is_used_by_arrival(&mut self, unused: Option<Duration>) -> bool {
        let Some(unused) = unused.filter(|unused| *unused >= INACTIVE_AFTER) else { return true };
        let since = before(self.services.clock().monotonic(), unused);
        // It may have been used in a tab that is closed by now.
        self.unused_since = Some(self.unused_since.map_or(since, |known| known.max(since)));
        false
    }

    /// Takes in that a browser without a socket has done something, which is the only sign of use that it gives.
    async fn note_use_without_a_socket(&mut self, unused: Option<Duration>) -> Result<(), Error> {
        if let (Some(unused), Some(known), true) = (unused, self.unused_since, self.sockets.is_empty()) {
            let since = before(self.services.clock().monotonic(), unused);
            self.unused_since = Some(known.max(since));
            self.tell_use().await?;
        }
        Ok(())
    }

    async fn detach(&mut self, socket: u64) {
        self.sockets.retain(|known| known.id != socket);
        self.note_attendance();
        if let Err(error) = self.tell_use().await {
            tracing::debug!(%error, "the use of a browser is told later");
        }
    }

    fn note_attendance(&mut self) {
        if self.sockets.is_empty() && self.unattended.is_none() {
            self.unattended = Some(self.services.clock().monotonic());
        }
    }

    /// Whether nobody has been there for so long that what rings is not heard.
    pub(super) fn is_absent(&self) -> bool {
        let now = self.services.clock().monotonic();
        self.unattended.is_some_and(|since| now.saturating_duration_since(since) >= ABSENT)
    }

    /// When what rings counts as not heard.
    fn misses_invitations_at(&self) -> Option<tokio::time::Instant> {
        let since = self.unattended.filter(|_| self.talks.iter().any(|talk| !talk.ringing.is_empty()))?;
        Some(tokio::time::Instant::from_std(since) + ABSENT)
    }

    async fn take_said(&mut self, socket: u64, said: Said) -> Result<(), Error> {
        match said {
            Said::Activity { active } => {
                if let Some(socket) = self.sockets.iter_mut().find(|known| known.id == socket) {
                    socket.active = active;
                }
                self.tell_use().await
            }
            Said::Seen { conversation, message } => self.see(&conversation, message.as_deref()).await,
        }
    }

    /// Publishes how the browser is used, over all of its tabs, if that is news.
    async fn tell_use(&mut self) -> Result<(), Error> {
        let now = self.services.clock().monotonic();
        // A browser whose connection broke was used as it was used last.
        let is_used = self.sockets.iter().any(|socket| socket.active);
        if is_used {
            self.unused_since = None;
        } else if !self.sockets.is_empty() {
            // It has been without use for a while when it is said so.
            self.unused_since.get_or_insert_with(|| before(now, INACTIVE_AFTER));
        }
        let unused = self.unused_since.map(|since| now.saturating_duration_since(since));
        let machine = unused.map_or(Availability::AVAILABLE, machine_state);
        if machine == self.machine {
            return Ok(());
        }
        let (scope, binding) = (self.session.scope("publish"), self.session.binding);
        let epid = self.epid.clone();
        let make = |own: &Document| own::machine_state(own, &epid, binding.endpoint, machine);
        own::publish(&self.services, &scope, binding, make).await?;
        self.machine = machine;
        Ok(())
    }

    /// Looks what is over.
    async fn round(&mut self) -> Result<(), Error> {
        let now = self.services.clock().monotonic();
        if self.unattended.is_some_and(|since| now.saturating_duration_since(since) >= UNATTENDED) {
            self.ending = Some(Ending { code: 1001, reason: "nobody was there" });
            return Ok(());
        }
        match self.services.web_sessions.look(self.hash).await? {
            Ok(SignedIn { person, tenant, .. }) => {
                // As they are by now, with what the company allows.
                (self.session.person, self.session.tenant, self.is_over) = (person, tenant, false);
            }
            // Whoever ends it says so, and why, after it is done: that is waited for.
            Err(_) if !self.is_over => self.is_over = true,
            Err(reason) => {
                self.sign_out(reason);
                return Ok(());
            }
        }
        self.catch_up().await?;
        self.ring.forget_old(now);
        self.tell_use().await?;
        // A choice that has run out, a program that published nothing and an adder who has another name are noticed here.
        self.tell_me();
        self.tell_endpoints().await?;
        self.tell_adders().await?;
        Ok(())
    }

    /// Ends in good order; returns what was asked for meanwhile.
    async fn end(mut self: Box<Self>) -> Vec<Command> {
        let ending = self.ending.take().unwrap_or(Ending { code: 1001, reason: "" });
        // While there is somebody who hears of it.
        Box::pin(self.give_up_waiting()).await;
        for socket in &mut self.sockets {
            socket.close(&ending);
        }
        self.keep().await;
        Box::pin(self.hang_up()).await;
        self.services.registrar.unbind(self.session).await;
        self.commands.close();
        std::iter::from_fn(|| self.commands.try_recv()).map(|command| *command).collect()
    }
}

impl Socket {
    fn close(&mut self, ending: &Ending) {
        if let Some(frames) = self.frames.take() {
            frames.finish(Told::End(ending.clone()));
        }
    }
}

/// Finds a request that has got an answer, and takes that.
pub(super) fn poll_answers<F: Fabric<Message = Wire>>(
    pending: &mut [Pending<F>],
    cx: &mut Context<'_>,
) -> Poll<(usize, Option<Response>)> {
    for (at, pending) in pending.iter_mut().enumerate() {
        if let Poll::Ready(response) = pending.transaction.poll_next(cx) {
            return Poll::Ready((at, response));
        }
    }
    Poll::Pending
}

/// Returns the moment that was so long ago, as far as that makes a difference.
pub(super) fn before(now: Instant, ago: Duration) -> Instant {
    now.checked_sub(ago.min(AWAY_AFTER)).unwrap_or(now)
}

/// Writes an event with its number.
fn frame(seq: u64, event: Event) -> Option<Frame> {
    match serde_json::to_string(&Numbered { seq, event }) {
        Ok(text) => Some(Frame::from(text)),
        Err(error) => {
            tracing::error!(%error, "an event can't be written");
            None
        }
    }
}

/// Counts an agent as long as it lives, a panic included.
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("rapport_web_agents").decrement(1.0);
    }
}
