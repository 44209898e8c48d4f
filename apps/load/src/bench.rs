//! Everything in one go: a server of its own in a directory of its own, a company, and every measurement.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use rapport_testkit::driver::Trust;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::figure::Figure;
use crate::process::Process;
use crate::target::{DOMAIN, PASSWORD, Target};
use crate::window::Span;
use crate::{
    browsers, find, idle, management, messages, metrics, micro, notifications, search, sign_in, web_messages,
    web_presence,
};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's program, built for release.
    #[arg(long)]
    server_binary: PathBuf,
    /// Accounts to make, and endpoints in the measurement of memory.
    #[arg(long, default_value_t = 2_000)]
    accounts: u32,
    /// People in the company in which people are looked for.
    #[arg(long, default_value_t = 100_000)]
    people: u32,
    /// Pairs who talk.
    #[arg(long, default_value_t = 500)]
    pairs: u32,
    /// Messages per second in the measurement of latencies.
    #[arg(long, default_value_t = 2_000.0)]
    rate: f64,
    #[command(flatten)]
    span: Span,
    /// Where the server keeps its data, in a directory that is removed afterwards.
    #[arg(long)]
    directory: Option<PathBuf>,
}

pub(crate) async fn run(options: &Options) -> Result<Vec<Figure>> {
    let root = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    let place = Place::new(&root)?;
    let (accounts, pairs) = (options.accounts.max(300), options.pairs.min(options.accounts / 2));
    let span = || options.span.clone();
    let mut figures = micro::measure()?;
    figures.extend(search::measure()?);

    let server = Server::start(&options.server_binary, &place.0).await?;
    let begun = Instant::now();
    let company = management::Options {
        socket: server.socket.clone(),
        company: "load".to_owned(),
        domain: DOMAIN.to_owned(),
        accounts,
        password: PASSWORD.to_owned(),
        history_days: 0,
    };
    management::make_company(&company).await?;
    note(&format!("{accounts} accounts made in {:.1} s", begun.elapsed().as_secs_f64()));
    let target = server.target(accounts);

    let signing = sign_in::Options { span: span(), workers: 16, contacts: 50, signing: 64.min(accounts) };
    figures.push(told(sign_in::measure(&target, &signing).await.context("sign-in")?));
    for rate in [None, Some(options.rate)] {
        let talking = messages::Options { span: span(), pairs, bytes: 400, rate, kept: false };
        figures.push(told(messages::measure(&target, &talking).await.context("messages")?));
    }
    for at_once in [8, 1] {
        let watching = notifications::Options { span: span(), watchers: 200, publishers: 50, at_once };
        figures.push(told(notifications::measure(&target, &watching).await.context("notifications")?));
    }
    management::keep_history(&server.socket, &company.company, 365).await.context("history")?;
    let talking = messages::Options { span: span(), pairs, bytes: 400, rate: Some(options.rate), kept: true };
    figures.push(told(messages::measure(&target, &talking).await.context("messages in history")?));
    for (to_desktops, from_desktops) in [(false, false), (true, false), (false, true)] {
        let (span, pairs) = (span(), 100.min(pairs));
        let talking = web_messages::Options { span, pairs, bytes: 400, to_desktops, from_desktops };
        figures.push(told(web_messages::measure(&target, &talking).await.context("messages of browsers")?));
    }
    // What is chosen in a browser lasts, and hides what a desktop client finds.
    for from_desktops in [true, false] {
        let watching = web_presence::Options { span: span(), watchers: 200, from_desktops };
        let told_of = web_presence::measure(&target, &watching).await;
        figures.push(told(told_of.context("presence told to browsers")?));
    }
    management::keep_history(&server.socket, &company.company, 0).await.context("history")?;
    server.stop().await?;

    // Memory is measured on a fresh process, which has not had a thousand connections before.
    let server = Server::start(&options.server_binary, &place.0).await?;
    let target = server.target(accounts);
    let before = 100.min(accounts / 2);
    let idling =
        idle::Options { endpoints: accounts - before, before, contacts: 50, settle: idle::SETTLE_SECS };
    figures.push(told(idle::measure(&target, &idling).await.context("idle endpoints")?));
    server.stop().await?;

    let server = Server::start(&options.server_binary, &place.0).await?;
    let target = server.target(accounts);
    let people = 400.min(accounts - 100);
    let idling = browsers::Options { people, further: 4, contacts: 50, settle: browsers::SETTLE_SECS };
    figures.push(told(browsers::measure(&target, &idling).await.context("idle browsers")?));
    server.stop().await?;

    let finding = find::measure(&options.server_binary, &place.0, options.people.max(1_000)).await;
    figures.push(told(finding.context("finding people")?));
    Ok(figures)
}

