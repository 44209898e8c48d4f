//! `rapport serve`: the life of the process, from its first line to its last signal.

use std::io::Write;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::{self, Inputs, Origin, Settings};
use crate::logging::Log;
use crate::server::Running;
use crate::{logging, process, server, systemd};

/// Runs the server until it is told to end.
///
/// # Errors
/// A sentence that names what is at fault and what to do.
pub fn run(inputs: &Inputs) -> Result<()> {
    let (settings, warnings) = config::load(inputs)?;
    let log = logging::start(&settings)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    process::keep_secrets();
    process::take_small_pages();
    process::take_all_files();
    run_to_the_end(async {
        let signals = Signals::catch()?;
        let running = server::start(&settings).await?;
        announce(&running, &settings)?;
        systemd::ready(&serving(&running));
        until_told(running, signals, inputs, &log).await
    })
}

/// Runs a server's life on a runtime, and doesn't wait for what hangs when it is over.
pub(crate) fn run_to_the_end(life: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = runtime()?;
    let result = runtime.block_on(life);
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")
}

/// What the service manager shows of a server that serves.
fn serving(running: &Running) -> String {
    format!("serving as {}", running.name())
}

/// Says on standard output where the server is reached, and last that it is ready.
fn announce(running: &Running, settings: &Settings) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for listen in running.addresses() {
        writeln!(out, "{} on {}", listen.offer, listen.address)?;
    }
    if let Some(address) = running.metrics() {
        writeln!(out, "metrics on http://{address}/metrics")?;
    }
    writeln!(out, "management on {}", running.management().display())?;
    writeln!(out, "ready as {}", settings.effective_server_name())?;
    out.flush()?;
    if running.certificate().outside_validity {
        warn_of_date(&running.certificate().file);
    }
    if settings.has_acme() && running.certificate().development {
        tracing::warn!(
            file = %running.certificate().file.display(),
            "there is no certificate by ACME yet: until the first one has come, a certificate for development is served, \
             which clients refuse"
        );
    }
    if let Some(files) = process::open_files()
        && files < u64::from(settings.limit_connections)
        && settings.origins.get("limits.connections").is_some_and(|origin| *origin != Origin::Default)
    {
        tracing::warn!(
            files,
            connections = settings.limit_connections,
            "limits.connections is more than the files that the process may have open; raise LimitNOFILE or ulimit -n"
        );
    }
    Ok(())
}

pub(crate) fn warn_of_date(file: &std::path::Path) {
    tracing::warn!(file = %file.display(), "the certificate has ended or does not hold yet; clients refuse it");
}

/// The signals that a server heeds. They are caught before it starts: one that comes early is heeded once it runs.
pub(crate) struct Signals {
    end: Signal,
    interrupt: Signal,
    reload: Signal,
    /// A file at its largest size is a disk without room, and no reason to die.
    _file_size: Signal,
}

impl Signals {
    pub(crate) fn catch() -> Result<Self> {
        Ok(Self {
            end: signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?,
            reload: signal(SignalKind::hangup()).context("cannot wait for SIGHUP")?,
            _file_size: signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))
                .context("cannot catch SIGXFSZ")?,
        })
    }
}

/// Serves until SIGTERM or SIGINT; SIGHUP reads certificate and log filter again; a second SIGTERM ends it at once.
pub(crate) async fn until_told(
    running: Running,
    mut signals: Signals,
    inputs: &Inputs,
    log: &Log,
) -> Result<()> {
    let mut windows = pin!(log.clone().count());
    loop {
        tokio::select! {
            () = &mut windows => {}
            _ = signals.reload.recv() => read_again(&running, inputs, log).await,
            () = either(&mut signals.end, &mut signals.interrupt) => break,
        }
    }
    systemd::stopping();
    tracing::info!("ending: no new connections, then those that are open are closed one after the other");
    tokio::select! {
        orderly = running.shutdown() => {
            if orderly {
                tracing::info!("ended");
            } else {
                tracing::warn!("ended with connections that did not close in time (shutdown.bound)");
            }
        }
        () = either(&mut signals.end, &mut signals.interrupt) => tracing::warn!("ended at once"),
    }
    Ok(())
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}

async fn read_again(running: &Running, inputs: &Inputs, log: &Log) {
    systemd::reloading();
    match running.reload_certificate().await {
        Ok(info) => {
            tracing::info!(file = %info.file.display(), "certificate read again");
            if info.outside_validity {
                warn_of_date(&info.file);
            }
        }
        Err(error) => tracing::error!("the certificate in use stays: {error:#}"),
    }
    match config::load(inputs).map_err(anyhow::Error::from).and_then(|(new, _)| {
        log.set(&new.log_filter)?;
        Ok(new.log_filter)
    }) {
        Ok(filter) => tracing::info!(%filter, "log filter read again"),
        Err(error) => tracing::error!("the log filter in use stays: {error:#}"),
    }
    systemd::ready(&serving(running));
}
