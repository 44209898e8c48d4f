//! `/api/v1/session`: signing in, out, and who is signed in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use rapport_core::directory::PersonRef;
use rapport_fabric::Fabric;
use rapport_model::Aor;
use rapport_service::sign_in::SignInError;
use rapport_service::web_sessions::{SignedIn, WebSessionId};
use rapport_service::{Error, Wire};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::guard::{SameOrigin, Signed, Source, forgotten, kept};
use crate::agent::{id_of, written};
use crate::code::Code;
use crate::extract::Body;
use crate::problem::Problem;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewSession {
    /// The person's address.
    #[schema(min_length = 3, max_length = 400, pattern = "^[^@\\s]+@[^@\\s]+$")]
    pub(crate) address: String,
    /// The account's password.
    #[schema(max_length = 1024)]
    pub(crate) password: String,
    /// What the person will know this session by, such as the browser's name; at most 100 octets without
    /// control characters.
    #[schema(max_length = 100, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    #[serde(default)]
    pub(crate) label: String,
}

/// The person of a session.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionUser {
    /// Their id.
    pub(crate) id: String,
    /// Their address.
    pub(crate) address: String,
    /// Their name as it is shown.
    pub(crate) display_name: String,
    /// Their company's name.
    pub(crate) company: String,
}

/// The endpoint of a session.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionClient {
    /// What tells it from the person's other programs.
    pub(crate) epid: String,
}

/// A session.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    /// What every change must bring along in the header `X-Rapport-Csrf`.
    pub(crate) csrf: String,
    /// Whose it is.
    pub(crate) user: SessionUser,
    /// When it ends at the latest.
    pub(crate) expires_at: String,
    /// Its endpoint.
    pub(crate) client: SessionClient,
}

/// Signs in. The answer sets the cookie by which the session is known.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", operation_id = "signIn", request_body = NewSession,
    responses((status = 200, body = Session), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn begin<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    _: SameOrigin,
    Source(source): Source,
    Body(new): Body<NewSession>,
) -> Result<impl IntoResponse, Problem> {
    if new.label.len() > 100 {
        return Err(Problem::invalid("label", "has more than 100 bytes"));
    }
    if new.label.chars().any(char::is_control) {
        return Err(Problem::invalid("label", "has characters that it can't have"));
    }
    web.services.admission.admit(|| web.services.clock().random_u64())?;
    let Ok(address) = Aor::parse(new.address.trim()) else {
        return Err(Problem::invalid("address", "an address has the form name@domain"));
    };
    let begun = web.services.web_sessions.sign_in(&address, &new.password, &new.label, source).await;
    let (id, signed_in) = begun.map_err(refused)?;
    Ok(([kept(&id, &signed_in.session)], Json(view(&id, &signed_in))))
}

/// Tells who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", operation_id = "getSession",
    responses((status = 200, body = Session), (status = 401, body = Problem)))]
pub(crate) async fn show<F: Fabric<Message = Wire>>(
    State(_): State<Web<F>>,
    signed: Signed,
) -> Result<Json<Session>, Problem> {
    Ok(Json(view(&signed.id, &signed.signed_in)))
}

/// Signs out: the session ends, with its endpoint.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", operation_id = "signOut",
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn end<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
) -> Result<impl IntoResponse, Problem> {
    web.agents.end(signed.signed_in.session.hash).await;
    match web.services.web_sessions.end(&signed.signed_in, signed.source, &signed.signed_in.name()).await {
        Ok(()) | Err(Error::NotFound(_)) => Ok((StatusCode::NO_CONTENT, [forgotten()])),
        Err(error) => Err(error.into()),
    }
}

/// Writes a session for its browser.
pub(super) fn view(id: &WebSessionId, signed_in: &SignedIn) -> Session {
    let SignedIn { session, person, tenant } = signed_in;
    Session {
        csrf: id.csrf_token(),
        user: SessionUser {
            id: id_of(&PersonRef::Person(person.id)),
            address: person.address.to_string(),
            display_name: person.card.display_name.clone(),
            company: tenant.display_name.clone(),
        },
        expires_at: written(session.expires),
        client: SessionClient { epid: session.epid.as_str().to_owned() },
    }
}

/// Unknown, wrong and locked are one answer.
fn refused(error: SignInError) -> Problem {
    match error {
        SignInError::Unauthenticated | SignInError::NotYours | SignInError::ClockSkew => Problem::new(
            StatusCode::UNAUTHORIZED,
            Code::SignInFailed,
            "the address or the password is wrong, or there were too many wrong ones of late",
        ),
        SignInError::Refused(refusal) => Error::Refused(refusal).into(),
        SignInError::Overloaded { retry_after } => Error::Overloaded { retry_after }.into(),
        SignInError::Unavailable => Error::Unavailable("sign-in".to_owned()).into(),
    }
}
