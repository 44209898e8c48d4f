//! A company and its people, made through the server's management socket.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::task::JoinSet;

/// Requests under way at once.
const AT_ONCE: u32 = 8;

/// Makes a company with people `user1` to `userN`, all with one password, which signs in to SIP.
pub(crate) async fn make_company(
    socket: &Path,
    name: &str,
    domain: &str,
    people: u32,
    password: &str,
) -> Result<()> {
    let tenant = json!({
        "name": name,
        "domains": [domain],
        "policy": {
            "accountPasswordSignIn": true,
            "limits": { "contacts": 250, "watchers": 250, "endpoints": 32 },
        },
    });
    let mut tasks = JoinSet::new();
    let mut connection = Management::connect(socket, &mut tasks).await?;
    connection.post("/v1/tenants", &tenant).await.context("the company is not made")?;
    let mut makers = JoinSet::new();
    for maker in 0..AT_ONCE {
        let mut connection = Management::connect(socket, &mut tasks).await?;
        let path = format!("/v1/tenants/{name}/users");
        let (domain, password) = (domain.to_owned(), password.to_owned());
        makers.spawn(async move {
            for number in (1..=people).skip(maker as usize).step_by(AT_ONCE as usize) {
                let user = json!({
                    "address": format!("user{number}@{domain}"),
                    "signInName": format!("user{number}"),
                    "displayName": format!("User {number}"),
                    "title": "Consultant",
                    "department": "Load",
                    "password": password,
                });
                connection.post(&path, &user).await.with_context(|| format!("user{number} is not made"))?;
            }
            anyhow::Ok(())
        });
    }
    crate::people::finish(makers).await?;
    Ok(())
}

/// A connection to the management socket.
struct Management {
    socket: PathBuf,
    sender: SendRequest<Full<Bytes>>,
}

impl Management {
    async fn connect(socket: &Path, tasks: &mut JoinSet<()>) -> Result<Self> {
        let stream = UnixStream::connect(socket)
            .await
            .with_context(|| format!("the management socket {} does not answer", socket.display()))?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // When it ends, the next request says so.
        tasks.spawn(async move { drop(connection.await) });
        Ok(Self { socket: socket.to_owned(), sender })
    }

    async fn post(&mut self, path: &str, body: &Value) -> Result<()> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::HOST, "rapport")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(serde_json::to_vec(body)?)))?;
        let lost = || format!("the management socket {} broke", self.socket.display());
        self.sender.ready().await.with_context(lost)?;
        let response = self.sender.send_request(request).await.with_context(lost)?;
        let status = response.status();
        let answer = response.into_body().collect().await.map_err(|error| anyhow!(error))?.to_bytes();
        if !status.is_success() {
            bail!("{status}: {}", String::from_utf8_lossy(&answer));
        }
        Ok(())
    }
}
