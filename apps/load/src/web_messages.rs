//! Instant messages from browsers, to browsers and to desktop clients, and from desktop clients to browsers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use hyper::Method;
use rapport_testkit::driver::Client;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::figure::Figure;
use crate::people;
use crate::target::Target;
use crate::web::{Browser, Events};
use crate::window::{Counted, Span, Tally, Times};

/// Messages of one browser a second: half of what one may ask for.
const PER_SECOND: u32 = 10;

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) span: Span,
    /// Pairs who talk, each with ten messages a second in one direction.
    #[arg(long, default_value_t = 100)]
    pub(crate) pairs: u32,
    /// Bytes of text in a message.
    #[arg(long, default_value_t = 400)]
    pub(crate) bytes: usize,
    /// Whether those who are written to have desktop clients.
    #[arg(long)]
    pub(crate) to_desktops: bool,
    /// Whether those who write have desktop clients; the others have browsers.
    #[arg(long, conflicts_with = "to_desktops")]
    pub(crate) from_desktops: bool,
}

pub(crate) async fn measure(target: &Target, options: &Options) -> Result<Figure> {
    let pairs = options.pairs.clamp(1, 1_000);
    if target.accounts < 2 * pairs {
        bail!("{pairs} pairs need {} accounts, and there are {}", 2 * pairs, target.accounts);
    }
    if options.from_desktops {
        return measure_from_desktops(target, options, pairs).await;
    }
    let mut company = JoinSet::new();
    if options.to_desktops {
        let ready = |_, client, _| async move { Ok(client) };
        for callee in people::sign_in_many(target, pairs, pairs, ready).await? {
            company.spawn(people::keep_company(callee));
        }
    }
    let tally = Arc::new(Tally::default());
    let mut workers = JoinSet::new();
    for number in 0..pairs {
        let mut caller = Browser::sign_in(target, number).await?;
        let (mut heard, _) = caller.listen().await?;
        if options.to_desktops {
            let conversation = begin(&mut caller, target, number + pairs).await?;
            sent(&mut heard, &client_id(&conversation, 0)).await?;
            workers.spawn(talk(caller, heard, conversation, number, options.clone(), tally.clone()));
            continue;
        }
        let mut callee = Browser::sign_in(target, number + pairs).await?;
        let (mut theirs, _) = callee.listen().await?;
        let conversation = begin(&mut caller, target, number + pairs).await?;
        open(&mut callee, &mut theirs).await?;
        sent(&mut heard, &client_id(&conversation, 0)).await?;
        company.spawn(theirs.keep_company());
        workers.spawn(talk(caller, heard, conversation, number, options.clone(), tally.clone()));
    }
    let counted = tally.measure(target.process, &options.span, &mut workers).await?;
    let latencies = Times::of(people::finish(workers).await?);
    if let Some(ended) = company.try_join_next() {
        return Err(anyhow!("one who was written to is gone: {ended:?}"));
    }
    company.abort_all();
    let (name, whom) = match options.to_desktops {
        true => ("message, browser to desktop", "a desktop client"),
        false => ("message, browser to browser", "another browser"),
    };
    let operation = format!(
        "a message of {} bytes from a browser over HTTPS to {whom}, and the event that says that it was delivered; \
         {pairs} pairs at {PER_SECOND} a second, history kept",
        options.bytes
    );
    Ok(figure(name, operation, &counted, ("delivered in p50 ms", &latencies)))
}

/// The same from desktop clients to browsers.
async fn measure_from_desktops(target: &Target, options: &Options, pairs: u32) -> Result<Figure> {
    let ready = |_, client, _| async move { Ok(client) };
    // People of their own, if there are enough: who had a browser a moment ago still has what speaks for it.
    let first = if target.accounts >= 4 * pairs { 2 * pairs } else { 0 };
    let callers = people::sign_in_many(target, first, pairs, ready).await?;
    let tally = Arc::new(Tally::default());
    let mut workers = JoinSet::new();
    for (number, mut caller) in (0..).zip(callers) {
        let with = first + pairs + number;
        let mut callee = Browser::sign_in(target, with).await?;
        let (mut heard, _) = callee.listen().await?;
        let (invite, conversation) = caller.invite(&target.account(with));
        let accepted = async { caller.success(invite).await.context("a browser does not accept") };
        let (_, ()) = tokio::try_join!(accepted, open(&mut callee, &mut heard))?;
        callee.rest();
        workers.spawn(write(caller, conversation, heard, number, options.clone(), tally.clone()));
    }
    let counted = tally.measure(target.process, &options.span, &mut workers).await?;
    let latencies = Times::of(people::finish(workers).await?);
    let operation = format!(
        "a signed MESSAGE of {} bytes from a desktop client, its signed 200 and the event by which a browser is told of \
         it over TLS; {pairs} pairs at {PER_SECOND} a second, history kept",
        options.bytes
    );
    Ok(figure("message, desktop to browser", operation, &counted, ("told in p50 ms", &latencies)))
}

