//! REGISTER: the three legs of a sign-in, refresh and sign-out ([MS-SIPREGE]; signin 3.3, 4; RFC 3261 §10).
//!
//! A connection signs one endpoint in, and signs out no other: `Contact: *` with Expires 0 means the endpoint that asks.

use std::time::Instant;

use rapport_fabric::{Description, Fabric, Revision};
use rapport_model::{Aor, EndpointId, Epid, Instance, Scope, Source, TraceId};
use rapport_service::sign_in::{Origin, Proven, SignInError};
use rapport_service::{Error, Wire};
use rapport_sip::transaction::ServerId;
use rapport_sip::{Contact, HeaderName, Request, Response, StatusCode};
use rapport_sipauth::association::{Opaque, Version};
use rapport_sipauth::message::{credential_lines, fields_of};

use crate::connection::{Connection, Ended, SignedIn};
use crate::refusals::{self, CLOCK_SKEW, NOT_YOURS};
use crate::subscriptions::Subscriptions;

/// The event packages of this server; SIPE splits at the comma and does not trim.
const ALLOW_EVENTS: &str = "vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts,vnd-microsoft-roaming-ACL,\
                            presence,presence.wpending,vnd-microsoft-roaming-self,vnd-microsoft-provisioning-v2";

/// Failed proofs on a signed-in connection after which it is a guesser like any other.
const RENEWALS: u32 = 3;

/// What a REGISTER says of its endpoint.
struct Registration {
    address: Aor,
    instance: Instance,
    description: Description,
    /// The Contact's URI with this connection's id.
    contact: String,
    /// It is a sign-out.
    ends: bool,
}

/// Why a REGISTER is not one.
struct NotRegistrable {
    status: StatusCode,
    id: u32,
    sentence: &'static str,
}

impl NotRegistrable {
    /// The reason that is noted.
    fn reason(&self) -> &'static str {
        if self.status == StatusCode::FORBIDDEN { refusals::NOT_THEIRS } else { refusals::UNREADABLE }
    }
}

impl<F: Fabric<Message = Wire>> Connection<F> {
    /// Takes a step of a sign-in, also of one that renews the association of a signed-in client.
    pub(crate) async fn register_unsigned(&mut self, request: Request) {
        if self.signed_in.is_none()
            && let Err(error) = self.services.admission.admit(|| self.services.clock().random_u64())
        {
            self.answer_outside(refusals::answer(&request, &error, &self.settings.server_name));
            return;
        }
        let credentials = self.acceptor.pick(credential_lines(&request.headers), self.pending_opaque());
        let token = credentials.as_ref().and_then(|credentials| credentials.gssapi_data);
        match token {
            None => self.challenge_outside(&request),
            Some("") => {
                let version = credentials.and_then(|credentials| Version::negotiate(credentials.version));
                match version {
                    Some(version) => self.start_handshake(&request, version),
                    None => self.challenge_outside(&request),
                }
            }
            Some(_) => self.finish_handshake(request).await,
        }
    }

    fn pending_opaque(&self) -> Option<Opaque> {
        self.half_open.as_ref().map(|half_open| half_open.opaque())
    }

    fn start_handshake(&mut self, request: &Request, version: Version) {
        let clock = self.services.clock();
        let mut challenge = [0u8; 8];
        clock.random(&mut challenge);
        let opaque = Opaque(u32::try_from(clock.random_u64() >> 32).unwrap_or(0));
        let half_open = self.acceptor.challenge(opaque, challenge, version, clock.monotonic());
        let mut value = String::new();
        half_open.write(&mut value);
        self.half_open = Some(half_open);
        let response = self.challenge(request, &value);
        self.answer_outside(response);
    }

    async fn finish_handshake(&mut self, request: Request) {
        let now = self.now();
        let Some(half_open) = self.half_open.take() else {
            self.challenge_outside(&request);
            return;
        };
        let opaque = half_open.opaque();
        let credentials = self.acceptor.pick(credential_lines(&request.headers), Some(opaque));
        let (Some(credentials), Ok(fields), Some(from)) =
            (credentials, fields_of(&request.headers, None), from_address(&request))
        else {
            self.challenge_outside(&request);
            return;
        };
        let claim = match half_open.claim(&credentials, now) {
            Ok(claim) => claim,
            Err(error) => {
                tracing::debug!(%error, "an answer to a challenge can't be used");
                self.challenge_outside(&request);
                return;
            }
        };
        let live = self.signed_in.as_ref().filter(|_| self.failed_renewals < RENEWALS).map(|s| s.person().id);
        let origin =
            Origin { source: self.peer.address.ip(), channel_binding: self.peer.channel_binding, live };
        let proven = self.services.sign_in.prove(claim, &credentials, &fields, &from, origin).await;
        if live.is_some() && proven.is_err() {
            self.failed_renewals += 1;
        }
        match proven {
            Ok(proven) => self.signed_in(request, proven).await,
            Err(error) => self.refuse_sign_in(&request, &error),
        }
    }

