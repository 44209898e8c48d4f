//! Conversations: a request finds the endpoints it is for, its answers find the way back (RFC 3261 §16; presence-im 5).
//!
//! A request is addressed to a person, and then forks to all of their endpoints, or to one endpoint by its GRUU. What
//! Communicator says to Communicator passes through unchanged but for the routing headers. Choosing the best of several
//! answers is [`rapport_sip::fork`]'s; the connection that sends a request to its client adds the Via.

mod said;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rapport_core::directory::Person;
use rapport_fabric::{Bound, Call as _, CallEvent, Delivery, Fabric};
use rapport_model::{Aor, AvailabilityClass, EndpointId, Instance, Scope, SipDomain};
use rapport_sip::fork::{Action, BranchId, Fork, Loss};
use rapport_sip::{
    HeaderName, Headers, Method, NameAddr, Request, Response, StatusCode, Uri, dialog, proxy, quote,
};

use crate::history::Recorder;
use crate::meter::CompanyMeter;
use crate::ports::Ports;
use crate::presence::{Presence, colleague};
use crate::{Result, Wire};
use said::{MESSAGE_ID, Pending};

pub use said::{Saying, message_id};

/// How long a request other than INVITE may take (RFC 3261 §17.1.2.2, timer F).
const ANSWER_WITHIN: Duration = Duration::from_secs(32);
/// How long an INVITE may ring (RFC 3261 §16.6, timer C is at least three minutes).
const RING_WITHIN: Duration = Duration::from_secs(200);

/// Routes the requests of this node's connections.
#[derive(Clone, Debug)]
pub struct Router<F> {
    ports: Ports<F>,
    presence: Presence<F>,
    server: Arc<str>,
    record_route: Arc<str>,
    /// Takes down what is said.
    recorder: Recorder,
    /// Asked for once, not for every request.
    routed: metrics::Counter,
}

/// A request on its way, with the answers that come back.
#[derive(Debug)]
pub struct Transaction<F: Fabric> {
    request: Request,
    fork: Fork,
    /// In the order of their branches; mostly there is one.
    calls: Vec<(BranchId, EndpointId, F::Call)>,
    answers: VecDeque<Response>,
    /// What ends calls that were answered although they had been cancelled.
    unwanted: Vec<(EndpointId, Request)>,
    in_dialog: bool,
    /// What is said by it, until that is taken down.
    said: Option<Pending>,
}

/// An endpoint that a request goes to.
#[derive(Clone, Copy)]
struct Target {
    endpoint: EndpointId,
    /// Whether it speaks for a browser.
    is_virtual: bool,
}

impl From<&Bound> for Target {
    fn from(bound: &Bound) -> Self {
        Self { endpoint: bound.binding.endpoint, is_virtual: bound.description.is_virtual }
    }
}

/// Where a request goes.
enum Destination {
    /// To these endpoints at once.
    Endpoints(Vec<Target>),
    /// Nowhere; this is why.
    Nowhere(Undeliverable),
}

/// Why a request goes nowhere ([MS-OCER]; presence-im 5.4).
#[derive(Clone, Copy)]
struct Undeliverable {
    status: StatusCode,
    diagnostics: Option<(u32, &'static str)>,
}

const UNKNOWN_USER: Undeliverable =
    Undeliverable { status: StatusCode::NOT_FOUND, diagnostics: Some((1003, "User does not exist")) };
const UNKNOWN_SERVICE: Undeliverable =
    Undeliverable { status: StatusCode::NOT_FOUND, diagnostics: Some((4007, "Resource is unknown")) };
const UNKNOWN_SCHEME: Undeliverable =
    Undeliverable { status: StatusCode::UNSUPPORTED_URI_SCHEME, diagnostics: None };
const OTHER_DOMAIN: Undeliverable = Undeliverable {
    status: StatusCode::SERVER_TIMEOUT,
    diagnostics: Some((1005, "Cannot route to destination domain")),
};
const OFFLINE: Undeliverable =
    Undeliverable { status: StatusCode::TEMPORARILY_UNAVAILABLE, diagnostics: None };
const NO_DIALOG: Undeliverable =
    Undeliverable { status: StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST, diagnostics: None };
const BUSY: Undeliverable = Undeliverable { status: StatusCode::BUSY_HERE, diagnostics: None };
const BAD_URI: Undeliverable = Undeliverable { status: StatusCode::BAD_REQUEST, diagnostics: None };
const OUT_OF_SERVICE: Undeliverable =
    Undeliverable { status: StatusCode::SERVICE_UNAVAILABLE, diagnostics: None };

impl<F: Fabric<Message = Wire>> Router<F> {
    pub(crate) fn new(ports: Ports<F>, presence: Presence<F>, recorder: Recorder, server: &str) -> Self {
        let record_route = format!("sip:{server};transport=tls;lr").into();
        Self {
            ports,
            presence,
            server: server.into(),
            record_route,
            recorder,
            routed: metrics::counter!("rapport_requests_routed_total"),
        }
    }

