//! `rapport backup`, `restore` and `verify`.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, bail};
use hyper::Method;
use rapport_face_api::{Operator, RestoreFrom};
use rapport_model::{Aor, OperatorScope, Timestamp, TraceId};
use rapport_service::clock::Clock as _;
use rapport_service::restore::Told;
use serde::Serialize;
use serde_json::{Value, json};

use super::args::{BackupArgs, KeyArgs, RestoreArgs, Shown, VerifyArgs};
use super::{Usage, ask, say, settings, table};
use crate::backup::{self, KeyChoice, Manifest, Restored, newest_before};
use crate::client::{Client, NoServer, path};
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::{passphrase, server};

/// Makes a backup.
pub(super) fn make(args: BackupArgs) -> Result<()> {
    let settings = settings(&args.place)?;
    let to = args.to.or_else(|| settings.backup_directory.0.clone()).ok_or_else(|| {
        Usage(
            "where should the backup be? Name a directory or a file with --to, or set backup.directory"
                .to_owned(),
        )
    })?;
    let key = if args.key.without_key {
        KeyChoice::LeftOut
    } else {
        let chosen = given(&args.key, &settings, true)?;
        KeyChoice::Sealed(
            chosen
                .ok_or_else(|| Usage(format!("{NO_PASSPHRASE}, or leave the key out with --without-key")))?,
        )
    };
    let mut meter = Meter::new(args.shown);
    let mut told = |done, all| meter.tell(done, all);
    let made = backup::make(&settings.data_directory.0, &to, &key, SystemClock.wall(), &mut told);
    meter.end();
    let made = made?;
    let key = if made.manifest.key { "with the sealed service key" } else { "without the service key" };
    let people = made.manifest.tables.get("people").copied().unwrap_or(0);
    let text = format!(
        "Made {} ({} bytes) {key}: {} companies, {people} people.\n",
        made.backup.display(),
        made.bytes,
        made.manifest.companies.len()
    );
    shown(args.shown, &made, &text)
}

/// Verifies a backup.
pub(super) fn verify(args: VerifyArgs) -> Result<()> {
    let passphrase = given(&args.key, &settings(&args.place)?, false)?;
    let scratch = args.scratch.unwrap_or_else(std::env::temp_dir);
    let mut meter = Meter::new(args.shown);
    let mut told = |done, all| meter.tell(done, all);
    let checked =
        runtime()?.block_on(backup::verify(&args.backup, &scratch, passphrase.as_deref(), &mut told));
    meter.end();
    let checked = checked?;
    let key = match (checked.manifest.key, checked.key_opened) {
        (true, true) => "The service key opens every hash in it.",
        (true, false) => "The service key was not opened: no passphrase was given.",
        (false, _) => "It has no service key.",
    };
    let text = format!(
        "{} is good: {}; {} people were read back. {key}\n",
        args.backup.display(),
        of(&checked.manifest),
        checked.people
    );
    shown(args.shown, &checked, &text)
}

/// Restores everything, one company, or one person's contacts and access lists.
pub(super) fn restore(args: RestoreArgs) -> Result<()> {
    let settings = settings(&args.at.place())?;
    match (&args.tenant, &args.user) {
        (None, None) => whole(&args, &settings),
        (Some(tenant), None) => {
            let file = chosen(&args, &settings)?;
            if !args.yes {
                ask::sure(&format!("Replacing the company {tenant} by what it was in {}", file.display()))?;
            }
            let done = metered(args.shown, |meter| company(&args, &settings, tenant, &file, meter))?;
            let text = format!(
                "Restored the company {tenant} from {}: {} people; {} who were added since are gone.\n",
                file.display(),
                table::text(&done, "people"),
                table::text(&done, "gone")
            );
            shown(args.shown, &done, &text)
        }
        (None, Some(user)) => {
            let file = chosen(&args, &settings)?;
            let done = metered(args.shown, |meter| person(&args, &settings, user, &file, meter))?;
            let text = format!(
                "Restored {user} from {}: {} contacts ({} who are nobody any more were left out), {} members of access \
                 lists.\n",
                file.display(),
                table::text(&done, "contacts"),
                table::text(&done, "leftOut"),
                table::text(&done, "members")
            );
            shown(args.shown, &done, &text)
        }
        // The command line takes one of them.
        (Some(_), Some(_)) => bail!("either a company or a person"),
    }
}

