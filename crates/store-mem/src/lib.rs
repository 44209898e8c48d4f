//! The store in memory, for tests and simulations: ordered maps under one mutex, no thread and no clock.
//!
//! Nothing lasts: a new [`MemStore`] is empty. What it promises otherwise is the port's contract, which it passes.
#![warn(missing_docs)]

mod directory;
mod history;
mod people;
mod state;
mod web;

use std::sync::Mutex;

use rapport_core::contacts::ContactList;
use rapport_core::directory::{Person, PersonRef, Tenant};
use rapport_core::presence::{CategoryName, StaticChange};
use rapport_model::{Aor, MessageId, OperatorScope, Scope, SipDomain, Timestamp, UserId};
use rapport_store::{
    Answer, AppPassword, AuditEntry, AuditRecord, Begins, Credentials, Deleted, HistoryEntry, HistoryKey,
    HistoryPeer, HistoryRange, NewAppPassword, NewHistoryEntry, NewPassword, NewPerson, NewTenant, Resealed,
    SealedPage, Store, StoreError, StoredPresence, TenantFields, WebMessage, WebSession, WebSessionHash,
};

use crate::state::State;

/// A store whose content is in memory and ends with it.
#[derive(Default)]
pub struct MemStore {
    state: Mutex<State>,
}

impl MemStore {
    /// Returns an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn answer<'a, T: Send + 'a>(
        &'a self,
        call: impl FnOnce(&mut State) -> Result<T, StoreError> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            // A call checks before it changes anything, so what a panicking one leaves behind is whole.
            let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            call(&mut state)
        })
    }
}

