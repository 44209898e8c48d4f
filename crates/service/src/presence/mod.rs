//! Presence: publications, memberships, subscribers, and who on this node watches whom ([MS-PRES]).
//!
//! The rules are `rapport_core::presence`; here they meet the ports. Each change is committed, then acknowledged by the
//! face, then announced: [`Announce`] is what is left to do after the acknowledgement.

mod documents;
mod node;
mod watchers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::try_join_all;
use rapport_core::directory::{Person, PersonRef};
use rapport_core::presence::{
    CategoryName, Document, Membership, MembershipChange, NewPublication, Relation, Selection, Watcher,
    availability_seen_by, is_blocked, view,
};
use rapport_fabric::{Announcement, Binding, Fabric, Revision, WatchRefused};
use rapport_model::{Aor, Availability, ContainerId, Scope, UserId};

use crate::contacts::Contacts;
use crate::ports::Ports;
use crate::{Error, Result, Wire};
use documents::Changed;
use watchers::Watchers;

pub use watchers::{FirstView, WatcherSession};

/// People who are looked at side by side.
const AT_ONCE: usize = 32;

/// The presence service of this node.
#[derive(Clone, Debug)]
pub struct Presence<F> {
    ports: Ports<F>,
    contacts: Contacts<F>,
    watchers: Arc<Watchers>,
}

/// What is left to do once a change has been acknowledged.
#[derive(Clone, Debug)]
#[must_use = "acknowledge the change, then announce it"]
pub struct Announce {
    user: UserId,
    change: Option<(Arc<Document>, Revision)>,
}

/// A publication that has been made.
#[derive(Debug)]
pub struct Published {
    /// The document after it.
    pub document: Arc<Document>,
    /// The revision at which it stands.
    pub revision: Revision,
    /// The categories that it touched, the server's own included.
    pub touched: BTreeSet<CategoryName>,
    /// The places from which the last instance has gone.
    pub emptied: BTreeSet<(CategoryName, ContainerId)>,
    /// What is left to do.
    pub announce: Announce,
}

/// Someone whose presence is asked for.
#[derive(Clone, Debug)]
pub struct Target {
    /// The address as asked for; none when the URI is not an address-of-record.
    pub address: Option<Aor>,
    /// Whether the watcher has just put them on the contact list.
    pub prompts: bool,
}

/// What a subscription or a poll brings for one target.
#[derive(Debug)]
pub enum Watched {
    /// The person, under the address that they have now, and what the watcher may see.
    Active {
        /// Who it is.
        user: UserId,
        /// Their address.
        address: Aor,
        /// What the watcher may see.
        first: Arc<FirstView>,
    },
    /// Nobody of the company has that address.
    Unknown,
    /// The address is of another domain, with which there is no federation.
    Foreign,
    /// As many people as allowed watch that person already.
    TooMany {
        /// How many are allowed.
        limit: u32,
    },
}

impl<F: Fabric<Message = Wire>> Presence<F> {
    pub(crate) fn new(ports: Ports<F>, contacts: Contacts<F>) -> Self {
        Self { ports, contacts, watchers: Arc::new(Watchers::new()) }
    }

    /// Publishes a batch for the endpoint's person, whole or not at all.
    ///
    /// # Errors
    /// `Versions` with the current ones when a version is wrong; `Refused`; `Unavailable`.
    pub async fn publish(&self, scope: &Scope, by: Binding, batch: &[NewPublication]) -> Result<Published> {
        let endpoint = by.endpoint;
        let changed = self
            .ports
            .change_document(scope, endpoint.user, Some(endpoint), |document, bound, now| {
                if bound.binary_search(&endpoint).is_err() {
                    // The binding has ended meanwhile: what would hang on it would hang on nothing.
                    return Err(Error::Unavailable("the endpoint is not bound any more".to_owned()));
                }
                Ok(Some(document.publish(endpoint, batch, bound, now)?))
            })
            .await?
            .ok_or_else(|| Error::Internal("a publication changed nothing".to_owned()))?;
        metrics::counter!("rapport_publications_total").increment(batch.len() as u64);
        self.ports.meters.count(scope.tenant, |company| company.published(batch.len() as u64));
        let Changed { document, revision, touched, emptied } = changed;
        let announce = Announce { user: endpoint.user, change: Some((document.clone(), revision)) };
        Ok(Published { document, revision, touched, emptied, announce })
    }

