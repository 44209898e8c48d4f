//! What a watcher may see, category by category ([MS-PRES] §2.2.2, presence-im 1.6).
//!
//! Watchers with an equal [`Selection`] see the same; a face encodes it once for all of them.

use std::borrow::Cow;
use std::sync::Arc;

use rapport_model::{Aor, Availability, AvailabilityClass, ContainerId, SipDomain, Timestamp, UserId};

use crate::directory::PersonRef;

use super::aggregate::{LIVE, MACHINES};
use super::bootstrap::{IDENTITY, KEPT};
use super::{AggregateState, CategoryName, Document, Member, PublicationKey, Value};

/// Somebody who wants to see a person's presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watcher {
    /// Who it is.
    pub who: PersonRef,
    /// Every address by which anybody may have named them before they were a person of the company.
    pub addresses: Arc<[Aor]>,
    /// The SIP domain of the address that they use.
    pub domain: SipDomain,
    /// How they stand to the person.
    pub relation: Relation,
}

/// How a watcher stands to the person whose presence it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// It is the person.
    Own,
    /// Of the same company.
    SameEnterprise,
    /// Of another company.
    Federated,
    /// Of a public network.
    PublicCloud,
}

impl Watcher {
    /// Returns the watcher as they stand to a person: a colleague of everybody else is their own to themselves.
    pub fn towards(&self, person: UserId) -> Cow<'_, Self> {
        if self.who == PersonRef::Person(person) {
            Cow::Owned(Self { relation: Relation::Own, ..self.clone() })
        } else {
            Cow::Borrowed(self)
        }
    }
}

/// Which container supplies each category that a watcher asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selection {
    by_category: Arc<[(CategoryName, ContainerId)]>,
}

/// What a watcher sees of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The categories in the order of their names.
    pub categories: Vec<CategoryView>,
}

/// What a watcher sees of one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryView {
    /// Which category.
    pub name: CategoryName,
    /// Each instance with its number, when it was published, and what it says; none when the category is gone.
    pub instances: Vec<(u32, Timestamp, Value)>,
}

/// Categories that no watcher ever sees.
const PRIVATE: [&str; 11] = [
    "alerts",
    "device",
    "dndState",
    "mwi",
    "noteHistory",
    "otherOptions",
    "rccOptions",
    "routing",
    "userInformation",
    "userProperties",
    "workingHours",
];

/// The lowest container that serves others, beside container 0.
const FIRST_SHOWN: ContainerId = ContainerId(4);

impl Selection {
    /// Chooses the container of each category that is asked for. Private categories are left out.
    pub fn of<'a>(
        document: &Document,
        watcher: &Watcher,
        asked: impl IntoIterator<Item = &'a CategoryName>,
    ) -> Self {
        let access = Access::of(document, watcher);
        let mut by_category: Vec<(CategoryName, ContainerId)> = asked
            .into_iter()
            .filter(|name| !is_private(name))
            .map(|name| (name.clone(), access.container(document, name)))
            .collect();
        by_category.sort();
        by_category.dedup();
        Self { by_category: by_category.into() }
    }

    /// Returns the categories with their containers, in the order of their names.
    pub fn categories(&self) -> impl Iterator<Item = (&CategoryName, ContainerId)> {
        self.by_category.iter().map(|(name, container)| (name, *container))
    }

    fn container(&self, name: &CategoryName) -> Option<ContainerId> {
        let at = self.by_category.binary_search_by(|(other, _)| other.cmp(name)).ok()?;
        self.by_category.get(at).map(|(_, container)| *container)
    }
}

/// Returns the container from which a watcher sees a category; 0 when no other one supplies it.
pub fn select(document: &Document, watcher: &Watcher, category: &CategoryName) -> ContainerId {
    Access::of(document, watcher).container(document, category)
}

/// Returns everything that a selection lets see. Categories without an instance are left out.
pub fn view(document: &Document, selection: &Selection) -> View {
    let categories = selection
        .categories()
        .map(|(name, container)| CategoryView {
            name: name.clone(),
            instances: instances(document, name, container),
        })
        .filter(|category| !category.instances.is_empty())
        .collect();
    View { categories }
}

