//! What a client answers by itself.

use rapport_sip::dialog::Dialog;
use rapport_sip::{HeaderName, Method, Request, Response, StatusCode};

use super::bodies;
use super::engine::{ScriptedClient, USER_AGENT};
use super::profile::Invitations;

impl ScriptedClient {
    /// Says that it rings. The answer that follows bears the same tag.
    pub fn ring(&mut self, invite: &Request) {
        let response = self.answer_to(invite, StatusCode::RINGING);
        self.respond(response);
    }

    /// Accepts an invitation.
    pub fn accept(&mut self, invite: &Request) {
        self.accept_with(invite, "com.microsoft.rtc-multiparty");
    }

    /// Accepts an invitation, and says that the first message in it has been shown.
    pub fn accept_reading(&mut self, invite: &Request) {
        self.accept_with(invite, "ms-text-format");
    }

    fn accept_with(&mut self, invite: &Request, supported: &str) {
        let sdp = bodies::sdp(&self.profile.local, &self.profile.uri());
        let response = self
            .answer_to(invite, StatusCode::OK)
            .with(HeaderName::Supported, supported)
            .with_body("application/sdp", sdp.into());
        let call_id = invite.headers.call_id().unwrap_or_default();
        self.left.retain(|left| left.headers.call_id() != Some(call_id));
        // An INVITE inside a conversation leaves it as it is, with its sequence numbers.
        if !self.dialogs.contains_key(call_id)
            && let Ok(dialog) = Dialog::uas(invite, &response)
        {
            self.dialogs.insert(call_id.into(), dialog);
        }
        self.respond(response);
    }

    /// Declines an invitation, or answers any other request.
    pub fn answer_with(&mut self, request: &Request, status: StatusCode) {
        let call_id = request.headers.call_id();
        self.left.retain(|left| request.method != Method::Invite || left.headers.call_id() != call_id);
        let response = self.answer_to(request, status);
        self.respond(response);
    }

    /// An answer as SIPE makes it, not yet signed: To tag, Contact, User-Agent.
    pub fn answer_to(&self, request: &Request, status: StatusCode) -> Response {
        let call_id = request.headers.call_id().unwrap_or_default();
        Response::to(request, status, "")
            .with_to_tag(&self.tag_for(call_id))
            .with(HeaderName::Contact, &self.contact)
            .with(HeaderName::UserAgent, USER_AGENT)
    }

    pub(super) fn answer(&mut self, request: &Request) {
        let call_id = request.headers.call_id().unwrap_or_default();
        let is_known = match self.dialogs.get_mut(call_id) {
            Some(dialog) => dialog.receive(request).is_ok(),
            None => false,
        };
        let status = match request.method {
            Method::Ack | Method::Benotify => return,
            Method::Invite if is_known => return self.accept(request),
            Method::Invite => match self.profile.invitations {
                Invitations::Accept => return self.accept(request),
                Invitations::Leave => return self.left.push(request.clone()),
                Invitations::Decline(status) => status,
            },
            Method::Bye => {
                self.dialogs.remove(call_id);
                StatusCode::OK
            }
            Method::Message | Method::Info | Method::Update if !is_known => {
                StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST
            }
            Method::Refer => StatusCode::DECLINE,
            Method::Message | Method::Info | Method::Update => StatusCode::OK,
            Method::Cancel => {
                if let Some(at) = self.left.iter().position(|left| left.headers.call_id() == Some(call_id)) {
                    let invite = self.left.swap_remove(at);
                    self.answer_with(&invite, StatusCode::REQUEST_TERMINATED);
                }
                StatusCode::OK
            }
            Method::Options | Method::Notify => StatusCode::OK,
            _ => StatusCode::NOT_IMPLEMENTED,
        };
        self.answer_with(request, status);
    }

    /// The tag of our side of a call: the same for every answer in it.
    fn tag_for(&self, call_id: &str) -> String {
        let mut mixed = self.profile.seed;
        for byte in call_id.bytes() {
            mixed = (mixed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        format!("{:010}", mixed >> 32)
    }
}
