//! A person's document, read and changed through both ports as one ([MS-PRES]; ADR 0005).
//!
//! A change is decided on the live document. One that touches static publications stands there as pending until the
//! store has it, so that nobody ever sees part of it; whoever meets a pending change of another finishes or fences it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use rapport_core::directory::Person;
use rapport_core::presence::{
    CategoryName, Change, Document, Lifetime, Live, Pending, Publication, StaticChange,
};
use rapport_fabric::{Announcement, CasError, Fabric, Revision};
use rapport_model::{ContainerId, EndpointId, Moment, Scope, Timestamp, UserId};
use rapport_store::{StoreError, StoredPresence};

use crate::ports::{Ports, TOGETHER};
use crate::{Error, Result, Wire};

/// How often a lost race is redone before the caller is told to try again later.
const ATTEMPTS: u32 = 50;
/// How long another's pending change may take before it is fenced.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a pending change of another is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// A change that has been made.
#[derive(Debug)]
pub(crate) struct Changed {
    /// The revision at which the document stands.
    pub(crate) revision: Revision,
    /// The document.
    pub(crate) document: Arc<Document>,
    /// Which categories it touched.
    pub(crate) touched: BTreeSet<CategoryName>,
    /// The places from which the last instance has gone.
    pub(crate) emptied: BTreeSet<(CategoryName, ContainerId)>,
}

enum Step {
    Done(Changed),
    Again,
}

impl<F: Fabric<Message = Wire>> Ports<F> {
    /// Returns a person's document as everybody sees it: without what is over, be it swept or not.
    ///
    /// Nodes sweep whom somebody watches. Whoever comes to a person whom nobody watched, or whose last sweep failed, must
    /// not see what is over. Who is bound is read after the document: when that has moved meanwhile, what hangs on an
    /// endpoint that is gone would be missing beside what came before the endpoint went, so both are read again.
    pub(crate) async fn document(&self, scope: &Scope, user: UserId) -> Result<(Arc<Document>, Revision)> {
        let (mut live, mut revision) = self.load(scope, user).await?;
        for _ in 0..ATTEMPTS {
            let current = &live.current;
            if current.publications.values().all(|publication| publication.lifetime == Lifetime::Static) {
                return Ok((current.clone(), revision));
            }
            let (bound, now) = (self.bound(scope, user).await?, self.clock.moment());
            let swept = current.is_overdue(&bound, now).then(|| current.sweep(&bound, now)).flatten();
            let Some(swept) = swept else { return Ok((current.clone(), revision)) };
            let (again, still) = self.load(scope, user).await?;
            if still == revision {
                return Ok((Arc::new(swept.next), revision));
            }
            (live, revision) = (again, still);
        }
        Err(Error::Unavailable("the presence document is changing too often".to_owned()))
    }

    /// Returns people's documents for somebody who looks once, without those of whom there is no more, and with these
    /// categories at least. Of a person in whom nobody takes an interest, nothing is put among what is live, and nothing is written for the first time: whoever looks
    /// for people sees many of them. The store is asked for all of these together.
    pub(crate) async fn glimpse(
        &self,
        scope: &Scope,
        users: &BTreeSet<UserId>,
        categories: &[CategoryName],
    ) -> Result<HashMap<UserId, (Arc<Document>, Revision)>> {
        let live = try_join_all(users.iter().map(|user| self.fabric.live(scope, *user))).await?;
        let at_rest = users.iter().zip(&live).filter(|(_, (live, _))| live.is_none());
        let at_rest: Vec<UserId> = at_rest.map(|(user, _)| *user).collect();
        let together = at_rest.chunks(TOGETHER);
        let reads = together.map(|users| self.store.presence_of_several(scope, users, categories));
        let stored = try_join_all(reads).await?.into_iter().flatten();
        let mut stored: HashMap<UserId, StoredPresence> = stored.collect();
        let looks = users.iter().zip(live).map(|(user, (live, revision))| {
            let stored = stored.remove(user);
            async move {
                let seen = match (live, stored) {
                    (Some(_), _) => self.document(scope, *user).await,
                    (None, Some(stored)) => self.at_rest(scope, *user, stored, revision).await,
                    (None, None) => return Ok(None),
                };
                match seen {
                    Ok(seen) => Ok(Some((*user, seen))),
                    Err(Error::NotFound(_)) => Ok(None),
                    Err(error) => Err(error),
                }
            }
        });
        Ok(try_join_all(looks).await?.into_iter().flatten().collect())
    }

