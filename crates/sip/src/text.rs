//! A piece of a message head that is text: shared with the head it came from, never copied.

use std::sync::Arc;

/// Shared, immutable text.
#[derive(Clone)]
pub struct Text(Repr);

#[derive(Clone)]
enum Repr {
    Static(&'static str),
    Shared { whole: Arc<str>, start: u32, end: u32 },
}

impl Text {
    /// Copies `text`.
    #[must_use]
    pub fn copy_from(text: &str) -> Self {
        let whole: Arc<str> = text.into();
        let end = u32::try_from(whole.len()).unwrap_or(u32::MAX);
        Self(Repr::Shared { whole, start: 0, end })
    }

    /// The text of a literal, without a copy.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(Repr::Static(text))
    }

    /// Shares a part of `whole`; a part that is none is empty.
    pub(crate) fn part(whole: &Arc<str>, start: usize, end: usize) -> Self {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Self(Repr::Shared { whole: Arc::clone(whole), start, end }),
            (Ok(_) | Err(_), Ok(_) | Err(_)) => Self::default(),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Static(text) => text,
            Repr::Shared { whole, start, end } => {
                whole.get(*start as usize..*end as usize).unwrap_or_default()
            }
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::from_static("")
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl std::ops::Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_str().fmt(f)
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
