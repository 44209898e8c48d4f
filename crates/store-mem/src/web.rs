//! Sign-ins in browsers, and what web clients leave.

use rapport_model::{Scope, Timestamp, UserId};
use rapport_store::{StoreError, WebSession, WebSessionHash, bounds};

use crate::state::State;

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
        let sessions = &mut self.entry_mut(scope, user)?.web_sessions;
        let before = sessions.len();
        sessions.retain(|session| session.hash != hash);
        if sessions.len() == before { Err(StoreError::NotFound) } else { Ok(()) }
    }

    pub(crate) fn remove_web_sessions(&mut self, scope: &Scope, user: UserId) -> Result<usize, StoreError> {
        bounds::covered(scope, user)?;
        let entry = self.people.get_mut(&user);
        Ok(entry.map_or(0, |entry| std::mem::take(&mut entry.web_sessions).len()))
    }

    pub(crate) fn forget_web_sessions(&mut self, expired: Timestamp, unused: Timestamp) -> usize {
        let mut forgotten = 0;
        for entry in self.people.values_mut() {
            let before = entry.web_sessions.len();
            entry.web_sessions.retain(|session| session.expires > expired && session.used > unused);
            forgotten += before - entry.web_sessions.len();
        }
        forgotten
    }

    pub(crate) fn set_web_document(
        &mut self,
        scope: &Scope,
        user: UserId,
        name: &str,
        text: String,
    ) -> Result<(), StoreError> {
        bounds::web_document(name, &text)?;
        self.entry_mut(scope, user)?.web_documents.insert(name.to_owned(), text);
        Ok(())
    }
}
