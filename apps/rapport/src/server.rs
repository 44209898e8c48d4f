//! Puts the server together, starts it and ends it: here stores, fabric, services, faces and listeners meet.

mod certificate;
mod data;
mod heads;
mod listen;
mod waves;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rapport_acme::Acme;
use rapport_edge::{Accepted, CertStore, CertificateInfo, CertificateSource, Edge, Listen, Protocol};
use rapport_fabric_local::LocalFabric;
use rapport_face_api::{Caller, HttpBounds, Observed, Stop, Web};
use rapport_face_sip::{ChannelBinding, Peer, Transport};
use rapport_secrets::{Cost, PasswordHasher};
use rapport_service::secret::Secrets;
use rapport_service::web_sessions::Lives;
use rapport_service::{Services, Wire};
use rapport_sip::Limits;
use rapport_store::Store;
use rapport_store_sqlite::SqliteStore;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{interval, timeout};

use crate::backup::{BackupFiles, Schedule, keep_making};
use crate::clock::{self, SystemClock};
use crate::config::{OptionalPath, Settings};
use crate::systemd::{self, Beats};
use crate::{memory, metric};
pub(crate) use data::DataDirectory;
use waves::Waves;

/// The services of this server.
pub type LocalServices = Services<LocalFabric<Wire>>;

