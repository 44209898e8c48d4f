//! Refused sign-ins in the log: who tried what, from where, and why it was refused.
//!
//! A flood of them must not fill the disk: lines are written from an allowance, and the next one says how many were not.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rapport_model::UserId;

/// Lines that may follow at once.
const BURST: u32 = 50;
/// One more line for each such time.
const PACE: Duration = Duration::from_secs(1);
/// Characters of a claimed name that are shown.
const SHOWN: usize = 64;

/// Writes the lines.
#[derive(Debug, Default)]
pub(crate) struct RefusedLog {
    allowance: Mutex<Option<Allowance>>,
}

#[derive(Clone, Copy, Debug)]
struct Allowance {
    left: u32,
    since: Instant,
    unwritten: u64,
}

/// A sign-in that was refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused<'a> {
    pub(crate) reason: &'static str,
    pub(crate) source: IpAddr,
    /// The address that was claimed; `from` because nobody has shown that it is theirs.
    pub(crate) from: &'a str,
    /// The NTLM domain and user that were claimed.
    pub(crate) claimed: (&'a str, &'a str),
    /// The account that the claim names, if there is one.
    pub(crate) account: Option<UserId>,
}

impl RefusedLog {
    /// Counts a refused sign-in, and writes it down unless there have been too many lines.
    pub(crate) fn note(&self, refused: &Refused<'_>, now: Instant) {
        metrics::counter!("rapport_sign_ins_refused_total", "reason" => refused.reason).increment(1);
        let Some(unwritten) = self.take(now) else { return };
        let Refused { reason, source, from, claimed: (domain, user), account } = *refused;
        let account = account.map(|account| account.to_string()).unwrap_or_default();
        // What others chose stands in quotes, with its control characters written out.
        tracing::warn!(
            %source, from = ?Shown(from), domain = ?Shown(domain), user = ?Shown(user), %account, reason, unwritten,
            "a sign-in was refused"
        );
    }

    /// Takes a line from the allowance and returns how many were not written before it.
    fn take(&self, now: Instant) -> Option<u64> {
        let mut kept = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        let allowance = kept.get_or_insert(Allowance { left: BURST, since: now, unwritten: 0 });
        let more = now.saturating_duration_since(allowance.since).as_secs() / PACE.as_secs();
        if more > 0 {
            allowance.left = allowance.left.saturating_add(u32::try_from(more).unwrap_or(BURST)).min(BURST);
            allowance.since = now;
        }
        if allowance.left == 0 {
            allowance.unwritten += 1;
            return None;
        }
        allowance.left -= 1;
        Some(std::mem::take(&mut allowance.unwritten))
    }
}

/// The beginning of a text that somebody else chose.
struct Shown<'a>(&'a str);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.char_indices().nth(SHOWN).map_or(self.0.len(), |(at, _)| at);
        fmt::Debug::fmt(self.0.get(..end).unwrap_or_default(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_writes_few_lines_and_the_next_says_how_many_are_missing() {
        #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
        let now = Instant::now();
        let log = RefusedLog::default();
        let written = (0..1000).filter(|_| log.take(now).is_some()).count();
        assert_eq!(written, 50);
        assert_eq!(log.take(now + PACE), Some(950));
        assert_eq!(log.take(now + PACE), None);
        assert_eq!(log.take(now + PACE * 600), Some(1));
    }

    #[test]
    fn a_claimed_name_stays_on_its_line_and_is_short() {
        assert_eq!(format!("{:?}", Shown("ana\r\nroot\u{1b}[2J")), r#""ana\r\nroot\u{1b}[2J""#);
        assert_eq!(format!("{:?}", Shown(&"é".repeat(1000))).chars().count(), 66);
    }
}
