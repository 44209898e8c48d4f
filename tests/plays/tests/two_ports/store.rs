//! A store that a tape strikes.

use std::sync::Arc;
use std::time::Duration;

use rapport_core::contacts::ContactList;
use rapport_core::directory::{Person, Tenant};
use rapport_core::presence::StaticChange;
use rapport_model::{Aor, OperatorScope, Scope, SipDomain, Timestamp, UserId};
use rapport_store::{
    Answer, AppPassword, AuditEntry, AuditRecord, Credentials, Deleted, NewAppPassword, NewPassword,
    NewPerson, NewTenant, Store, StoreError, StoredPresence, TenantFields,
};

use crate::tape::{Blow, Tape};

/// How much later a call has its effect that was said to have failed.
const LATER: Duration = Duration::from_millis(200);

/// The store as one writer sees it.
pub(crate) struct StruckStore {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) tape: Arc<Tape>,
}

fn failed<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable { context: "struck".to_owned() })
}

impl StruckStore {
    /// Does a call of which the effect may be struck off; `again` does it on its own account.
    fn struck<'a, T: Send + 'static>(
        &'a self,
        what: &'static str,
        call: Answer<'a, T>,
        again: impl FnOnce() -> Answer<'static, T> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            match self.tape.enter(what) {
                None => call.await,
                Some(Blow::Fail) => failed(),
                Some(Blow::LoseAnswer) => {
                    let _ = call.await;
                    failed()
                }
                Some(Blow::FailThenDo) => {
                    let late = again();
                    later(async move {
                        let _ = late.await;
                    });
                    failed()
                }
                Some(Blow::Die) => std::future::pending().await,
                Some(Blow::DieAfter) => {
                    let _ = call.await;
                    std::future::pending().await
                }
                Some(Blow::Late) => {
                    self.tape.release.notified().await;
                    call.await
                }
            }
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "what comes late must outlive whoever gave up on it")]
fn later(what: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        tokio::time::sleep(LATER).await;
        what.await;
    });
}

/// Passes calls on as they are.
macro_rules! pass {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name<'a>(&'a self, $($arg: $type),*) -> Answer<'a, $answer> {
            self.inner.$name($($arg),*)
        })*
    };
}

impl Store for StruckStore {
    fn ready(&self) -> Answer<'_, ()> {
        self.inner.ready()
    }

    pass! {
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
    }

    fn presence<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, StoredPresence> {
        let (inner, again) = (self.inner.clone(), scope.clone());
        self.struck("store.presence", self.inner.presence(scope, user), move || {
            Box::pin(async move { inner.presence(&again, user).await })
        })
    }

    fn presence_revision<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, u64> {
        let (inner, again) = (self.inner.clone(), scope.clone());
        self.struck("store.presence_revision", self.inner.presence_revision(scope, user), move || {
            Box::pin(async move { inner.presence_revision(&again, user).await })
        })
    }

    fn commit_presence<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: u64,
        next: u64,
        changes: &'a [StaticChange],
    ) -> Answer<'a, ()> {
        let call = self.inner.commit_presence(scope, user, expected, next, changes);
        let (inner, again, changes) = (self.inner.clone(), scope.clone(), changes.to_vec());
        self.struck("store.commit_presence", call, move || {
            Box::pin(async move { inner.commit_presence(&again, user, expected, next, &changes).await })
        })
    }

    fn fence_presence<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: u64,
        pending: u64,
    ) -> Answer<'a, u64> {
        let (inner, again) = (self.inner.clone(), scope.clone());
        self.struck(
            "store.fence_presence",
            self.inner.fence_presence(scope, user, expected, pending),
            move || Box::pin(async move { inner.fence_presence(&again, user, expected, pending).await }),
        )
    }
}
