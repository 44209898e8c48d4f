//! What watchers learn of others: one person's categories, and the answer to a batch. \[MS-PRES\] 2.2.2, \[MS-SIP\] 4.3

use std::borrow::Cow;

use rapport_core::presence::View;
use rapport_model::Aor;
use rapport_msbody::watch::{
    self, ListedResource, Multipart, ResourceState, WatchedCategory, WatchedPublication,
};

use super::millis;
use super::value::Values;

/// The reason of RFC 4662 for somebody who is not watched because too many others are.
pub(crate) const REJECTED: &str = "rejected";

/// Writes the categories of the person whom the watcher knows as `aor`.
pub(crate) fn categories(aor: &Aor, view: &View) -> String {
    let mut values = Values::default();
    let mut entries = Vec::new();
    for category in &view.categories {
        if category.instances.is_empty() {
            entries.push((&category.name, None));
        }
        for (instance, published, value) in &category.instances {
            let text = values.add(aor, &category.name, value);
            entries.push((&category.name, Some((*instance, *published, text))));
        }
    }
    let categories: Vec<WatchedCategory<'_>> = entries
        .iter()
        .map(|(name, instance)| {
            let publication = instance.as_ref().map(|(instance, published, text)| WatchedPublication {
                instance: *instance,
                publish_time: millis(*published),
                value: values.get(text),
            });
            WatchedCategory { name: name.as_str(), publication }
        })
        .collect();
    let lengths = categories.iter().filter_map(|category| category.publication?.value).map(str::len);
    let mut out = String::with_capacity(256 + 128 * categories.len() + lengths.sum::<usize>());
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
    /// Everybody has a part: COMPAT(pidgin-sipe) it refreshes only those who had one. `version` counts the lists of the dialog from 0; `boundary` is letters and digits, so random that no
    /// value contains it.
    pub(crate) fn new(aor: &Aor, version: u32, resources: &[Watched<'_>], boundary: &str) -> Self {
        let listed: Vec<ListedResource<'_>> = resources
            .iter()
            .map(|resource| ListedResource {
                uri: &resource.uri,
                state: match resource.outcome {
                    Outcome::Active(_) | Outcome::Unknown => ResourceState::Active,
                    Outcome::Terminated(reason) => ResourceState::Terminated { reason },
                },
            })
            .collect();
        let mut list = String::with_capacity(256 + 160 * listed.len());
        watch::encode_list(&aor.to_uri(), version, false, &listed, &mut list);
        let capacity = resources.iter().map(|resource| match &resource.outcome {
            Outcome::Active(categories) => 256 + categories.len(),
            Outcome::Unknown | Outcome::Terminated(_) => 384,
        });
        let mut multipart = Multipart::new(boundary, &list, capacity.sum());
        for resource in resources {
            match &resource.outcome {
                Outcome::Active(categories) => multipart.push(&resource.uri, categories),
                Outcome::Unknown | Outcome::Terminated(_) => {
                    multipart.push(&resource.uri, &empty(&resource.uri));
                }
            }
        }
        Self { content_type: watch::multipart_content_type(boundary), body: multipart.finish() }
    }
}

#[cfg(test)]
mod tests {
    use rapport_core::directory::PersonRef;
    use rapport_core::presence::{CategoryName, CategoryView, Relation, Selection, Watcher, view};
    use rapport_model::SipDomain;

    use super::super::samples::{ann, document, lines, user};
    use super::*;

    fn seen() -> View {
        let watcher = Watcher {
            who: PersonRef::Person(user(2)),
            addresses: [].into(),
            domain: SipDomain::parse("example.com").expect("a domain"),
            relation: Relation::SameEnterprise,
        };
        let asked = ["contactCard", "note", "services", "state"].map(CategoryName::new);
        let document = document();
        view(&document, &Selection::of(&document, &watcher, &asked))
    }

    #[test]
    fn a_colleague_sees_who_the_person_is_and_that_they_are_offline() {
        let mut view = seen();
        view.categories.push(CategoryView { name: CategoryName::note(), instances: Vec::new() });
        insta::assert_snapshot!(lines(&categories(&ann().address, &view)));
    }

    #[test]
    fn everybody_of_a_batch_has_an_answer() {
        let categories = categories(&ann().address, &View::default());
        let outcomes = [
            ("sip:Ann@example.com", Outcome::Active(Cow::Borrowed(&categories))),
            ("sip:nobody@example.com", Outcome::Unknown),
            ("sip:onetoomany@example.com", Outcome::Terminated(REJECTED)),
            ("not an <address>\r\n", Outcome::Unknown),
        ];
        let resources = outcomes.map(|(uri, outcome)| Watched { uri: uri.into(), outcome });
        let answer = BatchAnswer::new(&ann().address, 0, &resources, "50UBfW7LSCVLtggUPe5z");
        assert_eq!(
            answer.content_type,
            "multipart/related;type=\"application/rlmi+xml\";start=resourceList;boundary=50UBfW7LSCVLtggUPe5z"
        );
        insta::assert_snapshot!(answer.body.replace('\r', ""));
    }

    #[test]
    fn a_batch_of_nobody_is_a_list_of_nobody() {
        let answer = BatchAnswer::new(&ann().address, 3, &[], "b");
        assert!(answer.body.contains("version=\"3\" fullState=\"false\"/>"), "{}", answer.body);
    }
}
