//! The server's certificate: read, checked, and replaced without dropping a connection.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ParsedCertificate, ProducesTickets};
use rustls::{InconsistentKeys, ServerConfig};

use crate::{development, tls, validity};

/// More than any chain of certificates needs; a wrong path doesn't fill the memory.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Where the certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateSource {
    /// PEM files: the chain, the server's own certificate first, and its private key.
    Files {
        /// The chain.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// A certificate authority and a certificate made here, for development and demonstrations.
    Development {
        /// The directory in which they are kept: `dev-ca.pem`, `dev-cert.pem` and their keys.
        directory: PathBuf,
        /// Names of this server beside `localhost`, `127.0.0.1` and `::1`.
        names: Vec<String>,
    },
}

/// Says what is wrong with a certificate or its key.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file can't be read.
    #[error("cannot read {}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file can't be written.
    #[error("cannot write {}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file is far too large to be what it should be.
    #[error("{} is too large to be a certificate or a key", .0.display())]
    TooLarge(PathBuf),
    /// The file has no certificate in PEM form.
    #[error(
        "{} holds no certificate in PEM form (it should have a line -----BEGIN CERTIFICATE-----)",
        .0.display()
    )]
    NoCertificate(PathBuf),
    /// The file has no private key in PEM form.
    #[error(
        "{} holds no private key in PEM form (PKCS #8, PKCS #1 or SEC 1, not encrypted)",
        .0.display()
    )]
    NoKey(PathBuf),
    /// Others than the server's account may read or write the key.
    #[error(
        "the private key {} has mode {mode:04o}, so that others can reach it; run: chmod {} {}",
        key.display(), remedy(*.ours), key.display()
    )]
    KeyMode {
        /// The file with the key.
        key: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// Whether the file belongs to the server's account.
        ours: bool,
    },
    /// The key doesn't belong to the certificate.
    #[error("the key in {} does not belong to the certificate in {}", key.display(), certificate.display())]
    KeyMismatch {
        /// The file with the chain.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// TLS can't use them.
    #[error("the certificate in {} cannot be used", certificate.display())]
    Unusable {
        /// The file with the chain.
        certificate: PathBuf,
        /// Why not.
        #[source]
        source: rustls::Error,
    },
    /// The development certificate couldn't be made.
    #[error("cannot make the development certificate: {0}")]
    Make(String),
    /// The operating system gave no randomness.
    #[error("cannot make the keys of TLS tickets")]
    Tickets(#[source] rustls::Error),
}

const fn remedy(ours: bool) -> &'static str {
    if ours { "600" } else { "640" }
}

/// What an operator wants to know of the certificate in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateInfo {
    /// The file it was read from.
    pub file: PathBuf,
    /// The first moment at which clients accept it, when the certificate could be read that far.
    pub valid_from: Option<SystemTime>,
    /// The last moment at which clients accept it, when the certificate could be read that far.
    pub valid_until: Option<SystemTime>,
    /// Whether clients refuse it because of the date.
    pub outside_validity: bool,
}

impl CertificateInfo {
    /// Whether clients accept it at that moment, as far as the date goes.
    pub fn holds(&self, now: SystemTime) -> bool {
        self.valid_from.is_none_or(|from| from <= now) && self.valid_until.is_none_or(|until| now <= until)
    }
}

/// Holds the certificate in use.
pub struct CertStore {
    source: CertificateSource,
    provider: Arc<CryptoProvider>,
    tickets: Arc<dyn ProducesTickets>,
    current: ArcSwap<ServerConfig>,
    info: ArcSwap<CertificateInfo>,
}

impl std::fmt::Debug for CertStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertStore").field("source", &self.source).finish_non_exhaustive()
    }
}

impl CertStore {
    /// Reads the certificate, or makes the development certificate where there is none that still serves.
    ///
    /// # Errors
    /// [`CertificateError`] names the file and what is wrong with it.
    pub fn open(
        source: CertificateSource,
        now: SystemTime,
    ) -> Result<(Arc<Self>, CertificateInfo), CertificateError> {
        let provider = Arc::new(tls::provider());
        let tickets = tls::ticketer().map_err(CertificateError::Tickets)?;
        let (config, info) = load(&source, &provider, &tickets, now)?;
        let (current, known) = (ArcSwap::from_pointee(config), ArcSwap::from_pointee(info.clone()));
        let store = Self { source, provider, tickets, current, info: known };
        Ok((Arc::new(store), info))
    }

