//! What the person says to others: as typed SIP through the router, as programs on a desk say it ([MS-SIP];
//! presence-im 5).

use std::task::Poll;

use axum::http::StatusCode as HttpStatus;
use bytes::Bytes;
use rapport_core::directory::PersonRef;
use rapport_core::refusal::{Refusal, Rule};
use rapport_fabric::Fabric;
use rapport_model::{Aor, MessageId};
use rapport_service::history::Unsent;
use rapport_service::router::Saying;
use rapport_service::{Error, Wire};
use rapport_sip::dialog::Dialog;
use rapport_sip::{HeaderName, Method, Request, Response, StatusCode, proxy, quote};

use super::body::{self, LONGEST};
use super::kept::after;
use super::loops::{Agent, Pending, What, poll_answers};
use super::names::id_of;
use super::seen::written;
use super::talk::{Talk, reason, reason_of};
use super::{NewMessage, body::HTML_TYPE};
use crate::code::Code;
use crate::problem::Problem;
use crate::web::budget;
use crate::web::types::{Conversation, ConversationState, DeliveryState, Direction, Event, Message, Reason};

/// What stands in a User-Agent header.
pub(super) const USER_AGENT: &str = "RapportWeb/1";
/// Requests of one agent that wait for their answers.
const PENDING: usize = 256;

impl<F: Fabric<Message = Wire>> Agent<F> {
    /// Tells of a conversation as it is now.
    pub(super) async fn tell_conversation(&mut self, at: usize) -> Result<(), Error> {
        let (services, scope) = (self.services.clone(), self.session.scope("conversation"));
        let Some(outline) = self.talks.get(at).map(Talk::outline) else { return Ok(()) };
        let conversation = outline.shown(&services, &scope).await?;
        self.emit(Event::Conversation { conversation });
        self.keep_soon();
        Ok(())
    }

    fn find(&self, conversation: &str) -> Result<usize, Problem> {
        let at = self.talks.iter().position(|talk| &*talk.id == conversation);
        at.ok_or_else(|| Problem::not_found("conversation"))
    }

    async fn shown_at(&mut self, at: usize) -> Result<Conversation, Problem> {
        let (services, scope) = (self.services.clone(), self.session.scope("conversation"));
        let outline =
            self.talks.get(at).map(Talk::outline).ok_or_else(|| Problem::not_found("conversation"))?;
        Ok(outline.shown(&services, &scope).await?)
    }

    /// Returns the conversation with somebody; a new one sends nothing before its first message.
    pub(super) async fn talk(&mut self, with: PersonRef, address: Aor) -> Result<Conversation, Problem> {
        if self.is_self(&with) {
            return Err(Error::Refused(Refusal::Invalid { field: "person", rule: Rule::WrongPerson }).into());
        }
        let known = self.talks.iter().position(|talk| talk.with == with);
        if let Some(at) = known {
            return self.shown_at(at).await;
        }
        if !self.make_room_for_talk().await {
            let limit = u32::try_from(super::inbound::TALKS).unwrap_or(u32::MAX);
            let mut problem = Problem::new(
                HttpStatus::CONFLICT,
                Code::TooManyConversations,
                "too many conversations are open",
            );
            problem.limit = limit;
            return Err(problem);
        }
        let talk = Talk::new(self.token().into(), with.clone(), address, self.services.clock().wall());
        self.talks.push(talk);
        let at = self.talks.len() - 1;
        self.tell_conversation(at).await?;
        let presence = self.watch(&[with]).await?;
        if !presence.is_empty() {
            self.emit(Event::Presence { presence });
        }
        self.shown_at(at).await
    }

    /// Answers what rings.
    pub(super) async fn answer(&mut self, conversation: &str) -> Result<Conversation, Problem> {
        let at = self.find(conversation)?;
        self.answer_at(at).await?;
        self.shown_at(at).await
    }

    async fn answer_at(&mut self, at: usize) -> Result<(), Error> {
        let ringing =
            self.talks.get_mut(at).map(|talk| std::mem::take(&mut talk.ringing)).unwrap_or_default();
        for ringing in ringing {
            self.accept(at, ringing).await?;
        }
        Ok(())
    }

