//! The store as one node reaches it: slow, out of reach now and then, and still while its node is frozen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rapport_core::contacts::ContactList;
use rapport_core::directory::{Person, Tenant};
use rapport_core::presence::StaticChange;
use rapport_model::{Aor, OperatorScope, Scope, SipDomain, Timestamp, UserId};
use rapport_store::{
    Answer, AppPassword, AuditEntry, AuditRecord, Credentials, Deleted, NewAppPassword, NewPassword,
    NewPerson, NewTenant, Store, StoreError, StoredPresence, TenantFields,
};
use rapport_testkit::chance::Chance;
use tokio::sync::watch;

/// What goes wrong between a node and the store.
#[derive(Debug)]
pub(crate) struct Line {
    /// Every third call fails, before or after it had its effect.
    pub(crate) is_bad: AtomicBool,
    /// Each call takes up to so many milliseconds, half of it before its effect.
    pub(crate) slow: AtomicU64,
    pub(crate) frozen: watch::Sender<bool>,
    chance: Chance,
    /// How many calls went wrong.
    pub(crate) struck: AtomicU64,
}

impl Line {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            is_bad: AtomicBool::new(false),
            slow: AtomicU64::new(0),
            frozen: watch::Sender::new(false),
            chance: Chance::new(seed),
            struck: AtomicU64::new(0),
        }
    }

    async fn way(&self) {
        let slow = self.slow.load(Ordering::Relaxed);
        if slow > 0 {
            tokio::time::sleep(Duration::from_millis(self.chance.next() % (slow / 2 + 1))).await;
        }
        let mut frozen = self.frozen.subscribe();
        let _ = frozen.wait_for(|frozen| !frozen).await;
    }

    fn strikes(&self) -> bool {
        let strikes = self.is_bad.load(Ordering::Relaxed) && self.chance.next().is_multiple_of(6);
        if strikes {
            self.struck.fetch_add(1, Ordering::Relaxed);
        }
        strikes
    }
}

/// The store as one node reaches it.
pub(crate) struct FarStore {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) line: Arc<Line>,
}

impl FarStore {
    fn far<'a, T: Send + 'a>(&'a self, call: Answer<'a, T>) -> Answer<'a, T> {
        Box::pin(async move {
            self.line.way().await;
            if self.line.strikes() {
                return failed();
            }
            let answer = call.await;
            self.line.way().await;
            if self.line.strikes() { failed() } else { answer }
        })
    }
}

fn failed<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable { context: "struck".to_owned() })
}

macro_rules! far {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name<'a>(&'a self, $($arg: $type),*) -> Answer<'a, $answer> {
            self.far(self.inner.$name($($arg),*))
        })*
    };
}

impl Store for FarStore {
    fn ready(&self) -> Answer<'_, ()> {
        self.far(self.inner.ready())
    }

    far! {
        add_tenant(scope: &'a OperatorScope, new: NewTenant) -> Tenant;
        tenants(scope: &'a OperatorScope) -> Vec<Tenant>;
        tenant(scope: &'a Scope) -> Tenant;
        tenant_by_name(scope: &'a OperatorScope, name: &'a str) -> Option<Tenant>;
        tenant_by_domain(scope: &'a OperatorScope, domain: &'a SipDomain) -> Option<Tenant>;
        set_tenant(scope: &'a Scope, fields: TenantFields) -> ();
        delete_tenant(scope: &'a Scope, at: Timestamp) -> ();
        restore_tenant(scope: &'a Scope) -> Tenant;
        deleted_tenants(scope: &'a OperatorScope) -> Vec<Deleted<Tenant>>;
        remove_tenant(scope: &'a Scope) -> ();
        add_domain(scope: &'a Scope, domain: SipDomain) -> ();
        remove_domain(scope: &'a Scope, domain: &'a SipDomain) -> ();
        add_person(scope: &'a Scope, new: NewPerson) -> Person;
        people(scope: &'a Scope, after: Option<UserId>, limit: usize) -> Vec<Person>;
        person(scope: &'a Scope, user: UserId) -> Person;
        person_by_address(scope: &'a Scope, address: &'a Aor) -> Option<Person>;
        person_by_sign_in_name(scope: &'a Scope, name: &'a str) -> Option<Person>;
        people_by_ids(scope: &'a Scope, users: &'a [UserId]) -> Vec<Person>;
        set_person(scope: &'a Scope, person: Person) -> ();
        address_of(scope: &'a Scope, user: UserId) -> Option<Aor>;
        holder_of(scope: &'a Scope, address: &'a Aor) -> Option<UserId>;
        forget_former_addresses(scope: &'a Scope, now: Timestamp) -> Vec<UserId>;
        delete_person(scope: &'a Scope, user: UserId, at: Timestamp) -> ();
        restore_person(scope: &'a Scope, user: UserId) -> Person;
        deleted_people(scope: &'a Scope) -> Vec<Deleted<Person>>;
        who_names(scope: &'a Scope, user: UserId) -> Vec<UserId>;
        remove_person(scope: &'a Scope, user: UserId) -> ();
        credentials(scope: &'a Scope, user: UserId) -> Credentials;
        set_password(scope: &'a Scope, user: UserId, new: NewPassword) -> ();
        renew_password(scope: &'a Scope, user: UserId, expected: &'a str, new: NewPassword) -> ();
        forget_account_nt(scope: &'a Scope) -> ();
        forget_previous_account_nt(scope: &'a OperatorScope, now: Timestamp) -> usize;
        add_app_password(scope: &'a Scope, user: UserId, new: NewAppPassword) -> AppPassword;
        remove_app_password(scope: &'a Scope, user: UserId, id: u32) -> ();
        app_passwords(scope: &'a Scope, user: UserId) -> Vec<AppPassword>;
        contacts(scope: &'a Scope, user: UserId) -> ContactList;
        commit_contacts(scope: &'a Scope, user: UserId, old: &'a ContactList, new: &'a ContactList) -> ();
        append_audit(scope: &'a Scope, entry: AuditEntry) -> u64;
        audit(scope: &'a Scope, after: u64, limit: usize) -> Vec<AuditRecord>;
        presence(scope: &'a Scope, user: UserId) -> StoredPresence;
        presence_revision(scope: &'a Scope, user: UserId) -> u64;
        commit_presence(scope: &'a Scope, user: UserId, expected: u64, next: u64, changes: &'a [StaticChange]) -> ();
        fence_presence(scope: &'a Scope, user: UserId, expected: u64, pending: u64) -> u64;
    }
}
