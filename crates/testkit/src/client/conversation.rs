//! Conversations: INVITE, ACK, MESSAGE, INFO, BYE ([MS-SIP] §3, presence and instant messages of SIPE).

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::Bytes;
use rapport_sip::dialog::Dialog;
use rapport_sip::{HeaderName, Method, Request, Response};

use super::bodies;
use super::engine::{RequestId, ScriptedClient, USER_AGENT};
use super::event::Failure;

const PLAIN: &str = "text/plain; charset=UTF-8;msgr=WAAtAE0ATQBTAC0ASQBNAC0ARgBvAHIAbQBhAHQAOgAgAEYATgA9AE0AUwAlADIAMABTAGEAbgBzACUAMgAwAFMAZQByAGkAZgA7ACAARQBGAD0AOwAgAEMATwA9ADAAOwAgAFAARgA9ADAAOwAgAFIATAA9ADAADQAKAA0ACgA";

impl ScriptedClient {
    /// Invites `to` (`bob@example.com`, or what follows `sip:` in a GRUU) to a conversation by text. The Call-ID names
    /// the conversation from here on; what makes it, the ACK included, happens by itself.
    pub fn invite(&mut self, to: &str) -> (RequestId, Arc<str>) {
        let request = self.invitation(to);
        self.send_invitation(request)
    }

    /// Invites like [`invite`](Self::invite), with the first message in the invitation.
    pub fn invite_saying(&mut self, to: &str, text: &str) -> (RequestId, Arc<str>) {
        let header = format!("{PLAIN};ms-body={}", BASE64_STANDARD.encode(text));
        let request = self.invitation(to).with(HeaderName::MsTextFormat, &header);
        self.send_invitation(request)
    }

    fn send_invitation(&mut self, request: Request) -> (RequestId, Arc<str>) {
        let call_id = request.headers.call_id().unwrap_or_default().into();
        (self.send(request), call_id)
    }

    fn invitation(&mut self, to: &str) -> Request {
        let uri = format!("sip:{to}");
        let conversation = self.chance.next_u32().to_string();
        self.fresh(Method::Invite, &uri, &uri)
            .with(HeaderName::Supported, "ms-sender")
            .with(HeaderName::Contact, &self.contact)
            .with(HeaderName::MsConversationId, &conversation)
            .with_body("application/sdp", bodies::sdp(&self.profile.local, "null").into())
    }

    /// Takes the invitation back.
    pub fn cancel(&mut self, invite: RequestId) -> Option<RequestId> {
        let request = &self.pending.iter().find(|pending| pending.id == invite)?.request;
        let number = request.headers.cseq().ok()?.number;
        let mut cancel = Request::new(Method::Cancel, request.uri_text()).ok()?;
        for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId] {
            cancel.headers.copy_from(&request.headers, name);
        }
        let cancel =
            cancel.with(HeaderName::MaxForwards, "70").with(HeaderName::CSeq, &format!("{number} CANCEL"));
        Some(self.send(cancel))
    }

    /// Sends plain text; `None` when there is no such conversation.
    pub fn message(&mut self, conversation: &str, text: &str) -> Option<RequestId> {
        self.message_of(conversation, PLAIN, Bytes::copy_from_slice(text.as_bytes()))
    }

    /// Sends a message of any type; `None` when there is no such conversation.
    pub fn message_of(&mut self, conversation: &str, content_type: &str, body: Bytes) -> Option<RequestId> {
        let request = self.within(conversation, Method::Message)?;
        let request = request.with(HeaderName::Contact, &self.contact).with_body(content_type, body);
        Some(self.send(request))
    }

    /// Says that somebody types, or has stopped; `None` when there is no such conversation.
    pub fn typing(&mut self, conversation: &str, is_typing: bool) -> Option<RequestId> {
        let body = bodies::keyboard_activity(is_typing);
        let request = self.within(conversation, Method::Info)?.with_body("application/xml", body.into());
        Some(self.send(request))
    }

    /// Ends a conversation; `None` when there is no such one.
    pub fn bye(&mut self, conversation: &str) -> Option<RequestId> {
        let request = self.within(conversation, Method::Bye)?;
        Some(self.send(request))
    }

    /// The Call-IDs of the conversations and subscriptions there are, in order.
    pub fn dialogs(&self) -> impl Iterator<Item = &Arc<str>> {
        self.dialogs.keys()
    }

    /// The next request in a dialog, not yet signed; `None` when there is no such dialog.
    pub fn within(&mut self, dialog: &str, method: Method) -> Option<Request> {
        let mut request = self.dialogs.get_mut(dialog)?.request(method).ok()?;
        self.complete(&mut request);
        Some(request)
    }

    fn complete(&self, request: &mut Request) {
        // COMPAT(SIPE): there is no branch in the Via of a request inside a dialog.
        let via = format!("SIP/2.0/{} {}", self.profile.transport, self.profile.local);
        request.headers.push_front(HeaderName::Via, &via).expect("a Via is a header value");
        request.headers.push(HeaderName::UserAgent, USER_AGENT).expect("a name is a header value");
    }

    pub(super) fn confirm(&mut self, invite: &Request, response: &Response) -> Result<(), Failure> {
        let Ok(dialog) = Dialog::uac(invite, response) else {
            return Err(rapport_sip::ParseError::new("a 200 to INVITE makes no dialog", 0).into());
        };
        let number = invite.headers.cseq()?.number;
        if let Ok(mut ack) = dialog.ack(number) {
            self.complete(&mut ack);
            self.send(ack);
        }
        self.dialogs.insert(dialog.id().call_id.as_ref().into(), dialog);
        Ok(())
    }

    pub(super) fn hung_up(&mut self, bye: &Request) {
        if let Some(call_id) = bye.headers.call_id() {
            self.dialogs.remove(call_id);
        }
    }
}
