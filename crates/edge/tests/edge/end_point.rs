//! Which certificate a connection is bound to: the one that its client saw, also when it comes back with a ticket.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use rapport_edge::{Accepted, Bounds, CertStore, CertificateSource, ChallengeAnswer, Edge, Offer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{Directory, certificates, client, connect, development, now, open};
use crate::validator::anyone;

/// What openssl says that a file's certificate hashes to.
fn fingerprint(certificate: &Path, algorithm: &str) -> Vec<u8> {
    let said = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", algorithm, "-in"])
        .arg(certificate)
        .output()
        .expect("openssl is installed");
    let said = String::from_utf8(said.stdout).expect("text");
    let (_, digits) = said.trim().split_once('=').unwrap_or_else(|| panic!("no fingerprint: {said}"));
    digits.split(':').map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}

fn run_openssl(directory: &Directory, words: &str) {
    let done = Command::new("openssl")
        .args(words.split(' '))
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(done.expect("openssl is installed").success(), "openssl {words}");
}

#[tokio::test]
async fn the_hash_is_the_one_that_the_certificate_was_signed_with_and_never_a_weak_one() {
    let directory = Directory::new();
    run_openssl(&directory, "genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out rsa.pem");
    run_openssl(&directory, "genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out ec.pem");
    run_openssl(&directory, "genpkey -algorithm ed25519 -out ed.pem");
    let connector = TlsConnector::from(Arc::new(anyone()));
    for (key, signed, hashed) in [
        ("rsa.pem", "-md5", "-sha256"),
        ("rsa.pem", "-sha1", "-sha256"),
        ("rsa.pem", "-sha224", "-sha224"),
        ("rsa.pem", "-sha256", "-sha256"),
        ("rsa.pem", "-sha384", "-sha384"),
        ("rsa.pem", "-sha512", "-sha512"),
        ("rsa.pem", "-sha3-256", "-sha256"),
        ("rsa.pem", "-sigopt rsa_padding_mode:pss -sha1", "-sha256"),
        ("rsa.pem", "-sigopt rsa_padding_mode:pss -sha224", "-sha224"),
        ("rsa.pem", "-sigopt rsa_padding_mode:pss -sha256", "-sha256"),
        ("rsa.pem", "-sigopt rsa_padding_mode:pss -sha384", "-sha384"),
        ("rsa.pem", "-sigopt rsa_padding_mode:pss -sha512", "-sha512"),
        ("ec.pem", "-sha1", "-sha256"),
        ("ec.pem", "-sha224", "-sha224"),
        ("ec.pem", "-sha256", "-sha256"),
        ("ec.pem", "-sha384", "-sha384"),
        ("ec.pem", "-sha512", "-sha512"),
        ("ed.pem", "", "-sha256"),
    ] {
        let made = format!("req -x509 -new -key {key} -subj /CN=localhost -out made.pem {signed}");
        run_openssl(&directory, made.trim_end());
        let (certificate, key) = (directory.path().join("made.pem"), directory.path().join(key));
        let source = CertificateSource::Files { certificate: certificate.clone(), key };
        let (store, _) = CertStore::open(source, now()).expect("it can be used");
        let (mut edge, address) = open(Offer::Sip, Bounds::default(), store);
        let _client = connect(&connector, address, "localhost").await.expect("TLS");
        let accepted = edge.accept().await.expect("handed over");
        assert_eq!(accepted.end_point.as_deref(), Some(&*fingerprint(&certificate, hashed)), "{made}");
    }
}

/// The hash of what a client saw; development certificates are signed by ECDSA with SHA-256.
fn seen(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    let certificates = stream.get_ref().1.peer_certificates().expect("the server showed one");
    digest(&SHA256, certificates.first().expect("its own")).as_ref().to_vec()
}

fn bound(accepted: &Accepted) -> Vec<u8> {
    accepted.end_point.as_deref().expect("it came over TLS").to_vec()
}

/// Makes another development certificate under the same authority.
fn renew(directory: &Directory, store: &CertStore) {
    std::fs::remove_file(directory.path().join("dev-cert.pem")).expect("removed");
    store.reload(now()).expect("reloaded");
}

#[tokio::test]
async fn a_connection_is_bound_to_the_certificate_that_its_client_saw_whatever_comes_after() {
    for challenged in [false, true] {
        let directory = Directory::new();
        let store = certificates(&directory);
        // While an ACME server is awaited, handshakes go another way.
        let answer = challenged
            .then(|| ChallengeAnswer::give(store.clone(), "sip.test.example", &[7; 32]).expect("given"));
        let (mut edge, address) = open(Offer::Sip, Bounds::default(), store.clone());
        let connector = client(&directory);

        let first = connect(&connector, address, "localhost").await.expect("TLS");
        let first_accepted = edge.accept().await.expect("handed over");
        // The certificate changes between the connection and the client's first word.
        let tcp = TcpStream::connect(address).await.expect("connected");
        while edge.connections() < 2 {
            tokio::task::yield_now().await;
        }
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        renew(&directory, &store);
        let name = ServerName::try_from("localhost").expect("a name");
        let between = client(&directory).connect(name, tcp).await.expect("TLS");
        let between_accepted = edge.accept().await.expect("handed over");
        let last = connect(&client(&directory), address, "localhost").await.expect("TLS");
        let last_accepted = edge.accept().await.expect("handed over");

        assert_eq!(bound(&between_accepted), seen(&between), "challenged: {challenged}");
        assert_eq!(bound(&last_accepted), seen(&last), "challenged: {challenged}");
        assert_eq!(bound(&first_accepted), seen(&first), "challenged: {challenged}");
        assert_ne!(seen(&first), seen(&last), "it was another certificate");
        drop(answer);
    }
}

