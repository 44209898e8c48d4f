//! How much a company allows each of its people.

/// Limits per person; a company's policy may change each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Contacts on one list; the service description says 250.
    pub contacts: u32,
    /// Distinct people who watch one person's presence; the service description says 250.
    pub watchers: u32,
    /// Contact groups on one list; 64 in Office Communications Server 2007 R2.
    pub groups: u32,
    /// Programs of one person signed in at once; 8 in Office Communications Server 2007 R2.
    pub endpoints: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { contacts: 250, watchers: 250, groups: 64, endpoints: 8 }
    }
}