/// Returns the categories of the new selection that look different than before, each whole.
///
/// One that is gone has no instances. That something was published anew without saying anything new is no difference.
pub fn changed(old: &Document, new: &Document, selection_old: &Selection, selection_new: &Selection) -> View {
    let categories = selection_new
        .categories()
        .filter_map(|(name, container)| {
            let before =
                selection_old.container(name).map(|before| instances(old, name, before)).unwrap_or_default();
            let after = instances(new, name, container);
            let same = before.len() == after.len()
                && before.iter().zip(&after).all(|(b, a)| (b.0, &b.2) == (a.0, &a.2));
            (!same).then(|| CategoryView { name: name.clone(), instances: after })
        })
        .collect();
    View { categories }
}

/// Tells whether a person has blocked a watcher.
pub fn is_blocked(document: &Document, watcher: &Watcher) -> bool {
    Access::of(document, watcher) == Access::Blocked
}

/// Returns the availability that a watcher sees; none when they may not see any.
///
/// 9000 to 11999 means: don't disturb, also not with a message. A blocked watcher sees [`Availability::OFFLINE`].
pub fn availability_seen_by(document: &Document, watcher: &Watcher) -> Option<Availability> {
    let state = CategoryName::state();
    match shown_state(document, select(document, watcher, &state))?.2 {
        Value::Aggregate(aggregate) => Some(aggregate.availability),
        _ => None,
    }
}

/// Which containers a watcher may be served from.
#[derive(Debug, PartialEq, Eq)]
enum Access {
    /// Nothing but what the blocked see, whatever else holds a category.
    Blocked,
    /// The first of these that holds the category.
    From(Vec<ContainerId>),
}

impl Access {
    /// Orders the containers of which the watcher is a member: by person, by domain, by network, as everyone; within
    /// each the highest number first.
    ///
    /// A nearer membership caps the farther ones: whoever was put into Public by name doesn't get from Company what
    /// Public lacks. Whoever is blocked by the nearest one gets nothing from any other.
    ///
    /// What was said of an address while it was nobody's holds for whoever has it now as far as it takes away: a block
    /// does not lapse, and nobody inherits what was meant for somebody else (ADR 0009).
    fn of(document: &Document, watcher: &Watcher) -> Self {
        let granted = Self::granted(document, watcher);
        if watcher.relation == Relation::Own {
            return granted;
        }
        let named: Vec<ContainerId> = document
            .memberships
            .range(FIRST_SHOWN..)
            .rev()
            .filter(|(_, membership)| {
                let bare = |address: &Aor| Member::User(PersonRef::Address(address.clone()));
                watcher.addresses.iter().any(|address| membership.members.contains(&bare(address)))
            })
            .map(|(id, _)| *id)
            .collect();
        match (granted, named.first()) {
            (Self::Blocked, _) => Self::Blocked,
            (_, Some(_)) if named.contains(&ContainerId::BLOCKED) => Self::Blocked,
            (Self::From(order), Some(highest)) if order.first() > Some(highest) => Self::From(
                named.iter().copied().chain(order.into_iter().filter(|id| id <= highest)).collect(),
            ),
            (granted, _) => granted,
        }
    }

    fn granted(document: &Document, watcher: &Watcher) -> Self {
        if watcher.relation == Relation::Own {
            return Self::From(vec![ContainerId::PERSONAL, ContainerId::COMPANY, ContainerId::PUBLIC]);
        }
        let network = match watcher.relation {
            Relation::Own | Relation::SameEnterprise => Member::SameEnterprise,
            Relation::Federated => Member::Federated,
            Relation::PublicCloud => Member::PublicCloud,
        };
        let tiers = [
            Member::User(watcher.who.clone()),
            Member::Domain(watcher.domain.clone()),
            network,
            Member::Everyone,
        ];
        let mut order: Vec<ContainerId> = Vec::new();
        let mut cap = ContainerId(u16::MAX);
        for tier in &tiers {
            let highest_first = document.memberships.range(FIRST_SHOWN..=cap).rev();
            let of_tier: Vec<ContainerId> = highest_first
                .filter(|(_, membership)| membership.members.contains(tier))
                .map(|(id, _)| *id)
                .collect();
            if order.is_empty() {
                if of_tier.contains(&ContainerId::BLOCKED) {
                    return Self::Blocked;
                }
                cap = of_tier.first().copied().unwrap_or(cap);
            }
            order.extend(of_tier);
        }
        Self::From(order)
    }

