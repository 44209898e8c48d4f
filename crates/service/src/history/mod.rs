//! Message history: what a person said and was told, kept for them on the server (ADR 0020).
//!
//! The router takes down every message once its fate is known ([`Recorder`]); one task of the node seals and stores them
//! in batches ([`write`]), so that no message waits for its history. Here a person's own history is read, searched and
//! deleted. What a body says in words is for a face to tell: bodies are kept as they were sent. Nothing of them is ever
//! logged.

mod content;
mod ids;
mod keys;
mod queue;
mod repeats;
mod write;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use rapport_core::directory::{PersonRef, search};
use rapport_core::refusal::Refusal;
use rapport_fabric::Fabric;
use rapport_model::{MessageId, Scope, Timestamp, UserId};
use rapport_secrets::PersonKey;
use rapport_store::{HistoryEntry, StoreError, bounds};
use tokio::sync::Semaphore;

pub use content::{Content, Direction};
pub(crate) use queue::{Outcome, Recorder, Telling};
/// Which entries are deleted.
pub use rapport_store::HistoryRange;

use crate::ports::Ports;
use crate::router::Saying;
use crate::{BrowserNews, Error, Result, Wire};
use keys::Keys;

/// Entries, or people talked to, in one answer.
pub const PAGE: usize = 500;
/// Octets of the entries in one answer.
pub const OCTETS: usize = bounds::HISTORY_PAGE;
/// Entries that one search looks at; it says where the next one goes on.
pub const SEARCHED: usize = 20_000;
/// Octets of what is said in them, about.
const SEARCHED_OCTETS: usize = 16 * 1024 * 1024;
/// Entries of a search that are read at once: others have their turn in between.
const STEP: usize = 250;
/// Octets of what is said that are searched before others have their turn; an entry counts as [`LEAST`] at least.
const TURN: usize = 32 * 1024;
/// What the shortest entry costs, as octets.
const LEAST: usize = 128;
/// How long a reader waits for what was said before.
const PATIENCE: Duration = Duration::from_secs(2);
/// Under which name beside what web clients leave a history's mark is kept.
const MARK: &str = "history mark";
/// Octets of what is searched for.
pub const LONGEST_QUERY: usize = 256;
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
    /// The message; later ones are greater.
    pub id: MessageId,
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
    /// When the first of them was said.
    pub first: Timestamp,
    /// The last of them.
    pub last: Entry,
}

/// What was written and never sent.
pub struct Unsent<'a> {
    /// How it is called.
    pub saying: Saying,
    /// Its words.
    pub text: &'a str,
    /// The status with which the other could not be reached.
    pub status: u16,
}

