//! REGISTER: the three legs of the sign-in, the refresh, the sign-out ([MS-SIPAE] §3.2, [MS-SIPREGE]).
//!
//! ```text
//!  out ──register──▶ asking ──401 with the offer──▶ offered ──401 with a challenge──▶ proving ──200──▶ settled
//!                                                                       any refusal ──▶ out
//! ```

use std::time::Duration;

use rapport_model::Instance;
use rapport_sip::{HeaderName, Method, NameAddr, Request, Response};
use rapport_sipauth::client::{ClientError, ClientHandshake};
use rapport_sipauth::header::AuthParams;
use rapport_sipauth::message::fields_of;
use rapport_sipauth::ntlm::FileTime;
use rapport_sipauth::ntlm::client::{Account, Chance as Proof};

use super::engine::{RequestId, ScriptedClient, USER_AGENT};
use super::event::{Event, Failure};
use crate::chance::Chance;

const METHODS: &str = "INVITE, MESSAGE, INFO, SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY";

/// What the next answer to a REGISTER should be.
#[derive(Debug)]
enum Leg {
    Out,
    Asking,
    Offered(ClientHandshake),
    Proving,
    Settled,
}

/// The state of the registration.
pub(super) struct Registration {
    call_id: String,
    cseq: u32,
    leg: Leg,
}

impl Registration {
    pub(super) fn new(chance: &Chance) -> Self {
        Self { call_id: format!("{:016X}r{:08X}", chance.next(), chance.next_u32()), cseq: 0, leg: Leg::Out }
    }

    pub(super) const fn is_settled(&self) -> bool {
        matches!(self.leg, Leg::Settled)
    }
}

impl ScriptedClient {
    /// Signs in, or refreshes the registration of a client that has.
    pub fn register(&mut self) -> RequestId {
        let mut request = self.register_request(None);
        if self.is_signed_in() {
            return self.send(request);
        }
        self.association = None;
        self.registration.leg = Leg::Asking;
        request.headers.remove(HeaderName::Authorization);
        self.send_signed(request)
    }

    /// Forgets its association and signs in anew on the same connection, as a client does when eight hours have passed.
    pub fn register_anew(&mut self) -> RequestId {
        self.registration.leg = Leg::Out;
        self.register()
    }

    /// Signs out.
    pub fn unregister(&mut self) -> RequestId {
        let request = self.register_request(Some("0"));
        self.send(request)
    }

    fn register_request(&mut self, expires: Option<&str>) -> Request {
        self.registration.cseq += 1;
        let profile = &self.profile;
        let (uri, transport, local) = (profile.uri(), profile.transport, &profile.local);
        let domain = profile.address.rsplit('@').next().unwrap_or_default();
        let instance = profile.epid.instance();
        let contact = format!(
            "<sip:{local};transport={transport};ms-opaque=d3470f2e1d>;methods=\"{METHODS}\";proxy=replace;\
             +sip.instance=\"<urn:uuid:{instance}>\""
        );
        let (branch, tag) = (self.chance.next(), self.chance.next_u32());
        let mut request = Request::new(Method::Register, &format!("sip:{domain}"))
            .expect("a domain makes a Request-URI")
            .with(HeaderName::Via, &format!("SIP/2.0/{transport} {local};branch=z9hG4bK{branch:016X}"))
            .with(HeaderName::From, &format!("<{uri}>;tag={tag};epid={}", profile.epid.as_str()))
            .with(HeaderName::To, &format!("<{uri}>"))
            .with(HeaderName::MaxForwards, "70")
            .with(HeaderName::CSeq, &format!("{} REGISTER", self.registration.cseq))
            .with(HeaderName::UserAgent, USER_AGENT)
            .with(HeaderName::CallId, &self.registration.call_id)
            .with(HeaderName::Contact, &contact)
            .with(
                HeaderName::Supported,
                "gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence",
            )
            .with(HeaderName::Event, "registration")
            .with(HeaderName::AllowEvents, "presence")
            .with(HeaderName::MsKeepAlive, "UAC;hop-hop=yes");
        if let Some(expires) = expires {
            request = request.with(HeaderName::Expires, expires);
        }
        request
    }

