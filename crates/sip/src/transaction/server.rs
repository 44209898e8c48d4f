//! Server transactions: requests that the peer sent and the owner answers, RFC 3261 §17.2.

use std::time::{Duration, Instant};

use super::key::{Invite, Key};
use super::{Engine, EngineError, Event, ServerId, Timer};
use crate::message::{Request, Response};
use crate::method::Method;
use crate::name::HeaderName;
use crate::status::StatusCode;

#[derive(Debug)]
pub(super) struct Server {
    key: Key,
    /// Under which the ACK of a refusal will be found, if not under `key`.
    ack_key: Option<Key>,
    /// Of an INVITE without a branch: what its ACK will have in common with it.
    invite: Option<Invite>,
    is_invite: bool,
    state: State,
    deadline: Instant,
}

#[derive(Debug)]
enum State {
    /// The owner has not answered.
    Trying,
    /// The owner sent a 1xx.
    Proceeding(Box<Response>),
    /// An INVITE was accepted; its repetitions are absorbed.
    Accepted,
    /// A final response is kept for repetitions.
    Completed(Box<Response>),
}

impl State {
    const fn is_waiting(&self) -> bool {
        match self {
            Self::Trying | Self::Proceeding(_) => true,
            Self::Accepted | Self::Completed(_) => false,
        }
    }
}

impl Engine {
    /// Sends a response to a request; a final one ends the owner's part.
    ///
    /// # Errors
    /// [`EngineError::NoSuchTransaction`]: the request has had its final response, or was abandoned.
    pub fn respond(&mut self, id: ServerId, response: Response, now: Instant) -> Result<(), EngineError> {
        let server = self.servers.get_mut(&id.0).ok_or(EngineError::NoSuchTransaction)?;
        if !server.state.is_waiting() {
            return Err(EngineError::NoSuchTransaction);
        }
        let linger = if response.status.is_provisional() {
            server.state = State::Proceeding(Box::new(response.detached()));
            None
        } else {
            self.waiting = self.waiting.saturating_sub(1);
            if server.is_invite && response.status.is_success() {
                server.state = State::Accepted;
            } else if !server.is_invite && self.config.kept == 0 {
                // Nothing is kept: it is removed below, and the response need not be copied.
                server.state = State::Accepted;
            } else {
                server.state = State::Completed(Box::new(response.detached()));
            }
            if server.is_invite && !response.status.is_success() {
                self.expect_ack(id.0, &response);
            }
            Some(self.linger(id.0))
        };
        self.outputs.push_back(response.into());
        match linger {
            None => {}
            Some(Duration::ZERO) => self.remove_server(id.0),
            Some(linger) => self.set_server_deadline(id.0, now + linger),
        }
        Ok(())
    }

    pub(super) fn receive_request(&mut self, request: Request, now: Instant) {
        match request.method {
            Method::Ack => self.receive_ack(request),
            Method::Benotify => self.events.push_back(Event::OneWay(request)),
            _ => match Key::of_request(&request, request.method.as_str()) {
                Ok(key) => self.receive_keyed(key, request, now),
                Err(_) => self.outputs.push_back(Response::to(&request, StatusCode::BAD_REQUEST, "").into()),
            },
        }
    }

    fn receive_keyed(&mut self, key: Key, request: Request, now: Instant) {
        if let Some(server) = self.server_keys.get(&key).and_then(|id| self.servers.get(id)) {
            match &server.state {
                State::Trying | State::Accepted => {}
                State::Proceeding(response) | State::Completed(response) => {
                    self.outputs.push_back(Response::clone(response).into());
                }
            }
            return;
        }
        if self.waiting >= self.config.waiting {
            let refusal =
                Response::to(&request, StatusCode::SERVICE_UNAVAILABLE, "Too Many Requests Waiting");
            self.outputs.push_back(refusal.into());
            self.events.push_back(Event::TurnedAway);
            return;
        }
        let is_invite = request.method == Method::Invite;
        let invite = if is_invite { Invite::of(&request).ok().flatten() } else { None };
        let id = self.new_id();
        let deadline = now + self.config.pending;
        self.server_keys.insert(key.clone(), id);
        self.timers.insert((deadline, Timer::Server(id)));
        let server = Server { key, ack_key: None, invite, is_invite, state: State::Trying, deadline };
        self.servers.insert(id, Box::new(server));
        self.waiting += 1;
        if request.method == Method::Cancel {
            self.answer_cancel(id, &request, now);
        } else {
            self.events.push_back(Event::Request { id: ServerId(id), request });
        }
    }

