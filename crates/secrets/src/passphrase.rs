//! Sealing the service key under a passphrase, for a copy that leaves the machine: Argon2id and AES-256-GCM.
//!
//! The sealed key is: `RPKY`, format (1), Argon2id's memory in KiB (4), passes (4) and lanes (4), salt (16), nonce (12),
//! encrypted key file, tag (16). Everything before the encrypted part is authenticated with it. The cost stands in it,
//! so that it can grow later; one beyond reason is refused before anything is worked out.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::hash::{Cost, MOST_MEMORY_KIB};
use crate::keyfile;
use crate::seal::ServiceKey;

const MAGIC: &[u8; 5] = b"RPKY\x01";
const SALT: usize = 16;
const HEAD: usize = MAGIC.len() + 12 + SALT + NONCE_LEN;
/// The shortest passphrase: whoever has the backup can try as many as they like.
const SHORTEST: usize = 12;
const LONGEST: usize = 1024;
const MOST_PASSES: u32 = 64;
const MOST_LANES: u32 = 16;

/// What a guess at a passphrase costs: it is worked out once per backup, so it may be dearer than a sign-in's.
const PASSPHRASE: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

/// Says why a key was not sealed under a passphrase, or not opened with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// The passphrase is too short or too long to protect a key.
    #[error("a passphrase has at least {SHORTEST} characters and at most {LONGEST} bytes")]
    Length,
    /// It is no sealed key of a known form.
    #[error("the sealed service key is damaged, or was made by a newer version")]
    Form,
    /// It was sealed under another passphrase, or changed.
    #[error("the passphrase is wrong, or the sealed service key was changed")]
    Wrong,
    /// The machine has no randomness or too little memory.
    #[error("the machine has no randomness or not enough memory")]
    Machine,
}

impl ServiceKey {
    /// Seals all keys under a passphrase. Takes 64 MiB of memory and some tenths of a second.
    ///
    /// # Errors
    /// [`PassphraseError::Length`], [`PassphraseError::Machine`].
    pub fn seal_under(&self, passphrase: &str) -> Result<Vec<u8>, PassphraseError> {
        check_passphrase(passphrase)?;
        let mut chance = [0; SALT + NONCE_LEN];
        aws_lc_rs::rand::fill(&mut chance).map_err(|_| PassphraseError::Machine)?;
        let mut sealed = MAGIC.to_vec();
        for number in [PASSPHRASE.memory_kib, PASSPHRASE.passes, PASSPHRASE.lanes] {
            sealed.extend_from_slice(&number.to_be_bytes());
        }
        sealed.extend_from_slice(&chance);
        let head = Head::read(&sealed).ok_or(PassphraseError::Machine)?;
        let cipher = head.cipher(passphrase)?;
        let mut text = Zeroizing::new(self.encode().as_bytes().to_vec());
        let tag = cipher
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(head.nonce),
                Aad::from(&sealed),
                &mut text,
            )
            .map_err(|_| PassphraseError::Machine)?;
        sealed.extend_from_slice(&text);
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`seal_under`](Self::seal_under) made.
    ///
    /// # Errors
    /// [`PassphraseError`]; nothing is told of the content.
    pub fn open_with(passphrase: &str, sealed: &[u8]) -> Result<Self, PassphraseError> {
        let (head, encrypted) = sealed.split_at_checked(HEAD).ok_or(PassphraseError::Form)?;
        let parsed = Head::read(head).ok_or(PassphraseError::Form)?;
        if passphrase.len() > LONGEST {
            return Err(PassphraseError::Wrong);
        }
        let cipher = parsed.cipher(passphrase)?;
        let mut text = Zeroizing::new(encrypted.to_vec());
        let opened = cipher
            .open_in_place(Nonce::assume_unique_for_key(parsed.nonce), Aad::from(head), &mut text)
            .map_err(|_| PassphraseError::Wrong)?;
        let text = std::str::from_utf8(opened).map_err(|_| PassphraseError::Form)?;
        keyfile::parse(text).map_err(|_| PassphraseError::Form)
    }
}

/// Tells whether a key can be sealed under a passphrase, before anything long is done for it.
///
/// # Errors
/// [`PassphraseError::Length`].
pub fn check_passphrase(passphrase: &str) -> Result<(), PassphraseError> {
    if passphrase.chars().count() < SHORTEST || passphrase.len() > LONGEST {
        return Err(PassphraseError::Length);
    }
    Ok(())
}

