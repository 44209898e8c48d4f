//! Message history: what a person said and was told, kept for them on the server (ADR 0020).
//!
//! The router takes down every message once its fate is known ([`Recorder`]); one task of the node seals and stores them
//! in batches ([`write`]), so that no message waits for its history. Here a person's own history is read, searched and
//! deleted. What a body says in words is for a face to tell: bodies are kept as they were sent. Nothing of them is ever
//! logged.

mod content;
mod keys;
mod queue;
mod write;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use rapport_core::directory::{PersonRef, search};
use rapport_core::refusal::Refusal;
use rapport_fabric::Fabric;
use rapport_model::{Scope, Timestamp, UserId};
use rapport_secrets::PersonKey;
use rapport_store::{HistoryEntry, HistoryRange};
use tokio::sync::Semaphore;

pub use content::{Content, Direction};
pub(crate) use queue::{Outcome, Recorder};

use crate::ports::Ports;
use crate::{Error, Result, Wire};
use keys::Keys;

/// Entries, or people talked to, in one answer.
pub const PAGE: usize = 500;
/// Entries that one search looks at; it says where the next one goes on.
pub const SEARCHED: usize = 20_000;
/// Entries of a search that are read at once: others have their turn in between.
const STEP: usize = 250;
/// Octets of what is searched for.
const LONGEST_QUERY: usize = 256;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Histories of this node's people.
#[derive(Clone)]
pub struct History<F> {
    ports: Ports<F>,
    recorder: Recorder,
    keys: Arc<Keys>,
    /// One search at a time: however many ask, they cost a part of one core.
    searching: Arc<Semaphore>,
}

/// One message in a person's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number; later ones are greater.
    pub number: i64,
    /// The other.
    pub peer: PersonRef,
    /// When it was said.
    pub at: Timestamp,
    /// What was said.
    pub content: Content,
}

/// Somebody with whom a person has a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// How many entries there are.
    pub count: u64,
    /// The last of them.
    pub last: Entry,
}

/// Some entries, and where the next ones begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries, the newest first.
    pub entries: Vec<Entry>,
    /// Before which number the next page goes on; none where nothing is left.
    pub next: Option<i64>,
}

impl<F> std::fmt::Debug for History<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("History")
    }
}

