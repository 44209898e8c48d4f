//! The one linearizable authority: bindings, live documents, watchers, claims and the leases of sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rapport_core::presence::Live;
use rapport_fabric::{
    Announcement, Binding, Bound, CasError, Claim, Description, Epoch, Fence, NodeId, Revision, WatchRefused,
};
use rapport_model::{EndpointId, TenantId, UserId};

use crate::node::LEASE;
use crate::packet::{Moment, Notice, Op, Outcome, Packet, Session, Site};

type Sent = Vec<(Site, Packet)>;

#[derive(Debug, Default)]
pub(crate) struct Authority {
    /// The session of each node, as long as its lease lasts.
    sessions: BTreeMap<usize, Stay>,
    /// The highest incarnation of each node that has ended.
    ended: BTreeMap<usize, u64>,
    people: BTreeMap<UserId, Person>,
    claims: BTreeMap<(TenantId, Arc<str>), (Session, Epoch)>,
    epochs: u64,
    revisions: u64,
}

#[derive(Debug)]
struct Stay {
    session: Session,
    until: Moment,
    /// Answers to questions that may be asked again.
    outcomes: BTreeMap<u64, Outcome>,
    /// Every question below has its answer.
    answered: u64,
    notices: Vec<Notice>,
    next_notice: u64,
}

#[derive(Debug, Default)]
struct Person {
    slots: Vec<Slot>,
    watchers: BTreeSet<Binding>,
    live: Option<Arc<Live>>,
    revision: Revision,
}

#[derive(Clone, Debug)]
struct Slot {
    binding: Binding,
    description: Arc<Description>,
    session: Session,
}

impl Authority {
    pub(crate) fn handle(&mut self, now: Moment, packet: Packet, sent: &mut Sent) {
        match packet {
            Packet::Heartbeat { session, sent: at, noticed } => {
                self.heartbeat(now, session, at, noticed, sent)
            }
            Packet::Request { session, id, answered, op } => self.request(session, id, answered, op, sent),
            Packet::Announce { user, change } => self.announce(user, change, sent),
            Packet::Lease { .. }
            | Packet::Notices { .. }
            | Packet::Outcome { .. }
            | Packet::Dead { .. }
            | Packet::Announced { .. }
            | Packet::Data { .. }
            | Packet::Ack { .. }
            | Packet::Answered { .. }
            | Packet::AnsweredAck { .. }
            | Packet::Keep { .. }
            | Packet::Kept { .. }
            | Packet::Unknown { .. } => unreachable!("only nodes are sent this"),
        }
    }

    /// Ends the sessions whose leases are over.
    pub(crate) fn tick(&mut self, now: Moment, sent: &mut Sent) {
        let over: Vec<usize> =
            self.sessions.iter().filter(|(_, stay)| stay.until <= now).map(|(node, _)| *node).collect();
        for node in over {
            self.end_session(node, sent);
        }
    }

    fn heartbeat(&mut self, now: Moment, session: Session, at: Moment, noticed: u64, sent: &mut Sent) {
        let known = self.sessions.get(&session.node).map(|stay| stay.session);
        if self.ended.get(&session.node).is_some_and(|ended| session.incarnation <= *ended)
            || known.is_some_and(|known| known > session)
        {
            sent.push((session.site(), Packet::Dead { session }));
            return;
        }
        if known != Some(session) {
            self.end_session(session.node, sent);
            let stay = Stay {
                session,
                until: now,
                outcomes: BTreeMap::new(),
                answered: 0,
                notices: Vec::new(),
                next_notice: 0,
            };
            self.sessions.insert(session.node, stay);
        }
        if let Some(stay) = self.sessions.get_mut(&session.node) {
            stay.until = stay.until.max(now + LEASE);
            stay.notices.retain(|notice| notice.number >= noticed);
            sent.push((session.site(), Packet::Lease { session, sent: at }));
            if !stay.notices.is_empty() {
                let notices = stay.notices.clone();
                sent.push((session.site(), Packet::Notices { session, notices }));
            }
        }
    }

    fn request(&mut self, session: Session, id: u64, answered: u64, op: Op, sent: &mut Sent) {
        let Some(stay) = self.sessions.get_mut(&session.node).filter(|stay| stay.session == session) else {
            sent.push((session.site(), Packet::Dead { session }));
            return;
        };
        stay.answered = stay.answered.max(answered);
        stay.outcomes = stay.outcomes.split_off(&stay.answered);
        if id < stay.answered {
            return;
        }
        let outcome = match stay.outcomes.get(&id) {
            Some(outcome) => outcome.clone(),
            None => {
                let outcome = self.apply(session, op, sent);
                if let Some(stay) = self.sessions.get_mut(&session.node) {
                    stay.outcomes.insert(id, outcome.clone());
                }
                outcome
            }
        };
        sent.push((session.site(), Packet::Outcome { session, id, outcome }));
    }

