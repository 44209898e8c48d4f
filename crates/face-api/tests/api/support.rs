//! The management router over services in memory.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use rapport_fabric_local::LocalFabric;
use rapport_face_api::{Operator, management};
use rapport_model::Source;
use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
use rapport_service::secret::Secrets;
use rapport_service::{Services, Wire};
use rapport_store_mem::MemStore;
use rapport_testkit::clock::VirtualClock;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "lantern harbour 57 sails";

/// The operator `ops`.
pub(crate) fn operator() -> Operator {
    Operator { name: "ops".into(), source: Source::Machine { uid: 1000, pid: Some(4711) } }
}

/// A management API with two companies, `one` and `two`, both with a `kim`.
pub(crate) struct Api(Router);

/// Services in memory, of a server of which nobody is a customer yet.
pub(crate) fn services() -> Arc<Services<LocalFabric<Wire>>> {
    let hasher = PasswordHasher::new(Cost::TRIVIAL).expect("a cost");
    let keys = ServiceKey::ephemeral().expect("a key");
    Arc::new(Services::new(
        Arc::new(MemStore::new()),
        LocalFabric::default(),
        Arc::new(VirtualClock::new(1)),
        Secrets::new(hasher, keys, 1),
        "sip.test.example:5061",
    ))
}

impl Api {
    pub(crate) fn empty() -> Self {
        Self(management(services()))
    }

    /// The router, to be served on a socket.
    pub(crate) fn router(&self) -> Router {
        self.0.clone()
    }

    pub(crate) async fn with_two_companies() -> Self {
        let api = Self::empty();
        for name in ["one", "two"] {
            let domain = format!("{name}.example");
            api.done("POST", "/v1/tenants", json!({ "name": name, "domains": [domain] })).await;
            let kim = json!({
                "address": format!("kim@{name}.example"), "password": PASSWORD,
                "displayName": "Kim Berg", "title": "Pilot"
            });
            api.done("POST", &format!("/v1/tenants/{name}/users"), kim).await;
        }
        api
    }

    /// Sends a request as the operator `ops`.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        self.raw(request.body(body).expect("a request")).await
    }

    pub(crate) async fn raw(&self, mut request: Request<Body>) -> (StatusCode, Value) {
        request.extensions_mut().insert(operator());
        self.anonymous(request).await
    }

    /// Sends a request that the socket put no operator into.
    pub(crate) async fn anonymous(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.0.clone().oneshot(request).await.expect("a router always answers");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        (status, if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") })
    }

    /// Sends a request that must succeed.
    pub(crate) async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, value) = self.send(method, path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {value}");
        value
    }

    /// Sends a request that must be refused with that status and code.
    pub(crate) async fn refused(
        &self,
        (method, path, body): (&str, &str, Value),
        status: u16,
        code: &str,
    ) -> Value {
        let (got, value) = self.send(method, path, body).await;
        assert_eq!((got.as_u16(), value["code"].as_str()), (status, Some(code)), "{method} {path}: {value}");
        assert_eq!(value["type"], format!("urn:rapport:problem:{code}"));
        assert_eq!(value["status"], status);
        value
    }
}
