//! Answers challenges of ACME servers on the TLS ports (RFC 8737): a handshake that asks for `acme-tls/1` and a name
//! under challenge is shown a certificate made for that alone, and the connection ends.
//!
//! While nobody is under challenge, handshakes are those of every other server: the first bytes are not looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rcgen::{CertificateParams, CustomExtension, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use crate::certificate::{CertStore, CertificateError};

/// What a client offers that is an ACME server and wants to see the challenge (RFC 8737 §6.2).
const ACME_TLS: &[u8] = b"acme-tls/1";

/// The names under challenge.
#[derive(Debug, Default)]
pub(crate) struct Challenges(ArcSwap<BTreeMap<String, Arc<ServerConfig>>>);

impl Challenges {
    pub(crate) fn any(&self) -> bool {
        !self.0.load().is_empty()
    }

    /// Returns what to show a client that wants to see a challenge; nothing for every other client.
    pub(crate) fn shown_to(&self, hello: &ClientHello<'_>) -> Option<Arc<ServerConfig>> {
        let mut offered = hello.alpn()?;
        if offered.next() != Some(ACME_TLS) || offered.next().is_some() {
            return None;
        }
        let name = hello.server_name()?.to_ascii_lowercase();
        self.0.load().get(&name).cloned()
    }

    fn change(&self, name: &str, to: Option<&Arc<ServerConfig>>) {
        self.0.rcu(|now| {
            let mut next = BTreeMap::clone(now);
            match to {
                Some(config) => next.insert(name.to_owned(), config.clone()),
                None => next.remove(name),
            };
            next
        });
    }
}

/// Answers one name's challenge until it is dropped.
#[derive(Debug)]
pub struct ChallengeAnswer {
    certificates: Arc<CertStore>,
    name: String,
}

impl ChallengeAnswer {
    /// Begins to answer the challenge of that name with the SHA-256 of its key authorization.
    ///
    /// # Errors
    /// [`CertificateError::Make`]: the name is none, or the digest isn't 32 octets.
    pub fn give(certificates: Arc<CertStore>, name: &str, digest: &[u8]) -> Result<Self, CertificateError> {
        let name = name.to_ascii_lowercase();
        let config = config(certificates.provider(), &name, digest)?;
        certificates.challenges.change(&name, Some(&Arc::new(config)));
        Ok(Self { certificates, name })
    }
}

impl Drop for ChallengeAnswer {
    fn drop(&mut self) {
        self.certificates.challenges.change(&self.name, None);
    }
}

/// A certificate of its own with the digest in it, no ticket that would lead anywhere else, and one protocol.
fn config(
    provider: &Arc<CryptoProvider>,
    name: &str,
    digest: &[u8],
) -> Result<ServerConfig, CertificateError> {
    let made = |error: rcgen::Error| CertificateError::Make(error.to_string());
    if digest.len() != 32 {
        return Err(CertificateError::Make("the digest of a challenge has 32 octets".to_owned()));
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(made)?;
    let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(made)?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = params.self_signed(&key).map_err(made)?.der().clone();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let unusable = |source| CertificateError::Make(format!("{source}"));
    let signer = provider.key_provider.load_private_key(private).map_err(unusable)?;
    // Put together here: rustls' own check of key and certificate refuses the critical extension, which it can't know.
    let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], signer));
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(unusable)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    config.alpn_protocols = vec![ACME_TLS.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}
