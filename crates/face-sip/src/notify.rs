//! What has changed is told to the client: BENOTIFY and NOTIFY inside the subscription dialogs ([MS-SIP] §3.4).

use std::sync::Arc;

use bytes::Bytes;
use rapport_fabric::Fabric;
use rapport_msbody::registration::{self, Deregistered};
use rapport_msbody::{contacts as contact_bodies, legacy, roaming_self};
use rapport_service::Wire;
use rapport_service::contacts::ContactsChanged;
use rapport_service::session::{Event, OwnEvent, PresenceEvent, SignOutReason};
use rapport_sip::{HeaderName, Method, Request, proxy};

use crate::connection::Connection;
use crate::refusals;
use crate::subscribe::{CATEGORIES, referred};
use crate::subscriptions::{Package, Subscription};
use crate::translate;

impl<F: Fabric<Message = Wire>> Connection<F> {
    /// Tells the client of an event.
    pub(crate) async fn handle_event(&mut self, event: Event) {
        match event {
            Event::Presence(event) => self.notify_presence(&event),
            Event::Own(event) => Box::pin(self.notify_own(&event)).await,
            Event::Contacts(event) => self.notify_contacts(&event),
            Event::SignedOut(reason) => self.sign_out(reason),
        }
    }

    fn notify_presence(&mut self, event: &Arc<PresenceEvent>) {
        let body =
            event.rendered.get_or_render(|| translate::view::categories(&event.address, &event.view).into());
        let user = event.presentity;
        let watches =
            |package: &Package| matches!(package, Package::Presence(people) if people.contains(&user));
        self.notify(watches, CATEGORIES, true, &[body]);
    }

    async fn notify_own(&mut self, event: &Arc<OwnEvent>) {
        let Some(signed_in) = &self.signed_in else { return };
        let scope = signed_in.scope("own presence");
        // An event from before the client's own last publication would take back what its answer has said: the document
        // as it is now is told in its place.
        let stale = event.revision < signed_in.told;
        let newest = if stale {
            self.services.presence.own_document(&scope, signed_in.person().id).await.ok()
        } else {
            None
        };
        let document = newest.as_ref().unwrap_or(&event.document);
        let people = if event.containers.is_empty() && !event.subscribers {
            Default::default()
        } else {
            referred(document)
        };
        let Ok(addresses) = self.services.contacts.addresses(&scope, people.iter()).await else {
            tracing::warn!("a change of the own document can't be told: the directory is out of reach");
            return;
        };
        let now = self.services.clock().moment().steady;
        let address = signed_in.address.clone();
        let render = || {
            translate::own::own_change(
                &address,
                document,
                &event.categories,
                &event.containers,
                event.subscribers,
                &addresses,
                now,
            )
            .into()
        };
        let body = if stale { render() } else { event.rendered.get_or_render(render) };
        self.notify(|p| matches!(p, Package::Own), roaming_self::CONTENT_TYPE, false, &[body]);
        let asked = self
            .signed_in
            .as_mut()
            .is_some_and(|s| s.subscriptions.matching(|p| matches!(p, Package::Pending)).next().is_some());
        if event.subscribers
            && asked
            && let Ok(pending) = self.pending_watchers().await
        {
            let bodies = [pending.into()];
            self.notify(|p| matches!(p, Package::Pending), legacy::WATCHERS_CONTENT_TYPE, false, &bodies);
        }
    }

    fn notify_contacts(&mut self, event: &Arc<ContactsChanged>) {
        let bodies: Vec<Bytes> = event
            .deltas
            .iter()
            .map(|delta| translate::contacts::delta(delta, &event.addresses).into())
            .collect();
        self.notify(|p| matches!(p, Package::Contacts), contact_bodies::CONTENT_TYPE, false, &bodies);
    }

    /// Sends bodies, one notification each, in every dialog whose package fits; of presence dialogs only in the first.
    fn notify(&mut self, fits: impl Fn(&Package) -> bool, content_type: &str, once: bool, bodies: &[Bytes]) {
        let now = self.now();
        let clock = self.services.clock().clone();
        let mut requests = Vec::new();
        {
            let Some(signed_in) = &mut self.signed_in else { return };
            let contact = signed_in.contact.as_str();
            let dialogs = signed_in.subscriptions.matching(fits);
            for subscription in dialogs.take(if once { 1 } else { usize::MAX }) {
                if subscription.expires_at <= now {
                    continue;
                }
                if subscription.extends {
                    subscription.expires_at = now + subscription.interval;
                }
                for body in bodies {
                    subscription.cseq += 1;
                    let request = notification(subscription, contact, content_type, body.clone(), once, now);
                    let Some(mut request) = request else { continue };
                    let branch = proxy::branch(clock.random_u64(), 0);
                    let transport = self.peer.transport.name();
                    if proxy::add_via(&mut request, transport, &self.server, &branch).is_ok() {
                        requests.push((subscription.best_effort, request));
                    }
                }
            }
        }
        for (best_effort, request) in requests {
            self.send_notification(best_effort, request);
        }
    }

