//! Why a call on the store did not do what it was asked.

/// Why a call on the store did not do what it was asked. Unless said otherwise, nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such row within the scope.
    #[error("not found")]
    NotFound,
    /// A name or address is taken, or a row is still in use.
    #[error("conflict: {what}")]
    Conflict {
        /// What is taken or in use, such as `address` or `sign-in name`.
        what: &'static str,
    },
    /// The row has moved on since the caller read it.
    #[error("changed meanwhile, now at {current}")]
    Stale {
        /// The revision or delta number at which it stands.
        current: u64,
    },
    /// The call names a person of another company than its scope.
    #[error("outside the scope's company")]
    WrongTenant,
    /// A value can't be stored, such as a text over its bound.
    #[error("cannot be stored: {what}")]
    Invalid {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The store does not answer; the call may be tried again later.
    ///
    /// A change whose commit failed half-way may yet be found done after a restart.
    #[error("the store is unavailable: {context}")]
    Unavailable {
        /// What failed, for the operator; never for a client.
        context: String,
    },
    /// There is no room left on the disk; reading goes on.
    #[error("the disk of the store is full")]
    Full,
    /// The store can't be written, such as on a file system that has become read-only; reading goes on.
    #[error("the store cannot be written: {context}")]
    Unwritable {
        /// What failed, for the operator; never for a client.
        context: String,
    },
    /// A fault of the adapter or a damaged row.
    #[error("internal error of the store: {context}")]
    Internal {
        /// What failed, for the operator; never for a client.
        context: String,
    },
}
