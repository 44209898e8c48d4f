//! Sign-ins that are tied to the certificate that their client saw, over TLS and past somebody in between.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use rapport::server::{self, Running};
use rapport_core::directory::{Card, NewPerson, NewTenant};
use rapport_core::policy::Policy;
use rapport_edge::{Bounds, CertStore, CertificateSource, Edge, EdgeConfig, Listen, Offer};
use rapport_face_sip::ChannelBinding;
use rapport_model::{Aor, OperatorScope, SipDomain};
use rapport_testkit::client::Profile;
use rapport_testkit::driver::{Client, Trust};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::{directory, settings};

const NAME: &str = "sip.test.example";
const PASSWORD: &str = "lantern harbour 57 sails";

/// A server with one person.
pub(crate) struct Scene {
    pub(crate) running: Running,
    pub(crate) data: PathBuf,
}

impl Scene {
    pub(crate) async fn new(name: &str) -> Self {
        let data = directory(name);
        let running = server::start(&settings(&data)).await.expect("started");
        let services = running.services();
        let operator = OperatorScope::service("test");
        let company = NewTenant {
            name: "example".to_owned(),
            display_name: "Example".to_owned(),
            netbios_name: "EXAMPLE".to_owned(),
            domains: vec![SipDomain::parse("example.com").expect("a domain")],
            policy: Policy { account_password_sign_in: true, ..Policy::default() },
        };
        let scope = operator.within(services.tenants.add(&operator, company).await.expect("a company").id);
        let person = NewPerson {
            address: Aor::parse("ana@example.com").expect("an address"),
            aliases: Vec::new(),
            sign_in_name: "ana".to_owned(),
            enabled: true,
            licensed: true,
            card: Card { display_name: "Ana".to_owned(), ..Card::default() },
        };
        services.people.add(&scope, person, Some(PASSWORD)).await.expect("a person");
        Self { running, data }
    }

    fn address(&self, offer: Offer) -> SocketAddr {
        let found = self.running.addresses().iter().find(|listen| listen.offer == offer);
        found.expect("it is listened on").address
    }

    fn profile(&self) -> Profile {
        Profile::new("ana@example.com", PASSWORD, 7).at(self.running.services().clock().wall())
    }

    /// Connects to `address`, to which the authority in `directory` has given a certificate.
    async fn connect(&self, address: SocketAddr, directory: &Path) -> Client {
        let trust = Trust::authority(&directory.join("dev-ca.pem"), NAME).expect("an authority");
        Client::tls(address, &trust, self.profile()).await.expect("TLS")
    }

    pub(crate) async fn connect_here(&self) -> Client {
        self.connect(self.address(Offer::Sip), &self.data).await
    }

    /// How many sign-ins the operator has been told of that were refused for that reason.
    async fn refused_for(&self, reason: &str) -> u64 {
        let port = self.running.metrics().expect("it is listened on");
        let mut stream = TcpStream::connect(port).await.expect("connected");
        let question = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(question).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let counter = format!("rapport_sign_ins_refused_total{{reason=\"{reason}\"}} ");
        let value = answer.lines().find_map(|line| line.strip_prefix(&counter)).expect("it is counted");
        value.parse().expect("a number")
    }

    async fn end(self) {
        assert!(self.running.shutdown().await);
        std::fs::remove_dir_all(self.data).expect("removed");
    }
}

/// What a client makes of the certificate that it sees; those of a development authority are signed with SHA-256.
fn binding_of(client: &Client) -> ChannelBinding {
    let certificate = client.certificate().expect("it was shown over TLS");
    ChannelBinding::tls_server_end_point(digest(&SHA256, certificate).as_ref())
}

/// Signs in, bound to a channel, and returns the status of the last answer.
async fn sign_in(client: &mut Client, binding: Option<ChannelBinding>) -> u16 {
    client.profile_mut().channel_binding = binding;
    let request = client.register_anew();
    client.answer(request).await.expect("an answer").status.as_u16()
}

#[tokio::test]
async fn a_proof_holds_for_the_certificate_that_its_connection_began_with_also_after_a_reload() {
    let scene = Scene::new("reload").await;
    let mut old = scene.connect_here().await;
    std::fs::remove_file(scene.data.join("dev-cert.pem")).expect("removed");
    scene.running.reload_certificate().await.expect("reloaded");
    let mut new = scene.connect_here().await;
    let (before, after) = (binding_of(&old), binding_of(&new));
    assert_ne!(before, after, "it is another certificate");
    assert_eq!(sign_in(&mut old, Some(after)).await, 401);
    assert_eq!(sign_in(&mut new, Some(before)).await, 401);
    assert_eq!(sign_in(&mut old, Some(before)).await, 200);
    assert_eq!(sign_in(&mut new, Some(after)).await, 200);
    // As Communicator and pidgin-sipe do.
    assert_eq!(sign_in(&mut scene.connect_here().await, None).await, 200);
    let mut plain = Client::tcp(scene.address(Offer::PlainSip), scene.profile()).await.expect("TCP");
    assert_eq!(sign_in(&mut plain, Some(before)).await, 200, "without TLS nothing is expected");
    scene.end().await;
}

/// Somebody in between: ends the TLS of whoever connects, with a certificate of their own, and passes on to `server`
/// what is said.
async fn listen_in(mut edge: Edge, server: SocketAddr) {
    let mut passed = JoinSet::new();
    while let Some(mut accepted) = edge.accept().await {
        passed.spawn(async move {
            let tcp = TcpStream::connect(server).await.expect("the server listens");
            let mut onward = Trust::anyone().connect(tcp).await.expect("TLS");
            // It ends when either side does.
            let _ = tokio::io::copy_bidirectional(&mut accepted.stream, &mut onward).await;
        });
    }
}

#[tokio::test]
async fn a_proof_that_was_made_for_somebody_in_between_does_not_sign_them_in() {
    let scene = Scene::new("between").await;
    let elsewhere = directory("between-elsewhere");
    let source =
        CertificateSource::Development { directory: elsewhere.clone(), names: vec![NAME.to_owned()] };
    #[expect(clippy::disallowed_methods, reason = "certificates are checked against the real date")]
    let (certificates, _) = CertStore::open(source, std::time::SystemTime::now()).expect("made");
    let address = "127.0.0.1:0".parse().expect("an address");
    let edge = Edge::open(EdgeConfig {
        listen: vec![Listen { address, offer: Offer::Sip }],
        bounds: Bounds::default(),
        certificates,
    })
    .expect("a free port");
    let between = edge.addresses().first().expect("one").address;
    let mut tasks = JoinSet::new();
    tasks.spawn(listen_in(edge, scene.address(Offer::Sip)));

    let mut relayed = scene.connect(between, &elsewhere).await;
    let seen = binding_of(&relayed);
    assert_ne!(seen, binding_of(&scene.connect_here().await));
    let before = scene.refused_for("channel").await;
    assert_eq!(sign_in(&mut relayed, Some(seen)).await, 401);
    assert!(scene.refused_for("channel").await > before, "the operator is told why");
    // Whoever names no certificate shows that the relay does work.
    let mut careless = scene.connect(between, &elsewhere).await;
    assert_eq!(sign_in(&mut careless, None).await, 200);
    tasks.shutdown().await;
    std::fs::remove_dir_all(elsewhere).expect("removed");
    scene.end().await;
}
