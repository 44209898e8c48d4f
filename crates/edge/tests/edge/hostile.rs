//! TLS of somebody who means harm: old versions and ciphers, hellos in crumbs, floods of what costs the sender nothing,
//! and things that are no TLS. Each ends that connection alone, with an alert at most, and the next one is served.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rapport_edge::{Bounds, Edge, Offer};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::timeout;

use crate::hello::{Hello, in_records};
use crate::support::{Directory, certificates, client, connect, open};

/// Longer than every bound of a [`Door`].
const PATIENCE: Duration = Duration::from_secs(60);
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
/// Alert descriptions.
const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;

static PANICS: AtomicU32 = AtomicU32::new(0);

/// An edge with short deadlines, that notices when anything panics.
struct Door {
    directory: Directory,
    edge: Edge,
    address: SocketAddr,
}

impl Door {
    /// An edge that waits for nobody.
    fn open() -> Self {
        Self::with_deadline(Duration::from_millis(400))
    }

    /// An edge for clients whose handshake is to succeed, however busy the machine is.
    fn patient() -> Self {
        Self::with_deadline(Duration::from_secs(10))
    }

    fn with_deadline(deadline: Duration) -> Self {
        let shown = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            shown(panic);
        }));
        let directory = Directory::new();
        let bounds = Bounds { handshake: deadline, first_bytes: deadline, ..Bounds::default() };
        let (edge, address) = open(Offer::Sip, bounds, certificates(&directory));
        Self { directory, edge, address }
    }

    /// Sends octets, and returns all that comes back until the connection ends.
    async fn say(&self, octets: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).await.expect("connected");
        // The server may have ended the connection before it read everything.
        let _ = stream.write_all(octets).await;
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the connection ends");
        answer
    }

    /// Nothing was handed over, nothing is left, nothing panicked, and an honest client is served.
    async fn is_well(&mut self, case: &str) {
        assert_eq!(self.edge.connections(), 0, "{case}: a connection is left");
        assert_eq!(PANICS.load(Ordering::Relaxed), 0, "{case}: something panicked");
        // On a busy machine the short deadline may strike an honest client once.
        for attempt in 1.. {
            match connect(&client(&self.directory), self.address, "localhost").await {
                Ok(_) => break,
                Err(error) => assert!(attempt < 4, "{case}: an honest client is refused: {error}"),
            }
        }
        let accepted = self.edge.accept().await.expect("handed over");
        drop(accepted);
    }
}

/// The alert that an answer consists of, and nothing else.
#[track_caller]
fn alert(answer: &[u8], case: &str) -> u8 {
    match answer {
        [ALERT, _, _, 0, 2, 2, description] => *description,
        _ => panic!("{case}: not one fatal alert: {answer:?}"),
    }
}

fn is_server_hello(answer: &[u8]) -> bool {
    matches!(answer, [HANDSHAKE, 3, 3, _, _, SERVER_HELLO, ..])
}

#[tokio::test]
async fn versions_before_1_2_are_refused_as_such() {
    let mut door = Door::open();
    assert!(
        is_server_hello(&door.say(&Hello::new().records(16_384)).await),
        "a good hello by hand is answered"
    );
    for (version, name) in [([3, 0], "SSL 3"), ([3, 1], "TLS 1.0"), ([3, 2], "TLS 1.1")] {
        let hello = Hello { version, ..Hello::new() };
        let answer = door.say(&hello.records(16_384)).await;
        assert_eq!(alert(&answer, name), PROTOCOL_VERSION, "{name}");
    }
    // An SSL 2 hello, as old clients began even TLS: two octets of length, type 1, version 3.1.
    let old = [&[0x80, 46, 1, 3, 1, 0, 3, 0, 0, 0, 32, 0, 0, 47][..], &[7; 32]].concat();
    let answer = door.say(&old).await;
    assert!(!is_server_hello(&answer) && answer.len() <= 7, "SSL 2: {answer:?}");
    door.is_well("old versions").await;
}

#[tokio::test]
async fn no_cipher_suite_is_agreed_on_but_ephemeral_ones_with_authenticated_encryption() {
    let mut door = Door::open();
    // Those with ECDSA, which is what the development certificate has; RSA's and those of TLS 1.3 fit no such hello.
    let good = [0xC02B_u16, 0xC02C, 0xCCA9];
    for suite in good {
        let answer = door.say(&Hello { suites: vec![suite], ..Hello::new() }.records(16_384)).await;
        assert!(is_server_hello(&answer), "{suite:#x}");
    }
    let others: Vec<u16> = (0..=u16::MAX).filter(|suite| !good.contains(suite)).collect();
    for suites in others.chunks(8_000) {
        let hello = Hello { suites: suites.to_vec(), ..Hello::new() };
        let answer = door.say(&hello.records(16_384)).await;
        assert_eq!(alert(&answer, "other suites"), HANDSHAKE_FAILURE, "{:#x}…", suites[0]);
    }
    door.is_well("all suites there are").await;
}

