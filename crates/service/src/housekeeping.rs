//! What is over is done away with: former addresses whose grace period has passed, and people and companies that were
//! deleted so long ago that nobody restores them any more.
//!
//! These are dates that administrators read, so the wall clock decides. It may jump, and nothing that is gone for good
//! comes back: while it doesn't keep pace with monotonic time, nothing is done.

use std::time::{Duration, Instant};

use rapport_fabric::Fabric;
use rapport_model::{OperatorScope, Timestamp, TraceId};

use crate::people::People;
use crate::ports::Ports;
use crate::tenants::Tenants;
use crate::{Result, Wire};

/// How often it is looked.
const ROUND: Duration = Duration::from_secs(10 * 60);
/// By how much the wall clock may go wrong from one round to the next.
const LEAP: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Keeps house for ever.
pub(crate) async fn run<F: Fabric<Message = Wire>>(
    ports: &Ports<F>,
    people: &People<F>,
    tenants: &Tenants<F>,
) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut before: Option<(Timestamp, Instant)> = None;
    loop {
        rounds.tick().await;
        let now = (ports.clock.wall(), ports.clock.monotonic());
        let Some(earlier) = before.replace(now) else { continue };
        if !keeps_pace(earlier, now) {
            tracing::warn!("the clock has jumped; what is over is done away with once it goes on evenly");
            continue;
        }
        if let Err(error) = round(ports, people, tenants, now.0).await {
            tracing::warn!(%error, "what is over is done away with later");
        }
    }
}

fn keeps_pace((wall, monotonic): (Timestamp, Instant), now: (Timestamp, Instant)) -> bool {
    let passed = now.1.saturating_duration_since(monotonic);
    wall <= now.0.plus(LEAP) && now.0.since(wall) <= passed + LEAP
}

async fn round<F: Fabric<Message = Wire>>(
    ports: &Ports<F>,
    people: &People<F>,
    tenants: &Tenants<F>,
    now: Timestamp,
) -> Result<()> {
    let of = OperatorScope { operator: "server".into(), reason: "the time is over", trace: TraceId(0) };
    for deleted in ports.store.deleted_tenants(&of).await? {
        if deleted.at.plus(DAY * deleted.what.policy.keep_deleted_days) <= now {
            tenants.remove(&of.within(deleted.what.id)).await?;
        }
    }
    for tenant in ports.store.tenants(&of).await? {
        let scope = of.within(tenant.id);
        people.end_former_addresses(&scope).await?;
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

    #[test]
    fn nothing_is_done_on_the_word_of_a_clock_that_jumped() {
        #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
        let start = Instant::now();
        let check = |wall_passed: i64, passed: u64, wanted: bool| {
            let wall = Timestamp(1_700_000_000_000);
            let later = (Timestamp(wall.0 + wall_passed * 1000), start + Duration::from_secs(passed));
            assert_eq!(keeps_pace((wall, start), later), wanted, "{wall_passed} s in {passed} s");
        };
        check(600, 600, true);
        check(600 + 3000, 600, true);
        check(600 - 3000, 600, true);
        check(600 + 3601, 600, false);
        check(-4000, 600, false);
        check(12 * 365 * 86_400, 600, false);
    }
}
