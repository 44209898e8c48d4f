//! A server of one node in memory, with two companies, and clients on streams in memory.

use std::net::{IpAddr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rapport_core::directory::{Card, NewPerson, NewTenant, Person};
use rapport_core::policy::Policy;
use rapport_fabric_local::{Bounds, LocalFabric};
use rapport_face_sip::{ChannelBinding, Ended, Face, Peer, Settings, Transport};
use rapport_model::{Aor, Limits, OperatorScope, Scope, SipDomain, UserId};
use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
use rapport_service::clock::Clock as _;
use rapport_service::secret::Secrets;
use rapport_service::{Services, Wire};
use rapport_sip::framing::{Decoder, Frame, Limits as MessageLimits};
use rapport_sip::{HeaderName, Message, Method, Request, Response};
use rapport_store::Store;
use rapport_store_mem::MemStore;
use rapport_testkit::client::{Event, Profile, ScriptedClient};
use rapport_testkit::clock::{MONDAY_MORNING, VirtualClock};
use rapport_testkit::driver::{Client, DriverError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

pub(crate) const SERVER: &str = "sip.example.com";
pub(crate) const PASSWORD: &str = "lantern harbour 57 sails";
/// Where everybody connects from who doesn't say otherwise.
pub(crate) const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
pub(crate) const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));
/// The hash of the certificate that everybody is shown.
pub(crate) const CERTIFICATE: &[u8] = &[0xC5; 32];
/// Octets that a stream holds while nobody reads.
const STREAM: usize = 16 * 1024;

pub(crate) type LocalServices = Services<LocalFabric<Wire>>;

/// The server with its companies: `example.com`, where accounts sign in by their own passwords, and
/// `other.example`, where only app passwords do.
pub(crate) struct World {
    pub(crate) services: Arc<LocalServices>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) closing: watch::Sender<bool>,
    pub(crate) scope: Scope,
    pub(crate) other: Scope,
    face: Arc<Face<LocalFabric<Wire>>>,
    tasks: JoinSet<()>,
}

impl World {
    pub(crate) async fn new() -> Self {
        // Tests ask faster than anybody; those of the budget ask for the bounds that are the default.
        let settings =
            Settings { requests_per_second: 1_000_000, requests_burst: 1_000_000, ..Settings::default() };
        Self::with(settings).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        Self::of_name(Settings { server_name: SERVER.to_owned(), ..settings }).await
    }

    /// A world whose server has a name of its own.
    pub(crate) async fn of_name(settings: Settings) -> Self {
        Self::on(LocalFabric::default(), settings).await
    }

    /// A world whose inboxes are small.
    pub(crate) async fn with_inboxes(inbox: usize) -> Self {
        let settings = Settings { server_name: SERVER.to_owned(), ..Settings::default() };
        Self::on(LocalFabric::new(Bounds { inbox, ..Bounds::default() }), settings).await
    }

    /// A world over a store of the test's own.
    pub(crate) async fn over(store: Arc<dyn Store>) -> Self {
        let settings = Settings { server_name: SERVER.to_owned(), ..Settings::default() };
        Self::of(store, LocalFabric::default(), settings).await
    }

    async fn on(fabric: LocalFabric<Wire>, settings: Settings) -> Self {
        Self::of(Arc::new(MemStore::new()), fabric, settings).await
    }

    async fn of(store: Arc<dyn Store>, fabric: LocalFabric<Wire>, settings: Settings) -> Self {
        let secrets =
            Secrets::new(PasswordHasher::new(Cost::TRIVIAL).unwrap(), ServiceKey::ephemeral().unwrap(), 1);
        let clock = Arc::new(VirtualClock::new(1));
        let services = Arc::new(Services::new(store, fabric, clock.clone(), secrets, &settings.server()));
        let (closing, closed) = watch::channel(false);
        let face = Arc::new(Face::new(services.clone(), settings, closed).unwrap());
        let operator = OperatorScope::service("test");
        let policy = Policy {
            account_password_sign_in: true,
            limits: Limits { endpoints: 2, ..Limits::default() },
            // What is said here is kept nowhere: memory that is left behind is nobody's history.
            history_days: 0,
            ..Policy::default()
        };
        let scope = add_company(&services, &operator, "example.com", policy).await;
        let other = add_company(&services, &operator, "other.example", Policy::default()).await;
        let mut tasks = JoinSet::new();
        let running = services.clone();
        tasks.spawn(async move { running.run().await });
        let world = Self { services, clock, closing, scope, other, face, tasks };
        for name in ["ana", "ben", "cal"] {
            world.add(&world.scope, name, "example.com").await;
        }
        world.add(&world.other, "ana", "other.example").await;
        world
    }

