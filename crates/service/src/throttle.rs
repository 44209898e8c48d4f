//! Slows down password guessing: who may try to prove what, from where, and when.
//!
//! ```text
//!                          what is counted              free      then                                exempt
//!  account and source      failures of the pair         9         a lock, 30 s doubled up to 1 h      -
//!  source                  failures over all accounts   200 + 5 for each account proved from there    pairs that proved
//!  account                 failures from new sources    100       one try per 30 s doubled to 15 min  pairs that proved
//!  network of the source   what the tables can't hold   100       a lock, as above                    pairs that proved
//! ```
//!
//! Only accounts that exist are kept: for a name that doesn't there is nothing to guess, and the answer is the same. The
//! owner at an address from which they have signed in before is never kept out by what others do elsewhere, and a live
//! session is not asked at all. A company behind one address isn't locked out by one of its own: who has signed in from
//! there is exempt, and each of them raises what the address may get wrong.
//!
//! Counts are kept in bounded memory, on monotonic time, for this node alone; a restart forgets locks and proved sources
//! together. A full table gives up the oldest entries that hold no lock; where all of them do, failures are counted by
//! network, so that nothing that is tried makes a lock forgotten.

mod table;

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rapport_model::UserId;

use table::{Kept, Table};

/// Failures of one account from one source that are allowed before it is locked there.
const FREE_TRIES: u32 = 9;
/// Failures of one source over all accounts that are allowed.
const FREE_TRIES_OF_SOURCE: u32 = 200;
/// How many more a source may have for each account that was proved from there, and up to how many in all.
const MORE_FOR_EACH_PROVED: u32 = 5;
const MOST_TRIES_OF_SOURCE: u32 = 5000;
/// One failure of a source is forgotten in each such time.
const LEAK_OF_SOURCE: Duration = Duration::from_secs(18);
/// Consecutive failures of one account from sources that have not proved it, before it is braked (SP 800-63B-4 §3.2.2).
const FREE_TRIES_OF_ACCOUNT: u32 = 100;
/// The same of a network while the tables are full.
const FREE_TRIES_OF_NETWORK: u32 = 100;
/// Tries with the password before the current one that are not counted, per account and source and hour.
const STALE_TRIES: u32 = 1000;
const STALE_MEMORY: Duration = Duration::from_secs(60 * 60);
/// The first lock; each further failure doubles it.
const FIRST_LOCK: Duration = Duration::from_secs(30);
/// No lock is longer.
const LONGEST_LOCK: Duration = Duration::from_secs(60 * 60);
/// The longest time between two tries at a braked account.
const LONGEST_BRAKE: Duration = Duration::from_secs(15 * 60);
/// Failures are forgotten this long after the last one.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// Entries in each table.
const CAPACITY: usize = 50_000;
/// Sources from which one account has proved itself that are remembered.
const PROVED: usize = 16;
/// Counters of networks; several networks may share one.
const NETWORKS: usize = 4096;

/// What keeps a try from being looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Too many failures of this account from this source.
    AccountAndSource,
    /// Too many failures of this account from sources that have not proved it.
    Account,
    /// Too many failures of this source over all accounts.
    Source,
    /// Too many failures of the source's network, while there is no room to tell its sources apart.
    Network,
}

impl Lock {
    /// Returns the name that metrics and logs use.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AccountAndSource => "account_and_source",
            Self::Account => "account",
            Self::Source => "source",
            Self::Network => "network",
        }
    }
}

/// Remembers who failed to prove what.
#[derive(Debug)]
pub(crate) struct Throttle {
    state: Mutex<State>,
    hasher: RandomState,
}

#[derive(Debug)]
struct State {
    pairs: Table<(UserId, Source), Pair>,
    sources: Table<Source, Failures>,
    accounts: Table<UserId, Failures>,
    proved: Table<UserId, Proved>,
    /// Used only while `pairs` or `sources` is full of locks; empty until then.
    networks: Vec<Failures>,
}

/// An address, or the network that one customer line has to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    V4(u32),
    V6Network(u64),
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    /// Locks since the count began.
    locks: u32,
    /// Accounts that were proved from a source.
    proved: u32,
    last: Instant,
    /// Until when what leaks has been taken off the count.
    leaked: Instant,
    locked_until: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    failures: Failures,
    stale: u32,
    stale_since: Instant,
}