/// How long the end waits for what was said last to be in the histories.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A server that runs, until it is shut down.
pub struct Running {
    addresses: Vec<Listen>,
    metrics: Option<SocketAddr>,
    management: PathBuf,
    name: String,
    services: Arc<LocalServices>,
    certificates: Arc<CertStore>,
    certificate: CertificateInfo,
    acme_again: Arc<Notify>,
    waves: Arc<Waves>,
    web: Web<LocalFabric<Wire>>,
    stop_accepting: watch::Sender<bool>,
    stop_http: watch::Sender<bool>,
    gate: JoinSet<()>,
    tasks: JoinSet<()>,
    bound: Duration,
    _data: DataDirectory,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Starts a server. It serves from when this returns.
///
/// # Errors
/// A sentence that names the key, file, port or address at fault, and what to do.
pub async fn start(settings: &Settings) -> Result<Running> {
    let recorder = metric::recorder();
    let data = DataDirectory::open(&settings.data_directory.0)?;
    let name = settings.effective_server_name();
    let (certificates, certificate) = open_certificates(settings, &data, &name).await?;
    let (store, secrets) = open_store(settings, &data).await?;
    let sip = sip_settings(settings, &name);
    let services = services(store, secrets, &data, settings, &sip);
    let on_rotation = heads::hand_over(settings.audit_heads_path());
    let services = Arc::new(services.with_key_file(data.keys(), on_rotation));
    services.ready().await.context("the database does not answer")?;
    let waves = Arc::new(Waves::new(&services, &sip).with_context(|| {
        format!("server.name: \"{name}\" can't be the name of a server; set the DNS name by which clients reach it")
    })?);

    let edge = listen::open_edge(settings, &certificates)?;
    let management = settings.management_path();
    let socket = rapport_face_api::bind_unix(&management).await.context("management.socket")?;
    let metrics_port = match settings.listen_metrics.0 {
        Some(address) => Some(listen::open_metrics(address).await?),
        None => None,
    };

    let addresses = edge.addresses().to_vec();
    let (stop_accepting, accepting) = watch::channel(false);
    let (stop_http, http_stop) = rapport_face_api::stop();
    let mut tasks = JoinSet::new();
    let running_services = services.clone();
    tasks.spawn(async move { running_services.run().await });
    tasks.spawn(heads::write_heads(services.clone(), settings.audit_heads_path()));
    let bounds = HttpBounds::default();
    // Bringing a company of many people back takes its time.
    let managed = HttpBounds { request: Duration::from_secs(600), ..bounds };
    let router = rapport_face_api::management(services.clone());
    tasks.spawn(rapport_face_api::serve_unix(socket, router, managed, http_stop.clone()));
    let metrics = metrics_port.as_ref().and_then(|port| port.local_addr().ok());
    if let Some(port) = metrics_port {
        tasks.spawn(observe(port, services.clone(), bounds, http_stop.clone()));
    }
    services.admission.limit(memory::ceiling(settings.limit_memory));
    let weighed = services.clone();
    tasks.spawn(async move { memory::watch(&weighed.admission).await });
    tasks.spawn(async move {
        let mut ticks = interval(Duration::from_secs(5));
        loop {
            ticks.tick().await;
            recorder.run_upkeep();
        }
    });
    if let Some(directory) = settings.backup_directory.0.clone() {
        tasks.spawn(keep_making(Schedule {
            data: data.path().to_owned(),
            directory,
            every: settings.backup_every.0,
            keep: usize::try_from(settings.backup_keep).unwrap_or(usize::MAX),
            passphrase_file: settings.backup_passphrase_file.0.clone(),
        }));
    }
    tasks.spawn(certificate::watch(certificates.clone()));
    let acme_again = Arc::new(Notify::new());
    if let Some(acme) = acme(settings) {
        tasks.spawn(acme.keep(certificates.clone(), acme_again.clone(), clock::now));
    }
    let mut gate = JoinSet::new();
    let (pulse, beats) = systemd::pulse();
    let web = Web::new(services.clone(), &sip.server());
    let pages = Pages { router: rapport_face_api::public(&web), stop: http_stop };
    gate.spawn(admit(edge, waves.clone(), pages, accepting, beats));
    if let Some(within) = systemd::watchdog() {
        let watched = services.clone();
        tasks.spawn(async move { systemd::keep_watch(within, pulse, || watched.alive()).await });
    }
    Ok(Running {
        addresses,
        metrics,
        management,
        name,
        services,
        certificates,
        certificate,
        acme_again,
        waves,
        web,
        stop_accepting,
        stop_http,
        gate,
        tasks,
        bound: settings.shutdown_bound.0,
        _data: data,
    })
}

fn services(
    store: Arc<dyn Store>,
    secrets: Secrets,
    data: &DataDirectory,
    settings: &Settings,
    sip: &rapport_face_sip::Settings,
) -> LocalServices {
    let passphrase_file = settings.backup_passphrase_file.0.clone();
    let backups = BackupFiles { data: data.path().to_owned(), passphrase_file };
    Services::new(store, LocalFabric::default(), Arc::new(SystemClock), secrets, &sip.server())
        .with_backups(Arc::new(backups))
        .with_web_session_lives(Lives {
            unused: settings.web_session_unused.0,
            at_most: settings.web_session_life.0,
        })
}

/// The services of a server that doesn't run, for what is done to its data directory meanwhile.
pub(crate) struct Idle {
    services: LocalServices,
    _data: DataDirectory,
}

impl Idle {
    /// Takes the data directory; no server can have it until this is dropped.
    pub(crate) async fn open(settings: &Settings) -> Result<Self> {
        let data = DataDirectory::open(&settings.data_directory.0)?;
        let (store, secrets) = open_store(settings, &data).await?;
        let sip = sip_settings(settings, &settings.effective_server_name());
        Ok(Self { services: services(store, secrets, &data, settings, &sip), _data: data })
    }
}

impl std::ops::Deref for Idle {
    type Target = LocalServices;

    fn deref(&self) -> &LocalServices {
        &self.services
    }
}

impl Running {
    /// Returns the addresses that are listened on, with the ports that the system chose.
    pub fn addresses(&self) -> &[Listen] {
        &self.addresses
    }

    /// Returns the address of the metrics port, if there is one.
    pub const fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Returns the path of the management socket.
    pub const fn management(&self) -> &PathBuf {
        &self.management
    }

    /// Returns the name by which clients reach the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the services.
    pub const fn services(&self) -> &Arc<LocalServices> {
        &self.services
    }

    /// Returns what is known of the certificate that the server started with.
    pub const fn certificate(&self) -> &CertificateInfo {
        &self.certificate
    }

