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

#[cfg(test)]
mod tests {
    use rapport_model::Limits;

    use super::super::samples::{addresses, aor, lines, user};
    use super::*;

    fn bob_ref() -> PersonRef {
        PersonRef::Person(user(2))
    }

    fn asked(method: &str) -> Result<Asked, Untranslatable> {
        let body = format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:m=\"http://schemas.microsoft.com/winrtc/2002/11/sip\"><e:Body><m:{method}</e:Body></e:Envelope>"
        );
        Asked::read(rapport_msbody::soap::parse(body.as_bytes()).expect("a method"))
    }

    const SET_BOB: &str = "setContact dl=\"1 &lt; 2\"><m:displayName>Bob &amp; co</m:displayName><m:groups>2 1 </m:groups>\
         <m:subscribed>true</m:subscribed><m:URI>sip:Bob@Example.com</m:URI><m:externalURI/><m:deltaNum>4</m:deltaNum>\
         <m:contactExtension><a b='c'/> d</m:contactExtension></m:setContact>";

    fn bob() -> Contact {
        match asked(SET_BOB).map(|asked| asked.into_change(Some(bob_ref()))) {
            Ok(ContactChange::Set { contact, .. }) => contact,
            other => panic!("{other:?}"),
        }
    }

    fn some_list() -> ContactList {
        let limits = Limits::default();
        let group = |name: &str| ContactGroup {
            name: name.into(),
            external_uri: "urn:dl".into(),
            extension_xml: " x=\"1\"<groupExtension/>".into(),
        };
        let mut list = ContactList::new();
        let zoe = PersonRef::Address(aor("zoe@partner.example"));
        let changes = [
            ContactChange::AddGroup { group: group("Team") },
            ContactChange::Set { who: bob_ref(), contact: bob() },
            ContactChange::Set { who: PersonRef::Person(user(9)), contact: bob() },
            ContactChange::Set { who: zoe, contact: Contact { extension_xml: "".into(), ..bob() } },
        ];
        for change in changes {
            list = list.apply(change, list.delta, &limits).expect("a change").next;
        }
        list
    }

    #[test]
    fn the_list_has_everyone_who_has_an_address() {
        insta::assert_snapshot!(lines(&list(&some_list(), &addresses())));
    }

    #[test]
    fn each_step_of_a_list_has_its_element() {
        let group = some_list().groups.remove(&2).expect("a group");
        let gone = PersonRef::Person(user(9));
        let steps = [
            DeltaKind::AddedContact { who: bob_ref(), contact: bob() },
            DeltaKind::ModifiedContact { who: bob_ref(), contact: bob() },
            DeltaKind::DeletedContact { who: bob_ref() },
            DeltaKind::AddedGroup { id: 2, group: group.clone() },
            DeltaKind::ModifiedGroup { id: 2, group },
            DeltaKind::DeletedGroup { id: 2 },
            DeltaKind::AddedContact { who: gone.clone(), contact: bob() },
            DeltaKind::DeletedContact { who: gone },
        ];
        let all: Vec<String> = (1..)
            .zip(steps)
            .map(|(prev, what)| lines(&delta(&Delta { prev, number: prev + 1, what }, &addresses())))
            .collect();
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn a_contact_is_known_once_its_address_is() {
        let read = asked(SET_BOB).expect("a change");
        assert_eq!((read.based_on, read.address()), (4, Some(&aor("bob@example.com"))));
        let contact = bob();
        assert_eq!(
            (&*contact.alias, contact.groups.as_slice(), contact.subscribed),
            ("Bob & co", &[2, 1][..], true)
        );
        let stranger = PersonRef::Address(aor("bob@example.com"));
        assert_eq!(read.into_change(None), ContactChange::Set { who: stranger, contact });
        let delete =
            asked("deleteContact><m:URI>sip:bob@example.com</m:URI></m:deleteContact>").expect("a change");
        assert_eq!(delete.based_on, 0);
        assert_eq!(delete.into_change(Some(bob_ref())), ContactChange::Delete { who: bob_ref() });
    }

    #[test]
    fn groups_need_no_address() {
        let check = |method: &str, expected: ContactChange| {
            let read = asked(method).expect("a change");
            assert_eq!((read.based_on, read.address()), (7, None));
            assert_eq!(read.into_change(None), expected);
        };
        let group =
            ContactGroup { name: "Team".into(), external_uri: "".into(), extension_xml: Arc::default() };
        check(
            "addGroup><m:name>Team</m:name><m:externalURI/><m:deltaNum>7</m:deltaNum></m:addGroup>",
            ContactChange::AddGroup { group: group.clone() },
        );
        check(
            "modifyGroup><m:groupID>3</m:groupID><m:name>Team</m:name><m:deltaNum>7</m:deltaNum></m:modifyGroup>",
            ContactChange::ModifyGroup { id: 3, group },
        );
        check(
            "deleteGroup><m:groupID>3</m:groupID><m:deltaNum>7</m:deltaNum></m:deleteGroup>",
            ContactChange::DeleteGroup { id: 3 },
        );
    }

    #[test]
    fn what_changes_no_list_is_refused() {
        assert_eq!(asked("setPresence></m:setPresence>"), Err(Untranslatable::Method));
        assert_eq!(asked("somethingElse></m:somethingElse>"), Err(Untranslatable::Method));
        let no_address = asked("deleteContact><m:URI>tel:+15550100</m:URI></m:deleteContact>");
        assert!(matches!(no_address, Err(Untranslatable::Address(_))), "{no_address:?}");
    }

    #[test]
    fn what_a_client_stored_comes_back_byte_for_byte() {
        for (attributes, children) in [
            ("", ""),
            (" a=\"1 &lt; 2 &gt; &quot;\"", ""),
            ("", "<x a='>'>t</x><y/>"),
            (" a=\"é\" b=\"\"", "<x xmlns=\"urn:x\"/>"),
        ] {
            let extras = Extras { attributes: attributes.to_owned(), children: children.to_owned() };
            assert_eq!(unpack(&pack(extras)), (attributes, children));
        }
        let bob = bob();
        let (attributes, children) = unpack(&bob.extension_xml);
        assert_eq!(attributes, " dl=\"1 &lt; 2\"");
        assert!(children.contains("<a b='c'/> d"), "{children}");
    }
}
