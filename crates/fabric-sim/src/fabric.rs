//! The port as one simulated node offers it.
//!
//! Whatever is asked of a frozen node waits until it thaws. A node outside the fabric answers that it is unavailable.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rapport_core::presence::Live;
use rapport_fabric::{
    Announced, Announcement, Announcements, Binding, Bound, Call, CallEvent, CallId, CasError, Claim,
    Delivered, Delivery, Description, Epoch, Fabric, FabricError, Gone, Inbox, Late, Payload, Reply,
    Revision, WatchRefused,
};
use rapport_model::{EndpointId, Scope, UserId};

use crate::node::{Event, Item, Next, Node};
use crate::packet::{Answered, Bytes, Moment, Op, Outcome, Packet, Site};
use crate::world::Shared;

/// The fabric of one node of a [`SimCluster`](crate::SimCluster). A clone is another handle to the same node.
#[derive(Debug)]
pub struct SimFabric<M: Payload> {
    at: At,
    message: PhantomData<fn() -> M>,
}

/// The inbox of one binding. Dropping it ends the binding.
#[derive(Debug)]
pub struct SimInbox<M: Payload> {
    at: At,
    binding: Binding,
    message: PhantomData<fn() -> M>,
}

/// The callee's end of a call.
#[derive(Debug)]
pub struct SimReply<M: Payload> {
    at: At,
    id: u64,
    message: PhantomData<fn() -> M>,
}

/// The caller's end of a call.
#[derive(Debug)]
pub struct SimCall<M: Payload> {
    at: At,
    call: u64,
    /// The call goes on without this end.
    left: bool,
    message: PhantomData<fn() -> M>,
}

/// The announcements that reach one node.
#[derive(Debug)]
pub struct SimAnnouncements {
    at: At,
    stream: u64,
}

/// One node of the simulation.
#[derive(Clone)]
struct At {
    shared: Shared,
    node: usize,
}

/// A question whose outcome somebody waits for.
struct Asking<'a> {
    at: &'a At,
    id: Option<u64>,
}

/// A one-way message whose fate somebody waits for.
struct Sending<'a> {
    at: &'a At,
    id: Option<u64>,
}

impl At {
    fn with<T>(&self, act: impl FnOnce(&mut Node, Moment) -> T) -> T {
        self.shared.with(|world, now| act(&mut world.nodes[self.node], now))
    }

    /// Does something with the node, unless it is frozen or has nothing to give: then its task waits.
    fn poll<T>(&self, cx: &Context<'_>, act: impl FnOnce(&mut Node, Moment) -> Option<T>) -> Poll<T> {
        self.with(|node, now| {
            let outcome = if node.frozen { None } else { act(node, now) };
            if outcome.is_none() {
                node.wait(cx.waker());
            }
            outcome.map_or(Poll::Pending, Poll::Ready)
        })
    }

    async fn ask(&self, op: Op) -> Result<Outcome, FabricError> {
        let mut op = Some(op);
        let mut asking = Asking { at: self, id: None };
        poll_fn(|cx| {
            self.poll(cx, |node, now| {
                if let Some(op) = op.take() {
                    if !node.is_member(now) {
                        return Some(Err(FabricError::Unavailable));
                    }
                    asking.id = Some(node.ask(now, op));
                }
                let id = asking.id?;
                let outcome = node.take_outcome(id)?;
                asking.id = None;
                Some(outcome.map_err(|()| FabricError::Unavailable))
            })
        })
        .await
    }
}

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {}", self.node)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.at.with(|node, now| node.abandon(now, id));
        }
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.at.with(|node, _| node.forget_fate(id));
        }
    }
}

impl<M: Payload> SimFabric<M> {
    pub(crate) fn new(shared: Shared, node: usize) -> Self {
        Self { at: At { shared, node }, message: PhantomData }
    }

    async fn send(&self, scope: &Scope, endpoint: EndpointId, message: &M, is_order: bool) -> Delivery {
        if !scope.covers(endpoint.user) {
            return Delivery::Gone;
        }
        let bytes = encode(message);
        let mut sending = Sending { at: &self.at, id: None };
        poll_fn(|cx| {
            self.at.poll(cx, |node, now| match sending.id {
                None if !node.is_member(now) => Some(Delivery::Gone),
                None => {
                    sending.id = Some(node.send_message(now, endpoint, bytes.clone(), is_order));
                    None
                }
                Some(id) => node.fate(id),
            })
        })
        .await
    }
}

impl<M: Payload> Clone for SimFabric<M> {
    fn clone(&self) -> Self {
        Self { at: self.at.clone(), message: PhantomData }
    }
}

