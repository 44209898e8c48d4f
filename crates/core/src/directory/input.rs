//! What an administrator may enter about companies and people, checked before any store sees it.

use std::collections::BTreeSet;

use rapport_model::{Aor, Moment, SipDomain, TenantId, UserId};

use crate::identity;
use crate::policy::Policy;
use crate::refusal::{Refusal, Rule};

use super::{Card, Person, Phone, Tenant};

const MAX_SHORT_NAME: u32 = 32;
const MAX_NETBIOS: u32 = 15;
const MAX_TEXT: u32 = 256;
const MAX_MAIL: u32 = 254;
const MAX_PHONE: u32 = 64;
const MAX_DOMAINS: u32 = 100;
const MAX_ALIASES: u32 = 32;
const MAX_FORMER: u32 = 64;
const MAX_PHONES: u32 = 16;
/// The most contacts and watchers, groups and endpoints that a policy may grant.
const MAX_CONTACTS: u32 = 1000;
const MAX_WATCHERS: u32 = 10_000;
const MAX_GROUPS: u32 = 64;
const MAX_ENDPOINTS: u32 = 64;
/// The longest time for which a former address answers and a deleted person can be restored.
const MAX_DAYS: u32 = 366;
/// Days for which history may be kept.
const MAX_HISTORY_DAYS: u32 = 3660;

/// A company to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTenant {
    /// The short name: 1 to 32 lower-case letters, digits and hyphens.
    pub name: String,
    /// What it is called on screen.
    pub display_name: String,
    /// The name before the backslash: 1 to 15 letters, digits, hyphens and underscores.
    pub netbios_name: String,
    /// Its SIP domains, at least one.
    pub domains: Vec<SipDomain>,
    /// What it allows.
    pub policy: Policy,
}

/// What of a company is to be different; what is none stays. Its short name is for good.
///
/// Whether a domain that goes away still has people is the store's to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantPatch {
    /// What it is called on screen.
    pub display_name: Option<String>,
    /// The name before the backslash.
    pub netbios_name: Option<String>,
    /// Whether the service is switched on for it.
    pub enabled: Option<bool>,
    /// What it allows.
    pub policy: Option<Policy>,
    /// All its SIP domains.
    pub domains: Option<Vec<SipDomain>>,
}

/// A person to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPerson {
    /// The SIP address that others see, of one of the company's domains.
    pub address: Aor,
    /// Further SIP addresses of the company's domains.
    pub aliases: Vec<Aor>,
    /// The name that signs in; kept in lower case.
    pub sign_in_name: String,
    /// Whether the account may sign in.
    pub enabled: bool,
    /// Whether the company gives the person a licence.
    pub licensed: bool,
    /// What the contact card shows.
    pub card: Card,
}

/// What of a person is to be different; what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonPatch {
    /// The SIP address that others see.
    pub address: Option<Aor>,
    /// All further SIP addresses.
    pub aliases: Option<Vec<Aor>>,
    /// The name that signs in.
    pub sign_in_name: Option<String>,
    /// Whether the account may sign in.
    pub enabled: Option<bool>,
    /// Whether the company gives the person a licence.
    pub licensed: Option<bool>,
    /// The whole contact card.
    pub card: Option<Card>,
}

impl NewTenant {
    /// Checks every field.
    ///
    /// # Errors
    /// `Invalid` names the first field that is not valid.
    pub fn validate(&self) -> Result<(), Refusal> {
        // The number stands for one that the store has not given out yet.
        self.clone().into_tenant(TenantId(0)).validate()
    }

    /// Makes the company under the number that the store gave out, switched on.
    pub fn into_tenant(self, id: TenantId) -> Tenant {
        Tenant {
            id,
            name: self.name,
            display_name: self.display_name,
            netbios_name: self.netbios_name,
            domains: self.domains,
            enabled: true,
            policy: self.policy,
        }
    }
}

