//! Replacing the service key while the server goes on (ADR 0017).
//!
//! First the new key is in the file, then it seals; then everything that an older key sealed is sealed anew, a few
//! people at a time; and when nothing is sealed under the older key any more, and nobody is about to store something
//! that is, it is taken out of the file. Each step can be the last before a crash: a server that starts with more than
//! one key goes on where that one ended.
//!
//! What is sealed under the service key is all behind [`Store::sealed`](rapport_store::Store::sealed). Whatever comes to
//! be sealed under it, or under a key that derives from it, has to be found there, or a key is taken away too early.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rapport_fabric::Fabric;
use rapport_model::{OperatorScope, Timestamp, UserId};
use rapport_secrets::{KeyFile, KeyFileError, OpenError, Purpose, ServiceKey, Signer, key_number};
use rapport_store::{Resealed, Sealed, SealedAs, SealedOf, SealedPage};
use tokio::sync::{Notify, Semaphore, watch};

use crate::ports::Ports;
use crate::{Error, Result, Wire};

/// People whose hashes are looked at, and sealed anew, in one transaction.
const BATCH: usize = 100;
/// When it is tried again after the store or the file failed, or while hashes that can't be opened keep a key there.
const AGAIN: Duration = Duration::from_secs(10 * 60);
/// People who are named in the log because a hash of theirs can't be opened.
const NAMED: usize = 20;

/// Told of the keys, the newest first, whenever the older ones are about to be replaced: it signs for the newest with
/// the others, say. Blocks; an error keeps every key where it is.
pub type OnRotation = Arc<dyn Fn(&ServiceKey) -> std::result::Result<(), String> + Send + Sync>;

/// The service key, as the operator sees and replaces it.
pub struct Keys<F> {
    ports: Ports<F>,
    file: Option<(KeyFile, OnRotation)>,
    shared: Arc<Shared>,
}

struct Shared {
    /// One at a time changes the file.
    changing: Semaphore,
    begun: Notify,
    progress: watch::Sender<Progress>,
}

/// How far it is that hashes are sealed under the newest key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All of them are, and it is the only key.
    Done,
    /// They are being sealed anew.
    UnderWay,
    /// It is tried again after a while: the log says what is in the way.
    Waiting,
}

/// A key and how much is sealed under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// Its number.
    pub number: u32,
    /// When it was made; none for a key that isn't there, or is from before that was written down.
    pub made: Option<Timestamp>,
    /// Whether it is in the key file. What was sealed under one that isn't there can't be opened.
    pub is_there: bool,
    /// Hashes that are sealed under it.
    pub hashes: u64,
    /// Those among them that can't be opened with the service key.
    pub unopened: u64,
}

/// The service key, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRing {
    /// The keys of the file, the one that seals first, and behind them those under which something is sealed although
    /// they are not there.
    pub keys: Vec<KeyUse>,
    /// How far the replacing of an older key is.
    pub progress: Progress,
}

/// What is sealed under one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    hashes: u64,
    unopened: u64,
}

/// What came of looking at everybody's hashes once.
#[derive(Debug, Default)]
struct Round {
    /// By key number; 0 for what is no sealed value of a known form.
    under: BTreeMap<u32, Tally>,
    /// Hashes that an older key had sealed, and it could be opened.
    older: u64,
    /// Some of those who have a hash that can't be opened.
    unopened: Vec<UserId>,
}

impl<F> std::fmt::Debug for Keys<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

/// Says for what a value is sealed.
fn purpose(kept: SealedAs) -> Purpose {
    match kept {
        SealedAs::Account | SealedAs::PreviousAccount => Purpose::AccountPassword,
        SealedAs::AppPassword(_) => Purpose::AppPassword,
        SealedAs::HistoryKey => Purpose::HistoryKey,
    }
}

/// Seals a value anew under the newest of `keys`; none when it is so already.
///
/// # Errors
/// None of `keys` and `others` opens it, or the machine has no randomness.
pub(crate) fn sealed_anew(
    value: &SealedOf,
    keys: &ServiceKey,
    others: Option<&ServiceKey>,
) -> std::result::Result<Option<Resealed>, OpenError> {
    let new = match value.kept {
        SealedAs::HistoryKey => {
            let tenant = value.user.tenant;
            let open = |keys: &ServiceKey| keys.open_history_key(tenant, &value.sealed.0);
            let Some(opened) = opened(value, keys, others, open)? else { return Ok(None) };
            keys.seal_history_key(tenant, &opened)
        }
        SealedAs::Account | SealedAs::PreviousAccount | SealedAs::AppPassword(_) => {
            let purpose = purpose(value.kept);
            let open = |keys: &ServiceKey| keys.open(value.user, purpose, &value.sealed.0);
            let Some(opened) = opened(value, keys, others, open)? else { return Ok(None) };
            keys.seal(value.user, purpose, &opened)
        }
    };
    Ok(Some(Resealed { old: value.clone(), new: Sealed(new.map_err(|_| OpenError::Form)?) }))
}

