//! Whom a client trusts.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The certificates that a client accepts, and the name it expects. Sessions are never resumed: every connection costs
/// a whole handshake, as that of a client that has just been started.
#[derive(Clone)]
pub struct Trust {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Trust {
    /// Trusts the authorities in a PEM file, for a server of that name.
    ///
    /// # Errors
    /// The file cannot be read or holds no certificate, or `name` is no DNS name or address.
    pub fn authority(file: &Path, name: &str) -> io::Result<Self> {
        let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidInput, what);
        let named = |what: &dyn std::fmt::Display| invalid(format!("{}: {what}", file.display()));
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| named(&error))? {
            roots.add(certificate.map_err(|error| named(&error))?).map_err(|error| named(&error))?;
        }
        if roots.is_empty() {
            return Err(named(&"holds no certificate"));
        }
        let name = ServerName::try_from(name.to_owned()).map_err(|error| invalid(error.to_string()))?;
        let config = builder().with_root_certificates(roots).with_no_client_auth();
        Ok(Self::new(config, name))
    }

    /// Trusts whoever answers: for servers on loopback that the test has started itself.
    pub fn anyone() -> Self {
        let verifier = Arc::new(Anyone(Arc::new(aws_lc_rs::default_provider())));
        let config = builder().dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        Self::new(config, ServerName::try_from("localhost").expect("localhost is a name"))
    }

    fn new(mut config: ClientConfig, name: ServerName<'static>) -> Self {
        config.resumption = Resumption::disabled();
        Self { connector: TlsConnector::from(Arc::new(config)), name }
    }

    /// Shakes hands.
    ///
    /// # Errors
    /// The certificate is not to be trusted, or the connection breaks.
    pub async fn connect(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}

fn builder() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider knows the versions of its own library")
}

/// Looks at no certificate, but at the signature that shows that the server has its key.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
