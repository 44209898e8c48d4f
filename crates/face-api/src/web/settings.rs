//! `/api/v1/settings`: what the person has set for all of their browsers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_fabric::Fabric;
use rapport_service::{Error, Wire};

use super::Web;
use super::guard::Signed;
use super::types::Settings;
use crate::agent::{SETTINGS, document, read_document};
use crate::code::Code;
use crate::extract::Body;
use crate::problem::Problem;

/// How often a lost race is redone.
const ATTEMPTS: u32 = 8;

/// Returns what the person has set.
#[utoipa::path(get, path = "/api/v1/settings", tag = "me", operation_id = "getSettings",
    responses((status = 200, body = Settings), (status = 401, body = Problem)))]
pub(crate) async fn show<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
) -> Result<Json<Settings>, Problem> {
    let user = signed.signed_in.person.id;
    let settings: Settings = document(&web.services, &signed.scope("settings"), user, SETTINGS).await?;
    Ok(Json(settings.numbered()))
}

/// Sets all of it, if `version` is that of what is set now; a version that has been replaced is refused with the current one.
/// Without a version whatever is set is replaced.
#[utoipa::path(put, path = "/api/v1/settings", tag = "me", operation_id = "setSettings", request_body = Settings,
    responses((status = 200, body = Settings), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
    Body(settings): Body<Settings>,
) -> Result<Json<Settings>, Problem> {
    let is_tag = |tag: &str| tag.len() <= 35 && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !is_tag(&settings.language) {
        return Err(Problem::invalid("language", "is a language tag such as en or pt-BR"));
    }
    let (scope, user) = (signed.scope("settings"), signed.signed_in.person.id);
    for _ in 0..ATTEMPTS {
        let old = web.services.web_sessions.document(&scope, user, SETTINGS).await?;
        let known = read_document::<Settings>(old.as_deref()).numbered();
        if settings.version != 0 && settings.version != known.version {
            let problem = Problem::new(
                StatusCode::CONFLICT,
                Code::StaleVersion,
                "the settings were changed in another window meanwhile",
            );
            return Err(Problem { current: known.version, ..problem });
        }
        // Nobody has so many browsers; after the last number the first follows.
        let version = known.version.checked_add(1).unwrap_or(1);
        let new = Settings { version, ..settings.clone() };
        let text = serde_json::to_string(&new).map_err(|error| Error::Internal(error.to_string()))?;
        if web.services.web_sessions.set_document(&scope, user, SETTINGS, old.as_deref(), text).await? {
            return Ok(Json(new));
        }
    }
    Err(Error::Unavailable("the settings are changing too often".to_owned()).into())
}
