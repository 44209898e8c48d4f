//! What a service call can answer other than success: a public part for the person, the context for the log.

use std::time::Duration;

use rapport_core::presence::Conflict;
use rapport_core::refusal::Refusal;
use rapport_fabric::FabricError;
use rapport_secrets::PasswordRefusal;
use rapport_store::StoreError;

/// The result of a service call.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a service call did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A rule says no; the code has a sentence in every language.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The password is too easily guessed.
    #[error(transparent)]
    WeakPassword(WeakPassword),
    /// A backup is not what it should be; the sentence says what is wrong with it.
    #[error("{0}")]
    BadBackup(String),
    /// The service key is not what this takes, or can't be changed; the sentence says why and what to do.
    #[error("{0}")]
    ServiceKey(String),
    /// The same is being done already; the sentence says what.
    #[error("{0}")]
    UnderWay(&'static str),
    /// There is no such thing, or the caller may not know of it.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// It clashes with what exists.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// Publications were made against versions that are not the current ones.
    #[error("{} versions are not the current ones", .0.len())]
    Versions(Vec<Conflict>),
    /// The caller acts on something that is another's.
    #[error("not allowed to act for another")]
    Forbidden,
    /// The store or the fabric can't be reached; trying again later helps.
    #[error("temporarily unavailable: {0}")]
    Unavailable(String),
    /// The store's disk is full: nothing can be changed until there is room; everything else goes on.
    #[error("the disk is full")]
    Full,
    /// The store can't be written: nothing can be changed until that is mended; everything else goes on.
    #[error("changes cannot be kept: {0}")]
    Unwritable(String),
    /// The node has too much to do already; those it serves go on.
    #[error("no new sign-ins for {} s", .retry_after.as_secs())]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// A fault of ours; the log has the context.
    #[error("internal fault: {0}")]
    Internal(String),
}

/// Says why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// It is none that anybody may have.
    #[error(transparent)]
    Refused(#[from] PasswordRefusal),
    /// It is the one that it is to replace.
    #[error("the password is the one that is to be replaced")]
    Same,
}

impl Error {
    /// The reason by which a refusal is written down singly: somebody asked for what is not theirs, for more than they may
    /// have, or for what makes no sense. None where it is part of an ordinary client's life, or a fault of ours.
    pub const fn misdeed(&self) -> Option<&'static str> {
        Some(match self {
            Self::Forbidden => "forbidden",
            Self::WeakPassword(_) => "weak-password",
            Self::Refused(refusal) => match refusal {
                Refusal::AccountDisabled
                | Refusal::NotLicensed
                | Refusal::CompanyDisabled
                | Refusal::ContactListFull { .. }
                | Refusal::TooManyGroups { .. }
                | Refusal::TooManyEndpoints { .. }
                | Refusal::TooManyPublications { .. }
                | Refusal::TooManyAppPasswords { .. }
                | Refusal::TooManyMembers { .. }
                | Refusal::GroupIsFixed
                | Refusal::TooLarge { .. }
                | Refusal::NotYours
                | Refusal::ReservedPublication
                | Refusal::RepeatedPublication
                | Refusal::ReservedContainer
                | Refusal::Invalid { .. }
                | Refusal::PolicyForbids { .. } => refusal.code(),
                // Two of a person's programs change the same list, and one of them comes second.
                // Who asks for what a company doesn't keep is told so.
                Refusal::StaleDelta { .. }
                | Refusal::UnknownGroup
                | Refusal::UnknownContact
                | Refusal::HistoryOff => return None,
            },
            // What isn't there, what somebody else was faster with, and what is the matter with us.
            Self::BadBackup(_)
            | Self::ServiceKey(_)
            | Self::UnderWay(_)
            | Self::NotFound(_)
            | Self::Taken(_)
            | Self::Versions(_)
            | Self::Unavailable(_)
            | Self::Full
            | Self::Unwritable(_)
            | Self::Overloaded { .. }
            | Self::Internal(_) => return None,
        })
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound("it"),
            StoreError::Conflict { what } => Self::Taken(what),
            StoreError::WrongTenant => Self::Forbidden,
            StoreError::Invalid { what } => Self::Internal(format!("not storable: {what}")),
            StoreError::Unavailable { .. } => Self::Unavailable(error.to_string()),
            StoreError::Full => Self::Full,
            StoreError::Unwritable { context } => Self::Unwritable(context),
            StoreError::Stale { .. } | StoreError::Internal { .. } => Self::Internal(error.to_string()),
        }
    }
}

impl From<FabricError> for Error {
    fn from(error: FabricError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
