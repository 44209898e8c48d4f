//! One conversation as it stands: its messages, its dialogs, who rings.
//!
//! ```text
//!             (nothing sent)──first message──▶ Invited ──200──▶ Open ──BYE──▶ Ended
//!  INVITE of the other ──▶ Ringing ──opened──▶ Open               Invited ──refused──▶ Failed
//!                            └──declined, cancelled──▶ Ended
//! ```
//!
//! Data and what follows from it; who sends what is the agent's.

use std::collections::VecDeque;

use rapport_core::directory::PersonRef;
use rapport_fabric::{CallId, Fabric, Inbox, Reply as _};
use rapport_model::{Aor, MessageId, Scope, Timestamp};
use rapport_service::history::HistoryRange;
use rapport_service::router::message_id;
use rapport_service::{Error, Services, Wire};
use rapport_sip::dialog::{Dialog, DialogId};
use rapport_sip::{Headers, Request, StatusCode};

use super::names::person_ref;
use super::seen::written;
use crate::web::types::{Conversation, ConversationState, DeliveryState, Direction, Message, Reason};

/// Messages of a conversation that are kept, but for those that are on their way.
const MESSAGES: usize = 100;
/// Octets of them that are kept.
const OCTETS: usize = 128 * 1024;
/// Dialogs of one conversation: the other may have invited while being invited.
const DIALOGS: usize = 4;
/// Messages that wait for their conversation to begin.
const WAITING: usize = 50;
/// Invitations of the other that ring at the same time.
const RINGING: usize = 4;

/// A conversation.
pub(crate) struct Talk<F: Fabric> {
    pub(crate) id: Box<str>,
    pub(crate) with: PersonRef,
    pub(crate) address: Aor,
    pub(crate) state: ConversationState,
    pub(crate) started: Timestamp,
    pub(crate) unread: u32,
    /// The last message that was counted as unread.
    pub(crate) heard: Option<MessageId>,
    pub(crate) messages: VecDeque<Message>,
    pub(crate) dialogs: Vec<Dialog>,
    pub(crate) ringing: Vec<Ringing<F>>,
    /// Whether an invitation of ours waits for its answer.
    pub(crate) inviting: bool,
    /// Messages that wait for a dialog, by their ids.
    pub(crate) waiting: VecDeque<Box<str>>,
    pub(crate) takes_html: bool,
    pub(crate) reason: Option<Reason>,
}

/// An invitation that nobody has answered.
pub(crate) struct Ringing<F: Fabric> {
    pub(crate) reply: <F::Inbox as Inbox>::Reply,
    pub(crate) request: Request,
    pub(crate) tag: Box<str>,
}

/// What is shown of a conversation, but for the name of the other.
pub(crate) struct Outline {
    id: String,
    with: PersonRef,
    state: ConversationState,
    started: Timestamp,
    unread: u32,
    last_message: Option<Message>,
    reason: Option<Reason>,
}

impl Outline {
    /// Returns the conversation as it is shown.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn shown<F: Fabric<Message = Wire>>(
        self,
        services: &Services<F>,
        scope: &Scope,
    ) -> Result<Conversation, Error> {
        let (with, _) = person_ref(services, scope, &self.with).await?;
        let Self { id, with: _, state, started, unread, last_message, reason } = self;
        Ok(Conversation { id, with, state, started_at: written(started), unread, last_message, reason })
    }
}

impl<F: Fabric> Talk<F> {
    pub(crate) fn new(id: Box<str>, with: PersonRef, address: Aor, now: Timestamp) -> Self {
        Self {
            id,
            with,
            address,
            state: ConversationState::Invited,
            started: now,
            unread: 0,
            heard: None,
            messages: VecDeque::new(),
            dialogs: Vec::new(),
            ringing: Vec::new(),
            inviting: false,
            waiting: VecDeque::new(),
            takes_html: false,
            reason: None,
        }
    }

