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
use rustls::server::ParsedCertificate;
use rustls::{InconsistentKeys, ServerConfig};

use crate::challenge::Challenges;
use crate::end_point::end_point;
use crate::{development, files, tls, validity};

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
    /// What was got for this server while it runs, in one file with its key ([`CertStore::take`]); until there is one that
    /// can be used, a development certificate stands in.
    Got {
        /// The private key and the chain, the server's own certificate first, in PEM form.
        file: PathBuf,
        /// As of [`CertificateSource::Development`].
        directory: PathBuf,
        /// As of [`CertificateSource::Development`].
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
    /// A certificate couldn't be made here.
    #[error("cannot make a certificate: {0}")]
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
    /// Whether it was made here, so that only clients that were told to trust its authority accept it.
    pub development: bool,
}

impl CertificateInfo {
    /// Whether clients accept it at that moment, as far as the date goes.
    pub fn holds(&self, now: SystemTime) -> bool {
        self.valid_from.is_none_or(|from| from <= now) && self.valid_until.is_none_or(|until| now <= until)
    }
}

/// What handshakes show, and all that belongs to it: changed as one.
pub(crate) struct Shown {
    pub(crate) config: Arc<ServerConfig>,
    /// The hash of the certificate, see [`Accepted::end_point`](crate::Accepted::end_point).
    pub(crate) end_point: Arc<[u8]>,
    own: CertificateDer<'static>,
}

/// Holds the certificate in use.
pub struct CertStore {
    source: CertificateSource,
    provider: Arc<CryptoProvider>,
    current: ArcSwap<Shown>,
    info: ArcSwap<CertificateInfo>,
    pub(crate) challenges: Challenges,
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
        let (shown, info) = load(&source, (&provider, None), now)?;
        let (current, known) = (ArcSwap::from_pointee(shown), ArcSwap::from_pointee(info.clone()));
        let store = Self { source, provider, current, info: known, challenges: Challenges::default() };
        Ok((Arc::new(store), info))
    }

    /// Reads the files again. Connections that are open keep what they agreed on; the next ones get the new certificate.
    ///
    /// # Errors
    /// [`CertificateError`]; the certificate in use then stays in use.
    pub fn reload(&self, now: SystemTime) -> Result<CertificateInfo, CertificateError> {
        let before = self.current.load_full();
        let (shown, info) = load(&self.source, (&self.provider, Some(&before)), now)?;
        self.current.store(Arc::new(shown));
        self.info.store(Arc::new(info.clone()));
        Ok(info)
    }

    /// Takes a chain and its key, in PEM form, that were got for this server: keeps them in their file and uses them from
    /// the next handshake on. Connections that are open stay.
    ///
    /// # Errors
    /// [`CertificateError`]: they can't be used or kept; file and certificate in use then stay as they are.
    pub fn take(&self, chain: &str, key: &str, now: SystemTime) -> Result<CertificateInfo, CertificateError> {
        let CertificateSource::Got { file, .. } = &self.source else {
            return Err(CertificateError::Make("this server was not told to get certificates".to_owned()));
        };
        let both = format!("{}\n{}\n", key.trim(), chain.trim());
        let before = self.current.load_full();
        let by = (&self.provider, Some(&*before));
        let (shown, info) = used(file, both.as_bytes(), (file, both.as_bytes()), by, now)?;
        files::write_private(file, both.as_bytes())?;
        self.current.store(Arc::new(shown));
        self.info.store(Arc::new(info.clone()));
        Ok(info)
    }

    /// Whether clients that trust its authority accept the certificate in use for each of the names, as far as names and
    /// date go; a development certificate, which stands in, never counts.
    pub fn serves(&self, names: &[String], now: SystemTime) -> bool {
        let info = self.info();
        !info.development && serves(&info.file, names, now, now)
    }

    pub(crate) const fn provider(&self) -> &Arc<CryptoProvider> {
        &self.provider
    }

    /// Returns what is known of the certificate in use.
    pub fn info(&self) -> Arc<CertificateInfo> {
        self.info.load_full()
    }

    /// Whether a development certificate is in use that should be made anew: it ends soon, or a clock that was wrong made
    /// it for another time.
    pub fn is_outdated(&self, now: SystemTime) -> bool {
        let info = self.info.load();
        info.development && !(info.holds(now) && info.holds(now + development::RENEW_BEFORE))
    }

    /// Returns what the next handshake uses.
    pub(crate) fn current(&self) -> Arc<Shown> {
        self.current.load_full()
    }
}

