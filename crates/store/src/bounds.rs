//! How large a value may be, and what else makes one unfit to be stored; every adapter asks before it writes.
//!
//! The bounds are the last line, wide of every rule of the service: nothing without a bound reaches a database.

use rapport_core::contacts::{ContactGroup, ContactList};
use rapport_core::directory::{Card, FormerAddress, Person, PersonRef};
use rapport_core::presence::{Member, Membership, StaticChange, Value};
use rapport_model::{Scope, UserId};

use crate::{
    AuditEntry, HistoryKey, NewAppPassword, NewHistoryEntry, NewPassword, NewPerson, NewTenant, Resealed,
    StoreError, TenantFields, WebMessage, WebSession,
};

/// Octets of a name or any other short text.
pub const TEXT: usize = 1024;
/// Octets of an element or a detail of the audit log.
pub const XML: usize = 256 * 1024;
/// Octets of a sealed value.
pub const SEALED: usize = 512;
/// SIP domains of one company.
pub const DOMAINS: usize = 1000;
/// Aliases of one person.
pub const ALIASES: usize = 100;
/// Former addresses of one person.
pub const FORMER: usize = 200;
/// Telephone numbers of one person.
pub const PHONES: usize = 32;
/// App passwords of one person.
pub const APP_PASSWORDS: usize = 64;
/// Sign-ins in browsers of one person.
pub const WEB_SESSIONS: usize = 64;
/// Octets of what web clients leave under one name.
pub const DOCUMENT: usize = 64 * 1024;
/// Messages from browsers of one person of which is known what became of them.
pub const WEB_MESSAGES: usize = 1000;
/// Octets of a sealed entry of history.
pub const HISTORY_ENTRY: usize = 328 * 1024;
/// Octets of the entries of history in one answer, but for the last of them.
pub const HISTORY_PAGE: usize = 1024 * 1024;
/// Contacts on one list, over every company's own limit.
pub const CONTACTS: usize = 10_000;
/// Groups on one contact list.
pub const GROUPS: usize = 1000;
/// Members of one container.
pub const MEMBERS: usize = 10_000;
/// Changes of static presence in one commit.
pub const CHANGES: usize = 10_000;
/// People, or lines of the audit log, in one answer.
pub const PAGE: usize = 10_000;

type Checked = Result<(), StoreError>;

const fn fits(length: usize, most: usize, what: &'static str) -> Checked {
    if length <= most { Ok(()) } else { Err(StoreError::Invalid { what }) }
}

/// Checks that a person is the scope's company's.
///
/// # Errors
/// [`StoreError::WrongTenant`].
pub fn covered(scope: &Scope, user: UserId) -> Checked {
    if scope.covers(user) { Ok(()) } else { Err(StoreError::WrongTenant) }
}

fn reference(scope: &Scope, who: &PersonRef) -> Checked {
    match who {
        PersonRef::Person(user) => covered(scope, *user),
        PersonRef::Address(_) => Ok(()),
    }
}

/// Checks what can be set of a company.
///
/// # Errors
/// [`StoreError::Invalid`].
pub fn tenant_fields(fields: &TenantFields) -> Checked {
    if fields.name.is_empty() {
        return Err(StoreError::Invalid { what: "a company needs a name" });
    }
    fits(fields.name.len(), TEXT, "the company's name is too long")?;
    fits(fields.display_name.len(), TEXT, "the company's display name is too long")?;
    fits(fields.netbios_name.len(), TEXT, "the company's NetBIOS name is too long")
}

/// Checks a company that is to be added.
///
/// # Errors
/// [`StoreError::Invalid`].
pub fn new_tenant(new: &NewTenant) -> Checked {
    tenant_fields(&new.fields)?;
    fits(new.domains.len(), DOMAINS, "too many SIP domains")
}

fn card(scope: &Scope, card: &Card) -> Checked {
    let Card {
        display_name,
        given_name,
        surname,
        title,
        department,
        company,
        office,
        web_page,
        mail,
        phones,
        manager,
    } = card;
    for text in [display_name, given_name, surname, title, department, company, office, web_page, mail] {
        fits(text.len(), TEXT, "a text of the contact card is too long")?;
    }
    fits(phones.len(), PHONES, "too many telephone numbers")?;
    for phone in phones {
        fits(phone.number.len(), TEXT, "a telephone number is too long")?;
    }
    manager.map_or(Ok(()), |manager| covered(scope, manager))
}

/// Checks a person that is to be added.
///
/// # Errors
/// [`StoreError::Invalid`]; [`StoreError::WrongTenant`] when the manager is another company's.
pub fn new_person(scope: &Scope, new: &NewPerson) -> Checked {
    if new.sign_in_name.is_empty() {
        return Err(StoreError::Invalid { what: "a person needs a sign-in name" });
    }
    fits(new.sign_in_name.len(), TEXT, "the sign-in name is too long")?;
    fits(new.aliases.len(), ALIASES, "too many aliases")?;
    card(scope, &new.card)
}

