//! Resident memory of the server per idle signed-in endpoint.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use rapport_testkit::client::bodies::Batch;
use rapport_testkit::driver::Client;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::figure::{Figure, Goal};
use crate::people;
use crate::target::Target;

/// More than the 32 s of RFC 3261's timers.
pub(crate) const SETTLE_SECS: u64 = 36;

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// Endpoints that are counted.
    #[arg(long, default_value_t = 2_000)]
    pub(crate) endpoints: u32,
    /// Endpoints that sign in before counting, so that what is there once is there.
    #[arg(long, default_value_t = 100)]
    pub(crate) before: u32,
    /// People that each watches.
    #[arg(long, default_value_t = 50)]
    pub(crate) contacts: u32,
    /// Seconds of quiet before memory is read: longer than a server keeps answers for requests that are repeated.
    #[arg(long, default_value_t = SETTLE_SECS)]
    pub(crate) settle: u64,
}

pub(crate) async fn measure(target: &Target, options: &Options) -> Result<Figure> {
    let (before, endpoints) = (options.before.max(1), options.endpoints.clamp(1, 19_000));
    if target.accounts <= options.contacts {
        bail!("watching {} people takes more accounts than {}", options.contacts, target.accounts);
    }
    let contacts = options.contacts;
    let prepare = move |target: Target, mut client: Client, number: u32| async move {
        people::subscribe_all(&target, &mut client, number, contacts).await?;
        let profile = client.profile();
        let (uri, epid) = (profile.uri(), profile.epid.clone());
        let batch = Batch::new(&uri).with_device(&uri, &epid, 0).with_machine_state(&epid, 3_500, 0);
        let request = client.publish(batch.finish());
        client.success(request).await?;
        Ok(client)
    };
    let settle = Duration::from_secs(options.settle);

    let mut company = JoinSet::new();
    for client in people::sign_in_many(target, 0, before, prepare).await? {
        company.spawn(people::keep_company(client));
    }
    sleep(settle).await;
    let begun = target.process.resident()?;
    // A few hundred at a time, so that nobody's notifications wait unread for long.
    let mut first = before;
    while first < before + endpoints {
        let some = (before + endpoints - first).min(200);
        for client in people::sign_in_many(target, first, some, prepare).await? {
            company.spawn(people::keep_company(client));
        }
        first += some;
    }
    sleep(settle).await;
    let resident = target.process.resident()?;
    let alive = company.len();
    if let Some(Ok(Err(error))) = company.try_join_next() {
        return Err(error.context("an idle client lost its connection"));
    }
    company.abort_all();
    let (grown, resident, alive) = (resident.saturating_sub(begun) as f64, resident as f64, alive as f64);
    Ok(Figure {
        name: "idle endpoint",
        operation: format!(
            "a signed-in TLS endpoint that has published its state and watches {contacts} people; the server's resident \
             memory with {endpoints} of them more, divided by their number"
        ),
        value: grown / f64::from(endpoints) / 1024.0,
        unit: "KiB",
        goal: Some(Goal::AtMost(32.0)),
        more: vec![("endpoints", alive), ("resident MiB", resident / 1_048_576.0)],
    })
}
