//! `application/SOAP+xml`: methods that change contacts, and directory search. \[MS-SIP\] 2.2.4.2, 3.2.4, 9
//!
//! Envelope and method must stand in exactly their namespaces; prefixes are the client's choice.

use crate::contacts::Extras;
use crate::xml::{Element, Fragment, Reader, attribute, element};
use crate::{BodyError, What};

/// The content type of request and answer.
pub const CONTENT_TYPE: &str = "application/SOAP+xml";
/// Namespace of the methods and their children.
pub const METHOD_NAMESPACE: &str = "http://schemas.microsoft.com/winrtc/2002/11/sip";
/// Namespace of envelope, body and fault.
pub const ENVELOPE_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// How many groups one contact may name.
pub const MAX_GROUPS: usize = 64;
/// How many bytes of what it does not understand the server keeps for one contact or group.
pub const MAX_EXTRAS: usize = 4096;
/// How many conditions one directory search may have.
pub const MAX_ROWS: usize = 64;

/// A method of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactMethod {
    /// Puts a contact on the list, or changes it.
    SetContact(SetContact),
    /// Takes a contact off the list.
    DeleteContact {
        /// The contact, a SIP URI as written.
        uri: String,
        /// The number of the list that the client knows.
        delta_num: Option<u32>,
    },
    /// Makes a group.
    AddGroup {
        /// Its name; `~` means group 1.
        name: String,
        /// To be given back.
        external_uri: String,
        /// The number of the list that the client knows.
        delta_num: Option<u32>,
        /// To be given back.
        extras: Extras,
    },
    /// Changes a group.
    ModifyGroup {
        /// Its id.
        group_id: u32,
        /// Its name from now on.
        name: String,
        /// To be given back.
        external_uri: String,
        /// The number of the list that the client knows.
        delta_num: Option<u32>,
        /// To be given back.
        extras: Extras,
    },
    /// Deletes a group.
    DeleteGroup {
        /// Its id.
        group_id: u32,
        /// The number of the list that the client knows.
        delta_num: Option<u32>,
    },
    /// Legacy: changes the access list.
    SetAce {
        /// `USER`, `DOMAIN` or `ALL`.
        kind: String,
        /// Whom it is about.
        mask: String,
        /// Two letters: presence, then communication.
        rights: String,
        /// The number of the access list that the client knows.
        delta_num: Option<u32>,
    },
    /// Legacy: publishes presence.
    SetPresence(Fragment),
    /// Legacy: asks for someone's presence.
    GetPresence(Fragment),
    /// Looks people up.
    DirectorySearch {
        /// How many people are wanted at most.
        max_results: Option<u32>,
        /// Conditions that all must hold: attribute and value.
        rows: Vec<(String, String)>,
    },
    /// A method of the right namespace that is not known.
    Other(String),
}

/// A contact to be put on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetContact {
    /// The contact, a SIP URI as written.
    pub uri: String,
    /// The name the user gives; empty for none.
    pub display_name: String,
    /// Ids of its groups; what is no number is left out. Empty means group 1.
    pub groups: Vec<u32>,
    /// Whether the user wants the contact's presence.
    pub subscribed: bool,
    /// To be given back.
    pub external_uri: String,
    /// The number of the list that the client knows.
    pub delta_num: Option<u32>,
    /// To be given back.
    pub extras: Extras,
}

/// All children that methods have, whatever the method.
#[derive(Default)]
struct Fields {
    uri: Option<String>,
    display_name: Option<String>,
    name: Option<String>,
    groups: Option<String>,
    subscribed: Option<String>,
    external_uri: Option<String>,
    group_id: Option<u32>,
    delta_num: Option<u32>,
    kind: Option<String>,
    mask: Option<String>,
    rights: Option<String>,
    extras: Extras,
}

/// Reads an envelope with one method.
///
/// # Errors
///
/// When the body is malformed, exceeds a limit, stands in another namespace, or lacks what the method
/// needs.
pub fn parse(body: &[u8]) -> Result<ContactMethod, BodyError> {
    let mut reader = Reader::new(body)?;
    let root = reader.expect_root("Envelope")?;
    in_namespace(&reader, root, ENVELOPE_NAMESPACE)?;
    let mut method = None;
    while let Some(element) = reader.child()? {
        if element.local == "Body" && method.is_none() {
            in_namespace(&reader, element, ENVELOPE_NAMESPACE)?;
            method = Some(body_content(&mut reader)?);
        } else {
            reader.skip()?;
        }
    }
    reader.finish()?;
    method.ok_or_else(|| reader.error(What::Missing("Body")))
}

fn in_namespace(reader: &Reader<'_>, element: Element<'_>, namespace: &str) -> Result<(), BodyError> {
    if element.namespace == namespace { Ok(()) } else { Err(reader.error(What::WrongNamespace)) }
}

