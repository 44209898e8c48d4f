//! Bringing back from a backup what was lost of one company or one person, while everybody else goes on.
//!
//! What a backup is, and how it is opened, is the business of whoever implements [`Backups`]; here is what becomes of
//! live state: sessions of a restored company end and sign in again, a restored person's sessions are told the
//! difference.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use rapport_core::directory::PersonRef;
use rapport_fabric::Fabric;
use rapport_model::{OperatorScope, Scope, TenantId, UserId};
use rapport_secrets::{ServiceKey, key_number};
use rapport_store::{SealedOf, Store, StoreError};

use crate::contacts::Contacts;
use crate::keys::sealed_anew;
use crate::ports::Ports;
use crate::presence::Presence;
use crate::secret::Sealer;
use crate::session::SignOutReason;
use crate::{Error, Result, Wire};

/// How often a document that is changing is tried to be forgotten.
const ATTEMPTS: u32 = 20;

/// People whose hashes are sealed anew in one transaction.
const PEOPLE: usize = 100;

/// A call on a backup.
pub type BackupAnswer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What bringing something back is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The backup is taken apart; counted in octets.
    Unpacking,
    /// What was in it is looked at; one whole.
    Checking,
    /// It is put in place of what is there: first the rows, then each person's sessions.
    Applying,
}

impl Step {
    /// Its name, for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unpacking => "unpacking",
            Self::Checking => "checking",
            Self::Applying => "applying",
        }
    }
}

/// Told how far bringing something back is: the step, how much of it is done, and how much there is in all. Called
/// often, and on any thread.
pub type Told = Arc<dyn Fn(Step, u64, u64) + Send + Sync>;

/// Backups of this server's store, by their files.
pub trait Backups: Send + Sync + 'static {
    /// Opens a backup, and sees that it is whole; the first two steps are told.
    ///
    /// # Errors
    /// `BadBackup` with what is wrong with it.
    fn open<'a>(&'a self, file: &'a Path, told: &'a Told) -> BackupAnswer<'a, Box<dyn Backup>>;
}

/// A backup that is open.
pub trait Backup: Send + Sync + 'static {
    /// Returns the store as it was then. Nothing in it is changed but how it is sealed.
    fn store(&self) -> &dyn Store;

    /// Opens the service key that the backup brings, with the passphrase in that file or in the one that the server knows.
    ///
    /// # Errors
    /// `ServiceKey` with what it takes.
    fn service_key<'a>(&'a self, passphrase: Option<&'a Path>) -> BackupAnswer<'a, ServiceKey>;

    /// Replaces everything of a company in the live store by what it was then; revisions go on from the greater ones.
    ///
    /// # Errors
    /// `NotFound`, `Taken`.
    fn restore_tenant<'a>(&'a self, name: &'a str) -> BackupAnswer<'a, TenantId>;
}

/// Brings back from backups.
pub struct Restore<F> {
    ports: Ports<F>,
    presence: Presence<F>,
    contacts: Contacts<F>,
    backups: Option<Arc<dyn Backups>>,
}

impl<F> std::fmt::Debug for Restore<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restore").field("backups", &self.backups.is_some()).finish_non_exhaustive()
    }
}

/// What was brought back of a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoredTenant {
    /// Its number.
    pub tenant: TenantId,
    /// The people it has.
    pub people: u32,
    /// The people it had before who are gone with this.
    pub gone: u32,
}

/// What was brought back of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoredPerson {
    /// Contacts on the list.
    pub contacts: u32,
    /// Contacts of then who are nobody any more, and were left out.
    pub left_out: u32,
    /// Members of all containers together.
    pub members: u32,
}

impl<F: Fabric<Message = Wire>> Restore<F> {
    pub(crate) fn new(ports: Ports<F>, presence: Presence<F>, contacts: Contacts<F>) -> Self {
        Self { ports, presence, contacts, backups: None }
    }

    pub(crate) fn set_backups(&mut self, backups: Arc<dyn Backups>) {
        self.backups = Some(backups);
    }

    async fn open(&self, file: &Path, told: &Told) -> Result<Box<dyn Backup>> {
        let backups = self.backups.as_ref().ok_or(Error::NotFound("backup"))?;
        backups.open(file, told).await
    }

    /// Replaces a company by what it was in a backup: people, passwords, contacts, presence, settings. People who were
    /// added since are gone; the audit log stays. All of its sessions end, and sign in again. Passwords that were sealed
    /// under a service key which has been replaced since are opened with the one that the backup brings; `passphrase` is
    /// the file that has its passphrase.
    ///
    /// # Errors
    /// `BadBackup`; `ServiceKey` when a password in it can't be opened; `NotFound` when the backup has no such company; `Taken` when the backup is another server's, or a
    /// name has become another company's.
    pub async fn tenant(
        &self,
        scope: &OperatorScope,
        file: &Path,
        name: &str,
        passphrase: Option<&Path>,
        told: &Told,
    ) -> Result<RestoredTenant> {
        let backup = self.open(file, told).await?;
        // Until the rows are there: what comes back must not be sealed under a key that is being taken away.
        let sealer = self.ports.secrets.sealer()?;
        self.seal_anew(scope, &*backup, name, passphrase, &sealer).await?;
        let before = match self.ports.store.tenant_by_name(scope, name).await? {
            Some(tenant) => self.everybody(&scope.within(tenant.id)).await?,
            None => BTreeSet::new(),
        };
        // Rows are half of it, what hangs on them live is the other half.
        told(Step::Applying, 0, 2);
        let tenant = backup.restore_tenant(name).await?;
        drop(sealer);
        let within = scope.within(tenant);
        self.ports.directory.forget_tenant(tenant);
        let after = self.everybody(&within).await?;
        let all = before.union(&after).count() as u64;
        for (user, done) in before.union(&after).zip(1_u64..) {
            self.ports.account_changed(&within, *user).await;
            self.ports.sign_out(&within, *user, SignOutReason::Restored).await?;
            self.forget(&within, *user).await?;
            told(Step::Applying, all + done, 2 * all);
        }
        told(Step::Applying, 1, 1);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let gone = count(before.difference(&after).count());
        let restored = RestoredTenant { tenant, people: count(after.len()), gone };
        let detail = format!("{name} from {}: {} people, {gone} gone", file.display(), restored.people);
        self.ports.audit(&within, "tenant restored", tenant.to_string(), detail).await?;
        Ok(restored)
    }

