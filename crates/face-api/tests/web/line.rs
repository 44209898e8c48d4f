//! The store behind a line that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rapport_store::calls::*;
use tokio::sync::watch;

/// The store as the server reaches it.
pub(crate) struct Line {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) is_cut: Arc<AtomicBool>,
    pub(crate) reads: Reads,
    /// Whether what deletes of a history waits.
    pub(crate) is_held: watch::Sender<bool>,
}

/// How often people were read.
#[derive(Clone, Default)]
pub(crate) struct Reads {
    /// A page of a company.
    pub(crate) pages: watch::Sender<usize>,
    /// Several by their numbers.
    pub(crate) several: Arc<AtomicUsize>,
    /// One, by number or address.
    pub(crate) single: Arc<AtomicUsize>,
    /// The presence of several.
    pub(crate) presences: Arc<AtomicUsize>,
    /// The presence of one.
    pub(crate) presence: Arc<AtomicUsize>,
}

impl Line {
    fn over<'a, T: Send + 'a>(&'a self, call: Answer<'a, T>) -> Answer<'a, T> {
        match self.is_cut.load(Ordering::Relaxed) {
            true => Box::pin(async { Err(StoreError::Unavailable { context: "cut".to_owned() }) }),
            false => call,
        }
    }

    fn held<'a, T: Send + 'a>(&'a self, name: &str, call: Answer<'a, T>) -> Answer<'a, T> {
        if name != "delete_history" {
            return call;
        }
        let mut held = self.is_held.subscribe();
        Box::pin(async move {
            let _ = held.wait_for(|is_held| !is_held).await;
            call.await
        })
    }
}

macro_rules! over {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name<'a>(&'a self, $($arg: $type),*) -> Answer<'a, $answer> {
            match stringify!($name) {
                "people" => self.reads.pages.send_modify(|pages| *pages += 1),
                "people_by_ids" => drop(self.reads.several.fetch_add(1, Ordering::Relaxed)),
                "presence_of_several" => drop(self.reads.presences.fetch_add(1, Ordering::Relaxed)),
                "presence" => drop(self.reads.presence.fetch_add(1, Ordering::Relaxed)),
                "person" | "person_by_address" => drop(self.reads.single.fetch_add(1, Ordering::Relaxed)),
                _ => {}
            }
            self.held(stringify!($name), self.over(self.store.$name($($arg),*)))
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
