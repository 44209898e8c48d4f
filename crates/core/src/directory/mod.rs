//! Companies and people as the directory knows them.
//!
//! Sign-in name, SIP address and e-mail address are three things. Others refer to a person by [`UserId`], never by an
//! address, so that a renamed person keeps every tie and a new person under an old address inherits none.

use rapport_model::{Aor, SipDomain, TenantId, UserId};

use crate::policy::Policy;

mod former;
mod input;
pub mod search;

pub use former::FormerAddress;
pub use input::{NewPerson, NewTenant, PersonPatch, TenantPatch};

/// A customer company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its number.
    pub id: TenantId,
    /// The short name by which the operator calls it: lower-case letters, digits and hyphens; unique.
    pub name: String,
    /// What it is called on screen.
    pub display_name: String,
    /// The name before the backslash in `DOMAIN\user`. Two companies may have the same.
    pub netbios_name: String,
    /// Its SIP domains; the first is the default for new people.
    pub domains: Vec<SipDomain>,
    /// Whether the service is switched on for it.
    pub enabled: bool,
    /// What it allows.
    pub policy: Policy,
}

/// A person of a company, with the account that signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who it is, for good.
    pub id: UserId,
    /// The SIP address that others see.
    pub address: Aor,
    /// Further SIP addresses that reach the same person.
    pub aliases: Vec<Aor>,
    /// Addresses that the person had and that may still reach them, in order.
    pub former: Vec<FormerAddress>,
    /// The name that signs in, without a domain, in lower case; unique within the company.
    pub sign_in_name: String,
    /// Whether the account may sign in.
    pub enabled: bool,
    /// Whether the company has given the person a licence for the service.
    pub licensed: bool,
    /// What the contact card shows.
    pub card: Card,
}

/// What a contact card shows of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// The whole name as it is shown.
    pub display_name: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub surname: String,
    /// Job title.
    pub title: String,
    /// Department.
    pub department: String,
    /// Company name as printed on the card.
    pub company: String,
    /// Office, such as a room or a site.
    pub office: String,
    /// Web page, an `http` or `https` address.
    pub web_page: String,
    /// E-mail address; not a SIP address.
    pub mail: String,
    /// Telephone numbers.
    pub phones: Vec<Phone>,
    /// The person's manager, of the same company.
    pub manager: Option<UserId>,
}

/// One telephone number of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// What kind it is.
    pub kind: PhoneKind,
    /// The number as people write it.
    pub number: String,
}

/// The kinds of telephone number that a contact card knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhoneKind {
    /// At work.
    Work,
    /// Carried along.
    Mobile,
    /// At home.
    Home,
    /// Any other.
    Other,
}

/// A person or a bare address that is nobody's here (another company's, or one that doesn't exist yet).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonRef {
    /// A person of the same company.
    Person(UserId),
    /// Anyone else, by address.
    Address(Aor),
}

impl PersonRef {
    /// Returns whose number it is, of a person of the same company.
    pub const fn person(&self) -> Option<UserId> {
        match self {
            Self::Person(user) => Some(*user),
            Self::Address(_) => None,
        }
    }
}
