//! The command line: what it understands, and what it ends with.
//!
//! Exit codes: 0 done; 1 failed; 2 the command line or the configuration is wrong; 3 no server answers; 4 the server
//! refused; 5 a backup is damaged, or not what it says of itself.

mod args;
mod ask;
mod audit;
mod backup;
mod doctor;
mod key;
mod manage;
mod manual;
mod status;
mod table;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use rapport_edge::{CertStore, CertificateSource};

use crate::backup::BadBackup;
use crate::client::{NoServer, Refused};
use crate::config::{self, ConfigError, Inputs, Settings};
use crate::{clock, demo, metric, process, serve};
use args::{Cli, DescriptionOf, Place, Verb};

/// The command line lacks something that it can't be understood without.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Does what the command line says and returns the exit code.
pub fn run() -> u8 {
    process::keep_secrets();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Where nobody reads what is printed, there is nothing left to do about it.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let json = match &cli.verb {
        Verb::Tenant { at, .. } => at.json,
        Verb::User { at, .. } => at.json,
        Verb::Domain { at, .. } => at.json,
        Verb::Key { at, .. } => at.json,
        Verb::Backup(args) => args.shown.json,
        Verb::Verify(args) => args.shown.json,
        Verb::Restore(args) => args.shown.json,
        _ => false,
    };
    match act(cli) {
        Ok(()) => 0,
        Err(error) => {
            let _ = if json {
                writeln!(std::io::stderr(), "{:#}", problem(&error))
            } else {
                writeln!(std::io::stderr(), "rapport: {error:#}")
            };
            code(&error)
        }
    }
}

/// An error as JSON: the server's problem, or code and sentence of what went wrong on this side.
fn problem(error: &anyhow::Error) -> serde_json::Value {
    if let Some(Refused(problem)) = error.downcast_ref::<Refused>()
        && let Ok(problem) = serde_json::to_value(problem)
    {
        return problem;
    }
    let code = match code(error) {
        2 => "configuration",
        3 => "no-server",
        4 => "refused",
        5 => "bad-backup",
        _ => "failed",
    };
    serde_json::json!({ "code": code, "title": format!("{error:#}") })
}

fn code(error: &anyhow::Error) -> u8 {
    if error.is::<ConfigError>() || error.is::<Usage>() {
        2
    } else if error.is::<NoServer>() {
        3
    } else if let Some(Refused(problem)) = error.downcast_ref::<Refused>() {
        if problem.code == "bad-backup" { 5 } else { 4 }
    } else if error.is::<BadBackup>() {
        5
    } else {
        // Where no server runs, the services are asked here, and answer what it would have.
        match error.downcast_ref::<rapport_service::Error>() {
            Some(rapport_service::Error::BadBackup(_)) => 5,
            Some(
                rapport_service::Error::NotFound(_)
                | rapport_service::Error::Taken(_)
                | rapport_service::Error::ServiceKey(_),
            ) => 4,
            _ => 1,
        }
    }
}

fn act(cli: Cli) -> Result<()> {
    match cli.verb {
        Verb::Serve(place) => serve::run(&inputs(&place)),
        Verb::CheckConfig { file, data } => {
            let (settings, warnings) = config::load(&inputs(&Place { config: Some(file), data }))?;
            for warning in warnings {
                say(&format!("Warning: {warning}.\n"))?;
            }
            say(&config::explain(&settings))?;
            check_certificate(&settings)
        }
        Verb::Completions { shell } => say(&manual::completions(shell)),
        Verb::Manual { directory } => manual::write(&directory),
        Verb::ConfigExample => say(&config::example()),
        Verb::Openapi { of } => say(&match of {
            DescriptionOf::Management => rapport_face_api::document(),
            DescriptionOf::Web => rapport_face_api::web_openapi(),
            DescriptionOf::Events => rapport_face_api::asyncapi(),
        }),
        Verb::MetricsReference => say(&metric::reference()),
        Verb::Demo(demo) => demo::run(demo.data, demo.port, demo.tcp_port),
        Verb::Backup(args) => backup::make(args),
        Verb::Verify(args) => backup::verify(args),
        Verb::Restore(args) => backup::restore(args),
        Verb::Doctor(args) => doctor::examine(args),
        Verb::Dns(args) => doctor::dns(args),
        Verb::Status { asked, at } => manage::status(&at.place(), at.socket.clone(), at.json, &asked),
        Verb::Tenant { verb, at } => {
            manage::run(&at.place(), at.socket.clone(), at.json, manage::Asked::Tenant(verb))
        }
        Verb::User { verb, at } => {
            manage::run(&at.place(), at.socket.clone(), at.json, manage::Asked::User(verb))
        }
        Verb::Audit { verb, at } => {
            manage::run(&at.place(), at.socket.clone(), at.json, manage::Asked::Audit(verb))
        }
        Verb::Domain { verb, at } => {
            manage::run(&at.place(), at.socket.clone(), at.json, manage::Asked::Domain(verb))
        }
        Verb::Key { verb, at } => {
            manage::run(&at.place(), at.socket.clone(), at.json, manage::Asked::Key(verb))
        }
    }
}

