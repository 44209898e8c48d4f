//! Sealing NT hashes and keys of history: AES-256-GCM under a key of the service, bound to the person and the purpose.
//!
//! An NT hash is as good as the password for NTLM ([MS-NLMP] §3.3.2), so a copy of the database alone must give none
//! away, and a row moved to another person must open nothing. A sealed value is: format (1), key number (4), nonce (12),
//! encrypted hash (16) or key (32), tag (16).

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rapport_model::{TenantId, Timestamp, UserId};
use zeroize::Zeroizing;

use crate::history::{self, HistoryKey};

const FORMAT: u8 = 1;
const HEAD: usize = 5;
const SECRET: usize = 16;

/// What a sealed hash is for; one sealed for the one opens for the other no more than for another person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The NT hash of an account's own password, and of the one before it.
    AccountPassword,
    /// The NT hash of an app password.
    AppPassword,
    /// The key of a company's history: sealed for nobody, whose number is 0.
    HistoryKey,
}

/// The keys of the service: the first one seals, every one opens.
pub struct ServiceKey {
    keys: Vec<Key>,
}

pub(crate) struct Key {
    pub(crate) number: u32,
    pub(crate) octets: Zeroizing<[u8; 32]>,
    /// When it was made; none for one from before that was written down.
    pub(crate) made: Option<Timestamp>,
}

/// What may be told of a key: never the key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its number, which stands in everything that is sealed under it.
    pub number: u32,
    /// When it was made; none for one from before that was written down.
    pub made: Option<Timestamp>,
}

/// Says that nothing was sealed: the machine's randomness or its cryptography failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sealing failed")]
pub struct SealError;

/// Says why a sealed value was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is no sealed value of a known form.
    #[error("not a sealed value")]
    Form,
    /// It was sealed under a key that is not in the key file.
    #[error(
        "sealed under service key {number}, which is not in the key file; restore that key from the backup"
    )]
    UnknownKey {
        /// The number of that key.
        number: u32,
    },
    /// It was changed, or sealed for another person or purpose.
    #[error("the sealed value was changed or is another person's")]
    Forged,
}

impl ServiceKey {
    /// Takes keys with their numbers, newest first; none when there are none or two of the same number.
    pub(crate) fn from_keys(keys: Vec<Key>) -> Option<Self> {
        let twice = |(n, key): (usize, &Key)| keys.iter().take(n).any(|other| other.number == key.number);
        (!keys.is_empty() && !keys.iter().enumerate().any(twice)).then_some(Self { keys })
    }

    /// Makes a service key that nobody will keep, for tests and demonstrations.
    ///
    /// # Errors
    /// [`SealError`] when the machine has no randomness.
    pub fn ephemeral() -> Result<Self, SealError> {
        Self::new(None)
    }

    /// Makes a service key.
    pub(crate) fn new(made: Option<Timestamp>) -> Result<Self, SealError> {
        Ok(Self { keys: vec![Key::random(1, made)?] })
    }

    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Returns what may be told of each key, the one that seals first.
    pub fn infos(&self) -> impl ExactSizeIterator<Item = KeyInfo> {
        self.keys.iter().map(|key| KeyInfo { number: key.number, made: key.made })
    }

    /// Adds a new key in front, which seals from then on.
    pub(crate) fn rotated(mut self, now: Timestamp) -> Result<Self, SealError> {
        let last = self.keys.iter().map(|key| key.number).max().unwrap_or(0);
        self.keys.insert(0, Key::random(last.checked_add(1).ok_or(SealError)?, Some(now))?);
        Ok(self)
    }

    /// Takes keys away by their numbers; the one that seals stays whatever is said.
    pub(crate) fn without(mut self, numbers: &[u32]) -> Self {
        let sealing = self.keys.first().map(|key| key.number);
        self.keys.retain(|key| Some(key.number) == sealing || !numbers.contains(&key.number));
        self
    }

