//! Why a call of the port did not do what it was asked.

/// Says why a call of the port did nothing, or nothing that it can vouch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FabricError {
    /// The scope is another company's: the caller has a fault.
    #[error("the scope does not cover this company")]
    WrongTenant,
    /// The binding has ended or a later one has taken its place.
    #[error("the binding is not the current one")]
    StaleBinding,
    /// The fabric did not answer in time; whether the call took effect is not known.
    #[error("the fabric did not answer in time")]
    Unavailable,
}