    /// How much time has passed, whatever the wall clock shows.
    pub(crate) fn clock_passed(&self) -> Duration {
        self.clock.moment().steady.since(MONDAY_MORNING)
    }

    pub(crate) async fn add(&self, scope: &Scope, name: &str, domain: &str) -> Person {
        let new = NewPerson {
            address: aor(name, domain),
            aliases: Vec::new(),
            sign_in_name: name.to_owned(),
            enabled: true,
            licensed: true,
            card: Card { display_name: name.to_uppercase(), ..Card::default() },
        };
        self.services.people.add(scope, new, Some(PASSWORD)).await.unwrap()
    }

    pub(crate) async fn user(&self, name: &str) -> UserId {
        self.services.people.find(&self.scope, &format!("{name}@example.com")).await.unwrap().id
    }

    /// How many endpoints a person of the first company has signed in.
    pub(crate) async fn endpoints(&self, name: &str) -> usize {
        let user = self.user(name).await;
        self.services.registrar.bound(&self.scope, user).await.unwrap().len()
    }

    /// Serves a stream, and says how that ended; an error if it panicked.
    pub(crate) fn serve<S>(&mut self, stream: S, peer: Peer) -> oneshot::Receiver<Ended>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (tell, ended) = oneshot::channel();
        let face = self.face.clone();
        self.tasks.spawn(async move {
            // A test that doesn't care has dropped the other end.
            let _ = tell.send(face.serve(stream, peer).await);
        });
        ended
    }

    /// How many connections are served now; a task that has panicked fails the test.
    pub(crate) fn connections(&mut self) -> usize {
        while let Some(done) = self.tasks.try_join_next() {
            done.expect("no connection panics");
        }
        // One task is the services' own.
        self.tasks.len() - 1
    }

    /// A connection that was accepted a while ago, and has been busy with its handshake since.
    pub(crate) fn raw_after(&mut self, handshake: Duration) -> Raw {
        let (ours, theirs) = tokio::io::duplex(STREAM);
        let (tell, ended) = oneshot::channel();
        let face = self.face.clone();
        let peer = peer(HERE);
        let since = self.services.clock().monotonic() - handshake;
        self.tasks.spawn(async move {
            // A test that doesn't care has dropped the other end.
            let _ = tell.send(face.serve_since(theirs, peer, since).await);
        });
        Raw { stream: ours, decoder: Decoder::new(MessageLimits::default()), ended }
    }

    pub(crate) fn raw(&mut self) -> Raw {
        self.raw_from(peer(HERE))
    }

    pub(crate) fn raw_from(&mut self, peer: Peer) -> Raw {
        let (ours, theirs) = tokio::io::duplex(STREAM);
        let ended = self.serve(theirs, peer);
        let limits = MessageLimits { body: 4 * 1024 * 1024, ..MessageLimits::default() };
        Raw { stream: ours, decoder: Decoder::new(limits), ended }
    }

    pub(crate) fn client(&mut self, profile: Profile) -> Talker {
        self.client_from(profile, HERE)
    }

    pub(crate) fn client_from(&mut self, profile: Profile, source: IpAddr) -> Talker {
        self.client_on(profile, peer(source))
    }

    pub(crate) fn client_on(&mut self, profile: Profile, peer: Peer) -> Talker {
        let (ours, theirs) = tokio::io::duplex(STREAM);
        let ended = self.serve(theirs, peer);
        Talker::new(ours, profile, ended)
    }

    pub(crate) fn stepwise(&mut self, profile: Profile) -> Stepwise {
        let (ours, theirs) = tokio::io::duplex(STREAM);
        let ended = self.serve(theirs, peer(HERE));
        Stepwise { engine: ScriptedClient::new(profile), stream: ours, ended, closed: false }
    }

    /// A client of a person of the first company, signed in.
    pub(crate) async fn signed_in(&mut self, name: &str, seed: u64) -> Talker {
        let mut talker = self.client(profile(name, seed));
        talker.sign_in().await.unwrap();
        talker
    }
}

/// The other end of a connection over TLS from there.
pub(crate) fn peer(source: IpAddr) -> Peer {
    Peer {
        address: SocketAddr::new(source, 49152),
        transport: Transport::Tls,
        channel_binding: Some(ChannelBinding::tls_server_end_point(CERTIFICATE)),
    }
}

async fn add_company(
    services: &LocalServices,
    operator: &OperatorScope,
    domain: &str,
    policy: Policy,
) -> Scope {
    let name = domain.split('.').next().unwrap_or_default().to_owned();
    let new = NewTenant {
        display_name: name.clone(),
        netbios_name: name.to_uppercase(),
        name,
        domains: vec![SipDomain::parse(domain).unwrap()],
        policy,
    };
    operator.within(services.tenants.add(operator, new).await.unwrap().id)
}

