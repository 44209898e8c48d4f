//! `/api/v1/settings`: what the person has set for all of their browsers.

use axum::Json;
use axum::extract::State;
use rapport_fabric::Fabric;
use rapport_service::{Error, Wire};

use super::Web;
use super::guard::Signed;
use super::types::Settings;
use crate::agent::{SETTINGS, document};
use crate::extract::Body;
use crate::problem::Problem;

/// Returns what the person has set.
#[utoipa::path(get, path = "/api/v1/settings", tag = "me", operation_id = "getSettings",
    responses((status = 200, body = Settings), (status = 401, body = Problem)))]
pub(crate) async fn show<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
) -> Result<Json<Settings>, Problem> {
    let user = signed.signed_in.person.id;
    Ok(Json(document(&web.services, &signed.scope("settings"), user, SETTINGS).await?))
}

/// Sets all of it.
#[utoipa::path(put, path = "/api/v1/settings", tag = "me", operation_id = "setSettings", request_body = Settings,
    responses((status = 200, body = Settings), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn set<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
    Body(settings): Body<Settings>,
) -> Result<Json<Settings>, Problem> {
    let is_tag = |tag: &str| tag.len() <= 35 && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !is_tag(&settings.language) {
        return Err(Problem::invalid("language", "is a language tag such as en or pt-BR"));
    }
    let text = serde_json::to_string(&settings).map_err(|error| Error::Internal(error.to_string()))?;
    let user = signed.signed_in.person.id;
    web.services.web_sessions.set_document(&signed.scope("settings"), user, SETTINGS, text).await?;
    Ok(Json(settings))
}
