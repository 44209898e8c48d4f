//! Passwords of single devices: random, so that their NT hash can't be guessed from a stolen database.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// Letters and digits without those that are taken for one another (0 and o, 1 and l); none of them needs a shift key.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A password of one device: 128 random bits in five groups, such as `c3f9k-…`. Its hyphens belong to it.
pub struct AppPassword(Zeroizing<String>);

impl AppPassword {
    /// Writes 16 random octets as a password; the octets are wiped.
    pub fn generate(mut random: [u8; 16]) -> Self {
        let mut bits = u128::from_be_bytes(random);
        random.zeroize();
        // 26 digits of 5 bits hold 130 bits; the capacity keeps the text from being moved and left behind.
        let mut text = Zeroizing::new(String::with_capacity(30));
        for n in 0..26 {
            if n > 0 && n < 25 && n % 5 == 0 {
                text.push('-');
            }
            let digit = usize::try_from(bits & 31).unwrap_or(0);
            text.push(ALPHABET.get(digit).copied().map_or('a', char::from));
            bits >>= 5;
        }
        bits.zeroize();
        Self(text)
    }

    /// Returns the password as its owner types it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AppPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppPassword(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_app_password_is_ascii_in_five_groups() {
        let password = AppPassword::generate(*b"0123456789abcdef");
        let groups: Vec<_> = password.as_str().split('-').map(str::len).collect();
        assert_eq!(groups, [5, 5, 5, 5, 6], "{}", password.as_str());
        assert!(password.as_str().bytes().all(|b| b == b'-' || ALPHABET.contains(&b)));
    }

    #[test]
    fn every_random_bit_counts() {
        let all: BTreeSet<_> = (0..128)
            .map(|bit| AppPassword::generate((1u128 << bit).to_be_bytes()).as_str().to_owned())
            .collect();
        assert_eq!(all.len(), 128);
    }

    #[test]
    fn the_alphabet_has_no_letter_twice() {
        assert_eq!(ALPHABET.iter().collect::<BTreeSet<_>>().len(), 32);
    }

    #[test]
    fn an_app_password_does_not_reach_a_log() {
        let password = AppPassword::generate([7; 16]);
        assert!(!format!("{password:?}").contains(password.as_str()));
    }
}
