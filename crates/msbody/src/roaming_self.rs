//! `application/vnd-microsoft-roaming-self+xml`: what users see of their own presence. \[MS-PRES\] 1.3.1.5, 3.3
//!
//! A client wipes its cache of every category that a document names and refills it from there, so a
//! document must hold all containers of a category it touches. That is the caller's duty.

use crate::container::{MemberKind, SubscriberKind};
use crate::publish::ExpireType;
use crate::time;
use crate::xml::{Reader, attribute, number_attribute};
use crate::{BodyError, What};

/// The content type of request, answer and notification.
pub const CONTENT_TYPE: &str = "application/vnd-microsoft-roaming-self+xml";

/// Which data sets a subscription asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoamingList {
    /// The user's own publications.
    pub categories: bool,
    /// Memberships of containers.
    pub containers: bool,
    /// Watchers who wait to be acknowledged.
    pub subscribers: bool,
    /// Delegates.
    pub delegates: bool,
}

impl RoamingList {
    /// All four: what a subscription without a body gets.
    pub const ALL: Self = Self { categories: true, containers: true, subscribers: true, delegates: true };
}

/// Reads a request; an unknown data set is passed over.
///
/// # Errors
///
/// When the body is malformed or exceeds a limit.
pub fn parse(body: &[u8]) -> Result<RoamingList, BodyError> {
    let mut reader = Reader::new(body)?;
    reader.expect_root("roamingList")?;
    let mut list = RoamingList::default();
    while let Some(element) = reader.child()? {
        if element.local == "roaming" {
            match reader.require("type")?.trim() {
                "categories" => list.categories = true,
                "containers" => list.containers = true,
                "subscribers" => list.subscribers = true,
                "delegates" => list.delegates = true,
                _ => {}
            }
        }
        reader.skip()?;
    }
    reader.finish()?;
    if list == RoamingList::default() {
        return Err(reader.error(What::Missing("roaming")));
    }
    Ok(list)
}

/// A document for users about themselves; a data set that is `None` is left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoamingData<'a> {
    /// The user's own publications.
    pub categories: Option<SelfCategories<'a>>,
    /// Complete memberships of the containers named.
    pub containers: Option<&'a [ContainerMembers<'a>]>,
    /// Watchers who wait to be acknowledged.
    pub subscribers: Option<&'a [Subscriber<'a>]>,
    /// The user's delegates, by their SIP URIs.
    pub delegates: Option<&'a [&'a str]>,
}

/// A user's own publications.
#[derive(Debug, Clone, Copy)]
pub struct SelfCategories<'a> {
    /// The user, a SIP URI.
    pub uri: &'a str,
    /// All instances of each category touched, in all containers.
    pub entries: &'a [SelfCategory<'a>],
}

/// One entry of a user's own categories. Every entry has its container: without one SIPE forgets a note.
#[derive(Debug, Clone, Copy)]
pub struct SelfCategory<'a> {
    /// Name of the category.
    pub name: &'a str,
    /// Number of the container.
    pub container: u32,
    /// The instance; `None` says that the container holds none any more.
    pub publication: Option<SelfPublication<'a>>,
}

/// An instance as its owner sees it.
#[derive(Debug, Clone, Copy)]
pub struct SelfPublication<'a> {
    /// Number of the instance.
    pub instance: u32,
    /// When it was published, in milliseconds since 1970.
    pub publish_time: u64,
    /// Its version.
    pub version: u32,
    /// What it hangs on.
    pub expire_type: ExpireType,
    /// Seconds until it expires.
    pub expires: Option<u32>,
    /// The raw value.
    pub value: Option<&'a str>,
}

/// A container with all its members.
#[derive(Debug, Clone, Copy)]
pub struct ContainerMembers<'a> {
    /// Number of the container.
    pub id: u32,
    /// Version of the membership.
    pub version: u32,
    /// All members.
    pub members: &'a [Member<'a>],
}

/// A member of a container.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// What kind of member.
    pub kind: MemberKind,
    /// `user@domain` or a domain; the other kinds have none.
    pub value: Option<&'a str>,
}