#[tokio::test]
async fn nothing_is_compressed() {
    let mut door = Door::open();
    for compressions in [vec![1], vec![64], vec![1, 64], vec![]] {
        let answer =
            door.say(&Hello { compressions: compressions.clone(), ..Hello::new() }.records(16_384)).await;
        assert!(!is_server_hello(&answer), "{compressions:?}: {answer:?}");
    }
    let answer = door.say(&Hello { compressions: vec![1, 64, 0], ..Hello::new() }.records(16_384)).await;
    // Record, handshake header, version, random; then the session id, the suite and the compression.
    let session = usize::from(answer[43]);
    assert_eq!(answer[44 + session + 2], 0, "no compression is chosen");
    door.is_well("compression").await;
}

/// A client that the test moves by hand.
fn by_hand(door: &Door, early: bool) -> (ClientConnection, Arc<rustls::ClientConfig>) {
    let mut config = rustls::ClientConfig::clone(client(&door.directory).config());
    config.enable_early_data = early;
    let config = Arc::new(config);
    let name = ServerName::try_from("sip.test.example").expect("a name");
    (ClientConnection::new(config.clone(), name).expect("a client"), config)
}

/// Goes on until the handshake is over, beginning with `first` in place of what the client would send.
async fn shake(tls: &mut ClientConnection, tcp: &mut TcpStream, first: &[u8]) -> std::io::Result<()> {
    tcp.write_all(first).await?;
    while tls.is_handshaking() {
        let mut octets = vec![0; 16_384];
        let read = timeout(PATIENCE, tcp.read(&mut octets)).await.map_err(std::io::Error::other)??;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        take(tls, &octets[..read])?;
        flush(tls, tcp).await?;
    }
    flush(tls, tcp).await
}

fn take(tls: &mut ClientConnection, mut octets: &[u8]) -> std::io::Result<()> {
    while !octets.is_empty() {
        tls.read_tls(&mut octets)?;
        tls.process_new_packets().map_err(std::io::Error::other)?;
    }
    Ok(())
}

fn output(tls: &mut ClientConnection) -> Vec<u8> {
    let mut octets = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut octets).expect("a Vec takes everything");
    }
    octets
}

async fn flush(tls: &mut ClientConnection, tcp: &mut TcpStream) -> std::io::Result<()> {
    let octets = output(tls);
    tcp.write_all(&octets).await
}

#[tokio::test]
async fn a_hello_in_crumbs_is_a_hello() {
    let mut door = Door::patient();
    for size in [1, 2, 3, 4, 5, 7, 64, 200] {
        let (mut tls, _) = by_hand(&door, false);
        let hello = output(&mut tls);
        // What the client wrote is one record; its content in many is the same message.
        let crumbs = in_records([3, 1], &hello[5..], size);
        let mut tcp = TcpStream::connect(door.address).await.expect("connected");
        shake(&mut tls, &mut tcp, &crumbs).await.unwrap_or_else(|error| panic!("records of {size}: {error}"));
        let mut accepted = door.edge.accept().await.expect("handed over");
        use std::io::Write as _;
        tls.writer().write_all(b"OPTIONS").expect("room");
        flush(&mut tls, &mut tcp).await.expect("sent");
        let mut said = [0; 7];
        accepted.stream.read_exact(&mut said).await.expect("read");
        assert_eq!(&said, b"OPTIONS", "records of {size}");
    }
    door.is_well("crumbs").await;
}

