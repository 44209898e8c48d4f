//! A fabric that a tape strikes.

use std::sync::Arc;
use std::time::Duration;

use rapport_core::presence::Live;
use rapport_fabric::{
    Announcement, Binding, Bound, CasError, Claim, Delivery, Description, Epoch, Fabric, FabricError, Gone,
    Revision, WatchRefused,
};
use rapport_model::{EndpointId, Scope, UserId};

use crate::tape::{Blow, Tape};

/// The fabric as one writer sees it.
#[derive(Clone, Debug)]
pub(crate) struct StruckFabric<F> {
    pub(crate) inner: F,
    pub(crate) tape: Arc<Tape>,
}

impl<F> StruckFabric<F> {
    async fn struck<T, E>(
        &self,
        what: &'static str,
        call: impl Future<Output = Result<T, E>>,
        error: E,
    ) -> Result<T, E> {
        // Between any two steps others go on.
        tokio::task::yield_now().await;
        match self.tape.enter(what) {
            None => call.await,
            // What a fabric does not answer in time it has done or not done; it does not do it later.
            Some(Blow::Fail) => Err(error),
            Some(Blow::LoseAnswer | Blow::FailThenDo) => {
                let _ = call.await;
                Err(error)
            }
            Some(Blow::Die) => std::future::pending().await,
            Some(Blow::DieAfter) => {
                let _ = call.await;
                std::future::pending().await
            }
            Some(Blow::Late) => {
                self.tape.release.notified().await;
                call.await
            }
        }
    }
}

impl<F: Fabric> Fabric for StruckFabric<F> {
    type Message = F::Message;
    type Inbox = F::Inbox;
    type Call = F::Call;
    type Announcements = F::Announcements;

    async fn bind(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        description: Description,
    ) -> Result<(Binding, F::Inbox), FabricError> {
        self.inner.bind(scope, endpoint, description).await
    }

    async fn unbind(&self, scope: &Scope, binding: Binding) -> Result<(), FabricError> {
        self.inner.unbind(scope, binding).await
    }

    async fn endpoints(&self, scope: &Scope, user: UserId) -> Result<Vec<Bound>, FabricError> {
        let call = self.inner.endpoints(scope, user);
        self.struck("fabric.endpoints", call, FabricError::Unavailable).await
    }

    async fn deliver(&self, scope: &Scope, endpoint: EndpointId, message: F::Message) -> Delivery {
        let call = async { Ok::<_, Delivery>(self.inner.deliver(scope, endpoint, message).await) };
        self.struck("fabric.deliver", call, Delivery::Gone).await.unwrap_or_else(|gone| gone)
    }

    async fn order(&self, scope: &Scope, endpoint: EndpointId, order: F::Message) -> Delivery {
        let call = async { Ok::<_, Delivery>(self.inner.order(scope, endpoint, order).await) };
        self.struck("fabric.order", call, Delivery::Gone).await.unwrap_or_else(|gone| gone)
    }

    async fn call(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        message: F::Message,
        deadline: Duration,
    ) -> Result<F::Call, Gone> {
        self.inner.call(scope, endpoint, message, deadline).await
    }

    async fn live(&self, scope: &Scope, user: UserId) -> Result<(Option<Arc<Live>>, Revision), FabricError> {
        let call = self.inner.live(scope, user);
        self.struck("fabric.live", call, FabricError::Unavailable).await
    }

    async fn compare_and_set(
        &self,
        scope: &Scope,
        user: UserId,
        expected: Revision,
        new: Option<Arc<Live>>,
    ) -> Result<Revision, CasError> {
        let call = self.inner.compare_and_set(scope, user, expected, new);
        self.struck("fabric.compare_and_set", call, CasError::Unavailable).await
    }

    async fn watch(
        &self,
        scope: &Scope,
        presentity: UserId,
        watcher: Binding,
        limit: u32,
    ) -> Result<(), WatchRefused> {
        self.inner.watch(scope, presentity, watcher, limit).await
    }

    async fn unwatch(&self, scope: &Scope, presentity: UserId, watcher: Binding) -> Result<(), FabricError> {
        self.inner.unwatch(scope, presentity, watcher).await
    }

    async fn watcher_count(&self, scope: &Scope, presentity: UserId) -> Result<u32, FabricError> {
        self.inner.watcher_count(scope, presentity).await
    }

    async fn announce(&self, scope: &Scope, user: UserId, change: Announcement) {
        let call = async {
            self.inner.announce(scope, user, change).await;
            Ok::<_, ()>(())
        };
        // Nobody is told whether an announcement came through.
        let _ = self.struck("fabric.announce", call, ()).await;
    }

    fn announcements(&self) -> F::Announcements {
        self.inner.announcements()
    }

    async fn claim(&self, scope: &Scope, key: &str) -> Result<Claim, FabricError> {
        self.inner.claim(scope, key).await
    }

    async fn release(&self, scope: &Scope, key: &str, epoch: Epoch) -> Result<(), FabricError> {
        self.inner.release(scope, key, epoch).await
    }
}
