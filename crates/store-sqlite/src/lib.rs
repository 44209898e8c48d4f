//! The store in an SQLite database: one file, written by one thread, synced before a change is answered.
//!
//! SQL and rows stay inside. A change waits in a bounded queue, is committed together with those that wait beside it,
//! and is answered once the write-ahead log is on the disk (`synchronous = FULL`); readings go to threads of their own
//! and see the last commit. Futures are completed by a channel of this crate and run in any runtime.
#![warn(missing_docs)]

mod adopt;
mod copy;
mod error;
mod health;
mod log;
mod oneshot;
mod open;
mod owned;
mod sum;
mod tables;
mod threads;

use std::path::Path;
use std::sync::Arc;

use rapport_core::contacts::ContactList;
use rapport_core::directory::{Person, PersonRef, Tenant};
use rapport_core::presence::{CategoryName, StaticChange};
use rapport_model::{Aor, MessageId, OperatorScope, Scope, SipDomain, Timestamp, UserId};
use rapport_store::{
    Answer, AppPassword, AuditEntry, AuditRecord, Begins, Credentials, Deleted, HistoryEntry, HistoryKey,
    HistoryPeer, HistoryRange, NewAppPassword, NewHistoryEntry, NewPassword, NewPerson, NewTenant, Resealed,
    SealedPage, Store, StoreError, StoredPresence, TenantFields, WebMessage, WebSession, WebSessionHash,
};
use rusqlite::Connection;

pub use crate::adopt::restore_tenant;
pub use crate::copy::{Contents, contents, copy};
use crate::error::Done;
pub use crate::error::OpenError;
use crate::health::Health;
pub use crate::open::migrations;
use crate::tables::{audit, contacts, credentials, history, people, presence, tenants, web};
use crate::threads::Pool;

/// Connections that read; each has a thread and a page cache of 2 MiB.
const READERS: usize = 2;

/// A store in one SQLite file. Dropping it waits for what was asked of it, and closes the file.
pub struct SqliteStore {
    // Readers end first, so that the writer's connection is the last one and folds the log into the file.
    readers: Pool,
    writer: Pool,
    health: Arc<Health>,
    // Last of all, once the file is closed.
    _sum: sum::Leave,
}

impl SqliteStore {
    /// Opens the database, making it (mode 0600) or bringing it up to the newest schema first.
    ///
    /// Blocks: the whole file is read once to see that it is sound.
    ///
    /// # Errors
    /// [`OpenError`] names the file and what to do.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let writer = open::writer(path)?;
        let readers = (0..READERS).map(|_| open::reader(path)).collect::<Result<_, _>>()?;
        let health = Arc::new(Health::default());
        let readers = Pool::readers(path, readers)?;
        let writer = Pool::writer(path, writer, health.clone())?;
        Ok(Self { readers, writer, health, _sum: sum::Leave(path.to_owned()) })
    }
}

