//! What others say to the person: invitations, messages, typing, the end ([MS-SIP]; presence-im 5).

use rapport_core::directory::PersonRef;
use rapport_fabric::{Delivered, Fabric, Fence, Inbox, Reply as _};
use rapport_model::{Aor, MessageId};
use rapport_service::history::HistoryRange;
use rapport_service::router::message_id;
use rapport_service::session::SignOutReason;
use rapport_service::{BrowserNews, Error, Wire, Written};
use rapport_sip::dialog::Dialog;
use rapport_sip::{HeaderName, Method, Request, Response, StatusCode};

use super::body::{self, LONGEST_BODY, Said, Words};
use super::loops::Agent;
use super::names::id_of;
use super::seen::written;
use super::talk::{Ringing, Talk, reason};
use crate::web::types::{ConversationState, DeliveryState, Direction, Event, Message};

/// Conversations of one agent.
pub(super) const TALKS: usize = 100;

type ReplyOf<F> = <<F as Fabric>::Inbox as Inbox>::Reply;

impl<F: Fabric<Message = Wire>> Agent<F> {
    /// Takes what others sent to the endpoint.
    pub(super) async fn take_delivered(
        &mut self,
        delivered: Option<Delivered<Wire, ReplyOf<F>>>,
    ) -> Result<(), Error> {
        match delivered {
            None => self.sign_out(SignOutReason::Replaced),
            Some(Delivered::Message(Wire::Request(request))) if request.method == Method::Bye => {
                self.hung_up(&request).await?;
            }
            // An ACK says what the dialog knows already; the rest is told by other ways.
            Some(Delivered::Message(Wire::Request(_) | Wire::Response(_))) => {}
            Some(Delivered::Message(Wire::SignOut(reason))) => self.obey(reason).await,
            Some(Delivered::Message(Wire::News(news))) => self.take_news(news).await?,
            Some(Delivered::Call { message: Wire::Request(request), reply }) => {
                self.take_request(request, reply).await?;
            }
            Some(Delivered::Call {
                message: Wire::Response(_) | Wire::SignOut(_) | Wire::News(_), ..
            }) => {}
            Some(Delivered::Cancelled { id, .. }) => {
                let found = self
                    .talks
                    .iter_mut()
                    .enumerate()
                    .find_map(|(at, talk)| Some((at, talk.stop_ringing(id)?)));
                if let Some((at, ringing)) = found {
                    self.finish(ringing.reply, &ringing.request, StatusCode::REQUEST_TERMINATED);
                    self.rings_no_more(at, "cancelled", "it was taken back, or answered elsewhere").await?;
                }
            }
            Some(Delivered::Fenced(fence)) => self.sign_out(match fence {
                Fence::Replaced | Fence::Lease => SignOutReason::Replaced,
                Fence::Overflow => SignOutReason::TooSlow,
            }),
        }
        Ok(())
    }

