//! Passwords and the hashes that NTLM needs, as the services use them.
//!
//! The service key can be replaced at any moment. Who seals takes a [`Sealer`] and keeps it until what was sealed is
//! stored; who opens takes an [`Opener`] before reading what is to be opened. Then no hash is stored under a key that
//! has been taken away meanwhile, and none is read that can't be opened.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rapport_model::{TenantId, Timestamp, UserId};
use rapport_secrets::{
    HistoryKey, OpenError, PasswordHasher, Purpose, SealError, ServiceKey, Signer, Verdict,
};
use rapport_sipauth::ntlm::NtHash;
use rapport_store::{NewPassword, Sealed};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::{Error, Result};

/// How many may have a password compared or hashed at a time for each lane: who comes last waits some seconds.
const WAITING_PER_LANE: usize = 64;
/// When somebody who found no place tries again.
const RETRY_AFTER: Duration = Duration::from_secs(10);
/// How many may be between sealing and storing at the same time: far more than there are lanes to hash passwords.
const SEALERS: u32 = 65_536;

/// The hasher with its bounded lanes, and the service key.
#[derive(Clone, Debug)]
pub struct Secrets {
    hasher: Arc<PasswordHasher>,
    ring: Arc<Ring>,
    lanes: Arc<Semaphore>,
    /// Places for those who have a password compared or hashed, those who wait for a lane included.
    waiting: Arc<Semaphore>,
}

/// The service key as it is, and whoever still seals under what it was.
#[derive(Debug)]
struct Ring {
    current: RwLock<Current>,
    /// Of each key ring before, until whoever took a sealer then has given it back.
    older: Mutex<Vec<Arc<Semaphore>>>,
}

#[derive(Clone, Debug)]
struct Current {
    keys: Arc<ServiceKey>,
    sealers: Arc<Semaphore>,
}

impl Current {
    fn of(keys: ServiceKey) -> Self {
        Self { keys: Arc::new(keys), sealers: Arc::new(Semaphore::new(SEALERS as usize)) }
    }
}

impl Secrets {
    /// Takes the hasher, the service key, and how many passwords may be hashed at the same time.
    pub fn new(hasher: PasswordHasher, keys: ServiceKey, lanes: usize) -> Self {
        let ring = Ring { current: RwLock::new(Current::of(keys)), older: Mutex::default() };
        Self {
            hasher: Arc::new(hasher),
            ring: Arc::new(ring),
            lanes: Arc::new(Semaphore::new(lanes.max(1))),
            waiting: Arc::new(Semaphore::new(lanes.max(1) * WAITING_PER_LANE)),
        }
    }

    /// Waits for a lane. Returns it with the place among those who wait, both to be kept until the work is done.
    ///
    /// # Errors
    /// `Overloaded` when as many wait already as may.
    async fn lane(&self) -> Result<(SemaphorePermit<'_>, SemaphorePermit<'_>)> {
        let place = self.waiting.try_acquire().map_err(|_| {
            metrics::counter!("rapport_password_lanes_full_total").increment(1);
            Error::Overloaded { retry_after: RETRY_AFTER }
        })?;
        let lane = self.lanes.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
        Ok((place, lane))
    }

    /// Hashes a password by Argon2id, off the message path.
    ///
    /// # Errors
    /// `Overloaded` when as many wait already as may.
    pub(crate) async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String> {
        let _lane = self.lane().await?;
        let (hasher, password) = (self.hasher.clone(), password.to_owned());
        tokio::task::spawn_blocking(move || hasher.hash(&password, salt))
            .await
            .map_err(|e| Error::Internal(e.to_string()))?
            .map_err(|e| Error::Internal(e.to_string()))
    }

    /// Hashes an account's password, before it is known whose that will be; for SIP too, where it may sign in there.
    pub(crate) async fn hash_account(&self, password: &str, salt: [u8; 16], for_sip: bool) -> Result<Hashed> {
        let hash = self.hash(password, salt).await?;
        Ok(Hashed { hash, nt: for_sip.then(|| NtHash::of_password(password)) })
    }

    /// Tells whether a password is the one that was hashed, off the message path: none when it is not, else whether it should
    /// be hashed anew. It takes as long without a hash.
    ///
    /// # Errors
    /// `Overloaded` when as many wait already as may.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Option<bool>> {
        let _lane = self.lane().await?;
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

    /// Returns the service key as it is.
    pub(crate) fn keys(&self) -> Arc<ServiceKey> {
        self.ring.current.read().unwrap_or_else(PoisonError::into_inner).keys.clone()
    }

