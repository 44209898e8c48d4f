//! What this node does, per company, and what took it longest: for an operator who looks at it right now.
//!
//! Counts only grow and are read without a lock on the message path; rates are the reader's subtraction. What has to be
//! kept over time is Prometheus' business, which gets sums over all companies.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use rapport_model::TenantId;

/// Slow requests that are remembered.
const REMEMBERED: usize = 10;
/// How long one is remembered.
const MEMORY: Duration = Duration::from_secs(5 * 60);

/// The meters of this node.
#[derive(Debug, Default)]
pub struct Meters {
    companies: ArcSwap<HashMap<TenantId, Arc<CompanyMeter>>>,
    slowest: Slowest,
}

/// What one company does on this node.
#[derive(Debug, Default)]
pub struct CompanyMeter {
    endpoints: AtomicI64,
    messages: AtomicU64,
    notifications: AtomicU64,
    publications: AtomicU64,
    sign_ins: AtomicU64,
}

/// What one company has done since this node started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Programs that are signed in now.
    pub endpoints: u64,
    /// Requests that were routed to other clients.
    pub messages: u64,
    /// Changes of presence that were told to sessions.
    pub notifications: u64,
    /// Publications that were accepted.
    pub publications: u64,
    /// Sign-ins that were proven.
    pub sign_ins: u64,
}

/// A request that took long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slow {
    /// Its method.
    pub what: Box<str>,
    /// The company of who asked.
    pub tenant: TenantId,
    /// How long it took to serve, the waiting for other clients left out.
    pub took: Duration,
    /// When it was done.
    pub at: Instant,
}

#[derive(Debug, Default)]
struct Slowest {
    /// Microseconds that a request must have taken to be looked at.
    floor: AtomicU64,
    slow: Mutex<Vec<Slow>>,
}

impl Meters {
    /// Counts something of a company.
    pub(crate) fn count(&self, tenant: TenantId, count: impl FnOnce(&CompanyMeter)) {
        if let Some(meter) = self.companies.load().get(&tenant) {
            return count(meter);
        }
        let new = Arc::new(CompanyMeter::default());
        self.companies.rcu(|companies| {
            let mut companies = HashMap::clone(companies);
            companies.entry(tenant).or_insert_with(|| new.clone());
            companies
        });
        if let Some(meter) = self.companies.load().get(&tenant) {
            count(meter);
        }
    }

    /// Counts a request that was served: remembers it when it is among the slowest of late.
    pub fn served(&self, what: &str, tenant: TenantId, took: Duration, now: Instant) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if micros <= self.slowest.floor.load(Ordering::Relaxed) {
            return;
        }
        let mut slow = self.slowest.slow.lock().unwrap_or_else(PoisonError::into_inner);
        slow.push(Slow { what: what.into(), tenant, took, at: now });
        self.slowest.keep(&mut slow, now);
    }

    /// Returns what every company has done.
    pub fn counts(&self) -> BTreeMap<TenantId, Counts> {
        self.companies.load().iter().map(|(tenant, meter)| (*tenant, meter.counts())).collect()
    }

    /// Returns the slowest requests of the last minutes, the slowest first.
    pub fn slowest(&self, now: Instant) -> Vec<Slow> {
        let mut slow = self.slowest.slow.lock().unwrap_or_else(PoisonError::into_inner);
        self.slowest.keep(&mut slow, now);
        slow.clone()
    }
}

impl Slowest {
    /// Forgets what is too old or not slow enough, and says what a request must take from now on.
    fn keep(&self, slow: &mut Vec<Slow>, now: Instant) {
        slow.retain(|one| now.saturating_duration_since(one.at) < MEMORY);
        slow.sort_by_key(|one| std::cmp::Reverse(one.took));
        slow.truncate(REMEMBERED);
        let floor = slow.get(REMEMBERED - 1).map_or(0, |least| least.took.as_micros());
        self.floor.store(u64::try_from(floor).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl CompanyMeter {
    pub(crate) fn endpoint_came(&self) {
        self.endpoints.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn endpoint_went(&self) {
        self.endpoints.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn routed(&self) {
        self.messages.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn notified(&self, sessions: u64) {
        self.notifications.fetch_add(sessions, Ordering::Relaxed);
    }

    pub(crate) fn published(&self, publications: u64) {
        self.publications.fetch_add(publications, Ordering::Relaxed);
    }

    pub(crate) fn signed_in(&self) {
        self.sign_ins.fetch_add(1, Ordering::Relaxed);
    }

    fn counts(&self) -> Counts {
        Counts {
            endpoints: u64::try_from(self.endpoints.load(Ordering::Relaxed)).unwrap_or(0),
            messages: self.messages.load(Ordering::Relaxed),
            notifications: self.notifications.load(Ordering::Relaxed),
            publications: self.publications.load(Ordering::Relaxed),
            sign_ins: self.sign_ins.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: TenantId = TenantId(1);
    const TWO: TenantId = TenantId(2);

    fn start() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
        Instant::now()
    }

    #[test]
    fn every_company_is_counted_apart() {
        let meters = Meters::default();
        meters.count(ONE, CompanyMeter::routed);
        meters.count(ONE, CompanyMeter::endpoint_came);
        meters.count(TWO, |company| company.notified(3));
        meters.count(TWO, CompanyMeter::endpoint_came);
        meters.count(TWO, CompanyMeter::endpoint_went);
        let counts = meters.counts();
        assert_eq!(counts[&ONE], Counts { endpoints: 1, messages: 1, ..Counts::default() });
        assert_eq!(counts[&TWO], Counts { notifications: 3, ..Counts::default() });
    }

    #[test]
    fn the_slowest_of_late_are_remembered_and_no_more_than_ten() {
        let (meters, now) = (Meters::default(), start());
        for took in 0..100 {
            meters.served("MESSAGE", ONE, Duration::from_millis(took), now);
        }
        let slowest = meters.slowest(now);
        assert_eq!(slowest.len(), REMEMBERED);
        assert_eq!(slowest.first().map(|slow| slow.took), Some(Duration::from_millis(99)));
        assert_eq!(slowest.last().map(|slow| slow.took), Some(Duration::from_millis(90)));
        // What was slow long ago makes no room for what is slow now.
        let later = now + MEMORY;
        assert_eq!(meters.slowest(later), []);
        meters.served("SUBSCRIBE", TWO, Duration::from_millis(1), later);
        assert_eq!(meters.slowest(later).len(), 1);
    }
}
