//! Serves a router on streams: bounded heads, bounded time, a bounded number of connections, an orderly end.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::code::Code;
use crate::operator::Operator;
use crate::problem::Problem;
use crate::unread;
use crate::web::{Client, OnUpgradeOnce};

/// Bounds of an HTTP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpBounds {
    /// How long a head may take, and how long a connection may wait for its next request.
    pub head: Duration,
    /// How long a request may take from its head to its answer.
    pub request: Duration,
    /// Bytes of a head.
    pub head_bytes: usize,
    /// Connections at once.
    pub connections: usize,
    /// How long a connection may last, however busy it is; no bound where nothing is said.
    pub life: Option<Duration>,
}

impl HttpBounds {
    /// The bounds of a port that anybody reaches: nobody keeps a place there by asking again and again.
    pub const PUBLIC: Self = Self {
        head: Duration::from_secs(30),
        request: Duration::from_secs(30),
        head_bytes: 16 * 1024,
        connections: 64,
        life: Some(Duration::from_secs(60)),
    };
    /// The bounds of the port on which browsers are served: as [`Self::PUBLIC`], but whoever goes on asking keeps the
    /// connection for some minutes. One that has become a WebSocket has the bounds of its agent.
    pub const WEB: Self = Self { life: Some(Duration::from_secs(5 * 60)), ..Self::PUBLIC };
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub enum Caller {
    /// An account of this machine.
    Operator(Operator),
    /// A client at that network address.
    Client(IpAddr),
    /// Anybody.
    Anybody,
}

impl Default for HttpBounds {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            request: Duration::from_secs(60),
            head_bytes: 32 * 1024,
            connections: 64,
            life: None,
        }
    }
}

/// How long an answer may last that says so.
const LASTS: Duration = Duration::from_secs(30 * 60);

/// Is kept by an answer that lasts as long as it is read, such as a download: its connection outlives the end of its life
/// by half an hour at most.
#[derive(Clone, Debug)]
pub(crate) struct Lasting {
    _kept: watch::Receiver<()>,
}

/// Tells servers to stop: what is under way is finished.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// Makes a [`Stop`] with the sender that gives the word, by sending `true` or by being dropped.
pub fn stop() -> (watch::Sender<bool>, Stop) {
    let (sender, receiver) = watch::channel(false);
    (sender, Stop(receiver))
}

impl Stop {
    async fn given(&mut self) {
        // An error means that the sender is gone, which is the word too.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}

/// Serves the management socket until it is stopped and every connection has ended.
pub async fn serve_unix(listener: UnixListener, router: Router, bounds: HttpBounds, stop: Stop) {
    let accept = || async {
        let (stream, _) = listener.accept().await?;
        let peer = stream.peer_cred()?;
        let operator = Operator::of_process(peer.uid(), peer.pid().and_then(|pid| u32::try_from(pid).ok()));
        Ok((stream, Caller::Operator(operator)))
    };
    serve(accept, router, bounds, stop).await;
}

/// Serves a TCP port, in plain HTTP, until it is stopped and every connection has ended.
pub async fn serve_tcp(listener: TcpListener, router: Router, bounds: HttpBounds, stop: Stop) {
    let accept = || async {
        let (stream, _) = listener.accept().await?;
        Ok((stream, Caller::Anybody))
    };
    serve(accept, router, bounds, stop).await;
}

async fn serve<I, A>(accept: impl Fn() -> A, router: Router, bounds: HttpBounds, mut stop: Stop)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Future<Output = io::Result<(I, Caller)>>,
{
    let places = Arc::new(Semaphore::new(bounds.connections));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stop.given() => break,
            Some(ended) = connections.join_next() => count_end(ended),
            accepted = async {
                let place = places.clone().acquire_owned().await;
                (place, accept().await)
            } => match accepted {
                (Ok(place), Ok((stream, caller))) => {
                    let (router, stop) = (router.clone(), stop.clone());
                    connections.spawn(async move {
                        let _place = place;
                        serve_connection(stream, router, caller, bounds, stop).await;
                    });
                }
                (_, Err(error)) => {
                    tracing::warn!(%error, "cannot accept an HTTP connection; trying again");
                    sleep(Duration::from_millis(100)).await;
                }
                // The semaphore is never closed.
                (Err(_), Ok(_)) => break,
            },
        }
    }
    while let Some(ended) = connections.join_next().await {
        count_end(ended);
    }
}

