//! Whether changes can be kept: seen from how commits end, and told to the operator once in a while, not with every
//! change. A full disk must not be filled further by lines that say so.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rapport_store::StoreError;

/// How often a trouble that lasts is told again.
const REMIND: Duration = Duration::from_secs(60);

/// What the writer knows of the disk; shared with whoever asks.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    trouble: Option<StoreError>,
    /// When it was told last; kept when it ends, so that a disk that is full again and again is told as seldom.
    told: Option<Instant>,
    /// Changes that were refused and not told of.
    untold: u64,
}

impl Health {
    /// Why changes are refused, while they are.
    pub(crate) fn trouble(&self) -> Option<StoreError> {
        self.state().trouble.clone()
    }

    /// Takes in how the commit of so many changes ended.
    pub(crate) fn note(&self, outcome: Result<(), &StoreError>, changes: usize, now: Instant) {
        let mut state = self.state();
        match outcome {
            Ok(()) if state.trouble.take().is_some() => {
                metrics::gauge!("rapport_store_refuses_changes").set(0.0);
                tracing::info!("the database can be written again");
            }
            Err(error @ (StoreError::Full | StoreError::Unwritable { .. })) => {
                let reason = if *error == StoreError::Full { "full" } else { "unwritable" };
                metrics::gauge!("rapport_store_refuses_changes").set(1.0);
                metrics::counter!("rapport_store_changes_refused_total", "reason" => reason)
                    .increment(changes as u64);
                state.trouble = Some(error.clone());
                state.untold = state.untold.saturating_add(changes as u64);
                if state.told.is_none_or(|told| now.saturating_duration_since(told) >= REMIND) {
                    let refused = std::mem::take(&mut state.untold);
                    state.told = Some(now);
                    tracing::error!(
                        %error,
                        refused,
                        "changes are refused; make room on the disk of the data directory, or mend it: the server goes \
                         on by itself"
                    );
                }
            }
            Ok(()) | Err(_) => {}
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the clock, for how seldom something is told.
#[expect(clippy::disallowed_methods, reason = "the writer is a thread of its own that nobody gives a time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_lasts_until_something_is_kept_again_and_is_told_once_a_minute() {
        let health = Health::default();
        let start = now();
        health.note(Ok(()), 1, start);
        assert_eq!(health.trouble(), None);
        for second in 0..59 {
            health.note(Err(&StoreError::Full), 3, start + Duration::from_secs(second));
        }
        assert_eq!(health.trouble(), Some(StoreError::Full));
        assert_eq!(health.state().untold, 58 * 3, "told at the first, and not again within the minute");
        // A refusal that says nothing of the disk ends no trouble.
        health.note(Err(&StoreError::NotFound), 1, start + REMIND);
        assert_eq!(health.trouble(), Some(StoreError::Full));
        health.note(Err(&StoreError::Full), 1, start + REMIND);
        assert_eq!(health.state().untold, 0);
        health.note(Ok(()), 1, start + REMIND);
        assert_eq!(health.trouble(), None);
        health.note(Err(&StoreError::Full), 1, start + REMIND + Duration::from_secs(1));
        assert_eq!(health.state().untold, 1, "a trouble that comes and goes is not told each time");
    }
}