    /// Changes who is a member of the person's containers.
    ///
    /// # Errors
    /// `Versions` with the current ones when a version is wrong; `Refused`; `Unavailable`.
    pub async fn set_container_members(
        &self,
        scope: &Scope,
        user: UserId,
        changes: &[MembershipChange],
    ) -> Result<Announce> {
        let changed = self
            .ports
            .change_document(scope, user, None, |document, _, _| {
                Ok(document.set_container_members(changes)?.unless_empty())
            })
            .await?;
        Ok(Announce { user, change: changed.map(|c| (c.document, c.revision)) })
    }

    /// Replaces who is a member of the person's containers, all of them.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn replace_memberships(
        &self,
        scope: &Scope,
        user: UserId,
        by: &BTreeMap<ContainerId, Membership>,
    ) -> Result<Announce> {
        let changed = self
            .ports
            .change_document(scope, user, None, |document, _, _| {
                Ok(document.replace_memberships(by).unless_empty())
            })
            .await?;
        Ok(Announce { user, change: changed.map(|c| (c.document, c.revision)) })
    }

    /// Notes that the person has taken notice of those who added them to a contact list.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn acknowledge_subscribers(
        &self,
        scope: &Scope,
        user: UserId,
        who: &[PersonRef],
    ) -> Result<Announce> {
        let changed = self
            .ports
            .change_document(scope, user, None, |document, _, _| Ok(document.acknowledge(who)))
            .await?;
        Ok(Announce { user, change: changed.map(|c| (c.document, c.revision)) })
    }

    /// Tells everyone who should know of a change, after it was acknowledged.
    pub async fn announce(&self, scope: &Scope, announce: Announce) {
        if let Some((document, revision)) = announce.change {
            // This node knows the document already, and need not read it again.
            self.take_over(announce.user, document, revision);
            self.ports.fabric.announce(scope, announce.user, Announcement::Presence { revision }).await;
        }
    }

    /// Returns the person's own document.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn own_document(&self, scope: &Scope, user: UserId) -> Result<Arc<Document>> {
        Ok(self.ports.document(scope, user).await?.0)
    }

    /// Returns the person's own document, and from then on tells the session of its changes.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn open_own(&self, scope: &Scope, binding: Binding) -> Result<Arc<Document>> {
        let user = binding.endpoint.user;
        self.ports.sessions.wants(binding, Some(true), None);
        let (document, revision) = self.ports.document(scope, user).await?;
        self.take_over(user, document.clone(), revision);
        Ok(self.watchers.note_own(user, document, revision, self.ports.clock.moment()))
    }

    /// Stops telling the session of changes of its own document.
    pub fn close_own(&self, binding: Binding) {
        self.ports.sessions.wants(binding, Some(false), None);
    }

    /// Subscribes a session to people's categories and returns what it may see of each at first.
    ///
    /// # Errors
    /// `Unavailable`; what goes wrong with one target is told in its place.
    pub async fn subscribe(
        &self,
        scope: &Scope,
        watcher: &Arc<WatcherSession>,
        targets: &[Target],
        categories: &Arc<[CategoryName]>,
    ) -> Result<Vec<Watched>> {
        let limit = self.ports.tenant(scope).await?.policy.limits.watchers;
        let mut found = Vec::with_capacity(targets.len());
        for target in targets {
            let user = match self.resolve(scope, target).await? {
                Ok(user) => user,
                Err(watched) => {
                    found.push(Err(watched));
                    continue;
                }
            };
            match self.ports.fabric.watch(scope, user, watcher.binding, limit).await {
                Ok(()) => {}
                Err(WatchRefused::TooMany { limit }) => {
                    found.push(Err(Watched::TooMany { limit }));
                    continue;
                }
                Err(error) => return Err(Error::Unavailable(error.to_string())),
            }
            if target.prompts && user != watcher.binding.endpoint.user {
                self.prompt(scope, user, watcher).await?;
            }
            let document = self.ports.document(scope, user).await?;
            let address = self.shown_address(scope, user, &document.0).await?;
            let asked = target.address.clone().unwrap_or_else(|| address.clone());
            found.push(Ok((user, address, asked, document)));
        }
        // From here on nothing fails: a client that is told of an error goes on seeing what it saw before.
        let mut seen = Vec::with_capacity(found.len());
        for found in found {
            let (user, address, asked, (document, revision)) = match found {
                Ok(found) => found,
                Err(watched) => {
                    seen.push(watched);
                    continue;
                }
            };
            self.take_over(user, document.clone(), revision);
            let now = self.ports.clock.moment();
            let names = (&address, &asked);
            let first = self.watchers.enter(user, names, (document, revision), watcher, categories, now);
            seen.push(Watched::Active { user, address, first });
        }
        Ok(seen)
    }

    /// Returns what a watcher may see of people now, and keeps nothing.
    ///
    /// # Errors
    /// `Unavailable`; what goes wrong with one target is told in its place.
    pub async fn poll(
        &self,
        scope: &Scope,
        watcher: &Watcher,
        targets: &[Target],
        categories: &[CategoryName],
    ) -> Result<Vec<Watched>> {
        let mut seen = Vec::with_capacity(targets.len());
        for targets in targets.chunks(AT_ONCE) {
            let who = try_join_all(targets.iter().map(|target| self.resolve(scope, target))).await?;
            let users: BTreeSet<UserId> = who.iter().filter_map(|who| who.as_ref().ok()).copied().collect();
            let documents = self.ports.glimpse(scope, &users, categories).await?;
            for who in who {
                seen.push(match who {
                    Ok(user) => match documents.get(&user) {
                        Some(document) => self.seen_once(scope, watcher, user, document, categories).await?,
                        None => Watched::Unknown,
                    },
                    Err(watched) => watched,
                });
            }
        }
        Ok(seen)
    }

    async fn seen_once(
        &self,
        scope: &Scope,
        watcher: &Watcher,
        user: UserId,
        (document, revision): &(Arc<Document>, Revision),
        categories: &[CategoryName],
    ) -> Result<Watched> {
        let address = self.shown_address(scope, user, document).await?;
        let watcher = watcher.towards(user);
        let view = view(document, &Selection::of(document, &watcher, categories));
        let first = Arc::new(FirstView { view, revision: *revision, ..FirstView::default() });
        Ok(Watched::Active { user, address, first })
    }

    /// Ends a session's subscription to people.
    pub async fn unsubscribe(&self, scope: &Scope, watcher: &WatcherSession, people: &[UserId]) {
        for user in people {
            self.unwatch(scope, watcher.binding, *user).await;
        }
    }

    /// Returns who is behind the addresses that a session wants to hear of no more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn people_at(&self, scope: &Scope, targets: &[Target]) -> Result<Vec<UserId>> {
        let mut people = Vec::with_capacity(targets.len());
        for target in targets {
            if let Ok(user) = self.resolve(scope, target).await? {
                people.push(user);
            }
        }
        Ok(people)
    }

    /// Ends all subscriptions of a session that is over.
    pub async fn forget_watcher(&self, scope: &Scope, binding: Binding) {
        for user in self.watchers.of(binding) {
            self.unwatch(scope, binding, user).await;
        }
    }

    async fn unwatch(&self, scope: &Scope, binding: Binding, user: UserId) {
        self.watchers.leave(user, binding);
        if let Err(error) = self.ports.fabric.unwatch(scope, user, binding).await {
            tracing::debug!(%error, "a watcher's entry ends with its binding");
        }
    }

    /// Returns the address that stands in a document, in step with everything else that watchers are told.
    async fn shown_address(&self, scope: &Scope, user: UserId, document: &Document) -> Result<Aor> {
        match &document.address {
            Some(address) => Ok(address.clone()),
            None => Ok(self.ports.person(scope, user).await?.address.clone()),
        }
    }

    async fn resolve(&self, scope: &Scope, target: &Target) -> Result<std::result::Result<UserId, Watched>> {
        let Some(address) = &target.address else { return Ok(Err(Watched::Unknown)) };
        match self.ports.tenant_of(&address.sip_domain()).await? {
            Some(tenant) if tenant == scope.tenant => {}
            _ => return Ok(Err(Watched::Foreign)),
        }
        Ok(self.ports.user_at(scope, address).await?.ok_or(Watched::Unknown))
    }

    /// Puts the watcher on the list of those whom the person has not taken notice of.
    async fn prompt(&self, scope: &Scope, user: UserId, watcher: &WatcherSession) -> Result<()> {
        let who = PersonRef::Person(watcher.binding.endpoint.user);
        let name = self.ports.person(scope, watcher.binding.endpoint.user).await?.card.display_name.clone();
        let changed = self
            .ports
            .change_document(scope, user, None, |document, _, _| {
                Ok(document.queue_subscriber(who.clone(), &name))
            })
            .await?;
        if let Some(changed) = changed {
            self.announce(scope, Announce { user, change: Some((changed.document, changed.revision)) }).await;
        }
        Ok(())
    }

    /// Brings a changed address or contact card into the person's presence.
    pub(crate) async fn refresh_directory(&self, scope: &Scope, person: &Person) -> Result<()> {
        let changed = self
            .ports
            .change_document(scope, person.id, None, |document, _, now| {
                Ok(document.refresh_directory(person, now.wall))
            })
            .await?;
        if let Some(changed) = changed {
            let change = Some((changed.document, changed.revision));
            self.announce(scope, Announce { user: person.id, change }).await;
        }
        Ok(())
    }

    /// Takes out what hangs on endpoints that are gone, or on a moment that has passed. Of somebody who was deleted
    /// nothing is left, and those who watch here see that.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sweep(&self, scope: &Scope, user: UserId) -> Result<()> {
        let swept = self
            .ports
            .change_document(scope, user, None, |document, bound, now| Ok(document.sweep(bound, now)))
            .await;
        match swept {
            Ok(None) => Ok(()),
            Ok(Some(Changed { document, revision, .. })) => {
                self.announce(scope, Announce { user, change: Some((document, revision)) }).await;
                Ok(())
            }
            Err(Error::NotFound(_)) => self.refresh(scope, user).await,
            Err(error) => Err(error),
        }
    }

    /// Takes somebody who is gone for good out of a person's containers and from among those who prompt.
    pub(crate) async fn forget_named(&self, scope: &Scope, user: UserId, who: &PersonRef) -> Result<()> {
        let changed = self
            .ports
            .change_document(scope, user, None, |document, _, _| Ok(document.forgetting(who)))
            .await?;
        self.announce(scope, Announce { user, change: changed.map(|c| (c.document, c.revision)) }).await;
        Ok(())
    }

    /// Tells whether a person has blocked a caller.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn blocks(&self, scope: &Scope, user: UserId, watcher: &Watcher) -> Result<bool> {
        let document = self.ports.last_document(scope, user).await?;
        Ok(is_blocked(&document, &watcher.towards(user)))
    }

    /// Returns how a caller sees a person: blocked, or with an availability.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn seen_by(&self, scope: &Scope, user: UserId, watcher: &Watcher) -> Result<Seen> {
        let (document, _) = self.ports.document(scope, user).await?;
        let watcher = watcher.towards(user);
        Ok(Seen {
            blocked: is_blocked(&document, &watcher),
            availability: availability_seen_by(&document, &watcher).unwrap_or(Availability::OFFLINE),
        })
    }
}

/// How a caller sees a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) blocked: bool,
    pub(crate) availability: Availability,
}

/// Returns how a person of the same company looks to the rules of access.
pub fn colleague(person: &Person) -> Watcher {
    Watcher {
        who: PersonRef::Person(person.id),
        addresses: person.known_addresses().cloned().collect(),
        domain: person.address.sip_domain(),
        relation: Relation::SameEnterprise,
    }
}

impl From<rapport_core::presence::PublishError> for Error {
    fn from(error: rapport_core::presence::PublishError) -> Self {
        match error {
            rapport_core::presence::PublishError::Conflict(operations) => Self::Versions(operations),
            rapport_core::presence::PublishError::Refused(refusal) => Self::Refused(refusal),
        }
    }
}
