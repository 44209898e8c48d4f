//! A client of the Communicator protocol that follows a script, without I/O.
//!
//! It says what pidgin-sipe 1.25 says, in the same forms ([MS-SIPAE], [MS-SIPREGE], [MS-PRES], [MS-SIP]): it signs
//! every request and answer, and verifies the signature of all it receives; a missing or wrong one is a [`Failure`].
//! Time, chance and bytes come in as arguments; what it says waits in [`ScriptedClient::take_output`], what happened
//! in [`ScriptedClient::poll_event`]. Drain both after every call.
//!
//! It keeps no roster and shows no presence: a test reads the documents that it asked for.

mod answers;
pub mod bodies;
mod conversation;
mod engine;
mod event;
mod presence;
mod profile;
mod register;

pub use engine::{RequestId, ScriptedClient};
pub use event::{Event, Failure};
pub use profile::{Invitations, Profile};
