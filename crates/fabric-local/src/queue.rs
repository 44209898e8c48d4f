//! The bounded queue of one binding, and the inbox that reads it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Waker};

use rapport_fabric::{Binding, CallId, Delivered, Fence, Inbox, Payload};

use crate::call::LocalReply;
use crate::{Inner, lock};

/// A queue that has grown past this many places gives them back when it is empty.
const KEPT_PLACES: usize = 8;

/// What waits in a queue.
#[derive(Debug)]
pub(crate) enum Item<M: Payload> {
    Message(M),
    Order(M),
    Call(M, LocalReply<M>),
    Cancelled(CallId, Option<M>),
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Push {
    Taken,
    Closed,
    /// There was no room for a message or a call, and the queue stays as it is: what many send at once ends nobody's
    /// binding.
    Refused,
    /// The queue had no room for an order. It is closed by that; its binding has to be ended.
    Full,
}

/// The queue of one binding.
#[derive(Debug)]
pub(crate) struct Queue<M: Payload> {
    binding: Binding,
    bound: usize,
    fabric: Weak<Inner<M>>,
    state: Mutex<State<M>>,
}

#[derive(Debug)]
struct State<M: Payload> {
    items: VecDeque<Item<M>>,
    closed: bool,
    /// Why it was closed, until the inbox has been told.
    fence: Option<Fence>,
    waker: Option<Waker>,
}

impl<M: Payload> Queue<M> {
    pub(crate) fn new(binding: Binding, bound: usize, fabric: Weak<Inner<M>>) -> Self {
        let state = State { items: VecDeque::new(), closed: false, fence: None, waker: None };
        Self { binding, bound, fabric, state: Mutex::new(state) }
    }

    pub(crate) const fn binding(&self) -> Binding {
        self.binding
    }

    pub(crate) fn push(&self, item: Item<M>) -> Push {
        let mut state = lock(&self.state);
        if state.closed {
            // The item goes after the lock: dropping a call wakes its caller.
            drop(state);
            return Push::Closed;
        }
        let waiting = state.items.len();
        match &item {
            Item::Message(_) | Item::Call(..) if waiting >= self.bound / 2 => {
                drop(state);
                return Push::Refused;
            }
            Item::Order(_) if waiting >= self.bound => {
                drop(state);
                self.close(Some(Fence::Overflow));
                return Push::Full;
            }
            // There are no more ends of calls than calls that the inbox has given out.
            Item::Message(_) | Item::Order(_) | Item::Call(..) | Item::Cancelled(..) => {}
        }
        state.items.push_back(item);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Push::Taken
    }

    /// Tells the callee that a call which it has taken has ended.
    pub(crate) fn push_cancelled(&self, id: CallId, message: Option<M>) {
        // One that is closed has nobody to tell.
        let _ = self.push(Item::Cancelled(id, message));
    }

    /// Refuses what comes from now on, and drops what waits: its callers learn that the endpoint is gone.
    pub(crate) fn close(&self, fence: Option<Fence>) {
        let mut state = lock(&self.state);
        if state.closed {
            return;
        }
        state.closed = true;
        state.fence = fence;
        let dropped = std::mem::take(&mut state.items);
        let waker = state.waker.take();
        drop(state);
        drop(dropped);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Returns the next event; `Err` tells whether the queue is closed for good.
    fn pop(&self, waker: Option<&Waker>) -> Result<Delivered<M, LocalReply<M>>, bool> {
        loop {
            let mut state = lock(&self.state);
            let Some(item) = state.items.pop_front() else {
                if let Some(fence) = state.fence.take() {
                    return Ok(Delivered::Fenced(fence));
                }
                if let Some(waker) = waker
                    && !state.closed
                    && !state.waker.as_ref().is_some_and(|known| known.will_wake(waker))
                {
                    state.waker = Some(waker.clone());
                }
                return Err(state.closed);
            };
            if state.items.is_empty() && state.items.capacity() > KEPT_PLACES {
                state.items.shrink_to(KEPT_PLACES);
            }
            drop(state);
            match item {
                Item::Message(message) | Item::Order(message) => return Ok(Delivered::Message(message)),
                Item::Cancelled(id, message) => return Ok(Delivered::Cancelled { id, message }),
                Item::Call(message, reply) => {
                    if reply.take() {
                        return Ok(Delivered::Call { message, reply });
                    }
                }
            }
        }
    }
}

/// The inbox of one binding of a [`LocalFabric`](crate::LocalFabric). Dropping it ends the binding.
#[derive(Debug)]
pub struct LocalInbox<M: Payload> {
    queue: Arc<Queue<M>>,
}

impl<M: Payload> LocalInbox<M> {
    pub(crate) const fn new(queue: Arc<Queue<M>>) -> Self {
        Self { queue }
    }
}

impl<M: Payload> Inbox for LocalInbox<M> {
    type Message = M;
    type Reply = LocalReply<M>;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Delivered<M, LocalReply<M>>>> {
        match self.queue.pop(Some(cx.waker())) {
            Ok(event) => Poll::Ready(Some(event)),
            Err(true) => Poll::Ready(None),
            Err(false) => Poll::Pending,
        }
    }

    fn try_next(&mut self) -> Option<Delivered<M, LocalReply<M>>> {
        self.queue.pop(None).ok()
    }
}

impl<M: Payload> Drop for LocalInbox<M> {
    fn drop(&mut self) {
        self.queue.close(None);
        if let Some(fabric) = self.queue.fabric.upgrade() {
            fabric.end(self.queue.binding, None);
        }
    }
}
