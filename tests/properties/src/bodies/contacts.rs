//! Methods in SOAP envelopes: contacts, groups, access entries and directory search; and the lists that hold what
//! clients stored.

use rapport_msbody::contacts::{ContactChange, ContactEntry, Extras, GroupEntry, encode_delta, encode_list};
use rapport_msbody::soap::{
    self, ContactMethod, ENVELOPE_NAMESPACE, METHOD_NAMESPACE, SetContact, encode_fault, encode_found,
};
use rapport_msbody::xml::{attribute, element};

use super::{reads_as, well_formed, whole};

/// The bytes are an envelope.
pub(crate) fn check(data: &[u8]) {
    let Ok(method) = soap::parse(data) else { return };
    reads_as(&method, &written(&method), soap::parse);
    match &method {
        ContactMethod::SetContact(contact) => contact_documents(contact),
        ContactMethod::AddGroup { name, external_uri, extras, .. }
        | ContactMethod::ModifyGroup { name, external_uri, extras, .. } => {
            group_documents(name, external_uri, extras);
        }
        ContactMethod::SetPresence(fragment) | ContactMethod::GetPresence(fragment) => whole(fragment),
        ContactMethod::DirectorySearch { rows, .. } => {
            assert!(rows.len() <= soap::MAX_ROWS);
            let people: Vec<_> = rows
                .iter()
                .map(|(name, value)| soap::FoundPerson {
                    uri: name,
                    display_name: value,
                    ..Default::default()
                })
                .collect();
            let mut out = String::new();
            encode_found(&people, false, &mut out);
            well_formed(&out);
        }
        ContactMethod::DeleteContact { uri, .. } => {
            let mut out = String::new();
            encode_delta(2, 1, &[ContactChange::DeletedContact(uri)], &mut out);
            encode_fault(soap::FaultCode::Client, uri, &mut String::new());
            well_formed(&out);
        }
        ContactMethod::DeleteGroup { .. } | ContactMethod::SetAce { .. } | ContactMethod::Other(_) => {}
    }
}

fn contact_documents(contact: &SetContact) {
    assert!(contact.groups.len() <= soap::MAX_GROUPS);
    assert!(contact.extras.attributes.len() + contact.extras.children.len() <= soap::MAX_EXTRAS);
    let entry = ContactEntry {
        uri: &contact.uri,
        name: &contact.display_name,
        groups: &contact.groups,
        subscribed: contact.subscribed,
        external_uri: &contact.external_uri,
        extra_attributes: &contact.extras.attributes,
        extra_children: &contact.extras.children,
    };
    let mut out = String::new();
    encode_list(1, &[], &[entry], &mut out);
    well_formed(&out);
    for change in [ContactChange::AddedContact(entry), ContactChange::ModifiedContact(entry)] {
        let mut out = String::new();
        encode_delta(2, 1, &[change], &mut out);
        well_formed(&out);
    }
}

fn group_documents(name: &str, external_uri: &str, extras: &Extras) {
    let entry = GroupEntry {
        id: 2,
        name,
        external_uri,
        extra_attributes: &extras.attributes,
        extra_children: &extras.children,
    };
    let mut out = String::new();
    encode_list(1, &[entry], &[], &mut out);
    well_formed(&out);
    for change in [ContactChange::AddedGroup(entry), ContactChange::ModifiedGroup(entry)] {
        let mut out = String::new();
        encode_delta(2, 1, &[change], &mut out);
        well_formed(&out);
    }
}

/// Writes children of the method, each in its namespace.
struct Children(String);

impl Children {
    fn text(&mut self, name: &str, value: &str) {
        element(&mut self.0, &format!("m:{name}"), value);
    }

    fn number(&mut self, name: &str, value: Option<u32>) {
        if let Some(value) = value {
            self.text(name, &value.to_string());
        }
    }
}

fn written(method: &ContactMethod) -> String {
    let mut children = Children(String::new());
    let mut beside = String::new();
    let mut attributes = "";
    let name = match method {
        ContactMethod::SetContact(contact) => {
            children.text("URI", &contact.uri);
            children.text("displayName", &contact.display_name);
            let groups: Vec<_> = contact.groups.iter().map(ToString::to_string).collect();
            children.text("groups", &groups.join(" "));
            children.text("subscribed", if contact.subscribed { "true" } else { "false" });
            children.text("externalURI", &contact.external_uri);
            children.number("deltaNum", contact.delta_num);
            children.0.push_str(&contact.extras.children);
            attributes = &contact.extras.attributes;
            "setContact"
        }
        ContactMethod::DeleteContact { uri, delta_num } => {
            children.text("URI", uri);
            children.number("deltaNum", *delta_num);
            "deleteContact"
        }
        ContactMethod::AddGroup { name, external_uri, delta_num, extras } => {
            children.text("name", name);
            children.text("externalURI", external_uri);
            children.number("deltaNum", *delta_num);
            children.0.push_str(&extras.children);
            attributes = &extras.attributes;
            "addGroup"
        }
        ContactMethod::ModifyGroup { group_id, name, external_uri, delta_num, extras } => {
            children.number("groupID", Some(*group_id));
            children.text("name", name);
            children.text("externalURI", external_uri);
            children.number("deltaNum", *delta_num);
            children.0.push_str(&extras.children);
            attributes = &extras.attributes;
            "modifyGroup"
        }
        ContactMethod::DeleteGroup { group_id, delta_num } => {
            children.number("groupID", Some(*group_id));
            children.number("deltaNum", *delta_num);
            "deleteGroup"
        }
        ContactMethod::SetAce { kind, mask, rights, delta_num } => {
            children.text("type", kind);
            children.text("mask", mask);
            children.text("rights", rights);
            children.number("deltaNum", *delta_num);
            "setACE"
        }
        ContactMethod::SetPresence(fragment) | ContactMethod::GetPresence(fragment) => {
            return format!(
                "<e:Envelope xmlns:e=\"{ENVELOPE_NAMESPACE}\"><e:Body>{fragment}</e:Body></e:Envelope>"
            );
        }
        ContactMethod::DirectorySearch { max_results, rows } => {
            children.0.push_str("<m:filter href=\"#rows\"/>");
            children.number("maxResults", *max_results);
            beside.push_str("<m:Array id=\"rows\">");
            for (name, value) in rows {
                beside.push_str("<m:row");
                attribute(&mut beside, "attrib", name);
                attribute(&mut beside, "value", value);
                beside.push_str("/>");
            }
            beside.push_str("</m:Array>");
            "directorySearch"
        }
        ContactMethod::Other(name) => name,
    };
    format!(
        "<e:Envelope xmlns:e=\"{ENVELOPE_NAMESPACE}\" xmlns:m=\"{METHOD_NAMESPACE}\"><e:Body>\
         <m:{name}{attributes}>{}</m:{name}>{beside}</e:Body></e:Envelope>",
        children.0
    )
}
