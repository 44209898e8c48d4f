//! Real loopback sockets: TLS versions, telling protocols, bounds, deadlines, reload, the end of accepting.

use std::net::SocketAddr;
use std::process::{Output, Stdio};
use std::time::Duration;

use crate::support::{Directory, certificates, client, connect, now, open};
use rapport_edge::{Bounds, Edge, EdgeConfig, Listen, ListenError, Offer, Protocol};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::Instant;

async fn openssl(address: SocketAddr, directory: &Directory, flags: &[&str]) -> Output {
    Command::new("openssl")
        .args(["s_client", "-connect", &address.to_string(), "-servername", "localhost", "-CAfile"])
        .arg(directory.path().join("dev-ca.pem"))
        .args(["-verify_return_error", "-verify_hostname", "localhost"])
        .args(flags)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("openssl is installed")
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken_and_nothing_older() {
    let directory = Directory::new();
    let (mut edge, address) = open(Offer::Sip, Bounds::default(), certificates(&directory));
    for (flag, version) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let said = openssl(address, &directory, &[flag]).await;
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.status.success(), "{flag}: {text}");
        assert!(text.contains(&format!("New, {version}")), "{flag}: {text}");
        assert!(text.contains("Verify return code: 0 (ok)"), "{flag}: {text}");
        let accepted = edge.accept().await.expect("handed over");
        assert_eq!(accepted.protocol, Protocol::Sip);
        assert!(accepted.stream.is_tls() && accepted.stream.tls_description().is_some());
    }
    for flags in [
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"][..],
        &["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "AES128-GCM-SHA256"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA"],
    ] {
        let said = openssl(address, &directory, flags).await;
        assert!(!said.status.success(), "{flags:?} was accepted");
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(text.contains("Cipher is (NONE)"), "{flags:?}: {text}");
    }
}

#[tokio::test]
async fn sip_and_http_on_one_port_are_told_apart_and_lose_no_byte() {
    let directory = Directory::new();
    let (mut edge, address) = open(Offer::SipAndHttp, Bounds::default(), certificates(&directory));
    let connector = client(&directory);
    for (text, want) in [
        ("REGISTER sip:test.example SIP/2.0\r\nCSeq: 1 REGISTER\r\n\r\n", Protocol::Sip),
        ("OPTIONS sip:test.example SIP/2.0\r\n\r\n", Protocol::Sip),
        ("OPTIONS * HTTP/1.1\r\nHost: test.example\r\n\r\n", Protocol::Http),
        ("GET /healthz HTTP/1.1\r\nHost: test.example\r\n\r\n", Protocol::Http),
    ] {
        let mut sender = connect(&connector, address, "sip.test.example").await.expect("TLS");
        // In two pieces, so that the first doesn't decide.
        let (first, rest) = text.split_at(5);
        sender.write_all(first.as_bytes()).await.expect("sent");
        sender.flush().await.expect("sent");
        tokio::task::yield_now().await;
        sender.write_all(rest.as_bytes()).await.expect("sent");
        sender.flush().await.expect("sent");
        let mut accepted = edge.accept().await.expect("handed over");
        assert_eq!(accepted.protocol, want, "{text}");
        let mut back = vec![0; text.len()];
        accepted.stream.read_exact(&mut back).await.expect("all of it");
        assert_eq!(String::from_utf8_lossy(&back), text);
        accepted.stream.write_all(b"answer").await.expect("sent");
        accepted.stream.flush().await.expect("sent");
        let mut answer = [0; 6];
        sender.read_exact(&mut answer).await.expect("the answer");
        assert_eq!(&answer, b"answer");
    }
}

#[tokio::test]
async fn who_stalls_in_the_handshake_or_says_nothing_is_cut() {
    let directory = Directory::new();
    let brief = Duration::from_millis(150);
    let bounds = Bounds { handshake: brief, ..Bounds::default() };
    let (edge, address) = open(Offer::SipAndHttp, bounds, certificates(&directory));
    let mut stalled = TcpStream::connect(address).await.expect("connected");
    // The beginning of a ClientHello and then nothing.
    stalled.write_all(&[0x16, 3, 1, 0, 200, 1]).await.expect("sent");
    let mut end = Vec::new();
    // Either an orderly end or a reset: both are cut.
    let _ = stalled.read_to_end(&mut end).await;
    assert_eq!(end, b"");
    assert_eq!(edge.connections(), 0, "nothing is left of it");
    // A handshake has its time on a busy machine, too.
    let bounds = Bounds { first_bytes: brief, ..Bounds::default() };
    let (edge, address) = open(Offer::SipAndHttp, bounds, certificates(&directory));
    let mut silent = connect(&client(&directory), address, "localhost").await.expect("TLS");
    let _ = silent.read_to_end(&mut end).await;
    assert_eq!(end, b"");
    assert_eq!(edge.connections(), 0, "nothing is left of it");
}

