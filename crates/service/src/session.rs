//! The sessions on this node: where a change is brought to the connection that must tell its client.
//!
//! A connection has one bounded queue of events. One that doesn't empty it is told to close: a slow reader loses its
//! connection, not the server its memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rapport_core::presence::{CategoryName, Document, View};
use rapport_fabric::{Binding, Revision};
use rapport_model::{Aor, EndpointId, UserId};

use crate::contacts::ContactsChanged;
use crate::presence::Watched;
use crate::queue::{Receiver, Sender, queue};

/// Events that wait for one connection at most.
const QUEUE: usize = 1024;
/// Maps are split so that connections seldom wait for each other.
const SHARDS: usize = 64;

/// Something that a connection must tell its client.
#[derive(Clone, Debug)]
pub enum Event {
    /// What a watched person shows has changed.
    Presence(Arc<PresenceEvent>),
    /// The person's own document has changed.
    Own(Arc<OwnEvent>),
    /// The person's contact list has changed.
    Contacts(Arc<ContactsChanged>),
    /// The session is over.
    SignedOut(SignOutReason),
}

/// A changed view of a watched person, shared by every watcher that sees the same.
#[derive(Debug)]
pub struct PresenceEvent {
    /// Whose presence it is.
    pub presentity: UserId,
    /// Their address as watchers know it.
    pub address: Aor,
    /// The revision of their document at which it is shown.
    pub revision: Revision,
    /// The categories that changed, whole.
    pub view: View,
    /// A face's rendering, made once by whichever connection needs it first.
    pub rendered: Rendered,
}

/// A change of the person's own document.
#[derive(Debug)]
pub struct OwnEvent {
    /// The revision of the document after the change.
    pub revision: Revision,
    /// The document after the change.
    pub document: Arc<Document>,
    /// The categories of which an instance changed.
    pub categories: Vec<(CategoryName, rapport_model::ContainerId)>,
    /// The containers of which the membership changed.
    pub containers: Vec<rapport_model::ContainerId>,
    /// Whether the prompted subscribers changed.
    pub subscribers: bool,
    /// A face's rendering, made once by whichever connection needs it first.
    pub rendered: Rendered,
}

/// Room for what a face renders of an event, once for all connections.
#[derive(Debug, Default)]
pub struct Rendered(std::sync::OnceLock<bytes::Bytes>);

impl Rendered {
    /// Returns the rendering, made by `render` unless some connection made it before.
    pub fn get_or_render(&self, render: impl FnOnce() -> bytes::Bytes) -> bytes::Bytes {
        self.0.get_or_init(render).clone()
    }
}

/// Why a session ends although its client did not ask for it ([MS-SIPREGE] §3.1, signin 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOutReason {
    /// The same endpoint signed in anew, on another connection: that one carries on, this one ends in silence.
    Replaced,
    /// The person signed in with more programs than allowed; the oldest had to go.
    TooManyEndpoints,
    /// An administrator disabled the account.
    Disabled,
    /// The service was switched off for the company.
    CompanyDisabled,
    /// The password was changed: the association proves an old one.
    PasswordChanged,
    /// The person was removed.
    Removed,
    /// An address of the person was taken away: what the session says under it would be another's words.
    Renamed,
    /// The connection did not read what was sent to it.
    TooSlow,
    /// The company was restored from a backup: what the client knows may not be so any more, and it signs in anew.
    Restored,
    /// The company took the person's licence away.
    Unlicensed,
    /// The person ended it from another program of theirs.
    EndedByOwner,
    /// The browser's session has run out, or is known no more.
    SessionOver,
}

impl SignOutReason {
    const ALL: [Self; 12] = [
        Self::Replaced,
        Self::TooManyEndpoints,
        Self::Disabled,
        Self::PasswordChanged,
        Self::Removed,
        Self::TooSlow,
        Self::Renamed,
        Self::Restored,
        Self::Unlicensed,
        Self::EndedByOwner,
        Self::CompanyDisabled,
        Self::SessionOver,
    ];

