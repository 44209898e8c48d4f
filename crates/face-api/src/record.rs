//! Notes every management request in the log: who asked, for what kind of thing, and how it was answered.
//!
//! Names and addresses stay out of it: what was changed of whom is in the company's audit log.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::mpsc;

use crate::operator::Operator;

/// An extension of an answer that is begun before it is known how the request ends: who will know it gets the note.
#[derive(Clone)]
pub(crate) struct Later(pub(crate) mpsc::Sender<Note>);

/// What is known of a request before its end.
pub(crate) struct Note {
    operator: Option<Arc<str>>,
    method: Method,
    resource: String,
}

pub(crate) async fn record(request: Request, next: Next) -> Response {
    let operator = request.extensions().get::<Operator>().map(|operator| operator.name.clone());
    let (method, resource) = (request.method().clone(), resource(request.uri().path()));
    let note = Note { operator, method, resource };
    let mut response = next.run(request).await;
    let note = match response.extensions_mut().remove::<Later>() {
        Some(Later(who)) => who.try_send(note).err().map(mpsc::error::TrySendError::into_inner),
        None => Some(note),
    };
    if let Some(note) = note {
        note.write(response.status());
    }
    response
}

impl Note {
    /// Writes down how the request ended.
    pub(crate) fn write(self, status: StatusCode) {
        let Self { operator, method, resource } = self;
        let outcome = if status.is_success() {
            "done"
        } else if status.is_server_error() {
            "failed"
        } else {
            "refused"
        };
        metrics::counter!("rapport_management_requests_total", "outcome" => outcome).increment(1);
        let operator = operator.as_deref().unwrap_or("nobody");
        let status = status.as_u16();
        if method == Method::GET && outcome == "done" {
            tracing::debug!(operator, %method, resource, status, "management");
        } else {
            tracing::info!(operator, %method, resource, status, "management");
        }
    }
}

/// Returns a path without the names in it: every second segment behind the version.
fn resource(path: &str) -> String {
    let kinds = path.split('/').skip(2).take(8).step_by(2);
    kinds.filter(|kind| kind.len() <= 16).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_named_without_the_names_in_its_path() {
        assert_eq!(resource("/v1/tenants"), "tenants");
        assert_eq!(resource("/v1/tenants/boats"), "tenants");
        assert_eq!(resource("/v1/tenants/boats/users/kim@boats.example"), "tenants/users");
        assert_eq!(resource("/v1/tenants/boats/users/kim/app-passwords/1"), "tenants/users/app-passwords");
        assert_eq!(resource("/"), "");
    }
}
