//! `application/msrtc-adrl-categorylist+xml`: whom to watch, and what of them. \[MS-PRES\] 2.2.2.4.1
//!
//! Also recognises the address list of Live Communications Server 2005 (`application/adrl+xml`), which
//! names people only.

use crate::xml::{Element, Reader};
use crate::{BodyError, What};

/// The content type of the request.
pub const CONTENT_TYPE: &str = "application/msrtc-adrl-categorylist+xml";
/// The content type of the legacy address list.
pub const ADRL_CONTENT_TYPE: &str = "application/adrl+xml";
/// How many people one request may name, over all its actions.
pub const MAX_RESOURCES: usize = 1000;
/// How many categories one action may name.
pub const MAX_CATEGORIES: usize = 64;

/// A request to watch, or no longer to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSubscribe {
    /// The watcher, as written: a SIP URI.
    pub uri: String,
    /// What to do, in order.
    pub actions: Vec<Action>,
    /// Whether the request is a legacy address list, to be answered with pidf documents.
    pub legacy: bool,
}

/// One step of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Watch from now on, else stop watching.
    pub subscribe: bool,
    /// The client's mark for the action.
    pub id: String,
    /// Whom.
    pub resources: Vec<Resource>,
    /// Names of the categories wanted.
    pub categories: Vec<String>,
}

/// A person to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The person, as written: a SIP URI, not checked here, so that one bad entry spoils no other.
    pub uri: String,
    /// Whether the watcher has put the person on the contact list, and wants to be acknowledged.
    ///
    /// SIPE says so by `<context/>`, Communicator by `subscriptionContext` with `contactList` inside.
    pub context: bool,
}

/// Reads a request, new or legacy form.
///
/// # Errors
///
/// When the body is malformed, exceeds a limit, or has an unknown action.
pub fn parse(body: &[u8]) -> Result<BatchSubscribe, BodyError> {
    let mut reader = Reader::new(body)?;
    let root = reader.root()?;
    let request = match root.local {
        "batchSub" => batch(&mut reader)?,
        "adhoclist" => address_list(&mut reader)?,
        _ => return Err(reader.error(What::Unexpected { expected: "batchSub" })),
    };
    reader.finish()?;
    Ok(request)
}

fn batch(reader: &mut Reader<'_>) -> Result<BatchSubscribe, BodyError> {
    let uri = reader.require("uri")?.to_string();
    let mut actions = Vec::new();
    let mut total = 0;
    while let Some(element) = reader.child()? {
        if element.local == "action" {
            actions.push(action(reader, &mut total)?);
        } else {
            reader.skip()?;
        }
    }
    Ok(BatchSubscribe { uri, actions, legacy: false })
}

fn action(reader: &mut Reader<'_>, total: &mut usize) -> Result<Action, BodyError> {
    let subscribe = match reader.require("name")?.trim() {
        "subscribe" => true,
        "unsubscribe" => false,
        _ => return Err(reader.error(What::Invalid("action"))),
    };
    let id = reader.attribute("id").map(ToString::to_string).unwrap_or_default();
    let mut action = Action { subscribe, id, resources: Vec::new(), categories: Vec::new() };
    while let Some(element) = reader.child()? {
        match element.local {
            "adhocList" => resources(reader, total, &mut action.resources)?,
            "categoryList" => categories(reader, &mut action.categories)?,
            _ => reader.skip()?,
        }
    }
    Ok(action)
}

fn resources(reader: &mut Reader<'_>, total: &mut usize, out: &mut Vec<Resource>) -> Result<(), BodyError> {
    while let Some(element) = reader.child()? {
        if element.local != "resource" {
            reader.skip()?;
            continue;
        }
        *total += 1;
        if *total > MAX_RESOURCES {
            return Err(reader.error(What::TooMany { of: "resources", limit: MAX_RESOURCES }));
        }
        let uri = reader.require("uri")?.trim().to_owned();
        let mut context = false;
        while let Some(element) = reader.child()? {
            match element.local {
                "context" => {
                    context = true;
                    reader.skip()?;
                }
                "subscriptionContext" => context |= is_on_contact_list(reader)?,
                _ => reader.skip()?,
            }
        }
        out.push(Resource { uri, context });
    }
    Ok(())
}

/// Reads `subscriptionContext`, whose `watcher` says by its children where the watcher keeps the person.
fn is_on_contact_list(reader: &mut Reader<'_>) -> Result<bool, BodyError> {
    let mut found = false;
    while let Some(element) = reader.child()? {
        if element.local != "watcher" {
            reader.skip()?;
            continue;
        }
        while let Some(Element { local, .. }) = reader.child()? {
            found |= local == "contactList";
            reader.skip()?;
        }
    }
    Ok(found)
}

fn categories(reader: &mut Reader<'_>, out: &mut Vec<String>) -> Result<(), BodyError> {
    while let Some(element) = reader.child()? {
        if element.local == "category" {
            if out.len() == MAX_CATEGORIES {
                return Err(reader.error(What::TooMany { of: "categories", limit: MAX_CATEGORIES }));
            }
            let name = reader.require("name")?.trim().to_owned();
            if !out.contains(&name) {
                out.push(name);
            }
        }
        reader.skip()?;
    }
    Ok(())
}

/// Reads the children of a legacy `adhoclist`: `create` or the resources themselves.
fn address_list(reader: &mut Reader<'_>) -> Result<BatchSubscribe, BodyError> {
    let uri = reader.attribute("uri").map(ToString::to_string).unwrap_or_default();
    let mut found = Vec::new();
    let mut total = 0;
    while let Some(element) = reader.child()? {
        match element.local {
            "create" => resources(reader, &mut total, &mut found)?,
            "resource" => {
                total += 1;
                if total > MAX_RESOURCES {
                    return Err(reader.error(What::TooMany { of: "resources", limit: MAX_RESOURCES }));
                }
                found.push(Resource { uri: reader.require("uri")?.trim().to_owned(), context: false });
                reader.skip()?;
            }
            _ => reader.skip()?,
        }
    }
    let action = Action { subscribe: true, id: String::new(), resources: found, categories: Vec::new() };
    Ok(BatchSubscribe { uri, actions: vec![action], legacy: true })
}
