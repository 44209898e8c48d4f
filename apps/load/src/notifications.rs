//! Presence notifications to watchers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use rapport_sip::Method;
use rapport_testkit::client::bodies::Batch;
use rapport_testkit::driver::Client;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::figure::{Figure, Goal};
use crate::people;
use crate::target::Target;
use crate::window::{Span, Tally};

/// How long a round waits for the last of its notifications.
const PATIENCE: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) span: Span,
    /// People who watch; each watches every publisher.
    #[arg(long, default_value_t = 200)]
    pub(crate) watchers: u32,
    /// People who publish.
    #[arg(long, default_value_t = 50)]
    pub(crate) publishers: u32,
    /// How many of them publish at once.
    #[arg(long, default_value_t = 8)]
    pub(crate) at_once: u32,
}

/// What has arrived at the watchers.
#[derive(Default)]
struct Arrivals {
    tally: Tally,
    round_is_over: Notify,
}

pub(crate) async fn measure(target: &Target, options: &Options) -> Result<Figure> {
    let (watchers, publishers) = (options.watchers.clamp(1, 250), options.publishers.clamp(1, 250));
    let at_once = options.at_once.clamp(1, publishers);
    if target.accounts < watchers + publishers {
        bail!("{} accounts are too few for {watchers} watchers and {publishers} publishers", target.accounts);
    }
    let ready = |_, client, _| async move { Ok(client) };
    let publishing = people::sign_in_many(target, 0, publishers, ready).await?;
    let watch = move |target: Target, mut client: Client, _| async move {
        let people: Vec<_> = (0..publishers).map(|number| target.account(number)).collect();
        let request = client.subscribe_presence(people.iter().map(String::as_str)).0;
        client.success(request).await?;
        Ok(client)
    };
    let watching = people::sign_in_many(target, publishers, watchers, watch).await?;

    let arrivals = Arc::new(Arrivals::default());
    let mut company = JoinSet::new();
    for watcher in watching {
        company.spawn(count(watcher, arrivals.clone()));
    }
    let mut rounds = JoinSet::new();
    let per_round = u64::from(watchers);
    rounds.spawn(publish_rounds(publishing, at_once as usize, per_round, arrivals.clone()));
    let counted = arrivals.tally.measure(target.process, &options.span, &mut rounds).await?;
    let late: u64 = people::finish(rounds).await?.into_iter().sum();
    if let Some(ended) = company.try_join_next() {
        ended.context("a watcher broke down")?.context("a watcher lost its connection")?;
    }
    company.abort_all();
    let late = late as f64;
    Ok(Figure {
        name: if at_once == 1 { "notifications, one publisher at a time" } else { "notifications" },
        operation: format!(
            "a signed BENOTIFY to one of {watchers} watchers who watch {publishers} people each, {at_once} of whom \
             publish at once (an availability that lives with the endpoint); the publication is in the price"
        ),
        value: counted.per_cpu_second(),
        unit: "per CPU-second",
        goal: (at_once > 1).then_some(Goal::AtLeast(80_000.0)),
        more: vec![
            ("per second", counted.per_second()),
            ("cores busy", counted.cores()),
            ("rounds with fewer than one each", late),
        ],
    })
}

/// Counts the notifications of one watcher.
async fn count(mut watcher: Client, arrivals: Arc<Arrivals>) -> Result<()> {
    loop {
        let event = watcher.next_event().await?;
        if event.as_request().is_some_and(|request| request.method == Method::Benotify) {
            arrivals.tally.add(1);
            arrivals.round_is_over.notify_one();
        }
    }
}

/// Lets publishers change their availability, some at a time, and waits for the watchers to have been told. Returns how
/// many rounds told less than one notification per publication and watcher.
async fn publish_rounds(
    mut publishers: Vec<Client>,
    at_once: usize,
    watchers: u64,
    arrivals: Arc<Arrivals>,
) -> Result<u64> {
    let mut late = 0;
    let mut version = 0;
    loop {
        for group in publishers.chunks_mut(at_once) {
            if arrivals.tally.is_over() {
                return Ok(late);
            }
            let wanted = arrivals.tally.count() + watchers * group.len() as u64;
            let availability = if version % 2 == 0 { 3_500 } else { 15_500 };
            let mut requests = Vec::with_capacity(group.len());
            for client in group.iter_mut() {
                let profile = client.profile();
                let batch =
                    Batch::new(&profile.uri()).with_machine_state(&profile.epid, availability, version);
                requests.push(client.publish(batch.finish()));
                client.flush().await?;
            }
            for (client, request) in group.iter_mut().zip(requests) {
                client.success(request).await.context("a publication")?;
                client.forget();
            }
            let deadline = Instant::now() + PATIENCE;
            while arrivals.tally.count() < wanted {
                if timeout_at(deadline, arrivals.round_is_over.notified()).await.is_err() {
                    late += 1;
                    break;
                }
            }
        }
        version += 1;
    }
}
