//! What a company allows.

use rapport_model::Limits;

/// A company's policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Limits per person.
    pub limits: Limits,
    /// Whether the account's own password signs in to SIP by NTLM. Off by default: app passwords do.
    pub account_password_sign_in: bool,
}
