//! Why a body was refused, and where in it.

use thiserror::Error;

/// A body that was refused: what is wrong, and the byte at which it was noticed.
///
/// The offset is approximate for faults of a whole document ([`What::TooLarge`], [`What::Truncated`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{what} at byte {at}")]
pub struct BodyError {
    /// What is wrong.
    pub what: What,
    /// Offset in bytes from the beginning of the body.
    pub at: usize,
}

impl BodyError {
    /// Whether a limit was exceeded, in contrast to a body that is malformed or incomplete.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(
            self.what,
            What::TooLarge { .. }
                | What::TooDeep { .. }
                | What::TooManyElements { .. }
                | What::TooManyAttributes { .. }
                | What::TooManyNamespaces { .. }
                | What::TextTooLong { .. }
                | What::TooMany { .. }
        )
    }
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum What {
    /// The body is longer than the limit, in bytes.
    #[error("body longer than {limit} bytes")]
    TooLarge { limit: usize },
    /// Elements are nested deeper than the limit.
    #[error("more than {limit} nested elements")]
    TooDeep { limit: usize },
    /// The document has more elements than the limit.
    #[error("more than {limit} elements")]
    TooManyElements { limit: usize },
    /// One element has more attributes than the limit.
    #[error("more than {limit} attributes on one element")]
    TooManyAttributes { limit: usize },
    /// One element, or all around one place, declare more namespaces than the limit.
    #[error("more than {limit} namespace declarations")]
    TooManyNamespaces { limit: usize },
    /// A text or an attribute value is longer than the limit, in bytes.
    #[error("text longer than {limit} bytes")]
    TextTooLong { limit: usize },
    /// The document lists more of something than the limit.
    #[error("more than {limit} {of}")]
    TooMany { of: &'static str, limit: usize },
    /// The bytes are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The XML declaration names an encoding that is not UTF-8, or a version that is not 1.0.
    #[error("unsupported XML declaration")]
    Declaration,
    /// A character that XML 1.0 forbids, written out or as a reference.
    #[error("forbidden character")]
    ForbiddenCharacter,
    /// A document type declaration.
    #[error("document type declaration")]
    Doctype,
    /// A processing instruction.
    #[error("processing instruction")]
    ProcessingInstruction,
    /// A reference to an entity other than the five predefined ones.
    #[error("unknown entity")]
    UnknownEntity,
    /// Not well-formed.
    #[error("not well-formed XML")]
    Syntax,
    /// The name of an element or attribute is no XML name.
    #[error("malformed name")]
    Name,
    /// Two attributes of one element have the same name.
    #[error("duplicate attribute")]
    DuplicateAttribute,
    /// A prefix that no element around declares.
    #[error("undeclared namespace prefix")]
    UndeclaredPrefix,
    /// A declaration that Namespaces in XML forbids.
    #[error("forbidden namespace declaration")]
    NamespaceDeclaration,
    /// The document ends inside an element, or before the first.
    #[error("document cut short")]
    Truncated,
    /// Something follows the root element.
    #[error("content after the root element")]
    Trailing,
    /// The root or an element inside is not the one expected.
    #[error("{expected} expected")]
    Unexpected { expected: &'static str },
    /// An attribute or element that is needed is missing.
    #[error("{0} missing")]
    Missing(&'static str),
    /// A value that its type does not allow.
    #[error("malformed {0}")]
    Invalid(&'static str),
    /// The same publication twice in one request.
    #[error("publication given twice")]
    DuplicatePublication,
    /// A SOAP element whose namespace is not the method's.
    #[error("wrong namespace")]
    WrongNamespace,
}
