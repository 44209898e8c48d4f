//! The management API: JSON resources over HTTP.
