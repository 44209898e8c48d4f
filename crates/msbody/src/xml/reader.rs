//! A pull reader over quick-xml's events, with limits and namespaces.
//!
//! A document is read by nested loops: [`Reader::root`], then [`Reader::child`] until there is none
//! left. Every element that `child` returned must be finished before the next one of its parent: by
//! reading its own children to the end, by [`Reader::text`], [`Reader::skip`] or [`Reader::capture`].

use std::borrow::Cow;

use quick_xml::events::Event;

use super::attributes::{self, Attribute, is_blank, qualified};
use super::{Fragment, Limits, fragment};
use crate::{BodyError, What};

/// The namespace that the prefix `xml` always stands for.
const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of `xsi:type`.
pub(crate) const XSI_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The name of an element that begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// The prefix as written, without the colon.
    pub prefix: Option<&'a str>,
    /// The name without its prefix.
    pub local: &'a str,
    /// The namespace, as written in its declaration; empty when there is none.
    pub namespace: &'a str,
}

/// A namespace declaration in force.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding<'a> {
    /// Empty for the default namespace.
    pub(super) prefix: &'a str,
    pub(super) namespace: &'a str,
    /// Depth of the element that declares it.
    pub(super) depth: usize,
}

enum Token<'a> {
    Start(Element<'a>),
    End,
    /// Content between two references, or a resolved reference.
    Text(Cow<'a, str>),
    Eof,
}

/// Reads one document.
pub struct Reader<'a> {
    source: &'a str,
    /// Bytes of the body before `source`: the byte order mark.
    skipped: usize,
    inner: quick_xml::Reader<&'a [u8]>,
    limits: Limits,
    depth: usize,
    elements: usize,
    bindings: Vec<Binding<'a>>,
    attributes: Vec<Attribute<'a>>,
    /// The last element began and ended with one tag; its end is still to be told.
    empty: bool,
    /// Offset in `source` at which the last token began.
    token: usize,
    root_seen: bool,
}

impl<'a> Reader<'a> {
    /// Begins a document within [`Limits::WIRE`].
    ///
    /// # Errors
    ///
    /// When the body is too long, is no UTF-8 or contains a character that XML forbids.
    pub fn new(body: &'a [u8]) -> Result<Self, BodyError> {
        Self::with_limits(body, Limits::WIRE)
    }

    /// Begins a document within `limits`.
    ///
    /// # Errors
    ///
    /// As [`Reader::new`].
    pub fn with_limits(body: &'a [u8], limits: Limits) -> Result<Self, BodyError> {
        if body.len() > limits.body {
            return Err(BodyError { what: What::TooLarge { limit: limits.body }, at: limits.body });
        }
        let source = std::str::from_utf8(body)
            .map_err(|error| BodyError { what: What::NotUtf8, at: error.valid_up_to() })?;
        if let Some(at) = forbidden(source) {
            return Err(BodyError { what: What::ForbiddenCharacter, at });
        }
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        let mut inner = quick_xml::Reader::from_str(source);
        inner.config_mut().check_comments = true;
        Ok(Self {
            source,
            skipped: body.len() - source.len(),
            inner,
            limits,
            depth: 0,
            elements: 0,
            bindings: Vec::new(),
            attributes: Vec::with_capacity(8),
            empty: false,
            token: 0,
            root_seen: false,
        })
    }

