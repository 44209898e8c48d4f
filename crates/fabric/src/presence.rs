//! Revisions of a person's live document, and the answers about documents and watchers that are no success.

use crate::FabricError;

/// Orders the states of one person's live document, its absence included: a later one has a higher number.
///
/// The revision of an absence may rise without a change; a change never leaves the revision as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// Says why a live document was not replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CasError {
    /// The document is not at the expected revision: read it and do the work again.
    #[error("the live document has moved on")]
    Moved,
    /// The fabric did not answer in time; whether the document was replaced is not known.
    #[error("the fabric did not answer in time")]
    Unavailable,
    /// The scope is another company's: the caller has a fault.
    #[error("the scope does not cover this company")]
    WrongTenant,
}

/// Says why a person is not watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchRefused {
    /// As many distinct people as allowed watch this person already.
    #[error("{limit} people watch this person already")]
    TooMany {
        /// How many are allowed.
        limit: u32,
    },
    /// The watcher's binding has ended or a later one has taken its place.
    #[error("the watcher's binding is not the current one")]
    StaleBinding,
    /// The fabric did not answer in time; whether the person is watched is not known.
    #[error("the fabric did not answer in time")]
    Unavailable,
    /// The scope is another company's: the caller has a fault.
    #[error("the scope does not cover this company")]
    WrongTenant,
}

impl From<FabricError> for CasError {
    fn from(error: FabricError) -> Self {
        match error {
            FabricError::WrongTenant => Self::WrongTenant,
            FabricError::StaleBinding => Self::Moved,
            FabricError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<FabricError> for WatchRefused {
    fn from(error: FabricError) -> Self {
        match error {
            FabricError::WrongTenant => Self::WrongTenant,
            FabricError::StaleBinding => Self::StaleBinding,
            FabricError::Unavailable => Self::Unavailable,
        }
    }
}
