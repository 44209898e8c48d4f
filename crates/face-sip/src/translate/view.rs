//! What watchers learn of others: one person's categories, and the answer to a batch. \[MS-PRES\] 2.2.2, \[MS-SIP\] 4.3

use std::borrow::Cow;

use rapport_core::presence::View;
use rapport_model::Aor;
use rapport_msbody::watch::{
    self, ListedResource, Multipart, ResourceState, WatchedCategory, WatchedPublication,
};

use super::millis;
use super::value::{Text, Values};

/// The reason of RFC 4662 for somebody who is not watched because too many others are.
pub(crate) const REJECTED: &str = "rejected";

/// Writes the categories of the person whom the watcher knows as `aor`.
pub(crate) fn categories(aor: &Aor, view: &View) -> String {
    let mut values = Values::default();
    let mut entries: Vec<(&str, Option<(u32, u64, Text<'_>)>)> = Vec::new();
    for category in &view.categories {
        let name = category.name.as_str();
        if category.instances.is_empty() {
            entries.push((name, None));
        }
        for (instance, published, value) in &category.instances {
            let text = values.add(aor, &category.name, value);
            entries.push((name, Some((*instance, millis(*published), text))));
        }
    }
    let mut length = 256;
    let categories: Vec<WatchedCategory<'_>> = entries
        .iter()
        .map(|(name, instance)| {
            let publication = instance.as_ref().map(|(instance, publish_time, text)| WatchedPublication {
                instance: *instance,
                publish_time: *publish_time,
                value: values.get(text),
            });
            length += 128 + publication.and_then(|p| p.value).map_or(0, str::len);
            WatchedCategory { name, publication }
        })
        .collect();
    let mut out = String::with_capacity(length);
    watch::encode_categories(&aor.to_uri(), &categories, &mut out);
    out
}

/// Writes the categories of somebody of whom nothing is seen; `uri` as asked for.
pub(crate) fn empty(uri: &str) -> String {
    let mut out = String::new();
    watch::encode_categories(uri, &[], &mut out);
    out
}

/// How a watcher's wish to watch somebody turned out.
#[derive(Debug, Clone)]
pub(crate) enum Outcome<'a> {
    /// They are watched; these are their categories as [`categories`] writes them.
    Active(Cow<'a, str>),
    /// There is no such person. Told like somebody of whom nothing is seen: a client asks again with its next batch.
    Unknown,
    /// They are not watched, for a reason of RFC 4662, such as [`REJECTED`].
    Terminated(&'static str),
    /// They belong to another company, and the watcher must subscribe to them separately.
    Foreign,
}

/// Somebody of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Watched<'a> {
    /// Whom the watcher asked for, as written.
    pub(crate) uri: Cow<'a, str>,
    /// What came of it.
    pub(crate) outcome: Outcome<'a>,
}

/// A body with its content type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BatchAnswer {
    /// The value of the header.
    pub(crate) content_type: String,
    /// The body.
    pub(crate) body: String,
}

impl BatchAnswer {
    /// Writes the answer to a batch of the watcher `aor`.
    ///
    /// Everybody has a part but those who must be subscribed to separately: COMPAT(pidgin-sipe) it refreshes only those
    /// who had one. `version` counts the lists of the dialog from 0; `boundary` is letters and digits, so random that no
    /// value contains it.
    pub(crate) fn new(aor: &Aor, version: u32, resources: &[Watched<'_>], boundary: &str) -> Self {
        let listed: Vec<ListedResource<'_>> = resources
            .iter()
            .map(|resource| ListedResource {
                uri: &resource.uri,
                state: match resource.outcome {
                    Outcome::Active(_) | Outcome::Unknown => ResourceState::Active,
                    Outcome::Terminated(reason) => ResourceState::Terminated { reason },
                    Outcome::Foreign => ResourceState::Resubscribe { pool: None },
                },
            })
            .collect();
        let mut list = String::with_capacity(256 + 160 * listed.len());
        watch::encode_list(&aor.to_uri(), version, false, &listed, &mut list);
        let capacity = resources.iter().map(|resource| match &resource.outcome {
            Outcome::Active(categories) => 256 + categories.len(),
            Outcome::Unknown | Outcome::Terminated(_) | Outcome::Foreign => 384,
        });
        let mut multipart = Multipart::new(boundary, &list, capacity.sum());
        for resource in resources {
            match &resource.outcome {
                Outcome::Active(categories) => multipart.push(&resource.uri, categories),
                Outcome::Unknown | Outcome::Terminated(_) => {
                    multipart.push(&resource.uri, &empty(&resource.uri));
                }
                Outcome::Foreign => {}
            }
        }
        Self { content_type: watch::multipart_content_type(boundary), body: multipart.finish() }
    }
}
