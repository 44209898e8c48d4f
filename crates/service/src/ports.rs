//! What every service is built on: the two ports, the clock, the secrets.

use std::sync::Arc;

use rapport_fabric::Fabric;
use rapport_model::{Scope, UserId};
use rapport_store::{AuditEntry, Store};

use crate::clock::Clock;
use crate::directory::Directory;
use crate::meter::Meters;
use crate::secret::Secrets;
use crate::session::Sessions;
use crate::{BrowserNews, Result, Wire};

/// People whom the store is asked for in one call: those who read in it share what is more.
pub(crate) const TOGETHER: usize = 10;

/// The ports and what belongs to this node, shared by all services.
#[derive(Debug)]
pub(crate) struct Ports<F>(Arc<Inner<F>>);

pub(crate) struct Inner<F> {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) fabric: F,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) secrets: Secrets,
    pub(crate) directory: Directory,
    pub(crate) sessions: Sessions,
    pub(crate) meters: Meters,
}

impl<F> Clone for Ports<F> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<F> std::ops::Deref for Ports<F> {
    type Target = Inner<F>;

    fn deref(&self) -> &Inner<F> {
        &self.0
    }
}

impl<F> std::fmt::Debug for Inner<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports")
    }
}

impl<F: Fabric<Message = Wire>> Ports<F> {
    pub(crate) fn new(store: Arc<dyn Store>, fabric: F, clock: Arc<dyn Clock>, secrets: Secrets) -> Self {
        let directory = Directory::default();
        let (sessions, meters) = (Sessions::new(), Meters::default());
        Self(Arc::new(Inner { store, fabric, clock, secrets, directory, sessions, meters }))
    }

    /// Tells whether the scope's company keeps what its people say. Where that can't be read, whoever stores it asks again.
    pub(crate) async fn keeps_history(&self, scope: &Scope) -> bool {
        self.tenant(scope).await.map_or(true, |tenant| tenant.policy.history_days > 0)
    }

    /// Writes a line of the audit log.
    pub(crate) async fn audit(
        &self,
        scope: &Scope,
        what: &str,
        subject: String,
        detail: String,
    ) -> Result<()> {
        self.store.append_audit(scope, self.line(what, subject, detail)).await?;
        Ok(())
    }

    /// Makes a line of the audit log, for a call that writes it with its change.
    pub(crate) fn line(&self, what: &str, subject: String, detail: String) -> AuditEntry {
        AuditEntry { at: self.clock.wall(), what: what.to_owned(), subject, detail }
    }

    /// Tells every endpoint that speaks for a browser of a person what the person has done. It is done already: that it
    /// can't be told is no reason to call it failed.
    pub(crate) async fn tell_browsers(&self, scope: &Scope, user: UserId, news: &[BrowserNews]) {
        let endpoints = match self.fabric.endpoints(scope, user).await {
            Ok(endpoints) => endpoints,
            Err(error) => return tracing::warn!(%error, %user, "browsers are not told of a change"),
        };
        for bound in endpoints.into_iter().filter(|bound| bound.description.is_virtual) {
            for news in news {
                // One that is gone reads anew when it comes back, and so does one whose inbox is full of what it has not read.
                // It is no order: whoever has much to tell would end their other sessions.
                let told = Wire::News(news.clone());
                let _ = self.fabric.deliver(scope, bound.binding.endpoint, told).await;
            }
        }
    }

    /// Tells every node that a person's account or directory entry has changed, and forgets it here.
    pub(crate) async fn account_changed(&self, scope: &Scope, user: UserId) {
        self.directory.forget(user);
        self.fabric.announce(scope, user, rapport_fabric::Announcement::Account).await;
    }
}
