//! Connections that were not let in: each is counted, and of each source and bound a line is written once in a while. A
//! flood must not fill the disk, be it from one address or from as many as there are.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::bounds::{Full, Source};

/// How long nothing more is written of a source and a bound.
const QUIET: Duration = Duration::from_secs(60);
/// Sources and bounds of which something is written in that time.
const MOST: usize = 50;

/// Counts and writes.
#[derive(Debug, Default)]
pub(crate) struct TurnedAway(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    written: HashMap<(Source, &'static str), Instant>,
    unwritten: u64,
}

impl TurnedAway {
    /// Notes that a connection was turned away.
    pub(crate) fn note(&self, address: IpAddr, full: Full, now: Instant) {
        let bound = match full {
            Full::Address => "address",
            Full::Rate => "rate",
            Full::Total => "total",
        };
        metrics::counter!("rapport_edge_connections_refused_total", "bound" => bound).increment(1);
        if let Some(unwritten) = self.take_line(address, bound, now) {
            tracing::warn!(source = %address, bound, unwritten, "connections are turned away: there are too many");
        }
    }

    /// Takes a line if there is one to be had, and returns of how many connections none was written since the last.
    fn take_line(&self, address: IpAddr, bound: &'static str, now: Instant) -> Option<u64> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let what = (Source::of(address), bound);
        let is_quiet = |at: &Instant| now.saturating_duration_since(*at) < QUIET;
        if lines.written.len() >= MOST && !lines.written.contains_key(&what) {
            lines.written.retain(|_, at| is_quiet(at));
        }
        let is_full = lines.written.len() >= MOST;
        if lines.written.get(&what).map_or(is_full, is_quiet) {
            lines.unwritten += 1;
            return None;
        }
        lines.written.insert(what, now);
        Some(std::mem::take(&mut lines.unwritten))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(number: u32) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::from_bits(0xc000_0200 + number))
    }

    #[test]
    fn of_a_source_and_a_bound_a_line_is_written_once_a_minute_and_it_says_how_many_are_missing() {
        let (lines, now) = (TurnedAway::default(), Instant::now());
        assert_eq!(lines.take_line(ip(1), "rate", now), Some(0));
        assert_eq!((0..1000).filter(|_| lines.take_line(ip(1), "rate", now).is_some()).count(), 0);
        // Another bound, and another source, has its own.
        assert_eq!(lines.take_line(ip(1), "address", now), Some(1000));
        assert_eq!(lines.take_line(ip(2), "rate", now), Some(0));
        let almost = now + QUIET - Duration::from_millis(1);
        assert_eq!(lines.take_line(ip(1), "rate", almost), None);
        assert_eq!(lines.take_line(ip(1), "rate", now + QUIET), Some(1));
        assert_eq!(lines.take_line(ip(1), "rate", now + QUIET), None, "from then on");
    }

    #[test]
    fn a_flood_from_everywhere_writes_few_lines_and_takes_little_memory() {
        let (lines, now) = (TurnedAway::default(), Instant::now());
        let flood = |now| (0..10_000).filter(|n| lines.take_line(ip(*n), "total", now).is_some()).count();
        assert_eq!(flood(now), MOST);
        assert_eq!(flood(now + QUIET / 2), 0);
        // Those of before make room.
        assert_eq!(lines.take_line(ip(77), "rate", now + QUIET), Some(19_950));
        assert!(lines.0.lock().expect("not poisoned").written.len() <= MOST);
    }
}
