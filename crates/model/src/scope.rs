//! Under whose authority, from where, for which company and why something is done.

use std::fmt;
use std::sync::Arc;

use crate::{EndpointId, Source, TenantId, UserId};

/// Joins the log lines of one cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TraceId(pub u64);

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in endpoint, for its person.
    Endpoint(EndpointId),
    /// A person by another way than a SIP endpoint.
    User(UserId),
    /// The operator of the service, by the name of their account on the machine.
    Operator(Arc<str>),
    /// The service itself: a timer, a connection that ended.
    Service,
}

/// Goes along with every call of a service or a port: one company, and who acts there, from where and why.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The one company that the call may touch.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: Actor,
    /// From where.
    pub source: Source,
    /// What it is for, in two or three words for the audit log.
    pub reason: &'static str,
    /// Joins the log lines of this cause.
    pub trace: TraceId,
}

/// The operator's authority, the only one that crosses companies.
#[derive(Clone, Debug)]
pub struct OperatorScope {
    /// Who acts: an operator, or the service itself where it looks after every company.
    pub actor: Actor,
    /// From where.
    pub source: Source,
    /// What it is for, in two or three words for the audit log.
    pub reason: &'static str,
    /// Joins the log lines of this cause.
    pub trace: TraceId,
}

impl Scope {
    /// Returns the scope in which an endpoint acts for its person.
    pub const fn endpoint(
        endpoint: EndpointId,
        source: Source,
        reason: &'static str,
        trace: TraceId,
    ) -> Self {
        Self { tenant: endpoint.user.tenant, actor: Actor::Endpoint(endpoint), source, reason, trace }
    }

    /// Returns the scope in which a person acts by another way than a SIP endpoint.
    pub const fn user(user: UserId, source: Source, reason: &'static str, trace: TraceId) -> Self {
        Self { tenant: user.tenant, actor: Actor::User(user), source, reason, trace }
    }

    /// Returns the scope in which the service itself acts within one company.
    pub const fn service(tenant: TenantId, reason: &'static str) -> Self {
        Self { tenant, actor: Actor::Service, source: Source::Server, reason, trace: TraceId(0) }
    }

    /// Returns the same authority for another purpose.
    #[must_use]
    pub fn for_reason(&self, reason: &'static str) -> Self {
        Self { reason, ..self.clone() }
    }

    /// Tells whether this scope may touch that person.
    pub fn covers(&self, user: UserId) -> bool {
        self.tenant == user.tenant
    }
}

impl OperatorScope {
    /// Returns the scope in which an operator acts, by the name of their account on the machine.
    pub fn operator(name: Arc<str>, source: Source, reason: &'static str, trace: TraceId) -> Self {
        Self { actor: Actor::Operator(name), source, reason, trace }
    }

    /// Returns the scope in which the service itself looks after every company.
    pub const fn service(reason: &'static str) -> Self {
        Self { actor: Actor::Service, source: Source::Server, reason, trace: TraceId(0) }
    }

    /// Narrows the operator's authority to one company.
    pub fn within(&self, tenant: TenantId) -> Scope {
        let Self { actor, source, reason, trace } = self.clone();
        Scope { tenant, actor, source, reason, trace }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(endpoint) => write!(f, "endpoint {endpoint}"),
            Self::User(user) => write!(f, "user {user}"),
            Self::Operator(name) => write!(f, "operator {name}"),
            Self::Service => f.write_str("service"),
        }
    }
}
