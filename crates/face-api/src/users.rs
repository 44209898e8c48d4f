//! `/v1/tenants/{tenant}/users`: people and their accounts.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_core::directory as core;
use rapport_fabric::Fabric;
use rapport_model::{Aor, Scope, UserId};
use rapport_service::Wire;
use serde::Deserialize;

use crate::deleted::RemovalAsked;
use crate::extract::{Asked, Body, Names};
use crate::operator::Operator;
use crate::problem::Problem;
use crate::state::Api;

mod types;

pub use types::{
    FormerAddress, Licence, NewPassword, NewUser, Phone, PhoneKind, Trace, Usage, User, UserChange, UserList,
    UserSummary,
};

/// How many people one answer lists at most.
const PAGE: usize = 1000;

/// Which part of a list is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PageAsked {
    /// `next` of the answer before.
    after: Option<String>,
    /// How many at most; 1000 unless given, and never more.
    limit: Option<usize>,
}

/// Lists people in the order in which they were added.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/users", tag = "users", operation_id = "listUsers",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("after" = Option<String>, Query, description = "`next` of the answer before"),
        ("limit" = Option<usize>, Query, description = "how many at most; 1000 unless given, and never more")),
    responses((status = 200, body = UserList), (status = 404, body = Problem)))]
pub(crate) async fn list<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
    Asked(asked): Asked<PageAsked>,
) -> Result<Json<UserList>, Problem> {
    let (scope, tenant) = api.within(&operator, &tenant).await?;
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let after = match asked.after {
        None => None,
        Some(text) => Some(
            text.parse::<UserId>()
                .ok()
                .filter(|user| user.tenant == tenant.id)
                .ok_or_else(|| Problem::invalid("after", "is no `next` of a list of this company"))?,
        ),
    };
    let people = api.people.list(&scope, after, limit).await?;
    let next = people.last().filter(|_| people.len() == limit).map(|last| last.id.to_string());
    Ok(Json(UserList { users: people.into_iter().map(UserSummary::from).collect(), next }))
}

/// Adds a person.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/users", tag = "users", operation_id = "addUser",
    params(("tenant" = String, Path, description = "the company's short name")),
    request_body = NewUser,
    responses((status = 201, body = User), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "an address or the sign-in name is taken"),
        (status = 422, body = Problem)))]
pub(crate) async fn add<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
    Body(new): Body<NewUser>,
) -> Result<(StatusCode, Json<User>), Problem> {
    let (scope, _) = api.within(&operator, &tenant).await?;
    let manager = manager(&api, &scope, new.manager.as_deref()).await?;
    let (person, password) = new.into_person(manager.flatten())?;
    let added = api.people.add(&scope, person, password.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(view(&api, &scope, added).await?)))
}

/// Shows a person, with how much of the limits is used.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/users/{user}", tag = "users", operation_id = "showUser",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    responses((status = 200, body = User), (status = 404, body = Problem)))]
pub(crate) async fn show<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
) -> Result<Json<User>, Problem> {
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    Ok(Json(view(&api, &scope, person).await?))
}

/// Changes a person.
#[utoipa::path(patch, path = "/v1/tenants/{tenant}/users/{user}", tag = "users", operation_id = "setUser",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    request_body = UserChange,
    responses((status = 200, body = User), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "an address or the sign-in name is taken"),
        (status = 422, body = Problem)))]
pub(crate) async fn set<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
    Body(change): Body<UserChange>,
) -> Result<Json<User>, Problem> {
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    let manager = manager(&api, &scope, change.manager.as_deref()).await?;
    let patch = change.into_patch(&person, manager)?;
    let after = api.people.set(&scope, person.id, patch).await?;
    Ok(Json(view(&api, &scope, after).await?))
}

/// Deletes a person: signed out, unknown to everybody, and restorable for as long as the company's policy says. For good:
/// with everything that the person had, at once.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/users/{user}", tag = "users", operation_id = "removeUser",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path,
            description = "a SIP address or sign-in name; for good also of a deleted person, or its number"),
        ("forGood" = Option<bool>, Query, description = "so that it can't be restored")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn remove<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
    Asked(asked): Asked<RemovalAsked>,
) -> Result<StatusCode, Problem> {
    let (scope, _) = api.within(&operator, &tenant).await?;
    let found = match api.people.find(&scope, &user).await {
        Err(rapport_service::Error::NotFound(_)) if asked.for_good => {
            api.people.find_deleted(&scope, &user).await
        }
        found => found,
    };
    let person = found?;
    if asked.for_good {
        api.people.remove(&scope, person.id).await?;
    } else {
        api.people.delete(&scope, person.id).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Lets go of an address that a person had, before its grace period is over: it is nobody's from then on.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/users/{user}/former-addresses/{address}", tag = "users",
    operation_id = "releaseAddress",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name"),
        ("address" = String, Path, description = "the former address")),
    responses((status = 200, body = User), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn release<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user, former)): Names<(String, String, String)>,
) -> Result<Json<User>, Problem> {
    let former = address("address", &former)?;
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    let after = api.people.release(&scope, person.id, &former).await?;
    Ok(Json(view(&api, &scope, after).await?))
}

