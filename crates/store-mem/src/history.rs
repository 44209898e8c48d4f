//! Message history.

use std::collections::BTreeMap;

use rapport_core::directory::PersonRef;
use rapport_model::{MessageId, Scope, Timestamp, UserId};
use rapport_store::{
    HistoryEntry, HistoryKey, HistoryPeer, HistoryRange, NewHistoryEntry, StoreError, bounds,
};

use crate::state::State;

/// As many as find room in one answer.
fn fitting<T>(
    all: impl Iterator<Item = T>,
    limit: usize,
    entry: impl Fn(&T) -> &HistoryEntry,
) -> impl Iterator<Item = T> {
    let mut octets = 0;
    all.take(limit.min(bounds::PAGE)).take_while(move |one| {
        let fits = octets <= bounds::HISTORY_PAGE;
        octets += entry(one).sealed.0.len();
        fits
    })
}

impl State {
    pub(crate) fn history_key(&self, scope: &Scope) -> Result<Option<HistoryKey>, StoreError> {
        self.tenant(scope)?;
        Ok(self.history_keys.get(&scope.tenant).cloned())
    }

    pub(crate) fn add_history_key(
        &mut self,
        scope: &Scope,
        key: HistoryKey,
    ) -> Result<HistoryKey, StoreError> {
        bounds::history_key(&key)?;
        self.tenant(scope)?;
        Ok(self.history_keys.entry(scope.tenant).or_insert(key).clone())
    }

    pub(crate) fn append_history(
        &mut self,
        scope: &Scope,
        key: i64,
        entries: Vec<NewHistoryEntry>,
    ) -> Result<usize, StoreError> {
        bounds::history_entries(scope, &entries)?;
        if self.history_key(scope)?.is_none_or(|known| known.id != key) {
            return Err(StoreError::Stale { current: 0 });
        }
        let mut added = 0;
        for NewHistoryEntry { user, id, peer, at, sealed } in entries {
            let Ok(entry) = self.entry_mut(scope, user) else { continue };
            entry.history.insert(id, HistoryEntry { id, peer, at, sealed });
            added += 1;
        }
        Ok(added)
    }

    pub(crate) fn history(
        &self,
        scope: &Scope,
        user: UserId,
        with: Option<&PersonRef>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let entries = &self.entry(scope, user)?.history;
        let newest_first =
            entries.range(..before.unwrap_or(MessageId(i64::MAX))).rev().map(|(_, entry)| entry);
        let asked = newest_first.filter(|entry| with.is_none_or(|peer| entry.peer == *peer));
        Ok(fitting(asked, limit, |entry| entry).cloned().collect())
    }

    pub(crate) fn history_peers(
        &self,
        scope: &Scope,
        user: UserId,
        since: Timestamp,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Vec<HistoryPeer>, StoreError> {
        let mut peers: BTreeMap<&PersonRef, HistoryPeer> = BTreeMap::new();
        for (_, entry) in self.entry(scope, user)?.history.range(MessageId::first_of(since)..) {
            let known = peers.get(&entry.peer);
            let (count, first) = known.map_or((1, entry.at), |peer| (peer.count + 1, peer.first));
            peers.insert(&entry.peer, HistoryPeer { count, first, last: entry.clone() });
        }
        let mut peers: Vec<HistoryPeer> = peers.into_values().collect();
        peers.retain(|peer| peer.last.id < before.unwrap_or(MessageId(i64::MAX)));
        peers.sort_by_key(|peer| std::cmp::Reverse(peer.last.id));
        Ok(fitting(peers.into_iter(), limit, |peer| &peer.last).collect())
    }

    pub(crate) fn delete_history(
        &mut self,
        scope: &Scope,
        user: UserId,
        range: &HistoryRange,
    ) -> Result<usize, StoreError> {
        let history = &mut self.entry_mut(scope, user)?.history;
        let before = history.len();
        history.retain(|_, entry| match range {
            HistoryRange::One(id) => entry.id != *id,
            HistoryRange::With(peer) => entry.peer != *peer,
            HistoryRange::All => false,
        });
        Ok(before - history.len())
    }

    pub(crate) fn forget_history(&mut self, scope: &Scope, before: Timestamp, limit: usize) -> usize {
        let mut left = limit.min(bounds::PAGE);
        let most = left;
        for (_, entry) in self.people.iter_mut().filter(|(user, _)| scope.covers(**user)) {
            entry.history.retain(|_, entry| {
                let goes = entry.at < before && left > 0;
                left -= usize::from(goes);
                !goes
            });
        }
        most - left
    }
}
