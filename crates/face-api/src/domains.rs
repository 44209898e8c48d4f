//! `/v1/tenants/{tenant}/domains`: the SIP domains of a company.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_fabric::Fabric;
use rapport_service::{Error, Wire};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::code::Code;
use crate::extract::{Body, Names};
use crate::operator::Operator;
use crate::problem::Problem;
use crate::state::Api;
use crate::tenants::domain;

/// A SIP domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// The domain, in A-labels.
    pub domain: String,
}

/// The SIP domains of a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DomainList {
    /// The domains; the first is the default for new people.
    pub domains: Vec<String>,
}

/// Where everybody's addresses go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DomainMove {
    /// The SIP domain to which they go; the company gets it if it hasn't it yet.
    pub to: String,
}

/// What became of moving everybody to another SIP domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DomainMoved {
    /// How many people have new addresses.
    pub people: u32,
    /// Whoever stays, and why.
    pub left: Vec<Left>,
}

/// Somebody who keeps an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Left {
    /// The address.
    pub address: String,
    /// Why.
    pub why: String,
}

/// Lists the SIP domains of a company.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/domains", tag = "domains", operation_id = "listDomains",
    params(("tenant" = String, Path, description = "the company's short name")),
    responses((status = 200, body = DomainList), (status = 404, body = Problem)))]
pub(crate) async fn list<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
) -> Result<Json<DomainList>, Problem> {
    let (_, tenant) = api.within(&operator, &tenant).await?;
    Ok(Json(DomainList { domains: tenant.domains.iter().map(ToString::to_string).collect() }))
}

/// Adds a SIP domain to a company.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/domains", tag = "domains", operation_id = "addDomain",
    params(("tenant" = String, Path, description = "the company's short name")),
    request_body = Domain,
    responses((status = 201, body = Domain), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "it is some company's already"), (status = 422, body = Problem)))]
pub(crate) async fn add<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
    Body(new): Body<Domain>,
) -> Result<(StatusCode, Json<Domain>), Problem> {
    let added = domain("domain", &new.domain)?;
    let (scope, _) = api.within(&operator, &tenant).await?;
    api.tenants.add_domain(&scope, added.clone()).await?;
    Ok((StatusCode::CREATED, Json(Domain { domain: added.to_string() })))
}

/// Removes a SIP domain that no address uses.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/domains/{domain}", tag = "domains",
    operation_id = "removeDomain",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("domain" = String, Path, description = "the SIP domain")),
    responses((status = 204), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "an address uses it")))]
pub(crate) async fn remove<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, removed)): Names<(String, String)>,
) -> Result<StatusCode, Problem> {
    let removed = domain("domain", &removed)?;
    let (scope, _) = api.within(&operator, &tenant).await?;
    api.tenants.remove_domain(&scope, &removed).await.map_err(|error| match error {
        Error::NotFound(_) => Problem::not_found(&format!("SIP domain in the company: {removed}")),
        Error::Taken(_) => Problem::new(
            StatusCode::CONFLICT,
            Code::Taken,
            format!(
                "addresses in {removed} are in use, still answer for people who had them, or are those of deleted people; \
                 change, release or remove them first"
            ),
        ),
        other => other.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves everybody's addresses from one SIP domain of the company to another; the old ones answer for the grace period.
///
/// Whoever can't be moved keeps the address. Done again, it goes on where it ended.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/domains/{domain}/rename", tag = "domains",
    operation_id = "renameDomain",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("domain" = String, Path, description = "the SIP domain that the addresses leave")),
    request_body = DomainMove,
    responses((status = 200, body = DomainMoved), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "the other domain is another company's"),
        (status = 422, body = Problem)))]
pub(crate) async fn rename<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, from)): Names<(String, String)>,
    Body(asked): Body<DomainMove>,
) -> Result<Json<DomainMoved>, Problem> {
    let (from, to) = (domain("domain", &from)?, domain("to", &asked.to)?);
    let (scope, _) = api.within(&operator, &tenant).await?;
    let moved = api.people.move_domain(&scope, &from, &to).await?;
    let left = moved.left.into_iter().map(|(address, why)| Left { address: address.to_string(), why });
    Ok(Json(DomainMoved { people: moved.people, left: left.collect() }))
}
