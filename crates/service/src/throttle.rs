//! Slows down password guessing: per claimed account and source, and per source alone.
//!
//! The key is what was claimed, not what exists, so a stranger learns nothing from it; the owner at another address
//! gets in; a live session is never touched. Counts are kept in bounded memory and on monotonic time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Failures of one claimed account from one source that are allowed before it is locked there.
const FREE_TRIES: u32 = 9;
/// Failures of one source over all accounts before it is locked.
const FREE_TRIES_OF_SOURCE: u32 = 200;
/// The first lock; each further failure doubles it.
const FIRST_LOCK: Duration = Duration::from_secs(30);
/// No lock is longer.
const LONGEST_LOCK: Duration = Duration::from_secs(15 * 60);
/// Failures are forgotten this long after the last one.
const MEMORY: Duration = Duration::from_secs(60 * 60);
/// Entries kept; the oldest are forgotten first.
const CAPACITY: usize = 100_000;

/// Remembers failed proofs.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    failures: Mutex<HashMap<Key, Failures>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(Box<str>, IpAddr),
    Source(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Instant,
    locked_until: Option<Instant>,
}

impl Throttle {
    /// Tells whether this source must not prove anything for this account now.
    pub(crate) fn is_locked(&self, account: &str, source: IpAddr, now: Instant) -> bool {
        let failures = self.entries();
        [account_key(account, source), Key::Source(network(source))]
            .iter()
            .any(|key| failures.get(key).and_then(|f| f.locked_until).is_some_and(|until| now < until))
    }

    /// Counts a failed proof.
    pub(crate) fn failed(&self, account: &str, source: IpAddr, now: Instant) {
        let mut failures = self.entries();
        if failures.len() >= CAPACITY {
            forget_old(&mut failures, now);
        }
        for (key, free) in
            [(account_key(account, source), FREE_TRIES), (Key::Source(network(source)), FREE_TRIES_OF_SOURCE)]
        {
            let entry = failures.entry(key).or_insert(Failures { count: 0, last: now, locked_until: None });
            if now.saturating_duration_since(entry.last) > MEMORY {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            entry.last = now;
            if entry.count > free {
                let doublings = (entry.count - free - 1).min(16);
                let lock = FIRST_LOCK.saturating_mul(1 << doublings).min(LONGEST_LOCK);
                entry.locked_until = Some(now + lock);
            }
        }
    }

    /// Forgets the failures of an account from a source that has proved itself.
    pub(crate) fn succeeded(&self, account: &str, source: IpAddr) {
        self.entries().remove(&account_key(account, source));
    }

    /// Forgets the failures of an account from everywhere: an administrator unlocked it.
    pub(crate) fn unlock(&self, account: &str) {
        self.entries().retain(|key, _| !matches!(key, Key::Account(name, _) if **name == *account));
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Failures>> {
        self.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn account_key(account: &str, source: IpAddr) -> Key {
    Key::Account(account.into(), network(source))
}

/// An IPv6 customer has a /64 to choose from: it counts as one source.
fn network(source: IpAddr) -> IpAddr {
    match source {
        IpAddr::V4(_) => source,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => IpAddr::V4(mapped),
            None => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
        },
    }
}

fn forget_old(failures: &mut HashMap<Key, Failures>, now: Instant) {
    failures.retain(|_, f| f.locked_until.is_some_and(|until| now < until));
    if failures.len() >= CAPACITY {
        failures.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
        Instant::now()
    }

    #[test]
    fn guessing_is_locked_after_ten_tries_from_that_source_alone() {
        let (throttle, now) = (Throttle::default(), start());
        let guesser = IpAddr::from([192, 0, 2, 1]);
        let owner = IpAddr::from([192, 0, 2, 2]);
        for _ in 0..10 {
            assert!(!throttle.is_locked("t1/ana", guesser, now));
            throttle.failed("t1/ana", guesser, now);
        }
        assert!(throttle.is_locked("t1/ana", guesser, now));
        assert!(!throttle.is_locked("t1/ana", owner, now));
        assert!(!throttle.is_locked("t1/ben", guesser, now));
        assert!(!throttle.is_locked("t1/ana", guesser, now + FIRST_LOCK));
    }

    #[test]
    fn a_lock_grows_and_an_administrator_lifts_it() {
        let (throttle, now) = (Throttle::default(), start());
        let source = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..12 {
            throttle.failed("t1/ana", source, now);
        }
        assert!(throttle.is_locked("t1/ana", source, now + FIRST_LOCK * 3));
        throttle.unlock("t1/ana");
        assert!(!throttle.is_locked("t1/ana", source, now));
    }

    #[test]
    fn a_proof_clears_the_count() {
        let (throttle, now) = (Throttle::default(), start());
        let source = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..9 {
            throttle.failed("t1/ana", source, now);
        }
        throttle.succeeded("t1/ana", source);
        throttle.failed("t1/ana", source, now);
        assert!(!throttle.is_locked("t1/ana", source, now));
    }

    #[test]
    fn a_network_of_ipv6_addresses_is_one_source() {
        let (throttle, now) = (Throttle::default(), start());
        for host in 0..10u16 {
            throttle.failed("t1/ana", IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, host]), now);
        }
        assert!(throttle.is_locked("t1/ana", IpAddr::from([0x2001, 0xdb8, 0, 0, 9, 9, 9, 9]), now));
    }
}