    /// Returns who signs for this service at present.
    pub(crate) fn signer(&self) -> Result<Signer> {
        self.keys().signer().map_err(|error| Error::Internal(error.to_string()))
    }

    /// Returns a sealer, to be kept until what it sealed is stored.
    ///
    /// # Errors
    /// `Unavailable` when too many seal at once.
    pub(crate) fn sealer(&self) -> Result<Sealer> {
        // The place is taken under the lock: whoever replaces the key after it waits for this sealer, too.
        let current = self.ring.current.read().unwrap_or_else(PoisonError::into_inner);
        let place = current.sealers.clone().try_acquire_owned();
        let place = place.map_err(|_| Error::Unavailable("too many hashes are sealed at once".to_owned()))?;
        Ok(Sealer { keys: current.keys.clone(), _place: place })
    }

    /// Returns what opens everything that will be read from the store before it is used.
    pub(crate) fn opener(&self) -> Opener {
        Opener { before: self.keys(), secrets: self.clone() }
    }

    /// Replaces the service key by one that has every key that anything is sealed under.
    pub(crate) fn replace(&self, keys: ServiceKey) {
        let mut current = self.ring.current.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, Current::of(keys));
        let mut older = self.ring.older.lock().unwrap_or_else(PoisonError::into_inner);
        older.push(before.sealers);
    }

    /// Waits until whoever took a sealer before the key was last replaced has given it back: from then on nothing comes
    /// into the store that is sealed under an older key.
    pub(crate) async fn settled(&self) {
        let older = self.ring.older.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for sealers in &older {
            // Never closed, and nobody takes a place any more.
            let _ = sealers.acquire_many(SEALERS).await;
        }
        let mut left = self.ring.older.lock().unwrap_or_else(PoisonError::into_inner);
        left.retain(|sealers| !older.iter().any(|settled| Arc::ptr_eq(settled, sealers)));
    }
}

/// An account's password that was hashed and is nobody's yet: its NT hash is sealed for one person.
pub(crate) struct Hashed {
    hash: String,
    nt: Option<NtHash>,
}

/// Seals NT hashes under the service key as it was when this was taken.
#[derive(Debug)]
pub(crate) struct Sealer {
    keys: Arc<ServiceKey>,
    _place: OwnedSemaphorePermit,
}

impl Sealer {
    /// Seals the NT hash of a password.
    pub(crate) fn seal_nt(&self, user: UserId, purpose: Purpose, password: &str) -> Result<Sealed> {
        self.seal(user, purpose, &NtHash::of_password(password))
    }

    /// Makes somebody's password of a hashed one.
    pub(crate) fn account(
        &self,
        user: UserId,
        new: Hashed,
        previous_until: Timestamp,
    ) -> Result<NewPassword> {
        let Hashed { hash, nt } = new;
        let account_nt = nt.map(|nt| self.seal(user, Purpose::AccountPassword, &nt)).transpose()?;
        Ok(NewPassword { hash, account_nt, previous_until })
    }

    fn seal(&self, user: UserId, purpose: Purpose, hash: &NtHash) -> Result<Sealed> {
        Ok(Sealed(self.keys.seal(user, purpose, hash.as_bytes()).map_err(internal)?))
    }

    /// Seals the key of a company's history.
    pub(crate) fn seal_history_key(&self, tenant: TenantId, key: &HistoryKey) -> Result<Sealed> {
        Ok(Sealed(self.keys.seal_history_key(tenant, key).map_err(internal)?))
    }

    /// Returns the service key under which this seals.
    pub(crate) fn keys(&self) -> &ServiceKey {
        &self.keys
    }
}

fn internal(error: SealError) -> Error {
    Error::Internal(error.to_string())
}

/// Opens what is read from the store after this was taken, even while the service key is being replaced.
pub(crate) struct Opener {
    before: Arc<ServiceKey>,
    secrets: Secrets,
}

impl Opener {
    /// Opens a sealed NT hash; none when it was not sealed for that person and purpose.
    pub(crate) fn open_nt(&self, user: UserId, purpose: Purpose, sealed: &Sealed) -> Option<NtHash> {
        let opened = match self.before.open(user, purpose, &sealed.0) {
            // Sealed anew since, under a key that is newer than this.
            Err(OpenError::UnknownKey { .. }) => self.secrets.keys().open(user, purpose, &sealed.0),
            opened => opened,
        };
        opened.ok().map(|hash| NtHash::from_bytes(*hash))
    }

