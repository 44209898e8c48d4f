//! What somebody who is signed in is refused is written down singly and within bounds, as on SIP.

use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use rapport_fabric::Fabric;
use rapport_model::Scope;
use rapport_service::Wire;

use super::Web;
use crate::problem::Misdeed;

/// An extension of a request: who asks, once that is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Asker(Arc<OnceLock<Scope>>);

impl Asker {
    /// Says who asks.
    pub(super) fn is(&self, scope: impl FnOnce() -> Scope) {
        self.0.get_or_init(scope);
    }
}

/// Serves a request, and notes what should not have been asked for. Nothing of what was asked is in the note but the kind of
/// resource.
pub(super) async fn note<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    mut request: Request,
    next: Next,
) -> Response {
    let asker = Asker::default();
    request.extensions_mut().insert(asker.clone());
    let (method, path) = (request.method().clone(), request.extensions().get::<MatchedPath>().cloned());
    let response = next.run(request).await;
    if let (Some(Misdeed(reason)), Some(scope)) = (response.extensions().get(), asker.0.get()) {
        let path = path.as_ref().map_or("", MatchedPath::as_str);
        web.services.note_refused(scope, &format!("{method} {path}"), reason);
    }
    response
}