    /// Returns the number under which the reason travels between nodes.
    pub(crate) fn number(self) -> u8 {
        Self::ALL.iter().position(|known| *known == self).and_then(|at| u8::try_from(at).ok()).unwrap_or(0)
    }

    /// Returns the reason of that number.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// The sessions of this node.
#[derive(Debug)]
pub(crate) struct Sessions {
    shards: Vec<Mutex<HashMap<UserId, Vec<Entry>>>>,
}

/// One session. A person has few.
#[derive(Debug)]
struct Entry {
    endpoint: EndpointId,
    epoch: u64,
    events: Sender<Event>,
    own: bool,
    contacts: bool,
}

/// The receiving side of a session's events.
#[derive(Debug)]
pub struct Events {
    queue: Receiver<Event>,
    ended: Option<SignOutReason>,
}

impl Events {
    /// Waits for the next event; the order to end overtakes all others. Never ends by itself.
    pub async fn next(&mut self) -> Event {
        if let Some(reason) = self.ended {
            return Event::SignedOut(reason);
        }
        let event = self.queue.recv().await.unwrap_or(Event::SignedOut(SignOutReason::Replaced));
        if let Event::SignedOut(reason) = event {
            self.ended = Some(reason);
        }
        event
    }

    /// Takes an event that is already there.
    pub fn try_next(&mut self) -> Option<Event> {
        self.queue.try_recv()
    }

