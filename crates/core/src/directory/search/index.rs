//! The index of one company: a large part that was made at once, and what has changed since.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::segment::{Segment, Sifted, Word, words};
use super::{Query, Term, text_of};
use crate::directory::Person;

/// Changes that are kept beside the large part at least, before it is made anew.
const MIN_RECENT: usize = 1024;
/// People who are looked at because a word of their name begins so, to find the first among them.
const CANDIDATES: usize = 256;
/// Blocks that are searched to the end, however many are found in them.
const BRIEF: u32 = 64;

/// A company's people, ready to be searched.
#[derive(Debug, Default)]
pub struct SearchIndex {
    base: Segment,
    /// Who was added or has changed since.
    recent: BTreeMap<u32, String>,
    /// Who of the large part has changed or is gone since.
    stale: BTreeSet<u32>,
}

/// What is searched of many people, before an index is made of it.
#[derive(Debug, Default)]
pub struct Texts(BTreeMap<u32, String>);

impl Texts {
    /// Adds a person.
    pub fn add(&mut self, person: &Person) {
        self.0.insert(person.id.user, text_of(person));
    }
}

/// Who was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The numbers of those who were found, the likeliest first.
    pub users: Vec<u32>,
    /// Whether there are more.
    pub more: bool,
}

/// How likely somebody is meant; the least comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The whole name begins with the query.
    Name,
    /// Words of the name begin with the words of the query.
    Words,
    /// It is found anywhere.
    Anywhere,
}

