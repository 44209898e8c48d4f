//! Many people's texts, made once: one string that is searched at the speed of memory, and where names' words begin.

use std::ops::Range;

use super::Term;

/// The texts of people in the order of their numbers; nothing in it changes.
#[derive(Debug, Default)]
pub(super) struct Segment {
    users: Vec<u32>,
    /// Where each text begins, and where the last one ends.
    starts: Vec<usize>,
    text: String,
    /// Where each word of a shown name begins, in the order of what stands from there on.
    words: Vec<usize>,
}

impl Segment {
    /// Makes a segment of people's texts, given in the order of their numbers.
    pub(super) fn build(people: impl Iterator<Item = (u32, String)>) -> Self {
        let mut segment = Self { starts: vec![0], ..Self::default() };
        for (user, text) in people {
            let at = segment.text.len();
            segment.words.extend(words(&text).map(|word| at + word));
            segment.text.push_str(&text);
            segment.text.push('\n');
            segment.users.push(user);
            segment.starts.push(segment.text.len());
        }
        let text = &segment.text;
        segment.words.sort_unstable_by(|a, b| line_at(text, *a).cmp(line_at(text, *b)).then(a.cmp(b)));
        segment
    }

    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    /// Returns everybody's number and text.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        self.users.iter().enumerate().map(|(entry, user)| (*user, self.text_of(entry)))
    }

    pub(super) fn user(&self, entry: usize) -> u32 {
        self.users.get(entry).copied().unwrap_or_default()
    }

    pub(super) fn entry_of(&self, user: u32) -> Option<usize> {
        self.users.binary_search(&user).ok()
    }

    pub(super) fn text_of(&self, entry: usize) -> &str {
        let (Some(start), Some(end)) = (self.starts.get(entry), self.starts.get(entry + 1)) else {
            return "";
        };
        self.text.get(*start..*end).unwrap_or_default().trim_end_matches('\n')
    }

    /// Returns which words of names begin with that, as a range of [`named`](Self::named).
    pub(super) fn beginning_with(&self, prefix: &str) -> Range<usize> {
        let head = |word: &usize| {
            let rest = self.text.as_bytes().get(*word..).unwrap_or_default();
            rest.get(..prefix.len()).unwrap_or(rest)
        };
        let from = self.words.partition_point(|word| head(word) < prefix.as_bytes());
        let count = self.words.get(from..).unwrap_or_default();
        from..from + count.partition_point(|word| head(word) == prefix.as_bytes())
    }

    /// Returns whose name the words of a range are in; somebody may come more than once.
    pub(super) fn named(&self, words: Range<usize>) -> impl Iterator<Item = usize> {
        self.words.get(words).unwrap_or_default().iter().map(|word| self.entry_at(*word))
    }

    /// Returns in whose text that occurs, each once, in order.
    pub(super) fn containing(&self, part: &Term) -> impl Iterator<Item = usize> {
        let (mut from, mut entry) = (0, 0);
        std::iter::from_fn(move || {
            let at = from + part.finder.find(self.text.as_bytes().get(from..)?)?;
            // Often it is the next; else it is far.
            if self.starts.get(entry + 1).is_some_and(|next| *next <= at) {
                entry = self.entry_at(at);
            }
            from = self.starts.get(entry + 1).copied()?;
            entry += 1;
            Some(entry - 1)
        })
    }

    fn entry_at(&self, place: usize) -> usize {
        self.starts.partition_point(|start| *start <= place).saturating_sub(1)
    }
}

/// Returns where the words of a text's first line begin.
pub(super) fn words(text: &str) -> impl Iterator<Item = usize> {
    let name = text.lines().next().unwrap_or_default();
    let mut before = ' ';
    name.char_indices().filter_map(move |(at, character)| {
        let begins = character.is_alphanumeric() && !before.is_alphanumeric();
        before = character;
        begins.then_some(at)
    })
}

fn line_at(text: &str, place: usize) -> &str {
    text.get(place..).unwrap_or_default().split('\n').next().unwrap_or_default()
}
