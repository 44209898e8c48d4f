//! A bounded queue from one task to another that takes room for what waits in it, and no more.
//!
//! `tokio::sync::mpsc` has thirty-two places from its beginning and keeps its ends a cache line apart: a kilobyte for a
//! queue in which nothing waits, as in nearly all of those that sessions have (ADR 0022).

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::sync::{Semaphore, TryAcquireError};
use tokio::task::coop;

/// A queue that has grown past this many places gives them back when it is empty.
const KEPT_PLACES: usize = 4;

/// Makes both ends of a queue with so many places.
pub fn queue<T>(places: usize) -> (Sender<T>, Receiver<T>) {
    let state = State { items: VecDeque::new(), urgent: None, is_closed: false, waker: None };
    let shared = Arc::new(Shared { places: Semaphore::new(places), state: Mutex::new(state) });
    (Sender(shared.clone()), Receiver(shared))
}

/// The end into which is put. There is one: the queue is closed when it is dropped.
pub struct Sender<T>(Arc<Shared<T>>);

/// The end out of which is taken. When it is dropped, what waits is, too.
pub struct Receiver<T>(Arc<Shared<T>>);

/// Why something was not put into a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no place.
    Full,
    /// Nobody will take anything out any more.
    Closed,
}

struct Shared<T> {
    /// Those that are free; closed when nobody will take anything out any more.
    places: Semaphore,
    state: Mutex<State<T>>,
}

struct State<T> {
    items: VecDeque<T>,
    /// What goes before everything else.
    urgent: Option<T>,
    /// Nothing is put in any more.
    is_closed: bool,
    waker: Option<Waker>,
}

impl<T> Shared<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what waits, unless the queue is closed, and wakes whoever waits for it.
    fn change(&self, change: impl FnOnce(&mut State<T>)) -> bool {
        let mut state = self.state();
        if state.is_closed {
            return false;
        }
        change(&mut state);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }
}

impl<T> Sender<T> {
    /// Puts something in, if there is a place.
    ///
    /// # Errors
    /// `Full`, `Closed`.
    pub fn try_send(&self, item: T) -> Result<(), Refused> {
        match self.0.places.try_acquire() {
            Ok(place) => place.forget(),
            Err(TryAcquireError::NoPermits) => return Err(Refused::Full),
            Err(TryAcquireError::Closed) => return Err(Refused::Closed),
        }
        self.0.change(|state| state.items.push_back(item)).then_some(()).ok_or(Refused::Closed)
    }

    /// Puts something in, as soon as there is a place.
    ///
    /// # Errors
    /// What was to be put in, when nobody will take it out any more.
    pub async fn send(&self, item: T) -> Result<(), T> {
        let Ok(place) = self.0.places.acquire().await else { return Err(item) };
        place.forget();
        let mut item = Some(item);
        self.0.change(|state| state.items.extend(item.take()));
        item.map_or(Ok(()), Err)
    }

    /// Puts something in before everything else, in the place of what was put there so before.
    pub fn overtake(&self, item: T) {
        self.0.change(|state| state.urgent = Some(item));
    }

    /// Puts the last in, whether there is a place or not.
    pub fn finish(self, item: T) {
        self.0.change(|state| state.items.push_back(item));
    }

    /// Tells whether nobody will take anything out any more.
    pub fn is_closed(&self) -> bool {
        self.0.places.is_closed()
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.change(|state| state.is_closed = true);
    }
}

impl<T> Receiver<T> {
    /// Waits for the next; none when the queue is closed and empty.
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let budget = ready!(coop::poll_proceed(cx));
        let mut state = self.0.state();
        let urgent = state.urgent.take();
        let taken = urgent.or_else(|| self.take(&mut state));
        if taken.is_some() || state.is_closed {
            budget.made_progress();
            return Poll::Ready(taken);
        }
        if !state.waker.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            state.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Takes the next out, if it is there already. What was to overtake it is left for [`recv`](Self::recv).
    pub fn try_recv(&mut self) -> Option<T> {
        self.take(&mut self.0.state())
    }

    fn take(&self, state: &mut State<T>) -> Option<T> {
        let item = state.items.pop_front()?;
        self.0.places.add_permits(1);
        if state.items.is_empty() && state.items.capacity() > KEPT_PLACES {
            state.items.shrink_to(KEPT_PLACES);
        }
        Some(item)
    }

    /// Takes those out of which `keeps` is not true.
    pub fn retain(&mut self, keeps: impl FnMut(&T) -> bool) {
        let mut state = self.0.state();
        let before = state.items.len();
        state.items.retain(keeps);
        self.0.places.add_permits(before - state.items.len());
    }

