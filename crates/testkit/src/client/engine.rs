//! The engine: framing, signatures, and which answer belongs to which request.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::BytesMut;
use rapport_sip::dialog::Dialog;
use rapport_sip::framing::{Decoder, Frame, Limits};
use rapport_sip::{HeaderName, Message, Method, Request, Response};
use rapport_sipauth::client::ClientAssociation;
use rapport_sipauth::message::fields_of;

use super::event::{Event, Failure};
use super::profile::Profile;
use super::register::Registration;
use crate::chance::Chance;

/// Names a request of this client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A request that waits for its final answer.
pub(super) struct Pending {
    pub(super) id: RequestId,
    pub(super) request: Request,
}

/// The client.
pub struct ScriptedClient {
    pub(super) profile: Profile,
    pub(super) chance: Chance,
    pub(super) registration: Registration,
    pub(super) association: Option<ClientAssociation>,
    /// Our Contact once signed in: the GRUU that the server gave, or the one we would expect.
    pub(super) contact: String,
    pub(super) dialogs: BTreeMap<Arc<str>, Dialog>,
    pub(super) pending: Vec<Pending>,
    /// Invitations that the script has not answered yet.
    pub(super) left: Vec<Request>,
    next_request: u64,
    scratch: String,
    decoder: Decoder,
    out: BytesMut,
    events: VecDeque<Event>,
}

impl ScriptedClient {
    /// A client that has said nothing yet.
    pub fn new(profile: Profile) -> Self {
        let chance = Chance::new(profile.seed);
        let gruu = profile.epid.instance().gruu_id();
        let contact = format!("<sip:{};opaque=user:epid:{gruu};gruu>", profile.address);
        Self {
            registration: Registration::new(&chance),
            contact,
            chance,
            profile,
            association: None,
            dialogs: BTreeMap::new(),
            pending: Vec::new(),
            left: Vec::new(),
            next_request: 0,
            scratch: String::new(),
            decoder: Decoder::new(Limits::default()),
            out: BytesMut::new(),
            events: VecDeque::new(),
        }
    }

    /// Who it is.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Who it is, to be changed: the local address when it is known, the clock, its behaviour.
    pub const fn profile_mut(&mut self) -> &mut Profile {
        &mut self.profile
    }

    /// Whether it is signed in.
    pub const fn is_signed_in(&self) -> bool {
        self.association.is_some() && self.registration.is_settled()
    }

    /// Its Contact value: the GRUU that the server gave it.
    pub fn contact(&self) -> &str {
        &self.contact
    }

    /// How many requests wait for a final answer.
    pub const fn unanswered(&self) -> usize {
        self.pending.len()
    }

    /// Takes bytes of the server.
    ///
    /// # Errors
    /// [`Failure`]: the server did what it must not; the connection is of no more use.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.decoder.push(bytes);
        while let Some(frame) = self.decoder.next()? {
            match frame {
                Frame::Message(message) => self.take(message)?,
                Frame::Bad(bad) => return Err(Failure::Malformed(bad.error)),
                Frame::KeepAlive => {}
            }
        }
        Ok(())
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What waits to be sent.
    pub fn take_output(&mut self) -> BytesMut {
        self.out.split()
    }

    /// Whether something waits to be sent.
    pub fn has_output(&self) -> bool {
        !self.out.is_empty()
    }

    /// Says that it is still there, with an empty line.
    pub fn keep_alive(&mut self) {
        self.out.extend_from_slice(b"\r\n\r\n");
    }

    /// Says these bytes as they are: for what no client would say.
    pub fn say_raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Signs and says a request of the script's own making, and waits for its answer unless it is an ACK.
    pub fn send(&mut self, mut request: Request) -> RequestId {
        self.sign(&mut request.headers, None);
        self.send_signed(request)
    }

    /// Signs a message that the script says by itself, octet for octet: the value of its Authorization line. `None`
    /// without an association, or when it lacks what is signed.
    pub fn credentials(&mut self, headers: &rapport_sip::Headers, status: Option<u16>) -> Option<String> {
        let association = self.association.as_mut()?;
        let fields = fields_of(headers, status).ok()?;
        let mut value = String::new();
        association.sign(&fields, self.chance.next_u32(), &mut value);
        Some(value)
    }

    /// Signs and says an answer of the script's own making.
    pub fn respond(&mut self, mut response: Response) {
        self.sign(&mut response.headers, Some(response.status.as_u16()));
        response.encode(&mut self.out);
    }

    /// Says a request that is signed already, or must not be.
    pub fn send_signed(&mut self, request: Request) -> RequestId {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        self.send_as(id, request);
        id
    }

