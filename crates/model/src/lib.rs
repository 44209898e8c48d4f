//! Identifiers, addresses, scope, availability and limits: values without behaviour of their own.
//!
//! Every other crate may use these. Nothing here is serialisable: a face owns its JSON, a store its rows.
#![warn(missing_docs)]

mod address;
mod availability;
mod crowd;
mod device;
mod endpoint;
mod ids;
mod limits;
mod message;
mod scope;
mod source;
mod time;

pub use address::{AddressError, Aor, SipDomain};
pub use availability::{AccessLevel, Availability, AvailabilityClass, ContainerId};
pub use crowd::insert_in_crowd;
pub use device::DeviceKind;
pub use endpoint::{EndpointId, Epid, Instance, InstanceError};
pub use ids::{TenantId, UserId};
pub use limits::Limits;
pub use message::MessageId;
pub use scope::{Actor, OperatorScope, Scope, TraceId};
pub use source::Source;
pub use time::{Moment, Timestamp};
