//! Counting during a stretch of time, and the server's CPU time in it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::process::Process;

/// How long is measured.
#[derive(Debug, Clone, Args)]
pub(crate) struct Span {
    /// Seconds that pass before counting begins.
    #[arg(long, default_value_t = 3)]
    pub(crate) warm_up: u64,
    /// Seconds of counting.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
}

/// What workers count into, and how they learn that it is over.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    count: AtomicU64,
    is_counting: AtomicBool,
    is_over: AtomicBool,
}

/// How long something took each time, from the shortest to the longest.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// Takes in what each worker measured.
    pub(crate) fn of(measured: Vec<Vec<Duration>>) -> Self {
        let mut times: Vec<Duration> = measured.into_iter().flatten().collect();
        times.sort_unstable();
        Self(times)
    }

    /// Returns within how many milliseconds so many of a hundred were over.
    pub(crate) fn at(&self, share: usize) -> f64 {
        let place = self.0.len().saturating_sub(1) * share / 100;
        self.0.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3
    }
}

/// What was counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    pub(crate) operations: u64,
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
}

impl Tally {
    pub(crate) fn add(&self, operations: u64) {
        self.count.fetch_add(operations, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether what happens now belongs to the stretch that is measured.
    pub(crate) fn is_counting(&self) -> bool {
        self.is_counting.load(Ordering::Relaxed)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Lets the workers warm up, counts, and tells them that it is over. A worker that fails ends it at once.
    pub(crate) async fn measure<T: 'static>(
        &self,
        process: Process,
        span: &Span,
        workers: &mut JoinSet<Result<T>>,
    ) -> Result<Counted> {
        pass(Duration::from_secs(span.warm_up), workers).await?;
        let (before, cpu, begun) = (self.count(), process.cpu()?, Instant::now());
        self.is_counting.store(true, Ordering::Relaxed);
        let passed = pass(Duration::from_secs(span.seconds.max(1)), workers).await;
        self.is_counting.store(false, Ordering::Relaxed);
        let counted = Counted {
            operations: self.count() - before,
            cpu: process.cpu()?.saturating_sub(cpu),
            wall: begun.elapsed(),
        };
        self.is_over.store(true, Ordering::Relaxed);
        passed?;
        if counted.operations == 0 {
            bail!("nothing happened within {} seconds", span.seconds);
        }
        Ok(counted)
    }
}

impl Counted {
    pub(crate) fn per_cpu_second(&self) -> f64 {
        self.operations as f64 / self.cpu.as_secs_f64().max(0.01)
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.operations as f64 / self.wall.as_secs_f64().max(0.001)
    }

    /// How many cores the server kept busy.
    pub(crate) fn cores(&self) -> f64 {
        self.cpu.as_secs_f64() / self.wall.as_secs_f64().max(0.001)
    }
}

async fn pass<T: 'static>(time: Duration, workers: &mut JoinSet<Result<T>>) -> Result<()> {
    tokio::select! {
        () = sleep(time) => Ok(()),
        Some(ended) = workers.join_next() => match ended {
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) => Err(anyhow!("a worker stopped too early")),
            Err(error) => Err(anyhow!("a worker broke down: {error}")),
        },
    }
}
