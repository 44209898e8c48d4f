//! `application/vnd-microsoft-roaming-contacts+xml`: the contact list and its changes. \[MS-SIP\] 2.2.4.1
//!
//! A contact's address has no `sip:` in the full list and has it in a change: clients put it in front
//! blindly in the one case and use it as it stands in the other.

use crate::roaming_self::bare;
use crate::xml::{attribute, number_attribute};

/// The content type of list and change.
pub const CONTENT_TYPE: &str = "application/vnd-microsoft-roaming-contacts+xml";

/// What a client stored with a contact or a group and the server does not understand.
///
/// Given back as it came: Communicator keeps distribution lists there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras {
    /// Raw attributes, each with a blank in front: ` a="1" b="2"`.
    pub attributes: String,
    /// Raw elements, such as `contactExtension` and `groupExtension`.
    pub children: String,
}

impl Extras {
    /// Whether there is nothing to give back.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.children.is_empty()
    }
}

/// A contact to be written.
#[derive(Debug, Clone, Copy)]
pub struct ContactEntry<'a> {
    /// The address, with or without `sip:`.
    pub uri: &'a str,
    /// The name the user gave; empty for none.
    pub name: &'a str,
    /// Ids of the groups the contact is in.
    pub groups: &'a [u32],
    /// Whether the user wants the contact's presence.
    pub subscribed: bool,
    /// As the client stored it; empty for none.
    pub external_uri: &'a str,
    /// Raw attributes to give back, see [`Extras::attributes`].
    pub extra_attributes: &'a str,
    /// Raw elements to give back, see [`Extras::children`].
    pub extra_children: &'a str,
}

/// A group to be written.
#[derive(Debug, Clone, Copy)]
pub struct GroupEntry<'a> {
    /// Its id, 1 to 64. Group 1 is named `~`.
    pub id: u32,
    /// Its name.
    pub name: &'a str,
    /// As the client stored it; empty for none.
    pub external_uri: &'a str,
    /// Raw attributes to give back, see [`Extras::attributes`].
    pub extra_attributes: &'a str,
    /// Raw elements to give back, see [`Extras::children`].
    pub extra_children: &'a str,
}

/// Appends a full list.
pub fn encode_list(
    delta_num: u32,
    groups: &[GroupEntry<'_>],
    contacts: &[ContactEntry<'_>],
    out: &mut String,
) {
    out.push_str("<contactList");
    number_attribute(out, "deltaNum", delta_num);
    out.push('>');
    for entry in groups {
        group("group", entry, out);
    }
    for entry in contacts {
        contact("contact", false, entry, out);
    }
    out.push_str("</contactList>");
}

/// One step of a change.
#[derive(Debug, Clone, Copy)]
pub enum ContactChange<'a> {
    /// A group is new.
    AddedGroup(GroupEntry<'a>),
    /// A group is another now.
    ModifiedGroup(GroupEntry<'a>),
    /// A group, by its id, is gone.
    DeletedGroup(u32),
    /// A contact is new.
    AddedContact(ContactEntry<'a>),
    /// A contact is another now.
    ModifiedContact(ContactEntry<'a>),
    /// A contact, by its address, is gone.
    DeletedContact(&'a str),
}

/// Appends a change from the list numbered `previous` to the one numbered `delta_num`.
///
/// Without changes and with both numbers alike it only tells a client the number.
pub fn encode_delta(delta_num: u32, previous: u32, changes: &[ContactChange<'_>], out: &mut String) {
    out.push_str("<contactDelta");
    number_attribute(out, "deltaNum", delta_num);
    number_attribute(out, "prevDeltaNum", previous);
    if changes.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for change in changes {
        match change {
            ContactChange::AddedGroup(entry) => group("addedGroup", entry, out),
            ContactChange::ModifiedGroup(entry) => group("modifiedGroup", entry, out),
            ContactChange::DeletedGroup(id) => {
                out.push_str("<deletedGroup");
                number_attribute(out, "id", *id);
                out.push_str("/>");
            }
            ContactChange::AddedContact(entry) => contact("addedContact", true, entry, out),
            ContactChange::ModifiedContact(entry) => contact("modifiedContact", true, entry, out),
            ContactChange::DeletedContact(uri) => {
                out.push_str("<deletedContact");
                address(true, uri, out);
                out.push_str("/>");
            }
        }
    }
    out.push_str("</contactDelta>");
}

fn group(name: &str, entry: &GroupEntry<'_>, out: &mut String) {
    out.push('<');
    out.push_str(name);
    number_attribute(out, "id", entry.id);
    attribute(out, "name", entry.name);
    attribute(out, "externalURI", entry.external_uri);
    close(name, entry.extra_attributes, entry.extra_children, out);
}

fn contact(name: &str, scheme: bool, entry: &ContactEntry<'_>, out: &mut String) {
    out.push('<');
    out.push_str(name);
    address(scheme, entry.uri, out);
    attribute(out, "name", entry.name);
    out.push_str(" groups=\"");
    for (index, group) in entry.groups.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(&group.to_string());
    }
    out.push('"');
    attribute(out, "subscribed", if entry.subscribed { "true" } else { "false" });
    attribute(out, "externalURI", entry.external_uri);
    close(name, entry.extra_attributes, entry.extra_children, out);
}

fn address(scheme: bool, uri: &str, out: &mut String) {
    out.push_str(" uri=\"");
    if scheme {
        out.push_str("sip:");
    }
    crate::xml::escape_attribute(out, bare(uri));
    out.push('"');
}

fn close(name: &str, attributes: &str, children: &str, out: &mut String) {
    out.push_str(attributes);
    crate::roaming_self::close_with_value(out, name, Some(children));
}
