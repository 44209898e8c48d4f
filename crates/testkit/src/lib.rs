//! What tests and load generators have in common: a clock of their own, and clients that follow a script.
//!
//! - [`client`] speaks the protocol of Communicator and pidgin-sipe without I/O: it signs all it says and verifies
//!   all it hears.
//! - [`driver`] lets such a client talk over TLS, TCP or any other stream, and wait for what should come.
//! - [`clock`] gives the services time and chance that a test controls.
//! - [`ports`] gives a test ports that no other test gets meanwhile.
//!
//! Nothing of this runs in the server; `rapport doctor` signs in with a client of it.

pub mod chance;
pub mod client;
pub mod clock;
pub mod counted;
pub mod driver;
pub mod logged;
pub mod ports;
