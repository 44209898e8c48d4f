//! What a rule makes of a document: the next one, what of it is new, and what the store has to keep.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::ContainerId;

use crate::directory::PersonRef;

use super::{CategoryName, Document, Membership, Prompted, Publication, PublicationKey};

/// The outcome of a rule that changed a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The whole document after the change.
    ///
    /// Its `static_revision` is one more than before if, and only if, `static_changes` is not empty.
    pub next: Document,
    /// The categories of which any instance changed: all their instances go to the person's own endpoints.
    pub touched: BTreeSet<CategoryName>,
    /// The categories of which the last instance in a container went away.
    pub emptied: BTreeSet<(CategoryName, ContainerId)>,
    /// The containers whose membership changed.
    pub touched_containers: BTreeSet<ContainerId>,
    /// The prompted subscribers who came, went or were acknowledged.
    pub touched_subscribers: BTreeSet<PersonRef>,
    /// Whether others see another address.
    pub readdressed: bool,
    /// What the store has to keep, in one transaction, before anybody sees `next`.
    pub static_changes: Vec<StaticChange>,
}

/// One change to the part of a document that the store keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaticChange {
    /// Keep this publication.
    Put(PublicationKey, Publication),
    /// Forget this publication.
    Delete(PublicationKey),
    /// These are all the members of the container.
    SetMembership(ContainerId, Membership),
    /// Keep this prompted subscriber.
    PutSubscriber(PersonRef, Prompted),
    /// Forget this prompted subscriber.
    DeleteSubscriber(PersonRef),
}

/// An operation of a request whose version is not the stored one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Which operation of the request, counted from 1.
    pub index: u32,
    /// The version that is stored; 0 when there is nothing.
    pub current: u32,
}

/// Says why a publication or a membership change was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// These operations are based on versions that are not the stored ones.
    #[error("{} operations have the wrong version", .0.len())]
    Conflict(Vec<Conflict>),
    /// The rules don't allow it.
    #[error(transparent)]
    Refused(#[from] crate::refusal::Refusal),
}

impl Change {
    /// Compares two documents and sets the revision of the second.
    pub fn between(old: &Document, mut next: Document) -> Self {
        let mut touched = BTreeSet::new();
        let mut emptied = BTreeSet::new();
        let mut static_changes = Vec::new();
        differences(&old.publications, &next.publications, |key, before, after| {
            if !touched.contains(&key.category) {
                touched.insert(key.category.clone());
            }
            if after.is_none() && next.instances(&key.category, key.container).next().is_none() {
                emptied.insert((key.category.clone(), key.container));
            }
            let was_kept = before.is_some_and(|p| p.lifetime.is_kept());
            match after {
                Some(p) if p.lifetime.is_kept() => {
                    static_changes.push(StaticChange::Put(key.clone(), Publication::clone(p)));
                }
                Some(_) | None if was_kept => static_changes.push(StaticChange::Delete(key.clone())),
                Some(_) | None => {}
            }
        });
        let mut touched_containers = BTreeSet::new();
        differences(&old.memberships, &next.memberships, |id, _, after| {
            touched_containers.insert(*id);
            let now = after.cloned().unwrap_or_default();
            static_changes.push(StaticChange::SetMembership(*id, now));
        });
        let mut touched_subscribers = BTreeSet::new();
        differences(&old.subscribers, &next.subscribers, |who, _, after| {
            touched_subscribers.insert(who.clone());
            static_changes.push(match after {
                Some(prompted) => StaticChange::PutSubscriber(who.clone(), prompted.clone()),
                None => StaticChange::DeleteSubscriber(who.clone()),
            });
        });
        let readdressed = old.address != next.address;
        next.static_revision = old.static_revision + u64::from(!static_changes.is_empty());
        Self { next, touched, emptied, touched_containers, touched_subscribers, readdressed, static_changes }
    }

    /// Tells whether nothing that anybody could see or keep is different.
    pub fn is_empty(&self) -> bool {
        self.touched.is_empty()
            && self.touched_containers.is_empty()
            && self.touched_subscribers.is_empty()
            && !self.readdressed
    }

    /// Returns the change unless it is empty.
    pub fn unless_empty(self) -> Option<Self> {
        (!self.is_empty()).then_some(self)
    }
}

/// Calls `found` for each key whose value is not the same in both maps, in the order of the keys.
fn differences<K: Ord, V: PartialEq>(
    old: &BTreeMap<K, V>,
    new: &BTreeMap<K, V>,
    mut found: impl FnMut(&K, Option<&V>, Option<&V>),
) {
    let mut olds = old.iter().peekable();
    let mut news = new.iter().peekable();
    loop {
        match (olds.peek().copied(), news.peek().copied()) {
            (None, None) => return,
            (Some((key, before)), None) => {
                found(key, Some(before), None);
                olds.next();
            }
            (None, Some((key, after))) => {
                found(key, None, Some(after));
                news.next();
            }
            (Some((old_key, before)), Some((new_key, after))) => match old_key.cmp(new_key) {
                std::cmp::Ordering::Less => {
                    found(old_key, Some(before), None);
                    olds.next();
                }
                std::cmp::Ordering::Greater => {
                    found(new_key, None, Some(after));
                    news.next();
                }
                std::cmp::Ordering::Equal => {
                    if before != after {
                        found(old_key, Some(before), Some(after));
                    }
                    olds.next();
                    news.next();
                }
            },
        }
    }
}
