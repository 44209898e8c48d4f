//! A person's document, read and changed through both ports as one ([MS-PRES]; ADR 0005).
//!
//! A change is decided on the live document. One that touches static publications stands there as pending until the
//! store has it, so that nobody ever sees part of it; whoever meets a pending change of another finishes or fences it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rapport_core::presence::{CategoryName, Change, Document, Live, Pending};
use rapport_fabric::{CasError, Fabric, Revision};
use rapport_model::{ContainerId, EndpointId, Scope, Timestamp, UserId};
use rapport_store::StoreError;

use crate::ports::Ports;
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
    /// Returns a person's document as everybody sees it.
    pub(crate) async fn document(&self, scope: &Scope, user: UserId) -> Result<(Arc<Document>, Revision)> {
        let (live, revision) = self.load(scope, user).await?;
        Ok((live.current.clone(), revision))
    }

    /// Changes a person's document by a rule; none when the rule sees nothing to change.
    pub(crate) async fn change_document(
        &self,
        scope: &Scope,
        user: UserId,
        by: Option<EndpointId>,
        rule: impl Fn(&Document, &[EndpointId], Timestamp) -> Result<Option<Change>> + Send,
    ) -> Result<Option<Changed>> {
        for _ in 0..ATTEMPTS {
            let (live, revision) = self.load(scope, user).await?;
            if live.pending.is_some() {
                self.settle(scope, user, revision).await?;
                continue;
            }
            let bound = self.bound(scope, user).await?;
            let Some(change) = rule(&live.current, &bound, self.clock.wall())? else { return Ok(None) };
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
            let document = if stored.static_revision == 0 {
                let person = self.person(scope, user).await?;
                let first = Document::for_new_person(&person, self.clock.wall());
                let first = Change::between(&Document::default(), first);
                match self.store.commit_presence(scope, user, 0, 1, &first.static_changes).await {
                    Ok(()) => first.next,
                    Err(StoreError::Stale { .. }) => continue,
                    Err(error) => return Err(error.into()),
                }
            } else {
                Document {
                    static_revision: stored.static_revision,
                    publications: stored.publications,
                    memberships: stored.memberships,
                    subscribers: stored.subscribers,
                }
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
        let held = Arc::new(Live { current: live.current.clone(), pending: Some(pending) });
        let held = match self.fabric.compare_and_set(scope, user, revision, Some(held)).await {
            Ok(revision) => revision,
            Err(CasError::Moved) => return Ok(Step::Again),
            Err(error) => return Err(cas_error(error)),
        };
        let (from, to) = (live.current.static_revision, document.static_revision);
        let written = match self.store.commit_presence(scope, user, from, to, &static_changes).await {
            Ok(()) => Ok(()),
            // The answer may have been lost after the commit: the store's revision tells.
            Err(error) => match self.store.presence_revision(scope, user).await {
                Ok(now) if now == to && !matches!(error, StoreError::Stale { .. }) => Ok(()),
                _ => Err(error),
            },
        };
        match written {
            Ok(()) => match self.fabric.compare_and_set(scope, user, held, Some(whole)).await {
                Ok(revision) => Ok(done(revision)),
                // Somebody who met the pending change has finished it for us, and perhaps gone on from there.
                Err(CasError::Moved) => Ok(done(self.fabric.live(scope, user).await?.1)),
                Err(error) => Err(cas_error(error)),
            },
            Err(StoreError::Stale { current }) => {
                // Fenced, or the store is ahead of the fabric: what the fabric keeps is read anew.
                tracing::warn!(%user, current, "static presence moved under a pending change");
                let _ = self.fabric.compare_and_set(scope, user, held, None).await;
                Ok(Step::Again)
            }
            Err(error) => {
                // The write was refused and is not under way: the pending change is withdrawn.
                let withdrawn = Arc::new(Live { current: live.current.clone(), pending: None });
                let _ = self.fabric.compare_and_set(scope, user, held, Some(withdrawn)).await;
                Err(error.into())
            }
        }
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
        let (from, to) = (live.current.static_revision, pending.next.static_revision);
        let after = match self.store.presence_revision(scope, user).await? {
            stored if stored == to => Some(Live { current: pending.next.clone(), pending: None }),
            stored if stored == from => {
                // From here on a late write of the pending change fails: the store has passed its revision.
                match self.store.fence_presence(scope, user, from, to).await {
                    Ok(fenced) => {
                        let current = Document { static_revision: fenced, ..(*live.current).clone() };
                        Some(Live { current: Arc::new(current), pending: None })
                    }
                    Err(StoreError::Stale { current }) if current == to => {
                        Some(Live { current: pending.next.clone(), pending: None })
                    }
                    Err(StoreError::Stale { .. }) => None,
                    Err(error) => return Err(error.into()),
                }
            }
            _ => None,
        };
        match self.fabric.compare_and_set(scope, user, revision, after.map(Arc::new)).await {
            Ok(_) | Err(CasError::Moved) => Ok(()),
            Err(error) => Err(cas_error(error)),
        }
    }
}

pub(crate) fn cas_error(error: CasError) -> Error {
    match error {
        CasError::WrongTenant => Error::Forbidden,
        CasError::Moved | CasError::Unavailable => Error::Unavailable(error.to_string()),
    }
}
