//! What outlives an agent: the conversations that stood in its browser, what is known of messages that were sent, and
//! what was asked for while it ended.
//!
//! What people said is not in it: that is the history's, sealed.

use std::time::Duration;

use rapport_core::directory::PersonRef;
use rapport_fabric::Fabric;
use rapport_model::{Aor, Timestamp};
use rapport_service::web_sessions::{Fate, WebMessage};
use rapport_service::{Error, Wire};
use rapport_sip::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::inbound::TALKS;
use super::loops::Agent;
use super::names::{address_of, id_of, read_id};
use super::talk::{Talk, reason};
use crate::web::of_history;
use crate::web::types::{ConversationState, DeliveryState, Direction, Event, Message, Reason};

/// Changes of conversations wait so long for others before they are kept.
const LINGER: Duration = Duration::from_secs(2);

/// What is kept of one conversation.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptTalk {
    id: String,
    with: String,
    address: String,
    /// When it began, in milliseconds since 1970.
    started: i64,
    unread: u32,
    /// The last message that was counted; none in what was kept before this was known.
    #[serde(default)]
    heard: Option<String>,
    /// Whether it was going on.
    is_open: bool,
}

/// Why a conversation or a message is over of which nobody has said so.
pub(super) fn interrupted() -> Reason {
    reason("interrupted", "the server could not follow it to its end")
}

impl<F: Fabric> Talk<F> {
    /// Returns what is kept of it; none of an invitation that nobody has answered: whoever made it is told so.
    fn kept(&self) -> Option<KeptTalk> {
        let unanswered = u32::try_from(self.ringing.len()).unwrap_or(u32::MAX);
        let unread = self.unread.saturating_sub(unanswered);
        let is_new = self.dialogs.is_empty() && self.messages.iter().all(|m| m.direction == Direction::In);
        if !self.ringing.is_empty() && is_new && unread == 0 {
            return None;
        }
        Some(KeptTalk {
            id: self.id.to_string(),
            with: id_of(&self.with),
            address: self.address.to_string(),
            started: self.started.0,
            unread,
            heard: self.heard.map(|heard| heard.to_string()),
            is_open: !self.is_over(),
        })
    }
}

impl<F: Fabric<Message = Wire>> Agent<F> {
    /// Notes that there is something to keep.
    pub(super) fn keep_soon(&mut self) {
        self.keep_at.get_or_insert_with(|| Instant::now() + LINGER);
    }

    /// Keeps which conversations there are, if that is news, and what was read in them.
    pub(super) async fn keep(&mut self) {
        self.keep_at = None;
        self.keep_read().await;
        let talks: Vec<KeptTalk> = self.talks.iter().filter_map(Talk::kept).collect();
        let Ok(text) = serde_json::to_string(&talks) else { return };
        if *text == *self.kept {
            return;
        }
        let (services, hash) = (self.services.clone(), self.hash);
        let (scope, user) = (self.session.scope("conversations"), self.session.binding.endpoint.user);
        match services.web_sessions.set_conversations(&scope, user, hash, text.clone()).await {
            Ok(()) => self.kept = text.into(),
            // The session is over, and with it what was in it.
            Err(Error::NotFound(_)) => {}
            Err(error) => tracing::debug!(%error, "the conversations of a browser are kept later"),
        }
    }

    /// Notes what was read for the person's browsers that aren't there.
    async fn keep_read(&mut self) {
        let read = std::mem::take(&mut self.read);
        if read.is_empty() {
            return;
        }
        let (services, user) = (self.services.clone(), self.session.binding.endpoint.user);
        if let Err(error) = services.web_sessions.note_read(&self.session.scope("read"), user, &read).await {
            tracing::debug!(%error, "what was read is noted later");
            self.read = read;
            self.keep_soon();
        }
    }