async fn company(
    args: &RestoreArgs,
    settings: &Settings,
    tenant: &str,
    file: &Path,
    meter: Metered,
) -> Result<Value> {
    // The server doesn't know from where the command was given.
    let absolute = |path: &PathBuf| {
        path.canonicalize().with_context(|| format!("cannot read the passphrase from {}", path.display()))
    };
    let passphrase = args.key.passphrase_file.as_ref().map(absolute).transpose()?;
    match Reach::of(args, settings).await? {
        Reach::Server(client) => {
            let place = path(["v1", "tenants", tenant, "restore"]);
            let passphrase_file = passphrase.map(|path| path.display().to_string());
            let from = RestoreFrom { passphrase_file, ..from(file) };
            client.follow(Method::POST, &place, &from, &mut meter.of_server()).await
        }
        Reach::Here(here) => {
            let restore = &here.services.restore;
            let told = meter.of_service();
            let done = restore.tenant(&here.scope, file, tenant, passphrase.as_deref(), &told).await?;
            Ok(json!({ "tenant": done.tenant.to_string(), "people": done.people, "gone": done.gone }))
        }
    }
}

async fn person(
    args: &RestoreArgs,
    settings: &Settings,
    user: &str,
    file: &Path,
    meter: Metered,
) -> Result<Value> {
    let address = Aor::parse(user).map_err(|error| Usage(format!("--user: \"{user}\": {error}")))?;
    let domain = address.sip_domain();
    let unknown = || format!("no company has the SIP domain {domain}");
    match Reach::of(args, settings).await? {
        Reach::Server(client) => {
            let all = client.get(&path(["v1", "tenants"])).await?;
            let has = |tenant: &&Value| {
                let domains = tenant.get("domains").and_then(Value::as_array);
                domains.into_iter().flatten().any(|name| name.as_str() == Some(domain.as_str()))
            };
            let all = all.get("tenants").and_then(Value::as_array);
            let tenant = all.into_iter().flatten().find(has).with_context(unknown)?;
            let place = path(["v1", "tenants", &table::text(tenant, "name"), "users", user, "restore"]);
            client.follow(Method::POST, &place, &from(file), &mut meter.of_server()).await
        }
        Reach::Here(here) => {
            let all = here.services.tenants.list(&here.scope).await?;
            let tenant = all.iter().find(|tenant| tenant.domains.contains(&domain)).with_context(unknown)?;
            let scope = here.scope.within(tenant.id);
            let person = here.services.people.find(&scope, user).await?;
            let done = here.services.restore.person(&scope, file, person.id, &meter.of_service()).await?;
            Ok(json!({ "contacts": done.contacts, "leftOut": done.left_out, "members": done.members }))
        }
    }
}

fn whole(args: &RestoreArgs, settings: &Settings) -> Result<()> {
    let file = chosen(args, settings)?;
    let passphrase = if args.key.without_key { None } else { given(&args.key, settings, false)? };
    if passphrase.is_none() && !args.key.without_key {
        let asked = passphrase::from_terminal(false)?;
        if let Some(asked) = asked {
            return put_back(args, settings, &file, Some(&asked));
        }
        return Err(
            Usage(format!("{NO_PASSPHRASE}, or keep the key that is there with --without-key")).into()
        );
    }
    put_back(args, settings, &file, passphrase.as_deref())
}

fn put_back(args: &RestoreArgs, settings: &Settings, file: &Path, passphrase: Option<&str>) -> Result<()> {
    let data = &settings.data_directory.0;
    let mut meter = Meter::new(args.shown);
    let mut told = |done, all| meter.tell(done, all);
    let restored = backup::restore(file, data, passphrase, args.replace, SystemClock.wall(), &mut told);
    meter.end();
    let Restored { moved_aside, key_restored, manifest } = restored?;
    let aside = match &moved_aside {
        Some(aside) => format!(" What was there is in {}.", aside.display()),
        None => String::new(),
    };
    let key = if key_restored {
        ""
    } else if data.join("service.key").exists() {
        " The service key that was there stays."
    } else {
        " There is no service key: put its copy into the directory before the server starts."
    };
    let text =
        format!("Restored {} from {}: {}.{aside}{key}\n", data.display(), file.display(), of(&manifest));
    shown(args.shown, &Restored { moved_aside, key_restored, manifest }, &text)
}

const NO_PASSPHRASE: &str = "there is no passphrase for the service key: name a file that has it with \
                             --passphrase-file, RAPPORT_BACKUP_PASSPHRASE_FILE or backup.passphrase_file";

/// Returns the passphrase from the file that an option, the environment or the configuration names; a new one is asked
/// for where there is none.
fn given(key: &KeyArgs, settings: &Settings, new: bool) -> Result<Option<String>> {
    let file = key.passphrase_file.as_ref().or(settings.backup_passphrase_file.0.as_ref());
    match file {
        Some(file) => passphrase::from_file(file).map(Some),
        None if new => passphrase::from_terminal(true),
        None => Ok(None),
    }
}

