//! SUBSCRIBE: which package is asked for, and the first document inside the 200 ([MS-SIP] §3.3 to §3.7).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rapport_core::presence::CategoryName;
use rapport_fabric::Fabric;
use rapport_model::{Aor, UserId};
use rapport_msbody::subscribe::{self as batch, Action};
use rapport_msbody::{What, contacts as contact_bodies, legacy, provisioning, roaming_self, watch};
use rapport_service::presence::{Target, Watched};
use rapport_service::{Error, Wire};
use rapport_sip::transaction::ServerId;
use rapport_sip::{HeaderName, Request, Response, StatusCode, Uri};

use crate::connection::Connection;
use crate::refusals;
use crate::subscriptions::{Package, Subscription};
use crate::translate;
use crate::translate::view::{BatchAnswer, Outcome, REJECTED, Watched as Part};

/// The first document of a subscription.
pub(crate) struct Document {
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

/// An event package by its name in the Event header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Contacts,
    Own,
    Presence,
    Provisioning,
    ProvisioningV1,
    AccessList,
    Pending,
}

impl Event {
    fn of(request: &Request) -> Option<Self> {
        Some(match request.headers.event_package()? {
            "vnd-microsoft-roaming-contacts" => Self::Contacts,
            "vnd-microsoft-roaming-self" => Self::Own,
            "presence" => Self::Presence,
            "vnd-microsoft-provisioning-v2" => Self::Provisioning,
            "vnd-microsoft-provisioning" => Self::ProvisioningV1,
            "vnd-microsoft-roaming-ACL" => Self::AccessList,
            "presence.wpending" => Self::Pending,
            _ => return None,
        })
    }
}

impl<F: Fabric<Message = Wire>> Connection<F> {
    /// Serves a SUBSCRIBE.
    pub(crate) async fn subscribe(&mut self, id: ServerId, request: Request) {
        let Some(event) = Event::of(&request) else {
            let response = self.response(&request, StatusCode::BAD_EVENT, "");
            self.respond(id, response);
            return;
        };
        self.expire_subscriptions().await;
        let served = if event != Event::Presence && request.headers.expires_secs() == Ok(Some(0)) {
            match event {
                // Asking once for settings is not unsubscribing.
                Event::Provisioning | Event::ProvisioningV1 => self.fixed(id, &request, event).await,
                _ => {
                    self.unsubscribe(id, &request).await;
                    Ok(())
                }
            }
        } else {
            match event {
                Event::Contacts => self.subscribe_contacts(id, &request).await,
                Event::Own => self.subscribe_own(id, &request).await,
                Event::Presence => self.subscribe_presence(id, &request).await,
                Event::Pending => self.subscribe_pending(id, &request).await,
                Event::Provisioning | Event::ProvisioningV1 | Event::AccessList => {
                    self.fixed(id, &request, event).await
                }
            }
        };
        if let Err(error) = served {
            let response = self.refuse(&request, &error);
            self.respond(id, response);
        }
    }

    async fn subscribe_contacts(&mut self, id: ServerId, request: &Request) -> Result<(), Error> {
        let Some(signed_in) = &self.signed_in else { return Ok(()) };
        let scope = signed_in.scope("contacts");
        let addressed = self.services.contacts.open(&scope, signed_in.session.binding).await?;
        let body = translate::contacts::list(&addressed.list, &addressed.addresses);
        self.accept(id, request, Package::Contacts, document(contact_bodies::CONTENT_TYPE, body));
        Ok(())
    }

    async fn subscribe_own(&mut self, id: ServerId, request: &Request) -> Result<(), Error> {
        let Some(signed_in) = &self.signed_in else { return Ok(()) };
        let which = if request.body.is_empty() {
            roaming_self::RoamingList::ALL
        } else {
            match roaming_self::parse(&request.body) {
                Ok(which) => which,
                Err(error) => {
                    self.malformed(id, request, &error);
                    return Ok(());
                }
            }
        };
        let scope = signed_in.scope("own presence");
        let own = self.services.presence.open_own(&scope, signed_in.session.binding).await?;
        let addresses = self.services.contacts.addresses(&scope, referred(&own).iter()).await?;
        let now = self.services.clock().moment().steady;
        let body = translate::own::roaming_data(&signed_in.address, &own, which, &addresses, now);
        self.accept(id, request, Package::Own, document(roaming_self::CONTENT_TYPE, body));
        Ok(())
    }

