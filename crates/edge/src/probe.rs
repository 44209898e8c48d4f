//! What a client sees of a listener: whether somebody answers there, and with which certificate.
//!
//! Nothing is trusted and nothing is said but the handshake; whether the certificate is good is the asker's question.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::validity::validity;

/// The certificate that was shown.
#[derive(Clone, Debug)]
pub struct Seen {
    chain: Vec<CertificateDer<'static>>,
}

impl Seen {
    /// Tells whether a client accepts the certificate for that name.
    pub fn covers(&self, name: &str) -> bool {
        let Some(certificate) = self.chain.first() else { return false };
        let (Ok(parsed), Ok(name)) = (ParsedCertificate::try_from(certificate), ServerName::try_from(name))
        else {
            return false;
        };
        verify_server_name(&parsed, &name).is_ok()
    }

    /// Returns from when and until when clients accept it, when it could be read that far.
    pub fn validity(&self) -> Option<(SystemTime, SystemTime)> {
        self.chain.first().and_then(|certificate| validity(certificate))
    }

    /// Returns how many certificates were shown; one alone is its own authority's, or lacks those between.
    pub fn len(&self) -> usize {
        self.chain.len()
    }

    /// Tells whether no certificate was shown.
    pub fn is_empty(&self) -> bool {
        self.chain.is_empty()
    }
}

/// Shakes hands with whoever listens on that address, asking for that name.
///
/// # Errors
/// Nobody listens, what listens speaks no TLS 1.2 or later, or it takes longer than `within`.
pub async fn probe(address: SocketAddr, name: &str, within: Duration) -> io::Result<Seen> {
    let invalid =
        |what: &dyn std::fmt::Display| io::Error::new(io::ErrorKind::InvalidInput, what.to_string());
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(|error| invalid(&error))?;
    let shaken = tokio::time::timeout(within, async {
        let stream = TcpStream::connect(address).await?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    });
    let stream = shaken.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    Ok(Seen { chain: chain.iter().map(|certificate| certificate.clone().into_owned()).collect() })
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