    fn apply(&mut self, session: Session, op: Op, sent: &mut Sent) -> Outcome {
        match op {
            Op::Bind(endpoint, description) => self.bind(session, endpoint, description, sent),
            Op::Unbind(binding, fence) => {
                self.end(binding, fence, sent);
                Outcome::Done
            }
            Op::Endpoints(user) => {
                let bound =
                    |slot: &Slot| Bound { binding: slot.binding, description: slot.description.clone() };
                Outcome::Endpoints(self.slots(user).iter().map(bound).collect())
            }
            Op::Locate(endpoint) => Outcome::Located(
                self.slots(endpoint.user)
                    .iter()
                    .find(|slot| slot.binding.endpoint == endpoint)
                    .map(|slot| (slot.binding, slot.session)),
            ),
            Op::Live(user) => self.people.get(&user).map_or(Outcome::Live(None, Revision(0)), |person| {
                Outcome::Live(person.live.clone(), person.revision)
            }),
            Op::CompareAndSet(user, expected, new) => {
                let person = self.people.entry(user).or_default();
                if person.revision != expected {
                    return Outcome::Set(Err(CasError::Moved));
                }
                self.revisions += 1;
                person.revision = Revision(self.revisions);
                person.live = new;
                Outcome::Set(Ok(person.revision))
            }
            Op::Watch(presentity, watcher, limit) => Outcome::Watched(self.watch(presentity, watcher, limit)),
            Op::Unwatch(presentity, watcher) => {
                if let Some(person) = self.people.get_mut(&presentity) {
                    person.watchers.remove(&watcher);
                }
                Outcome::Done
            }
            Op::WatcherCount(presentity) => Outcome::Count(self.people.get(&presentity).map_or(0, distinct)),
            Op::Claim(tenant, key) => {
                let next = Epoch(self.epochs + 1);
                let (owner, epoch) = *self.claims.entry((tenant, key)).or_insert((session, next));
                self.epochs = self.epochs.max(epoch.0);
                if owner == session {
                    Outcome::Claimed(Claim::Owned { epoch })
                } else {
                    let by = NodeId(u32::try_from(owner.node).unwrap_or(u32::MAX));
                    Outcome::Claimed(Claim::Held { by, epoch })
                }
            }
            Op::Release(tenant, key, epoch) => {
                let key = (tenant, key);
                if self.claims.get(&key) == Some(&(session, epoch)) {
                    self.claims.remove(&key);
                }
                Outcome::Done
            }
        }
    }

    fn bind(
        &mut self,
        session: Session,
        endpoint: EndpointId,
        description: Arc<Description>,
        sent: &mut Sent,
    ) -> Outcome {
        self.epochs += 1;
        let binding = Binding { endpoint, epoch: Epoch(self.epochs) };
        let person = self.people.entry(endpoint.user).or_default();
        let earlier = person.slots.iter().position(|slot| slot.binding.endpoint == endpoint);
        let replaced = earlier.map(|at| person.slots.remove(at));
        person.slots.push(Slot { binding, description, session });
        if let Some(slot) = replaced {
            self.forget_watcher(slot.binding);
            self.notice(slot.session, slot.binding, Some(Fence::Replaced), sent);
        }
        Outcome::Bound(binding)
    }

    fn watch(&mut self, presentity: UserId, watcher: Binding, limit: u32) -> Result<(), WatchRefused> {
        if !self.slots(watcher.endpoint.user).iter().any(|slot| slot.binding == watcher) {
            return Err(WatchRefused::StaleBinding);
        }
        let person = self.people.entry(presentity).or_default();
        let known = person.watchers.iter().any(|w| w.endpoint.user == watcher.endpoint.user);
        if !known && distinct(person) >= limit {
            return Err(WatchRefused::TooMany { limit });
        }
        person.watchers.insert(watcher);
        Ok(())
    }

    /// Ends a binding that is still the current one, and announces it.
    fn end(&mut self, binding: Binding, fence: Option<Fence>, sent: &mut Sent) {
        let Some(person) = self.people.get_mut(&binding.endpoint.user) else { return };
        let Some(at) = person.slots.iter().position(|slot| slot.binding == binding) else { return };
        let slot = person.slots.remove(at);
        self.forget_watcher(binding);
        self.notice(slot.session, binding, fence, sent);
        let change = Announcement::Bindings { ended: binding };
        for stay in self.sessions.values() {
            let session = stay.session;
            let user = binding.endpoint.user;
            sent.push((session.site(), Packet::Announced { session, user, change }));
        }
    }

    fn end_session(&mut self, node: usize, sent: &mut Sent) {
        let Some(stay) = self.sessions.remove(&node) else { return };
        self.ended.insert(node, stay.session.incarnation);
        let slots = self.people.values().flat_map(|person| &person.slots);
        let bindings: Vec<Binding> =
            slots.filter(|slot| slot.session == stay.session).map(|slot| slot.binding).collect();
        for binding in bindings {
            self.end(binding, Some(Fence::Lease), sent);
        }
        self.claims.retain(|_, (owner, _)| *owner != stay.session);
    }

    fn notice(&mut self, session: Session, ended: Binding, fence: Option<Fence>, sent: &mut Sent) {
        if let Some(stay) = self.sessions.get_mut(&session.node).filter(|stay| stay.session == session) {
            stay.notices.push(Notice { number: stay.next_notice, ended, fence });
            stay.next_notice += 1;
            let notices = stay.notices.clone();
            sent.push((session.site(), Packet::Notices { session, notices }));
        }
    }

    fn announce(&mut self, user: UserId, change: Announcement, sent: &mut Sent) {
        let mut interested: BTreeSet<Session> = self.slots(user).iter().map(|slot| slot.session).collect();
        for watcher in self.people.get(&user).iter().flat_map(|person| &person.watchers) {
            let slots = self.slots(watcher.endpoint.user);
            interested.extend(slots.iter().filter(|slot| slot.binding == *watcher).map(|slot| slot.session));
        }
        for session in interested {
            sent.push((session.site(), Packet::Announced { session, user, change }));
        }
    }

    fn forget_watcher(&mut self, watcher: Binding) {
        for person in self.people.values_mut() {
            person.watchers.remove(&watcher);
        }
    }

    fn slots(&self, user: UserId) -> &[Slot] {
        self.people.get(&user).map_or(&[], |person| &person.slots)
    }
}

fn distinct(person: &Person) -> u32 {
    let people: BTreeSet<UserId> = person.watchers.iter().map(|watcher| watcher.endpoint.user).collect();
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}
