//! What a person keeps on the server, the changes of it, and what becomes of it by each.
//!
//! This says in its own words what the server has to make of a change; it shares no code with it.

use std::collections::{BTreeMap, BTreeSet};

use rapport_testkit::chance::Chance;

use crate::below;

/// "Other Contacts": the group that is always there, and where a contact goes whose last group went.
const OTHER: u32 = 1;
/// At most so many groups, so that their numbers are given again and again.
const GROUPS: usize = 12;
/// People who may become contacts and members.
const COLLEAGUES: u64 = 20;
/// The access lists that are changed.
pub const LISTS: [u32; 2] = [300, 32_000];

/// A contact, as its owner has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The name that the owner gave.
    pub name: String,
    /// The numbers of its groups, in the owner's order.
    pub groups: Vec<u32>,
}

/// What a person keeps on the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The names of the groups by number.
    pub groups: BTreeMap<u32, String>,
    /// The contacts by address.
    pub contacts: BTreeMap<String, Contact>,
    /// The text of the note.
    pub note: Option<String>,
    /// Who is on which access list.
    pub members: BTreeMap<u32, BTreeSet<String>>,
}

/// The numbers that the server counts changes with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// Of the contact list.
    pub delta: u32,
    /// Of the note.
    pub note: u32,
    /// Of each access list.
    pub members: BTreeMap<u32, u32>,
}

/// A change of what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A group more.
    Group(String),
    /// Another name for a group.
    GroupName(u32, String),
    /// A group less; its contacts stay.
    NoGroup(u32),
    /// A contact more, or another name for one, or other groups.
    Contact(String, Contact),
    /// A contact less.
    NoContact(String),
    /// Another note.
    Note(String),
    /// Somebody more on an access list.
    Member(u32, String),
    /// Somebody less on an access list.
    NoMember(u32, String),
}

/// What kind of change is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A group more.
    AddGroup,
    /// Another name for a group.
    RenameGroup,
    /// A group less.
    RemoveGroup,
    /// A contact more.
    AddContact,
    /// Another name for a contact.
    RenameContact,
    /// Other groups for a contact, or the same in another order.
    MoveContact,
    /// A contact less.
    RemoveContact,
    /// Another note.
    Note,
    /// Somebody more on an access list.
    AddMember,
    /// Somebody less on an access list.
    RemoveMember,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::AddGroup,
        Self::RenameGroup,
        Self::RemoveGroup,
        Self::AddContact,
        Self::RenameContact,
        Self::MoveContact,
        Self::RemoveContact,
        Self::Note,
        Self::AddMember,
        Self::RemoveMember,
    ];
}

impl Kept {
    /// Makes up a change of that kind that does change something; none when there is none, such as no group to rename.
    /// `count` goes into new names, so that none comes twice.
    pub fn change(&self, kind: Kind, chance: &Chance, count: u64) -> Option<Change> {
        let named = |groups| Contact { name: format!("Name {count}"), groups };
        let list = LISTS[usize::from(below(chance, 2) == 0)];
        let on_list: Vec<&String> = self.members.get(&list).into_iter().flatten().collect();
        let known: Vec<&String> = self.contacts.keys().collect();
        Some(match kind {
            Kind::AddGroup if self.groups.len() >= GROUPS => return None,
            Kind::AddGroup => Change::Group(format!("group {count}")),
            Kind::RenameGroup => Change::GroupName(self.own_group(chance)?, format!("renamed {count}")),
            Kind::RemoveGroup => Change::NoGroup(self.own_group(chance)?),
            Kind::AddContact => {
                let who = stranger(chance, |who| self.contacts.contains_key(who))?;
                Change::Contact(who, named(self.some_groups(chance)))
            }
            Kind::RenameContact => {
                let who = *one_of(chance, &known)?;
                Change::Contact(who.clone(), named(self.contacts.get(who)?.groups.clone()))
            }
            Kind::MoveContact => {
                let who = *one_of(chance, &known)?;
                let contact = self.contacts.get(who)?;
                // None but by the worst of luck, unless "Other Contacts" is all there is.
                let groups =
                    (0..20).map(|_| self.some_groups(chance)).find(|groups| *groups != contact.groups)?;
                Change::Contact(who.clone(), Contact { groups, ..contact.clone() })
            }
            Kind::RemoveContact => Change::NoContact((*one_of(chance, &known)?).clone()),
            Kind::Note => Change::Note(format!("note {count}")),
            Kind::AddMember => {
                Change::Member(list, stranger(chance, |who| on_list.iter().any(|member| *member == who))?)
            }
            Kind::RemoveMember => Change::NoMember(list, (*one_of(chance, &on_list)?).clone()),
        })
    }

