//! Whether this node takes new sign-ins: not while its memory is above the ceiling, so that those who are signed in stay
//! so, instead of all of them losing the server to the kernel.
//!
//! Nobody is told who exists: the answer comes before any proof. How much memory there is, is the caller's to read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::{Error, Result};

/// A refused client tries again after this at the earliest.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// And as much later at the most: all who were refused don't come back at once.
const SPREAD_SECS: u64 = 60;

/// The bound on the memory with which a node still takes sign-ins.
#[derive(Debug, Default)]
pub struct Admission {
    /// In bytes; 0 is none.
    ceiling: AtomicU64,
    full: AtomicBool,
}

impl Admission {
    /// Sets the ceiling in bytes, or takes it away.
    pub fn limit(&self, ceiling: Option<u64>) {
        self.ceiling.store(ceiling.unwrap_or(0), Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a floating-point number")]
        metrics::gauge!("rapport_memory_ceiling_bytes").set(ceiling.unwrap_or(0) as f64);
    }

    /// Returns the ceiling in bytes, 0 for none.
    pub fn ceiling(&self) -> u64 {
        self.ceiling.load(Ordering::Relaxed)
    }

    /// Takes how many bytes the process has. Returns whether that has made the node full (`true`) or has let it be
    /// (`false`): it is full from the ceiling on, and until a sixteenth below it, so that it doesn't change its mind with
    /// every message.
    pub fn observe(&self, used: u64) -> Option<bool> {
        let ceiling = self.ceiling();
        let was = self.full.load(Ordering::Relaxed);
        let bound = if was { ceiling - ceiling / 16 } else { ceiling };
        let full = ceiling != 0 && used >= bound;
        self.full.store(full, Ordering::Relaxed);
        (full != was).then_some(full)
    }

    /// Lets a new sign-in begin. `random` spreads when those who are refused come back.
    ///
    /// # Errors
    /// `Overloaded` while the node is full.
    pub fn admit(&self, random: impl FnOnce() -> u64) -> Result<()> {
        if !self.full.load(Ordering::Relaxed) {
            return Ok(());
        }
        metrics::counter!("rapport_sign_ins_refused_total", "reason" => "memory").increment(1);
        let retry_after = RETRY_AFTER + Duration::from_secs(random() % SPREAD_SECS);
        Err(Error::Overloaded { retry_after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(admission: &Admission) -> bool {
        admission.admit(|| 0).is_ok()
    }

    #[test]
    fn a_node_is_full_from_its_ceiling_on_and_until_a_sixteenth_below_it() {
        let admission = Admission::default();
        admission.limit(Some(1600));
        for (used, change, admitted) in [
            (1599, None, true),
            (1600, Some(true), false),
            (1599, None, false),
            (1500, None, false),
            (1499, Some(false), true),
            (1599, None, true),
        ] {
            assert_eq!(admission.observe(used), change, "{used}");
            assert_eq!(admits(&admission), admitted, "{used}");
        }
    }

    #[test]
    fn a_node_without_a_ceiling_is_never_full() {
        let admission = Admission::default();
        assert_eq!(admission.observe(u64::MAX), None);
        assert!(admits(&admission));
    }

    #[test]
    fn those_who_are_refused_come_back_one_after_the_other() {
        let admission = Admission::default();
        admission.limit(Some(1));
        admission.observe(2);
        for (random, secs) in [(0, 30), (59, 89), (60, 30), (u64::MAX, 45)] {
            let refused = Err(Error::Overloaded { retry_after: Duration::from_secs(secs) });
            assert_eq!(admission.admit(|| random), refused);
        }
    }
}
