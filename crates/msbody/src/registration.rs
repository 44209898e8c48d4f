//! `text/registration-event`: the server ends a registration. \[MS-SIPREGE\] 2.2.3
//!
//! The body ends right behind its last letter: SIPE compares all of it.

/// The content type of the body.
pub const CONTENT_TYPE: &str = "text/registration-event";

/// Why a registration ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deregistered {
    /// The binding was removed: signed in elsewhere, over the quota, or by an administrator.
    Unregistered,
    /// The user was disabled.
    Rejected,
    /// The user was moved to another pool.
    Deactivated,
}

impl Deregistered {
    /// The whole body, without a line end.
    #[must_use]
    pub const fn body(self) -> &'static str {
        match self {
            Self::Unregistered => "deregistered;event=unregistered",
            Self::Rejected => "deregistered;event=rejected",
            Self::Deactivated => "deregistered;event=deactivated",
        }
    }

    /// The number that `ms-diagnostics-public` carries. \[MS-OCER\]
    #[must_use]
    pub const fn diagnostics(self) -> u32 {
        match self {
            Self::Unregistered => 4140,
            Self::Rejected => 4141,
            Self::Deactivated => 4142,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_no_line_end() {
        for reason in [Deregistered::Unregistered, Deregistered::Rejected, Deregistered::Deactivated] {
            assert!(!reason.body().contains(['\r', '\n']));
        }
        assert_eq!(Deregistered::Unregistered.body(), "deregistered;event=unregistered");
        assert_eq!(Deregistered::Unregistered.diagnostics(), 4140);
    }
}
