//! `/api/v1/adders`: what becomes of those who added the person to their contact lists.

use axum::extract::State;
use axum::http::StatusCode;
use rapport_fabric::Fabric;
use rapport_service::Wire;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Web;
use super::access::set_level;
use super::guard::Agent;
use super::people::somebody;
use super::types::Level;
use crate::agent::Handle;
use crate::extract::{Body, Names, word_or_none};
use crate::problem::Problem;

/// What somebody who added the person may see.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allowance {
    /// The level of access; none leaves it as it is.
    #[serde(default, deserialize_with = "word_or_none")]
    pub(crate) level: Option<Level>,
}

/// Takes notice of somebody, and lets them see what their level of access shows.
#[utoipa::path(post, path = "/api/v1/adders/{person}/allow", tag = "contacts", operation_id = "allowAdder",
    params(("person" = String, Path, description = "the person's id or address")), request_body = Allowance,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn allow<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(person): Names<String>,
    Body(allowance): Body<Allowance>,
) -> Result<StatusCode, Problem> {
    notice(&web, &agent, &person, allowance.level).await
}

/// Takes notice of somebody, and blocks them.
#[utoipa::path(post, path = "/api/v1/adders/{person}/block", tag = "contacts", operation_id = "blockAdder",
    params(("person" = String, Path, description = "the person's id or address")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn block<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(person): Names<String>,
) -> Result<StatusCode, Problem> {
    notice(&web, &agent, &person, Some(Level::Blocked)).await
}

/// Takes notice of somebody, and changes nothing else.
#[utoipa::path(post, path = "/api/v1/adders/{person}/ignore", tag = "contacts", operation_id = "ignoreAdder",
    params(("person" = String, Path, description = "the person's id or address")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn ignore<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(person): Names<String>,
) -> Result<StatusCode, Problem> {
    notice(&web, &agent, &person, None).await
}

async fn notice<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
    person: &str,
    level: Option<Level>,
) -> Result<StatusCode, Problem> {
    let (who, _) = somebody(web, agent, person).await?;
    if let Some(level) = level {
        set_level(web, agent, &who, level).await?;
    }
    let (scope, user) = (agent.scope("acknowledge"), agent.endpoint().user);
    let announce = web.services.presence.acknowledge_subscribers(&scope, user, &[who]).await?;
    web.services.presence.announce(&scope, announce).await;
    Ok(StatusCode::NO_CONTENT)
}
