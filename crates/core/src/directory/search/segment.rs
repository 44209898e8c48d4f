//! Many people's texts, made once: one string that is searched at the speed of memory, what tells of most of it that it
//! needn't be searched, and where names' words begin.

use std::ops::Range;

use super::Term;

/// People who are searched, or left out, together: few, so that of several words that many have, few blocks have all.
const BLOCK: usize = 32;
/// Rows of the sieve; each gram of a text falls into one of them.
const ROWS: usize = 1 << 14;
/// Octets of the longest grams.
const GRAM: usize = 3;

/// The texts of people in the order of their numbers; nothing in it changes.
#[derive(Debug, Default)]
pub(super) struct Segment {
    users: Vec<u32>,
    /// Where each text begins, and where the last one ends.
    starts: Vec<usize>,
    text: String,
    /// Everybody whose shown name begins with a word, in the order of the names.
    names: Vec<Word>,
    /// The words of shown names behind the first, in the order of what stands from there on.
    words: Vec<Word>,
    /// For each row the blocks in whose text one of its grams occurs, a bit each.
    sieve: Vec<u64>,
}

/// Where a word of somebody's shown name begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    entry: u32,
    /// In the text of the entry.
    at: u32,
}

impl Word {
    /// Returns whose name it is in.
    pub(super) const fn entry(self) -> usize {
        self.entry as usize
    }
}

impl Segment {
    /// Makes a segment of people's texts, given in the order of their numbers.
    pub(super) fn build(people: impl Iterator<Item = (u32, String)>) -> Self {
        let mut segment = Self { starts: vec![0], ..Self::default() };
        for (user, text) in people {
            let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            for at in words(&text) {
                let list = if at == 0 { &mut segment.names } else { &mut segment.words };
                list.push(Word { entry: number(segment.users.len()), at: number(at) });
            }
            segment.text.push_str(&text);
            segment.text.push('\n');
            segment.users.push(user);
            segment.starts.push(segment.text.len());
        }
        let (mut names, mut words) = (std::mem::take(&mut segment.names), std::mem::take(&mut segment.words));
        for list in [&mut names, &mut words] {
            list.sort_by(|a, b| segment.text_at(*a).cmp(segment.text_at(*b)));
        }
        (segment.names, segment.words) = (names, words);
        segment.sieve = segment.sieve_of_blocks();
        segment
    }

    fn sieve_of_blocks(&self) -> Vec<u64> {
        let width = self.width();
        let mut sieve = vec![0; ROWS * width];
        for block in 0..self.blocks() {
            let text = self.text.as_bytes().get(self.places(block)).unwrap_or_default();
            for row in (1..=GRAM).flat_map(|octets| rows(text, octets)) {
                if let Some(word) = sieve.get_mut(row * width + block / 64) {
                    *word |= 1 << (block % 64);
                }
            }
        }
        sieve
    }

    fn blocks(&self) -> usize {
        self.users.len().div_ceil(BLOCK)
    }

    /// Words of 64 bits in a row of the sieve.
    fn width(&self) -> usize {
        self.blocks().div_ceil(64)
    }

    /// Where the text of a block is.
    fn places(&self, block: usize) -> Range<usize> {
        let start = |entry: usize| self.starts.get(entry).copied().unwrap_or(self.text.len());
        start(block * BLOCK)..start((block + 1) * BLOCK)
    }

    /// Returns the blocks in which that may occur, a bit each; it occurs in no other.
    pub(super) fn sifted(&self, part: &Term) -> Sifted {
        let width = self.width();
        let mut blocks = vec![u64::MAX; width];
        for row in rows(part.text.as_bytes(), GRAM.min(part.text.len())) {
            let row = self.sieve.get(row * width..(row + 1) * width).unwrap_or_default();
            blocks.iter_mut().zip(row).for_each(|(blocks, row)| *blocks &= row);
        }
        Sifted(blocks)
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

    /// Returns where names begin with that, in the order of the names.
    pub(super) fn names_beginning_with(&self, prefix: &str) -> &[Word] {
        self.beginning_with(&self.names, prefix)
    }

    /// Returns where other words of names than the first begin with that.
    pub(super) fn words_beginning_with(&self, prefix: &str) -> &[Word] {
        self.beginning_with(&self.words, prefix)
    }

    fn beginning_with<'a>(&self, words: &'a [Word], prefix: &str) -> &'a [Word] {
        let head = |word: &Word| {
            let rest = self.text_at(*word).as_bytes();
            rest.get(..prefix.len()).unwrap_or(rest)
        };
        let from = words.partition_point(|word| head(word) < prefix.as_bytes());
        let words = words.get(from..).unwrap_or_default();
        let count = words.partition_point(|word| head(word) == prefix.as_bytes());
        words.get(..count).unwrap_or_default()
    }

    /// Returns somebody's text from a word of their name on.
    fn text_at(&self, word: Word) -> &str {
        self.text_of(word.entry()).get(word.at as usize..).unwrap_or_default()
    }

    /// Returns in whose text that occurs, each once, in order, once it is known in which blocks it may.
    pub(super) fn containing<'a>(
        &'a self,
        part: &'a Term,
        sifted: &'a Sifted,
    ) -> impl Iterator<Item = usize> + 'a {
        let blocks = (0..self.blocks()).filter(|block| sifted.has(*block));
        blocks.flat_map(move |block| {
            let Range { start: mut from, end } = self.places(block);
            let mut entry = block * BLOCK;
            std::iter::from_fn(move || {
                let at = from + part.finder.find(self.text.as_bytes().get(from..end)?)?;
                // Often it is the next; else it is far.
                if self.starts.get(entry + 1).is_some_and(|next| *next <= at) {
                    entry = self.entry_at(at);
                }
                from = self.starts.get(entry + 1).copied()?;
                entry += 1;
                Some(entry - 1)
            })
        })
    }

    fn entry_at(&self, place: usize) -> usize {
        self.starts.partition_point(|start| *start <= place).saturating_sub(1)
    }
}

/// The blocks in which something may occur.
#[derive(Clone, Debug)]
pub(super) struct Sifted(Vec<u64>);

impl Sifted {
    /// Leaves the blocks that are also in another.
    pub(super) fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(blocks, other)| *blocks &= other);
    }

    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Tells whether it may occur in the text of an entry.
    pub(super) fn has_entry(&self, entry: usize) -> bool {
        self.has(entry / BLOCK)
    }

    fn has(&self, block: usize) -> bool {
        self.0.get(block / 64).is_some_and(|word| word & (1 << (block % 64)) != 0)
    }
}

/// Returns the rows of the sieve into which a text's grams of so many octets fall.
fn rows(text: &[u8], octets: usize) -> impl Iterator<Item = usize> {
    text.windows(octets.max(1)).map(|gram| {
        let number = gram.iter().fold(0u32, |number, octet| (number << 8) | u32::from(*octet));
        // Fibonacci hashing: the upper bits of the product are spread evenly.
        (number.wrapping_mul(0x9e37_79b1) >> 18) as usize
    })
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