/// Opens a value; none when it is sealed under the newest of `keys` already.
fn opened<T>(
    value: &SealedOf,
    keys: &ServiceKey,
    others: Option<&ServiceKey>,
    open: impl Fn(&ServiceKey) -> std::result::Result<T, OpenError>,
) -> std::result::Result<Option<T>, OpenError> {
    match (open(keys), others) {
        (Ok(_), _) if !keys.is_outdated(&value.sealed.0) => Ok(None),
        (Err(error), Some(others)) => open(others).map(Some).map_err(|_| error),
        (opened, _) => opened.map(Some),
    }
}

impl Round {
    /// Counts a page of values, and returns those that are to be replaced.
    fn take(&mut self, page: &SealedPage, keys: &ServiceKey) -> Vec<Resealed> {
        let mut anew = Vec::new();
        for value in &page.values {
            let tally = self.under.entry(key_number(&value.sealed.0).unwrap_or(0)).or_default();
            tally.hashes += 1;
            match sealed_anew(value, keys, None) {
                Ok(replaced) => {
                    self.older += u64::from(replaced.is_some());
                    anew.extend(replaced);
                }
                Err(_) => {
                    tally.unopened += 1;
                    if self.unopened.len() < NAMED && self.unopened.last() != Some(&value.user) {
                        self.unopened.push(value.user);
                    }
                }
            }
        }
        anew
    }
}

fn of_server() -> OperatorScope {
    OperatorScope::service("service key")
}

fn of_file(error: &KeyFileError) -> Error {
    Error::ServiceKey(error.to_string())
}