    /// Joins the keys as they were before something long was done with those that are there after it, so that whatever
    /// was sealed at any moment in between is opened by one of them. None when that can't be said: a key was added and
    /// taken away again in between, or the two are not of one service.
    #[must_use]
    pub fn joined(mut self, before: Self) -> Option<Self> {
        let newest = |key: &Self| key.keys.first().map_or(0, |key| key.number);
        let (then, now) = (newest(&before), newest(&self));
        let has = |number| self.keys.iter().any(|key| key.number == number);
        if now < then || !(then..=now).skip(1).all(has) {
            return None;
        }
        for key in before.keys {
            match self.keys.iter().find(|other| other.number == key.number) {
                Some(other) if other.octets == key.octets => {}
                Some(_) => return None,
                None => self.keys.push(key),
            }
        }
        Some(self)
    }

    /// Seals an NT hash for one person and purpose. Two seals of the same hash differ.
    ///
    /// # Errors
    /// [`SealError`] when the machine has no randomness.
    pub fn seal(
        &self,
        user: UserId,
        purpose: Purpose,
        secret: &[u8; SECRET],
    ) -> Result<Box<[u8]>, SealError> {
        self.seal_octets(user, purpose, secret)
    }

    /// Seals the key of a company's history.
    ///
    /// # Errors
    /// [`SealError`] when the machine has no randomness.
    pub fn seal_history_key(&self, tenant: TenantId, key: &HistoryKey) -> Result<Box<[u8]>, SealError> {
        self.seal_octets(UserId { tenant, user: 0 }, Purpose::HistoryKey, key.octets())
    }

    fn seal_octets<const N: usize>(
        &self,
        user: UserId,
        purpose: Purpose,
        secret: &[u8; N],
    ) -> Result<Box<[u8]>, SealError> {
        let key = self.keys.first().ok_or(SealError)?;
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).map_err(|_| SealError)?;
        let mut secret = Zeroizing::new(*secret);
        let context = Aad::from(context(key.number, user, purpose));
        let tag = key
            .cipher()
            .and_then(|cipher| {
                let nonce = Nonce::assume_unique_for_key(nonce);
                cipher.seal_in_place_separate_tag(nonce, context, secret.as_mut_slice()).ok()
            })
            .ok_or(SealError)?;
        let mut sealed = Vec::with_capacity(HEAD + NONCE_LEN + N + tag.as_ref().len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&key.number.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(secret.as_slice());
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed.into_boxed_slice())
    }

    /// Opens what was sealed for that person and purpose.
    ///
    /// # Errors
    /// [`OpenError`]; nothing is told of the content.
    pub fn open(
        &self,
        user: UserId,
        purpose: Purpose,
        sealed: &[u8],
    ) -> Result<Zeroizing<[u8; SECRET]>, OpenError> {
        self.open_octets(user, purpose, sealed)
    }

    /// Opens the key of a company's history.
    ///
    /// # Errors
    /// [`OpenError`]; nothing is told of the content.
    pub fn open_history_key(&self, tenant: TenantId, sealed: &[u8]) -> Result<HistoryKey, OpenError> {
        let octets =
            self.open_octets::<{ history::KEY }>(UserId { tenant, user: 0 }, Purpose::HistoryKey, sealed)?;
        Ok(HistoryKey::from_octets(octets))
    }

    fn open_octets<const N: usize>(
        &self,
        user: UserId,
        purpose: Purpose,
        sealed: &[u8],
    ) -> Result<Zeroizing<[u8; N]>, OpenError> {
        let number = key_number(sealed).ok_or(OpenError::Form)?;
        let key =
            self.keys.iter().find(|key| key.number == number).ok_or(OpenError::UnknownKey { number })?;
        let rest = sealed.get(HEAD..).ok_or(OpenError::Form)?;
        let (nonce, encrypted) = rest.split_first_chunk::<NONCE_LEN>().ok_or(OpenError::Form)?;
        let mut buffer = Zeroizing::new(encrypted.to_vec());
        let context = Aad::from(context(number, user, purpose));
        let cipher = key.cipher().ok_or(OpenError::Forged)?;
        let opened = cipher
            .open_in_place(Nonce::assume_unique_for_key(*nonce), context, &mut buffer)
            .map_err(|_| OpenError::Forged)?;
        let mut secret = Zeroizing::new([0; N]);
        if opened.len() != N {
            return Err(OpenError::Form);
        }
        secret.copy_from_slice(opened);
        Ok(secret)
    }

    /// Tells whether a sealed value was made under an older key, and should be sealed anew.
    pub fn is_outdated(&self, sealed: &[u8]) -> bool {
        key_number(sealed) != self.keys.first().map(|key| key.number)
    }
}

