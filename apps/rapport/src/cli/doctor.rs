//! The verbs that look around: `doctor` and `dns`.

use anyhow::{Context, Result};
use tokio::net::UnixStream;

use super::args::{DnsArgs, DoctorArgs, Place};
use super::{ask, say, settings};
use crate::doctor::{self, Account, Asked};
use crate::{clock, process};

/// Something that a service needs is not as it should be.
#[derive(Debug, thiserror::Error)]
#[error("not everything is well; what is marked BAD keeps people from working")]
pub(super) struct Unwell;

/// Looks at everything and says what it found.
pub(super) fn examine(args: DoctorArgs) -> Result<()> {
    // As the server does, so that what is shown of this shell is what it would get here.
    process::take_all_files();
    let settings = settings(&Place { config: args.config, data: args.data })?;
    let account = match args.user {
        Some(address) => Some(Account { address, password: ask::password(args.password_stdin)? }),
        None => None,
    };
    let checks = runtime()?.block_on(async {
        let server = UnixStream::connect(settings.management_path()).await.ok();
        let server = server.and_then(|socket| socket.peer_cred().ok()).and_then(|peer| peer.pid());
        let asked = Asked {
            settings: &settings,
            server: server.and_then(|pid| u32::try_from(pid).ok()),
            domain: args.domain.as_deref(),
            resolver: args.resolver,
            account,
            now: clock::now(),
        };
        doctor::examine(&asked).await
    });
    if args.json {
        say(&format!("{}\n", serde_json::to_string_pretty(&doctor::value(&checks))?))?;
    } else {
        say(&doctor::page(&checks))?;
    }
    if doctor::is_well(&checks) { Ok(()) } else { Err(Unwell.into()) }
}

/// Prints the DNS records of a SIP domain.
pub(super) fn dns(args: DnsArgs) -> Result<()> {
    let settings = settings(&Place { config: args.config, data: args.data })?;
    say(&runtime()?.block_on(doctor::zone(&settings, &args.domain, &args.addresses))?)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}