    async fn subscribe_pending(&mut self, id: ServerId, request: &Request) -> Result<(), Error> {
        // The list is part of the own document: from here on its changes are told.
        if let Some(signed_in) = &self.signed_in {
            let scope = signed_in.scope("pending watchers");
            self.services.presence.open_own(&scope, signed_in.session.binding).await?;
        }
        let body = self.pending_watchers().await?;
        self.accept(id, request, Package::Pending, document(legacy::WATCHERS_CONTENT_TYPE, body));
        Ok(())
    }

    /// Writes the list of those whom the person has not taken notice of.
    pub(crate) async fn pending_watchers(&mut self) -> Result<String, Error> {
        let Some(signed_in) = &mut self.signed_in else { return Ok(String::new()) };
        let scope = signed_in.scope("pending watchers");
        let own = self.services.presence.own_document(&scope, signed_in.person().id).await?;
        let addresses = self.services.contacts.addresses(&scope, referred(&own).iter()).await?;
        let watchers: Vec<(String, &str)> = own
            .pending_subscribers()
            .filter_map(|(who, prompted)| Some((addresses.get(who)?.to_uri(), &*prompted.display_name)))
            .collect();
        let watchers: Vec<(&str, &str)> = watchers.iter().map(|(uri, name)| (uri.as_str(), *name)).collect();
        signed_in.pending += 1;
        let mut body = String::new();
        legacy::encode_watchers(signed_in.pending, &watchers, &mut body);
        Ok(body)
    }

    async fn fixed(&mut self, id: ServerId, request: &Request, event: Event) -> Result<(), Error> {
        let Some(signed_in) = &self.signed_in else { return Ok(()) };
        let mut body = String::new();
        let content_type = match event {
            Event::Provisioning => {
                let requested = match provisioning::parse(&request.body) {
                    Ok(requested) => requested,
                    Err(error) => {
                        self.malformed(id, request, &error);
                        return Ok(());
                    }
                };
                body = translate::provisioning::document(requested, &signed_in.session.tenant);
                provisioning::CONTENT_TYPE
            }
            Event::ProvisioningV1 => {
                legacy::encode_provisioning(&signed_in.address.to_uri(), &mut body);
                legacy::PROVISIONING_CONTENT_TYPE
            }
            Event::AccessList | Event::Contacts | Event::Own | Event::Presence | Event::Pending => {
                let everyone = legacy::AccessEntry { kind: "ALL", mask: "", rights: "AA" };
                legacy::encode_access_list(1, &[everyone], &mut body);
                legacy::ACL_CONTENT_TYPE
            }
        };
        self.accept(id, request, Package::Fixed, document(content_type, body));
        Ok(())
    }

    async fn subscribe_presence(&mut self, id: ServerId, request: &Request) -> Result<(), Error> {
        let polls = request.headers.expires_secs() == Ok(Some(0));
        let actions = if request.body.is_empty() {
            if polls {
                self.unsubscribe(id, request).await;
                return Ok(());
            }
            to_itself(request)
        } else {
            match batch::parse(&request.body) {
                Ok(batch) => batch.actions,
                Err(error) => {
                    if matches!(error.what, What::TooMany { .. }) {
                        refusals::met("people");
                    }
                    self.malformed(id, request, &error);
                    return Ok(());
                }
            }
        };
        let Some(signed_in) = &self.signed_in else { return Ok(()) };
        let scope = signed_in.scope("watch");
        let watcher = signed_in.session.watcher.clone();
        let boundary = self.token();
        let mut parts: Vec<(String, Watched)> = Vec::new();
        let mut gone: Vec<UserId> = Vec::new();
        for action in &actions {
            let resources = &action.resources;
            let targets: Vec<Target> = resources
                .iter()
                .map(|resource| Target { address: plain_address(&resource.uri), prompts: resource.context })
                .collect();
            if !action.subscribe {
                gone.extend(self.services.presence.people_at(&scope, &targets).await?);
                continue;
            }
            let categories = categories(action);
            let seen = if polls {
                self.services.presence.poll(&scope, &watcher.watcher, &targets, &categories).await?
            } else {
                self.services.presence.subscribe(&scope, &watcher, &targets, &categories).await?
            };
            parts.extend(resources.iter().map(|resource| resource.uri.clone()).zip(seen));
        }
        self.services.presence.unsubscribe(&scope, &watcher, &gone).await;
        if parts.iter().any(|(_, seen)| matches!(seen, Watched::TooMany { .. })) {
            self.note_refused(request.method.as_str(), "too-many-watchers");
        }
        let answer = batch_answer(&signed_in.address, &parts, &boundary);
        let mut people: Vec<UserId> = parts
            .iter()
            .filter_map(|(_, seen)| match seen {
                Watched::Active { user, .. } => Some(*user),
                Watched::Unknown | Watched::Foreign | Watched::TooMany { .. } => None,
            })
            .collect();
        if let Some(signed_in) = &mut self.signed_in
            && let Some(known) = signed_in.subscriptions.of(&request.headers)
            && let Package::Presence(before) = &known.package
        {
            people.extend(before.iter().filter(|user| !gone.contains(user)));
        }
        people.sort_unstable();
        people.dedup();
        let first = Document { content_type: answer.content_type, body: answer.body.into() };
        if polls {
            let response = self.with_document(request, Duration::ZERO, first, &self.token());
            self.respond(id, response);
        } else {
            let kept = self.accept(id, request, Package::Presence(people), first);
            if let Some(signed_in) = self.signed_in.as_mut().filter(|_| kept) {
                let answers = parts.iter().map(|(uri, seen)| (plain_address(uri), seen));
                signed_in.session.events.pass_over(answers);
            }
        }
        Ok(())
    }

