//! A map of bounded size that gives up its oldest entries, but none that somebody is locked by.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Entries are given up by the twentieth part: looking for the oldest costs a walk over all of them.
const PART: usize = 20;
/// How long a table that was found full of locks is not searched again.
const REST: Duration = Duration::from_secs(5);

/// What a table must know of its values.
pub(super) trait Kept {
    /// When it was needed last.
    fn last(&self) -> Instant;

    /// Tells whether it must not be given up.
    fn is_held(&self, now: Instant) -> bool;
}

/// The map.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    entries: HashMap<K, V>,
    capacity: usize,
    full_until: Option<Instant>,
}

impl<K: Eq + Hash + Clone, V: Kept> Table<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), capacity: capacity.max(PART), full_until: None }
    }

    pub(super) fn find(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    pub(super) fn find_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// Returns the entry of that key, made if there is none; `None` when every entry that there is room for is held.
    pub(super) fn enter(&mut self, key: K, now: Instant, new: impl FnOnce() -> V) -> Option<&mut V> {
        if self.entries.len() >= self.capacity && !self.entries.contains_key(&key) && !self.make_room(now) {
            return None;
        }
        Some(self.entries.entry(key).or_insert_with(new))
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.entries.remove(key);
    }

    pub(super) fn remove_where(&mut self, mut is_it: impl FnMut(&K) -> bool) {
        self.entries.retain(|key, _| !is_it(key));
    }

    /// Gives up the oldest entries that are not held; false when there are none.
    fn make_room(&mut self, now: Instant) -> bool {
        if self.full_until.is_some_and(|until| now < until) {
            return false;
        }
        let mut ages: Vec<Instant> =
            self.entries.values().filter(|value| !value.is_held(now)).map(Kept::last).collect();
        let part = (self.capacity / PART).min(ages.len());
        if part == 0 {
            self.full_until = Some(now + REST);
            return false;
        }
        let (_, youngest, _) = ages.select_nth_unstable(part - 1);
        let (youngest, mut left) = (*youngest, part);
        self.entries.retain(|_, value| {
            let goes = left > 0 && value.last() <= youngest && !value.is_held(now);
            left -= usize::from(goes);
            !goes
        });
        self.full_until = None;
        true
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