    /// Declines what rings: elsewhere, too.
    pub(super) async fn decline(&mut self, conversation: &str) -> Result<(), Problem> {
        let at = self.find(conversation)?;
        self.decline_at(at);
        let Some(talk) = self.talks.get_mut(at) else { return Ok(()) };
        if talk.is_over() && talk.state == ConversationState::Ringing {
            talk.state = ConversationState::Ended;
            talk.reason = Some(reason("declined", "you have declined"));
            self.tell_conversation(at).await?;
        }
        Ok(())
    }

    fn decline_at(&mut self, at: usize) {
        let ringing =
            self.talks.get_mut(at).map(|talk| std::mem::take(&mut talk.ringing)).unwrap_or_default();
        for ringing in ringing {
            self.finish(ringing.reply, &ringing.request, StatusCode::DECLINE);
        }
    }

    /// Leaves a conversation and forgets it.
    pub(super) async fn leave(&mut self, conversation: &str) -> Result<(), Problem> {
        self.take_answers().await;
        let at = self.find(conversation)?;
        self.decline_at(at);
        self.give_up_waiting_at(at).await;
        self.hang_up_at(at).await;
        let talk = self.talks.remove(at);
        self.keep_soon();
        self.emit(Event::ConversationGone { conversation: talk.id.to_string() });
        self.watch_no_more(&talk.with).await;
        Ok(())
    }

    /// Ends every conversation: the others are told, nobody waits for their answers.
    pub(super) async fn hang_up(&mut self) {
        for at in 0..self.talks.len() {
            self.hang_up_at(at).await;
        }
        self.talks.clear();
        for pending in self.pending.drain(..) {
            pending.transaction.leave();
        }
    }

    async fn hang_up_at(&mut self, at: usize) {
        let Some(talk) = self.talks.get_mut(at) else { return };
        let id = talk.id.clone();
        for mut dialog in std::mem::take(&mut talk.dialogs) {
            if let Ok(bye) = dialog.request(Method::Bye) {
                self.request(bye, What::Nothing, None).await;
            }
        }
        for pending in &mut self.pending {
            if let What::Invite { conversation, is_wanted, .. } = &mut pending.what
                && *conversation == id
            {
                *is_wanted = false;
                pending.transaction.cancel();
            }
        }
    }

    /// Notes what the person has seen.
    pub(super) async fn see(&mut self, conversation: &str, message: Option<&str>) -> Result<(), Error> {
        let Ok(at) = self.find(conversation) else { return Ok(()) };
        let Some(talk) = self.talks.get_mut(at) else { return Ok(()) };
        if talk.see(message) {
            let last = message.or_else(|| talk.messages.back().map(|last| &*last.id));
            let last = last.and_then(|last| last.parse().ok());
            let last = last.unwrap_or_else(|| self.services.history.message_id());
            let (with, user) = (talk.with.clone(), self.session.binding.endpoint.user);
            self.services.web_sessions.tell_read(&self.session.scope("seen"), user, with.clone(), last).await;
            self.read.retain(|(known, _)| *known != with);
            self.read.push((with, last));
            self.tell_conversation(at).await?;
        }
        Ok(())
    }

    /// Tells the other that the person types, or has stopped; nothing before there is a dialog.
    pub(super) async fn type_in(&mut self, conversation: &str, typing: bool) -> Result<(), Problem> {
        let at = self.find(conversation)?;
        let Some(dialog) = self.talks.get_mut(at).and_then(|talk| talk.dialogs.last_mut()) else {
            return Ok(());
        };
        if let Ok(info) = dialog.request(Method::Info) {
            let info = info.with_body("application/xml", body::activity(typing));
            self.request(info, What::Nothing, None).await;
        }
        Ok(())
    }

    /// Returns the messages of a conversation that are known here, the earliest first.
    pub(super) fn messages(&self, conversation: &str) -> Result<Vec<Message>, Problem> {
        let talk = self.find(conversation).ok().and_then(|at| self.talks.get(at));
        let talk = talk.ok_or_else(|| Problem::not_found("conversation"))?;
        Ok(talk.messages.iter().cloned().collect())
    }

