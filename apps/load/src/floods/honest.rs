//! Two people who go on talking, and how long each of their messages takes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rapport_sip::Method;
use rapport_testkit::client::Invitations;
use rapport_testkit::driver::Client;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::people;
use crate::process::Process;
use crate::target::Target;

/// How often one of them says something.
const PACE: Duration = Duration::from_millis(20);

pub(crate) struct Pair {
    caller: Client,
    conversation: Arc<str>,
    _callee: JoinSet<Result<()>>,
    times: Vec<Duration>,
    memory: u64,
}

/// How long messages took from being said to being answered.
pub(crate) struct Latencies {
    pub(crate) count: usize,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) max: Duration,
}

impl Pair {
    pub(crate) async fn sign_in(target: &Target) -> Result<Self> {
        let mut company = JoinSet::new();
        let mut callee = target.sign_in(1, 2).await?;
        let mut caller = target.sign_in(0, 1).await?;
        let (invite, conversation) = caller.invite(&target.account(1));
        let accepted = tokio::join!(caller.success(invite), callee.request(Method::Ack, |_| true));
        accepted.0.context("the other one does not accept")?;
        accepted.1.context("the conversation does not begin")?;
        // Whoever else calls is let ring: the callee talks already.
        callee.profile_mut().invitations = Invitations::Leave;
        company.spawn(people::keep_company(callee));
        Ok(Self { caller, conversation, _callee: company, times: Vec::new(), memory: 0 })
    }

    /// Talks for so long, and notes the most memory that the server has meanwhile.
    pub(crate) async fn talk(&mut self, span: Duration, process: Process) -> Result<()> {
        let begun = Instant::now();
        let mut ticks = interval(PACE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while begun.elapsed() < span {
            ticks.tick().await;
            let said = Instant::now();
            let request =
                self.caller.message(&self.conversation, "still there?").context("the call has ended")?;
            self.caller.success(request).await.context("an honest message is not answered")?;
            self.times.push(said.elapsed());
            if self.times.len().is_multiple_of(16) {
                self.memory = self.memory.max(process.resident()?);
            }
        }
        Ok(())
    }

    /// Hangs up; returns the latencies, and the most memory.
    pub(crate) fn hang_up(mut self) -> (Latencies, u64) {
        self.times.sort_unstable();
        let at = |share: usize| {
            self.times.get((self.times.len().saturating_sub(1)) * share / 100).copied().unwrap_or_default()
        };
        (Latencies { count: self.times.len(), p50: at(50), p99: at(99), max: at(100) }, self.memory)
    }
}
