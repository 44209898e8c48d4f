//! What the operator configures of the SIP face, and what is known of a connection from outside it.

use std::net::SocketAddr;
use std::time::Duration;

use rapport_sip::Limits;
use rapport_sipauth::ntlm::ChannelBinding;

/// Configuration of the face.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server's fully qualified name: target name of challenges, host of our own addresses.
    pub server_name: String,
    /// The port by which clients reach the pool.
    pub server_port: u16,
    /// Bounds on messages of those who have not signed in.
    pub limits_before_sign_in: Limits,
    /// Bounds on messages of those who have.
    pub limits: Limits,
    /// How long a connection may stay without a sign-in; nothing that is sent meanwhile extends it.
    pub sign_in_within: Duration,
    /// How long a registration lives without a refresh.
    pub registration: Duration,
    /// After how long without traffic a client sends a keep-alive.
    pub keep_alive: Duration,
    /// How much longer than that a silent connection is kept.
    pub keep_alive_grace: Duration,
    /// How many octets may wait to be read by a client before it loses its connection.
    pub outbound_queue: usize,
    /// How many requests a second a signed-in client may send for long; one that asks for documents counts as ten.
    pub requests_per_second: u32,
    /// How many it may send at once.
    pub requests_burst: u32,
    /// How long a subscription lives without a refresh; spread by up to as much again.
    pub subscription: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            server_name: "localhost".to_owned(),
            server_port: 5061,
            limits_before_sign_in: Limits { head: 16 * 1024, body: 4 * 1024, headers: 64, line: 8 * 1024 },
            limits: Limits { head: 64 * 1024, body: 256 * 1024, headers: 256, line: 32 * 1024 },
            sign_in_within: Duration::from_secs(30),
            registration: Duration::from_secs(7200),
            keep_alive: Duration::from_secs(300),
            keep_alive_grace: Duration::from_secs(40),
            outbound_queue: 1024 * 1024,
            requests_per_second: 100,
            requests_burst: 1000,
            subscription: Duration::from_secs(20_000),
        }
    }
}

impl Settings {
    /// Returns `host:port` of this server, as it stands in Via, Contact and Record-Route.
    pub fn server(&self) -> String {
        format!("{}:{}", self.server_name, self.server_port)
    }
}

/// How a connection is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TLS.
    Tls,
    /// Plain TCP, on loopback only.
    Tcp,
}

impl Transport {
    /// Returns the name that stands in a Via.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Tcp => "TCP",
        }
    }
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its network address.
    pub address: SocketAddr,
    /// How it is carried.
    pub transport: Transport,
    /// What ties a proof to this connection: the certificate that its client was shown. None without TLS.
    pub channel_binding: Option<ChannelBinding>,
}
