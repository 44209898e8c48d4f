//! A server of one node in memory with two companies, browsers, and desktop clients on streams in memory.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, header};
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt;
use rapport_core::directory::{Card, NewPerson, NewTenant, Phone, PhoneKind};
use rapport_core::policy::Policy;
use rapport_fabric_local::LocalFabric;
use rapport_face_api::{
    Caller, Client as Address, HttpBounds, Operator, Stop, Web, management, public, serve_connection, stop,
};
use rapport_face_sip::{Face, Peer, Settings, Transport};
use rapport_model::{Aor, OperatorScope, Scope, SipDomain, Source, UserId};
use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
use rapport_service::secret::Secrets;
use rapport_service::{Services, Wire};
use rapport_store_mem::MemStore;
use rapport_testkit::client::{Profile, ScriptedClient};
use rapport_testkit::clock::VirtualClock;
use rapport_testkit::driver::{Client, DriverError};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use tower::ServiceExt;

use crate::line::{Line, Reads};

pub(crate) const PASSWORD: &str = "lantern harbour 57 sails";
pub(crate) const HOST: &str = "im.one.example";
pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
pub(crate) const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

pub(crate) struct World {
    pub(crate) services: Arc<Services<LocalFabric<Wire>>>,
    pub(crate) fabric: LocalFabric<Wire>,
    pub(crate) scope: Scope,
    pub(crate) web: Web<LocalFabric<Wire>>,
    pub(crate) store: Arc<MemStore>,
    /// Whether the server doesn't reach the store.
    pub(crate) is_cut: Arc<AtomicBool>,
    pub(crate) reads: Reads,
    /// Whether what deletes of a history waits.
    pub(crate) is_held: watch::Sender<bool>,
    pub(crate) clock: Arc<VirtualClock>,
    secrets: Secrets,
    router: Router,
    face: Arc<Face<LocalFabric<Wire>>>,
    stop: Stop,
    tasks: JoinSet<()>,
    _open: (watch::Sender<bool>, watch::Sender<bool>),
}

/// What ends with a process.
struct Process {
    services: Arc<Services<LocalFabric<Wire>>>,
    fabric: LocalFabric<Wire>,
    web: Web<LocalFabric<Wire>>,
    router: Router,
    face: Arc<Face<LocalFabric<Wire>>>,
    stop: Stop,
    tasks: JoinSet<()>,
    open: (watch::Sender<bool>, watch::Sender<bool>),
}

impl Process {
    fn start(
        store: &Arc<MemStore>,
        is_cut: &Arc<AtomicBool>,
        reads: &Reads,
        is_held: &watch::Sender<bool>,
        clock: &Arc<VirtualClock>,
        secrets: &Secrets,
    ) -> Self {
        let settings = Settings { server_name: "sip.one.example".to_owned(), ..Settings::default() };
        let (store, is_cut, reads) = (store.clone(), is_cut.clone(), reads.clone());
        let store = Arc::new(Line { store, is_cut, reads, is_held: is_held.clone() });
        let (clock, fabric) = (clock.clone(), LocalFabric::default());
        let services = Services::new(store, fabric.clone(), clock, secrets.clone(), &settings.server());
        let services = Arc::new(services);
        let web = Web::new(services.clone(), &settings.server());
        let (closing, closed) = watch::channel(false);
        let face = Arc::new(Face::new(services.clone(), settings, closed).expect("a face"));
        let mut tasks = JoinSet::new();
        let running = services.clone();
        tasks.spawn(async move { running.run().await });
        let (stopping, stop) = stop();
        let router = public(&web);
        Self { services, fabric, web, router, face, stop, tasks, open: (closing, stopping) }
    }
}

impl World {
    /// Two companies: `one` with Kim, Lee and Ana, `two` with Ben.
    pub(crate) async fn new() -> Self {
        Self::seeded(1).await
    }

    pub(crate) async fn seeded(seed: u64) -> Self {
        Self::with(seed, Cost::TRIVIAL).await
    }

