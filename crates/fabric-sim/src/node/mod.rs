//! One node: its lease, its questions to the authority, and what it does with each packet.
//!
//! ```text
//! Member --lease over, told that it is dead--> Outside --first lease of the next incarnation--> Member
//! any --kill--> Dead --restart--> Outside          any --freeze--> the same, later: packets wait for the thaw
//! ```

mod calls;
mod inbox;
mod messages;

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Duration;

use rapport_fabric::{Announced, Binding, Fence};
use rapport_model::EndpointId;

use crate::packet::{Moment, Notice, Op, Outcome, Packet, Session, Site};

pub(crate) use calls::Event;
pub(crate) use inbox::{Item, Next};

use calls::Calls;
use inbox::Inboxes;
use messages::Messages;

/// How long a lease lasts after a heartbeat.
pub(crate) const LEASE: Duration = Duration::from_secs(5);
/// How often a node looks at what is due.
pub(crate) const TICK: Duration = Duration::from_millis(50);
/// How often a node asks for another lease.
const HEARTBEAT: Duration = Duration::from_millis(250);
/// After how long a node repeats what was not confirmed.
const RETRY: Duration = Duration::from_millis(150);
/// How many announcements a stream keeps.
const ANNOUNCEMENTS: usize = 4096;

#[derive(Debug)]
pub(crate) struct Node {
    session: Session,
    /// Until when this node is a member; none while it is outside.
    lease: Option<Moment>,
    pub(crate) dead: bool,
    pub(crate) frozen: bool,
    /// What came while it was frozen.
    held: Vec<Packet>,
    heartbeat_due: Moment,
    next_notice: u64,
    questions: BTreeMap<u64, Question>,
    next_question: u64,
    pub(crate) inboxes: Inboxes,
    messages: Messages,
    calls: Calls,
    streams: BTreeMap<u64, AnnouncementStream>,
    next_stream: u64,
    /// Whoever waits for something of this node.
    wakers: Vec<Waker>,
    changed: bool,
    /// What is to be sent.
    pub(crate) sent: Vec<(Site, Packet)>,
}

#[derive(Debug)]
struct Question {
    op: Op,
    purpose: Purpose,
    due: Moment,
    outcome: Option<Outcome>,
}

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// A caller of the port, who takes the outcome.
    Caller,
    /// A caller of the port that has gone away.
    Nobody,
    /// The messages to this endpoint.
    Lane(EndpointId),
}

#[derive(Debug, Default)]
struct AnnouncementStream {
    waiting: std::collections::VecDeque<Announced>,
    lost: bool,
}

impl Node {
    pub(crate) fn new(number: usize, inbox_bound: usize) -> Self {
        Self {
            session: Session { node: number, incarnation: 1 },
            lease: Some(LEASE),
            dead: false,
            frozen: false,
            held: Vec::new(),
            heartbeat_due: Duration::ZERO,
            next_notice: 0,
            questions: BTreeMap::new(),
            next_question: 0,
            inboxes: Inboxes::new(inbox_bound),
            messages: Messages::default(),
            calls: Calls::default(),
            streams: BTreeMap::new(),
            next_stream: 0,
            wakers: Vec::new(),
            changed: false,
            sent: Vec::new(),
        }
    }

    pub(crate) const fn session(&self) -> Session {
        self.session
    }

    /// Tells whether the node takes part at this moment; one whose lease is over leaves by that.
    pub(crate) fn is_member(&mut self, now: Moment) -> bool {
        if self.lease.is_some_and(|until| until <= now) {
            self.leave(now);
        }
        !self.dead && self.lease.is_some()
    }

    /// Lets whoever waits look again.
    pub(crate) fn change(&mut self) {
        self.changed = true;
    }

    pub(crate) fn wait(&mut self, waker: &Waker) {
        if !self.wakers.iter().any(|known| known.will_wake(waker)) {
            self.wakers.push(waker.clone());
        }
    }

    pub(crate) fn take_wakers(&mut self) -> Vec<Waker> {
        if std::mem::take(&mut self.changed) { std::mem::take(&mut self.wakers) } else { Vec::new() }
    }

    pub(crate) fn kill(&mut self, now: Moment) {
        self.leave(now);
        self.inboxes.close_all(None);
        self.dead = true;
        self.frozen = false;
        self.held.clear();
        self.sent.clear();
    }