    /// Goes on with the handshake, or reports its end.
    pub(super) fn take_registration(
        &mut self,
        id: RequestId,
        request: &Request,
        response: Response,
    ) -> Result<(), Failure> {
        let leg = std::mem::replace(&mut self.registration.leg, Leg::Out);
        if response.status.as_u16() == 401 {
            let lines = || response.headers.get_all(HeaderName::WwwAuthenticate);
            match leg {
                Leg::Asking => {
                    let mut error = ClientError::Parameter("scheme");
                    for line in lines() {
                        match ClientHandshake::new(line) {
                            Ok(handshake) => {
                                self.ask_for_challenge(id, handshake);
                                return Ok(());
                            }
                            Err(why) => error = why,
                        }
                    }
                    return Err(Failure::Handshake(error));
                }
                Leg::Offered(handshake) => {
                    let has_token = |line: &&str| {
                        AuthParams::parse(line).is_ok_and(|params| params.gssapi_data.is_some())
                    };
                    if let Some(challenge) = lines().find(has_token) {
                        return self.prove(id, handshake, challenge);
                    }
                }
                // A settled client whose association the server has forgotten begins again.
                Leg::Settled => {
                    self.association = None;
                    self.registration.leg = Leg::Asking;
                    let again = self.register_request(request.headers.get(HeaderName::Expires));
                    self.send_as(id, again);
                    return Ok(());
                }
                Leg::Proving | Leg::Out => {}
            }
            self.association = None;
        } else if response.status.is_success() {
            if request.headers.get(HeaderName::Expires) == Some("0") {
                self.association = None;
            } else if self.association.is_some() {
                self.registration.leg = Leg::Settled;
                self.take_gruu(&response);
            }
        } else if matches!(leg, Leg::Settled) {
            self.registration.leg = leg;
        } else {
            self.association = None;
        }
        self.report(Event::Answered { request: id, response });
        Ok(())
    }

    fn ask_for_challenge(&mut self, id: RequestId, handshake: ClientHandshake) {
        let handshake = if self.profile.is_version_3 { handshake.in_version_3() } else { handshake };
        let mut credentials = String::with_capacity(160);
        handshake.write_first(&mut credentials);
        let request = self.register_request(None).with(HeaderName::Authorization, &credentials);
        self.registration.leg = Leg::Offered(handshake);
        self.send_as(id, request);
    }

    fn prove(&mut self, id: RequestId, handshake: ClientHandshake, challenge: &str) -> Result<(), Failure> {
        let mut client_challenge = [0; 8];
        let mut exported_session_key = [0; 16];
        self.chance.fill(&mut client_challenge);
        self.chance.fill(&mut exported_session_key);
        let since_epoch = Duration::from_millis(u64::try_from(self.profile.time.0).unwrap_or(0));
        let proof = Proof { client_challenge, exported_session_key, time: FileTime::from_unix(since_epoch) };
        let request = self.register_request(None);
        let account = Account {
            user: &self.profile.login,
            domain: &self.profile.domain,
            workstation: "testkit",
            nt_hash: self.profile.nt_hash.clone(),
            channel_binding: self.profile.channel_binding,
        };
        let mut credentials = String::with_capacity(640);
        let fields = fields_of(&request.headers, None)?;
        let association = handshake
            .answer(challenge, &account, &proof, &fields, self.chance.next_u32(), &mut credentials)
            .map_err(Failure::Handshake)?;
        self.association = Some(association);
        self.registration.leg = Leg::Proving;
        self.send_as(id, request.with(HeaderName::Authorization, &credentials));
        Ok(())
    }

    /// Finds our own binding among those that the server lists, and the GRUU it gave to it.
    fn take_gruu(&mut self, response: &Response) {
        let instance = self.profile.epid.instance();
        for value in response.headers.list(HeaderName::Contact) {
            let Ok(contact) = NameAddr::parse(value) else { continue };
            let is_ours = contact.instance().and_then(|text| Instance::parse(text).ok()) == Some(instance);
            if let (true, Some(gruu)) = (is_ours, contact.param("gruu")) {
                self.contact = format!("<{gruu}>");
            }
        }
    }
}
