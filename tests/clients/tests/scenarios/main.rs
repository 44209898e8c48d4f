//! Real pidgin-sipe clients against the real server, a scenario a test.
//!
//! Each test starts a server on an empty data directory and as many clients as it has people.
//! People of one company see each other as `sameEnterprise` does, level Company, unless a
//! scenario says otherwise.

mod access;
mod contacts;
mod durability;
mod endpoints;
mod failures;
mod life;
mod limits;
mod messages;
mod names;
mod presence;
mod restart;
mod sign_in;
mod stock;
mod tenants;
mod traces;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
const CAROL: &str = "carol@example.com";
