//! `/v1/service-key`: which keys there are, and replacing the one that seals. The keys themselves are never told.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_fabric::Fabric;
use rapport_model::Timestamp;
use rapport_service::Wire;
use rapport_service::keys::{KeyRing, KeyUse, Progress};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operator::Operator;
use crate::problem::Problem;
use crate::state::Api;

/// The service key, under which the hashes are sealed that sign-in by NTLM needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceKey {
    /// The keys in the key file, the one that seals first, and behind them keys that are not there although something is
    /// sealed under them.
    pub keys: Vec<KeyState>,
    /// How far an older key is replaced.
    pub progress: KeyProgress,
}

/// One key, without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyState {
    /// Its number.
    pub number: u32,
    /// When it was made; not there where that isn't known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// Whole days since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_days: Option<u64>,
    /// Whether it is in the key file.
    pub in_file: bool,
    /// Hashes that are sealed under it.
    pub hashes: u64,
    /// Hashes among them that the service key does not open: whoever has only those can't sign in by NTLM.
    pub unopened: u64,
}

/// How far an older key is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyProgress {
    /// There is one key.
    Done,
    /// Hashes are being sealed under the newest key.
    UnderWay,
    /// It is tried again after a while; the server's log says what is in the way.
    Waiting,
}

/// A key that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewKey {
    /// Its number.
    pub number: u32,
}

fn view(ring: KeyRing, now: Timestamp) -> ServiceKey {
    let key = |key: KeyUse| KeyState {
        number: key.number,
        made: key.made.map(Timestamp::to_rfc3339),
        age_days: key.made.map(|made| now.since(made).as_secs() / (24 * 60 * 60)),
        in_file: key.is_there,
        hashes: key.hashes,
        unopened: key.unopened,
    };
    let progress = match ring.progress {
        Progress::Done => KeyProgress::Done,
        Progress::UnderWay => KeyProgress::UnderWay,
        Progress::Waiting => KeyProgress::Waiting,
    };
    ServiceKey { keys: ring.keys.into_iter().map(key).collect(), progress }
}

/// Shows which keys there are, how old they are, and how many hashes are sealed under each.
#[utoipa::path(get, path = "/v1/service-key", tag = "service key", operation_id = "showServiceKey",
    responses((status = 200, body = ServiceKey)))]
pub(crate) async fn show<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
) -> Result<Json<ServiceKey>, Problem> {
    let ring = api.keys.show(&api.scope(&operator)).await?;
    Ok(Json(view(ring, api.clock().wall())))
}

/// Replaces the service key: a new one seals from now on, and what older ones sealed is sealed anew while the server goes
/// on. Nobody is signed out. An older key is taken away once nothing is sealed under it.
#[utoipa::path(post, path = "/v1/service-key/rotate", tag = "service key", operation_id = "rotateServiceKey",
    responses((status = 202, body = NewKey),
        (status = 409, body = Problem, description = "it is being replaced already, or the key file can't be written")))]
pub(crate) async fn rotate<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
) -> Result<(StatusCode, Json<NewKey>), Problem> {
    let scope = api.scope(&operator);
    // In a task of its own: a new key that is in the file has to seal, whoever has gone away meanwhile.
    let number = api.to_the_end(move |services| async move { services.keys.rotate(&scope).await }).await?;
    Ok((StatusCode::ACCEPTED, Json(NewKey { number })))
}