/// Splits a person into number, checked content and former addresses.
///
/// # Errors
/// [`StoreError::WrongTenant`], also when the manager is another company's; [`StoreError::Invalid`].
pub fn person(scope: &Scope, person: Person) -> Result<(UserId, NewPerson, Vec<FormerAddress>), StoreError> {
    let Person { id, address, aliases, former, sign_in_name, enabled, licensed, card } = person;
    covered(scope, id)?;
    let new = NewPerson { address, aliases, sign_in_name, enabled, licensed, card };
    new_person(scope, &new)?;
    fits(former.len(), FORMER, "too many former addresses")?;
    Ok((id, new, former))
}

/// Checks a password that is to be set.
///
/// # Errors
/// [`StoreError::Invalid`].
pub fn new_password(new: &NewPassword) -> Checked {
    fits(new.hash.len(), TEXT, "the password hash is too long")?;
    fits(new.account_nt.as_ref().map_or(0, |sealed| sealed.0.len()), SEALED, "the sealed hash is too long")
}

/// Checks values to be sealed anew.
///
/// # Errors
/// [`StoreError::Invalid`].
pub fn resealed(values: &[Resealed]) -> Checked {
    fits(values.len(), CHANGES, "too many changes at once")?;
    values.iter().try_for_each(|value| fits(value.new.0.len(), SEALED, "a sealed value is too long"))
}

/// Checks the key of a company's history.
///
/// # Errors
/// [`StoreError::Invalid`].
pub fn history_key(key: &HistoryKey) -> Checked {
    fits(key.sealed.0.len(), SEALED, "the sealed key is too long")
}

/// Checks entries of history that are to be added.
///
/// # Errors
/// [`StoreError::Invalid`]; [`StoreError::WrongTenant`] when a person, or whom they talked to, is another company's.
pub fn history_entries(scope: &Scope, entries: &[NewHistoryEntry]) -> Checked {
    fits(entries.len(), CHANGES, "too many changes at once")?;
    entries.iter().try_for_each(|entry| {
        covered(scope, entry.user)?;
        reference(scope, &entry.peer)?;
        fits(entry.sealed.0.len(), HISTORY_ENTRY, "the entry is too long")
    })
}

/// Checks an app password that is to be added.
///
/// # Errors
/// [`StoreError::Invalid`].
pub fn new_app_password(new: &NewAppPassword) -> Checked {
    fits(new.label.len(), TEXT, "the label is too long")?;
    fits(new.sealed.0.len(), SEALED, "the sealed hash is too long")
}

/// Checks a sign-in in a browser that is to be kept.
///
/// # Errors
/// [`StoreError::WrongTenant`]; [`StoreError::Invalid`].
pub fn web_session(scope: &Scope, new: &WebSession) -> Checked {
    covered(scope, new.user)?;
    fits(new.label.len(), TEXT, "the label is too long")?;
    fits(new.source.len(), TEXT, "the source is too long")
}

/// Checks what web clients leave.
///
/// # Errors
/// [`StoreError::Invalid`].
pub fn web_document(name: &str, text: &str) -> Checked {
    fits(name.len(), TEXT, "the document's name is too long")?;
    fits(text.len(), DOCUMENT, "the document is too long")
}

/// Checks what the endpoint behind a sign-in in a browser leaves of its conversations.
///
/// # Errors
/// [`StoreError::WrongTenant`]; [`StoreError::Invalid`].
pub fn web_conversations(scope: &Scope, user: UserId, text: &str) -> Checked {
    covered(scope, user)?;
    fits(text.len(), DOCUMENT, "the conversations are too long")
}

/// Checks what is noted of a message from a browser.
///
/// # Errors
/// [`StoreError::WrongTenant`]; [`StoreError::Invalid`].
pub fn web_message(scope: &Scope, user: UserId, new: &WebMessage) -> Checked {
    covered(scope, user)?;
    reference(scope, &new.peer)?;
    fits(new.client_id.len(), TEXT, "the browser's id is too long")?;
    fits(new.id.len(), TEXT, "the message's id is too long")
}

/// Checks a commit of static presence.
///
/// # Errors
/// [`StoreError::Invalid`]; [`StoreError::WrongTenant`] when a change names another company's person.
pub fn presence_commit(
    scope: &Scope,
    user: UserId,
    expected: u64,
    next: u64,
    changes: &[StaticChange],
) -> Checked {
    covered(scope, user)?;
    if next <= expected {
        return Err(StoreError::Invalid { what: "the next revision is not greater" });
    }
    revision(next)?;
    fits(changes.len(), CHANGES, "too many changes at once")?;
    changes.iter().try_for_each(|change| static_change(scope, user, change))
}

/// Checks that a revision can be kept by every database (63 bits).
///
/// # Errors
/// [`StoreError::Invalid`].
pub const fn revision(revision: u64) -> Checked {
    if revision < i64::MAX as u64 {
        Ok(())
    } else {
        Err(StoreError::Invalid { what: "the revision is too great" })
    }
}

