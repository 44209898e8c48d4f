//! The cases that every adapter passes. What they do not test, callers may not rely on.
