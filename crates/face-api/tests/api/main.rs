//! The management API, endpoint by endpoint: success, refusal, wrong company.

mod general;
mod serving;
mod support;
mod tenants;
mod users;
