//! One value from a thread to a future, in any runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

struct Shared<T> {
    value: Option<T>,
    waker: Option<Waker>,
    closed: bool,
}

/// The end that gives the value. Dropped without one, the other end learns that none will come.
pub(crate) struct Sender<T>(Arc<Mutex<Shared<T>>>);

/// The end that waits for the value.
pub(crate) struct Receiver<T>(Arc<Mutex<Shared<T>>>);

pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Mutex::new(Shared { value: None, waker: None, closed: false }));
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

fn lock<T>(shared: &Mutex<Shared<T>>) -> MutexGuard<'_, Shared<T>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Sender<T> {
    pub(crate) fn send(self, value: T) {
        lock(&self.0).value = Some(value);
        // Dropping `self` closes the channel and wakes the other end.
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut shared = lock(&self.0);
            shared.closed = true;
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut shared = lock(&self.0);
        if shared.closed {
            return Poll::Ready(shared.value.take());
        }
        let waker = context.waker();
        if !shared.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            shared.waker = Some(waker.clone());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use rapport_store::contract::block_on;

    use super::*;

    #[test]
    fn a_value_arrives_before_and_after_it_is_awaited() {
        let (sender, receiver) = channel();
        sender.send(1);
        assert_eq!(block_on(receiver), Some(1));
        let (sender, receiver) = channel();
        let waiting = thread::spawn(|| block_on(receiver));
        sender.send(2);
        assert_eq!(waiting.join().ok(), Some(Some(2)));
    }

    #[test]
    fn a_dropped_sender_is_noticed() {
        let (sender, receiver) = channel::<u32>();
        let waiting = thread::spawn(|| block_on(receiver));
        drop(sender);
        assert_eq!(waiting.join().ok(), Some(None));
    }
}
