//! The list of the store's calls, for stores of tests that stand before another one and let it fail or wait: the names
//! that it needs, and two macros that give it to a macro of the caller.

pub use rapport_core::contacts::ContactList;
pub use rapport_core::directory::{Person, PersonRef, Tenant};
pub use rapport_core::presence::{CategoryName, StaticChange};
pub use rapport_model::{Aor, MessageId, OperatorScope, Scope, SipDomain, Timestamp, UserId};

pub use crate::{
    Answer, AppPassword, AuditEntry, AuditRecord, Begins, Credentials, Deleted, HistoryEntry, HistoryKey,
    HistoryPeer, HistoryRange, NewAppPassword, NewHistoryEntry, NewPassword, NewPerson, NewTenant, Resealed,
    SealedPage, Store, StoreError, StoredPresence, TenantFields, WebMessage, WebSession, WebSessionHash,
};

/// Expands a macro of the caller with every call that is not about presence, as `name(argument: type, …) -> answer;`.
/// The lifetime of what is borrowed is `'a`; the names of the types are those of this module.
#[macro_export]
macro_rules! for_each_call {
    ($expand:ident) => {
        $expand! {
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
            add_person(scope: &'a Scope, new: NewPerson, begins: Begins) -> Person;
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
            set_password(scope: &'a Scope, user: UserId, new: NewPassword, line: AuditEntry) -> ();
            renew_password(scope: &'a Scope, user: UserId, expected: &'a str, new: NewPassword) -> ();
            forget_account_nt(scope: &'a Scope) -> ();
            forget_previous_account_nt(scope: &'a OperatorScope, now: Timestamp) -> usize;
            add_app_password(scope: &'a Scope, user: UserId, new: NewAppPassword, line: AuditEntry) -> AppPassword;
            remove_app_password(scope: &'a Scope, user: UserId, id: u32, line: AuditEntry) -> ();
            app_passwords(scope: &'a Scope, user: UserId) -> Vec<AppPassword>;
            add_web_session(scope: &'a Scope, new: WebSession) -> ();
            web_session(scope: &'a OperatorScope, hash: WebSessionHash) -> Option<WebSession>;
            web_sessions(scope: &'a Scope, user: UserId) -> Vec<WebSession>;
            touch_web_session(scope: &'a Scope, user: UserId, hash: WebSessionHash, used: Timestamp) -> ();
            remove_web_session(scope: &'a Scope, user: UserId, hash: WebSessionHash) -> ();
            remove_web_sessions(scope: &'a Scope, user: UserId) -> usize;
            forget_web_sessions(scope: &'a OperatorScope, expired: Timestamp, unused: Timestamp) -> usize;
            web_document(scope: &'a Scope, user: UserId, name: &'a str) -> Option<String>;
            set_web_document(scope: &'a Scope, user: UserId, name: &'a str, old: Option<&'a str>, text: String) -> ();
            web_conversations(scope: &'a Scope, user: UserId, hash: WebSessionHash) -> Option<String>;
            set_web_conversations(scope: &'a Scope, user: UserId, hash: WebSessionHash, text: String) -> ();
            web_message(scope: &'a Scope, user: UserId, peer: &'a PersonRef, client_id: &'a str) -> Option<WebMessage>;
            note_web_message(scope: &'a Scope, user: UserId, message: WebMessage) -> ();
            forget_web_messages(scope: &'a OperatorScope, before: Timestamp) -> usize;
            sealed(scope: &'a OperatorScope, after: Option<UserId>, people: usize) -> SealedPage;
            reseal(scope: &'a OperatorScope, values: Vec<Resealed>) -> usize;
            contacts(scope: &'a Scope, user: UserId) -> ContactList;
            contact_people(scope: &'a Scope, user: UserId) -> Vec<UserId>;
            commit_contacts(scope: &'a Scope, user: UserId, old: &'a ContactList, new: &'a ContactList) -> ();
            history_key(scope: &'a Scope) -> Option<HistoryKey>;
            add_history_key(scope: &'a Scope, key: HistoryKey) -> HistoryKey;
            append_history(scope: &'a Scope, key: i64, entries: Vec<NewHistoryEntry>) -> usize;
            history(scope: &'a Scope, user: UserId, with: Option<&'a PersonRef>, before: Option<MessageId>, limit: usize) -> Vec<HistoryEntry>;
            history_peers(scope: &'a Scope, user: UserId, since: Timestamp, before: Option<MessageId>, limit: usize) -> Vec<HistoryPeer>;
            delete_history(scope: &'a Scope, user: UserId, range: HistoryRange) -> usize;
            forget_history(scope: &'a Scope, before: Timestamp, limit: usize) -> usize;
            append_audit(scope: &'a Scope, entry: AuditEntry) -> u64;
            audit(scope: &'a Scope, after: u64, limit: usize) -> Vec<AuditRecord>;
        }
    };
}

/// Expands a macro of the caller with every call that is about presence, like [`for_each_call`].
#[macro_export]
macro_rules! for_each_presence_call {
    ($expand:ident) => {
        $expand! {
            presence(scope: &'a Scope, user: UserId) -> StoredPresence;
            presence_of_several(scope: &'a Scope, users: &'a [UserId], categories: &'a [CategoryName]) -> Vec<(UserId, StoredPresence)>;
            presence_revision(scope: &'a Scope, user: UserId) -> u64;
            commit_presence(scope: &'a Scope, user: UserId, expected: u64, next: u64, changes: &'a [StaticChange]) -> ();
            fence_presence(scope: &'a Scope, user: UserId, expected: u64, pending: u64) -> u64;
        }
    };
}
