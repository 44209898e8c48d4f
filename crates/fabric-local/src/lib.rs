//! The fabric inside one process: sharded memory behind short locks, none of them held across an await.
//!
//! A message is moved, never encoded. A [`deliver`](Fabric::deliver) allocates nothing while the inbox has room; a
//! [`call`](Fabric::call) allocates its shared state, and its timer when the caller has to wait.
#![warn(missing_docs)]

mod call;
mod claims;
mod hash;
mod queue;
mod registry;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rapport_core::presence::Live;
use rapport_fabric::{
    Announced, Announcement, Binding, Bound, CasError, Claim, Delivery, Description, Epoch, Fabric,
    FabricError, Fence, Gone, Payload, Revision, WatchRefused,
};
use rapport_model::{EndpointId, Scope, UserId};

pub use call::{LocalCall, LocalReply};
pub use queue::LocalInbox;
pub use stream::LocalAnnouncements;

use claims::Claims;
use queue::{Item, Push, Queue};
use registry::{Ended, Registry};
use stream::Streams;

/// The bounds of a [`LocalFabric`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Events that wait in one inbox before an order ends its binding with [`Fence::Overflow`]; messages and calls may fill
    /// half of it.
    pub inbox: usize,
    /// Answers that wait in one call; further ones come back to the callee.
    pub answers: usize,
    /// Announcements that wait in one stream before some are lost and it says so.
    pub announcements: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { inbox: 4096, answers: 64, announcements: 16_384 }
    }
}

/// The fabric of one process. A clone is another handle to the same one.
#[derive(Debug)]
pub struct LocalFabric<M: Payload> {
    inner: Arc<Inner<M>>,
}

#[derive(Debug)]
struct Inner<M: Payload> {
    bounds: Bounds,
    epochs: AtomicU64,
    calls: AtomicU64,
    registry: Registry<M>,
    claims: Claims,
    streams: Streams,
}

impl<M: Payload> Clone for LocalFabric<M> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<M: Payload> Default for LocalFabric<M> {
    fn default() -> Self {
        Self::new(Bounds::default())
    }
}

impl<M: Payload> LocalFabric<M> {
    /// Makes an empty fabric.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            inner: Arc::new(Inner {
                bounds,
                epochs: AtomicU64::new(0),
                calls: AtomicU64::new(0),
                registry: Registry::default(),
                claims: Claims::default(),
                streams: Streams::default(),
            }),
        }
    }
}

