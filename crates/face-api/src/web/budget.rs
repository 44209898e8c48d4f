//! How much one session may ask for, and one stranger: a budget that fills with time and that every request takes from.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Requests a second, for long.
const PER_SECOND: u32 = 20;
/// Requests that may follow at once.
const BURST: u32 = 200;
/// Those who are remembered before those with a full budget are forgotten.
const REMEMBERED: usize = 1024;

/// Counts that somebody met a bound, by its name.
pub(crate) fn met(bound: &'static str) {
    metrics::counter!("rapport_web_bounds_met_total", "bound" => bound).increment(1);
}

/// The budgets of all who ask this node.
#[derive(Debug)]
pub(crate) struct Budgets<K>(Mutex<HashMap<K, Budget>>);

impl<K> Default for Budgets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// A network address as a budget counts it: an IPv6 customer has a /64 to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source(u128);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(v4.to_bits().into()),
            IpAddr::V6(v6) => Self(v6.to_bits() & !u128::from(u64::MAX)),
        }
    }
}

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

impl<K: Eq + Hash> Budgets<K> {
    /// Tells whether somebody has asked for something of late.
    pub(crate) fn knows(&self, who: &K) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(who)
    }

    /// Tells whether a budget is spent.
    ///
    /// # Errors
    /// How long to wait, when it is.
    pub(crate) fn look(&self, who: &K, now: Instant) -> Result<(), Duration> {
        let budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match budgets.get(who) {
            Some(budget) if budget.left_over(now) + 1.0 > f64::from(BURST) => Err(Duration::from_secs(1)),
            Some(_) | None => Ok(()),
        }
    }

    /// Takes one request from a budget.
    ///
    /// # Errors
    /// How long to wait, when it is spent.
    pub(crate) fn take(&self, who: K, now: Instant) -> Result<(), Duration> {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if budgets.len() >= REMEMBERED && !budgets.contains_key(&who) {
            budgets.retain(|_, budget| budget.left_over(now) > 0.0);
        }
        let budget = budgets.entry(who).or_insert(Budget { spent: 0.0, since: now });
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
        let (budgets, one, two) = (Budgets::default(), 1, 2);
        let taken = (0..1000).filter(|_| budgets.take(one, now).is_ok()).count();
        assert_eq!(taken, BURST as usize);
        assert_eq!((budgets.look(&one, now), budgets.take(two, now)), (Err(Duration::from_secs(1)), Ok(())));
        let later = now + Duration::from_secs(2);
        let taken = (0..1000).filter(|_| budgets.take(one, later).is_ok()).count();
        assert_eq!(taken, 2 * PER_SECOND as usize);
    }

    #[test]
    fn a_customer_s_ipv6_network_is_one_source() {
        let source = |text: &str| Source::from(text.parse::<IpAddr>().expect("an address"));
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:1"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
        assert_eq!(source("192.0.2.1"), source("::ffff:192.0.2.1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
    }
}
