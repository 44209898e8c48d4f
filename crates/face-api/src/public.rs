//! What the HTTPS port serves to anybody: the web client's pages and the web API. Management is not reachable there.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use rapport_fabric::Fabric;
use rapport_service::Wire;

use crate::code::Code;
use crate::pages::pages;
use crate::problem::Problem;
use crate::web::Web;

/// Headers of every answer that doesn't say otherwise.
const HEADERS: &[(&str, &str)] = &[
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
];

/// Returns the router of the HTTPS port.
pub fn public<F: Fabric<Message = Wire>>(web: &Web<F>) -> Router {
    pages()
        .merge(web.router())
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, Code::NotFound, "there is nothing here") })
        .layer(axum::middleware::map_response(|mut response: axum::response::Response| async {
            for (name, value) in HEADERS {
                let name = HeaderName::from_static(name);
                response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
            }
            response
        }))
}