/// Returns the revision to which fencing moves: greater than `expected` and than `pending`.
///
/// # Errors
/// [`StoreError::Invalid`] when no such revision can be kept.
pub fn fence(expected: u64, pending: u64) -> Result<u64, StoreError> {
    let next = expected.max(pending).saturating_add(1);
    revision(next).map(|()| next)
}

fn static_change(scope: &Scope, user: UserId, change: &StaticChange) -> Checked {
    match change {
        StaticChange::Put(key, publication) => {
            fits(key.category.as_str().len(), TEXT, "the category's name is too long")?;
            if !publication.lifetime.is_kept() {
                return Err(StoreError::Invalid { what: "the publication is not one that is kept" });
            }
            if publication.publisher.is_some_and(|publisher| publisher.user != user) {
                return Err(StoreError::Invalid { what: "the publisher is another person's endpoint" });
            }
            if let Value::AddressBook(directory) = &publication.value {
                card(scope, directory)?;
            }
            fits(size(&publication.value), XML, "the publication is too long")
        }
        StaticChange::Delete(key) => {
            fits(key.category.as_str().len(), TEXT, "the category's name is too long")
        }
        StaticChange::SetMembership(_, membership) => members(scope, membership),
        StaticChange::PutSubscriber(who, prompted) => {
            reference(scope, who)?;
            fits(prompted.display_name.len(), TEXT, "the subscriber's name is too long")
        }
        StaticChange::DeleteSubscriber(who) => reference(scope, who),
    }
}

fn members(scope: &Scope, membership: &Membership) -> Checked {
    fits(membership.members.len(), MEMBERS, "too many members of a container")?;
    membership.members.iter().try_for_each(|member| match member {
        Member::User(who) => reference(scope, who),
        Member::Domain(_)
        | Member::SameEnterprise
        | Member::Federated
        | Member::PublicCloud
        | Member::Everyone => Ok(()),
    })
}

/// Returns about how many octets of a value were chosen by somebody.
fn size(value: &Value) -> usize {
    use rapport_core::presence::{Activity, Device, Facts};
    let activity = |a: &Option<Activity>| a.as_ref().map_or(0, |a| a.token.len() + a.custom_xml.len());
    let device = |d: &Device| {
        let capabilities: usize = d.capabilities.iter().map(|(name, _, _)| name.len() + 2).sum();
        d.endpoint_id.len() + d.timezone.len() + capabilities
    };
    match value {
        Value::Client { xml, facts } => {
            xml.len()
                + match facts {
                    Facts::State(s) => s.location.len() + activity(&s.activity),
                    Facts::Device(own) => device(own),
                    Facts::FreeBusy(times) => size_of_val(times.blocks()),
                    Facts::None => 0,
                }
        }
        Value::Aggregate(a) => a.location.len() + a.timezone.len() + activity(&a.activity),
        Value::Identity { display_name, mail } => display_name.len() + mail.len(),
        Value::Services(devices) => devices.iter().map(device).sum(),
        // The card has bounds of its own; the others have no text.
        Value::AddressBook(_) | Value::LegacyInterop(_) | Value::UserProperties | Value::Empty => 0,
    }
}

/// Checks a commit of contacts.
///
/// # Errors
/// [`StoreError::Invalid`]; [`StoreError::WrongTenant`] when a contact is another company's person.
pub fn contacts_commit(scope: &Scope, user: UserId, old: &ContactList, new: &ContactList) -> Checked {
    covered(scope, user)?;
    if new.delta <= old.delta {
        return Err(StoreError::Invalid { what: "the next delta number is not greater" });
    }
    fits(new.groups.len(), GROUPS, "too many contact groups")?;
    fits(new.contacts.len(), CONTACTS, "too many contacts")?;
    for ContactGroup { name, external_uri, extension_xml } in new.groups.values() {
        fits(name.len(), TEXT, "the group's name is too long")?;
        fits(external_uri.len(), TEXT, "the group's external URI is too long")?;
        fits(extension_xml.len(), XML, "the group's extension is too long")?;
    }
    for (who, contact) in &new.contacts {
        reference(scope, who)?;
        fits(contact.alias.len(), TEXT, "the contact's name is too long")?;
        fits(contact.groups.len(), GROUPS, "the contact is in too many groups")?;
        fits(contact.external_uri.len(), TEXT, "the contact's external URI is too long")?;
        fits(contact.extension_xml.len(), XML, "the contact's extension is too long")?;
    }
    Ok(())
}

/// Checks a line for the audit log.
///
/// # Errors
/// [`StoreError::Invalid`].
pub fn audit_entry(entry: &AuditEntry) -> Checked {
    fits(entry.what.len(), TEXT, "the audit line is too long")?;
    fits(entry.subject.len(), TEXT, "the audit line's subject is too long")?;
    fits(entry.detail.len(), XML, "the audit line's detail is too long")
}
