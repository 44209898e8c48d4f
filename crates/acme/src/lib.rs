//! Gets the server's certificate over ACME (RFC 8555) and renews it in time.
//!
//! [`Acme::keep`] runs as long as the server. The one challenge is TLS-ALPN-01 (RFC 8737), which the edge answers on the
//! ports that are open anyway. The account's key and the certificate stand in a directory per ACME server. This crate
//! reads no configuration, opens no port and waits for nobody at the start: while there is no certificate, another one
//! is served. Wall time says when a certificate is due, and comes in as a function; monotonic time spaces what failed.
#![warn(missing_docs)]

mod error;
mod http;
mod order;
mod schedule;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rapport_edge::{CertStore, CertificateInfo};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

pub use error::AcmeError;

/// How often it is looked at whether the certificate is due.
const LOOK: Duration = Duration::from_secs(5);
/// How long one attempt may take, from the account to the certificate.
const ATTEMPT: Duration = Duration::from_secs(300);

/// Whom to get which certificate from.
#[derive(Clone, Debug)]
pub struct Acme {
    /// The URL of the ACME server's directory.
    pub directory: String,
    /// Where the ACME server writes to, such as `mailto:operator@example.com`.
    pub contact: Option<String>,
    /// The DNS names that the certificate is for.
    pub names: Vec<String>,
    /// A PEM file with the authorities that the ACME server's own certificate may come from; without it, those that the
    /// system trusts.
    pub authority: Option<PathBuf>,
    /// The file of the account with its key, which is made where there is none.
    pub account: PathBuf,
}

impl Acme {
    /// Keeps a certificate that holds in `certificates`, for as long as it is polled. Whatever fails is logged with what to
    /// do, counted, and tried again after a growing while, or at once after a word through `again`.
    pub async fn keep(self, certificates: Arc<CertStore>, again: Arc<Notify>, now: fn() -> SystemTime) {
        let mut retry = schedule::Retry::default();
        loop {
            if !self.is_due(&certificates, now()) {
                retry = schedule::Retry::default();
                look_again(LOOK, &again).await;
                continue;
            }
            let attempt = timeout(ATTEMPT, Box::pin(self.attempt(&certificates, now)));
            let error = match attempt.await.unwrap_or(Err(AcmeError::Slow(ATTEMPT))) {
                Ok(info) => {
                    tracing::info!(file = %info.file.display(), names = self.names.join(" "), "a certificate came by ACME");
                    // What is due again at once would be asked for without end.
                    if !self.is_due(&certificates, now()) {
                        continue;
                    }
                    AcmeError::DueAtOnce
                }
                Err(error) => error,
            };
            metrics::counter!("rapport_acme_failures_total").increment(1);
            let wait = retry.next();
            tracing::error!(
                directory = self.directory,
                "no certificate by ACME: {}; {}; it is tried again in {} minutes, or when the server is told to reload",
                error.whole(),
                error.remedy(),
                wait.as_secs() / 60
            );
            if look_again(wait, &again).await {
                retry = schedule::Retry::default();
            }
        }
    }

    fn is_due(&self, certificates: &CertStore, now: SystemTime) -> bool {
        !certificates.serves(&self.names, now) || schedule::is_due(&certificates.info(), now)
    }

    async fn attempt(
        &self,
        certificates: &Arc<CertStore>,
        now: fn() -> SystemTime,
    ) -> Result<CertificateInfo, AcmeError> {
        let (chain, key) = order::certificate(self, certificates).await?;
        let (certificates, now) = (certificates.clone(), now());
        let taken = tokio::task::spawn_blocking(move || certificates.take(&chain, &key, now));
        Ok(taken.await.map_err(|_| AcmeError::Aborted)??)
    }
}

/// Waits; says whether a word came before the time was over.
async fn look_again(wait: Duration, again: &Notify) -> bool {
    tokio::select! {
        () = sleep(wait) => false,
        () = again.notified() => true,
    }
}
