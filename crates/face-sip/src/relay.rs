//! Conversations through this connection: requests of its client on their way, and requests of others to its client.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use rapport_fabric::{CallId, Delivered, Fabric, Fence, Inbox, Late, Reply};
use rapport_service::Wire;
use rapport_service::router::{self, Transaction};
use rapport_service::session::SignOutReason;
use rapport_sip::transaction::{ClientId, ServerId};
use rapport_sip::{Method, Request, Response, StatusCode, dialog, proxy};

use crate::connection::Connection;
use crate::register::from_address;

/// Requests that one client has to answer at the same time; the callers of further ones are told 480. There are as many
/// places again for those who wait for few: however many talk at somebody at once, others get a word in.
const BRANCHES: usize = 512;
/// How many one caller may wait for, and has a place among the latter.
const FEW: usize = 8;
/// How many of them may be invitations, which wait for a person. What a program answers by itself always has room.
const RINGING: usize = 256;
/// How many invitations may be one caller's: nobody takes all the places that there are for others.
const RINGING_OF_ONE: usize = 32;
/// Messages taken from the inbox before what they brought is written.
const BATCH: usize = 64;

/// A request of this connection's client that waits for its answer.
pub(crate) struct Relay<F: Fabric> {
    pub(crate) id: ServerId,
    pub(crate) transaction: Transaction<F>,
}

/// A request of another that was sent to this connection's client.
pub(crate) struct Branch<F: Fabric> {
    reply: <F::Inbox as Inbox>::Reply,
    /// The request as it was sent, for the answer that the client itself does not give.
    request: Request,
    /// Who invites by it, as a number by which their invitations are counted; none when it invites nobody.
    inviter: Option<u64>,
}

impl<F: Fabric<Message = Wire>> Connection<F> {
    /// Sends a request of the client on its way.
    pub(crate) async fn relay(&mut self, id: ServerId, request: Request) {
        let Some(signed_in) = &self.signed_in else { return };
        if request.method == Method::Invite {
            let trying = Response::to(&request, StatusCode::TRYING, "");
            let _ = self.engine.respond(id, trying, self.services.clock().monotonic());
        }
        let scope = signed_in.scope("conversation");
        let caller = Arc::clone(signed_in.person());
        let transaction = self.services.router.request(&scope, &caller, request).await;
        self.relays.push(Relay { id, transaction });
    }

    /// Brings an answer back to the client.
    pub(crate) async fn answer_relayed(&mut self, at: usize, response: Option<Response>) {
        let Some(relay) = self.relays.get_mut(at) else { return };
        let (id, unwanted) = (relay.id, relay.transaction.take_unwanted());
        if response.is_none() || relay.transaction.is_done() {
            self.relays.swap_remove(at);
        }
        if let Some(response) = response
            && self.engine.respond(id, self.tagged_final(response), self.now()).is_err()
        {
            tracing::debug!("an answer came after the end of its transaction");
        }
        if let Some(signed_in) = self.signed_in.as_ref().filter(|_| !unwanted.is_empty()) {
            let scope = signed_in.scope("end a call");
            self.services.router.end(&scope, unwanted).await;
        }
    }

    fn tagged_final(&self, response: Response) -> Response {
        if response.status.is_final() { self.tagged(response) } else { response }
    }

    /// Gives the To of a response a tag unless it has one, as nearly every answer of a client has.
    pub(crate) fn tagged(&self, response: Response) -> Response {
        let has_tag = response.headers.to_addr().is_ok_and(|to| to.params().has("tag"));
        if has_tag { response } else { response.with_to_tag(&self.token()) }
    }

    /// Cancels an INVITE of the client.
    pub(crate) fn cancel_relay(&mut self, id: ServerId) {
        if let Some(relay) = self.relays.iter_mut().find(|relay| relay.id == id) {
            relay.transaction.cancel();
        }
    }

