//! How many connections there may be, in all and from one address.
//!
//! An IPv6 address counts with its whole /64, which one customer line has to itself; an IPv4 address that comes in
//! through an IPv6 socket counts as the IPv4 address that it is.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::turned_away::TurnedAway;

/// What one connection may take, and all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long the first bytes after the handshake may take, where they tell the protocol.
    pub first_bytes: Duration,
    /// Connections at once from one address.
    pub per_address: u32,
    /// New connections a second from one address, for long; `per_address` of them may come at once.
    pub rate_per_address: u32,
    /// Connections at once in all.
    pub total: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            first_bytes: Duration::from_secs(10),
            per_address: 1000,
            rate_per_address: 100,
            total: 100_000,
        }
    }
}

/// Why a connection is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Address,
    Rate,
    Total,
}

/// Counts the connections of every address.
#[derive(Debug)]
pub(crate) struct Book {
    per_address: u32,
    rate_per_address: u32,
    total: u32,
    counts: Mutex<Counts>,
    turned_away: TurnedAway,
}

#[derive(Debug, Default)]
struct Counts {
    total: u32,
    by_source: HashMap<Source, u32>,
    arrivals: Arrivals,
}

/// An address as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    V4(u32),
    V6Network(u64),
}

/// How many connections came from each address lately: each has an allowance that fills with time.
#[derive(Debug, Default)]
struct Arrivals {
    by_source: HashMap<Source, Allowance>,
    /// As many addresses as there may be before those with a full allowance are forgotten.
    prune_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Allowance {
    spent: f64,
    since: Instant,
}

/// Addresses of which arrivals are remembered at least before any is forgotten, and at most.
const REMEMBERED: (usize, usize) = (1024, 100_000);

impl Arrivals {
    /// Takes one connection from the allowance of its address; false when that is spent.
    fn take(&mut self, source: Source, now: Instant, rate: u32, burst: u32) -> bool {
        let spent = |allowance: &Allowance| {
            let filled = now.saturating_duration_since(allowance.since).as_secs_f64() * f64::from(rate);
            (allowance.spent - filled).max(0.0)
        };
        if self.by_source.len() >= self.prune_at.max(REMEMBERED.0) && !self.by_source.contains_key(&source) {
            self.by_source.retain(|_, allowance| spent(allowance) > 0.0);
            self.prune_at = self.by_source.len() * 2;
            if self.by_source.len() >= REMEMBERED.1 {
                // So many addresses at once are bounded by the total alone.
                return true;
            }
        }
        let allowance = self.by_source.entry(source).or_insert(Allowance { spent: 0.0, since: now });
        *allowance = Allowance { spent: spent(allowance), since: now };
        let fits = allowance.spent + 1.0 <= f64::from(burst.max(1));
        if fits {
            allowance.spent += 1.0;
        }
        fits
    }
}

/// Counts for one connection as long as it lives.
#[derive(Debug)]
pub struct ConnectionPermit {
    book: Arc<Book>,
    source: Source,
}

impl Book {
    pub(crate) fn new(bounds: &Bounds) -> Arc<Self> {
        Arc::new(Self {
            per_address: bounds.per_address,
            rate_per_address: bounds.rate_per_address,
            total: bounds.total,
            counts: Mutex::new(Counts::default()),
            turned_away: TurnedAway::default(),
        })
    }

    /// Lets one more connection in from that address, if the bounds allow it.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr, now: Instant) -> Result<ConnectionPermit, Full> {
        let source = Source::of(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.total >= self.total {
            return Err(Full::Total);
        }
        if !counts.arrivals.take(
            source,
            now,
            self.rate_per_address,
            self.per_address.max(self.rate_per_address),
        ) {
            return Err(Full::Rate);
        }
        let count = counts.by_source.entry(source).or_insert(0);
        if *count >= self.per_address {
            return Err(Full::Address);
        }
        *count += 1;
        counts.total += 1;
        metrics::gauge!("rapport_edge_connections").increment(1.0);
        Ok(ConnectionPermit { book: self.clone(), source })
    }