/// Writes numbers of keys as people read them.
fn listed(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

impl<F: Fabric<Message = Wire>> Keys<F> {
    pub(crate) fn new(ports: Ports<F>) -> Self {
        let progress = watch::Sender::new(if ports.secrets.keys().infos().len() > 1 {
            Progress::UnderWay
        } else {
            Progress::Done
        });
        let shared = Shared { changing: Semaphore::new(1), begun: Notify::new(), progress };
        tell_age(&ports.secrets.keys());
        Self { ports, file: None, shared: Arc::new(shared) }
    }

    pub(crate) fn set_file(&mut self, file: KeyFile, on_rotation: OnRotation) {
        self.file = Some((file, on_rotation));
    }

    /// Returns how far it is, for whoever awaits that.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.shared.progress.subscribe()
    }

    fn is(&self, progress: Progress) -> bool {
        *self.shared.progress.borrow() == progress
    }

    /// Returns who signs in the name of this service.
    ///
    /// # Errors
    /// `Internal`.
    pub fn signer(&self) -> Result<Signer> {
        self.ports.secrets.signer()
    }

    /// Shows which keys there are, and how much is sealed under each.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn show(&self, scope: &OperatorScope) -> Result<KeyRing> {
        let keys = self.ports.secrets.keys();
        let round = self.round(scope, &keys, false).await?;
        let mut under = round.under;
        let mut shown: Vec<KeyUse> = keys
            .infos()
            .map(|key| {
                let Tally { hashes, unopened } = under.remove(&key.number).unwrap_or_default();
                KeyUse { number: key.number, made: key.made, is_there: true, hashes, unopened }
            })
            .collect();
        shown.extend(under.into_iter().map(|(number, Tally { hashes, unopened })| KeyUse {
            number,
            made: None,
            is_there: false,
            hashes,
            unopened,
        }));
        Ok(KeyRing { keys: shown, progress: *self.shared.progress.borrow() })
    }

    /// Replaces the service key: a new one seals from now on, and what the older ones sealed is sealed anew while
    /// everything goes on. Nobody is signed out. Returns the number of the new key.
    ///
    /// # Errors
    /// `UnderWay` when it is being replaced already; `ServiceKey` when the key file can't be written: the old key then
    /// seals as before.
    pub async fn rotate(&self, scope: &OperatorScope) -> Result<u32> {
        const UNDER_WAY: Error = Error::UnderWay(
            "the service key is being replaced already; `rapport key show` says how far it is",
        );
        let (file, _) = self.file.as_ref().ok_or(Error::NotFound("key file"))?;
        let _alone = self.shared.changing.try_acquire().map_err(|_| UNDER_WAY)?;
        if self.is(Progress::UnderWay) {
            return Err(UNDER_WAY);
        }
        let (file, now) = (file.clone(), self.ports.clock.wall());
        let rotated = tokio::task::spawn_blocking(move || file.rotate(now)).await;
        let keys = rotated.map_err(|e| Error::Internal(e.to_string()))?.map_err(|e| of_file(&e))?;
        let numbers: Vec<u32> = keys.infos().map(|key| key.number).collect();
        let number = numbers.first().copied().unwrap_or(0);
        tell_age(&keys);
        self.shared.progress.send_replace(Progress::UnderWay);
        self.ports.secrets.replace(keys);
        self.shared.begun.notify_one();
        let older = listed(numbers.get(1..).unwrap_or_default());
        tracing::info!(actor = %scope.actor, "the service key was replaced: key {number} seals instead of {older}");
        self.note(scope, "service key replaced", format!("{older} -> {number}")).await;
        Ok(number)
    }

    /// Writes a line into every company's audit log: its people's hashes are what it is about.
    async fn note(&self, scope: &OperatorScope, what: &str, detail: String) {
        let noted = async {
            for tenant in self.ports.store.tenants(scope).await? {
                let within = scope.within(tenant.id);
                self.ports.audit(&within, what, "service key".to_owned(), detail.clone()).await?;
            }
            Ok::<(), Error>(())
        };
        if let Err(error) = noted.await {
            // It is done, and can't be taken back for want of a line.
            tracing::error!(%error, actor = %scope.actor, detail, "{what}, and not every audit log has it");
        }
    }

    /// Seals what older keys sealed anew whenever there is an older key; never ends.
    pub(crate) async fn run(&self) {
        let Some((file, on_rotation)) = &self.file else { return std::future::pending().await };
        loop {
            if self.ports.secrets.keys().infos().len() > 1 {
                self.shared.progress.send_replace(Progress::UnderWay);
                let done = self.finish(file, on_rotation).await;
                let is_alone = self.ports.secrets.keys().infos().len() == 1;
                self.shared.progress.send_replace(if is_alone { Progress::Done } else { Progress::Waiting });
                // Said last: who reads it may replace the key again at once.
                match done {
                    Ok(None) => {}
                    Ok(Some(gone)) => {
                        tracing::info!(
                            "service key {gone} was taken away: nothing is sealed under it any more"
                        );
                    }
                    Err(error) => {
                        tracing::warn!(%error, again = ?AGAIN, "hashes are sealed under the new service key later");
                    }
                }
            }
            if self.is(Progress::Waiting) {
                // A new key is no reason to wait any longer.
                let _ = tokio::time::timeout(AGAIN, self.shared.begun.notified()).await;
            } else {
                self.shared.begun.notified().await;
            }
        }
    }

    /// Seals everything under the newest key, and takes away the older keys that nothing is sealed under any more:
    /// returns which.
    async fn finish(&self, file: &KeyFile, on_rotation: &OnRotation) -> Result<Option<String>> {
        let scope = of_server();
        let keys = self.ports.secrets.keys();
        let (told, about) = (on_rotation.clone(), keys.clone());
        let told = tokio::task::spawn_blocking(move || told(&about)).await;
        told.map_err(|e| Error::Internal(e.to_string()))?.map_err(Error::ServiceKey)?;
        // From here on the older keys seal nothing that isn't in the store.
        self.ports.secrets.settled().await;
        let mut sealed = 0;
        let round = loop {
            let round = self.round(&scope, &keys, true).await?;
            // Only what was looked at and left as it was shows that nothing is left.
            if round.older == 0 {
                break round;
            }
            sealed += round.older;
        };
        if sealed > 0 {
            tracing::info!(sealed, "hashes were sealed under the new service key");
        }
        let is_free = |number: &u32| !round.under.contains_key(number);
        let (free, kept): (Vec<u32>, Vec<u32>) =
            keys.infos().skip(1).map(|key| key.number).partition(is_free);
        if !kept.is_empty() {
            let users = round.unopened.iter().map(UserId::to_string).collect::<Vec<_>>().join(" ");
            tracing::warn!(
                users,
                "service key {} stays: hashes name it that it does not open; new passwords for these people help",
                listed(&kept)
            );
        }
        if free.is_empty() {
            return Ok(None);
        }
        self.retire(file, &free).await?;
        Ok(Some(listed(&free)))
    }

    /// Takes keys away that nothing is sealed under.
    async fn retire(&self, file: &KeyFile, numbers: &[u32]) -> Result<()> {
        let _alone = self.shared.changing.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
        let (file, gone) = (file.clone(), numbers.to_vec());
        let retired = tokio::task::spawn_blocking(move || file.retire(&gone)).await;
        let keys = retired.map_err(|e| Error::Internal(e.to_string()))?.map_err(|e| of_file(&e))?;
        self.ports.secrets.replace(keys);
        self.note(&of_server(), "service key taken away", listed(numbers)).await;
        Ok(())
    }

    /// Looks at everybody's hashes; with `anew`, older ones are sealed under the newest key.
    async fn round(&self, scope: &OperatorScope, keys: &ServiceKey, anew: bool) -> Result<Round> {
        let mut round = Round::default();
        let mut after = None;
        loop {
            let began = self.ports.clock.monotonic();
            let page = self.ports.store.sealed(scope, after, BATCH).await?;
            let replaced = round.take(&page, keys);
            if anew && !replaced.is_empty() {
                self.ports.store.reseal(scope, replaced).await?;
                // Half of the time is everybody else's, however long the queue for changes is.
                let took = self.ports.clock.monotonic().saturating_duration_since(began);
                tokio::time::sleep(took).await;
            }
            let Some(next) = page.next else { return Ok(round) };
            after = Some(next);
        }
    }
}

/// Tells when the key that seals was made.
fn tell_age(keys: &ServiceKey) {
    if let Some(made) = keys.infos().next().and_then(|key| key.made) {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age are far below 2^53")]
        metrics::gauge!("rapport_service_key_made_timestamp_seconds").set(made.0 as f64 / 1000.0);
    }
}
