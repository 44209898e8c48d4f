//! The header fields of a message: spans of the head they came in, plus an arena for what was added.
//!
//! The head is copied once out of the read buffer, checked to be UTF-8 and shared from then on: values are text without
//! another check, and a message that is kept does not keep the buffer.
//!
//! Reading a value costs a scan over 16-byte items; nothing is copied until somebody adds a field. What goes into
//! the arena is a whole line, so that writing a message is copying runs of lines from either place.

use std::sync::Arc;

use crate::error::InvalidHeader;
use crate::list::{SplitList, first_comma, split_list};
use crate::name::{HeaderName, Name};
use crate::quote::{holds_control, is_token, trim};

const MAX_VALUE: usize = 1 << 20;
const MAX_ARENA: usize = 1 << 26;

/// One field: where its name and its value are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) name: HeaderName,
    pub(crate) in_arena: bool,
    pub(crate) name_len: u16,
    pub(crate) name_start: u32,
    pub(crate) value_start: u32,
    pub(crate) value_len: u32,
}

/// The header fields of a message in their order.
#[derive(Clone, Default)]
pub struct Headers {
    pub(crate) head: Arc<str>,
    pub(crate) arena: String,
    pub(crate) items: Vec<Item>,
}

impl Headers {
    /// No fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of the first field of that name; folded lines are joined by one blank.
    #[must_use]
    pub fn get<'n>(&self, name: impl Into<Name<'n>>) -> Option<&str> {
        let name = name.into();
        self.items.iter().find(|item| self.is(item, name)).map(|item| self.value(item))
    }

    /// The values of all fields of that name in order, each as it stands (comma lists are not split).
    pub fn get_all<'n>(&self, name: impl Into<Name<'n>>) -> impl Iterator<Item = &str> {
        let name = name.into();
        self.items.iter().filter(move |item| self.is(item, name)).map(|item| self.value(item))
    }

    /// The value of the first field whose name is `name` without regard to case.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&str> {
        self.get(name)
    }

    /// The elements of all fields of that name, comma lists split.
    pub fn list<'n>(&self, name: impl Into<Name<'n>>) -> impl Iterator<Item = &str> {
        self.get_all(name).flat_map(|value: &str| -> SplitList<'_> { split_list(value) })
    }

    /// Whether a comma list holds that token, without regard to case.
    #[must_use]
    pub fn has_token<'n>(&self, name: impl Into<Name<'n>>, token: &str) -> bool {
        self.list(name).any(|element| element.eq_ignore_ascii_case(token))
    }

    /// Whether there is a field of that name.
    #[must_use]
    pub fn contains<'n>(&self, name: impl Into<Name<'n>>) -> bool {
        self.position(name).is_some()
    }

    /// The place of the first field of that name.
    #[must_use]
    pub fn position<'n>(&self, name: impl Into<Name<'n>>) -> Option<usize> {
        let name = name.into();
        self.items.iter().position(|item| self.is(item, name))
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All fields in order, as name and value. Names are as they came, compact ones long.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.items.iter().map(|item| (self.name_text(item), self.value(item)))
    }

    /// The fields whose name is `wanted`, in order: place, name and value.
    #[inline]
    pub fn entries(
        &self,
        wanted: impl Fn(HeaderName) -> bool,
    ) -> impl Iterator<Item = (usize, HeaderName, &str)> {
        let wanted = self.items.iter().enumerate().filter(move |(_, item)| wanted(item.name));
        wanted.map(|(at, item)| (at, item.name, self.value(item)))
    }

    /// Adds a field at the end.
    ///
    /// # Errors
    /// The name is no token, or the value holds a line break or another control character: nobody can write a second
    /// header into one.
    pub fn push<'n>(&mut self, name: impl Into<Name<'n>>, value: &str) -> Result<(), InvalidHeader> {
        self.insert(self.items.len(), name, value)
    }

    /// Adds a field before all others.
    ///
    /// # Errors
    /// As [`Headers::push`].
    pub fn push_front<'n>(&mut self, name: impl Into<Name<'n>>, value: &str) -> Result<(), InvalidHeader> {
        self.insert(0, name, value)
    }

    /// Adds a field before the first of its name, or before all others if there is none: the place of a Via, a
    /// Record-Route or a Route.
    ///
    /// # Errors
    /// As [`Headers::push`].
    pub fn push_top<'n>(&mut self, name: impl Into<Name<'n>>, value: &str) -> Result<(), InvalidHeader> {
        let name = name.into();
        self.insert(self.position(name).unwrap_or(0), name, value)
    }

    /// Adds a field at a place; a place beyond the end is the end.
    ///
    /// # Errors
    /// As [`Headers::push`].
    pub fn insert<'n>(
        &mut self,
        at: usize,
        name: impl Into<Name<'n>>,
        value: &str,
    ) -> Result<(), InvalidHeader> {
        let item = self.write(name.into(), value)?;
        self.items.insert(at.min(self.items.len()), item);
        Ok(())
    }

    /// Gives the field of that name this value: the first one keeps its place, others go, a missing one is added at
    /// the end.
    ///
    /// # Errors
    /// As [`Headers::push`].
    pub fn set<'n>(&mut self, name: impl Into<Name<'n>>, value: &str) -> Result<(), InvalidHeader> {
        let name = name.into();
        let item = self.write(name, value)?;
        match self.position(name) {
            None => self.items.push(item),
            Some(at) => {
                self.remove(name);
                self.items.insert(at.min(self.items.len()), item);
            }
        }
        Ok(())
    }

    /// Gives the field at a place another value; nothing happens beyond the end.
    ///
    /// # Errors
    /// As [`Headers::push`].
    pub fn set_at(&mut self, at: usize, value: &str) -> Result<(), InvalidHeader> {
        let Some(old) = self.items.get(at).copied() else { return Ok(()) };
        let item = if old.name == HeaderName::Other {
            let name = self.name_text(&old).to_owned();
            self.write(Name::Text(&name), value)?
        } else {
            self.write(Name::Known(old.name), value)?
        };
        if let Some(slot) = self.items.get_mut(at) {
            *slot = item;
        }
        Ok(())
    }

    /// Removes all fields of that name; tells how many there were.
    pub fn remove<'n>(&mut self, name: impl Into<Name<'n>>) -> usize {
        let name = name.into();
        let before = self.items.len();
        let (head, arena) = (&self.head, &self.arena);
        self.items.retain(|item| !matches(head, arena, item, name));
        before - self.items.len()
    }

    /// Removes all fields of these names in one pass; tells how many there were.
    pub fn remove_all(&mut self, names: &[HeaderName]) -> usize {
        let before = self.items.len();
        self.items.retain(|item| item.name == HeaderName::Other || !names.contains(&item.name));
        before - self.items.len()
    }

    /// Removes all fields whose name is `name` without regard to case; tells how many there were.
    pub fn remove_named(&mut self, name: &str) -> usize {
        self.remove(name)
    }

    /// Keeps the fields of known names, and of the others those for which `keep` (name, value) is true.
    pub fn retain_unknown(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        // Most messages have few fields that nobody knows, and none that has to go.
        if self.items.iter().any(|item| item.name == HeaderName::Other) {
            let (head, arena) = (&self.head, &self.arena);
            self.items.retain(|item| {
                let source: &str = if item.in_arena { arena } else { head };
                item.name != HeaderName::Other
                    || keep(
                        text_at(source, item.name_start, usize::from(item.name_len)),
                        text_at(source, item.value_start, item.value_len as usize),
                    )
            });
        }
    }

    /// Keeps the fields for which `keep` (name, value) is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        let (head, arena) = (&self.head, &self.arena);
        self.items.retain(|item| {
            let source: &str = if item.in_arena { arena } else { head };
            keep(
                text_at(source, item.name_start, usize::from(item.name_len)),
                text_at(source, item.value_start, item.value_len as usize),
            )
        });
    }

    /// The first element of the first field of that name, comma lists split.
    #[must_use]
    pub fn first_element<'n>(&self, name: impl Into<Name<'n>>) -> Option<&str> {
        let value = self.get(name)?;
        match first_comma(value) {
            None => Some(value),
            Some(at) => value.get(..at).map(trim),
        }
    }

    /// Replaces the first element of the first field of that name; `None` removes it. Tells whether there was one.
    ///
    /// # Errors
    /// As [`Headers::push`].
    pub fn replace_first_element<'n>(
        &mut self,
        name: impl Into<Name<'n>>,
        element: Option<&str>,
    ) -> Result<bool, InvalidHeader> {
        let name = name.into();
        let Some(at) = self.position(name) else { return Ok(false) };
        let value = self.get(name).unwrap_or_default();
        let rest =
            first_comma(value).and_then(|comma| value.get(comma + 1..)).map(trim).filter(|r| !r.is_empty());
        match (element, rest) {
            (None, None) => {
                self.items.remove(at);
            }
            (Some(element), None) => self.set_at(at, element)?,
            (None, Some(rest)) => {
                let rest = rest.to_owned();
                self.set_at(at, &rest)?;
            }
            (Some(element), Some(rest)) => {
                let value = format!("{element}, {rest}");
                self.set_at(at, &value)?;
            }
        }
        Ok(true)
    }

    /// Adds all fields of that name of another message, verbatim and in order.
    pub fn copy_from<'n>(&mut self, other: &Self, name: impl Into<Name<'n>>) {
        let name = name.into();
        for item in other.items.iter().filter(|item| other.is(item, name)) {
            // What was parsed or pushed holds no line break, so that writing it again cannot fail.
            let written = match item.name {
                HeaderName::Other => self.write(Name::Text(other.name_text(item)), other.value(item)),
                known => self.write(Name::Known(known), other.value(item)),
            };
            if let Ok(item) = written {
                self.items.push(item);
            }
        }
    }

    /// Copies everything into memory of its own, so that a message kept for long does not hold the whole read
    /// buffer it came in.
    #[must_use]
    pub fn detached(&self) -> Self {
        let size: usize = self.items.iter().map(|i| usize::from(i.name_len) + i.value_len as usize + 4).sum();
        let mut out = Self {
            head: Arc::default(),
            arena: String::with_capacity(size),
            items: Vec::with_capacity(self.items.len()),
        };
        for item in &self.items {
            let text = self.name_text(item);
            let name = if item.name == HeaderName::Other { Name::Text(text) } else { Name::Known(item.name) };
            let copy = out.write_line(name, text, self.value(item));
            out.items.extend(copy);
        }
        out
    }

    #[inline]
    pub(crate) fn value(&self, item: &Item) -> &str {
        text_at(self.source(item), item.value_start, item.value_len as usize)
    }

    pub(crate) fn name_text(&self, item: &Item) -> &str {
        text_at(self.source(item), item.name_start, usize::from(item.name_len))
    }

    #[inline]
    pub(crate) fn source(&self, item: &Item) -> &str {
        if item.in_arena { &self.arena } else { &self.head }
    }

    fn is(&self, item: &Item, name: Name<'_>) -> bool {
        matches(&self.head, &self.arena, item, name)
    }

    fn write(&mut self, name: Name<'_>, value: &str) -> Result<Item, InvalidHeader> {
        let text = name.text();
        if matches!(name, Name::Text(_)) && !is_token(text) || text.is_empty() {
            return Err(InvalidHeader::Name);
        }
        if holds_control(value) {
            return Err(InvalidHeader::Value);
        }
        self.write_line(name, text, trim(value)).ok_or(InvalidHeader::TooLong)
    }

    /// Writes a line into the arena. Name and value have been checked.
    pub(crate) fn write_line(&mut self, name: Name<'_>, text: &str, value: &str) -> Option<Item> {
        if value.len() > MAX_VALUE || self.arena.len() > MAX_ARENA {
            return None;
        }
        let name_start = u32::try_from(self.arena.len()).ok()?;
        let name_len = u16::try_from(text.len()).ok()?;
        let value_len = u32::try_from(value.len()).ok()?;
        self.arena.reserve(text.len() + value.len() + 4);
        self.arena.push_str(text);
        self.arena.push_str(": ");
        self.arena.push_str(value);
        self.arena.push_str("\r\n");
        let known = match name {
            Name::Known(known) => known,
            Name::Text(_) => HeaderName::Other,
        };
        let value_start = name_start + u32::from(name_len) + 2;
        Some(Item { name: known, in_arena: true, name_len, name_start, value_start, value_len })
    }
}