impl<F: Fabric<Message = Wire>> History<F> {
    pub(crate) fn new(ports: Ports<F>) -> Self {
        Self {
            ports,
            recorder: Recorder::new(),
            keys: Arc::default(),
            searching: Arc::new(Semaphore::new(1)),
        }
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Waits until what was said before is stored, or for a short while.
    pub async fn settle(&self) {
        self.recorder.settle().await;
    }

    /// Returns a page of a person's history, with one other where that is given, before an entry's number.
    ///
    /// # Errors
    /// `Refused` when the company keeps no history; `NotFound`; `Unavailable`.
    pub async fn page(
        &self,
        scope: &Scope,
        user: UserId,
        with: Option<&PersonRef>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Page> {
        let since = self.since(scope).await?;
        self.settle().await;
        self.read(scope, user, with, before, limit.min(PAGE), since).await
    }

    /// Returns those with whom a person has a history, whoever was talked to last first; `before` is the number of the
    /// last entry with the last of the page before.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub async fn peers(
        &self,
        scope: &Scope,
        user: UserId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<(Vec<Peer>, bool)> {
        let since = self.since(scope).await?;
        self.settle().await;
        let limit = limit.min(PAGE);
        let mut found = self.ports.store.history_peers(scope, user, before, limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        found.retain(|peer| peer.last.at >= since);
        if found.is_empty() {
            return Ok((Vec::new(), false));
        }
        let key = self.key(scope, user).await?;
        let mut peers = Vec::with_capacity(found.len());
        for peer in found {
            peers.push(Peer { count: peer.count, last: opened(peer.last, user, &key)? });
        }
        Ok((peers, more))
    }

    /// Returns the entries of a person in which every one of the words occurs, whatever their case and marks, the newest
    /// first. `words` says what a content says. At most [`SEARCHED`] entries are looked at.
    ///
    /// # Errors
    /// As [`page`](Self::page); `Refused` when too much is searched for.
    pub async fn search(
        &self,
        scope: &Scope,
        user: UserId,
        query: &str,
        before: Option<i64>,
        limit: usize,
        words: impl Fn(&Content) -> Cow<'_, str>,
    ) -> Result<Page> {
        if query.len() > LONGEST_QUERY {
            let limit = u32::try_from(LONGEST_QUERY).unwrap_or(u32::MAX);
            return Err(Refusal::TooLarge { what: "query", limit }.into());
        }
        let since = self.since(scope).await?;
        self.settle().await;
        let query = search::fold(query);
        let sought: Vec<&str> = query.split_whitespace().collect();
        let limit = limit.clamp(1, PAGE);
        let _alone = self.searching.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
        let mut found = Page { entries: Vec::new(), next: before };
        for _ in 0..SEARCHED / STEP {
            let page = self.read(scope, user, None, found.next, STEP, since).await?;
            for entry in page.entries {
                let said = search::fold(&words(&entry.content));
                found.next = Some(entry.number);
                if sought.iter().all(|word| said.contains(word)) {
                    found.entries.push(entry);
                    if found.entries.len() == limit {
                        return Ok(found);
                    }
                }
            }
            found.next = page.next;
            if page.next.is_none() {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(found)
    }

    /// Deletes entries of a person's own history for good; the other's are the other's. Returns how many there were.
    ///
    /// # Errors
    /// `NotFound`, also when there is no such entry; `Unavailable`.
    pub async fn delete(&self, scope: &Scope, user: UserId, range: HistoryRange) -> Result<usize> {
        self.settle().await;
        let one = matches!(range, HistoryRange::One(_));
        match self.ports.store.delete_history(scope, user, range).await? {
            0 if one => Err(Error::NotFound("message")),
            deleted => Ok(deleted),
        }
    }

    /// Returns the moment from which on the company keeps what is said.
    async fn since(&self, scope: &Scope) -> Result<Timestamp> {
        match self.ports.tenant(scope).await?.policy.history_days {
            0 => Err(Refusal::HistoryOff.into()),
            days => Ok(earlier(self.ports.clock.wall(), DAY * days)),
        }
    }

    async fn read(
        &self,
        scope: &Scope,
        user: UserId,
        with: Option<&PersonRef>,
        before: Option<i64>,
        limit: usize,
        since: Timestamp,
    ) -> Result<Page> {
        let mut found = self.ports.store.history(scope, user, with, before, limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().map(|entry| entry.number).filter(|_| more);
        found.retain(|entry| entry.at >= since);
        if found.is_empty() {
            return Ok(Page { entries: Vec::new(), next: None });
        }
        let key = self.key(scope, user).await?;
        let entries = found.into_iter().map(|entry| opened(entry, user, &key)).collect::<Result<_>>()?;
        Ok(Page { entries, next })
    }

    /// Returns the key of a person's history as it is now.
    async fn key(&self, scope: &Scope, user: UserId) -> Result<PersonKey> {
        let opener = self.ports.secrets.opener();
        let kept = self.ports.store.history_key(scope).await?;
        let kept = kept.ok_or_else(|| Error::Internal("a history without its key".to_owned()))?;
        let key = self.keys.opened(scope.tenant, &kept, &opener)?;
        key.of_person(user).map_err(|error| Error::Internal(error.to_string()))
    }
}

fn earlier(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

fn opened(entry: HistoryEntry, user: UserId, key: &PersonKey) -> Result<Entry> {
    let HistoryEntry { number, peer, at, sealed } = entry;
    let content = content::open(key, user, &peer, at, &sealed)?;
    Ok(Entry { number, peer, at, content })
}
