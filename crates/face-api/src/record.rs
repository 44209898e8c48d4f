//! Notes every management request in the log: who asked, for what kind of thing, and how it was answered.
//!
//! Names and addresses stay out of it: what was changed of whom is in the company's audit log.

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use crate::operator::Operator;

pub(crate) async fn record(request: Request, next: Next) -> Response {
    let operator = request.extensions().get::<Operator>().map(|operator| operator.0.clone());
    let method = request.method().clone();
    let resource = resource(request.uri().path());
    let response = next.run(request).await;
    let status = response.status();
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
    response
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
