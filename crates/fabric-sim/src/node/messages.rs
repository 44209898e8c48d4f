//! Messages on their way out and in.
//!
//! A message waits in the **lane** of its endpoint for an answer to where that is; the question is asked after the
//! message came, so the answer is never older than it. Then it goes in the **stream** of the binding, in order.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rapport_fabric::{Binding, Delivery};
use rapport_model::EndpointId;

use crate::packet::{Accepted, Bytes, Data, Moment, Op, Packet, Session};

use super::inbox::{Item, Put};
use super::{Node, Purpose, RETRY};

/// How long a message may take to be confirmed.
const DELIVERY: Duration = Duration::from_secs(3);
/// How much longer the sender waits for a confirmation that may be under way.
const GRACE: Duration = Duration::from_secs(1);
/// How many confirmations of a stream are kept for repetitions.
const KEPT_RESULTS: u64 = 4096;

#[derive(Debug, Default)]
pub(crate) struct Messages {
    lanes: BTreeMap<EndpointId, Lane>,
    outgoing: BTreeMap<u64, Outgoing>,
    next_stream: u64,
    incoming: BTreeMap<(Session, u64), Incoming>,
    /// What became of one-way messages whose senders wait.
    fates: BTreeMap<u64, Option<Delivery>>,
    next_job: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A one-way message, or an order, under this number in `fates`.
    Message { id: u64, is_order: bool },
    /// A call under the caller's number.
    Call(u64),
}

#[derive(Clone, Debug)]
struct Job {
    kind: Kind,
    expires: Moment,
    bytes: Bytes,
}

#[derive(Debug, Default)]
struct Lane {
    jobs: VecDeque<Job>,
    /// Whether a question is under way.
    asking: bool,
    /// How many of the jobs it is for.
    asked_for: usize,
}

#[derive(Debug)]
struct Outgoing {
    to: Session,
    binding: Binding,
    next: u64,
    unconfirmed: BTreeMap<u64, (Job, Moment)>,
}

#[derive(Debug, Default)]
struct Incoming {
    next: u64,
    waiting: BTreeMap<u64, Data>,
    results: BTreeMap<u64, Accepted>,
}

/// Nobody took it.
const REFUSED: (Delivery, Option<(Session, u64)>) = (Delivery::Gone, None);

impl Messages {
    pub(crate) fn leave(&mut self) {
        self.lanes.clear();
        self.outgoing.clear();
        self.incoming.clear();
        for fate in self.fates.values_mut() {
            fate.get_or_insert(Delivery::Gone);
        }
    }
}

impl Node {
    /// Sends a one-way message and returns the number under which its fate will be known.
    pub(crate) fn send_message(
        &mut self,
        now: Moment,
        endpoint: EndpointId,
        bytes: Bytes,
        is_order: bool,
    ) -> u64 {
        let id = self.messages.next_job;
        self.messages.next_job += 1;
        self.messages.fates.insert(id, None);
        self.enqueue(
            now,
            endpoint,
            Job { kind: Kind::Message { id, is_order }, expires: now + DELIVERY, bytes },
        );
        id
    }

    /// Sends the message of a call.
    pub(super) fn send_call(&mut self, now: Moment, endpoint: EndpointId, call: u64, bytes: Bytes) {
        self.enqueue(now, endpoint, Job { kind: Kind::Call(call), expires: now + DELIVERY, bytes });
    }

    /// Takes a call back that has not left this node, and tells whether that was so.
    pub(super) fn recall(&mut self, call: u64) -> bool {
        let mut found = false;
        for lane in self.messages.lanes.values_mut() {
            if let Some(at) = lane.jobs.iter().position(|job| job.kind == Kind::Call(call)) {
                lane.jobs.remove(at);
                if at < lane.asked_for {
                    lane.asked_for -= 1;
                }
                found = true;
            }
        }
        found
    }

    pub(crate) fn fate(&self, id: u64) -> Option<Delivery> {
        self.messages.fates.get(&id).copied().unwrap_or(Some(Delivery::Gone))
    }

    pub(crate) fn forget_fate(&mut self, id: u64) {
        self.messages.fates.remove(&id);
    }

    fn enqueue(&mut self, now: Moment, endpoint: EndpointId, job: Job) {
        let lane = self.messages.lanes.entry(endpoint).or_default();
        lane.jobs.push_back(job);
        if !lane.asking {
            lane.asking = true;
            lane.asked_for = lane.jobs.len();
            self.ask_for(now, Op::Locate(endpoint), Purpose::Lane(endpoint));
        }
    }

    /// Moves the messages that were asked for into a stream, and asks for those that have come since.
    pub(super) fn located(&mut self, now: Moment, endpoint: EndpointId, at: Option<(Binding, Session)>) {
        let Some(lane) = self.messages.lanes.get_mut(&endpoint) else { return };
        let covered = lane.asked_for.min(lane.jobs.len());
        let jobs: Vec<Job> = lane.jobs.drain(..covered).collect();
        lane.asked_for = lane.jobs.len();
        lane.asking = !lane.jobs.is_empty();
        if lane.jobs.is_empty() {
            self.messages.lanes.remove(&endpoint);
        } else {
            self.ask_for(now, Op::Locate(endpoint), Purpose::Lane(endpoint));
        }
        for job in jobs {
            match at {
                Some((binding, to)) => self.transmit(now, binding, to, job),
                None => self.settle(now, job.kind, REFUSED),
            }
        }
    }