    /// Ends a subscription.
    async fn unsubscribe(&mut self, id: ServerId, request: &Request) {
        let ended = self.signed_in.as_mut().and_then(|s| s.subscriptions.remove(&request.headers));
        if let Some(ended) = ended {
            self.close_package(ended.package).await;
        }
        let response = self
            .response(request, StatusCode::OK, "")
            .with(HeaderName::Expires, "0")
            .with(HeaderName::Event, request.headers.event_package().unwrap_or_default())
            .with(HeaderName::SubscriptionState, "terminated;expires=0");
        self.respond(id, response);
    }

    async fn expire_subscriptions(&mut self) {
        let now = self.now();
        let over = self.signed_in.as_mut().map(|s| s.subscriptions.expire(now)).unwrap_or_default();
        for subscription in over {
            self.close_package(subscription.package).await;
        }
    }

    async fn close_package(&mut self, package: Package) {
        let Some(signed_in) = &mut self.signed_in else { return };
        let binding = signed_in.session.binding;
        match package {
            Package::Contacts => {
                if signed_in.subscriptions.matching(|p| matches!(p, Package::Contacts)).next().is_none() {
                    self.services.contacts.close(binding);
                }
            }
            Package::Own | Package::Pending => {
                let another = |p: &Package| matches!(p, Package::Own | Package::Pending);
                if signed_in.subscriptions.matching(another).next().is_none() {
                    self.services.presence.close_own(binding);
                }
            }
            Package::Presence(people) => {
                let gone: Vec<UserId> =
                    people.into_iter().filter(|user| !signed_in.subscriptions.watches(*user)).collect();
                let scope = signed_in.scope("unwatch");
                let watcher = signed_in.session.watcher.clone();
                self.services.presence.unsubscribe(&scope, &watcher, &gone).await;
            }
            Package::Fixed => {}
        }
    }

    /// Answers 200 with the first document, and keeps the dialog; false when there is no room for it.
    fn accept(&mut self, id: ServerId, request: &Request, package: Package, first: Document) -> bool {
        let now = self.now();
        // A random spread avoids that everybody refreshes at the same time.
        let spread = self.services.clock().random_u64() % self.settings.subscription.as_secs().max(1);
        let interval = match (&package, request.headers.expires_secs()) {
            (Package::Fixed, _) => Duration::ZERO,
            (_, Ok(Some(asked))) => Duration::from_secs(u64::from(asked).clamp(60, 86_400)),
            (_, Ok(None) | Err(_)) => self.settings.subscription + Duration::from_secs(spread),
        };
        let tag = request
            .headers
            .to_addr()
            .ok()
            .and_then(|to| to.tag().map(str::to_owned))
            .unwrap_or_else(|| self.token());
        if !matches!(package, Package::Fixed) {
            let subscription = Subscription::new(request, &tag, package, interval, now);
            let kept = self.signed_in.as_mut().is_some_and(|s| s.subscriptions.insert(subscription));
            if !kept {
                refusals::met("dialogs");
                self.note_refused(request.method.as_str(), "too-many-dialogs");
                let response = self.response(request, StatusCode::FORBIDDEN, "");
                self.respond(id, response);
                return false;
            }
        }
        let response = self.with_document(request, interval, first, &tag);
        self.respond(id, response);
        true
    }