impl Store for MemStore {
    fn ready(&self) -> Answer<'_, ()> {
        self.answer(|_| Ok(()))
    }

    fn add_tenant<'a>(&'a self, _: &'a OperatorScope, new: NewTenant) -> Answer<'a, Tenant> {
        self.answer(|state| state.add_tenant(new))
    }

    fn tenants<'a>(&'a self, _: &'a OperatorScope) -> Answer<'a, Vec<Tenant>> {
        self.answer(|state| Ok(state.tenants()))
    }

    fn tenant<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Tenant> {
        self.answer(|state| state.tenant(scope).cloned())
    }

    fn tenant_by_name<'a>(&'a self, _: &'a OperatorScope, name: &'a str) -> Answer<'a, Option<Tenant>> {
        self.answer(|state| Ok(state.tenant_by_name(name)))
    }

    fn tenant_by_domain<'a>(
        &'a self,
        _: &'a OperatorScope,
        domain: &'a SipDomain,
    ) -> Answer<'a, Option<Tenant>> {
        self.answer(|state| Ok(state.tenant_by_domain(domain)))
    }

    fn set_tenant<'a>(&'a self, scope: &'a Scope, fields: TenantFields) -> Answer<'a, ()> {
        self.answer(|state| state.set_tenant(scope, fields))
    }

    fn delete_tenant<'a>(&'a self, scope: &'a Scope, at: Timestamp) -> Answer<'a, ()> {
        self.answer(move |state| state.delete_tenant(scope, at))
    }

    fn restore_tenant<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Tenant> {
        self.answer(|state| state.restore_tenant(scope))
    }

    fn deleted_tenants<'a>(&'a self, _: &'a OperatorScope) -> Answer<'a, Vec<Deleted<Tenant>>> {
        self.answer(|state| Ok(state.deleted_tenants.values().cloned().collect()))
    }

    fn remove_tenant<'a>(&'a self, scope: &'a Scope) -> Answer<'a, ()> {
        self.answer(|state| state.remove_tenant(scope))
    }

    fn add_domain<'a>(&'a self, scope: &'a Scope, domain: SipDomain) -> Answer<'a, ()> {
        self.answer(|state| state.add_domain(scope, domain))
    }

    fn remove_domain<'a>(&'a self, scope: &'a Scope, domain: &'a SipDomain) -> Answer<'a, ()> {
        self.answer(|state| state.remove_domain(scope, domain))
    }

    fn add_person<'a>(&'a self, scope: &'a Scope, new: NewPerson, begins: Begins) -> Answer<'a, Person> {
        self.answer(|state| state.add_person(scope, new, begins))
    }

    fn people<'a>(
        &'a self,
        scope: &'a Scope,
        after: Option<UserId>,
        limit: usize,
    ) -> Answer<'a, Vec<Person>> {
        self.answer(move |state| state.people(scope, after, limit))
    }

    fn person<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Person> {
        self.answer(move |state| Ok(state.entry(scope, user)?.person.clone()))
    }

    fn person_by_address<'a>(&'a self, scope: &'a Scope, address: &'a Aor) -> Answer<'a, Option<Person>> {
        self.answer(|state| Ok(state.person_by_address(scope, address)))
    }

    fn person_by_sign_in_name<'a>(&'a self, scope: &'a Scope, name: &'a str) -> Answer<'a, Option<Person>> {
        self.answer(|state| Ok(state.person_by_sign_in_name(scope, name)))
    }

    fn people_by_ids<'a>(&'a self, scope: &'a Scope, users: &'a [UserId]) -> Answer<'a, Vec<Person>> {
        self.answer(|state| state.people_by_ids(scope, users))
    }

    fn set_person<'a>(&'a self, scope: &'a Scope, person: Person) -> Answer<'a, ()> {
        self.answer(|state| state.set_person(scope, person))
    }

    fn address_of<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Option<Aor>> {
        self.answer(move |state| state.address_of(scope, user))
    }

    fn holder_of<'a>(&'a self, scope: &'a Scope, address: &'a Aor) -> Answer<'a, Option<UserId>> {
        self.answer(|state| Ok(state.holder_of(scope, address)))
    }

    fn forget_former_addresses<'a>(&'a self, scope: &'a Scope, now: Timestamp) -> Answer<'a, Vec<UserId>> {
        self.answer(move |state| Ok(state.forget_former_addresses(scope, now)))
    }

    fn delete_person<'a>(&'a self, scope: &'a Scope, user: UserId, at: Timestamp) -> Answer<'a, ()> {
        self.answer(move |state| state.delete_person(scope, user, at))
    }

    fn restore_person<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Person> {
        self.answer(move |state| state.restore_person(scope, user))
    }

    fn deleted_people<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Vec<Deleted<Person>>> {
        self.answer(|state| Ok(state.deleted_people(scope)))
    }

    fn who_names<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<UserId>> {
        self.answer(move |state| state.who_names(scope, user))
    }

    fn remove_person<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, ()> {
        self.answer(move |state| state.remove_person(scope, user))
    }

    fn credentials<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Credentials> {
        self.answer(move |state| Ok(state.entry(scope, user)?.credentials.clone()))
    }

    fn set_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        new: NewPassword,
        line: AuditEntry,
    ) -> Answer<'a, ()> {
        self.answer(move |state| state.told(scope, line, |state| state.set_password(scope, user, new)))
    }

    fn renew_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: &'a str,
        new: NewPassword,
    ) -> Answer<'a, ()> {
        self.answer(move |state| state.renew_password(scope, user, expected, new))
    }

    fn forget_account_nt<'a>(&'a self, scope: &'a Scope) -> Answer<'a, ()> {
        self.answer(|state| state.forget_account_nt(scope))
    }

    fn forget_previous_account_nt<'a>(
        &'a self,
        _scope: &'a OperatorScope,
        now: Timestamp,
    ) -> Answer<'a, usize> {
        self.answer(move |state| Ok(state.forget_previous_account_nt(now)))
    }

    fn add_app_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        new: NewAppPassword,
        line: AuditEntry,
    ) -> Answer<'a, AppPassword> {
        self.answer(move |state| state.told(scope, line, |state| state.add_app_password(scope, user, new)))
    }

    fn remove_app_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        id: u32,
        line: AuditEntry,
    ) -> Answer<'a, ()> {
        self.answer(move |state| state.told(scope, line, |state| state.remove_app_password(scope, user, id)))
    }

    fn app_passwords<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<AppPassword>> {
        self.answer(move |state| Ok(state.entry(scope, user)?.credentials.app_passwords.clone()))
    }

    fn add_web_session<'a>(&'a self, scope: &'a Scope, new: WebSession) -> Answer<'a, ()> {
        self.answer(|state| state.add_web_session(scope, new))
    }

    fn web_session<'a>(
        &'a self,
        _: &'a OperatorScope,
        hash: WebSessionHash,
    ) -> Answer<'a, Option<WebSession>> {
        self.answer(move |state| Ok(state.web_session(hash)))
    }

    fn web_sessions<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<WebSession>> {
        self.answer(move |state| Ok(state.entry(scope, user)?.web_sessions.clone()))
    }

    fn touch_web_session<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
        used: Timestamp,
    ) -> Answer<'a, ()> {
        self.answer(move |state| state.touch_web_session(scope, user, hash, used))
    }

    fn remove_web_session<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
    ) -> Answer<'a, ()> {
        self.answer(move |state| state.remove_web_session(scope, user, hash))
    }

    fn remove_web_sessions<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, usize> {
        self.answer(move |state| state.remove_web_sessions(scope, user))
    }

    fn forget_web_sessions<'a>(
        &'a self,
        _: &'a OperatorScope,
        expired: Timestamp,
        unused: Timestamp,
    ) -> Answer<'a, usize> {
        self.answer(move |state| Ok(state.forget_web_sessions(expired, unused)))
    }

    fn web_document<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        name: &'a str,
    ) -> Answer<'a, Option<String>> {
        self.answer(move |state| Ok(state.entry(scope, user)?.web_documents.get(name).cloned()))
    }

    fn set_web_document<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        name: &'a str,
        old: Option<&'a str>,
        text: String,
    ) -> Answer<'a, ()> {
        self.answer(move |state| state.set_web_document(scope, user, name, old, text))
    }

    fn web_conversations<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
    ) -> Answer<'a, Option<String>> {
        self.answer(move |state| Ok(state.entry(scope, user)?.web_conversations.get(&hash).cloned()))
    }

    fn set_web_conversations<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
        text: String,
    ) -> Answer<'a, ()> {
        self.answer(move |state| state.set_web_conversations(scope, user, hash, text))
    }

    fn web_message<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        peer: &'a PersonRef,
        client_id: &'a str,
    ) -> Answer<'a, Option<WebMessage>> {
        self.answer(move |state| state.web_message(scope, user, peer, client_id))
    }

    fn note_web_message<'a>(&'a self, scope: &'a Scope, user: UserId, message: WebMessage) -> Answer<'a, ()> {
        self.answer(move |state| state.note_web_message(scope, user, message))
    }

    fn forget_web_messages<'a>(&'a self, _: &'a OperatorScope, before: Timestamp) -> Answer<'a, usize> {
        self.answer(move |state| Ok(state.forget_web_messages(before)))
    }

    fn sealed<'a>(
        &'a self,
        _scope: &'a OperatorScope,
        after: Option<UserId>,
        people: usize,
    ) -> Answer<'a, SealedPage> {
        self.answer(move |state| Ok(state.sealed(after, people)))
    }

    fn reseal<'a>(&'a self, _scope: &'a OperatorScope, values: Vec<Resealed>) -> Answer<'a, usize> {
        self.answer(move |state| state.reseal(values))
    }

    fn presence<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, StoredPresence> {
        self.answer(move |state| Ok(state.entry(scope, user)?.presence.clone()))
    }

    fn presence_of_several<'a>(
        &'a self,
        scope: &'a Scope,
        users: &'a [UserId],
        categories: &'a [CategoryName],
    ) -> Answer<'a, Vec<(UserId, StoredPresence)>> {
        self.answer(|state| state.presence_of_several(scope, users, categories))
    }

    fn presence_revision<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, u64> {
        self.answer(move |state| Ok(state.entry(scope, user)?.presence.static_revision))
    }

    fn commit_presence<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: u64,
        next: u64,
        changes: &'a [StaticChange],
    ) -> Answer<'a, ()> {
        self.answer(move |state| state.commit_presence(scope, user, expected, next, changes))
    }

    fn fence_presence<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: u64,
        pending: u64,
    ) -> Answer<'a, u64> {
        self.answer(move |state| state.fence_presence(scope, user, expected, pending))
    }

    fn contacts<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, ContactList> {
        self.answer(move |state| Ok(state.entry(scope, user)?.contacts.clone()))
    }

    fn contact_people<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<UserId>> {
        self.answer(move |state| state.contact_people(scope, user))
    }

    fn commit_contacts<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        old: &'a ContactList,
        new: &'a ContactList,
    ) -> Answer<'a, ()> {
        self.answer(move |state| state.commit_contacts(scope, user, old, new))
    }

    fn history_key<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Option<HistoryKey>> {
        self.answer(|state| state.history_key(scope))
    }

    fn add_history_key<'a>(&'a self, scope: &'a Scope, key: HistoryKey) -> Answer<'a, HistoryKey> {
        self.answer(|state| state.add_history_key(scope, key))
    }

    fn append_history<'a>(
        &'a self,
        scope: &'a Scope,
        key: i64,
        entries: Vec<NewHistoryEntry>,
    ) -> Answer<'a, usize> {
        self.answer(move |state| state.append_history(scope, key, entries))
    }

    fn history<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        with: Option<&'a PersonRef>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Answer<'a, Vec<HistoryEntry>> {
        self.answer(move |state| state.history(scope, user, with, before, limit))
    }

    fn history_peers<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        since: Timestamp,
        before: Option<MessageId>,
        limit: usize,
    ) -> Answer<'a, Vec<HistoryPeer>> {
        self.answer(move |state| state.history_peers(scope, user, since, before, limit))
    }

    fn delete_history<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        range: HistoryRange,
    ) -> Answer<'a, usize> {
        self.answer(move |state| state.delete_history(scope, user, &range))
    }

    fn forget_history<'a>(&'a self, scope: &'a Scope, before: Timestamp, limit: usize) -> Answer<'a, usize> {
        self.answer(move |state| Ok(state.forget_history(scope, before, limit)))
    }

    fn append_audit<'a>(&'a self, scope: &'a Scope, entry: AuditEntry) -> Answer<'a, u64> {
        self.answer(|state| state.append_audit(scope, entry))
    }

    fn audit<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<AuditRecord>> {
        self.answer(move |state| Ok(state.audit(scope, after, limit)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    rapport_store::store_contract!(|| Arc::new(crate::MemStore::new()));
}
