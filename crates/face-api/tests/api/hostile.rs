//! Bodies and paths of somebody who means harm, made from the API's own description: every resource, every field,
//! every kind of anomaly. Each is answered with a problem that tells nothing of the inside, and changes nothing.

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Api, PASSWORD, operator};

/// Words that stand for something inside: a panic, a source file, the database, a type of ours.
const INSIDE: [&str; 9] =
    ["panic", ".rs:", "sqlite", "SELECT", "rapport_", "unwrap", "backtrace", "/var/lib", "RwLock"];

/// Sends bytes as they are; tells the status and the problem, if it is one.
async fn ask(api: &Api, method: &str, path: &str, kind: Option<&str>, body: Vec<u8>) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    let mut request = request.body(Body::from(body)).expect("a request");
    request.extensions_mut().insert(operator());
    let response = api.router().oneshot(request).await.expect("a router always answers");
    let status = response.status().as_u16();
    let kind =
        response.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().expect("text").to_owned());
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    if status < 400 {
        return (status, Value::Null);
    }
    assert_eq!(kind.as_deref(), Some("application/problem+json"), "{method} {path}");
    let problem: Value = serde_json::from_slice(&bytes).expect("a problem is JSON");
    assert_eq!(problem["status"], status, "{method} {path}");
    let text = problem.to_string();
    assert!(INSIDE.iter().all(|word| !text.contains(word)), "{method} {path} tells of the inside: {text}");
    assert!(!text.contains(PASSWORD), "{method} {path} repeats a password");
    (status, problem)
}

/// Every resource that takes a body: method, path with names filled in, and a body that is good.
fn bodies() -> Vec<(&'static str, &'static str, Value)> {
    let kim = "/v1/tenants/one/users/kim@one.example";
    let kim = |rest: &str| -> &'static str { Box::leak(format!("{kim}{rest}").into_boxed_str()) };
    vec![
        (
            "POST",
            "/v1/tenants",
            json!({ "name": "three", "domains": ["three.example"], "policy": { "limits": {} } }),
        ),
        (
            "PATCH",
            "/v1/tenants/one",
            json!({ "displayName": "One", "policy": { "limits": { "contacts": 7 } } }),
        ),
        ("POST", "/v1/tenants/one/domains", json!({ "domain": "more.example" })),
        (
            "POST",
            "/v1/tenants/one/users",
            json!({ "address": "lee@one.example", "password": PASSWORD, "phones": [{ "kind": "work", "number": "+1" }] }),
        ),
        ("PATCH", kim(""), json!({ "title": "Captain" })),
        ("PUT", kim("/password"), json!({ "password": PASSWORD })),
        ("PUT", kim("/licence"), json!({ "licensed": true })),
        ("PUT", kim("/trace"), json!({ "minutes": 1 })),
        ("POST", kim("/app-passwords"), json!({ "label": "phone" })),
        ("POST", "/v1/tenants/one/restore", json!({ "backup": "/nonexistent/backup.db" })),
        ("POST", kim("/restore"), json!({ "backup": "/nonexistent/backup.db" })),
        ("POST", "/v1/tenants/one/domains/one.example/rename", json!({ "to": "moved.example" })),
    ]
}

#[test]
fn every_resource_that_takes_a_body_is_in_the_table() {
    let description: Value = serde_json::from_str(&rapport_face_api::document()).expect("JSON");
    let paths = description["paths"].as_object().expect("paths");
    let taking = paths.values().flat_map(|methods| methods.as_object().expect("methods").values());
    assert_eq!(taking.filter(|operation| !operation["requestBody"].is_null()).count(), bodies().len());
}

/// What company two looks like; nothing that is done to company one may change it.
async fn of_two(api: &Api) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in ["/v1/tenants/two", "/v1/tenants/two/users/kim@two.example", "/v1/tenants/two/domains"] {
        seen.push(api.done("GET", path, Value::Null).await);
    }
    seen
}

