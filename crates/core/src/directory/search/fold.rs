//! Folding: what people type and what is written are brought to one form, so that `muller` finds `Müller` and `Ｋｉｍ`
//! is `kim` (Unicode's compatibility decomposition, UAX #15, lower case, without the marks that people leave out).

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Returns the form of a text in which it is compared.
///
/// Letters with marks of the Latin, Greek, Cyrillic, Hebrew and Arabic scripts lose them. Marks that make another letter
/// of a letter stay: vowels of Thai and the scripts of India, the voicing of kana.
pub fn fold(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(text.chars());
    let mut folded = String::with_capacity(text.len());
    for character in decomposed.filter(|c| !is_left_out(*c)) {
        for lower in character.to_lowercase() {
            match base(lower) {
                Some(base) => folded.push_str(base),
                None if !is_left_out(lower) => folded.push(lower),
                None => {}
            }
        }
    }
    folded
}

/// Returns what people type for a letter that has no decomposition.
const fn base(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŋ' => "n",
        'þ' => "th",
        'ŧ' => "t",
        'ς' => "σ",
        // Two ways of writing one letter on Arabic and Persian keyboards.
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ة' => "ه",
        _ => return None,
    })
}

/// Tells whether a character is one that people leave out: accents, points of vowels, what can't be seen.
const fn is_left_out(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{591}'..='\u{5bd}'
            | '\u{5bf}'..='\u{5c7}'
            | '\u{610}'..='\u{61a}'
            | '\u{640}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{6d6}'..='\u{6ed}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fe20}'..='\u{fe2f}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn marks_case_and_width_make_no_difference() {
        for (written, folded) in [
            ("Müller", "muller"),
            ("MÜLLER", "muller"),
            ("Mu\u{308}ller", "muller"),
            ("Straße", "strasse"),
            ("Søren Łukasz Đặng", "soren lukasz dang"),
            ("Ｋｉｍ", "kim"),
            ("İstanbul", "istanbul"),
            ("ΑΛΈΞΙΟΣ", "αλεξιοσ"),
            ("Алексёй", "алексеи"),
            ("مُحَمَّد", "محمد"),
            ("שָׁלוֹם", "שלום"),
            ("ﬁnance", "finance"),
        ] {
            assert_eq!(fold(written), folded, "{written}");
        }
    }

    #[test]
    fn what_makes_another_letter_of_a_letter_stays() {
        assert_ne!(fold("が"), fold("か"));
        assert_ne!(fold("ที่"), fold("ท"));
        assert_ne!(fold("कि"), fold("क"));
        assert_eq!(fold("ｶﾞ"), fold("ガ"), "half and full width");
    }

    #[test]
    fn a_syllable_begins_with_its_first_letter() {
        assert!(fold("한").starts_with(&fold("하")), "as somebody types it");
    }
}
