//! What nodes over one store make of it: the address book, and passwords that are kept at today's cost.
#![expect(clippy::unwrap_used, reason = "tests")]

mod address_book;
mod web_sign_in;
mod world;
