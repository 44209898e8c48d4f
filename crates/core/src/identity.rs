//! Who signs in: from the user and domain of an NTLM message to one person of a company (signin 3.5).
//!
//! The company is known before, from the SIP domain of the address; a name never reaches into another company. Whether
//! the proof is valid is not decided here.

use rapport_model::{Aor, SipDomain};

use crate::directory::{Person, Tenant};
use crate::refusal::{Refusal, Rule};

/// How many bytes a sign-in name may have.
pub const MAX_SIGN_IN_NAME_BYTES: u32 = 64;
/// How many bytes a user or domain is read at all.
const MAX_CLAIM_BYTES: usize = 512;

/// Whom a user and a domain name, in the forms in which the directory can be asked.
///
/// Ask by address first, then by sign-in name: an address names its owner even if it looks like another's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The SIP address that the user is, if it has that form and is of the company.
    pub address: Option<Aor>,
    /// The sign-in name, in lower case.
    pub sign_in_name: Option<String>,
}

impl Claim {
    /// Reads user and domain as they stand in an NTLM message; none when they can name nobody of the company.
    ///
    /// The user may be `name`, `DOMAIN\name`, `DOMAIN/name`, `name@sip.domain` or a `sip:` address; the domain may be
    /// empty, the company's NetBIOS name or one of its SIP domains, in any case.
    pub fn read(tenant: &Tenant, user: &str, domain: &str) -> Option<Self> {
        if user.len() > MAX_CLAIM_BYTES || domain.len() > MAX_CLAIM_BYTES || !names_company(tenant, domain) {
            return None;
        }
        let (inner, user) = match user.split_once(['\\', '/']) {
            Some((inner, rest)) => (inner, rest),
            None => ("", user),
        };
        if !names_company(tenant, inner) {
            return None;
        }
        if !user.contains('@') {
            let name = user.to_lowercase();
            return is_sign_in_name(&name).then_some(Self { address: None, sign_in_name: Some(name) });
        }
        let address = Aor::parse(user).ok()?;
        if !tenant.domains.iter().any(|own| own.as_str() == address.domain()) {
            return None;
        }
        let name = Some(address.user().to_owned()).filter(|name| is_sign_in_name(name));
        Some(Self { address: Some(address), sign_in_name: name })
    }

    /// Tells whether this names that person.
    pub fn matches(&self, person: &Person) -> bool {
        self.address.as_ref().is_some_and(|address| person.owns(address))
            || self.sign_in_name.as_ref().is_some_and(|name| *name == person.sign_in_name)
    }
}

/// Decides whether a person whose proof is valid may sign in.
///
/// # Errors
/// `CompanyDisabled`, `AccountDisabled`, `NotLicensed`, in this order.
pub fn may_sign_in(tenant: &Tenant, person: &Person) -> Result<(), Refusal> {
    if !tenant.enabled {
        Err(Refusal::CompanyDisabled)
    } else if !person.enabled {
        Err(Refusal::AccountDisabled)
    } else if !person.licensed {
        Err(Refusal::NotLicensed)
    } else {
        Ok(())
    }
}

/// Brings a sign-in name into the form in which it is kept: lower case.
///
/// # Errors
/// `Invalid` when it is empty, longer than 64 bytes, or has other characters than letters, digits and `. _ - '`.
pub fn sign_in_name(text: &str) -> Result<String, Refusal> {
    let invalid = |rule| Refusal::Invalid { field: "signInName", rule };
    let name = text.to_lowercase();
    if name.is_empty() {
        Err(invalid(Rule::Empty))
    } else if name.len() > MAX_SIGN_IN_NAME_BYTES as usize {
        Err(invalid(Rule::TooLong { limit: MAX_SIGN_IN_NAME_BYTES }))
    } else if is_sign_in_name(&name) {
        Ok(name)
    } else {
        Err(invalid(Rule::Characters))
    }
}

fn is_sign_in_name(name: &str) -> bool {
    (1..=MAX_SIGN_IN_NAME_BYTES as usize).contains(&name.len())
        && name.chars().all(|c| c.is_alphanumeric() || "._-'".contains(c))
}

fn names_company(tenant: &Tenant, domain: &str) -> bool {
    domain.is_empty()
        || domain.to_lowercase() == tenant.netbios_name.to_lowercase()
        || SipDomain::parse(domain).is_ok_and(|domain| tenant.domains.contains(&domain))
}
