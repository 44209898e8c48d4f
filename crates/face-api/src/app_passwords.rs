//! `/v1/tenants/{tenant}/users/{user}/app-passwords`: passwords of single devices.

use std::fmt;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_fabric::Fabric;
use rapport_service::{Error, Wire};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Body, Names};
use crate::operator::Operator;
use crate::problem::Problem;
use crate::state::Api;

/// An app password as it can be looked up: without the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AppPassword {
    /// Its number among the person's.
    pub id: String,
    /// What it is for.
    pub label: String,
    /// When it was issued (RFC 3339).
    pub created: String,
}

/// The app passwords of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppPasswordList {
    /// The app passwords, the oldest first.
    pub app_passwords: Vec<AppPassword>,
}

/// An app password to be issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppPassword {
    /// What it is for, such as the device; at most 100 octets without control characters.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    pub label: String,
}

/// An app password that was issued; it can't be read again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssuedAppPassword {
    /// Its number among the person's.
    pub id: String,
    /// What it is for.
    pub label: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for IssuedAppPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedAppPassword")
            .field("id", &self.id)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Lists a person's app passwords.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/users/{user}/app-passwords", tag = "app passwords",
    operation_id = "listAppPasswords",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    responses((status = 200, body = AppPasswordList), (status = 404, body = Problem)))]
pub(crate) async fn list<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
) -> Result<Json<AppPasswordList>, Problem> {
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    let found = api.people.app_passwords(&scope, person.id).await?;
    let app_passwords = found
        .into_iter()
        .map(|found| AppPassword {
            id: found.id.to_string(),
            label: found.label,
            created: found.created.to_rfc3339(),
        })
        .collect();
    Ok(Json(AppPasswordList { app_passwords }))
}

/// Issues an app password. The answer has the password, this once.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/users/{user}/app-passwords", tag = "app passwords",
    operation_id = "addAppPassword",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name")),
    request_body = NewAppPassword,
    responses((status = 201, body = IssuedAppPassword), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn add<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
    Body(new): Body<NewAppPassword>,
) -> Result<(StatusCode, Json<IssuedAppPassword>), Problem> {
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    let (id, password) = api.people.add_app_password(&scope, person.id, &new.label).await?;
    Ok((StatusCode::CREATED, Json(IssuedAppPassword { id: id.to_string(), label: new.label, password })))
}

/// Revokes an app password and ends the sessions that it signed in; all others go on.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/users/{user}/app-passwords/{id}", tag = "app passwords",
    operation_id = "removeAppPassword",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "a SIP address or sign-in name"),
        ("id" = u32, Path, description = "the app password's number")),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn remove<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user, written)): Names<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let id = written
        .parse()
        .map_err(|_| Problem::invalid("id", format!("\"{written}\" is not the number of an app password")))?;
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    api.people.remove_app_password(&scope, person.id, id).await.map_err(|error| match error {
        Error::NotFound(_) => Problem::not_found(&format!("app password: {id}")),
        other => other.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}