impl TenantPatch {
    /// Returns the company as it is after the patch.
    ///
    /// # Errors
    /// `Invalid` names the first field that would not be valid.
    pub fn apply(self, tenant: &Tenant) -> Result<Tenant, Refusal> {
        let mut next = tenant.clone();
        put(&mut next.display_name, self.display_name);
        put(&mut next.netbios_name, self.netbios_name);
        put(&mut next.enabled, self.enabled);
        put(&mut next.policy, self.policy);
        put(&mut next.domains, self.domains);
        next.validate()?;
        Ok(next)
    }
}

impl NewPerson {
    /// Checks every field against the company's rules.
    ///
    /// # Errors
    /// `Invalid` names the first field that is not valid.
    pub fn validate(&self, tenant: &Tenant) -> Result<(), Refusal> {
        // The number stands for one that the store has not given out yet.
        self.clone().into_person(UserId { tenant: tenant.id, user: 0 }).validate(tenant)
    }

    /// Makes the person under the number that the store gave out.
    pub fn into_person(self, id: UserId) -> Person {
        Person {
            id,
            address: self.address,
            aliases: self.aliases,
            former: Vec::new(),
            sign_in_name: self.sign_in_name.to_lowercase(),
            enabled: self.enabled,
            licensed: self.licensed,
            card: self.card,
        }
    }
}

impl PersonPatch {
    /// Returns the person as they are after the patch, which is made at `now`.
    ///
    /// An address that goes away becomes a former one for the company's grace period.
    ///
    /// # Errors
    /// `Invalid` names the first field that would not be valid.
    pub fn apply(self, person: &Person, tenant: &Tenant, now: Moment) -> Result<Person, Refusal> {
        let mut next = person.clone();
        put(&mut next.address, self.address);
        put(&mut next.aliases, self.aliases);
        put(&mut next.sign_in_name, self.sign_in_name.map(|name| name.to_lowercase()));
        put(&mut next.enabled, self.enabled);
        put(&mut next.licensed, self.licensed);
        put(&mut next.card, self.card);
        next.keep_former(person, tenant.policy.address_grace_days, now);
        next.validate(tenant)?;
        Ok(next)
    }
}

fn put<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

impl Tenant {
    /// Checks every field, so that a store needs no rule of its own.
    ///
    /// # Errors
    /// `Invalid` names the first field that is not valid.
    pub fn validate(&self) -> Result<(), Refusal> {
        let hyphens_inside = !self.name.starts_with('-') && !self.name.ends_with('-');
        text("name", &self.name, MAX_SHORT_NAME, true)?;
        let short = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        check("name", hyphens_inside && self.name.chars().all(short), Rule::Characters)?;
        text("displayName", &self.display_name, MAX_TEXT, true)?;
        text("netbiosName", &self.netbios_name, MAX_NETBIOS, true)?;
        let netbios = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        check("netbiosName", self.netbios_name.chars().all(netbios), Rule::Characters)?;
        check("domains", !self.domains.is_empty(), Rule::Empty)?;
        list("domains", &self.domains, MAX_DOMAINS)?;
        let limits = &self.policy.limits;
        for (field, value, limit) in [
            ("limits.contacts", limits.contacts, MAX_CONTACTS),
            ("limits.watchers", limits.watchers, MAX_WATCHERS),
            ("limits.groups", limits.groups, MAX_GROUPS),
            ("limits.endpoints", limits.endpoints, MAX_ENDPOINTS),
        ] {
            check(field, value <= limit, Rule::TooMany { limit })?;
        }
        for (field, days) in [
            ("addressGraceDays", self.policy.address_grace_days),
            ("keepDeletedDays", self.policy.keep_deleted_days),
        ] {
            check(field, days <= MAX_DAYS, Rule::TooMany { limit: MAX_DAYS })?;
        }
        let days = self.policy.history_days;
        check("historyDays", days <= MAX_HISTORY_DAYS, Rule::TooMany { limit: MAX_HISTORY_DAYS })?;
        check("limits.groups", limits.groups > 0, Rule::Empty)?;
        check("limits.endpoints", limits.endpoints > 0, Rule::Empty)
    }
}

