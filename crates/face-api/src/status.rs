//! `/v1/status`: what this node does right now, per company.

use axum::Json;
use axum::extract::State;
use rapport_fabric::Fabric;
use rapport_service::Wire;
use rapport_service::meter::Counts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operator::Operator;
use crate::problem::Problem;
use crate::state::Api;

/// What this node does. Counts but `endpoints` only grow while the server runs: rates are differences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Status {
    /// The version of the server.
    pub version: String,
    /// Milliseconds since it started, on a clock that doesn't jump.
    pub uptime_ms: u64,
    /// Every company with people signed in now or since the start, and every other.
    pub companies: Vec<CompanyStatus>,
    /// The slowest requests of the last five minutes, the slowest first; ten at most.
    pub slowest: Vec<SlowRequest>,
}

/// What one company does on this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompanyStatus {
    /// The company's short name.
    pub company: String,
    /// Programs that are signed in now.
    pub endpoints: u64,
    /// Requests that were routed to other clients.
    pub messages: u64,
    /// Changes of presence that were told to sessions.
    pub notifications: u64,
    /// Publications that were accepted.
    pub publications: u64,
    /// Sign-ins that were proven.
    pub sign_ins: u64,
}

/// A request that took long to serve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SlowRequest {
    /// Its method.
    pub what: String,
    /// The short name of the company of who asked.
    pub company: String,
    /// Milliseconds that it took.
    pub took_ms: f64,
    /// Milliseconds since it was done.
    pub ago_ms: u64,
}

/// Shows what this node does right now.
#[utoipa::path(get, path = "/v1/status", tag = "status", operation_id = "showStatus",
    responses((status = 200, body = Status)))]
pub(crate) async fn show<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
) -> Result<Json<Status>, Problem> {
    let tenants = api.tenants.list(&api.scope(&operator)).await?;
    let (counts, now) = (api.meters().counts(), api.clock().monotonic());
    let millis = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let name = |id| tenants.iter().find(|tenant| tenant.id == id).map(|tenant| tenant.name.clone());
    let slowest = api.meters().slowest(now).into_iter().map(|slow| SlowRequest {
        what: slow.what.into(),
        company: name(slow.tenant).unwrap_or_else(|| slow.tenant.to_string()),
        took_ms: slow.took.as_secs_f64() * 1000.0,
        ago_ms: millis(now.saturating_duration_since(slow.at)),
    });
    let companies = tenants.iter().map(|tenant| {
        let counts = counts.get(&tenant.id).copied().unwrap_or_default();
        let Counts { endpoints, messages, notifications, publications, sign_ins } = counts;
        CompanyStatus {
            company: tenant.name.clone(),
            endpoints,
            messages,
            notifications,
            publications,
            sign_ins,
        }
    });
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_ms: millis(now.saturating_duration_since(api.started())),
        companies: companies.collect(),
        slowest: slowest.collect(),
    }))
}
