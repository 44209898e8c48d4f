//! The edge over real loopback sockets and real files.

mod accept;
mod certificate;
mod hello;
mod hostile;
mod support;