#[derive(Clone, Debug)]
struct Proved {
    /// The one that proved it last is the last.
    sources: VecDeque<Source>,
    last: Instant,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::of(CAPACITY)
    }
}

impl Throttle {
    fn of(capacity: usize) -> Self {
        let state = State {
            pairs: Table::new(capacity),
            sources: Table::new(capacity),
            accounts: Table::new(capacity),
            proved: Table::new(capacity),
            networks: Vec::new(),
        };
        Self { state: Mutex::new(state), hasher: RandomState::new() }
    }

    /// Tells whether this source may try to prove this account now; `None` is an account that doesn't exist. Asked right
    /// before a proof is looked at: a try at a braked account takes the one there is.
    pub(crate) fn admit(&self, account: Option<UserId>, source: IpAddr, now: Instant) -> Result<(), Lock> {
        let source = Source::of(source);
        let network = self.network(source);
        let mut state = self.state();
        let locked = |failures: Option<&Failures>| failures.is_some_and(|f| f.is_held(now));
        if let Some(account) = account {
            if state.pairs.find(&(account, source)).is_some_and(|pair| pair.is_held(now)) {
                return Err(Lock::AccountAndSource);
            }
            if state.proved.find(&account).is_some_and(|proved| proved.sources.contains(&source)) {
                return Ok(());
            }
        }
        if locked(state.sources.find(&source)) {
            return Err(Lock::Source);
        }
        if locked(state.networks.get(network)) {
            return Err(Lock::Network);
        }
        let Some(braked) = account.and_then(|account| state.accounts.find_mut(&account)) else {
            return Ok(());
        };
        if braked.is_held(now) {
            return Err(Lock::Account);
        }
        if braked.count >= FREE_TRIES_OF_ACCOUNT && !braked.is_over(now) {
            braked.lock(now, LONGEST_BRAKE);
        }
        Ok(())
    }

    /// Counts a failed proof; returns a lock that it brought about.
    pub(crate) fn failed(&self, account: Option<UserId>, source: IpAddr, now: Instant) -> Option<Lock> {
        let source = Source::of(source);
        let network = self.network(source);
        let mut state = self.state();
        let State { pairs, sources, accounts, proved, networks } = &mut *state;
        let mut lock = None;
        let mut has_room = true;
        match sources.enter(source, now, || Failures::new(now)) {
            Some(failures) => {
                failures.leak(now);
                let more = failures.proved.saturating_mul(MORE_FOR_EACH_PROVED);
                let free = FREE_TRIES_OF_SOURCE.saturating_add(more).min(MOST_TRIES_OF_SOURCE);
                if failures.add(now, free, LONGEST_LOCK) {
                    lock = Some(Lock::Source);
                }
            }
            None => has_room = false,
        }
        if let Some(account) = account {
            let is_proved = proved.find(&account).is_some_and(|proved| proved.sources.contains(&source));
            if !is_proved && let Some(failures) = accounts.enter(account, now, || Failures::new(now)) {
                failures.forget_old(now);
                failures.count = failures.count.saturating_add(1);
                failures.last = now;
                // From here on `admit` gives out single tries.
                if failures.count == FREE_TRIES_OF_ACCOUNT {
                    failures.lock(now, LONGEST_BRAKE);
                    lock = Some(Lock::Account);
                }
            }
            match pairs.enter((account, source), now, || Pair::new(now)) {
                Some(pair) => {
                    pair.failures.forget_old(now);
                    if pair.failures.add(now, FREE_TRIES, LONGEST_LOCK) {
                        lock = Some(Lock::AccountAndSource);
                    }
                }
                None => has_room = false,
            }
        }
        if !has_room {
            if networks.is_empty() {
                networks.resize(NETWORKS, Failures::new(now));
            }
            if let Some(failures) = networks.get_mut(network) {
                failures.forget_old(now);
                if failures.add(now, FREE_TRIES_OF_NETWORK, LONGEST_LOCK) {
                    lock = Some(Lock::Network);
                }
            }
        }
        lock
    }

    /// Takes note of a try with the password before the current one: an endpoint that has not heard of the change. It is
    /// no guess unless there are very many.
    pub(crate) fn stale(&self, account: UserId, source: IpAddr, now: Instant) -> Option<Lock> {
        let is_too_many = {
            let mut state = self.state();
            let pair = state.pairs.enter((account, Source::of(source)), now, || Pair::new(now))?;
            if now.saturating_duration_since(pair.stale_since) > STALE_MEMORY {
                (pair.stale, pair.stale_since) = (0, now);
            }
            pair.stale = pair.stale.saturating_add(1);
            pair.stale > STALE_TRIES
        };
        if is_too_many { self.failed(Some(account), source, now) } else { None }
    }