    /// Takes the conversations up that the agent before has left; returns with whom they are.
    pub(super) async fn take_up(&mut self, kept: Option<String>) -> Result<Vec<PersonRef>, Error> {
        let kept = kept.unwrap_or_default();
        let talks: Vec<KeptTalk> = serde_json::from_str(&kept).unwrap_or_default();
        self.kept = kept.into();
        let (services, scope) = (self.services.clone(), self.session.scope("conversations"));
        let user = self.session.binding.endpoint.user;
        let tenant = user.tenant;
        let has_unread = talks.iter().any(|talk| talk.unread > 0);
        let read = if has_unread { services.web_sessions.read(&scope, user).await? } else { Vec::new() };
        for kept in talks.into_iter().take(TALKS) {
            let with = read_id(tenant, &kept.with);
            let (Some(with), Ok(address)) = (with, Aor::parse(&kept.address)) else { continue };
            let address = address_of(&services, &scope, &with).await?.unwrap_or(address);
            let mut talk = Talk::new(kept.id.into(), with, address, Timestamp(kept.started));
            talk.state = ConversationState::Ended;
            (talk.unread, talk.heard) = (kept.unread, kept.heard.and_then(|heard| heard.parse().ok()));
            let elsewhere = read.iter().find(|(with, _)| *with == talk.with).map(|(_, last)| *last);
            if elsewhere.is_some() && elsewhere >= talk.heard {
                talk.unread = 0;
            }
            talk.reason = kept.is_open.then(interrupted);
            self.talks.push(talk);
        }
        self.recall_last().await;
        Ok(self.talks.iter().map(|talk| talk.with.clone()).collect())
    }

    /// Looks up in the history what was said last in each conversation: the agent before has taken it along.
    async fn recall_last(&mut self) {
        if self.talks.is_empty() {
            return;
        }
        let (services, scope) = (self.services.clone(), self.session.scope("conversations"));
        let user = self.session.binding.endpoint.user;
        // A company may keep no history, and then there is none to be shown.
        let Ok((peers, _)) = services.history.peers(&scope, user, None, TALKS).await else { return };
        for peer in peers {
            if let Some(talk) = self.talks.iter_mut().find(|talk| talk.with == peer.last.peer) {
                let last = of_history(&peer.last, user);
                // Who has said something has read what was said before it, wherever that was.
                if last.direction == Direction::Out && last.delivery == DeliveryState::Sent {
                    talk.unread = 0;
                }
                talk.put(Message { conversation: talk.id.to_string(), ..last });
            }
        }
    }

    /// Returns what was noted of a message under the browser's id for it, by this agent or one before it.
    pub(super) async fn noted(&mut self, with: &PersonRef, client_id: &str) -> Option<WebMessage> {
        let user = self.session.binding.endpoint.user;
        self.services.web_sessions.message(&self.session.scope("send"), user, with, client_id).await
    }

    /// Notes that a message is about to be sent, or what became of it.
    pub(super) async fn note(&mut self, message: &Message, with: &PersonRef) {
        let Some(client_id) = message.client_id.clone() else { return };
        let fate = match message.delivery {
            DeliveryState::Sending => Fate::Unknown,
            DeliveryState::Sent => Fate::Sent,
            DeliveryState::Failed => Fate::Failed,
        };
        let (id, at) = (message.id.clone(), Timestamp::parse(&message.at).unwrap_or_default());
        let noted = WebMessage { peer: with.clone(), client_id, id, at, fate };
        let user = self.session.binding.endpoint.user;
        self.services.web_sessions.note_message(&self.session.scope("send"), user, noted).await;
    }

    /// Tells what became of a message, and notes it.
    pub(super) async fn tell_delivery(&mut self, with: &PersonRef, message: Message) {
        self.emit(Event::Message { message: message.clone() });
        self.note(&message, with).await;
    }

    /// Gives up whatever waits for an answer to an invitation, which is about to be taken back.
    pub(super) async fn give_up_waiting(&mut self) {
        self.take_answers().await;
        for at in 0..self.talks.len() {
            self.give_up_waiting_at(at).await;
        }
    }

    /// Says of what waits in a conversation that it was not sent: what the invitation carries, and what stands behind it.
    pub(super) async fn give_up_waiting_at(&mut self, at: usize) {
        self.fail_waiting(at, &interrupted(), StatusCode::REQUEST_TERMINATED).await;
    }
}

/// What becomes of a message that was noted before: what failed is sent once more, the rest stays as it is.
pub(super) fn after(fate: Fate) -> (DeliveryState, Option<Reason>) {
    match fate {
        Fate::Unknown => (DeliveryState::Failed, Some(interrupted())),
        Fate::Sent => (DeliveryState::Sent, None),
        Fate::Failed => (DeliveryState::Sending, None),
    }
}