    /// Reads the certificate again, or asks for one over ACME if one is due; open connections stay.
    ///
    /// # Errors
    /// A sentence that names the file; the certificate in use then stays.
    pub async fn reload_certificate(&self) -> Result<CertificateInfo> {
        let certificates = self.certificates.clone();
        self.acme_again.notify_one();
        Ok(tokio::task::spawn_blocking(move || certificates.reload(clock::now())).await??)
    }

    /// Stops accepting, lets what is in flight be finished, closes connections one after the other, and ends, all of it
    /// within the configured bound. Says whether everything ended by itself.
    pub async fn shutdown(mut self) -> bool {
        let bound = self.bound;
        let orderly = timeout(bound, async {
            // Whoever listened has ended already otherwise.
            let _ = self.stop_accepting.send(true);
            tokio::join!(self.waves.close(bound), self.web.close());
            let _ = self.stop_http.send(true);
            while self.gate.join_next().await.is_some() {}
        })
        .await
        .is_ok();
        self.gate.shutdown().await;
        // Nobody says anything any more: what was said last is stored while there is somebody to do it.
        let settled = self.services.history.finish(LAST_WORDS).await;
        self.tasks.shutdown().await;
        orderly && settled
    }
}

/// Takes what the edge accepted, and gives each connection a task of its own.
async fn admit(
    mut edge: Edge,
    waves: Arc<Waves>,
    pages: Pages,
    mut accepting: watch::Receiver<bool>,
    mut beats: Beats,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            // Said once, or the server is gone.
            _ = accepting.changed() => break,
            Some(ended) = connections.join_next() => count_end(ended),
            // Whoever asked may have given up.
            Some(answer) = beats.recv() => { let _ = answer.send(()); }
            accepted = edge.accept() => match accepted {
                Some(accepted) => { connections.spawn(serve(accepted, waves.clone(), pages.clone())); }
                None => break,
            },
        }
    }
    edge.stop_accepting().await;
    while let Some(ended) = connections.join_next().await {
        count_end(ended);
    }
}

/// What the HTTPS port serves to browsers.
#[derive(Clone)]
struct Pages {
    router: rapport_face_api::Router,
    stop: Stop,
}

async fn serve(accepted: Accepted, waves: Arc<Waves>, pages: Pages) {
    match accepted.protocol {
        Protocol::Sip => {
            let transport = if accepted.stream.is_tls() { Transport::Tls } else { Transport::Tcp };
            let channel_binding = accepted.end_point.as_deref().map(ChannelBinding::tls_server_end_point);
            let peer = Peer { address: accepted.peer, transport, channel_binding };
            waves.next().serve_since(accepted.stream, peer, accepted.since.into_std()).await;
        }
        Protocol::Http => {
            let (caller, bounds) = (Caller::Client(accepted.peer.ip()), HttpBounds::WEB);
            rapport_face_api::serve_connection(accepted.stream, pages.router, caller, bounds, pages.stop)
                .await;
        }
    }
}

fn count_end(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        metrics::counter!("rapport_connection_panics_total").increment(1);
        tracing::error!(%error, "a connection's task panicked; that connection ended, the others go on");
    }
}

async fn observe(port: TcpListener, services: Arc<LocalServices>, bounds: HttpBounds, stop: Stop) {
    let observed = Observed {
        metrics: Arc::new(|| metric::recorder().render()),
        ready: Arc::new(move || {
            let services = services.clone();
            Box::pin(async move {
                services.ready().await.map_err(|_| "the database does not answer".to_owned())?;
                Ok(services.refuses_changes().map(|why| format!("changes are refused: {why}")))
            })
        }),
    };
    rapport_face_api::serve_tcp(port, rapport_face_api::observe(observed), bounds, stop).await;
}

