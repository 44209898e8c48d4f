//! The server's composition and its command line: configuration, process life, and the verbs that manage it.

pub mod audit_head;
mod backup;
pub mod cli;
pub mod client;
mod clock;
pub mod config;
pub mod demo;
mod doctor;
pub mod logging;
mod memory;
mod metric;
mod passphrase;
mod process;
pub mod serve;
pub mod server;
mod systemd;