/// A watcher who wants to be acknowledged.
#[derive(Debug, Clone, Copy)]
pub struct Subscriber<'a> {
    /// `user@domain`; a scheme `sip:` is left out.
    pub user: &'a str,
    /// The watcher's name.
    pub display_name: &'a str,
    /// Whether the user has acknowledged.
    pub acknowledged: bool,
    /// Where the watcher comes from.
    pub kind: SubscriberKind,
}

/// Appends a document.
pub fn encode(data: &RoamingData<'_>, out: &mut String) {
    out.push_str("<roamingData xmlns=\"http://schemas.microsoft.com/2006/09/sip/roaming-self\">");
    if let Some(categories) = &data.categories {
        out.push_str("<categories xmlns=\"http://schemas.microsoft.com/2006/09/sip/categories\"");
        attribute(out, "uri", categories.uri);
        out.push('>');
        for entry in categories.entries {
            category(entry, out);
        }
        out.push_str("</categories>");
    }
    if let Some(containers) = data.containers {
        out.push_str("<containers xmlns=\"http://schemas.microsoft.com/2006/09/sip/containers\">");
        for container in containers {
            members(container, out);
        }
        out.push_str("</containers>");
    }
    if let Some(subscribers) = data.subscribers {
        out.push_str("<subscribers xmlns=\"http://schemas.microsoft.com/2006/09/sip/presence-subscribers\">");
        for subscriber in subscribers {
            out.push_str("<subscriber");
            attribute(out, "user", bare(subscriber.user));
            attribute(out, "displayName", subscriber.display_name);
            attribute(out, "acknowledged", if subscriber.acknowledged { "true" } else { "false" });
            attribute(out, "type", subscriber.kind.as_str());
            out.push_str("/>");
        }
        out.push_str("</subscribers>");
    }
    if let Some(delegates) = data.delegates {
        out.push_str("<delegates xmlns=\"http://schemas.microsoft.com/2006/09/sip/delegate-management\">");
        for delegate in delegates {
            out.push_str("<delegate");
            attribute(out, "uri", delegate);
            out.push_str("/>");
        }
        out.push_str("</delegates>");
    }
    out.push_str("</roamingData>");
}

fn category(entry: &SelfCategory<'_>, out: &mut String) {
    out.push_str("<category");
    attribute(out, "name", entry.name);
    let Some(publication) = &entry.publication else {
        number_attribute(out, "container", entry.container);
        out.push_str("/>");
        return;
    };
    number_attribute(out, "instance", publication.instance);
    out.push_str(" publishTime=\"");
    time::push_millis(out, publication.publish_time);
    out.push('"');
    number_attribute(out, "container", entry.container);
    number_attribute(out, "version", publication.version);
    attribute(out, "expireType", publication.expire_type.as_str());
    if let Some(expires) = publication.expires {
        number_attribute(out, "expires", expires);
    }
    close_with_value(out, "category", publication.value);
}

/// Ends a start tag, with a raw value and an end tag when there is one.
pub(crate) fn close_with_value(out: &mut String, name: &str, value: Option<&str>) {
    match value {
        None | Some("") => out.push_str("/>"),
        Some(value) => {
            out.push('>');
            out.push_str(value);
            out.push_str("</");
            out.push_str(name);
            out.push('>');
        }
    }
}

fn members(container: &ContainerMembers<'_>, out: &mut String) {
    out.push_str("<container");
    number_attribute(out, "id", container.id);
    number_attribute(out, "version", container.version);
    if container.members.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for member in container.members {
        out.push_str("<member");
        attribute(out, "type", member.kind.as_str());
        if let Some(value) = member.value {
            attribute(out, "value", bare(value));
        }
        out.push_str("/>");
    }
    out.push_str("</container>");
}

/// An address without its scheme, as members and subscribers are written.
pub(crate) fn bare(uri: &str) -> &str {
    match uri.split_at_checked(4) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("sip:") => rest,
        _ => uri,
    }
}