    fn refuse_sign_in(&mut self, request: &Request, error: &SignInError) {
        let server = &self.settings.server_name;
        let response = match error {
            SignInError::Unauthenticated => {
                self.challenge_outside(request);
                return;
            }
            SignInError::NotYours => {
                refusals::diagnosed(request, StatusCode::FORBIDDEN, 4004, NOT_YOURS, server)
            }
            SignInError::ClockSkew => {
                refusals::diagnosed(request, StatusCode::FORBIDDEN, 4003, CLOCK_SKEW, server)
            }
            SignInError::Refused(refusal) => {
                refusals::answer(request, &Error::Refused(refusal.clone()), server)
            }
            SignInError::Overloaded { retry_after } => {
                refusals::answer(request, &Error::Overloaded { retry_after: *retry_after }, server)
            }
            SignInError::Unavailable => {
                refusals::answer(request, &Error::Unavailable("sign-in".to_owned()), server)
            }
        };
        if self.signed_in.is_some() {
            // The client gave its association up when it began to renew it, and could not verify what that signs.
            self.association = None;
            if !matches!(
                error,
                SignInError::Unavailable | SignInError::Overloaded { .. } | SignInError::ClockSkew
            ) {
                // It has proved to be somebody else, or somebody who may not be here any more.
                self.closing = Some(Ended::Forgeries);
            }
        }
        self.answer_outside(response);
    }

    async fn signed_in(&mut self, request: Request, proven: Proven) {
        let Proven { person, tenant, association, proof } = proven;
        let source = Source::Network(self.peer.address.ip());
        let scope = Scope::user(person.id, source, "sign in", TraceId(0));
        let registration = match self.read_registration(&request) {
            Ok(registration) => registration,
            Err(refused) => {
                self.services.note_refused(&scope, request.method.as_str(), refused.reason());
                self.association = Some(association);
                self.refuse_registration(&request, &refused);
                return;
            }
        };
        let endpoint = EndpointId { user: person.id, instance: registration.instance };
        let another = self.signed_in.as_ref().is_some_and(|s| s.session.binding.endpoint != endpoint);
        if another {
            // A connection is one endpoint's: whoever wants to be another opens another.
            self.note_refused(request.method.as_str(), "another-endpoint");
            let server = &self.settings.server_name;
            let refused = refusals::diagnosed(&request, StatusCode::FORBIDDEN, 4004, NOT_YOURS, server);
            self.association = Some(association);
            self.answer_outside(refused);
            self.closing = Some(Ended::Forgeries);
            return;
        }
        self.association = Some(association);
        if registration.ends {
            self.unregister_outside(&request);
            return;
        }
        let expires_at = self.registered_until();
        let app_password = proof.app_password();
        if self.signed_in.as_ref().is_some_and(|signed_in| signed_in.app_password != app_password) {
            // A session is one password's, and ends with it: another one begins another session.
            self.leave().await;
        }
        if let Some(signed_in) = &mut self.signed_in {
            // The association was renewed; the binding and all that hangs on it stay as they are.
            signed_in.expires_at = expires_at;
            let response = self.registered(&request).await;
            self.answer_outside(response);
            return;
        }
        let Registration { address, contact, description, .. } = registration;
        let description = Description { app_password, ..description };
        match self.services.registrar.bind(&person, &tenant, endpoint, source, description).await {
            Ok(session) => {
                if !matches!(self.services.sign_in.still_holds(&person, &proof).await, Ok(true)) {
                    self.services.registrar.unbind(session).await;
                    self.association = None;
                    self.challenge_outside(&request);
                    return;
                }
                // Now that it is sure who came, others may have to go.
                if let Err(error) = self.services.registrar.make_room(&scope, &tenant, endpoint).await {
                    self.services.registrar.unbind(session).await;
                    let response = self.refuse(&request, &error);
                    self.answer_outside(response);
                    return;
                }
                tracing::info!(user = %person.id, peer = %self.peer.address, "signed in");
                self.signed_in = Some(SignedIn {
                    session,
                    app_password,
                    address,
                    contact,
                    registered_call_id: request.headers.call_id().unwrap_or_default().into(),
                    registered_to: request.headers.get(HeaderName::From).unwrap_or_default().into(),
                    expires_at,
                    subscriptions: Subscriptions::default(),
                    told: Revision::default(),
                    pending: 0,
                });
                let response = self.registered(&request).await;
                self.answer_outside(response);
            }
            Err(error) => {
                if let Some(reason) = error.misdeed() {
                    self.services.note_refused(&scope, request.method.as_str(), reason);
                }
                let response = self.refuse(&request, &error);
                self.answer_outside(response);
            }
        }
    }