    /// Sends a message, or returns the one that was sent under the browser's id already.
    pub(super) async fn send(&mut self, conversation: &str, new: NewMessage) -> Result<Message, Problem> {
        let at = self.find(conversation)?;
        let Some(talk) = self.talks.get_mut(at) else { return Err(Problem::not_found("conversation")) };
        if let Some(known) =
            talk.sent_as(&new.client_id).filter(|known| known.delivery != DeliveryState::Failed)
        {
            return Ok(known.clone());
        }
        let octets = new.text.len() + new.html.as_ref().map_or(0, String::len);
        if octets > LONGEST {
            let refusal =
                Refusal::TooLarge { what: "message", limit: u32::try_from(LONGEST).unwrap_or(u32::MAX) };
            let is_form = new.html.as_ref().is_some_and(|html| html.len() > LONGEST);
            return Err(Problem::from(Error::Refused(refusal)).at(if is_form { "html" } else { "text" }));
        }
        if !talk.has_room_to_send(octets) || self.pending.len() >= PENDING {
            budget::met("waiting");
            return Err(Problem::new(
                HttpStatus::TOO_MANY_REQUESTS,
                Code::TooManyRequests,
                "too many messages wait for the other's program",
            )
            .again_in(std::time::Duration::from_secs(5)));
        }
        // A message that failed is tried again under its own id.
        let (with, again) = (talk.with.clone(), talk.sent_as(&new.client_id).cloned());
        let message = match again {
            Some(failed) => Message { delivery: DeliveryState::Sending, reason: None, ..failed },
            None => self.named(&with, conversation, new).await,
        };
        let Some(talk) = self.talks.get_mut(at) else { return Err(Problem::not_found("conversation")) };
        let is_sent_now = message.delivery == DeliveryState::Sending;
        talk.put(message.clone());
        if is_sent_now {
            talk.waiting.push_back(message.id.as_str().into());
        }
        self.emit(Event::Message { message: message.clone() });
        if is_sent_now {
            // Who answers an invitation by writing has opened it.
            self.answer_at(at).await?;
            self.send_waiting(at).await?;
        }
        self.tell_conversation(at).await?;
        Ok(message)
    }

    /// Makes a message of what a browser says: to be sent, unless it is known what became of it when it was sent before,
    /// be it by another agent. A browser sends once more what it has not heard the end of.
    async fn named(&mut self, with: &PersonRef, conversation: &str, new: NewMessage) -> Message {
        let noted = self.noted(with, &new.client_id).await;
        let (delivery, reason) =
            noted.as_ref().map_or((DeliveryState::Sending, None), |noted| after(noted.fate));
        let (id, at) = match noted {
            Some(noted) => (noted.id, noted.at),
            None => {
                let id = self.services.history.message_id();
                (id.to_string(), id.at())
            }
        };
        Message {
            id,
            conversation: conversation.to_owned(),
            from: id_of(&PersonRef::Person(self.session.binding.endpoint.user)),
            at: written(at),
            direction: Direction::Out,
            text: new.text,
            html: new.html,
            rtf: None,
            client_id: Some(new.client_id),
            delivery,
            reason,
        }
    }

    /// Sends what waits, by the dialog that there is, or by inviting the other.
    pub(super) async fn send_waiting(&mut self, at: usize) -> Result<(), Error> {
        loop {
            let Some(talk) = self.talks.get_mut(at) else { return Ok(()) };
            // What an invitation carries must not go by another dialog, too, before it is known what became of it.
            if talk.waiting.is_empty() || talk.inviting {
                return Ok(());
            }
            if talk.dialogs.is_empty() {
                return self.invite(at).await;
            }
            let Some(id) = talk.waiting.pop_front() else { return Ok(()) };
            self.send_in_dialog(at, id, false).await;
        }
    }