pub(crate) fn aor(name: &str, domain: &str) -> Aor {
    Aor::parse(&format!("{name}@{domain}")).unwrap()
}

/// Somebody of the first company with the right password.
pub(crate) fn profile(name: &str, seed: u64) -> Profile {
    Profile::new(&format!("{name}@example.com"), PASSWORD, seed)
}

/// A scripted client on its connection.
pub(crate) struct Talker {
    client: Client<DuplexStream>,
    ended: oneshot::Receiver<Ended>,
    said: u32,
}

impl Deref for Talker {
    type Target = Client<DuplexStream>;

    fn deref(&self) -> &Self::Target {
        &self.client
    }
}

impl DerefMut for Talker {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.client
    }
}

impl Talker {
    pub(crate) fn new(stream: DuplexStream, profile: Profile, ended: oneshot::Receiver<Ended>) -> Self {
        Self { client: Client::over(stream, ScriptedClient::new(profile)), ended, said: 0 }
    }

    /// Tells whether the task that served the connection panicked.
    pub(crate) async fn panicked(self) -> bool {
        self.ended.await.is_err()
    }

    /// Goes without a word, and leaves how the server ends the connection.
    pub(crate) fn leaves(self) -> oneshot::Receiver<Ended> {
        self.ended
    }

    /// Tells how the server ended the connection.
    pub(crate) async fn ended(self) -> Ended {
        timeout(Duration::from_secs(3600), self.ended).await.expect("it ends").expect("no panic")
    }

    /// Shows that the connection serves: what is asked now is answered.
    pub(crate) async fn serves(&mut self) {
        let request = self.fetch_provisioning();
        self.success(request).await.unwrap();
    }

    /// Asks once, and takes the answer whatever it is.
    pub(crate) async fn try_sign_in(&mut self) -> Response {
        let request = self.register_anew();
        self.answer(request).await.unwrap()
    }

    /// Everything that comes until the server closes the connection, long before it would for silence.
    pub(crate) async fn until_closed(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            match timeout(Duration::from_secs(60), self.client.next_event()).await.expect("it closes") {
                Ok(event) => events.push(event),
                Err(DriverError::Closed(_)) => return events,
                // What was said to it can't be written any more; what it said before has been heard.
                Err(DriverError::Io { .. }) => match self.client.poll_event() {
                    Some(event) => events.push(event),
                    None => return events,
                },
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Takes back what was said and not written yet.
    pub(crate) fn unsaid(&mut self) -> String {
        String::from_utf8(self.take_output().to_vec()).expect("the script says text")
    }

    /// A request outside of any dialog, not signed yet, for the script to add to.
    pub(crate) fn outside(&mut self, method: Method, to: &str) -> Request {
        self.said += 1;
        let (number, profile) = (self.said, self.client.profile());
        let (address, epid, local) = (&profile.address, profile.epid.as_str(), &profile.local);
        Request::new(method.clone(), &format!("sip:{to}"))
            .unwrap()
            .with(HeaderName::Via, &format!("SIP/2.0/TLS {local};branch=z9hG4bKoutside{number}"))
            .with(HeaderName::From, &format!("<sip:{address}>;tag=77;epid={epid}"))
            .with(HeaderName::To, &format!("<sip:{to}>"))
            .with(HeaderName::MaxForwards, "70")
            .with(HeaderName::CSeq, &format!("1 {method}"))
            .with(HeaderName::CallId, &format!("outside{number}of{epid}"))
            .with(HeaderName::Contact, self.client.contact())
    }

    /// Waits for a change of somebody's presence whose document holds `text`.
    pub(crate) async fn sees(&mut self, text: &str) -> Request {
        let holds = |request: &Request| find(&request.body, text);
        self.request(Method::Benotify, holds).await.unwrap()
    }
}

/// A scripted client of which each message is in the test's hand before it is said.
pub(crate) struct Stepwise {
    pub(crate) engine: ScriptedClient,
    stream: DuplexStream,
    ended: oneshot::Receiver<Ended>,
    closed: bool,
}

impl Stepwise {
    /// Takes what the client wants to say.
    pub(crate) fn unsaid(&mut self) -> String {
        String::from_utf8(self.engine.take_output().to_vec()).expect("the script says text")
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Says octets that the client knows nothing of, and returns how many come back within a second.
    pub(crate) async fn ask_raw(&mut self, octets: &[u8]) -> usize {
        // The server may close before it has read everything.
        let _ = self.stream.write_all(octets).await;
        let mut heard = Vec::new();
        while let Ok(read) = timeout(Duration::from_secs(1), self.stream.read_buf(&mut heard)).await {
            self.closed = !matches!(read, Ok(1..));
            if self.closed {
                break;
            }
        }
        heard.len()
    }

    pub(crate) const fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) async fn ended(self) -> Ended {
        timeout(Duration::from_secs(3600), self.ended).await.expect("it ends").expect("no panic")
    }

    /// Gives the client what comes within a second, and returns what that means to it.
    pub(crate) async fn listen(&mut self) -> Option<Event> {
        let mut buffer = BytesMut::with_capacity(16 * 1024);
        if let Ok(read) = timeout(Duration::from_secs(1), self.stream.read_buf(&mut buffer)).await {
            read.unwrap();
            self.engine.receive(&buffer).unwrap();
        }
        self.engine.poll_event()
    }
}

/// A connection on which octets are said as they are.
pub(crate) struct Raw {
    pub(crate) stream: DuplexStream,
    pub(crate) decoder: Decoder,
    pub(crate) ended: oneshot::Receiver<Ended>,
}

/// What came on a raw connection.
#[derive(Debug)]
pub(crate) enum Heard {
    Response(Response),
    /// An answer that repeats the malformed parts of what it answers.
    Malformed,
    Nothing,
    End,
}

impl Heard {
    pub(crate) fn response(self) -> Response {
        match self {
            Self::Response(response) => response,
            Self::Malformed | Self::Nothing | Self::End => panic!("an answer was awaited: {self:?}"),
        }
    }
}

impl Raw {
    pub(crate) async fn say(&mut self, octets: &[u8]) {
        // The server may have closed already: that is then seen by what is heard.
        let _ = self.stream.write_all(octets).await;
    }

    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            match self.decoder.next().expect("what the server says can be told apart") {
                Some(Frame::Message(Message::Response(response))) => return Heard::Response(response),
                Some(Frame::KeepAlive) => continue,
                Some(Frame::Bad(_)) => return Heard::Malformed,
                Some(other) => panic!("{other:?}"),
                None => {}
            }
            let mut buffer = BytesMut::with_capacity(4096);
            match timeout(Duration::from_secs(1), self.stream.read_buf(&mut buffer)).await {
                Err(_) => return Heard::Nothing,
                Ok(Ok(0) | Err(_)) => return Heard::End,
                Ok(Ok(_)) => self.decoder.push(&buffer),
            }
        }
    }