    /// Sends a request of a signed-in person on its way. Whatever goes wrong comes out as an answer.
    pub async fn request(&self, scope: &Scope, caller: &Person, request: Request) -> Transaction<F> {
        self.send(scope, caller, request, None).await
    }

    /// Sends a request by which a browser's endpoint says something on its way, as [`request`](Self::request) does.
    pub async fn say(
        &self,
        scope: &Scope,
        caller: &Person,
        request: Request,
        saying: Saying,
    ) -> Transaction<F> {
        self.send(scope, caller, request, Some(saying)).await
    }

    async fn send(
        &self,
        scope: &Scope,
        caller: &Person,
        mut request: Request,
        saying: Option<Saying>,
    ) -> Transaction<F> {
        let in_dialog = is_in_dialog(&request);
        let unknown = unknown_options(&request.headers, &[HeaderName::ProxyRequire]);
        if !unknown.is_empty() {
            let mut refused = Response::to(&request, StatusCode::BAD_EXTENSION, "");
            refused = refused.with(HeaderName::Unsupported, &unknown);
            return Transaction::answered(request, refused);
        }
        if let Err(refusal) = self.prepare(&mut request, caller) {
            return Transaction::refused(
                request,
                Undeliverable { status: refusal.status(), diagnostics: None },
            );
        }
        let said = if said::says(&request) {
            let saying = saying.unwrap_or_else(|| {
                let (now, chance) = (self.ports.clock.wall(), self.ports.clock.random_u64());
                let id = match request.headers.call_id() {
                    Some(call_id) if in_dialog => self.recorder.name_again(caller.id, call_id, now, chance),
                    _ => self.recorder.name(now, chance),
                };
                Saying { id, client_id: None, html: None }
            });
            let is_kept = self.ports.keeps_history(scope).await;
            Some(Pending::new(&self.recorder, caller.id, saying, is_kept))
        } else {
            None
        };
        let endpoints = match self.destination(scope, caller, &request, in_dialog).await {
            Ok(Destination::Endpoints(endpoints)) => endpoints,
            Ok(Destination::Nowhere(why)) => return Transaction::refused(request, why).saying(said),
            Err(error) => {
                tracing::error!(%error, method = request.method.as_str(), "a request can't be routed");
                return Transaction::refused(request, OUT_OF_SERVICE).saying(said);
            }
        };
        self.call(scope, request, endpoints, in_dialog, said).await
    }

    /// Sends an ACK on its way; it is never answered.
    pub async fn ack(&self, scope: &Scope, caller: &Person, mut request: Request) {
        if self.prepare(&mut request, caller).is_err() {
            return;
        }
        if let Ok(Destination::Endpoints(endpoints)) = self.destination(scope, caller, &request, true).await {
            for target in endpoints {
                self.deliver(scope, target.endpoint, request.clone()).await;
            }
        }
    }

    /// Sends what ends calls that were answered although nobody wanted them any more.
    pub async fn end(&self, scope: &Scope, unwanted: Vec<(EndpointId, Request)>) {
        for (endpoint, mut request) in unwanted {
            // The request is this node's own, and a message that crosses to another node has a Via.
            let branch = proxy::branch(self.ports.clock.random_u64(), 0);
            if let Err(error) = proxy::add_via(&mut request, "TLS", &self.server, &branch) {
                tracing::error!(%error, "what ends an unwanted call can't be sent");
                continue;
            }
            self.deliver(scope, endpoint, request).await;
        }
    }

