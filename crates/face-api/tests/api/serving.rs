//! Over real sockets: who an operator is, the socket's permissions, slow and large requests, the metrics port, the end.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use rapport_face_api::{
    HttpBounds, Observed, Operator, SocketError, bind_unix, observe, public, serve_tcp, serve_unix, stop,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::JoinSet;

fn socket_path() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("rapport-api-{}-{}.sock", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    std::env::temp_dir().join(name)
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    // A reset after the answer is as good as an end.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

fn ask(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn the_socket_is_this_accounts_alone_and_names_the_operator() {
    let path = socket_path();
    let listener = bind_unix(&path).await.expect("made");
    let mode = std::fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let who = |operator: Operator| async move { format!("{} from {}", operator.name, operator.source) };
    let router = Router::new().route("/who", get(who));
    let (end, stopped) = stop();
    let mut tasks = JoinSet::new();
    tasks.spawn(serve_unix(listener, router, HttpBounds::default(), stopped));
    let answer = exchange(UnixStream::connect(&path).await.expect("connected"), &ask("/who")).await;
    let uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&path).expect("there"));
    let (name, pid) = (Operator::of_process(uid, None).name, std::process::id());
    assert!(answer.ends_with(&format!("{name} from uid {uid}, pid {pid}")), "{answer}");
    assert!(matches!(bind_unix(&path).await, Err(SocketError::InUse(_))), "a living server keeps its socket");
    drop(end);
    tasks.join_next().await.expect("a task").expect("no panic");
    bind_unix(&path).await.expect("a dead server's socket is replaced");
    std::fs::remove_file(&path).expect("removed");
}

#[tokio::test]
async fn a_file_in_the_sockets_place_and_a_path_too_long_are_refused() {
    let path = socket_path();
    std::fs::write(&path, "precious").expect("written");
    assert!(matches!(bind_unix(&path).await, Err(SocketError::NotASocket(_))));
    assert_eq!(std::fs::read_to_string(&path).expect("untouched"), "precious");
    std::fs::remove_file(&path).expect("removed");
    let long = std::env::temp_dir().join("x".repeat(120));
    assert!(matches!(bind_unix(&long).await, Err(SocketError::TooLong(_))));
}

#[tokio::test]
async fn who_is_slow_or_sends_too_much_is_cut() {
    let (_end, stopped) = stop();
    let mut tasks = JoinSet::new();
    // What isn't to be cut has its time on a busy machine, too.
    let (brief, ample) = (Duration::from_millis(100), Duration::from_secs(60));
    let mut connect = async |head: Duration, request: Duration| {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let router = Router::new().route("/never", get(std::future::pending::<()>));
        let bounds = HttpBounds { head, request, head_bytes: 8192, connections: 4, life: None };
        tasks.spawn(serve_tcp(listener, router, bounds, stopped.clone()));
        TcpStream::connect(address).await.expect("connected")
    };
    let unfinished = exchange(connect(brief, ample).await, "GET /never HTTP/1.1\r\nHost:").await;
    assert!(unfinished.is_empty() || unfinished.contains("408"), "{unfinished}");
    let never = exchange(connect(ample, brief).await, &ask("/never")).await;
    assert!(never.starts_with("HTTP/1.1 503") && never.contains("too-slow"), "{never}");
    let head = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(20_000));
    let large = exchange(connect(ample, ample).await, &head).await;
    assert!(large.is_empty() || large.starts_with("HTTP/1.1 431"), "{large}");
}

#[tokio::test]
async fn a_public_connection_ends_however_often_it_asks() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let (_end, stopped) = stop();
    let mut tasks = JoinSet::new();
    let bounds = HttpBounds { life: Some(Duration::from_secs(1)), ..HttpBounds::PUBLIC };
    let web = rapport_face_api::Web::new(crate::support::services(), "sip.test.example:5061");
    tasks.spawn(serve_tcp(listener, public(&web), bounds, stopped));
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let mut answers = 0;
    let mut buffer = vec![0; 4096];
    let asking = async {
        while stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.is_ok() {
            match stream.read(&mut buffer).await {
                Ok(1..) => answers += 1,
                Ok(0) | Err(_) => break,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking).await.expect("the connection ends");
    assert!(answers > 1, "it was served until then");
    assert!(HttpBounds::PUBLIC.life.is_some());
}

/// Writes a request and then its body, a little at a time; what is answered, when all of it is written.
async fn written_slowly(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &str,
    octets: usize,
) -> String {
    let head = format!("{request}\r\nHost: x\r\nContent-Length: {octets}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("the head is taken");
    for _ in 0..octets / 1024 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        stream.write_all(&[b' '; 1024]).await.expect("the body is taken");
    }
    // The connection is as good as before.
    stream.write_all(ask("/nothing").as_bytes()).await.expect("the next request is taken");
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.expect("nothing is broken");
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 2, "{answers}");
    answers
}

