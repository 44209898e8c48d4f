//! The port to what is live.