#[tokio::test]
async fn what_is_no_json_of_the_right_shape_is_refused_by_every_resource() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(5000), close.repeat(5000)).into_bytes();
    for (method, path, good) in bodies() {
        let api = Api::with_two_companies().await;
        let before = of_two(&api).await;
        let good = good.to_string();
        let anomalies: Vec<(&str, Vec<u8>)> = vec![
            ("nothing", vec![]),
            ("blanks", b" \r\n\t ".to_vec()),
            ("no JSON", b"name=three&domains=three.example".to_vec()),
            (
                "XML",
                b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"
                    .to_vec(),
            ),
            ("cut short", good.as_bytes()[..good.len() - 1].to_vec()),
            ("something behind it", format!("{good}{good}").into_bytes()),
            ("a comment", format!("/* */{good}").into_bytes()),
            ("a byte order mark", format!("\u{feff}{good}").into_bytes()),
            ("UTF-16", good.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            (
                "bad UTF-8",
                good.replacen('"', "\"\u{1}", 1)
                    .replace('\u{1}', "\u{fffd}")
                    .into_bytes()
                    .into_iter()
                    .map(|b| if b == 0xEF { 0xFF } else { b })
                    .collect(),
            ),
            ("half a surrogate pair", good.replacen('"', "\"\\ud800", 1).into_bytes()),
            ("a control character", good.replacen('"', "\"\u{1}", 1).into_bytes()),
            ("a list of it", format!("[{good}]").into_bytes()),
            ("null", b"null".to_vec()),
            ("a number", b"18446744073709551616".to_vec()),
            ("text", b"\"x\"".to_vec()),
            ("true", b"true".to_vec()),
            ("lists in lists", deep("[", "]")),
            ("objects in objects", deep("{\"a\":", "}")),
            ("a list that never ends", b"[".repeat(60_000)),
            ("a name that is long", format!("{{\"{}\":1}}", "a".repeat(60_000)).into_bytes()),
            (
                "many names",
                format!("{{{}}}", (0..5000).map(|n| format!("\"a{n}\":1")).collect::<Vec<_>>().join(","))
                    .into_bytes(),
            ),
        ];
        for (what, body) in anomalies {
            let (status, problem) = ask(&api, method, path, Some("application/json"), body).await;
            assert_eq!(
                (status, &problem["code"]),
                (400, &json!("bad-body")),
                "{method} {path}: {what}: {problem}"
            );
        }
        let (status, problem) = ask(&api, method, path, Some("application/json"), vec![b' '; 70_000]).await;
        assert_eq!((status, &problem["code"]), (413, &json!("body-too-large")), "{method} {path}");
        for kind in [
            None,
            Some(""),
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=x"),
            Some("application/jsonp"),
            Some("application/json, text/plain"),
            Some("text/plain; application/json"),
        ] {
            let (status, problem) = ask(&api, method, path, kind, good.clone().into_bytes()).await;
            assert_eq!((status, &problem["code"]), (415, &json!("not-json")), "{method} {path}: {kind:?}");
        }
        assert_eq!(of_two(&api).await, before);
        let (status, _) =
            ask(&api, method, path, Some("application/json; charset=utf-8"), good.into_bytes()).await;
        // There is no backup here, so that nothing can be brought back.
        let served = if path.ends_with("/restore") { (400..500).contains(&status) } else { status < 300 };
        assert!(served, "{method} {path} is served after all that: {status}");
    }
}