#[tokio::test]
async fn one_address_may_have_so_many_connections_and_no_more() {
    let directory = Directory::new();
    let bounds = Bounds { per_address: 2, ..Bounds::default() };
    let (mut edge, address) = open(Offer::Sip, bounds, certificates(&directory));
    let connector = client(&directory);
    let _first = connect(&connector, address, "localhost").await.expect("the first");
    let _second = connect(&connector, address, "localhost").await.expect("the second");
    let held = (edge.accept().await.expect("handed over"), edge.accept().await.expect("handed over"));
    assert!(connect(&connector, address, "localhost").await.is_err(), "the third is refused");
    assert_eq!(edge.connections(), 2);
    drop(held);
    assert_eq!(edge.connections(), 0);
    connect(&connector, address, "localhost").await.expect("there is room again");
}

/// How many of so many connections in a row are let in; each is gone before the next comes.
async fn let_in(edge: &mut Edge, address: SocketAddr, tries: u32) -> u32 {
    let mut count = 0;
    for _ in 0..tries {
        let mut sender = TcpStream::connect(address).await.expect("the system takes it");
        let mut nothing = [0; 1];
        count += tokio::select! {
            accepted = edge.accept() => u32::from(accepted.is_some()),
            // Closed at once; by a reset, where something was said.
            read = sender.read(&mut nothing) => read.map_or(0, |octets| u32::try_from(octets).unwrap_or(0)),
        };
    }
    count
}

#[tokio::test]
async fn as_many_may_come_at_once_as_there_may_be_or_as_may_come_in_a_second() {
    let directory = Directory::new();
    for (per_address, rate_per_address, burst) in [(30, 1, 30), (5, 40, 40)] {
        let bounds = Bounds { per_address, rate_per_address, ..Bounds::default() };
        let (mut edge, address) = open(Offer::PlainSip, bounds, certificates(&directory));
        let begun = Instant::now();
        let count = let_in(&mut edge, address, 60).await;
        // What the time itself has given meanwhile.
        let filled = (begun.elapsed().as_secs_f64() * f64::from(rate_per_address)).ceil();
        assert!(
            (burst..=burst + filled as u32).contains(&count),
            "{count} of {burst}, {filled} more by the time"
        );
    }
}

#[tokio::test]
async fn a_reload_changes_the_certificate_and_drops_no_connection() {
    let directory = Directory::new();
    let store = certificates(&directory);
    let (mut edge, address) = open(Offer::Sip, Bounds::default(), store.clone());
    let connector = client(&directory);
    let mut before = connect(&connector, address, "sip.test.example").await.expect("TLS");
    let mut accepted = edge.accept().await.expect("handed over");
    let certificate = |stream: &tokio_rustls::client::TlsStream<TcpStream>| {
        stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()).cloned()
    };
    // The development certificate is gone, so a reload makes another one under the same authority.
    std::fs::remove_file(directory.path().join("dev-cert.pem")).expect("removed");
    store.reload(now()).expect("reloaded");
    let after = connect(&client(&directory), address, "sip.test.example").await.expect("TLS again");
    assert_ne!(certificate(&before), certificate(&after), "another certificate, under the same authority");
    accepted.stream.write_all(b"still here").await.expect("sent");
    accepted.stream.flush().await.expect("sent");
    let mut said = [0; 10];
    before.read_exact(&mut said).await.expect("the connection lives");
    assert_eq!(&said, b"still here");
}

