//! Client transactions: requests that the owner sent and the peer answers, RFC 3261 §17.1.

use std::time::Instant;

use super::key::Key;
use super::{ClientId, Engine, EngineError, Event, Failure, Timer};
use crate::error::ParseError;
use crate::message::{Request, Response};
use crate::method::Method;
use crate::name::HeaderName;
use crate::proxy::push;
use crate::status::StatusCode;

#[derive(Debug)]
pub(super) struct Client {
    key: Key,
    /// Of an INVITE: what its ACK and its CANCEL are made of.
    invite: Option<Box<Skeleton>>,
    /// A CANCEL that this engine sent; nobody waits for its answer.
    is_internal: bool,
    state: State,
    cancel: Cancel,
    deadline: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing has come: Calling, or Trying.
    Calling,
    /// A 1xx has come.
    Proceeding,
    /// An INVITE was accepted; further 2xx are passed on.
    Accepted,
    /// The owner has been told that nothing came; a late 2xx is still passed on.
    GivenUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancel {
    No,
    /// To be sent when a 1xx comes: before, the peer might not know the INVITE (RFC 3261 §9.1).
    Wanted,
    Sent,
}

/// The parts of an INVITE that its ACK and its CANCEL repeat.
#[derive(Debug)]
struct Skeleton {
    uri: Box<str>,
    via: Box<str>,
    from: Box<str>,
    to: Box<str>,
    call_id: Box<str>,
    cseq: u32,
    routes: Box<[Box<str>]>,
}

impl Skeleton {
    fn of(invite: &Request) -> Result<Self, ParseError> {
        let headers = &invite.headers;
        let text = |name| headers.get(name).unwrap_or_default().into();
        Ok(Self {
            uri: invite.uri_text().into(),
            via: headers.first_element(HeaderName::Via).unwrap_or_default().into(),
            from: text(HeaderName::From),
            to: text(HeaderName::To),
            call_id: text(HeaderName::CallId),
            cseq: headers.cseq()?.number,
            routes: headers.get_all(HeaderName::Route).map(Into::into).collect(),
        })
    }

    fn request(&self, method: Method, to: &str) -> Option<Request> {
        let cseq = format!("{} {method}", self.cseq);
        let mut request = Request::new(method, &self.uri).ok()?;
        let headers = &mut request.headers;
        push(headers, HeaderName::Via, &self.via);
        for route in &self.routes {
            push(headers, HeaderName::Route, route);
        }
        push(headers, HeaderName::MaxForwards, "70");
        push(headers, HeaderName::From, &self.from);
        push(headers, HeaderName::To, to);
        push(headers, HeaderName::CallId, &self.call_id);
        push(headers, HeaderName::CSeq, &cseq);
        Some(request)
    }
}

impl Client {
    /// Whether the owner waits for an answer.
    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Calling | State::Proceeding) && !self.is_internal
    }
}

impl Engine {
    /// Sends a request. Its topmost Via must be ours, with a branch that no other request has.
    ///
    /// # Errors
    /// See [`EngineError`]; nothing is sent then.
    pub fn send(&mut self, request: Request, now: Instant) -> Result<ClientId, EngineError> {
        if request.method.is_unanswered() || request.method == Method::Cancel {
            return Err(EngineError::NotATransaction);
        }
        let via = request.headers.top_via()?;
        let branch = via.unique_branch().ok_or(EngineError::NoBranch)?;
        let key = Key::of_client(branch, request.method.as_str());
        if self.client_keys.contains_key(&key) {
            return Err(EngineError::BranchInUse);
        }
        let invite =
            if request.method == Method::Invite { Some(Box::new(Skeleton::of(&request)?)) } else { None };
        Ok(self.start_client(key, invite, false, request, now))
    }

    /// Cancels an INVITE: CANCEL goes out as soon as the peer has answered with a 1xx. An INVITE that gets no final
    /// response in time after that fails ([`Event::Failed`]), and a 2xx that comes all the same is reported as late.
    ///
    /// # Errors
    /// [`EngineError::NoSuchTransaction`]: it is no INVITE, or has its final response.
    pub fn cancel(&mut self, id: ClientId, now: Instant) -> Result<(), EngineError> {
        let client = self.clients.get_mut(&id.0).ok_or(EngineError::NoSuchTransaction)?;
        if client.invite.is_none() || !client.is_waiting() {
            return Err(EngineError::NoSuchTransaction);
        }
        if client.cancel == Cancel::No {
            client.cancel = Cancel::Wanted;
            if client.state == State::Proceeding {
                self.send_cancel(id.0, now);
            }
        }
        Ok(())
    }