impl SearchIndex {
    /// Makes the index of people.
    pub fn build<'a>(people: impl IntoIterator<Item = &'a Person>) -> Self {
        let mut texts = Texts::default();
        people.into_iter().for_each(|person| texts.add(person));
        Self::of(texts)
    }

    /// Makes the index of texts.
    pub fn of(texts: Texts) -> Self {
        Self { base: Segment::build(texts.0.into_iter()), ..Self::default() }
    }

    /// Puts a person in, as they are from now on.
    pub fn put(&mut self, person: &Person) {
        let (user, text) = (person.id.user, text_of(person));
        if self.text_of(user) == Some(&text) {
            return;
        }
        self.stale.insert(user);
        self.recent.insert(user, text);
        if self.recent.len().max(self.stale.len()) > MIN_RECENT.max(self.base.len() / 8) {
            self.join();
        }
    }

    /// Takes a person out.
    pub fn remove(&mut self, user: u32) {
        self.recent.remove(&user);
        self.stale.insert(user);
    }

    /// Returns the numbers of all who are in it.
    pub fn users(&self) -> BTreeSet<u32> {
        let of_base = self.base.iter().map(|(user, _)| user).filter(|user| !self.stale.contains(user));
        of_base.chain(self.recent.keys().copied()).collect()
    }

    /// Returns how many people are in it.
    pub fn len(&self) -> usize {
        let gone = self.stale.iter().filter(|user| self.base.entry_of(**user).is_some()).count();
        self.base.len() - gone + self.recent.len()
    }

    /// Tells whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Finds people: first those of `favoured`, the asker's contacts, then the others; among each whose names begin with
    /// what is asked, then anybody who has it in any field. At most `limit`.
    pub fn find(&self, query: &Query, favoured: &BTreeSet<u32>, limit: usize) -> Found {
        let sieve = self.sieve(query);
        let mut hits = Hits { query, favoured, seen: HashSet::new(), found: Vec::new() };
        for user in favoured {
            if let Some(entry) = self.base.entry_of(*user) {
                self.consider(&mut hits, &sieve, entry);
            }
        }
        for (user, text) in &self.recent {
            hits.consider(*user, text);
        }
        // Names that begin with all of it are in the order in which they are returned: the first of them are enough.
        let enough = hits.found.len() + limit + 1;
        for word in self.base.names_beginning_with(&query.whole) {
            if hits.found.len() >= enough {
                return hits.best(limit);
            }
            self.consider(&mut hits, &sieve, word.entry());
        }
        // Where few can be found all are looked at, and none is likelier than those who are returned.
        let is_brief = sieve.iter().map(|(_, sifted)| sifted.len()).sum::<u32>() <= BRIEF;
        if !is_brief {
            for words in self.likely(query) {
                if hits.found.len() >= enough {
                    break;
                }
                for word in words.iter().take(CANDIDATES) {
                    self.consider(&mut hits, &sieve, word.entry());
                }
            }
        }
        for (part, sifted) in &sieve {
            for entry in self.base.containing(part, sifted) {
                if !is_brief && hits.found.len() > limit {
                    break;
                }
                self.consider(&mut hits, &sieve, entry);
            }
        }
        hits.best(limit)
    }

    /// Returns those whose names are likely to have all that is asked for beside those that begin with it, the likeliest
    /// first.
    fn likely(&self, query: &Query) -> Vec<&[Word]> {
        let (names, words) =
            (|text| self.base.names_beginning_with(text), |text| self.base.words_beginning_with(text));
        let mut likely = vec![words(&query.whole)];
        if let Some((head, _)) = query.whole.rsplit_once(' ') {
            // The last word is being typed: those who have the others are at hand.
            likely.push(names(head));
            let of_one = query.terms.iter().map(|term| [words(&term.text), names(&term.text)]);
            likely
                .extend(of_one.min_by_key(|[words, names]| words.len() + names.len()).into_iter().flatten());
        }
        likely
    }

    /// Returns what is to be looked for and where it can be: of the words, which must all be in one text, the one that
    /// fewest can have, of several the longest; and the digits.
    fn sieve<'a>(&self, query: &'a Query) -> Vec<(&'a Term, Sifted)> {
        let words: Vec<Sifted> = query.terms.iter().map(|term| self.base.sifted(term)).collect();
        let rarest = query.terms.iter().zip(&words).min_by_key(|(_, sifted)| sifted.len());
        let all = rarest.map(|(term, fewest)| {
            let mut all = fewest.clone();
            words.iter().for_each(|sifted| all.keep(sifted));
            (term, all)
        });
        let digits = query.digits.as_ref().map(|digits| (digits, self.base.sifted(digits)));
        all.into_iter().chain(digits).collect()
    }

    /// Takes somebody of the large part in if they are to be found. Where nothing can be found no text is looked at: most
    /// are far from the processor.
    fn consider<'a>(&'a self, hits: &mut Hits<'a>, sieve: &[(&Term, Sifted)], entry: usize) {
        if !sieve.iter().any(|(_, sifted)| sifted.has_entry(entry)) {
            return;
        }
        let user = self.base.user(entry);
        if !self.stale.contains(&user) {
            hits.consider(user, self.base.text_of(entry));
        }
    }

    fn text_of(&self, user: u32) -> Option<&str> {
        if let Some(text) = self.recent.get(&user) {
            return Some(text);
        }
        let entry = self.base.entry_of(user).filter(|_| !self.stale.contains(&user))?;
        Some(self.base.text_of(entry))
    }

    /// Makes the large part anew, with all that has changed.
    fn join(&mut self) {
        let recent = std::mem::take(&mut self.recent);
        let stale = std::mem::take(&mut self.stale);
        let kept = self.base.iter().filter(|(user, _)| !stale.contains(user));
        let mut texts: BTreeMap<u32, String> = kept.map(|(user, text)| (user, text.to_owned())).collect();
        texts.extend(recent);
        self.base = Segment::build(texts.into_iter());
    }
}

/// Who was found so far.
struct Hits<'a> {
    query: &'a Query,
    favoured: &'a BTreeSet<u32>,
    seen: HashSet<u32>,
    found: Vec<(u32, &'a str)>,
}

impl<'a> Hits<'a> {
    fn consider(&mut self, user: u32, text: &'a str) {
        if self.query.matches(text) && self.seen.insert(user) {
            self.found.push((user, text));
        }
    }

    fn best(self, limit: usize) -> Found {
        let Self { query, favoured, found, .. } = self;
        let more = found.len() > limit;
        let mut found: Vec<_> = found
            .into_iter()
            .map(|(user, text)| (!favoured.contains(&user), rank(query, text), text, user))
            .collect();
        found.sort_unstable();
        Found { users: found.into_iter().take(limit).map(|(.., user)| user).collect(), more }
    }
}

fn rank(query: &Query, text: &str) -> Rank {
    let name = text.lines().next().unwrap_or_default();
    if name.starts_with(&query.whole) {
        return Rank::Name;
    }
    let begins = |term: &Term| words(text).any(|word| name.get(word..).unwrap_or("").starts_with(&term.text));
    if query.terms.iter().all(begins) { Rank::Words } else { Rank::Anywhere }
}