impl<M: Payload> Fabric for SimFabric<M> {
    type Message = M;
    type Inbox = SimInbox<M>;
    type Call = SimCall<M>;
    type Announcements = SimAnnouncements;

    async fn bind(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        description: Description,
    ) -> Result<(Binding, SimInbox<M>), FabricError> {
        covered(scope, endpoint.user)?;
        match self.at.ask(Op::Bind(endpoint, Arc::new(description))).await? {
            Outcome::Bound(binding) => {
                Ok((binding, SimInbox { at: self.at.clone(), binding, message: PhantomData }))
            }
            other => unexpected(&other),
        }
    }

    async fn unbind(&self, scope: &Scope, binding: Binding) -> Result<(), FabricError> {
        covered(scope, binding.endpoint.user)?;
        self.at.ask(Op::Unbind(binding, None)).await.map(drop)
    }

    async fn endpoints(&self, scope: &Scope, user: UserId) -> Result<Vec<Bound>, FabricError> {
        covered(scope, user)?;
        match self.at.ask(Op::Endpoints(user)).await? {
            Outcome::Endpoints(bound) => Ok(bound),
            other => unexpected(&other),
        }
    }

    async fn deliver(&self, scope: &Scope, endpoint: EndpointId, message: M) -> Delivery {
        self.send(scope, endpoint, &message, false).await
    }

    async fn order(&self, scope: &Scope, endpoint: EndpointId, order: M) -> Delivery {
        self.send(scope, endpoint, &order, true).await
    }

    async fn call(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        message: M,
        deadline: Duration,
    ) -> Result<SimCall<M>, Gone> {
        if !scope.covers(endpoint.user) {
            return Err(Gone);
        }
        let bytes = encode(&message);
        poll_fn(|cx| {
            self.at.poll(cx, |node, now| {
                if !node.is_member(now) {
                    return Some(Err(Gone));
                }
                let call = node.begin_call(now, endpoint, bytes.clone(), deadline);
                Some(Ok(SimCall { at: self.at.clone(), call, left: false, message: PhantomData }))
            })
        })
        .await
    }

    async fn live(&self, scope: &Scope, user: UserId) -> Result<(Option<Arc<Live>>, Revision), FabricError> {
        covered(scope, user)?;
        match self.at.ask(Op::Live(user)).await? {
            Outcome::Live(live, revision) => Ok((live, revision)),
            other => unexpected(&other),
        }
    }

    async fn compare_and_set(
        &self,
        scope: &Scope,
        user: UserId,
        expected: Revision,
        new: Option<Arc<Live>>,
    ) -> Result<Revision, CasError> {
        covered(scope, user)?;
        match self.at.ask(Op::CompareAndSet(user, expected, new)).await? {
            Outcome::Set(set) => set,
            other => unexpected(&other),
        }
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
        match self.at.ask(Op::Watch(presentity, watcher, limit)).await? {
            Outcome::Watched(watched) => watched,
            other => unexpected(&other),
        }
    }

    async fn unwatch(&self, scope: &Scope, presentity: UserId, watcher: Binding) -> Result<(), FabricError> {
        covered(scope, presentity)?;
        covered(scope, watcher.endpoint.user)?;
        self.at.ask(Op::Unwatch(presentity, watcher)).await.map(drop)
    }

    async fn watcher_count(&self, scope: &Scope, presentity: UserId) -> Result<u32, FabricError> {
        covered(scope, presentity)?;
        match self.at.ask(Op::WatcherCount(presentity)).await? {
            Outcome::Count(count) => Ok(count),
            other => unexpected(&other),
        }
    }

    async fn announce(&self, scope: &Scope, user: UserId, change: Announcement) {
        if scope.covers(user) {
            poll_fn(|cx| {
                self.at.poll(cx, |node, now| {
                    if node.is_member(now) {
                        node.sent.push((Site::Authority, Packet::Announce { user, change }));
                    }
                    Some(())
                })
            })
            .await;
        }
    }

    fn announcements(&self) -> SimAnnouncements {
        let stream = self.at.with(|node, _| node.open_stream());
        SimAnnouncements { at: self.at.clone(), stream }
    }

    async fn claim(&self, scope: &Scope, key: &str) -> Result<Claim, FabricError> {
        match self.at.ask(Op::Claim(scope.tenant, key.into())).await? {
            Outcome::Claimed(claim) => Ok(claim),
            other => unexpected(&other),
        }
    }

