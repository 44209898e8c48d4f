//! Passwords and the hashes that NTLM needs, as the services use them.

use std::sync::Arc;

use rapport_model::UserId;
use rapport_secrets::{PasswordHasher, Purpose, ServiceKey};
use rapport_sipauth::ntlm::NtHash;
use rapport_store::Sealed;
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// The hasher with its bounded lanes, and the service key.
#[derive(Clone, Debug)]
pub struct Secrets {
    hasher: Arc<PasswordHasher>,
    keys: Arc<ServiceKey>,
    lanes: Arc<Semaphore>,
}

impl Secrets {
    /// Takes the hasher, the service key, and how many passwords may be hashed at the same time.
    pub fn new(hasher: PasswordHasher, keys: ServiceKey, lanes: usize) -> Self {
        Self { hasher: Arc::new(hasher), keys: Arc::new(keys), lanes: Arc::new(Semaphore::new(lanes.max(1))) }
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
