//! Calls: at the caller's node until the last event has come, at the callee's until the last one is confirmed.
//!
//! ```text
//! caller   Sent --first word of the callee's node--> Active --End or Gone, in order--> Over
//! callee   Queued --read--> Taken --reply finished or dropped, cancelled, caller silent--> Ended
//! ```
//! A cancellation is repeated until the callee's `End` is here. Since the events of a call are numbered, every answer
//! that the callee could send comes before it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rapport_fabric::Binding;
use rapport_model::EndpointId;

use crate::packet::{Answered, Bytes, Moment, Packet, Session};

use super::inbox::Item;
use super::{LEASE, Node, RETRY};

/// How often a caller says that it is still there.
const KEEP: Duration = Duration::from_millis(500);
/// After how long without a word the other end is taken for dead: its lease is over by then.
const SILENCE: Duration = LEASE.saturating_mul(2);

#[derive(Debug, Default)]
pub(crate) struct Calls {
    made: BTreeMap<u64, Made>,
    got: BTreeMap<u64, Got>,
    next: u64,
}

/// What a caller reads.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Answer(Bytes),
    Gone,
    DeadlinePassed,
    End,
}

#[derive(Debug)]
struct Made {
    /// The callee's node and its number of the call.
    callee: Option<(Session, u64)>,
    deadline: Moment,
    /// Set when the call is cancelled, with the caller's last word.
    cancel: Option<Option<Bytes>>,
    next: u64,
    waiting: BTreeMap<u64, Answered>,
    events: VecDeque<Event>,
    over: bool,
    read: bool,
    due: Moment,
    heard: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Queued,
    Taken,
    Ended,
}

#[derive(Debug)]
struct Got {
    caller: Session,
    /// The caller's number of the call.
    call: u64,
    binding: Binding,
    phase: Phase,
    next: u64,
    unconfirmed: BTreeMap<u64, (Answered, Moment)>,
    heard: Moment,
}

impl Calls {
    pub(crate) fn leave(&mut self) {
        self.got.clear();
        for made in self.made.values_mut() {
            made.finish(Event::Gone);
        }
        self.made.retain(|_, made| made.read);
    }
}

impl Made {
    fn finish(&mut self, last: Event) {
        if !self.over {
            self.over = true;
            self.events.push_back(last);
        }
    }
}

impl Node {
    /// Begins a call and returns the caller's number of it.
    pub(crate) fn begin_call(
        &mut self,
        now: Moment,
        endpoint: EndpointId,
        bytes: Bytes,
        deadline: Duration,
    ) -> u64 {
        self.calls.next += 1;
        let call = self.calls.next;
        let made = Made {
            callee: None,
            deadline: now.saturating_add(deadline),
            cancel: None,
            next: 0,
            waiting: BTreeMap::new(),
            events: VecDeque::new(),
            over: false,
            read: true,
            due: now + KEEP,
            heard: now,
        };
        self.calls.made.insert(call, made);
        self.send_call(now, endpoint, call, bytes);
        call
    }

    /// Returns the next event of a call; none while there is none.
    pub(crate) fn next_event(&mut self, call: u64) -> Option<Event> {
        let Some(made) = self.calls.made.get_mut(&call) else { return Some(Event::End) };
        let event = made.events.pop_front();
        if event.is_none() && made.over {
            self.calls.made.remove(&call);
            return Some(Event::End);
        }
        event
    }

    pub(crate) fn cancel_call(&mut self, now: Moment, call: u64, message: Option<Bytes>) {
        let Some(made) = self.calls.made.get_mut(&call).filter(|m| !m.over && m.cancel.is_none()) else {
            return;
        };
        made.cancel = Some(message);
        made.due = now;
        made.heard = now;
        if self.recall(call) {
            if let Some(made) = self.calls.made.get_mut(&call) {
                made.finish(Event::End);
            }
            self.change();
        }
        self.keep_calls(now);
    }

    /// Notes that a call has no reader any more: it is forgotten once it is over.
    pub(crate) fn stop_reading(&mut self, call: u64) {
        if let Some(made) = self.calls.made.get_mut(&call) {
            made.read = false;
        }
        self.calls.made.retain(|_, made| made.read || !made.over);
    }

    /// Notes what became of the message of a call: which node has it under which number, or that nobody took it.
    pub(super) fn call_settled(&mut self, now: Moment, call: u64, callee: Option<(Session, u64)>) {
        let Some(made) = self.calls.made.get_mut(&call).filter(|made| made.callee.is_none()) else { return };
        match callee {
            Some(callee) => {
                made.callee = Some(callee);
                made.heard = now;
                made.due = if made.cancel.is_some() { now } else { now + KEEP };
            }
            None => made.finish(Event::Gone),
        }
        self.keep_calls(now);
    }

    pub(super) fn tick_calls(&mut self, now: Moment) {
        let mut passed = Vec::new();
        for (call, made) in &mut self.calls.made {
            if !made.over && made.cancel.is_none() && made.deadline <= now {
                made.events.push_back(Event::DeadlinePassed);
                passed.push(*call);
            }
            if made.callee.is_some() && made.heard + SILENCE <= now {
                made.finish(Event::Gone);
                self.changed = true;
            }
        }
        for call in passed {
            self.cancel_call(now, call, None);
            self.change();
        }
        self.keep_calls(now);
        self.calls.made.retain(|_, made| made.read || !made.over);
        self.tick_got(now);
    }

    /// Tells callees that their calls are wanted, or are not any more.
    fn keep_calls(&mut self, now: Moment) {
        for (call, made) in &mut self.calls.made {
            if !made.over
                && made.due <= now
                && let Some((to, id)) = made.callee
            {
                made.due = now + if made.cancel.is_some() { RETRY } else { KEEP };
                let cancel = made.cancel.clone();
                let keep = Packet::Keep { from: self.session, to, call: *call, id, cancel };
                self.sent.push((to.site(), keep));
            }
        }
    }

