//! Who is bound, what is live and who watches, in shards of people.
//!
//! Each shard has one lock. Two are held together only to enter or remove a watcher, in the order of their numbers.
//!
//! An entry goes when nothing hangs on it. So that an absent document's revision still orders, a shard keeps the highest
//! revision that it has dropped: absence stands at least there.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard};

use rapport_core::presence::Live;
use rapport_fabric::{Binding, Bound, CasError, Description, Epoch, Payload, Revision, WatchRefused};
use rapport_model::{EndpointId, UserId, insert_in_crowd};

use crate::hash::BuildIdHasher;
use crate::lock;
use crate::queue::Queue;

const SHARDS: u32 = 64;

/// Everything that is known of people, by person.
#[derive(Debug)]
pub(crate) struct Registry<M: Payload> {
    shards: Box<[Mutex<Shard<M>>]>,
}

/// What a binding leaves behind.
#[derive(Debug)]
pub(crate) struct Ended<M: Payload> {
    pub(crate) queue: Arc<Queue<M>>,
    /// Whom it watched.
    pub(crate) watching: Vec<UserId>,
}

#[derive(Debug)]
struct Shard<M: Payload> {
    people: HashMap<UserId, Person<M>, BuildIdHasher>,
    /// The last revision given out in this shard.
    last: u64,
    /// The highest revision of the people whose entries are gone.
    dropped: u64,
}

#[derive(Debug)]
struct Person<M: Payload> {
    /// In the order in which they were bound.
    slots: Vec<Slot<M>>,
    /// In order, so that the bindings of one watching person stand together. There are as many as there are contacts of
    /// all who are bound: an epoch is that of one binding alone, and names it in half the room.
    watchers: Vec<(UserId, Epoch)>,
    live: Option<Arc<Live>>,
    revision: Revision,
}

#[derive(Debug)]
struct Slot<M: Payload> {
    binding: Binding,
    description: Arc<Description>,
    queue: Arc<Queue<M>>,
    /// Whom this binding watches, in order.
    watching: Vec<UserId>,
}

impl<M: Payload> Default for Registry<M> {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl<M: Payload> Default for Shard<M> {
    fn default() -> Self {
        Self { people: HashMap::default(), last: 0, dropped: 0 }
    }
}

impl<M: Payload> Registry<M> {
    /// Binds an endpoint. The queue is made under the lock, so that a later epoch is also the later entry.
    pub(crate) fn insert(
        &self,
        endpoint: EndpointId,
        description: Arc<Description>,
        queue: impl FnOnce() -> Arc<Queue<M>>,
    ) -> (Arc<Queue<M>>, Option<Ended<M>>) {
        let mut shard = self.shard(endpoint.user);
        let person = shard.person(endpoint.user);
        let earlier = person.slots.iter().position(|slot| slot.binding.endpoint == endpoint);
        let replaced = earlier.map(|at| {
            let slot = person.slots.remove(at);
            Ended { queue: slot.queue, watching: slot.watching }
        });
        let queue = queue();
        person.slots.push(Slot {
            binding: queue.binding(),
            description,
            queue: queue.clone(),
            watching: Vec::new(),
        });
        (queue, replaced)
    }

    /// Takes a binding out, if it is still the current one.
    pub(crate) fn remove(&self, binding: Binding) -> Option<Ended<M>> {
        let user = binding.endpoint.user;
        let mut shard = self.shard(user);
        let person = shard.people.get_mut(&user)?;
        let at = person.slots.iter().position(|slot| slot.binding == binding)?;
        let slot = person.slots.remove(at);
        shard.drop_if_empty(user);
        Some(Ended { queue: slot.queue, watching: slot.watching })
    }

    pub(crate) fn queue(&self, endpoint: EndpointId) -> Option<Arc<Queue<M>>> {
        let shard = self.shard(endpoint.user);
        let person = shard.people.get(&endpoint.user)?;
        let slot = person.slots.iter().find(|slot| slot.binding.endpoint == endpoint)?;
        Some(slot.queue.clone())
    }

    pub(crate) fn endpoints(&self, user: UserId) -> Vec<Bound> {
        let shard = self.shard(user);
        let bound = |slot: &Slot<M>| Bound { binding: slot.binding, description: slot.description.clone() };
        shard.people.get(&user).map_or_else(Vec::new, |person| person.slots.iter().map(bound).collect())
    }

    pub(crate) fn is_of_interest(&self, user: UserId) -> bool {
        let shard = self.shard(user);
        shard.people.get(&user).is_some_and(|p| !p.slots.is_empty() || !p.watchers.is_empty())
    }

    pub(crate) fn live(&self, user: UserId) -> (Option<Arc<Live>>, Revision) {
        let shard = self.shard(user);
        match shard.people.get(&user) {
            Some(person) => (person.live.clone(), person.revision),
            None => (None, Revision(shard.dropped)),
        }
    }