    async fn send_in_dialog(&mut self, at: usize, id: Box<str>, is_again: bool) {
        let Some(talk) = self.talks.get_mut(at) else { return };
        let takes_html = talk.takes_html;
        let Some(message) = talk.messages.iter().rev().find(|message| *message.id == *id) else { return };
        let (kind, words) = match &message.html {
            Some(html) if takes_html => (HTML_TYPE.to_owned(), html.clone()),
            Some(_) | None => (body::plain_type(), message.text.clone()),
        };
        let (message, with, saying) = (message.clone(), talk.with.clone(), saying(message));
        self.note(&message, &with).await;
        let Some(talk) = self.talks.get_mut(at) else { return };
        let conversation = talk.id.clone();
        let Some(dialog) = talk.dialogs.last_mut() else { return };
        let call_id = dialog.id().call_id.clone();
        if let Ok(request) = dialog.request(Method::Message) {
            let request = request.with_body(&kind, Bytes::from(words));
            let what = What::Message { conversation, message: id, call_id, is_again };
            self.request(request, what, saying).await;
        }
    }

    /// Invites the other; the first message goes along, for the window that pops up there.
    async fn invite(&mut self, at: usize) -> Result<(), Error> {
        let (tag, call_id, conversation) = (self.token(), self.token(), self.token());
        let from = quote(&self.session.person.card.display_name);
        let from = format!("{from} <{}>;tag={tag};epid={}", self.own_uri(), self.epid.as_str());
        let contact = self.gruu.clone();
        let Some(talk) = self.talks.get_mut(at) else { return Ok(()) };
        let uri = talk.address.to_uri();
        let first = talk.waiting.front().cloned();
        let first = first.and_then(|id| talk.messages.iter().find(|message| *message.id == *id));
        let carried = first.and_then(|message| Some((body::text_format(&message.text)?, message)));
        talk.inviting = true;
        talk.state = ConversationState::Invited;
        talk.reason = None;
        let id = talk.id.clone();
        let request =
            Request::new(Method::Invite, &uri).map_err(|error| Error::Internal(error.to_string()))?;
        let mut request = request
            .with(HeaderName::MaxForwards, "70")
            .with(HeaderName::From, &from)
            .with(HeaderName::To, &format!("<{uri}>"))
            .with(HeaderName::CallId, &call_id)
            .with(HeaderName::CSeq, "1 INVITE")
            .with(HeaderName::Supported, "ms-sender")
            .with(HeaderName::MsConversationId, &conversation)
            .with(HeaderName::Contact, &format!("<{contact}>"));
        let (mut carries, mut said) = (None, None);
        if let Some((header, message)) = carried {
            request = request.with("Ms-Text-Format", &header);
            (carries, said) = (Some(Box::from(&*message.id)), saying(message));
            let (message, with) = (message.clone(), talk.with.clone());
            self.note(&message, &with).await;
        }
        let request = request.with_body("application/sdp", session("null"));
        let what = What::Invite { conversation: id, carries, is_wanted: true };
        self.request(request, what, said).await;
        self.tell_conversation(at).await
    }

    /// Sends a request on its way, which may say something.
    async fn request(&mut self, request: Request, what: What, saying: Option<Saying>) {
        let Some(request) = self.completed(request) else { return };
        let (scope, caller) = (self.session.scope("conversation"), self.session.person.clone());
        let router = &self.services.router;
        let transaction = match saying {
            Some(saying) => router.say(&scope, &caller, request, saying).await,
            None => router.request(&scope, &caller, request).await,
        };
        self.pending.push(Pending { transaction, what });
    }

    /// Adds what the sender of a request adds.
    fn completed(&self, mut request: Request) -> Option<Request> {
        let branch = proxy::branch(self.services.clock().random_u64(), 0);
        proxy::add_via(&mut request, "TLS", &self.server, &branch).ok()?;
        Some(request.with(HeaderName::UserAgent, USER_AGENT))
    }

