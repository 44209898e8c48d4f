//! The maps, and how a row is found in them within a scope.

use std::collections::BTreeMap;

use rapport_core::contacts::ContactList;
use rapport_core::directory::{Person, Tenant};
use rapport_model::{Aor, MessageId, Scope, SipDomain, TenantId, Timestamp, UserId};
use rapport_store::{
    AuditRecord, Credentials, Deleted, HistoryEntry, HistoryKey, StoreError, StoredPresence, WebMessage,
    WebSession, WebSessionHash, bounds,
};

/// Everything that the store holds.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) tenants: BTreeMap<TenantId, Tenant>,
    /// Companies that can be restored; their people and names stay where they are.
    pub(crate) deleted_tenants: BTreeMap<TenantId, Deleted<Tenant>>,
    pub(crate) domains: BTreeMap<SipDomain, TenantId>,
    pub(crate) people: BTreeMap<UserId, Entry>,
    pub(crate) addresses: BTreeMap<Aor, UserId>,
    pub(crate) sign_in_names: BTreeMap<(TenantId, String), UserId>,
    pub(crate) audit: BTreeMap<(TenantId, u64), AuditRecord>,
    pub(crate) history_keys: BTreeMap<TenantId, HistoryKey>,
    pub(crate) last: LastNumbers,
}

/// The numbers given out last; they only grow, so that none is given out twice.
#[derive(Default)]
pub(crate) struct LastNumbers {
    pub(crate) tenant: u32,
    pub(crate) user: u32,
    pub(crate) app_password: u32,
}

/// A person with everything that hangs on them.
pub(crate) struct Entry {
    pub(crate) person: Person,
    pub(crate) credentials: Credentials,
    pub(crate) presence: StoredPresence,
    pub(crate) contacts: ContactList,
    /// Sign-ins in browsers.
    pub(crate) web_sessions: Vec<WebSession>,
    /// What web clients left, by name.
    pub(crate) web_documents: BTreeMap<String, String>,
    /// What the endpoints behind sign-ins in browsers left of their conversations.
    pub(crate) web_conversations: BTreeMap<WebSessionHash, String>,
    /// Messages from browsers, the earliest first.
    pub(crate) web_messages: Vec<WebMessage>,
    /// Message history.
    pub(crate) history: BTreeMap<MessageId, HistoryEntry>,
    /// When the person was deleted; they can be restored.
    pub(crate) deleted: Option<Timestamp>,
}

/// Takes the next number.
pub(crate) fn next(last: &mut u32) -> Result<u32, StoreError> {
    *last = last.checked_add(1).ok_or(StoreError::Full)?;
    Ok(*last)
}

impl State {
    pub(crate) fn tenant(&self, scope: &Scope) -> Result<&Tenant, StoreError> {
        self.tenants.get(&scope.tenant).ok_or(StoreError::NotFound)
    }

    pub(crate) fn tenant_mut(&mut self, scope: &Scope) -> Result<&mut Tenant, StoreError> {
        self.tenants.get_mut(&scope.tenant).ok_or(StoreError::NotFound)
    }

    /// A person who is there.
    pub(crate) fn living(&self, user: UserId) -> Option<&Entry> {
        let entry = self.people.get(&user).filter(|entry| entry.deleted.is_none());
        entry.filter(|_| self.tenants.contains_key(&user.tenant))
    }

    pub(crate) fn entry(&self, scope: &Scope, user: UserId) -> Result<&Entry, StoreError> {
        bounds::covered(scope, user)?;
        self.living(user).ok_or(StoreError::NotFound)
    }

    pub(crate) fn entry_mut(&mut self, scope: &Scope, user: UserId) -> Result<&mut Entry, StoreError> {
        self.entry(scope, user)?;
        self.people.get_mut(&user).ok_or(StoreError::NotFound)
    }
}
