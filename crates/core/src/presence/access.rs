//! Levels of access: which one somebody has, what it shows, and what becomes of the containers when somebody gets another
//! ([MS-PRES] §2.2.2.3; presence-im 1.6, 1.8).
//!
//! Communicator and SIPE work this out themselves and ask for members of containers. Whoever speaks of levels asks here.

use rapport_model::AccessLevel;

use crate::directory::PersonRef;

use super::{CategoryName, Document, Member, MemberAction, MembershipChange, Watcher, select};

/// What a level lets see beside a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// How reachable the person is.
    pub availability: bool,
    /// What they do.
    pub activity: bool,
    /// Their note.
    pub note: bool,
}

/// Returns what a level lets see.
pub const fn shown_at(level: AccessLevel) -> Shown {
    match level {
        AccessLevel::Personal | AccessLevel::Team | AccessLevel::Company => {
            Shown { availability: true, activity: true, note: true }
        }
        AccessLevel::Public => Shown { availability: true, activity: false, note: false },
        AccessLevel::Blocked => Shown { availability: false, activity: false, note: false },
    }
}

/// Returns the level that a watcher has, whether it was chosen for them or is everybody's.
pub fn level_of(document: &Document, watcher: &Watcher) -> AccessLevel {
    served(document, watcher).unwrap_or(AccessLevel::Public)
}

/// Tells whether a level was chosen for somebody by name.
pub fn is_chosen(document: &Document, who: &PersonRef) -> bool {
    let member = Member::User(who.clone());
    let containers = AccessLevel::ALL.map(AccessLevel::container);
    containers.iter().any(|container| {
        document.memberships.get(container).is_some_and(|membership| membership.members.contains(&member))
    })
}

/// Returns those for whom a level was chosen by name.
pub fn chosen_for(document: &Document, level: AccessLevel) -> impl Iterator<Item = &PersonRef> {
    let members = document.memberships.get(&level.container()).map(|membership| &membership.members);
    members.into_iter().flatten().filter_map(|member| match member {
        Member::User(who) => Some(who),
        Member::Domain(_)
        | Member::SameEnterprise
        | Member::Federated
        | Member::PublicCloud
        | Member::Everyone => None,
    })
}

/// Tells whether the levels that are chosen in one document are those of another.
pub fn chooses_alike(one: &Document, other: &Document) -> bool {
    one.memberships == other.memberships
}

/// Returns what of the containers must change for a watcher to have a level: they leave all others, and what they have
/// anyhow is not chosen for them. Nothing when it is so already.
pub fn changes_to(document: &Document, watcher: &Watcher, level: AccessLevel) -> Vec<MembershipChange> {
    let member = Member::User(watcher.who.clone());
    let mut without = document.clone();
    for membership in without.memberships.values_mut() {
        membership.members.remove(&member);
    }
    let joins = (served(&without, watcher) != Some(level)).then(|| level.container());
    let mut changes = Vec::new();
    for container in AccessLevel::ALL.map(AccessLevel::container) {
        let membership = document.memberships.get(&container);
        let is_in = membership.is_some_and(|membership| membership.members.contains(&member));
        let action = match (is_in, joins == Some(container)) {
            (true, false) => MemberAction::Remove,
            (false, true) => MemberAction::Add,
            (true, true) | (false, false) => continue,
        };
        let version = membership.map_or(0, |membership| membership.version);
        changes.push(MembershipChange { container, version, members: vec![(action, member.clone())] });
    }
    changes
}

/// The level whose container serves a watcher.
fn served(document: &Document, watcher: &Watcher) -> Option<AccessLevel> {
    let container = select(document, watcher, &CategoryName::state());
    AccessLevel::ALL.into_iter().find(|level| level.container() == container)
}