    async fn take_request(&mut self, request: Request, reply: ReplyOf<F>) -> Result<(), Error> {
        let in_dialog = request.headers.to_addr().is_ok_and(|to| to.tag().is_some());
        match request.method {
            Method::Invite if !in_dialog => return self.invited(request, reply).await,
            Method::Bye => {
                let status = if self.hung_up(&request).await? {
                    StatusCode::OK
                } else {
                    StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST
                };
                self.finish(reply, &request, status);
                return Ok(());
            }
            Method::Options => {
                self.finish(reply, &request, StatusCode::OK);
                return Ok(());
            }
            _ => {}
        }
        let found = self.talks.iter_mut().enumerate().find_map(|(at, talk)| {
            let dialog = talk.dialog_of(&request.headers)?;
            Some((at, dialog.receive(&request).is_ok()))
        });
        let Some((at, in_order)) = found else {
            self.finish(reply, &request, StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
            return Ok(());
        };
        if !in_order {
            self.finish(reply, &request, StatusCode::SERVER_INTERNAL_ERROR);
            return Ok(());
        }
        match request.method {
            Method::Message => self.messaged(at, &request, reply).await,
            Method::Info => {
                let typing = body::read_activity(&request.body);
                self.finish(reply, &request, StatusCode::OK);
                self.tell_typing(at, typing);
                Ok(())
            }
            Method::Invite => {
                let response = self.with_session(self.response(&request, StatusCode::OK));
                let _ = reply.finish(Wire::Response(response));
                Ok(())
            }
            Method::Update | Method::Notify => {
                self.finish(reply, &request, StatusCode::OK);
                Ok(())
            }
            Method::Refer => {
                self.finish(reply, &request, StatusCode::DECLINE);
                Ok(())
            }
            _ => {
                self.finish(reply, &request, StatusCode::NOT_IMPLEMENTED);
                Ok(())
            }
        }
    }

    /// Takes in an invitation: it rings until the person opens it, or joins a conversation that is open.
    async fn invited(&mut self, request: Request, reply: ReplyOf<F>) -> Result<(), Error> {
        let from = request.headers.from_addr().ok().and_then(|from| from.uri().ok());
        let from = from.and_then(|uri| Aor::parse(uri.user_at_host()).ok());
        let (Some(from), true) = (from, offers_messages(&request)) else {
            self.finish(reply, &request, StatusCode::NOT_ACCEPTABLE_HERE);
            return Ok(());
        };
        if self.is_absent() {
            self.finish(reply, &request, StatusCode::TEMPORARILY_UNAVAILABLE);
            return Ok(());
        }
        let with = self.services.contacts.who(&self.session.scope("conversation"), &from).await?;
        let known = self.talks.iter().position(|talk| talk.with == with);
        let (at, is_new) = match known {
            Some(at) => (at, false),
            None if self.make_room_for_talk().await => {
                let now = self.services.clock().wall();
                self.talks.push(Talk::new(self.token().into(), with.clone(), from, now));
                (self.talks.len() - 1, true)
            }
            None => {
                self.finish(reply, &request, StatusCode::TEMPORARILY_UNAVAILABLE);
                return Ok(());
            }
        };
        let tag: Box<str> = self.token().into();
        let Some(talk) = self.talks.get_mut(at) else { return Ok(()) };
        talk.takes_html = request.body.windows(9).any(|octets| octets == b"text/html");
        if !talk.has_room_to_ring() {
            self.finish(reply, &request, StatusCode::BUSY_HERE);
            return Ok(());
        }
        let first = request.headers.get(HeaderName::MsTextFormat).and_then(body::read_text_format);
        let id = message_id(&request.headers);
        let is_open = !talk.is_over() && talk.ringing.is_empty();
        let ringing = Ringing { reply, request, tag };
        if is_open {
            self.accept(at, ringing).await?;
        } else {
            self.ring(at, ringing);
            self.tell_conversation(at).await?;
        }
        if is_new {
            let presence = self.watch(&[with]).await?;
            if !presence.is_empty() {
                self.emit(Event::Presence { presence });
            }
        }
        if let Some(Said::Words(words)) = first {
            self.take_words(at, id, words).await?;
        }
        Ok(())
    }

    fn ring(&mut self, at: usize, mut ringing: Ringing<F>) {
        let response = self.tagged(self.response(&ringing.request, StatusCode::RINGING), &ringing.tag);
        let _ = ringing.reply.send(Wire::Response(response));
        if let Some(talk) = self.talks.get_mut(at) {
            talk.state = ConversationState::Ringing;
            talk.reason = None;
            talk.ringing.push(ringing);
        }
    }

    /// Answers an invitation: from then on there is a dialog.
    pub(super) async fn accept(&mut self, at: usize, ringing: Ringing<F>) -> Result<(), Error> {
        let Ringing { reply, request, tag } = ringing;
        let mut response = self.tagged(self.response(&request, StatusCode::OK), &tag);
        if request.headers.contains(HeaderName::MsTextFormat) {
            // COMPAT(pidgin-sipe 1.25): only a line of its own tells it that the first message has been read.
            response = response.with(HeaderName::Supported, "ms-text-format");
        }
        let response = self.with_session(response);
        let dialog = Dialog::uas(&request, &response);
        let is_late = reply.finish(Wire::Response(response)).is_err();
        match dialog {
            Ok(dialog) if !is_late => {
                if let Some(talk) = self.talks.get_mut(at) {
                    talk.enter(dialog);
                }
                self.send_waiting(at).await?;
            }
            // Who invited has gone: there is nobody to be in a dialog with.
            Ok(_) | Err(_) => {
                self.rings_no_more(at, "cancelled", "it was taken back, or answered elsewhere").await?;
                return Ok(());
            }
        }
        self.tell_conversation(at).await
    }

    /// Answers what rings that nobody is there to hear it.
    pub(super) async fn miss_invitations(&mut self) -> Result<(), Error> {
        for at in 0..self.talks.len() {
            let ringing =
                self.talks.get_mut(at).map(|talk| std::mem::take(&mut talk.ringing)).unwrap_or_default();
            if ringing.is_empty() {
                continue;
            }
            for ringing in ringing {
                self.finish(ringing.reply, &ringing.request, StatusCode::TEMPORARILY_UNAVAILABLE);
            }
            self.rings_no_more(at, "cancelled", "nobody was there to answer").await?;
        }
        Ok(())
    }

    /// Ends what rings when nothing is left of it.
    async fn rings_no_more(&mut self, at: usize, code: &str, title: &str) -> Result<(), Error> {
        let Some(talk) = self.talks.get_mut(at) else { return Ok(()) };
        if !talk.is_over() {
            return Ok(());
        }
        talk.state = ConversationState::Ended;
        talk.reason = Some(reason(code, title));
        self.tell_conversation(at).await
    }

    async fn messaged(&mut self, at: usize, request: &Request, reply: ReplyOf<F>) -> Result<(), Error> {
        if request.body.len() > LONGEST_BODY {
            self.finish(reply, request, StatusCode::MESSAGE_TOO_LARGE);
            return Ok(());
        }
        let content_type = request.headers.get(HeaderName::ContentType).unwrap_or("text/plain");
        match body::read(content_type, &request.body) {
            Some(Said::Words(words)) => {
                self.finish(reply, request, StatusCode::OK);
                self.take_words(at, message_id(&request.headers), words).await
            }
            Some(Said::Typing(typing)) => {
                self.finish(reply, request, StatusCode::OK);
                self.tell_typing(at, typing);
                Ok(())
            }
            None => {
                self.finish(reply, request, StatusCode::UNSUPPORTED_MEDIA_TYPE);
                Ok(())
            }
        }
    }

    /// Takes in words of the other. Words that come again under their name, with their form, are not new.
    async fn take_words(&mut self, at: usize, id: Option<MessageId>, words: Words) -> Result<(), Error> {
        let id = id.unwrap_or_else(|| self.services.history.message_id());
        let Words { text, html, rtf } = words;
        let Some(talk) = self.talks.get_mut(at) else { return Ok(()) };
        let message = Message {
            id: id.to_string(),
            conversation: talk.id.to_string(),
            from: id_of(&talk.with),
            at: written(id.at()),
            direction: Direction::In,
            text,
            html,
            rtf,
            client_id: None,
            delivery: DeliveryState::Sent,
            reason: None,
        };
        if talk.put(message.clone()) {
            talk.unread = talk.unread.saturating_add(1);
            talk.heard = talk.heard.max(Some(id));
        }
        self.emit(Event::Message { message });
        self.tell_conversation(at).await
    }

    /// Takes in what the person has done by way of another program.
    async fn take_news(&mut self, news: BrowserNews) -> Result<(), Error> {
        match news {
            BrowserNews::DocumentChanged => self.take_documents().await,
            BrowserNews::HistoryDeleted { range, replaces, mark } => {
                // Who has missed a deletion must not come to the mark behind it: theirs is nobody else's.
                let knows_all = self.history_mark == Some(mark) || replaces.contains(&self.history_mark);
                let mark = if knows_all { mark } else { self.services.history.message_id() };
                self.take_deleted(&range, mark).await
            }
            BrowserNews::HistoryWritten(written) => self.take_written(&written).await,
            BrowserNews::HistoryRead { with, last } => self.take_read(&with, last).await,
        }
    }

    /// Takes in that the person has deleted a part of what was said, be it in another browser.
    async fn take_deleted(&mut self, range: &HistoryRange, mark: MessageId) -> Result<(), Error> {
        let (person, message) = match range {
            HistoryRange::One(id) => (None, Some(id.to_string())),
            HistoryRange::With(with) => (Some(id_of(with)), None),
            HistoryRange::All => (None, None),
        };
        self.history_mark = Some(mark);
        self.emit(Event::HistoryGone { person, message, mark: mark.to_string() });
        for at in 0..self.talks.len() {
            if self.talks.get_mut(at).is_some_and(|talk| talk.forget(range)) {
                self.tell_conversation(at).await?;
            }
        }
        Ok(())
    }

    /// Takes in what the person has read in another browser.
    async fn take_read(&mut self, with: &PersonRef, last: MessageId) -> Result<(), Error> {
        let Some(at) = self.talks.iter().position(|talk| talk.with == *with) else { return Ok(()) };
        if self.talks.get_mut(at).is_some_and(|talk| talk.read_to(last)) {
            self.tell_conversation(at).await?;
        }
        Ok(())
    }

    /// Takes in that something was said, maybe by way of another program of the person. Who has said something in a
    /// conversation themselves has read what was said before it.
    async fn take_written(&mut self, written: &Written) -> Result<(), Error> {
        let Written { with, ids, last_own } = written;
        let at = self.talks.iter().position(|talk| talk.with == *with);
        let talk = at.and_then(|at| self.talks.get_mut(at));
        let is_known = talk.as_ref().is_some_and(|talk| talk.knows_all(ids));
        let is_read = last_own.zip(talk).is_some_and(|(last, talk)| talk.read_to(last));
        if !is_known {
            self.emit(Event::HistoryMore { person: id_of(with) });
        }
        match at {
            Some(at) if is_read => self.tell_conversation(at).await,
            _ => Ok(()),
        }
    }

    fn tell_typing(&mut self, at: usize, typing: bool) {
        let Some(talk) = self.talks.get(at) else { return };
        let (conversation, person) = (talk.id.to_string(), id_of(&talk.with));
        self.emit(Event::Typing { conversation, person, typing });
    }

    /// Takes in that the other has left; false when there was no such dialog.
    async fn hung_up(&mut self, bye: &Request) -> Result<bool, Error> {
        let Some(call_id) = bye.headers.call_id() else { return Ok(false) };
        // COMPAT(pidgin-sipe 1.25): it never cancels, but says BYE to what still rings.
        let ringing = self.talks.iter_mut().enumerate().find_map(|(at, talk)| {
            let ringing = talk.ringing.iter().position(|r| r.request.headers.call_id() == Some(call_id))?;
            Some((at, talk.ringing.remove(ringing)))
        });
        if let Some((at, ringing)) = ringing {
            self.finish(ringing.reply, &ringing.request, StatusCode::REQUEST_TERMINATED);
            self.rings_no_more(at, "cancelled", "it was taken back, or answered elsewhere").await?;
            return Ok(true);
        }
        let found = self.talks.iter_mut().position(|talk| talk.dialog_of(&bye.headers).is_some());
        let Some(at) = found else { return Ok(false) };
        let Some(talk) = self.talks.get_mut(at) else { return Ok(false) };
        talk.leave(call_id);
        if talk.is_over() {
            talk.state = ConversationState::Ended;
            talk.reason = Some(reason("left", "the other has left the conversation"));
            self.tell_conversation(at).await?;
        }
        Ok(true)
    }

    /// Makes room for one more conversation: the one that has been over longest is forgotten.
    pub(super) async fn make_room_for_talk(&mut self) -> bool {
        if self.talks.len() < TALKS {
            return true;
        }
        let Some(at) = self.talks.iter().position(|talk| talk.is_over() && talk.waiting.is_empty()) else {
            return false;
        };
        let gone = self.talks.remove(at);
        self.keep_soon();
        self.emit(Event::ConversationGone { conversation: gone.id.to_string() });
        self.watch_no_more(&gone.with).await;
        true
    }

    /// Answers a request for good.
    pub(super) fn finish(&self, reply: ReplyOf<F>, request: &Request, status: StatusCode) {
        let response = self.tagged(self.response(request, status), &self.token());
        // Who asked has gone meanwhile.
        let _ = reply.finish(Wire::Response(response));
    }

    fn response(&self, request: &Request, status: StatusCode) -> Response {
        Response::to(request, status, "").with(HeaderName::UserAgent, super::outbound::USER_AGENT)
    }

    /// Gives a response the tag and the epid of this side.
    fn tagged(&self, mut response: Response, tag: &str) -> Response {
        let to = response.headers.get(HeaderName::To).unwrap_or_default();
        if response.headers.to_addr().is_ok_and(|to| to.tag().is_none()) {
            let epid =
                if to.contains(";epid=") { String::new() } else { format!(";epid={}", self.epid.as_str()) };
            let to = format!("{to};tag={tag}{epid}");
            // Made of a value that was one, and of letters and digits.
            let _ = response.headers.set(HeaderName::To, &to);
        }
        response
    }

    /// Says in an answer what this side takes.
    fn with_session(&self, response: Response) -> Response {
        response
            .with(HeaderName::Contact, &format!("<{}>", self.gruu))
            .with_body("application/sdp", super::outbound::session(&self.own_uri()))
    }

    /// Returns a token that nobody can guess.
    pub(super) fn token(&self) -> String {
        format!("{:016x}", self.services.clock().random_u64())
    }

    /// Returns the person's own URI.
    pub(super) fn own_uri(&self) -> String {
        self.gruu.split(';').next().unwrap_or_default().to_owned()
    }

    /// Whether somebody is the person.
    pub(super) fn is_self(&self, who: &PersonRef) -> bool {
        *who == PersonRef::Person(self.session.binding.endpoint.user)
    }
}

/// Whether an invitation is one to a conversation by text, of two.
fn offers_messages(request: &Request) -> bool {
    let has = |words: &[u8]| request.body.windows(words.len()).any(|octets| octets == words);
    let of_two = request.headers.get(HeaderName::EndPoints).is_none_or(|all| all.split(',').count() <= 2);
    let is_sdp = request.headers.content_type().ok().flatten().is_some_and(|kind| kind.is("application/sdp"));
    is_sdp && of_two && (has(b"m=message ") || has(b"m=x-ms-message "))
}