    /// Sends what nobody answers. It may be lost: how much of it comes for a client is others' doing, and costs the client
    /// nothing.
    async fn deliver(&self, scope: &Scope, endpoint: EndpointId, request: Request) {
        match self.ports.fabric.deliver(scope, endpoint, request.into()).await {
            Delivery::Taken => {}
            Delivery::Full => {
                metrics::counter!("rapport_requests_lost_total").increment(1);
                tracing::debug!(%endpoint, "a request that nobody answers has found no room");
            }
            Delivery::Gone => tracing::debug!(%endpoint, "a request that nobody answers has found nobody"),
        }
    }

    /// Takes out what is only between the caller and this server, and puts in what the callee's side needs.
    fn prepare(&self, request: &mut Request, caller: &Person) -> std::result::Result<(), proxy::Refusal> {
        proxy::decrement_max_forwards(request)?;
        proxy::pop_routes(request, |uri| self.is_ours(uri)).map_err(proxy::Refusal::Malformed)?;
        request.headers.remove_all(&[
            HeaderName::Authorization,
            HeaderName::ProxyAuthorization,
            HeaderName::ProxyRequire,
            HeaderName::MsDiagnostics,
        ]);
        strip_claims(&mut request.headers);
        if request.method.forms_dialog() {
            proxy::record_route(request, &self.record_route).map_err(proxy::Refusal::Malformed)?;
        }
        if request.method == Method::Invite && !is_in_dialog(request) {
            name_caller(request, caller);
        }
        write_in_a_labels(request);
        Ok(())
    }

    fn is_ours(&self, uri: &Uri<'_>) -> bool {
        let at = uri.user_at_host();
        uri.user().is_none()
            && self.server.split_once(':').is_some_and(|(host, port)| {
                uri.host().eq_ignore_ascii_case(host)
                    && uri.port().is_none_or(|given| port.parse() == Ok(given))
            })
            && !at.contains('@')
    }

    async fn destination(
        &self,
        scope: &Scope,
        caller: &Person,
        request: &Request,
        in_dialog: bool,
    ) -> Result<Destination> {
        let Ok(uri) = request.uri() else { return Ok(Destination::Nowhere(BAD_URI)) };
        if !uri.is_sip() {
            return Ok(Destination::Nowhere(UNKNOWN_SCHEME));
        }
        if uri.user().is_none() {
            return Ok(Destination::Nowhere(UNKNOWN_SERVICE));
        }
        // A URI may hold characters that no address of a person has.
        let address = Aor::parse(uri.user_at_host()).ok();
        let domain =
            address.as_ref().map_or_else(|| SipDomain::parse(uri.host()).ok(), |a| Some(a.sip_domain()));
        let tenant = match domain {
            Some(domain) => self.ports.tenant_of(&domain).await?,
            None => None,
        };
        if tenant != Some(scope.tenant) {
            return Ok(Destination::Nowhere(OTHER_DOMAIN));
        }
        let Some(address) = address else { return Ok(Destination::Nowhere(UNKNOWN_USER)) };
        let Some(callee) = self.ports.person_at(scope, &address).await? else {
            return Ok(Destination::Nowhere(UNKNOWN_USER));
        };
        if uri.is_gruu() && uri.opaque().is_none_or(|opaque| !opaque.starts_with("user:epid:")) {
            return Ok(Destination::Nowhere(UNKNOWN_SERVICE));
        }
        if !callee.enabled || !callee.licensed {
            return Ok(Destination::Nowhere(OFFLINE));
        }
        let watcher = colleague(caller);
        // A dialog is what its caller says it is: only the methods that end one get past a block by it.
        if callee.id != caller.id && !(in_dialog && matches!(request.method, Method::Ack | Method::Bye)) {
            // Only who calls anew is told that somebody does not want to be disturbed.
            let (blocked, availability) = if !in_dialog && request.method == Method::Invite {
                let seen = self.presence.seen_by(scope, callee.id, &watcher).await?;
                (seen.blocked, Some(seen.availability))
            } else {
                (self.presence.blocks(scope, callee.id, &watcher).await?, None)
            };
            if blocked {
                // The same as offline: a blocked sender learns nothing.
                return Ok(Destination::Nowhere(if in_dialog { NO_DIALOG } else { OFFLINE }));
            }
            if availability.is_some_and(|seen| seen.class() == AvailabilityClass::DoNotDisturb) {
                return Ok(Destination::Nowhere(BUSY));
            }
        }
        let bound = self.ports.fabric.endpoints(scope, callee.id).await?;
        let named = uri.opaque().and_then(|opaque| opaque.strip_prefix("user:epid:"));
        let endpoints = match named {
            Some(id) => Instance::from_gruu_id(id)
                .ok()
                .map(|instance| EndpointId { user: callee.id, instance })
                .and_then(|endpoint| bound.iter().find(|b| b.binding.endpoint == endpoint))
                .map(Target::from)
                .into_iter()
                .collect(),
            None if in_dialog => by_epid(request, &bound),
            None => {
                bound.iter().map(Target::from).filter(|target| !is_sender(scope, target.endpoint)).collect()
            }
        };
        Ok(match endpoints {
            none if none.is_empty() => Destination::Nowhere(if in_dialog { NO_DIALOG } else { OFFLINE }),
            endpoints => Destination::Endpoints(endpoints),
        })
    }

