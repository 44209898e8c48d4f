//! A browser as far as measurements need one: signed in over HTTPS, told of events by WebSocket.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderMap};
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::target::Target;

/// How long an answer or an event may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// RFC 6455 asks for a key; every one is as good.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A signed-in browser with a connection for its requests.
pub(crate) struct Browser {
    target: Target,
    origin: String,
    cookie: String,
    csrf: String,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// A browser's socket.
pub(crate) struct Events(WebSocketStream<TokioIo<Upgraded>>);

impl Browser {
    /// Signs an account in.
    pub(crate) async fn sign_in(target: &Target, number: u32) -> Result<Self> {
        let mut browser = Self {
            target: target.clone(),
            origin: format!("https://{}", target.web),
            cookie: String::new(),
            csrf: String::new(),
            sender: None,
        };
        let address = target.account(number);
        let who = json!({ "address": address, "password": target.password, "label": "load" });
        let (headers, session) = browser
            .send(Method::POST, "/session", Some(&who))
            .await
            .with_context(|| format!("{address} does not sign in"))?;
        let cookie =
            headers.get(header::SET_COOKIE).and_then(|cookie| cookie.to_str().ok()).unwrap_or_default();
        cookie.split(';').next().unwrap_or_default().clone_into(&mut browser.cookie);
        session["csrf"].as_str().context("a session without a token")?.clone_into(&mut browser.csrf);
        Ok(browser)
    }

    /// Asks for something, and returns what is answered.
    pub(crate) async fn ask(&mut self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        Ok(self.send(method, path, body).await?.1)
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<&Value>) -> Result<(HeaderMap, Value)> {
        let mut request = self.request(method, path);
        let content = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Bytes::from(serde_json::to_vec(body)?)
            }
            None => Bytes::new(),
        };
        let answer = self.answer(request.body(Full::new(content))?).await.with_context(|| path.to_owned())?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let octets = answer.into_body().collect().await.map_err(|error| anyhow!(error))?.to_bytes();
        if !status.is_success() {
            bail!("{path}: {status}: {}", String::from_utf8_lossy(&octets));
        }
        let value = if octets.is_empty() { Value::Null } else { serde_json::from_slice(&octets)? };
        Ok((headers, value))
    }

    fn request(&self, method: Method, path: &str) -> hyper::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::HOST, self.target.web.to_string())
            .header(header::ORIGIN, &self.origin)
            .header(header::COOKIE, &self.cookie)
            .header("x-rapport-csrf", &self.csrf)
    }

    async fn answer(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>> {
        let sender = match self.sender.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let sender = self.sender.insert(sender);
        sender.ready().await.context("the connection broke")?;
        timeout(PATIENCE, sender.send_request(request))
            .await
            .context("no answer")?
            .context("the connection broke")
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(self.target.web).await.context("connecting to the server")?;
        stream.set_nodelay(true)?;
        let stream = self.target.trust.connect(stream).await.context("the TLS handshake")?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        #[expect(clippy::disallowed_methods, reason = "when it ends, the next request says so")]
        tokio::spawn(async move { drop(connection.with_upgrades().await) });
        Ok(sender)
    }

    /// Opens a socket on a connection of its own, and returns it after its snapshot.
    pub(crate) async fn listen(&mut self) -> Result<(Events, Value)> {
        let ticket = self.ask(Method::POST, "/events/ticket", None).await?;
        let ticket = ticket["ticket"].as_str().context("no ticket")?.to_owned();
        // The connection of requests stays what it is.
        let kept = self.sender.take();
        let request = self
            .request(Method::GET, &format!("/events?ticket={ticket}"))
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-protocol", "rapport.v1")
            .header("sec-websocket-key", KEY);
        let answer = self.answer(request.body(Full::new(Bytes::new()))?).await?;
        self.sender = kept;
        if answer.status() != hyper::StatusCode::SWITCHING_PROTOCOLS {
            bail!("the socket is not opened: {}", answer.status());
        }
        let upgraded = TokioIo::new(hyper::upgrade::on(answer).await?);
        let mut events = Events(WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await);
        let snapshot = events.until("snapshot").await?;
        Ok((events, snapshot))
    }

    /// Closes the connection of requests, as a browser that asks for nothing does after a while.
    pub(crate) fn rest(&mut self) {
        self.sender = None;
    }
}

impl Events {
    /// Waits for the next event.
    pub(crate) async fn next(&mut self) -> Result<Value> {
        loop {
            match self.0.next().await.context("the server has closed the socket")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(frame) => bail!("the server has closed the socket: {frame:?}"),
                // What answers a ping is written with the next flush.
                Message::Ping(_) => self.0.flush().await?,
                Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Waits for an event of that type.
    pub(crate) async fn until(&mut self, kind: &str) -> Result<Value> {
        timeout(PATIENCE, async {
            loop {
                let event = self.next().await?;
                if event["type"] == kind {
                    return Ok(event);
                }
            }
        })
        .await
        .with_context(|| format!("no {kind} came"))?
    }

    /// Takes in what comes, until the socket is closed or the task dropped.
    pub(crate) async fn keep_company(mut self) -> Result<()> {
        loop {
            self.next().await?;
        }
    }
}