#[tokio::test]
async fn what_is_no_tls_gets_an_alert_at_most() {
    let mut door = Door::open();
    let record = |kind: u8, length: u16, content: &[u8]| -> Vec<u8> {
        [&[kind, 3, 3][..], &length.to_be_bytes(), content].concat()
    };
    for (case, octets) in [
        ("nothing", vec![]),
        ("one octet", vec![22]),
        ("zeros", vec![0; 100_000]),
        ("ones", vec![0xFF; 100_000]),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: sip.test.example\r\n\r\n".to_vec()),
        ("SIP", b"REGISTER sip:test.example SIP/2.0\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        ("a PROXY header", b"PROXY TCP4 192.0.2.1 192.0.2.2 5061 5061\r\n".to_vec()),
        ("a record longer than any", record(22, 0xFFFF, &vec![1; 70_000])),
        ("a record longer than may be", record(22, 16_384 + 257, &vec![1; 20_000])),
        ("a record of no kind", record(99, 4, b"abcd")),
        ("data before the hello", record(23, 4, b"abcd")),
        ("a record without content", record(22, 0, b"")),
        ("a change of ciphers first", record(20, 1, &[1])),
        ("a finished message first", record(22, 16, &[20, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("a server's hello", record(22, 4, &[2, 0, 0, 0])),
        ("an empty hello", record(22, 4, &[1, 0, 0, 0])),
        ("a heartbeat", record(24, 3, &[1, 0x40, 0])),
        ("an alert", record(21, 2, &[2, 0])),
        ("half an alert", record(21, 1, &[2])),
    ] {
        let answer = door.say(&octets).await;
        assert!(answer.len() <= 7, "{case}: {answer:?}");
        assert!(answer.is_empty() || answer[0] == ALERT, "{case}: {answer:?}");
        door.is_well(case).await;
    }
}

#[tokio::test]
async fn floods_of_what_costs_nothing_end_the_connection() {
    let mut door = Door::open();
    let hello = Hello::new().records(16_384);
    for (case, unit) in [
        ("warnings", vec![21, 3, 3, 0, 2, 1, 90]),
        ("closing warnings", vec![21, 3, 3, 0, 2, 1, 0]),
        ("changes of ciphers", vec![20, 3, 3, 0, 1, 1]),
        ("records without content", vec![22, 3, 3, 0, 0]),
        ("empty data", vec![23, 3, 3, 0, 0]),
        ("hello requests", vec![22, 3, 3, 0, 4, 0, 0, 0, 0]),
        ("hellos", hello.clone()),
    ] {
        for first in [&[][..], &hello] {
            let octets = [first, &unit.repeat(20_000 / unit.len() * 10)].concat();
            // What it sends first may be answered; what follows is not, but for one alert.
            let _ = door.say(&octets).await;
            door.is_well(case).await;
        }
    }
}

#[tokio::test]
async fn a_client_that_asks_for_new_keys_all_the_time_is_cut() {
    let mut door = Door::patient();
    let (mut tls, _) = by_hand(&door, false);
    let hello = output(&mut tls);
    let mut tcp = TcpStream::connect(door.address).await.expect("connected");
    shake(&mut tls, &mut tcp, &hello).await.expect("TLS 1.3");
    let mut accepted = door.edge.accept().await.expect("handed over");
    let asking = async {
        for _ in 0..10_000 {
            tls.refresh_traffic_keys().expect("TLS 1.3 has new keys");
            if flush(&mut tls, &mut tcp).await.is_err() {
                return;
            }
        }
        // It may be that everything fits into the sockets' buffers.
        let _ = tcp.shutdown().await;
    };
    let reading = async {
        let mut octets = [0; 16];
        accepted.stream.read(&mut octets).await
    };
    let (_, read) =
        timeout(PATIENCE, async { tokio::join!(asking, reading) }).await.expect("one of them ends");
    let error = read.expect_err("the connection is cut, not read to its end");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{error}");
    drop(accepted);
    door.is_well("key updates").await;
}

#[tokio::test]
async fn a_second_handshake_inside_the_first_is_refused() {
    let mut door = Door::patient();
    let mut asking = Command::new("openssl")
        .args(["s_client", "-tls1_2", "-connect", &door.address.to_string(), "-servername", "localhost"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("openssl is installed");
    let accepted = door.edge.accept().await.expect("handed over");
    assert!(accepted.stream.tls_description().is_some_and(|text| text.starts_with("TLSv1_2")));
    let mut stdin = asking.stdin.take().expect("a pipe");
    // A line that begins with R makes openssl ask for a new handshake.
    stdin.write_all(b"R\n").await.expect("said");
    stdin.flush().await.expect("said");
    let (mut reading, mut writing) = tokio::io::split(accepted.stream);
    // The refusal goes out in front of whatever the server says next.
    let talking = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while writing.write_all(b"x").await.is_ok() && writing.flush().await.is_ok() {
            tick.tick().await;
        }
    };
    let mut octets = Vec::new();
    let ending = reading.read_to_end(&mut octets);
    let end = async {
        tokio::select! { end = ending => { let _ = end; }, () = talking => {} }
    };
    timeout(PATIENCE, end).await.expect("the client gives up");
    drop((reading, writing));
    assert!(octets.is_empty(), "nothing was said but the wish");
    let said = timeout(PATIENCE, asking.wait_with_output()).await.expect("openssl ends").expect("it ran");
    let text = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    // It meets the refusal, or the octet behind it where a handshake should be.
    assert!(text.contains("RENEGOTIATING") && text.contains(":SSL routines:"), "{text}");
    assert_eq!(text.matches("New, TLSv1.2").count(), 1, "one handshake: {text}");
    door.is_well("renegotiation").await;
}

#[tokio::test]
async fn a_client_that_comes_back_sends_nothing_before_the_handshake() {
    let mut door = Door::patient();
    let (mut tls, config) = by_hand(&door, true);
    let hello = output(&mut tls);
    let mut tcp = TcpStream::connect(door.address).await.expect("connected");
    shake(&mut tls, &mut tcp, &hello).await.expect("TLS 1.3");
    let mut accepted = door.edge.accept().await.expect("handed over");
    accepted.stream.write_all(b"x").await.expect("sent");
    accepted.stream.flush().await.expect("sent");
    let mut octets = vec![0; 16_384];
    let mut plain = Vec::new();
    use std::io::Read as _;
    while plain.is_empty() {
        let read = timeout(PATIENCE, tcp.read(&mut octets)).await.expect("in time").expect("read");
        take(&mut tls, &octets[..read]).expect("the ticket and a byte");
        let _ = tls.reader().read_to_end(&mut plain);
    }
    let name = ServerName::try_from("sip.test.example").expect("a name");
    let mut again = ClientConnection::new(config, name).expect("a client");
    assert!(again.early_data().is_none(), "the ticket allows no early data");
    let hello = output(&mut again);
    let mut tcp = TcpStream::connect(door.address).await.expect("connected");
    shake(&mut again, &mut tcp, &hello).await.expect("TLS 1.3 again");
    assert_eq!(again.handshake_kind(), Some(rustls::HandshakeKind::Resumed), "it did come back");
}

#[tokio::test]
async fn a_ticket_is_good_for_a_day_at_most() {
    let mut door = Door::patient();
    for version in ["-tls1_2", "-tls1_3"] {
        let said = Command::new("openssl")
            .args(["s_client", version, "-connect", &door.address.to_string(), "-servername", "localhost"])
            .args(["-ign_eof"])
            .stdin(Stdio::null())
            .output();
        let serving = async {
            // The ticket comes before the octet; openssl waits for the end of the connection.
            let mut accepted = door.edge.accept().await.expect("handed over");
            accepted.stream.write_all(b"x").await.expect("sent");
            accepted.stream.shutdown().await.expect("ended");
        };
        let (said, ()) = tokio::join!(said, serving);
        let text = String::from_utf8_lossy(&said.expect("openssl is installed").stdout).into_owned();
        let hint =
            text.lines().find_map(|line| line.trim().strip_prefix("TLS session ticket lifetime hint: "));
        let hint = hint.unwrap_or_else(|| panic!("{version}: no ticket: {text}"));
        let seconds: u32 = hint.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
        assert!(seconds <= 24 * 60 * 60, "{version}: {hint}");
    }
}

#[tokio::test]
async fn who_stalls_anywhere_in_the_handshake_is_cut() {
    let mut door = Door::open();
    let hello = Hello::new().records(16_384);
    let (mut tls, _) = by_hand(&door, false);
    let modern = output(&mut tls);
    for octets in [&hello[..1], &hello[..5], &hello[..20], &hello, &modern[..modern.len() - 1], &modern] {
        let mut stalled = TcpStream::connect(door.address).await.expect("connected");
        stalled.write_all(octets).await.expect("sent");
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stalled.read_to_end(&mut answer)).await.expect("it is cut");
        door.is_well(&format!("stalled after {} octets", octets.len())).await;
    }
    // A hello that ends in the middle of a crumb, and one that says it is longer than any may be.
    let crumbs = Hello::new().records(1);
    for end in [1, 4, 5, 6, 7, crumbs.len() / 2, crumbs.len() - 1] {
        assert!(!is_server_hello(&door.say(&crumbs[..end]).await));
    }
    let mut message = Hello::new().message();
    message[1..4].copy_from_slice(&[0xFF, 0xFF, 0xFF]);
    assert!(!is_server_hello(&door.say(&in_records([3, 1], &message, 1)).await));
    // Many at once.
    let mut stalled = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(door.address).await.expect("connected");
        stream.write_all(&hello).await.expect("sent");
        stalled.push(stream);
    }
    let mut answer = Vec::new();
    for mut stream in stalled {
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it is cut");
    }
    door.is_well("many stalled").await;
}
