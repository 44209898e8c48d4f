//! Passwords and the hashes that NTLM needs, as the services use them.

use std::sync::Arc;
use std::time::Duration;

use rapport_model::UserId;
use rapport_secrets::{PasswordHasher, Purpose, ServiceKey, Verdict};
use rapport_sipauth::ntlm::NtHash;
use rapport_store::Sealed;
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// How many may have a password compared at a time for each lane: who comes last waits some seconds.
const WAITING_PER_LANE: usize = 64;
/// When somebody who found no place tries again.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// The hasher with its bounded lanes, and the service key.
#[derive(Clone, Debug)]
pub struct Secrets {
    hasher: Arc<PasswordHasher>,
    keys: Arc<ServiceKey>,
    lanes: Arc<Semaphore>,
    /// Places for those who have a password compared, those who wait for a lane included.
    waiting: Arc<Semaphore>,
}

impl Secrets {
    /// Takes the hasher, the service key, and how many passwords may be hashed at the same time.
    pub fn new(hasher: PasswordHasher, keys: ServiceKey, lanes: usize) -> Self {
        Self {
            hasher: Arc::new(hasher),
            keys: Arc::new(keys),
            lanes: Arc::new(Semaphore::new(lanes.max(1))),
            waiting: Arc::new(Semaphore::new(lanes.max(1) * WAITING_PER_LANE)),
        }
    }

    /// Hashes a password by Argon2id, off the message path.
    pub(crate) async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String> {
        let _lane = self.lanes.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
        let (hasher, password) = (self.hasher.clone(), password.to_owned());
        tokio::task::spawn_blocking(move || hasher.hash(&password, salt))
            .await
            .map_err(|e| Error::Internal(e.to_string()))?
            .map_err(|e| Error::Internal(e.to_string()))
    }

    /// Tells whether a password is the one that was hashed, off the message path: none when it is not, else whether it should
    /// be hashed anew. It takes as long without a hash.
    ///
    /// # Errors
    /// `Overloaded` when as many wait already as may.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Option<bool>> {
        let _waiting =
            self.waiting.try_acquire().map_err(|_| Error::Overloaded { retry_after: RETRY_AFTER })?;
        let _lane = self.lanes.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
        let (hasher, password, hash) = (self.hasher.clone(), password.to_owned(), hash.map(str::to_owned));
        let verdict = tokio::task::spawn_blocking(move || match hash {
            Some(hash) => hasher.verify(&password, &hash),
            None => {
                hasher.verify_nobody(&password);
                Ok(Verdict::Wrong)
            }
        });
        match verdict.await.map_err(|e| Error::Internal(e.to_string()))? {
            Ok(Verdict::Right { rehash }) => Ok(Some(rehash)),
            Ok(Verdict::Wrong) => Ok(None),
            Err(error) => Err(Error::Internal(error.to_string())),
        }
    }

    /// Seals the NT hash of a password under the service key.
    pub(crate) fn seal_nt(&self, user: UserId, purpose: Purpose, password: &str) -> Result<Sealed> {
        let hash = NtHash::of_password(password);
        let sealed =
            self.keys.seal(user, purpose, hash.as_bytes()).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(Sealed(sealed))
    }

    /// Opens a sealed NT hash; none when it was not sealed for that person and purpose.
    pub(crate) fn open_nt(&self, user: UserId, purpose: Purpose, sealed: &Sealed) -> Option<NtHash> {
        self.keys.open(user, purpose, &sealed.0).ok().map(|hash| NtHash::from_bytes(*hash))
    }
}
