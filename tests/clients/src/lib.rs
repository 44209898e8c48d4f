//! What the whole-system tests stand on: a real pidgin-sipe client without a display
//! ([`Client`]), the real server with a data directory and ports of its own ([`Server`]), and
//! raw connections and foreign SIP tools ([`wire`], [`tools`]).
//!
//! Nothing here knows the server's code: everything goes over its sockets and its command line.
//! Waiting is always for an event with a deadline, never for a time to pass.

pub mod client;
pub mod event;
pub mod exchange;
pub mod oracle;
pub mod relay;
pub mod server;
pub mod tools;
pub mod trace;
pub mod wire;

mod scratch;

pub use client::{Client, Refused};
pub use event::{Buddy, Event};
pub use exchange::Exchange;
pub use scratch::Scratch;
pub use server::Server;