    async fn release(&self, scope: &Scope, key: &str, epoch: Epoch) -> Result<(), FabricError> {
        self.at.ask(Op::Release(scope.tenant, key.into(), epoch)).await.map(drop)
    }
}

impl<M: Payload> SimInbox<M> {
    /// Takes the next event: none while there is none, none inside when there will be no more.
    fn take(&self, node: &mut Node) -> Option<Option<Delivered<M, SimReply<M>>>> {
        match node.inboxes.next(self.binding) {
            Next::Nothing => None,
            Next::Over => Some(None),
            Next::Fenced(fence) => Some(Some(Delivered::Fenced(fence))),
            Next::Item(Item::Message(bytes) | Item::Order(bytes)) => {
                Some(Some(Delivered::Message(decode(&bytes))))
            }
            Next::Item(Item::Cancelled(id, message)) => {
                let message = message.map(|bytes| decode(&bytes));
                Some(Some(Delivered::Cancelled { id: CallId(id), message }))
            }
            Next::Item(Item::Call(id, bytes)) => {
                node.take_call(id);
                let reply = SimReply { at: self.at.clone(), id, message: PhantomData };
                Some(Some(Delivered::Call { message: decode(&bytes), reply }))
            }
        }
    }
}

impl<M: Payload> Inbox for SimInbox<M> {
    type Message = M;
    type Reply = SimReply<M>;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Delivered<M, SimReply<M>>>> {
        self.at.poll(cx, |node, now| {
            node.is_member(now);
            self.take(node)
        })
    }

    fn try_next(&mut self) -> Option<Delivered<M, SimReply<M>>> {
        self.at.with(|node, now| {
            node.is_member(now);
            if node.frozen { None } else { self.take(node).flatten() }
        })
    }
}

impl<M: Payload> Drop for SimInbox<M> {
    fn drop(&mut self) {
        self.at.with(|node, now| node.drop_inbox(now, self.binding));
    }
}

impl<M: Payload> Reply for SimReply<M> {
    type Message = M;

    fn id(&self) -> CallId {
        CallId(self.id)
    }

    fn send(&mut self, answer: M) -> Result<(), Late<M>> {
        let event = Answered::Answer(encode(&answer));
        if self.at.with(|node, now| node.answer(now, self.id, event)) { Ok(()) } else { Err(Late(answer)) }
    }

    fn finish(mut self, answer: M) -> Result<(), Late<M>> {
        // Dropping the handle ends the call.
        self.send(answer)
    }
}

impl<M: Payload> Drop for SimReply<M> {
    fn drop(&mut self) {
        self.at.with(|node, now| node.answer(now, self.id, Answered::End));
    }
}

impl<M: Payload> Call for SimCall<M> {
    type Message = M;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<CallEvent<M>> {
        self.at.poll(cx, |node, now| {
            node.is_member(now);
            Some(match node.next_event(self.call)? {
                Event::Answer(bytes) => CallEvent::Answer(decode(&bytes)),
                Event::Gone => CallEvent::Gone,
                Event::DeadlinePassed => CallEvent::DeadlinePassed,
                Event::End => CallEvent::End,
            })
        })
    }

    fn cancel(&mut self, message: Option<M>) {
        let message = message.as_ref().map(encode);
        self.at.with(|node, now| node.cancel_call(now, self.call, message));
    }

    fn leave(mut self) {
        self.left = true;
    }
}

impl<M: Payload> Drop for SimCall<M> {
    fn drop(&mut self) {
        self.at.with(|node, now| {
            if !self.left {
                node.cancel_call(now, self.call, None);
            }
            node.stop_reading(self.call);
        });
    }
}

impl Announcements for SimAnnouncements {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Announced>> {
        self.at.poll(cx, |node, _| {
            let event = node.next_announced(self.stream);
            if event.is_none() && node.dead { Some(None) } else { event.map(Some) }
        })
    }
}

impl Drop for SimAnnouncements {
    fn drop(&mut self) {
        self.at.with(|node, _| node.close_stream(self.stream));
    }
}

fn covered(scope: &Scope, user: UserId) -> Result<(), FabricError> {
    if scope.covers(user) { Ok(()) } else { Err(FabricError::WrongTenant) }
}

fn encode<M: Payload>(message: &M) -> Bytes {
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    bytes.into()
}

fn decode<M: Payload>(bytes: &[u8]) -> M {
    M::decode(bytes).expect("a payload reads back what it wrote: the codec under test has a fault")
}

fn unexpected(outcome: &Outcome) -> ! {
    unreachable!("the authority answered another question: {outcome:?}")
}
