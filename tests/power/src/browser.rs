//! A browser of the least kind: requests of the web API over TLS, one connection each.

use rapport_testkit::driver::Trust;
use real_clients::Server;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Somebody's browser. A request to a server that is being killed gives none.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    cookie: String,
    csrf: String,
}

impl Browser {
    /// Signs a person of `example.com` in, with the password that [`real_clients::server::password`] gives.
    pub async fn signed_in(server: &Server, name: &str) -> Option<Self> {
        let mut browser = Self::default();
        let password = real_clients::server::password(name);
        let body = json!({ "address": format!("{name}@example.com"), "password": password });
        let (head, value) = browser.ask(server, "POST", "/session", &body).await?;
        let kept = head.lines().find_map(|line| line.strip_prefix("set-cookie: "))?;
        kept.split(';').next()?.clone_into(&mut browser.cookie);
        value["csrf"].as_str()?.clone_into(&mut browser.csrf);
        Some(browser)
    }

    /// Sends a request, and returns the status and what the answer says.
    pub async fn send(
        &self,
        server: &Server,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Option<(u16, Value)> {
        let (head, value) = self.ask(server, method, path, body).await?;
        Some((head.split(' ').nth(1)?.parse().ok()?, value))
    }

    async fn ask(&self, server: &Server, method: &str, path: &str, body: &Value) -> Option<(String, Value)> {
        let stream = TcpStream::connect(server.https()).await.ok()?;
        let mut stream = Trust::anyone().connect(stream).await.ok()?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\n\
             Connection: close\r\nCookie: {}\r\nX-Rapport-Csrf: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.cookie,
            self.csrf,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        // A server that is killed says no good-bye; what came is looked at all the same.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let value = if body.is_empty() { Value::Null } else { serde_json::from_str(body).ok()? };
        Some((head.to_owned(), value))
    }
}