    /// Seals a company's hashes in the backup's store under the service key of today.
    async fn seal_anew(
        &self,
        scope: &OperatorScope,
        backup: &dyn Backup,
        name: &str,
        passphrase: Option<&Path>,
        sealer: &Sealer,
    ) -> Result<()> {
        let deleted = backup.store().deleted_tenants(scope).await?.into_iter().map(|deleted| deleted.what);
        let mut all = backup.store().tenants(scope).await?.into_iter().chain(deleted);
        // Where there is no such company, it is said when its rows are looked for.
        let Some(tenant) = all.find(|tenant| tenant.name == name) else { return Ok(()) };
        let (mut brought, mut after) = (None, None);
        loop {
            let page = backup.store().sealed(scope, after, PEOPLE).await?;
            let mut anew = Vec::new();
            for value in page.values.iter().filter(|value| value.user.tenant == tenant.id) {
                let sealed = match sealed_anew(value, sealer.keys(), brought.as_ref()) {
                    Err(_) if brought.is_none() => {
                        let keys = backup.service_key(passphrase).await;
                        let keys = keys.map_err(|error| names_key(error, value))?;
                        sealed_anew(value, sealer.keys(), Some(brought.insert(keys)))
                    }
                    sealed => sealed,
                };
                anew.extend(sealed.map_err(|error| {
                    Error::ServiceKey(format!("a password of {} in the backup: {error}", value.user))
                })?);
            }
            if !anew.is_empty() {
                backup.store().reseal(scope, anew).await?;
            }
            let Some(next) = page.next else { return Ok(()) };
            after = Some(next);
        }
    }

    async fn everybody(&self, scope: &Scope) -> Result<BTreeSet<UserId>> {
        let mut all = BTreeSet::new();
        let mut after = None;
        loop {
            let page = self.ports.store.people(scope, after, 1000).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after = Some(last.id);
            all.extend(page.iter().map(|person| person.id));
        }
    }

    /// Forgets what the fabric keeps of a person's presence: what is live hangs on sessions that have ended, and the
    /// rest is read from the store.
    async fn forget(&self, scope: &Scope, user: UserId) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let (live, revision) = self.ports.fabric.live(scope, user).await?;
            if live.is_none() || self.ports.fabric.compare_and_set(scope, user, revision, None).await.is_ok()
            {
                return Ok(());
            }
        }
        Err(Error::Unavailable("a presence document is changing too often".to_owned()))
    }

    /// Replaces a person's contact list and access lists by what they were in a backup. The person's sessions are told.
    ///
    /// # Errors
    /// `BadBackup`; `NotFound` when the backup doesn't have the person.
    pub async fn person(
        &self,
        scope: &Scope,
        file: &Path,
        user: UserId,
        told: &Told,
    ) -> Result<RestoredPerson> {
        let backup = self.open(file, told).await?;
        let gone = |error| match error {
            StoreError::NotFound => Error::NotFound("user in the backup"),
            error => error.into(),
        };
        // A number says little where the backup is another server's.
        let then = backup.store().person(scope, user).await.map_err(gone)?;
        let now = self.ports.store.person(scope, user).await?;
        if then.sign_in_name != now.sign_in_name && !now.owns(&then.address) {
            return Err(Error::NotFound("user in the backup"));
        }
        let mut list = backup.store().contacts(scope, user).await.map_err(gone)?;
        let memberships = backup.store().presence(scope, user).await.map_err(gone)?.memberships;
        let known: Vec<UserId> = list.contacts.keys().filter_map(PersonRef::person).collect();
        let there = self.ports.store.people_by_ids(scope, &known).await?;
        let there: BTreeSet<UserId> = there.into_iter().map(|person| person.id).collect();
        let before = list.contacts.len();
        list.contacts.retain(|who, _| match who {
            PersonRef::Person(user) => there.contains(user),
            PersonRef::Address(_) => true,
        });
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let restored = RestoredPerson {
            contacts: count(list.contacts.len()),
            left_out: count(before - list.contacts.len()),
            members: count(memberships.values().map(|membership| membership.members.len()).sum()),
        };
        told(Step::Applying, 0, 1);
        let list = self.contacts.replace(scope, user, &list).await?;
        let access = self.presence.replace_memberships(scope, user, &memberships).await?;
        if let Some(list) = list {
            self.contacts.announce(scope, list).await;
        }
        self.presence.announce(scope, access).await;
        told(Step::Applying, 1, 1);
        let detail = format!(
            "{} from {}: {} contacts, {} members",
            now.address,
            file.display(),
            restored.contacts,
            restored.members
        );
        self.ports.audit(scope, "contacts and access restored", user.to_string(), detail).await?;
        Ok(restored)
    }
}

/// Says which key is missing before saying what it takes.
fn names_key(error: Error, value: &SealedOf) -> Error {
    let Error::ServiceKey(what) = error else { return error };
    let number = key_number(&value.sealed.0).unwrap_or(0);
    Error::ServiceKey(format!(
        "passwords in the backup are sealed under service key {number}, which this server does not have any more: {what}"
    ))
}