    pub(crate) fn compare_and_set(
        &self,
        user: UserId,
        expected: Revision,
        new: Option<Arc<Live>>,
    ) -> Result<Revision, CasError> {
        let mut shard = self.shard(user);
        let revision = Revision(shard.last + 1);
        let person = shard.person(user);
        let moved = person.revision != expected;
        let mut earlier = None;
        if !moved {
            earlier = std::mem::replace(&mut person.live, new);
            person.revision = revision;
            shard.last = revision.0;
        }
        shard.drop_if_empty(user);
        drop(shard);
        // A document may be large: it is given back to the allocator after the lock.
        drop(earlier);
        if moved { Err(CasError::Moved) } else { Ok(revision) }
    }

    pub(crate) fn watch(&self, presentity: UserId, watcher: Binding, limit: u32) -> Result<(), WatchRefused> {
        let user = watcher.endpoint.user;
        let (mut own, mut other) = self.two(user, presentity);
        let current = own.people.get(&user).is_some_and(|p| p.slots.iter().any(|s| s.binding == watcher));
        if !current {
            return Err(WatchRefused::StaleBinding);
        }
        let added = other.as_mut().unwrap_or(&mut own).add_watcher(presentity, watcher, limit);
        if added.is_ok()
            && let Some(slot) = own.slot(watcher)
            && let Err(at) = slot.watching.binary_search(&presentity)
        {
            insert_in_crowd(&mut slot.watching, at, presentity);
        }
        added
    }

    pub(crate) fn unwatch(&self, presentity: UserId, watcher: Binding) {
        let (mut own, mut other) = self.two(watcher.endpoint.user, presentity);
        if let Some(slot) = own.slot(watcher)
            && let Ok(at) = slot.watching.binary_search(&presentity)
        {
            slot.watching.remove(at);
        }
        other.as_mut().unwrap_or(&mut own).remove_watcher(presentity, watcher);
    }

    /// Takes the entry of a binding that has ended out of the watchers of one person.
    pub(crate) fn forget_watcher(&self, presentity: UserId, watcher: Binding) {
        self.shard(presentity).remove_watcher(presentity, watcher);
    }

    pub(crate) fn watcher_count(&self, presentity: UserId) -> u32 {
        self.shard(presentity).people.get(&presentity).map_or(0, |p| distinct_people(&p.watchers))
    }

    fn shard(&self, user: UserId) -> MutexGuard<'_, Shard<M>> {
        lock(&self.shards[shard_of(user)])
    }

    /// Locks the shards of two people; the second is none when they share one.
    fn two(
        &self,
        first: UserId,
        second: UserId,
    ) -> (MutexGuard<'_, Shard<M>>, Option<MutexGuard<'_, Shard<M>>>) {
        match shard_of(first).cmp(&shard_of(second)) {
            std::cmp::Ordering::Equal => (self.shard(first), None),
            std::cmp::Ordering::Less => {
                let one = self.shard(first);
                (one, Some(self.shard(second)))
            }
            std::cmp::Ordering::Greater => {
                let two = self.shard(second);
                (self.shard(first), Some(two))
            }
        }
    }
}

impl<M: Payload> Shard<M> {
    fn person(&mut self, user: UserId) -> &mut Person<M> {
        let revision = Revision(self.dropped);
        self.people.entry(user).or_insert_with(|| Person {
            slots: Vec::new(),
            watchers: Vec::new(),
            live: None,
            revision,
        })
    }

    fn slot(&mut self, binding: Binding) -> Option<&mut Slot<M>> {
        let person = self.people.get_mut(&binding.endpoint.user)?;
        person.slots.iter_mut().find(|slot| slot.binding == binding)
    }

    fn drop_if_empty(&mut self, user: UserId) {
        if let Entry::Occupied(entry) = self.people.entry(user)
            && entry.get().is_empty()
        {
            self.dropped = self.dropped.max(entry.remove().revision.0);
        }
    }

    fn add_watcher(&mut self, presentity: UserId, watcher: Binding, limit: u32) -> Result<(), WatchRefused> {
        let watchers = &mut self.person(presentity).watchers;
        let user = watcher.endpoint.user;
        let Err(at) = watchers.binary_search(&(user, watcher.epoch)) else { return Ok(()) };
        let known = watchers.get(at).is_some_and(|(next, _)| *next == user)
            || at.checked_sub(1).and_then(|at| watchers.get(at)).is_some_and(|(before, _)| *before == user);
        if known || distinct_people(watchers) < limit {
            insert_in_crowd(watchers, at, (user, watcher.epoch));
            return Ok(());
        }
        self.drop_if_empty(presentity);
        Err(WatchRefused::TooMany { limit })
    }

    fn remove_watcher(&mut self, presentity: UserId, watcher: Binding) {
        if let Some(person) = self.people.get_mut(&presentity)
            && let Ok(at) = person.watchers.binary_search(&(watcher.endpoint.user, watcher.epoch))
        {
            person.watchers.remove(at);
            self.drop_if_empty(presentity);
        }
    }
}

impl<M: Payload> Person<M> {
    fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.watchers.is_empty() && self.live.is_none()
    }
}

fn distinct_people(watchers: &[(UserId, Epoch)]) -> u32 {
    let runs = watchers.chunk_by(|(a, _), (b, _)| a == b).count();
    u32::try_from(runs).unwrap_or(u32::MAX)
}

fn shard_of(user: UserId) -> usize {
    (user.user % SHARDS) as usize
}
