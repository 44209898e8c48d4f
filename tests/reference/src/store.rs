//! The store as one node reaches it: slow, out of reach now and then, and still while its node is frozen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rapport_store::calls::*;
use rapport_testkit::chance::Chance;
use tokio::sync::watch;

/// What goes wrong between a node and the store.
#[derive(Debug)]
pub(crate) struct Line {
    /// Every third call fails, before or after it had its effect.
    pub(crate) is_bad: AtomicBool,
    /// Each call takes up to so many milliseconds, half of it before its effect.
    pub(crate) slow: AtomicU64,
    pub(crate) frozen: watch::Sender<bool>,
    chance: Chance,
    /// How many calls went wrong.
    pub(crate) struck: AtomicU64,
}

impl Line {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            is_bad: AtomicBool::new(false),
            slow: AtomicU64::new(0),
            frozen: watch::Sender::new(false),
            chance: Chance::new(seed),
            struck: AtomicU64::new(0),
        }
    }

    async fn way(&self) {
        let slow = self.slow.load(Ordering::Relaxed);
        if slow > 0 {
            tokio::time::sleep(Duration::from_millis(self.chance.next() % (slow / 2 + 1))).await;
        }
        let mut frozen = self.frozen.subscribe();
        let _ = frozen.wait_for(|frozen| !frozen).await;
    }

    fn strikes(&self) -> bool {
        let strikes = self.is_bad.load(Ordering::Relaxed) && self.chance.next().is_multiple_of(6);
        if strikes {
            self.struck.fetch_add(1, Ordering::Relaxed);
        }
        strikes
    }
}

/// The store as one node reaches it.
pub(crate) struct FarStore {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) line: Arc<Line>,
}

impl FarStore {
    fn far<'a, T: Send + 'a>(&'a self, call: Answer<'a, T>) -> Answer<'a, T> {
        Box::pin(async move {
            self.line.way().await;
            if self.line.strikes() {
                return failed();
            }
            let answer = call.await;
            self.line.way().await;
            if self.line.strikes() { failed() } else { answer }
        })
    }
}

fn failed<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable { context: "struck".to_owned() })
}

macro_rules! far {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name<'a>(&'a self, $($arg: $type),*) -> Answer<'a, $answer> {
            self.far(self.inner.$name($($arg),*))
        })*
    };
}

impl Store for FarStore {
    fn ready(&self) -> Answer<'_, ()> {
        self.far(self.inner.ready())
    }

    rapport_store::for_each_call!(far);
    rapport_store::for_each_presence_call!(far);
}
