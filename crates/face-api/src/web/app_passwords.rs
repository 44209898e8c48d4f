//! `/api/v1/app-passwords`: passwords of single programs, issued by their owner.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_fabric::Fabric;
use rapport_service::Wire;
use serde::Serialize;
use utoipa::ToSchema;

use super::Web;
use super::guard::Signed;
use crate::NewAppPassword;
use crate::agent::written;
use crate::extract::{Body, Names};
use crate::problem::Problem;

/// An app password as it can be looked up: without the password.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnAppPassword {
    /// Its id.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) label: String,
    /// When it was issued.
    pub(crate) created_at: String,
}

/// The person's app passwords.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnAppPasswords {
    /// The earliest first.
    pub(crate) app_passwords: Vec<OwnAppPassword>,
}

/// An app password that was issued; it can't be read again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnIssuedAppPassword {
    /// Its id.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) label: String,
    /// The password.
    pub(crate) password: String,
    /// When it was issued.
    pub(crate) created_at: String,
}

/// Lists the person's app passwords.
#[utoipa::path(get, path = "/api/v1/app-passwords", tag = "session", operation_id = "listOwnAppPasswords",
    responses((status = 200, body = OwnAppPasswords), (status = 401, body = Problem)))]
pub(crate) async fn list<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
) -> Result<Json<OwnAppPasswords>, Problem> {
    let user = signed.signed_in.person.id;
    let found = web.services.people.app_passwords(&signed.scope("app passwords"), user).await?;
    let app_passwords = found
        .into_iter()
        .map(|found| OwnAppPassword {
            id: found.id.to_string(),
            label: found.label,
            created_at: written(found.created),
        })
        .collect();
    Ok(Json(OwnAppPasswords { app_passwords }))
}

/// Issues an app password. The answer has it, this once.
#[utoipa::path(post, path = "/api/v1/app-passwords", tag = "session", operation_id = "addOwnAppPassword",
    request_body = NewAppPassword,
    responses((status = 201, body = OwnIssuedAppPassword), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn add<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
    Body(new): Body<NewAppPassword>,
) -> Result<(StatusCode, Json<OwnIssuedAppPassword>), Problem> {
    let user = signed.signed_in.person.id;
    let created_at = written(web.services.clock().wall());
    let (id, password) =
        web.services.people.add_app_password(&signed.scope("app passwords"), user, &new.label).await?;
    let issued = OwnIssuedAppPassword { id: id.to_string(), label: new.label, password, created_at };
    Ok((StatusCode::CREATED, Json(issued)))
}

/// Revokes an app password, and ends the sessions of the programs that it signed in; all others go on.
#[utoipa::path(delete, path = "/api/v1/app-passwords/{id}", tag = "session", operation_id = "removeOwnAppPassword",
    params(("id" = String, Path, description = "the app password's id")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn remove<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
    Names(id): Names<String>,
) -> Result<StatusCode, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found("app password"))?;
    web.services
        .people
        .remove_app_password(&signed.scope("app passwords"), signed.signed_in.person.id, id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
