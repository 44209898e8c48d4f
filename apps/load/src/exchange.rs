//! The exchange of the server's program under load: people talk, the server is told to end, another build starts on the
//! same data and address, and everybody comes back by themselves.
//!
//! What must hold: a message that its sender was told had arrived has arrived exactly once; any other arrived at most
//! once, and its sender knows; each client signs in once per exchange, and in the end all of them talk again.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use rapport_sip::Method;
use rapport_testkit::client::Event;
use rapport_testkit::driver::{Client, DriverError};
use serde::Serialize;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::bench::{Place, Server, own_address};
use crate::management;
use crate::target::{DOMAIN, PASSWORD, Target};

/// How soon a client tries again that found nobody listening, or nobody there.
const AGAIN: Duration = Duration::from_millis(50);
/// How long everybody may take to come back.
const BACK: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's program.
    #[arg(long)]
    server_binary: PathBuf,
    /// The program that takes its place; a copy of the first unless given.
    #[arg(long)]
    next_binary: Option<PathBuf>,
    /// Pairs who talk.
    #[arg(long, default_value_t = 40)]
    pairs: u32,
    /// How often the program is exchanged.
    #[arg(long, default_value_t = 1)]
    exchanges: u32,
    /// How long they talk before each exchange and after the last one.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
}

/// What became of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    clients: u32,
    exchanges: u32,
    /// Messages whose senders were told that they had arrived; each has, once.
    arrived: usize,
    /// Messages whose senders were told nothing or a failure.
    failed: usize,
    /// Of those, messages that had arrived all the same; their answer was cut off.
    failed_but_arrived: usize,
    /// Sign-ins of all clients, the first ones included.
    sign_ins: u32,
    /// The longest time from the word to end until everybody was signed in again, in seconds.
    longest_away: f64,
}

/// What everybody shares.
#[derive(Debug, Default)]
struct Shared {
    over: AtomicBool,
    next: AtomicU64,
    sign_ins: AtomicU32,
    /// Clients that are signed in, and the word that the number has changed.
    here: AtomicU32,
    changed: Notify,
    /// How often each message came.
    came: Mutex<HashMap<u64, u32>>,
    /// Whether its sender was told that it had arrived.
    told: Mutex<HashMap<u64, bool>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody who signs in again whenever the connection has ended.
struct Person {
    target: Target,
    number: u32,
    shared: Arc<Shared>,
}

impl Person {
    /// Signs in, as often as it takes; what can't be reached is tried again.
    async fn sign_in(&self) -> Result<Client> {
        let deadline = Instant::now() + BACK;
        loop {
            match self.target.sign_in(self.number, u64::from(self.number)).await {
                Ok(client) => {
                    self.shared.sign_ins.fetch_add(1, Ordering::Relaxed);
                    self.shared.here.fetch_add(1, Ordering::Relaxed);
                    self.shared.changed.notify_waiters();
                    return Ok(client);
                }
                // Who is refused would be refused again: only what breaks is tried once more.
                Err(error) if refused(&error) || Instant::now() > deadline => return Err(error),
                Err(_) => sleep(AGAIN).await,
            }
        }
    }

    fn gone(&self) {
        self.shared.here.fetch_sub(1, Ordering::Relaxed);
        self.shared.changed.notify_waiters();
    }

    /// Counts every message that comes.
    async fn listen(self) -> Result<()> {
        loop {
            let mut client = self.sign_in().await?;
            loop {
                match client.next_event().await {
                    Ok(Event::Asked(request)) if request.method == Method::Message => {
                        let text = String::from_utf8_lossy(&request.body).trim().to_owned();
                        let id = text.parse().with_context(|| format!("a message of {text:?}"))?;
                        *lock(&self.shared.came).entry(id).or_default() += 1;
                    }
                    Ok(_) => {}
                    Err(DriverError::Closed(_) | DriverError::Io { .. }) => break,
                    Err(error) => return Err(error.into()),
                }
            }
            self.gone();
        }
    }

