//! Waiting with an end, over a stream in memory and in paused time.

use std::time::Duration;

use rapport_sip::{Method, StatusCode};
use rapport_testkit::client::{Profile, ScriptedClient};
use rapport_testkit::driver::{Client, DriverError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

const OPTIONS: &[u8] = b"OPTIONS sip:alice@example.com SIP/2.0\r\nVia: SIP/2.0/TLS pool\r\n\
    From: <sip:pool@example.com>;tag=1\r\nTo: <sip:alice@example.com>\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\n\r\n";

fn alice() -> (Client<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(64 * 1024);
    let engine = ScriptedClient::new(Profile::new("alice@example.com", "secret", 1));
    (Client::over(near, engine), far)
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_in_time_and_tells_what_came_instead() {
    let (alice, mut server) = alice();
    let mut alice = alice.with_patience(Duration::from_secs(3));
    server.write_all(OPTIONS).await.unwrap();
    let begun = tokio::time::Instant::now();
    let error = alice.request(Method::Bye, |_| true).await.unwrap_err();
    assert_eq!(error.to_string(), "BYE did not come within 3s; instead: OPTIONS");
    assert_eq!(begun.elapsed(), Duration::from_secs(3));

    // What came early is still there for whoever waits for it.
    let request = alice.request(Method::Options, |_| true).await.unwrap();
    assert_eq!(request.headers.call_id(), Some("a"));
    assert_eq!(alice.forget(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_arrives_is_answered_while_something_else_is_awaited() {
    let (mut alice, mut server) = alice();
    server.write_all(OPTIONS).await.unwrap();
    alice.request(Method::Options, |_| true).await.unwrap();
    alice.flush().await.unwrap();
    let mut answer = [0; 14];
    server.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"SIP/2.0 200 OK");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_names_the_method_the_status_and_the_diagnostics() {
    let (mut alice, mut server) = alice();
    let request = alice.register();
    alice.flush().await.unwrap();
    let mut said = vec![0; 4096];
    let count = server.read(&mut said).await.unwrap();
    let said = std::str::from_utf8(&said[..count]).unwrap();
    let header = |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap();
    let answer = format!(
        "SIP/2.0 404 Not Found\r\n{}\r\n{}\r\n{}\r\n{}\r\n{}\r\nms-diagnostics: 4005;reason=\"x\"\r\n\r\n",
        header("Via:"),
        header("From:"),
        header("To:"),
        header("Call-ID:"),
        header("CSeq:"),
    );
    server.write_all(answer.as_bytes()).await.unwrap();
    let error = alice.success(request).await.unwrap_err();
    assert!(
        matches!(&error, DriverError::Refused { status, .. } if *status == StatusCode::NOT_FOUND.as_u16()),
        "{error}"
    );
    assert_eq!(error.to_string(), "REGISTER was answered 404 Not Found (4005;reason=\"x\")");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_connection_is_told_from_silence() {
    let (mut client, server) = alice();
    assert!(matches!(client.closed().await, Err(DriverError::Late { .. })));
    drop(server);
    client.closed().await.unwrap();
    let (client, mut server) = alice();
    client.close().await.unwrap();
    assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 0);
}
