//! Looks at everything that a service needs around it, and says of each fault what to do.
//!
//! It only looks: at the machine, at the listeners as a client sees them, at the DNS, and, with somebody's password,
//! at a whole sign-in.

mod certificate;
mod host;
mod listeners;
mod records;
mod sign_in;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use rapport_model::SipDomain;
use serde_json::{Value, json};

use crate::config::Settings;
use certificate::{coverage, validity};
use listeners::reachable;
use records::{Dns, Records};

pub(crate) use sign_in::Account;

/// How long a listener may take to shake hands.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of looking at one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    what: &'static str,
    state: State,
    found: String,
    remedy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    Warning,
    Bad,
    NotChecked,
}

/// What is to be looked at.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) settings: &'a Settings,
    /// The process of the running server, if there is one.
    pub(crate) server: Option<u32>,
    /// A SIP domain that clients should find by the DNS.
    pub(crate) domain: Option<&'a str>,
    /// The name server to ask instead of this machine's.
    pub(crate) resolver: Option<SocketAddr>,
    /// Who signs in, to see that it works from end to end.
    pub(crate) account: Option<Account>,
    pub(crate) now: SystemTime,
}

impl Check {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: State::Good, found: found.into(), remedy: None }
    }

    fn warning(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what, state: State::Warning, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn bad(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what, state: State::Bad, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn not_checked(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: State::NotChecked, found: found.into(), remedy: None }
    }
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "BAD",
            Self::NotChecked => "not checked",
        }
    }
}

/// Looks at everything, in the order in which one fault explains the next.
pub(crate) async fn examine(asked: &Asked<'_>) -> Vec<Check> {
    let settings = asked.settings;
    let mut checks =
        vec![host::files(settings, asked.server), host::disk("data disk", &settings.data_directory.0)];
    if let Some(directory) = &settings.backup_directory.0 {
        checks.push(host::disk("backup disk", directory));
    }
    checks.push(host::clock(asked.now));
    checks.push(host::service_key(&settings.data_directory.0, asked.now));
    checks.push(match asked.server {
        Some(process) => Check::good("server", format!("runs as process {process}")),
        None => {
            Check::bad("server", "does not run, or not with this data directory", "start it: rapport serve")
        }
    });
    checks.extend(listeners::listeners(settings, asked.now).await);
    if let Some(domain) = asked.domain {
        match records_of(settings, domain) {
            Ok(records) => checks.extend(dns(&records, &Dns::new(asked.resolver), asked.now).await),
            Err(error) => checks.push(Check::bad("domain", format!("{error:#}"), "name a SIP domain")),
        }
    }
    checks.push(match &asked.account {
        Some(account) => sign_in::sign_in(settings, account, asked.now).await,
        None => Check::not_checked("sign-in", "nobody to sign in as: name one with --user"),
    });
    checks
}

/// Works out the records of a domain, in A-labels.
fn records_of(settings: &Settings, domain: &str) -> Result<Records> {
    let domain = SipDomain::parse(domain).with_context(|| format!("\"{domain}\" is no SIP domain"))?;
    let port = |addresses: &[SocketAddr]| addresses.first().map(SocketAddr::port);
    let [tls, https] = [port(&settings.listen_tls.0), port(&settings.listen_https.0)];
    Ok(Records::of(domain.as_str(), &settings.effective_server_name(), tls, https))
}

/// Prints the records by which clients find the server, in the form of a zone file.
///
/// # Errors
/// The domain is none.
pub(crate) async fn zone(settings: &Settings, domain: &str, addresses: &[IpAddr]) -> Result<String> {
    let records = records_of(settings, domain)?;
    if !addresses.is_empty() {
        return Ok(records.zone(addresses));
    }
    // The server's own name is likely to lead to its addresses already.
    let found = Dns::new(None).addresses(&settings.effective_server_name()).await.unwrap_or_default();
    let found: Vec<IpAddr> = found.into_iter().filter(|address| !address.is_loopback()).collect();
    Ok(records.zone(&found))
}

