//! Moments as Microsoft's documents write them.
//!
//! A moment is milliseconds since 1970-01-01T00:00:00Z. Documents of the server carry UTC without a
//! zone; clients send `Z`, an offset or nothing, which means UTC too.

use std::fmt::Write as _;

const DAY: u64 = 86_400_000;

/// The largest moment that has a four-digit year: the end of 9999.
const LATEST: u64 = 253_402_300_799_999;

/// Appends `2009-01-11T19:02:11.123`.
pub fn push_millis(out: &mut String, unix_ms: u64) {
    push_seconds(out, unix_ms);
    let _ = write!(out, ".{:03}", unix_ms.min(LATEST) % 1000);
}

/// Appends `2009-01-11T19:02:11`.
pub fn push_seconds(out: &mut String, unix_ms: u64) {
    let unix_ms = unix_ms.min(LATEST);
    let (year, month, day) = civil(unix_ms / DAY);
    let seconds = unix_ms % DAY / 1000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    // Writing to a string cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
}

/// The date of a day counted from 1970-01-01, by the proleptic Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last of its year.
const fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// Days from 1970-01-01 to a date of that calendar, from 1970 on.
const fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Reads an `xs:dateTime` of the years 1970 to 9999; `None` when it is none.
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let (date, clock) = text.split_once(['T', ' '])?;
    let mut date = date.split('-');
    let year = digits(date.next()?, 4)?;
    let month = digits(date.next()?, 2)?;
    let day = digits(date.next()?, 2)?;
    if date.next().is_some() || year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let since = days(year, month, day);
    if civil(since) != (year, month, day) {
        return None;
    }
    let (clock, offset) = match clock.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => match clock.split_once(['+', '-']) {
            None => (clock, 0),
            Some((before, zone)) => {
                let (hours, minutes) = zone.split_once(':')?;
                let minutes = i64::try_from(digits(hours, 2)? * 60 + digits(minutes, 2)?).ok()?;
                (before, if clock.contains('-') { -minutes } else { minutes })
            }
        },
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock = clock.split(':');
    let hour = digits(clock.next()?, 2)?;
    let minute = digits(clock.next()?, 2)?;
    let second = digits(clock.next()?, 2)?;
    if clock.next().is_some() || hour > 23 || minute > 59 || second > 60 || !is_digits(fraction) {
        return None;
    }
    let millis = fraction.bytes().chain(*b"00").take(3).fold(0, |sum, b| sum * 10 + u64::from(b - b'0'));
    let local = since * DAY + (hour * 3600 + minute * 60 + second) * 1000 + millis;
    u64::try_from(i64::try_from(local).ok()? - offset * 60_000).ok()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn digits(text: &str, length: usize) -> Option<u64> {
    (text.len() == length && is_digits(text)).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(unix_ms: u64) -> String {
        let mut out = String::new();
        push_millis(&mut out, unix_ms);
        out
    }

    #[test]
    fn moments_are_written_in_utc_without_a_zone() {
        assert_eq!(written(0), "1970-01-01T00:00:00.000");
        assert_eq!(written(1_231_700_531_123), "2009-01-11T19:02:11.123");
        assert_eq!(written(951_782_400_000), "2000-02-29T00:00:00.000");
        assert_eq!(written(u64::MAX), "9999-12-31T23:59:59.999");
    }

    #[test]
    fn moments_are_read_with_and_without_a_zone() {
        assert_eq!(parse("2009-01-11T19:02:11.123"), Some(1_231_700_531_123));
        assert_eq!(parse("2009-01-11T19:02:11Z"), Some(1_231_700_531_000));
        assert_eq!(parse("2009-01-11T20:02:11.1234567+01:00"), Some(1_231_700_531_123));
        assert_eq!(parse("2009-01-11T14:02:11-05:00"), Some(1_231_700_531_000));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2009",
            "2009-02-29T00:00:00",
            "2009-13-01T00:00:00",
            "2009-01-11T25:00:00",
            "1969-12-31T23:59:59",
            "2009-01-11T19:02:11.",
            "2009-01-11T19:02",
            "99999-01-11T19:02:11",
            "2009-01-11T19:02:11+25",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_is_read_back(unix_ms in 0..=LATEST) {
            prop_assert_eq!(parse(&written(unix_ms)), Some(unix_ms));
        }

        #[test]
        fn any_text_gives_a_moment_or_nothing(text in "[0-9TZ:.+ -]{0,40}") {
            let _ = parse(&text);
        }
    }
}