    fn tick_got(&mut self, now: Moment) {
        let silent: Vec<u64> =
            self.calls.got.iter().filter(|(_, got)| got.heard + SILENCE <= now).map(|(id, _)| *id).collect();
        for id in silent {
            self.end_got(now, id, None);
            self.calls.got.remove(&id);
        }
        for (id, got) in &mut self.calls.got {
            for (number, (event, due)) in &mut got.unconfirmed {
                if *due <= now {
                    *due = now + RETRY;
                    let packet = Packet::Answered {
                        from: self.session,
                        to: got.caller,
                        call: got.call,
                        id: *id,
                        number: *number,
                        event: event.clone(),
                    };
                    self.sent.push((got.caller.site(), packet));
                }
            }
        }
    }

    pub(super) fn kept(&mut self, now: Moment, call: u64) {
        if let Some(made) = self.calls.made.get_mut(&call) {
            made.heard = now;
        }
    }

    pub(super) fn unknown(&mut self, call: u64) {
        if let Some(made) = self.calls.made.get_mut(&call) {
            made.finish(Event::Gone);
            self.change();
        }
    }

    /// Takes an event of a call at the caller's node.
    pub(super) fn answered(
        &mut self,
        now: Moment,
        from: Session,
        call: u64,
        id: u64,
        number: u64,
        event: Answered,
    ) {
        // Confirmed even when the call is unknown: the caller has all that it wants, or is gone.
        self.sent.push((from.site(), Packet::AnsweredAck { to: from, id, number }));
        let Some(made) = self.calls.made.get_mut(&call).filter(|made| !made.over) else { return };
        made.heard = now;
        if made.callee.is_none() {
            made.callee = Some((from, id));
            made.due = if made.cancel.is_some() { now } else { now + KEEP };
        }
        if number >= made.next {
            made.waiting.insert(number, event);
        }
        while let Some(event) = made.waiting.remove(&made.next) {
            made.next += 1;
            match event {
                Answered::Answer(bytes) => made.events.push_back(Event::Answer(bytes)),
                Answered::End => made.finish(Event::End),
                Answered::Gone => made.finish(Event::Gone),
            }
        }
        self.change();
        self.keep_calls(now);
    }

    /// Enters a call that has arrived and returns the callee's number of it. The caller is told that number.
    pub(super) fn accept_call(&mut self, now: Moment, caller: Session, call: u64, binding: Binding) -> u64 {
        self.calls.next += 1;
        let id = self.calls.next;
        let got = Got {
            caller,
            call,
            binding,
            phase: Phase::Queued,
            next: 0,
            unconfirmed: BTreeMap::new(),
            heard: now,
        };
        self.calls.got.insert(id, got);
        id
    }

    /// Forgets a call that did not get into an inbox.
    pub(super) fn refuse_call(&mut self, id: u64) {
        self.calls.got.remove(&id);
    }

    /// Ends calls that waited in an inbox that was closed.
    pub(super) fn gone_calls(&mut self, now: Moment, ids: Vec<u64>) {
        for id in ids {
            self.answer(now, id, Answered::Gone);
        }
    }

    /// Notes that an inbox gives a call out.
    pub(crate) fn take_call(&mut self, id: u64) {
        if let Some(got) = self.calls.got.get_mut(&id).filter(|got| got.phase == Phase::Queued) {
            got.phase = Phase::Taken;
        }
    }

    /// Sends an event to a caller, and tells whether the call was still open.
    pub(crate) fn answer(&mut self, now: Moment, id: u64, event: Answered) -> bool {
        let own = self.session;
        let Some(got) = self.calls.got.get_mut(&id).filter(|got| got.phase != Phase::Ended) else {
            return false;
        };
        if !matches!(event, Answered::Answer(_)) {
            got.phase = Phase::Ended;
        }
        let number = got.next;
        got.next += 1;
        got.unconfirmed.insert(number, (event.clone(), now + RETRY));
        let packet = Packet::Answered { from: own, to: got.caller, call: got.call, id, number, event };
        self.sent.push((got.caller.site(), packet));
        true
    }

    pub(super) fn answered_ack(&mut self, now: Moment, id: u64, number: u64) {
        if let Some(got) = self.calls.got.get_mut(&id) {
            got.heard = now;
            got.unconfirmed.remove(&number);
            if got.phase == Phase::Ended && got.unconfirmed.is_empty() {
                self.calls.got.remove(&id);
            }
        }
    }

    pub(super) fn keep(
        &mut self,
        now: Moment,
        from: Session,
        call: u64,
        id: u64,
        cancel: Option<Option<Bytes>>,
    ) {
        let Some(got) = self.calls.got.get_mut(&id) else {
            self.sent.push((from.site(), Packet::Unknown { to: from, call }));
            return;
        };
        got.heard = now;
        self.sent.push((from.site(), Packet::Kept { to: from, call }));
        if let Some(message) = cancel {
            self.end_got(now, id, message);
        }
    }

    /// Ends a call from the caller's side and lets the callee know if it has seen it.
    fn end_got(&mut self, now: Moment, id: u64, message: Option<Bytes>) {
        let Some(got) = self.calls.got.get(&id) else { return };
        let (phase, binding) = (got.phase, got.binding);
        match phase {
            Phase::Ended => return,
            Phase::Queued => self.inboxes.withdraw(binding, id),
            Phase::Taken => {
                // One that is closed has nobody to tell.
                let _ = self.inboxes.put(binding, Item::Cancelled(id, message));
            }
        }
        self.answer(now, id, Answered::End);
        self.change();
    }
}
