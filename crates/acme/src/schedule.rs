//! When a certificate is due, and when to try again.

use std::time::{Duration, SystemTime};

use rapport_edge::CertificateInfo;

/// Public ACME servers let a name fail five times an hour; doubled from here, the first hour has five attempts.
const FIRST: Duration = Duration::from_secs(120);
const LONGEST: Duration = Duration::from_secs(6 * 3600);

/// Whether two thirds of the certificate's lifetime are over.
pub(crate) fn is_due(info: &CertificateInfo, now: SystemTime) -> bool {
    let (Some(from), Some(until)) = (info.valid_from, info.valid_until) else { return true };
    let Ok(lifetime) = until.duration_since(from) else { return true };
    now >= from + lifetime * 2 / 3
}

/// The growing while between attempts that failed.
#[derive(Debug, Default)]
pub(crate) struct Retry(u32);

impl Retry {
    /// Returns how long to wait after one more failure.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(self.0)).min(LONGEST);
        self.0 = self.0.saturating_add(1);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_certificate_is_due_at_two_thirds_of_its_lifetime() {
        let info = |from, until| CertificateInfo {
            file: "c.pem".into(),
            valid_from: from,
            valid_until: until,
            outside_validity: false,
            development: false,
        };
        let ninety_days = info(Some(at(1_000_000)), Some(at(1_000_000 + 90 * 86_400)));
        let two_thirds = 1_000_000 + 60 * 86_400;
        assert!(!is_due(&ninety_days, at(two_thirds - 1)));
        assert!(is_due(&ninety_days, at(two_thirds)));
        assert!(is_due(&info(None, Some(at(5))), at(1)), "one that can't be read is no good");
        assert!(is_due(&info(Some(at(9)), Some(at(5))), at(1)), "nor one that ends before it begins");
    }

    #[test]
    fn what_fails_is_tried_five_times_in_the_first_hour_and_then_every_six_hours() {
        let mut retry = Retry::default();
        let waits: Vec<u64> = (0..40).map(|_| retry.next().as_secs() / 60).collect();
        assert_eq!(waits.get(..5), Some(&[2, 4, 8, 16, 32][..]));
        assert!(waits.get(8..).is_some_and(|rest| rest.iter().all(|wait| *wait == 360)), "{waits:?}");
    }
}
