//! What was refused, in the log: who tried what, from where, and why it was refused. Sign-ins of whoever comes, and
//! actions of those who have signed in.
//!
//! A flood must not fill the disk, nor hide what somebody else was refused meanwhile: lines are written from an
//! allowance, of which each signed-in person has a part, and the next line says how many were not written.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rapport_model::{Actor, Scope, UserId};

/// Lines of everybody together: how many may follow at once, and then one more for each such time.
const ALL: Bound = Bound { burst: 50, pace: Duration::from_secs(1) };
/// And of one person.
const PERSON: Bound = Bound { burst: 10, pace: Duration::from_secs(10) };
/// People whose lines are counted one by one; those beyond share one part.
const PEOPLE: usize = 1000;
/// Characters of a claimed name that are shown.
const SHOWN: usize = 64;

/// Writes the lines.
#[derive(Debug, Default)]
pub(crate) struct RefusedLog {
    /// Of sign-ins: strangers can't keep what the signed-in do out of the log.
    sign_ins: Mutex<Option<Allowance>>,
    actions: Mutex<Actions>,
}

#[derive(Debug, Default)]
struct Actions {
    all: Option<Allowance>,
    /// Of one person each; none is everybody beyond [`PEOPLE`], and what is nobody's.
    of: BTreeMap<Option<UserId>, Allowance>,
}

#[derive(Clone, Copy, Debug)]
struct Bound {
    burst: u32,
    pace: Duration,
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
        let Some(unwritten) = self.take_sign_in(now) else { return };
        let Refused { reason, source, from, claimed: (domain, user), account } = *refused;
        let account = account.map(|account| account.to_string()).unwrap_or_default();
        // What others chose stands in quotes, with its control characters written out.
        tracing::warn!(
            %source, from = ?Shown(from), domain = ?Shown(domain), user = ?Shown(user), %account, reason, unwritten,
            "a sign-in was refused"
        );
    }

    /// Counts a refused action of somebody who has signed in, and writes it down unless there have been too many lines.
    /// `method` is what was asked, in the words of whoever asked.
    pub(crate) fn note_action(&self, scope: &Scope, method: &str, reason: &'static str, now: Instant) {
        metrics::counter!("rapport_actions_refused_total", "reason" => reason).increment(1);
        let account = match &scope.actor {
            Actor::Endpoint(endpoint) => Some(endpoint.user),
            Actor::User(user) => Some(*user),
            Actor::Operator(_) | Actor::Service => None,
        };
        let Some(unwritten) = self.take_action(account, now) else { return };
        let Scope { tenant: _, actor, source, reason: purpose, trace: _ } = scope;
        tracing::warn!(
            %actor, %source, method = ?Shown(method), purpose, reason, unwritten,
            "an action was refused"
        );
    }

    /// Takes a line from the allowance and returns how many were not written before it.
    fn take_sign_in(&self, now: Instant) -> Option<u64> {
        let mut kept = self.sign_ins.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_or_insert(ALL.whole(now)).take(ALL, now)
    }

    /// Takes a line from a person's part and from the allowance of all, and returns how many of that person's were not
    /// written before it.
    fn take_action(&self, person: Option<UserId>, now: Instant) -> Option<u64> {
        let mut actions = self.actions.lock().unwrap_or_else(PoisonError::into_inner);
        let Actions { all, of } = &mut *actions;
        let person = person.filter(|person| of.contains_key(&Some(*person)) || has_room(of, now));
        let own = of.entry(person).or_insert(PERSON.whole(now));
        let unwritten = own.take(PERSON, now)?;
        if all.get_or_insert(ALL.whole(now)).take(ALL, now).is_none() {
            *own = Allowance { left: own.left + 1, unwritten: unwritten + 1, ..*own };
            return None;
        }
        Some(unwritten)
    }
}

/// Tells whether one person more can be counted, and forgets those who have been quiet.
fn has_room(of: &mut BTreeMap<Option<UserId>, Allowance>, now: Instant) -> bool {
    if of.len() >= PEOPLE {
        let mut unwritten = 0;
        of.retain(|_, allowance| {
            let is_quiet = now.saturating_duration_since(allowance.since) >= PERSON.pace * PERSON.burst;
            unwritten += if is_quiet { allowance.unwritten } else { 0 };
            !is_quiet
        });
        if unwritten > 0 {
            tracing::warn!(unwritten, "refused actions of many people were not written down");
        }
    }
    of.len() < PEOPLE
}

impl Bound {
    const fn whole(self, now: Instant) -> Allowance {
        Allowance { left: self.burst, since: now, unwritten: 0 }
    }
}

impl Allowance {
    fn fill(&mut self, bound: Bound, now: Instant) {
        let more = now.saturating_duration_since(self.since).as_secs() / bound.pace.as_secs();
        if more > 0 {
            self.left = self.left.saturating_add(u32::try_from(more).unwrap_or(u32::MAX)).min(bound.burst);
            self.since = now;
        }
    }

