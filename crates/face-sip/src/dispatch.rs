//! Which request goes where: to the registrar, to a service, or on to another client.

use rapport_core::directory::PersonRef;
use rapport_fabric::Fabric;
use rapport_model::{Aor, DeviceKind, Moment};
use rapport_msbody::{container, fault, publish, soap};
use rapport_service::{Error, Wire, router};
use rapport_sip::transaction::ServerId;
use rapport_sip::{HeaderName, Method, Request, Response, StatusCode};

use crate::connection::{Connection, SignedIn};
use crate::refusals::{self, NOT_YOURS, UNREADABLE};
use crate::translate;

/// What a SERVICE asks for, by its content type.
#[derive(Clone, Copy)]
enum Body {
    Publish,
    SetContainerMembers,
    SetSubscribers,
    Soap,
}

const BODIES: [(&str, Body); 4] = [
    (publish::CONTENT_TYPE, Body::Publish),
    (container::MEMBERS_CONTENT_TYPE, Body::SetContainerMembers),
    (container::SUBSCRIBERS_CONTENT_TYPE, Body::SetSubscribers),
    (soap::CONTENT_TYPE, Body::Soap),
];

impl<F: Fabric<Message = Wire>> Connection<F> {
    /// Answers a request that carries no signature of this connection's association.
    pub(crate) async fn handle_unsigned(&mut self, request: Request) {
        match request.method {
            Method::Register => self.register_unsigned(request).await,
            Method::Options => {
                let response = self.options(&request);
                self.answer_outside(response);
            }
            // Compression is not spoken; anything but a 2xx leaves the connection as it is (signin 2.3).
            Method::Negotiate => {
                let response = self.response(&request, StatusCode::NOT_ACCEPTABLE_HERE, "");
                self.answer_outside(response);
            }
            _ => self.challenge_outside(&request),
        }
    }

    /// Answers what this server can (RFC 3261 §11.2), or why the question makes no sense.
    fn options(&self, request: &Request) -> Response {
        let headers = &request.headers;
        let readable =
            headers.from_addr().is_ok() && headers.to_addr().is_ok() && headers.max_forwards().is_ok();
        if !readable {
            return self.response(request, StatusCode::BAD_REQUEST, "");
        }
        if let Some(status) = refused_uri(request) {
            return self.response(request, status, "");
        }
        let unknown = router::unknown_options(headers, &[HeaderName::Require, HeaderName::ProxyRequire]);
        if !unknown.is_empty() {
            return self
                .response(request, StatusCode::BAD_EXTENSION, "")
                .with(HeaderName::Unsupported, &unknown);
        }
        self.response(request, StatusCode::OK, "").with(HeaderName::Allow, ALLOW)
    }

    /// Answers a request that makes no transaction, since nobody has signed in or the signature is missing.
    pub(crate) fn answer_outside(&mut self, response: Response) {
        let readable = response.headers.to_addr().is_ok();
        let response = if readable { response.with_to_tag(&self.token()) } else { response };
        self.outputs.push(response.into());
    }

    /// Asks for credentials.
    pub(crate) fn challenge_outside(&mut self, request: &Request) {
        let mut offer = String::new();
        self.acceptor.offer(&mut offer);
        let response = self.challenge(request, &offer);
        self.answer_outside(response);
    }

    pub(crate) fn challenge(&self, request: &Request, value: &str) -> Response {
        self.response(request, StatusCode::UNAUTHORIZED, "")
            .with(HeaderName::Date, &self.services.clock().wall().to_sip_date())
            .with(HeaderName::WwwAuthenticate, value)
    }

    /// Serves a request of the signed-in client, and notes how long that took.
    pub(crate) async fn dispatch_metered(&mut self, id: ServerId, request: Request) {
        let (method, tenant) = (request.method.clone(), self.signed_in.as_ref().map(SignedIn::tenant));
        self.dispatch(id, request).await;
        if let Some(tenant) = tenant {
            let now = self.services.clock().monotonic();
            let took = now.saturating_duration_since(self.taken);
            self.services.meters().served(method.as_str(), tenant, took, now);
        }
    }

