//! Presence told to browsers: what one change costs for each browser that is told of it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use hyper::Method;
use rapport_testkit::client::bodies::Batch;
use rapport_testkit::driver::Client;
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
    /// Whether those who change have desktop clients.
    #[arg(long)]
    pub(crate) from_desktops: bool,
}

/// Somebody who changes.
enum Publisher {
    Browser(Box<Browser>, Box<Events>),
    Desktop(Box<Client>),
}

pub(crate) async fn measure(target: &Target, options: &Options) -> Result<Figure> {
    let watchers = options.watchers.clamp(1, 250);
    if target.accounts < watchers + PUBLISHERS {
        bail!("{} accounts are too few for {watchers} watchers", target.accounts);
    }
    // People of their own, if there are enough: who had a browser a moment ago still has what speaks for it.
    let all = watchers + PUBLISHERS;
    let first = if options.from_desktops && target.accounts >= 2 * all { all } else { 0 };
    let mut publishers = Vec::new();
    if options.from_desktops {
        let ready = |_, client, _| async move { Ok(client) };
        let clients = people::sign_in_many(target, first, PUBLISHERS, ready).await?;
        publishers.extend(clients.into_iter().map(|client| Publisher::Desktop(Box::new(client))));
    } else {
        for number in 0..PUBLISHERS {
            let mut publisher = Browser::sign_in(target, number).await?;
            let (events, _) = publisher.listen().await?;
            publishers.push(Publisher::Browser(Box::new(publisher), Box::new(events)));
        }
    }
    let mut ids = vec![String::new(); publishers.len()];
    let (told, arrivals) = mpsc::channel(1024);
    let mut company = JoinSet::new();
    for number in first + PUBLISHERS..first + all {
        let mut watcher = Browser::sign_in(target, number).await?;
        for (publisher, id) in (first..).zip(&mut ids) {
            let path = format!("/contacts/{}", target.account(publisher));
            let contact = watcher.ask(Method::PUT, &path, Some(&json!({}))).await?;
            contact["person"]["id"].as_str().context("a contact without an id")?.clone_into(id);
        }
        let (events, _) = watcher.listen().await?;
        watcher.rest();
        company.spawn(hear(events, told.clone()));
    }
    let tally = Arc::new(Tally::default());
    let mut rounds = JoinSet::new();
    rounds.spawn(publish_rounds(
        ids.into_iter().zip(publishers).collect(),
        watchers,
        arrivals,
        tally.clone(),
    ));
    let counted = tally.measure(target.process, &options.span, &mut rounds).await?;
    let took = Times::of(people::finish(rounds).await?);
    if let Some(ended) = company.try_join_next() {
        return Err(anyhow!("a browser is gone: {ended:?}"));
    }
    company.abort_all();
    let (name, who) = match options.from_desktops {
        true => ("presence of desktops told to browsers", "a desktop client publishes"),
        false => ("presence told to browsers", "a browser asks for"),
    };
    Ok(Figure {
        name,
        operation: format!(
            "one browser told over TLS that somebody is busy or away, or available, of {watchers} who are; what the change itself \
             costs, which {who}, is in the price"
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

impl Publisher {
    /// Changes, and returns what is seen of it from now on; the round counts the changes.
    async fn change(&mut self, round: u32) -> Result<&'static str> {
        let is_available = !round.is_multiple_of(2);
        match self {
            Self::Browser(browser, _) => {
                let chosen = if is_available { "available" } else { "busy" };
                browser.ask(Method::PUT, "/me/status", Some(&json!({ "chosen": chosen }))).await?;
                Ok(chosen)
            }
            Self::Desktop(client) => {
                let (availability, seen) = if is_available { (3_500, "available") } else { (15_500, "away") };
                let profile = client.profile();
                let batch = Batch::new(&profile.uri()).with_machine_state(&profile.epid, availability, round);
                let request = client.publish(batch.finish());
                client.success(request).await.context("a publication")?;
                client.forget();
                Ok(seen)
            }
        }
    }

    /// Takes in what it is told itself: of no interest, but it must be read.
    async fn read(&mut self) -> Result<()> {
        if let Self::Browser(_, events) = self {
            events.until("me").await?;
        }
        Ok(())
    }
}

/// Lets one after the other change, each when all have been told of the one before; returns how long that took.
async fn publish_rounds(
    mut publishers: Vec<(String, Publisher)>,
    watchers: u32,
    mut arrivals: mpsc::Receiver<String>,
    tally: Arc<Tally>,
) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    for round in 0.. {
        if tally.is_over() {
            break;
        }
        for (id, publisher) in &mut publishers {
            let begun = Instant::now();
            let seen = publisher.change(round).await?;
            let wanted = format!("{} {}", json!(id), json!(seen));
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
            publisher.read().await?;
            // No session is asked for more than it may be.
            tokio::time::sleep((Duration::from_millis(70) / PUBLISHERS).saturating_sub(begun.elapsed()))
                .await;
        }
    }
    Ok(took)
}