impl Store for SqliteStore {
    fn ready(&self) -> Answer<'_, ()> {
        self.readers.ask(tables::ready)
    }

    fn refuses_changes(&self) -> Option<StoreError> {
        self.health.trouble()
    }

    fn add_tenant<'a>(&'a self, _: &'a OperatorScope, new: NewTenant) -> Answer<'a, Tenant> {
        self.writer.ask(move |c| tenants::add(c, new))
    }

    fn tenants<'a>(&'a self, _: &'a OperatorScope) -> Answer<'a, Vec<Tenant>> {
        self.readers.ask(tenants::list)
    }

    fn tenant<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Tenant> {
        let scope = scope.clone();
        self.readers.ask(move |c| tenants::by_scope(c, &scope))
    }

    fn tenant_by_name<'a>(&'a self, _: &'a OperatorScope, name: &'a str) -> Answer<'a, Option<Tenant>> {
        let name = name.to_owned();
        self.readers.ask(move |c| tenants::by_name(c, &name))
    }

    fn tenant_by_domain<'a>(
        &'a self,
        _: &'a OperatorScope,
        domain: &'a SipDomain,
    ) -> Answer<'a, Option<Tenant>> {
        let domain = domain.clone();
        self.readers.ask(move |c| tenants::by_domain(c, &domain))
    }

    fn set_tenant<'a>(&'a self, scope: &'a Scope, fields: TenantFields) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| tenants::set(c, &scope, &fields))
    }

    fn delete_tenant<'a>(&'a self, scope: &'a Scope, at: Timestamp) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| tenants::delete(c, &scope, at))
    }

    fn restore_tenant<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Tenant> {
        let scope = scope.clone();
        self.writer.ask(move |c| tenants::restore(c, &scope))
    }

    fn deleted_tenants<'a>(&'a self, _: &'a OperatorScope) -> Answer<'a, Vec<Deleted<Tenant>>> {
        self.readers.ask(tenants::deleted)
    }

    fn remove_tenant<'a>(&'a self, scope: &'a Scope) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| tenants::remove(c, &scope))
    }

    fn add_domain<'a>(&'a self, scope: &'a Scope, domain: SipDomain) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| tenants::add_domain(c, &scope, &domain))
    }

    fn remove_domain<'a>(&'a self, scope: &'a Scope, domain: &'a SipDomain) -> Answer<'a, ()> {
        let (scope, domain) = (scope.clone(), domain.clone());
        self.writer.ask(move |c| tenants::remove_domain(c, &scope, &domain))
    }

    fn add_person<'a>(&'a self, scope: &'a Scope, new: NewPerson, begins: Begins) -> Answer<'a, Person> {
        let scope = scope.clone();
        self.writer.ask(move |c| people::add(c, &scope, new, begins))
    }

    fn people<'a>(
        &'a self,
        scope: &'a Scope,
        after: Option<UserId>,
        limit: usize,
    ) -> Answer<'a, Vec<Person>> {
        let scope = scope.clone();
        self.readers.ask(move |c| people::page(c, &scope, after, limit))
    }

    fn person<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Person> {
        let scope = scope.clone();
        self.readers.ask(move |c| people::by_id(c, &scope, user))
    }

    fn person_by_address<'a>(&'a self, scope: &'a Scope, address: &'a Aor) -> Answer<'a, Option<Person>> {
        let (scope, address) = (scope.clone(), address.clone());
        self.readers.ask(move |c| people::by_address(c, &scope, &address))
    }

    fn person_by_sign_in_name<'a>(&'a self, scope: &'a Scope, name: &'a str) -> Answer<'a, Option<Person>> {
        let (scope, name) = (scope.clone(), name.to_owned());
        self.readers.ask(move |c| people::by_sign_in_name(c, &scope, &name))
    }

    fn people_by_ids<'a>(&'a self, scope: &'a Scope, users: &'a [UserId]) -> Answer<'a, Vec<Person>> {
        let (scope, users) = (scope.clone(), users.to_vec());
        self.readers.ask(move |c| people::by_ids(c, &scope, users))
    }

    fn set_person<'a>(&'a self, scope: &'a Scope, person: Person) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| people::set(c, &scope, person))
    }

    fn address_of<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Option<Aor>> {
        let scope = scope.clone();
        self.readers.ask(move |c| people::address_of(c, &scope, user))
    }

    fn holder_of<'a>(&'a self, scope: &'a Scope, address: &'a Aor) -> Answer<'a, Option<UserId>> {
        let (scope, address) = (scope.clone(), address.clone());
        self.readers.ask(move |c| people::holder_of(c, &scope, &address))
    }

    fn forget_former_addresses<'a>(&'a self, scope: &'a Scope, now: Timestamp) -> Answer<'a, Vec<UserId>> {
        let scope = scope.clone();
        self.writer.ask(move |c| people::forget_former(c, &scope, now))
    }

    fn delete_person<'a>(&'a self, scope: &'a Scope, user: UserId, at: Timestamp) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| people::delete(c, &scope, user, at))
    }

    fn restore_person<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Person> {
        let scope = scope.clone();
        self.writer.ask(move |c| people::restore(c, &scope, user))
    }

    fn deleted_people<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Vec<Deleted<Person>>> {
        let scope = scope.clone();
        self.readers.ask(move |c| people::deleted(c, &scope))
    }

    fn who_names<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<UserId>> {
        let scope = scope.clone();
        self.readers.ask(move |c| people::who_names(c, &scope, user))
    }

    fn remove_person<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| people::remove(c, &scope, user))
    }

    fn credentials<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Credentials> {
        let scope = scope.clone();
        self.readers.ask(move |c| credentials::read(c, &scope, user))
    }

    fn set_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        new: NewPassword,
        line: AuditEntry,
    ) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| told(c, &scope, &line, credentials::set_password(c, &scope, user, &new)?))
    }

    fn renew_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: &'a str,
        new: NewPassword,
    ) -> Answer<'a, ()> {
        let (scope, expected) = (scope.clone(), expected.to_owned());
        self.writer.ask(move |c| credentials::renew_password(c, &scope, user, &expected, &new))
    }

    fn forget_account_nt<'a>(&'a self, scope: &'a Scope) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| credentials::forget_account_nt(c, &scope))
    }

    fn forget_previous_account_nt<'a>(
        &'a self,
        _scope: &'a OperatorScope,
        now: Timestamp,
    ) -> Answer<'a, usize> {
        self.writer.ask(move |c| credentials::forget_previous_account_nt(c, now))
    }

    fn add_app_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        new: NewAppPassword,
        line: AuditEntry,
    ) -> Answer<'a, AppPassword> {
        let scope = scope.clone();
        self.writer.ask(move |c| told(c, &scope, &line, credentials::add_app_password(c, &scope, user, new)?))
    }

    fn remove_app_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        id: u32,
        line: AuditEntry,
    ) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer
            .ask(move |c| told(c, &scope, &line, credentials::remove_app_password(c, &scope, user, id)?))
    }

    fn app_passwords<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<AppPassword>> {
        let scope = scope.clone();
        self.readers.ask(move |c| credentials::app_passwords(c, &scope, user))
    }

    fn add_web_session<'a>(&'a self, scope: &'a Scope, new: WebSession) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| web::add(c, &scope, &new))
    }

    fn web_session<'a>(
        &'a self,
        _: &'a OperatorScope,
        hash: WebSessionHash,
    ) -> Answer<'a, Option<WebSession>> {
        self.readers.ask(move |c| web::by_hash(c, hash))
    }

    fn web_sessions<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<WebSession>> {
        let scope = scope.clone();
        self.readers.ask(move |c| web::of_person(c, &scope, user))
    }

    fn touch_web_session<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
        used: Timestamp,
    ) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| web::touch(c, &scope, user, hash, used))
    }

    fn remove_web_session<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
    ) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| web::remove(c, &scope, user, hash))
    }

    fn remove_web_sessions<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, usize> {
        let scope = scope.clone();
        self.writer.ask(move |c| web::remove_all(c, &scope, user))
    }

    fn forget_web_sessions<'a>(
        &'a self,
        _: &'a OperatorScope,
        expired: Timestamp,
        unused: Timestamp,
    ) -> Answer<'a, usize> {
        self.writer.ask(move |c| web::forget(c, expired, unused))
    }

    fn web_document<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        name: &'a str,
    ) -> Answer<'a, Option<String>> {
        let (scope, name) = (scope.clone(), name.to_owned());
        self.readers.ask(move |c| web::document(c, &scope, user, &name))
    }

    fn set_web_document<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        name: &'a str,
        old: Option<&'a str>,
        text: String,
    ) -> Answer<'a, ()> {
        let (scope, name, old) = (scope.clone(), name.to_owned(), old.map(str::to_owned));
        self.writer.ask(move |c| web::set_document(c, &scope, user, &name, old.as_deref(), &text))
    }

    fn web_conversations<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
    ) -> Answer<'a, Option<String>> {
        let scope = scope.clone();
        self.readers.ask(move |c| web::conversations(c, &scope, user, hash))
    }

    fn set_web_conversations<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
        text: String,
    ) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| web::set_conversations(c, &scope, user, hash, &text))
    }

    fn web_message<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        peer: &'a PersonRef,
        client_id: &'a str,
    ) -> Answer<'a, Option<WebMessage>> {
        let (scope, peer, client_id) = (scope.clone(), peer.clone(), client_id.to_owned());
        self.readers.ask(move |c| web::message(c, &scope, user, &peer, &client_id))
    }

    fn note_web_message<'a>(&'a self, scope: &'a Scope, user: UserId, message: WebMessage) -> Answer<'a, ()> {
        let scope = scope.clone();
        self.writer.ask(move |c| web::note_message(c, &scope, user, &message))
    }

    fn forget_web_messages<'a>(&'a self, _: &'a OperatorScope, before: Timestamp) -> Answer<'a, usize> {
        self.writer.ask(move |c| web::forget_messages(c, before))
    }

    fn sealed<'a>(
        &'a self,
        _scope: &'a OperatorScope,
        after: Option<UserId>,
        people: usize,
    ) -> Answer<'a, SealedPage> {
        // In the writer's queue, behind every change that was asked for before.
        self.writer.ask(move |c| credentials::sealed_page(c, after, people))
    }

    fn reseal<'a>(&'a self, _scope: &'a OperatorScope, values: Vec<Resealed>) -> Answer<'a, usize> {
        self.writer.ask(move |c| credentials::reseal(c, &values))
    }

    fn presence<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, StoredPresence> {
        let scope = scope.clone();
        self.readers.ask(move |c| presence::read(c, &scope, user))
    }

    fn presence_of_several<'a>(
        &'a self,
        scope: &'a Scope,
        users: &'a [UserId],
        categories: &'a [CategoryName],
    ) -> Answer<'a, Vec<(UserId, StoredPresence)>> {
        let (scope, users, categories) = (scope.clone(), users.to_vec(), categories.to_vec());
        self.readers.ask(move |c| presence::of_several(c, &scope, users, &categories))
    }

    fn presence_revision<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, u64> {
        let scope = scope.clone();
        self.readers.ask(move |c| presence::revision(c, &scope, user))
    }

    fn commit_presence<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: u64,
        next: u64,
        changes: &'a [StaticChange],
    ) -> Answer<'a, ()> {
        let (scope, changes) = (scope.clone(), changes.to_vec());
        self.writer.ask(move |c| presence::commit(c, &scope, user, expected, next, &changes))
    }

    fn fence_presence<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: u64,
        pending: u64,
    ) -> Answer<'a, u64> {
        let scope = scope.clone();
        self.writer.ask(move |c| presence::fence(c, &scope, user, expected, pending))
    }

    fn contacts<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, ContactList> {
        let scope = scope.clone();
        self.readers.ask(move |c| contacts::read(c, &scope, user))
    }

    fn contact_people<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<UserId>> {
        let scope = scope.clone();
        self.readers.ask(move |c| contacts::people(c, &scope, user))
    }

    fn commit_contacts<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        old: &'a ContactList,
        new: &'a ContactList,
    ) -> Answer<'a, ()> {
        let (scope, old, new) = (scope.clone(), old.clone(), new.clone());
        self.writer.ask(move |c| contacts::commit(c, &scope, user, &old, &new))
    }

    fn history_key<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Option<HistoryKey>> {
        let scope = scope.clone();
        self.readers.ask(move |c| history::key(c, &scope))
    }

    fn add_history_key<'a>(&'a self, scope: &'a Scope, key: HistoryKey) -> Answer<'a, HistoryKey> {
        let scope = scope.clone();
        self.writer.ask(move |c| history::add_key(c, &scope, key))
    }

    fn append_history<'a>(
        &'a self,
        scope: &'a Scope,
        key: i64,
        entries: Vec<NewHistoryEntry>,
    ) -> Answer<'a, usize> {
        let scope = scope.clone();
        self.writer.ask(move |c| history::append(c, &scope, key, &entries))
    }

    fn history<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        with: Option<&'a PersonRef>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Answer<'a, Vec<HistoryEntry>> {
        let (scope, with) = (scope.clone(), with.cloned());
        self.readers.ask(move |c| history::page(c, &scope, user, with.as_ref(), before, limit))
    }

    fn history_peers<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        since: Timestamp,
        before: Option<MessageId>,
        limit: usize,
    ) -> Answer<'a, Vec<HistoryPeer>> {
        let scope = scope.clone();
        self.readers.ask(move |c| history::peers(c, &scope, user, since, before, limit))
    }

    fn delete_history<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        range: HistoryRange,
    ) -> Answer<'a, usize> {
        let scope = scope.clone();
        self.writer.ask(move |c| history::delete(c, &scope, user, &range))
    }

    fn forget_history<'a>(&'a self, scope: &'a Scope, before: Timestamp, limit: usize) -> Answer<'a, usize> {
        let scope = scope.clone();
        self.writer.ask(move |c| history::forget(c, &scope, before, limit))
    }

    fn append_audit<'a>(&'a self, scope: &'a Scope, entry: AuditEntry) -> Answer<'a, u64> {
        let scope = scope.clone();
        self.writer.ask(move |c| audit::append(c, &scope, &entry))
    }

    fn audit<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<AuditRecord>> {
        let scope = scope.clone();
        self.readers.ask(move |c| audit::page(c, &scope, after, limit))
    }
}

/// Adds the line that tells of a change, in the change's own transaction.
fn told<T>(connection: &Connection, scope: &Scope, line: &AuditEntry, done: T) -> Done<T> {
    audit::append(connection, scope, line)?;
    Ok(done)
}
