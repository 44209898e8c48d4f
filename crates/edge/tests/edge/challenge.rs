//! Challenges of ACME servers: who is shown the answer, and who isn't.

use std::sync::Arc;
use std::time::Duration;

use rapport_edge::{
    Bounds, CertStore, CertificateError, CertificateSource, ChallengeAnswer, Offer, Protocol,
};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::{Directory, certificates, client, connect, development, now, open};
use crate::validator::anyone;

/// Connects as an ACME server does, whose certificate it is all the same, and returns what it was shown.
async fn shown(
    address: std::net::SocketAddr,
    name: &str,
    protocols: &[&[u8]],
) -> std::io::Result<(Option<Vec<u8>>, CertificateDer<'static>, TlsEnd)> {
    let mut config: ClientConfig = anyone();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let tcp = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
    let (_, session) = stream.get_ref();
    let protocol = session.alpn_protocol().map(<[u8]>::to_vec);
    let certificate = session.peer_certificates().and_then(|chain| chain.first()).expect("one").clone();
    Ok((protocol, certificate.into_owned(), stream))
}

type TlsEnd = tokio_rustls::client::TlsStream<TcpStream>;

fn holds(certificate: &CertificateDer<'_>, octets: &[u8]) -> bool {
    certificate.windows(octets.len()).any(|window| window == octets)
}

#[tokio::test]
async fn a_challenge_is_shown_to_the_acme_server_alone_and_only_while_it_lasts() {
    let directory = Directory::new();
    let certificates = certificates(&directory);
    let (mut edge, address) = open(Offer::SipAndHttp, Bounds::default(), certificates.clone());
    let digest: [u8; 32] = std::array::from_fn(|n| u8::try_from(n).expect("small") ^ 0xa5);
    let answer = ChallengeAnswer::give(certificates.clone(), "SIP.test.example", &digest).expect("given");

    let (protocol, certificate, mut stream) =
        shown(address, "sip.test.example", &[b"acme-tls/1"]).await.expect("a handshake");
    assert_eq!(protocol.as_deref(), Some(&b"acme-tls/1"[..]));
    // OBJECT IDENTIFIER 1.3.6.1.5.5.7.1.31, critical, and the digest (RFC 8737 §3).
    assert!(holds(&certificate, &[6, 8, 0x2b, 6, 1, 5, 5, 7, 1, 0x1f, 1, 1, 0xff, 4, 0x22, 4, 0x20]));
    assert!(holds(&certificate, &digest));
    let mut rest = Vec::new();
    // The connection ends with the handshake: nobody is served on it.
    let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection stays open");
    assert!(rest.is_empty(), "{rest:?}");

    for (name, protocols) in [
        ("other.test.example", &[&b"acme-tls/1"[..]][..]),
        ("sip.test.example", &[b"acme-tls/1", b"http/1.1"]),
        ("sip.test.example", &[]),
    ] {
        let (protocol, certificate, _) = shown(address, name, protocols).await.expect("a handshake");
        assert_eq!(protocol, None, "{name} {protocols:?}");
        assert!(!holds(&certificate, &digest), "{name} {protocols:?}");
    }
    // A client goes on being served meanwhile.
    let mut stream = connect(&client(&directory), address, "sip.test.example").await.expect("trusted");
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("sent");
    let accepted = loop {
        let accepted = edge.accept().await.expect("it listens");
        if accepted.protocol == Protocol::Http {
            break accepted;
        }
    };
    assert!(accepted.stream.is_tls());

    drop(answer);
    let (_, certificate, _) =
        shown(address, "sip.test.example", &[b"acme-tls/1"]).await.expect("a handshake");
    assert!(!holds(&certificate, &digest));
}

#[test]
fn a_challenge_without_a_digest_is_refused() {
    let directory = Directory::new();
    let error = ChallengeAnswer::give(certificates(&directory), "sip.test.example", b"short");
    assert!(matches!(error, Err(CertificateError::Make(_))));
}

fn made(directory: &Directory, name: &str) -> (String, String) {
    CertStore::open(development(directory, &[name]), now()).expect("made");
    let read = |file: &str| std::fs::read_to_string(directory.path().join(file)).expect("there");
    (read("dev-cert.pem"), read("dev-key.pem"))
}

#[test]
fn what_was_got_is_kept_for_the_owner_alone_and_taken_whole_or_not_at_all() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, elsewhere) = (Directory::new(), Directory::new());
    let file = directory.path().join("acme/ca/certificate.pem");
    let source = CertificateSource::Got {
        file: file.clone(),
        directory: directory.path().to_owned(),
        names: vec!["sip.test.example".to_owned()],
    };
    let names = ["sip.test.example".to_owned()];
    let (store, info) = CertStore::open(source.clone(), now()).expect("a certificate stands in");
    assert!(info.development && !store.serves(&names, now()));
    let (chain, key) = made(&elsewhere, "sip.test.example");
    let (_, other_key) = made(&Directory::new(), "sip.test.example");
    store.take(&chain, &other_key, now()).expect_err("the key is another's");
    store.take("no chain", &key, now()).expect_err("no chain");
    assert!(!file.exists() && store.info().development, "nothing has changed");
    assert!(!store.take(&chain, &key, now()).expect("taken").development);
    assert!(store.serves(&names, now()));
    assert!(!store.serves(&["other.example".to_owned()], now()), "not for other names");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().expect("one"))), (0o600, 0o700));
    assert!(!CertStore::open(source.clone(), now()).expect("read back").1.development);
    std::fs::write(&file, "half a fi").expect("written");
    assert!(CertStore::open(source, now()).expect("a certificate stands in").1.development);
}