    /// With passwords of that cost.
    pub(crate) async fn with(seed: u64, cost: Cost) -> Self {
        let hasher = PasswordHasher::new(cost).expect("a cost");
        let secrets = Secrets::new(hasher, ServiceKey::ephemeral().expect("a key"), 2);
        let (store, clock) = (Arc::new(MemStore::new()), Arc::new(VirtualClock::new(seed)));
        let (is_cut, reads, is_held) = (Arc::default(), Reads::default(), watch::Sender::default());
        let Process { services, fabric, web, router, face, stop, tasks, open } =
            Process::start(&store, &is_cut, &reads, &is_held, &clock, &secrets);
        let operator = OperatorScope::service("test");
        let scope = company(&services, &operator, "one").await;
        let other = company(&services, &operator, "two").await;
        let world = Self {
            services,
            fabric,
            scope,
            web,
            store,
            is_cut,
            reads,
            is_held,
            clock,
            secrets,
            router,
            face,
            stop,
            tasks,
            _open: open,
        };
        for name in ["kim", "lee", "ana"] {
            world.add(&world.scope, name, "one.example").await;
        }
        world.add(&other, "ben", "two.example").await;
        world
    }

    /// Ends the server in good order, and starts it again on the same store after a while.
    pub(crate) async fn restart(&mut self, down: Duration) {
        self.web.close().await;
        self.services.history.settle().await;
        self.tasks.shutdown().await;
        tokio::time::sleep(down).await;
        let Process { services, fabric, web, router, face, stop, tasks, open } =
            Process::start(&self.store, &self.is_cut, &self.reads, &self.is_held, &self.clock, &self.secrets);
        (self.services, self.fabric, self.web, self.router, self.face) =
            (services, fabric, web, router, face);
        (self.stop, self.tasks, self._open) = (stop, tasks, open);
    }

    /// Lets a browser speak to the server as it runs now.
    pub(crate) fn meets(&self, browser: &mut Browser) {
        browser.router = self.router.clone();
    }

    pub(crate) async fn add(&self, scope: &Scope, name: &str, domain: &str) {
        let phone = |kind, number: &str| Phone { kind, number: number.to_owned() };
        let new = NewPerson {
            address: Aor::parse(&format!("{name}@{domain}")).expect("an address"),
            aliases: Vec::new(),
            sign_in_name: name.to_owned(),
            enabled: true,
            licensed: true,
            card: Card {
                display_name: format!("{} Berg", name.to_uppercase()),
                title: "Pilot".to_owned(),
                phones: vec![phone(PhoneKind::Work, "+1 555 0100"), phone(PhoneKind::Home, "+1 555 0199")],
                ..Card::default()
            },
        };
        self.services.people.add(scope, new, Some(PASSWORD)).await.expect("added");
    }

    pub(crate) async fn user(&self, name: &str) -> UserId {
        self.services.people.find(&self.scope, &format!("{name}@one.example")).await.expect("there").id
    }

    pub(crate) async fn id(&self, name: &str) -> String {
        format!("u{}", self.user(name).await.user)
    }

