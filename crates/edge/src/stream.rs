//! An accepted stream of bytes: TLS, or plain TCP from loopback, with what was read to tell the protocol.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::bounds::ConnectionPermit;

/// An accepted connection. It counts against the bounds of its address until it is dropped.
#[derive(Debug)]
pub struct Stream {
    /// What was read already and is still to be given out; gone once it has been.
    ahead: Option<Box<Ahead>>,
    io: Io,
    _permit: ConnectionPermit,
}

#[derive(Debug)]
struct Ahead {
    bytes: Vec<u8>,
    given: usize,
}

#[derive(Debug)]
pub(crate) enum Io {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    pub(crate) const fn new(io: Io, permit: ConnectionPermit) -> Self {
        Self { ahead: None, io, _permit: permit }
    }

    /// Puts bytes back in front of what is read next.
    pub(crate) fn put_back(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.ahead = Some(Box::new(Ahead { bytes: bytes.to_vec(), given: 0 }));
        }
    }

    /// Tells whether the bytes travel under TLS.
    pub const fn is_tls(&self) -> bool {
        matches!(self.io, Io::Tls(_))
    }

    /// Returns the TLS version and cipher suite agreed on, such as `TLSv1_3 TLS13_AES_256_GCM_SHA384`, for logs.
    pub fn tls_description(&self) -> Option<String> {
        let Io::Tls(tls) = &self.io else { return None };
        let (_, connection) = tls.get_ref();
        let version = connection.protocol_version()?;
        let suite = connection.negotiated_cipher_suite()?.suite();
        Some(format!("{version:?} {suite:?}"))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(ahead) = self.ahead.as_mut() {
            let rest = ahead.bytes.get(ahead.given..).unwrap_or_default();
            let (now, _) = rest.split_at(rest.len().min(buf.remaining()));
            buf.put_slice(now);
            ahead.given += now.len();
            if ahead.given >= ahead.bytes.len() {
                self.ahead = None;
            }
            return Poll::Ready(Ok(()));
        }
        match &mut self.io {
            Io::Tcp(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Io::Tls(tls) => Pin::new(tls.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Tcp(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Io::Tls(tls) => Pin::new(tls.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Tcp(tcp) => Pin::new(tcp).poll_write_vectored(cx, bufs),
            Io::Tls(tls) => Pin::new(tls.as_mut()).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            Io::Tcp(tcp) => tcp.is_write_vectored(),
            Io::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Tcp(tcp) => Pin::new(tcp).poll_flush(cx),
            Io::Tls(tls) => Pin::new(tls.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Io::Tls(tls) => Pin::new(tls.as_mut()).poll_shutdown(cx),
        }
    }
}
