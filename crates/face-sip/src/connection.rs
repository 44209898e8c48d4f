//! One connection: the loop that joins its stream, its transactions, its inbox and its timers.
//!
//! ```text
//!  Fresh ──REGISTER, proof──▶ Signed in ──REGISTER Expires 0, time-out, order to sign out──▶ Ended
//!    └──────────── time to sign in is over, nonsense, end of stream ─────────────────────────▶ Ended
//! ```

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rapport_core::directory::Person;
use rapport_fabric::{Delivered, Fabric, Inbox, Revision};
use rapport_model::{Aor, Scope, TenantId};
use rapport_service::registrar::Session;
use rapport_service::session::{Event, SignOutReason};
use rapport_service::{Services, Wire};
use rapport_sip::framing::{BadMessage, Decoder, Frame};
use rapport_sip::transaction::{ClientId, Config, Engine, Event as Transacted, ServerId};
use rapport_sip::{Message, Method, Request, Response, StatusCode, proxy};
use rapport_sipauth::association::{Acceptor, Association, HalfOpen};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::Sleep;

use crate::brake::Brake;
use crate::budget::Budget;
use crate::credentials::{self, Standing};
use crate::io::Io;
use crate::plain;
use crate::refusals::UNREADABLE;
use crate::relay::{Branch, Relay};
use crate::settings::{Peer, Settings};
use crate::stranger::Stranger;
use crate::subscriptions::Subscriptions;
use crate::trace;
use crate::{Face, Meters};

/// Messages with a wrong signature after which a connection is closed.
const FORGERIES: u32 = 8;
/// Octets that may wait to be read by a client that has not signed in.
const STRANGERS_QUEUE: usize = 64 * 1024;
/// How long a connection that is being closed may take to read its last answer.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Over how much time the connections of a node are closed when it shuts down.
const STAGGER: Duration = Duration::from_millis(1500);
/// Messages and events taken from queues before what they brought is written.
const BATCH: usize = 64;

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The client closed it.
    ByClient,
    /// The stream failed.
    Broken,
    /// What came can't be told apart into messages.
    Nonsense,
    /// Nobody signed in in time.
    NoSignIn,
    /// Nothing came for longer than the keep-alive allows, or the registration ran out.
    Silent,
    /// The client doesn't read what is sent to it.
    TooSlow,
    /// Too much was said before anyone signed in.
    Chatty,
    /// Too many messages with wrong signatures.
    Forgeries,
    /// The session was ended by order.
    SignedOut,
    /// The server shuts down.
    ShuttingDown,
}

impl Ended {
    /// Returns the name that metrics and logs use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ByClient => "client",
            Self::Broken => "broken",
            Self::Nonsense => "nonsense",
            Self::NoSignIn => "no-sign-in",
            Self::Silent => "silent",
            Self::TooSlow => "too-slow",
            Self::Chatty => "chatty",
            Self::Forgeries => "forgeries",
            Self::SignedOut => "signed-out",
            Self::ShuttingDown => "shutdown",
        }
    }
}

/// A connection's state, all but its stream.
pub(crate) struct Connection<F: Fabric<Message = Wire>> {
    pub(crate) services: Arc<Services<F>>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) acceptor: Acceptor,
    pub(crate) peer: Peer,
    /// `host:port` of this server.
    pub(crate) server: Arc<str>,
    /// Names this connection in `ms-received-cid`.
    pub(crate) id: String,
    pub(crate) engine: Engine,
    pub(crate) half_open: Option<HalfOpen>,
    pub(crate) association: Option<Association>,
    pub(crate) signed_in: Option<SignedIn<F>>,
    pub(crate) relays: Vec<Relay<F>>,
    pub(crate) branches: HashMap<ClientId, Branch<F>>,
    /// Messages to be signed and written, in order.
    pub(crate) outputs: Vec<Message>,
    /// Octets that wait to be read by the client, and those that others have added since.
    pub(crate) unread: usize,
    pub(crate) closing: Option<Ended>,
    pub(crate) heard: Instant,
    pub(crate) sign_in_by: Instant,
    pub(crate) brake: Brake,
    budget: Budget,
    stranger: Stranger,
    /// When it was taken up.
    pub(crate) taken: Instant,
    /// What the client is still writing is thrown away before the connection closes.
    drain: bool,
    pub(crate) failed_renewals: u32,
    forgeries: u32,
    meters: Meters,
}

