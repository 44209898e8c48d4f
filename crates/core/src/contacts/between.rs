//! The steps from one state of a contact list to a later one ([MS-SIP] §3.7).
//!
//! Sessions are told the difference to what they know, so that a lost or repeated announcement harms nobody.

use super::{ContactList, Delta, DeltaKind};

/// Returns the steps that make `known` into `stored`, numbered in a chain that ends at the stored list's number.
///
/// Groups come before the contacts that lie in them, and go after those have left. Nothing comes out when the numbers
/// are equal.
pub fn deltas_between(known: &ContactList, stored: &ContactList) -> Vec<Delta> {
    if known.delta == stored.delta {
        return Vec::new();
    }
    let kinds = kinds_between(known, stored);
    // One number per step, the last one the list's own; a list that is the same under a later number is told so by
    // the first group's name, which changes nothing.
    let count = u32::try_from(kinds.len()).unwrap_or(u32::MAX);
    let first = stored.delta.saturating_sub(count.saturating_sub(1)).max(known.delta.saturating_add(1));
    let mut prev = known.delta;
    (first..=u32::MAX)
        .zip(kinds)
        .map(|(number, what)| {
            let number = number.min(stored.delta);
            let delta = Delta { prev, number, what };
            prev = number;
            delta
        })
        .collect()
}

impl ContactList {
    /// Returns this list with all of another's groups and contacts, such as those of an earlier day, under a number as
    /// many steps later as it takes to tell the difference; none when there is none.
    pub fn replaced(&self, by: &Self) -> Option<Self> {
        if (&self.groups, &self.contacts) == (&by.groups, &by.contacts) {
            return None;
        }
        let steps = u32::try_from(kinds_between(self, by).len()).unwrap_or(u32::MAX);
        Some(Self { delta: self.delta.saturating_add(steps), ..by.clone() })
    }
}

fn kinds_between(known: &ContactList, stored: &ContactList) -> Vec<DeltaKind> {
    let mut kinds = Vec::new();
    for (id, group) in &stored.groups {
        match known.groups.get(id) {
            None => kinds.push(DeltaKind::AddedGroup { id: *id, group: group.clone() }),
            Some(before) if before != group => {
                kinds.push(DeltaKind::ModifiedGroup { id: *id, group: group.clone() });
            }
            Some(_) => {}
        }
    }
    // Those who go go first: one who was known by an address and is a person now goes and comes under the same one.
    for who in known.contacts.keys().filter(|who| !stored.contacts.contains_key(who)) {
        kinds.push(DeltaKind::DeletedContact { who: who.clone() });
    }
    for (who, contact) in &stored.contacts {
        match known.contacts.get(who) {
            None => kinds.push(DeltaKind::AddedContact { who: who.clone(), contact: contact.clone() }),
            Some(before) if before != contact => {
                kinds.push(DeltaKind::ModifiedContact { who: who.clone(), contact: contact.clone() });
            }
            Some(_) => {}
        }
    }
    for id in known.groups.keys().filter(|id| !stored.groups.contains_key(id)) {
        kinds.push(DeltaKind::DeletedGroup { id: *id });
    }
    if kinds.is_empty()
        && let Some((id, group)) = stored.groups.first_key_value()
    {
        kinds.push(DeltaKind::ModifiedGroup { id: *id, group: group.clone() });
    }
    kinds
}