fn figure(
    name: &'static str,
    operation: String,
    counted: &Counted,
    (half, times): (&'static str, &Times),
) -> Figure {
    Figure {
        name,
        operation,
        value: counted.cpu.as_secs_f64() * 1e6 / counted.operations as f64,
        unit: "µs of CPU",
        goal: None,
        more: vec![
            ("per second", counted.per_second()),
            ("cores busy", counted.cores()),
            (half, times.at(50)),
            ("p99 ms", times.at(99)),
        ],
    }
}

/// Opens the conversation that rings in a browser.
async fn open(callee: &mut Browser, heard: &mut Events) -> Result<()> {
    let rings = heard.until("conversation").await?;
    let id = rings["conversation"]["id"].as_str().context("a conversation without an id")?;
    callee.ask(Method::POST, &format!("/conversations/{id}/open"), None).await?;
    Ok(())
}

/// Begins a conversation with its first message, and returns its id.
async fn begin(caller: &mut Browser, target: &Target, with: u32) -> Result<String> {
    let begun = json!({ "person": target.account(with) });
    let begun = caller.ask(Method::POST, "/conversations", Some(&begun)).await?;
    let conversation = begun["id"].as_str().context("a conversation without an id")?.to_owned();
    let first = json!({ "clientId": client_id(&conversation, 0), "text": "first" });
    caller.ask(Method::POST, &format!("/conversations/{conversation}/messages"), Some(&first)).await?;
    Ok(conversation)
}

/// Names a message as no other between the two: one that is sent again under the name of another isn't sent.
fn client_id(conversation: &str, number: u64) -> String {
    format!("{conversation}-{number}")
}

/// Waits until a message was delivered.
async fn sent(heard: &mut Events, client_id: &str) -> Result<()> {
    loop {
        let event = heard.until("message").await?;
        if event["message"]["clientId"] != client_id {
            continue;
        }
        match event["message"]["delivery"].as_str() {
            Some("sent") => return Ok(()),
            Some("failed") => bail!("a message was not delivered: {}", event["message"]["reason"]),
            _ => {}
        }
    }
}

/// Sends one message after the other, and returns how long each took.
async fn talk(
    mut caller: Browser,
    mut heard: Events,
    conversation: String,
    number: u32,
    options: Options,
    tally: Arc<Tally>,
) -> Result<Vec<Duration>> {
    let mut ticks = ticks(number, options.pairs);
    let (path, text) =
        (format!("/conversations/{conversation}/messages"), "x".repeat(options.bytes.min(10_000)));
    let mut latencies = Vec::new();
    for number in 1u64.. {
        ticks.tick().await;
        if tally.is_over() {
            break;
        }
        let begun = Instant::now();
        let client_id = client_id(&conversation, number);
        caller.ask(Method::POST, &path, Some(&json!({ "clientId": client_id, "text": text }))).await?;
        sent(&mut heard, &client_id).await?;
        if tally.is_counting() {
            latencies.push(begun.elapsed());
        }
        tally.add(1);
    }
    Ok(latencies)
}

/// Sends one message after the other from a desktop client, and returns how long it took until a browser was told of each.
async fn write(
    mut caller: Client,
    conversation: Arc<str>,
    mut heard: Events,
    number: u32,
    options: Options,
    tally: Arc<Tally>,
) -> Result<Vec<Duration>> {
    let mut ticks = ticks(number, options.pairs);
    let mut latencies = Vec::new();
    for number in 1u64.. {
        ticks.tick().await;
        if tally.is_over() {
            break;
        }
        let begun = Instant::now();
        let text = format!("{number:0>width$}", width = options.bytes.clamp(10, 10_000));
        let request = caller.message(&conversation, &text).context("the conversation has ended")?;
        caller.success(request).await?;
        while heard.until("message").await?["message"]["text"] != text.as_str() {}
        if tally.is_counting() {
            latencies.push(begun.elapsed());
        }
        tally.add(1);
        caller.forget();
    }
    Ok(latencies)
}

/// When one of the pairs writes, so that not all do at once.
fn ticks(number: u32, pairs: u32) -> Interval {
    let pace = Duration::from_secs(1) / PER_SECOND;
    let phase = pace.mul_f64(f64::from(number) / f64::from(pairs.max(1)));
    let mut ticks = interval_at(Instant::now() + phase, pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