/// Some entries, and where the next ones begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries, the newest first.
    pub entries: Vec<Entry>,
    /// Before which message the next page goes on; none where nothing is left.
    pub next: Option<MessageId>,
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

    /// Names a message that is said now.
    pub fn message_id(&self) -> MessageId {
        let clock = &self.ports.clock;
        self.recorder.name(clock.wall(), clock.random_u64())
    }

    /// Takes down what a person wrote to somebody and was never sent, since the other could not be reached at all.
    pub async fn note_unsent(&self, scope: &Scope, from: UserId, to: &PersonRef, unsent: &Unsent<'_>) {
        if !self.ports.keeps_history(scope).await {
            return;
        }
        let Unsent { saying, text, status } = unsent;
        let (to, address) = match to {
            PersonRef::Person(to) => (Some(*to), ""),
            PersonRef::Address(address) => (None, address.as_str()),
        };
        self.recorder.note(&Telling {
            from,
            to,
            address,
            id: saying.id,
            outcome: Outcome::Failed(*status),
            content_type: "text/plain; charset=UTF-8",
            body: text.as_bytes(),
            client_id: saying.client_id.as_deref().unwrap_or_default(),
            html: saying.html.as_deref().unwrap_or_default(),
        });
    }

    /// Waits until what was said before is stored, or for a short while.
    pub async fn settle(&self) {
        self.recorder.settle(PATIENCE).await;
    }

    /// Waits until all that was said is stored, for a server that ends in good order; says whether it is.
    pub async fn finish(&self, within: Duration) -> bool {
        self.recorder.settle(within).await
    }

    /// Returns a page of a person's history, with one other where that is given, before a message. A page has at least
    /// one entry where there is one, and otherwise no more octets than [`OCTETS`].
    ///
    /// # Errors
    /// `Refused` when the company keeps no history; `NotFound`; `Unavailable`.
    pub async fn page(
        &self,
        scope: &Scope,
        user: UserId,
        with: Option<&PersonRef>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page> {
        let since = self.since(scope).await?;
        self.settle().await;
        self.read(scope, user, with, before, limit.min(PAGE), since).await
    }

    /// Returns those with whom a person has a history, whoever was talked to last first, and where the next page goes
    /// on: at the last message with the last of them.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub async fn peers(
        &self,
        scope: &Scope,
        user: UserId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<(Vec<Peer>, Option<MessageId>)> {
        let since = self.since(scope).await?;
        self.settle().await;
        let limit = limit.min(PAGE);
        let mut found = self.ports.store.history_peers(scope, user, since, before, limit + 1).await?;
        let fits = fitting(found.iter().map(|peer| &peer.last), limit);
        let more = found.len() > fits;
        found.truncate(fits);
        if found.is_empty() {
            return Ok((Vec::new(), None));
        }
        let next = found.last().map(|peer| peer.last.id).filter(|_| more);
        let key = self.key(scope, user).await?;
        let mut peers = Vec::with_capacity(found.len());
        for peer in found {
            let (count, first) = (peer.count, peer.first);
            peers.push(Peer { count, first, last: opened(peer.last, user, &key)? });
        }
        Ok((peers, next))
    }

    /// Returns the entries of a person in which every one of the words occurs, whatever their case and marks, the newest
    /// first, with one other where that is given. `words` says what a content says. At most [`SEARCHED`] entries are
    /// looked at.
    ///
    /// # Errors
    /// As [`page`](Self::page); `Refused` when too much is searched for.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the question, and no struct saves one")]
    pub async fn search(
        &self,
        scope: &Scope,
        user: UserId,
        with: Option<&PersonRef>,
        query: &str,
        before: Option<MessageId>,
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
        let (mut octets, mut turn) = (0, 0);
        for _ in 0..SEARCHED / STEP {
            if octets >= SEARCHED_OCTETS {
                break;
            }
            let page = self.read(scope, user, with, found.next, STEP, since).await?;
            for entry in page.entries {
                octets += entry.content.body.len();
                turn += entry.content.body.len().max(LEAST);
                if turn >= TURN {
                    turn = 0;
                    tokio::task::yield_now().await;
                }
                let said = search::fold(&words(&entry.content));
                found.next = Some(entry.id);
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
        }
        Ok(found)
    }

    /// Returns the first page of all of a person's history, for whoever takes it away.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub async fn export(&self, scope: &Scope, user: UserId, limit: usize) -> Result<Page> {
        let page = self.page(scope, user, None, None, limit).await?;
        self.ports.audit(scope, "history exported", user.to_string(), String::new()).await?;
        Ok(page)
    }

    /// Deletes entries of a person's own history for good; the other's are the other's. Returns how many there were.
    ///
    /// # Errors
    /// `NotFound`, also when there is no such entry; `Unavailable`.
    pub async fn delete(&self, scope: &Scope, user: UserId, range: HistoryRange) -> Result<usize> {
        self.settle().await;
        let one = matches!(range, HistoryRange::One(_));
        // Before it is done: a browser that comes back must not take the old mark for a history that is whole. One that
        // asks for nothing costs a question.
        let (before, during) = self.set_mark(scope, user).await?;
        let deleted = match self.ports.store.delete_history(scope, user, range.clone()).await? {
            0 if one => return Err(Error::NotFound("message")),
            deleted => deleted,
        };
        // And after it: one that came back meanwhile may have read what was about to go.
        let (replaces, mark) = match self.set_mark(scope, user).await {
            Ok((replaced, mark)) if replaced == Some(during) => ([before, replaced], mark),
            // Something else is deleted at the same moment: who knows of this has not heard of all.
            Ok((replaced, mark)) => ([replaced; 2], mark),
            Err(error) => {
                tracing::warn!(%error, %user, "a deletion that is done has no mark of its end");
                ([before; 2], during)
            }
        };
        // They show what was said lately without the history.
        self.ports.tell_browsers(scope, user, &[BrowserNews::HistoryDeleted { range, replaces, mark }]).await;
        if deleted > 0 {
            // How many, and nothing of what they said or with whom.
            self.ports
                .audit(scope, "history deleted", user.to_string(), format!("{deleted} messages"))
                .await?;
        }
        Ok(deleted)
    }

    /// Returns the mark of a person's history, which is another one after each deletion; none before the first. Who has
    /// seen another one than this asks again for what is shown.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn mark(&self, scope: &Scope, user: UserId) -> Result<Option<MessageId>> {
        let kept = self.ports.store.web_document(scope, user, MARK).await?;
        Ok(kept.and_then(|kept| kept.parse().ok()))
    }

    /// Gives a person's history another mark; returns the one that it had, and this.
    async fn set_mark(&self, scope: &Scope, user: UserId) -> Result<(Option<MessageId>, MessageId)> {
        let mark = self.message_id();
        loop {
            let old = self.ports.store.web_document(scope, user, MARK).await?;
            let set = self.ports.store.set_web_document(scope, user, MARK, old.as_deref(), mark.to_string());
            match set.await {
                // Two browsers delete at once.
                Err(StoreError::Stale { .. }) => {}
                set => return Ok(set.map(|()| (old.and_then(|old| old.parse().ok()), mark))?),
            }
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
        before: Option<MessageId>,
        limit: usize,
        since: Timestamp,
    ) -> Result<Page> {
        let mut found = self.ports.store.history(scope, user, with, before, limit + 1).await?;
        let asked = found.len();
        let fits = fitting(found.iter(), limit);
        found.truncate(fits);
        // Behind one that is too old there are only older ones.
        let last = found.last().filter(|entry| found.len() < asked && entry.at >= since);
        let next = last.map(|entry| entry.id);
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

/// Returns how many entries find room in one answer: the first one does.
fn fitting<'a>(entries: impl Iterator<Item = &'a HistoryEntry>, limit: usize) -> usize {
    let mut octets = 0;
    let fits = entries.take(limit).take_while(|entry| {
        octets += entry.sealed.0.len();
        octets <= OCTETS
    });
    fits.count().max(1)
}

fn earlier(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

fn opened(entry: HistoryEntry, user: UserId, key: &PersonKey) -> Result<Entry> {
    let HistoryEntry { id, peer, at, sealed } = entry;
    let content = content::open(key, user, &peer, at, &sealed)?;
    Ok(Entry { id, peer, at, content })
}
