//! Which server is measured, and who signs in there.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use rapport_testkit::client::Profile;
use rapport_testkit::clock::{SystemClock, Timestamp};
use rapport_testkit::driver::{Client, Trust};

use crate::process::Process;

/// The SIP domain of the accounts unless another is given.
pub(crate) const DOMAIN: &str = "load.example";
/// Their password unless another is given; they are nobody's.
pub(crate) const PASSWORD: &str = "quinoa-Harbour-7142";

/// The server, on the command line.
#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    /// Where it listens for SIP over TLS.
    #[arg(long)]
    address: SocketAddr,
    /// Where it listens for HTTPS, if elsewhere.
    #[arg(long)]
    web: Option<SocketAddr>,
    /// Its process.
    #[arg(long)]
    pid: u32,
    /// The certificates to trust, in PEM form; without it whoever answers is trusted.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// The name in the server's certificate, where `--ca` is given.
    #[arg(long, default_value = "localhost")]
    name: String,
    /// The SIP domain of the accounts `user1@` to `userN@`.
    #[arg(long, default_value = DOMAIN)]
    domain: String,
    /// How many accounts there are.
    #[arg(long)]
    accounts: u32,
    /// The password of all of them.
    #[arg(long, default_value = PASSWORD)]
    password: String,
}

/// A server to be measured.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// Where it serves browsers.
    pub(crate) web: SocketAddr,
    pub(crate) process: Process,
    pub(crate) trust: Trust,
    pub(crate) domain: String,
    pub(crate) accounts: u32,
    pub(crate) password: String,
}

impl TargetArgs {
    pub(crate) fn resolve(self) -> Result<Target> {
        let trust = match &self.ca {
            Some(file) => Trust::authority(file, &self.name).context("the authority's certificate")?,
            None => Trust::anyone(),
        };
        let Self { address, web, pid, domain, accounts, password, .. } = self;
        Ok(Target {
            address,
            web: web.unwrap_or(address),
            process: Process(pid),
            trust,
            domain,
            accounts,
            password,
        })
    }
}

impl Target {
    /// The address of an account; they are counted from 0 here and from 1 in their names, around and around.
    pub(crate) fn account(&self, number: u32) -> String {
        format!("user{}@{}", number % self.accounts.max(1) + 1, self.domain)
    }

    /// The accounts that this one watches: those that follow it.
    pub(crate) fn contacts(&self, number: u32, count: u32) -> Vec<String> {
        (1..=count.min(self.accounts.saturating_sub(1))).map(|ahead| self.account(number + ahead)).collect()
    }

    /// Connects an account's program; different seeds are different programs.
    pub(crate) async fn connect(&self, number: u32, seed: u64) -> Result<Client> {
        let profile = Profile::new(&self.account(number), &self.password, seed).at(now());
        Ok(Client::tls(self.address, &self.trust, profile).await?)
    }

    /// Connects and signs in.
    pub(crate) async fn sign_in(&self, number: u32, seed: u64) -> Result<Client> {
        let mut client = self.connect(number, seed).await?;
        client.sign_in().await.with_context(|| format!("{} does not sign in", self.account(number)))?;
        Ok(client)
    }
}

/// What the machine's clock shows.
pub(crate) fn now() -> Timestamp {
    SystemClock.wall_time()
}