/// Reads a configured certificate as the server would, and says until when it holds.
fn check_certificate(settings: &Settings) -> Result<()> {
    let (Some(certificate), Some(key)) = (&settings.tls_certificate.0, &settings.tls_key.0) else {
        return Ok(());
    };
    let source = CertificateSource::Files { certificate: certificate.clone(), key: key.clone() };
    let (_, info) = CertStore::open(source, clock::now()).context("tls.certificate and tls.key")?;
    let until = info.valid_until.map_or_else(|| "an unknown date".to_owned(), clock::rfc3339);
    let now = if info.outside_validity { "; clients refuse it because of the date" } else { "" };
    say(&format!("\nThe certificate can be used, and holds until {until}{now}.\n"))
}

/// Where the configuration comes from: the options, the environment, and the file that either names.
fn inputs(place: &Place) -> Inputs {
    let environment: Vec<(String, String)> =
        std::env::vars().filter(|(name, _)| name.starts_with("RAPPORT_")).collect();
    let file = place.config.clone().or_else(|| std::env::var_os("RAPPORT_CONFIG").map(PathBuf::from));
    let data = place.data.as_ref().map(|data| ("data.directory", "--data", data.display().to_string()));
    Inputs { file, environment, command_line: data.into_iter().collect() }
}

fn settings(place: &Place) -> Result<Settings> {
    Ok(config::load(&inputs(place))?.0)
}

fn say(text: &str) -> Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot write to standard output")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_made() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_of_the_manual_is_understood() {
        for line in [
            "serve --config r.toml --data d",
            "check-config r.toml",
            "completions zsh",
            "manual man",
            "config-example",
            "openapi",
            "openapi events",
            "metrics-reference",
            "demo",
            "demo --data demo --port 8443 --tcp-port 5060",
            "backup --to /b --passphrase-file p --json --progress --data d",
            "backup --without-key --config r.toml",
            "verify b.tar --passphrase-file p --scratch /s --json",
            "restore b.tar --replace --without-key --data d",
            "restore b.tar --tenant example --yes --socket s",
            "restore --user kim@example.com --as-of 2026-11-26T08:00:00Z",
            "tenant add example --domain example.com --domain example.org --display-name Example --netbios-name EX",
            "tenant add example --domain example.com --account-passwords --max-contacts 2 --json --data d",
            "tenant list --json",
            "tenant show example",
            "tenant set example --enabled false --max-contacts 2 --max-watchers 2 --account-passwords false",
            "tenant set example --address-grace-days 7 --keep-deleted-days 90",
            "tenant remove example --yes",
            "tenant delete example --for-good --yes",
            "tenant restore example",
            "tenant list --deleted",
            "user add example kim@example.com --display-name Kim --password-stdin --title T --manager ana --phone work=1",
            "user add example kim@example.com --no-password",
            "user list example",
            "user show example kim",
            "user set example kim --licensed false --alias k@example.com --manager none",
            "user password example kim --password-stdin",
            "user enable example kim",
            "user disable example kim",
            "user unlock example kim",
            "user trace example kim --minutes 5",
            "user remove example kim --yes",
            "user delete example kim --for-good --yes",
            "user restore example kim",
            "user release example kim@example.com",
            "user list example --deleted",
            "user app-password add example kim --name laptop",
            "user app-password list example kim",
            "user app-password remove example kim 1",
            "domain add example example.net",
            "key show --json",
            "key rotate --data d",
            "domain list example",
            "domain rename example example.net example.com",
            "domain remove example example.net --socket /run/m.sock",
        ] {
            let words = std::iter::once("rapport").chain(line.split(' '));
            if let Err(error) = Cli::try_parse_from(words) {
                panic!("{line}: {error}");
            }
        }
        for wrong in [
            "",
            "backup --passphrase secret",
            "verify",
            "restore b --tenant a --user b",
            "user add example",
            "user password example kim secret",
            "tenant add example",
            "demo x",
        ] {
            let words = std::iter::once("rapport").chain(wrong.split(' ').filter(|word| !word.is_empty()));
            assert!(Cli::try_parse_from(words).is_err(), "{wrong}");
        }
    }
}