    /// Asks the management API as an operator does.
    pub(crate) async fn manage(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let mut request = request.body(Body::from(body.to_string())).expect("a request");
        let source = Source::Machine { uid: 1000, pid: None };
        request.extensions_mut().insert(Operator { name: "ops".into(), source });
        let router = management(self.services.clone());
        let response = router.oneshot(request).await.expect("an answer");
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// A browser in which nobody is signed in.
    pub(crate) fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), source: HERE, cookie: String::new(), csrf: String::new() }
    }

    /// A browser in which somebody of the first company is signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        let (status, body) = browser.sign_in(&format!("{name}@one.example"), PASSWORD).await;
        assert_eq!(status, 200, "{body}");
        browser
    }

    /// The socket of a browser, from the beginning or from where it was cut.
    pub(crate) async fn socket(&mut self, browser: &mut Browser, resume: Option<(&str, u64)>) -> Socket {
        let resume = resume.map(|(stream, after)| format!("&stream={stream}&after={after}"));
        self.asked(browser, &resume.unwrap_or_default()).await.expect("switched")
    }

    /// Asks for the socket of a browser with that behind the ticket; the head of the answer when it is refused.
    pub(crate) async fn asked(&mut self, browser: &mut Browser, more: &str) -> Result<Socket, String> {
        let ticket = browser.done("POST", "/events/ticket", Value::Null).await["ticket"].clone();
        let query = format!("ticket={}{more}", ticket.as_str().expect("a ticket"));
        self.open(&query, &format!("https://{HOST}"), "rapport.v1").await
    }

    /// Opens a socket; the head of the answer when it does not become one.
    pub(crate) async fn open(&mut self, query: &str, origin: &str, protocol: &str) -> Result<Socket, String> {
        let ours = self.switched(query, origin, protocol, 64 * 1024).await?;
        let socket = WebSocketStream::from_raw_socket(ours, Role::Client, None).await;
        Ok(Socket { socket, model: Value::Null, seq: 0, heard: Vec::new(), beats: 0 })
    }

    /// Opens a socket as a stream that holds so many octets in either direction; the head of the answer when it does not
    /// become one.
    pub(crate) async fn switched(
        &mut self,
        query: &str,
        origin: &str,
        protocol: &str,
        octets: usize,
    ) -> Result<DuplexStream, String> {
        while let Some(ended) = self.tasks.try_join_next() {
            ended.expect("no panic");
        }
        let (mut ours, theirs) = tokio::io::duplex(octets);
        let (router, stop) = (self.router.clone(), self.stop.clone());
        self.tasks.spawn(serve_connection(theirs, router, Caller::Client(HERE), HttpBounds::WEB, stop));
        let head = format!(
            "GET /api/v1/events?{query} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {protocol}\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        ours.write_all(head.as_bytes()).await.expect("written");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(ours.read_u8().await.expect("an answer"));
        }
        let answer = String::from_utf8(answer).expect("text");
        if !answer.starts_with("HTTP/1.1 101") {
            return Err(answer);
        }
        // RFC 6455 §1.3 has this key and what it is answered with.
        assert!(
            answer.to_lowercase().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="),
            "{answer}"
        );
        Ok(ours)
    }

    /// Ends every agent, and forgets what the web API holds, as when the server is started anew.
    pub(crate) async fn renew_web(&mut self, browser: &mut Browser) {
        self.web.close().await;
        self.web = Web::new(self.services.clone(), "sip.one.example:5061");
        self.router = public(&self.web);
        browser.router = self.router.clone();
    }

    /// A desktop client of somebody of the first company, signed in.
    pub(crate) async fn desktop(&mut self, profile: Profile) -> Client<DuplexStream> {
        self.sign_in(profile).await.expect("signed in")
    }

    /// Lets a desktop client answer what comes, by itself.
    pub(crate) fn keep(&mut self, mut client: Client<DuplexStream>) {
        self.tasks.spawn(async move { while client.next_event().await.is_ok() {} });
    }

    /// Signs a desktop client in, or is refused.
    pub(crate) async fn sign_in(&mut self, profile: Profile) -> Result<Client<DuplexStream>, DriverError> {
        let mut client = self.program(profile);
        client.sign_in().await?;
        Ok(client)
    }

    /// A desktop client that has not signed in.
    pub(crate) fn program(&mut self, profile: Profile) -> Client<DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let face = self.face.clone();
        let peer =
            Peer { address: SocketAddr::new(HERE, 49152), transport: Transport::Tls, channel_binding: None };
        self.tasks.spawn(async move {
            face.serve(theirs, peer).await;
        });
        Client::over(ours, ScriptedClient::new(profile))
    }
}

pub(crate) fn profile(name: &str, seed: u64) -> Profile {
    Profile::new(&format!("{name}@one.example"), PASSWORD, seed)
}

async fn company(services: &Services<LocalFabric<Wire>>, operator: &OperatorScope, name: &str) -> Scope {
    let new = NewTenant {
        name: name.to_owned(),
        display_name: name.to_owned(),
        netbios_name: name.to_uppercase(),
        domains: vec![SipDomain::parse(&format!("{name}.example")).expect("a domain")],
        policy: Policy { account_password_sign_in: true, ..Policy::default() },
    };
    operator.within(services.tenants.add(operator, new).await.expect("added").id)
}

