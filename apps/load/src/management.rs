//! A company and its people, made through the server's management socket.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use bytes::Bytes;
use clap::Args;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::task::JoinSet;

use crate::target::{DOMAIN, PASSWORD};

/// Requests under way at once.
const AT_ONCE: u32 = 8;

/// The company to be made, on the command line.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's management socket.
    #[arg(long)]
    pub(crate) socket: PathBuf,
    /// The company's short name.
    #[arg(long, default_value = "load")]
    pub(crate) company: String,
    /// Its SIP domain.
    #[arg(long, default_value = DOMAIN)]
    pub(crate) domain: String,
    /// How many accounts, `user1@` to `userN@`.
    #[arg(long)]
    pub(crate) accounts: u32,
    /// The password of all of them.
    #[arg(long, default_value = PASSWORD)]
    pub(crate) password: String,
    /// Days for which the company keeps what is said.
    #[arg(long, default_value_t = 365)]
    pub(crate) history_days: u32,
}

/// Makes a company whose people sign in to SIP with their accounts' password.
pub(crate) async fn make_company(options: &Options) -> Result<()> {
    let Options { socket, company: name, domain, accounts, password, history_days } = options;
    found(socket, name, domain, *history_days).await?;
    let (domain, password) = (domain.clone(), password.clone());
    let user = move |number| {
        Ok(json!({
            "address": format!("user{number}@{domain}"),
            "signInName": format!("user{number}"),
            "displayName": format!("User {number}"),
            "title": "Consultant",
            "department": "Load",
            "password": password,
        }))
    };
    add(socket, name, *accounts, user).await
}

/// Makes a company of so many people, the first with the number 1.
pub(crate) async fn make_people(
    socket: &Path,
    name: &str,
    people: u32,
    user: impl Fn(u32) -> Result<Value> + Clone + Send + 'static,
) -> Result<()> {
    found(socket, name, DOMAIN, 0).await?;
    add(socket, name, people, user).await
}

async fn found(socket: &Path, name: &str, domain: &str, history_days: u32) -> Result<()> {
    let tenant = json!({
        "name": name,
        "domains": [domain],
        "policy": {
            "accountPasswordSignIn": true,
            "historyDays": history_days,
            "limits": { "contacts": 250, "watchers": 250, "endpoints": 32 },
        },
    });
    let mut tasks = JoinSet::new();
    let mut connection = Management::connect(socket, &mut tasks).await?;
    connection.post("/v1/tenants", &tenant).await.context("the company is not made")
}

async fn add(
    socket: &Path,
    name: &str,
    people: u32,
    user: impl Fn(u32) -> Result<Value> + Clone + Send + 'static,
) -> Result<()> {
    let (mut tasks, mut makers) = (JoinSet::new(), JoinSet::new());
    for maker in 0..AT_ONCE {
        let mut connection = Management::connect(socket, &mut tasks).await?;
        let path = format!("/v1/tenants/{name}/users");
        let user = user.clone();
        makers.spawn(async move {
            for number in (1..=people).skip(maker as usize).step_by(AT_ONCE as usize) {
                let user = user(number)?;
                connection.post(&path, &user).await.with_context(|| format!("user{number} is not made"))?;
            }
            anyhow::Ok(())
        });
    }
    // A hundred thousand take minutes.
    while let Some(made) = makers.join_next().await {
        made.context("a maker broke down")??;
    }
    Ok(())
}

/// Sets for how many days a company keeps what its people say.
pub(crate) async fn keep_history(socket: &Path, company: &str, days: u32) -> Result<()> {
    let mut tasks = JoinSet::new();
    let mut connection = Management::connect(socket, &mut tasks).await?;
    let change = json!({ "policy": { "historyDays": days } });
    let path = format!("/v1/tenants/{company}");
    connection.send(Method::PATCH, &path, &change).await.context("the company's history is not set")
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
        self.send(Method::POST, path, body).await
    }

    async fn send(&mut self, method: Method, path: &str, body: &Value) -> Result<()> {
        let request = Request::builder()
            .method(method)
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