#[tokio::test]
async fn fields_that_nobody_may_set_and_fields_given_twice_are_refused() {
    // What the inside has and the outside may not set: identity, company, proof, state, bookkeeping.
    let inner = [
        "id",
        "userId",
        "tenant",
        "tenantId",
        "tenant_id",
        "passwordHash",
        "ntHash",
        "hash",
        "salt",
        "revision",
        "version",
        "createdAt",
        "deletedAt",
        "operator",
        "role",
        "admin",
        "isAdmin",
        "permissions",
        "usage",
        "__proto__",
        "constructor",
        "DisplayName",
        "display_name",
        "",
    ];
    for (method, path, good) in bodies() {
        let api = Api::with_two_companies().await;
        for name in inner {
            for value in [json!(1), json!("x"), json!(true), json!(null), json!({})] {
                let mut body = good.clone();
                body.as_object_mut().expect("an object").insert(name.to_owned(), value);
                let (status, problem) =
                    ask(&api, method, path, Some("application/json"), body.to_string().into_bytes()).await;
                assert_eq!(
                    (status, &problem["code"]),
                    (400, &json!("bad-body")),
                    "{method} {path}: {name:?}"
                );
            }
        }
        for (name, value) in good.as_object().expect("an object") {
            let text = good.to_string();
            let twice = format!("{},\"{name}\":{value}}}", &text[..text.len() - 1]);
            let escaped: String = name.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
            let disguised = format!("{},\"{escaped}\":{value}}}", &text[..text.len() - 1]);
            for body in [twice, disguised] {
                let (status, problem) =
                    ask(&api, method, path, Some("application/json"), body.clone().into_bytes()).await;
                assert_eq!((status, &problem["code"]), (400, &json!("bad-body")), "{method} {path}: {body}");
            }
        }
    }
}

/// The fields of a resource's body, by the description.
fn fields(description: &Value, method: &str, path: &str) -> Vec<String> {
    let template = match path.strip_prefix("/v1/tenants/one") {
        None => path.to_owned(),
        Some(rest) => format!(
            "/v1/tenants/{{tenant}}{}",
            rest.replace("users/kim@one.example", "users/{user}")
                .replace("domains/one.example", "domains/{domain}")
        ),
    };
    let operation = &description["paths"][&template][method.to_lowercase()];
    let schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
    let name = schema.and_then(|schema| schema.rsplit('/').next()).expect("a schema");
    let properties =
        description["components"]["schemas"][name]["properties"].as_object().expect("properties");
    properties.keys().cloned().collect()
}

#[tokio::test]
async fn every_field_takes_its_own_type_within_its_bounds_or_is_refused() {
    let description: Value = serde_json::from_str(&rapport_face_api::document()).expect("JSON");
    // As text, since no number type of ours holds some of them.
    let odd: Vec<String> = [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "-0",
        "1.5",
        "1e400",
        "1E-400",
        "4294967295",
        "4294967296",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890123456789012345678901234567890",
        "\"\"",
        "\" \"",
        "\"\\u0000\"",
        "\"a\\r\\nb\"",
        "\"\\u202e\\ufffe\"",
        "\"<sip:x@y>;tag=1\"",
        "\"'; DROP TABLE users; --\"",
        "\"=cmd|' /C calc'!A0\"",
        "\"../../etc/passwd\"",
        "\"%00\"",
        "[]",
        "[[]]",
        "[null]",
        "[1]",
        "[\"\"]",
        "{}",
        "{\"limits\":[]}",
        "{\"limits\":{\"contacts\":18446744073709551616}}",
        "[{\"kind\":\"work\"}]",
        "[{\"kind\":1,\"number\":2}]",
    ]
    .iter()
    .map(ToString::to_string)
    .chain([format!("\"{}\"", "x".repeat(60_000)), format!("[{}\"a\"]", "\"a\",".repeat(10_000))])
    .collect();
    for (method, path, good) in bodies() {
        let api = Api::with_two_companies().await;
        let before = of_two(&api).await;
        for field in fields(&description, method, path) {
            for value in &odd {
                let mut rest = good.clone();
                rest.as_object_mut().expect("an object").remove(&field);
                let rest = rest.to_string();
                let comma = if rest == "{}" { "" } else { "," };
                let body = format!("{}{comma}\"{field}\":{value}}}", &rest[..rest.len() - 1]);
                let (status, problem) =
                    ask(&api, method, path, Some("application/json"), body.into_bytes()).await;
                let shown = value.get(..40).unwrap_or(value);
                assert!(status < 500, "{method} {path}: {field} = {shown}: {status} {problem}");
                if value.len() > 50_000 {
                    assert!(status >= 400, "{method} {path}: {field} takes anything of any length");
                }
            }
        }
        assert_eq!(of_two(&api).await, before, "{method} {path} reached another company");
    }
}