/// What a connection has once its client has signed in.
pub(crate) struct SignedIn<F: Fabric> {
    pub(crate) session: Session<F>,
    /// The app password that signed it in, if one did.
    pub(crate) app_password: Option<u32>,
    /// The address that the client uses, shown or alias.
    pub(crate) address: Aor,
    /// The Contact as registered, with the connection's id: the Request-URI of what is sent to the client.
    pub(crate) contact: String,
    /// The Call-ID of the REGISTER, and its From: where the notice of a sign-out goes.
    pub(crate) registered_call_id: Box<str>,
    pub(crate) registered_to: Box<str>,
    pub(crate) expires_at: Instant,
    pub(crate) subscriptions: Subscriptions,
    /// The revision of the own document that the client was last told in an answer.
    pub(crate) told: Revision,
    /// The number of the last list of pending watchers that the client was told.
    pub(crate) pending: u32,
}

impl<F: Fabric> SignedIn<F> {
    pub(crate) fn scope(&self, reason: &'static str) -> Scope {
        self.session.scope(reason)
    }

    pub(crate) fn person(&self) -> &Arc<Person> {
        &self.session.person
    }

    pub(crate) fn tenant(&self) -> TenantId {
        self.session.tenant.id
    }
}

/// What woke a connection.
enum Wake<F: Fabric<Message = Wire>> {
    Read(std::io::Result<usize>),
    Inbox(Option<Delivered<Wire, <F::Inbox as Inbox>::Reply>>),
    Event(Event),
    Answer(usize, Option<Response>),
    Time,
    ShutDown,
}

/// Serves a connection until it ends.
pub(crate) async fn run<F, S>(face: &Face<F>, stream: S, peer: Peer, since: Instant) -> Ended
where
    F: Fabric<Message = Wire>,
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut connection = Connection::new(face, peer, since);
    let mut io = Io::new(stream, STRANGERS_QUEUE.min(face.settings.outbound_queue));
    let mut decoder = Decoder::new(face.settings.limits_before_sign_in);
    let mut closing = face.closing.clone();
    let first = tokio::time::Instant::from_std(connection.sign_in_by);
    let mut timer = Box::pin(tokio::time::sleep_until(first));
    let ended = loop {
        if connection.signed_in.is_some() {
            io.set_limit(face.settings.outbound_queue);
        }
        connection.write_out(&mut io);
        io.try_flush();
        connection.unread = io.waiting();
        if io.is_over_limit() {
            break Ended::TooSlow;
        }
        if let Some(ended) = connection.closing {
            break ended;
        }
        io.set_deaf(connection.brake.until().is_some());
        connection.arm(&mut timer);
        match connection.wake(&mut io, &mut decoder, &mut timer, &mut closing).await {
            Wake::Read(Ok(0)) if !io.is_mute() => break Ended::ByClient,
            Wake::Read(Ok(0) | Err(_)) => break Ended::Broken,
            Wake::Read(Ok(octets)) => {
                connection.heard = connection.now();
                connection.pay_for_octets(octets);
                connection.read(&mut decoder).await;
            }
            Wake::Inbox(delivered) => connection.take_delivered(delivered),
            Wake::Event(event) => connection.take_events(event).await,
            Wake::Answer(at, response) => connection.answer_relayed(at, response).await,
            Wake::Time => {
                connection.handle_timeout();
                if connection.brake.release(connection.now()) {
                    connection.read(&mut decoder).await;
                }
            }
            Wake::ShutDown => break Ended::ShuttingDown,
        }
        connection.handle_transactions().await;
    };
    if ended == Ended::ShuttingDown {
        let spread = u32::try_from(connection.services.clock().random_u64() % 1000).unwrap_or(0);
        tokio::time::sleep(STAGGER * spread / 1000).await;
    }
    connection.write_out(&mut io);
    // What hangs on the session doesn't wait for a client that is slow to read its last words.
    let drain = connection.drain;
    Box::pin(connection.end()).await;
    if !matches!(ended, Ended::Broken | Ended::ByClient | Ended::TooSlow) {
        io.finish(LAST_WORDS, drain).await;
    }
    ended
}