    /// Serves a request of the signed-in client.
    async fn dispatch(&mut self, id: ServerId, request: Request) {
        let Some(signed_in) = &self.signed_in else {
            self.respond(id, Response::to(&request, StatusCode::FORBIDDEN, ""));
            return;
        };
        let now = || self.services.clock().moment();
        if !owns_from(signed_in, &request, now) {
            self.note_refused(request.method.as_str(), refusals::NOT_THEIRS);
            let refused = refusals::diagnosed(
                &request,
                StatusCode::FORBIDDEN,
                4004,
                NOT_YOURS,
                &self.settings.server_name,
            );
            self.respond(id, refused);
            return;
        }
        // What goes on to others is looked at on the way.
        if matches!(request.method, Method::Register | Method::Subscribe)
            && let Some(status) = refused_uri(&request)
        {
            self.note_refused(request.method.as_str(), UNREADABLE);
            let response = self.response(&request, status, "");
            self.respond(id, response);
            return;
        }
        // Only these two methods are asked of the server as well as of other clients.
        let for_self = matches!(request.method, Method::Service | Method::Options)
            && is_for_self(signed_in, &request, &self.settings.server_name, now);
        // What is rare is boxed: otherwise every idle connection keeps room for the largest of these futures.
        match request.method {
            Method::Register => Box::pin(self.register_signed(id, request)).await,
            Method::Subscribe => Box::pin(self.subscribe(id, request)).await,
            Method::Service if for_self => Box::pin(self.serve_body(id, request)).await,
            Method::Options if for_self => {
                let response = self.options(&request);
                self.respond(id, response);
            }
            Method::Negotiate => {
                let response = self.response(&request, StatusCode::NOT_ACCEPTABLE_HERE, "");
                self.respond(id, response);
            }
            Method::Publish => {
                let response = self.response(&request, StatusCode::METHOD_NOT_ALLOWED, "");
                self.respond(id, response.with(HeaderName::Allow, ALLOW));
            }
            _ => self.relay(id, request).await,
        }
    }

    /// Sends on a request that is never answered.
    pub(crate) async fn dispatch_one_way(&mut self, request: Request) {
        let Some(signed_in) = &self.signed_in else { return };
        if request.method == Method::Ack && owns_from(signed_in, &request, || self.services.clock().moment())
        {
            let scope = signed_in.scope("conversation");
            let caller = signed_in.person().clone();
            self.services.router.ack(&scope, &caller, request).await;
        }
    }

    async fn serve_body(&mut self, id: ServerId, request: Request) {
        let body = request.headers.content_type().ok().flatten().and_then(|content_type| {
            BODIES.iter().find(|(name, _)| content_type.is(name)).map(|(_, body)| *body)
        });
        let served = match body {
            Some(Body::Publish) => self.publish(id, &request).await,
            Some(Body::SetContainerMembers) => self.set_container_members(id, &request).await,
            Some(Body::SetSubscribers) => self.set_subscribers(id, &request).await,
            Some(Body::Soap) => self.soap(id, &request).await,
            None => {
                let known = BODIES.map(|(name, _)| name).join(", ");
                let response = self.response(&request, StatusCode::UNSUPPORTED_MEDIA_TYPE, "");
                self.respond(id, response.with(HeaderName::Accept, &known));
                Ok(())
            }
        };
        if let Err(error) = served {
            if matches!(error, Error::Versions(_)) {
                self.brake.wrong(self.now());
            }
            let response = self.refuse(&request, &error);
            self.respond(id, response);
        }
    }

    /// Answers an error of a service; wrong versions with the document that names the current ones.
    pub(crate) fn refuse(&self, request: &Request, error: &Error) -> Response {
        if let Some(reason) = error.misdeed() {
            self.note_refused(request.method.as_str(), reason);
        }
        let response = refusals::answer(request, error, &self.settings.server_name);
        let Error::Versions(conflicts) = error else { return response };
        let operations: Vec<fault::WrongVersion> = conflicts
            .iter()
            .map(|conflict| fault::WrongVersion {
                position: (conflict.index as usize).saturating_sub(1),
                current: conflict.current,
            })
            .collect();
        let mut body = String::new();
        fault::encode_wrong_delta(&operations, &mut body);
        response.with_body(fault::CONTENT_TYPE, body.into())
    }

