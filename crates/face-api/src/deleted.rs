//! `/v1/deleted-tenants` and `/v1/tenants/{tenant}/deleted-users`: what was deleted and can be restored.

use axum::Json;
use axum::extract::State;
use rapport_core::directory as core;
use rapport_fabric::Fabric;
use rapport_model::Timestamp;
use rapport_service::Wire;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Names;
use crate::operator::Operator;
use crate::problem::Problem;
use crate::state::Api;
use crate::tenants::Tenant;
use crate::users::{User, view};

/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// How something is removed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct RemovalAsked {
    /// At once and for good, rather than so that it can be restored.
    pub(crate) for_good: bool,
}

/// A person who was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedUser {
    /// The person's number.
    pub id: String,
    /// The SIP address that others saw.
    pub address: String,
    /// The name that signed in.
    pub sign_in_name: String,
    /// The whole name as it was shown.
    pub display_name: String,
    /// When the person was deleted.
    pub deleted: String,
    /// From when on nobody can restore the person.
    pub kept_until: String,
}

/// The people of a company who were deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedUserList {
    /// The people.
    pub deleted_users: Vec<DeletedUser>,
}

/// A company that was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedTenant {
    /// The company's number.
    pub id: String,
    /// Its short name.
    pub name: String,
    /// What it was called on screen.
    pub display_name: String,
    /// Its SIP domains.
    pub domains: Vec<String>,
    /// When it was deleted.
    pub deleted: String,
    /// From when on nobody can restore it.
    pub kept_until: String,
}

/// The companies that were deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedTenantList {
    /// The companies.
    pub deleted_tenants: Vec<DeletedTenant>,
}

fn kept_until(at: Timestamp, tenant: &core::Tenant) -> String {
    Timestamp(at.0.saturating_add(DAY * i64::from(tenant.policy.keep_deleted_days))).to_rfc3339()
}

/// Lists the people of a company who were deleted and can be restored.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/deleted-users", tag = "users",
    operation_id = "listDeletedUsers",
    params(("tenant" = String, Path, description = "the company's short name")),
    responses((status = 200, body = DeletedUserList), (status = 404, body = Problem)))]
pub(crate) async fn users<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
) -> Result<Json<DeletedUserList>, Problem> {
    let (scope, tenant) = api.within(&operator, &tenant).await?;
    let deleted = api.people.deleted(&scope).await?.into_iter().map(|deleted| DeletedUser {
        id: deleted.what.id.to_string(),
        address: deleted.what.address.to_string(),
        sign_in_name: deleted.what.sign_in_name,
        display_name: deleted.what.card.display_name,
        deleted: deleted.at.to_rfc3339(),
        kept_until: kept_until(deleted.at, &tenant),
    });
    Ok(Json(DeletedUserList { deleted_users: deleted.collect() }))
}

/// Restores a person with contacts, access levels, notes and passwords.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/deleted-users/{user}/restore", tag = "users",
    operation_id = "undeleteUser",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "the SIP address, sign-in name or number of a deleted person")),
    responses((status = 200, body = User), (status = 404, body = Problem)))]
pub(crate) async fn restore_user<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
) -> Result<Json<User>, Problem> {
    let (scope, _) = api.within(&operator, &tenant).await?;
    let deleted = api.people.find_deleted(&scope, &user).await?;
    let restored = api.people.restore(&scope, deleted.id).await?;
    Ok(Json(view(&api, &scope, restored).await?))
}

/// Lists the companies that were deleted and can be restored.
#[utoipa::path(get, path = "/v1/deleted-tenants", tag = "companies", operation_id = "listDeletedTenants",
    responses((status = 200, body = DeletedTenantList)))]
pub(crate) async fn tenants<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
) -> Result<Json<DeletedTenantList>, Problem> {
    let deleted = api.tenants.deleted(&api.scope(&operator)).await?.into_iter().map(|deleted| {
        let kept_until = kept_until(deleted.at, &deleted.what);
        DeletedTenant {
            id: deleted.what.id.to_string(),
            name: deleted.what.name,
            display_name: deleted.what.display_name,
            domains: deleted.what.domains.iter().map(ToString::to_string).collect(),
            deleted: deleted.at.to_rfc3339(),
            kept_until,
        }
    });
    Ok(Json(DeletedTenantList { deleted_tenants: deleted.collect() }))
}

/// Restores a company with everything that is in it.
#[utoipa::path(post, path = "/v1/deleted-tenants/{tenant}/restore", tag = "companies",
    operation_id = "undeleteTenant",
    params(("tenant" = String, Path, description = "the short name of a deleted company")),
    responses((status = 200, body = Tenant), (status = 404, body = Problem)))]
pub(crate) async fn restore_tenant<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
) -> Result<Json<Tenant>, Problem> {
    let scope = api.scope(&operator);
    let deleted = api.tenants.deleted_by_name(&scope, &tenant).await?;
    Ok(Json(api.tenants.restore(&scope.within(deleted.id)).await?.into()))
}
