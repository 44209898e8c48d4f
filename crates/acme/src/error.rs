//! What goes wrong on the way to a certificate, and what an operator does about it.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rapport_edge::CertificateError;

/// Says why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// The authorities that the ACME server's certificate may come from can't be read.
    #[error("cannot read authorities from {}", .0.display())]
    Authority(PathBuf),
    /// The system trusts no authority.
    #[error("this machine has no certificates of authorities")]
    NoAuthorities,
    /// The account can't be read, or isn't one.
    #[error("cannot read the account in {}", file.display())]
    Account {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The ACME server can't be reached, or refused.
    #[error("the ACME server")]
    Server(#[from] instant_acme::Error),
    /// The ACME server has no challenge that this server answers.
    #[error("the ACME server offers no challenge tls-alpn-01 for {0}")]
    NoChallenge(String),
    /// The ACME server didn't see the names' challenges answered.
    #[error("the ACME server was not convinced: {0}")]
    NotConvinced(String),
    /// A challenge can't be answered, or what came can't be kept.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// What came is due for renewal already.
    #[error("the certificate that came does not hold, or is not for these names")]
    DueAtOnce,
    /// The server ended, or a fault of ours ended the attempt.
    #[error("the attempt was broken off")]
    Aborted,
    /// An attempt took too long.
    #[error("the ACME server had not answered everything after {} seconds", .0.as_secs())]
    Slow(Duration),
}

impl AcmeError {
    /// Returns the sentence with its causes.
    pub(crate) fn whole(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let said = error.to_string();
            if !text.ends_with(&said) {
                text = format!("{text}: {said}");
            }
            cause = error.source();
        }
        text
    }

    /// Returns what to do.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::Authority(_) => "let tls.acme_authority name a PEM file that the server's account can read",
            Self::NoAuthorities => "install the package ca-certificates, or set tls.acme_authority",
            Self::Account { .. } => "mend the file, or move it away for a new account",
            Self::Server(instant_acme::Error::Api(problem)) => match kind(problem) {
                "rateLimited" => "wait, as its limits ask for",
                "rejectedIdentifier" | "caa" => {
                    "see that tls.acme_names has only names of yours, and that their CAA records let this authority in"
                }
                "externalAccountRequired" => "choose an ACME server that takes accounts of anyone",
                "invalidContact" | "unsupportedContact" => "mend tls.acme_contact",
                _ => "do as it says",
            },
            Self::Server(_) | Self::Slow(_) => {
                "see that this machine reaches tls.acme_directory and trusts its certificate (tls.acme_authority)"
            }
            Self::NoChallenge(_) => "choose an ACME server that has it, and no names with an asterisk",
            Self::NotConvinced(_) => {
                "see that each of tls.acme_names leads, in DNS and through firewalls, to port 443 of this server \
                 (listen.https), with nothing between that ends TLS"
            }
            Self::Aborted => "look for an error before this one",
            Self::Certificate(_) => "see that the data directory can be written",
            Self::DueAtOnce => "see that the clock of this machine is right",
        }
    }

    /// Whether the ACME server knows nothing of the account.
    pub(crate) fn is_account_unknown(&self) -> bool {
        matches!(self, Self::Server(instant_acme::Error::Api(problem)) if kind(problem) == "accountDoesNotExist")
    }
}

fn kind(problem: &instant_acme::Problem) -> &str {
    problem.r#type.as_deref().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default()
}
