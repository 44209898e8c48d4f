//! Messages on their way: the inbox of a binding, calls with their answers, and how a message becomes bytes.

use std::fmt;
use std::future::{Future, poll_fn};
use std::task::{Context, Poll};

/// What a fabric delivers. Cloning one is cheap. It is encoded only when it leaves the process.
pub trait Payload: Clone + Send + Sync + fmt::Debug + 'static {
    /// Appends the message as bytes.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads back what [`Payload::encode`] wrote; none when the bytes are no such message.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

/// Names one call at the node of its callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What became of a one-way message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Delivery {
    /// It is in the endpoint's inbox.
    Taken,
    /// The inbox has no room for it. The endpoint is there, and the message is lost.
    Full,
    /// The endpoint is not there, its inbox had no room for an order, or nothing confirmed the message in time.
    Gone,
}

/// Says that an endpoint is not bound, or is another company's, or that its inbox is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint is gone")]
pub struct Gone;

/// What comes out of an inbox.
#[derive(Debug)]
pub enum Delivered<M, R> {
    /// A one-way message.
    Message(M),
    /// A call, with the handle that answers it.
    Call {
        /// What is asked.
        message: M,
        /// Answers it; [`Reply::id`] names the call.
        reply: R,
    },
    /// The caller of a call given out earlier has lost interest. Answers sent after it come back as [`Late`].
    Cancelled {
        /// Which call; one that is answered already may be named, too.
        id: CallId,
        /// What the caller has to say about it, such as a CANCEL with its reason.
        message: Option<M>,
    },
    /// The binding has ended. Nothing comes after it.
    Fenced(Fence),
}

/// Why a binding has ended without its inbox asking for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fence {
    /// A later binding of the same endpoint has taken its place.
    Replaced,
    /// The inbox was full: its owner reads too slowly.
    Overflow,
    /// The node has lost its lease.
    Lease,
}

/// The inbox of one binding. Dropping it ends the binding.
pub trait Inbox: Send + 'static {
    /// What is delivered.
    type Message: Payload;
    /// Answers a call.
    type Reply: Reply<Message = Self::Message>;

    /// Gives the next event, or none after the binding has ended.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Delivered<Self::Message, Self::Reply>>>;

    /// Gives the next event if there is one.
    fn try_next(&mut self) -> Option<Delivered<Self::Message, Self::Reply>>;

    /// Waits for the next event; none after the binding has ended. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = Option<Delivered<Self::Message, Self::Reply>>> + Send {
        poll_fn(|cx| self.poll_next(cx))
    }
}

/// Answers one call, any number of times. Dropping it ends the call.
pub trait Reply: Send + fmt::Debug + 'static {
    /// What an answer is.
    type Message: Payload;

    /// Returns which call this is, as [`Delivered::Cancelled`] names it.
    fn id(&self) -> CallId;

    /// Sends one answer; more may follow.
    ///
    /// # Errors
    /// [`Late`] gives the answer back when the call has ended: cancelled, past its deadline, or its caller is gone.
    fn send(&mut self, answer: Self::Message) -> Result<(), Late<Self::Message>>;

    /// Sends the last answer and ends the call in one step.
    ///
    /// # Errors
    /// [`Late`] gives the answer back when the call has ended already.
    fn finish(self, answer: Self::Message) -> Result<(), Late<Self::Message>>;
}

/// An answer that came after the end of its call. A 2xx to an INVITE must be acknowledged and ended by whoever meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call has ended")]
pub struct Late<M>(pub M);

/// What comes back from a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEvent<M> {
    /// An answer. Whether others follow, the message says.
    Answer(M),
    /// The binding that was called has ended and will not answer.
    Gone,
    /// The deadline has passed, and the call is cancelled by that.
    DeadlinePassed,
    /// The callee has said all that it will, or has learnt that the call is cancelled.
    End,
}

/// The caller's end of a call. Dropping it cancels, [`leave`](Self::leave) does not.
///
/// INVARIANT: an answer that the callee could send is read here, and one that it could not comes back to it as [`Late`];
/// so a 2xx to an INVITE always has somebody to acknowledge it. For that a caller who cancels, or whose deadline has
/// passed, reads on to the last event, [`CallEvent::Gone`] or [`CallEvent::End`]: answers may have crossed with the
/// cancellation. What is unread when a call is dropped is lost. After the last event `End` is given for ever.
pub trait Call: Send + fmt::Debug + Unpin + 'static {
    /// What an answer is.
    type Message: Payload;

    /// Gives the next event.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<CallEvent<Self::Message>>;

    /// Waits for the next event. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = CallEvent<Self::Message>> + Send {
        poll_fn(|cx| self.poll_next(cx))
    }

    /// Cancels the call and tells the callee if it has seen the call, with a message if there is something to say.
    fn cancel(&mut self, message: Option<Self::Message>);

    /// Goes and lets the call go on: it is delivered all the same, also when the callee has not seen it yet, and what
    /// is answered is lost.
    fn leave(self);
}