    /// Returns the document of a person of whom nothing is live.
    async fn at_rest(
        &self,
        scope: &Scope,
        user: UserId,
        stored: StoredPresence,
        revision: Revision,
    ) -> Result<(Arc<Document>, Revision)> {
        let person = self.person(scope, user).await?;
        let document = if stored.static_revision == 0 {
            Document::for_new_person(&person, self.clock.wall())
        } else {
            self.stored_document(stored, &person)
        };
        // What may be over is weighed with who is bound.
        if document.publications.values().any(|publication| publication.lifetime != Lifetime::Static) {
            return self.document(scope, user).await;
        }
        Ok((Arc::new(document), revision))
    }

    /// Returns a person's document as it was left by the last change: its memberships are right, what is live may be over.
    pub(crate) async fn last_document(&self, scope: &Scope, user: UserId) -> Result<Arc<Document>> {
        Ok(self.load(scope, user).await?.0.current.clone())
    }

    /// Changes a person's document by a rule; none when the rule sees nothing to change.
    pub(crate) async fn change_document(
        &self,
        scope: &Scope,
        user: UserId,
        by: Option<EndpointId>,
        rule: impl Fn(&Document, &[EndpointId], Moment) -> Result<Option<Change>> + Send,
    ) -> Result<Option<Changed>> {
        for _ in 0..ATTEMPTS {
            let (live, revision) = self.load(scope, user).await?;
            if live.pending.is_some() {
                self.settle(scope, user, revision).await?;
                continue;
            }
            let bound = self.bound(scope, user).await?;
            let Some(change) = rule(&live.current, &bound, self.clock.moment())? else { return Ok(None) };
            match self.commit(scope, user, by, &live, revision, change).await? {
                Step::Done(changed) => return Ok(Some(changed)),
                Step::Again => {}
            }
        }
        Err(Error::Unavailable("the presence document is changing too often".to_owned()))
    }

    /// Returns a person's bound endpoints, in order.
    pub(crate) async fn bound(&self, scope: &Scope, user: UserId) -> Result<Vec<EndpointId>> {
        let mut bound: Vec<EndpointId> =
            self.fabric.endpoints(scope, user).await?.iter().map(|b| b.binding.endpoint).collect();
        bound.sort_unstable();
        Ok(bound)
    }

    async fn load(&self, scope: &Scope, user: UserId) -> Result<(Arc<Live>, Revision)> {
        for _ in 0..ATTEMPTS {
            let (live, revision) = self.fabric.live(scope, user).await?;
            if let Some(live) = live {
                return Ok((live, revision));
            }
            let stored = self.store.presence(scope, user).await?;
            // Not from the cache: what is put together here stays.
            let person = self.store.person(scope, user).await?;
            let document = if stored.static_revision == 0 {
                let first = Document::for_new_person(&person, self.clock.wall());
                let first = Change::between(&Document::default(), first);
                match self.store.commit_presence(scope, user, 0, 1, &first.static_changes).await {
                    Ok(()) => first.next,
                    Err(StoreError::Stale { .. }) => continue,
                    Err(error) => return Err(error.into()),
                }
            } else {
                self.stored_document(stored, &person)
            };
            let live = Arc::new(Live { current: Arc::new(document), pending: None });
            match self.fabric.compare_and_set(scope, user, revision, Some(live.clone())).await {
                Ok(revision) => return Ok((live, revision)),
                Err(CasError::Moved) => {}
                Err(error) => return Err(cas_error(error)),
            }
        }
        Err(Error::Unavailable("the presence document is changing too often".to_owned()))
    }

