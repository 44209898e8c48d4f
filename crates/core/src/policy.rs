//! What a company allows.

use std::time::Duration;

use rapport_model::{Availability, Limits};

/// After so long without use a machine is inactive, and the person with it. The same for every company.
pub const INACTIVE_AFTER: Duration = Duration::from_secs(5 * 60);
/// After so long without use a machine is left alone, and the person away.
pub const AWAY_AFTER: Duration = Duration::from_secs(20 * 60);

/// Returns what a machine says of itself that has been without use for so long.
pub fn machine_state(unused: Duration) -> Availability {
    if unused >= AWAY_AFTER {
        Availability::AWAY
    } else if unused >= INACTIVE_AFTER {
        Availability::IDLE
    } else {
        Availability::AVAILABLE
    }
}

/// A company's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Limits per person.
    pub limits: Limits,
    /// Whether the account's own password signs in to SIP by NTLM. Off by default: app passwords do.
    pub account_password_sign_in: bool,
    /// For how many days an address that a person had still reaches them, and is nobody else's.
    pub address_grace_days: u32,
    /// For how many days a deleted person, or the whole company, can be restored.
    pub keep_deleted_days: u32,
    /// For how many days what people say is kept in their history; 0 for not at all.
    pub history_days: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            account_password_sign_in: false,
            address_grace_days: 30,
            keep_deleted_days: 30,
            history_days: 365,
        }
    }
}
