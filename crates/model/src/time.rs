//! Moments as people and protocols write them.

use std::fmt;
use std::time::Duration;

/// A moment in coordinated universal time, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Time-outs never use it: they use monotonic time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// The present on both clocks: what people read, and what runs out.
///
/// The wall clock may be set, by a day or to 2038 and back; nobody's publication may end or outlive its time for that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// What the wall clock shows.
    pub wall: Timestamp,
    /// What the wall clock would show, had nobody set it since the process began: it only ever goes forward, a second a
    /// second. Ends of lifetimes are written on this one.
    pub steady: Timestamp,
}

impl Moment {
    /// The earlier of both: by it is judged whether the time of something is over that can't be had back, lest a clock that
    /// was set forward ends it.
    pub fn earlier(self) -> Timestamp {
        self.wall.min(self.steady)
    }

    /// The later of both: with it such a time begins, lest a clock that was set back lets it end too early.
    pub fn later(self) -> Timestamp {
        self.wall.max(self.steady)
    }
}

impl From<Timestamp> for Moment {
    /// A moment of a process in which nobody has set the clock.
    fn from(now: Timestamp) -> Self {
        Self { wall: now, steady: now }
    }
}

/// A moment split into the fields of the proleptic Gregorian calendar.
struct Civil {
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    milli: u32,
    weekday: usize,
}

impl Timestamp {
    /// Returns the moment that lies `span` later, or the last one that can be written.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns how long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Writes `2009-01-11T19:02:11.123`, the form of `publishTime` ([MS-PRES]).
    pub fn to_publish_time(self) -> String {
        let c = self.civil();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}",
            c.year, c.month, c.day, c.hour, c.minute, c.second, c.milli
        )
    }

    /// Writes `2009-01-11T19:02:11Z` (RFC 3339, whole seconds).
    pub fn to_rfc3339(self) -> String {
        let c = self.civil();
        format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)
    }

    /// Writes `Sun, 11 Jan 2009 19:02:11 GMT`, the form of a Date header (RFC 3261 §20.17).
    pub fn to_sip_date(self) -> String {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let c = self.civil();
        let day = DAYS.get(c.weekday).copied().unwrap_or("Mon");
        let month = MONTHS.get(c.month.saturating_sub(1) as usize).copied().unwrap_or("Jan");
        format!("{day}, {:02} {month} {:04} {:02}:{:02}:{:02} GMT", c.day, c.year, c.hour, c.minute, c.second)
    }

    /// Reads `2009-01-11T19:02:11`, with or without a fraction and `Z`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('Z').unwrap_or(text);
        let (date, clock) = text.split_once('T')?;
        let mut date = date.splitn(3, '-');
        let year: i64 = date.next()?.parse().ok()?;
        let month: i64 = date.next()?.parse().ok()?;
        let day: i64 = date.next()?.parse().ok()?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let mut clock = clock.splitn(3, ':');
        let hour: i64 = clock.next()?.parse().ok()?;
        let minute: i64 = clock.next()?.parse().ok()?;
        let second: i64 = clock.next()?.parse().ok()?;
        let in_range = (0..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second)
            && fraction.len() <= 9
            && fraction.bytes().all(|b| b.is_ascii_digit());
        if !in_range {
            return None;
        }
        let milli: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
        let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        Some(Self(seconds * 1000 + milli))
    }

    fn civil(self) -> Civil {
        let seconds = self.0.div_euclid(1000);
        let days = seconds.div_euclid(86_400);
        let rest = seconds.rem_euclid(86_400);
        // Days to civil date, by eras of 400 years (Hinnant's algorithm, public domain).
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let small = |n: i64| u32::try_from(n).unwrap_or(0);
        Civil {
            year,
            month: small(month),
            day: small(day),
            hour: small(rest / 3600),
            minute: small(rest / 60 % 60),
            second: small(rest % 60),
            milli: small(self.0.rem_euclid(1000)),
            weekday: usize::try_from((days + 3).rem_euclid(7)).unwrap_or(0),
        }
    }
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_each_form() {
        let moment = Timestamp(1_231_700_531_123);
        assert_eq!(moment.to_publish_time(), "2009-01-11T19:02:11.123");
        assert_eq!(moment.to_rfc3339(), "2009-01-11T19:02:11Z");
        assert_eq!(moment.to_sip_date(), "Sun, 11 Jan 2009 19:02:11 GMT");
        assert_eq!(Timestamp(0).to_sip_date(), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(Timestamp(951_782_400_000).to_rfc3339(), "2000-02-29T00:00:00Z");
    }

    #[test]
    fn moments_are_read_back() {
        for text in ["2009-01-11T19:02:11.123", "2000-02-29T00:00:00.000", "2038-01-19T03:14:08.000"] {
            assert_eq!(Timestamp::parse(text).map(Timestamp::to_publish_time).as_deref(), Some(text));
        }
        assert_eq!(Timestamp::parse("2009-01-11T19:02:11Z"), Some(Timestamp(1_231_700_531_000)));
        for wrong in
            ["", "2009", "2009-13-01T00:00:00", "2009-01-11", "x-01-11T00:00:00", "2009-01-11T00:00:00.é"]
        {
            assert_eq!(Timestamp::parse(wrong), None, "{wrong}");
        }
    }
}
