//! The store behind a line that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rapport_store::calls::*;
use tokio::sync::watch;

/// The store as the server reaches it.
pub(crate) struct Line {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) is_cut: Arc<AtomicBool>,
    /// How often a page of a company's people was read.
    pub(crate) pages: watch::Sender<usize>,
}

impl Line {
    fn over<'a, T: Send + 'a>(&'a self, call: Answer<'a, T>) -> Answer<'a, T> {
        match self.is_cut.load(Ordering::Relaxed) {
            true => Box::pin(async { Err(StoreError::Unavailable { context: "cut".to_owned() }) }),
            false => call,
        }
    }
}

macro_rules! over {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name<'a>(&'a self, $($arg: $type),*) -> Answer<'a, $answer> {
            if stringify!($name) == "people" {
                self.pages.send_modify(|pages| *pages += 1);
            }
            self.over(self.store.$name($($arg),*))
        })*
    };
}

impl Store for Line {
    fn ready(&self) -> Answer<'_, ()> {
        self.over(self.store.ready())
    }

    rapport_store::for_each_call!(over);
    rapport_store::for_each_presence_call!(over);
}
