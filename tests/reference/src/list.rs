//! The reference of a contact list with its numbers ([MS-SIP] §3.7).

use std::collections::BTreeMap;
use std::rc::Rc;

use rapport_model::UserId;

use crate::possible::State;
use crate::reference::No;

/// Contacts that one list may have here.
pub const MOST_CONTACTS: usize = 3;
/// Groups that one list may have here, "Other Contacts" included.
pub const MOST_GROUPS: usize = 3;

/// Who is on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A person of the company.
    Person(UserId),
    /// Somebody elsewhere, by a number that stands for the address.
    Stranger(u8),
}

/// A contact list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its number: 1 at first, and more with every step.
    pub number: u32,
    /// The groups' names.
    pub groups: BTreeMap<u32, Rc<str>>,
    /// Each contact with the owner's name for it and its groups.
    pub contacts: BTreeMap<Who, (Rc<str>, Vec<u32>)>,
}

/// What a program asks to become of its list, on the list that it knows by this number.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The number.
    pub number: u32,
    /// What it asks.
    pub change: Change,
}

/// What a program asks to become of its list.
#[derive(Clone, Debug)]
pub enum Change {
    /// A contact, with a name, in groups.
    Set(Who, Rc<str>, Vec<u32>),
    /// A contact less.
    Delete(Who),
    /// A group.
    AddGroup(Rc<str>),
    /// Another name for a group.
    Rename(u32, Rc<str>),
    /// A group less.
    DeleteGroup(u32),
}

impl List {
    /// The list of somebody who is new.
    pub fn new() -> Self {
        Self { number: 1, groups: [(1, "~".into())].into(), contacts: BTreeMap::new() }
    }

    /// Which group has a name.
    pub fn group_of(&self, name: &str) -> Option<u32> {
        self.groups.iter().find(|(_, known)| &***known == name).map(|(id, _)| *id)
    }

    fn may_change_group(&self, id: u32, number: u32) -> Result<(), No> {
        match id {
            1 => Err(No::Refused("group-is-fixed")),
            // Group operations go wrong on a list that isn't the one the program saw.
            _ if number != self.number => Err(No::Refused("stale-delta")),
            _ if !self.groups.contains_key(&id) => Err(No::Refused("unknown-group")),
            _ => Ok(()),
        }
    }
}

impl Default for List {
    fn default() -> Self {
        Self::new()
    }
}

impl State for List {
    type Deed = Asked;
    type No = No;

    fn after(&self, Asked { number, change }: &Asked) -> Result<Self, No> {
        let mut next = self.clone();
        next.number += 1;
        match change {
            // A contact comes to the same whichever list it was set on.
            Change::Set(who, name, groups) => {
                let mut known: Vec<u32> = Vec::new();
                for group in groups.iter().filter(|group| self.groups.contains_key(group)) {
                    if !known.contains(group) {
                        known.push(*group);
                    }
                }
                if known.is_empty() {
                    known.push(1);
                }
                next.contacts.insert(*who, (name.clone(), known));
                if next.contacts.len() > self.contacts.len() && self.contacts.len() >= MOST_CONTACTS {
                    return Err(No::Refused("contact-list-full"));
                }
            }
            Change::Delete(who) => {
                next.contacts.remove(who);
            }
            Change::AddGroup(name) => {
                if name.is_empty() {
                    return Err(No::Refused("invalid-field"));
                }
                if self.group_of(name).is_none() {
                    if *number != self.number {
                        return Err(No::Refused("stale-delta"));
                    }
                    if self.groups.len() >= MOST_GROUPS {
                        return Err(No::Refused("too-many-groups"));
                    }
                    let free = (1..).find(|id| !self.groups.contains_key(id)).unwrap_or(1);
                    next.groups.insert(free, name.clone());
                }
            }
            Change::Rename(id, name) => {
                self.may_change_group(*id, *number)?;
                if name.is_empty() {
                    return Err(No::Refused("invalid-field"));
                }
                next.groups.insert(*id, name.clone());
            }
            // The contacts leave the group first, each by a step of its own.
            Change::DeleteGroup(id) => {
                self.may_change_group(*id, *number)?;
                next.groups.remove(id);
                for (_, groups) in next.contacts.values_mut().filter(|(_, groups)| groups.contains(id)) {
                    groups.retain(|group| group != id);
                    if groups.is_empty() {
                        groups.push(1);
                    }
                    next.number += 1;
                }
            }
        }
        Ok(next)
    }
}
