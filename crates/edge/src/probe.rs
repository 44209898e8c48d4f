//! What a client sees of a listener: whether somebody answers there, and with which certificate.
//!
//! Nothing is trusted and nothing is said but the handshake; whether the certificate is good is the asker's question.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::validity::validity;

/// The authorities that a client trusts.
#[derive(Clone, Debug)]
pub struct Authorities(Arc<RootCertStore>);

impl Authorities {
    /// Reads those that this machine's programs trust; none when it has no list of them, or an empty one.
    pub fn of_system() -> Option<Self> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        (!roots.is_empty()).then(|| Self(Arc::new(roots)))
    }

    /// Takes those of PEM text.
    ///
    /// # Errors
    /// There is none in it.
    pub fn of_pem(text: &[u8]) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(text).flatten());
        if roots.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "there is no authority's certificate in it",
            ));
        }
        Ok(Self(Arc::new(roots)))
    }
}

/// The certificate that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// Tells whether one of those authorities stands behind the certificate. Its dates and names are other questions.
    pub fn leads_to(&self, authorities: &Authorities) -> bool {
        let (Some((certificate, between)), Some((from, _))) = (self.chain.split_first(), self.validity())
        else {
            return false;
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(authorities.0.clone(), provider).build();
        let (Ok(verifier), Ok(name)) = (verifier, ServerName::try_from("invalid")) else { return false };
        // At a moment at which it held, or the date would be all that is said of it.
        let then = from.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default() + Duration::from_secs(1);
        let verified =
            verifier.verify_server_cert(certificate, between, &name, &[], UnixTime::since_unix_epoch(then));
        // The name is looked at last.
        let of_name = |error: &Error| {
            matches!(
                error,
                Error::InvalidCertificate(
                    CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
                )
            )
        };
        verified.err().as_ref().is_none_or(of_name)
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

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

    use super::*;

    fn maker(name: &str) -> (Authorities, Issuer<'static, KeyPair>) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
        let pem = params.self_signed(&key).expect("made").pem();
        (Authorities::of_pem(pem.as_bytes()).expect("one"), Issuer::new(params, key))
    }

    #[test]
    fn a_certificate_leads_to_whoever_made_it_whatever_its_date_and_names() {
        let (good, issuer) = maker("the good one");
        let (other, _) = maker("another");
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["sip.test.example".to_owned()]).expect("names");
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 2, 1);
        let made = params.signed_by(&key, &issuer).expect("made");
        let seen = Seen { chain: vec![made.der().clone()] };
        assert!(seen.leads_to(&good) && !seen.leads_to(&other));
        assert!(seen.covers("sip.test.example") && !seen.covers("sip.other.example"));
        let alone = params.self_signed(&key).expect("made");
        assert!(!Seen { chain: vec![alone.der().clone()] }.leads_to(&good));
        assert!(!Seen { chain: Vec::new() }.leads_to(&good));
        assert!(Authorities::of_pem(b"nothing").is_err());
    }
}
