//! A directory of its own, an edge on loopback, and clients that trust its development authority.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use rapport_edge::{Bounds, CertStore, CertificateSource, Edge, EdgeConfig, Listen, Offer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A directory that is gone after the test.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rapport-edge-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[expect(clippy::disallowed_methods, reason = "certificates are checked against the real date")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

pub(crate) fn development(directory: &Directory, names: &[&str]) -> CertificateSource {
    CertificateSource::Development {
        directory: directory.path().to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    }
}

pub(crate) fn certificates(directory: &Directory) -> Arc<CertStore> {
    CertStore::open(development(directory, &["sip.test.example"]), now()).expect("a certificate").0
}

pub(crate) fn open(offer: Offer, bounds: Bounds, certificates: Arc<CertStore>) -> (Edge, SocketAddr) {
    let address = "127.0.0.1:0".parse().expect("an address");
    let edge = Edge::open(EdgeConfig { listen: vec![Listen { address, offer }], bounds, certificates })
        .expect("a free port");
    let address = edge.addresses().first().expect("one address").address;
    (edge, address)
}

pub(crate) fn client(directory: &Directory) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let authority =
        CertificateDer::from_pem_file(directory.path().join("dev-ca.pem")).expect("the authority");
    roots.add(authority).expect("a good authority");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

pub(crate) async fn connect(
    connector: &TlsConnector,
    address: SocketAddr,
    name: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(address).await?;
    connector.connect(ServerName::try_from(name.to_owned()).expect("a name"), tcp).await
}