#[tokio::test]
async fn a_path_leads_nowhere_else_however_it_is_written() {
    let api = Api::with_two_companies().await;
    let long = format!("/v1/tenants/{}", "a".repeat(7000));
    let nested = format!("/v1{}", "/tenants".repeat(800));
    for path in [
        "/",
        "//",
        "/v1",
        "/v1/",
        "/v1/tenants/",
        "/v1//tenants",
        "/V1/tenants",
        "/v1/tenants/..",
        "/v1/tenants/../tenants",
        "/v1/../v1/tenants",
        "/v1/tenants/one/../two",
        "/v1/tenants/one/..%2ftwo",
        "/v1/tenants/one%2f..%2ftwo",
        "/v1/tenants/%2e%2e/tenants",
        "/v1/tenants/one/users/..%2f..%2f..%2ftwo%2fusers%2fkim@two.example",
        "/v1/tenants/one/users/%2e%2e/%2e%2e/two",
        "/v1/tenants/one%00",
        "/v1/tenants/one%00two",
        "/v1/tenants/%",
        "/v1/tenants/%zz",
        "/v1/tenants/%ff%fe",
        "/v1/tenants/%c0%ae%c0%ae",
        "/v1/tenants/%e2%80%ae",
        "/v1/tenants/one;two",
        "/v1/tenants/one/users/kim@one.example%0d%0aX:%20y",
        "/v1/tenants/ONE",
        "/v1/tenants/one%20",
        "/v1/tenants/'%20OR%201=1--",
        "/v1/tenants/%25%6f%6e%65",
        "/v1/tenants/*",
        "/v1/tenants/one/users/*",
        "/v1/tenants/one/users/%25",
        "/v1/tenants/one/users/_",
        "/v1/openapi.json/..",
        "/etc/passwd",
        "/setup/setup-s/%u002e%u002e/%u002e%u002e/log.jsp",
        &long,
        &nested,
    ] {
        for method in ["GET", "PATCH", "DELETE"] {
            let (status, problem) = ask(&api, method, path, None, vec![]).await;
            let known = [400, 404, 405, 415, 422].contains(&status);
            assert!(known, "{method} {}: {status} {problem}", path.get(..80).unwrap_or(path));
        }
    }
    assert_eq!(of_two(&api).await.len(), 3, "company two is still there");
    api.done("GET", "/v1/tenants/one/users/kim@one.example", Value::Null).await;
    for query in [
        "limit=0x10",
        "limit=-1",
        "limit=18446744073709551616",
        "limit=1&limit=2",
        "after=",
        "after=x&tenant=two",
        "limit[]=1",
        "%00=1",
        "after=%ff",
        "limit=1%00",
        "after=../two",
        "sort=password",
    ] {
        for list in ["users", "audit"] {
            let (status, problem) =
                ask(&api, "GET", &format!("/v1/tenants/one/{list}?{query}"), None, vec![]).await;
            assert!([400, 422].contains(&status), "{list}?{query}: {status} {problem}");
        }
    }
}

