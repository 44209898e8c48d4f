//! What the HTTPS port says before there are web pages: that this is Rapport, and nothing about who it serves.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::problem::Problem;

/// Returns the router of the HTTPS port. Management is not reachable there.
pub fn public() -> Router {
    Router::new()
        .route(
            "/",
            get(|| async {
                ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "Rapport speaks SIP on this port.\n")
            }),
        )
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "not-found", "there is nothing here") })
        .layer(axum::middleware::map_response(|response: axum::response::Response| async {
            let mut response = response.into_response();
            let headers = response.headers_mut();
            for (name, value) in [
                (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
                (header::REFERRER_POLICY, "no-referrer"),
            ] {
                headers.insert(name, header::HeaderValue::from_static(value));
            }
            response
        }))
}