fn body_content(reader: &mut Reader<'_>) -> Result<ContactMethod, BodyError> {
    let element = reader.child()?.ok_or_else(|| reader.error(What::Missing("method")))?;
    in_namespace(reader, element, METHOD_NAMESPACE)?;
    if element.local == "directorySearch" {
        return directory_search(reader);
    }
    let method = match element.local {
        "setContact" | "deleteContact" | "addGroup" | "modifyGroup" | "deleteGroup" | "setACE" => {
            let fields = fields(reader)?;
            simple(reader, element.local, fields)?
        }
        "setPresence" => ContactMethod::SetPresence(reader.capture(element)?),
        "getPresence" => ContactMethod::GetPresence(reader.capture(element)?),
        other => {
            reader.skip()?;
            ContactMethod::Other(other.to_owned())
        }
    };
    while reader.child()?.is_some() {
        reader.skip()?;
    }
    Ok(method)
}

fn simple(reader: &Reader<'_>, method: &str, fields: Fields) -> Result<ContactMethod, BodyError> {
    let missing = |name| reader.error(What::Missing(name));
    let delta_num = fields.delta_num;
    let external_uri = fields.external_uri.unwrap_or_default();
    Ok(match method {
        "setContact" => ContactMethod::SetContact(SetContact {
            uri: fields.uri.ok_or_else(|| missing("URI"))?,
            display_name: fields.display_name.unwrap_or_default(),
            groups: group_ids(reader, &fields.groups.unwrap_or_default())?,
            subscribed: fields.subscribed.is_none_or(|word| matches!(word.trim(), "true" | "1")),
            external_uri,
            delta_num,
            extras: fields.extras,
        }),
        "deleteContact" => {
            ContactMethod::DeleteContact { uri: fields.uri.ok_or_else(|| missing("URI"))?, delta_num }
        }
        "addGroup" => ContactMethod::AddGroup {
            name: fields.name.ok_or_else(|| missing("name"))?,
            external_uri,
            delta_num,
            extras: fields.extras,
        },
        "modifyGroup" => ContactMethod::ModifyGroup {
            group_id: fields.group_id.ok_or_else(|| missing("groupID"))?,
            name: fields.name.ok_or_else(|| missing("name"))?,
            external_uri,
            delta_num,
            extras: fields.extras,
        },
        "deleteGroup" => ContactMethod::DeleteGroup {
            group_id: fields.group_id.ok_or_else(|| missing("groupID"))?,
            delta_num,
        },
        _ => ContactMethod::SetAce {
            kind: fields.kind.ok_or_else(|| missing("type"))?,
            mask: fields.mask.unwrap_or_default(),
            rights: fields.rights.ok_or_else(|| missing("rights"))?,
            delta_num,
        },
    })
}

fn group_ids(reader: &Reader<'_>, text: &str) -> Result<Vec<u32>, BodyError> {
    let mut groups = Vec::new();
    for id in text.split_ascii_whitespace().filter_map(|word| word.parse().ok()) {
        if groups.contains(&id) {
            continue;
        }
        if groups.len() == MAX_GROUPS {
            return Err(reader.error(What::TooMany { of: "groups", limit: MAX_GROUPS }));
        }
        groups.push(id);
    }
    Ok(groups)
}

fn fields(reader: &mut Reader<'_>) -> Result<Fields, BodyError> {
    let mut fields = Fields::default();
    for (name, value) in reader.plain_attributes() {
        // Attributes that the server writes itself must not come back twice.
        if !OWN_ATTRIBUTES.contains(&name) {
            attribute(&mut fields.extras.attributes, name, value);
        }
    }
    while let Some(child) = reader.child()? {
        if child.namespace != METHOD_NAMESPACE {
            fields.extras.children.push_str(reader.capture_out_of(child, METHOD_NAMESPACE)?.as_str());
            continue;
        }
        let slot = match child.local {
            "URI" => &mut fields.uri,
            "displayName" => &mut fields.display_name,
            "name" => &mut fields.name,
            "groups" => &mut fields.groups,
            "subscribed" => &mut fields.subscribed,
            "externalURI" => &mut fields.external_uri,
            "type" => &mut fields.kind,
            "mask" => &mut fields.mask,
            "rights" => &mut fields.rights,
            "groupID" => {
                // Some clients send an empty one with addGroup.
                fields.group_id = group_id(reader)?;
                continue;
            }
            "deltaNum" => {
                fields.delta_num = Some(reader.number("deltaNum")?);
                continue;
            }
            _ => {
                let extra = reader.capture_out_of(child, METHOD_NAMESPACE)?;
                fields.extras.children.push_str(extra.as_str());
                continue;
            }
        };
        *slot = Some(reader.text()?.into_owned());
    }
    if fields.extras.attributes.len() + fields.extras.children.len() > MAX_EXTRAS {
        return Err(reader.error(What::TooMany { of: "bytes of extensions", limit: MAX_EXTRAS }));
    }
    Ok(fields)
}