impl<F: Fabric<Message = Wire>> Connection<F> {
    fn new(face: &Face<F>, peer: Peer, since: Instant) -> Self {
        let now = face.services.clock().monotonic();
        let id = face.services.clock().random_u64() & 0xffff_ffff;
        Self {
            services: face.services.clone(),
            acceptor: face.acceptor.clone(),
            peer,
            server: face.server.clone(),
            id: format!("{id:X}"),
            // The transport is reliable: nobody repeats a request, and no answer is kept for one (timer J is 0).
            engine: Engine::new(Config { kept: 0, ..Config::default() }),
            half_open: None,
            association: None,
            signed_in: None,
            relays: Vec::new(),
            branches: HashMap::new(),
            outputs: Vec::new(),
            unread: 0,
            closing: None,
            heard: now,
            sign_in_by: since + face.settings.sign_in_within,
            brake: Brake::default(),
            budget: Budget::new(face.settings.requests_per_second, face.settings.requests_burst, now),
            stranger: Stranger::default(),
            taken: now,
            drain: false,
            failed_renewals: 0,
            forgeries: 0,
            meters: face.meters.clone(),
            settings: face.settings.clone(),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.services.clock().monotonic()
    }

    /// Returns a token that nobody can guess, for tags and branches.
    pub(crate) fn token(&self) -> String {
        format!("{:016X}", self.services.clock().random_u64())
    }

    async fn wake<S>(
        &mut self,
        io: &mut Io<S>,
        decoder: &mut Decoder,
        timer: &mut Pin<Box<Sleep>>,
        closing: &mut watch::Receiver<bool>,
    ) -> Wake<F>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (inbox, events) = match &mut self.signed_in {
            Some(signed_in) => (Some(&mut signed_in.session.inbox), Some(&mut signed_in.session.events)),
            None => (None, None),
        };
        let relays = &mut self.relays;
        let answered = std::future::poll_fn(|cx| {
            for (at, relay) in relays.iter_mut().enumerate() {
                if let std::task::Poll::Ready(response) = relay.transaction.poll_next(cx) {
                    return std::task::Poll::Ready((at, response));
                }
            }
            std::task::Poll::Pending
        });
        tokio::select! {
            read = io.drive(decoder) => Wake::Read(read),
            delivered = next_delivered::<F>(inbox) => Wake::Inbox(delivered),
            (at, response) = answered => Wake::Answer(at, response),
            event = next_event(events) => Wake::Event(event),
            () = timer.as_mut() => Wake::Time,
            closed = closing.wait_for(|closing| *closing) => {
                let _ = closed;
                Wake::ShutDown
            }
        }
    }

    /// Takes in everything that was read, unless it is braked. Others get their turn in between: what it sends them
    /// without end is taken before there is more of it than an inbox holds.
    async fn read(&mut self, decoder: &mut Decoder) {
        for number in 1_usize.. {
            if number.is_multiple_of(BATCH) {
                tokio::task::yield_now().await;
            }
            if self.closing.is_some() || self.brake.until().is_some() {
                return;
            }
            match decoder.next() {
                Ok(Some(Frame::Message(message))) => {
                    self.taken = self.now();
                    self.pay_for(&message);
                    self.receive(message).await;
                    if self.signed_in.is_some() {
                        decoder.set_limits(self.settings.limits);
                    }
                }
                Ok(Some(Frame::KeepAlive)) => self.pay_for_keep_alive(),
                Ok(Some(Frame::Bad(bad))) => self.refuse_bad(&bad),
                Ok(None) => return,
                Err(error) => {
                    metrics::counter!("rapport_sip_bad_messages_total").increment(1);
                    tracing::debug!(peer = %self.peer.address, %error, "framing lost");
                    self.note_refused("message", UNREADABLE);
                    self.closing = Some(Ended::Nonsense);
                    return;
                }
            }
        }
    }