fn count_end(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        metrics::counter!("rapport_http_panics_total").increment(1);
        tracing::error!(%error, "an HTTP connection panicked");
    }
}

/// Serves one connection until it ends. Past its life it may finish the request under way, in the time of one request, and
/// an answer that is [`Lasting`].
pub async fn serve_connection<I>(io: I, router: Router, caller: Caller, bounds: HttpBounds, mut stop: Stop)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (leaves, drained) = unread::drain(bounds.request);
    let lasting = Arc::new(watch::Sender::new(()));
    let answers = lasting.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Lasting { _kept: answers.subscribe() });
        match &caller {
            Caller::Operator(operator) => {
                request.extensions_mut().insert(operator.clone());
            }
            Caller::Client(address) => {
                request.extensions_mut().insert(Client(*address));
            }
            Caller::Anybody => {}
        }
        let on_upgrade = OnUpgradeOnce::new(hyper::upgrade::on(&mut request));
        request.extensions_mut().insert(on_upgrade);
        answer(router.clone(), leaves.watch(request), bounds.request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_buf_size(bounds.head_bytes.max(8192))
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    let (mut connection, mut drained) = (std::pin::pin!(connection), std::pin::pin!(drained));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        never = drained.as_mut() => match never {},
        () = stop.given() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                never = drained => match never {},
            }
        }
        () = over(bounds.life) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                never = drained => match never {},
                // Who does not read the last answer is not waited for.
                () = patience(&lasting, bounds.request) => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection ended with an error");
    }
}

/// Waits as long as the last answer of a connection may take.
async fn patience(lasting: &watch::Sender<()>, request: Duration) {
    let _ = timeout(LASTS, lasting.closed()).await;
    sleep(request).await;
}

/// Waits for the end of a connection's life, if it has one.
async fn over(life: Option<Duration>) {
    match life {
        Some(life) => sleep(life).await,
        None => std::future::pending().await,
    }
}

async fn answer(
    router: Router,
    request: Request<Body>,
    within: Duration,
) -> Result<Response<Body>, Infallible> {
    match timeout(within, router.oneshot(request)).await {
        Ok(answer) => answer,
        Err(_) => Ok(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            Code::TooSlow,
            "the request took too long; it may or may not have been done",
        )
        .into_response()),
    }
}

#[cfg(test)]
mod tests {
    use axum::Extension;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Dots of an answer, one every ten seconds.
    const DOTS: u32 = 12;

    fn dots(lasting: Option<Lasting>) -> Body {
        Body::from_stream(futures_util::stream::unfold((0, lasting), |(told, lasting)| async move {
            sleep(Duration::from_secs(10)).await;
            (told < DOTS).then(|| (Ok::<_, Infallible>("."), (told + 1, lasting)))
        }))
    }

    /// Asks for dots on a connection that lives for 20 seconds, and returns how many came and whether that was the end.
    async fn asked(path: &str) -> (usize, bool) {
        let router = Router::new()
            .route("/lasting", get(|Extension(lasting): Extension<Lasting>| async { dots(Some(lasting)) }))
            .route("/other", get(|| async { dots(None) }));
        let bounds = HttpBounds {
            request: Duration::from_secs(15),
            life: Some(Duration::from_secs(20)),
            ..HttpBounds::PUBLIC
        };
        let (mut client, server) = tokio::io::duplex(1024);
        let (_stop, stop) = stop();
        let served = serve_connection(server, router, Caller::Anybody, bounds, stop);
        let client = async {
            let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
            client.write_all(request.as_bytes()).await.expect("sent");
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.expect("read");
            answer
        };
        let ((), answer) = tokio::join!(served, client);
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head");
        (body.matches("\r\n.\r\n").count(), body.ends_with("0\r\n\r\n"))
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_lasts_outlives_its_connection_s_time_and_another_does_not() {
        assert_eq!(asked("/lasting").await, (DOTS as usize, true));
        let (dots, is_whole) = asked("/other").await;
        assert!(dots < 4 && !is_whole, "{dots}");
    }
}
