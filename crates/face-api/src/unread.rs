//! What of a request's body nobody has read when the request is answered.
//!
//! Who is still writing reads the answer only afterwards, and from a connection that is closed under their writing they
//! read none: a refusal would look like a broken connection. So a bounded rest is taken in, for a bounded time, while the
//! answer is on its way (RFC 9112 §9.6).

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use rapport_service::queue::{Sender, queue};
use tokio::time::timeout;

/// Octets of a rest that are taken in: some bodies of the largest size that any resource reads.
const MOST: usize = 256 * 1024;
/// How long a rest may take, where a request as a whole may take longer.
const WITHIN: Duration = Duration::from_secs(10);

/// Sees what the requests of one connection leave of their bodies.
pub(crate) struct Leaves(Arc<Sender<Incoming>>);

/// A body that is handed on when it is dropped before its end.
struct Watched {
    body: Option<Incoming>,
    rest: Arc<Sender<Incoming>>,
}

/// Returns what sees the bodies of a connection, and what takes in their rests, in the same task as the connection. A
/// request has so much time.
pub(crate) fn drain(request: Duration) -> (Leaves, impl Future<Output = Infallible>) {
    let (rest, mut rests) = queue(1);
    let drained = async move {
        while let Some(body) = rests.recv().await {
            // What takes longer is dropped, and the connection with it.
            let _ = timeout(request.min(WITHIN), take_in(body)).await;
        }
        pending().await
    };
    (Leaves(Arc::new(rest)), drained)
}

async fn take_in(mut body: Incoming) {
    let mut octets = 0;
    while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        octets += frame.data_ref().map_or(0, Bytes::len);
        if octets > MOST {
            break;
        }
    }
}

impl Leaves {
    /// Hands a request on, and sees what is left of its body. Who waits to be asked for the body has not begun to write.
    pub(crate) fn watch(&self, request: Request<Incoming>) -> Request<Body> {
        let waits = request.headers().contains_key(header::EXPECT);
        request.map(|body| match waits || body.is_end_stream() {
            true => Body::new(body),
            false => Body::new(Watched { body: Some(body), rest: self.0.clone() }),
        })
    }
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(hyper::body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(hyper::body::Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            // There is one request at a time; where its place is taken, the connection is closed as before.
            let _ = self.rest.try_send(body);
        }
    }
}