    /// Takes in the answers that are here already: what they say has arrived has not failed.
    pub(super) async fn take_answers(&mut self) {
        for _ in 0..PENDING {
            let pending = &mut self.pending;
            let ready = std::future::poll_fn(|cx| Poll::Ready(poll_answers(pending, cx))).await;
            let Poll::Ready((at, response)) = ready else { return };
            if let Err(error) = Box::pin(self.take_answer(at, response)).await {
                tracing::debug!(%error, "an answer was taken in by half");
            }
        }
    }

    /// Takes in an answer to a request.
    pub(super) async fn take_answer(&mut self, at: usize, response: Option<Response>) -> Result<(), Error> {
        let Some(pending) = self.pending.get_mut(at) else { return Ok(()) };
        let unwanted = pending.transaction.take_unwanted();
        let what = pending.what.clone();
        let request = pending.transaction.request().clone();
        let is_final = response.as_ref().is_none_or(|response| response.status.is_final());
        if is_final
            && !matches!(what, What::Nothing)
            && let Some(pending) = self.pending.get_mut(at)
        {
            // What follows a final answer ends calls that nobody wants.
            pending.what = What::Nothing;
        }
        if response.is_none() || self.pending.get(at).is_some_and(|pending| pending.transaction.is_done()) {
            self.pending.swap_remove(at);
        }
        if !unwanted.is_empty() {
            self.services.router.end(&self.session.scope("end a call"), unwanted).await;
        }
        if !is_final {
            return Ok(());
        }
        match what {
            What::Nothing => Ok(()),
            What::Invite { conversation, carries, is_wanted } => {
                Box::pin(self.take_invited(&request, response, &conversation, carries, is_wanted)).await
            }
            What::Message { conversation, message, call_id, is_again } => {
                Box::pin(self.take_delivery(response, &conversation, message, &call_id, is_again)).await
            }
        }
    }

    async fn take_invited(
        &mut self,
        request: &Request,
        response: Option<Response>,
        conversation: &str,
        carries: Option<Box<str>>,
        is_wanted: bool,
    ) -> Result<(), Error> {
        let at = self.talks.iter().position(|talk| &*talk.id == conversation);
        if let Some(talk) = at.and_then(|at| self.talks.get_mut(at)) {
            talk.inviting = false;
        }
        let status = response.as_ref().map_or(StatusCode::REQUEST_TIMEOUT, |response| response.status);
        let Some(response) = response.filter(|response| response.status.is_success()) else {
            let why = reason_of(status, None);
            return if is_wanted { self.not_reached(at, &why, status).await } else { Ok(()) };
        };
        let Ok(mut dialog) = Dialog::uac(request, &response) else {
            let why = reason("unavailable", "the other's program can't be understood");
            return self.not_reached(at, &why, StatusCode::SERVER_INTERNAL_ERROR).await;
        };
        let number = request.headers.cseq().map_or(1, |cseq| cseq.number);
        if let Some(ack) = dialog.ack(number).ok().and_then(|ack| self.completed(ack)) {
            let caller = self.session.person.clone();
            self.services.router.ack(&self.session.scope("conversation"), &caller, ack).await;
        }
        let Some(at) = at.filter(|_| is_wanted) else {
            // The person has left meanwhile.
            if let Ok(bye) = dialog.request(Method::Bye) {
                self.request(bye, What::Nothing, None).await;
            }
            return Ok(());
        };
        let has_read =
            response.headers.get_all(HeaderName::Supported).any(|line| line.trim() == "ms-text-format");
        let is_browser = response.headers.get(HeaderName::UserAgent) == Some(USER_AGENT);
        let Some(talk) = self.talks.get_mut(at) else { return Ok(()) };
        talk.takes_html = response.body.windows(9).any(|octets| octets == b"text/html");
        talk.enter(dialog);
        // What has a form is said once more with it to a browser, which knows it for the same. A program would show it
        // twice.
        let takes_form = is_browser && talk.takes_html;
        let has_form = |id: &str| talk.messages.iter().any(|known| known.id == id && known.html.is_some());
        if let Some(id) = carries.filter(|id| has_read && !(takes_form && has_form(id))) {
            talk.waiting.retain(|waiting| *waiting != id);
            let with = talk.with.clone();
            if let Some(message) = talk.delivered(&id, DeliveryState::Sent, None) {
                self.tell_delivery(&with, message).await;
            }
        }
        self.send_waiting(at).await?;
        self.tell_conversation(at).await
    }