    /// Notes what the signed-in client was refused.
    pub(crate) fn note_refused(&self, method: &str, reason: &'static str) {
        if let Some(signed_in) = &self.signed_in {
            self.services.note_refused(&signed_in.scope("request"), method, reason);
        }
    }

    pub(crate) fn malformed(&mut self, id: ServerId, request: &Request, what: &dyn std::fmt::Display) {
        self.note_refused(request.method.as_str(), UNREADABLE);
        tracing::debug!(method = request.method.as_str(), error = %what, "a body can't be read");
        let response = refusals::diagnosed(
            request,
            StatusCode::BAD_REQUEST,
            4001,
            "The content can not be read",
            &self.settings.server_name,
        );
        self.respond(id, response);
    }

    async fn publish(&mut self, id: ServerId, request: &Request) -> Result<(), Error> {
        let Some(signed_in) = &self.signed_in else { return Ok(()) };
        let parsed = match publish::parse(&request.body) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.malformed(id, request, &error);
                return Ok(());
            }
        };
        let now = self.services.clock().moment();
        if !Aor::parse(&parsed.uri).is_ok_and(|uri| signed_in.person().answers_to(&uri, now)) {
            return Err(Error::Forbidden);
        }
        let (scope, binding) = (signed_in.scope("publish"), signed_in.session.binding);
        let program = request.headers.get(HeaderName::UserAgent).unwrap_or_default();
        let device = DeviceKind::of_program(program);
        let batch = match translate::publish::publications(&parsed, binding.endpoint, device, now.steady) {
            Ok(batch) => batch,
            Err(error) => {
                self.malformed(id, request, &error);
                return Ok(());
            }
        };
        let published = self.services.presence.publish(&scope, binding, &batch).await?;
        self.brake.right();
        let body = translate::own::touched(
            &signed_in.address,
            &published.document,
            published.touched.iter(),
            &published.emptied,
            now.steady,
        );
        let response = self
            .response(request, StatusCode::OK, "")
            .with_body(rapport_msbody::roaming_self::CONTENT_TYPE, body.into());
        if let Some(signed_in) = &mut self.signed_in {
            signed_in.told = published.revision;
        }
        self.respond(id, response);
        self.services.presence.announce(&scope, published.announce).await;
        Ok(())
    }

    async fn set_container_members(&mut self, id: ServerId, request: &Request) -> Result<(), Error> {
        let Some(signed_in) = &self.signed_in else { return Ok(()) };
        let asked = match container::parse_set_members(&request.body) {
            Ok(changes) => translate::members::AskedMembers::read(&changes).map_err(|e| e.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let asked = match asked {
            Ok(asked) => asked,
            Err(error) => {
                self.malformed(id, request, &error);
                return Ok(());
            }
        };
        let (scope, user) = (signed_in.scope("access levels"), signed_in.person().id);
        let mut people = std::collections::BTreeMap::new();
        for address in asked.addresses() {
            people.insert(address.clone(), self.services.contacts.who(&scope, address).await?);
        }
        let changes = asked.into_changes(&people);
        let announce = self.services.presence.set_container_members(&scope, user, &changes).await?;
        let response = self.response(request, StatusCode::OK, "");
        self.respond(id, response);
        self.services.presence.announce(&scope, announce).await;
        Ok(())
    }

    async fn set_subscribers(&mut self, id: ServerId, request: &Request) -> Result<(), Error> {
        let Some(signed_in) = &self.signed_in else { return Ok(()) };
        let subscribers = match container::parse_set_subscribers(&request.body) {
            Ok(subscribers) => subscribers,
            Err(error) => {
                self.malformed(id, request, &error);
                return Ok(());
            }
        };
        let (scope, user) = (signed_in.scope("acknowledge"), signed_in.person().id);
        let mut who: Vec<PersonRef> = Vec::new();
        for address in translate::members::acknowledged(&subscribers) {
            who.push(self.services.contacts.who(&scope, &address).await?);
        }
        let announce = self.services.presence.acknowledge_subscribers(&scope, user, &who).await?;
        let response = self.response(request, StatusCode::OK, "");
        self.respond(id, response);
        self.services.presence.announce(&scope, announce).await;
        Ok(())
    }

    async fn soap(&mut self, id: ServerId, request: &Request) -> Result<(), Error> {
        let Some(signed_in) = &self.signed_in else { return Ok(()) };
        let method = match soap::parse(&request.body) {
            Ok(method) => method,
            Err(error) => {
                self.malformed(id, request, &error);
                return Ok(());
            }
        };
        let asked = match translate::contacts::Asked::read(method) {
            Ok(asked) => asked,
            Err(translate::Untranslatable::Method) => {
                let response = self.response(request, StatusCode::NOT_IMPLEMENTED, "");
                self.respond(id, response);
                return Ok(());
            }
            Err(error) => {
                self.malformed(id, request, &error);
                return Ok(());
            }
        };
        let (scope, user) = (signed_in.scope("contacts"), signed_in.person().id);
        let binding = signed_in.session.binding;
        let named = asked.address().cloned();
        let who = match &named {
            Some(address) => Some(self.services.contacts.who(&scope, address).await?),
            None => None,
        };
        let based_on = asked.based_on;
        let change = asked.into_change(who.clone());
        match self.services.contacts.apply(&scope, user, &change, named.as_ref(), based_on).await {
            Ok(applied) => {
                let mut response = self.response(request, StatusCode::OK, "");
                if let Some(group) = applied.group {
                    let mut body = String::new();
                    soap::encode_add_group(group, &mut body);
                    response = response.with_body(soap::CONTENT_TYPE, body.into());
                }
                self.respond(id, response);
                self.services.contacts.announce(&scope, applied.announce).await;
            }
            Err(error) => {
                let response = self.refuse(request, &error);
                self.respond(id, response);
                // COMPAT(pidgin-sipe 1.25): the client shows the contact and counts its number up before it hears the
                // answer; without a correction its next change would be made on a number that never was.
                let correction = self.services.contacts.correction(&scope, user, who.as_ref()).await?;
                self.services.contacts.correct(binding, correction);
            }
        }
        Ok(())
    }
}

/// The methods that this server knows.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, INFO, SUBSCRIBE, NOTIFY, BENOTIFY, SERVICE, REGISTER, REFER, UPDATE, PRACK";

/// How a request is refused whose Request-URI is none, or of a scheme that is not served (RFC 3261 §8.2.2.1).
fn refused_uri(request: &Request) -> Option<StatusCode> {
    match request.uri() {
        Ok(uri) if uri.is_sip() => None,
        Ok(_) => Some(StatusCode::UNSUPPORTED_URI_SCHEME),
        Err(_) => Some(StatusCode::BAD_REQUEST),
    }
}

fn owns_from<F: Fabric>(signed_in: &SignedIn<F>, request: &Request, now: impl FnOnce() -> Moment) -> bool {
    let Ok(uri) = request.headers.from_addr().and_then(|from| from.uri()) else { return false };
    // Mostly it is, letter by letter, the address that was proved to be theirs when they signed in.
    uri.user_at_host() == signed_in.address.as_str()
        || Aor::parse(uri.user_at_host()).is_ok_and(|from| signed_in.person().answers_to(&from, now()))
}

/// Tells whether a request is for the person's own services rather than for another client.
fn is_for_self<F: Fabric>(
    signed_in: &SignedIn<F>,
    request: &Request,
    server: &str,
    now: impl FnOnce() -> Moment,
) -> bool {
    let Ok(uri) = request.uri() else { return false };
    if uri.opaque().is_some() || uri.is_gruu() {
        return false;
    }
    match uri.user() {
        None => {
            uri.host().eq_ignore_ascii_case(server)
                || uri.host().eq_ignore_ascii_case(signed_in.address.domain())
        }
        Some(_) => Aor::parse(uri.user_at_host()).is_ok_and(|to| signed_in.person().answers_to(&to, now())),
    }
}
