//! The task that seals what was said and stores it, in batches: at most half a second after it was said, or when
//! somebody asks for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rapport_core::directory::PersonRef;
use rapport_fabric::Fabric;
use rapport_model::{Aor, MessageId, Scope, TenantId, UserId};
use rapport_store::{NewHistoryEntry, StoreError};
use tokio::sync::{mpsc, oneshot};

use super::content::{self, Borrowed, Direction};
use super::queue::{Outcome, Queued, Recorder, Said, count_lost};
use super::{DAY, History, earlier};
use crate::{BrowserNews, Error, Result, Wire, Written};

/// Messages in one batch; each is at most two entries.
const BATCH: usize = 1024;
/// Octets of a batch, but for the message with which there are more.
const BATCH_OCTETS: usize = 4 * 1024 * 1024;
/// For how long the first of a batch waits for others.
const LINGER: Duration = Duration::from_millis(500);
/// The type of a form that the other didn't take.
const HTML: &str = "text/html; charset=UTF-8";
/// Entries that are removed at once: whoever changes something else has their turn in between.
const FORGOTTEN: usize = 1000;

/// What is stored together.
#[derive(Default)]
struct Batch {
    said: Vec<Said>,
    /// Those who wait until it is stored.
    waiting: Vec<oneshot::Sender<()>>,
}

impl Batch {
    /// Waits for something that was said, and takes as much of what follows as is stored with it.
    async fn next(recorder: &Recorder, queue: &mut mpsc::Receiver<Queued>) -> Self {
        let (mut batch, mut octets) = (Self::default(), 0);
        let Some(first) = queue.recv().await else { return std::future::pending().await };
        let mut taken = Some(first);
        let linger = tokio::time::sleep(LINGER);
        tokio::pin!(linger);
        while let Some(next) = taken.take() {
            match next {
                Queued::Said(said) => {
                    recorder.taken(&said);
                    octets += said.size();
                    batch.said.push(said);
                }
                Queued::Settle(done) => batch.waiting.push(done),
            }
            if batch.said.len() >= BATCH || octets >= BATCH_OCTETS {
                break;
            }
            taken = if batch.waiting.is_empty() {
                tokio::select! {
                    next = queue.recv() => next,
                    () = &mut linger => None,
                }
            } else {
                queue.try_recv().ok()
            };
        }
        batch
    }
}

impl<F: Fabric<Message = Wire>> History<F> {
    /// Stores what is said, for ever.
    pub(crate) async fn run(&self) {
        let mut queue = self.recorder.queue().await;
        loop {
            let Batch { said, waiting } = Batch::next(&self.recorder, &mut queue).await;
            self.store(said).await;
            for done in waiting {
                // Whoever doesn't wait any more needs no answer.
                let _ = done.send(());
            }
        }
    }

    async fn store(&self, batch: Vec<Said>) {
        let mut companies: BTreeMap<TenantId, Vec<Said>> = BTreeMap::new();
        for said in batch {
            companies.entry(said.from.tenant).or_default().push(said);
        }
        for (tenant, said) in companies {
            let scope = Scope::service(tenant, "history");
            match self.store_of_company(&scope, &said).await {
                Ok(()) | Err(Error::NotFound(_)) => {}
                Err(error) => {
                    count_lost("store", said.len());
                    tracing::warn!(%error, messages = said.len(), "messages have no history");
                }
            }
        }
    }

