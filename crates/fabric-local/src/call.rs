//! One call: the state that both ends share, the caller's end and the callee's.
//!
//! ```text
//! Queued --inbox takes it--> Taken --finish, reply dropped--> Ended(End)
//!   |  |                       |----cancel, deadline--------> Ended(End), the inbox gets Cancelled
//!   |  `--cancel, deadline-----------------------------------> Ended(End), the inbox never sees it
//!   `-----inbox closed---------------------------------------> Ended(Gone)
//! ```
//!
//! A caller who leaves changes nothing of that: the inbox takes the call, and nobody reads the answers.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rapport_fabric::{Call, CallEvent, CallId, Late, Payload, Reply};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::lock;
use crate::queue::Queue;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Queued,
    Taken,
    /// No answer is accepted any more. `gone` tells that the callee never took the call.
    Ended {
        gone: bool,
    },
}

#[derive(Debug)]
struct State<M> {
    phase: Phase,
    /// The first answer that waits; most calls have no second one.
    first: Option<M>,
    more: VecDeque<M>,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Shared<M> {
    id: CallId,
    bound: usize,
    state: Mutex<State<M>>,
}

/// The callee's end of a call of a [`LocalFabric`](crate::LocalFabric).
pub struct LocalReply<M: Payload> {
    shared: Arc<Shared<M>>,
}

/// The caller's end of a call of a [`LocalFabric`](crate::LocalFabric).
pub struct LocalCall<M: Payload> {
    shared: Arc<Shared<M>>,
    queue: Arc<Queue<M>>,
    deadline: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    /// The last event has been given.
    over: bool,
    /// The call goes on without this end.
    left: bool,
}

/// Makes both ends of a call.
pub(crate) fn pair<M: Payload>(
    id: u64,
    queue: Arc<Queue<M>>,
    bound: usize,
    deadline: Duration,
) -> (LocalCall<M>, LocalReply<M>) {
    let state = State { phase: Phase::Queued, first: None, more: VecDeque::new(), waker: None };
    let shared = Arc::new(Shared { id: CallId(id), bound, state: Mutex::new(state) });
    let reply = LocalReply { shared: shared.clone() };
    let now = Instant::now();
    // A deadline too far to be written is as good as one in a hundred years.
    let deadline = now.checked_add(deadline).unwrap_or(now + Duration::from_secs(3_153_600_000));
    (LocalCall { shared, queue, deadline, timer: None, over: false, left: false }, reply)
}

impl<M: Payload> Shared<M> {
    fn answer(&self, answer: M, last: bool) -> Result<(), Late<M>> {
        let mut state = lock(&self.state);
        let full = state.more.len() >= self.bound && !last;
        if matches!(state.phase, Phase::Ended { .. }) || full {
            return Err(Late(answer));
        }
        if state.first.is_none() {
            state.first = Some(answer);
        } else {
            state.more.push_back(answer);
        }
        if last {
            state.phase = Phase::Ended { gone: false };
        }
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }
}

impl<M: Payload> LocalReply<M> {
    /// Notes that the inbox gives the call out, unless it has ended before.
    pub(crate) fn take(&self) -> bool {
        let mut state = lock(&self.shared.state);
        let queued = state.phase == Phase::Queued;
        if queued {
            state.phase = Phase::Taken;
        }
        queued
    }
}

impl<M: Payload> Reply for LocalReply<M> {
    type Message = M;

    fn id(&self) -> CallId {
        self.shared.id
    }

    fn send(&mut self, answer: M) -> Result<(), Late<M>> {
        self.shared.answer(answer, false)
    }

    fn finish(self, answer: M) -> Result<(), Late<M>> {
        self.shared.answer(answer, true)
    }
}

impl<M: Payload> Drop for LocalReply<M> {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        let gone = match state.phase {
            Phase::Queued => true,
            Phase::Taken => false,
            Phase::Ended { .. } => return,
        };
        state.phase = Phase::Ended { gone };
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<M: Payload> LocalCall<M> {
    /// Ends the call from this end and lets the callee know if it has seen it. Answers that wait can still be read.
    fn abandon(&mut self, message: Option<M>) {
        self.timer = None;
        let mut state = lock(&self.shared.state);
        let earlier = state.phase;
        if !matches!(earlier, Phase::Ended { .. }) {
            state.phase = Phase::Ended { gone: false };
        }
        drop(state);
        if earlier == Phase::Taken {
            self.queue.push_cancelled(self.shared.id, message);
        }
    }
}

impl<M: Payload> Call for LocalCall<M> {
    type Message = M;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<CallEvent<M>> {
        if self.over {
            return Poll::Ready(CallEvent::End);
        }
        let mut state = lock(&self.shared.state);
        if let Some(answer) = state.first.take() {
            state.first = state.more.pop_front();
            return Poll::Ready(CallEvent::Answer(answer));
        }
        if let Phase::Ended { gone } = state.phase {
            drop(state);
            self.over = true;
            self.timer = None;
            return Poll::Ready(if gone { CallEvent::Gone } else { CallEvent::End });
        }
        if !state.waker.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            state.waker = Some(cx.waker().clone());
        }
        drop(state);
        let deadline = self.deadline;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.as_mut().poll(cx).is_ready() {
            self.abandon(None);
            return Poll::Ready(CallEvent::DeadlinePassed);
        }
        Poll::Pending
    }

    fn cancel(&mut self, message: Option<M>) {
        self.abandon(message);
    }

    fn leave(mut self) {
        self.left = true;
    }
}

impl<M: Payload> Drop for LocalCall<M> {
    fn drop(&mut self) {
        if !self.left {
            self.abandon(None);
        }
    }
}

impl<M: Payload> fmt::Debug for LocalReply<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalReply({})", self.shared.id.0)
    }
}

impl<M: Payload> fmt::Debug for LocalCall<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalCall({})", self.shared.id.0)
    }
}
