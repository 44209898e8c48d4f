//! What the browser tests stand on: Debian's Chromium ([`Chromium`]) with pages of the web client in it ([`Page`]), and a
//! way to the server that can be cut ([`Cable`]). The server and the desktop clients are those of `real-clients`.
//!
//! A scenario does what a person does with pointer and keyboard, and looks at what is on screen by role, name and text, as
//! a screen reader would. Nothing here knows the client's code. Waiting is always for something to be seen, with a deadline.

mod cable;
mod chromium;
mod find;
mod journeys;
mod page;
mod person;

pub use cable::Cable;
pub use chromium::{Chromium, Look, play};
pub use find::{Find, css, label, named, role, text};
pub use journeys::journeys;
pub use page::Page;
