//! How much one session may ask for: a budget that fills with time and that every request takes from.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rapport_service::web_sessions::WebSessionHash;

/// Requests a second, for long.
const PER_SECOND: u32 = 20;
/// Requests that may follow at once.
const BURST: u32 = 200;
/// Sessions that are remembered before those with a full budget are forgotten.
const REMEMBERED: usize = 1024;

/// The budgets of all sessions of this node.
#[derive(Debug, Default)]
pub(crate) struct Budgets(Mutex<HashMap<WebSessionHash, Budget>>);

#[derive(Clone, Copy, Debug)]
struct Budget {
    spent: f64,
    since: Instant,
}

impl Budget {
    fn left_over(&self, now: Instant) -> f64 {
        let filled = now.saturating_duration_since(self.since).as_secs_f64() * f64::from(PER_SECOND);
        (self.spent - filled).max(0.0)
    }
}

impl Budgets {
    /// Takes one request from a session's budget.
    ///
    /// # Errors
    /// How long to wait, when it is spent.
    pub(crate) fn take(&self, session: WebSessionHash, now: Instant) -> Result<(), Duration> {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if budgets.len() >= REMEMBERED && !budgets.contains_key(&session) {
            budgets.retain(|_, budget| budget.left_over(now) > 0.0);
        }
        let budget = budgets.entry(session).or_insert(Budget { spent: 0.0, since: now });
        *budget = Budget { spent: budget.left_over(now), since: now };
        if budget.spent + 1.0 > f64::from(BURST) {
            return Err(Duration::from_secs(1));
        }
        budget.spent += 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_budget_fills_with_time_and_is_one_session_s_alone() {
        #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
        let now = Instant::now();
        let (budgets, one, two) = (Budgets::default(), WebSessionHash([1; 32]), WebSessionHash([2; 32]));
        let taken = (0..1000).filter(|_| budgets.take(one, now).is_ok()).count();
        assert_eq!(taken, BURST as usize);
        assert_eq!(budgets.take(two, now), Ok(()));
        let later = now + Duration::from_secs(2);
        let taken = (0..1000).filter(|_| budgets.take(one, later).is_ok()).count();
        assert_eq!(taken, 2 * PER_SECOND as usize);
    }
}