    fn start_client(
        &mut self,
        key: Key,
        invite: Option<Box<Skeleton>>,
        is_internal: bool,
        request: Request,
        now: Instant,
    ) -> ClientId {
        let id = self.new_id();
        let deadline = now + self.config.timeout;
        self.client_keys.insert(key.clone(), id);
        self.timers.insert((deadline, Timer::Client(id)));
        let client = Client { key, invite, is_internal, state: State::Calling, cancel: Cancel::No, deadline };
        self.clients.insert(id, Box::new(client));
        self.outputs.push_back(request.into());
        ClientId(id)
    }

    fn send_cancel(&mut self, id: u64, now: Instant) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.cancel = Cancel::Sent;
        let cancel = client.invite.as_ref().and_then(|invite| invite.request(Method::Cancel, &invite.to));
        self.set_client_deadline(id, now + self.config.timeout);
        let Some(cancel) = cancel else { return };
        let Some(branch) = cancel.headers.top_via().ok().and_then(|via| via.branch()) else { return };
        let key = Key::of_client(branch, cancel.method.as_str());
        if !self.client_keys.contains_key(&key) {
            self.start_client(key, None, true, cancel, now);
        }
    }

    pub(super) fn receive_response(&mut self, response: Response, now: Instant) {
        let id = Key::of_response(&response).and_then(|key| self.client_keys.get(&key).copied());
        let Some((id, client)) = id.and_then(|id| self.clients.get_mut(&id).map(|client| (id, client)))
        else {
            let invited = response.headers.cseq().is_ok_and(|cseq| cseq.method == Method::Invite);
            if invited && response.status.is_success() {
                self.events.push_back(Event::Stray(response));
            }
            return;
        };
        if client.is_internal {
            if response.status.is_final() {
                self.remove_client(id);
            }
            return;
        }
        let late = client.cancel != Cancel::No || client.state == State::GivenUp;
        match (client.state, response.status.class()) {
            (State::Calling | State::Proceeding, 1) => {
                client.state = State::Proceeding;
                let is_invite = client.invite.is_some();
                match client.cancel {
                    Cancel::Wanted => self.send_cancel(id, now),
                    Cancel::No if is_invite => self.set_client_deadline(id, now + self.config.ringing),
                    Cancel::No | Cancel::Sent => {}
                }
                self.events.push_back(Event::Response { id: ClientId(id), response, late });
            }
            (State::Accepted | State::GivenUp, 1) => {}
            (State::Calling | State::Proceeding | State::Accepted | State::GivenUp, 2)
                if client.invite.is_some() =>
            {
                if client.state != State::GivenUp {
                    client.state = State::Accepted;
                    self.set_client_deadline(id, now + self.config.timeout);
                }
                self.events.push_back(Event::Response { id: ClientId(id), response, late });
            }
            (State::Accepted, _) => {}
            (State::Calling | State::Proceeding | State::GivenUp, _) => {
                let told = client.state == State::GivenUp;
                if let Some(invite) = &client.invite {
                    let ack = invite
                        .request(Method::Ack, response.headers.get(HeaderName::To).unwrap_or(&invite.to));
                    self.outputs.extend(ack.map(Into::into));
                }
                self.remove_client(id);
                if !told {
                    self.events.push_back(Event::Response { id: ClientId(id), response, late });
                }
            }
        }
    }

    pub(super) fn client_timeout(&mut self, id: u64, now: Instant) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let is_invite = client.invite.is_some();
        match client.state {
            State::Proceeding if is_invite && client.cancel == Cancel::No => self.send_cancel(id, now),
            State::Calling | State::Proceeding => {
                let waiting = client.is_waiting();
                if is_invite {
                    client.state = State::GivenUp;
                    self.set_client_deadline(id, now + self.config.timeout);
                } else {
                    self.remove_client(id);
                }
                if waiting {
                    self.events.push_back(Event::Failed { id: ClientId(id), cause: Failure::TimedOut });
                }
            }
            State::Accepted | State::GivenUp => self.remove_client(id),
        }
    }

    fn set_client_deadline(&mut self, id: u64, deadline: Instant) {
        if let Some(client) = self.clients.get_mut(&id) {
            self.timers.remove(&(client.deadline, Timer::Client(id)));
            client.deadline = deadline;
            self.timers.insert((deadline, Timer::Client(id)));
        }
    }

    fn remove_client(&mut self, id: u64) {
        if let Some(client) = self.clients.remove(&id) {
            self.timers.remove(&(client.deadline, Timer::Client(id)));
            self.client_keys.remove(&client.key);
        }
    }
}

/// What a request of ours that failed counts as, for who has to answer somebody else.
impl Failure {
    /// 408 for a time-out, 480 for a lost connection.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::ConnectionLost => StatusCode::TEMPORARILY_UNAVAILABLE,
        }
    }
}