fn trusting(directory: &Directory, version: &'static SupportedProtocolVersion) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let authority = directory.path().join("dev-ca.pem");
    roots.add(CertificateDer::from_pem_file(authority).expect("the authority")).expect("a good one");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// Comes (back), takes the ticket that the server gives, and says how the handshake went.
async fn come(connector: &TlsConnector, edge: &mut Edge, address: SocketAddr) -> Option<HandshakeKind> {
    let mut stream = connect(connector, address, "localhost").await.expect("TLS");
    let mut accepted = edge.accept().await.expect("handed over");
    accepted.stream.write_all(b"x").await.expect("sent");
    accepted.stream.flush().await.expect("sent");
    stream.read_u8().await.expect("the ticket came before this byte");
    // A client that comes back with a ticket goes by the certificate that it saw when it got the first one.
    assert_eq!(bound(&accepted), seen(&stream));
    stream.get_ref().1.handshake_kind()
}

#[tokio::test]
async fn no_ticket_outlives_its_certificate() {
    let directory = Directory::new();
    let store = certificates(&directory);
    let (mut edge, address) = open(Offer::Sip, Bounds::default(), store.clone());
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let connector = trusting(&directory, version);
        assert_eq!(come(&connector, &mut edge, address).await, Some(HandshakeKind::Full));
        store.reload(now()).expect("the same certificate again");
        assert_eq!(come(&connector, &mut edge, address).await, Some(HandshakeKind::Resumed));
        renew(&directory, &store);
        assert_eq!(come(&connector, &mut edge, address).await, Some(HandshakeKind::Full), "{version:?}");
        assert_eq!(come(&connector, &mut edge, address).await, Some(HandshakeKind::Resumed));
    }
}

#[tokio::test]
async fn no_ticket_outlives_a_certificate_that_is_replaced_by_one_from_an_acme_server() {
    let (directory, elsewhere) = (Directory::new(), Directory::new());
    let source = CertificateSource::Got {
        file: directory.path().join("acme/certificate.pem"),
        directory: directory.path().to_owned(),
        names: vec![],
    };
    let (store, _) = CertStore::open(source, now()).expect("one stands in");
    let (mut edge, address) = open(Offer::Sip, Bounds::default(), store.clone());
    let connector = TlsConnector::from(Arc::new(anyone()));
    assert_eq!(come(&connector, &mut edge, address).await, Some(HandshakeKind::Full));
    assert_eq!(come(&connector, &mut edge, address).await, Some(HandshakeKind::Resumed));
    CertStore::open(development(&elsewhere, &[]), now()).expect("made");
    let read = |file: &str| std::fs::read_to_string(elsewhere.path().join(file)).expect("there");
    store.take(&read("dev-cert.pem"), &read("dev-key.pem"), now()).expect("taken");
    assert_eq!(come(&connector, &mut edge, address).await, Some(HandshakeKind::Full));
    assert_eq!(come(&connector, &mut edge, address).await, Some(HandshakeKind::Resumed));
}

#[tokio::test]
async fn openssl_resumes_its_session_with_the_same_certificate_alone() {
    let directory = Directory::new();
    let store = certificates(&directory);
    let (mut edge, address) = open(Offer::Sip, Bounds::default(), store.clone());
    for version in ["-tls1_2", "-tls1_3"] {
        let session = directory.path().join("session.pem");
        for (arguments, renewed, want) in
            [("-sess_out", false, "New, "), ("-sess_in", false, "Reused, "), ("-sess_in", true, "New, ")]
        {
            if renewed {
                renew(&directory, &store);
            }
            let said = tokio::process::Command::new("openssl")
                .args(["s_client", version, "-connect", &address.to_string(), "-servername", "localhost"])
                .args(["-ign_eof", arguments])
                .arg(&session)
                .stdin(Stdio::null())
                .output();
            let serving = async {
                // The ticket comes before the octet; openssl waits for the end of the connection.
                let mut accepted = edge.accept().await.expect("handed over");
                accepted.stream.write_all(b"x").await.expect("sent");
                accepted.stream.shutdown().await.expect("ended");
            };
            let (said, ()) = tokio::join!(said, serving);
            let text = String::from_utf8_lossy(&said.expect("openssl is installed").stdout).into_owned();
            assert!(text.contains(want), "{version} {arguments}: {text}");
        }
    }
}