struct Head {
    cost: Cost,
    salt: [u8; SALT],
    nonce: [u8; NONCE_LEN],
}

impl Head {
    /// Reads what stands before the encrypted part; none when it is of no known form or its cost is beyond reason.
    fn read(head: &[u8]) -> Option<Self> {
        let rest = head.strip_prefix(MAGIC)?;
        let (memory, rest) = rest.split_first_chunk::<4>()?;
        let (passes, rest) = rest.split_first_chunk::<4>()?;
        let (lanes, rest) = rest.split_first_chunk::<4>()?;
        let (salt, rest) = rest.split_first_chunk::<SALT>()?;
        let (nonce, _) = rest.split_first_chunk::<NONCE_LEN>()?;
        let cost = Cost {
            memory_kib: u32::from_be_bytes(*memory),
            passes: u32::from_be_bytes(*passes),
            lanes: u32::from_be_bytes(*lanes),
        };
        let sensible =
            cost.memory_kib <= MOST_MEMORY_KIB && cost.passes <= MOST_PASSES && cost.lanes <= MOST_LANES;
        sensible.then_some(Self { cost, salt: *salt, nonce: *nonce })
    }

    fn cipher(&self, passphrase: &str) -> Result<LessSafeKey, PassphraseError> {
        let params = Params::new(self.cost.memory_kib, self.cost.passes, self.cost.lanes, Some(32))
            .map_err(|_| PassphraseError::Form)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &self.salt, key.as_mut_slice())
            .map_err(|_| PassphraseError::Machine)?;
        UnboundKey::new(&AES_256_GCM, key.as_slice())
            .map(LessSafeKey::new)
            .map_err(|_| PassphraseError::Machine)
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::{TenantId, UserId};

    use super::*;
    use crate::Purpose;

    const WORDS: &str = "four words and a Ümlaut";
    const ANA: UserId = UserId { tenant: TenantId(1), user: 7 };

    #[test]
    fn a_key_comes_back_with_its_passphrase_and_with_no_other() {
        let key = ServiceKey::ephemeral()
            .expect("randomness")
            .rotated(rapport_model::Timestamp(0))
            .expect("randomness");
        let hash = key.seal(ANA, Purpose::AppPassword, &[9; 16]).expect("sealed");
        let sealed = key.seal_under(WORDS).expect("sealed");
        let back = ServiceKey::open_with(WORDS, &sealed).expect("opened");
        assert_eq!(format!("{back:?}"), "[2, 1]");
        assert_eq!(back.open(ANA, Purpose::AppPassword, &hash).as_deref(), Ok(&[9; 16]));
        assert_eq!(
            ServiceKey::open_with("four words and a Umlaut", &sealed).err(),
            Some(PassphraseError::Wrong)
        );
        assert_ne!(key.seal_under(WORDS).expect("sealed"), sealed, "a salt and a nonce of its own each time");
        let plain = key.encode();
        assert!(!sealed.windows(8).any(|part| plain.as_bytes().windows(8).any(|of| of == part)));
    }

    #[test]
    fn a_change_anywhere_is_noticed_and_no_cost_beyond_reason_is_paid() {
        let sealed = ServiceKey::ephemeral().expect("randomness").seal_under(WORDS).expect("sealed");
        // One octet of each field: magic, format, memory, passes, lanes, salt, nonce, content, tag.
        for n in [0, 4, 8, 12, 16, 17, 33, HEAD, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert!(ServiceKey::open_with(WORDS, &changed).is_err(), "octet {n}");
        }
        for field in [5, 9, 13] {
            let mut dear = sealed.clone();
            dear[field] = 0xff;
            assert_eq!(
                ServiceKey::open_with(WORDS, &dear).err(),
                Some(PassphraseError::Form),
                "field at {field}"
            );
        }
        for length in [0, 4, 10, HEAD - 1, HEAD, HEAD + 3] {
            assert!(ServiceKey::open_with(WORDS, &sealed[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn a_passphrase_that_is_soon_guessed_is_refused() {
        let key = ServiceKey::ephemeral().expect("randomness");
        for bad in ["", "elevenchars", &"x".repeat(1025)] {
            assert_eq!(key.seal_under(bad).err(), Some(PassphraseError::Length), "{bad}");
        }
    }
}
