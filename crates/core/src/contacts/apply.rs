//! Changes to a contact list and the deltas that tell endpoints of them ([MS-SIP] §3.7, presence-im 3.2 to 3.4).

use std::sync::Arc;

use rapport_model::{Aor, Limits};

use crate::directory::PersonRef;
use crate::refusal::{Refusal, Rule};

use super::{Contact, ContactGroup, ContactList, GroupId};

/// The group "Other Contacts", which is always there.
pub const OTHER_CONTACTS: GroupId = 1;
/// The highest group number, and so the most groups that a list can have.
pub const MAX_GROUPS: u32 = 64;
/// How many bytes the address of a contact may have.
pub const MAX_ADDRESS_BYTES: u32 = 454;
/// How many bytes the name of a contact or a group may have.
pub const MAX_NAME_BYTES: u32 = 256;
/// How many bytes an `externalURI` may have.
pub const MAX_EXTERNAL_URI_BYTES: u32 = 1024;
/// How many bytes the unknown children of a contact may have.
pub const MAX_CONTACT_EXTENSION_BYTES: u32 = 2048;
/// How many bytes the unknown children of a group may have.
pub const MAX_GROUP_EXTENSION_BYTES: u32 = 1024;

/// The name by which clients call "Other Contacts".
const OTHER_CONTACTS_NAME: &str = "~";

/// What a client asks to become of its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactChange {
    /// Adds a contact, or puts this in its place.
    Set {
        /// Who it is.
        who: PersonRef,
        /// What it shall be. Unknown groups are passed over; without any it goes to "Other Contacts".
        contact: Contact,
    },
    /// Takes a contact off the list.
    Delete {
        /// Who it is.
        who: PersonRef,
    },
    /// Adds a group. One whose name is there already is that group.
    AddGroup {
        /// What it shall be.
        group: ContactGroup,
    },
    /// Puts this in the place of a group.
    ModifyGroup {
        /// Which group.
        id: GroupId,
        /// What it shall be.
        group: ContactGroup,
    },
    /// Takes a group off the list; its contacts stay, in "Other Contacts" if they are in no other.
    DeleteGroup {
        /// Which group.
        id: GroupId,
    },
}

/// A list after a change, with what the endpoints have to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactsApplied {
    /// The list after the change; its `delta` is the last delta's `number`.
    pub next: ContactList,
    /// The steps in their order, at least one; each leads from the one before.
    pub deltas: Vec<Delta>,
    /// The group that `addGroup` is answered with.
    pub answer: Option<GroupId>,
}

/// One step of a list (`contactDelta`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The list's number before it.
    pub prev: u32,
    /// The list's number after it.
    pub number: u32,
    /// What happened.
    pub what: DeltaKind,
}

/// What happened to a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeltaKind {
    /// A contact came.
    AddedContact {
        /// Who it is.
        who: PersonRef,
        /// What it is.
        contact: Contact,
    },
    /// A contact is different.
    ModifiedContact {
        /// Who it is.
        who: PersonRef,
        /// What it is.
        contact: Contact,
    },
    /// A contact went.
    DeletedContact {
        /// Who it was.
        who: PersonRef,
    },
    /// A group came.
    AddedGroup {
        /// Which group.
        id: GroupId,
        /// What it is.
        group: ContactGroup,
    },
    /// A group is different.
    ModifiedGroup {
        /// Which group.
        id: GroupId,
        /// What it is.
        group: ContactGroup,
    },
    /// A group went.
    DeletedGroup {
        /// Which group.
        id: GroupId,
    },
}

impl ContactList {
    /// Makes the list of a person who has no contacts.
    pub fn new() -> Self {
        let other = ContactGroup {
            name: OTHER_CONTACTS_NAME.into(),
            external_uri: Arc::default(),
            extension_xml: Arc::default(),
        };
        Self { delta: 1, groups: [(OTHER_CONTACTS, other)].into(), contacts: [].into() }
    }