    /// Takes a line, and returns how many were not written before it.
    fn take(&mut self, bound: Bound, now: Instant) -> Option<u64> {
        self.fill(bound, now);
        if self.left == 0 {
            self.unwritten += 1;
            return None;
        }
        self.left -= 1;
        Some(std::mem::take(&mut self.unwritten))
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
    use std::fmt::Write as _;
    use std::sync::Arc;

    use rapport_model::TenantId;
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;

    /// Keeps what is logged, each event as its fields are shown.
    #[derive(Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            let _ = write!(self.0, "{field}={value:?} ");
        }

        fn record_str(&mut self, field: &Field, value: &str) {
            let _ = write!(self.0, "{field}={value} ");
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut line = Line(String::new());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    fn start() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
        Instant::now()
    }

    fn person(user: u32) -> Option<UserId> {
        Some(UserId { tenant: TenantId(1), user })
    }

    #[test]
    fn a_flood_writes_few_lines_and_the_next_says_how_many_are_missing() {
        let (log, now) = (RefusedLog::default(), start());
        let written = (0..1000).filter(|_| log.take_sign_in(now).is_some()).count();
        assert_eq!(written, 50);
        assert_eq!(log.take_sign_in(now + ALL.pace), Some(950));
        assert_eq!(log.take_sign_in(now + ALL.pace), None);
        assert_eq!(log.take_sign_in(now + ALL.pace * 600), Some(1));
        // However long it was quiet, no more follow at once.
        assert_eq!((0..1000).filter(|_| log.take_sign_in(now + ALL.pace * 600).is_some()).count(), 49);
    }

    #[test]
    fn a_flood_of_one_person_hides_nothing_of_another() {
        let (log, now) = (RefusedLog::default(), start());
        // Nor does one of strangers.
        let written = (0..1000).filter(|_| log.take_sign_in(now).is_some()).count();
        assert_eq!(written, 50);
        let written = (0..1000).filter(|_| log.take_action(person(1), now).is_some()).count();
        assert_eq!(written, 10);
        assert_eq!(log.take_action(person(2), now), Some(0));
        assert_eq!(log.take_action(person(1), now + PERSON.pace), Some(990));
        assert_eq!(log.take_action(person(1), now + PERSON.pace), None);
        assert_eq!(log.take_action(person(2), now + PERSON.pace), Some(0));
    }

    #[test]
    fn a_flood_of_many_people_is_bounded_and_each_is_told_of_what_is_missing() {
        let (log, now) = (RefusedLog::default(), start());
        let flood = |now| {
            let people = (0..3000).flat_map(|user| [user; 20]);
            people.filter(|user| log.take_action(person(*user), now).is_some()).count()
        };
        assert_eq!(flood(now), 50);
        assert!(log.actions.lock().expect("whole").of.len() <= PEOPLE + 1);
        // Person 7 came too late for a line; whoever had no part of their own is told of together.
        assert_eq!(log.take_action(person(7), now + ALL.pace), Some(20));
        assert_eq!(log.take_action(person(2999), now + ALL.pace * 2), Some(2000 * 20));
        // Who has been quiet makes room.
        assert_eq!(log.take_action(person(2999), now + PERSON.pace * 10), Some(0));
        assert_eq!(log.actions.lock().expect("whole").of.len(), 1);
    }

    #[test]
    fn what_is_written_of_a_flood_is_few_short_lines() {
        let now = start();
        let lines = Lines::default();
        let written = lines.0.clone();
        let name = format!("ana\r\nroot{}", "x".repeat(1000));
        let refused = Refused {
            reason: "wrong",
            source: IpAddr::from([192, 0, 2, 1]),
            from: &name,
            claimed: (&name, &name),
            account: None,
        };
        let log = RefusedLog::default();
        let scope = Scope { actor: Actor::User(person(1).unwrap()), ..Scope::service(TenantId(1), "test") };
        tracing::subscriber::with_default(lines, || {
            (0..1000).for_each(|_| log.note(&refused, now));
            assert_eq!(written.lock().unwrap().len(), 50);
            (0..1000).for_each(|_| log.note_action(&scope, &name, "wrong", now));
        });
        let written = written.lock().unwrap();
        assert_eq!(written.len(), 60);
        assert!(written.iter().take(50).all(|line| line.contains("192.0.2.1")));
        for line in written.iter() {
            assert!(!line.contains(['\r', '\n']), "{line}");
            assert!(line.contains(r"ana\r\nroot"), "{line}");
            assert!(line.len() < 500, "{line}");
        }
    }

    #[test]
    fn a_claimed_name_stays_on_its_line_and_is_short() {
        assert_eq!(format!("{:?}", Shown("ana\r\nroot\u{1b}[2J")), r#""ana\r\nroot\u{1b}[2J""#);
        assert_eq!(format!("{:?}", Shown(&"é".repeat(1000))).chars().count(), 66);
    }
}
