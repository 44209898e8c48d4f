//! Registration: an endpoint is bound to its connection, and everything that hangs on it ends with it ([MS-SIPREGE]).

use std::sync::Arc;

use rapport_core::directory::{Person, Tenant};
use rapport_core::identity;
use rapport_fabric::{Binding, Bound, Delivery, Description, Fabric};
use rapport_model::{Aor, EndpointId, Instance, Scope, Source, TraceId, UserId};

use crate::contacts::Contacts;
use crate::meter::CompanyMeter;
use crate::ports::Ports;
use crate::presence::{Presence, WatcherSession, colleague};
use crate::session::{Events, SignOutReason};
use crate::{Error, Result, Wire};

/// Binds endpoints.
#[derive(Clone, Debug)]
pub struct Registrar<F> {
    ports: Ports<F>,
    presence: Presence<F>,
    contacts: Contacts<F>,
}

/// A signed-in endpoint on its connection.
#[derive(Debug)]
pub struct Session<F: Fabric> {
    /// Its binding.
    pub binding: Binding,
    /// Where its client is.
    pub source: Source,
    /// Whose it is.
    pub person: Arc<Person>,
    /// Their company.
    pub tenant: Arc<Tenant>,
    /// It as a watcher.
    pub watcher: Arc<WatcherSession>,
    /// Messages from other connections.
    pub inbox: F::Inbox,
    /// What has changed for it.
    pub events: Events,
    _place: Place<F>,
}

/// A session's place among those of this node, and in their count: given up with the session however that ends, a panic
/// of its connection included.
#[derive(Debug)]
struct Place<F: Fabric> {
    ports: Ports<F>,
    binding: Binding,
}

impl<F: Fabric> Drop for Place<F> {
    fn drop(&mut self) {
        metrics::gauge!("rapport_endpoints").decrement(1.0);
        self.ports.meters.count(self.binding.endpoint.user.tenant, CompanyMeter::endpoint_went);
        self.ports.sessions.leave(self.binding.endpoint, self.binding.epoch.0);
    }
}

impl<F: Fabric> Session<F> {
    /// Returns the scope in which this endpoint acts.
    pub fn scope(&self, reason: &'static str) -> Scope {
        Scope::endpoint(self.binding.endpoint, self.source, reason, TraceId(self.binding.epoch.0))
    }
}

impl<F: Fabric<Message = Wire>> Registrar<F> {
    pub(crate) fn new(ports: Ports<F>, presence: Presence<F>, contacts: Contacts<F>) -> Self {
        Self { ports, presence, contacts }
    }

    /// Binds an endpoint of a person who has proved themselves from there. An earlier binding of the same endpoint is replaced in
    /// silence; others stay until [`make_room`](Self::make_room).
    ///
    /// # Errors
    /// `Refused` when the person may not sign in any more, `NotFound` when they were removed, `Unavailable`.
    pub async fn bind(
        &self,
        person: &Arc<Person>,
        tenant: &Arc<Tenant>,
        endpoint: EndpointId,
        source: Source,
        description: Description,
    ) -> Result<Session<F>> {
        let scope = Scope::endpoint(endpoint, source, "sign in", TraceId(0));
        let (binding, inbox) = self.ports.fabric.bind(&scope, endpoint, description).await?;
        let events = self.ports.sessions.enter(endpoint, binding.epoch.0);
        metrics::gauge!("rapport_endpoints").increment(1.0);
        self.ports.meters.count(scope.tenant, CompanyMeter::endpoint_came);
        let place = Place { ports: self.ports.clone(), binding };
        // Who was disabled between the proof and the binding was not found among the bound, and was told nothing. What
        // was bound ends with the inbox and the place.
        identity::may_sign_in(
            &self.ports.store.tenant(&scope).await?,
            &self.ports.store.person(&scope, endpoint.user).await?,
        )?;
        let watcher = Arc::new(WatcherSession { binding, watcher: colleague(person) });
        Ok(Session {
            binding,
            source,
            person: person.clone(),
            tenant: tenant.clone(),
            watcher,
            inbox,
            events,
            _place: place,
        })
    }

