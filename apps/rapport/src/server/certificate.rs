//! Watches over the certificate while the server runs: a clock that is set, or a year that passes, makes a certificate
//! that was good at the start useless.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rapport_edge::{CertStore, CertificateInfo};
use tokio::time::interval;

use crate::clock;

/// How often the certificate's dates are held against the clock.
const LOOK: Duration = Duration::from_secs(5);
/// How often a certificate that clients refuse is told of again, in looks: once an hour.
const REMIND: u32 = 720;

/// Keeps the metric true, tells the operator of a certificate that clients refuse because of the date, and has a
/// development certificate made anew that has ended or does not hold yet.
pub(super) async fn watch(certificates: Arc<CertStore>) {
    let mut looks = interval(LOOK);
    // What was wrong at the start has been told there.
    let mut until_told = if certificates.info().holds(clock::now()) { 0 } else { REMIND };
    loop {
        looks.tick().await;
        let now = clock::now();
        if certificates.is_outdated(now) {
            renew(&certificates, now).await;
        }
        let info = certificates.info();
        if let Some(left) = seconds_left(&info, now) {
            metrics::gauge!("rapport_tls_certificate_expires_seconds").set(left);
        }
        until_told = match (info.holds(now), until_told) {
            (true, _) => 0,
            (false, 0) => {
                crate::serve::warn_of_date(&info.file);
                REMIND
            }
            (false, left) => left - 1,
        };
    }
}

async fn renew(certificates: &Arc<CertStore>, now: SystemTime) {
    let store = certificates.clone();
    match tokio::task::spawn_blocking(move || store.reload(now)).await {
        Ok(Ok(info)) => {
            tracing::info!(file = %info.file.display(), "the development certificate was made anew")
        }
        // It is told of as one that clients refuse, once it is.
        Ok(Err(error)) => tracing::debug!(%error, "the development certificate can't be made anew"),
        Err(error) => tracing::error!(%error, "the development certificate can't be made anew"),
    }
}

/// Seconds until clients refuse the certificate; negative since they have.
fn seconds_left(info: &CertificateInfo, now: SystemTime) -> Option<f64> {
    let until = info.valid_until?;
    Some(match until.duration_since(now) {
        Ok(left) => left.as_secs_f64(),
        Err(ended) => -ended.duration().as_secs_f64(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_negative_once_it_has_ended() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let info = CertificateInfo {
            file: "cert.pem".into(),
            valid_from: Some(at(100)),
            valid_until: Some(at(200)),
            outside_validity: false,
            development: false,
        };
        assert_eq!(seconds_left(&info, at(150)), Some(50.0));
        assert_eq!(seconds_left(&info, at(260)), Some(-60.0));
        assert!(!info.holds(at(99)) && info.holds(at(100)) && info.holds(at(200)) && !info.holds(at(201)));
    }
}