async fn open_certificates(
    settings: &Settings,
    data: &DataDirectory,
    name: &str,
) -> Result<(Arc<CertStore>, CertificateInfo)> {
    let source = match (&settings.tls_certificate, &settings.tls_key) {
        (OptionalPath(Some(certificate)), OptionalPath(Some(key))) => {
            CertificateSource::Files { certificate: certificate.clone(), key: key.clone() }
        }
        _ if settings.has_acme() => CertificateSource::Got {
            file: settings.acme_path().join("certificate.pem"),
            directory: data.path().to_owned(),
            names: vec![name.to_owned()],
        },
        // One without the other does not pass the check of the configuration.
        (OptionalPath(_), OptionalPath(_)) => {
            CertificateSource::Development { directory: data.path().to_owned(), names: vec![name.to_owned()] }
        }
    };
    let opened = tokio::task::spawn_blocking(move || CertStore::open(source, clock::now())).await?;
    opened.context("tls.certificate and tls.key")
}

/// Whom to get the certificate from over ACME, if anyone.
fn acme(settings: &Settings) -> Option<Acme> {
    settings.has_acme().then(|| Acme {
        directory: settings.acme_directory.clone(),
        contact: (!settings.acme_contact.is_empty()).then(|| settings.acme_contact.clone()),
        names: settings.effective_acme_names(),
        authority: settings.acme_authority.0.clone(),
        account: settings.acme_path().join("account.json"),
    })
}

async fn open_store(settings: &Settings, data: &DataDirectory) -> Result<(Arc<dyn Store>, Secrets)> {
    let cost = Cost {
        memory_kib: u32::try_from(settings.argon2_memory.0 / 1024).unwrap_or(u32::MAX),
        passes: settings.argon2_passes,
        lanes: 1,
    };
    let hasher = PasswordHasher::new(cost).context("passwords.argon2_memory and passwords.argon2_passes")?;
    let keys = data.service_key()?;
    let secrets = Secrets::new(hasher, keys, usize::try_from(settings.password_lanes).unwrap_or(1));
    let path = data.database();
    let store = tokio::task::spawn_blocking(move || SqliteStore::open(&path)).await??;
    Ok((Arc::new(store), secrets))
}

fn sip_settings(settings: &Settings, name: &str) -> rapport_face_sip::Settings {
    let limits = Limits {
        head: settings.limit_head.0,
        body: settings.limit_body.0,
        headers: usize::try_from(settings.limit_headers).unwrap_or(usize::MAX),
        line: settings.limit_line.0,
    };
    let defaults = rapport_face_sip::Settings::default();
    let before = defaults.limits_before_sign_in;
    rapport_face_sip::Settings {
        server_name: name.to_owned(),
        server_port: listen::port(settings),
        limits_before_sign_in: Limits {
            head: before.head.min(limits.head),
            body: before.body.min(limits.body),
            headers: before.headers.min(limits.headers),
            line: before.line.min(limits.line),
        },
        limits,
        sign_in_within: settings.limit_sign_in.0,
        registration: settings.registration_expires.0,
        keep_alive: settings.registration_keep_alive.0,
        keep_alive_grace: settings.registration_keep_alive_grace.0,
        outbound_queue: settings.limit_outbound.0,
        requests_per_second: settings.limit_requests,
        requests_burst: settings.limit_requests_burst,
        ..defaults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panics() -> Option<u64> {
        let rendered = metric::recorder().render();
        let line = rendered.lines().find(|line| line.starts_with("rapport_connection_panics_total "))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    #[tokio::test]
    async fn a_connection_s_panic_is_counted_and_the_others_go_on() {
        let before = panics().unwrap_or(0);
        let (word, heard) = tokio::sync::oneshot::channel();
        let mut connections = JoinSet::new();
        connections.spawn(async { panic!("the fault that this test has made") });
        connections.spawn(async {
            let _ = heard.await;
        });
        count_end(connections.join_next().await.expect("the one that panicked"));
        assert_eq!(panics(), Some(before + 1));
        word.send(()).expect("the other one still waits");
        count_end(connections.join_next().await.expect("the other one"));
        assert_eq!(panics(), Some(before + 1), "an ordinary end is no panic");
    }
}