const OWN_ATTRIBUTES: [&str; 6] = ["id", "uri", "name", "groups", "subscribed", "externalURI"];

fn group_id(reader: &mut Reader<'_>) -> Result<Option<u32>, BodyError> {
    let text = reader.text()?;
    match text.trim() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| reader.error(What::Invalid("groupID"))),
    }
}

/// Reads `directorySearch` and the `Array` beside it that its filter names.
fn directory_search(reader: &mut Reader<'_>) -> Result<ContactMethod, BodyError> {
    let mut max_results = None;
    let mut filter = None;
    while let Some(child) = reader.child()? {
        match child.local {
            "filter" => {
                filter = reader.attribute("href").map(|href| href.trim_start_matches('#').to_owned());
                reader.skip()?;
            }
            "maxResults" => max_results = Some(reader.number("maxResults")?),
            _ => reader.skip()?,
        }
    }
    let mut rows = Vec::new();
    while let Some(child) = reader.child()? {
        let wanted = child.local == "Array"
            && child.namespace == METHOD_NAMESPACE
            && filter.as_deref().is_none_or(|filter| reader.attribute("id").is_some_and(|id| id == filter));
        if !wanted {
            reader.skip()?;
            continue;
        }
        while let Some(row) = reader.child()? {
            if row.local == "row" {
                if rows.len() == MAX_ROWS {
                    return Err(reader.error(What::TooMany { of: "rows", limit: MAX_ROWS }));
                }
                rows.push((reader.require("attrib")?.to_string(), reader.require("value")?.to_string()));
            }
            reader.skip()?;
        }
    }
    Ok(ContactMethod::DirectorySearch { max_results, rows })
}

fn envelope(out: &mut String, content: impl FnOnce(&mut String)) {
    out.push_str("<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"");
    out.push_str(ENVELOPE_NAMESPACE);
    out.push_str("\" xmlns:m=\"");
    out.push_str(METHOD_NAMESPACE);
    out.push_str("\"><SOAP-ENV:Body>");
    content(out);
    out.push_str("</SOAP-ENV:Body></SOAP-ENV:Envelope>");
}

/// Appends the answer to `addGroup`. The client makes the group from it, so it goes out before the change.
pub fn encode_add_group(group_id: u32, out: &mut String) {
    envelope(out, |out| {
        out.push_str("<m:addGroup>");
        element(out, "m:groupID", &group_id.to_string());
        out.push_str("</m:addGroup>");
    });
}

/// Whose fault a SOAP fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultCode {
    /// The request's.
    Client,
    /// The server's.
    Server,
}

/// Appends a SOAP fault; `reason` is a sentence for people.
pub fn encode_fault(code: FaultCode, reason: &str, out: &mut String) {
    envelope(out, |out| {
        out.push_str("<SOAP-ENV:Fault>");
        let code = match code {
            FaultCode::Client => "SOAP-ENV:Client",
            FaultCode::Server => "SOAP-ENV:Server",
        };
        element(out, "faultcode", code);
        element(out, "faultstring", reason);
        out.push_str("</SOAP-ENV:Fault>");
    });
}

/// A person found; an empty text stands for what is not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct FoundPerson<'a> {
    /// The address, a SIP URI.
    pub uri: &'a str,
    /// The name.
    pub display_name: &'a str,
    /// The job title.
    pub title: &'a str,
    /// The office or room.
    pub office: &'a str,
    /// The telephone number.
    pub phone: &'a str,
    /// The company.
    pub company: &'a str,
    /// The city.
    pub city: &'a str,
    /// The state or province.
    pub state: &'a str,
    /// The country.
    pub country: &'a str,
    /// The e-mail address.
    pub email: &'a str,
}

/// Appends the answer to `directorySearch`. Nobody found is an answer too, not a failure.
pub fn encode_found(people: &[FoundPerson<'_>], more_available: bool, out: &mut String) {
    envelope(out, |out| {
        out.push_str("<m:directorySearch>");
        element(out, "m:moreAvailable", if more_available { "true" } else { "false" });
        element(out, "m:returned", &people.len().to_string());
        out.push_str("<m:value m:href=\"#rows\"/></m:directorySearch><m:Array m:id=\"rows\">");
        for person in people {
            out.push_str("<m:row");
            for (name, value) in [
                ("m:uri", person.uri),
                ("m:displayName", person.display_name),
                ("m:title", person.title),
                ("m:office", person.office),
                ("m:phone", person.phone),
                ("m:company", person.company),
                ("m:city", person.city),
                ("m:state", person.state),
                ("m:country", person.country),
                ("m:email", person.email),
            ] {
                attribute(out, name, value);
            }
            out.push_str("/>");
        }
        out.push_str("</m:Array>");
    });
}
