//! Certificates by ACME: the server against Pebble, an ACME server for tests, from Debian's package.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use rapport_testkit::driver::Trust;
use rapport_testkit::ports;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::life::{OPTIONS, get};
use crate::support::{Directory, Server, await_names, rapport};

const NAME: &str = "sip.test.example";
const CAME: &str = "a certificate came by ACME";

/// Ends its program when it is dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free() -> SocketAddr {
    ([127, 0, 0, 1], ports::take()).into()
}

/// Where an ACME server will be, and what its clients trust.
struct Place {
    acme: SocketAddr,
    management: SocketAddr,
    certificate: PathBuf,
    key: PathBuf,
}

impl Place {
    fn choose(directory: &Directory) -> Self {
        let key = rcgen::KeyPair::generate().expect("a key");
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::CertificateParams::new(names).expect("names").self_signed(&key).expect("made");
        Self {
            acme: free(),
            management: free(),
            certificate: directory.write("pebble.pem", &made.pem()),
            key: directory.write("pebble-key.pem", &key.serialize_pem()),
        }
    }

    /// Starts the server that will get its certificate there.
    fn server(&self, directory: &Directory) -> Server {
        let config = directory.write(
            "rapport.toml",
            &format!(
                "[server]\nname = \"{NAME}\"\n[listen]\ntls = \"127.0.0.1:0\"\nhttps = []\nmetrics = \"127.0.0.1:0\"\n\
                 [limits]\nsign_in = \"5m\"\n[tls]\nacme_directory = \"https://{}/dir\"\nacme_accept_terms = true\n\
                 acme_contact = \"mailto:operator@test.example\"\nacme_authority = \"{}\"\n",
                self.acme,
                self.certificate.display()
            ),
        );
        let data = directory.path().join("data");
        let [config, at] = [&config, &data].map(|path| path.display().to_string());
        Server::run(rapport(&["serve", "--config", &config, "--data", &at]), data)
    }
}

/// Pebble, and the names for it: all lead to this machine.
struct Pebble<'a> {
    place: &'a Place,
    _pebble: Program,
    _names: Program,
}

impl<'a> Pebble<'a> {
    /// Starts it; it looks for challenges on that port.
    fn start(place: &'a Place, directory: &Directory, tls_port: u16) -> Self {
        let names = free();
        let names_child = Command::new("pebble-challtestsrv")
            .args(["-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""])
            .args(["-dns01", &names.to_string(), "-management", &free().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Debian's package pebble is installed");
        let names_child = Program(names_child);
        await_names(names);
        let config = format!(
            "{{\"pebble\": {{\"listenAddress\": \"{}\", \"managementListenAddress\": \"{}\", \"certificate\": \"{}\", \
             \"privateKey\": \"{}\", \"httpPort\": 1, \"tlsPort\": {tls_port}}}}}",
            place.acme,
            place.management,
            place.certificate.display(),
            place.key.display()
        );
        let config = directory.write("pebble.json", &config);
        let mut child = Command::new("pebble")
            .arg("-config")
            .arg(config)
            .args(["-dnsserver", &names.to_string()])
            .env("PEBBLE_VA_NOSLEEP", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Debian's package pebble is installed");
        let said = BufReader::new(child.stdout.take().expect("piped"));
        let pebble = Program(child);
        let (ready, is_ready) = std::sync::mpsc::channel();
        // What it says later is read too: a full pipe would stop it.
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                if line.contains("ACME directory available") {
                    let _ = ready.send(());
                }
            }
        });
        is_ready.recv_timeout(Duration::from_secs(60)).expect("Pebble becomes ready");
        // It says so a moment before it listens.
        await_listener(place.acme);
        await_listener(place.management);
        Self { place, _pebble: pebble, _names: names_child }
    }

    /// The authority under which it gives certificates.
    async fn root(&self, directory: &Directory) -> PathBuf {
        let trust = Trust::authority(&self.place.certificate, "localhost").expect("its certificate");
        let tcp = TcpStream::connect(self.place.management).await.expect("it listens");
        let mut stream = trust.connect(tcp).await.expect("it is trusted");
        let ask = b"GET /roots/0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(ask).await.expect("sent");
        let mut answer = String::new();
        // It may end without a word of TLS.
        let _ = stream.read_to_string(&mut answer).await;
        let body = answer.split_once("\r\n\r\n").expect("a body").1;
        directory.write("root.pem", body)
    }
}

/// Connects until somebody listens there.
fn await_listener(address: SocketAddr) {
    #[expect(clippy::disallowed_methods, reason = "a test that hangs ends")]
    let began = Instant::now();
    while let Err(error) = std::net::TcpStream::connect(address) {
        assert!(began.elapsed() < Duration::from_secs(90), "nobody listens at {address}: {error}");
        std::thread::yield_now();
    }
}

/// Connects as a client that trusts that authority; the second value is the server's certificate.
async fn connect(
    server: &Server,
    authority: &Path,
) -> std::io::Result<(impl AsyncRead + AsyncWrite + Unpin + use<>, Vec<u8>)> {
    let trust = Trust::authority(authority, NAME).expect("an authority");
    let stream = trust.connect(TcpStream::connect(server.address("SIP over TLS")).await?).await?;
    let chain = stream.get_ref().1.peer_certificates();
    let certificate = chain.and_then(|chain| chain.first()).expect("one").to_vec();
    Ok((stream, certificate))
}

async fn is_served(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    stream.write_all(OPTIONS).await.expect("sent");
    // Whole, so that the next answer begins at its beginning; it has no body.
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.expect("an answer"));
    }
    assert!(answer.starts_with(b"SIP/2.0 200 OK\r"), "{}", String::from_utf8_lossy(&answer));
}

