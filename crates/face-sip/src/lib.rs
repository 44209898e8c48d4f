//! SIP on the wire to service calls and back.
//!
//! A [`Face`] serves accepted streams: one task per connection, which owns that connection's framing, transactions,
//! association and subscriptions. It translates and decides nothing: what may be done is the services' to say, and every
//! refusal is answered from one table (`refusals`).
#![warn(clippy::indexing_slicing, clippy::panic)]

mod brake;
mod budget;
mod connection;
mod credentials;
mod dispatch;
mod io;
mod notify;
mod plain;
mod refusals;
mod register;
mod relay;
mod settings;
mod stranger;
mod subscribe;
mod subscriptions;
mod trace;
mod translate;

use std::sync::Arc;
use std::time::Instant;

use rapport_fabric::Fabric;
use rapport_service::{Services, Wire};
use rapport_sipauth::association::{Acceptor, NameError, REALM};
use rapport_sipauth::ntlm::TargetNames;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

pub use connection::Ended;
pub use rapport_sipauth::ntlm::ChannelBinding;
pub use settings::{Peer, Settings, Transport};

/// The longest name of a server whose challenges name its domain and tree too. Each letter of them costs a challenge
/// nearly eight octets, and a client must have said as much before it is told that ([`stranger`]).
const SHORT_NAME: usize = 32;

/// Serves Communicator and SIPE on accepted streams.
#[derive(Debug)]
pub struct Face<F: Fabric<Message = Wire>> {
    services: Arc<Services<F>>,
    settings: Arc<Settings>,
    server: Arc<str>,
    acceptor: Acceptor,
    meters: Meters,
    closing: watch::Receiver<bool>,
}

impl<F: Fabric<Message = Wire>> Face<F> {
    /// Makes the face of a node. When `closing` becomes true, connections finish what is under way and close.
    ///
    /// # Errors
    /// [`NameError`] when the server's name can't stand in a challenge.
    pub fn new(
        services: Arc<Services<F>>,
        settings: Settings,
        closing: watch::Receiver<bool>,
    ) -> Result<Self, NameError> {
        let (host, domain) = settings.server_name.split_once('.').unwrap_or((&settings.server_name, ""));
        let netbios: String = host.to_uppercase().chars().take(15).collect();
        let domain = if domain.is_empty() { host } else { domain };
        let netbios_domain: String =
            domain.split('.').next().unwrap_or(domain).to_uppercase().chars().take(15).collect();
        let named = if settings.server_name.len() <= SHORT_NAME { domain } else { "" };
        let names = TargetNames {
            netbios_domain: &netbios_domain,
            netbios_computer: &netbios,
            dns_domain: named,
            dns_computer: &settings.server_name,
            dns_tree: named,
        };
        let acceptor = Acceptor::new(REALM, &settings.server_name, &names)?;
        let server = settings.server().into();
        Ok(Self { services, settings: Arc::new(settings), server, acceptor, meters: Meters::new(), closing })
    }

    /// Serves one connection until it ends, and says why it did.
    pub async fn serve<S>(&self, stream: S, peer: Peer) -> Ended
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        self.serve_since(stream, peer, self.services.clock().monotonic()).await
    }

    /// Serves a connection that was accepted at `since`: the time to sign in counts from there.
    pub async fn serve_since<S>(&self, stream: S, peer: Peer, since: Instant) -> Ended
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let _counted = Counted::new();
        let ended = connection::run(self, stream, peer, since).await;
        metrics::counter!("rapport_sip_connections_ended_total", "reason" => ended.name()).increment(1);
        tracing::debug!(peer = %peer.address, reason = ended.name(), "connection ended");
        ended
    }
}

/// The counters that every message moves: the recorder is asked for them once.
#[derive(Clone, Debug)]
pub(crate) struct Meters {
    pub(crate) received: metrics::Counter,
    pub(crate) sent: metrics::Counter,
}

impl Meters {
    fn new() -> Self {
        Self {
            received: metrics::counter!("rapport_sip_messages_received_total"),
            sent: metrics::counter!("rapport_sip_messages_sent_total"),
        }
    }
}

/// Counts a connection as long as it lives, a panic of its task included.
struct Counted;

impl Counted {
    fn new() -> Self {
        metrics::gauge!("rapport_sip_connections").increment(1.0);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("rapport_sip_connections").decrement(1.0);
    }
}