    fn container(&self, document: &Document, category: &CategoryName) -> ContainerId {
        match self {
            Self::Blocked => ContainerId::BLOCKED,
            Self::From(order) => order
                .iter()
                .copied()
                .find(|id| document.instances(category, *id).next().is_some())
                .unwrap_or(ContainerId::DEFAULT),
        }
    }
}

fn is_private(name: &CategoryName) -> bool {
    PRIVATE.contains(&name.as_str())
}

/// Returns what a watcher who is served from `container` sees of a category.
fn instances(
    document: &Document,
    name: &CategoryName,
    container: ContainerId,
) -> Vec<(u32, Timestamp, Value)> {
    if is_private(name) || (ContainerId::OWN..FIRST_SHOWN).contains(&container) {
        return Vec::new();
    }
    match name.as_str() {
        "state" => shown_state(document, container).into_iter().collect(),
        "legacyInterop" => shown_one(document, name, container, LIVE),
        "services" => shown_one(document, name, container, KEPT),
        _ => document
            .instances(name, container)
            // A blocked watcher gets no word of anybody's own, whatever a client put there.
            .filter(|(instance, _)| {
                container != ContainerId::BLOCKED || (name.as_str() == "contactCard" && *instance == IDENTITY)
            })
            .map(|(instance, publication)| (instance, publication.published, publication.value.clone()))
            .collect(),
    }
}

/// Returns the one `aggregateState` that stands in a container.
///
/// Whoever appears offline looks exactly like whoever is.
fn shown_state(document: &Document, container: ContainerId) -> Option<(u32, Timestamp, Value)> {
    let at = |container, instance| {
        document.publications.get(&PublicationKey::new(CategoryName::state(), container, instance))
    };
    if container == ContainerId::BLOCKED {
        let published = at(container, KEPT).map(|kept| kept.published).unwrap_or_default();
        return Some((KEPT, published, Value::Aggregate(AggregateState::offline(None).into())));
    }
    if let Some(live) = at(container, LIVE)
        && let Value::Aggregate(state) = &live.value
    {
        if state.availability.class() != AvailabilityClass::Offline {
            return Some((LIVE, live.published, live.value.clone()));
        }
        let offline = AggregateState::offline(state.last_active);
        return Some((KEPT, live.published, Value::Aggregate(offline.into())));
    }
    let kept = at(container, KEPT)?;
    let memory = at(ContainerId::AGGREGATION, MACHINES).and_then(|memory| match &memory.value {
        Value::Aggregate(state) => Some((memory.published, state.last_active)),
        _ => None,
    });
    let (published, last_active) = memory.unwrap_or((kept.published, None));
    // The Public level learns of an availability and nothing else.
    let last_active = last_active.filter(|_| container > ContainerId::PUBLIC);
    Some((KEPT, published, Value::Aggregate(AggregateState::offline(last_active).into())))
}

/// Returns the live publication of the server or else the kept one, always under the number that clients know.
fn shown_one(
    document: &Document,
    name: &CategoryName,
    container: ContainerId,
    shown_as: u32,
) -> Vec<(u32, Timestamp, Value)> {
    let at = |instance| document.publications.get(&PublicationKey::new(name.clone(), container, instance));
    let live = at(LIVE).filter(|_| container != ContainerId::BLOCKED);
    live.or_else(|| at(KEPT))
        .map(|publication| (shown_as, publication.published, publication.value.clone()))
        .into_iter()
        .collect()
}