    /// The root element.
    ///
    /// # Errors
    ///
    /// When there is none, or what stands before it is malformed.
    pub fn root(&mut self) -> Result<Element<'a>, BodyError> {
        loop {
            match self.next()? {
                Token::Start(element) => return Ok(element),
                Token::Text(_) | Token::End => {}
                Token::Eof => return Err(self.error(What::Truncated)),
            }
        }
    }

    /// The root element, which must have this local name.
    ///
    /// # Errors
    ///
    /// When it has another.
    pub fn expect_root(&mut self, local: &'static str) -> Result<Element<'a>, BodyError> {
        let root = self.root()?;
        if root.local == local { Ok(root) } else { Err(self.error(What::Unexpected { expected: local })) }
    }

    /// The next child of the element being read; `None` once that element has ended.
    ///
    /// Text between children is passed over.
    ///
    /// # Errors
    ///
    /// When the document is malformed or exceeds a limit.
    pub fn child(&mut self) -> Result<Option<Element<'a>>, BodyError> {
        loop {
            match self.next()? {
                Token::Start(element) => return Ok(Some(element)),
                Token::End => return Ok(None),
                Token::Text(_) => {}
                Token::Eof => return Err(self.error(What::Truncated)),
            }
        }
    }

    /// The text of the element that just began, up to its end; CDATA sections and references resolved.
    ///
    /// # Errors
    ///
    /// When it has children, or is longer than the limit.
    pub fn text(&mut self) -> Result<Cow<'a, str>, BodyError> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Token::End => return Ok(text),
                Token::Text(more) if text.is_empty() => text = more,
                Token::Text(more) => text.to_mut().push_str(&more),
                Token::Start(_) => return Err(self.error(What::Unexpected { expected: "text" })),
                Token::Eof => return Err(self.error(What::Truncated)),
            }
            if text.len() > self.limits.text {
                return Err(self.error(What::TextTooLong { limit: self.limits.text }));
            }
        }
    }

    /// The text of the element that just began, read as a number.
    ///
    /// # Errors
    ///
    /// When it is none; `name` is what the error calls it.
    pub fn number(&mut self, name: &'static str) -> Result<u32, BodyError> {
        let text = self.text()?;
        text.trim().parse().map_err(|_| self.error(What::Invalid(name)))
    }

    /// Passes over the element that just began, which is still checked.
    ///
    /// # Errors
    ///
    /// When the document is malformed or exceeds a limit.
    pub fn skip(&mut self) -> Result<(), BodyError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if matches!(self.next()?, Token::Eof) {
                return Err(self.error(What::Truncated));
            }
        }
        Ok(())
    }

    /// The element that just began, up to its end, as it was written.
    ///
    /// Namespace declarations that it uses and that stand further out are put into its start tag, so
    /// that the fragment can be put into another document.
    ///
    /// # Errors
    ///
    /// When the document is malformed or exceeds a limit.
    pub fn capture(&mut self, element: Element<'a>) -> Result<Fragment, BodyError> {
        let span = self.span(element, None)?;
        Ok(Fragment::trusted(span.self_contained()))
    }

    /// As [`Reader::capture`], but an element of the namespace `foreign`, and unprefixed elements of
    /// that namespace inside it, become elements without a namespace.
    ///
    /// # Errors
    ///
    /// As [`Reader::capture`].
    pub(crate) fn capture_out_of(
        &mut self,
        element: Element<'a>,
        foreign: &'a str,
    ) -> Result<Fragment, BodyError> {
        let span = self.span(element, Some(foreign))?;
        Ok(Fragment::trusted(span.self_contained()))
    }

    /// Reads to the end of the element that just began, and notes what it takes from outside.
    fn span(
        &mut self,
        element: Element<'a>,
        foreign: Option<&'a str>,
    ) -> Result<fragment::Span<'a>, BodyError> {
        let begin = self.token;
        let outside = self.depth.saturating_sub(1);
        let tag_end = self.position();
        let mut span = fragment::Span::new(element, foreign);
        // An element that loses its prefix needs no declaration of it.
        let mut current = if span.strip { Element { prefix: Some(""), ..element } } else { element };
        loop {
            self.note_outer_prefixes(current, outside, &mut span);
            loop {
                match self.next()? {
                    Token::Start(child) => {
                        current = child;
                        break;
                    }
                    Token::End if self.depth == outside => {
                        span.raw = self.source.get(begin..self.position()).unwrap_or_default();
                        span.tag_length = tag_end - begin;
                        return Ok(span);
                    }
                    Token::End | Token::Text(_) => {}
                    Token::Eof => return Err(self.error(What::Truncated)),
                }
            }
        }
    }

    fn note_outer_prefixes(&self, element: Element<'a>, outside: usize, span: &mut fragment::Span<'a>) {
        let note = |prefix: &str, span: &mut fragment::Span<'a>| match self
            .bindings
            .iter()
            .rev()
            .find(|binding| binding.prefix == prefix)
        {
            Some(binding) if binding.depth <= outside => span.carry(binding.prefix, binding.namespace),
            None if prefix.is_empty() => span.carry("", ""),
            _ => {}
        };
        if element.prefix != Some("") {
            note(element.prefix.unwrap_or_default(), span);
        }
        for attribute in &self.attributes {
            if let Some(prefix) = attribute.prefix.filter(|prefix| *prefix != "xmlns") {
                note(prefix, span);
            }
            // The value of xsi:type is a qualified name itself.
            if attribute.local == "type"
                && attribute.namespace == XSI_NAMESPACE
                && let Some((prefix, _)) = attribute.value.split_once(':')
            {
                note(prefix, span);
            }
        }
    }

    /// Makes sure that nothing follows the root element.
    ///
    /// # Errors
    ///
    /// When something does.
    pub fn finish(&mut self) -> Result<(), BodyError> {
        loop {
            match self.next()? {
                Token::Eof if self.root_seen => return Ok(()),
                Token::Eof => return Err(self.error(What::Truncated)),
                Token::Text(_) | Token::End => {}
                Token::Start(_) => return Err(self.error(What::Trailing)),
            }
        }
    }

    /// The value of an attribute of the element that just began, whatever its prefix.
    ///
    /// An attribute without a prefix comes before one with a prefix.
    #[must_use]
    pub fn attribute(&self, local: &str) -> Option<&Cow<'a, str>> {
        let named = || self.attributes.iter().filter(|attribute| attribute.local == local);
        named()
            .find(|attribute| attribute.prefix.is_none())
            .or_else(|| named().find(|attribute| attribute.prefix != Some("xmlns")))
            .map(|attribute| &attribute.value)
    }

    /// Whether the element that just began has attributes other than namespace declarations.
    #[must_use]
    pub fn has_attributes(&self) -> bool {
        self.attributes.iter().any(|attribute| match attribute.prefix {
            None => attribute.local != "xmlns",
            Some(prefix) => prefix != "xmlns",
        })
    }

    /// Whether the element that just began is one tag without attributes, such as `<endpointLocation/>`.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.empty && !self.has_attributes()
    }

    /// Names and values of the attributes without a prefix, in order, namespace declarations left out.
    pub fn plain_attributes(&self) -> impl Iterator<Item = (&'a str, &str)> {
        self.attributes
            .iter()
            .filter(|attribute| attribute.prefix.is_none() && attribute.local != "xmlns")
            .map(|attribute| (attribute.local, attribute.value.as_ref()))
    }

    /// An attribute that must be there.
    ///
    /// # Errors
    ///
    /// When it is missing.
    pub fn require(&self, local: &'static str) -> Result<&Cow<'a, str>, BodyError> {
        self.attribute(local).ok_or_else(|| self.error(What::Missing(local)))
    }

    /// An attribute that holds a number, when it is there.
    ///
    /// # Errors
    ///
    /// When it holds something else.
    pub fn number_attribute(&self, local: &'static str) -> Result<Option<u32>, BodyError> {
        self.attribute(local)
            .map(|value| value.trim().parse().map_err(|_| self.error(What::Invalid(local))))
            .transpose()
    }

    /// An error at the place reached.
    #[must_use]
    pub fn error(&self, what: What) -> BodyError {
        BodyError { what, at: self.skipped + self.token }
    }

    fn position(&self) -> usize {
        // A body is far shorter than the address space.
        usize::try_from(self.inner.buffer_position()).unwrap_or(usize::MAX)
    }

    fn next(&mut self) -> Result<Token<'a>, BodyError> {
        if self.empty {
            self.empty = false;
            self.end();
            return Ok(Token::End);
        }
        loop {
            self.token = self.position();
            let event = self.inner.read_event().map_err(|_| self.error(What::Syntax))?;
            match event {
                Event::Start(start) => return self.start(start.name().as_ref().len(), false),
                Event::Empty(start) => return self.start(start.name().as_ref().len(), true),
                Event::End(_) => {
                    self.end();
                    return Ok(Token::End);
                }
                Event::Text(text) => return self.content(text.into_inner()),
                Event::CData(text) => {
                    if self.depth == 0 {
                        return Err(self.misplaced());
                    }
                    return Ok(Token::Text(lines(text.into_inner())));
                }
                Event::GeneralRef(reference) => {
                    if self.depth == 0 {
                        return Err(self.misplaced());
                    }
                    let c = attributes::resolve(&reference.into_inner()).map_err(|what| self.error(what))?;
                    return Ok(Token::Text(Cow::Owned(c.to_string())));
                }
                Event::Comment(_) => {}
                Event::Decl(declaration) => {
                    let supported = self.token == 0
                        && declaration.version().is_ok_and(|version| version == "1.0")
                        && match declaration.encoding() {
                            None => true,
                            Some(encoding) => encoding.is_ok_and(|name| name.eq_ignore_ascii_case("utf-8")),
                        };
                    if !supported {
                        return Err(self.error(What::Declaration));
                    }
                }
                Event::PI(_) => return Err(self.error(What::ProcessingInstruction)),
                Event::DocType(_) => return Err(self.error(What::Doctype)),
                Event::Eof if self.depth == 0 => return Ok(Token::Eof),
                Event::Eof => return Err(self.error(What::Truncated)),
            }
        }
    }

    fn misplaced(&self) -> BodyError {
        self.error(if self.root_seen { What::Trailing } else { What::Syntax })
    }

    fn content(&self, text: Cow<'a, str>) -> Result<Token<'a>, BodyError> {
        if self.depth == 0 && !text.chars().all(is_blank) {
            return Err(self.misplaced());
        }
        if text.contains("]]>") {
            return Err(self.error(What::Syntax));
        }
        Ok(Token::Text(lines(text)))
    }

    fn start(&mut self, name_length: usize, empty: bool) -> Result<Token<'a>, BodyError> {
        if self.depth == 0 && self.root_seen {
            return Err(self.error(What::Trailing));
        }
        if self.depth == self.limits.depth {
            return Err(self.error(What::TooDeep { limit: self.limits.depth }));
        }
        if self.elements == self.limits.elements {
            return Err(self.error(What::TooManyElements { limit: self.limits.elements }));
        }
        self.depth += 1;
        self.elements += 1;
        self.root_seen = true;
        self.empty = empty;

        let name_at = self.token + 1;
        let name_end = name_at + name_length;
        let tag_end = self.position().saturating_sub(if empty { 2 } else { 1 });
        let (Some(name), Some(rest)) =
            (self.source.get(name_at..name_end), self.source.get(name_end..tag_end))
        else {
            return Err(self.error(What::Syntax));
        };
        let (prefix, local) = qualified(name).ok_or_else(|| self.error(What::Name))?;
        self.attributes.clear();
        attributes::read(rest, self.skipped + name_end, &self.limits, &mut self.attributes)?;
        self.declare()?;
        self.resolve_attributes()?;
        let namespace = self.namespace(prefix)?;
        Ok(Token::Start(Element { prefix, local, namespace }))
    }

    /// Takes the namespace declarations of the element that begins.
    fn declare(&mut self) -> Result<(), BodyError> {
        let mut count = 0;
        for index in 0..self.attributes.len() {
            let Some(attribute) = self.attributes.get(index) else { break };
            let prefix = match (attribute.prefix, attribute.local) {
                (None, "xmlns") => "",
                (Some("xmlns"), prefix) => prefix,
                _ => continue,
            };
            let namespace = attribute.raw;
            count += 1;
            if count > self.limits.namespaces {
                return Err(self.error(What::TooManyNamespaces { limit: self.limits.namespaces }));
            }
            let reserved = prefix == "xmlns" || (prefix == "xml") != (namespace == XML_NAMESPACE);
            if reserved || (namespace.is_empty() && !prefix.is_empty()) {
                return Err(self.error(What::NamespaceDeclaration));
            }
            if self.bindings.len() == self.limits.namespaces_in_force {
                let limit = self.limits.namespaces_in_force;
                return Err(self.error(What::TooManyNamespaces { limit }));
            }
            self.bindings.push(Binding { prefix, namespace, depth: self.depth });
        }
        Ok(())
    }

    /// Resolves the prefixes of the attributes, and refuses two of one name.
    fn resolve_attributes(&mut self) -> Result<(), BodyError> {
        for index in 0..self.attributes.len() {
            let Some(attribute) = self.attributes.get(index) else { break };
            let namespace = match attribute.prefix {
                None => "",
                Some("xmlns") => "xmlns",
                prefix => self.namespace(prefix)?,
            };
            let local = attribute.local;
            let twice = self
                .attributes
                .iter()
                .take(index)
                .any(|earlier| earlier.local == local && earlier.namespace == namespace);
            if twice {
                return Err(self.error(What::DuplicateAttribute));
            }
            if let Some(attribute) = self.attributes.get_mut(index) {
                attribute.namespace = namespace;
            }
        }
        Ok(())
    }

    fn namespace(&self, prefix: Option<&str>) -> Result<&'a str, BodyError> {
        let wanted = prefix.unwrap_or_default();
        match self.bindings.iter().rev().find(|binding| binding.prefix == wanted) {
            Some(binding) => Ok(binding.namespace),
            None if wanted.is_empty() => Ok(""),
            None if wanted == "xml" => Ok(XML_NAMESPACE),
            None => Err(self.error(What::UndeclaredPrefix)),
        }
    }

    fn end(&mut self) {
        let depth = self.depth;
        while self.bindings.pop_if(|binding| binding.depth == depth).is_some() {}
        self.depth = depth.saturating_sub(1);
    }
}

/// Where the first character stands that XML 1.0 forbids.
fn forbidden(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().find_map(|(at, byte)| match byte {
        0..=8 | 0x0b | 0x0c | 0x0e..=0x1f => Some(at),
        // U+FFFE and U+FFFF.
        0xef if matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])) => Some(at),
        _ => None,
    })
}

/// Makes every line end a line feed, as XML 1.0 section 2.11 wants.
fn lines(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { text }
}