impl<M: Payload> Inner<M> {
    fn next_epoch(&self) -> Epoch {
        Epoch(self.epochs.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Ends a binding that is still the current one, and announces it.
    fn end(&self, binding: Binding, fence: Option<Fence>) {
        if let Some(ended) = self.registry.remove(binding) {
            self.clear(ended, fence);
            let change = Announcement::Bindings { ended: binding };
            self.streams.send(Announced::Change(binding.endpoint.user, change));
        }
    }

    /// Takes away what hung on a binding that the registry no longer has.
    fn clear(&self, ended: Ended<M>, fence: Option<Fence>) {
        ended.queue.close(fence);
        for presentity in ended.watching {
            self.registry.forget_watcher(presentity, ended.queue.binding());
        }
    }

    fn push(&self, scope: &Scope, endpoint: EndpointId, item: Item<M>) -> Delivery {
        if !scope.covers(endpoint.user) {
            return Delivery::Gone;
        }
        let Some(queue) = self.registry.queue(endpoint) else { return Delivery::Gone };
        match queue.push(item) {
            Push::Taken => Delivery::Taken,
            Push::Refused => Delivery::Full,
            Push::Closed => Delivery::Gone,
            Push::Full => {
                self.end(queue.binding(), Some(Fence::Overflow));
                Delivery::Gone
            }
        }
    }
}

impl<M: Payload> Fabric for LocalFabric<M> {
    type Message = M;
    type Inbox = LocalInbox<M>;
    type Call = LocalCall<M>;
    type Announcements = LocalAnnouncements;

    async fn bind(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        description: Description,
    ) -> Result<(Binding, LocalInbox<M>), FabricError> {
        covered(scope, endpoint.user)?;
        let inner = &self.inner;
        let queue = |epoch| {
            Arc::new(Queue::new(Binding { endpoint, epoch }, inner.bounds.inbox, Arc::downgrade(inner)))
        };
        let (queue, replaced) =
            inner.registry.insert(endpoint, Arc::new(description), || queue(inner.next_epoch()));
        let binding = queue.binding();
        if let Some(ended) = replaced {
            inner.clear(ended, Some(Fence::Replaced));
        }
        Ok((binding, LocalInbox::new(queue)))
    }

    async fn unbind(&self, scope: &Scope, binding: Binding) -> Result<(), FabricError> {
        covered(scope, binding.endpoint.user)?;
        self.inner.end(binding, None);
        Ok(())
    }

    async fn endpoints(&self, scope: &Scope, user: UserId) -> Result<Vec<Bound>, FabricError> {
        covered(scope, user)?;
        Ok(self.inner.registry.endpoints(user))
    }

    async fn deliver(&self, scope: &Scope, endpoint: EndpointId, message: M) -> Delivery {
        self.inner.push(scope, endpoint, Item::Message(message))
    }

    async fn order(&self, scope: &Scope, endpoint: EndpointId, order: M) -> Delivery {
        self.inner.push(scope, endpoint, Item::Order(order))
    }

    async fn call(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        message: M,
        deadline: Duration,
    ) -> Result<LocalCall<M>, Gone> {
        if !scope.covers(endpoint.user) {
            return Err(Gone);
        }
        let inner = &self.inner;
        let queue = inner.registry.queue(endpoint).ok_or(Gone)?;
        let id = inner.calls.fetch_add(1, Ordering::Relaxed);
        let (call, reply) = call::pair(id, queue.clone(), inner.bounds.answers, deadline);
        match queue.push(Item::Call(message, reply)) {
            Push::Taken => Ok(call),
            Push::Closed | Push::Refused | Push::Full => Err(Gone),
        }
    }

    async fn live(&self, scope: &Scope, user: UserId) -> Result<(Option<Arc<Live>>, Revision), FabricError> {
        covered(scope, user)?;
        Ok(self.inner.registry.live(user))
    }

    async fn compare_and_set(
        &self,
        scope: &Scope,
        user: UserId,
        expected: Revision,
        new: Option<Arc<Live>>,
    ) -> Result<Revision, CasError> {
        covered(scope, user)?;
        self.inner.registry.compare_and_set(user, expected, new)
    }

    async fn watch(
        &self,
        scope: &Scope,
        presentity: UserId,
        watcher: Binding,
        limit: u32,
    ) -> Result<(), WatchRefused> {
        covered(scope, presentity)?;
        covered(scope, watcher.endpoint.user)?;
        self.inner.registry.watch(presentity, watcher, limit)
    }

    async fn unwatch(&self, scope: &Scope, presentity: UserId, watcher: Binding) -> Result<(), FabricError> {
        covered(scope, presentity)?;
        covered(scope, watcher.endpoint.user)?;
        self.inner.registry.unwatch(presentity, watcher);
        Ok(())
    }

    async fn watcher_count(&self, scope: &Scope, presentity: UserId) -> Result<u32, FabricError> {
        covered(scope, presentity)?;
        Ok(self.inner.registry.watcher_count(presentity))
    }

    async fn announce(&self, scope: &Scope, user: UserId, change: Announcement) {
        if scope.covers(user) && self.inner.registry.is_of_interest(user) {
            self.inner.streams.send(Announced::Change(user, change));
        }
    }

    fn announcements(&self) -> LocalAnnouncements {
        self.inner.streams.open(self.inner.bounds.announcements)
    }

    async fn claim(&self, scope: &Scope, key: &str) -> Result<Claim, FabricError> {
        Ok(self.inner.claims.claim(scope.tenant, key, || self.inner.next_epoch()))
    }

    async fn release(&self, scope: &Scope, key: &str, epoch: Epoch) -> Result<(), FabricError> {
        self.inner.claims.release(scope.tenant, key, epoch);
        Ok(())
    }
}

fn covered(scope: &Scope, user: UserId) -> Result<(), FabricError> {
    if scope.covers(user) { Ok(()) } else { Err(FabricError::WrongTenant) }
}

/// Locks; a thread that panicked while it held the lock left no half-done change that matters more than going on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
