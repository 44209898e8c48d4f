//! `/api/v1/endpoints`: the person's programs that are signed in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_fabric::Fabric;
use rapport_model::Instance;
use rapport_service::Wire;
use serde::Serialize;
use utoipa::ToSchema;

use super::Web;
use super::guard::Agent;
use super::types::Endpoint;
use crate::agent;
use crate::extract::Names;
use crate::problem::Problem;

/// The person's programs that are signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndpointList {
    /// The earliest first.
    pub(crate) endpoints: Vec<Endpoint>,
}

/// Lists the person's programs that are signed in.
#[utoipa::path(get, path = "/api/v1/endpoints", tag = "session", operation_id = "listEndpoints",
    responses((status = 200, body = EndpointList), (status = 401, body = Problem)))]
pub(crate) async fn list<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
) -> Result<Json<EndpointList>, Problem> {
    let (scope, endpoint) = (agent.scope("endpoints"), agent.endpoint());
    let own = web.services.presence.own_document(&scope, endpoint.user).await?;
    let endpoints = agent::endpoints(&web.services, &scope, endpoint.user, endpoint.instance, &own).await?;
    Ok(Json(EndpointList { endpoints }))
}

/// Signs one of them out.
#[utoipa::path(delete, path = "/api/v1/endpoints/{id}", tag = "session", operation_id = "signOutEndpoint",
    params(("id" = String, Path, description = "the endpoint's id")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn end<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(id): Names<String>,
) -> Result<StatusCode, Problem> {
    let instance = Instance::parse(&id).map_err(|_| Problem::not_found("endpoint"))?;
    web.services.registrar.sign_out(&agent.scope("sign out"), agent.endpoint().user, instance).await?;
    Ok(StatusCode::NO_CONTENT)
}
