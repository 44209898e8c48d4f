//! Finding people of a company by any part of what the directory has of them, as somebody types.
//!
//! A [`SearchIndex`] holds the folded text of a company's people ([`fold`]) and answers a [`Query`] out of memory. Every
//! word of a query must occur somewhere in a person's text, in whatever field; where words begin doesn't matter, so that
//! scripts without spaces are searched like any other. Who may ask, and who is a contact of whom, is the caller's.

mod fold;
mod index;
mod segment;

pub use fold::fold;
pub use index::{Found, SearchIndex, Texts};

use memchr::memmem::Finder;

use super::{Card, Person, Phone};

/// Characters of a query that are looked at.
const MAX_QUERY_CHARACTERS: usize = 100;
/// Words of a query that are looked at.
const MAX_TERMS: usize = 8;
/// Digits from which on a query is taken for a telephone number.
const MIN_DIGITS: usize = 3;

/// What somebody looks for.
#[derive(Clone, Debug)]
pub struct Query {
    /// The whole query, folded, its words one space apart.
    whole: String,
    /// Its words, the longest first.
    terms: Vec<Term>,
    /// Its digits, where it is a telephone number however written; without the zeros in front, which stand for what
    /// others write as a country.
    digits: Option<Term>,
}

/// A part of a query, made ready to be looked for many times.
#[derive(Clone, Debug)]
struct Term {
    text: String,
    finder: Finder<'static>,
}

impl Term {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), finder: Finder::new(text.as_bytes()).into_owned() }
    }

    fn is_in(&self, text: &str) -> bool {
        self.finder.find(text.as_bytes()).is_some()
    }
}

impl Query {
    /// Reads a query as it was typed; none when nothing is asked for.
    pub fn read(typed: &str) -> Option<Self> {
        let bounded: String = typed.chars().take(MAX_QUERY_CHARACTERS).collect();
        let folded = fold(&bounded);
        let mut words: Vec<&str> = folded.split_whitespace().take(MAX_TERMS).collect();
        if words.is_empty() {
            return None;
        }
        let whole = words.join(" ");
        let digits = if is_number(&whole) { digits(&whole) } else { String::new() };
        let digits = digits.trim_start_matches('0');
        let digits = (digits.len() >= MIN_DIGITS).then(|| Term::new(digits));
        // A longer word is in fewer texts.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        Some(Self { terms: words.into_iter().map(Term::new).collect(), whole, digits })
    }

    /// Tells whether somebody who was found by what the directory has of them may be told of, to whoever is shown their
    /// name, addresses and mail, which nobody is denied, and what `shown` has of the card. Who finds people by what is hidden
    /// from them learns it letter by letter.
    pub fn tells_of(&self, person: &Person, shown: &Card) -> bool {
        hides_nothing(person, shown) || self.matches(&text_shown(person, shown))
    }

    /// Tells whether a person's text has all that is looked for.
    fn matches(&self, text: &str) -> bool {
        self.terms.iter().all(|term| term.is_in(text)) || self.digits.as_ref().is_some_and(|d| d.is_in(text))
    }
}

/// Returns what is searched of a person: the shown name first, then every other field on a line of its own.
fn text_of(person: &Person) -> String {
    text_shown(person, &person.card)
}

/// Returns what is searched of a person whose card shows no more than `shown`.
fn text_shown(person: &Person, shown: &Card) -> String {
    let card = &person.card;
    let mut text = fold_line(&card.display_name);
    let mut line = |field: &str| {
        let field = fold_line(field);
        if !field.is_empty() && !text.lines().any(|line| line == field) {
            text.push('\n');
            text.push_str(&field);
        }
    };
    line(&format!("{} {}", card.given_name, card.surname));
    for address in std::iter::once(&person.address).chain(&person.aliases) {
        line(address.as_str());
    }
    for field in [&card.mail, &shown.title, &shown.department, &shown.office, &shown.company] {
        line(field);
    }
    for phone in &shown.phones {
        line(&phone.number);
        line(&digits(&fold(&phone.number)));
    }
    text
}

/// Tells whether everything that is searched of a person is shown.
fn hides_nothing(person: &Person, shown: &Card) -> bool {
    fn searched(card: &Card) -> (&str, &str, &str, &str, &[Phone]) {
        (&card.title, &card.department, &card.office, &card.company, &card.phones)
    }
    searched(&person.card) == searched(shown)
}

/// Folds a field and leaves one space between its words.
fn fold_line(field: &str) -> String {
    fold(field).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Tells whether a folded text is a telephone number as people write them.
fn is_number(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '.' | '/' | '(' | ')'))
}