    /// Answers a malformed message, if it can be answered. A stranger who sends one isn't listened to any longer.
    fn refuse_bad(&mut self, bad: &BadMessage) {
        metrics::counter!("rapport_sip_bad_messages_total").increment(1);
        let too_large = bad.status == StatusCode::REQUEST_ENTITY_TOO_LARGE;
        let method = bad.method.as_ref().map_or("message", Method::as_str);
        self.note_refused(method, if too_large { "too-large" } else { UNREADABLE });
        // How much a client may send is said to those who have signed in.
        if let Some(mut answer) = bad.answer().filter(|_| !too_large || self.signed_in.is_some()) {
            let _ = proxy::mark_received(&mut answer.headers, self.peer.address, &self.id);
            self.drain = too_large;
            self.answer_outside(answer);
        }
        if self.signed_in.is_none() {
            self.closing = Some(Ended::Nonsense);
        }
    }

    /// Takes what was read from the client's budget, or from what a stranger may say.
    fn pay_for_octets(&mut self, octets: usize) {
        if self.signed_in.is_some() {
            let until = self.budget.spend_octets(octets, self.heard);
            self.hold(until);
            return;
        }
        if self.stranger.says_octets(octets) {
            self.closing = Some(Ended::Chatty);
        }
    }

    fn pay_for(&mut self, message: &Message) {
        if self.signed_in.is_some() {
            let until = self.budget.spend_message(message, self.taken);
            self.hold(until);
            return;
        }
        self.count_strangers_message();
    }

    fn pay_for_keep_alive(&mut self) {
        if self.signed_in.is_some() {
            let until = self.budget.spend_keep_alive(self.heard);
            self.hold(until);
        } else {
            self.count_strangers_message();
        }
    }

    fn count_strangers_message(&mut self) {
        if self.stranger.says_message() {
            self.closing = Some(Ended::Chatty);
        }
    }

    fn hold(&mut self, until: Option<Instant>) {
        let Some(until) = until else { return };
        metrics::counter!("rapport_sip_requests_delayed_total").increment(1);
        self.brake.hold(until);
    }

    async fn receive(&mut self, mut message: Message) {
        let now = self.taken;
        let status = message.as_response().map(|response| response.status.as_u16());
        let standing =
            credentials::standing(&self.acceptor, self.association.as_mut(), message.headers(), status, now);
        self.meters.received.increment(1);
        self.trace("received", &message);
        match &mut message {
            Message::Response(response) => {
                // Responses are signed like requests; a provisional one may be not.
                let provisional = response.status.is_provisional() && standing == Standing::Anonymous;
                if standing == Standing::Verified || provisional {
                    credentials::strip(&mut response.headers);
                    self.engine.receive(message, now);
                } else {
                    self.count_forgery("response", standing);
                }
            }
            Message::Request(request) => {
                if proxy::mark_received(&mut request.headers, self.peer.address, &self.id).is_err() {
                    return;
                }
                self.receive_request(message, standing, now).await;
            }
        }
        self.handle_transactions().await;
    }

