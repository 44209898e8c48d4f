//! The management API, endpoint by endpoint: success, refusal, wrong company.

mod general;
mod hostile;
mod hostile_wire;
mod service_key;
mod serving;
mod support;
mod tenants;
mod users;
