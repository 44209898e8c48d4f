//! Connections to a server: TCP, and TLS over it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio_rustls::client::TlsStream;

use super::tls::Trust;
use super::{Client, DriverError};
use crate::client::{Profile, ScriptedClient};

/// How long a client waits for a server that is reached by a socket, unless told otherwise: there time is real, and the
/// machine may be busy.
pub const REAL_PATIENCE: Duration = Duration::from_secs(45);

/// A connection to a server.
pub enum Stream {
    /// Plain TCP.
    Tcp(TcpStream),
    /// TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Client<Stream> {
    /// Connects over plain TCP.
    ///
    /// # Errors
    /// [`DriverError::Io`].
    pub async fn tcp(address: impl ToSocketAddrs, profile: Profile) -> Result<Self, DriverError> {
        let stream = connect(address).await?;
        let engine = engine(&stream, profile, "tcp")?;
        Ok(Self::over(Stream::Tcp(stream), engine).with_patience(REAL_PATIENCE))
    }

    /// Connects over TLS.
    ///
    /// # Errors
    /// [`DriverError::Io`], also when the certificate is not to be trusted.
    pub async fn tls(
        address: impl ToSocketAddrs,
        trust: &Trust,
        profile: Profile,
    ) -> Result<Self, DriverError> {
        let stream = connect(address).await?;
        let engine = engine(&stream, profile, "tls")?;
        let stream = trust
            .connect(stream)
            .await
            .map_err(|error| DriverError::Io { what: "the TLS handshake", error })?;
        Ok(Self::over(Stream::Tls(Box::new(stream)), engine).with_patience(REAL_PATIENCE))
    }

    /// The certificate that the server showed, in DER; none over plain TCP.
    pub fn certificate(&self) -> Option<&[u8]> {
        let Stream::Tls(stream) = &self.stream else { return None };
        let (_, session) = stream.get_ref();
        session.peer_certificates()?.first().map(|certificate| certificate.as_ref())
    }
}

async fn connect(address: impl ToSocketAddrs) -> Result<TcpStream, DriverError> {
    let io = |error| DriverError::Io { what: "connecting to the server", error };
    let stream = TcpStream::connect(address).await.map_err(io)?;
    stream.set_nodelay(true).map_err(io)?;
    Ok(stream)
}

fn engine(
    stream: &TcpStream,
    mut profile: Profile,
    transport: &'static str,
) -> Result<ScriptedClient, DriverError> {
    let local = stream
        .local_addr()
        .map_err(|error| DriverError::Io { what: "asking for the local address", error })?;
    profile.local = local.to_string();
    profile.transport = transport;
    Ok(ScriptedClient::new(profile))
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