    async fn receive_request(&mut self, message: Message, standing: Standing, now: Instant) {
        let Message::Request(request) = &message else { return };
        if standing != Standing::Verified && matches!(request.method, Method::Ack | Method::Cancel) {
            // ACK and CANCEL without credentials are dropped ([MS-SIPAE] §3.3.5.1).
            return;
        }
        // What is verified has both addresses: they are signed.
        if standing != Standing::Verified && !is_readable(request) {
            metrics::counter!("rapport_sip_bad_messages_total").increment(1);
            self.note_refused(request.method.as_str(), UNREADABLE);
            let response = Response::to(request, StatusCode::BAD_REQUEST, "");
            self.answer_outside(response);
            if self.signed_in.is_none() {
                self.closing = Some(Ended::Nonsense);
            }
            return;
        }
        match standing {
            Standing::Replayed => self.count_forgery(request.method.as_str(), standing),
            Standing::Forged => {
                self.count_forgery(request.method.as_str(), standing);
                self.challenge_outside(request);
            }
            Standing::Expired => self.challenge_outside(request),
            Standing::Verified => self.engine.receive(message, now),
            Standing::Anonymous | Standing::Handshake => {
                let request = request.clone();
                Box::pin(self.handle_unsigned(request)).await;
            }
        }
    }

    fn count_forgery(&mut self, method: &str, standing: Standing) {
        metrics::counter!("rapport_sip_refused_signatures_total").increment(1);
        tracing::debug!(peer = %self.peer.address, ?standing, "a signature was refused");
        self.note_refused(method, "signature");
        self.forgeries += 1;
        if self.forgeries >= FORGERIES {
            self.closing = Some(Ended::Forgeries);
        }
    }

    /// Handles everything that the transactions have to say.
    pub(crate) async fn handle_transactions(&mut self) {
        loop {
            while let Some(message) = self.engine.poll_output() {
                self.outputs.push(message);
            }
            let Some(event) = self.engine.poll_event() else { return };
            match event {
                Transacted::Request { id, request } => self.dispatch_metered(id, request).await,
                Transacted::OneWay(request) => self.dispatch_one_way(request).await,
                Transacted::TurnedAway => {
                    metrics::counter!("rapport_sip_calls_refused_total", "bound" => "waiting").increment(1);
                    self.note_refused("request", "too-many-waiting");
                }
                Transacted::Cancelled(id) => self.cancel_relay(id),
                Transacted::Abandoned(id) => self.relays.retain(|relay| relay.id != id),
                Transacted::Response { id, response, late } => self.answer_branch(id, response, late),
                Transacted::Stray(response) => {
                    tracing::debug!(status = response.status.as_u16(), "a stray response");
                }
                Transacted::Failed { id, .. } => self.fail_branch(id),
            }
        }
    }

    /// Sends the response to a request.
    pub(crate) fn respond(&mut self, id: ServerId, response: Response) {
        let response = if response.status.as_u16() > 100 { self.tagged(response) } else { response };
        if let Err(error) = self.engine.respond(id, response, self.now()) {
            tracing::debug!(%error, "a response came too late");
        }
    }

    /// Returns a response that says who answers.
    pub(crate) fn response(&self, request: &Request, status: StatusCode, reason: &str) -> Response {
        // COMPAT(OC 2007 R2): the client checks the server's version; SIPE takes the digit before the dot.
        Response::to(request, status, reason).with("Server", "RTC/3.5")
    }

    /// Signs and encodes what is to be written.
    fn write_out<S>(&mut self, io: &mut Io<S>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        // Who has signed out has shown who they are, and is told so.
        let is_stranger = self.signed_in.is_none() && self.association.is_none();
        for mut message in self.outputs.drain(..) {
            plain::write_plainly(message.headers_mut());
            trace_of(&self.services, self.signed_in.as_ref(), "sent", &message);
            if let Some(association) = &mut self.association {
                let srand = u32::try_from(self.services.clock().random_u64() & 0xffff_ffff).unwrap_or(0);
                credentials::sign(association, &mut message, srand);
            }
            match message {
                Message::Response(answer) if is_stranger => {
                    if !self.stranger.is_told(answer, io.out()) {
                        metrics::counter!("rapport_sip_answers_left_out_total").increment(1);
                        continue;
                    }
                }
                Message::Request(request) => {
                    if !matches!(request.method, Method::Ack | Method::Benotify) {
                        self.budget.asked();
                    }
                    io.out().reserve(request.encoded_size());
                    request.encode(io.out());
                }
                Message::Response(response) => {
                    io.out().reserve(response.encoded_size());
                    response.encode(io.out());
                }
            }
            self.meters.sent.increment(1);
        }
    }

