//! The roaming contact list with its groups ([MS-SIP] §3.7, §9).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::directory::PersonRef;

mod apply;
mod between;

pub use apply::{
    ContactChange, ContactsApplied, Delta, DeltaKind, MAX_ADDRESS_BYTES, MAX_CONTACT_EXTENSION_BYTES,
    MAX_EXTERNAL_URI_BYTES, MAX_GROUP_EXTENSION_BYTES, MAX_GROUPS, MAX_NAME_BYTES, OTHER_CONTACTS,
};
pub use between::deltas_between;

/// The id of a contact group: 1 to 64; 1 is "Other Contacts".
pub type GroupId = u32;

/// A person's contact list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactList {
    /// One more with every accepted change; 1 at first.
    pub delta: u32,
    /// The groups by id.
    pub groups: BTreeMap<GroupId, ContactGroup>,
    /// The contacts.
    pub contacts: BTreeMap<PersonRef, Contact>,
}

/// A contact group, or a distribution list that stands as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactGroup {
    /// Its name; `~` for "Other Contacts".
    pub name: Arc<str>,
    /// `externalURI` as sent.
    pub external_uri: Arc<str>,
    /// Unknown children, byte for byte.
    pub extension_xml: Arc<str>,
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The name that the owner gave; empty for none.
    pub alias: Arc<str>,
    /// The groups that it is in, in the owner's order.
    pub groups: Vec<GroupId>,
    /// Whether the owner wants its presence.
    pub subscribed: bool,
    /// `externalURI` as sent.
    pub external_uri: Arc<str>,
    /// Unknown children, byte for byte.
    pub extension_xml: Arc<str>,
}