    /// Passes over what waits here and is older than what a subscription has been answered, for each address that was
    /// asked for: whoever is told the latest must not be told afterwards what was before.
    pub fn pass_over<'a>(&mut self, answers: impl Iterator<Item = (Option<Aor>, &'a Watched)>) {
        if self.queue.is_empty() {
            return;
        }
        let answers: BTreeMap<_, _> = answers
            .filter_map(|(asked, seen)| match seen {
                Watched::Active { user, address, first } => {
                    Some(((*user, asked.unwrap_or_else(|| address.clone())), first.revision))
                }
                Watched::Unknown | Watched::Foreign | Watched::TooMany { .. } => None,
            })
            .collect();
        self.queue.retain(|event| match event {
            Event::Presence(event) => answers
                .get(&(event.presentity, event.address.clone()))
                .is_none_or(|answered| event.revision >= *answered),
            Event::Own(_) | Event::Contacts(_) | Event::SignedOut(_) => true,
        });
    }
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    fn shard(&self, user: UserId) -> MutexGuard<'_, HashMap<UserId, Vec<Entry>>> {
        let index = user.user as usize % self.shards.len();
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a session under its binding's epoch; of two of the same endpoint the earlier one is told that it is replaced.
    pub(crate) fn enter(&self, endpoint: EndpointId, epoch: u64) -> Events {
        let (events, queue) = queue(QUEUE);
        let entry = Entry { endpoint, epoch, events, own: false, contacts: false };
        let mut shard = self.shard(endpoint.user);
        let of_user = shard.entry(endpoint.user).or_insert_with(|| Vec::with_capacity(1));
        match of_user.iter_mut().find(|known| known.endpoint == endpoint) {
            None => of_user.push(entry),
            // It has been overtaken on its way here.
            Some(known) if known.epoch > epoch => entry.end(SignOutReason::Replaced),
            Some(known) => std::mem::replace(known, entry).end(SignOutReason::Replaced),
        }
        Events { queue, ended: None }
    }

    /// Takes a session out, unless a later one has taken its place.
    pub(crate) fn leave(&self, endpoint: EndpointId, epoch: u64) {
        let mut shard = self.shard(endpoint.user);
        if let Some(of_user) = shard.get_mut(&endpoint.user) {
            of_user.retain(|entry| entry.endpoint != endpoint || entry.epoch != epoch);
            if of_user.is_empty() {
                shard.remove(&endpoint.user);
            }
        }
    }

    /// Notes that a session wants to hear of its own document, of its contact list, or no longer. A later session of the
    /// same endpoint is left alone.
    pub(crate) fn wants(&self, binding: Binding, own: Option<bool>, contacts: Option<bool>) {
        let endpoint = binding.endpoint;
        let mut shard = self.shard(endpoint.user);
        let mut entries = shard.get_mut(&endpoint.user).into_iter().flatten();
        if let Some(entry) =
            entries.find(|entry| entry.endpoint == endpoint && entry.epoch == binding.epoch.0)
        {
            entry.own = own.unwrap_or(entry.own);
            entry.contacts = contacts.unwrap_or(entry.contacts);
        }
    }

    /// Tells whether any session of the person on this node wants to hear of the own document.
    pub(crate) fn any_wants_own(&self, user: UserId) -> bool {
        self.shard(user).get(&user).is_some_and(|of_user| of_user.iter().any(|entry| entry.own))
    }

    /// Tells whether any session of the person on this node wants to hear of the contact list.
    pub(crate) fn any_wants_contacts(&self, user: UserId) -> bool {
        self.shard(user).get(&user).is_some_and(|of_user| of_user.iter().any(|entry| entry.contacts))
    }

    /// Brings an event to one session.
    pub(crate) fn send(&self, endpoint: EndpointId, event: Event) {
        let shard = self.shard(endpoint.user);
        let mut entries = shard.get(&endpoint.user).into_iter().flatten();
        if let Some(entry) = entries.find(|entry| entry.endpoint == endpoint) {
            entry.send(event);
        }
    }

    /// Brings an event to every session of the person that wants to hear of the own document.
    pub(crate) fn send_own(&self, user: UserId, event: &Arc<OwnEvent>) {
        for entry in self.shard(user).get(&user).into_iter().flatten().filter(|e| e.own) {
            entry.send(Event::Own(event.clone()));
        }
    }

    /// Brings an event to every session of the person that wants to hear of the contact list.
    pub(crate) fn send_contacts(&self, user: UserId, event: &Arc<ContactsChanged>) {
        for entry in self.shard(user).get(&user).into_iter().flatten().filter(|e| e.contacts) {
            entry.send(Event::Contacts(event.clone()));
        }
    }

    /// Ends one session of a person on this node.
    pub(crate) fn end(&self, endpoint: EndpointId, reason: SignOutReason) {
        let shard = self.shard(endpoint.user);
        let mut entries = shard.get(&endpoint.user).into_iter().flatten();
        if let Some(entry) = entries.find(|entry| entry.endpoint == endpoint) {
            entry.end(reason);
        }
    }

    /// Returns those for whom `is_asked` is true and who have a session on this node.
    pub(crate) fn users(&self, is_asked: impl Fn(UserId) -> bool) -> Vec<UserId> {
        let mut users = Vec::new();
        for shard in &self.shards {
            let people = shard.lock().unwrap_or_else(PoisonError::into_inner);
            users.extend(people.keys().copied().filter(|user| is_asked(*user)));
        }
        users
    }
}

impl Entry {
    fn send(&self, event: Event) {
        if self.events.try_send(event).is_err() {
            self.end(SignOutReason::TooSlow);
        }
    }

    fn end(&self, reason: SignOutReason) {
        self.events.overtake(Event::SignedOut(reason));
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::{Instance, TenantId};

    use super::*;

    #[tokio::test]
    async fn a_session_that_is_overtaken_on_its_way_here_leaves_the_later_one_in_its_place() {
        let sessions = Sessions::new();
        let user = UserId { tenant: TenantId(1), user: 1 };
        let endpoint = EndpointId { user, instance: Instance([7; 16]) };
        let mut later = sessions.enter(endpoint, 2);
        let mut earlier = sessions.enter(endpoint, 1);
        assert!(matches!(earlier.next().await, Event::SignedOut(SignOutReason::Replaced)));
        sessions.end(endpoint, SignOutReason::EndedByOwner);
        assert!(matches!(later.next().await, Event::SignedOut(SignOutReason::EndedByOwner)));
    }
}
