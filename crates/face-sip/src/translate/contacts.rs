//! The contact list, its changes and what clients ask to become of it. \[MS-SIP\] 2.2.4, 3.7
//!
//! The domain keeps what a client stored with a contact or a group beyond what the server understands as one text:
//! first the attributes, then the elements. Attributes are escaped and elements begin with `<`, so the first `<` parts
//! them again, byte for byte.

use std::collections::BTreeMap;
use std::sync::Arc;

use rapport_core::contacts::{Contact, ContactChange, ContactGroup, ContactList, Delta, DeltaKind, GroupId};
use rapport_core::directory::PersonRef;
use rapport_model::Aor;
use rapport_msbody::contacts::{self as wire, ContactEntry, Extras, GroupEntry};
use rapport_msbody::soap::{ContactMethod, SetContact};

use super::{Untranslatable, address};

/// Writes the whole list.
pub(crate) fn list(list: &ContactList, addresses: &BTreeMap<PersonRef, Aor>) -> String {
    let groups: Vec<GroupEntry<'_>> = list.groups.iter().map(|(id, group)| group_entry(*id, group)).collect();
    let contacts: Vec<ContactEntry<'_>> = list
        .contacts
        .iter()
        .filter_map(|(who, contact)| Some(contact_entry(address(who, addresses)?, contact)))
        .collect();
    let mut out = String::with_capacity(64 + 96 * groups.len() + 160 * contacts.len());
    wire::encode_list(list.delta, &groups, &contacts, &mut out);
    out
}

/// Writes one step of the list. About somebody who has no address any more it tells the number only.
pub(crate) fn delta(delta: &Delta, addresses: &BTreeMap<PersonRef, Aor>) -> String {
    let change = match &delta.what {
        DeltaKind::AddedContact { who, contact } => address(who, addresses)
            .map(|address| wire::ContactChange::AddedContact(contact_entry(address, contact))),
        DeltaKind::ModifiedContact { who, contact } => address(who, addresses)
            .map(|address| wire::ContactChange::ModifiedContact(contact_entry(address, contact))),
        DeltaKind::DeletedContact { who } => {
            address(who, addresses).map(|address| wire::ContactChange::DeletedContact(address.as_str()))
        }
        DeltaKind::AddedGroup { id, group } => Some(wire::ContactChange::AddedGroup(group_entry(*id, group))),
        DeltaKind::ModifiedGroup { id, group } => {
            Some(wire::ContactChange::ModifiedGroup(group_entry(*id, group)))
        }
        DeltaKind::DeletedGroup { id } => Some(wire::ContactChange::DeletedGroup(*id)),
    };
    let mut out = String::with_capacity(256);
    wire::encode_delta(delta.number, delta.prev, change.as_slice(), &mut out);
    out
}

fn contact_entry<'a>(address: &'a Aor, contact: &'a Contact) -> ContactEntry<'a> {
    let (extra_attributes, extra_children) = unpack(&contact.extension_xml);
    ContactEntry {
        uri: address.as_str(),
        name: &contact.alias,
        groups: &contact.groups,
        subscribed: contact.subscribed,
        external_uri: &contact.external_uri,
        extra_attributes,
        extra_children,
    }
}

fn group_entry(id: GroupId, group: &ContactGroup) -> GroupEntry<'_> {
    let (extra_attributes, extra_children) = unpack(&group.extension_xml);
    GroupEntry { id, name: &group.name, external_uri: &group.external_uri, extra_attributes, extra_children }
}

fn pack(extras: Extras) -> Arc<str> {
    let mut packed = extras.attributes;
    packed.push_str(&extras.children);
    packed.into()
}

/// Parts attributes and elements again.
fn unpack(packed: &str) -> (&str, &str) {
    packed.find('<').and_then(|at| packed.split_at_checked(at)).unwrap_or((packed, ""))
}

/// A change that a client asks for, until it is known who its contact is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The number of the list that the client bases it on; 0 when it says none.
    pub(crate) based_on: u32,
    step: Step,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Set(Aor, Contact),
    Delete(Aor),
    OfGroups(ContactChange),
}

impl Asked {
    /// Reads a method.
    ///
    /// # Errors
    ///
    /// When it changes no contact list, or its contact is no address.
    pub(crate) fn read(method: ContactMethod) -> Result<Self, Untranslatable> {
        let (delta_num, step) = match method {
            ContactMethod::SetContact(set) => {
                (set.delta_num, Step::Set(Aor::parse(set.uri.trim())?, contact(set)))
            }
            ContactMethod::DeleteContact { uri, delta_num } => {
                (delta_num, Step::Delete(Aor::parse(uri.trim())?))
            }
            ContactMethod::AddGroup { name, external_uri, delta_num, extras } => {
                let group = group(name, external_uri, extras);
                (delta_num, Step::OfGroups(ContactChange::AddGroup { group }))
            }
            ContactMethod::ModifyGroup { group_id, name, external_uri, delta_num, extras } => {
                let group = group(name, external_uri, extras);
                (delta_num, Step::OfGroups(ContactChange::ModifyGroup { id: group_id, group }))
            }
            ContactMethod::DeleteGroup { group_id, delta_num } => {
                (delta_num, Step::OfGroups(ContactChange::DeleteGroup { id: group_id }))
            }
            ContactMethod::SetAce { .. }
            | ContactMethod::SetPresence(_)
            | ContactMethod::GetPresence(_)
            | ContactMethod::DirectorySearch { .. }
            | ContactMethod::Other(_) => return Err(Untranslatable::Method),
        };
        Ok(Self { based_on: delta_num.unwrap_or(0), step })
    }

    /// The address of the contact, of which must be found out whose it is; none for a change of groups.
    pub(crate) const fn address(&self) -> Option<&Aor> {
        match &self.step {
            Step::Set(address, _) | Step::Delete(address) => Some(address),
            Step::OfGroups(_) => None,
        }
    }

    /// Returns the change about the contact `who`; without one it is about the bare address.
    pub(crate) fn into_change(self, who: Option<PersonRef>) -> ContactChange {
        let found = |address| who.unwrap_or(PersonRef::Address(address));
        match self.step {
            Step::Set(address, contact) => ContactChange::Set { who: found(address), contact },
            Step::Delete(address) => ContactChange::Delete { who: found(address) },
            Step::OfGroups(change) => change,
        }
    }
}

fn contact(set: SetContact) -> Contact {
    Contact {
        alias: set.display_name.into(),
        groups: set.groups,
        subscribed: set.subscribed,
        external_uri: set.external_uri.into(),
        extension_xml: pack(set.extras),
    }
}

fn group(name: String, external_uri: String, extras: Extras) -> ContactGroup {
    ContactGroup { name: name.into(), external_uri: external_uri.into(), extension_xml: pack(extras) }
}