    /// Answers a CANCEL: 200 if its INVITE is known, else 481.
    fn answer_cancel(&mut self, id: u64, cancel: &Request, now: Instant) {
        let target = Key::of_request(cancel, Method::Invite.as_str())
            .ok()
            .and_then(|key| self.server_keys.get(&key).copied());
        let server = target.and_then(|target| self.servers.get(&target));
        let response = match server {
            None => Response::to(cancel, StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST, ""),
            Some(server) => {
                let ok = Response::to(cancel, StatusCode::OK, "");
                match &server.state {
                    State::Proceeding(answer) | State::Completed(answer) => {
                        match answer.headers.to_addr().ok().and_then(|to| to.tag().map(str::to_owned)) {
                            Some(tag) => ok.with_to_tag(&tag),
                            None => ok,
                        }
                    }
                    State::Trying | State::Accepted => ok,
                }
            }
        };
        if let (Some(target), true) = (target, server.is_some_and(|server| server.state.is_waiting())) {
            self.events.push_back(Event::Cancelled(ServerId(target)));
        }
        // The transaction was made a moment ago and waits, so this cannot fail.
        let answered = self.respond(ServerId(id), response, now);
        debug_assert!(answered.is_ok(), "a new transaction waits for its response");
    }

    /// Absorbs the ACK of a refusal; any other belongs to the owner.
    fn receive_ack(&mut self, ack: Request) {
        let by_branch = Key::of_request(&ack, Method::Invite.as_str()).ok();
        let by_tag = Key::of_ack(&ack).ok().flatten();
        let id =
            [by_branch, by_tag].into_iter().flatten().find_map(|key| self.server_keys.get(&key).copied());
        match id.and_then(|id| self.servers.get(&id).map(|server| (id, &server.state))) {
            Some((id, State::Completed(_))) => self.remove_server(id),
            Some((_, State::Trying | State::Proceeding(_) | State::Accepted)) | None => {
                self.events.push_back(Event::OneWay(ack));
            }
        }
    }

    pub(super) fn server_timeout(&mut self, id: u64) {
        if self.servers.get(&id).is_some_and(|server| server.state.is_waiting()) {
            self.waiting = self.waiting.saturating_sub(1);
            self.events.push_back(Event::Abandoned(ServerId(id)));
        }
        self.remove_server(id);
    }

    /// Lets the ACK of a refused INVITE without a branch be found.
    fn expect_ack(&mut self, id: u64, response: &Response) {
        let Some(server) = self.servers.get_mut(&id) else { return };
        let to_tag = response.headers.to_addr().ok().and_then(|to| to.tag()).unwrap_or_default();
        if let Some(invite) = server.invite.take() {
            let key = Key::of_expected_ack(&invite, to_tag);
            server.ack_key = Some(key.clone());
            self.server_keys.insert(key, id);
        }
        debug_assert!(response.headers.contains(HeaderName::To), "a response has a To");
    }

    /// How long a transaction that has its final response stays; makes room for it.
    fn linger(&mut self, id: u64) -> Duration {
        if self.servers.get(&id).is_some_and(|server| server.is_invite) {
            return self.config.timeout;
        }
        if self.config.kept == 0 {
            return Duration::ZERO;
        }
        while self.kept.len() >= self.config.kept {
            if let Some(oldest) = self.kept.pop_front() {
                self.remove_server(oldest);
            }
        }
        self.kept.push_back(id);
        self.config.linger
    }

    fn set_server_deadline(&mut self, id: u64, deadline: Instant) {
        if let Some(server) = self.servers.get_mut(&id) {
            self.timers.remove(&(server.deadline, Timer::Server(id)));
            server.deadline = deadline;
            self.timers.insert((deadline, Timer::Server(id)));
        }
    }

    fn remove_server(&mut self, id: u64) {
        if let Some(server) = self.servers.remove(&id) {
            self.timers.remove(&(server.deadline, Timer::Server(id)));
            self.server_keys.remove(&server.key);
            if let Some(key) = server.ack_key {
                self.server_keys.remove(&key);
            }
        }
    }
}
