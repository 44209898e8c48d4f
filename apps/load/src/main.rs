//! `rapport-load`: measures a Rapport server from outside, in the server's own CPU time and memory.
//!
//! The clients share the machine with the server, so wall-clock rates say little; what is counted is the server's user
//! and system time as `/proc` has it, and its resident memory. `bench` does everything, the other commands
//! measure a server that runs already.

mod bench;
mod browsers;
mod exchange;
mod figure;
mod find;
mod floods;
mod idle;
mod management;
mod messages;
mod metrics;
mod micro;
mod notifications;
mod people;
mod process;
mod search;
mod sign_in;
mod target;
mod web;
mod web_messages;
mod web_presence;
mod window;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use figure::Figure;
use target::TargetArgs;

/// Measures a Rapport server.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// Print JSON, one object a figure.
    #[arg(long, global = true)]
    json: bool,
    /// Threads of the clients.
    #[arg(long, global = true, default_value_t = 2)]
    threads: usize,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the company and the accounts that the measurements sign in with.
    Prepare {
        #[command(flatten)]
        options: management::Options,
    },
    /// Whole sign-ins on new TLS connections, per CPU-second of the server.
    SignIn {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        options: sign_in::Options,
    },
    /// Signed MESSAGEs and their signed answers between pairs, per CPU-second of the server, with latencies.
    Messages {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        options: messages::Options,
    },
    /// Presence notifications to watchers, per CPU-second of the server.
    Notifications {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        options: notifications::Options,
    },
    /// Resident memory per idle signed-in endpoint.
    Idle {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        options: idle::Options,
    },
    /// Resident memory per idle browser.
    Browsers {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        options: browsers::Options,
    },
    /// Messages from browsers, in the server's CPU time, with latencies.
    WebMessages {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        options: web_messages::Options,
    },
    /// Presence told to browsers, in the server's CPU time, with latencies.
    WebPresence {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        options: web_presence::Options,
    },
    /// Decoding and signing, in this process.
    Micro,
    /// Finding people among a hundred thousand, in this process.
    Search,
    /// Finding people among a hundred thousand over HTTPS, in a server of its own.
    Find {
        #[command(flatten)]
        options: find::Options,
    },
    /// Exchanges the server's program while people talk: nobody loses a message, each client comes back once.
    Exchange {
        #[command(flatten)]
        options: exchange::Options,
    },
    /// Attacks a server of its own in every way, beside an honest pair, and prints what that noticed.
    Floods {
        #[command(flatten)]
        options: floods::Options,
    },
    /// One attacking process of `floods`.
    #[command(hide = true)]
    Attack {
        #[command(flatten)]
        order: floods::Order,
    },
    /// Starts a server in a directory of its own and measures everything.
    Bench {
        #[command(flatten)]
        options: bench::Options,
    },
}

fn main() -> Result<()> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(args.threads.clamp(1, 64))
        .enable_all()
        .build()
        .context("no runtime")?;
    runtime.block_on(run(args))
}

async fn run(args: Args) -> Result<()> {
    let figures = match args.command {
        Command::Prepare { options } => {
            management::make_company(&options).await?;
            Vec::new()
        }
        Command::SignIn { target, options } => vec![sign_in::measure(&target.resolve()?, &options).await?],
        Command::Messages { target, options } => vec![messages::measure(&target.resolve()?, &options).await?],
        Command::Notifications { target, options } => {
            vec![notifications::measure(&target.resolve()?, &options).await?]
        }
        Command::Idle { target, options } => vec![idle::measure(&target.resolve()?, &options).await?],
        Command::Browsers { target, options } => {
            vec![browsers::measure(&target.resolve()?, &options).await?]
        }
        Command::WebMessages { target, options } => {
            vec![web_messages::measure(&target.resolve()?, &options).await?]
        }
        Command::WebPresence { target, options } => {
            vec![web_presence::measure(&target.resolve()?, &options).await?]
        }
        Command::Floods { options } => {
            floods::run(&options).await?;
            Vec::new()
        }
        Command::Attack { order } => {
            floods::attack(&order).await?;
            Vec::new()
        }
        Command::Micro => micro::measure()?,
        Command::Search => search::measure()?,
        Command::Find { options } => vec![find::run(&options).await?],
        Command::Exchange { options } => {
            let outcome = exchange::run(&options).await?;
            return figure::print_object(&outcome);
        }
        Command::Bench { options } => {
            let figures = bench::run(&options).await?;
            return figure::print_table(&figures, args.json);
        }
    };
    figures.iter().try_for_each(|figure: &Figure| figure.print(args.json))
}
