//! The calls that every adapter answers, and what it promises with each.

use std::future::Future;
use std::pin::Pin;

use rapport_core::contacts::ContactList;
use rapport_core::directory::{Person, PersonRef, Tenant};
use rapport_core::presence::{CategoryName, StaticChange};
use rapport_model::{Aor, MessageId, OperatorScope, Scope, SipDomain, Timestamp, UserId};

use crate::{
    AppPassword, AuditEntry, AuditRecord, Begins, Credentials, Deleted, HistoryEntry, HistoryKey,
    HistoryPeer, HistoryRange, NewAppPassword, NewHistoryEntry, NewPassword, NewPerson, NewTenant, Resealed,
    SealedPage, StoreError, StoredPresence, TenantFields, WebMessage, WebSession, WebSessionHash,
};

/// A future on the heap that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What every call gives: a future of its value or of the reason why not.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// What must last.
///
/// - A call under a [`Scope`] touches that scope's company alone. One that names a person of another company, be it as
///   the subject or inside a value, fails with [`StoreError::WrongTenant`] before anything is read or written.
/// - Every change is whole or not at all, and in a durable adapter it has been synced to the disk when it is answered.
/// - A reading sees every change that was answered before it began, and never part of one.
/// - Who asks by number and finds nothing gets [`StoreError::NotFound`]; who asks by name or address gets `None`.
/// - Numbers of companies, people and app passwords are never used again.
/// - What was deleted and can be restored is found by no call but those that say so; its names stay taken. Nothing of a
///   deleted company is found either.
/// - A future does nothing until it is polled. One that is dropped after its first poll may or may not have its effect.
/// - Any call may fail with [`StoreError::Unavailable`] or [`StoreError::Internal`], and any change with
///   [`StoreError::Full`], [`StoreError::Unwritable`] or, for a value past its bound (see [`crate::bounds`]), [`StoreError::Invalid`].
pub trait Store: Send + Sync + 'static {
    /// Tells whether the store answers, for `/readyz`.
    fn ready(&self) -> Answer<'_, ()>;

    /// Tells why changes are refused while they are, for `/readyz`: reading goes on meanwhile. An adapter that can't run
    /// out of room needs no answer of its own.
    fn refuses_changes(&self) -> Option<StoreError> {
        None
    }

    // Companies.

    /// Adds a company with its domains.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name or a domain is taken.
    fn add_tenant<'a>(&'a self, scope: &'a OperatorScope, new: NewTenant) -> Answer<'a, Tenant>;

    /// Returns every company, by number.
    fn tenants<'a>(&'a self, scope: &'a OperatorScope) -> Answer<'a, Vec<Tenant>>;

    /// Returns the scope's company.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it has been removed.
    fn tenant<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Tenant>;

    /// Returns the company of that short name.
    fn tenant_by_name<'a>(&'a self, scope: &'a OperatorScope, name: &'a str) -> Answer<'a, Option<Tenant>>;

    /// Returns the company to which a SIP domain belongs.
    fn tenant_by_domain<'a>(
        &'a self,
        scope: &'a OperatorScope,
        domain: &'a SipDomain,
    ) -> Answer<'a, Option<Tenant>>;

    /// Replaces what can be set of the scope's company.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] when the name is taken.
    fn set_tenant<'a>(&'a self, scope: &'a Scope, fields: TenantFields) -> Answer<'a, ()>;

    /// Deletes the scope's company in a way that can be undone.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also when it is deleted already.
    fn delete_tenant<'a>(&'a self, scope: &'a Scope, at: Timestamp) -> Answer<'a, ()>;

    /// Restores the scope's company, with everything as it was.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such deleted company.
    fn restore_tenant<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Tenant>;

    /// Returns every deleted company, by number.
    fn deleted_tenants<'a>(&'a self, scope: &'a OperatorScope) -> Answer<'a, Vec<Deleted<Tenant>>>;

    /// Removes the scope's company for good, deleted before or not, with everything that is in it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    fn remove_tenant<'a>(&'a self, scope: &'a Scope) -> Answer<'a, ()>;

    /// Adds a SIP domain to the scope's company, behind those it has.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] when the domain is taken, by this company or another.
    fn add_domain<'a>(&'a self, scope: &'a Scope, domain: SipDomain) -> Answer<'a, ()>;

    /// Takes a SIP domain away from the scope's company.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not this company's; [`StoreError::Conflict`] while an address lies in it, be it
    /// a former one or a deleted person's.
    fn remove_domain<'a>(&'a self, scope: &'a Scope, domain: &'a SipDomain) -> Answer<'a, ()>;

    // People.

    /// Adds a person, with what they begin with and an empty contact list.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the company has been removed; [`StoreError::Conflict`] when an address or the
    /// sign-in name is taken; [`StoreError::Invalid`] when an address lies in no domain of the company; what `begins`
    /// fails with.
    fn add_person<'a>(&'a self, scope: &'a Scope, new: NewPerson, begins: Begins) -> Answer<'a, Person>;

    /// Returns at most `limit` people of the scope's company by number, beginning behind `after`.
    fn people<'a>(&'a self, scope: &'a Scope, after: Option<UserId>, limit: usize)
    -> Answer<'a, Vec<Person>>;

    /// Returns a person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn person<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Person>;

    /// Returns the person of the scope's company who has an address, be it the shown one, an alias or a former one. Whether
    /// a former one still answers is for the caller to see.
    fn person_by_address<'a>(&'a self, scope: &'a Scope, address: &'a Aor) -> Answer<'a, Option<Person>>;

    /// Returns the person of the scope's company who signs in with this name (in lower case).
    fn person_by_sign_in_name<'a>(&'a self, scope: &'a Scope, name: &'a str) -> Answer<'a, Option<Person>>;

    /// Returns those of the people who exist, by number.
    ///
    /// # Errors
    /// [`StoreError::WrongTenant`] when one of them is another company's.
    fn people_by_ids<'a>(&'a self, scope: &'a Scope, users: &'a [UserId]) -> Answer<'a, Vec<Person>>;

    /// Replaces everything in a person's directory entry, former addresses included.
    ///
    /// # Errors
    /// As [`add_person`](Self::add_person), and [`StoreError::WrongTenant`].
    fn set_person<'a>(&'a self, scope: &'a Scope, person: Person) -> Answer<'a, ()>;

    /// Returns the shown address of a person of the scope's company, also of one who is deleted and can be restored.
    ///
    /// # Errors
    /// [`StoreError::WrongTenant`].
    fn address_of<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Option<Aor>>;

    /// Returns who of the scope's company holds an address in any way, deleted people included.
    fn holder_of<'a>(&'a self, scope: &'a Scope, address: &'a Aor) -> Answer<'a, Option<UserId>>;

    /// Forgets the former addresses of the scope's company of which the time was over at `now`; returns whose they were,
    /// by number.
    fn forget_former_addresses<'a>(&'a self, scope: &'a Scope, now: Timestamp) -> Answer<'a, Vec<UserId>>;

    /// Deletes a person in a way that can be undone.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also when they are deleted already; [`StoreError::WrongTenant`].
    fn delete_person<'a>(&'a self, scope: &'a Scope, user: UserId, at: Timestamp) -> Answer<'a, ()>;

    /// Restores a person, with everything as it was.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such deleted person; [`StoreError::WrongTenant`].
    fn restore_person<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Person>;

    /// Returns the deleted people of the scope's company, by number.
    fn deleted_people<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Vec<Deleted<Person>>>;

    /// Returns the people of the scope's company who have a person on their contact list, in a container, or among those
    /// who prompt them; by number.
    ///
    /// # Errors
    /// [`StoreError::WrongTenant`].
    fn who_names<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<UserId>>;

    /// Removes a person for good, deleted before or not, with credentials, contacts and presence; whoever had them as
    /// manager has none.
    ///
    /// Other people's contact lists and memberships go on naming the number, which nobody will have again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn remove_person<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, ()>;

    // Credentials. None changes without the line of the audit log that tells of it.

    /// Returns what proves who a person is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn credentials<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Credentials>;

    /// Sets the account's password, and adds the line that tells of it; the sealed NT hash of the one before becomes the
    /// previous one, for as long as the new one says. There is one previous password at most: the one before it is
    /// forgotten.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn set_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        new: NewPassword,
        line: AuditEntry,
    ) -> Answer<'a, ()>;

    /// Replaces how the same password is kept (another hash of it, a seal under another key), unless the hash is no
    /// longer `expected`: then a new password was set meanwhile, and nothing is done.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn renew_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: &'a str,
        new: NewPassword,
    ) -> Answer<'a, ()>;

    /// Forgets the sealed NT hashes of every account password of the scope's company, previous ones included.
    /// App passwords stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the company has been removed.
    fn forget_account_nt<'a>(&'a self, scope: &'a Scope) -> Answer<'a, ()>;

    /// Forgets the sealed NT hashes of previous passwords, of every company, that may be kept until `now` at the latest,
    /// and says how many there were.
    fn forget_previous_account_nt<'a>(
        &'a self,
        scope: &'a OperatorScope,
        now: Timestamp,
    ) -> Answer<'a, usize>;

    /// Adds an app password, and the line that tells of it, and returns it with its number.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`]; [`StoreError::Invalid`] when the person has
    /// [`crate::bounds::APP_PASSWORDS`] already.
    fn add_app_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        new: NewAppPassword,
        line: AuditEntry,
    ) -> Answer<'a, AppPassword>;

    /// Removes an app password, and adds the line that tells of it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also when the person has no such app password; [`StoreError::WrongTenant`].
    fn remove_app_password<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        id: u32,
        line: AuditEntry,
    ) -> Answer<'a, ()>;

    /// Returns a person's app passwords, oldest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn app_passwords<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<AppPassword>>;

    // Sign-ins in browsers.

    /// Keeps a sign-in in a browser.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`]; [`StoreError::Conflict`] when there is one of that hash;
    /// [`StoreError::Invalid`] when the person has [`crate::bounds::WEB_SESSIONS`] already.
    fn add_web_session<'a>(&'a self, scope: &'a Scope, new: WebSession) -> Answer<'a, ()>;

    /// Returns the sign-in of that hash, whichever company's it is; none of somebody who was deleted. Whether it is over
    /// is for the caller to see.
    fn web_session<'a>(
        &'a self,
        scope: &'a OperatorScope,
        hash: WebSessionHash,
    ) -> Answer<'a, Option<WebSession>>;

    /// Returns a person's sign-ins in browsers, the earliest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn web_sessions<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<WebSession>>;

    /// Notes when a sign-in was last used; nothing happens when there is none.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn touch_web_session<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
        used: Timestamp,
    ) -> Answer<'a, ()>;

    /// Ends one sign-in of a person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also when the person has no such sign-in; [`StoreError::WrongTenant`].
    fn remove_web_session<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
    ) -> Answer<'a, ()>;

    /// Ends every sign-in of a person, also of one who is deleted, and says how many there were.
    ///
    /// # Errors
    /// [`StoreError::WrongTenant`].
    fn remove_web_sessions<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, usize>;

    /// Forgets the sign-ins, of every company, that end at `expired` or before, or were last used at `unused` or before;
    /// says how many there were.
    fn forget_web_sessions<'a>(
        &'a self,
        scope: &'a OperatorScope,
        expired: Timestamp,
        unused: Timestamp,
    ) -> Answer<'a, usize>;

    /// Returns what a person's web clients have left under a name; none when there is nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn web_document<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        name: &'a str,
    ) -> Answer<'a, Option<String>>;

    /// Keeps what a person's web clients leave under a name, in the place of `old`, as it was read.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when something else is kept there by now; [`StoreError::NotFound`],
    /// [`StoreError::WrongTenant`]; [`StoreError::Invalid`] when it is too long.
    fn set_web_document<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        name: &'a str,
        old: Option<&'a str>,
        text: String,
    ) -> Answer<'a, ()>;

    /// Returns what the endpoint behind a sign-in in a browser has left of its conversations; none when there is nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn web_conversations<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
    ) -> Answer<'a, Option<String>>;

    /// Keeps what the endpoint behind a sign-in in a browser leaves of its conversations, as long as the sign-in is there.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also when the person has no such sign-in; [`StoreError::WrongTenant`];
    /// [`StoreError::Invalid`] when it is too long.
    fn set_web_conversations<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        hash: WebSessionHash,
        text: String,
    ) -> Answer<'a, ()>;

    /// Returns what is noted of a message of a person to somebody, under an id of the browser's.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn web_message<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        peer: &'a PersonRef,
        client_id: &'a str,
    ) -> Answer<'a, Option<WebMessage>>;

    /// Notes what is known of a message of a person, in the place of what was noted of one to the same person under the same
    /// id of the browser's. The [`crate::bounds::WEB_MESSAGES`] latest of a person are kept.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`], [`StoreError::Invalid`].
    fn note_web_message<'a>(&'a self, scope: &'a Scope, user: UserId, message: WebMessage) -> Answer<'a, ()>;

    /// Forgets the messages, of every company, that were noted before `before`; says how many there were.
    fn forget_web_messages<'a>(&'a self, scope: &'a OperatorScope, before: Timestamp) -> Answer<'a, usize>;

    // What is sealed.

    /// Returns every sealed value of at most `people` people of every company, be they or it deleted or not, in an order
    /// of the adapter's own, beginning behind `after`. The first page has every company's history key beside, as a value
    /// of [`history_key_owner`](crate::history_key_owner).
    ///
    /// Unlike other readings it sees every change that was asked for before it was, answered or not: who has seen here
    /// that nothing is sealed under a key may throw that key away.
    fn sealed<'a>(
        &'a self,
        scope: &'a OperatorScope,
        after: Option<UserId>,
        people: usize,
    ) -> Answer<'a, SealedPage>;

    /// Replaces sealed values by other seals of the same, each unless it is no longer what it was read as, and returns
    /// how many were replaced.
    fn reseal<'a>(&'a self, scope: &'a OperatorScope, values: Vec<Resealed>) -> Answer<'a, usize>;

    // Presence.

    /// Returns the static part of a person's presence.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn presence<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, StoredPresence>;

    /// Returns the static part of the presence of those of the people who exist, each once, by number; of what is published
    /// only these categories.
    ///
    /// # Errors
    /// [`StoreError::WrongTenant`] when one of them is another company's.
    fn presence_of_several<'a>(
        &'a self,
        scope: &'a Scope,
        users: &'a [UserId],
        categories: &'a [CategoryName],
    ) -> Answer<'a, Vec<(UserId, StoredPresence)>>;

    /// Returns the revision of the static part of a person's presence.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn presence_revision<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, u64>;

    /// Moves the static part of a person's presence from revision `expected` to `next`, with all of `changes`.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is not at `expected`; [`StoreError::Invalid`] when `next` is not greater than
    /// `expected` or a publication is not kept ([`Lifetime::is_kept`](rapport_core::presence::Lifetime::is_kept)); [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn commit_presence<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: u64,
        next: u64,
        changes: &'a [StaticChange],
    ) -> Answer<'a, ()>;

    /// Moves the static part of a person's presence from revision `expected` on to one greater than it and than
    /// `pending`, without a change, and returns that.
    ///
    /// A late [`commit_presence`](Self::commit_presence) from `expected` to `pending` then fails, and no reader can take
    /// the new revision for that commit's.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is not at `expected`, be it because that commit came first;
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn fence_presence<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: u64,
        pending: u64,
    ) -> Answer<'a, u64>;

    // Contacts.

    /// Returns a person's contact list; at first it has delta number 1, the group `~` and no contact.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn contacts<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, ContactList>;

    /// Returns the people of the company who are on a person's contact list, by number.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn contact_people<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, Vec<UserId>>;

    /// Replaces the contact list `old`, as read, by `new`, whose delta number is greater. Only what differs is written.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the list is not at the delta number of `old`; [`StoreError::Invalid`] when the delta
    /// number of `new` is not greater; [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn commit_contacts<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        old: &'a ContactList,
        new: &'a ContactList,
    ) -> Answer<'a, ()>;

    // History.

    /// Returns the key under which the history of the scope's company is sealed; none before there is one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the company has been removed.
    fn history_key<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Option<HistoryKey>>;

    /// Gives the scope's company the key unless it has one, and returns the one that it has.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the company has been removed.
    fn add_history_key<'a>(&'a self, scope: &'a Scope, key: HistoryKey) -> Answer<'a, HistoryKey>;

    /// Adds entries to the histories of people of the scope's company, which are sealed under the key `key`; entries of
    /// people who are not there any more are left out. An entry takes the place of the one of the same message that its
    /// person has already. Returns how many were written.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the company has another key by now, or none; [`StoreError::Invalid`],
    /// [`StoreError::WrongTenant`]; [`StoreError::NotFound`] when the company has been removed.
    fn append_history<'a>(
        &'a self,
        scope: &'a Scope,
        key: i64,
        entries: Vec<NewHistoryEntry>,
    ) -> Answer<'a, usize>;

    /// Returns at most `limit` entries of a person, the newest first, of those before the message `before`, be that one
    /// there or not, and with one other where that is given. The one with which there are more octets than
    /// [`crate::bounds::HISTORY_PAGE`] is the last.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn history<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        with: Option<&'a PersonRef>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Answer<'a, Vec<HistoryEntry>>;

    /// Returns at most `limit` of those with whom a person has a history of what was said from `since` on, whoever was
    /// talked to last first, of those with whom nothing was said from the message `before` on. There are no more octets in
    /// it than in an answer of [`history`](Self::history).
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongTenant`].
    fn history_peers<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        since: Timestamp,
        before: Option<MessageId>,
        limit: usize,
    ) -> Answer<'a, Vec<HistoryPeer>>;

    /// Removes entries of a person for good, and says how many there were.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such person; [`StoreError::WrongTenant`].
    fn delete_history<'a>(&'a self, scope: &'a Scope, user: UserId, range: HistoryRange)
    -> Answer<'a, usize>;

    /// Removes at most `limit` entries of the scope's company for good that were made before `before`, be their person
    /// deleted or not, and says how many there were.
    fn forget_history<'a>(&'a self, scope: &'a Scope, before: Timestamp, limit: usize) -> Answer<'a, usize>;

    // Audit.

    /// Adds a line to the audit log of the scope's company, with the scope's actor and reason; returns its number.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the company has been removed.
    fn append_audit<'a>(&'a self, scope: &'a Scope, entry: AuditEntry) -> Answer<'a, u64>;

    /// Returns at most `limit` lines of the audit log, oldest first, beginning behind number `after`.
    fn audit<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<AuditRecord>>;
}