    /// Sends one message after the other, and notes of each what it was told.
    async fn talk(self, to: u32) -> Result<()> {
        let to = self.target.account(to);
        while !self.shared.over.load(Ordering::Relaxed) {
            let mut client = self.sign_in().await?;
            let ended = self.talk_until_it_breaks(&mut client, &to).await;
            self.gone();
            match ended {
                Ok(()) | Err(DriverError::Closed(_) | DriverError::Io { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn talk_until_it_breaks(&self, client: &mut Client, to: &str) -> Result<(), DriverError> {
        while !self.shared.over.load(Ordering::Relaxed) {
            let (invite, conversation) = client.invite(to);
            match client.success(invite).await {
                Ok(_) => {}
                // The other one has not come back yet.
                Err(DriverError::Refused { .. }) => {
                    sleep(AGAIN).await;
                    continue;
                }
                Err(error) => return Err(error),
            }
            while !self.shared.over.load(Ordering::Relaxed) {
                let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
                // Until it is answered, it counts as failed.
                lock(&self.shared.told).insert(id, false);
                let Some(request) = client.message(&conversation, &id.to_string()) else { break };
                if !client.answer(request).await?.status.is_success() {
                    break;
                }
                lock(&self.shared.told).insert(id, true);
                client.forget();
                // People type.
                sleep(AGAIN).await;
            }
        }
        Ok(())
    }
}

fn refused(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(DriverError::Refused { .. })))
}

pub(crate) async fn run(options: &Options) -> Result<Outcome> {
    let place = Place::new(&std::env::temp_dir())?;
    let next = place.0.join("rapport-next");
    std::fs::copy(options.next_binary.as_ref().unwrap_or(&options.server_binary), &next)
        .context("the other program can't be copied")?;
    let address = own_address();
    let mut server = Server::start_at(&options.server_binary, &place.0, address).await?;
    let accounts = 2 * options.pairs.clamp(1, 2_000);
    let company = management::Options {
        socket: server.socket.clone(),
        company: "load".to_owned(),
        domain: DOMAIN.to_owned(),
        accounts,
        password: PASSWORD.to_owned(),
        history_days: 365,
    };
    management::make_company(&company).await?;
    let target = server.target(accounts);
    let shared = Arc::new(Shared::default());
    let person = |number| Person { target: target.clone(), number, shared: shared.clone() };
    let (mut callers, mut callees) = (JoinSet::new(), JoinSet::new());
    for number in 0..options.pairs {
        callees.spawn(person(number + options.pairs).listen());
        callers.spawn(person(number).talk(number + options.pairs));
    }
    everybody(&shared, accounts, 0, &mut callers, &mut callees).await.context("at first")?;
    let talking = Duration::from_secs(options.seconds);
    let mut longest = Duration::ZERO;
    for turn in 1..=options.exchanges {
        sleep(talking).await;
        let begun = Instant::now();
        server.terminate().await?;
        server = Server::start_at(&next, &place.0, address).await?;
        everybody(&shared, accounts, turn, &mut callers, &mut callees)
            .await
            .with_context(|| format!("after exchange {turn}"))?;
        longest = longest.max(begun.elapsed());
    }
    let before = lock(&shared.told).values().filter(|told| **told).count();
    sleep(talking).await;
    let after = lock(&shared.told).values().filter(|told| **told).count();
    ensure!(after > before, "nobody talked after the last exchange");
    shared.over.store(true, Ordering::Relaxed);
    while let Some(ended) = callers.join_next().await {
        ended.context("a caller broke down")??;
    }
    callees.shutdown().await;
    server.terminate().await?;
    judge(&shared, options, accounts, longest)
}

/// Waits until everybody has signed in after that many exchanges; whoever gives up meanwhile is an error.
async fn everybody(
    shared: &Shared,
    count: u32,
    exchanges: u32,
    callers: &mut JoinSet<Result<()>>,
    callees: &mut JoinSet<Result<()>>,
) -> Result<()> {
    let all = async {
        loop {
            let changed = shared.changed.notified();
            // Who has not noticed yet that the connection is gone still counts as here.
            let anew = shared.sign_ins.load(Ordering::Relaxed) >= count * (exchanges + 1);
            if anew && shared.here.load(Ordering::Relaxed) == count {
                return Ok(());
            }
            tokio::select! {
                () = changed => {}
                // The word may come between the look and the wait.
                () = sleep(AGAIN) => {}
                Some(ended) = callers.join_next() => {
                    ended.context("a caller broke down")??;
                    bail!("a caller ended");
                }
                Some(ended) = callees.join_next() => {
                    ended.context("a callee broke down")??;
                    bail!("a callee ended");
                }
            }
        }
    };
    let here = || shared.here.load(Ordering::Relaxed);
    timeout(BACK, all).await.unwrap_or_else(|_| bail!("only {} of {count} are signed in", here()))
}

fn judge(shared: &Shared, options: &Options, accounts: u32, longest: Duration) -> Result<Outcome> {
    let (told, came) = (lock(&shared.told), lock(&shared.came));
    let mut outcome = Outcome {
        clients: accounts,
        exchanges: options.exchanges,
        arrived: 0,
        failed: 0,
        failed_but_arrived: 0,
        sign_ins: shared.sign_ins.load(Ordering::Relaxed),
        longest_away: longest.as_secs_f64(),
    };
    for (id, arrived) in told.iter() {
        let times = came.get(id).copied().unwrap_or(0);
        match (arrived, times) {
            (true, 1) => outcome.arrived += 1,
            (true, 0) => bail!("message {id} is lost: its sender was told that it had arrived"),
            (false, 0) => outcome.failed += 1,
            (false, 1) => {
                outcome.failed += 1;
                outcome.failed_but_arrived += 1;
            }
            (_, times) => bail!("message {id} came {times} times"),
        }
    }
    let want = accounts * (options.exchanges + 1);
    ensure!(
        outcome.sign_ins == want,
        "{} sign-ins, and each of {accounts} clients once per start would be {want}",
        outcome.sign_ins
    );
    Ok(outcome)
}
