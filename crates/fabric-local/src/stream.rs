//! Announcements to whoever opened a stream in this process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::{Context, Poll, Waker};

use rapport_fabric::{Announced, Announcements};

use crate::lock;

/// Every open stream.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    open: Arc<RwLock<Vec<Arc<Stream>>>>,
}

#[derive(Debug)]
struct Stream {
    bound: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Announced>,
    lost: bool,
    waker: Option<Waker>,
}

/// The announcements of a [`LocalFabric`](crate::LocalFabric) from the moment at which the stream was opened.
#[derive(Debug)]
pub struct LocalAnnouncements {
    stream: Arc<Stream>,
    open: Arc<RwLock<Vec<Arc<Stream>>>>,
}

impl Streams {
    pub(crate) fn open(&self, bound: usize) -> LocalAnnouncements {
        let stream = Arc::new(Stream { bound, state: Mutex::default() });
        self.open.write().unwrap_or_else(PoisonError::into_inner).push(stream.clone());
        LocalAnnouncements { stream, open: self.open.clone() }
    }

    pub(crate) fn send(&self, event: Announced) {
        for stream in self.open.read().unwrap_or_else(PoisonError::into_inner).iter() {
            stream.push(event);
        }
    }
}

impl Stream {
    fn push(&self, event: Announced) {
        let mut state = lock(&self.state);
        if state.waiting.len() < self.bound {
            state.waiting.push_back(event);
        } else {
            state.lost = true;
        }
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Announcements for LocalAnnouncements {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Announced>> {
        let mut state = lock(&self.stream.state);
        if let Some(event) = state.waiting.pop_front() {
            return Poll::Ready(Some(event));
        }
        if std::mem::take(&mut state.lost) {
            return Poll::Ready(Some(Announced::Gap));
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for LocalAnnouncements {
    fn drop(&mut self) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.retain(|stream| !Arc::ptr_eq(stream, &self.stream));
    }
}