    pub(crate) fn restart(&mut self, now: Moment) {
        self.dead = false;
        self.heartbeat_due = now;
        self.change();
    }

    pub(crate) fn thaw(&mut self, now: Moment) {
        self.frozen = false;
        self.change();
        // Whoever was away for too long knows it before anything else.
        self.is_member(now);
        for packet in std::mem::take(&mut self.held) {
            self.handle(now, packet);
        }
    }

    pub(crate) fn tick(&mut self, now: Moment) {
        if self.dead || self.frozen {
            return;
        }
        let member = self.is_member(now);
        if self.heartbeat_due <= now {
            self.heartbeat_due = now + HEARTBEAT;
            let heartbeat = Packet::Heartbeat { session: self.session, sent: now, noticed: self.next_notice };
            self.sent.push((Site::Authority, heartbeat));
        }
        if member {
            self.repeat_questions(now);
            self.tick_messages(now);
            self.tick_calls(now);
        }
    }

    pub(crate) fn handle(&mut self, now: Moment, packet: Packet) {
        if self.dead {
            return;
        }
        if self.frozen {
            self.held.push(packet);
            return;
        }
        let member = self.is_member(now);
        let own = self.session;
        match packet {
            Packet::Lease { session, sent } if session == own && !self.dead => {
                if self.lease.is_none() {
                    self.announced(Announced::Gap);
                    self.change();
                }
                self.lease = self.lease.max(Some(sent + LEASE)).filter(|until| *until > now);
            }
            Packet::Dead { session } if session == own => self.leave(now),
            _ if !member => {}
            Packet::Notices { session, notices } if session == own => self.notices(now, &notices),
            Packet::Outcome { session, id, outcome } if session == own => self.outcome(now, id, outcome),
            Packet::Announced { session, user, change } if session == own => {
                self.announced(Announced::Change(user, change));
            }
            Packet::Data { from, to, stream, number, data } if to == own => {
                self.data(now, from, stream, number, data);
            }
            Packet::Ack { from, to, stream, number, result } if to == own => {
                self.ack(now, from, stream, number, result);
            }
            Packet::Answered { from, to, call, id, number, event } if to == own => {
                self.answered(now, from, call, id, number, event);
            }
            Packet::AnsweredAck { to, id, number } if to == own => self.answered_ack(now, id, number),
            Packet::Keep { from, to, call, id, cancel } if to == own => {
                self.keep(now, from, call, id, cancel)
            }
            Packet::Kept { to, call } if to == own => self.kept(now, call),
            Packet::Unknown { to, call } if to == own => self.unknown(call),
            Packet::Heartbeat { .. }
            | Packet::Request { .. }
            | Packet::Announce { .. }
            | Packet::Lease { .. }
            | Packet::Dead { .. }
            | Packet::Notices { .. }
            | Packet::Outcome { .. }
            | Packet::Announced { .. }
            | Packet::Data { .. }
            | Packet::Ack { .. }
            | Packet::Answered { .. }
            | Packet::AnsweredAck { .. }
            | Packet::Keep { .. }
            | Packet::Kept { .. }
            | Packet::Unknown { .. } => {}
        }
    }

    /// Ends this incarnation: nothing that was begun in it is finished.
    fn leave(&mut self, now: Moment) {
        self.lease = None;
        self.session.incarnation += 1;
        self.next_notice = 0;
        self.questions.clear();
        self.inboxes.close_all(Some(Fence::Lease));
        self.inboxes.forget_early_ends();
        self.messages.leave();
        self.calls.leave();
        self.heartbeat_due = now;
        self.change();
    }

    /// Asks the authority until it answers.
    pub(crate) fn ask(&mut self, now: Moment, op: Op) -> u64 {
        self.ask_for(now, op, Purpose::Caller)
    }

    fn ask_for(&mut self, now: Moment, op: Op, purpose: Purpose) -> u64 {
        let id = self.next_question;
        self.next_question += 1;
        self.questions.insert(id, Question { op, purpose, due: now, outcome: None });
        self.repeat_questions(now);
        id
    }

    /// Takes the outcome of a question: none while there is none, an error when it was asked in another incarnation.
    pub(crate) fn take_outcome(&mut self, id: u64) -> Option<Result<Outcome, ()>> {
        let Some(question) = self.questions.get_mut(&id) else { return Some(Err(())) };
        let outcome = question.outcome.take()?;
        self.questions.remove(&id);
        Some(Ok(outcome))
    }

