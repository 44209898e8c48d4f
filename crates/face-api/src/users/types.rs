//! What requests and answers about people look like.

use std::fmt;

use rapport_core::directory as core;
use rapport_model::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::address;
use crate::problem::Problem;

/// A person in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSummary {
    /// The person's number; never used again.
    pub id: String,
    /// The SIP address that others see.
    pub address: String,
    /// The name that signs in.
    pub sign_in_name: String,
    /// The whole name as it is shown.
    pub display_name: String,
    /// Job title.
    pub title: String,
    /// Department.
    pub department: String,
    /// Whether the account may sign in.
    pub enabled: bool,
    /// Whether the person has a licence.
    pub licensed: bool,
}

/// Some people of a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserList {
    /// The people.
    pub users: Vec<UserSummary>,
    /// What to give as `after` for those that follow, when there may be more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The person's number; never used again.
    pub id: String,
    /// The SIP address that others see.
    pub address: String,
    /// Further SIP addresses that reach the same person.
    pub aliases: Vec<String>,
    /// Addresses that the person had and that still reach them.
    pub former_addresses: Vec<FormerAddress>,
    /// The name that signs in.
    pub sign_in_name: String,
    /// Whether the account may sign in.
    pub enabled: bool,
    /// Whether the person has a licence.
    pub licensed: bool,
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
    /// Company name on the card.
    pub company: String,
    /// Office.
    pub office: String,
    /// Web page, an `http` or `https` address.
    pub web_page: String,
    /// E-mail address.
    pub mail: String,
    /// Telephone numbers.
    pub phones: Vec<Phone>,
    /// The manager's SIP address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manager: Option<String>,
    /// Contacts on the list.
    pub contacts: Usage,
    /// Distinct people who watch this person.
    pub watchers: Usage,
    /// Programs signed in.
    pub endpoints: Usage,
}

/// An address that a person had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FormerAddress {
    /// The address.
    pub address: String,
    /// Until when it reaches the person.
    pub until: String,
}

/// How much of a limit is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// How many there are.
    pub count: u32,
    /// How many are allowed.
    pub limit: u32,
}

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// What kind it is.
    pub kind: PhoneKind,
    /// The number as people write it.
    pub number: String,
}

/// The kinds of telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
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

/// A person to be added.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUser {
    /// The SIP address that others see, of a domain of the company.
    pub address: String,
    /// Further SIP addresses.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The name that signs in; the address's part before the `@` unless given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sign_in_name: Option<String>,
    /// The account's password; without one only app passwords sign in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub password: Option<String>,
    /// Whether the account may sign in; it may unless said otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub enabled: Option<bool>,
    /// Whether the person has a licence; they have unless said otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub licensed: Option<bool>,
    /// The whole name as it is shown; the address's part before the `@` unless given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_name: Option<String>,
    /// Given name.
    #[serde(default)]
    pub given_name: String,
    /// Family name.
    #[serde(default)]
    pub surname: String,
    /// Job title.
    #[serde(default)]
    pub title: String,
    /// Department.
    #[serde(default)]
    pub department: String,
    /// Company name on the card.
    #[serde(default)]
    pub company: String,
    /// Office.
    #[serde(default)]
    pub office: String,
    /// Web page, an `http` or `https` address.
    #[serde(default)]
    pub web_page: String,
    /// E-mail address.
    #[serde(default)]
    pub mail: String,
    /// Telephone numbers.
    #[serde(default)]
    pub phones: Vec<Phone>,
    /// The manager, by SIP address or sign-in name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manager: Option<String>,
}

/// What is to be changed of a person; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserChange {
    /// The SIP address that others see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// All further SIP addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aliases: Option<Vec<String>>,
    /// The name that signs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_name: Option<String>,
    /// Whether the account may sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether the person has a licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licensed: Option<bool>,
    /// The whole name as it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Company name on the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// Web page, an `http` or `https` address; empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_page: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// All telephone numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phones: Option<Vec<Phone>>,
    /// The manager, by SIP address or sign-in name; empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
}

/// A password to be set.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password.
    pub password: String,
}

/// How long a person's SIP messages are written to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// Minutes; no trace runs longer than an hour.
    pub minutes: u16,
}

/// A licence to be given or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Whether the person has one.
    pub licensed: bool,
}