/// Returns the number of the key under which something was sealed; none when it is no sealed value of a known form.
pub fn key_number(sealed: &[u8]) -> Option<u32> {
    let (format, rest) = sealed.split_first()?;
    let (number, _) = rest.split_first_chunk::<4>()?;
    (*format == FORMAT).then(|| u32::from_be_bytes(*number))
}

impl Key {
    fn random(number: u32, made: Option<Timestamp>) -> Result<Self, SealError> {
        let mut octets = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(octets.as_mut_slice()).map_err(|_| SealError)?;
        Ok(Self { number, octets, made })
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, self.octets.as_slice()).ok().map(LessSafeKey::new)
    }
}

/// What is authenticated with a sealed value beside its content.
fn context(number: u32, user: UserId, purpose: Purpose) -> [u8; 14] {
    let [a, b, c, d] = number.to_be_bytes();
    let [e, f, g, h] = user.tenant.0.to_be_bytes();
    let [i, j, k, l] = user.user.to_be_bytes();
    let purpose = match purpose {
        Purpose::AccountPassword => 1,
        Purpose::AppPassword => 2,
        Purpose::HistoryKey => 3,
    };
    [FORMAT, a, b, c, d, e, f, g, h, i, j, k, l, purpose]
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| key.number)).finish()
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::TenantId;

    use super::*;

    const ANA: UserId = UserId { tenant: TenantId(1), user: 7 };
    const HASH: [u8; 16] = *b"an NT hash, 16 o";

    fn key() -> ServiceKey {
        ServiceKey::ephemeral().expect("randomness")
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_person_and_purpose() {
        let key = key();
        let sealed = key.seal(ANA, Purpose::AppPassword, &HASH).expect("sealed");
        assert_eq!(key.open(ANA, Purpose::AppPassword, &sealed).as_deref(), Ok(&HASH));
        assert_eq!(sealed.len(), 49);
        assert!(!sealed.windows(4).any(|part| HASH.windows(4).any(|of| of == part)));
    }

    #[test]
    fn it_opens_for_no_other_person_company_or_purpose() {
        let key = key();
        let sealed = key.seal(ANA, Purpose::AppPassword, &HASH).expect("sealed");
        for other in [UserId { user: 8, ..ANA }, UserId { tenant: TenantId(2), ..ANA }] {
            assert_eq!(key.open(other, Purpose::AppPassword, &sealed), Err(OpenError::Forged), "{other}");
        }
        assert_eq!(key.open(ANA, Purpose::AccountPassword, &sealed), Err(OpenError::Forged));
    }

    #[test]
    fn a_change_of_any_octet_is_noticed() {
        let key = key();
        let sealed = key.seal(ANA, Purpose::AppPassword, &HASH).expect("sealed");
        for n in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert!(key.open(ANA, Purpose::AppPassword, &changed).is_err(), "octet {n}");
            assert!(key.open(ANA, Purpose::AppPassword, &sealed[..n]).is_err(), "cut at {n}");
        }
        let mut longer = sealed.to_vec();
        longer.push(0);
        assert_eq!(key.open(ANA, Purpose::AppPassword, &longer), Err(OpenError::Forged));
    }

    #[test]
    fn the_same_hash_is_sealed_differently_each_time() {
        let key = key();
        let seal = || key.seal(ANA, Purpose::AppPassword, &HASH).expect("sealed");
        assert_ne!(seal(), seal());
    }

    #[test]
    fn after_rotation_the_new_key_seals_and_the_old_one_opens() {
        let old = key();
        let sealed = old.seal(ANA, Purpose::AppPassword, &HASH).expect("sealed");
        assert!(!old.is_outdated(&sealed));
        let both = old.rotated(Timestamp(0)).expect("randomness");
        assert_eq!(both.open(ANA, Purpose::AppPassword, &sealed).as_deref(), Ok(&HASH));
        assert!(both.is_outdated(&sealed));
        let anew = both.seal(ANA, Purpose::AppPassword, &HASH).expect("sealed");
        assert!(!both.is_outdated(&anew));
        let new_only = both.without(&[2, 1]);
        assert_eq!(new_only.open(ANA, Purpose::AppPassword, &anew).as_deref(), Ok(&HASH));
        let refused = new_only.open(ANA, Purpose::AppPassword, &sealed);
        assert_eq!(refused, Err(OpenError::UnknownKey { number: 1 }));
    }

    #[test]
    fn keys_from_before_and_after_are_joined_or_refused() {
        let copy = |key: &ServiceKey| {
            let keys = key.keys.iter();
            let keys = keys.map(|key| Key { number: key.number, octets: key.octets.clone(), made: key.made });
            ServiceKey { keys: keys.collect() }
        };
        let first = key();
        let second = copy(&first).rotated(Timestamp(0)).expect("randomness");
        let alone = copy(&second).without(&[1]);
        let third = copy(&alone).rotated(Timestamp(0)).expect("randomness").without(&[2]);
        let joined = |after: &ServiceKey, before: &ServiceKey| {
            copy(after).joined(copy(before)).map(|both| format!("{both:?}"))
        };
        assert_eq!(joined(&first, &first).as_deref(), Some("[1]"));
        assert_eq!(joined(&second, &first).as_deref(), Some("[2, 1]"));
        assert_eq!(joined(&alone, &first).as_deref(), Some("[2, 1]"), "what was taken away is there");
        assert_eq!(joined(&third, &alone).as_deref(), Some("[3, 2]"));
        assert_eq!(joined(&third, &first), None, "key 2 came and went in between");
        assert_eq!(joined(&first, &second), None, "another key file was put there");
        assert_eq!(joined(&key(), &first), None, "another service's key has the number");
    }

    #[test]
    fn another_services_key_opens_nothing() {
        let sealed = key().seal(ANA, Purpose::AppPassword, &HASH).expect("sealed");
        assert_eq!(key().open(ANA, Purpose::AppPassword, &sealed), Err(OpenError::Forged));
        for nonsense in [&[][..], &[1], &[2; 49], &[0; 49]] {
            assert_eq!(key().open(ANA, Purpose::AppPassword, nonsense), Err(OpenError::Form));
        }
    }

    #[test]
    fn a_key_of_history_opens_for_its_company_alone() {
        let (key, history) = (key(), HistoryKey::random().expect("randomness"));
        let sealed = key.seal_history_key(ANA.tenant, &history).expect("sealed");
        let opened = key.open_history_key(ANA.tenant, &sealed).expect("opened");
        assert_eq!(opened.octets(), history.octets());
        let refused = key.open_history_key(TenantId(2), &sealed).map(drop);
        assert_eq!(refused, Err(OpenError::Forged));
        let nobody = UserId { user: 0, ..ANA };
        assert_eq!(key.open(nobody, Purpose::HistoryKey, &sealed), Err(OpenError::Form), "it is no hash");
    }

    #[test]
    fn a_key_does_not_reach_a_log() {
        assert_eq!(format!("{:?}", key()), "[1]");
    }
}