    /// Makes a change that a client bases on the list with the number `based_on`.
    ///
    /// Setting and deleting a contact, and adding a group whose name is there, come to the same whichever list they
    /// are based on; they are always taken. COMPAT(pidgin-sipe): it counts up as soon as it has sent, so it may be
    /// ahead of a list on which something was refused. Each accepted change makes a new number, also when it changes
    /// nothing, so that the client's count stays right.
    ///
    /// # Errors
    /// `StaleDelta` for a group operation based on another list, `ContactListFull`, `TooManyGroups`, `UnknownGroup`,
    /// `GroupIsFixed` ("Other Contacts" renamed or deleted), `TooLarge`, `Invalid` (a group without a name).
    pub fn apply(
        &self,
        change: ContactChange,
        based_on: u32,
        limits: &Limits,
    ) -> Result<ContactsApplied, Refusal> {
        let mut steps = Steps { next: self.clone(), deltas: Vec::new(), answer: None };
        match change {
            ContactChange::Set { who, contact } => steps.set_contact(who, contact, limits)?,
            ContactChange::Delete { who } => {
                steps.next.contacts.remove(&who);
                steps.push(DeltaKind::DeletedContact { who });
            }
            ContactChange::AddGroup { group } => steps.add_group(group, based_on, limits)?,
            ContactChange::ModifyGroup { id, group } => {
                self.check_group_operation(id, based_on)?;
                check_group(&group)?;
                if group.name.as_ref() == OTHER_CONTACTS_NAME {
                    return Err(Refusal::GroupIsFixed);
                }
                steps.put_group(id, group);
            }
            ContactChange::DeleteGroup { id } => {
                self.check_group_operation(id, based_on)?;
                steps.delete_group(id);
            }
        }
        Ok(ContactsApplied { next: steps.next, deltas: steps.deltas, answer: steps.answer })
    }

    /// Returns the list with the contact that stands there as a bare address under the person who has that address now;
    /// none when there is no such contact.
    ///
    /// A client names contacts by address: whoever names the person means that contact.
    pub fn adopting(&self, address: &Aor, who: &PersonRef) -> Option<Self> {
        let bare = PersonRef::Address(address.clone());
        if *who == bare {
            return None;
        }
        let mut next = self.clone();
        let contact = next.contacts.remove(&bare)?;
        next.contacts.entry(who.clone()).or_insert(contact);
        Some(next)
    }

    /// Returns the list without somebody who is gone for good; none when they are not on it.
    pub fn without(&self, who: &PersonRef) -> Option<Self> {
        let mut next = self.clone();
        next.contacts.remove(who)?;
        next.delta = next.delta.saturating_add(1);
        Some(next)
    }

    fn check_group_operation(&self, id: GroupId, based_on: u32) -> Result<(), Refusal> {
        if id == OTHER_CONTACTS {
            return Err(Refusal::GroupIsFixed);
        }
        if based_on != self.delta {
            return Err(Refusal::StaleDelta { current: self.delta });
        }
        if self.groups.contains_key(&id) { Ok(()) } else { Err(Refusal::UnknownGroup) }
    }
}

impl Default for ContactList {
    fn default() -> Self {
        Self::new()
    }
}

struct Steps {
    next: ContactList,
    deltas: Vec<Delta>,
    answer: Option<GroupId>,
}

impl Steps {
    fn push(&mut self, what: DeltaKind) {
        let prev = self.next.delta;
        self.next.delta = prev.saturating_add(1);
        self.deltas.push(Delta { prev, number: self.next.delta, what });
    }

    fn set_contact(&mut self, who: PersonRef, mut contact: Contact, limits: &Limits) -> Result<(), Refusal> {
        check_contact(&who, &contact)?;
        contact.groups = known_groups(&self.next, &contact.groups);
        let is_new = !self.next.contacts.contains_key(&who);
        if is_new && self.next.contacts.len() >= limits.contacts as usize {
            return Err(Refusal::ContactListFull { limit: limits.contacts });
        }
        self.next.contacts.insert(who.clone(), contact.clone());
        self.push(match is_new {
            true => DeltaKind::AddedContact { who, contact },
            false => DeltaKind::ModifiedContact { who, contact },
        });
        Ok(())
    }