/// A browser: what it keeps, and what it sends along.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) source: IpAddr,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl Browser {
    pub(crate) async fn sign_in(&mut self, address: &str, password: &str) -> (u16, Value) {
        let body = json!({ "address": address, "password": password, "label": "Firefox" });
        let (status, value) = self.send("POST", "/session", body).await;
        self.csrf = value["csrf"].as_str().unwrap_or_default().to_owned();
        (status, value)
    }

    pub(crate) async fn send(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let (status, headers, value) = self.raw(method, path, body, &[]).await;
        if let Some(kept) = headers.get(header::SET_COOKIE).and_then(|kept| kept.to_str().ok()) {
            self.cookie = kept.split(';').next().unwrap_or_default().to_owned();
        }
        if let (200, Some(csrf)) = (status, value["csrf"].as_str()) {
            csrf.clone_into(&mut self.csrf);
        }
        (status, value)
    }

    /// Sends a request with other headers in the place of those that a browser sends.
    pub(crate) async fn raw(
        &self,
        method: &str,
        path: &str,
        body: Value,
        instead: &[(&str, &str)],
    ) -> (u16, HeaderMap, Value) {
        let origin = format!("https://{HOST}");
        let mut headers = vec![
            ("host", HOST),
            ("origin", origin.as_str()),
            ("cookie", &self.cookie),
            ("x-rapport-csrf", &self.csrf),
        ];
        headers.retain(|(name, _)| instead.iter().all(|(other, _)| other != name));
        headers.extend(instead);
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        for (name, value) in headers.into_iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(name, value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        let mut request = request.body(body).expect("a request");
        request.extensions_mut().insert(Address(self.source));
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        (status, headers, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Asks for something whose body is read later, if at all.
    pub(crate) async fn begun(&self, path: &str) -> Response<Body> {
        let request = Request::builder().uri(format!("/api/v1{path}")).header("host", HOST);
        let mut request = request.header("cookie", &self.cookie).body(Body::empty()).expect("a request");
        request.extensions_mut().insert(Address(self.source));
        self.router.clone().oneshot(request).await.expect("an answer")
    }

    /// Sends a body as it is written; none when it is empty and a GET.
    pub(crate) async fn send_text(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("host", HOST)
            .header("origin", format!("https://{HOST}"))
            .header("cookie", &self.cookie)
            .header("x-rapport-csrf", &self.csrf)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_owned()))
            .expect("a request");
        request.extensions_mut().insert(Address(self.source));
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Sends a request that must succeed.
    pub(crate) async fn done(&mut self, method: &str, path: &str, body: Value) -> Value {
        let (status, value) = self.send(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {value}");
        value
    }

    /// Sends a request that must be refused so.
    pub(crate) async fn refused(
        &mut self,
        method: &str,
        path: &str,
        body: Value,
        status: u16,
        code: &str,
    ) -> Value {
        let (got, value) = self.send(method, path, body).await;
        assert_eq!((got, value["code"].as_str()), (status, Some(code)), "{method} {path}: {value}");
        value
    }
}

/// A browser's socket, with what it shows.
pub(crate) struct Socket {
    socket: WebSocketStream<DuplexStream>,
    /// Everything, as the snapshot and the events since have it.
    pub(crate) model: Value,
    pub(crate) seq: u64,
    /// Every event since the beginning.
    pub(crate) heard: Vec<Value>,
    /// How often the server has said that it is still there.
    pub(crate) beats: u32,
}

impl Socket {
    /// Waits for the next event, and takes it in.
    pub(crate) async fn next(&mut self) -> Value {
        match self.next_or_end().await {
            Ok(event) => event,
            Err((code, reason)) => panic!("the socket was closed: {code} {reason}"),
        }
    }

    /// Waits for the next event, or for the code and the reason with which the socket is closed.
    pub(crate) async fn next_or_end(&mut self) -> Result<Value, (u16, String)> {
        loop {
            let read = timeout(Duration::from_secs(600), self.socket.next()).await.expect("something comes");
            match read {
                Some(Ok(Message::Text(text))) => {
                    let event: Value = serde_json::from_str(&text).expect("JSON");
                    if event["type"] == "beat" {
                        assert_eq!(event, json!({ "type": "beat", "seq": 0 }), "it is no event");
                        self.beats += 1;
                        continue;
                    }
                    self.take(&event);
                    return Ok(event);
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err((frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Takes in what has come already; false when nothing has.
    pub(crate) async fn come(&mut self) -> bool {
        timeout(Duration::from_millis(20), self.next()).await.is_ok()
    }

    /// Waits for an event of that type that `wanted` is true of; those before it are taken in.
    pub(crate) async fn until(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..500 {
            let event = self.next().await;
            if event["type"] == kind && wanted(&event) {
                return event;
            }
        }
        panic!("{kind} did not come");
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.send(Message::Text(text.to_owned().into())).await.expect("sent");
    }

    fn take(&mut self, event: &Value) {
        let seq = event["seq"].as_u64().expect("a number");
        self.heard.push(event.clone());
        match event["type"].as_str().expect("a type") {
            "hello" => {
                if event["resumed"] != true {
                    self.seq = seq;
                }
                return;
            }
            "snapshot" => {
                assert_eq!((seq, event["snapshot"]["seq"].as_u64()), (self.seq, Some(seq)));
                self.model = event["snapshot"].clone();
                return;
            }
            _ => {}
        }
        assert_eq!(seq, self.seq + 1, "events are numbered without a gap: {event}");
        self.seq = seq;
        self.model["seq"] = json!(seq);
        apply(&mut self.model, event);
    }
}

/// Takes an event into what is shown, as a client does.
pub(crate) fn apply(model: &mut Value, event: &Value) {
    let mut put = |list: &str, id: fn(&Value) -> Value, new: &Value| {
        let list = model[list].as_array_mut().expect("a list");
        match list.iter_mut().find(|known| id(known) == id(new)) {
            Some(known) => *known = new.clone(),
            None => list.push(new.clone()),
        }
    };
    match event["type"].as_str().expect("a type") {
        "me" => model["me"] = event["me"].clone(),
        "presence" => {
            for new in event["presence"].as_array().expect("a list") {
                put("presence", |p| p["person"].clone(), new);
            }
        }
        "presenceGone" => remove(model, "presence", |p| p["person"] == event["person"]),
        "groups" => model["groups"] = event["groups"].clone(),
        "contactSet" => put("contacts", |c| c["person"]["id"].clone(), &event["contact"]),
        "contactGone" => remove(model, "contacts", |c| c["person"]["id"] == event["person"]),
        "adder" => put("incoming", |a| a["person"]["id"].clone(), &event["adder"]),
        "adderGone" => remove(model, "incoming", |a| a["person"]["id"] == event["person"]),
        "endpoints" => model["endpoints"] = event["endpoints"].clone(),
        "conversation" => put("conversations", |c| c["id"].clone(), &event["conversation"]),
        "conversationGone" => remove(model, "conversations", |c| c["id"] == event["conversation"]),
        "settings" => model["settings"] = event["settings"].clone(),
        "message" => {
            let message = &event["message"];
            let list = model["conversations"].as_array_mut().expect("a list");
            // Of a new message its conversation tells next.
            for conversation in list.iter_mut().filter(|c| c["lastMessage"]["id"] == message["id"]) {
                conversation["lastMessage"] = message.clone();
            }
        }
        "historyGone" => model["historyMark"] = event["mark"].clone(),
        "levels" | "historyMore" | "typing" | "signedOut" => {}
        other => panic!("an event of a kind that is not described: {other}"),
    }
}

fn remove(model: &mut Value, list: &str, gone: impl Fn(&Value) -> bool) {
    model[list].as_array_mut().expect("a list").retain(|known| !gone(known));
}

/// A snapshot in an order of its own, so that two can be compared.
pub(crate) fn sorted(mut snapshot: Value) -> Value {
    let key = |value: &Value| format!("{}{}{}", value["person"], value["id"], value["person"]["id"]);
    for list in ["contacts", "presence", "incoming", "conversations"] {
        if let Some(list) = snapshot[list].as_array_mut() {
            list.sort_by_key(key);
        }
    }
    snapshot
}
