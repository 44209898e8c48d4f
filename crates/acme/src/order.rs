//! From the account to the certificate (RFC 8555 §7.1.1): order, answer the challenges, finalize, fetch.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Error, Identifier, NewAccount, NewOrder,
    Order, OrderStatus, RetryPolicy,
};
use rapport_edge::{CertStore, ChallengeAnswer, write_private};

use crate::Acme;
use crate::error::AcmeError;
use crate::http::Https;

/// How an order is asked after: first soon, then ever more seldom.
const PATIENCE: RetryPolicy =
    RetryPolicy::new().initial_delay(Duration::from_millis(250)).timeout(Duration::from_secs(120));

/// Returns a chain and its new key, in PEM form.
pub(crate) async fn certificate(
    acme: &Acme,
    certificates: &Arc<CertStore>,
) -> Result<(String, String), AcmeError> {
    match known_account(acme).await? {
        Some(account) => match with_account(&account, acme, certificates).await {
            // The ACME server has forgotten it, as one for tests does when it is started anew.
            Err(error) if error.is_account_unknown() => {
                with_account(&new_account(acme).await?, acme, certificates).await
            }
            done => done,
        },
        None => with_account(&new_account(acme).await?, acme, certificates).await,
    }
}

async fn known_account(acme: &Acme) -> Result<Option<Account>, AcmeError> {
    let failed = |source| AcmeError::Account { file: acme.account.clone(), source };
    let bytes = match std::fs::read(&acme.account) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let credentials: AccountCredentials =
        serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?;
    Ok(Some(builder(acme)?.from_credentials(credentials).await?))
}

async fn new_account(acme: &Acme) -> Result<Account, AcmeError> {
    let contact: Vec<&str> = acme.contact.iter().map(String::as_str).collect();
    // The operator has agreed in the configuration, or nobody would be here.
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) = builder(acme)?.create(&new, acme.directory.clone(), None).await?;
    let bytes = serde_json::to_vec(&credentials).map_err(Error::from)?;
    write_private(&acme.account, &bytes)?;
    Ok(account)
}

fn builder(acme: &Acme) -> Result<instant_acme::AccountBuilder, AcmeError> {
    Ok(Account::builder_with_http(Box::new(Https::new(acme.authority.as_deref())?)))
}

async fn with_account(
    account: &Account,
    acme: &Acme,
    certificates: &Arc<CertStore>,
) -> Result<(String, String), AcmeError> {
    let names: Vec<Identifier> = acme.names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    let answers = answer(&mut order, certificates).await?;
    let ready = order.poll_ready(&PATIENCE).await;
    drop(answers);
    match ready {
        Ok(OrderStatus::Invalid) | Err(Error::Api(_)) => {
            return Err(AcmeError::NotConvinced(why_not(&mut order).await));
        }
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let key = order.finalize().await?;
    let chain = order.poll_certificate(&PATIENCE).await?;
    Ok((chain, key))
}

/// Answers every challenge that isn't met yet, until what is returned is dropped.
async fn answer(order: &mut Order, certificates: &Arc<CertStore>) -> Result<Vec<ChallengeAnswer>, AcmeError> {
    let mut answers = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) else {
            return Err(AcmeError::NoChallenge(name));
        };
        let digest = challenge.key_authorization().digest();
        answers.push(ChallengeAnswer::give(certificates.clone(), &name, digest.as_ref())?);
        challenge.set_ready().await?;
    }
    Ok(answers)
}

/// Collects what the ACME server says of the names that it was not convinced of.
async fn why_not(order: &mut Order) -> String {
    let mut said = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        if authorization.refresh().await.is_err() {
            continue;
        }
        let name = authorization.identifier().to_string();
        let problems = authorization.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        said.extend(problems.map(|problem| format!("{name}: {problem}")));
    }
    if said.is_empty() { "it does not say why".to_owned() } else { said.join("; ") }
}
