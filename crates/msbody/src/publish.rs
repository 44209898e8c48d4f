//! `application/msrtc-category-publish+xml`: what a client publishes. \[MS-PRES\] 2.2.2, 3.3
//!
//! Owns the shape of a request. Whether its versions are right, and what it does, is the business of
//! the presence domain. Elements are told apart by their local names: the content type has named the
//! schema already.

use std::collections::HashSet;

use crate::xml::{Element, Fragment, Reader};
use crate::{BodyError, StateFacts, What};

/// The content type of the request.
pub const CONTENT_TYPE: &str = "application/msrtc-category-publish+xml";
/// The largest number of a container.
pub const MAX_CONTAINER: u32 = 32_767;
/// How many publications one request may hold.
pub const MAX_PUBLICATIONS: usize = 256;

/// A request to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    /// The publisher, as written: a SIP URI.
    pub uri: String,
    /// What is published, in the order of the request; at most [`MAX_PUBLICATIONS`], no key twice.
    pub publications: Vec<Publication>,
}

/// One category instance in one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Name of the category, such as `state`.
    pub category: String,
    /// Number of the instance; its meaning is the client's.
    pub instance: u32,
    /// Number of the container, at most [`MAX_CONTAINER`].
    pub container: u32,
    /// The version that the client saw last; 0 for none.
    pub version: u32,
    /// What the publication hangs on.
    pub expire_type: ExpireType,
    /// Seconds until it expires; 0 without a value deletes.
    pub expires: Option<u32>,
    /// The value, as written.
    pub value: Option<Fragment>,
    /// What the value says, for the category `state`.
    pub state: Option<StateFacts>,
}

impl Publication {
    /// Whether this takes the instance away.
    #[must_use]
    pub const fn is_delete(&self) -> bool {
        matches!(self.expires, Some(0)) && self.value.is_none()
    }
}

/// What a publication hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExpireType {
    /// Nothing: it stays until it is deleted.
    Static,
    /// The endpoint that published it.
    Endpoint,
    /// The publisher's last endpoint.
    User,
    /// A time, given in `expires`.
    Time,
}

impl ExpireType {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Endpoint => "endpoint",
            Self::User => "user",
            Self::Time => "time",
        }
    }

    /// Reads the word on the wire.
    #[must_use]
    pub fn from_wire(word: &str) -> Option<Self> {
        [Self::Static, Self::Endpoint, Self::User, Self::Time].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Reads a request.
///
/// # Errors
///
/// When the body is malformed, exceeds a limit, or gives the same publication twice.
pub fn parse(body: &[u8]) -> Result<Publish, BodyError> {
    let mut reader = Reader::new(body)?;
    reader.expect_root("publish")?;
    let mut publish = None;
    while let Some(element) = reader.child()? {
        if element.local == "publications" && publish.is_none() {
            publish = Some(publications(&mut reader)?);
        } else {
            reader.skip()?;
        }
    }
    reader.finish()?;
    publish.ok_or_else(|| reader.error(What::Missing("publications")))
}

fn publications(reader: &mut Reader<'_>) -> Result<Publish, BodyError> {
    let uri = reader.require("uri")?.to_string();
    let mut publications: Vec<Publication> = Vec::new();
    while let Some(element) = reader.child()? {
        if element.local != "publication" {
            reader.skip()?;
            continue;
        }
        if publications.len() == MAX_PUBLICATIONS {
            return Err(reader.error(What::TooMany { of: "publications", limit: MAX_PUBLICATIONS }));
        }
        publications.push(publication(reader)?);
    }
    let mut keys = HashSet::with_capacity(publications.len());
    for publication in &publications {
        if !keys.insert((publication.category.as_str(), publication.container, publication.instance)) {
            return Err(reader.error(What::DuplicatePublication));
        }
    }
    Ok(Publish { uri, publications })
}

fn publication(reader: &mut Reader<'_>) -> Result<Publication, BodyError> {
    let category = reader.require("categoryName")?.to_string();
    if category.is_empty() {
        return Err(reader.error(What::Invalid("categoryName")));
    }
    let needed = |name| reader.number_attribute(name)?.ok_or_else(|| reader.error(What::Missing(name)));
    let instance = needed("instance")?;
    let container = needed("container")?;
    if container > MAX_CONTAINER {
        return Err(reader.error(What::Invalid("container")));
    }
    let version = reader.number_attribute("version")?.unwrap_or(0);
    let expires = reader.number_attribute("expires")?;
    let expire_type = ExpireType::from_wire(reader.require("expireType")?.trim())
        .ok_or_else(|| reader.error(What::Invalid("expireType")))?;
    let (value, state) = value(reader, &category)?;
    Ok(Publication { category, instance, container, version, expire_type, expires, value, state })
}

fn value(
    reader: &mut Reader<'_>,
    category: &str,
) -> Result<(Option<Fragment>, Option<StateFacts>), BodyError> {
    let mut value = None;
    while let Some(element) = reader.child()? {
        if value.is_some() {
            return Err(reader.error(What::Unexpected { expected: "one value" }));
        }
        value = Some((element, reader.capture(element)?));
    }
    let Some((element, fragment)) = value else { return Ok((None, None)) };
    let state = if category == "state" && is_state(element) {
        let facts = StateFacts::parse(fragment.as_str()).map_err(|error| reader.error(error.what))?;
        Some(facts)
    } else {
        None
    };
    Ok((Some(fragment), state))
}

fn is_state(element: Element<'_>) -> bool {
    element.local == "state"
}
