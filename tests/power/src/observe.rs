//! What the server's metrics port says.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use rapport_testkit::clock::SystemClock;
use real_clients::Server;

/// Asks the metrics port for a path and returns the answer's status and body.
pub fn get(server: &Server, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.metrics()).expect("the metrics port");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

/// The sum of a metric over its labels; zero when nothing was counted.
pub fn metric(server: &Server, name: &str) -> f64 {
    let (_, text) = get(server, "/metrics");
    text.lines()
        .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

/// Asks again and again until it is so, for half a minute at most.
///
/// # Panics
/// When it does not become so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = SystemClock.monotonic_time();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(90), "{what}");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
