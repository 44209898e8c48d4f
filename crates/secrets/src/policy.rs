//! Which passwords are taken (NIST SP 800-63B §3.1.1: length and blocklist, no rules of composition).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The words that common passwords are built from, lower case.
static ROOTS: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("../data/roots.txt").lines().filter(|line| !line.is_empty()).collect());
/// What was found most often in breaches, lower case and sorted.
static BREACHED: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("../data/breached.txt").lines().collect());

/// What must remain of a password once well-known words, names and decoration are taken away, in characters.
const REMAINDER: usize = 5;
/// How many different characters a password has that has no letter, and so no word either.
const DIFFERENT: usize = 8;
/// Octets; longer is not remembered but attacked with.
const LONGEST: usize = 1024;
/// Characters that a name must have to be looked for.
const SHORTEST_NAME: usize = 3;

/// How long a password must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Characters at the least; never under 8.
    pub least: usize,
}

/// Says why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// It has too few characters.
    #[error("the password has fewer than {least} characters")]
    TooShort {
        /// How many it needs.
        least: usize,
    },
    /// It has more than 1024 octets.
    #[error("the password has more than {LONGEST} octets")]
    TooLong,
    /// It is one of those that everybody tries first.
    #[error("the password is a common one")]
    Common,
    /// It is little more than the name of the person, the company or the product.
    #[error("the password is made from a name that is easily guessed")]
    Name,
}

impl PasswordPolicy {
    /// For a password that is the only factor: 15 characters.
    pub const ALONE: Self = Self { least: 15 };
    /// For a password beside a second factor: 8 characters.
    pub const BESIDE_ANOTHER_FACTOR: Self = Self { least: 8 };

    /// Tells whether a password is taken; `names` are the person's, the company's and the product's, of any case.
    ///
    /// # Errors
    /// [`PasswordRefusal`] says what is wrong with it.
    pub fn check(&self, password: &str, names: &[&str]) -> Result<(), PasswordRefusal> {
        let least = self.least.max(8);
        if password.chars().count() < least {
            return Err(PasswordRefusal::TooShort { least });
        }
        if password.len() > LONGEST {
            return Err(PasswordRefusal::TooLong);
        }
        let lower = password.to_lowercase();
        if is_common(&lower) {
            return Err(PasswordRefusal::Common);
        }
        let plain = undecorated(&lower);
        let without = names
            .iter()
            .flat_map(|name| {
                name.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(undecorated).collect::<Vec<_>>()
            })
            .filter(|name| name.chars().count() >= SHORTEST_NAME)
            .fold(plain.clone(), |rest, name| rest.replace(&name, ""));
        if without != plain && without.chars().count() < REMAINDER {
            return Err(PasswordRefusal::Name);
        }
        Ok(())
    }
}

/// Returns a password in Unicode's composed form (NFC), in which it is hashed: what looks the same on two keyboards is
/// the same password. Done once, where a password comes in.
pub fn normalised(password: &str) -> Cow<'_, str> {
    icu_normalizer::ComposingNormalizerBorrowed::new_nfc().normalize(password)
}

/// Tells whether a lower-case password is a common word, decorated or repeated, or hardly has different characters.
fn is_common(lower: &str) -> bool {
    let plain = undecorated(lower);
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let different = lower.chars().collect::<BTreeSet<_>>().len();
    if [lower, bare, &plain].iter().any(|form| is_breached(form))
        || different < REMAINDER
        || is_sequence(lower)
    {
        return true;
    }
    if !lower.contains(char::is_alphabetic) {
        return different < DIFFERENT;
    }
    // Reading on, each well-known word is left out; what is too little then was built from them alone.
    let mut rest = plain.as_str();
    let mut remains = 0;
    while let Some(c) = rest.chars().next() {
        // The longest word that stands here; all words are ASCII, so a boundary in one is a boundary in the other.
        let word = (4..=16).rev().filter_map(|n| rest.get(..n)).find(|head| ROOTS.contains(head)).map_or(
            c.len_utf8(),
            |head| {
                remains -= 1;
                head.len()
            },
        );
        remains += 1;
        rest = rest.get(word..).unwrap_or("");
    }
    remains < REMAINDER as i32
}

/// Tells whether a text is a breached or common password, once or several times over.
fn is_breached(text: &str) -> bool {
    let known = |part: &str| BREACHED.contains(part) || ROOTS.contains(part);
    let repeats = |n: usize| {
        let part = text.get(..n).filter(|part| known(part));
        part.is_some_and(|part| text.as_bytes().chunks(n).all(|chunk| chunk == part.as_bytes()))
    };
    known(text) || (5..=text.len() / 2).any(repeats)
}

