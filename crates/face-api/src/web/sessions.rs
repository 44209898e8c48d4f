//! `/api/v1/sessions`: the person's sign-ins in browsers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_fabric::Fabric;
use rapport_service::Wire;
use rapport_service::web_sessions::name;
use serde::Serialize;
use utoipa::ToSchema;

use super::Web;
use super::guard::Signed;
use crate::agent::written;
use crate::extract::Names;
use crate::problem::Problem;

/// A sign-in in a browser.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnSession {
    /// Its id; nobody is known by it.
    pub(crate) id: String,
    /// What the person knows it by.
    pub(crate) label: String,
    /// From where it was begun.
    pub(crate) address: String,
    /// When it was begun.
    pub(crate) created_at: String,
    /// When it was last used, to within some minutes.
    pub(crate) used_at: String,
    /// Whether it is the one that asks.
    pub(crate) is_this: bool,
}

/// The person's sign-ins in browsers.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnSessions {
    /// The earliest first.
    pub(crate) sessions: Vec<OwnSession>,
}

/// Lists the person's sign-ins in browsers.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "session", operation_id = "listSessions",
    responses((status = 200, body = OwnSessions), (status = 401, body = Problem)))]
pub(crate) async fn list<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
) -> Result<Json<OwnSessions>, Problem> {
    let sessions = web.services.web_sessions.list(signed.signed_in.person.id).await?;
    let view = |session: &rapport_service::web_sessions::WebSession| OwnSession {
        id: name(session.hash),
        label: session.label.clone(),
        address: session.source.clone(),
        created_at: written(session.created),
        used_at: written(session.used),
        is_this: session.hash == signed.signed_in.session.hash,
    };
    Ok(Json(OwnSessions { sessions: sessions.iter().map(view).collect() }))
}

/// Ends one of them, with its endpoint.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "session", operation_id = "endSession",
    params(("id" = String, Path, description = "the session's id")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn end<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
    Names(id): Names<String>,
) -> Result<StatusCode, Problem> {
    web.services.web_sessions.end(&signed.signed_in, signed.source, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of them but the one that asks.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "session", operation_id = "endOtherSessions",
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn end_others<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
) -> Result<StatusCode, Problem> {
    let this = signed.signed_in.name();
    web.services.web_sessions.end_others(&signed.signed_in, signed.source, &this).await?;
    Ok(StatusCode::NO_CONTENT)
}