    /// Tells that nothing which waits could be delivered.
    async fn not_reached(
        &mut self,
        at: Option<usize>,
        why: &Reason,
        status: StatusCode,
    ) -> Result<(), Error> {
        let Some(talk) = at.and_then(|at| self.talks.get_mut(at)) else { return Ok(()) };
        if !talk.dialogs.is_empty() {
            // The other has invited meanwhile, and takes it there.
            return self.send_waiting(at.unwrap_or_default()).await;
        }
        if talk.ringing.is_empty() {
            talk.state = ConversationState::Failed;
            talk.reason = Some(why.clone());
        }
        self.fail_waiting(at.unwrap_or_default(), why, status).await;
        self.tell_conversation(at.unwrap_or_default()).await
    }

    /// Says of whatever waits in a conversation that it was not sent, and takes it down.
    pub(super) async fn fail_waiting(&mut self, at: usize, why: &Reason, status: StatusCode) {
        let Some(talk) = self.talks.get_mut(at) else { return };
        let mut failed = Vec::new();
        for id in std::mem::take(&mut talk.waiting) {
            failed.extend(talk.delivered(&id, DeliveryState::Failed, Some(why.clone())));
        }
        let (with, scope) = (talk.with.clone(), self.session.scope("conversation"));
        for message in failed {
            // The router knows of what the invitation carried, and of nothing that waited behind it.
            if let Some(saying) = saying(&message) {
                let unsent = Unsent { saying, text: &message.text, status: status.as_u16() };
                let user = self.session.binding.endpoint.user;
                self.services.history.note_unsent(&scope, user, &with, &unsent).await;
            }
            self.tell_delivery(&with, message).await;
        }
    }

    async fn take_delivery(
        &mut self,
        response: Option<Response>,
        conversation: &str,
        message: Box<str>,
        call_id: &str,
        is_again: bool,
    ) -> Result<(), Error> {
        let known = self.talks.iter().position(|talk| &*talk.id == conversation);
        let Some(at) = known else { return Ok(()) };
        let Some(talk) = self.talks.get_mut(at) else { return Ok(()) };
        let status = response.as_ref().map_or(StatusCode::REQUEST_TIMEOUT, |response| response.status);
        let with = talk.with.clone();
        if status.is_success() {
            if let Some(message) = talk.delivered(&message, DeliveryState::Sent, None) {
                self.tell_delivery(&with, message).await;
            }
            return Ok(());
        }
        // The other's side knows the dialog no more, or can't be reached by it.
        let is_lost = matches!(status.as_u16(), 408 | 480 | 481);
        if is_lost {
            talk.leave(call_id);
        }
        if status == StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST && !is_again {
            // It was not delivered, so it may go once more, in a conversation of its own.
            talk.waiting.push_back(message);
            return self.send_waiting(at).await;
        }
        let why = reason_of(status, response.as_ref().map(|response| &response.headers));
        if talk.is_over() {
            talk.state = ConversationState::Failed;
            talk.reason = Some(why.clone());
        }
        if let Some(message) = talk.delivered(&message, DeliveryState::Failed, Some(why)) {
            self.tell_delivery(&with, message).await;
        }
        self.tell_conversation(at).await
    }
}

/// What the router is to know of a message.
fn saying(message: &Message) -> Option<Saying> {
    let id: MessageId = message.id.parse().ok()?;
    let client_id = message.client_id.as_deref().map(Box::from);
    Some(Saying { id, client_id, html: message.html.clone().map(Bytes::from) })
}

/// Says what a conversation by text takes; the addresses in it mean nothing, all goes through the server.
pub(super) fn session(target: &str) -> Bytes {
    format!(
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5060 sip {target}\r\n\
         a=accept-types:text/plain text/html text/rtf multipart/alternative application/im-iscomposing+xml\r\n"
    )
    .into()
}