    async fn store_of_company(&self, scope: &Scope, said: &[Said]) -> Result<()> {
        if self.ports.tenant(scope).await?.policy.history_days == 0 {
            return Ok(());
        }
        let (store, clock) = (&*self.ports.store, &*self.ports.clock);
        // A company that came back from a backup has another key than it had: then it is all sealed once more.
        for last in [false, true] {
            let (id, key) = self.keys.of_company(scope, store, &self.ports.secrets, clock).await?;
            let mut entries = Vec::with_capacity(said.len() * 2);
            for said in said {
                self.seal(scope, &key, said, &mut entries).await?;
            }
            // What is one person's lies side by side; in the order in which it was said, since the sort is stable.
            entries.sort_by_key(|entry| entry.user.user);
            let news = news(&entries, said);
            match store.append_history(scope, id, entries).await {
                Err(StoreError::Stale { .. }) if !last => self.keys.forget(scope.tenant),
                stored => {
                    stored?;
                    for (user, news) in news {
                        self.ports.tell_browsers(scope, user, &news).await;
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// Makes the entries of one message: in the history of who said it, and of whom it reached.
    async fn seal(
        &self,
        scope: &Scope,
        key: &rapport_secrets::HistoryKey,
        said: &Said,
        entries: &mut Vec<NewHistoryEntry>,
    ) -> Result<()> {
        let mut to = said.to;
        let named = Aor::parse(said.address()).ok();
        if let (None, Some(address)) = (to, &named) {
            to = self.ports.user_at(scope, address).await?;
        }
        let peer = match (to, named) {
            (Some(to), _) => PersonRef::Person(to),
            (None, Some(address)) => PersonRef::Address(address),
            // Who is nobody, and has no address, is nobody to have a history with.
            (None, None) => return Ok(()),
        };
        let failed = match said.outcome {
            Outcome::Sent => None,
            Outcome::Failed(status) => Some(status),
        };
        let mut add = |user: UserId, peer: PersonRef, direction, address: &str| -> Result<()> {
            let key = key.of_person(user).map_err(|error| Error::Internal(error.to_string()))?;
            let mut content = Borrowed {
                direction,
                failed,
                address,
                client_id: "",
                content_type: said.content_type(),
                body: said.body(),
            };
            if direction == Direction::Sent {
                content.client_id = said.client_id();
                if !said.html().is_empty() {
                    (content.content_type, content.body) = (HTML, said.html());
                }
            }
            let (id, at) = (said.id, said.id.at());
            let sealed = content::seal(&key, user, &peer, at, &content)?;
            entries.push(NewHistoryEntry { user, id, peer, at, sealed });
            Ok(())
        };
        let address = match &peer {
            PersonRef::Person(to) => self.address(scope, *to).await,
            PersonRef::Address(address) => address.to_string(),
        };
        add(said.from, peer, Direction::Sent, &address)?;
        if let Some(to) = to.filter(|to| *to != said.from && failed.is_none()) {
            let address = self.address(scope, said.from).await;
            add(to, PersonRef::Person(said.from), Direction::Received, &address)?;
        }
        Ok(())
    }

    /// Returns the address that somebody has now; empty when they are gone.
    async fn address(&self, scope: &Scope, user: UserId) -> String {
        let person = self.ports.person(scope, user).await;
        person.map_or_else(|_| String::new(), |person| person.address.to_string())
    }

    /// Removes what the scope's company no longer keeps.
    pub(crate) async fn forget(&self, scope: &Scope, days: u32, now: rapport_model::Timestamp) -> Result<()> {
        let before = earlier(now, DAY * days);
        loop {
            let began = self.ports.clock.monotonic();
            let forgotten = self.ports.store.forget_history(scope, before, FORGOTTEN).await?;
            if forgotten < FORGOTTEN {
                return Ok(());
            }
            // Half of the time is everybody else's.
            let took = self.ports.clock.monotonic().saturating_duration_since(began);
            tokio::time::sleep(took).await;
        }
    }
}

/// Returns for each person with whom their history has more, and what that is.
fn news(entries: &[NewHistoryEntry], said: &[Said]) -> BTreeMap<UserId, Vec<BrowserNews>> {
    let own: BTreeSet<(UserId, MessageId)> = said.iter().map(|said| (said.from, said.id)).collect();
    let mut found: BTreeMap<(UserId, &PersonRef), Written> = BTreeMap::new();
    for NewHistoryEntry { user, id, peer, .. } in entries {
        let nothing = || Written { with: peer.clone(), ids: Vec::new(), last_own: None };
        let written = found.entry((*user, peer)).or_insert_with(nothing);
        written.ids.push(*id);
        if own.contains(&(*user, *id)) {
            written.last_own = written.last_own.max(Some(*id));
        }
    }
    let mut news: BTreeMap<UserId, Vec<BrowserNews>> = BTreeMap::new();
    for ((user, _), written) in found {
        news.entry(user).or_default().push(BrowserNews::HistoryWritten(written));
    }
    news
}

#[cfg(test)]
mod tests {
    use super::super::queue::tests::say;
    use super::*;

    /// The octets of the messages of the first batch, and how many messages are left for others.
    async fn first_batch(recorder: &Recorder) -> (Vec<usize>, usize) {
        let mut queue = recorder.queue().await;
        let batch = Batch::next(recorder, &mut queue).await;
        (batch.said.iter().map(Said::size).collect(), queue.len())
    }

    #[tokio::test]
    async fn a_batch_ends_with_the_message_with_which_it_has_its_octets() {
        let recorder = Recorder::new();
        let long = vec![b'x'; 100_000];
        for _ in 0..100 {
            say(&recorder, &long);
        }
        let (batch, left) = first_batch(&recorder).await;
        let (last, before) = batch.split_last().expect("not empty");
        let before: usize = before.iter().sum();
        assert!(before < BATCH_OCTETS && before + last >= BATCH_OCTETS, "{before} octets before the last");
        assert_eq!(batch.len() + left, 100);
    }

    #[tokio::test]
    async fn a_batch_of_short_messages_has_so_many_of_them() {
        let recorder = Recorder::new();
        for _ in 0..BATCH + 7 {
            say(&recorder, b"hello");
        }
        let (batch, left) = first_batch(&recorder).await;
        assert_eq!((batch.len(), left), (BATCH, 7));
    }
}