impl NewUser {
    pub(super) fn into_person(
        self,
        manager: Option<UserId>,
    ) -> Result<(core::NewPerson, Option<String>), Problem> {
        let own = address("address", &self.address)?;
        let card = core::Card {
            display_name: self.display_name.unwrap_or_else(|| own.user().to_owned()),
            given_name: self.given_name,
            surname: self.surname,
            title: self.title,
            department: self.department,
            company: self.company,
            office: self.office,
            web_page: self.web_page,
            mail: self.mail,
            phones: self.phones.into_iter().map(core::Phone::from).collect(),
            manager,
        };
        let person = core::NewPerson {
            aliases: self.aliases.iter().map(|text| address("aliases", text)).collect::<Result<_, _>>()?,
            sign_in_name: self.sign_in_name.unwrap_or_else(|| own.user().to_owned()),
            address: own,
            enabled: self.enabled.unwrap_or(true),
            licensed: self.licensed.unwrap_or(true),
            card,
        };
        Ok((person, self.password))
    }
}

impl UserChange {
    /// `manager` is nothing where the request says nothing of one.
    pub(super) fn into_patch(
        self,
        person: &core::Person,
        manager: Option<Option<UserId>>,
    ) -> Result<core::PersonPatch, Problem> {
        let before = person.card.clone();
        let card = core::Card {
            display_name: self.display_name.unwrap_or(before.display_name),
            given_name: self.given_name.unwrap_or(before.given_name),
            surname: self.surname.unwrap_or(before.surname),
            title: self.title.unwrap_or(before.title),
            department: self.department.unwrap_or(before.department),
            company: self.company.unwrap_or(before.company),
            office: self.office.unwrap_or(before.office),
            web_page: self.web_page.unwrap_or(before.web_page),
            mail: self.mail.unwrap_or(before.mail),
            phones: match self.phones {
                Some(phones) => phones.into_iter().map(core::Phone::from).collect(),
                None => before.phones,
            },
            manager: manager.unwrap_or(before.manager),
        };
        let aliases = self.aliases.map(|texts| texts.iter().map(|text| address("aliases", text)).collect());
        Ok(core::PersonPatch {
            address: self.address.map(|text| address("address", &text)).transpose()?,
            aliases: aliases.transpose()?,
            sign_in_name: self.sign_in_name,
            enabled: self.enabled,
            licensed: self.licensed,
            card: (card != person.card).then_some(card),
        })
    }
}

impl User {
    pub(super) fn new(
        person: core::Person,
        manager: Option<String>,
        usage: rapport_service::people::Usage,
    ) -> Self {
        let card = person.card;
        Self {
            id: person.id.to_string(),
            address: person.address.to_string(),
            aliases: person.aliases.iter().map(ToString::to_string).collect(),
            former_addresses: person.former.iter().map(FormerAddress::from).collect(),
            sign_in_name: person.sign_in_name,
            enabled: person.enabled,
            licensed: person.licensed,
            display_name: card.display_name,
            given_name: card.given_name,
            surname: card.surname,
            title: card.title,
            department: card.department,
            company: card.company,
            office: card.office,
            web_page: card.web_page,
            mail: card.mail,
            phones: card.phones.into_iter().map(Phone::from).collect(),
            manager,
            contacts: Usage { count: usage.contacts, limit: usage.contacts_limit },
            watchers: Usage { count: usage.watchers, limit: usage.watchers_limit },
            endpoints: Usage { count: usage.endpoints, limit: usage.endpoints_limit },
        }
    }
}

impl From<&core::FormerAddress> for FormerAddress {
    fn from(former: &core::FormerAddress) -> Self {
        Self { address: former.address.to_string(), until: former.until.to_rfc3339() }
    }
}

impl From<core::Person> for UserSummary {
    fn from(person: core::Person) -> Self {
        Self {
            id: person.id.to_string(),
            address: person.address.to_string(),
            sign_in_name: person.sign_in_name,
            display_name: person.card.display_name,
            title: person.card.title,
            department: person.card.department,
            enabled: person.enabled,
            licensed: person.licensed,
        }
    }
}

impl From<Phone> for core::Phone {
    fn from(phone: Phone) -> Self {
        let kind = match phone.kind {
            PhoneKind::Work => core::PhoneKind::Work,
            PhoneKind::Mobile => core::PhoneKind::Mobile,
            PhoneKind::Home => core::PhoneKind::Home,
            PhoneKind::Other => core::PhoneKind::Other,
        };
        Self { kind, number: phone.number }
    }
}

impl From<core::Phone> for Phone {
    fn from(phone: core::Phone) -> Self {
        let kind = match phone.kind {
            core::PhoneKind::Work => PhoneKind::Work,
            core::PhoneKind::Mobile => PhoneKind::Mobile,
            core::PhoneKind::Home => PhoneKind::Home,
            core::PhoneKind::Other => PhoneKind::Other,
        };
        Self { kind, number: phone.number }
    }
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser").field("address", &self.address).finish_non_exhaustive()
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}
