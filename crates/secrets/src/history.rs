//! Sealing message history: AES-256-GCM under a key of the person, which derives from the key of their company.
//!
//! The company's key is random and is kept sealed under the service key ([`ServiceKey::seal_history_key`]), so that
//! replacing that one leaves the history as it is. Each person's key is HMAC-SHA-256 of the company's over the person:
//! nonces are random, and so many messages are one person's alone that no two of them meet. A sealed entry is: format
//! (1), nonce (12), encrypted content, tag (16).

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use rapport_model::UserId;
use zeroize::Zeroizing;

use crate::{OpenError, SealError};

#[cfg(doc)]
use crate::ServiceKey;

const FORMAT: u8 = 1;
/// Octets of a company's key.
pub(crate) const KEY: usize = 32;

/// The key of a company's history.
pub struct HistoryKey(Zeroizing<[u8; KEY]>);

/// The key of one person's history.
pub struct PersonKey {
    key: LessSafeKey,
}

impl HistoryKey {
    /// Makes a key.
    ///
    /// # Errors
    /// [`SealError`] when the machine has no randomness.
    pub fn random() -> Result<Self, SealError> {
        let mut octets = Zeroizing::new([0; KEY]);
        aws_lc_rs::rand::fill(octets.as_mut_slice()).map_err(|_| SealError)?;
        Ok(Self(octets))
    }

    pub(crate) const fn from_octets(octets: Zeroizing<[u8; KEY]>) -> Self {
        Self(octets)
    }

    pub(crate) fn octets(&self) -> &[u8; KEY] {
        &self.0
    }

    /// Returns the key of one person's history.
    ///
    /// # Errors
    /// [`SealError`] when the machine's cryptography failed.
    pub fn of_person(&self, user: UserId) -> Result<PersonKey, SealError> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice());
        let mut what = hmac::Context::with_key(&key);
        what.update(b"rapport history");
        what.update(&user.tenant.0.to_be_bytes());
        what.update(&user.user.to_be_bytes());
        let key = UnboundKey::new(&AES_256_GCM, what.sign().as_ref()).map_err(|_| SealError)?;
        Ok(PersonKey { key: LessSafeKey::new(key) })
    }
}

impl PersonKey {
    /// Seals an entry; `context` is what stands beside it in the clear. Two seals of the same differ.
    ///
    /// # Errors
    /// [`SealError`] when the machine has no randomness.
    pub fn seal(&self, context: &[u8], content: &[u8]) -> Result<Box<[u8]>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).map_err(|_| SealError)?;
        let head = 1 + NONCE_LEN;
        let mut sealed = Vec::with_capacity(head + content.len() + AES_256_GCM.tag_len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(content);
        let body = sealed.get_mut(head..).ok_or(SealError)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(context), body);
        sealed.extend_from_slice(tag.map_err(|_| SealError)?.as_ref());
        Ok(sealed.into_boxed_slice())
    }

    /// Opens an entry.
    ///
    /// # Errors
    /// [`OpenError`] when it was changed, or is another person's, or stands beside something else by now.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (format, rest) = sealed.split_first().ok_or(OpenError::Form)?;
        let (nonce, encrypted) = rest.split_first_chunk::<NONCE_LEN>().ok_or(OpenError::Form)?;
        if *format != FORMAT {
            return Err(OpenError::Form);
        }
        let mut content = encrypted.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.key.open_in_place(nonce, Aad::from(context), &mut content);
        let length = opened.map_err(|_| OpenError::Forged)?.len();
        content.truncate(length);
        Ok(content)
    }
}

impl fmt::Debug for HistoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HistoryKey")
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey")
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::TenantId;

    use super::*;

    const ANA: UserId = UserId { tenant: TenantId(1), user: 7 };

    #[test]
    fn an_entry_opens_for_its_person_beside_what_it_was_sealed_with() {
        let key = HistoryKey::random().expect("randomness");
        let ana = key.of_person(ANA).expect("a key");
        let sealed = ana.seal(b"with kim at 5", b"see you at eight").expect("sealed");
        assert!(!sealed.windows(5).any(|part| part == b"eight"));
        assert_eq!(ana.open(b"with kim at 5", &sealed).as_deref(), Ok(&b"see you at eight"[..]));
        assert_ne!(ana.seal(b"with kim at 5", b"see you at eight").expect("sealed"), sealed);
        assert_eq!(ana.open(b"with kim at 6", &sealed), Err(OpenError::Forged));
        for other in [UserId { user: 8, ..ANA }, UserId { tenant: TenantId(2), ..ANA }] {
            let other = key.of_person(other).expect("a key");
            assert_eq!(other.open(b"with kim at 5", &sealed), Err(OpenError::Forged));
        }
        let another = HistoryKey::random().expect("randomness").of_person(ANA).expect("a key");
        assert_eq!(another.open(b"with kim at 5", &sealed), Err(OpenError::Forged));
    }

    #[test]
    fn a_change_of_any_octet_is_noticed() {
        let ana = HistoryKey::random().expect("randomness").of_person(ANA).expect("a key");
        let sealed = ana.seal(b"", b"words").expect("sealed");
        for n in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert!(ana.open(b"", &changed).is_err(), "octet {n}");
            assert!(ana.open(b"", &sealed[..n]).is_err(), "cut at {n}");
        }
    }

    #[test]
    fn a_key_does_not_reach_a_log() {
        let key = HistoryKey::random().expect("randomness");
        assert_eq!(format!("{key:?} {:?}", key.of_person(ANA).expect("a key")), "HistoryKey PersonKey");
    }
}
