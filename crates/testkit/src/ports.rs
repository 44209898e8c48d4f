//! Ports for programs that have to be told which one: they stay those of the test that took them, whether anybody listens
//! there already, still, or for a moment not.
//!
//! A port that the system chose and that was let go again is the next one's who asks: of another test, or of a connection
//! that somebody opens. These are below all that the system chooses from, and each is held under a name that the kernel
//! takes back when the process ends.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};

/// The first port that is tried, and how many there are; the system chooses from 32768 on.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// What holds the ports of this process until it ends.
static HELD: Mutex<Vec<UnixDatagram>> = Mutex::new(Vec::new());

/// Takes a port of loopback that is free for TCP and for UDP, and nobody else's until this process ends.
///
/// # Panics
/// When none is left.
pub fn take() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Processes begin at different places, so that they seldom ask for the same one.
    let begin = std::process::id().wrapping_mul(37);
    let (port, held) = (0..COUNT)
        .map(|_| begin.wrapping_add(u32::from(NEXT.fetch_add(1, Ordering::Relaxed))) % u32::from(COUNT))
        .map(|offset| FIRST + u16::try_from(offset).expect("below their count"))
        .find_map(|port| Some((port, hold(port).ok()?)))
        .expect("a port is left on loopback");
    HELD.lock().unwrap_or_else(PoisonError::into_inner).push(held);
    port
}

/// Holds a port, unless it is held already or in use.
fn hold(port: u16) -> io::Result<UnixDatagram> {
    let name = SocketAddr::from_abstract_name(format!("rapport-test-port-{port}"))?;
    let held = UnixDatagram::bind_addr(&name)?;
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
    Ok(held)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_port_that_was_taken_is_nobody_elses_whether_it_is_listened_on_or_not() {
        let ports: BTreeSet<u16> = (0..50).map(|_| take()).collect();
        assert_eq!(ports.len(), 50);
        let port = *ports.first().expect("some were taken");
        drop(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("it is free"));
        assert!(hold(port).is_err(), "it is held, although nobody listens");
    }

    #[test]
    fn a_port_in_use_is_not_held() {
        let port = take();
        let port = (port + 1..).find(|port| hold(*port).is_ok()).expect("another is free");
        let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("it is free");
        assert!(hold(port).is_err());
        drop(listening);
        hold(port).expect("it is free again");
    }

    #[test]
    fn the_system_chooses_others() {
        let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").expect("the kernel's");
        let lowest: u16 = range.split_whitespace().next().and_then(|low| low.parse().ok()).expect("a port");
        assert!(FIRST + COUNT <= lowest, "{range}");
    }
}
