//! Accepts connections: bounds, handshake, telling the protocol, and handing over.
//!
//! One task per listening address accepts; each handshake has a task of its own, with a deadline, that ends when the
//! stream is handed over. A failing accept is counted and tried again later; it never ends the listener. What comes
//! out waits in a bounded queue: while the faces don't take, nothing more is accepted.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::server::Acceptor;
use tokio::io::{AsyncReadExt, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use crate::bounds::{Book, Bounds, ConnectionPermit};
use crate::certificate::CertStore;
use crate::listen::{self, Listen, ListenError, Offer};
use crate::protocol::{self, Protocol};
use crate::stream::{Io, Stream};

/// Streams that wait to be taken by the faces.
const HANDED_OVER: usize = 64;
/// How long a listener rests after the system refused a connection, for want of file descriptors or memory.
const REST: Duration = Duration::from_millis(100);

/// What an [`Edge`] is made of.
#[derive(Debug)]
pub struct EdgeConfig {
    /// The addresses to listen on.
    pub listen: Vec<Listen>,
    /// The bounds of all of them together.
    pub bounds: Bounds,
    /// The certificate.
    pub certificates: Arc<CertStore>,
}

/// A connection as a face gets it.
#[derive(Debug)]
pub struct Accepted {
    /// The bytes; the connection counts against its address until this is dropped.
    pub stream: Stream,
    /// Who connected.
    pub peer: SocketAddr,
    /// The address that was connected to.
    pub local: SocketAddr,
    /// What the client speaks.
    pub protocol: Protocol,
    /// When the connection was accepted, before the handshake.
    pub since: Instant,
    /// The hash of the certificate that this client was shown, by the rules of tls-server-end-point (RFC 5929 §4.1);
    /// none over plain TCP.
    pub end_point: Option<Arc<[u8]>>,
}

/// Listens on several addresses and hands out what was accepted.
#[derive(Debug)]
pub struct Edge {
    addresses: Vec<Listen>,
    accepted: mpsc::Receiver<Accepted>,
    stop: watch::Sender<bool>,
    book: Arc<Book>,
    listeners: JoinSet<()>,
}

impl Edge {
    /// Opens every listening socket and begins to accept. Needs a running tokio runtime.
    ///
    /// # Errors
    /// [`ListenError`] names the first address that can't be listened on; none is listened on then.
    pub fn open(config: EdgeConfig) -> Result<Self, ListenError> {
        let book = Book::new(&config.bounds);
        let (stop, stopped) = watch::channel(false);
        let (out, accepted) = mpsc::channel(HANDED_OVER);
        let mut sockets = Vec::with_capacity(config.listen.len());
        for listen in &config.listen {
            sockets.push((listen::open(listen)?, *listen));
        }
        let mut addresses = Vec::with_capacity(sockets.len());
        let mut listeners = JoinSet::new();
        for (socket, listen) in sockets {
            let address = socket
                .local_addr()
                .map_err(|source| ListenError::Other { address: listen.address, source })?;
            addresses.push(Listen { address, ..listen });
            let door = Door {
                offer: listen.offer,
                bounds: config.bounds,
                certificates: config.certificates.clone(),
                book: book.clone(),
                out: out.clone(),
            };
            listeners.spawn(door.serve(socket, stopped.clone()));
        }
        Ok(Self { addresses, accepted, stop, book, listeners })
    }

    /// Returns the addresses that are listened on, with the ports that the system chose.
    pub fn addresses(&self) -> &[Listen] {
        &self.addresses
    }

    /// Returns how many connections there are, those in their handshake included.
    pub fn connections(&self) -> u32 {
        self.book.total()
    }

    /// Returns the next connection; `None` once accepting was stopped and every stream was handed out.
    pub async fn accept(&mut self) -> Option<Accepted> {
        self.accepted.recv().await
    }

    /// Stops listening and gives up the handshakes under way. Streams that were handed out are not touched.
    pub async fn stop_accepting(&mut self) {
        // Nobody may be listening any more; then it has stopped already.
        let _ = self.stop.send(true);
        self.accepted.close();
        while self.listeners.join_next().await.is_some() {}
    }
}

/// One listening address.
#[derive(Clone)]
struct Door {
    offer: Offer,
    bounds: Bounds,
    certificates: Arc<CertStore>,
    book: Arc<Book>,
    out: mpsc::Sender<Accepted>,
}

impl Door {
    async fn serve(self, socket: TcpListener, mut stopped: watch::Receiver<bool>) {
        let mut handshakes = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                // Said once, or its sender is gone.
                _ = stopped.changed() => break,
                Some(ended) = handshakes.join_next() => count_end(ended),
                connection = socket.accept() => match connection {
                    Ok((stream, peer)) => self.let_in(stream, peer, &mut handshakes),
                    Err(error) => {
                        metrics::counter!("rapport_edge_accept_errors_total").increment(1);
                        if is_lack(&error) {
                            tracing::warn!(%error, "cannot accept connections; trying again");
                            sleep(REST).await;
                        }
                    }
                },
            }
        }
        // Dropped handshakes end here, with their connections.
    }

    fn let_in(&self, stream: TcpStream, peer: SocketAddr, handshakes: &mut JoinSet<()>) {
        let now = Instant::now();
        let permit = match self.book.admit(peer.ip(), now) {
            Ok(permit) => permit,
            Err(full) => return self.book.turn_away(peer.ip(), full, now),
        };
        metrics::counter!("rapport_edge_connections_total").increment(1);
        let (door, since) = (self.clone(), Instant::now());
        handshakes.spawn(async move {
            // Boxed, because a handshake is large and this task is not: what waits in `out` is small.
            match Box::pin(door.shake_hands(stream, peer, permit, since)).await {
                Ok(None) => tracing::debug!(%peer, "an ACME server has seen its challenge answered"),
                Ok(Some(accepted)) => {
                    metrics::counter!("rapport_edge_accepted_total", "protocol" => accepted.protocol.as_str())
                        .increment(1);
                    // An error means that accepting was stopped; the connection is closed by the drop.
                    let _ = door.out.send(accepted).await;
                }
                Err(failure) => {
                    metrics::counter!("rapport_edge_handshakes_failed_total", "reason" => failure.reason())
                        .increment(1);
                    tracing::debug!(%peer, %failure, "connection ended before it was handed over");
                }
            }
        });
    }

    async fn shake_hands(
        &self,
        tcp: TcpStream,
        peer: SocketAddr,
        permit: ConnectionPermit,
        since: Instant,
    ) -> Result<Option<Accepted>, Failure> {
        let local = tcp.local_addr().map_err(Failure::Io)?;
        tcp.set_nodelay(true).map_err(Failure::Io)?;
        let (io, end_point) = match self.offer {
            Offer::PlainSip => (Io::Tcp(tcp), None),
            Offer::Sip | Offer::SipAndHttp => {
                let deadline = since + self.bounds.handshake;
                let tls = timeout_at(deadline, self.secure(tcp))
                    .await
                    .map_err(|_| Failure::HandshakeTimeout)?
                    .map_err(Failure::Tls)?;
                let Some((tls, end_point)) = tls else { return Ok(None) };
                (Io::Tls(Box::new(tls)), Some(end_point))
            }
        };
        let mut stream = Stream::new(io, permit);
        let protocol = match self.offer {
            Offer::Sip | Offer::PlainSip => Protocol::Sip,
            Offer::SipAndHttp => timeout(self.bounds.first_bytes, tell(&mut stream))
                .await
                .map_err(|_| Failure::FirstBytesTimeout)?
                .map_err(Failure::Io)?,
        };
        Ok(Some(Accepted { stream, peer, local, protocol, since, end_point }))
    }

    /// Shakes hands, and says which certificate was shown; nothing is left of a connection that only wanted to see an ACME
    /// challenge answered.
    async fn secure(&self, tcp: TcpStream) -> io::Result<Option<(TlsStream<TcpStream>, Arc<[u8]>)>> {
        let certificates = &self.certificates;
        if !certificates.challenges.any() {
            let shown = certificates.current();
            let tls = TlsAcceptor::from(shown.config.clone()).accept(tcp).await?;
            return Ok(Some((tls, shown.end_point.clone())));
        }
        let begun = LazyConfigAcceptor::new(Acceptor::default(), tcp).await?;
        if let Some(answer) = certificates.challenges.shown_to(&begun.client_hello()) {
            begun.into_stream(answer).await?.shutdown().await?;
            return Ok(None);
        }
        let shown = certificates.current();
        let tls = begun.into_stream(shown.config.clone()).await?;
        Ok(Some((tls, shown.end_point.clone())))
    }
}

