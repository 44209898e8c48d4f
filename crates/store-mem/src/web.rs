//! Sign-ins in browsers, and what web clients leave.

use rapport_core::directory::PersonRef;
use rapport_model::{Scope, Timestamp, UserId};
use rapport_store::{StoreError, WebMessage, WebSession, WebSessionHash, bounds};

use crate::state::{Entry, State};

impl State {
    pub(crate) fn add_web_session(&mut self, scope: &Scope, new: WebSession) -> Result<(), StoreError> {
        bounds::web_session(scope, &new)?;
        if self.entry(scope, new.user)?.web_sessions.len() >= bounds::WEB_SESSIONS {
            return Err(StoreError::Invalid { what: "too many web sessions" });
        }
        let mut all = self.people.values().flat_map(|entry| &entry.web_sessions);
        if all.any(|known| known.hash == new.hash) {
            return Err(StoreError::Conflict { what: "web session" });
        }
        let sessions = &mut self.entry_mut(scope, new.user)?.web_sessions;
        sessions.push(new);
        sessions.sort_by_key(|session| (session.created, session.hash));
        Ok(())
    }

    pub(crate) fn web_session(&self, hash: WebSessionHash) -> Option<WebSession> {
        let mut all = self.people.values().flat_map(|entry| &entry.web_sessions);
        let found = all.find(|session| session.hash == hash)?;
        self.living(found.user).map(|_| found.clone())
    }

    pub(crate) fn touch_web_session(
        &mut self,
        scope: &Scope,
        user: UserId,
        hash: WebSessionHash,
        used: Timestamp,
    ) -> Result<(), StoreError> {
        let sessions = &mut self.entry_mut(scope, user)?.web_sessions;
        if let Some(session) = sessions.iter_mut().find(|session| session.hash == hash) {
            session.used = used;
        }
        Ok(())
    }

    pub(crate) fn remove_web_session(
        &mut self,
        scope: &Scope,
        user: UserId,
        hash: WebSessionHash,
    ) -> Result<(), StoreError> {
        let entry = self.entry_mut(scope, user)?;
        let before = entry.web_sessions.len();
        entry.web_sessions.retain(|session| session.hash != hash);
        entry.drop_conversations();
        if entry.web_sessions.len() == before { Err(StoreError::NotFound) } else { Ok(()) }
    }

    pub(crate) fn remove_web_sessions(&mut self, scope: &Scope, user: UserId) -> Result<usize, StoreError> {
        bounds::covered(scope, user)?;
        let entry = self.people.get_mut(&user);
        Ok(entry.map_or(0, |entry| {
            entry.web_conversations.clear();
            std::mem::take(&mut entry.web_sessions).len()
        }))
    }

    pub(crate) fn forget_web_sessions(&mut self, expired: Timestamp, unused: Timestamp) -> usize {
        let mut forgotten = 0;
        for entry in self.people.values_mut() {
            let before = entry.web_sessions.len();
            entry.web_sessions.retain(|session| session.expires > expired && session.used > unused);
            entry.drop_conversations();
            forgotten += before - entry.web_sessions.len();
        }
        forgotten
    }

    pub(crate) fn set_web_document(
        &mut self,
        scope: &Scope,
        user: UserId,
        name: &str,
        old: Option<&str>,
        text: String,
    ) -> Result<(), StoreError> {
        bounds::web_document(name, &text)?;
        let documents = &mut self.entry_mut(scope, user)?.web_documents;
        if documents.get(name).map(String::as_str) != old {
            return Err(StoreError::Stale { current: 0 });
        }
        documents.insert(name.to_owned(), text);
        Ok(())
    }

    pub(crate) fn set_web_conversations(
        &mut self,
        scope: &Scope,
        user: UserId,
        hash: WebSessionHash,
        text: String,
    ) -> Result<(), StoreError> {
        bounds::web_conversations(scope, user, &text)?;
        let entry = self.entry_mut(scope, user)?;
        if !entry.web_sessions.iter().any(|session| session.hash == hash) {
            return Err(StoreError::NotFound);
        }
        entry.web_conversations.insert(hash, text);
        Ok(())
    }

    pub(crate) fn web_message(
        &self,
        scope: &Scope,
        user: UserId,
        peer: &PersonRef,
        client_id: &str,
    ) -> Result<Option<WebMessage>, StoreError> {
        let messages = &self.entry(scope, user)?.web_messages;
        Ok(messages.iter().find(|known| is(known, peer, client_id)).cloned())
    }

    pub(crate) fn note_web_message(
        &mut self,
        scope: &Scope,
        user: UserId,
        message: WebMessage,
    ) -> Result<(), StoreError> {
        bounds::web_message(scope, user, &message)?;
        let messages = &mut self.entry_mut(scope, user)?.web_messages;
        messages.retain(|known| !is(known, &message.peer, &message.client_id));
        messages.sort_by_key(|message| message.at);
        messages.push(message);
        let over = messages.len().saturating_sub(bounds::WEB_MESSAGES);
        messages.drain(..over);
        Ok(())
    }

    pub(crate) fn forget_web_messages(&mut self, before: Timestamp) -> usize {
        let mut forgotten = 0;
        for entry in self.people.values_mut() {
            let count = entry.web_messages.len();
            entry.web_messages.retain(|message| message.at >= before);
            forgotten += count - entry.web_messages.len();
        }
        forgotten
    }
}

impl Entry {
    /// Forgets the conversations of sign-ins that are gone.
    fn drop_conversations(&mut self) {
        let Self { web_sessions, web_conversations, .. } = self;
        web_conversations.retain(|hash, _| web_sessions.iter().any(|session| session.hash == *hash));
    }
}

fn is(message: &WebMessage, peer: &PersonRef, client_id: &str) -> bool {
    message.peer == *peer && message.client_id == client_id
}