    /// Returns what is shown of it.
    pub(crate) fn outline(&self) -> Outline {
        Outline {
            id: self.id.to_string(),
            with: self.with.clone(),
            state: self.state,
            started: self.started,
            unread: self.unread,
            last_message: self.messages.back().cloned(),
            reason: self.reason.clone(),
        }
    }

    /// Finds the dialog that a request of the other is in.
    pub(crate) fn dialog_of(&mut self, headers: &Headers) -> Option<&mut Dialog> {
        let id = DialogId::of_incoming(headers).ok()?;
        self.dialogs.iter_mut().find(|dialog| *dialog.id() == id)
    }

    /// Takes in a dialog; the earliest of too many is forgotten.
    pub(crate) fn enter(&mut self, dialog: Dialog) {
        if self.dialogs.len() >= DIALOGS {
            self.dialogs.remove(0);
        }
        self.dialogs.push(dialog);
        self.state = ConversationState::Open;
        self.reason = None;
    }

    /// Forgets the dialog of a Call-ID, and says whether there was one.
    pub(crate) fn leave(&mut self, call_id: &str) -> bool {
        let before = self.dialogs.len();
        self.dialogs.retain(|dialog| &*dialog.id().call_id != call_id);
        self.dialogs.len() < before
    }

    /// Tells whether one more invitation of the other finds room.
    pub(crate) const fn has_room_to_ring(&self) -> bool {
        self.ringing.len() < RINGING
    }

    /// Takes out the invitation of a call.
    pub(crate) fn stop_ringing(&mut self, call: CallId) -> Option<Ringing<F>> {
        let at = self.ringing.iter().position(|ringing| ringing.reply.id() == call)?;
        Some(self.ringing.remove(at))
    }

    /// Takes in a message, and says whether it is new: one that is known gives way to the same one in another form.
    pub(crate) fn put(&mut self, message: Message) -> bool {
        if let Some(known) = self.messages.iter_mut().rev().find(|known| known.id == message.id) {
            *known = message;
            return false;
        }
        self.messages.push_back(message);
        while self.messages.len() > MESSAGES || octets(&self.messages) > OCTETS {
            // What is on its way is sent from here, and what has come last is shown.
            let mut earlier = self.messages.iter().take(self.messages.len() - 1);
            let Some(at) = earlier.position(|known| known.delivery != DeliveryState::Sending) else {
                break;
            };
            self.messages.remove(at);
        }
        true
    }

    /// Tells whether a message of so many octets finds room among those that are on their way.
    pub(crate) fn has_room_to_send(&self, more: usize) -> bool {
        let under_way = self.messages.iter().filter(|known| known.delivery == DeliveryState::Sending);
        self.waiting.len() < WAITING && octets(under_way) + more <= OCTETS
    }

    /// Tells whether all of these messages are here.
    pub(crate) fn knows_all(&self, ids: &[MessageId]) -> bool {
        ids.iter().all(|id| {
            let id = id.to_string();
            self.messages.iter().rev().any(|known| known.id == id)
        })
    }

