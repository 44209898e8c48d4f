//! What the metrics port serves: `/metrics`, `/healthz` and `/readyz`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

/// Where the answers come from.
#[derive(Clone)]
pub struct Observed {
    /// Writes the metrics in Prometheus' text form.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Tells whether the server can serve, or in a few words why not; and, when it can, what it refuses for the time being.
    pub ready: Arc<dyn Fn() -> Ready + Send + Sync>,
}

type Ready = Pin<Box<dyn Future<Output = Result<Option<String>, String>> + Send>>;

impl std::fmt::Debug for Observed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observed")
    }
}

/// Returns the router of the metrics port.
pub fn observe(observed: Observed) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(observed)
}

async fn metrics(State(observed): State<Observed>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], (observed.metrics)())
}

async fn ready(State(observed): State<Observed>) -> (StatusCode, String) {
    match (observed.ready)().await {
        Ok(None) => (StatusCode::OK, "ready\n".to_owned()),
        // A server that refuses changes goes on with everything else: it must not be taken out of service for that.
        Ok(Some(refused)) => (StatusCode::OK, format!("ready, but {refused}\n")),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")),
    }
}