    /// Orders a person's oldest endpoints to sign out where there are too many with this one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn make_room(&self, scope: &Scope, tenant: &Tenant, endpoint: EndpointId) -> Result<()> {
        let bound = self.ports.fabric.endpoints(scope, endpoint.user).await?;
        let allowed = tenant.policy.limits.endpoints.max(1) as usize;
        let others = bound.iter().filter(|b| b.binding.endpoint != endpoint);
        for oldest in others.take(bound.len().saturating_sub(allowed)) {
            let order = Wire::SignOut(SignOutReason::TooManyEndpoints);
            if self.ports.fabric.order(scope, oldest.binding.endpoint, order).await == Delivery::Gone {
                tracing::debug!(endpoint = %oldest.binding.endpoint, "the oldest endpoint has gone by itself");
            }
        }
        Ok(())
    }

    /// Returns a person's bound endpoints, the earliest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn bound(&self, scope: &Scope, user: UserId) -> Result<Vec<Bound>> {
        Ok(self.ports.fabric.endpoints(scope, user).await?)
    }

    /// Orders one of a person's endpoints to sign out, at the person's own wish.
    ///
    /// # Errors
    /// `NotFound` when no such endpoint is bound.
    pub async fn sign_out(&self, scope: &Scope, user: UserId, instance: Instance) -> Result<()> {
        let bound = self.ports.fabric.endpoints(scope, user).await?;
        if !bound.iter().any(|bound| bound.binding.endpoint.instance == instance) {
            return Err(Error::NotFound("endpoint"));
        }
        let is_it = |bound: &Bound| bound.binding.endpoint.instance == instance;
        self.ports.sign_out_those(scope, user, SignOutReason::EndedByOwner, is_it).await?;
        self.ports.audit(scope, "endpoint signed out", user.to_string(), instance.to_string()).await
    }

    /// Ends a session: the binding, its subscriptions and what it published. Live state dies with its endpoint.
    pub async fn unbind(&self, session: Session<F>) {
        let binding = session.binding;
        let scope = session.scope("sign out");
        self.presence.forget_watcher(&scope, binding).await;
        self.contacts.close(binding);
        drop(session);
        if let Err(error) = self.ports.fabric.unbind(&scope, binding).await {
            tracing::debug!(%error, endpoint = %binding.endpoint, "a binding had ended before");
        }
        if let Err(error) = self.presence.sweep(&scope, binding.endpoint.user).await {
            tracing::warn!(%error, endpoint = %binding.endpoint, "live presence is swept later");
        }
    }
}

impl<F: Fabric<Message = Wire>> Ports<F> {
    /// Takes everything live of somebody away whom the store does not know any more: sessions, and what they are seen as.
    pub(crate) async fn part_with(&self, scope: &Scope, user: UserId) -> Result<()> {
        self.account_changed(scope, user).await;
        self.sign_out(scope, user, SignOutReason::Removed).await?;
        self.forget_document(scope, user).await?;
        // Who was told before has found the document still there, and sees only from now on that nobody is.
        self.account_changed(scope, user).await;
        Ok(())
    }

    /// Ends every session of a person, in browsers too, on whichever node it is, and says why.
    pub(crate) async fn sign_out(&self, scope: &Scope, user: UserId, reason: SignOutReason) -> Result<()> {
        let in_browsers = self.store.remove_web_sessions(scope, user).await;
        // A store that can't be written keeps nobody's program signed in.
        self.sign_out_those(scope, user, reason, |_| true).await?;
        in_browsers?;
        Ok(())
    }

    /// Ends the sessions of a person that an app password signed in, and no others.
    pub(crate) async fn sign_out_app_password(&self, scope: &Scope, user: UserId, id: u32) -> Result<()> {
        let by_it = |bound: &Bound| bound.description.app_password == Some(id);
        self.sign_out_those(scope, user, SignOutReason::PasswordChanged, by_it).await
    }

    /// Ends the sessions of a person that signed in under an address which is not theirs any more: what they say under it
    /// would be another's words tomorrow.
    pub(crate) async fn sign_out_readdressed(&self, scope: &Scope, person: &Person) -> Result<()> {
        let now = self.clock.moment();
        let lost = |bound: &Bound| {
            let address = bound.description.gruu.split(';').next().and_then(|uri| Aor::parse(uri).ok());
            !address.is_some_and(|address| person.answers_to(&address, now))
        };
        self.sign_out_those(scope, person.id, SignOutReason::Renamed, lost).await
    }

    pub(crate) async fn sign_out_those(
        &self,
        scope: &Scope,
        user: UserId,
        reason: SignOutReason,
        which: impl Fn(&Bound) -> bool + Send,
    ) -> Result<()> {
        self.directory.forget(user);
        let bound: Vec<Bound> = self.fabric.endpoints(scope, user).await?;
        for bound in bound.into_iter().filter(which) {
            let delivered = self.fabric.order(scope, bound.binding.endpoint, Wire::SignOut(reason)).await;
            if delivered == Delivery::Gone {
                // Whatever the connection does, nothing is delivered to it any more.
                self.sessions.end(bound.binding.endpoint, reason);
                self.fabric.unbind(scope, bound.binding).await?;
            }
        }
        Ok(())
    }
}