    async fn call(
        &self,
        scope: &Scope,
        request: Request,
        endpoints: Vec<Target>,
        in_dialog: bool,
        mut said: Option<Pending>,
    ) -> Transaction<F> {
        let deadline = if request.method == Method::Invite { RING_WITHIN } else { ANSWER_WITHIN };
        if let Some(said) = &mut said {
            // They are all one person's.
            said.to(endpoints.first().map(|target| target.endpoint.user));
        }
        let ids = (0..).map(BranchId).take(endpoints.len());
        let mut transaction = Transaction {
            fork: Fork::new(ids.clone()),
            calls: Vec::with_capacity(endpoints.len()),
            answers: VecDeque::new(),
            unwanted: Vec::new(),
            request,
            in_dialog,
            said,
        };
        for (id, Target { endpoint, is_virtual }) in ids.zip(endpoints) {
            let mut request = transaction.request.clone();
            if let Some(said) = transaction.said.as_ref().filter(|_| is_virtual) {
                // Made of digits.
                let _ = request.headers.set(MESSAGE_ID, &said.id().to_string());
            }
            match self.ports.fabric.call(scope, endpoint, Wire::Request(request), deadline).await {
                Ok(call) => {
                    transaction.calls.push((id, endpoint, call));
                }
                Err(_gone) => transaction.fork.branch_lost(id, Loss::Gone),
            }
        }
        self.routed.increment(1);
        self.ports.meters.count(scope.tenant, CompanyMeter::routed);
        transaction.act();
        transaction
    }
}

impl<F: Fabric<Message = Wire>> Transaction<F> {
    fn refused(request: Request, why: Undeliverable) -> Self {
        let mut response = Response::to(&request, why.status, "");
        if let Some((id, reason)) = why.diagnostics {
            response = response.with(HeaderName::MsDiagnostics, &format!("{id};reason=\"{reason}\""));
        }
        Self::answered(request, response)
    }

    fn answered(request: Request, response: Response) -> Self {
        let in_dialog = is_in_dialog(&request);
        Self {
            request,
            fork: Fork::default(),
            calls: Vec::new(),
            answers: VecDeque::from([response]),
            unwanted: Vec::new(),
            in_dialog,
            said: None,
        }
    }

    /// Takes down what was said to nobody, which is known already.
    fn saying(self, said: Option<Pending>) -> Self {
        if let (Some(said), Some(answer)) = (said, self.answers.front()) {
            said.answered(&self.request, answer);
        }
        self
    }

