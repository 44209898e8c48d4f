//! The port itself.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rapport_core::presence::Live;
use rapport_model::{EndpointId, Scope, UserId};

use crate::{
    Announcement, Announcements, Binding, Bound, Call, CasError, Claim, Delivery, Description, Epoch,
    FabricError, Gone, Inbox, Payload, Revision, WatchRefused,
};

/// What is live, the same for one node and for twenty. A clone is another handle to the same node's part in it.
///
/// INVARIANT: every call names its company in the scope, and does nothing for a person of another one.
pub trait Fabric: Clone + Send + Sync + 'static {
    /// What is delivered.
    type Message: Payload;
    /// What a binding reads.
    type Inbox: Inbox<Message = Self::Message>;
    /// What a caller reads.
    type Call: Call<Message = Self::Message>;
    /// What a node reads.
    type Announcements: Announcements;

    /// Binds an endpoint, until the inbox is dropped, the binding is unbound or fenced, or the node's lease ends.
    ///
    /// An earlier binding of the same endpoint is fenced; the end of it is not announced, since the endpoint is there.
    ///
    /// # Errors
    /// [`FabricError::WrongTenant`], [`FabricError::Unavailable`].
    fn bind(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        description: Description,
    ) -> impl Future<Output = Result<(Binding, Self::Inbox), FabricError>> + Send;

    /// Ends a binding. One that has ended already stays so, and a later binding of the same endpoint is left alone.
    ///
    /// # Errors
    /// [`FabricError::WrongTenant`], [`FabricError::Unavailable`].
    fn unbind(&self, scope: &Scope, binding: Binding)
    -> impl Future<Output = Result<(), FabricError>> + Send;

    /// Returns a person's bound endpoints, the earliest bound first.
    ///
    /// # Errors
    /// [`FabricError::WrongTenant`], [`FabricError::Unavailable`].
    fn endpoints(
        &self,
        scope: &Scope,
        user: UserId,
    ) -> impl Future<Output = Result<Vec<Bound>, FabricError>> + Send;

    /// Puts a message into an endpoint's inbox, after everything that the same sender put there before. Messages and calls
    /// have half of an inbox; a message that finds it full is lost and ends no binding, however many are sent.
    fn deliver(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        message: Self::Message,
    ) -> impl Future<Output = Delivery> + Send;

    /// Puts an order of this server into an endpoint's inbox, in the same order as [`Fabric::deliver`]. There is room for
    /// orders when there is none for what people send; one that finds none ends the binding: its owner doesn't read.
    fn order(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        order: Self::Message,
    ) -> impl Future<Output = Delivery> + Send;

    /// Puts a message into an endpoint's inbox, in the same order as [`Fabric::deliver`], and returns its answers. One that
    /// finds the half of the inbox full that is for messages and calls is refused and ends no binding.
    ///
    /// # Errors
    /// [`Gone`] when it is known at once that the endpoint is not there or its inbox is full; what becomes known later
    /// comes as [`CallEvent::Gone`](crate::CallEvent::Gone).
    fn call(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        message: Self::Message,
        deadline: Duration,
    ) -> impl Future<Output = Result<Self::Call, Gone>> + Send;

    /// Returns a person's live document, if there is one, and the revision at which it, or its absence, stands.
    ///
    /// # Errors
    /// [`FabricError::WrongTenant`], [`FabricError::Unavailable`].
    fn live(
        &self,
        scope: &Scope,
        user: UserId,
    ) -> impl Future<Output = Result<(Option<Arc<Live>>, Revision), FabricError>> + Send;

    /// Replaces a person's live document, or takes it away, if it stands at the expected revision. Announces nothing.
    ///
    /// # Errors
    /// [`CasError::Moved`] when it stands at another revision; [`CasError::Unavailable`] leaves open whether it was
    /// replaced: read again.
    fn compare_and_set(
        &self,
        scope: &Scope,
        user: UserId,
        expected: Revision,
        new: Option<Arc<Live>>,
    ) -> impl Future<Output = Result<Revision, CasError>> + Send;

    /// Lets announcements of a person come to the watcher's node until the watcher's binding ends. Doing it twice is
    /// doing it once.
    ///
    /// # Errors
    /// [`WatchRefused::TooMany`] when `limit` other people watch this person already, counted over all nodes; a person
    /// with several endpoints counts once.
    fn watch(
        &self,
        scope: &Scope,
        presentity: UserId,
        watcher: Binding,
        limit: u32,
    ) -> impl Future<Output = Result<(), WatchRefused>> + Send;

    /// Takes one watcher's entry away; nothing happens when there is none.
    ///
    /// # Errors
    /// [`FabricError::WrongTenant`], [`FabricError::Unavailable`].
    fn unwatch(
        &self,
        scope: &Scope,
        presentity: UserId,
        watcher: Binding,
    ) -> impl Future<Output = Result<(), FabricError>> + Send;

    /// Returns how many distinct people watch this person.
    ///
    /// # Errors
    /// [`FabricError::WrongTenant`], [`FabricError::Unavailable`].
    fn watcher_count(
        &self,
        scope: &Scope,
        presentity: UserId,
    ) -> impl Future<Output = Result<u32, FabricError>> + Send;

    /// Tells every node on which this person is bound or watched, this one included, that something has changed.
    /// Another company's scope tells nobody.
    fn announce(&self, scope: &Scope, user: UserId, change: Announcement) -> impl Future<Output = ()> + Send;

    /// Opens a stream of the announcements that reach this node from now on. A node opens one; the ends of bindings
    /// come on it for every person of every node.
    fn announcements(&self) -> Self::Announcements;

    /// Claims a key of the scope's company for this node, until it is released or the node's lease ends.
    ///
    /// # Errors
    /// [`FabricError::Unavailable`].
    fn claim(&self, scope: &Scope, key: &str) -> impl Future<Output = Result<Claim, FabricError>> + Send;

    /// Gives a claim back, if this node holds it at this epoch.
    ///
    /// # Errors
    /// [`FabricError::Unavailable`].
    fn release(
        &self,
        scope: &Scope,
        key: &str,
        epoch: Epoch,
    ) -> impl Future<Output = Result<(), FabricError>> + Send;
}