#[tokio::test]
async fn who_is_still_writing_reads_the_refusal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let (_end, stopped) = stop();
    let mut tasks = JoinSet::new();
    let web = rapport_face_api::Web::new(crate::support::services(), "sip.test.example:5061");
    tasks.spawn(serve_tcp(listener, public(&web), HttpBounds::WEB, stopped.clone()));
    let connect = || async { TcpStream::connect(address).await.expect("connected") };
    let json = "Content-Type: application/json";
    let stranger = format!("Cookie: __Host-rapport={}", "A".repeat(43));
    let check =
        |said: String, status: &str| assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{said}");
    let group = format!("POST /api/v1/groups HTTP/1.1\r\n{json}");
    check(written_slowly(connect().await, &group, 60 * 1024).await, "401");
    let session = format!("POST /api/v1/session HTTP/1.1\r\n{json}");
    check(written_slowly(connect().await, &session, 60 * 1024).await, "403");
    check(written_slowly(connect().await, "POST /nothing HTTP/1.1", 60 * 1024).await, "404");
    let same_origin = format!("{session}\r\nOrigin: https://x");
    check(written_slowly(connect().await, &same_origin, 200 * 1024).await, "413");
    let made_up =
        format!("GET /api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{stranger}\r\n\r\n");
    // The budget fills while it is asked.
    let mut said = String::new();
    while !said.starts_with("HTTP/1.1 429") {
        while !exchange(connect().await, &made_up).await.starts_with("HTTP/1.1 429") {}
        said = written_slowly(connect().await, &format!("{group}\r\n{stranger}"), 60 * 1024).await;
    }

    let path = socket_path();
    let listener = bind_unix(&path).await.expect("made");
    let api = crate::support::Api::with_two_companies().await;
    tasks.spawn(serve_unix(listener, api.router(), HttpBounds::default(), stopped));
    let connect = || async { UnixStream::connect(&path).await.expect("connected") };
    let add = "POST /v1/tenants HTTP/1.1\r\nContent-Type: ";
    check(written_slowly(connect().await, &format!("{add}text/plain"), 60 * 1024).await, "415");
    check(written_slowly(connect().await, &format!("{add}application/json"), 120 * 1024).await, "413");
    std::fs::remove_file(&path).expect("removed");
}

#[tokio::test]
async fn what_nobody_wants_to_read_is_not_read_without_end() {
    let (_end, stopped) = stop();
    let mut tasks = JoinSet::new();
    let mut connect = async |request: Duration| {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        tasks.spawn(serve_tcp(
            listener,
            Router::new(),
            HttpBounds { request, ..HttpBounds::WEB },
            stopped.clone(),
        ));
        let mut stream = TcpStream::connect(address).await.expect("connected");
        let head = "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream
    };
    let mut large = connect(Duration::from_secs(60)).await;
    let mut written = 0;
    while large.write_all(&[b' '; 65_536]).await.is_ok() {
        written += 65_536;
        assert!(written < 50_000_000, "all of it is read");
    }
    let mut slow = connect(Duration::from_millis(300)).await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(45), slow.read_to_end(&mut answer));
    let _ = read.await.expect("the connection ends");
    assert!(answer.starts_with(b"HTTP/1.1 404"), "it was answered");
}

#[tokio::test]
async fn the_metrics_port_tells_health_and_readiness() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let ready = Arc::new(Mutex::new(Ok(None)));
    let asked = ready.clone();
    let observed = Observed {
        metrics: Arc::new(|| "rapport_things_total 1\n".to_owned()),
        ready: Arc::new(move || {
            let ready = asked.lock().expect("no test has panicked").clone();
            Box::pin(async move { ready })
        }),
    };
    let (_end, stopped) = stop();
    let mut tasks = JoinSet::new();
    tasks.spawn(serve_tcp(listener, observe(observed), HttpBounds::default(), stopped));
    let get = |path: &'static str| async move {
        exchange(TcpStream::connect(address).await.expect("connected"), &ask(path)).await
    };
    assert!(get("/metrics").await.ends_with("rapport_things_total 1\n"));
    assert!(get("/healthz").await.starts_with("HTTP/1.1 200"));
    assert!(get("/readyz").await.starts_with("HTTP/1.1 200"));
    *ready.lock().expect("no test has panicked") = Ok(Some("changes are refused".to_owned()));
    let partly = get("/readyz").await;
    assert!(
        partly.starts_with("HTTP/1.1 200") && partly.contains("ready, but changes are refused"),
        "{partly}"
    );
    *ready.lock().expect("no test has panicked") = Err("the database does not answer".to_owned());
    let not = get("/readyz").await;
    assert!(not.starts_with("HTTP/1.1 503") && not.contains("the database does not answer"), "{not}");
    assert!(get("/healthz").await.starts_with("HTTP/1.1 200"), "alive all the same");
    assert!(get("/v1/tenants").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn the_public_port_says_little_and_says_it_safely() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let (_end, stopped) = stop();
    let mut tasks = JoinSet::new();
    let web = rapport_face_api::Web::new(crate::support::services(), "sip.test.example:5061");
    tasks.spawn(serve_tcp(listener, public(&web), HttpBounds::default(), stopped));
    for (path, status) in [
        ("/", "307"),
        ("/im", "308"),
        ("/im/", "200"),
        ("/im/c/anybody", "200"),
        ("/v1/tenants", "404"),
        ("/metrics", "404"),
        ("/api/v1/session", "401"),
        ("/api/v1/events?ticket=x", "4"),
        ("/api/v1/nothing", "404"),
    ] {
        let answer = exchange(TcpStream::connect(address).await.expect("connected"), &ask(path)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        for header in
            ["strict-transport-security", "x-content-type-options: nosniff", "frame-ancestors 'none'"]
        {
            assert!(answer.contains(header), "{header} is not in {answer}");
        }
    }
}
