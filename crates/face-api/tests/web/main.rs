//! The web API, resource by resource, and browsers beside desktop clients.

mod contacts;
mod conversations;
mod events;
mod history;
mod random;
mod session;
mod strangers;
mod world;
