//! `setContainerMembers` and `setSubscribers`: who may see what, and who was acknowledged. \[MS-PRES\] 2.2.2
//!
//! Owns the two requests. What a membership means is decided by the access rules of the domain.

use crate::publish::MAX_CONTAINER;
use crate::xml::Reader;
use crate::{BodyError, What};

/// The content type of `setContainerMembers`.
pub const MEMBERS_CONTENT_TYPE: &str = "application/msrtc-setcontainermembers+xml";
/// The content type of `setSubscribers`.
pub const SUBSCRIBERS_CONTENT_TYPE: &str = "application/msrtc-presence-setsubscriber+xml";
/// How many changes, or subscribers, one request may hold.
pub const MAX_CHANGES: usize = 1000;

/// What kind of member a container has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberKind {
    /// One user, by address.
    User,
    /// Everyone of a domain.
    Domain,
    /// Everyone of the same enterprise.
    SameEnterprise,
    /// Everyone of federated enterprises.
    Federated,
    /// Everyone of public networks.
    PublicCloud,
    /// Everyone.
    Everyone,
}

impl MemberKind {
    const ALL: [Self; 6] =
        [Self::User, Self::Domain, Self::SameEnterprise, Self::Federated, Self::PublicCloud, Self::Everyone];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Domain => "domain",
            Self::SameEnterprise => "sameEnterprise",
            Self::Federated => "federated",
            Self::PublicCloud => "publicCloud",
            Self::Everyone => "everyone",
        }
    }

    /// Reads the word on the wire, in any case.
    #[must_use]
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word))
    }

    /// Whether such a member has a value.
    #[must_use]
    pub const fn has_value(self) -> bool {
        matches!(self, Self::User | Self::Domain)
    }
}

/// Where a watcher comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubscriberKind {
    /// The same enterprise.
    SameEnterprise,
    /// A federated enterprise.
    Federated,
    /// A public network.
    PublicCloud,
}

impl SubscriberKind {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameEnterprise => "sameEnterprise",
            Self::Federated => "federated",
            Self::PublicCloud => "publicCloud",
        }
    }
}

/// Changes of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerChange {
    /// Number of the container; never 0, whose membership is fixed.
    pub id: u32,
    /// The membership version that the client saw last.
    pub version: u32,
    /// What changes, in order.
    pub changes: Vec<MemberChange>,
}

/// One member put in or taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberChange {
    /// Put in, else taken out.
    pub add: bool,
    /// What kind of member.
    pub kind: MemberKind,
    /// `user@domain` without a scheme, or a domain; `None` for the other kinds.
    pub value: Option<String>,
}

/// Reads `setContainerMembers`. The same container may come twice.
///
/// # Errors
///
/// When the body is malformed, exceeds a limit, or names container 0 or an unknown kind of member.
pub fn parse_set_members(body: &[u8]) -> Result<Vec<ContainerChange>, BodyError> {
    let mut reader = Reader::new(body)?;
    reader.expect_root("setContainerMembers")?;
    let mut containers = Vec::new();
    let mut total = 0;
    while let Some(element) = reader.child()? {
        if element.local != "container" {
            reader.skip()?;
            continue;
        }
        let id = reader.number_attribute("id")?.ok_or_else(|| reader.error(What::Missing("id")))?;
        if id == 0 || id > MAX_CONTAINER {
            return Err(reader.error(What::Invalid("id")));
        }
        let version = reader.number_attribute("version")?.unwrap_or(0);
        let mut changes = Vec::new();
        while let Some(element) = reader.child()? {
            if element.local == "member" {
                total += 1;
                if total > MAX_CHANGES {
                    return Err(reader.error(What::TooMany { of: "members", limit: MAX_CHANGES }));
                }
                changes.push(member(&reader)?);
            }
            reader.skip()?;
        }
        containers.push(ContainerChange { id, version, changes });
    }
    reader.finish()?;
    Ok(containers)
}

fn member(reader: &Reader<'_>) -> Result<MemberChange, BodyError> {
    let add = match reader.require("action")?.trim() {
        "add" => true,
        "remove" => false,
        _ => return Err(reader.error(What::Invalid("action"))),
    };
    let kind = MemberKind::from_wire(reader.require("type")?.trim())
        .ok_or_else(|| reader.error(What::Invalid("type")))?;
    let value = reader.attribute("value").map(|value| value.trim()).filter(|value| !value.is_empty());
    let value = match (kind.has_value(), value) {
        (true, None) => return Err(reader.error(What::Missing("value"))),
        (true, Some(value)) => Some(crate::roaming_self::bare(value).to_owned()),
        (false, _) => None,
    };
    Ok(MemberChange { add, kind, value })
}

/// A watcher who was acknowledged, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriberChange {
    /// `user@domain`, without a scheme.
    pub user: String,
    /// Whether the user acknowledges.
    pub acknowledged: bool,
}

/// Reads `setSubscribers`.
///
/// # Errors
///
/// When the body is malformed or exceeds a limit.
pub fn parse_set_subscribers(body: &[u8]) -> Result<Vec<SubscriberChange>, BodyError> {
    let mut reader = Reader::new(body)?;
    reader.expect_root("setSubscribers")?;
    let mut subscribers = Vec::new();
    while let Some(element) = reader.child()? {
        if element.local == "subscriber" {
            if subscribers.len() == MAX_CHANGES {
                return Err(reader.error(What::TooMany { of: "subscribers", limit: MAX_CHANGES }));
            }
            let user = crate::roaming_self::bare(reader.require("user")?.trim()).to_owned();
            let acknowledged =
                reader.attribute("acknowledged").is_some_and(|word| matches!(word.trim(), "true" | "1"));
            subscribers.push(SubscriberChange { user, acknowledged });
        }
        reader.skip()?;
    }
    reader.finish()?;
    Ok(subscribers)
}
