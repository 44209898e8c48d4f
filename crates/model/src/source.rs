//! From where somebody acts.

use std::fmt;
use std::net::IpAddr;

/// From where somebody acts; it goes into the audit log beside who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The server itself: its time of day, a connection that ended, a program that it serves in its own process.
    Server,
    /// A program on this machine, such as one at the other end of the management socket.
    Machine {
        /// The number of the account that runs it.
        uid: u32,
        /// Its process, where the system says so.
        pid: Option<u32>,
    },
    /// A signed-in client at a network address.
    Network(IpAddr),
    /// A browser.
    Web {
        /// Its network address.
        address: IpAddr,
        /// The number of its web session: it says which, and is never what proves it.
        session: u64,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("server"),
            Self::Machine { uid, pid: Some(pid) } => write!(f, "uid {uid}, pid {pid}"),
            Self::Machine { uid, pid: None } => write!(f, "uid {uid}"),
            // One client has one spelling, whichever family its listener has.
            Self::Network(address) => write!(f, "{}", address.to_canonical()),
            Self::Web { address, session } => {
                write!(f, "{}, web session {session:016x}", address.to_canonical())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn every_source_is_told_from_every_other() {
        let four = Ipv4Addr::new(192, 0, 2, 7);
        let shown = [
            (Source::Server, "server"),
            (Source::Machine { uid: 0, pid: Some(4711) }, "uid 0, pid 4711"),
            (Source::Machine { uid: 1000, pid: None }, "uid 1000"),
            (Source::Network(four.into()), "192.0.2.7"),
            (Source::Network(four.to_ipv6_mapped().into()), "192.0.2.7"),
            (Source::Network(Ipv6Addr::LOCALHOST.into()), "::1"),
            (Source::Web { address: four.into(), session: 42 }, "192.0.2.7, web session 000000000000002a"),
        ];
        for (source, text) in shown {
            assert_eq!(source.to_string(), text);
        }
    }
}