/// A directory that is removed when it is over.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new(root: &Path) -> Result<Self> {
        let path = root.join(format!("rapport-bench-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A server of our own; it ends with this value at the latest.
pub(crate) struct Server {
    child: Child,
    pid: u32,
    address: SocketAddr,
    metrics: SocketAddr,
    /// Where browsers are served, by those that serve them.
    web: SocketAddr,
    pub(crate) socket: PathBuf,
}

impl Server {
    pub(crate) async fn start(binary: &Path, place: &Path) -> Result<Self> {
        let [address, metrics, web] = std::array::from_fn(|_| own_address());
        let configuration = configuration(address, metrics, Some(web));
        let server = Self::start_configured(binary, place, address, metrics, &configuration).await?;
        Ok(Self { web, ..server })
    }

    /// Starts a server on that address; when this returns, it answers.
    pub(crate) async fn start_at(binary: &Path, place: &Path, address: SocketAddr) -> Result<Self> {
        let metrics = own_address();
        Self::start_configured(binary, place, address, metrics, &configuration(address, metrics, None)).await
    }

    /// Starts a server with a configuration that has it listen on that address, and tell its metrics on the other.
    pub(crate) async fn start_configured(
        binary: &Path,
        place: &Path,
        address: SocketAddr,
        metrics: SocketAddr,
        configuration: &str,
    ) -> Result<Self> {
        let socket = place.join("management.sock");
        drop(fs::remove_file(&socket));
        let config = place.join("rapport.toml");
        fs::write(&config, configuration).context("cannot write the configuration")?;
        let log = fs::File::options().create(true).append(true).open(place.join("server.log"))?;
        let mut child = Command::new(binary)
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .arg("--data")
            .arg(place)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let pid = child.id().context("the server ended at once")?;
        let deadline = Instant::now() + START;
        while UnixStream::connect(&socket).await.is_err() || std::net::TcpStream::connect(address).is_err() {
            let ended = child.try_wait()?;
            if ended.is_some() || Instant::now() > deadline {
                let said = fs::read_to_string(place.join("server.log")).unwrap_or_default();
                bail!("the server does not start: {}", said.trim());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { child, pid, address, metrics, web: address, socket })
    }

    /// Sees that nothing in it has panicked.
    async fn without_panics(&self) -> Result<()> {
        metrics::without_panics(&metrics::scrape(self.metrics).await?)
    }

    /// Ends it and waits for its end. It has nothing to finish: what it acknowledged is on the disk.
    ///
    /// # Errors
    /// It doesn't end, or something in it has panicked.
    async fn stop(mut self) -> Result<()> {
        self.without_panics().await?;
        self.child.kill().await.context("the server does not end")
    }

    /// Tells it to end in good order, and waits until it has.
    ///
    /// # Errors
    /// It doesn't, or something in it has panicked.
    pub(crate) async fn terminate(mut self) -> Result<()> {
        self.without_panics().await?;
        let told = Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await?;
        let ended = self.child.wait().await.context("the server does not end")?;
        if !told.success() || !ended.success() {
            bail!("the server ended with {ended}");
        }
        Ok(())
    }

    pub(crate) fn target(&self, accounts: u32) -> Target {
        Target {
            address: self.address,
            web: self.web,
            process: Process(self.pid),
            trust: Trust::anyone(),
            domain: DOMAIN.to_owned(),
            accounts,
            password: PASSWORD.to_owned(),
        }
    }
}

/// Loopback only, cheap password hashes: those are measured by nobody here.
fn configuration(address: SocketAddr, metrics: SocketAddr, web: Option<SocketAddr>) -> String {
    let web = web.map(|web| format!("\"{web}\"")).unwrap_or_default();
    format!(
        "[server]\nname = \"localhost\"\n\n[listen]\ntls = [\"{address}\"]\nhttps = [{web}]\ntcp = []\nmetrics = \
         \"{metrics}\"\n\n[log]\nfilter = \"warn\"\n\n[limits]\nconnections = 19500\nconnections_per_address = 19500\n\
         connection_rate_per_address = 19500\nrequests = 1000000\nrequests_burst = 1000000\n\n\
         [passwords]\nargon2_memory = \"64KiB\"\n"
    )
}

/// An address on loopback that stays ours, also while nobody listens there.
pub(crate) fn own_address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, rapport_testkit::ports::take()).into()
}

fn told(figure: Figure) -> Figure {
    note(&format!("{}: {:.1} {}", figure.name, figure.value, figure.unit));
    figure
}

/// Tells how far it is, beside the figures.
#[expect(clippy::print_stderr, reason = "a run takes a minute, and people want to see it move")]
fn note(text: &str) {
    eprintln!("{text}");
}
