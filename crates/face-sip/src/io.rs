//! The stream of one connection: reads into the decoder, writes what waits, holds no buffer while idle.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rapport_sip::framing::Decoder;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

/// Octets read at once.
const CHUNK: usize = 16 * 1024;
/// A buffer larger than this is given back once it is empty.
const KEEP: usize = 0;

/// A stream with what waits to be written to it.
#[derive(Debug)]
pub(crate) struct Io<S> {
    stream: S,
    out: Vec<u8>,
    written: usize,
    limit: usize,
    /// Nothing is read for the time being.
    deaf: bool,
    /// Something was written and the stream has not been flushed since.
    unflushed: bool,
    /// Writing has failed. Nothing is written any more, but what the client said before it went is still read.
    mute: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Io<S> {
    pub(crate) fn new(stream: S, limit: usize) -> Self {
        Self { stream, out: Vec::new(), written: 0, limit, deaf: false, unflushed: false, mute: false }
    }

    /// Sets how many octets may wait to be read by the client.
    pub(crate) const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Sets whether nothing is read; what waits is written all the same.
    pub(crate) const fn set_deaf(&mut self, deaf: bool) {
        self.deaf = deaf;
    }

    /// Returns the buffer to which messages are appended.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Returns how many octets wait to be read by the client.
    pub(crate) const fn waiting(&self) -> usize {
        self.out.len() - self.written
    }

    /// Tells whether the client reads too slowly for what is sent to it.
    pub(crate) const fn is_over_limit(&self) -> bool {
        self.waiting() > self.limit
    }

    /// Writes what waits and reads what comes, until something was read: how many octets, or 0 at the end.
    ///
    /// # Errors
    /// The stream's.
    pub(crate) async fn drive(&mut self, decoder: &mut Decoder) -> io::Result<usize> {
        poll_fn(|cx| {
            let _ = self.poll_flush(cx);
            // A client that doesn't read its answers is not asked for more.
            if self.deaf || self.waiting() > self.limit / 2 {
                return Poll::Pending;
            }
            let mut chunk = [const { MaybeUninit::uninit() }; CHUNK];
            let mut buffer = ReadBuf::uninit(&mut chunk);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(read) => read?,
                // Everything that a client said who is gone has come.
                Poll::Pending if self.mute => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
                Poll::Pending => return Poll::Pending,
            }
            decoder.push(buffer.filled());
            Poll::Ready(Ok(buffer.filled().len()))
        })
        .await
    }

    /// Writes as much as the stream takes now.
    pub(crate) fn try_flush(&mut self) {
        let waker = std::task::Waker::noop();
        let _ = self.poll_flush(&mut Context::from_waker(waker));
    }

    /// Tells whether the client is gone: writing to it has failed.
    pub(crate) const fn is_mute(&self) -> bool {
        self.mute
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.mute {
            match ready!(self.poll_write_out(cx)) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(_) => self.mute = true,
            }
        }
        self.out = Vec::new();
        self.written = 0;
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.out.get(self.written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, rest)) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    self.written += count;
                    self.unflushed = true;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        if self.written > 0 {
            self.written = 0;
            self.out.clear();
            if self.out.capacity() > KEEP {
                self.out = Vec::new();
            }
        }
        // Asked twice on every turn, and there is mostly nothing to flush.
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Writes what waits and closes the stream, within a bound. With `drain`, what the client is still writing is read
    /// and thrown away: a connection that is closed with octets unread takes its last answer with it (RFC 1122
    /// §4.2.2.13).
    pub(crate) async fn finish(&mut self, within: Duration, drain: bool) {
        let finishing = async {
            let flushed = poll_fn(|cx| self.poll_flush(cx)).await;
            if flushed.is_ok() && self.stream.shutdown().await.is_ok() && drain {
                while poll_fn(|cx| self.poll_discard(cx)).await.is_ok_and(|count| count > 0) {}
            }
        };
        let _ = tokio::time::timeout(within, finishing).await;
    }

    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut chunk = [const { MaybeUninit::uninit() }; CHUNK];
        let mut buffer = ReadBuf::uninit(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }
}