    /// Notes that a connection was not let in.
    pub(crate) fn turn_away(&self, address: IpAddr, full: Full, now: Instant) {
        self.turned_away.note(address, full, now);
    }

    /// Returns how many connections there are.
    pub(crate) fn total(&self) -> u32 {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).total
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut counts = self.book.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total = counts.total.saturating_sub(1);
        metrics::gauge!("rapport_edge_connections").decrement(1.0);
        if let Some(count) = counts.by_source.get_mut(&self.source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.by_source.remove(&self.source);
            }
        }
    }
}

impl Source {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::V4(v4.to_bits()),
            // The upper half of the address: a shift of 128 bits by 64 always fits.
            IpAddr::V6(v6) => Self::V6Network((v6.to_bits() >> 64) as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(per_address: u32, total: u32) -> Arc<Book> {
        Book::new(&Bounds { per_address, total, rate_per_address: 1000, ..Bounds::default() })
    }

    #[test]
    fn an_address_that_comes_and_goes_is_slowed_down_and_no_other() {
        let book = Book::new(&Bounds { per_address: 50, rate_per_address: 10, ..Bounds::default() });
        let begun = Instant::now();
        let come_and_go = |address: &str, now| book.admit(ip(address), now).map(drop);
        for _ in 0..50 {
            assert!(come_and_go("192.0.2.1", begun).is_ok());
        }
        assert_eq!(come_and_go("192.0.2.1", begun), Err(Full::Rate));
        assert_eq!(come_and_go("192.0.2.2", begun), Ok(()));
        let later = begun + Duration::from_secs(1);
        let admitted = (0..50).filter(|_| come_and_go("192.0.2.1", later).is_ok()).count();
        assert_eq!(admitted, 10);
    }

    #[test]
    fn addresses_that_have_gone_take_no_memory() {
        let book = Book::new(&Bounds::default());
        let begun = Instant::now();
        for number in 0..10_000u32 {
            let address = IpAddr::V4(std::net::Ipv4Addr::from_bits(number));
            drop(book.admit(address, begun + Duration::from_millis(number.into())));
        }
        assert!(book.counts.lock().expect("not poisoned").arrivals.by_source.len() <= 2 * REMEMBERED.0);
    }

    fn now() -> Instant {
        Instant::now()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address of the test")
    }

    #[test]
    fn an_address_may_have_so_many_connections_and_gets_places_back() {
        let book = book(2, 10);
        let first = book.admit(ip("192.0.2.1"), now()).expect("the first fits");
        let _second = book.admit(ip("192.0.2.1"), now()).expect("the second fits");
        assert_eq!(book.admit(ip("192.0.2.1"), now()).err(), Some(Full::Address));
        assert_eq!(book.admit(ip("::ffff:192.0.2.1"), now()).err(), Some(Full::Address), "the same address");
        let _other = book.admit(ip("192.0.2.2"), now()).expect("another address is not concerned");
        drop(first);
        assert!(book.admit(ip("192.0.2.1"), now()).is_ok());
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let book = book(1, 10);
        let _one = book.admit(ip("2001:db8:0:1::1"), now()).expect("the first fits");
        assert_eq!(book.admit(ip("2001:db8:0:1:ffff::2"), now()).err(), Some(Full::Address));
        assert!(book.admit(ip("2001:db8:0:2::1"), now()).is_ok());
    }

    #[test]
    fn all_addresses_together_have_a_bound_and_leave_nothing_behind() {
        let book = book(5, 2);
        let permits = [book.admit(ip("192.0.2.1"), now()), book.admit(ip("192.0.2.2"), now())];
        assert_eq!(book.admit(ip("192.0.2.3"), now()).err(), Some(Full::Total));
        drop(permits);
        assert_eq!(book.total(), 0);
        assert!(book.counts.lock().expect("not poisoned").by_source.is_empty());
    }
}
