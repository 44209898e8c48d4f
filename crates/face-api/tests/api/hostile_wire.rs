//! Octets on the management socket that no HTTP client sends: requests hidden behind others, heads without end, bodies
//! that never come. What is hidden is never done, and the next connection is served.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rapport_face_api::{HttpBounds, bind_unix, serve_unix, stop};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::Api;

/// Longer than any bound of [`Server::open`]; a connection that is not over by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);

struct Server {
    path: PathBuf,
    tasks: JoinSet<()>,
    _end: watch::Sender<bool>,
}

impl Server {
    async fn open() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("rapport-wire-{}-{}.sock", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        let listener = bind_unix(&path).await.expect("made");
        let (end, stopped) = stop();
        let bounds = HttpBounds {
            head: Duration::from_millis(300),
            request: Duration::from_millis(300),
            head_bytes: 16 * 1024,
            connections: 8,
            life: None,
        };
        let mut tasks = JoinSet::new();
        let api = Api::with_two_companies().await;
        tasks.spawn(serve_unix(listener, api.router(), bounds, stopped));
        Self { path, tasks, _end: end }
    }

    /// Sends octets, and returns all that comes back until the server ends the connection.
    async fn say(&self, octets: &[u8]) -> String {
        let mut stream = UnixStream::connect(&self.path).await.expect("connected");
        // The server may have ended the connection before it read everything.
        let _ = stream.write_all(octets).await;
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the connection ends");
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str) -> String {
        self.say(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await
    }

    /// The server lives, and nobody has done what was hidden.
    async fn is_well(&self, case: &str) {
        // On a busy machine the short deadline may strike an honest client once.
        for attempt in 1.. {
            let answer = self.get("/v1/tenants/one").await;
            if answer.starts_with("HTTP/1.1 200") {
                break;
            }
            assert!(attempt < 4, "{case}: {answer}");
        }
        let hidden = self.get("/v1/tenants/hidden").await;
        assert!(!hidden.starts_with("HTTP/1.1 200"), "{case}: what was hidden is done: {hidden}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.abort_all();
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A request that would make a company.
fn hidden() -> String {
    let body = r#"{"name":"hidden","domains":["hidden.example"]}"#;
    format!(
        "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn answers(said: &str) -> usize {
    said.matches("HTTP/1.1 ").count()
}

#[tokio::test]
async fn a_request_hidden_behind_two_lengths_is_never_done() {
    let server = Server::open().await;
    let hidden = hidden();
    let size = hidden.len();
    let post = "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    for (case, octets) in [
        ("two lengths", format!("{post}Content-Length: 0\r\nContent-Length: {size}\r\n\r\n{hidden}")),
        (
            "two lengths, the other way",
            format!("{post}Content-Length: {size}\r\nContent-Length: 0\r\n\r\n{hidden}"),
        ),
        ("a list of lengths", format!("{post}Content-Length: 0, {size}\r\n\r\n{hidden}")),
        ("a length with a sign", format!("{post}Content-Length: +0\r\n\r\n{hidden}")),
        ("a length below nothing", format!("{post}Content-Length: -1\r\n\r\n{hidden}")),
        ("a length beyond 64 bits", format!("{post}Content-Length: 18446744073709551616\r\n\r\n{hidden}")),
        ("a length in hexadecimal", format!("{post}Content-Length: 0x0\r\n\r\n{hidden}")),
        ("a length and blanks", format!("{post}Content-Length: 0 0\r\n\r\n{hidden}")),
        (
            "length, then chunks",
            format!(
                "{post}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
                size + 5
            ),
        ),
        (
            "chunks, then length",
            format!(
                "{post}Transfer-Encoding: chunked\r\nContent-Length: {}\r\n\r\n0\r\n\r\n{hidden}",
                size + 5
            ),
        ),
        (
            "chunks that are not last",
            format!("{post}Transfer-Encoding: chunked, identity\r\nContent-Length: 0\r\n\r\n{hidden}"),
        ),
        (
            "chunks twice",
            format!(
                "{post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{hidden}"
            ),
        ),
        (
            "chunks misspelt",
            format!("{post}Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n{hidden}"),
        ),
        (
            "chunks behind a blank",
            format!("{post}Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n{hidden}"),
        ),
        ("length behind a blank", format!("{post}Content-Length : 0\r\n\r\n{hidden}")),
        ("a folded length", format!("{post}Content-Length:\r\n 0\r\n\r\n{hidden}")),
        (
            "a chunk size beyond 64 bits",
            format!("{post}Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n{hidden}"),
        ),
        ("a chunk size that is none", format!("{post}Transfer-Encoding: chunked\r\n\r\n-1\r\n{hidden}")),
        (
            "a chunk without its end",
            format!("{post}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}X\r\n0\r\n\r\n{hidden}"),
        ),
        ("a bare CR in the head", format!("{post}X: a\rContent-Length: 0\r\n\r\n{hidden}")),
        ("a NUL in the head", format!("{post}X: a\0b\r\nContent-Length: 0\r\n\r\n{hidden}")),
        ("a head that is UTF-16", post.chars().flat_map(|c| [c, '\0']).collect::<String>() + &hidden),
        (
            "a version that is none",
            format!("{}Content-Length: 0\r\n\r\n{hidden}", post.replace("HTTP/1.1", "HTTP/1.9")),
        ),
        ("a version of later", format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{hidden}")),
        (
            "a change of protocol",
            format!(
                "{post}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\nContent-Length: {size}\r\n\r\n{hidden}"
            ),
        ),
        ("SIP", format!("REGISTER sip:one.example SIP/2.0\r\nContent-Length: 0\r\n\r\n{hidden}")),
        ("no HTTP at all", format!("\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03{hidden}")),
    ] {
        let said = server.say(octets.as_bytes()).await;
        assert!(answers(&said) <= 1, "{case}: {said}");
        assert!(!said.starts_with("HTTP/1.1 2"), "{case}: {said}");
        server.is_well(case).await;
    }
}

#[tokio::test]
async fn heads_without_end_are_cut() {
    let server = Server::open().await;
    let many = "X: y\r\n".repeat(2000);
    let named: String = (0..500).map(|n| format!("X{n}: y\r\n")).collect();
    for (case, octets) in [
        ("two thousand headers", format!("GET /v1/tenants HTTP/1.1\r\nHost: x\r\n{many}\r\n")),
        ("five hundred names", format!("GET /v1/tenants HTTP/1.1\r\nHost: x\r\n{named}\r\n")),
        (
            "a header of a megabyte",
            format!("GET /v1/tenants HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(1 << 20)),
        ),
        (
            "a name of a megabyte",
            format!("GET /v1/tenants HTTP/1.1\r\nHost: x\r\n{}: y\r\n\r\n", "X".repeat(1 << 20)),
        ),
        ("a path of a megabyte", format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(1 << 20))),
        ("a method of a megabyte", format!("{} / HTTP/1.1\r\nHost: x\r\n\r\n", "A".repeat(1 << 20))),
        ("a head that never ends", "GET /v1/tenants HTTP/1.1\r\nHost: x\r\nX: ".to_owned()),
        ("line breaks", "\r\n".repeat(100_000)),
        ("one octet", "G".to_owned()),
        ("nothing", String::new()),
    ] {
        let said = server.say(octets.as_bytes()).await;
        assert!(answers(&said) <= 1 && !said.starts_with("HTTP/1.1 2"), "{case}: {said}");
        server.is_well(case).await;
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_costs_its_sender_the_connection() {
    let server = Server::open().await;
    let head = "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    for (case, octets) in [
        ("nothing of it", format!("{head}Content-Length: 40\r\n\r\n")),
        ("half of it", format!("{head}Content-Length: 40\r\n\r\n{{\"name\":")),
        ("a chunk that does not come", format!("{head}Transfer-Encoding: chunked\r\n\r\n10\r\n")),
        ("as much as a length can say", format!("{head}Content-Length: 18446744073709551615\r\n\r\n{{")),
        ("more than is taken", format!("{head}Content-Length: 1000000\r\n\r\n{}", " ".repeat(1_000_000))),
        ("waiting to be asked", format!("{head}Expect: 100-continue\r\nContent-Length: 40\r\n\r\n")),
    ] {
        let said = server.say(octets.as_bytes()).await;
        assert!(!said.contains("HTTP/1.1 2"), "{case}: {said}");
        assert!(
            said.is_empty() || said.contains("application/problem+json") || said.contains("HTTP/1.1 4"),
            "{case}: {said}"
        );
        server.is_well(case).await;
    }
}

#[tokio::test]
async fn as_many_stalled_connections_as_there_are_places_go_and_leave_room() {
    let server = Server::open().await;
    let mut stalled = Vec::new();
    for _ in 0..24 {
        let mut stream = UnixStream::connect(&server.path).await.expect("connected");
        stream.write_all(b"GET /v1/tenants HTTP/1.1\r\nHost:").await.expect("sent");
        stalled.push(stream);
    }
    server.is_well("twenty-four connections that say nothing more").await;
}