    fn registered_until(&self) -> Instant {
        // A client refreshes 30 s before the end; a minute more is for the slow.
        self.now() + self.settings.registration + std::time::Duration::from_secs(60)
    }

    /// Refreshes or ends the registration of the signed-in client.
    pub(crate) async fn register_signed(&mut self, id: ServerId, request: Request) {
        let registration = match self.read_registration(&request) {
            Ok(registration) => registration,
            Err(refused) => {
                self.note_refused(request.method.as_str(), refused.reason());
                let NotRegistrable { status, id: diagnostics, sentence } = refused;
                let server = &self.settings.server_name;
                let refused = refusals::diagnosed(&request, status, diagnostics, sentence, server);
                self.respond(id, refused);
                return;
            }
        };
        let expires_at = self.registered_until();
        let Some(signed_in) = &mut self.signed_in else { return };
        if registration.instance != signed_in.session.binding.endpoint.instance {
            self.note_refused(request.method.as_str(), "another-endpoint");
            let server = &self.settings.server_name;
            let refused = refusals::diagnosed(&request, StatusCode::FORBIDDEN, 4004, NOT_YOURS, server);
            self.respond(id, refused);
            return;
        }
        if registration.ends {
            let response = self.unregistered(&request);
            self.respond(id, response);
            self.leave().await;
            return;
        }
        signed_in.expires_at = expires_at;
        signed_in.contact = registration.contact;
        let response = self.registered(&request).await;
        self.respond(id, response);
    }

    fn unregister_outside(&mut self, request: &Request) {
        let response = self.unregistered(request);
        self.answer_outside(response);
        self.closing = Some(Ended::ByClient);
    }

    fn unregistered(&self, request: &Request) -> Response {
        self.response(request, StatusCode::OK, "").with(HeaderName::Expires, "0")
    }

    /// Ends the session at the client's wish; the connection stays until the client closes it.
    async fn leave(&mut self) {
        if let Some(signed_in) = self.signed_in.take() {
            tracing::info!(user = %signed_in.person().id, "signed out");
            self.sign_in_by = self.now() + self.settings.sign_in_within;
            self.leave_conversations();
            self.services.registrar.unbind(signed_in.session).await;
        }
    }

    fn refuse_registration(&mut self, request: &Request, refused: &NotRegistrable) {
        let NotRegistrable { status, id, sentence } = *refused;
        let server = &self.settings.server_name;
        let response = refusals::diagnosed(request, status, id, sentence, server);
        self.answer_outside(response);
    }