    /// Ends the client's part in everything that is under way. What it said last goes on without it: somebody who quits
    /// hangs up, signs out and is gone in one breath.
    pub(crate) fn leave_conversations(&mut self) {
        self.branches.clear();
        for relay in self.relays.drain(..) {
            relay.transaction.leave();
        }
    }

    /// Takes what others sent to the client.
    pub(crate) fn take_delivered(&mut self, first: Option<Delivered<Wire, <F::Inbox as Inbox>::Reply>>) {
        let mut next = Some(first);
        for _ in 0..BATCH {
            let Some(delivered) = next.take() else { return };
            match delivered {
                Some(delivered) => self.handle_delivered(delivered),
                None => {
                    self.sign_out(SignOutReason::Replaced);
                    return;
                }
            }
            next = self.signed_in.as_mut().and_then(|s| s.session.inbox.try_next()).map(Some);
        }
        if let Some(Some(delivered)) = next {
            self.handle_delivered(delivered);
        }
    }

    fn handle_delivered(&mut self, delivered: Delivered<Wire, <F::Inbox as Inbox>::Reply>) {
        match delivered {
            Delivered::Message(Wire::Request(request)) => {
                if !self.has_room_for(&request) {
                    metrics::counter!("rapport_requests_lost_total").increment(1);
                } else if let Some(request) = self.addressed(request) {
                    self.outputs.push(request.into());
                }
            }
            Delivered::Message(Wire::SignOut(reason)) => self.sign_out(reason),
            // No browser is behind a connection.
            Delivered::Message(Wire::Response(_) | Wire::News(_)) => {}
            Delivered::Call { message: Wire::Request(request), reply } => self.start_branch(request, reply),
            Delivered::Call { message: Wire::Response(_) | Wire::SignOut(_) | Wire::News(_), .. } => {}
            Delivered::Cancelled { id, .. } => self.cancel_branch(id),
            Delivered::Fenced(fence) => self.sign_out(match fence {
                Fence::Replaced | Fence::Lease => SignOutReason::Replaced,
                Fence::Overflow => SignOutReason::TooSlow,
            }),
        }
    }

    /// Addresses a request to the client: its registered contact, and our Via on top.
    fn addressed(&self, mut request: Request) -> Option<Request> {
        let signed_in = self.signed_in.as_ref()?;
        let hash = proxy::loop_hash(&request).ok()?;
        request.set_uri(&signed_in.contact).ok()?;
        let branch = proxy::branch(self.services.clock().random_u64(), hash);
        proxy::add_via(&mut request, self.peer.transport.name(), &self.server, &branch).ok()?;
        Some(request)
    }

    fn start_branch(&mut self, request: Request, reply: <F::Inbox as Inbox>::Reply) {
        let inviter = self.inviter(&request);
        let bound =
            self.full_for(&request, inviter).or_else(|| (!self.has_room_for(&request)).then_some("octets"));
        if let Some(bound) = bound {
            metrics::counter!("rapport_sip_calls_refused_total", "bound" => bound).increment(1);
            // A conversation that goes on isn't over because of it: the caller may ask again.
            let busy = Response::to(&request, StatusCode::TEMPORARILY_UNAVAILABLE, "");
            let _ = reply.finish(Wire::Response(busy));
            return;
        }
        let Some(request) = self.addressed(request) else { return };
        match self.engine.send(request.clone(), self.now()) {
            Ok(id) => {
                self.branches.insert(id, Branch { reply, request, inviter });
            }
            Err(error) => tracing::debug!(%error, "a request can't be sent to the client"),
        }
    }

    /// Takes the room that a request of another needs among the octets that wait to be read by the client. Others have half of
    /// it: how much they say, and how long it is, ends no session. Where nothing waits there is room for anything.
    fn has_room_for(&mut self, request: &Request) -> bool {
        let after = self.unread + request.encoded_size();
        let has_room = self.unread == 0 || after <= self.settings.outbound_queue / 2;
        if has_room {
            self.unread = after;
        }
        has_room
    }