/// Tells whether almost every character follows its neighbour, upwards or downwards, as in `12345678` and `hgfedcba`.
fn is_sequence(lower: &str) -> bool {
    let codes: Vec<u32> = lower.chars().map(u32::from).collect();
    let breaks = codes.windows(2).filter(|pair| !matches!(pair, [a, b] if a.abs_diff(*b) <= 1)).count();
    breaks * 5 < codes.len()
}

/// Takes away what people put around and into a word to make it look like none: digits, signs, look-alikes.
fn undecorated(lower: &str) -> String {
    let letter = |c: char| match c {
        '0' => Some('o'),
        '1' | '!' | '|' => Some('i'),
        '3' => Some('e'),
        '4' | '@' => Some('a'),
        '5' | '$' => Some('s'),
        '7' => Some('t'),
        c if c.is_alphabetic() => Some(c),
        _ => None,
    };
    let core = lower.trim_matches(|c: char| !c.is_alphabetic() && c != '@' && c != '$');
    core.chars().filter_map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["ana.lind@example.com", "Ana Lind", "Nordwind", "Rapport"];

    fn check(password: &str, want: Result<(), PasswordRefusal>) {
        assert_eq!(PasswordPolicy::BESIDE_ANOTHER_FACTOR.check(password, &NAMES), want, "{password}");
    }

    #[test]
    fn long_enough_and_uncommon_is_taken() {
        for good in
            ["correct horse battery", "tzbn wvvp", "Ölfässer über Bord", "ж ы щ ъ э ю я ё", "xK9#mQ2$vL7p"]
        {
            check(good, Ok(()));
        }
        check(&"lorem ipsum dolor sit amet ".repeat(10), Ok(()));
    }

    #[test]
    fn letters_are_not_asked_for() {
        for good in ["80937 26145 90318 27", "~^|<>{}[]()*&%$#@!;:", "🐎🦉🪶🌾🍂🛶🪁🧭🪨🎏🦔🐚🥁🎈🎋"]
        {
            check(good, Ok(()));
        }
        for common in
            ["2020 2020 2021 2021", "012345678901234567", "!!!!!!!!!!????????.", "1990 1991 1992 1993"]
        {
            check(common, Err(PasswordRefusal::Common));
        }
    }

    #[test]
    fn what_looks_the_same_is_the_same_password() {
        let (composed, decomposed) =
            ("M\u{fc}ller an der B\u{f6}schung", "Mu\u{308}ller an der Bo\u{308}schung");
        assert_ne!(composed, decomposed);
        assert_eq!(normalised(composed), normalised(decomposed));
        assert!(matches!(normalised("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn at_least_three_thousand_breached_passwords_are_known() {
        assert!(BREACHED.len() >= 3_000, "{}", BREACHED.len());
        for breached in ["momsanaladventure", "23176djivanfros", "qazwsxedcrfvtgb"] {
            assert_eq!(
                PasswordPolicy::ALONE.check(breached, &[]),
                Err(PasswordRefusal::Common),
                "{breached}"
            );
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        check("tzbn wv", Err(PasswordRefusal::TooShort { least: 8 }));
        check("äöüßéèê", Err(PasswordRefusal::TooShort { least: 8 }));
        check(&"tzbn wvp".repeat(200), Err(PasswordRefusal::TooLong));
        let alone = PasswordPolicy::ALONE.check("tzbn wvvp qgkl", &[]);
        assert_eq!(alone, Err(PasswordRefusal::TooShort { least: 15 }));
        let careless = PasswordPolicy { least: 1 }.check("tzbn", &[]);
        assert_eq!(careless, Err(PasswordRefusal::TooShort { least: 8 }));
    }

    #[test]
    fn common_passwords_are_refused_however_they_are_dressed() {
        for common in [
            "password",
            "P@ssw0rd2024!",
            "passwordpassword",
            "password12345678",
            "qwertyuiop",
            "1234567890",
            "123456789012345",
            "aaaaaaaaaaaaaaa",
            "abcdefghijklmnop",
            "Summer2025!",
            "letmein-letmein",
            "Sommer2024!!",
            "trustno1trustno1trustno1",
            "!!!micro1985!!!!!!!",
            "1qaz2wsx3edc4rfv",
            "starwars-starwars",
        ] {
            check(common, Err(PasswordRefusal::Common));
        }
    }

    #[test]
    fn a_name_and_a_number_are_no_password() {
        for named in ["analind2024", "Nordwind!2024", "Rapport12345", "ana.lind@example", "R4pp0rt-2024"] {
            check(named, Err(PasswordRefusal::Name));
        }
        check("Nordwind carries seeds", Ok(()));
    }
}
