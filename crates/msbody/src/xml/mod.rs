//! XML within limits: a pull reader, raw fragments and escaping.
//!
//! Owns what is well-formed and how much of it is taken. Nothing here recurses, nothing expands: no
//! DTD, no entity but the five predefined ones, UTF-8 only (XML 1.0; Namespaces in XML 1.0).

mod attributes;
mod fragment;
mod reader;
mod write;

pub use fragment::Fragment;
pub(crate) use reader::XSI_NAMESPACE;
pub use reader::{Element, Reader};
pub use write::{attribute, element, escape_attribute, escape_text, number_attribute};

/// How much of a document is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Length of the whole body, in bytes.
    pub body: usize,
    /// Nesting of elements.
    pub depth: usize,
    /// Elements in the document.
    pub elements: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Namespace declarations of one element.
    pub namespaces: usize,
    /// Namespace declarations in force at one place: every prefix is looked up among them.
    pub namespaces_in_force: usize,
    /// Length of one text or attribute value, in bytes.
    pub text: usize,
}

impl Limits {
    /// The limits of every body a client sends.
    pub const WIRE: Self = Self {
        body: 256 * 1024,
        depth: 32,
        elements: 10_000,
        attributes: 64,
        namespaces: 16,
        namespaces_in_force: 64,
        text: 64 * 1024,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::WIRE
    }
}