    fn add_group(&mut self, group: ContactGroup, based_on: u32, limits: &Limits) -> Result<(), Refusal> {
        check_group(&group)?;
        let known = self.next.groups.iter().find(|(_, stored)| stored.name == group.name);
        if let Some((id, stored)) = known {
            let (id, stored) = (*id, stored.clone());
            self.answer = Some(id);
            self.put_group(id, if id == OTHER_CONTACTS { stored } else { group });
            return Ok(());
        }
        if based_on != self.next.delta {
            return Err(Refusal::StaleDelta { current: self.next.delta });
        }
        let limit = limits.groups.min(MAX_GROUPS);
        if self.next.groups.len() >= limit as usize {
            return Err(Refusal::TooManyGroups { limit });
        }
        let free = (OTHER_CONTACTS..=MAX_GROUPS).find(|id| !self.next.groups.contains_key(id));
        let id = free.ok_or(Refusal::TooManyGroups { limit })?;
        self.next.groups.insert(id, group.clone());
        self.answer = Some(id);
        self.push(DeltaKind::AddedGroup { id, group });
        Ok(())
    }

    fn put_group(&mut self, id: GroupId, group: ContactGroup) {
        self.next.groups.insert(id, group.clone());
        self.push(DeltaKind::ModifiedGroup { id, group });
    }

    /// The contacts leave first, each by a step of its own, for clients expect a deleted group to be empty.
    fn delete_group(&mut self, id: GroupId) {
        let mut moved = Vec::new();
        for (who, contact) in &mut self.next.contacts {
            if contact.groups.contains(&id) {
                contact.groups.retain(|group| *group != id);
                if contact.groups.is_empty() {
                    contact.groups.push(OTHER_CONTACTS);
                }
                moved.push(DeltaKind::ModifiedContact { who: who.clone(), contact: contact.clone() });
            }
        }
        for step in moved {
            self.push(step);
        }
        self.next.groups.remove(&id);
        self.push(DeltaKind::DeletedGroup { id });
    }
}

/// Keeps the groups that the list has, each once, in the owner's order.
fn known_groups(list: &ContactList, asked: &[GroupId]) -> Vec<GroupId> {
    let mut groups: Vec<GroupId> = Vec::new();
    for id in asked {
        if list.groups.contains_key(id) && !groups.contains(id) {
            groups.push(*id);
        }
    }
    if groups.is_empty() {
        groups.push(OTHER_CONTACTS);
    }
    groups
}

fn check_contact(who: &PersonRef, contact: &Contact) -> Result<(), Refusal> {
    if let PersonRef::Address(address) = who {
        check("address", address.as_str(), MAX_ADDRESS_BYTES)?;
    }
    check("alias", &contact.alias, MAX_NAME_BYTES)?;
    check("external URI", &contact.external_uri, MAX_EXTERNAL_URI_BYTES)?;
    check("contact extension", &contact.extension_xml, MAX_CONTACT_EXTENSION_BYTES)
}

fn check_group(group: &ContactGroup) -> Result<(), Refusal> {
    if group.name.is_empty() {
        return Err(Refusal::Invalid { field: "name", rule: Rule::Empty });
    }
    check("group name", &group.name, MAX_NAME_BYTES)?;
    check("external URI", &group.external_uri, MAX_EXTERNAL_URI_BYTES)?;
    check("group extension", &group.extension_xml, MAX_GROUP_EXTENSION_BYTES)
}

fn check(what: &'static str, text: &str, limit: u32) -> Result<(), Refusal> {
    if text.len() > limit as usize { Err(Refusal::TooLarge { what, limit }) } else { Ok(()) }
}
