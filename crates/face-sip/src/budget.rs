//! How much a signed-in client may ask for: a budget that fills with time and that every request takes from.
//!
//! A client that has spent it isn't answered less politely or cut off: it isn't read for a while. That costs the server
//! nothing, and TCP makes the client wait. What a client does by hand never meets the bound, and what others make it
//! answer costs it nothing: nobody spends another's budget.

use std::time::{Duration, Instant};

use rapport_sip::{Message, Method};

/// What a unit is counted in, so that small things cost something.
const UNIT: u64 = 1000;
/// What a request costs beside its length, and an answer to nothing that was asked.
const REQUEST: u64 = UNIT;
/// Answers that each request to the client pays for: it tries, it rings, it is answered, and so is its CANCEL.
const ANSWERS: u32 = 4;
/// Answers that may be paid for and not given.
const MOST_ANSWERS: u32 = 4096;
/// What a request costs that reads or writes documents, and tells others of it.
const DOCUMENT: u64 = 10 * UNIT;
/// Octets that cost as much as one request.
const OCTETS: u64 = 64 * 1024;
/// What each reading costs, however short: an octet at a time is dear.
const READING: u64 = UNIT / 128;
/// What a keep-alive costs.
const KEEP_ALIVE: u64 = UNIT / 1000;

/// The budget of one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Thousandths of a unit; less than nothing when the last message cost more than there was.
    left: i64,
    most: i64,
    /// Units per second, and so thousandths per millisecond.
    rate: i64,
    filled: Instant,
    /// Answers that are paid for.
    answers: u32,
}

impl Budget {
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let most = i64::from(burst.max(1)) * UNIT.cast_signed();
        Self { left: most, most, rate: i64::from(per_second.max(1)), filled: now, answers: 0 }
    }

    /// Notes that the client is sent a request which it has to answer.
    pub(crate) fn asked(&mut self) {
        self.answers = (self.answers + ANSWERS).min(MOST_ANSWERS);
    }

    /// Takes what a message costs; says until when nothing more is heard, if it was too much.
    pub(crate) fn spend_message(&mut self, message: &Message, now: Instant) -> Option<Instant> {
        let Some(request) = message.as_request() else {
            if let Some(left) = self.answers.checked_sub(1) {
                self.answers = left;
                return None;
            }
            return self.spend(REQUEST, now);
        };
        let is_of_documents = matches!(request.method, Method::Service | Method::Subscribe);
        self.spend(if is_of_documents { DOCUMENT } else { REQUEST }, now)
    }

    /// Takes what a reading of so many octets costs.
    pub(crate) fn spend_octets(&mut self, octets: usize, now: Instant) -> Option<Instant> {
        self.spend(READING + octets as u64 * UNIT / OCTETS, now)
    }

    /// Takes what a keep-alive costs.
    pub(crate) fn spend_keep_alive(&mut self, now: Instant) -> Option<Instant> {
        self.spend(KEEP_ALIVE, now)
    }

    fn spend(&mut self, cost: u64, now: Instant) -> Option<Instant> {
        let passed =
            i64::try_from(now.saturating_duration_since(self.filled).as_millis()).unwrap_or(i64::MAX);
        if passed > 0 {
            self.left = self.left.saturating_add(passed.saturating_mul(self.rate)).min(self.most);
            self.filled = now;
        }
        self.left = self.left.saturating_sub(cost.cast_signed());
        let owed = u64::try_from(self.left.checked_neg()?).ok().filter(|owed| *owed > 0)?;
        Some(now + Duration::from_millis(owed.div_ceil(self.rate.unsigned_abs())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_answers_are_paid_for_and_no_more() {
        #[expect(clippy::disallowed_methods, reason = "a beginning is needed, and any will do")]
        let mut budget = Budget::new(100, 20, Instant::now());
        for _ in 0..MOST_ANSWERS {
            budget.asked();
        }
        assert_eq!(budget.answers, MOST_ANSWERS);
    }

    #[test]
    fn a_spent_budget_fills_with_time_and_not_above_its_measure() {
        #[expect(clippy::disallowed_methods, reason = "a beginning is needed, and any will do")]
        let now = Instant::now();
        let mut budget = Budget::new(100, 20, now);
        for _ in 0..20 {
            assert_eq!(budget.spend(REQUEST, now), None);
        }
        assert_eq!(budget.spend(REQUEST, now), Some(now + Duration::from_millis(10)));
        let later = now + Duration::from_millis(20);
        assert_eq!(budget.spend(REQUEST, later), None);
        let much_later = now + Duration::from_secs(3600);
        for _ in 0..2 {
            assert_eq!(budget.spend(DOCUMENT, much_later), None);
        }
        assert_eq!(budget.spend(DOCUMENT, much_later), Some(much_later + Duration::from_millis(100)));
    }
}