    /// Who begins a conversation by this request, and so waits for a person to answer.
    fn inviter(&self, request: &Request) -> Option<u64> {
        let invites =
            request.method == Method::Invite && request.headers.to_addr().is_ok_and(|to| to.tag().is_none());
        invites.then(|| self.branches.hasher().hash_one(from_address(request)))
    }

    /// Which bound keeps the client from being asked one thing more.
    fn full_for(&self, request: &Request, inviter: Option<u64>) -> Option<&'static str> {
        let waiting = self.branches.len();
        if waiting >= 2 * BRANCHES || (waiting >= BRANCHES && !self.waits_for_few(request)) {
            return Some("client");
        }
        if self.branches.len() < RINGING_OF_ONE || inviter.is_none() {
            return None;
        }
        let ringing = self.branches.values().filter_map(|branch| branch.inviter);
        let (all, of_caller) = ringing
            .fold((0, 0), |(all, own), ringing| (all + 1, own + usize::from(Some(ringing) == inviter)));
        match (all >= RINGING, of_caller >= RINGING_OF_ONE) {
            (true, _) => Some("ringing"),
            (false, true) => Some("caller"),
            (false, false) => None,
        }
    }

    /// Whether the caller of a request waits for few answers of the client.
    fn waits_for_few(&self, request: &Request) -> bool {
        let caller = from_address(request);
        let own = self.branches.values().filter(|branch| from_address(&branch.request) == caller);
        own.take(FEW).count() < FEW
    }

    fn cancel_branch(&mut self, call: CallId) {
        let found = self.branches.iter().find(|(_, branch)| branch.reply.id() == call).map(|(id, _)| *id);
        if let Some(id) = found {
            let is_invite = self.branches.get(&id).is_some_and(|b| b.request.method == Method::Invite);
            if !is_invite || self.engine.cancel(id, self.now()).is_err() {
                self.branches.remove(&id);
            }
        }
    }

    /// Brings the client's answer to whoever asked.
    pub(crate) fn answer_branch(&mut self, id: ClientId, mut response: Response, late: bool) {
        let is_final = response.status.is_final();
        let Some(mut branch) = self.branches.remove(&id) else {
            return;
        };
        let server = &self.server;
        if proxy::strip_via(&mut response, |via| via.sent_by().eq_ignore_ascii_case(server)).is_err() {
            tracing::debug!("a response without our Via");
            return;
        }
        router::strip_claims(&mut response.headers);
        if late {
            self.end_unwanted(&branch.request, &response);
            return;
        }
        if is_final {
            if let Err(Late(Wire::Response(response))) = branch.reply.finish(Wire::Response(response)) {
                self.end_unwanted(&branch.request, &response);
            }
            return;
        }
        let _ = branch.reply.send(Wire::Response(response));
        self.branches.insert(id, branch);
    }

    /// Acknowledges and ends a call that nobody wants any more.
    ///
    /// COMPAT(pidgin-sipe 1.25): a CANCEL of an IM invitation is ignored, and its 200 comes up to 10 s later.
    fn end_unwanted(&mut self, invite: &Request, response: &Response) {
        if invite.method != Method::Invite || !response.status.is_success() {
            return;
        }
        match dialog::end_unwanted(invite, response) {
            Ok((ack, bye)) => {
                for request in [ack, bye] {
                    let Some(request) = self.addressed(request) else { continue };
                    if request.method == Method::Ack {
                        self.outputs.push(request.into());
                    } else if let Err(error) = self.engine.send(request, self.now()) {
                        tracing::debug!(%error, "an unwanted call can't be ended");
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "an unwanted call can't be ended"),
        }
    }

    /// Tells whoever asked that the client gave no answer.
    pub(crate) fn fail_branch(&mut self, id: ClientId) {
        if let Some(branch) = self.branches.remove(&id) {
            let mut response = Response::to(&branch.request, StatusCode::REQUEST_TIMEOUT, "");
            let server = &self.server;
            if proxy::strip_via(&mut response, |via| via.sent_by().eq_ignore_ascii_case(server)).is_ok() {
                let _ = branch.reply.finish(Wire::Response(response));
            }
        }
    }
}
