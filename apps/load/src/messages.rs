//! Instant messages between pairs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use rapport_testkit::driver::Client;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::figure::{Figure, Goal};
use crate::people;
use crate::target::Target;
use crate::window::{Span, Tally, Times};

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) span: Span,
    /// Pairs who talk.
    #[arg(long, default_value_t = 500)]
    pub(crate) pairs: u32,
    /// Bytes of text in a message.
    #[arg(long, default_value_t = 400)]
    pub(crate) bytes: usize,
    /// Messages per second of all pairs together; without it each pair always has one under way.
    #[arg(long)]
    pub(crate) rate: Option<f64>,
    /// Whether the company keeps what they say, which is for its policy to say: only the figure's name knows it.
    #[arg(skip)]
    pub(crate) kept: bool,
}

pub(crate) async fn measure(target: &Target, options: &Options) -> Result<Figure> {
    let pairs = options.pairs.clamp(1, 4_000);
    if target.accounts < 2 * pairs {
        bail!("{pairs} pairs need {} accounts, and there are {}", 2 * pairs, target.accounts);
    }
    let ready = |_, client, _| async move { Ok(client) };
    let callees = people::sign_in_many(target, pairs, pairs, ready).await?;
    let mut company = JoinSet::new();
    for callee in callees {
        company.spawn(people::keep_company(callee));
    }
    let callers = people::sign_in_many(target, 0, pairs, ready).await?;

    let tally = Arc::new(Tally::default());
    let mut workers = JoinSet::new();
    for (number, mut caller) in (0..).zip(callers) {
        let callee = target.account(number + pairs);
        let (invite, conversation) = caller.invite(&callee);
        caller.success(invite).await.with_context(|| format!("{callee} does not accept"))?;
        let pace = options.rate.map(|rate| Duration::from_secs_f64(f64::from(pairs) / rate.max(1.0)));
        let phase = pace.map(|pace| pace.mul_f64(f64::from(number) / f64::from(pairs)));
        let (tally, text) = (tally.clone(), "x".repeat(options.bytes.min(100_000)));
        workers.spawn(async move { talk(caller, &conversation, &text, pace.zip(phase), &tally).await });
    }
    let counted = tally.measure(target.process, &options.span, &mut workers).await?;
    let latencies = Times::of(people::finish(workers).await?);
    company.abort_all();
    let rate = options.rate.map(|rate| format!(", at {rate} per second")).unwrap_or_default();
    let kept = if options.kept { ", and kept in the history of both" } else { "" };
    Ok(Figure {
        name: match options.rate {
            None => "messages",
            Some(_) if options.kept => "messages at a fixed rate, kept in history",
            Some(_) => "messages at a fixed rate",
        },
        operation: format!(
            "a signed MESSAGE of {} bytes of text between two signed-in TLS clients and its signed 200 back; {pairs} \
             pairs, one under way each, dialogs set up before{rate}{kept}",
            options.bytes
        ),
        value: counted.per_cpu_second(),
        unit: "per CPU-second",
        goal: options.rate.is_none().then_some(Goal::AtLeast(25_000.0)),
        more: vec![
            ("per second", counted.per_second()),
            ("cores busy", counted.cores()),
            ("p50 ms", latencies.at(50)),
            ("p99 ms", latencies.at(99)),
        ],
    })
}

/// Sends one message after the other, and returns how long each took.
async fn talk(
    mut caller: Client,
    conversation: &str,
    text: &str,
    pace: Option<(Duration, Duration)>,
    tally: &Tally,
) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    let mut pace = pace.map(|(pace, phase)| {
        let mut ticks = interval_at(Instant::now() + phase, pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    });
    while !tally.is_over() {
        if let Some(ticks) = &mut pace {
            ticks.tick().await;
        }
        let sent = Instant::now();
        let request = caller.message(conversation, text).context("the conversation has ended")?;
        caller.success(request).await?;
        if tally.is_counting() {
            latencies.push(sent.elapsed());
        }
        tally.add(1);
    }
    Ok(latencies)
}