/// Looks at what the DNS says, and at what clients find where it leads them.
async fn dns(records: &Records, dns: &Dns, now: SystemTime) -> Vec<Check> {
    let mut checks = Vec::new();
    let remedy = "put in what `rapport dns` prints";
    // Each question would wait as long again.
    let first = records.services.first().map(|service| service.name.as_str()).unwrap_or_default();
    if let Err(error) = dns.services(first).await {
        return vec![Check::not_checked("dns", format!("{first}: {error:#}"))];
    }
    let mut led = BTreeSet::new();
    for (n, service) in records.services.iter().enumerate() {
        let (target, port) = (&service.target, service.port);
        // One service is enough for either client; the second is for those outside of the company's network.
        let missing = |found: String| match n {
            0 => Check::bad("dns", found, remedy),
            _ => Check::warning("dns", found, remedy),
        };
        checks.push(match dns.services(&service.name).await {
            Err(error) => Check::not_checked("dns", format!("{}: {error:#}", service.name)),
            Ok(found) if found.iter().any(|(host, at)| host == target && *at == port) => {
                led.insert((target.clone(), port));
                Check::good("dns", format!("{} leads to {target}:{port}", service.name))
            }
            Ok(found) if found.is_empty() => missing(format!("{} is not there", service.name)),
            Ok(found) => {
                let found: Vec<String> = found.iter().map(|(host, port)| format!("{host}:{port}")).collect();
                missing(format!("{} leads to {}, not to {target}:{port}", service.name, found.join(", ")))
            }
        });
    }
    let mut addresses = Vec::new();
    for (n, host) in records.hosts.iter().enumerate() {
        checks.push(match dns.addresses(host).await {
            Err(error) => Check::not_checked("dns", format!("{host}: {error:#}")),
            Ok(found) if found.is_empty() && n == 0 => {
                Check::bad("dns", format!("{host} has no address"), remedy)
            }
            Ok(found) if found.is_empty() => Check::warning("dns", format!("{host} has no address"), remedy),
            Ok(found) => {
                let shown: Vec<String> = found.iter().map(IpAddr::to_string).collect();
                if n == 0 {
                    addresses = found;
                }
                Check::good("dns", format!("{host} is at {}", shown.join(", ")))
            }
        });
    }
    for (target, port) in led {
        for address in &addresses {
            let at = SocketAddr::new(*address, port);
            match rapport_edge::probe(at, &target, PATIENCE).await {
                Ok(seen) => {
                    checks.push(coverage(
                        "as clients find it",
                        seen.covers(&target),
                        &target,
                        &at.to_string(),
                    ));
                    let dated = validity(seen.validity(), now, &at.to_string());
                    if dated.state == State::Bad {
                        checks.push(dated);
                    }
                }
                Err(error) => {
                    let remedy = "open the port in the firewall, or correct the address in the DNS";
                    checks.push(Check::bad("as clients find it", format!("{at}: {error}"), remedy));
                }
            }
        }
    }
    checks
}

/// Whether nothing was found bad.
pub(crate) fn is_well(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.state != State::Bad)
}

/// The findings for people.
pub(crate) fn page(checks: &[Check]) -> String {
    let mut page = String::new();
    for Check { what, state, found, remedy } in checks {
        page.push_str(&format!("{:<12} {what}: {found}\n", state.name()));
        if let Some(remedy) = remedy {
            page.push_str(&format!("{:<12} -> {remedy}\n", ""));
        }
    }
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let [bad, warnings, unchecked] = [State::Bad, State::Warning, State::NotChecked].map(count);
    page.push_str(&format!("\n{bad} bad, {warnings} to look at, {unchecked} not checked.\n"));
    page
}

/// The findings for programs.
pub(crate) fn value(checks: &[Check]) -> Value {
    let checks: Vec<Value> = checks
        .iter()
        .map(|Check { what, state, found, remedy }| {
            json!({ "what": what, "state": state.name(), "found": found, "remedy": remedy })
        })
        .collect();
    json!({ "checks": checks })
}
