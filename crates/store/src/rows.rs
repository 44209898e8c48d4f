//! What goes into and comes out of the store where the domain has no type for it.

use std::collections::BTreeMap;
use std::fmt;

use rapport_core::contacts::{ContactGroup, ContactList};
use rapport_core::directory::{Card, Person, PersonRef, Tenant};
use rapport_core::policy::Policy;
use rapport_core::presence::{Membership, Prompted, Publication, PublicationKey, StaticChange};
use rapport_model::{Aor, ContainerId, Epid, SipDomain, TenantId, Timestamp, UserId};

use crate::{Link, StoreError};

/// What can be set of a company; see [`Tenant`] for each field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantFields {
    /// The short name by which the operator calls it; unique over the whole store.
    pub name: String,
    /// What it is called on screen.
    pub display_name: String,
    /// The name before the backslash in `DOMAIN\user`; need not be unique.
    pub netbios_name: String,
    /// Whether the service is switched on for it.
    pub enabled: bool,
    /// What it allows.
    pub policy: Policy,
}

/// A company to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTenant {
    /// What it is.
    pub fields: TenantFields,
    /// Its SIP domains, each unique over the whole store; the first is the default for new people.
    pub domains: Vec<SipDomain>,
}

/// A person to be added; see [`Person`] for each field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPerson {
    /// The SIP address that others see; unique over the whole store, aliases included.
    pub address: Aor,
    /// Further SIP addresses that reach the same person.
    pub aliases: Vec<Aor>,
    /// The name that signs in, in lower case; unique within the company.
    pub sign_in_name: String,
    /// Whether the account may sign in.
    pub enabled: bool,
    /// Whether the company has given the person a licence.
    pub licensed: bool,
    /// What the contact card shows.
    pub card: Card,
}

/// What a new person begins with, written in the same change as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// The static part of their presence, which is then at revision 1; at 0 where there is none.
    pub presence: Vec<StaticChange>,
    /// Their password.
    pub password: Option<NewPassword>,
    /// The line that tells of it.
    pub line: AuditEntry,
}

/// Says what a person begins with, once they have their number. It is asked in the middle of a change, so it neither
/// waits nor calls the store; where it fails, so does the change.
pub type Begins = Box<dyn FnOnce(&Person) -> Result<Beginning, StoreError> + Send>;

/// What was deleted and can be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted<T> {
    /// What it was, and will be again.
    pub what: T,
    /// When it was deleted.
    pub at: Timestamp,
}

/// Bytes that only the service key opens. The store keeps them and understands nothing of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Box<[u8]>);

/// Which of a person's sealed values is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealedAs {
    /// The NT hash of the account's password.
    Account,
    /// The NT hash of the password before.
    PreviousAccount,
    /// An app password, by its number.
    AppPassword(u32),
    /// The key of the company's history.
    HistoryKey,
}

/// A sealed value, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedOf {
    /// Whose it is.
    pub user: UserId,
    /// Which of theirs.
    pub kept: SealedAs,
    /// The value.
    pub sealed: Sealed,
}

/// The sealed values of some people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealedPage {
    /// Their values: all of a person's or none.
    pub values: Vec<SealedOf>,
    /// Behind whom the next page begins; none when nobody was left for this one.
    pub next: Option<UserId>,
}

/// A sealed value to be replaced by another seal of the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealed {
    /// The value as it was read.
    pub old: SealedOf,
    /// What takes its place.
    pub new: Sealed,
}

/// What proves who a person is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The account's password as a PHC string; none until one is set.
    pub password_hash: Option<String>,
    /// The NT hash of the account's password, where the company lets it sign in to SIP.
    pub account_nt: Option<Sealed>,
    /// The NT hash of the password before: an endpoint that still tries it must not lock its owner out.
    pub previous_account_nt: Option<Previous>,
    /// One per device, oldest first.
    pub app_passwords: Vec<AppPassword>,
}

/// The NT hash of a replaced password, kept for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// The hash.
    pub sealed: Sealed,
    /// Until when it may be kept.
    pub until: Timestamp,
}

/// A password to be set for an account.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword {
    /// Its hash as a PHC string.
    pub hash: String,
    /// Its sealed NT hash, where the company lets it sign in to SIP.
    pub account_nt: Option<Sealed>,
    /// Until when the sealed NT hash of the password that it replaces may be kept.
    pub previous_until: Timestamp,
}