    /// Gives the next answer for the caller; none after the final one, once every branch has ended.
    pub async fn next(&mut self) -> Option<Response> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Cancels an INVITE: its branches are cancelled, and the caller gets a 487.
    pub fn cancel(&mut self) {
        self.fork.cancel();
        self.act();
    }

    /// Lets the request go on without its caller, who is gone: what was said last is heard, and answered to nobody. An
    /// invitation ends with whoever made it.
    pub fn leave(self) {
        if self.request.method == Method::Invite {
            return;
        }
        if let Some(said) = self.said {
            said.left(&self.request);
        }
        for (.., call) in self.calls {
            call.leave();
        }
    }

    /// Tells whether nothing more will come.
    pub fn is_done(&self) -> bool {
        self.calls.is_empty() && self.answers.is_empty()
    }

    /// Takes what must be sent to end calls that nobody wants; [`Router::end`] sends it.
    pub fn take_unwanted(&mut self) -> Vec<(EndpointId, Request)> {
        std::mem::take(&mut self.unwanted)
    }

    /// Returns the request as it was sent on its way.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Gives the next answer, as [`next`](Self::next) does.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Response>> {
        loop {
            if let Some(answer) = self.answers.pop_front() {
                return Poll::Ready(Some(answer));
            }
            if self.calls.is_empty() {
                return Poll::Ready(None);
            }
            let Some((id, event)) = self.poll_calls(cx) else { return Poll::Pending };
            match event {
                CallEvent::Answer(Wire::Response(response)) => {
                    let is_final = response.status.is_final();
                    let is_success = response.status.is_success();
                    let was_answered = self.fork.is_answered();
                    self.fork.response(id, response);
                    // An unwanted 2xx is taken out when the fork says how it ends.
                    if is_final && !(is_success && was_answered) {
                        self.end_call(id);
                    }
                }
                CallEvent::Answer(Wire::Request(_) | Wire::SignOut(_) | Wire::News(_)) => {}
                CallEvent::Gone | CallEvent::End => {
                    self.end_call(id);
                    self.fork.branch_lost(id, Loss::Gone);
                }
                // An answer may have crossed the deadline: the call is read to its end.
                CallEvent::DeadlinePassed => {
                    self.fork.branch_lost(id, Loss::TimedOut);
                }
            }
            self.act();
        }
    }

    fn poll_calls(&mut self, cx: &mut Context<'_>) -> Option<(BranchId, CallEvent<Wire>)> {
        self.calls.iter_mut().find_map(|(id, _, call)| match call.poll_next(cx) {
            Poll::Ready(event) => Some((*id, event)),
            Poll::Pending => None,
        })
    }

    /// Lets a call go, and says whose it was.
    fn end_call(&mut self, id: BranchId) -> Option<EndpointId> {
        let at = self.calls.iter().position(|(known, ..)| *known == id)?;
        Some(self.calls.remove(at).1)
    }

    /// Gives an answer to the caller; by the final one it is known what became of what was said.
    fn answer(&mut self, response: Response) {
        if response.status.is_final()
            && let Some(said) = self.said.take()
        {
            said.answered(&self.request, &response);
        }
        self.answers.push_back(response);
    }

    /// Does what the fork has decided.
    fn act(&mut self) {
        while let Some(action) = self.fork.poll_action() {
            match action {
                Action::Forward(response) => self.answer(response),
                Action::Answer(status) => {
                    let status = match status {
                        StatusCode::TEMPORARILY_UNAVAILABLE if self.in_dialog => {
                            StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST
                        }
                        other => other,
                    };
                    self.answer(Response::to(&self.request, status, ""));
                }
                // The callee's node cancels towards its client, and ends what that client answers too late. An answer
                // that has crossed the cancellation comes here, and is ended from here.
                Action::Cancel(id) => {
                    if let Some((_, _, call)) = self.calls.iter_mut().find(|(known, ..)| *known == id) {
                        call.cancel(None);
                    }
                }
                Action::End(id, response) => {
                    let endpoint = self.end_call(id);
                    if let (Some(endpoint), Ok((ack, bye))) =
                        (endpoint, dialog::end_unwanted(&self.request, &response))
                    {
                        self.unwanted.extend([(endpoint, ack), (endpoint, bye)]);
                    }
                }
            }
        }
    }
}

