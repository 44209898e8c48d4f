//! `/v1/tenants`: companies.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_core::directory as core;
use rapport_core::policy::Policy;
use rapport_fabric::Fabric;
use rapport_model::{Limits, SipDomain};
use rapport_service::Wire;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::deleted::RemovalAsked;
use crate::extract::{Asked, Body, Names};
use crate::operator::Operator;
use crate::problem::Problem;
use crate::state::Api;

/// A company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// The company's number; never used again.
    pub id: String,
    /// The short name by which the operator calls it.
    pub name: String,
    /// What it is called on screen.
    pub display_name: String,
    /// The name before the backslash in `DOMAIN\user`.
    pub netbios_name: String,
    /// Its SIP domains; the first is the default for new people.
    pub domains: Vec<String>,
    /// Whether the service is switched on for it.
    pub enabled: bool,
    /// What it allows.
    pub policy: PolicyView,
}

/// All companies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TenantList {
    /// The companies, the oldest first.
    pub tenants: Vec<Tenant>,
}

/// What a company allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyView {
    /// Whether the account's own password signs in to SIP by NTLM; otherwise app passwords alone do.
    pub account_password_sign_in: bool,
    /// Limits per person.
    pub limits: LimitsView,
    /// For how many days an address that a person had still reaches them.
    pub address_grace_days: u32,
    /// For how many days a deleted person, or the whole company, can be restored.
    pub keep_deleted_days: u32,
    /// For how many days what people say is kept in their history; 0 for not at all.
    pub history_days: u32,
}

/// Limits per person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitsView {
    /// Contacts on one list.
    pub contacts: u32,
    /// Distinct people who watch one person.
    pub watchers: u32,
    /// Contact groups on one list.
    pub groups: u32,
    /// Programs of one person signed in at once.
    pub endpoints: u32,
}

/// A company to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTenant {
    /// The short name: lower-case letters, digits and hyphens.
    pub name: String,
    /// What it is called on screen; the short name unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The name before the backslash in `DOMAIN\user`; the short name in capitals unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netbios_name: Option<String>,
    /// Its SIP domains.
    pub domains: Vec<String>,
    /// What differs from the default policy.
    #[serde(default)]
    pub policy: PolicyChange,
}

/// What is to be changed of a company; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TenantChange {
    /// What it is called on screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The name before the backslash in `DOMAIN\user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netbios_name: Option<String>,
    /// Whether the service is switched on; switching it off ends every session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// What it allows.
    pub policy: PolicyChange,
}

/// What is to be changed of a policy; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PolicyChange {
    /// Whether the account's own password signs in to SIP; switching it off deletes the hashes that it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_password_sign_in: Option<bool>,
    /// Limits per person.
    pub limits: LimitsChange,
    /// For how many days an address that a person had still reaches them; 366 at most, 0 for not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_grace_days: Option<u32>,
    /// For how many days a deleted person, or the whole company, can be restored; 366 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_deleted_days: Option<u32>,
    /// For how many days what people say is kept in their history; 3660 at most, 0 for not at all. Shortening it deletes
    /// what is older.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_days: Option<u32>,
}

/// What is to be changed of the limits; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LimitsChange {
    /// Contacts on one list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<u32>,
    /// Distinct people who watch one person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watchers: Option<u32>,
    /// Contact groups on one list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<u32>,
    /// Programs of one person signed in at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<u32>,
}

impl PolicyChange {
    /// Tells whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn apply(&self, policy: Policy) -> Policy {
        let now = policy.limits;
        let Policy {
            limits: _,
            account_password_sign_in,
            address_grace_days,
            keep_deleted_days,
            history_days,
        } = policy;
        Policy {
            limits: Limits {
                contacts: self.limits.contacts.unwrap_or(now.contacts),
                watchers: self.limits.watchers.unwrap_or(now.watchers),
                groups: self.limits.groups.unwrap_or(now.groups),
                endpoints: self.limits.endpoints.unwrap_or(now.endpoints),
            },
            account_password_sign_in: self.account_password_sign_in.unwrap_or(account_password_sign_in),
            address_grace_days: self.address_grace_days.unwrap_or(address_grace_days),
            keep_deleted_days: self.keep_deleted_days.unwrap_or(keep_deleted_days),
            history_days: self.history_days.unwrap_or(history_days),
        }
    }
}