    /// Forgets who asked. A binding that nobody waits for any more is ended.
    pub(crate) fn abandon(&mut self, now: Moment, id: u64) {
        let Some(question) = self.questions.get_mut(&id) else { return };
        question.purpose = Purpose::Nobody;
        if let Some(outcome) = question.outcome.take() {
            self.questions.remove(&id);
            self.discard(now, outcome);
        }
    }

    fn discard(&mut self, now: Moment, outcome: Outcome) {
        if let Outcome::Bound(binding) = outcome {
            self.drop_inbox(now, binding);
        }
    }

    fn repeat_questions(&mut self, now: Moment) {
        let answered = self
            .questions
            .iter()
            .find(|(_, question)| question.outcome.is_none())
            .map_or(self.next_question, |(id, _)| *id);
        for (id, question) in &mut self.questions {
            if question.outcome.is_none() && question.due <= now {
                question.due = now + RETRY;
                let op = question.op.clone();
                let request = Packet::Request { session: self.session, id: *id, answered, op };
                self.sent.push((Site::Authority, request));
            }
        }
    }

    fn outcome(&mut self, now: Moment, id: u64, outcome: Outcome) {
        let Some(question) = self.questions.get_mut(&id).filter(|question| question.outcome.is_none()) else {
            return;
        };
        let purpose = question.purpose;
        if let Outcome::Bound(binding) = outcome {
            let dropped = self.inboxes.open(binding);
            self.gone_calls(now, dropped);
        }
        self.change();
        match purpose {
            Purpose::Caller => question_done(&mut self.questions, id, outcome),
            Purpose::Nobody => {
                self.questions.remove(&id);
                self.discard(now, outcome);
            }
            Purpose::Lane(endpoint) => {
                self.questions.remove(&id);
                if let Outcome::Located(at) = outcome {
                    self.located(now, endpoint, at);
                }
            }
        }
    }

    /// Tells whether an answer to a bind of this endpoint is under way.
    fn is_binding(&self, endpoint: EndpointId) -> bool {
        self.questions
            .values()
            .any(|q| q.outcome.is_none() && matches!(&q.op, Op::Bind(bound, _) if *bound == endpoint))
    }

    fn notices(&mut self, now: Moment, notices: &[Notice]) {
        for notice in notices {
            if notice.number == self.next_notice {
                self.next_notice += 1;
                let dropped = self.inboxes.close(notice.ended, notice.fence);
                self.gone_calls(now, dropped);
                self.change();
            }
        }
    }

    /// Ends a binding whose reader is gone.
    pub(crate) fn drop_inbox(&mut self, now: Moment, binding: Binding) {
        let (dropped, was_open) = self.inboxes.remove(binding);
        self.gone_calls(now, dropped);
        if was_open {
            self.ask_for(now, Op::Unbind(binding, None), Purpose::Nobody);
        }
        self.change();
    }

    /// Ends a binding whose reader is too slow.
    fn overflow(&mut self, now: Moment, binding: Binding) {
        let dropped = self.inboxes.close(binding, Some(Fence::Overflow));
        self.gone_calls(now, dropped);
        self.ask_for(now, Op::Unbind(binding, Some(Fence::Overflow)), Purpose::Nobody);
        self.change();
    }

    pub(crate) fn open_stream(&mut self) -> u64 {
        self.next_stream += 1;
        self.streams.insert(self.next_stream, AnnouncementStream::default());
        self.next_stream
    }

    pub(crate) fn close_stream(&mut self, stream: u64) {
        self.streams.remove(&stream);
    }

    /// Returns the next announcement of a stream.
    pub(crate) fn next_announced(&mut self, stream: u64) -> Option<Announced> {
        let stream = self.streams.get_mut(&stream)?;
        let next = stream.waiting.pop_front();
        if next.is_none() && std::mem::take(&mut stream.lost) {
            return Some(Announced::Gap);
        }
        next
    }

    fn announced(&mut self, event: Announced) {
        for stream in self.streams.values_mut() {
            if stream.waiting.len() < ANNOUNCEMENTS {
                stream.waiting.push_back(event);
            } else {
                stream.lost = true;
            }
        }
        self.change();
    }
}

fn question_done(questions: &mut BTreeMap<u64, Question>, id: u64, outcome: Outcome) {
    if let Some(question) = questions.get_mut(&id) {
        question.outcome = Some(outcome);
    }
}