    fn read_registration(&self, request: &Request) -> Result<Registration, NotRegistrable> {
        let refused = |status, id, sentence| Err(NotRegistrable { status, id, sentence });
        let bad = StatusCode::BAD_REQUEST;
        let headers = &request.headers;
        if headers.event_package().is_some_and(|event| event != "registration") {
            return refused(StatusCode::BAD_EVENT, 4055, "The event is not registration");
        }
        if headers.has_token(HeaderName::Supported, "msrtc-event-categories")
            && !headers.has_token(HeaderName::Supported, "gruu-10")
        {
            return refused(StatusCode::EXTENSION_REQUIRED, 2057, "Categories need a GRUU");
        }
        let (Some(address), Ok(from)) = (from_address(request), headers.from_addr()) else {
            return refused(bad, 4005, "The From address is not one");
        };
        if to_address(request).as_ref() != Some(&address) {
            return refused(StatusCode::FORBIDDEN, 4004, NOT_YOURS);
        }
        let epid = match from.epid().map(Epid::parse) {
            None => None,
            Some(Ok(epid)) => Some(epid),
            Some(Err(_)) => return refused(bad, 4012, "The epid is too long"),
        };
        let expires = headers.expires_secs().ok().flatten();
        let mut contacts = headers.contacts();
        let contact = match contacts.next() {
            Some(Ok(Contact::Addr(contact))) if contact.uri().is_ok() => Some(contact),
            // All bindings (RFC 3261 §10.2.2): alone and with Expires 0, or not at all.
            Some(Ok(Contact::Star)) if expires == Some(0) && contacts.next().is_none() => None,
            Some(Ok(Contact::Star)) => return refused(bad, 4010, "All contacts can only be removed"),
            Some(Ok(Contact::Addr(_)) | Err(_)) | None => return refused(bad, 4010, "There is no Contact"),
        };
        let ends = contact.and_then(|contact| contact.expires_secs()).or(expires) == Some(0);
        let here = || self.signed_in.as_ref().map(|signed_in| signed_in.session.binding.endpoint.instance);
        let named = epid.as_ref().map(Epid::instance);
        let instance = match contact.and_then(|contact| contact.instance()).map(Instance::parse) {
            Some(Ok(instance)) => instance,
            Some(Err(_)) => return refused(bad, 4010, "The instance is not a UUID"),
            None => match named.or_else(|| here().filter(|_| contact.is_none())) {
                Some(instance) => instance,
                None => return refused(bad, 4010, "Endpoint identifier is missing"),
            },
        };
        // A Request-URI has no headers, and nobody is sent along a Route of their own making (RFC 3261 §19.1.5).
        let uri = contact.and_then(|contact| contact.uri().ok()).map(|uri| uri.without_headers());
        let uri = uri.unwrap_or_default();
        if uri.len() > 512 {
            return refused(bad, 4008, "The Contact is too long");
        }
        let own = format!("{uri};ms-received-cid={}", self.id);
        let joined = |name| {
            let values: Vec<&str> = headers.get_all(name).collect();
            let mut text = values.join(", ");
            text.truncate(text.floor_char_boundary(256));
            text
        };
        let methods = contact.and_then(|contact| contact.param("methods")).unwrap_or_default();
        let methods = methods.get(..methods.floor_char_boundary(256)).unwrap_or_default();
        let description = Description {
            epid,
            contact: own.as_str().into(),
            gruu: instance.gruu(&address).into(),
            methods: methods.into(),
            supported: joined(HeaderName::Supported).into(),
            user_agent: joined(HeaderName::UserAgent).into(),
            is_virtual: false,
            app_password: None,
            since: self.services.clock().wall(),
        };
        Ok(Registration { address, instance, description, contact: own, ends })
    }

    /// Makes the 200 to a REGISTER; what SIPE reads of it literally is in signin 2.6.
    async fn registered(&self, request: &Request) -> Response {
        let expires = self.settings.registration.as_secs().to_string();
        let keep_alive =
            format!("UAS; tcp=no; hop-hop=yes; end-end=no; timeout={}", self.settings.keep_alive.as_secs());
        let mut response =
            Response::to(request, StatusCode::OK, "").with(HeaderName::MsKeepAlive, &keep_alive);
        if let Some(signed_in) = &self.signed_in {
            let scope = signed_in.scope("registered");
            let bound = self.services.registrar.bound(&scope, signed_in.person().id).await;
            for bound in bound.unwrap_or_default() {
                let description = &bound.description;
                let contact = format!(
                    "<{}>;expires={expires};+sip.instance=\"<urn:uuid:{}>\";gruu=\"{}\"",
                    description.contact, bound.binding.endpoint.instance, description.gruu
                );
                response = response.with(HeaderName::Contact, &contact);
            }
        }
        response
            .with(HeaderName::Expires, &expires)
            .with("presence-state", "register-action=\"added\"")
            .with(HeaderName::AllowEvents, ALLOW_EVENTS)
            // COMPAT(pidgin-sipe 1.25): a Supported header counts only if its whole value is the one token.
            .with(HeaderName::Supported, "adhoclist")
            .with(HeaderName::Server, "RTC/3.5")
            .with(HeaderName::Supported, "msrtc-event-categories")
    }
}

pub(crate) fn from_address(request: &Request) -> Option<Aor> {
    let uri = request.headers.from_addr().ok()?.uri().ok()?;
    Aor::parse(uri.user_at_host()).ok()
}

fn to_address(request: &Request) -> Option<Aor> {
    let uri = request.headers.to_addr().ok()?.uri().ok()?;
    Aor::parse(uri.user_at_host()).ok()
}
