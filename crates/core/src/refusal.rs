//! Why the rules say no.
//!
//! Refusing is an answer, not a failure. Each refusal has a stable code; sentences live in the faces' locale files.

/// A refusal of the rules.
///
/// The text of `Display` is for logs; people are shown a sentence found by [`Refusal::code`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account is switched off.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The company has given the person no licence for the service.
    #[error("the person has no licence")]
    NotLicensed,
    /// The service is switched off for the company.
    #[error("the company is disabled")]
    CompanyDisabled,
    /// The contact list has as many contacts as it may.
    #[error("the contact list is full at {limit} contacts")]
    ContactListFull {
        /// How many contacts it may have.
        limit: u32,
    },
    /// The contact list has as many groups as it may.
    #[error("the contact list is full at {limit} groups")]
    TooManyGroups {
        /// How many groups it may have.
        limit: u32,
    },
    /// As many of the person's programs are signed in as may be.
    #[error("the person is signed in {limit} times")]
    TooManyEndpoints {
        /// How many may be signed in at once.
        limit: u32,
    },
    /// The person has as many publications as they may.
    #[error("the person has {limit} publications")]
    TooManyPublications {
        /// How many they may have.
        limit: u32,
    },
    /// The person has as many app passwords as they may.
    #[error("the person has {limit} app passwords")]
    TooManyAppPasswords {
        /// How many they may have.
        limit: u32,
    },
    /// As many people or domains are in containers as may be.
    #[error("the containers have {limit} members")]
    TooManyMembers {
        /// How many members all containers of a person may have together.
        limit: u32,
    },
    /// A group operation was made on an older or newer list than the stored one.
    #[error("the contact list is at {current}")]
    StaleDelta {
        /// The number of the stored list.
        current: u32,
    },
    /// There is no such group on the list.
    #[error("there is no such group")]
    UnknownGroup,
    /// There is no such contact on the list.
    #[error("there is no such contact")]
    UnknownContact,
    /// "Other Contacts" can neither be renamed nor deleted.
    #[error("this group is fixed")]
    GroupIsFixed,
    /// Something that was sent is larger than is kept.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// What it is, such as `publication` or `alias`.
        what: &'static str,
        /// How many bytes it may have.
        limit: u32,
    },
    /// It belongs to another endpoint or person.
    #[error("it belongs to somebody else")]
    NotYours,
    /// Only the service itself publishes this.
    #[error("only the service publishes this")]
    ReservedPublication,
    /// The same publication occurs twice in one request.
    #[error("the same publication occurs twice")]
    RepeatedPublication,
    /// There is no such container, or its members can't be changed.
    #[error("the container can't be used for this")]
    ReservedContainer,
    /// A field's content is not valid.
    #[error("{field}: {rule}")]
    Invalid {
        /// The field, by its name in the management interface.
        field: &'static str,
        /// What it breaks.
        rule: Rule,
    },
    /// The company keeps no history of what people say.
    #[error("the company keeps no history")]
    HistoryOff,
    /// The company's policy doesn't allow it.
    #[error("the policy forbids {what}")]
    PolicyForbids {
        /// What it is, in two or three words.
        what: &'static str,
    },
}

/// What a field's content breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// It must not be empty.
    #[error("must not be empty")]
    Empty,
    /// It is too long.
    #[error("has more than {limit} bytes")]
    TooLong {
        /// How many bytes it may have.
        limit: u32,
    },
    /// It has characters that it can't have.
    #[error("has characters that it can't have")]
    Characters,
    /// It has more entries than it may.
    #[error("has more than {limit} entries")]
    TooMany {
        /// How many entries it may have.
        limit: u32,
    },
    /// The same entry occurs twice.
    #[error("has the same entry twice")]
    Repeated,
    /// Its domain is not the company's.
    #[error("is not of a domain of the company")]
    ForeignDomain,
    /// It names somebody who is not of the company, or the person itself.
    #[error("names nobody who can stand there")]
    WrongPerson,
}

impl Refusal {
    /// Returns the stable code by which faces find their answer and their sentence.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AccountDisabled => "account-disabled",
            Self::NotLicensed => "not-licensed",
            Self::CompanyDisabled => "company-disabled",
            Self::ContactListFull { .. } => "contact-list-full",
            Self::TooManyGroups { .. } => "too-many-groups",
            Self::TooManyEndpoints { .. } => "too-many-endpoints",
            Self::TooManyPublications { .. } => "too-many-publications",
            Self::TooManyAppPasswords { .. } => "too-many-app-passwords",
            Self::TooManyMembers { .. } => "too-many-members",
            Self::StaleDelta { .. } => "stale-delta",
            Self::UnknownGroup => "unknown-group",
            Self::UnknownContact => "unknown-contact",
            Self::GroupIsFixed => "group-is-fixed",
            Self::TooLarge { .. } => "too-large",
            Self::NotYours => "not-yours",
            Self::ReservedPublication => "reserved-publication",
            Self::RepeatedPublication => "repeated-publication",
            Self::ReservedContainer => "reserved-container",
            Self::Invalid { .. } => "invalid-field",
            Self::HistoryOff => "history-off",
            Self::PolicyForbids { .. } => "policy-forbids",
        }
    }
}
