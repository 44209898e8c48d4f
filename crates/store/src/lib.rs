//! The port to what must last.
