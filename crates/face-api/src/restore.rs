//! `…/restore`: what was lost of a company or a person is brought back from a backup.

use std::path::Path;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rapport_fabric::Fabric;
use rapport_service::Wire;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Body, Names};
use crate::following::follow;
use crate::operator::Operator;
use crate::problem::Problem;
use crate::state::Api;

/// From which backup something is brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestoreFrom {
    /// The backup's file on the server's machine, as an absolute path.
    pub backup: String,
    /// The file on the server's machine that has the passphrase for the service key in the backup, as an absolute path;
    /// the one of the server's configuration unless given. A company's passwords need it when the key was replaced since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase_file: Option<String>,
}

/// What was brought back of a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoredTenant {
    /// The company's number.
    pub tenant: String,
    /// The people that it has.
    pub people: u32,
    /// People it had before, who were not in the backup and are gone.
    pub gone: u32,
}

/// What was brought back of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoredUser {
    /// Contacts on the list.
    pub contacts: u32,
    /// Contacts of then who are nobody any more, and were left out.
    pub left_out: u32,
    /// Members of the access lists together.
    pub members: u32,
}

fn absolute<'a>(field: &str, path: &'a str) -> Result<&'a Path, Problem> {
    let path = Path::new(path);
    if path.is_absolute() { Ok(path) } else { Err(Problem::invalid(field, "it should be an absolute path")) }
}

fn file(from: &RestoreFrom) -> Result<&Path, Problem> {
    absolute("backup", &from.backup)
}

/// Replaces a company by what it was in a backup; others are not touched. Its sessions end and sign in again.
///
/// Who accepts `application/x-ndjson` is told, a line each, how far it is (`{"progress": {"step", "done", "total"}}`,
/// the steps being `unpacking`, `checking` and `applying`), and at last `{"done": ...}` or `{"problem": ...}`.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/restore", tag = "companies", operation_id = "restoreTenant",
    params(("tenant" = String, Path, description = "the company's short name in the backup; it need not be there any more")),
    request_body = RestoreFrom,
    responses((status = 200, body = RestoredTenant), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "the backup is another server's, a name is another company's by now, or a service key is missing"),
        (status = 422, body = Problem, description = "the backup is damaged")))]
pub(crate) async fn tenant<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
    headers: HeaderMap,
    Body(from): Body<RestoreFrom>,
) -> Result<Response, Problem> {
    let path = file(&from)?.to_owned();
    let passphrase =
        from.passphrase_file.as_deref().map(|path| absolute("passphraseFile", path)).transpose()?;
    let passphrase = passphrase.map(Path::to_owned);
    let scope = api.scope(&operator);
    follow(&headers, move |told| async move {
        // In a task of its own: whoever asked may go away, and half a restoring must not stay behind.
        let restored = api.to_the_end(move |services| async move {
            services.restore.tenant(&scope, &path, &tenant, passphrase.as_deref(), &told).await
        });
        let restored = restored.await?;
        let (tenant, people, gone) = (restored.tenant.to_string(), restored.people, restored.gone);
        Ok(RestoredTenant { tenant, people, gone })
    })
    .await
}

/// Replaces a person's contact list and access lists by what they were in a backup; signed-in programs are told.
///
/// Who accepts `application/x-ndjson` is told, a line each, how far it is (`{"progress": {"step", "done", "total"}}`,
/// the steps being `unpacking`, `checking` and `applying`), and at last `{"done": ...}` or `{"problem": ...}`.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/users/{user}/restore", tag = "users", operation_id = "restoreUser",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("user" = String, Path, description = "the SIP address or sign-in name")),
    request_body = RestoreFrom,
    responses((status = 200, body = RestoredUser), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "the backup is damaged")))]
pub(crate) async fn user<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names((tenant, user)): Names<(String, String)>,
    headers: HeaderMap,
    Body(from): Body<RestoreFrom>,
) -> Result<Response, Problem> {
    let path = file(&from)?.to_owned();
    let (scope, person) = api.user(&operator, &tenant, &user).await?;
    follow(&headers, move |told| async move {
        let restored = api.to_the_end(move |services| async move {
            services.restore.person(&scope, &path, person.id, &told).await
        });
        let restored = restored.await?;
        let (contacts, left_out, members) = (restored.contacts, restored.left_out, restored.members);
        Ok(RestoredUser { contacts, left_out, members })
    })
    .await
}
