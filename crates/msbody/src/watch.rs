//! What watchers get: `categories`, the resource list, and both in one multipart body.
//! \[MS-PRES\] 2.2.2, \[MS-SIP\] 4.3, RFC 4662
//!
//! A person's `categories` are encoded once per view ([`encode_categories`]) and then put into as many
//! multipart bodies as there are watchers ([`Multipart`]).

use crate::roaming_self::{bare, close_with_value};
use crate::time;
use crate::xml::{attribute, number_attribute};

/// The content type of one person's categories.
pub const CATEGORIES_CONTENT_TYPE: &str = "application/msrtc-event-categories+xml";
/// The content type of a resource list.
pub const LIST_CONTENT_TYPE: &str = "application/rlmi+xml";
/// The `Content-ID` of the resource list in a multipart body.
const LIST_CONTENT_ID: &str = "resourceList";

/// One entry of a person's categories, as a watcher sees it.
#[derive(Debug, Clone, Copy)]
pub struct WatchedCategory<'a> {
    /// Name of the category.
    pub name: &'a str,
    /// The instance; `None` says that the watcher sees none any more.
    pub publication: Option<WatchedPublication<'a>>,
}

/// An instance as a watcher sees it: container, version and expiry are its owner's business.
#[derive(Debug, Clone, Copy)]
pub struct WatchedPublication<'a> {
    /// Number of the instance.
    pub instance: u32,
    /// When it was published, in milliseconds since 1970.
    pub publish_time: u64,
    /// The raw value.
    pub value: Option<&'a str>,
}

/// Appends the categories of one person; `uri` is a SIP URI.
///
/// For each category touched, all instances that the watcher may see must be there: they replace what
/// the watcher has.
pub fn encode_categories(uri: &str, categories: &[WatchedCategory<'_>], out: &mut String) {
    out.push_str("<categories xmlns=\"http://schemas.microsoft.com/2006/09/sip/categories\"");
    attribute(out, "uri", uri);
    if categories.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for category in categories {
        out.push_str("<category");
        attribute(out, "name", category.name);
        let Some(publication) = &category.publication else {
            out.push_str("/>");
            continue;
        };
        number_attribute(out, "instance", publication.instance);
        out.push_str(" publishTime=\"");
        time::push_millis(out, publication.publish_time);
        out.push('"');
        close_with_value(out, "category", publication.value);
    }
    out.push_str("</categories>");
}

/// A person in a resource list.
#[derive(Debug, Clone, Copy)]
pub struct ListedResource<'a> {
    /// The person, a SIP URI.
    pub uri: &'a str,
    /// How the subscription to the person stands.
    pub state: ResourceState<'a>,
}

/// How the subscription to one person of a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceState<'a> {
    /// The categories follow in a part of their own.
    Active,
    /// The watcher must subscribe to the person separately, at another pool if one is named.
    Resubscribe {
        /// URI of that pool.
        pool: Option<&'a str>,
    },
    /// There is no subscription.
    Terminated {
        /// A reason word of RFC 4662, such as `rejected` or `noresource`.
        reason: &'a str,
    },
}

/// Appends a resource list of the watcher `uri`.
pub fn encode_list(
    uri: &str,
    version: u32,
    full_state: bool,
    resources: &[ListedResource<'_>],
    out: &mut String,
) {
    out.push_str("<list xmlns=\"urn:ietf:params:xml:ns:rlmi\"");
    attribute(out, "uri", uri);
    number_attribute(out, "version", version);
    attribute(out, "fullState", if full_state { "true" } else { "false" });
    if resources.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for resource in resources {
        out.push_str("<resource");
        attribute(out, "uri", resource.uri);
        // SIPE reads the state of every instance without looking whether it is there.
        out.push_str("><instance id=\"0\"");
        match resource.state {
            ResourceState::Active => attribute(out, "state", "active"),
            ResourceState::Resubscribe { pool } => {
                attribute(out, "state", "resubscribe");
                if let Some(pool) = pool {
                    attribute(out, "poolFqdn", pool);
                }
            }
            ResourceState::Terminated { reason } => {
                attribute(out, "state", "terminated");
                attribute(out, "reason", reason);
            }
        }
        attribute(out, "cid", bare(resource.uri));
        out.push_str("/></resource>");
    }
    out.push_str("</list>");
}

/// The header value that belongs to a multipart body.
#[must_use]
pub fn multipart_content_type(boundary: &str) -> String {
    format!("multipart/related;type=\"{LIST_CONTENT_TYPE}\";start={LIST_CONTENT_ID};boundary={boundary}")
}

/// A multipart body in the making: the resource list first, then one part per person.
#[derive(Debug)]
pub struct Multipart<'a> {
    boundary: &'a str,
    body: String,
}

impl<'a> Multipart<'a> {
    /// Begins a body with the resource list `list`.
    ///
    /// The caller picks `boundary`: letters and digits, so random that no value contains it.
    /// `capacity` is the expected length of all parts, in bytes.
    #[must_use]
    pub fn new(boundary: &'a str, list: &str, capacity: usize) -> Self {
        let mut multipart = Self { boundary, body: String::with_capacity(capacity + list.len() + 256) };
        multipart.part(LIST_CONTENT_ID, LIST_CONTENT_TYPE, list);
        multipart
    }

    /// Adds the categories of the person `uri`, as [`encode_categories`] wrote them.
    pub fn push(&mut self, uri: &str, categories: &str) {
        self.body.push_str("\r\n");
        self.part(bare(uri), CATEGORIES_CONTENT_TYPE, categories);
    }

    fn part(&mut self, id: &str, content_type: &str, content: &str) {
        let body = &mut self.body;
        body.push_str("--");
        body.push_str(self.boundary);
        body.push_str("\r\nContent-Transfer-Encoding: binary\r\nContent-ID: ");
        // An address with a line end inside must not make a header.
        body.extend(id.chars().filter(|c| !c.is_control()));
        body.push_str("\r\nContent-Type: ");
        body.push_str(content_type);
        body.push_str("\r\n\r\n");
        body.push_str(content);
        // COMPAT(libpurple 2): it cuts the last four octets off every part. The line end before the
        // boundary is two of them, so the content gets a line end of its own.
        body.push_str("\r\n");
    }

    /// Ends the body.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.body.push_str("\r\n--");
        self.body.push_str(self.boundary);
        self.body.push_str("--\r\n");
        self.body
    }
}
