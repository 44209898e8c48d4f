//! What the SIP face does with those who mean harm, and with faults: every guard of SECURITY.md that stands at this
//! door has its test here, over streams in memory and in virtual time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod addresses;
mod bad_input;
mod between;
mod blocked;
mod brake;
mod channels;
mod clocks;
mod companies;
mod endpoints;
mod floods;
mod guessing;
mod injection;
#[path = "../../../sipauth/tests/tokens/mod.rs"]
mod lies;
mod lives;
mod passwords;
mod proofs;
mod refused;
mod registrations;
mod renewals;
mod signatures;
mod strangers;
mod tokens;
mod world;
