//! One element kept as it was written, ready to be put into another document.

use std::fmt;
use std::sync::Arc;

use super::{Element, Reader, escape_attribute};
use crate::BodyError;

/// One well-formed element that needs nothing of the document around it.
///
/// Cheap to clone. The bytes are those of the client, but for namespace declarations taken along.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fragment(Arc<str>);

impl Fragment {
    /// Checks that `text` is exactly one element, within the limits of every body.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn parse(text: &str) -> Result<Self, BodyError> {
        let mut reader = Reader::new(text.as_bytes())?;
        let root = reader.root()?;
        let fragment = reader.capture(root)?;
        reader.finish()?;
        Ok(fragment)
    }

    /// Takes a text that was a fragment before, for instance one read back from storage.
    ///
    /// Nothing is checked: a text that is no well-formed element spoils the documents it is put into.
    #[must_use]
    pub fn trusted(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The element as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the element has neither attributes nor content, such as `<endpointLocation/>`.
    ///
    /// Namespace declarations count for nothing. `false` for what is no fragment.
    #[must_use]
    pub fn is_empty_element(&self) -> bool {
        let Ok(mut reader) = Reader::new(self.0.as_bytes()) else { return false };
        let has_attributes = match reader.root() {
            Ok(_) => reader.has_attributes(),
            Err(_) => return false,
        };
        !has_attributes && reader.text().is_ok_and(|text| text.is_empty())
    }

    /// The text itself, shared.
    #[must_use]
    pub fn into_inner(self) -> Arc<str> {
        self.0
    }
}

impl AsRef<str> for Fragment {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An element inside its document, and the declarations it takes from outside.
pub(super) struct Span<'a> {
    element: Element<'a>,
    /// The namespace that the document around the copy does not have.
    foreign: Option<&'a str>,
    /// Whether the element loses its prefix, because that stands for `foreign`.
    pub(super) strip: bool,
    pub(super) raw: &'a str,
    /// Length of the start tag, `<` and `>` included.
    pub(super) tag_length: usize,
    carried: Vec<(&'a str, &'a str)>,
}

impl<'a> Span<'a> {
    pub(super) fn new(element: Element<'a>, foreign: Option<&'a str>) -> Self {
        let strip = element.prefix.is_some() && foreign == Some(element.namespace);
        Self { element, foreign, strip, raw: "", tag_length: 0, carried: Vec::new() }
    }

    pub(super) fn carry(&mut self, prefix: &'a str, namespace: &'a str) {
        if !self.carried.iter().any(|(known, _)| *known == prefix) {
            self.carried.push((prefix, namespace));
        }
    }

    /// The element with the declarations it needs.
    pub(super) fn self_contained(&self) -> Arc<str> {
        let needed = |(prefix, namespace): &&(&str, &str)| {
            let dropped = |foreign: &str| namespace.is_empty() || *namespace == foreign;
            !(prefix.is_empty() && self.foreign.is_some_and(dropped))
        };
        if !self.strip && self.carried.iter().all(|declaration| !needed(&declaration)) {
            return Arc::from(self.raw);
        }
        let prefix_length = self.element.prefix.map_or(0, |prefix| prefix.len() + 1);
        let name_end = 1 + prefix_length + self.element.local.len();
        let written = self.raw.get(1..name_end).unwrap_or_default();
        let name = if self.strip { self.element.local } else { written };
        let mut out = String::with_capacity(self.raw.len() + 80);
        out.push('<');
        out.push_str(name);
        for (prefix, namespace) in self.carried.iter().filter(needed) {
            out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            out.push_str(prefix);
            out.push_str("=\"");
            // The text is as it was written, so its references stay; only the quote can be in the way.
            push_quoted(&mut out, namespace);
            out.push('"');
        }
        let rest = self.raw.get(name_end..).unwrap_or_default();
        let closing = self.raw.len() > self.tag_length;
        match rest.rfind("</") {
            Some(end) if self.strip && closing => {
                out.push_str(rest.get(..end).unwrap_or_default());
                out.push_str("</");
                out.push_str(name);
                out.push('>');
            }
            _ => out.push_str(rest),
        }
        Arc::from(out)
    }
}

fn push_quoted(out: &mut String, raw: &str) {
    for (index, part) in raw.split('"').enumerate() {
        if index > 0 {
            escape_attribute(out, "\"");
        }
        out.push_str(part);
    }
}