/// Returns the backup that is meant: the file, or the newest one of a directory at a time.
fn chosen(args: &RestoreArgs, settings: &Settings) -> Result<PathBuf> {
    let place = args.backup.clone().or_else(|| settings.backup_directory.0.clone());
    let place = place.ok_or_else(|| {
        Usage("from which backup? Name a file or a directory, or set backup.directory".to_owned())
    })?;
    let file = if place.is_dir() {
        let at = match &args.as_of {
            Some(text) => Timestamp::parse(text).ok_or_else(|| {
                Usage(format!(
                    "--as-of: \"{text}\" is no moment in universal time such as 2026-11-26T08:00:00Z"
                ))
            })?,
            None => Timestamp(i64::MAX / 2),
        };
        newest_before(&place, at)?.path
    } else if args.as_of.is_some() {
        return Err(Usage("--as-of chooses among the backups of a directory; name one".to_owned()).into());
    } else {
        place
    };
    // The server doesn't know from where the command was given.
    file.canonicalize().with_context(|| format!("cannot read the backup {}", file.display()))
}

fn from(file: &Path) -> RestoreFrom {
    RestoreFrom { backup: file.display().to_string(), passphrase_file: None }
}

fn of(manifest: &Manifest) -> String {
    let people = manifest.tables.get("people").copied().unwrap_or(0);
    format!(
        "{}, schema {}, {} companies, {people} people",
        manifest.created,
        manifest.schema,
        manifest.companies.len()
    )
}

/// Where something is brought back: through the server, so that what is live is right, or here where none runs.
enum Reach {
    Server(Client),
    Here(Box<Here>),
}

struct Here {
    services: server::Idle,
    scope: OperatorScope,
}

impl Reach {
    async fn of(args: &RestoreArgs, settings: &Settings) -> Result<Self> {
        let socket = args.at.socket.clone().unwrap_or_else(|| settings.management_path());
        let client = Client::new(&socket);
        match client.get(&path(["v1", "tenants"])).await {
            Ok(_) => Ok(Self::Server(client)),
            // Another socket was meant: not the one of the server on this data directory.
            Err(error) if error.is::<NoServer>() && args.at.socket.is_none() => {
                let uid = rustix::process::geteuid().as_raw();
                let Operator { name, source } = Operator::of_process(uid, Some(std::process::id()));
                let trace = TraceId(SystemClock.random_u64());
                let scope = OperatorScope::operator(name, source, "management", trace);
                let services = server::Idle::open(settings).await?;
                Ok(Self::Here(Box::new(Here { services, scope })))
            }
            Err(error) => Err(error),
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}

fn shown(how: Shown, value: &impl Serialize, text: &str) -> Result<()> {
    if how.json { say(&format!("{}\n", serde_json::to_string_pretty(value)?)) } else { say(text) }
}

/// Brings something back while its steps are shown.
fn metered<D>(shown: Shown, what: impl FnOnce(Metered) -> D) -> Result<Value>
where
    D: Future<Output = Result<Value>>,
{
    let meter = Metered(Arc::new(Mutex::new(Meter::new(shown))));
    let done = runtime()?.block_on(what(meter.clone()));
    meter.lock().end();
    done
}

/// A meter that the server's lines and the services here can tell alike.
#[derive(Clone)]
struct Metered(Arc<Mutex<Meter>>);

impl Metered {
    fn lock(&self) -> MutexGuard<'_, Meter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_server(self) -> impl FnMut(&str, u64, u64) + Send {
        move |step, done, all| self.lock().tell_step(step, done, all)
    }

    fn of_service(self) -> Told {
        Arc::new(move |step, done, all| self.lock().tell_step(step.name(), done, all))
    }
}

/// Shows how far something is: a line that is written over at a terminal, or a line of JSON each time.
struct Meter {
    json: bool,
    terminal: bool,
    last: Option<(String, u64)>,
}

impl Meter {
    fn new(how: Shown) -> Self {
        Self { json: how.progress, terminal: !how.json && std::io::stderr().is_terminal(), last: None }
    }

    /// Tells of octets.
    fn tell(&mut self, done: u64, all: u64) {
        self.tell_step("", done, all);
    }

    /// Tells of a step, of which there are several.
    fn tell_step(&mut self, step: &str, done: u64, all: u64) {
        let percent = done.saturating_mul(100).checked_div(all).unwrap_or(100);
        let same = self.last.as_ref().is_some_and(|(before, at)| before == step && *at == percent);
        if same || !(self.json || self.terminal) {
            return;
        }
        self.last = Some((step.to_owned(), percent));
        let mut err = std::io::stderr();
        // Where nobody reads it, nothing is to be done about it.
        let _ = match (self.json, step) {
            (true, "") => writeln!(err, "{}", json!({ "done": done, "total": all, "percent": percent })),
            (true, step) => {
                let line = json!({ "step": step, "done": done, "total": all, "percent": percent });
                writeln!(err, "{line}")
            }
            (false, "") => write!(err, "\r{percent:3} % of {all} bytes"),
            (false, step) => write!(err, "\r{step:<10} {percent:3} %"),
        };
    }

    fn end(&self) {
        if self.terminal && !self.json && self.last.is_some() {
            let _ = writeln!(std::io::stderr());
        }
    }
}