#[inline]
fn matches(head: &str, arena: &str, item: &Item, name: Name<'_>) -> bool {
    match name {
        Name::Known(known) => item.name == known,
        Name::Text(text) => {
            let source = if item.in_arena { arena } else { head };
            item.name == HeaderName::Other
                && text_at(source, item.name_start, usize::from(item.name_len)).eq_ignore_ascii_case(text)
        }
    }
}

/// The text of a span. Spans lie within their source, so the default is never taken.
#[inline]
fn text_at(source: &str, start: u32, len: usize) -> &str {
    let start = start as usize;
    source.get(start..start + len).unwrap_or_default()
}

impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Two sets of fields are equal when names (without case) and values are, in the same order.
impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.items.len() == other.items.len()
            && self.iter().zip(other.iter()).all(|(a, b)| a.0.eq_ignore_ascii_case(b.0) && a.1 == b.1)
    }
}

impl Eq for Headers {}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(headers: &Headers) -> Vec<String> {
        headers.iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }

    #[test]
    fn fields_keep_their_order_and_are_found_in_any_case() {
        let mut headers = Headers::new();
        headers.push(HeaderName::Via, "a").unwrap();
        headers.push("X-Foo", "1").unwrap();
        headers.push("x-foo", " 2 ").unwrap();
        headers.push_top(HeaderName::Via, "b").unwrap();
        headers.push_front("First", "").unwrap();
        assert_eq!(lines(&headers), ["First: ", "Via: b", "Via: a", "X-Foo: 1", "x-foo: 2"]);
        assert_eq!(headers.named("X-FOO"), Some("1"));
        assert_eq!(headers.get_all("x-Foo").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(headers.get("via"), Some("b"));
        headers.set("x-FOO", "3").unwrap();
        assert_eq!(headers.remove(HeaderName::Via), 2);
        assert_eq!(lines(&headers), ["First: ", "x-FOO: 3"]);
        assert_eq!(lines(&headers.detached()), lines(&headers));
    }

    #[test]
    fn nobody_can_inject_a_header() {
        let mut headers = Headers::new();
        for value in ["a\r\nVia: x", "a\nb", "a\rb", "a\0", "a\x1b[2J", "a\x7f"] {
            assert_eq!(headers.push("Subject", value), Err(InvalidHeader::Value));
            assert_eq!(headers.set("Subject", value), Err(InvalidHeader::Value));
            assert_eq!(headers.push_front("Subject", value), Err(InvalidHeader::Value));
        }
        for name in ["", "A B", "A:", "A\r\nB", "Ä"] {
            assert_eq!(headers.push(name, "x"), Err(InvalidHeader::Name));
        }
        assert_eq!(headers.push(HeaderName::Other, "x"), Err(InvalidHeader::Name));
        assert!(headers.is_empty());
    }

    #[test]
    fn the_first_element_of_a_joined_list_is_replaced_or_removed() {
        let mut headers = Headers::new();
        headers.push(HeaderName::Route, "<sip:a;x=1,2>, <sip:b>").unwrap();
        headers.push(HeaderName::Route, "<sip:c>").unwrap();
        assert_eq!(headers.first_element(HeaderName::Route), Some("<sip:a;x=1,2>"));
        assert!(headers.replace_first_element(HeaderName::Route, None).unwrap());
        assert_eq!(headers.list(HeaderName::Route).collect::<Vec<_>>(), ["<sip:b>", "<sip:c>"]);
        assert!(headers.replace_first_element(HeaderName::Route, Some("<sip:d>")).unwrap());
        assert!(headers.replace_first_element(HeaderName::Route, None).unwrap());
        assert_eq!(headers.list(HeaderName::Route).collect::<Vec<_>>(), ["<sip:c>"]);
        assert!(headers.replace_first_element(HeaderName::Route, None).unwrap());
        assert!(!headers.replace_first_element(HeaderName::Route, None).unwrap());
    }
}