/// A password of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppPassword {
    /// Its number; never used again.
    pub id: u32,
    /// What its owner calls it, such as the device's name.
    pub label: String,
    /// Its sealed NT hash.
    pub sealed: Sealed,
    /// When it was made.
    pub created: Timestamp,
}

/// A password of one device, to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAppPassword {
    /// What its owner calls it.
    pub label: String,
    /// Its sealed NT hash.
    pub sealed: Sealed,
    /// When it was made.
    pub created: Timestamp,
}

/// The SHA-256 of what a browser shows to be known by: the store never has that itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebSessionHash(pub [u8; 32]);

/// A sign-in of a person in a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSession {
    /// Finds it; unique over the whole store.
    pub hash: WebSessionHash,
    /// Whose it is.
    pub user: UserId,
    /// Names the endpoint that speaks for it.
    pub epid: Epid,
    /// What its owner knows it by, such as the browser's name.
    pub label: String,
    /// From where it was begun, as text.
    pub source: String,
    /// When it was begun.
    pub created: Timestamp,
    /// When it was last used.
    pub used: Timestamp,
    /// When it ends at the latest.
    pub expires: Timestamp,
}

/// A message that a person's browser has sent under an id of its own. What it says is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebMessage {
    /// Whom it is for.
    pub peer: PersonRef,
    /// What the browser calls it; the same again is the same message.
    pub client_id: String,
    /// What the server calls it.
    pub id: String,
    /// When it came.
    pub at: Timestamp,
    /// What became of it.
    pub fate: Fate,
}

/// What is known of the fate of a message from a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing: it is on its way, or was when the server ended.
    Unknown,
    /// It was delivered.
    Sent,
    /// It was not delivered.
    Failed,
}

/// The static part of a person's presence, as one consistent reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredPresence {
    /// The revision at which it stands; 0 for a new person.
    pub static_revision: u64,
    /// Static publications.
    pub publications: BTreeMap<PublicationKey, Publication>,
    /// Who is a member of which container.
    pub memberships: BTreeMap<ContainerId, Membership>,
    /// Who added this person to a contact list.
    pub subscribers: BTreeMap<PersonRef, Prompted>,
}

/// One line for the audit log. Who acts, from where and why is taken from the scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When it happened.
    pub at: Timestamp,
    /// What was done, such as `password set`.
    pub what: String,
    /// To whom or what, such as `t1/u42`.
    pub subject: String,
    /// Old and new, for people to read; never a secret.
    pub detail: String,
}

/// One line of the audit log as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number; grows within a company and is never used again.
    pub number: u64,
    /// Who acted.
    pub actor: String,
    /// From where; none where it was written before that was kept.
    pub source: Option<String>,
    /// What it was for.
    pub reason: String,
    /// What was done, when and to whom.
    pub entry: AuditEntry,
    /// The hash of this line and of all before it; none where it was written before lines were chained.
    pub link: Option<Link>,
}

/// Returns the contact list of a new person: delta number 1, the group `~` ("Other Contacts") and no contact.
pub fn initial_contacts() -> ContactList {
    let other = ContactGroup { name: "~".into(), external_uri: "".into(), extension_xml: "".into() };
    ContactList { delta: 1, groups: BTreeMap::from([(1, other)]), contacts: BTreeMap::new() }
}

impl NewTenant {
    /// Gives the new company its number.
    pub fn with_id(self, id: TenantId) -> Tenant {
        let TenantFields { name, display_name, netbios_name, enabled, policy } = self.fields;
        Tenant { id, name, display_name, netbios_name, domains: self.domains, enabled, policy }
    }
}

impl NewPerson {
    /// Gives the new person their number.
    pub fn with_id(self, id: UserId) -> Person {
        let Self { address, aliases, sign_in_name, enabled, licensed, card } = self;
        Person { id, address, aliases, former: Vec::new(), sign_in_name, enabled, licensed, card }
    }
}

impl From<Tenant> for TenantFields {
    fn from(tenant: Tenant) -> Self {
        let Tenant { id: _, name, display_name, netbios_name, domains: _, enabled, policy } = tenant;
        Self { name, display_name, netbios_name, enabled, policy }
    }
}

// What is secret, or as good as secret, never reaches a log by way of `Debug`.

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl fmt::Debug for WebSessionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebSessionHash(…)")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("password_hash", &self.password_hash.is_some())
            .field("account_nt", &self.account_nt)
            .field("previous_account_nt", &self.previous_account_nt)
            .field("app_passwords", &self.app_passwords)
            .finish()
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPassword").field("account_nt", &self.account_nt).finish_non_exhaustive()
    }
}