    /// Opens the key of a company's history.
    ///
    /// # Errors
    /// It was not sealed for that company, or under a key that is not there.
    pub(crate) fn open_history_key(
        &self,
        tenant: TenantId,
        sealed: &Sealed,
    ) -> std::result::Result<HistoryKey, OpenError> {
        match self.before.open_history_key(tenant, &sealed.0) {
            Err(OpenError::UnknownKey { .. }) => self.secrets.keys().open_history_key(tenant, &sealed.0),
            opened => opened,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use rapport_model::{TenantId, Timestamp};
    use rapport_secrets::{Cost, KeyFile};

    use super::*;

    const ANA: UserId = UserId { tenant: TenantId(1), user: 7 };

    /// Secrets with a key in a file, and that file.
    fn secrets(name: &str) -> (Secrets, KeyFile) {
        let path = std::env::temp_dir().join(format!("rapport-secret-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let keys = ServiceKey::load_or_create(&path, Timestamp(0)).expect("a key");
        let hasher = PasswordHasher::new(Cost::TRIVIAL).expect("a cost");
        (Secrets::new(hasher, keys, 1), KeyFile::new(&path))
    }

    fn is_settled(secrets: &Secrets) -> bool {
        pin!(secrets.settled()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_key_is_not_given_up_while_somebody_is_about_to_store_what_they_sealed_under_it() {
        let (secrets, file) = secrets("sealer");
        assert!(is_settled(&secrets));
        let [first, second] = [secrets.sealer().expect("a sealer"), secrets.sealer().expect("a sealer")];
        secrets.replace(file.rotate(Timestamp(0)).expect("rotated"));
        let late = secrets.sealer().expect("a sealer");
        assert!(!is_settled(&secrets));
        drop(first);
        assert!(!is_settled(&secrets), "the second is under way still");
        secrets.replace(file.rotate(Timestamp(0)).expect("rotated"));
        drop(second);
        assert!(!is_settled(&secrets), "the second key is an older one by now");
        drop(late);
        assert!(is_settled(&secrets));
        let newest = secrets.sealer().expect("a sealer");
        assert!(is_settled(&secrets), "who seals under the newest key is not waited for");
        drop(newest);
    }

    #[tokio::test]
    async fn so_many_wait_for_a_lane_and_the_next_one_is_refused() {
        let (secrets, _file) = secrets("lanes");
        let busy = secrets.lanes.clone().acquire_owned().await.expect("a lane");
        let mut waiting: Vec<_> =
            (0..WAITING_PER_LANE).map(|_| Box::pin(secrets.verify("a password", None))).collect();
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiting.iter_mut().all(|verify| verify.as_mut().poll(&mut context).is_pending()));
        for _ in 0..3 {
            let refused = pin!(secrets.verify("a password", None)).poll(&mut context);
            assert!(
                matches!(refused, Poll::Ready(Err(Error::Overloaded { retry_after })) if retry_after == RETRY_AFTER)
            );
            let refused = pin!(secrets.hash("a new password", [0; 16])).poll(&mut context);
            assert!(
                matches!(refused, Poll::Ready(Err(Error::Overloaded { .. }))),
                "a new one waits for a lane, too"
            );
        }
        // Whoever goes away makes room.
        drop(waiting.pop());
        let mut next = Box::pin(secrets.verify("a password", None));
        assert!(next.as_mut().poll(&mut context).is_pending());
        waiting.push(next);
        drop(busy);
        for verify in waiting {
            assert_eq!(verify.await.expect("looked at"), None);
        }
    }

    #[test]
    fn a_hash_opens_that_was_read_while_the_key_was_being_replaced() {
        let (secrets, file) = secrets("opener");
        let seal = || {
            let sealer = secrets.sealer().expect("a sealer");
            sealer.seal_nt(ANA, Purpose::AppPassword, "a password").expect("sealed")
        };
        let opens = |opener: &Opener, sealed: &Sealed| {
            let opened = opener.open_nt(ANA, Purpose::AppPassword, sealed);
            opened.is_some_and(|hash| hash.as_bytes() == NtHash::of_password("a password").as_bytes())
        };
        let (opener, old) = (secrets.opener(), seal());
        secrets.replace(file.rotate(Timestamp(0)).expect("rotated"));
        let new = seal();
        assert!(opens(&opener, &old) && opens(&opener, &new));
        secrets.replace(file.retire(&[1]).expect("retired"));
        assert!(opens(&opener, &old), "it was read while the old key was there");
        assert!(opens(&opener, &new) && opens(&secrets.opener(), &new));
        assert!(!opens(&secrets.opener(), &old), "the old key is gone");
    }
}