    /// Finds a message that the browser has sent under an id of its own.
    pub(crate) fn sent_as(&self, client_id: &str) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.client_id.as_deref() == Some(client_id))
    }

    /// Notes how far a message has come, and returns it if that is news.
    pub(crate) fn delivered(
        &mut self,
        id: &str,
        delivery: DeliveryState,
        reason: Option<Reason>,
    ) -> Option<Message> {
        let message = self.messages.iter_mut().rev().find(|message| message.id == id)?;
        if message.delivery == delivery {
            return None;
        }
        (message.delivery, message.reason) = (delivery, reason);
        Some(message.clone())
    }

    /// Counts what came after the message that the person has seen, nothing where they have seen all of it; the whole when
    /// it is not known.
    pub(crate) fn see(&mut self, message: Option<&str>) -> bool {
        let unread = message.map_or(0, |message| {
            let later = self.messages.iter().rev().take_while(|known| known.id != message);
            later.filter(|known| known.direction == Direction::In).count()
        });
        let unread = u32::try_from(unread).unwrap_or(u32::MAX).min(self.unread);
        std::mem::replace(&mut self.unread, unread) != unread
    }

    /// Leaves unread what came after a message, which may be known to another browser alone; says whether that is news.
    pub(crate) fn read_to(&mut self, last: MessageId) -> bool {
        let is_later = |known: &Message| known.id.parse().is_ok_and(|id: MessageId| id > last);
        let later = self.messages.iter().filter(|known| known.direction == Direction::In && is_later(known));
        let unread = u32::try_from(later.count()).unwrap_or(u32::MAX).min(self.unread);
        std::mem::replace(&mut self.unread, unread) != unread
    }

    /// Forgets what the person has deleted, and says whether anything of it was here. What is on its way, or rings, is in
    /// no history yet: only by its name it is meant.
    pub(crate) fn forget(&mut self, range: &HistoryRange) -> bool {
        let one = match range {
            HistoryRange::One(id) => Some(id.to_string()),
            HistoryRange::With(with) if *with != self.with => return false,
            HistoryRange::With(_) | HistoryRange::All => None,
        };
        let rings = self.ringing.iter().filter_map(|ringing| message_id(&ringing.request.headers));
        let rings: Vec<String> = rings.map(|id| id.to_string()).collect();
        let stays = |message: &Message| match &one {
            Some(id) => message.id != *id,
            None => message.delivery == DeliveryState::Sending || rings.contains(&message.id),
        };
        let before = (self.messages.len(), self.unread);
        let heard = self.messages.iter().rev().filter(|message| message.direction == Direction::In);
        let (left, gone): (Vec<_>, Vec<_>) =
            heard.take(self.unread.try_into().unwrap_or(usize::MAX)).partition(|message| stays(message));
        let count = |messages: &[&Message]| u32::try_from(messages.len()).unwrap_or(u32::MAX);
        // Of those that were said before the agent began nothing is known but their number.
        self.unread = if one.is_some() { self.unread - count(&gone) } else { count(&left) };
        self.messages.retain(stays);
        before != (self.messages.len(), self.unread)
    }

    /// Tells whether nothing holds it but its messages.
    pub(crate) fn is_over(&self) -> bool {
        self.dialogs.is_empty() && self.ringing.is_empty() && !self.inviting
    }
}

/// Returns how many octets messages have, with their forms.
fn octets<'a>(messages: impl IntoIterator<Item = &'a Message>) -> usize {
    let form = |form: &Option<String>| form.as_ref().map_or(0, String::len);
    messages.into_iter().map(|m| m.text.len() + form(&m.html) + form(&m.rtf)).sum()
}

/// What an answer means for whoever waits for it (presence-im 5.4).
pub(crate) fn reason_of(status: StatusCode, headers: Option<&Headers>) -> Reason {
    let is_filtered = headers
        .is_some_and(|headers| headers.named("Warning").is_some_and(|warning| warning.starts_with("309")));
    let (code, title) = match status.as_u16() {
        606 if is_filtered => ("blocked-content", "the content is not allowed by the company"),
        408 => ("no-answer", "the other's program did not answer"),
        415 | 488 => ("unsupported", "the other's program does not take this kind of message"),
        486 | 600 => ("do-not-disturb", "the other does not want to be disturbed"),
        487 => ("cancelled", "it was taken back"),
        413 | 513 => ("too-large", "the message is too large"),
        500..=504 => ("unavailable", "the service can't reach the other"),
        403 | 603 => ("declined", "the other has declined"),
        _ => ("offline", "the other is not signed in"),
    };
    reason(code, title)
}

pub(crate) fn reason(code: &str, title: &str) -> Reason {
    Reason { code: code.to_owned(), title: title.to_owned() }
}
