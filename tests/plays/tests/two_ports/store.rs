//! A store that a tape strikes.

use std::sync::Arc;
use std::time::Duration;

use rapport_store::calls::*;

use crate::tape::{Blow, Tape};

/// How much later a call has its effect that was said to have failed.
const LATER: Duration = Duration::from_millis(200);

/// The store as one writer sees it.
pub(crate) struct StruckStore {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) tape: Arc<Tape>,
}

fn failed<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable { context: "struck".to_owned() })
}

impl StruckStore {
    /// Does a call of which the effect may be struck off; `again` does it on its own account.
    fn struck<'a, T: Send + 'static>(
        &'a self,
        what: &'static str,
        call: Answer<'a, T>,
        again: impl FnOnce() -> Answer<'static, T> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            match self.tape.enter(what) {
                None => call.await,
                Some(Blow::Fail) => failed(),
                Some(Blow::LoseAnswer) => {
                    let _ = call.await;
                    failed()
                }
                Some(Blow::FailThenDo) => {
                    let late = again();
                    later(async move {
                        let _ = late.await;
                    });
                    failed()
                }
                Some(Blow::Die) => std::future::pending().await,
                Some(Blow::DieAfter) => {
                    let _ = call.await;
                    std::future::pending().await
                }
                Some(Blow::Late) => {
                    self.tape.release.notified().await;
                    call.await
                }
            }
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "what comes late must outlive whoever gave up on it")]
fn later(what: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        tokio::time::sleep(LATER).await;
        what.await;
    });
}

/// Passes calls on as they are.
macro_rules! pass {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name<'a>(&'a self, $($arg: $type),*) -> Answer<'a, $answer> {
            self.inner.$name($($arg),*)
        })*
    };
}

impl Store for StruckStore {
    fn ready(&self) -> Answer<'_, ()> {
        self.inner.ready()
    }

    rapport_store::for_each_call!(pass);

    fn presence<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, StoredPresence> {
        let (inner, again) = (self.inner.clone(), scope.clone());
        self.struck("store.presence", self.inner.presence(scope, user), move || {
            Box::pin(async move { inner.presence(&again, user).await })
        })
    }

    fn presence_of_several<'a>(
        &'a self,
        scope: &'a Scope,
        users: &'a [UserId],
        categories: &'a [CategoryName],
    ) -> Answer<'a, Vec<(UserId, StoredPresence)>> {
        let call = self.inner.presence_of_several(scope, users, categories);
        let (inner, again) = (self.inner.clone(), scope.clone());
        let (users, categories) = (users.to_vec(), categories.to_vec());
        self.struck("store.presence_of_several", call, move || {
            Box::pin(async move { inner.presence_of_several(&again, &users, &categories).await })
        })
    }

    fn presence_revision<'a>(&'a self, scope: &'a Scope, user: UserId) -> Answer<'a, u64> {
        let (inner, again) = (self.inner.clone(), scope.clone());
        self.struck("store.presence_revision", self.inner.presence_revision(scope, user), move || {
            Box::pin(async move { inner.presence_revision(&again, user).await })
        })
    }

    fn commit_presence<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: u64,
        next: u64,
        changes: &'a [StaticChange],
    ) -> Answer<'a, ()> {
        let call = self.inner.commit_presence(scope, user, expected, next, changes);
        let (inner, again, changes) = (self.inner.clone(), scope.clone(), changes.to_vec());
        self.struck("store.commit_presence", call, move || {
            Box::pin(async move { inner.commit_presence(&again, user, expected, next, &changes).await })
        })
    }

    fn fence_presence<'a>(
        &'a self,
        scope: &'a Scope,
        user: UserId,
        expected: u64,
        pending: u64,
    ) -> Answer<'a, u64> {
        let (inner, again) = (self.inner.clone(), scope.clone());
        self.struck(
            "store.fence_presence",
            self.inner.fence_presence(scope, user, expected, pending),
            move || Box::pin(async move { inner.fence_presence(&again, user, expected, pending).await }),
        )
    }
}
