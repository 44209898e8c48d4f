//! Hostile behaviour, kind by kind, beside an honest pair that goes on talking.
//!
//! The attackers are processes of their own, each at source addresses of its own (127.1.0.0/16). Of each kind is shown
//! what the server's bound turned away, how long the pair's messages took meanwhile, and what memory was left behind.

mod attack;
mod honest;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use rapport_testkit::client::Invitations;
use rapport_testkit::driver::Client;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::bench::{Place, Server, own_address};
use crate::management;
use crate::metrics::{scrape, total};
use crate::people;
use crate::process::Process;
use crate::target::{DOMAIN, PASSWORD, Target};

pub(crate) use attack::{Kind, Order, attack};

/// What the pair's messages may take, the slowest in a hundred aside.
const MOST_P99: Duration = Duration::from_secs(1);
/// How many times as long an attack may last until its bound is met.
const PATIENCE: u32 = 6;
/// How long the server may take to be rid of an attack's connections.
const HEALING: Duration = Duration::from_secs(60);
/// How long the allocator may take to give back what is free: it does so bit by bit over ten seconds.
const SETTLING: Duration = Duration::from_secs(20);
/// The accounts: the honest pair, a victim, and those whom the attackers have got hold of; the many victims follow.
const ACCOUNTS: u32 = 40;
/// How often an attack is led that leaves too much behind.
const ATTEMPTS: u32 = 3;
const MIB: u64 = 1024 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's program.
    #[arg(long)]
    server_binary: PathBuf,
    /// Where the server keeps its data, in a directory that is removed afterwards.
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Seconds of each attack.
    #[arg(long, default_value_t = 12)]
    seconds: u64,
    /// Processes that attack.
    #[arg(long, default_value_t = 4)]
    attackers: u32,
    /// Connections of an attack that holds many, over all processes.
    #[arg(long, default_value_t = 10_000)]
    connections: u32,
    /// Seconds that the server gives a handshake and a sign-in.
    #[arg(long, default_value_t = 10)]
    deadline: u64,
    /// Megabytes that may be left behind by one attack. One that leaves more is led again, three times at most: what is
    /// lost is lost each time, what the allocator keeps is used again.
    #[arg(long, default_value_t = 48)]
    left_behind: u64,
    /// People who are signed in to be talked at, in the attack on many.
    #[arg(long, default_value_t = 300)]
    victims: u32,
    /// Lower bounds and fewer connections under way, for a short run of a server that isn't built for release.
    #[arg(long)]
    small: bool,
    /// The kinds of attack; every one without it.
    #[arg(long, value_enum)]
    kind: Vec<Kind>,
}

/// What became of one attack.
struct Row {
    kind: Kind,
    refused: f64,
    honest: honest::Latencies,
    before: u64,
    during: u64,
    after: u64,
}

/// Runs every attack and prints the table; an error when a bound didn't hold.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let root = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    let place = Place::new(&root)?;
    let [address, metrics] = std::array::from_fn(|_| own_address());
    let configuration = configuration(address, metrics, options);
    let server =
        Server::start_configured(&options.server_binary, &place.0, address, metrics, &configuration).await?;
    let company = management::Options {
        socket: server.socket.clone(),
        company: "load".to_owned(),
        domain: DOMAIN.to_owned(),
        accounts: ACCOUNTS + options.victims,
        password: PASSWORD.to_owned(),
        history_days: 365,
    };
    management::make_company(&company).await?;
    let target = server.target(ACCOUNTS + options.victims);
    let kinds = if options.kind.is_empty() { Kind::ALL.to_vec() } else { options.kind.clone() };
    say(
        "| attack | bound | turned away | honest p50 ms | p99 ms | max ms | MiB before, during, after | verdict |",
    );
    say("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut failures = Vec::new();
    for kind in kinds {
        let mut left = ATTEMPTS;
        while left > 0 {
            left -= 1;
            let row = match one(options, &target, address, metrics, kind).await {
                Ok(row) => row,
                Err(error) => {
                    say(&format!("| {} | {} | | | | | | FAILED |", kind.name(), kind.about()));
                    failures.push(format!("{}: {error:#}", kind.name()));
                    break;
                }
            };
            let keeps = row.kept() > options.left_behind * MIB;
            let mut found = row.failures();
            if found.is_empty() && keeps && left > 0 {
                say(&format!("{} led again |", row.line()));
                continue;
            }
            if keeps {
                found.push(format!("{}: {} bytes before, {} after", kind.name(), row.before, row.after));
            }
            say(&format!("{} {} |", row.line(), if found.is_empty() { "held" } else { "FAILED" }));
            failures.extend(found);
            break;
        }
    }
    server.terminate().await?;
    if failures.is_empty() { Ok(()) } else { bail!("{}", failures.join("\n")) }
}