#[tokio::test]
async fn methods_that_a_resource_does_not_have_are_refused() {
    let api = Api::with_two_companies().await;
    for path in ["/v1/tenants", "/v1/tenants/one", "/v1/tenants/one/users/kim@one.example/enable"] {
        for method in ["TRACE", "CONNECT", "OPTIONS", "PROPFIND", "get", "PURGE", "X"] {
            let path = if method == "CONNECT" { "one.example:443" } else { path };
            let (status, problem) = ask(&api, method, path, None, vec![]).await;
            let code = if method == "CONNECT" { (404, "not-found") } else { (405, "method-not-allowed") };
            assert_eq!((status, &problem["code"]), (code.0, &json!(code.1)), "{method} {path}");
        }
    }
    let (status, _) = ask(&api, "GET", "/v1/tenants/one/users/kim@one.example/enable", None, vec![]).await;
    assert_eq!(status, 405, "what changes something is never a GET");
}

#[tokio::test]
async fn nothing_of_one_company_is_reached_through_another() {
    let api = Api::with_two_companies().await;
    let label = json!({ "label": "phone" });
    let issued = api.done("POST", "/v1/tenants/two/users/kim@two.example/app-passwords", label).await;
    let id = issued["id"].as_str().expect("an id").to_owned();
    let before = of_two(&api).await;
    let good = Some("application/json");
    for (rest, method, body) in [
        ("", "GET", ""),
        ("", "PATCH", "{\"title\":\"x\"}"),
        ("", "DELETE", ""),
        ("/password", "PUT", "{\"password\":\"another harbour 58 sails\"}"),
        ("/enable", "POST", ""),
        ("/disable", "POST", ""),
        ("/unlock", "POST", ""),
        ("/licence", "PUT", "{\"licensed\":false}"),
        ("/trace", "PUT", "{\"minutes\":1}"),
        ("/trace", "DELETE", ""),
        ("/app-passwords", "GET", ""),
        ("/app-passwords", "POST", "{\"label\":\"x\"}"),
    ] {
        let path = format!("/v1/tenants/one/users/kim@two.example{rest}");
        let kind = if body.is_empty() { None } else { good };
        let (status, problem) = ask(&api, method, &path, kind, body.as_bytes().to_vec()).await;
        assert_eq!((status, &problem["code"]), (404, &json!("not-found")), "{method} {path}: {problem}");
    }
    for (method, path) in [
        ("DELETE", format!("/v1/tenants/one/users/kim@one.example/app-passwords/{id}")),
        ("DELETE", format!("/v1/tenants/one/users/kim@two.example/app-passwords/{id}")),
        ("DELETE", "/v1/tenants/one/domains/two.example".to_owned()),
    ] {
        let (status, problem) = ask(&api, method, &path, None, vec![]).await;
        assert_eq!((status, &problem["code"]), (404, &json!("not-found")), "{method} {path}: {problem}");
    }
    for (path, body) in [
        ("/v1/tenants/one/users", json!({ "address": "eve@two.example", "password": PASSWORD })),
        ("/v1/tenants/one/domains", json!({ "domain": "two.example" })),
    ] {
        let (status, problem) = ask(&api, "POST", path, good, body.to_string().into_bytes()).await;
        assert!((400..500).contains(&status), "{path}: {problem}");
    }
    let manager = json!({ "manager": "kim@two.example" }).to_string().into_bytes();
    let (status, problem) = ask(&api, "PATCH", "/v1/tenants/one/users/kim@one.example", good, manager).await;
    assert!((400..500).contains(&status), "a manager of another company: {problem}");
    let two = api.done("GET", "/v1/tenants/two/users?limit=1", Value::Null).await;
    let (status, _) = ask(
        &api,
        "GET",
        &format!("/v1/tenants/one/users?after={}", two["next"].as_str().expect("one of one is a whole page")),
        None,
        vec![],
    )
    .await;
    assert_eq!(status, 422, "a place in another company's list");
    assert_eq!(of_two(&api).await, before);
    let kept = api.done("GET", "/v1/tenants/two/users/kim@two.example/app-passwords", Value::Null).await;
    assert!(kept.to_string().contains("phone"), "{kept}");
}
