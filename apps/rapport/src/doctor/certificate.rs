//! What clients will say to a certificate: its dates, its names, and who stands behind it.

use std::time::{Duration, SystemTime};

use super::Check;

/// A certificate that ends sooner wants somebody to look.
const SOON: Duration = Duration::from_secs(21 * 24 * 60 * 60);

const WHAT: &str = "certificate";

/// Judges from when and until when it holds; `shown` says where it was seen.
pub(super) fn validity(dates: Option<(SystemTime, SystemTime)>, now: SystemTime, shown: &str) -> Check {
    const RENEW: &str = "renew it and send the server SIGHUP";
    let Some((from, until)) = dates else {
        return Check::bad(WHAT, format!("its dates can't be read ({shown})"), RENEW);
    };
    let [from_text, until_text] = [from, until].map(crate::clock::rfc3339);
    if now < from {
        let remedy = "set the clock, or wait";
        Check::bad(WHAT, format!("holds from {from_text} only: clients refuse it ({shown})"), remedy)
    } else if now > until {
        Check::bad(WHAT, format!("has ended at {until_text}: clients refuse it ({shown})"), RENEW)
    } else if until.duration_since(now).is_ok_and(|left| left < SOON) {
        Check::warning(WHAT, format!("ends at {until_text} ({shown})"), RENEW)
    } else {
        Check::good(WHAT, format!("holds until {until_text} ({shown})"))
    }
}

/// Judges whether clients that ask for that name accept it.
pub(super) fn coverage(what: &'static str, covers: bool, name: &str, shown: &str) -> Check {
    if covers {
        Check::good(what, format!("is good for {name} ({shown})"))
    } else {
        let remedy = format!("get one that names {name} among its subject alternative names");
        Check::bad(what, format!("is not good for {name}: clients refuse it ({shown})"), remedy)
    }
}

/// Judges who stands behind it: an authority that this machine trusts, by which it is likely that clients do; none
/// when this machine has no list of them.
pub(super) fn authority(trusted: Option<bool>, shown: &str) -> Check {
    match trusted {
        Some(true) => {
            Check::good(WHAT, format!("comes from an authority that this machine trusts ({shown})"))
        }
        Some(false) => Check::warning(
            WHAT,
            format!(
                "comes from nobody whom this machine trusts: clients refuse it unless they know who made it ({shown})"
            ),
            "get one from a public authority (tls.acme_directory), or give each client that of the authority which made it",
        ),
        None => Check::not_checked(
            WHAT,
            format!("who made it can't be held against a list of authorities: there is none here ({shown})"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    #[test]
    fn a_certificate_is_judged_by_its_dates() {
        let day = |n: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(n * 24 * 60 * 60);
        let (from, until) = (day(20_000), day(20_090));
        let second = Duration::from_secs(1);
        for (now, state, part) in [
            (from - second, State::Bad, "holds from"),
            (from, State::Good, "holds until"),
            (until - SOON, State::Good, "holds until"),
            (until - SOON + second, State::Warning, "ends at"),
            (until, State::Warning, "ends at"),
            (until + second, State::Bad, "has ended"),
        ] {
            let check = validity(Some((from, until)), now, "listen.tls");
            assert_eq!((check.what, check.state), ("certificate", state), "{now:?}");
            assert!(
                check.found.starts_with(part) && check.found.ends_with("(listen.tls)"),
                "{}",
                check.found
            );
        }
        assert_eq!(validity(None, from, "listen.tls").state, State::Bad);
    }

    #[test]
    fn a_certificate_is_judged_by_its_names_and_by_who_made_it() {
        let good = coverage("as clients find it", true, "sip.boats.example", "192.0.2.7:443");
        assert_eq!((good.what, good.state), ("as clients find it", State::Good));
        let bad = coverage("certificate", false, "sip.boats.example", "listen.tls");
        assert_eq!(bad.state, State::Bad);
        assert!(bad.remedy.expect("one").contains("sip.boats.example"));
        for (trusted, state) in
            [(Some(true), State::Good), (Some(false), State::Warning), (None, State::NotChecked)]
        {
            assert_eq!(authority(trusted, "listen.tls").state, state);
        }
    }
}
