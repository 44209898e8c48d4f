//! How many connections there may be, in all and from one address.
//!
//! An IPv6 address counts with its whole /64, which one customer line has to itself; an IPv4 address that comes in
//! through an IPv6 socket counts as the IPv4 address that it is.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What one connection may take, and all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long the first bytes after the handshake may take, where they tell the protocol.
    pub first_bytes: Duration,
    /// Connections at once from one address.
    pub per_address: u32,
    /// Connections at once in all.
    pub total: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            first_bytes: Duration::from_secs(10),
            per_address: 1000,
            total: 100_000,
        }
    }
}

/// Why a connection is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Address,
    Total,
}

/// Counts the connections of every address.
#[derive(Debug)]
pub(crate) struct Book {
    per_address: u32,
    total: u32,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: u32,
    by_source: HashMap<Source, u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    V4(u32),
    V6Network(u64),
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
            total: bounds.total,
            counts: Mutex::new(Counts::default()),
        })
    }

    /// Lets one more connection in from that address, if the bounds allow it.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<ConnectionPermit, Full> {
        let source = Source::of(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.total >= self.total {
            return Err(Full::Total);
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
    fn of(address: IpAddr) -> Self {
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
        Book::new(&Bounds { per_address, total, ..Bounds::default() })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address of the test")
    }

    #[test]
    fn an_address_may_have_so_many_connections_and_gets_places_back() {
        let book = book(2, 10);
        let first = book.admit(ip("192.0.2.1")).expect("the first fits");
        let _second = book.admit(ip("192.0.2.1")).expect("the second fits");
        assert_eq!(book.admit(ip("192.0.2.1")).err(), Some(Full::Address));
        assert_eq!(book.admit(ip("::ffff:192.0.2.1")).err(), Some(Full::Address), "the same address");
        let _other = book.admit(ip("192.0.2.2")).expect("another address is not concerned");
        drop(first);
        assert!(book.admit(ip("192.0.2.1")).is_ok());
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let book = book(1, 10);
        let _one = book.admit(ip("2001:db8:0:1::1")).expect("the first fits");
        assert_eq!(book.admit(ip("2001:db8:0:1:ffff::2")).err(), Some(Full::Address));
        assert!(book.admit(ip("2001:db8:0:2::1")).is_ok());
    }

    #[test]
    fn all_addresses_together_have_a_bound_and_leave_nothing_behind() {
        let book = book(5, 2);
        let permits = [book.admit(ip("192.0.2.1")), book.admit(ip("192.0.2.2"))];
        assert_eq!(book.admit(ip("192.0.2.3")).err(), Some(Full::Total));
        drop(permits);
        assert_eq!(book.total(), 0);
        assert!(book.counts.lock().expect("not poisoned").by_source.is_empty());
    }
}
