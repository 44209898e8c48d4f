//! Hostile input to the SIP face: the torture messages of the RFCs, every element of a message with every kind of
//! anomaly, outside of a conversation, within one and in the answers to it, and messages that name addresses of others. Streams are in memory and time is virtual.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod anomalies;
mod answers;
mod dialogs;
mod documents;
mod elements;
mod names;
mod pairs;
mod poison;
mod talk;
mod torture;
mod traps;
#[path = "../../../sip/tests/torture/vectors/mod.rs"]
mod vectors;
#[expect(dead_code, reason = "it is the world of the faults, and has more in it than is needed here")]
#[path = "../faults/world.rs"]
mod world;