/// Sets the account's password and ends the sessions that the old one proved.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/users/{user}/password", tag = "users",
    operation_id = "setPassword",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    request_body = NewPassword,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_password<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
    Body(new): Body<NewPassword>,
) -> Result<StatusCode, Problem> {
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    api.people.set_password(&scope, person.id, &new.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets the account sign in.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/users/{user}/enable", tag = "users",
    operation_id = "enableUser",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    responses((status = 200, body = User), (status = 404, body = Problem)))]
pub(crate) async fn enable<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(names): Names<(String, String)>,
) -> Result<Json<User>, Problem> {
    let patch = core::PersonPatch { enabled: Some(true), ..core::PersonPatch::default() };
    patched(&api, &operator, names, patch).await
}

/// Keeps the account from signing in, and ends its sessions.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/users/{user}/disable", tag = "users",
    operation_id = "disableUser",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    responses((status = 200, body = User), (status = 404, body = Problem)))]
pub(crate) async fn disable<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(names): Names<(String, String)>,
) -> Result<Json<User>, Problem> {
    let patch = core::PersonPatch { enabled: Some(false), ..core::PersonPatch::default() };
    patched(&api, &operator, names, patch).await
}

/// Gives or takes the licence; without it the account doesn't sign in.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/users/{user}/licence", tag = "users",
    operation_id = "setLicence",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    request_body = Licence,
    responses((status = 200, body = User), (status = 404, body = Problem)))]
pub(crate) async fn set_licence<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(names): Names<(String, String)>,
    Body(licence): Body<Licence>,
) -> Result<Json<User>, Problem> {
    let patch = core::PersonPatch { licensed: Some(licence.licensed), ..core::PersonPatch::default() };
    patched(&api, &operator, names, patch).await
}

/// Lets a person try to sign in again after too many wrong passwords.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/users/{user}/unlock", tag = "users",
    operation_id = "unlockUser",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn unlock<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
) -> Result<StatusCode, Problem> {
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    api.people.unlock(&scope, person.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The minutes of the longest trace.
const LONGEST_TRACE: u16 = 60;

/// Writes the person's SIP messages to the log for some minutes: headers only, without proofs and without words.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/users/{user}/trace", tag = "users",
    operation_id = "startTrace",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    request_body = Trace,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn start_trace<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
    Body(trace): Body<Trace>,
) -> Result<StatusCode, Problem> {
    if trace.minutes > LONGEST_TRACE {
        return Err(Problem::invalid(
            "minutes",
            format!("{} is more than {LONGEST_TRACE}; a trace runs for an hour at most", trace.minutes),
        ));
    }
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    let span = Duration::from_secs(u64::from(trace.minutes) * 60);
    api.trace(&scope, person.id, Some(span)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the trace of the person's SIP messages.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/users/{user}/trace", tag = "users",
    operation_id = "stopTrace",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn stop_trace<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
) -> Result<StatusCode, Problem> {
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    api.trace(&scope, person.id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn patched<F: Fabric<Message = Wire>>(
    api: &Api<F>,
    operator: &Operator,
    (tenant, user): (String, String),
    patch: core::PersonPatch,
) -> Result<Json<User>, Problem> {
    let (scope, person) = api.user(operator, &tenant, &user).await?;
    let after = api.people.set(&scope, person.id, patch).await?;
    Ok(Json(view(api, &scope, after).await?))
}

/// Finds the manager that a request names: nothing said, none, or that person.
async fn manager<F: Fabric<Message = Wire>>(
    api: &Api<F>,
    scope: &Scope,
    name: Option<&str>,
) -> Result<Option<Option<UserId>>, Problem> {
    match name {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(name) => match api.people.find(scope, name).await {
            Ok(person) => Ok(Some(Some(person.id))),
            Err(rapport_service::Error::NotFound(_)) => {
                Err(Problem::invalid("manager", format!("there is nobody named \"{name}\" in the company")))
            }
            Err(error) => Err(error.into()),
        },
    }
}

pub(crate) async fn view<F: Fabric<Message = Wire>>(
    api: &Api<F>,
    scope: &Scope,
    person: core::Person,
) -> Result<User, Problem> {
    let manager = match person.card.manager {
        Some(manager) => match api.people.person(scope, manager).await {
            Ok(manager) => Some(manager.address.to_string()),
            Err(rapport_service::Error::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let usage = api.people.usage(scope, person.id).await?;
    Ok(User::new(person, manager, usage))
}

/// Reads an address from a request.
fn address(field: &str, text: &str) -> Result<Aor, Problem> {
    Aor::parse(text).map_err(|error| Problem::invalid(field, format!("\"{text}\": {error}")))
}
