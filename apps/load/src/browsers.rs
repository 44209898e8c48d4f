//! Resident memory of the server per idle browser: signed in, with its socket over TLS, and nothing happening.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::figure::{Figure, Goal};
use crate::people;
use crate::target::Target;
use crate::web::{Browser, Events};

/// Events are kept for two minutes, and forgotten in the half minute after.
pub(crate) const SETTLE_SECS: u64 = 155;
/// Browsers that sign in at once.
const AT_ONCE: usize = 16;

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// People who sign in.
    #[arg(long, default_value_t = 500)]
    pub(crate) people: u32,
    /// Browsers of each beside the first.
    #[arg(long, default_value_t = 4)]
    pub(crate) further: u32,
    /// Contacts of each.
    #[arg(long, default_value_t = 50)]
    pub(crate) contacts: u32,
    /// Seconds of quiet before memory is read.
    #[arg(long, default_value_t = SETTLE_SECS)]
    pub(crate) settle: u64,
}

pub(crate) async fn measure(target: &Target, options: &Options) -> Result<Figure> {
    let Options { people, further, contacts, settle } = *options;
    let (people, further) = (people.max(1), further.clamp(1, 7));
    if target.accounts <= people + contacts {
        bail!("{people} people with {contacts} contacts take more accounts than {}", target.accounts);
    }
    people::fill_lists(target, people, contacts).await?;
    // Of those who sign in first it is known what is there once.
    let mut company = JoinSet::new();
    listen_all(target, people, 20, 1, &mut company).await?;
    sleep(Duration::from_secs(settle)).await;
    let begun = target.process.resident()?;
    listen_all(target, 0, people, 1, &mut company).await?;
    sleep(Duration::from_secs(settle)).await;
    let with_first = target.process.resident()?;
    listen_all(target, 0, people, further, &mut company).await?;
    sleep(Duration::from_secs(settle)).await;
    let with_all = target.process.resident()?;
    if let Some(ended) = company.try_join_next() {
        return Err(anyhow!("an idle browser lost its socket: {ended:?}"));
    }
    let alive = company.len() as f64;
    company.abort_all();
    let each = |grown: u64, browsers: u32| grown as f64 / f64::from(browsers) / 1024.0;
    Ok(Figure {
        name: "idle browser",
        operation: format!(
            "a signed-in browser with its socket over TLS, of somebody with {contacts} contacts who has another one open; \
             the server's resident memory with {further} more for each of {people} people, divided by their number"
        ),
        value: each(with_all.saturating_sub(with_first), people * further),
        unit: "KiB",
        goal: Some(Goal::AtMost(20.0)),
        more: vec![
            (
                "with the person, their presence and what they watch",
                each(with_first.saturating_sub(begun), people),
            ),
            ("browsers", alive),
            ("resident MiB", with_all as f64 / 1_048_576.0),
        ],
    })
}

/// Signs in so many browsers of each account from `first` on, opens their sockets and lets them be.
async fn listen_all(
    target: &Target,
    first: u32,
    people: u32,
    each: u32,
    company: &mut JoinSet<Result<()>>,
) -> Result<()> {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks: JoinSet<Result<Events>> = JoinSet::new();
    for number in (first..first + people).flat_map(|number| (0..each).map(move |_| number)) {
        let (target, turns) = (target.clone(), turns.clone());
        tasks.spawn(async move {
            let _turn = turns.acquire().await?;
            let mut browser = Browser::sign_in(&target, number).await?;
            let (events, _) = browser.listen().await?;
            browser.rest();
            Ok(events)
        });
    }
    while let Some(opened) = tasks.join_next().await {
        let events = opened.map_err(|error| anyhow!("a browser broke down: {error}"))??;
        company.spawn(events.keep_company());
    }
    Ok(())
}