#[tokio::test]
async fn a_client_that_comes_back_resumes_its_session_also_after_a_reload_of_the_same_certificate() {
    let directory = Directory::new();
    let store = certificates(&directory);
    let (mut edge, address) = open(Offer::Sip, Bounds::default(), store.clone());
    let connector = client(&directory);
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(&connector, address, "localhost").await.expect("TLS");
        let mut accepted = edge.accept().await.expect("handed over");
        accepted.stream.write_all(b"x").await.expect("sent");
        accepted.stream.flush().await.expect("sent");
        stream.read_u8().await.expect("the ticket came before this byte");
        kinds.push(stream.get_ref().1.handshake_kind());
        store.reload(now()).expect("reloaded");
    }
    assert_eq!(
        kinds,
        [Some(rustls::HandshakeKind::Full), Some(rustls::HandshakeKind::Resumed)],
        "tickets outlive a reload"
    );
}

#[tokio::test]
async fn plain_tcp_listens_on_loopback_alone() {
    let directory = Directory::new();
    let store = certificates(&directory);
    let try_open = |address: &str| {
        let address = address.parse().expect("an address");
        let listen = vec![Listen { address, offer: Offer::PlainSip }];
        Edge::open(EdgeConfig { listen, bounds: Bounds::default(), certificates: store.clone() })
    };
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = try_open(address).expect_err("refused");
        assert!(matches!(error, ListenError::NotLoopback(_)), "{error}");
        assert!(error.to_string().contains(address), "{error}");
    }
    let mut edge = try_open("127.0.0.1:0").expect("loopback is fine");
    let address = edge.addresses().first().expect("one").address;
    let mut sender = TcpStream::connect(address).await.expect("connected");
    sender.write_all(b"OPTIONS").await.expect("sent");
    let mut accepted = edge.accept().await.expect("handed over");
    let mut said = [0; 7];
    accepted.stream.read_exact(&mut said).await.expect("read");
    assert_eq!(accepted.end_point, None, "there is no certificate to be bound to");
    assert_eq!(
        (&said, accepted.stream.is_tls(), accepted.peer),
        (b"OPTIONS", false, sender.local_addr().expect("bound"))
    );
}

#[tokio::test]
async fn an_address_in_use_or_missing_is_named() {
    let directory = Directory::new();
    let store = certificates(&directory);
    let (_edge, taken) = open(Offer::Sip, Bounds::default(), store.clone());
    let listen = |address| EdgeConfig {
        listen: vec![Listen { address, offer: Offer::Sip }],
        bounds: Bounds::default(),
        certificates: store.clone(),
    };
    let error = Edge::open(listen(taken)).expect_err("taken");
    assert_eq!(error.to_string(), format!("port {} of 127.0.0.1 is in use by another program", taken.port()));
    let missing = "192.0.2.1:0".parse().expect("an address");
    let error = Edge::open(listen(missing)).expect_err("not ours");
    assert_eq!(error.to_string(), "this machine doesn't have the address 192.0.2.1");
}

#[tokio::test]
async fn both_families_listen_on_one_port() {
    let directory = Directory::new();
    let store = certificates(&directory);
    let (mut edge, v4) = open(Offer::Sip, Bounds::default(), store.clone());
    let port = v4.port();
    edge.stop_accepting().await;
    let listen = [format!("0.0.0.0:{port}"), format!("[::]:{port}")]
        .iter()
        .map(|text| Listen { address: text.parse().expect("an address"), offer: Offer::Sip })
        .collect();
    let mut edge = match Edge::open(EdgeConfig { listen, bounds: Bounds::default(), certificates: store }) {
        Ok(edge) => edge,
        Err(ListenError::NoSuchAddress(address)) if address.is_ipv6() => return,
        Err(error) => panic!("{error}"),
    };
    for address in [format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
        let address: SocketAddr = address.parse().expect("an address");
        connect(&client(&directory), address, "localhost").await.expect("TLS");
        let accepted = edge.accept().await.expect("handed over");
        assert_eq!(accepted.local, address);
    }
}

#[tokio::test]
async fn after_the_stop_nobody_comes_in_and_who_is_in_stays() {
    let directory = Directory::new();
    let (mut edge, address) = open(Offer::Sip, Bounds::default(), certificates(&directory));
    let connector = client(&directory);
    let mut inside = connect(&connector, address, "localhost").await.expect("TLS");
    let mut accepted = edge.accept().await.expect("handed over");
    edge.stop_accepting().await;
    assert!(edge.accept().await.is_none());
    assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
    accepted.stream.write_all(b"bye").await.expect("sent");
    accepted.stream.flush().await.expect("sent");
    let mut said = [0; 3];
    inside.read_exact(&mut said).await.expect("the connection lives");
    assert_eq!(&said, b"bye");
}