/// Takes out of a client's message what only servers say, and what it says of its own identity beyond From
/// (SECURITY.md, header injection).
pub fn strip_claims(headers: &mut Headers) {
    headers.remove_all(&[
        HeaderName::AuthenticationInfo,
        HeaderName::ProxyAuthenticationInfo,
        HeaderName::PAssertedIdentity,
        HeaderName::PPreferredIdentity,
        HeaderName::MsUserLogonData,
    ]);
    headers.retain_unknown(|name, _| !is_claim(name));
}

fn is_claim(name: &str) -> bool {
    const NAMES: [&str; 5] = [
        "ms-user-data",
        "ms-asserted-verification-level",
        "ms-diagnostics-public",
        "Remote-Party-ID",
        MESSAGE_ID,
    ];
    let edge = b"ms-edge-";
    name.as_bytes().get(..edge.len()).is_some_and(|start| start.eq_ignore_ascii_case(edge))
        || NAMES.iter().any(|claim| name.eq_ignore_ascii_case(claim))
}

/// The extensions that a request may require of this server: what clients require, and nothing is done about.
const OPTION_TAGS: [&str; 6] =
    ["adhoclist", "categoryList", "eventlist", "gruu-10", "ms-benotify", "ms-piggyback-first-notify"];

/// Lists the extensions that these headers require and this server doesn't know, as they stand in an Unsupported header
/// (RFC 3261 §8.2.2.3, §16.3); each of them once.
pub fn unknown_options(headers: &Headers, required_in: &[HeaderName]) -> String {
    let mut unknown: Vec<&str> = required_in.iter().flat_map(|name| headers.list(*name)).collect();
    unknown.retain(|tag| !OPTION_TAGS.iter().any(|known| tag.eq_ignore_ascii_case(known)));
    unknown.sort_unstable();
    unknown.dedup();
    unknown.join(", ")
}

fn is_in_dialog(request: &Request) -> bool {
    request.headers.to_addr().is_ok_and(|to| to.tag().is_some())
}

/// The endpoints that the To header names by epid: where a client sends in-dialog requests to an address-of-record.
fn by_epid(request: &Request, bound: &[Bound]) -> Vec<Target> {
    let Ok(to) = request.headers.to_addr() else { return Vec::new() };
    let Some(epid) = to.epid() else { return Vec::new() };
    bound
        .iter()
        .filter(|b| b.description.epid.as_ref().is_some_and(|own| own.as_str() == epid))
        .map(Target::from)
        .collect()
}

fn is_sender(scope: &Scope, endpoint: EndpointId) -> bool {
    matches!(&scope.actor, rapport_model::Actor::Endpoint(sender) if *sender == endpoint)
}

/// Writes the caller's domain in A-labels, as it stands wherever else this address is shown.
///
/// COMPAT(pidgin-sipe 1.25): it signs in under a domain of any script, and compares addresses as texts: without this it would
/// not know the sender for its contact.
fn write_in_a_labels(request: &mut Request) {
    let Some(from) = request.headers.get(HeaderName::From).filter(|from| !from.is_ascii()) else { return };
    let Ok(uri) = NameAddr::parse(from).and_then(|from| from.uri()) else { return };
    let written = format!("@{}", uri.host());
    if written.is_ascii() {
        return;
    }
    if let Ok(domain) = SipDomain::parse(uri.host())
        && let Some((before, after)) = from.rsplit_once(&written)
    {
        let from = format!("{before}@{}{after}", domain.as_str());
        let _ = request.headers.set(HeaderName::From, &from);
    }
}

/// Puts the caller's name into a From header that has none, as the pool does, so that the callee's toast shows it.
fn name_caller(request: &mut Request, caller: &Person) {
    let name = &caller.card.display_name;
    let named = request
        .headers
        .get(HeaderName::From)
        .filter(|from| from.trim_start().starts_with('<'))
        .map(|from| format!("{} {from}", quote(name)));
    if let Some(named) = named
        && !name.trim().is_empty()
    {
        let _ = request.headers.set(HeaderName::From, &named);
    }
}
