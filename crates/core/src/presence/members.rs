//! Who is in which container ([MS-PRES] §2.2.2.3, presence-im 1.8).

use std::collections::BTreeMap;

use rapport_model::ContainerId;

use crate::directory::PersonRef;
use crate::refusal::Refusal;

use super::publish::MAX_CONTAINER;
use super::{Change, Conflict, Document, Member, Membership, PublishError};

/// How many members all containers of a person may have together.
pub const MAX_MEMBERS: u32 = 4096;

/// What a client asks to become of the membership of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipChange {
    /// Which container; 1 to 32767.
    pub container: ContainerId,
    /// The version of its membership that the client last saw; 0 for none.
    pub version: u32,
    /// Who comes and who goes, in the order in which it is done.
    pub members: Vec<(MemberAction, Member)>,
}

/// Whether a member comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberAction {
    /// Becomes a member; nothing changes for one who is.
    Add,
    /// Is a member no longer; nothing changes for one who isn't.
    Remove,
}

impl Document {
    /// Replaces all memberships by others, such as those of an earlier day. The version of a container grows by one when
    /// its membership is really different, so that no client takes the new for what it knows.
    pub fn replace_memberships(&self, by: &BTreeMap<ContainerId, Membership>) -> Change {
        let mut next = self.clone();
        for id in by.keys() {
            next.memberships.entry(*id).or_default();
        }
        for (id, membership) in &mut next.memberships {
            let members = by.get(id).map(|membership| membership.members.clone()).unwrap_or_default();
            if membership.members != members {
                membership.members = members;
                membership.version = membership.version.saturating_add(1);
            }
        }
        next.memberships.retain(|_, membership| membership.version > 0);
        Change::between(self, next)
    }

    /// Takes somebody who is gone for good out of every container and from among those who prompt; none when nobody
    /// named them.
    pub fn forgetting(&self, who: &PersonRef) -> Option<Change> {
        let mut next = self.clone();
        for membership in next.memberships.values_mut() {
            if membership.members.remove(&Member::User(who.clone())) {
                membership.version = membership.version.saturating_add(1);
            }
        }
        next.subscribers.remove(who);
        Change::between(self, next).unless_empty()
    }

    /// Changes memberships, all or none. Publications don't change, but what watchers see of them may.
    ///
    /// A container may occur twice; its version is that from before the request. A version grows by one when its
    /// membership is really different.
    ///
    /// # Errors
    /// [`PublishError::Conflict`] lists every container element with a wrong version. [`PublishError::Refused`]:
    /// `ReservedContainer` (0, or above 32767), `TooManyMembers`.
    pub fn set_container_members(&self, changes: &[MembershipChange]) -> Result<Change, PublishError> {
        if changes.iter().any(|c| c.container == ContainerId::DEFAULT || c.container > MAX_CONTAINER) {
            return Err(Refusal::ReservedContainer.into());
        }
        let version = |id| self.memberships.get(&id).map_or(0, |m| m.version);
        let conflicts: Vec<Conflict> = (1..)
            .zip(changes)
            .map(|(index, change)| (index, change, version(change.container)))
            .filter(|(_, change, current)| change.version != *current)
            .map(|(index, _, current)| Conflict { index, current })
            .collect();
        if !conflicts.is_empty() {
            return Err(PublishError::Conflict(conflicts));
        }
        let mut next = self.clone();
        for change in changes {
            let membership = next.memberships.entry(change.container).or_default();
            for (action, member) in &change.members {
                match action {
                    MemberAction::Add => membership.members.insert(member.clone()),
                    MemberAction::Remove => membership.members.remove(member),
                };
            }
        }
        let total: usize = next.memberships.values().map(|m| m.members.len()).sum();
        if total > MAX_MEMBERS as usize {
            return Err(Refusal::TooManyMembers { limit: MAX_MEMBERS }.into());
        }
        next.memberships.retain(|id, membership| {
            let before = self.memberships.get(id);
            if before.map_or(!membership.members.is_empty(), |b| b.members != membership.members) {
                membership.version = before.map_or(0, |b| b.version).saturating_add(1);
            }
            membership.version > 0
        });
        Ok(Change::between(self, next))
    }
}
