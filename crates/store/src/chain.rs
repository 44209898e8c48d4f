//! The chain of the audit log: every line carries a hash of itself and of all lines before it, so that a line that was
//! changed, taken out or put in later is found by whoever holds a later hash.

use std::fmt;

use rapport_model::{Scope, TenantId};
use sha2::{Digest as _, Sha256};

use crate::{AuditEntry, AuditRecord};

/// The SHA-256 hash of a line and of everything before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link(pub [u8; 32]);

impl Link {
    /// What stands before the first line.
    pub const START: Self = Self([0; 32]);

    /// Returns the link of a line that follows this one in a company's log. Every part is hashed with its length, so
    /// that nothing can be moved from one part to the next.
    #[must_use]
    pub fn of(self, tenant: TenantId, line: &AuditRecord) -> Self {
        let mut hash = Sha256::new();
        // A line hashes as it did when it was written: one without a source is not one whose source was taken away.
        hash.update(match line.source {
            None => b"rapport audit 1",
            Some(_) => b"rapport audit 2",
        });
        hash.update(self.0);
        hash.update(tenant.0.to_be_bytes());
        hash.update(line.number.to_be_bytes());
        hash.update(line.entry.at.0.to_be_bytes());
        let entry = &line.entry;
        let parts = [&line.actor, &line.reason, &entry.what, &entry.subject, &entry.detail];
        for part in parts.into_iter().chain(&line.source) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl AuditRecord {
    /// Returns the line that is written under a scope, chained to the one before it.
    #[must_use]
    pub fn under(scope: &Scope, number: u64, entry: AuditEntry, before: Option<Link>) -> Self {
        let (actor, source) = (scope.actor.to_string(), Some(scope.source.to_string()));
        let reason = scope.reason.to_owned();
        Self { number, actor, source, reason, entry, link: None }.chained(scope.tenant, before)
    }

    /// Chains the line to the one before it.
    #[must_use]
    pub fn chained(mut self, tenant: TenantId, before: Option<Link>) -> Self {
        self.link = Some(before.unwrap_or(Link::START).of(tenant, &self));
        self
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self})")
    }
}
