//! The fabric of several simulated nodes, in virtual time, from a seed. For tests only.
//!
//! Around one linearizable authority (the part that NATS plays elsewhere) stand nodes that reach it, and each other,
//! over a network that delays, loses, repeats and reorders. Nodes freeze, thaw, are cut off and die. A payload crosses
//! as bytes, so that codecs are exercised.
//!
//! - A node asks the authority again and again until it has an answer or has lost its **lease**; the authority answers
//!   a repeated question as it did at first.
//! - A node believes in its lease for a span counted from the sending of a heartbeat, the authority for the same span
//!   counted from its arrival: so a node knows first, and fences its own bindings before others take them over.
//! - A message finds the node of its endpoint by a question of its own, goes there in a numbered **stream** and is
//!   repeated until it is confirmed or too old; who gives up on one message gives up on the stream.
//! - Announcements are sent once.
//!
//! It runs on a tokio runtime of one thread whose time is paused. The same seed gives the same run.
#![warn(missing_docs)]

mod authority;
mod cluster;
mod fabric;
mod network;
mod node;
mod packet;
mod world;

pub use cluster::SimCluster;
pub use fabric::{SimAnnouncements, SimCall, SimFabric, SimInbox, SimReply};
pub use network::{Faults, Spoilt};