/// Ends the server, and with it the wait for a line of its log, unless the test is over in time.
struct Deadline {
    _over: std::sync::mpsc::Sender<()>,
}

impl Deadline {
    fn of(server: &Server) -> Self {
        let (over, is_over) = std::sync::mpsc::channel();
        let id = server.id().to_string();
        std::thread::spawn(move || {
            if is_over.recv_timeout(Duration::from_secs(90))
                == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                let _ = Command::new("kill").arg(id).status();
            }
        });
        Self { _over: over }
    }
}

/// Puts a certificate in the place of the one that came, as if it had been got long ago: it becomes due in a few seconds.
fn age(server: &Server, file: &Path) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::new(vec![NAME.to_owned()]).expect("a name");
    #[expect(clippy::disallowed_methods, reason = "certificates are checked against the real date")]
    let now = SystemTime::now();
    params.not_before = (now - Duration::from_secs(178)).into();
    params.not_after = (now + Duration::from_secs(92)).into();
    let made = params.self_signed(&key).expect("made");
    // The file is there with its mode.
    std::fs::write(file, format!("{}{}", key.serialize_pem(), made.pem())).expect("written");
    server.signal("-HUP");
}

fn value(server: &Server, metric: &str) -> f64 {
    let page = get(server.address("metrics"), "/metrics");
    let line = page.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{metric} is not in {page}")).trim().parse().expect("a number")
}

#[tokio::test]
async fn a_certificate_comes_by_acme_and_is_renewed_without_dropping_a_connection() {
    let directory = Directory::new();
    let place = Place::choose(&directory);
    let mut server = place.server(&directory);
    let deadline = Deadline::of(&server);
    let kept = directory.path().join(format!("data/acme/{}-dir", place.acme.to_string().replace(':', "-")));
    let port = server.address("SIP over TLS").port();

    let pebble = Pebble::start(&place, &directory, port);
    server.signal("-HUP");
    server.wait_for(CAME);
    let root = pebble.root(&directory).await;
    let (mut open, first) = connect(&server, &root).await.expect("the certificate is trusted, for that name");
    is_served(&mut open).await;
    for file in ["account.json", "certificate.pem"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(kept.join(file)).expect("kept").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
    let account = std::fs::read(kept.join("account.json")).expect("kept");

    age(&server, &kept.join("certificate.pem"));
    server.wait_for(CAME);
    is_served(&mut open).await;
    let (_, second) = connect(&server, &root).await.expect("the next one is trusted, too");
    assert_ne!(second, first, "it was renewed");
    assert_eq!(std::fs::read(kept.join("account.json")).expect("kept"), account, "by the same account");

    // Pebble forgets everything, the account too.
    drop(pebble);
    let pebble = Pebble::start(&place, &directory, port);
    age(&server, &kept.join("certificate.pem"));
    server.wait_for(CAME);
    is_served(&mut open).await;
    let root = pebble.root(&directory).await;
    connect(&server, &root).await.expect("trusted under the new authority");
    assert_ne!(std::fs::read(kept.join("account.json")).expect("kept"), account);

    // A server that is started again asks for nothing.
    drop((pebble, deadline));
    server.stop();
    let server = place.server(&directory);
    connect(&server, &root).await.expect("the certificate was kept");
    assert_eq!(value(&server, "rapport_acme_failures_total"), 0.0);
    server.stop();
}

#[tokio::test]
async fn without_a_certificate_by_acme_the_server_serves_all_the_same_and_says_what_to_do() {
    let directory = Directory::new();
    let place = Place::choose(&directory);
    let mut server = place.server(&directory);
    let deadline = Deadline::of(&server);
    // Two tasks say so, each when it gets to it.
    server
        .wait_for_each(&["there is no certificate by ACME yet", &format!("{} can't be asked: ", place.acme)]);
    let development = directory.path().join("data/dev-ca.pem");
    is_served(&mut connect(&server, &development).await.expect("a development certificate stands in").0)
        .await;
    assert!(value(&server, "rapport_acme_failures_total") >= 1.0);

    // Nobody answers on the port where it looks for the challenge.
    let pebble = Pebble::start(&place, &directory, free().port());
    server.signal("-HUP");
    server.wait_for(&format!("was not convinced: {NAME}: "));
    is_served(&mut connect(&server, &development).await.expect("it stands in still").0).await;
    drop(deadline);
    let log = server.stop();
    let line = log.lines().find(|line| line.contains("was not convinced")).unwrap_or_default();
    assert!(line.contains("leads, in DNS and through firewalls, to port 443"), "{log}");
    drop(pebble);
}
