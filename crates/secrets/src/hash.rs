//! Argon2id (RFC 9106) in PHC strings.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as PhcError, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

/// A longer password is nobody's: hashing it would be work for nothing.
const LONGEST: usize = 1024;
/// No hash of ours takes more than 1 GiB; a damaged row must not either.
pub(crate) const MOST_MEMORY_KIB: u32 = 1024 * 1024;

/// How much a guess costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Lanes that can be filled in parallel.
    pub lanes: u32,
}

/// Hashes passwords, and tells whether one is right.
#[derive(Clone, Debug)]
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    cost: Cost,
}

/// What comes of comparing a password with a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the password.
    Wrong,
    /// It is the password.
    Right {
        /// Whether the hash was made at another cost than is asked for today, and should be made anew.
        rehash: bool,
    },
}

/// Says why no hash could be worked out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Argon2 has no such cost.
    #[error("password cost {0:?} is out of range: memory is at least 8 KiB per lane and at most 1 GiB")]
    Cost(Cost),
    /// The password has more than 1024 octets.
    #[error("a password has at most {LONGEST} octets")]
    TooLong,
    /// What is stored is no Argon2id hash.
    #[error("the stored password hash is damaged")]
    Damaged,
}

impl Cost {
    /// What the service asks for: 46 MiB, one pass, one lane (OWASP ASVS 5, appendix C).
    pub const SERVICE: Self = Self { memory_kib: 46 * 1024, passes: 1, lanes: 1 };
    /// As good as nothing, for tests and demonstrations.
    pub const TRIVIAL: Self = Self { memory_kib: 64, passes: 1, lanes: 1 };
}

impl Default for Cost {
    fn default() -> Self {
        Self::SERVICE
    }
}

impl PasswordHasher {
    /// Makes a hasher of that cost.
    ///
    /// # Errors
    /// [`HashError::Cost`] when Argon2 has no such parameters or they take more than 1 GiB.
    pub fn new(cost: Cost) -> Result<Self, HashError> {
        if cost.memory_kib > MOST_MEMORY_KIB {
            return Err(HashError::Cost(cost));
        }
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32));
        let params = params.map_err(|_| HashError::Cost(cost))?;
        Ok(Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), cost })
    }

    /// Hashes a password under a random salt into a PHC string. Takes the memory and time of one guess.
    ///
    /// # Errors
    /// [`HashError::TooLong`].
    pub fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String, HashError> {
        if password.len() > LONGEST {
            return Err(HashError::TooLong);
        }
        let hash = self.argon2.hash_password_with_salt(password.as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|_| HashError::Cost(self.cost))
    }

    /// Tells whether `password` is the one that was hashed, at the cost at which that was done.
    ///
    /// # Errors
    /// [`HashError::Damaged`] when `phc` is no Argon2id hash.
    pub fn verify(&self, password: &str, phc: &str) -> Result<Verdict, HashError> {
        let hash = PasswordHash::new(phc).map_err(|_| HashError::Damaged)?;
        let params = Params::try_from(&hash).map_err(|_| HashError::Damaged)?;
        let whole = hash.salt.is_some() && hash.hash.is_some();
        if !whole || hash.algorithm != Algorithm::Argon2id.ident() || params.m_cost() > MOST_MEMORY_KIB {
            return Err(HashError::Damaged);
        }
        if password.len() > LONGEST {
            self.verify_nobody(password);
            return Ok(Verdict::Wrong);
        }
        let made_at = Cost { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        match self.argon2.verify_password(password.as_bytes(), &hash) {
            Ok(()) => Ok(Verdict::Right { rehash: made_at != self.cost }),
            Err(PhcError::PasswordInvalid) => Ok(Verdict::Wrong),
            Err(_) => Err(HashError::Damaged),
        }
    }

    /// Takes as long as comparing with somebody's hash, for a sign-in name that is nobody's.
    pub fn verify_nobody(&self, password: &str) {
        let most = password.as_bytes().get(..LONGEST).unwrap_or(password.as_bytes());
        let mut out = [0; 32];
        let done = self.argon2.hash_password_into(most, b"salt of no account", &mut out);
        std::hint::black_box((done.is_ok(), out));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quick() -> PasswordHasher {
        PasswordHasher::new(Cost::TRIVIAL).expect("a valid cost")
    }

    #[test]
    fn the_right_password_is_told_from_a_wrong_one() {
        let hasher = quick();
        let hash = hasher.hash("correct horse 🐎 battery", [1; 16]).expect("a hash");
        assert_eq!(hasher.verify("correct horse 🐎 battery", &hash), Ok(Verdict::Right { rehash: false }));
        let long = "x".repeat(LONGEST + 1);
        for wrong in ["", "correct horse 🐎 batterY", "correct horse 🐎 battery ", long.as_str()] {
            assert_eq!(hasher.verify(wrong, &hash), Ok(Verdict::Wrong), "{wrong}");
        }
        assert_eq!(hasher.hash(&long, [1; 16]), Err(HashError::TooLong));
    }

    #[test]
    fn a_hash_is_a_phc_string_under_its_salt() {
        let hasher =
            PasswordHasher::new(Cost { memory_kib: 128, passes: 2, lanes: 1 }).expect("a valid cost");
        let one = hasher.hash("secret", [1; 16]).expect("a hash");
        assert!(one.starts_with("$argon2id$v=19$m=128,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$"), "{one}");
        assert_ne!(one, hasher.hash("secret", [2; 16]).expect("a hash"));
    }

    #[test]
    fn a_hash_of_another_cost_is_right_and_due_for_renewal() {
        let old = quick().hash("secret", [1; 16]).expect("a hash");
        let dearer = PasswordHasher::new(Cost { memory_kib: 128, ..Cost::TRIVIAL }).expect("a valid cost");
        assert_eq!(dearer.verify("secret", &old), Ok(Verdict::Right { rehash: true }));
        assert_eq!(dearer.verify("other", &old), Ok(Verdict::Wrong));
    }

    #[test]
    fn what_is_no_argon2id_hash_is_called_damaged() {
        let hasher = quick();
        let good = hasher.hash("secret", [1; 16]).expect("a hash");
        let greedy = good.replace("m=64", "m=4000000");
        let other = good.replace("argon2id", "argon2i");
        for damaged in ["", "secret", "$argon2id$v=19$m=64", greedy.as_str(), other.as_str()] {
            assert_eq!(hasher.verify("secret", damaged), Err(HashError::Damaged), "{damaged}");
        }
    }

    #[test]
    fn the_service_asks_for_46_mib() {
        let hash = PasswordHasher::new(Cost::default()).expect("a valid cost").hash("x", [0; 16]);
        assert!(hash.expect("a hash").contains("$m=47104,t=1,p=1$"));
        quick().verify_nobody("anything");
        for wrong in [
            Cost { memory_kib: 4, ..Cost::TRIVIAL },
            Cost { passes: 0, ..Cost::TRIVIAL },
            Cost { memory_kib: u32::MAX, ..Cost::TRIVIAL },
        ] {
            assert_eq!(PasswordHasher::new(wrong).err(), Some(HashError::Cost(wrong)));
        }
    }
}
