//! Under whose authority, for which company and why something is done.

use std::fmt;
use std::sync::Arc;

use crate::{EndpointId, TenantId, UserId};

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

/// Goes along with every call of a service or a port: one company, and who acts there and why.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The one company that the call may touch.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: Actor,
    /// What it is for, in two or three words for the audit log.
    pub reason: &'static str,
    /// Joins the log lines of this cause.
    pub trace: TraceId,
}

/// The operator's authority, the only one that crosses companies.
#[derive(Clone, Debug)]
pub struct OperatorScope {
    /// The operator's account on the machine.
    pub operator: Arc<str>,
    /// What it is for, in two or three words for the audit log.
    pub reason: &'static str,
    /// Joins the log lines of this cause.
    pub trace: TraceId,
}

impl Scope {
    /// Returns the scope in which an endpoint acts for its person.
    pub const fn endpoint(endpoint: EndpointId, reason: &'static str, trace: TraceId) -> Self {
        Self { tenant: endpoint.user.tenant, actor: Actor::Endpoint(endpoint), reason, trace }
    }

    /// Returns the scope in which the service itself acts within one company.
    pub const fn service(tenant: TenantId, reason: &'static str) -> Self {
        Self { tenant, actor: Actor::Service, reason, trace: TraceId(0) }
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
    /// Narrows the operator's authority to one company.
    pub fn within(&self, tenant: TenantId) -> Scope {
        Scope {
            tenant,
            actor: Actor::Operator(self.operator.clone()),
            reason: self.reason,
            trace: self.trace,
        }
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
