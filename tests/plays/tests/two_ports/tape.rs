//! The tape of one writer's calls on both ports, and what strikes at one of them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What strikes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blow {
    /// It fails and has no effect.
    Fail,
    /// It has its effect, and the answer is lost.
    LoseAnswer,
    /// It fails, and has its effect a little later all the same.
    FailThenDo,
    /// It is never answered and has no effect: the writer died before it.
    Die,
    /// It has its effect and is never answered: the writer died after it.
    DieAfter,
    /// It waits until it is released, and has its effect then.
    Late,
}

impl Blow {
    pub(crate) const ALL: [Self; 5] =
        [Self::Fail, Self::LoseAnswer, Self::FailThenDo, Self::Die, Self::DieAfter];

    /// Whether the writer is dead from then on.
    pub(crate) const fn kills(self) -> bool {
        matches!(self, Self::Die | Self::DieAfter)
    }
}

/// Counts calls, and strikes the one that it is told to.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    state: Mutex<State>,
    /// A writer that dies says so.
    pub(crate) struck: Notify,
    /// Lets a late call go on.
    pub(crate) release: Notify,
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<&'static str>,
    blow: Option<(usize, Blow)>,
    name: Option<(&'static str, Blow)>,
    /// From the blow on the store answers nothing for so many calls.
    outage: usize,
}

impl Tape {
    /// Begins to count, and strikes call number `at`; afterwards the store fails for `outage` calls.
    pub(crate) fn arm(&self, at: usize, blow: Blow, outage: usize) {
        *self.state() = State { calls: Vec::new(), blow: Some((at, blow)), name: None, outage };
    }

    /// Begins to count, and strikes the first call of that name.
    pub(crate) fn arm_at(&self, what: &'static str, blow: Blow) {
        *self.state() = State { name: Some((what, blow)), ..State::default() };
    }

    /// Begins to count.
    pub(crate) fn rewind(&self) {
        *self.state() = State::default();
    }

    /// The calls since it began to count.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.state().calls.clone()
    }

    /// Notes a call and tells what strikes it.
    pub(crate) fn enter(&self, what: &'static str) -> Option<Blow> {
        let mut state = self.state();
        let number = state.calls.len();
        state.calls.push(what);
        if let Some((_, blow)) = state.name.take_if(|(name, _)| *name == what) {
            self.struck.notify_one();
            return Some(blow);
        }
        match state.blow {
            Some((at, blow)) if at == number => {
                self.struck.notify_one();
                Some(blow)
            }
            Some((at, _)) if number > at && state.outage > 0 && what.starts_with("store") => {
                state.outage -= 1;
                Some(Blow::Fail)
            }
            Some(_) | None => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