    fn trace(&self, direction: &'static str, message: &Message) {
        trace_of(&self.services, self.signed_in.as_ref(), direction, message);
    }

    async fn take_events(&mut self, first: Event) {
        let mut next = Some(first);
        for _ in 0..BATCH {
            let Some(event) = next.take() else { return };
            self.handle_event(event).await;
            next = self.signed_in.as_mut().and_then(|signed_in| signed_in.session.events.try_next());
        }
        if let Some(event) = next {
            self.handle_event(event).await;
        }
    }

    fn deadline(&self) -> Instant {
        let own = match &self.signed_in {
            None => self.sign_in_by,
            Some(signed_in) => {
                let silent = self.heard + self.settings.keep_alive + self.settings.keep_alive_grace;
                silent.min(signed_in.expires_at)
            }
        };
        let others = [self.engine.poll_timeout(), self.brake.until()];
        others.into_iter().flatten().fold(own, Instant::min)
    }

    /// Lets the timer fire no later than the next deadline; one that fires too early does no harm and costs nothing now.
    fn arm(&self, timer: &mut Pin<Box<Sleep>>) {
        let deadline = tokio::time::Instant::from_std(self.deadline());
        if deadline < timer.deadline() || timer.is_elapsed() {
            timer.as_mut().reset(deadline);
        }
    }

    fn handle_timeout(&mut self) {
        let now = self.now();
        self.engine.handle_timeout(now);
        match &self.signed_in {
            None if now >= self.sign_in_by => self.closing = Some(Ended::NoSignIn),
            None => {}
            Some(signed_in) => {
                let silent = self.heard + self.settings.keep_alive + self.settings.keep_alive_grace;
                if now >= silent || now >= signed_in.expires_at {
                    self.closing = Some(Ended::Silent);
                }
            }
        }
    }

    /// Ends the session by order: the client is told why where a notice helps, and the connection closes.
    pub(crate) fn sign_out(&mut self, reason: SignOutReason) {
        self.notify_signed_out(reason);
        // A client that is just writing would lose the notice with the connection.
        self.drain = true;
        self.closing = Some(if reason == SignOutReason::TooSlow { Ended::TooSlow } else { Ended::SignedOut });
    }

    async fn end(mut self) {
        self.engine.close();
        self.leave_conversations();
        if let Some(signed_in) = self.signed_in.take() {
            self.services.registrar.unbind(signed_in.session).await;
        }
    }
}

/// Whether a request says who asks whom, and how far it may travel: nobody who doesn't is challenged (RFC 3261 §8.2,
/// §16.3).
fn is_readable(request: &Request) -> bool {
    let headers = &request.headers;
    request.uri().is_ok()
        && headers.from_addr().is_ok()
        && headers.to_addr().is_ok()
        && headers.max_forwards().is_ok()
}

/// Writes a message to the log when its person is traced.
fn trace_of<F: Fabric<Message = Wire>>(
    services: &Services<F>,
    signed_in: Option<&SignedIn<F>>,
    direction: &'static str,
    message: &Message,
) {
    let Some(signed_in) = signed_in else { return };
    let user = signed_in.session.person.id;
    if services.traces.takes(user, || services.clock().monotonic()) {
        tracing::info!(target: "sip_trace", %user, direction, "{}", trace::render(message));
    }
}

async fn next_delivered<F: Fabric<Message = Wire>>(
    inbox: Option<&mut F::Inbox>,
) -> Option<Delivered<Wire, <F::Inbox as Inbox>::Reply>> {
    match inbox {
        Some(inbox) => inbox.next().await,
        None => std::future::pending().await,
    }
}

async fn next_event(events: Option<&mut rapport_service::session::Events>) -> Event {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}