/// The cryptography, and what is shown until then.
type By<'a> = (&'a Arc<CryptoProvider>, Option<&'a Shown>);

fn load(
    source: &CertificateSource,
    by: By<'_>,
    now: SystemTime,
) -> Result<(Shown, CertificateInfo), CertificateError> {
    match source {
        CertificateSource::Files { certificate, key } => read_files(certificate, key, by, now),
        CertificateSource::Development { directory, names } => made_here(directory, names, by, now),
        CertificateSource::Got { file, directory, names } => match read_files(file, file, by, now) {
            Ok(got) => Ok(got),
            Err(error) => {
                if file.exists() {
                    tracing::error!("the certificate that was got before can't be used: {error}");
                }
                made_here(directory, names, by, now)
            }
        },
    }
}

fn made_here(
    directory: &Path,
    names: &[String],
    by: By<'_>,
    now: SystemTime,
) -> Result<(Shown, CertificateInfo), CertificateError> {
    let (certificate, key) = development::ensure(directory, names, now)?;
    let (shown, info) = read_files(&certificate, &key, by, now)?;
    Ok((shown, CertificateInfo { development: true, ..info }))
}

fn read_files(
    certificate: &Path,
    key: &Path,
    by: By<'_>,
    now: SystemTime,
) -> Result<(Shown, CertificateInfo), CertificateError> {
    let chain = read(certificate)?;
    private(key)?;
    used(certificate, &chain, (key, &read(key)?), by, now)
}

/// Makes of the bytes of two files, which may be one, what handshakes use.
fn used(
    certificate: &Path,
    chain: &[u8],
    (key, private): (&Path, &[u8]),
    (provider, before): By<'_>,
    now: SystemTime,
) -> Result<(Shown, CertificateInfo), CertificateError> {
    let chain = chain_of(certificate, chain)?;
    let private =
        PrivateKeyDer::from_pem_slice(private).map_err(|_| CertificateError::NoKey(key.to_owned()))?;
    let own =
        chain.first().cloned().ok_or_else(|| CertificateError::NoCertificate(certificate.to_owned()))?;
    let validity = validity::validity(&own);
    // A session that is resumed shows no certificate: the client goes by the one it saw at first. Tickets are therefore
    // worth nothing any more once there is another.
    let tickets = match before {
        Some(before) if before.own == own => before.config.ticketer.clone(),
        Some(_) | None => tls::ticketer().map_err(CertificateError::Tickets)?,
    };
    let config = tls::server_config(provider, tickets, chain, private).map_err(|source| match source {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            CertificateError::KeyMismatch { certificate: certificate.to_owned(), key: key.to_owned() }
        }
        source => CertificateError::Unusable { certificate: certificate.to_owned(), source },
    })?;
    let mut info = CertificateInfo {
        file: certificate.to_owned(),
        valid_from: validity.map(|(from, _)| from),
        valid_until: validity.map(|(_, until)| until),
        outside_validity: false,
        development: false,
    };
    info.outside_validity = !info.holds(now);
    Ok((Shown { config: Arc::new(config), end_point: end_point(&own), own }, info))
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
    chain_of(file, &read(file)?)
}

fn chain_of(file: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(bytes)
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

pub(crate) fn read(file: &Path) -> Result<Vec<u8>, CertificateError> {
    let failed = |source| CertificateError::Read { file: file.to_owned(), source };
    if std::fs::metadata(file).map_err(failed)?.len() > LARGEST_FILE {
        return Err(CertificateError::TooLarge(file.to_owned()));
    }
    std::fs::read(file).map_err(failed)
}
