//! `/api/v1/password`: the account's own password, changed by its owner.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use rapport_fabric::Fabric;
use rapport_service::web_sessions::PasswordError;
use rapport_service::{Error, Wire};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Web;
use super::guard::{Signed, Source, kept};
use super::session::{Session, view};
use crate::code::Code;
use crate::extract::Body;
use crate::problem::Problem;

/// A change of the password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The one that there is.
    #[schema(max_length = 1024)]
    pub(crate) current: String,
    /// The one that shall be; a common one, or one that is made from a name, is refused, whatever its length.
    #[schema(min_length = 15, max_length = 1024)]
    pub(crate) new: String,
}

/// Changes the password. Every session ends, in programs too; this one goes on under a new id and a new token, with the
/// conversations that stood in it.
#[utoipa::path(post, path = "/api/v1/password", tag = "session", operation_id = "changePassword",
    request_body = PasswordChange,
    responses((status = 200, body = Session), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn change<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
    Source(source): Source,
    Body(change): Body<PasswordChange>,
) -> Result<impl IntoResponse, Problem> {
    // The session that follows begins with the conversations of this one.
    web.agents.keep(signed.signed_in.session.hash).await;
    let changed = web
        .services
        .web_sessions
        .change_password(&signed.signed_in, &change.current, &change.new, source)
        .await;
    let (id, signed_in) = changed.map_err(|error| match error {
        PasswordError::Wrong => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            Code::WrongPassword,
            "the current password is wrong, or there were too many wrong ones of late",
        )
        .at("current"),
        PasswordError::Other(error @ Error::WeakPassword(_)) => Problem::from(error).at("new"),
        PasswordError::Other(error) => error.into(),
    })?;
    Ok(([kept(&id, &signed_in.session)], Json(view(&id, &signed_in))))
}
