//! What holds for every endpoint: who may call, what a body may be, what is described.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::support::Api;

fn post(body: impl Into<Body>, kind: &str) -> Request<Body> {
    Request::post("/v1/tenants").header(header::CONTENT_TYPE, kind).body(body.into()).expect("a request")
}

#[tokio::test]
async fn nobody_manages_without_an_operator() {
    let api = Api::with_two_companies().await;
    let request = Request::get("/v1/tenants").body(Body::empty()).expect("a request");
    let (status, problem) = api.anonymous(request).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (403, Some("no-operator")));
}

#[tokio::test]
async fn a_body_is_json_of_known_fields_and_bounded() {
    let api = Api::empty();
    let check = async |request, status: u16, code: &str| {
        let (got, problem) = api.raw(request).await;
        assert_eq!((got.as_u16(), problem["code"].as_str()), (status, Some(code)), "{problem}");
    };
    let json = "application/json";
    check(post("{}", "text/plain"), 415, "not-json").await;
    check(post("{", json), 400, "bad-body").await;
    check(post(r#"{"name": "a", "domains": [], "colour": 1}"#, json), 400, "bad-body").await;
    check(post(r#"{"name": "a", "name": "b", "domains": []}"#, json), 400, "bad-body").await;
    check(post(r#"{"name": 7, "domains": []}"#, json), 400, "bad-body").await;
    check(post("[".repeat(60_000), json), 400, "bad-body").await;
    check(post(" ".repeat(70_000), json), 413, "body-too-large").await;
}

#[tokio::test]
async fn unknown_resources_and_methods_are_problems_too() {
    let api = Api::empty();
    api.refused(("GET", "/v2/tenants", Value::Null), 404, "not-found").await;
    api.refused(("PUT", "/v1/tenants", json!({})), 405, "method-not-allowed").await;
}

#[tokio::test]
async fn the_description_names_every_resource_and_is_the_one_in_the_documentation() {
    let api = Api::empty();
    let description = api.done("GET", "/v1/openapi.json", Value::Null).await;
    let paths = description["paths"].as_object().expect("paths");
    assert!(paths.len() >= 13, "{paths:?}");
    for (path, methods) in paths {
        let filled = path.replace("{id}", "1").replace(['{', '}'], "");
        for method in methods.as_object().expect("methods").keys() {
            let (status, answer) = api.send(&method.to_uppercase(), &filled, Value::Null).await;
            let served = status != 405 && answer["title"] != "there is no such resource";
            assert!(served, "{method} {path} is described and not served");
        }
    }
    let kept = include_str!("../../../../docs/openapi.json");
    assert!(kept == rapport_face_api::document(), "run `rapport openapi > docs/openapi.json`");
}

#[tokio::test]
async fn refusals_say_what_is_missing_in_use_or_allowed() {
    let api = Api::with_two_companies().await;
    let kim = "/v1/tenants/one/users/kim@one.example";
    let apps = |id: &str| format!("{kim}/app-passwords/{id}");
    let trace = format!("{kim}/trace");
    for (method, path, body, title) in [
        ("DELETE", apps("999"), Value::Null, "there is no such app password: 999"),
        ("DELETE", apps("abc"), Value::Null, "id: \"abc\" is not the number of an app password"),
        (
            "DELETE",
            "/v1/tenants/one/domains/nope.example".to_owned(),
            Value::Null,
            "there is no such SIP domain in the company: nope.example",
        ),
        (
            "DELETE",
            "/v1/tenants/one/domains/one.example".to_owned(),
            Value::Null,
            "addresses in one.example are in use, still answer for people who had them, or are those of deleted people; change, release or remove them first",
        ),
        (
            "POST",
            "/v1/tenants".to_owned(),
            json!({ "name": "Bad Name", "domains": ["x.example"] }),
            "name: has characters that it can't have; it has lower-case letters, digits, and hyphens inside",
        ),
        (
            "PATCH",
            "/v1/tenants/one".to_owned(),
            json!({ "policy": { "limits": { "contacts": 1_000_000 } } }),
            "limits.contacts: is at most 1000",
        ),
        (
            "PUT",
            trace,
            json!({ "minutes": 61 }),
            "minutes: 61 is more than 60; a trace runs for an hour at most",
        ),
    ] {
        let (status, problem) = api.send(method, &path, body).await;
        assert!(status.is_client_error(), "{method} {path}: {status}");
        assert_eq!(problem["title"], title, "{method} {path}");
    }
}