    pub(super) fn send_as(&mut self, id: RequestId, request: Request) {
        request.encode(&mut self.out);
        if !request.method.is_unanswered() {
            self.pending.push(Pending { id, request });
        }
    }

    pub(super) fn report(&mut self, event: Event) {
        self.events.push_back(event);
    }

    /// A request outside of any dialog, as SIPE begins one.
    pub(super) fn fresh(&self, method: Method, uri: &str, to: &str) -> Request {
        let Profile { address, epid, transport, local, .. } = &self.profile;
        let (tag, branch, call) = (self.chance.next_u32(), self.chance.next(), self.chance.next());
        let via = if method == Method::Invite {
            format!("SIP/2.0/{transport} {local}")
        } else {
            format!("SIP/2.0/{transport} {local};branch=z9hG4bK{branch:016X}")
        };
        let cseq = format!("1 {method}");
        Request::new(method, uri)
            .expect("the script's addresses are addresses")
            .with(HeaderName::Via, &via)
            .with(HeaderName::From, &format!("<sip:{address}>;tag={tag};epid={}", epid.as_str()))
            .with(HeaderName::To, &format!("<{to}>"))
            .with(HeaderName::MaxForwards, "70")
            .with(HeaderName::CSeq, &cseq)
            .with(HeaderName::UserAgent, USER_AGENT)
            .with(HeaderName::CallId, &format!("{call:016X}g{:08X}", self.chance.next_u32()))
    }

    /// Adds the credentials that sign a message, if there is an association.
    pub(super) fn sign(&mut self, headers: &mut rapport_sip::Headers, status: Option<u16>) {
        let Some(association) = &mut self.association else { return };
        let crand = self.chance.next_u32();
        self.scratch.clear();
        let fields = fields_of(headers, status).expect("the script's messages have what is signed");
        association.sign(&fields, crand, &mut self.scratch);
        headers.push(HeaderName::Authorization, &self.scratch).expect("credentials are a header value");
    }

    fn take(&mut self, message: Message) -> Result<(), Failure> {
        self.verify(&message)?;
        match message {
            Message::Request(request) => {
                self.answer(&request);
                self.report(Event::Asked(request));
                Ok(())
            }
            Message::Response(response) => self.take_response(response),
        }
    }

    fn verify(&mut self, message: &Message) -> Result<(), Failure> {
        let Some(association) = &mut self.association else { return Ok(()) };
        let status = message.as_response().map(|response| response.status.as_u16());
        let headers = message.headers();
        let Some(info) = headers.get(HeaderName::AuthenticationInfo) else {
            // 100 needs no signature, and a server that does not know the association any more can give none.
            return if may_be_unsigned(status, self.registration.is_settled()) {
                Ok(())
            } else {
                Err(Failure::Unsigned(start_of(message)))
            };
        };
        association
            .verify(info, &fields_of(headers, status)?)
            .map_err(|error| Failure::Signature { message: start_of(message), error })
    }

    fn take_response(&mut self, response: Response) -> Result<(), Failure> {
        let Some(at) = self.pending.iter().position(|pending| answers(&response, &pending.request)) else {
            self.report(Event::Stray(response));
            return Ok(());
        };
        if response.status.is_provisional() {
            let request = self.pending[at].id;
            self.report(Event::Progress { request, response });
            return Ok(());
        }
        let Pending { id, request } = self.pending.swap_remove(at);
        if request.method == Method::Register {
            return self.take_registration(id, &request, response);
        }
        if response.status.is_success() {
            match request.method {
                Method::Invite => self.confirm(&request, &response)?,
                Method::Subscribe => self.subscribed(&request, &response)?,
                Method::Bye => self.hung_up(&request),
                _ => {}
            }
        }
        self.report(Event::Answered { request: id, response });
        Ok(())
    }
}

/// What the client calls itself.
pub(super) const USER_AGENT: &str = "Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)";

fn answers(response: &Response, request: &Request) -> bool {
    response.headers.get(HeaderName::CSeq) == request.headers.get(HeaderName::CSeq)
        && response.headers.call_id() == request.headers.call_id()
}

fn may_be_unsigned(status: Option<u16>, is_settled: bool) -> bool {
    match status {
        Some(100 | 401) => true,
        Some(code) => !is_settled && code >= 300,
        None => false,
    }
}

/// The start line and what names the message, for a failure's text.
fn start_of(message: &Message) -> String {
    let mut text = match message {
        Message::Request(request) => format!("{} {}", request.method, request.uri_text()),
        Message::Response(response) => format!("{} {}", response.status.as_u16(), response.reason()),
    };
    let cseq = message.headers().get(HeaderName::CSeq).unwrap_or_default();
    write!(text, " (CSeq {cseq})").expect("a String takes everything");
    text
}