    /// Reads the files again. Connections that are open keep what they agreed on; the next ones get the new certificate.
    ///
    /// # Errors
    /// [`CertificateError`]; the certificate in use then stays in use.
    pub fn reload(&self, now: SystemTime) -> Result<CertificateInfo, CertificateError> {
        let (config, info) = load(&self.source, &self.provider, &self.tickets, now)?;
        self.current.store(Arc::new(config));
        self.info.store(Arc::new(info.clone()));
        Ok(info)
    }

    /// Returns what is known of the certificate in use.
    pub fn info(&self) -> Arc<CertificateInfo> {
        self.info.load_full()
    }

    /// Whether a development certificate is in use that should be made anew: it ends soon, or a clock that was wrong made
    /// it for another time.
    pub fn is_outdated(&self, now: SystemTime) -> bool {
        let info = self.info.load();
        matches!(self.source, CertificateSource::Development { .. })
            && !(info.holds(now) && info.holds(now + development::RENEW_BEFORE))
    }

    /// Returns what the next handshake uses.
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }
}

fn load(
    source: &CertificateSource,
    provider: &Arc<CryptoProvider>,
    tickets: &Arc<dyn ProducesTickets>,
    now: SystemTime,
) -> Result<(ServerConfig, CertificateInfo), CertificateError> {
    let (certificate, key) = match source {
        CertificateSource::Files { certificate, key } => (certificate.clone(), key.clone()),
        CertificateSource::Development { directory, names } => development::ensure(directory, names, now)?,
    };
    let chain = read_chain(&certificate)?;
    private(&key)?;
    let private = read_key(&key)?;
    let validity = chain.first().and_then(|own| validity::validity(own));
    let config = tls::server_config(provider, tickets, chain, private).map_err(|source| match source {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            CertificateError::KeyMismatch { certificate: certificate.clone(), key }
        }
        source => CertificateError::Unusable { certificate: certificate.clone(), source },
    })?;
    let mut info = CertificateInfo {
        file: certificate,
        valid_from: validity.map(|(from, _)| from),
        valid_until: validity.map(|(_, until)| until),
        outside_validity: false,
    };
    info.outside_validity = !info.holds(now);
    Ok((config, info))
}

/// Tells whether the certificate in that file is valid until `until` and for each of the names.
pub(crate) fn serves(file: &Path, names: &[String], now: SystemTime, until: SystemTime) -> bool {
    let Ok(chain) = read_chain(file) else { return false };
    let Some(own) = chain.first() else { return false };
    let Some((valid_from, valid_until)) = validity::validity(own) else { return false };
    let Ok(parsed) = ParsedCertificate::try_from(own) else { return false };
    valid_from <= now
        && until <= valid_until
        && names.iter().all(|name| {
            ServerName::try_from(name.as_str())
                .is_ok_and(|name| rustls::client::verify_server_name(&parsed, &name).is_ok())
        })
}

fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let bytes = read(file)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| CertificateError::NoCertificate(file.to_owned()))?;
    if chain.is_empty() { Err(CertificateError::NoCertificate(file.to_owned())) } else { Ok(chain) }
}

/// Sees that nobody else reaches a key. One that belongs to another account, such as root, may be read by its group: that
/// is how the server gets to read it without being able to change it.
fn private(key: &Path) -> Result<(), CertificateError> {
    let metadata =
        std::fs::metadata(key).map_err(|source| CertificateError::Read { file: key.to_owned(), source })?;
    let ours = rustix::process::geteuid().as_raw() == metadata.uid();
    let mode = metadata.mode() & 0o7777;
    let others = if ours { 0o077 } else { 0o037 };
    if mode & others == 0 {
        Ok(())
    } else {
        Err(CertificateError::KeyMode { key: key.to_owned(), mode, ours })
    }
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>, CertificateError> {
    PrivateKeyDer::from_pem_slice(&read(file)?).map_err(|_| CertificateError::NoKey(file.to_owned()))
}

pub(crate) fn read(file: &Path) -> Result<Vec<u8>, CertificateError> {
    let failed = |source| CertificateError::Read { file: file.to_owned(), source };
    if std::fs::metadata(file).map_err(failed)?.len() > LARGEST_FILE {
        return Err(CertificateError::TooLarge(file.to_owned()));
    }
    std::fs::read(file).map_err(failed)
}
