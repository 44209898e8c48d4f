//! Publishing: a whole batch or nothing ([MS-PRES] §2.2.2.5, presence-im 1.7).

use std::collections::BTreeSet;

use rapport_model::{ContainerId, EndpointId, Moment};

use crate::refusal::Refusal;

use super::aggregate::{MACHINES, is_live_of_server};
use super::bootstrap::{ADDRESS_BOOK, IDENTITY, KEPT};
use super::{
    Change, Conflict, Document, Endpoints, Lifetime, NewPublication, Publication, PublicationAction,
    PublicationKey, PublishError, Value,
};

/// How many publications of their own a person may have.
pub const MAX_PUBLICATIONS: u32 = 256;
/// How many bytes one value may have.
pub const MAX_VALUE_BYTES: u32 = 64 * 1024;
/// How many bytes all values of a person may have together.
pub const MAX_PERSON_BYTES: u32 = 512 * 1024;
/// How many bytes a category's name may have.
pub const MAX_CATEGORY_BYTES: u32 = 64;
/// The highest container number.
pub const MAX_CONTAINER: ContainerId = ContainerId(32_767);

/// Whose a publication is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Person,
    /// The directory's data. COMPAT(OC 2007 R2): a client may send its own copy of it while it sets a person up;
    /// refusing would refuse the whole batch, so the operation is passed over and the answer shows what stands.
    Directory,
    /// What states add up to; no client has a reason to send it.
    Aggregation,
}

impl Document {
    /// Publishes a batch for an endpoint, whole or not at all, and adds up anew.
    ///
    /// `bound` are the person's bound endpoints; `by` counts as one of them. A version of 0 stands for "nothing there
    /// yet"; deleting what doesn't exist is done already.
    ///
    /// # Errors
    /// [`PublishError::Conflict`] lists every operation with a wrong version. [`PublishError::Refused`]:
    /// `RepeatedPublication`, `ReservedPublication` (an aggregate, or a value that only the server makes),
    /// `ReservedContainer` (above 32767), `NotYours` (bound to another endpoint), `TooLarge`, `TooManyPublications`.
    pub fn publish(
        &self,
        by: EndpointId,
        batch: &[NewPublication],
        bound: &Endpoints,
        now: impl Into<Moment>,
    ) -> Result<Change, PublishError> {
        let now = now.into();
        check_batch(by, batch)?;
        let mut with_publisher;
        let bound = if bound.contains(&by) {
            bound
        } else {
            with_publisher = bound.to_vec();
            with_publisher.push(by);
            &with_publisher
        };
        // What is over is not there, whether or not anybody has swept it.
        let mut next = self.clone();
        next.take_out_what_is_over(bound, now);
        let conflicts = next.conflicts(batch);
        if !conflicts.is_empty() {
            return Err(PublishError::Conflict(conflicts));
        }
        let mut passed_over = BTreeSet::new();
        for operation in batch {
            if owner(&operation.key) == Owner::Directory {
                passed_over.insert(operation.key.category.clone());
                continue;
            }
            match &operation.action {
                PublicationAction::Delete => {
                    next.publications.remove(&operation.key);
                }
                PublicationAction::Publish { lifetime, value } => {
                    let version = next.version_of(&operation.key).saturating_add(1);
                    let publication = Publication {
                        version,
                        lifetime: *lifetime,
                        published: now.wall,
                        publisher: Some(by),
                        value: value.clone(),
                    };
                    next.publications.insert(operation.key.clone(), publication.into());
                }
            }
        }
        next.settle(bound, now);
        check_quota(&next)?;
        let mut change = Change::between(self, next);
        change.touched.append(&mut passed_over);
        Ok(change)
    }

    fn version_of(&self, key: &PublicationKey) -> u32 {
        self.publications.get(key).map_or(0, |publication| publication.version)
    }

    fn conflicts(&self, batch: &[NewPublication]) -> Vec<Conflict> {
        (1..)
            .zip(batch)
            .filter(|(_, operation)| owner(&operation.key) == Owner::Person)
            .filter_map(|(index, operation)| {
                let current = self.version_of(&operation.key);
                let gone = current == 0 && operation.action == PublicationAction::Delete;
                (operation.version != current && !gone).then_some(Conflict { index, current })
            })
            .collect()
    }
}

fn owner(key: &PublicationKey) -> Owner {
    match key.category.as_str() {
        "state" if key.instance == KEPT || key.instance == MACHINES || is_live_of_server(key) => {
            Owner::Aggregation
        }
        "contactCard" if matches!(key.instance, IDENTITY | ADDRESS_BOOK) => Owner::Directory,
        "legacyInterop" | "services" | "userProperties" => Owner::Directory,
        _ => Owner::Person,
    }
}

fn check_batch(by: EndpointId, batch: &[NewPublication]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for NewPublication { key, action, .. } in batch {
        if !seen.insert(key) {
            return Err(Refusal::RepeatedPublication);
        }
        if key.container > MAX_CONTAINER {
            return Err(Refusal::ReservedContainer);
        }
        if key.category.as_str().len() > MAX_CATEGORY_BYTES as usize {
            return Err(Refusal::TooLarge { what: "category name", limit: MAX_CATEGORY_BYTES });
        }
        if owner(key) == Owner::Aggregation {
            return Err(Refusal::ReservedPublication);
        }
        let PublicationAction::Publish { lifetime, value } = action else { continue };
        if matches!(lifetime, Lifetime::Endpoint(endpoint) if *endpoint != by) {
            return Err(Refusal::NotYours);
        }
        match value {
            Value::Client { .. } if size(value) > MAX_VALUE_BYTES as usize => {
                return Err(Refusal::TooLarge { what: "publication", limit: MAX_VALUE_BYTES });
            }
            Value::Client { .. } | Value::Empty => {}
            _ if owner(key) == Owner::Directory => {}
            _ => return Err(Refusal::ReservedPublication),
        }
    }
    Ok(())
}

fn check_quota(document: &Document) -> Result<(), Refusal> {
    let mut count = 0u32;
    let mut bytes = 0usize;
    for (key, publication) in &document.publications {
        if owner(key) == Owner::Person {
            count = count.saturating_add(1);
            bytes = bytes.saturating_add(size(&publication.value));
        }
    }
    if count > MAX_PUBLICATIONS {
        return Err(Refusal::TooManyPublications { limit: MAX_PUBLICATIONS });
    }
    if bytes > MAX_PERSON_BYTES as usize {
        return Err(Refusal::TooLarge { what: "all publications", limit: MAX_PERSON_BYTES });
    }
    Ok(())
}

/// Counts the bytes that a client's value holds; the facts in it are parts of the same text.
fn size(value: &Value) -> usize {
    match value {
        Value::Client { xml, .. } => xml.len(),
        Value::Aggregate(_)
        | Value::Identity { .. }
        | Value::AddressBook(_)
        | Value::LegacyInterop(_)
        | Value::Services(_)
        | Value::UserProperties
        | Value::Empty => 0,
    }
}
