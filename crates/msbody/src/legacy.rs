//! Documents for clients of Live Communications Server 2005. \[MS-SIP\] 2.2.3
//!
//! As little as such clients need to go on; the access list follows from containers, not from here.

use crate::roaming_self::bare;
use crate::xml::{attribute, number_attribute};

/// The content type of waiting watchers.
pub const WATCHERS_CONTENT_TYPE: &str = "text/xml+msrtc.wpending";
/// The content type of an access list.
pub const ACL_CONTENT_TYPE: &str = "application/vnd-microsoft-roaming-acls+xml";
/// The content type of provisioning, first version.
pub const PROVISIONING_CONTENT_TYPE: &str = "application/vnd-microsoft-roaming-provisioning+xml";

/// Appends the watchers who wait to be acknowledged, each an address and a name.
pub fn encode_watchers(delta_num: u32, watchers: &[(&str, &str)], out: &mut String) {
    out.push_str("<watchers");
    number_attribute(out, "deltaNum", delta_num);
    if watchers.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for (uri, display_name) in watchers {
        out.push_str("<watcher uri=\"sip:");
        crate::xml::escape_attribute(out, bare(uri));
        out.push('"');
        attribute(out, "displayName", display_name);
        out.push_str("/>");
    }
    out.push_str("</watchers>");
}

/// An entry of an access list.
#[derive(Debug, Clone, Copy)]
pub struct AccessEntry<'a> {
    /// `USER`, `DOMAIN` or `ALL`.
    pub kind: &'a str,
    /// Whom it is about; empty for all.
    pub mask: &'a str,
    /// Two letters, presence and communication: A allow, D deny, P prompt, B block politely.
    pub rights: &'a str,
}

/// Appends an access list.
pub fn encode_access_list(delta_num: u32, entries: &[AccessEntry<'_>], out: &mut String) {
    out.push_str("<ACLlist");
    number_attribute(out, "deltaNum", delta_num);
    out.push_str("><userACL>");
    for entry in entries {
        out.push_str("<ace");
        attribute(out, "type", entry.kind);
        attribute(out, "mask", entry.mask);
        attribute(out, "rights", entry.rights);
        out.push_str("/>");
    }
    out.push_str("</userACL></ACLlist>");
}

/// Appends provisioning, first version, for the user `uri`.
pub fn encode_provisioning(uri: &str, out: &mut String) {
    out.push_str("<provisioning><user");
    attribute(out, "uri", uri);
    out.push_str("/></provisioning>");
}
