//! The errors of the grammar: what was wrong, and where.

/// Text that is not what the grammar allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} (at byte {at})")]
pub struct ParseError {
    /// What is wrong, as a short phrase that repeats nothing of the input.
    pub what: &'static str,
    /// Offset in bytes from the start of the text that was parsed.
    pub at: usize,
}

impl ParseError {
    /// Makes an error about the byte at offset `at`.
    #[must_use]
    pub const fn new(what: &'static str, at: usize) -> Self {
        Self { what, at }
    }
}

/// A header that must not be written, because it would change what other headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// The name is empty, too long, or not a token.
    #[error("header name is not a token")]
    Name,
    /// The value holds a line break or another control character.
    #[error("header value holds a control character")]
    Value,
    /// The value, or all values together, are longer than a message can be.
    #[error("header value is too long")]
    TooLong,
}