/// Reads until the protocol is known and puts what was read back.
async fn tell(stream: &mut Stream) -> io::Result<Protocol> {
    let mut bytes = [0; protocol::ENOUGH];
    let mut filled = 0;
    loop {
        let read = stream.read(bytes.get_mut(filled..).unwrap_or_default()).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        let so_far = bytes.get(..filled).unwrap_or_default();
        if let Some(protocol) = protocol::tell(so_far) {
            stream.put_back(so_far);
            return Ok(protocol);
        }
    }
}

/// Why a connection didn't get as far as a face.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the TLS handshake took too long")]
    HandshakeTimeout,
    #[error("nothing that tells the protocol was sent in time")]
    FirstBytesTimeout,
    #[error("the TLS handshake failed: {0}")]
    Tls(io::Error),
    #[error("the connection failed: {0}")]
    Io(io::Error),
}

impl Failure {
    const fn reason(&self) -> &'static str {
        match self {
            Self::HandshakeTimeout => "handshake_timeout",
            Self::FirstBytesTimeout => "first_bytes_timeout",
            Self::Tls(_) => "tls",
            Self::Io(_) => "io",
        }
    }
}

fn count_end(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        metrics::counter!("rapport_edge_panics_total").increment(1);
        tracing::error!(%error, "a handshake panicked");
    }
}

/// Tells a lack of descriptors or memory, which lasts, from one connection that was gone already.
fn is_lack(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