    /// The number that the next group gets: the lowest that is free.
    pub fn next_group(&self) -> u32 {
        (1..).find(|number| !self.groups.contains_key(number)).unwrap_or_default()
    }

    /// Makes a change, and counts it as the server does.
    pub fn apply(&mut self, versions: &mut Versions, change: &Change) {
        match change {
            Change::Group(name) => {
                self.groups.insert(self.next_group(), name.clone());
                versions.delta += 1;
            }
            Change::GroupName(number, name) => {
                self.groups.insert(*number, name.clone());
                versions.delta += 1;
            }
            Change::NoGroup(number) => {
                self.groups.remove(number);
                // Each contact that leaves the group is a step of its own, in the one change.
                for contact in self.contacts.values_mut().filter(|contact| contact.groups.contains(number)) {
                    contact.groups.retain(|group| group != number);
                    if contact.groups.is_empty() {
                        contact.groups.push(OTHER);
                    }
                    versions.delta += 1;
                }
                versions.delta += 1;
            }
            Change::Contact(address, contact) => {
                self.contacts.insert(address.clone(), contact.clone());
                versions.delta += 1;
            }
            Change::NoContact(address) => {
                self.contacts.remove(address);
                versions.delta += 1;
            }
            Change::Note(text) => {
                self.note = Some(text.clone());
                versions.note += 1;
            }
            Change::Member(list, who) => {
                self.members.entry(*list).or_default().insert(who.clone());
                *versions.members.entry(*list).or_default() += 1;
            }
            Change::NoMember(list, who) => {
                self.members.entry(*list).or_default().remove(who);
                *versions.members.entry(*list).or_default() += 1;
            }
        }
    }

    /// A group that may be renamed and removed.
    fn own_group(&self, chance: &Chance) -> Option<u32> {
        let own: Vec<u32> = self.groups.keys().copied().filter(|number| *number != OTHER).collect();
        one_of(chance, &own).copied()
    }

    /// One to three groups, in any order.
    fn some_groups(&self, chance: &Chance) -> Vec<u32> {
        let mut left: Vec<u32> = self.groups.keys().copied().collect();
        let count = (1 + below(chance, 3) as usize).min(left.len());
        (0..count).map(|_| left.swap_remove(below(chance, left.len() as u64) as usize)).collect()
    }
}

fn one_of<'a, T>(chance: &Chance, all: &'a [T]) -> Option<&'a T> {
    all.get(below(chance, all.len() as u64) as usize)
}

/// Somebody who is not there yet.
fn stranger(chance: &Chance, is_there: impl Fn(&str) -> bool) -> Option<String> {
    let mut all: Vec<String> = (0..COLLEAGUES).map(|n| format!("colleague-{n}@example.com")).collect();
    all.retain(|who| !is_there(who));
    one_of(chance, &all).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_of_a_removed_group_stay_in_the_others_or_in_other_contacts() {
        let contact = |groups: &[u32]| Contact { name: "N".to_owned(), groups: groups.to_vec() };
        let mut kept = Kept {
            groups: [(1, "~".to_owned()), (2, "a".to_owned()), (3, "b".to_owned())].into(),
            contacts: [("x".to_owned(), contact(&[3, 2])), ("y".to_owned(), contact(&[2]))].into(),
            ..Kept::default()
        };
        let mut versions = Versions { delta: 7, ..Versions::default() };
        kept.apply(&mut versions, &Change::NoGroup(2));
        assert_eq!(kept.contacts["x"].groups, [3]);
        assert_eq!(kept.contacts["y"].groups, [OTHER]);
        assert_eq!((versions.delta, kept.next_group()), (10, 2));
    }
}