    /// Puts together what the store has of a person's document.
    fn stored_document(&self, stored: StoredPresence, person: &Person) -> Document {
        let now = self.clock.moment();
        let publications = stored.publications.into_iter();
        Document {
            static_revision: stored.static_revision,
            address: Some(person.address.clone()),
            publications: publications.map(|(key, p)| (key, on_steady_clock(p, now).into())).collect(),
            memberships: stored.memberships,
            subscribers: stored.subscribers,
        }
    }

    /// Takes the live document of a person away who is there no more.
    pub(crate) async fn forget_document(&self, scope: &Scope, user: UserId) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let (live, revision) = self.fabric.live(scope, user).await?;
            if live.is_none() {
                return Ok(());
            }
            match self.fabric.compare_and_set(scope, user, revision, None).await {
                Ok(_) => return Ok(()),
                Err(CasError::Moved) => {}
                Err(error) => return Err(cas_error(error)),
            }
        }
        Err(Error::Unavailable("the presence document is changing too often".to_owned()))
    }

    async fn commit(
        &self,
        scope: &Scope,
        user: UserId,
        by: Option<EndpointId>,
        live: &Live,
        revision: Revision,
        change: Change,
    ) -> Result<Step> {
        let Change { next, touched, emptied, static_changes, .. } = change;
        let document = Arc::new(next);
        let done = |revision| {
            let (touched, emptied) = (touched.clone(), emptied.clone());
            Step::Done(Changed { revision, document: document.clone(), touched, emptied })
        };
        let whole = Arc::new(Live { current: document.clone(), pending: None });
        if static_changes.is_empty() {
            return match self.fabric.compare_and_set(scope, user, revision, Some(whole)).await {
                Ok(revision) => Ok(done(revision)),
                Err(CasError::Moved) => Ok(Step::Again),
                Err(error) => Err(cas_error(error)),
            };
        }
        let pending = Pending { next: document.clone(), by, attempt: self.clock.random_u64() };
        let held = Live { current: live.current.clone(), pending: Some(pending) };
        let shown = self.fabric.compare_and_set(scope, user, revision, Some(Arc::new(held.clone()))).await;
        let at = match shown {
            Ok(revision) => revision,
            Err(CasError::Moved) => return Ok(Step::Again),
            Err(error) => return Err(cas_error(error)),
        };
        let (from, to) = (live.current.static_revision, document.static_revision);
        let now = self.clock.moment();
        let static_changes: Vec<_> =
            static_changes.into_iter().map(|change| on_wall_clock(change, now)).collect();
        let (after, failed) = match self.store.commit_presence(scope, user, from, to, &static_changes).await {
            Ok(()) => (Some(whole), Ok(())),
            // The answer may have been lost after the commit, or the commit may yet come: it is finished or fenced. Where
            // the store tells nothing, the change stays pending for whoever meets it.
            Err(error @ StoreError::Unavailable { .. }) => match self.conclude(scope, user, &held).await {
                Ok(Some(after)) if after.current.static_revision == to => (Some(whole), Ok(())),
                Ok(after) => (after.map(Arc::new), Err(error)),
                Err(_) => return Err(error.into()),
            },
            // Only a fence moves the store past a change that is pending. Anything else, and fabric and store do not
            // belong together: what the fabric keeps is read anew.
            Err(error @ StoreError::Stale { current }) => {
                tracing::warn!(%user, current, "static presence moved under a pending change");
                ((current > to).then(|| Arc::new(dropped(&live.current, current))), Err(error))
            }
            // The write was refused and is not under way: the pending change is withdrawn.
            Err(error) => (Some(Arc::new(dropped(&live.current, from))), Err(error)),
        };
        let set = self.fabric.compare_and_set(scope, user, at, after).await;
        match (failed, set) {
            (Ok(()), Ok(revision)) => Ok(done(revision)),
            // Somebody who met the pending change has finished it for us, and perhaps gone on from there.
            (Ok(()), Err(CasError::Moved)) => Ok(done(self.fabric.live(scope, user).await?.1)),
            (Ok(()), Err(error)) => Err(cas_error(error)),
            (Err(StoreError::Stale { .. }), _) => Ok(Step::Again),
            (Err(error), _) => Err(error.into()),
        }
    }

    /// Tells what a pending change has come to, once and for all: finished when the store has it; otherwise fenced, so
    /// that a late commit of it fails, and dropped. None when fabric and store do not belong together: then what the
    /// fabric keeps is to be read anew.
    async fn conclude(&self, scope: &Scope, user: UserId, live: &Live) -> Result<Option<Live>> {
        let Some(pending) = &live.pending else { return Ok(Some(live.clone())) };
        let (from, to) = (live.current.static_revision, pending.next.static_revision);
        let mut stored = self.store.presence_revision(scope, user).await?;
        if stored == from {
            stored = match self.store.fence_presence(scope, user, from, to).await {
                Ok(fenced) => fenced,
                Err(StoreError::Stale { current }) => current,
                Err(error) => return Err(error.into()),
            };
        }
        Ok(if stored == to {
            Some(Live { current: pending.next.clone(), pending: None })
        } else {
            // Nothing but a fence moves the store past a change that is pending: the static part is what it was.
            (stored > to).then(|| dropped(&live.current, stored))
        })
    }

    /// Waits for another's pending change to end, or finishes or fences it when that takes too long.
    async fn settle(&self, scope: &Scope, user: UserId, met: Revision) -> Result<()> {
        let since = self.clock.monotonic();
        while self.clock.monotonic().saturating_duration_since(since) < PATIENCE {
            tokio::time::sleep(GLANCE).await;
            let (live, revision) = self.fabric.live(scope, user).await?;
            if revision != met || live.is_none_or(|live| live.pending.is_none()) {
                return Ok(());
            }
        }
        let (Some(live), revision) = self.fabric.live(scope, user).await? else { return Ok(()) };
        let Some(pending) = live.pending.as_ref().filter(|_| revision == met) else { return Ok(()) };
        let finished = pending.next.static_revision;
        let after = self.conclude(scope, user, &live).await?;
        let is_finished = after.as_ref().is_some_and(|after| after.current.static_revision == finished);
        match self.fabric.compare_and_set(scope, user, revision, after.map(Arc::new)).await {
            Ok(revision) => {
                if is_finished {
                    // Whoever made the change is not there to tell of it.
                    self.fabric.announce(scope, user, Announcement::Presence { revision }).await;
                }
                Ok(())
            }
            Err(CasError::Moved) => Ok(()),
            Err(error) => Err(cas_error(error)),
        }
    }
}

