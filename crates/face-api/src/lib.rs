//! JSON over HTTP: the management API and the web API, with descriptions generated from the code.
//!
//! [`Web`] is what browsers speak: resources under `/api/v1`, events by WebSocket, and behind each browser a virtual user
//! agent that is an endpoint of its person (ADR 0019).
//!
//! [`management`] gives the resources under `/v1`; they are reached through a Unix socket of mode 0600, whose peer
//! credentials name the operator. The face translates and decides nothing: every rule is the services', every refusal is
//! answered from one table ([`problem`](self)). What the metrics port and the HTTPS port serve is here too, because
//! this is the one crate that speaks HTTP.
#![warn(missing_docs)]

mod agent;
mod app_passwords;
mod audit;
mod code;
mod deleted;
mod domains;
mod extract;
mod following;
mod observe;
mod openapi;
mod operator;
mod pages;
mod problem;
mod public;
mod record;
mod restore;
mod serve;
mod service_key;
mod socket;
mod state;
mod status;
mod tenants;
mod unread;
mod users;
mod web;

pub use axum::Router;

pub use app_passwords::{AppPassword, AppPasswordList, IssuedAppPassword, NewAppPassword};
pub use audit::{AuditChain, AuditLine, AuditPage};
pub use deleted::{DeletedTenant, DeletedTenantList, DeletedUser, DeletedUserList};
pub use domains::{Domain, DomainList, DomainMove, DomainMoved, Left};
pub use observe::{Observed, observe};
pub use openapi::document;
pub use operator::Operator;
pub use problem::Problem;
pub use public::public;
pub use restore::{RestoreFrom, RestoredTenant, RestoredUser};
pub use serve::{Caller, HttpBounds, Stop, serve_connection, serve_tcp, serve_unix, stop};
pub use service_key::{KeyProgress, KeyState, NewKey, ServiceKey};
pub use socket::{SocketError, bind_unix};
pub use state::management;
pub use status::{CompanyStatus, SlowRequest, Status};
pub use tenants::{
    LimitsChange, LimitsView, NewTenant, PolicyChange, PolicyView, Tenant, TenantChange, TenantList,
};
pub use users::{
    FormerAddress, Licence, NewPassword, NewUser, Phone, PhoneKind, Trace, Usage, User, UserChange, UserList,
    UserSummary,
};
pub use web::{Client, Web, asyncapi, openapi as web_openapi};