impl From<core::Tenant> for Tenant {
    fn from(tenant: core::Tenant) -> Self {
        let limits = tenant.policy.limits;
        Self {
            id: tenant.id.to_string(),
            name: tenant.name,
            display_name: tenant.display_name,
            netbios_name: tenant.netbios_name,
            domains: tenant.domains.iter().map(ToString::to_string).collect(),
            enabled: tenant.enabled,
            policy: PolicyView {
                account_password_sign_in: tenant.policy.account_password_sign_in,
                limits: LimitsView {
                    contacts: limits.contacts,
                    watchers: limits.watchers,
                    groups: limits.groups,
                    endpoints: limits.endpoints,
                },
                address_grace_days: tenant.policy.address_grace_days,
                keep_deleted_days: tenant.policy.keep_deleted_days,
                history_days: tenant.policy.history_days,
            },
        }
    }
}

/// Reads a SIP domain from a request.
pub(crate) fn domain(field: &str, text: &str) -> Result<SipDomain, Problem> {
    SipDomain::parse(text).map_err(|error| Problem::invalid(field, format!("\"{text}\": {error}")))
}

/// Lists all companies.
#[utoipa::path(get, path = "/v1/tenants", tag = "companies", operation_id = "listTenants",
    responses((status = 200, body = TenantList)))]
pub(crate) async fn list<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
) -> Result<Json<TenantList>, Problem> {
    let tenants = api.tenants.list(&api.scope(&operator)).await?;
    Ok(Json(TenantList { tenants: tenants.into_iter().map(Tenant::from).collect() }))
}

/// Adds a company.
#[utoipa::path(post, path = "/v1/tenants", tag = "companies", operation_id = "addTenant",
    request_body = NewTenant,
    responses((status = 201, body = Tenant), (status = 409, body = Problem, description = "a name or domain is taken"),
        (status = 422, body = Problem)))]
pub(crate) async fn add<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Body(new): Body<NewTenant>,
) -> Result<(StatusCode, Json<Tenant>), Problem> {
    let netbios_name = new.netbios_name.unwrap_or_else(|| new.name.to_uppercase().chars().take(15).collect());
    let tenant = core::NewTenant {
        display_name: new.display_name.unwrap_or_else(|| new.name.clone()),
        name: new.name,
        netbios_name,
        domains: new.domains.iter().map(|text| domain("domains", text)).collect::<Result<_, _>>()?,
        policy: new.policy.apply(Policy::default()),
    };
    let added = api.tenants.add(&api.scope(&operator), tenant).await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Shows a company.
#[utoipa::path(get, path = "/v1/tenants/{tenant}", tag = "companies", operation_id = "showTenant",
    params(("tenant" = String, Path, description = "the company's short name")),
    responses((status = 200, body = Tenant), (status = 404, body = Problem)))]
pub(crate) async fn show<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
) -> Result<Json<Tenant>, Problem> {
    let (_, tenant) = api.within(&operator, &tenant).await?;
    Ok(Json(tenant.into()))
}

/// Changes a company.
#[utoipa::path(patch, path = "/v1/tenants/{tenant}", tag = "companies", operation_id = "setTenant",
    params(("tenant" = String, Path, description = "the company's short name")),
    request_body = TenantChange,
    responses((status = 200, body = Tenant), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
    Body(change): Body<TenantChange>,
) -> Result<Json<Tenant>, Problem> {
    let (scope, tenant) = api.within(&operator, &tenant).await?;
    let policy = (!change.policy.is_empty()).then(|| change.policy.apply(tenant.policy));
    let patch = core::TenantPatch {
        display_name: change.display_name,
        netbios_name: change.netbios_name,
        enabled: change.enabled,
        policy,
        ..core::TenantPatch::default()
    };
    Ok(Json(api.tenants.set(&scope, patch).await?.into()))
}

/// Deletes a company: its people are signed out, and it can be restored for as long as its policy says. For good: with
/// everything that is in it, at once.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}", tag = "companies", operation_id = "removeTenant",
    params(("tenant" = String, Path, description = "the company's short name; for good also that of a deleted one"),
        ("forGood" = Option<bool>, Query, description = "so that it can't be restored")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn remove<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
    Asked(asked): Asked<RemovalAsked>,
) -> Result<StatusCode, Problem> {
    if !asked.for_good {
        let (scope, _) = api.within(&operator, &tenant).await?;
        api.tenants.delete(&scope).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    let scope = api.scope(&operator);
    let found = match api.tenants.by_name(&scope, &tenant).await {
        Err(rapport_service::Error::NotFound(_)) => api.tenants.deleted_by_name(&scope, &tenant).await,
        found => found,
    };
    api.tenants.remove(&scope.within(found?.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