impl Person {
    /// Checks every field, so that a store needs no rule of its own.
    ///
    /// # Errors
    /// `Invalid` names the first field that is not valid.
    pub fn validate(&self, tenant: &Tenant) -> Result<(), Refusal> {
        let own = |address: &Aor| tenant.domains.iter().any(|domain| domain.as_str() == address.domain());
        check("address", own(&self.address), Rule::ForeignDomain)?;
        check("aliases", self.aliases.iter().all(own), Rule::ForeignDomain)?;
        list("aliases", &self.aliases, MAX_ALIASES)?;
        check("aliases", !self.aliases.contains(&self.address), Rule::Repeated)?;
        check(
            "formerAddresses",
            self.former.len() <= MAX_FORMER as usize,
            Rule::TooMany { limit: MAX_FORMER },
        )?;
        identity::sign_in_name(&self.sign_in_name)?;
        self.card.validate()?;
        let manager = self.card.manager;
        check("manager", manager.is_none_or(|m| m.tenant == tenant.id && m != self.id), Rule::WrongPerson)
    }
}

impl Card {
    fn validate(&self) -> Result<(), Refusal> {
        text("displayName", &self.display_name, MAX_TEXT, true)?;
        for (field, value) in [
            ("givenName", &self.given_name),
            ("surname", &self.surname),
            ("title", &self.title),
            ("department", &self.department),
            ("company", &self.company),
            ("office", &self.office),
            ("webPage", &self.web_page),
        ] {
            text(field, value, MAX_TEXT, false)?;
        }
        check("webPage", self.web_page.is_empty() || is_web_page(&self.web_page), Rule::Characters)?;
        text("mail", &self.mail, MAX_MAIL, false)?;
        let is_mail = |mail: &str| {
            mail.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
                && !mail.contains(char::is_whitespace)
        };
        check("mail", self.mail.is_empty() || is_mail(&self.mail), Rule::Characters)?;
        check("phones", self.phones.len() <= MAX_PHONES as usize, Rule::TooMany { limit: MAX_PHONES })?;
        self.phones.iter().try_for_each(|Phone { number, .. }| text("phones", number, MAX_PHONE, true))
    }
}

fn check(field: &'static str, valid: bool, rule: Rule) -> Result<(), Refusal> {
    if valid { Ok(()) } else { Err(Refusal::Invalid { field, rule }) }
}

/// Checks length and characters: what no XML document can carry is no text, and what turns the writing around it over
/// is no name.
fn text(field: &'static str, value: &str, limit: u32, required: bool) -> Result<(), Refusal> {
    check(field, !(required && value.trim().is_empty()), Rule::Empty)?;
    check(field, value.len() <= limit as usize, Rule::TooLong { limit })?;
    check(field, value.chars().all(printable) && isolates_close(value), Rule::Characters)
}

/// Right-to-left writing needs no mark of its own. Overrides and embeddings can make one name look like another and
/// reach into the text behind it, so they are refused; isolates, which end where the name ends, are not.
fn printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{fffe}' | '\u{ffff}')
}

/// Tells whether every isolate that a text opens is closed in it.
fn isolates_close(text: &str) -> bool {
    let open = text.chars().try_fold(0u32, |open, c| match c {
        '\u{2066}'..='\u{2068}' => Some(open + 1),
        '\u{2069}' => open.checked_sub(1),
        _ => Some(open),
    });
    open == Some(0)
}

/// Programs make a link of it that people click, so it leads to the web and nowhere else.
fn is_web_page(address: &str) -> bool {
    let rest = ["http://", "https://"].into_iter().find_map(|scheme| address.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && !address.contains(char::is_whitespace)
}

fn list<T: Ord>(field: &'static str, entries: &[T], limit: u32) -> Result<(), Refusal> {
    check(field, entries.len() <= limit as usize, Rule::TooMany { limit })?;
    let distinct: BTreeSet<&T> = entries.iter().collect();
    check(field, distinct.len() == entries.len(), Rule::Repeated)
}