    fn with_document(&self, request: &Request, interval: Duration, first: Document, tag: &str) -> Response {
        let expires = interval.as_secs();
        let state = if expires == 0 { "terminated" } else { "active" };
        let event = request.headers.event_package().unwrap_or_default();
        let mut response = self
            .response(request, StatusCode::OK, "")
            .with_to_tag(tag)
            .with(HeaderName::Contact, &format!("<sip:{};transport=tls>", self.server))
            .with(HeaderName::Expires, &expires.to_string())
            .with(HeaderName::Event, event)
            .with(HeaderName::SubscriptionState, &format!("{state};expires={expires}"))
            .with(HeaderName::MsPiggybackCseq, "1")
            .with(HeaderName::Supported, "ms-benotify, ms-piggyback-first-notify");
        if event == "presence" {
            response = response.with(HeaderName::Require, "eventlist");
        }
        response.with_body(&first.content_type, first.body)
    }
}

fn document(content_type: &str, body: String) -> Document {
    Document { content_type: content_type.to_owned(), body: body.into() }
}

/// Returns everybody whom a document refers to.
pub(crate) fn referred(
    own: &rapport_core::presence::Document,
) -> std::collections::BTreeSet<rapport_core::directory::PersonRef> {
    use rapport_core::presence::Member;
    let members = own.memberships.values().flat_map(|membership| &membership.members);
    let named = members.filter_map(|member| match member {
        Member::User(who) => Some(who),
        Member::Domain(_)
        | Member::SameEnterprise
        | Member::Federated
        | Member::PublicCloud
        | Member::Everyone => None,
    });
    named.chain(own.subscribers.keys()).cloned().collect()
}

fn categories(action: &Action) -> Arc<[CategoryName]> {
    let asked: Vec<&str> = if action.categories.is_empty() {
        vec!["calendarData", "contactCard", "note", "services", "state"]
    } else {
        action.categories.iter().map(String::as_str).take(32).collect()
    };
    asked.into_iter().map(CategoryName::new).collect()
}

/// A SUBSCRIBE to a person without a body asks for that person's presence.
fn to_itself(request: &Request) -> Vec<Action> {
    let uri = request.headers.to_addr().map(|to| to.uri_text().to_owned()).unwrap_or_default();
    let resource = batch::Resource { uri, context: false };
    vec![Action { subscribe: true, id: String::new(), resources: vec![resource], categories: Vec::new() }]
}

fn plain_address(uri: &str) -> Option<Aor> {
    let parsed = Uri::parse(uri).ok()?;
    Aor::parse(parsed.user_at_host()).ok()
}

/// Puts what was seen of each resource into one answer.
fn batch_answer(own: &Aor, seen: &[(String, Watched)], boundary: &str) -> BatchAnswer {
    let parts: Vec<Part<'_>> = seen
        .iter()
        .map(|(uri, watched)| {
            let outcome = match watched {
                // Named as asked for: SIPE drops a document of somebody whom it doesn't know by that address.
                Watched::Active { address, first, .. } => {
                    let asked = plain_address(uri).filter(|asked| asked != address);
                    Outcome::Active(match asked {
                        None => {
                            let render = || translate::view::categories(address, &first.view).into();
                            Cow::Borrowed(&**first.rendered.get_or_init(render))
                        }
                        Some(asked) => translate::view::categories(&asked, &first.view).into(),
                    })
                }
                // There is no federation: somebody of another domain is shown like somebody unknown.
                Watched::Unknown | Watched::Foreign => Outcome::Unknown,
                Watched::TooMany { .. } => {
                    refusals::met("watchers");
                    Outcome::Terminated(REJECTED)
                }
            };
            Part { uri: uri.into(), outcome }
        })
        .collect();
    BatchAnswer::new(own, 0, &parts, boundary)
}

/// The content type of a notification about one person.
pub(crate) const CATEGORIES: &str = watch::CATEGORIES_CONTENT_TYPE;
