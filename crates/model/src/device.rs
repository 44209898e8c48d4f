//! What kind of thing a person's program runs on.

/// What kind of thing a person's program runs on, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceKind {
    /// A program on a computer.
    Desktop,
    /// A browser.
    Web,
    /// A program on a telephone.
    Mobile,
}

impl DeviceKind {
    /// Tells it by what a program calls itself in a User-Agent header. Whether it is a browser is known by other means.
    pub fn of_program(user_agent: &str) -> Self {
        const MOBILE: [&str; 3] = ["mobile", "iphone", "android"];
        let lower = user_agent.to_ascii_lowercase();
        if MOBILE.iter().any(|word| lower.contains(word)) { Self::Mobile } else { Self::Desktop }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_on_a_telephone_is_known_by_its_name() {
        for (name, kind) in [
            ("UCCAPI/3.5.6907.0 OC/3.5.6907.0 (Microsoft Office Communicator 2007 R2)", DeviceKind::Desktop),
            ("Purple/2.14.12 Sipe/1.25.0 (linux-x86_64; RTC/3.5)", DeviceKind::Desktop),
            ("", DeviceKind::Desktop),
            ("CommunicatorMobile/1.0", DeviceKind::Mobile),
            ("Some IM (iPhone; iOS)", DeviceKind::Mobile),
        ] {
            assert_eq!(DeviceKind::of_program(name), kind, "{name}");
        }
    }
}
