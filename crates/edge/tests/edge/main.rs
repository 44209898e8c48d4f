//! The edge over real loopback sockets and real files.

mod accept;
mod certificate;
mod challenge;
mod end_point;
mod hello;
mod hostile;
mod support;
mod validator;