/// Moves the end of a publication that the store has kept to the clock of this process.
fn on_steady_clock(publication: Publication, now: Moment) -> Publication {
    let lifetime = match publication.lifetime {
        Lifetime::KeptUntil(wall) => Lifetime::KeptUntil(moved(wall, now.wall, now.steady)),
        other => other,
    };
    Publication { lifetime, ..publication }
}

/// Moves the end of a publication that the store is to keep to the clock that the next process knows, too.
fn on_wall_clock(change: StaticChange, now: Moment) -> StaticChange {
    match change {
        StaticChange::Put(key, publication) => {
            let lifetime = match publication.lifetime {
                Lifetime::KeptUntil(steady) => Lifetime::KeptUntil(moved(steady, now.steady, now.wall)),
                other => other,
            };
            StaticChange::Put(key, Publication { lifetime, ..publication })
        }
        other => other,
    }
}

fn moved(end: Timestamp, from: Timestamp, to: Timestamp) -> Timestamp {
    Timestamp(end.0.saturating_sub(from.0).saturating_add(to.0))
}

/// What remains of a document when a pending change of it is dropped: the store stands at `static_revision`.
fn dropped(current: &Document, static_revision: u64) -> Live {
    let current = Document { static_revision, ..current.clone() };
    Live { current: Arc::new(current), pending: None }
}

pub(crate) fn cas_error(error: CasError) -> Error {
    match error {
        CasError::WrongTenant => Error::Forbidden,
        CasError::Moved | CasError::Unavailable => Error::Unavailable(error.to_string()),
    }
}
