//! Whole sign-ins on new TLS connections.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::task::JoinSet;

use crate::figure::{Figure, Goal};
use crate::people;
use crate::target::Target;
use crate::window::{Span, Tally};

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) span: Span,
    /// Sign-ins under way at once.
    #[arg(long, default_value_t = 16)]
    pub(crate) workers: u32,
    /// Contacts of each account that signs in; they are added first.
    #[arg(long, default_value_t = 50)]
    pub(crate) contacts: u32,
    /// Accounts that sign in by turns.
    #[arg(long, default_value_t = 64)]
    pub(crate) signing: u32,
}

pub(crate) async fn measure(target: &Target, options: &Options) -> Result<Figure> {
    let workers = options.workers.clamp(1, 500);
    let signing = options.signing.clamp(workers, target.accounts.max(workers));
    people::fill_lists(target, signing, options.contacts).await?;

    let tally = Arc::new(Tally::default());
    let mut tasks = JoinSet::new();
    for worker in 0..workers {
        let (target, tally, contacts) = (target.clone(), tally.clone(), options.contacts);
        tasks.spawn(async move {
            // Each worker has accounts of its own, so that nobody is signed in more often than a person is.
            let mut numbers = (worker..signing).step_by(workers as usize).cycle();
            let mut seed = u64::from(worker) << 32;
            while !tally.is_over() {
                let number = numbers.next().unwrap_or(worker);
                seed += 1;
                once(&target, number, seed, contacts).await?;
                tally.add(1);
            }
            Ok(())
        });
    }
    let counted = tally.measure(target.process, &options.span, &mut tasks).await?;
    people::finish(tasks).await?;
    Ok(Figure {
        name: "sign-in",
        operation: format!(
            "a new TLS connection (whole handshake), three REGISTERs with NTLM, the subscriptions to contacts, \
             settings and oneself, and one to the presence of {} contacts",
            options.contacts
        ),
        value: counted.per_cpu_second(),
        unit: "per CPU-second",
        goal: Some(Goal::AtLeast(1_500.0)),
        more: vec![("per second", counted.per_second()), ("cores busy", counted.cores())],
    })
}

async fn once(target: &Target, number: u32, seed: u64, contacts: u32) -> Result<()> {
    let mut client = target.sign_in(number, seed).await?;
    people::subscribe_all(target, &mut client, number, contacts).await.context("the first subscriptions")?;
    Ok(client.close().await?)
}
