//! `/v1/service-key`: what is told of the key, and that only an operator replaces it.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::support::Api;

#[tokio::test]
async fn of_the_service_key_only_numbers_dates_and_counts_are_told() {
    let api = Api::with_two_companies().await;
    let issued =
        api.done("POST", "/v1/tenants/one/users/kim/app-passwords", json!({ "label": "laptop" })).await;
    let shown = api.done("GET", "/v1/service-key", Value::Null).await;
    let key = json!({ "number": 1, "inFile": true, "hashes": 1, "unopened": 0 });
    assert_eq!(shown, json!({ "keys": [key], "progress": "done" }), "{issued}");
}

#[tokio::test]
async fn a_key_without_a_file_is_not_replaced_and_nobody_but_an_operator_replaces_one() {
    let api = Api::empty();
    api.refused(("POST", "/v1/service-key/rotate", Value::Null), 404, "not-found").await;
    api.refused(("DELETE", "/v1/service-key", Value::Null), 405, "method-not-allowed").await;
    for (method, path) in [("GET", "/v1/service-key"), ("POST", "/v1/service-key/rotate")] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
        let (status, problem) = api.anonymous(request).await;
        assert_eq!((status.as_u16(), &problem["code"]), (403, &json!("no-operator")), "{path}");
    }
}