    /// Tells whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.0.state().items.is_empty()
    }

    /// Lets nothing in any more. What waits can still be taken out.
    pub fn close(&mut self) {
        self.0.places.close();
        self.0.change(|state| state.is_closed = true);
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.close();
        let mut state = self.0.state();
        let left = (std::mem::take(&mut state.items), state.urgent.take());
        drop(state);
        // What is dropped may itself look at a queue.
        drop(left);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Weak;

    use super::*;

    fn poll<T>(receiver: &mut Receiver<T>) -> Poll<Option<T>> {
        receiver.poll_recv(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn what_was_put_in_comes_out_in_order_until_the_queue_is_closed_and_empty() {
        let (sender, mut receiver) = queue(8);
        assert_eq!(poll(&mut receiver), Poll::Pending);
        for number in 0..3 {
            assert_eq!(sender.try_send(number), Ok(()));
        }
        assert_eq!(poll(&mut receiver), Poll::Ready(Some(0)));
        drop(sender);
        assert_eq!(receiver.try_recv(), Some(1));
        assert_eq!(poll(&mut receiver), Poll::Ready(Some(2)));
        assert_eq!(poll(&mut receiver), Poll::Ready(None));
    }

    #[test]
    fn there_are_as_many_places_as_were_asked_for_and_the_last_needs_none() {
        let (sender, mut receiver) = queue(2);
        assert_eq!([1, 2, 3].map(|n| sender.try_send(n)), [Ok(()), Ok(()), Err(Refused::Full)]);
        receiver.retain(|number| *number != 1);
        assert_eq!(sender.try_send(4), Ok(()));
        assert_eq!(sender.try_send(5), Err(Refused::Full));
        sender.finish(6);
        assert_eq!(std::iter::from_fn(|| receiver.try_recv()).collect::<Vec<_>>(), [2, 4, 6]);
        assert_eq!(poll(&mut receiver), Poll::Ready(None));
    }

    #[test]
    fn what_is_urgent_overtakes_even_in_a_full_queue() {
        let (sender, mut receiver) = queue(1);
        assert_eq!(sender.try_send(1), Ok(()));
        sender.overtake(2);
        sender.overtake(3);
        assert_eq!(poll(&mut receiver), Poll::Ready(Some(3)));
        assert_eq!(poll(&mut receiver), Poll::Ready(Some(1)));
        assert_eq!(poll(&mut receiver), Poll::Pending);
    }

    #[tokio::test]
    async fn whoever_waits_for_a_place_gets_one_or_its_item_back() {
        let (sender, mut receiver) = queue(1);
        assert_eq!(sender.send(1).await, Ok(()));
        let (sent, first) = tokio::join!(sender.send(2), receiver.recv());
        assert_eq!((sent, first), (Ok(()), Some(1)));
        let (sent, ()) = tokio::join!(sender.send(3), async { receiver.close() });
        assert_eq!(sent, Err(3));
        assert!(sender.is_closed());
        assert_eq!((receiver.recv().await, receiver.recv().await), (Some(2), None));
    }

    #[tokio::test]
    async fn whoever_waits_for_something_is_woken_by_it() {
        let (sender, mut receiver) = queue(4);
        let (taken, ()) = tokio::join!(receiver.recv(), async { sender.overtake(1) });
        assert_eq!(taken, Some(1));
        let (taken, ()) = tokio::join!(receiver.recv(), async { sender.finish(2) });
        assert_eq!(taken, Some(2));
        assert_eq!(receiver.recv().await, None);
    }

    #[test]
    fn what_nobody_will_take_out_is_dropped_at_once_and_a_burst_leaves_little_behind() {
        let (sender, mut receiver) = queue(1000);
        let item = Arc::new(());
        let left: Weak<()> = Arc::downgrade(&item);
        for _ in 0..1000 {
            assert_eq!(sender.try_send(item.clone()), Ok(()));
        }
        drop(item);
        while receiver.try_recv().is_some() {}
        assert!(receiver.0.state().items.capacity() <= 2 * KEPT_PLACES);
        assert_eq!(left.strong_count(), 0);
        let item = Arc::new(());
        let left = Arc::downgrade(&item);
        assert_eq!(sender.try_send(item), Ok(()));
        drop(receiver);
        assert_eq!(left.strong_count(), 0);
        assert_eq!(sender.try_send(Arc::new(())), Err(Refused::Closed));
    }
}
