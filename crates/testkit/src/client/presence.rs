//! Subscriptions, publications and contacts ([MS-PRES], [MS-SIP] §3.7, §4.3).

use std::sync::Arc;

use rapport_sip::dialog::Dialog;
use rapport_sip::{HeaderName, Method, Request, Response};

use super::bodies;
use super::engine::{RequestId, ScriptedClient};
use super::event::Failure;

const PRESENCE_TYPES: &str = "application/rlmi+xml, multipart/related, text/xml+msrtc.pidf, \
     application/msrtc-event-categories+xml, application/xpidf+xml, application/pidf+xml";

impl ScriptedClient {
    /// Asks for the contact list, now and later.
    pub fn subscribe_contacts(&mut self) -> RequestId {
        let request = self
            .subscription("vnd-microsoft-roaming-contacts", "application/vnd-microsoft-roaming-contacts+xml")
            .with(HeaderName::Supported, "ms-ucs")
            .with(HeaderName::Contact, &self.contact);
        self.send(request)
    }

    /// Asks for the server's configuration, once.
    pub fn fetch_provisioning(&mut self) -> RequestId {
        const TYPE: &str = "application/vnd-microsoft-roaming-provisioning-v2+xml";
        let request = self
            .subscription("vnd-microsoft-provisioning-v2", TYPE)
            .with(HeaderName::Expires, "0")
            .with(HeaderName::Contact, &self.contact)
            .with_body(TYPE, bodies::PROVISIONING.into());
        self.send(request)
    }

    /// Asks for what is known of ourselves: publications, containers, subscribers.
    pub fn subscribe_self(&mut self) -> RequestId {
        const TYPE: &str = "application/vnd-microsoft-roaming-self+xml";
        let request = self
            .subscription("vnd-microsoft-roaming-self", TYPE)
            .with(HeaderName::Contact, &self.contact)
            .with_body(TYPE, bodies::ROAMING_SELF.into());
        self.send(request)
    }

    /// Watches these people (`bob@example.com`). The Call-ID names the subscription from here on.
    pub fn subscribe_presence<'a>(
        &mut self,
        people: impl IntoIterator<Item = &'a str>,
    ) -> (RequestId, Arc<str>) {
        let request = self.presence_request(people);
        let call_id = request.headers.call_id().unwrap_or_default().into();
        (self.send(request), call_id)
    }

    /// Asks once for the presence of these people.
    pub fn poll_presence<'a>(&mut self, people: impl IntoIterator<Item = &'a str>) -> RequestId {
        let request = self.presence_request(people).with(HeaderName::Expires, "0");
        self.send(request)
    }

    /// Ends a subscription; `None` when there is no such one.
    pub fn unsubscribe(&mut self, subscription: &str, event: &str) -> Option<RequestId> {
        let request = self
            .within(subscription, Method::Subscribe)?
            .with(HeaderName::Event, event)
            .with(HeaderName::Expires, "0")
            .with(HeaderName::Contact, &self.contact);
        self.dialogs.remove(subscription);
        Some(self.send(request))
    }

    /// Publishes what a batch says; [`bodies`] has the usual ones.
    pub fn publish(&mut self, batch: String) -> RequestId {
        self.service("application/msrtc-category-publish+xml", batch)
    }

    /// Calls a method of the contact list; [`bodies`] has them.
    pub fn change_contacts(&mut self, call: String) -> RequestId {
        self.service("application/SOAP+xml", call)
    }

    /// Changes who belongs to a container.
    pub fn set_container_members(&mut self, body: String) -> RequestId {
        self.service("application/msrtc-setcontainermembers+xml", body)
    }

    /// Tells that subscribers have been seen.
    pub fn set_subscribers(&mut self, body: String) -> RequestId {
        self.service("application/msrtc-presence-setsubscriber+xml", body)
    }

    /// Sends a SERVICE to ourselves.
    pub fn service(&mut self, content_type: &str, body: String) -> RequestId {
        let uri = self.profile.uri();
        let request = self
            .fresh(Method::Service, &uri, &uri)
            .with(HeaderName::Contact, &self.contact)
            .with_body(content_type, body.into());
        self.send(request)
    }

    fn subscription(&self, event: &str, accept: &str) -> Request {
        let uri = self.profile.uri();
        self.fresh(Method::Subscribe, &uri, &uri)
            .with(HeaderName::Event, event)
            .with(HeaderName::Accept, accept)
            .with(HeaderName::Supported, "com.microsoft.autoextend")
            .with(HeaderName::Supported, "ms-benotify")
            .with(HeaderName::ProxyRequire, "ms-benotify")
            .with(HeaderName::Supported, "ms-piggyback-first-notify")
    }

    fn presence_request<'a>(&self, people: impl IntoIterator<Item = &'a str>) -> Request {
        let uri = self.profile.uri();
        self.fresh(Method::Subscribe, &uri, &uri)
            .with(HeaderName::Require, "adhoclist, categoryList")
            .with(HeaderName::Supported, "eventlist")
            .with(HeaderName::Accept, PRESENCE_TYPES)
            .with(HeaderName::Supported, "ms-piggyback-first-notify")
            .with(HeaderName::Supported, "ms-benotify")
            .with(HeaderName::ProxyRequire, "ms-benotify")
            .with(HeaderName::Event, "presence")
            .with(HeaderName::Contact, &self.contact)
            .with_body(
                "application/msrtc-adrl-categorylist+xml",
                bodies::batch_subscribe(&uri, people).into(),
            )
    }

    pub(super) fn subscribed(&mut self, request: &Request, response: &Response) -> Result<(), Failure> {
        let call_id = request.headers.call_id().unwrap_or_default();
        let ends = request.headers.get(HeaderName::Expires) == Some("0");
        if ends || self.dialogs.contains_key(call_id) {
            return Ok(());
        }
        match Dialog::uac(request, response) {
            Ok(dialog) => {
                self.dialogs.insert(call_id.into(), dialog);
                Ok(())
            }
            Err(_) => Err(rapport_sip::ParseError::new("a 200 to SUBSCRIBE makes no dialog", 0).into()),
        }
    }
}
