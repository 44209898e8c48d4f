//! Speaks to the management API over its Unix socket.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use rapport_face_api::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::UnixStream;

/// The largest answer that is read.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// The server refused what was asked.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.title)]
pub struct Refused(pub Problem);

/// No server answers on the socket.
#[derive(Debug, thiserror::Error)]
#[error("no server answers on {}; start one with `rapport serve`, or name its data directory with --data", .0.display())]
pub struct NoServer(pub PathBuf);

/// Told how far something is: the step, how much of it is done, and how much there is in all.
pub type Told<'a> = &'a mut (dyn FnMut(&str, u64, u64) + Send);

/// A line of an answer that tells how far it is.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Progress { step: String, done: u64, total: u64 },
    Done(Value),
    Problem(Problem),
}

/// A management API, by its socket.
#[derive(Clone, Debug)]
pub struct Client {
    socket: PathBuf,
}

impl Client {
    /// Speaks to the server whose socket that is.
    pub fn new(socket: &Path) -> Self {
        Self { socket: socket.to_owned() }
    }

    /// Asks for a resource.
    ///
    /// # Errors
    /// [`NoServer`], [`Refused`], or a fault of the connection.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.request(Method::GET, path, None::<&()>, None).await
    }

    /// Sends a body to a resource.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn send(&self, method: Method, path: &str, body: &impl Serialize) -> Result<Value> {
        self.request(method, path, Some(body), None).await
    }

    /// Sends a body to a resource that tells how far it is before it answers.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn follow(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        told: Told<'_>,
    ) -> Result<Value> {
        self.request(method, path, Some(body), Some(told)).await
    }

    /// Asks something of a resource without a body.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn act(&self, method: Method, path: &str) -> Result<Value> {
        self.request(method, path, None::<&()>, None).await
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
        told: Option<Told<'_>>,
    ) -> Result<Value> {
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                anyhow!(NoServer(self.socket.clone()))
            }
            io::ErrorKind::PermissionDenied => anyhow!(
                "this account may not open {}; run the command as the account that the server runs under, or as root",
                self.socket.display()
            ),
            _ => anyhow!(error).context(format!("cannot connect to {}", self.socket.display())),
        })?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.context("the server does not speak HTTP")?;
        let json = body.map(serde_json::to_vec).transpose()?;
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "rapport");
        if json.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if told.is_some() {
            request = request.header(header::ACCEPT, "application/x-ndjson, application/json");
        }
        let request = request.body(Full::new(Bytes::from(json.unwrap_or_default())))?;
        let exchange = async {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let lines = told.filter(|_| kind.is_some_and(|kind| kind.starts_with("application/x-ndjson")));
            let body = Limited::new(response.into_body(), LARGEST_ANSWER);
            let unread = |error| anyhow!("the answer could not be read: {error}");
            match lines {
                Some(told) => last_line(body, told, unread).await,
                None => understand(status, &body.collect().await.map_err(unread)?.to_bytes()),
            }
        };
        // The connection does the work while the exchange waits for it.
        let mut connection = std::pin::pin!(connection);
        let mut exchange = std::pin::pin!(exchange);
        let mut connected = true;
        loop {
            tokio::select! {
                done = exchange.as_mut() => return done,
                ended = connection.as_mut(), if connected => {
                    ended.context("the connection to the server broke")?;
                    connected = false;
                }
            }
        }
    }
}

/// Tells every line but the last, and returns what that one says.
async fn last_line(
    mut body: Limited<Incoming>,
    told: Told<'_>,
    unread: impl Fn(Box<dyn std::error::Error + Send + Sync>) -> anyhow::Error,
) -> Result<Value> {
    let mut text = Vec::new();
    while let Some(frame) = body.frame().await {
        text.extend_from_slice(frame.map_err(&unread)?.data_ref().map_or(&[][..], |data| data));
        while let Some(end) = text.iter().position(|octet| *octet == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            match serde_json::from_slice(&line).context("the server's answer is not JSON")? {
                Line::Progress { step, done, total } => told(&step, done, total),
                Line::Done(value) => return Ok(value),
                Line::Problem(problem) => return Err(anyhow!(Refused(problem))),
            }
        }
    }
    bail!("the server ended in the middle of its answer")
}

fn understand(status: StatusCode, body: &[u8]) -> Result<Value> {
    if status.is_success() {
        return if body.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_slice(body).context("the server's answer is not JSON")
        };
    }
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => Err(anyhow!(Refused(problem))),
        Err(_) => bail!("the server answered {status}"),
    }
}

/// Puts names into a path: `path(["v1", "tenants", name])`.
pub fn path<const N: usize>(names: [&str; N]) -> String {
    let mut path = String::new();
    for name in names {
        path.push('/');
        for byte in name.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'~' | b'@' => {
                    path.push(char::from(byte));
                }
                _ => path.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_in_a_path() {
        assert_eq!(path(["v1", "tenants", "a/b c"]), "/v1/tenants/a%2Fb%20c");
        assert_eq!(path(["users", "kim@example.com"]), "/users/kim@example.com");
        assert_eq!(path(["ö?#"]), "/%C3%B6%3F%23");
    }
}
