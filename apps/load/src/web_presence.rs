//! Presence told to browsers: what one change costs for each browser that is told of it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use hyper::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::figure::Figure;
use crate::people;
use crate::target::Target;
use crate::web::{Browser, Events};
use crate::window::{Span, Tally, Times};

/// How long a round waits for the last browser.
const PATIENCE: Duration = Duration::from_secs(5);
/// People who change by turns, so that none asks for more than a session may.
const PUBLISHERS: u32 = 8;

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) span: Span,
    /// Browsers that are told.
    #[arg(long, default_value_t = 200)]
    pub(crate) watchers: u32,
}

pub(crate) async fn measure(target: &Target, options: &Options) -> Result<Figure> {
    let watchers = options.watchers.clamp(1, 250);
    if target.accounts < watchers + PUBLISHERS {
        bail!("{} accounts are too few for {watchers} watchers", target.accounts);
    }
    let mut publishers = Vec::new();
    for number in 0..PUBLISHERS {
        let mut publisher = Browser::sign_in(target, number).await?;
        let (events, _) = publisher.listen().await?;
        publishers.push((publisher, events));
    }
    let (told, arrivals) = mpsc::channel(1024);
    let mut company = JoinSet::new();
    for number in PUBLISHERS..PUBLISHERS + watchers {
        let mut watcher = Browser::sign_in(target, number).await?;
        for publisher in 0..PUBLISHERS {
            let path = format!("/contacts/{}", target.account(publisher));
            watcher.ask(Method::PUT, &path, Some(&json!({}))).await?;
        }
        let (events, _) = watcher.listen().await?;
        watcher.rest();
        company.spawn(hear(events, told.clone()));
    }
    let tally = Arc::new(Tally::default());
    let mut rounds = JoinSet::new();
    rounds.spawn(publish_rounds(publishers, watchers, arrivals, tally.clone()));
    let counted = tally.measure(target.process, &options.span, &mut rounds).await?;
    let took = Times::of(people::finish(rounds).await?);
    if let Some(ended) = company.try_join_next() {
        return Err(anyhow!("a browser is gone: {ended:?}"));
    }
    company.abort_all();
    Ok(Figure {
        name: "presence told to browsers",
        operation: format!(
            "one browser told over TLS that somebody is busy, or available, of {watchers} who are; what the change itself \
             costs, which a browser asks for, is in the price"
        ),
        value: counted.cpu.as_secs_f64() * 1e6 / counted.operations as f64,
        unit: "µs of CPU",
        goal: None,
        more: vec![
            ("per second", counted.per_second()),
            ("cores busy", counted.cores()),
            ("all are told in p50 ms", took.at(50)),
            ("p99 ms", took.at(99)),
        ],
    })
}

/// Says of whom a browser is told, and what.
async fn hear(mut events: Events, told: mpsc::Sender<String>) -> Result<()> {
    loop {
        let event = events.next().await?;
        if event["type"] != "presence" {
            continue;
        }
        for presence in event["presence"].as_array().into_iter().flatten() {
            told.send(seen(presence)).await.context("nobody counts")?;
        }
    }
}

fn seen(presence: &Value) -> String {
    format!("{} {}", presence["person"], presence["availability"])
}

/// Lets one after the other change, each when all have been told of the one before; returns how long that took.
async fn publish_rounds(
    mut publishers: Vec<(Browser, Events)>,
    watchers: u32,
    mut arrivals: mpsc::Receiver<String>,
    tally: Arc<Tally>,
) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    let mut chosen = "busy";
    while !tally.is_over() {
        for (publisher, events) in &mut publishers {
            let begun = Instant::now();
            let me = publisher.ask(Method::PUT, "/me/status", Some(&json!({ "chosen": chosen }))).await?;
            let wanted = format!("{} {}", me["id"], me["availability"]);
            let mut missing = watchers;
            let all = async {
                while missing > 0 {
                    if arrivals.recv().await.context("nobody is told any more")? == wanted {
                        missing -= 1;
                        tally.add(1);
                    }
                }
                anyhow::Ok(())
            };
            timeout(PATIENCE, all).await.map_err(|_| anyhow!("not everybody was told {wanted}"))??;
            if tally.is_counting() {
                took.push(begun.elapsed());
            }
            // Its own events are of no interest, but must be read.
            events.until("me").await?;
            // No session is asked for more than it may be.
            tokio::time::sleep((Duration::from_millis(70) / PUBLISHERS).saturating_sub(begun.elapsed()))
                .await;
        }
        chosen = if chosen == "busy" { "available" } else { "busy" };
    }
    Ok(took)
}
