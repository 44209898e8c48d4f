//! Bindings: an endpoint that is there, and what the others need to know of it.

use std::sync::Arc;

use rapport_model::{EndpointId, Epid, Timestamp};

/// Orders the bindings of an endpoint, or the owners of a claim: a later one has a higher number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

/// One binding of one endpoint. Two bindings are never equal, not even of the same endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Binding {
    /// Which endpoint is bound.
    pub endpoint: EndpointId,
    /// Which of its bindings this is.
    pub epoch: Epoch,
}

/// What is known of a bound endpoint on every node. The fabric carries it and reads none of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The `epid` that the client chose, if it has one.
    pub epid: Option<Epid>,
    /// The URI of its Contact as registered.
    pub contact: Arc<str>,
    /// The endpoint GRUU that was given to it.
    pub gruu: Arc<str>,
    /// The methods that it accepts, as in an Allow header.
    pub methods: Arc<str>,
    /// The option tags that it supports, as in a Supported header.
    pub supported: Arc<str>,
    /// What the program calls itself, as in a User-Agent header.
    pub user_agent: Arc<str>,
    /// Whether a part of the server speaks for it, as for a browser: no program can say so of itself.
    pub is_virtual: bool,
    /// Which of the person's app passwords signed it in, by its number; none where it was the account's own password.
    pub app_password: Option<u32>,
    /// When it was bound, as the wall clock then had it.
    pub since: Timestamp,
}

/// A bound endpoint as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The endpoint and its current epoch.
    pub binding: Binding,
    /// What it said of itself when it was bound.
    pub description: Arc<Description>,
}
