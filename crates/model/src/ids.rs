//! Who is meant: companies and people by number, never by address.

use std::fmt;
use std::str::FromStr;

/// Names one customer company. Numbers are given out by the store and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(pub u32);

/// Names one person of one company. A new person under an old address has a new `UserId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId {
    /// The company that the person belongs to, for good.
    pub tenant: TenantId,
    /// The person's number within the whole store; never used again.
    pub user: u32,
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/u{}", self.tenant, self.user)
    }
}

impl FromStr for UserId {
    type Err = ();

    /// Reads the form that `Display` writes: `t1/u42`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (tenant, user) = text.split_once('/').ok_or(())?;
        let tenant = tenant.strip_prefix('t').and_then(|n| n.parse().ok()).ok_or(())?;
        let user = user.strip_prefix('u').and_then(|n| n.parse().ok()).ok_or(())?;
        Ok(Self { tenant: TenantId(tenant), user })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_read_back_as_it_is_written() {
        let id = UserId { tenant: TenantId(7), user: 42 };
        assert_eq!(id.to_string(), "t7/u42");
        assert_eq!("t7/u42".parse(), Ok(id));
        for wrong in ["", "t7", "7/42", "t7/u", "t7/u42/x", "t-1/u1", "t7/u99999999999"] {
            assert_eq!(wrong.parse::<UserId>(), Err(()), "{wrong}");
        }
    }
}