    fn send_notification(&mut self, best_effort: bool, request: Request) {
        if best_effort {
            self.outputs.push(request.into());
        } else if let Err(error) = self.engine.send(request, self.now()) {
            tracing::debug!(%error, "a notification can't be sent");
        }
    }

    /// Tells the client that its session is over, where that helps ([MS-SIPREGE]; signin 4.4).
    ///
    /// A client that is told does not come back by itself: who was replaced, who must prove a new password, whose company was
    /// restored and whom the shutdown of a server ends is therefore not told.
    pub(crate) fn notify_signed_out(&mut self, reason: SignOutReason) {
        let (why, sentence) = match reason {
            SignOutReason::TooManyEndpoints => {
                refusals::met("endpoints");
                (Deregistered::Unregistered, "4140;reason=\"You are signed in at too many other places\"")
            }
            SignOutReason::EndedByOwner => {
                (Deregistered::Unregistered, "4140;reason=\"You signed this program out at another place\"")
            }
            SignOutReason::CompanyDisabled => {
                (Deregistered::Rejected, "4141;reason=\"The service is switched off for your company\"")
            }
            SignOutReason::Disabled => (Deregistered::Rejected, "4141;reason=\"User disabled\""),
            SignOutReason::Unlicensed => {
                (Deregistered::Rejected, "4141;reason=\"You have no licence for this service\"")
            }
            SignOutReason::Removed => (Deregistered::Rejected, "4141;reason=\"User removed\""),
            SignOutReason::Renamed => (
                Deregistered::Rejected,
                "4141;reason=\"Your sign-in address was changed by your administrator\"",
            ),
            SignOutReason::Replaced
            | SignOutReason::PasswordChanged
            | SignOutReason::TooSlow
            | SignOutReason::Restored
            | SignOutReason::SessionOver => return,
        };
        let Some(signed_in) = &self.signed_in else { return };
        let from = format!("<{}>;tag={}", signed_in.address.to_uri(), self.token());
        let request = Request::new(Method::Notify, &signed_in.contact).ok().map(|request| {
            request
                .with(HeaderName::MaxForwards, "70")
                .with(HeaderName::From, &from)
                .with(HeaderName::To, &signed_in.registered_to)
                .with(HeaderName::CallId, &signed_in.registered_call_id)
                .with(HeaderName::CSeq, "1 NOTIFY")
                .with(HeaderName::Event, "registration-notify")
                .with(HeaderName::SubscriptionState, "terminated;expires=0")
                .with("ms-diagnostics-public", sentence)
                .with_body(registration::CONTENT_TYPE, why.body().into())
        });
        let Some(mut request) = request else { return };
        let branch = proxy::branch(self.services.clock().random_u64(), 0);
        if proxy::add_via(&mut request, self.peer.transport.name(), &self.server, &branch).is_ok() {
            self.outputs.push(request.into());
        }
    }
}

fn notification(
    subscription: &Subscription,
    contact: &str,
    content_type: &str,
    body: Bytes,
    list: bool,
    now: std::time::Instant,
) -> Option<Request> {
    let method = if subscription.best_effort { Method::Benotify } else { Method::Notify };
    let left = subscription.expires_at.saturating_duration_since(now).as_secs();
    let cseq = format!("{} {}", subscription.cseq, method.as_str());
    let mut request = Request::new(method, contact)
        .ok()?
        .with(HeaderName::MaxForwards, "70")
        .with(HeaderName::From, &subscription.local)
        .with(HeaderName::To, &subscription.remote)
        .with(HeaderName::CallId, &subscription.call_id)
        .with(HeaderName::CSeq, &cseq)
        .with(HeaderName::Event, &subscription.event)
        .with(HeaderName::SubscriptionState, &format!("active;expires={left}"));
    if list {
        request = request.with(HeaderName::Require, "eventlist");
    }
    Some(request.with_body(content_type, body))
}