    pub(crate) async fn ask(&mut self, octets: &[u8]) -> Heard {
        self.say(octets).await;
        self.hear().await
    }

    /// How many octets come within a second of silence, whatever they say.
    pub(crate) async fn octets_within_a_second(&mut self) -> usize {
        let mut heard = Vec::new();
        while let Ok(Ok(1..)) = timeout(Duration::from_secs(1), self.stream.read_buf(&mut heard)).await {}
        heard.len()
    }

    pub(crate) async fn ended(self) -> Ended {
        timeout(Duration::from_secs(3600), self.ended).await.expect("it ends").expect("no panic")
    }
}

/// A well-formed request that nobody has signed; `number` makes it new.
pub(crate) fn unsigned(method: &str, number: u32) -> String {
    with_headers(method, number, "")
}

/// The same with further header lines, each with its line end.
pub(crate) fn with_headers(method: &str, number: u32, lines: &str) -> String {
    // What a client says of itself makes its question longer than any answer to it.
    bare(method, number, &format!("{lines}{WHO}"))
}

/// Header lines by which clients say who they are and what they can do.
const WHO: &str = "User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\n\
                   Supported: gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence\r\n";

/// A well-formed request with no more than it must have, and these lines.
pub(crate) fn bare(method: &str, number: u32, lines: &str) -> String {
    format!(
        "{method} sip:ben@example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bK{number}\r\n\
         From: <sip:ana@example.com>;tag=27;epid=0a0b0c0d0e0f\r\nTo: <sip:ben@example.com>\r\n\
         Call-ID: call{number}\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\n{lines}Content-Length: 0\r\n\r\n"
    )
}

/// A message as it stands on the wire.
pub(crate) fn octets(response: &Response) -> String {
    let mut out = Vec::new();
    response.encode(&mut out);
    String::from_utf8(out).unwrap()
}

pub(crate) fn find(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// The answer without what is fresh in each: the tag of its To, the date, the challenge and its opaque, and what it
/// repeats of the request.
pub(crate) fn masked(response: &Response) -> String {
    let mut lines = Vec::new();
    for line in octets(response).lines() {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        lines.push(match name.as_str() {
            "date" | "via" | "from" | "call-id" | "cseq" | "to" => name,
            _ => mask(&mask(line, "opaque=\""), "gssapi-data=\""),
        });
    }
    lines.join("\n")
}

fn mask(line: &str, before: &str) -> String {
    match line.split_once(before) {
        Some((head, rest)) => {
            let (_, tail) = rest.split_once('"').unwrap_or_default();
            format!("{head}{before}*\"{tail}")
        }
        None => line.to_owned(),
    }
}
