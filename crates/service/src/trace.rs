//! Whose SIP messages are written to the log: switched on per person, for a time and a number of messages.
//!
//! What is written is the face's to say; no trace outlives its bounds, and every one is in the audit log.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rapport_model::UserId;

/// No trace runs longer.
pub const LONGEST: Duration = Duration::from_secs(60 * 60);
/// No trace writes more messages.
pub const MOST_MESSAGES: u32 = 10_000;
/// People traced at the same time on one node.
const MOST_PEOPLE: usize = 100;

/// The traces of this node.
#[derive(Debug, Default)]
pub struct Traces {
    any: AtomicBool,
    people: Mutex<BTreeMap<UserId, Trace>>,
}

#[derive(Clone, Copy, Debug)]
struct Trace {
    until: Instant,
    left: u32,
}

impl Traces {
    fn people(&self) -> MutexGuard<'_, BTreeMap<UserId, Trace>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to trace a person, for at most [`LONGEST`] and [`MOST_MESSAGES`]; false when too many are traced already.
    pub fn start(&self, user: UserId, span: Duration, now: Instant) -> bool {
        let mut people = self.people();
        people.retain(|_, trace| now < trace.until && trace.left > 0);
        if people.len() >= MOST_PEOPLE && !people.contains_key(&user) {
            return false;
        }
        people.insert(user, Trace { until: now + span.min(LONGEST), left: MOST_MESSAGES });
        self.any.store(true, Ordering::Relaxed);
        true
    }

    /// Ends the trace of a person.
    pub fn stop(&self, user: UserId) {
        let mut people = self.people();
        people.remove(&user);
        self.any.store(!people.is_empty(), Ordering::Relaxed);
    }

    /// Tells whether the next message of a person is to be written, and counts it.
    pub fn takes(&self, user: UserId, now: impl FnOnce() -> Instant) -> bool {
        // Mostly nobody is traced, and every message asks.
        if !self.any.load(Ordering::Relaxed) {
            return false;
        }
        let now = now();
        let mut people = self.people();
        let Some(trace) = people.get_mut(&user) else { return false };
        if now >= trace.until || trace.left == 0 {
            people.remove(&user);
            self.any.store(!people.is_empty(), Ordering::Relaxed);
            return false;
        }
        trace.left -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::TenantId;

    use super::*;

    fn start() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
        Instant::now()
    }

    #[test]
    fn a_trace_ends_by_time_by_number_and_by_order() {
        let (traces, now) = (Traces::default(), start());
        let ana = UserId { tenant: TenantId(1), user: 1 };
        let ben = UserId { tenant: TenantId(1), user: 2 };
        assert!(!traces.takes(ana, || now));
        assert!(traces.start(ana, Duration::from_secs(24 * 3600), now));
        assert!(traces.takes(ana, || now));
        assert!(!traces.takes(ben, || now));
        assert!(!traces.takes(ana, || now + LONGEST));
        assert!(traces.start(ana, LONGEST, now));
        let written = (0..MOST_MESSAGES + 5).filter(|_| traces.takes(ana, || now)).count();
        assert_eq!(written, MOST_MESSAGES as usize);
        assert!(traces.start(ana, LONGEST, now));
        traces.stop(ana);
        assert!(!traces.takes(ana, || now));
    }

    #[test]
    fn a_node_traces_a_bounded_number_of_people() {
        let (traces, now) = (Traces::default(), start());
        let person = |user| UserId { tenant: TenantId(1), user };
        for user in 0..100 {
            assert!(traces.start(person(user), LONGEST, now));
        }
        assert!(!traces.start(person(100), LONGEST, now));
        assert!(traces.start(person(100), LONGEST, now + LONGEST));
    }
}
