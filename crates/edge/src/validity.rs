//! Until when a certificate is valid: the few bytes of X.509 that rustls doesn't tell.
//!
//! Source: RFC 5280 §4.1. Any bytes give an answer or nothing.

use std::time::{Duration, SystemTime};

use crate::der::{INTEGER, SEQUENCE, element, expect};

const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Returns from when and until when a certificate in DER is valid.
pub(crate) fn validity(certificate: &[u8]) -> Option<(SystemTime, SystemTime)> {
    let (outer, _) = expect(certificate, SEQUENCE)?;
    let (mut body, _) = expect(outer, SEQUENCE)?;
    if body.first() == Some(&VERSION) {
        (_, body) = expect(body, VERSION)?;
    }
    let (_serial, body) = expect(body, INTEGER)?;
    let (_algorithm, body) = expect(body, SEQUENCE)?;
    let (_issuer, body) = expect(body, SEQUENCE)?;
    let (validity, _) = expect(body, SEQUENCE)?;
    let (from, rest) = time(validity)?;
    let (until, _) = time(rest)?;
    Some((from, until))
}

fn time(bytes: &[u8]) -> Option<(SystemTime, &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let (year, text) = match tag {
        UTC_TIME => {
            let (year, text) = text.split_at_checked(2)?;
            let year = number(year)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text)
        }
        GENERALIZED_TIME => {
            let (year, text) = text.split_at_checked(4)?;
            (number(year)?, text)
        }
        _ => return None,
    };
    if text.len() != 10 || !text.is_ascii() {
        return None;
    }
    let field = |at: usize| number(text.get(at..at + 2)?);
    let (month, day) = (field(0)?, field(2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = match year {
        // Before 1970 is before any certificate of anyone's but one that a machine without a clock has made.
        ..1970 => return Some((SystemTime::UNIX_EPOCH, rest)),
        _ => days_since_1970(year, month, day),
    };
    let seconds = days * 86_400 + field(4)? * 3600 + field(6)? * 60 + field(8)?;
    let moment = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    Some((moment, rest))
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let years: u64 = (1970..year).map(|y| if leap(y) { 366 } else { 365 }).sum();
    let months: u64 = (1..month)
        .map(|m| match m {
            2 if leap(year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        })
        .sum();
    years + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_validity_of_a_made_certificate_is_read_back() {
        let at = |secs| SystemTime::UNIX_EPOCH + Duration::from_secs(secs);
        let key = rcgen::KeyPair::generate().expect("a key");
        for (from, until) in [(1_700_000_000, 1_800_000_000), (951_782_399, 4_107_542_399)] {
            let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).expect("a name");
            (params.not_before, params.not_after) = (at(from).into(), at(until).into());
            let made = params.self_signed(&key).expect("a certificate");
            assert_eq!(validity(made.der()), Some((at(from), at(until))));
        }
    }

    #[test]
    fn cut_and_foreign_bytes_give_nothing() {
        let key = rcgen::KeyPair::generate().expect("a key");
        let made = rcgen::CertificateParams::default().self_signed(&key).expect("a certificate");
        for len in 0..made.der().len() {
            assert_eq!(validity(made.der().get(..len).expect("in range")), None);
        }
        assert_eq!(validity(b"not DER at all"), None);
        assert_eq!(validity(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
