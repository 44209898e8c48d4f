//! What is over is done away with: former addresses whose grace period has passed, messages that are older than the
//! company keeps them, and people and companies that were deleted so long ago that nobody restores them any more.
//!
//! Nothing that is gone for good comes back, and the wall clock may be wrong. So its time must be over by the wall clock
//! and by the one that nobody sets ([`Moment::earlier`](rapport_model::Moment::earlier)), and nothing is done until the
//! two have gone on evenly for some hours: a machine that starts with a wrong date has time to be set right.

use std::time::{Duration, Instant};

use rapport_fabric::Fabric;
use rapport_model::{Moment, OperatorScope, Timestamp};

use crate::history::History;
use crate::people::People;
use crate::ports::Ports;
use crate::tenants::Tenants;
use crate::{Result, Wire};

/// How often it is looked.
const ROUND: Duration = Duration::from_secs(10 * 60);
/// By how much the wall clock may go wrong from one round to the next.
const LEAP: Duration = Duration::from_secs(60 * 60);
/// How long the clock must have gone on evenly.
const EVEN: Duration = Duration::from_secs(6 * 60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Keeps house for ever.
pub(crate) async fn run<F: Fabric<Message = Wire>>(
    ports: &Ports<F>,
    people: &People<F>,
    tenants: &Tenants<F>,
    history: &History<F>,
) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut pace = Pace::from(ports.clock.moment(), ports.clock.monotonic());
    loop {
        rounds.tick().await;
        let Some(now) = pace.over(ports.clock.moment(), ports.clock.monotonic()) else { continue };
        if let Err(error) = round(ports, people, tenants, history, now).await {
            tracing::warn!(%error, "what is over is done away with later");
        }
    }
}

/// How evenly the wall clock goes.
struct Pace {
    before: (Timestamp, Instant),
    /// Since when it has.
    even: Instant,
}

impl Pace {
    fn from(now: Moment, monotonic: Instant) -> Self {
        Self { before: (now.wall, monotonic), even: monotonic }
    }

    /// Returns the date by which it is judged what is over; none while the clock can't be trusted.
    fn over(&mut self, now: Moment, monotonic: Instant) -> Option<Timestamp> {
        let (wall, then) = std::mem::replace(&mut self.before, (now.wall, monotonic));
        let passed = monotonic.saturating_duration_since(then);
        if now.wall.plus(LEAP) < wall || now.wall.since(wall) > passed + LEAP {
            tracing::warn!(
                "the clock has jumped; what is over is done away with once it has gone on evenly for hours"
            );
            self.even = monotonic;
        }
        (monotonic.saturating_duration_since(self.even) >= EVEN).then(|| now.earlier())
    }
}

async fn round<F: Fabric<Message = Wire>>(
    ports: &Ports<F>,
    people: &People<F>,
    tenants: &Tenants<F>,
    history: &History<F>,
    now: Timestamp,
) -> Result<()> {
    let of = OperatorScope::service("the time is over");
    for deleted in ports.store.deleted_tenants(&of).await? {
        if deleted.at.plus(DAY * deleted.what.policy.keep_deleted_days) <= now {
            tenants.remove(&of.within(deleted.what.id)).await?;
        }
    }
    for tenant in ports.store.tenants(&of).await? {
        let scope = of.within(tenant.id);
        people.end_former_addresses(&scope).await?;
        history.forget(&scope, tenant.policy.history_days, now).await?;
        for deleted in ports.store.deleted_people(&scope).await? {
            if deleted.at.plus(DAY * tenant.policy.keep_deleted_days) <= now {
                people.remove(&scope, deleted.what.id).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_700_000_000_000);

    /// Plays rounds, each with how far the wall clock was set before it, in seconds; gives the dates judged by, as days
    /// since the start, of the rounds in which anything was.
    fn rounds(set: impl IntoIterator<Item = i64>) -> Vec<i64> {
        #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
        let start = Instant::now();
        let mut pace = Pace::from(START.into(), start);
        let mut off = 0;
        let dates = set.into_iter().zip(1u32..).filter_map(|(set, round)| {
            off += set * 1000;
            let steady = START.plus(ROUND * round);
            let now = Moment { wall: Timestamp(steady.0 + off), steady };
            pace.over(now, start + ROUND * round)
        });
        dates.map(|date| (date.0 - START.0) / 86_400_000).collect()
    }

    #[test]
    fn a_clock_that_goes_evenly_is_trusted_after_hours() {
        assert_eq!(rounds([0; 35]), [0; 0]);
        assert_eq!(rounds([0; 40]).len(), 5);
        // A summer's hour and small corrections are no jump.
        assert_eq!(rounds((0..40).map(|round| if round == 20 { 3000 } else { -5 })).len(), 5);
    }

    #[test]
    fn a_clock_that_was_set_to_2038_ends_nothing_however_long_it_stays_there() {
        const TO_2038: i64 = 13 * 365 * 86_400;
        let days = rounds((0..1000).map(|round| if round == 500 { TO_2038 } else { 0 }));
        assert_eq!(days.len(), 1000 - 35 - 36, "none for hours after the step");
        assert!(days.iter().all(|day| *day < 8), "by the clock that nobody set: {days:?}");
        let days = rounds((0..1000).map(|round| if round == 500 { -TO_2038 } else { 0 }));
        assert_eq!(days.len(), 1000 - 35 - 36, "nor after a step back");
        assert!(days.iter().all(|day| *day < 8), "{days:?}");
    }
}
