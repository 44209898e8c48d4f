//! Signatures of the service (Ed25519, RFC 8032): what a server says of itself can be checked by others, without the
//! service key. The key pair is derived from the service key, so that there is no second secret to keep.

use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use zeroize::Zeroizing;

use crate::seal::{Key, SealError, ServiceKey};

/// Signs in the name of this service.
pub struct Signer {
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

struct Seed;

impl KeyType for Seed {
    fn len(&self) -> usize {
        32
    }
}

impl ServiceKey {
    /// Returns the signer of the key that seals at present.
    ///
    /// # Errors
    /// [`SealError`] when the machine's cryptography fails.
    pub fn signer(&self) -> Result<Signer, SealError> {
        self.keys().first().ok_or(SealError)?.signer()
    }

    /// Returns the signers of the older keys, newest first.
    ///
    /// # Errors
    /// [`SealError`] when the machine's cryptography fails.
    pub fn older_signers(&self) -> Result<Vec<Signer>, SealError> {
        self.keys().iter().skip(1).map(Key::signer).collect()
    }
}

impl Key {
    fn signer(&self) -> Result<Signer, SealError> {
        let mut seed = Zeroizing::new([0; 32]);
        Salt::new(HKDF_SHA256, b"rapport signatures 1")
            .extract(self.octets.as_slice())
            .expand(&[b"audit heads"], Seed)
            .and_then(|okm| okm.fill(seed.as_mut_slice()))
            .map_err(|_| SealError)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| SealError)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| SealError)?;
        Ok(Signer { pair, public })
    }
}

impl Signer {
    /// Returns the public key, by which others check.
    pub const fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut octets = [0; 64];
        for (to, from) in octets.iter_mut().zip(self.pair.sign(message).as_ref()) {
            *to = *from;
        }
        octets
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

/// Tells whether the holder of that public key signed the message.
pub fn is_signed(public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_service_signed_no_other_did() {
        let key = ServiceKey::ephemeral().expect("a key");
        let (signer, again) = (key.signer().expect("a signer"), key.signer().expect("a signer"));
        let other = ServiceKey::ephemeral().and_then(|key| key.signer()).expect("another signer");
        let signature = signer.sign(b"head 7");
        assert_eq!(signer.public(), again.public());
        assert!(is_signed(&signer.public(), b"head 7", &signature));
        assert!(!is_signed(&signer.public(), b"head 8", &signature));
        assert!(!is_signed(&other.public(), b"head 7", &signature));
        assert!(!is_signed(&signer.public(), b"head 7", &signature[..63]));
    }
}
