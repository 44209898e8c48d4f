//! Listening sockets.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol as IpProtocol, SockAddr, Socket, Type};
use tokio::net::TcpListener;

/// What is spoken on a listening address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Offer {
    /// SIP over TLS.
    Sip,
    /// SIP and HTTP over TLS, told apart by the first bytes.
    SipAndHttp,
    /// SIP over plain TCP; loopback addresses only.
    PlainSip,
}

/// One address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address; port 0 lets the system choose one.
    pub address: SocketAddr,
    /// What is spoken there.
    pub offer: Offer,
}

/// Says why an address can't be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Plain TCP was asked for on an address that others can reach.
    #[error("{0} is not a loopback address; plain TCP listens on 127.0.0.1 or [::1] only")]
    NotLoopback(SocketAddr),
    /// Another program has the port.
    #[error("port {} of {} is in use by another program", .0.port(), .0.ip())]
    InUse(SocketAddr),
    /// The port is below 1024 and the process may not have it.
    #[error("port {} needs the right to listen below 1024 (CAP_NET_BIND_SERVICE)", .0.port())]
    NotAllowed(SocketAddr),
    /// The machine doesn't have that address, or not that family of addresses.
    #[error("this machine doesn't have the address {}", .0.ip())]
    NoSuchAddress(SocketAddr),
    /// Anything else.
    #[error("cannot listen on {address}")]
    Other {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl ListenError {
    /// Returns the address at fault.
    pub const fn address(&self) -> SocketAddr {
        match self {
            Self::NotLoopback(address)
            | Self::InUse(address)
            | Self::NotAllowed(address)
            | Self::NoSuchAddress(address)
            | Self::Other { address, .. } => *address,
        }
    }

    fn from_io(address: SocketAddr, source: io::Error) -> Self {
        // EAFNOSUPPORT has no kind of its own.
        const NO_SUCH_FAMILY: i32 = 97;
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::InUse(address),
            io::ErrorKind::PermissionDenied => Self::NotAllowed(address),
            io::ErrorKind::AddrNotAvailable => Self::NoSuchAddress(address),
            _ if source.raw_os_error() == Some(NO_SUCH_FAMILY) => Self::NoSuchAddress(address),
            _ => Self::Other { address, source },
        }
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sip => "SIP over TLS",
            Self::SipAndHttp => "SIP over TLS and HTTPS",
            Self::PlainSip => "SIP over plain TCP",
        })
    }
}

/// Opens the socket. An IPv6 socket takes no IPv4 connections, so that `[::]` and `0.0.0.0` can stand side by side.
///
/// # Errors
/// [`ListenError`] names the address and what to do.
pub(crate) fn open(listen: &Listen) -> Result<TcpListener, ListenError> {
    let address = listen.address;
    if listen.offer == Offer::PlainSip && !address.ip().to_canonical().is_loopback() {
        return Err(ListenError::NotLoopback(address));
    }
    bind(address).map_err(|source| ListenError::from_io(address, source))
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(IpProtocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // A restarted server takes its port back although old connections still wait for their end.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::from(address))?;
    socket.listen(1024)?;
    TcpListener::from_std(socket.into())
}
