//! The web API, resource by resource, and browsers beside desktop clients.

mod away;
mod bodies;
mod calendar;
mod contacts;
mod conversations;
mod events;
mod history;
mod idle;
mod line;
mod place;
mod random;
mod refused;
mod rules;
mod session;
mod strangers;
mod timed;
mod waiting;
mod world;