    /// Forgets the failures of an account from a source that has proved it, and remembers the source.
    pub(crate) fn succeeded(&self, account: UserId, source: IpAddr, now: Instant) {
        let source = Source::of(source);
        let mut state = self.state();
        state.pairs.remove(&(account, source));
        let new = || Proved { sources: VecDeque::new(), last: now };
        let Some(proved) = state.proved.enter(account, now, new) else { return };
        proved.last = now;
        let known = proved.sources.iter().position(|known| *known == source);
        if let Some(at) = known {
            proved.sources.remove(at);
        } else if proved.sources.len() >= PROVED {
            proved.sources.pop_front();
        }
        proved.sources.push_back(source);
        if known.is_none() {
            // What failed meanwhile came before a proof from a place that nobody could have foreseen.
            state.accounts.remove(&account);
            if let Some(failures) = state.sources.enter(source, now, || Failures::new(now)) {
                failures.proved = failures.proved.saturating_add(1);
            }
        }
    }

    /// Forgets the failures of an account from everywhere: an administrator unlocked it.
    pub(crate) fn unlock(&self, account: UserId) {
        let mut state = self.state();
        state.pairs.remove_where(|(of, _)| *of == account);
        state.accounts.remove(&account);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which counter belongs to the network of a source; nobody outside can choose two that share one.
    fn network(&self, source: Source) -> usize {
        let network = match source {
            Source::V4(address) => Source::V4(address & 0xffff_ff00),
            Source::V6Network(network) => Source::V6Network(network & 0xffff_ffff_ffff_0000),
        };
        usize::try_from(self.hasher.hash_one(network) % NETWORKS as u64).unwrap_or(0)
    }
}

impl Source {
    /// An IPv6 customer has a /64 to choose from: it counts as one source.
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::V4(v4.to_bits()),
            // The upper half of the address: a shift of 128 bits by 64 always fits.
            IpAddr::V6(v6) => Self::V6Network((v6.to_bits() >> 64) as u64),
        }
    }
}

impl Failures {
    const fn new(now: Instant) -> Self {
        Self { count: 0, locks: 0, proved: 0, last: now, leaked: now, locked_until: None }
    }

    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) > MEMORY
    }

    fn forget_old(&mut self, now: Instant) {
        if self.is_over(now) {
            *self = Self::new(now);
        }
    }

    /// Forgets as many failures as have leaked meanwhile, however often it is asked.
    fn leak(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.leaked).as_secs() / LEAK_OF_SOURCE.as_secs();
        let leaked = u32::try_from(passed).unwrap_or(u32::MAX);
        self.count = self.count.saturating_sub(leaked);
        self.leaked += LEAK_OF_SOURCE.saturating_mul(leaked);
        if self.count == 0 {
            (self.locks, self.leaked) = (0, now);
        }
    }

    /// Counts one more; true when that is one too many and there is a lock now.
    fn add(&mut self, now: Instant, free: u32, longest: Duration) -> bool {
        self.count = self.count.saturating_add(1);
        self.last = now;
        let is_too_many = self.count > free;
        if is_too_many {
            self.lock(now, longest);
        }
        is_too_many
    }

    fn lock(&mut self, now: Instant, longest: Duration) {
        let lock = FIRST_LOCK.saturating_mul(1 << self.locks.min(16)).min(longest);
        self.locks = self.locks.saturating_add(1);
        self.locked_until = Some(now + lock);
    }
}

impl Pair {
    const fn new(now: Instant) -> Self {
        Self { failures: Failures::new(now), stale: 0, stale_since: now }
    }
}

impl Kept for Failures {
    fn last(&self) -> Instant {
        self.last
    }

    fn is_held(&self, now: Instant) -> bool {
        self.locked_until.is_some_and(|until| now < until)
    }
}

impl Kept for Pair {
    fn last(&self) -> Instant {
        self.failures.last
    }

    fn is_held(&self, now: Instant) -> bool {
        self.failures.is_held(now)
    }
}

impl Kept for Proved {
    fn last(&self) -> Instant {
        self.last
    }

    fn is_held(&self, _now: Instant) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