    fn transmit(&mut self, now: Moment, binding: Binding, to: Session, job: Job) {
        let messages = &mut self.messages;
        let known = messages.outgoing.iter().find(|(_, stream)| stream.binding == binding).map(|(id, _)| *id);
        let id = known.unwrap_or_else(|| {
            messages.next_stream += 1;
            messages.next_stream
        });
        let stream = messages.outgoing.entry(id).or_insert_with(|| Outgoing {
            to,
            binding,
            next: 0,
            unconfirmed: BTreeMap::new(),
        });
        let number = stream.next;
        stream.next += 1;
        let packet = stream.packet(self.session, id, number, &job);
        stream.unconfirmed.insert(number, (job, now + RETRY));
        self.sent.push((to.site(), packet));
    }

    pub(super) fn tick_messages(&mut self, now: Moment) {
        // A message that waits for an answer of the authority gets too old in its lane.
        let mut late = Vec::new();
        for lane in self.messages.lanes.values_mut() {
            while let Some(job) = lane.jobs.front().filter(|job| job.expires <= now) {
                late.push(job.kind);
                lane.jobs.pop_front();
                lane.asked_for = lane.asked_for.saturating_sub(1);
            }
        }
        for kind in late {
            self.settle(now, kind, REFUSED);
        }
        let mut broken = Vec::new();
        for (id, stream) in &mut self.messages.outgoing {
            if stream.unconfirmed.values().any(|(job, _)| job.expires + GRACE <= now) {
                broken.push(*id);
                continue;
            }
            let due: Vec<u64> =
                stream.unconfirmed.iter().filter(|(_, (_, due))| *due <= now).map(|(n, _)| *n).collect();
            for number in due {
                if let Some((job, due)) = stream.unconfirmed.get_mut(&number) {
                    *due = now + RETRY;
                    let job = job.clone();
                    self.sent.push((stream.to.site(), stream.packet(self.session, *id, number, &job)));
                }
            }
        }
        for id in broken {
            for (job, _) in
                self.messages.outgoing.remove(&id).into_iter().flat_map(|s| s.unconfirmed.into_values())
            {
                self.settle(now, job.kind, REFUSED);
            }
        }
    }

    pub(super) fn ack(&mut self, now: Moment, from: Session, stream: u64, number: u64, result: Accepted) {
        if let Some(stream) = self.messages.outgoing.get_mut(&stream)
            && let Some((job, _)) = stream.unconfirmed.remove(&number)
        {
            let callee = result.call.map(|id| (from, id));
            self.settle(now, job.kind, (result.delivery, callee));
        }
    }

    fn settle(&mut self, now: Moment, kind: Kind, (delivery, callee): (Delivery, Option<(Session, u64)>)) {
        match kind {
            Kind::Message { id, .. } => {
                if let Some(fate) = self.messages.fates.get_mut(&id) {
                    *fate = Some(delivery);
                }
            }
            Kind::Call(call) => {
                self.call_settled(now, call, callee.filter(|_| delivery == Delivery::Taken));
            }
        }
        self.change();
    }

    pub(super) fn data(&mut self, now: Moment, from: Session, stream: u64, number: u64, data: Data) {
        let binding = data.binding;
        if !self.inboxes.knows(binding) && self.is_binding(binding.endpoint) {
            // The sender knows of the binding before the node that asked for it. It will say so again.
            return;
        }
        let own = self.session;
        let ack = |number, result| (from.site(), Packet::Ack { from: own, to: from, stream, number, result });
        let incoming = self.messages.incoming.entry((from, stream)).or_default();
        if let Some(result) = incoming.results.get(&number) {
            self.sent.push(ack(number, *result));
            return;
        }
        if number < incoming.next || data.expires < now {
            return;
        }
        incoming.waiting.insert(number, data);
        loop {
            let Some(incoming) = self.messages.incoming.get_mut(&(from, stream)) else { return };
            let number = incoming.next;
            let Some(data) = incoming.waiting.remove(&number) else { return };
            incoming.next += 1;
            let result = self.accept(now, from, data);
            if let Some(incoming) = self.messages.incoming.get_mut(&(from, stream)) {
                incoming.results.insert(number, result);
                incoming.results = incoming.results.split_off(&number.saturating_sub(KEPT_RESULTS));
            }
            self.sent.push(ack(number, result));
        }
    }

    fn accept(&mut self, now: Moment, from: Session, data: Data) -> Accepted {
        let call = data.call.map(|call| self.accept_call(now, from, call, data.binding));
        let item = match call {
            Some(id) => Item::Call(id, data.bytes),
            None if data.is_order => Item::Order(data.bytes),
            None => Item::Message(data.bytes),
        };
        let put = self.inboxes.put(data.binding, item);
        self.change();
        if put == Put::Taken {
            return Accepted { delivery: Delivery::Taken, call };
        }
        if let Some(id) = call {
            self.refuse_call(id);
        }
        if put == Put::Full {
            self.overflow(now, data.binding);
        }
        let delivery = if put == Put::Refused { Delivery::Full } else { Delivery::Gone };
        Accepted { delivery, call: None }
    }
}

impl Outgoing {
    fn packet(&self, from: Session, stream: u64, number: u64, job: &Job) -> Packet {
        let (call, is_order) = match job.kind {
            Kind::Message { is_order, .. } => (None, is_order),
            Kind::Call(call) => (Some(call), false),
        };
        let bytes = job.bytes.clone();
        let data = Data { binding: self.binding, expires: job.expires, call, is_order, bytes };
        Packet::Data { from, to: self.to, stream, number, data }
    }
}