async fn one(
    options: &Options,
    target: &Target,
    address: SocketAddr,
    metrics: SocketAddr,
    kind: Kind,
) -> Result<Row> {
    let mut pair = honest::Pair::sign_in(target).await.context("the honest pair does not sign in")?;
    let victims = if kind.has_victims() { victims(target, options.victims).await? } else { JoinSet::new() };
    let before = (target.process.resident()?, counted(metrics, kind).await?);
    let mut attackers = Vec::new();
    for number in 0..options.attackers.clamp(1, 16) {
        attackers.push(start(options, address, kind, number)?);
    }
    let (span, begun) = (Duration::from_secs(options.seconds), Instant::now());
    pair.talk(span, target.process).await?;
    // A busy machine gives the attackers more time to come as far as the bound.
    while counted(metrics, kind).await? - before.1 < 1.0 && begun.elapsed() < span * PATIENCE {
        pair.talk(Duration::from_secs(1), target.process).await?;
    }
    let (latencies, during) = pair.hang_up();
    drop(victims);
    for mut attacker in attackers {
        attacker.kill().await?;
    }
    heal(metrics).await?;
    let (after, refused) = (settled(target.process, before.0).await?, counted(metrics, kind).await?);
    Ok(Row { kind, refused: refused - before.1, honest: latencies, before: before.0, during, after })
}

/// People who are signed in, and answer no invitation.
async fn victims(target: &Target, count: u32) -> Result<JoinSet<Result<()>>> {
    let leave = |_, mut client: Client, _| async move {
        client.profile_mut().invitations = Invitations::Leave;
        Ok(client)
    };
    let mut victims = JoinSet::new();
    for victim in people::sign_in_many(target, ACCOUNTS, count, leave).await? {
        victims.spawn(people::keep_company(victim));
    }
    Ok(victims)
}

fn start(options: &Options, address: SocketAddr, kind: Kind, number: u32) -> Result<Child> {
    let attackers = options.attackers.clamp(1, 16);
    Command::new(std::env::current_exe()?)
        .args(["attack", "--kind", kind.name(), "--address", &address.to_string()])
        .args(["--number", &number.to_string(), "--at-once", if options.small { "6" } else { "24" }])
        .args(["--per-address", if options.small { "180" } else { "900" }])
        .args(["--victims", &ACCOUNTS.to_string(), &options.victims.to_string()])
        .args(["--seconds", &(options.seconds * u64::from(PATIENCE) + 10).to_string()])
        .args(["--connections", &options.connections.div_ceil(attackers).to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("an attacker does not start")
}

/// Waits until the attack's connections are gone.
async fn heal(metrics: SocketAddr) -> Result<()> {
    let deadline = Instant::now() + HEALING;
    loop {
        let left = total(&scrape(metrics).await?, "rapport_edge_connections ", "");
        if left < 1.0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("{left} connections are left a minute after the attack");
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Resident memory once the allocator has given back what is free, or after a while.
async fn settled(process: Process, before: u64) -> Result<u64> {
    let deadline = Instant::now() + SETTLING;
    loop {
        let now = process.resident()?;
        if now <= before + before / 10 || Instant::now() > deadline {
            return Ok(now);
        }
        sleep(Duration::from_millis(200)).await;
    }
}

async fn counted(metrics: SocketAddr, kind: Kind) -> Result<f64> {
    let page = scrape(metrics).await?;
    Ok(kind.bounds().iter().map(|(name, labels)| total(&page, name, labels)).sum())
}

impl Row {
    /// Bytes that were left behind.
    fn kept(&self) -> u64 {
        self.after.saturating_sub(self.before)
    }

    fn line(&self) -> String {
        let mib = |bytes: u64| bytes / MIB;
        let honest::Latencies { p50, p99, max, .. } = &self.honest;
        let ms = |time: &Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
        format!(
            "| {} | {} | {} | {} | {} | {} | {}, {}, {} |",
            self.kind.name(),
            self.kind.about(),
            self.refused,
            ms(p50),
            ms(p99),
            ms(max),
            mib(self.before),
            mib(self.during),
            mib(self.after)
        )
    }

    /// What went wrong beside the attack.
    fn failures(&self) -> Vec<String> {
        let name = self.kind.name();
        let mut failures = Vec::new();
        if self.refused < 1.0 {
            failures.push(format!("{name}: the bound turned nothing away"));
        }
        if self.honest.p99 > MOST_P99 {
            failures.push(format!("{name}: an honest message took {:?}", self.honest.p99));
        }
        if self.honest.count < 10 {
            failures.push(format!("{name}: the honest pair said {} messages", self.honest.count));
        }
        failures
    }
}

/// The bounds as they are by default but for the deadlines, so that a short run meets them too.
fn configuration(address: SocketAddr, metrics: SocketAddr, options: &Options) -> String {
    let deadline = options.deadline.max(1);
    let small = "connections_per_address = 200\nconnection_rate_per_address = 20\nrequests_burst = 100\n";
    let small = if options.small { small } else { "" };
    format!(
        "[server]\nname = \"localhost\"\n\n[listen]\ntls = [\"{address}\"]\nhttps = []\ntcp = []\nmetrics = \
         \"{metrics}\"\n\n[log]\nfilter = \"error\"\n\n[limits]\nconnections = 19000\nhandshake = \"{deadline}s\"\n\
         sign_in = \"{deadline}s\"\n{small}\n[passwords]\nargon2_memory = \"64KiB\"\n"
    )
}

#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
fn say(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_a_metric_are_added_up() {
        let page = "# TYPE a counter\na{r=\"x\"} 3\na{r=\"y\"} 4\nab 5\nc 1\n";
        assert!((total(page, "a{", "") - 7.0).abs() < 1e-9);
        assert!((total(page, "a{", "\"y\"") - 4.0).abs() < 1e-9);
        assert!((total(page, "d", "")).abs() < 1e-9);
    }
}
