//! Bad input, field by field, over everything that the description says is taken: each refusal names the field and says
//! why, and an operation that is new is not forgotten.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::world::{Browser, PASSWORD, World};

/// An operation that takes a body, with what it takes.
struct Operation {
    name: String,
    method: String,
    schema: Value,
}

fn description() -> Value {
    serde_json::from_str(&rapport_face_api::web_openapi()).expect("JSON")
}

/// Every operation, with its path and its method.
fn operations(description: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let path = path.strip_prefix("/api/v1").expect("of the web").to_owned();
            operations.push((method.to_uppercase(), path, operation.clone()));
        }
    }
    operations
}

fn with_bodies(description: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (method, _, operation) in operations(description) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            continue;
        }
        let schema = resolved(description, schema);
        let name = operation["operationId"].as_str().expect("a name").to_owned();
        found.push(Operation { name, method, schema });
    }
    found
}

/// A schema in the place of the word for it.
fn resolved(description: &Value, schema: &Value) -> Value {
    match schema["$ref"].as_str() {
        Some(name) => {
            let name = name.rsplit('/').next().unwrap_or_default();
            description["components"]["schemas"][name].clone()
        }
        None => schema.clone(),
    }
}

/// The alternatives of a property that are no null, and whether null is one.
fn alternatives(description: &Value, schema: &Value) -> (Vec<Value>, bool) {
    let parts = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
    let parts: Vec<Value> = parts.iter().map(|part| resolved(description, part)).collect();
    let is_null = |part: &Value| part["type"] == "null";
    let takes_null = parts.iter().any(|part| {
        is_null(part) || part["type"].as_array().is_some_and(|types| types.contains(&json!("null")))
    });
    (parts.into_iter().filter(|part| !is_null(part)).collect(), takes_null)
}

fn takes(parts: &[Value], kind: &str) -> bool {
    parts.iter().any(|part| {
        part["type"] == kind || part["type"].as_array().is_some_and(|types| types.contains(&json!(kind)))
    })
}

/// What each operation takes, with the path to something that there is.
async fn taken(browser: &mut Browser) -> BTreeMap<&'static str, (String, Value)> {
    let begun = browser.done("POST", "/conversations", json!({ "person": "lee@one.example" })).await;
    let conversation = format!("/conversations/{}", begun["id"].as_str().expect("an id"));
    let group = browser.done("POST", "/groups", json!({ "name": "Team" })).await;
    let group = format!("/groups/{}", group["id"].as_str().expect("an id"));
    browser.done("PUT", "/contacts/u2", json!({})).await;
    [
        ("signIn", "/session", json!({ "address": "kim@one.example", "password": "x", "label": "x" })),
        ("changePassword", "/password", json!({ "current": "x", "new": "copper teapot 81 glides" })),
        ("addOwnAppPassword", "/app-passwords", json!({ "label": "Pidgin" })),
        ("setStatus", "/me/status", json!({ "chosen": "busy", "until": "2026-01-05T09:00:00Z" })),
        ("setNote", "/me/note", json!({ "text": "x", "until": "2026-01-05T09:00:00Z" })),
        ("setPlace", "/me/place", json!({ "location": "B2", "utcOffsetMinutes": 60 })),
        ("addGroup", "/groups", json!({ "name": "Others" })),
        ("setGroup", &group, json!({ "name": "Friends" })),
        ("orderGroups", "/groups/order", json!({ "ids": ["1"] })),
        ("setContact", "/contacts/u2", json!({ "groups": ["1"], "alias": "L" })),
        ("markContact", "/contacts/u2/favourite", json!({ "isFavourite": true })),
        ("allowAdder", "/adders/u2/allow", json!({ "level": "team" })),
        ("setAccess", "/people/u2/access", json!({ "level": "team" })),
        ("beginConversation", "/conversations", json!({ "person": "u2" })),
        (
            "sendMessage",
            &format!("{conversation}/messages"),
            json!({ "clientId": "1", "text": "x", "html": "<b>x</b>" }),
        ),
        ("setTyping", &format!("{conversation}/typing"), json!({ "typing": true })),
        ("setSettings", "/settings", settings()),
    ]
    .into_iter()
    .map(|(name, path, body)| (name, (path.to_owned(), body)))
    .collect()
}

fn settings() -> Value {
    json!({
        "theme": "dark", "language": "en", "density": "compact", "view": "name", "sounds": true,
        "notifications": true, "showWordsInNotifications": true, "enterSends": true, "showOffline": true,
        "sortBy": "name", "version": 0,
    })
}

/// A refusal names the field at fault and says why in a sentence.
fn assert_refused(got: (u16, Value), field: &str, what: &str) {
    let (status, problem) = got;
    assert!(matches!(status, 400 | 404 | 422), "{what}: {status} {problem}");
    let named = problem["field"].as_str().unwrap_or_default();
    let is_it = named == field || named.strip_prefix(field).is_some_and(|rest| rest.starts_with(['[', '.']));
    assert!(is_it, "{what}: {problem}");
    assert!(problem["title"].as_str().is_some_and(|title| title.contains(' ')), "{what}: {problem}");
    assert_eq!(problem["status"], status, "{what}");
}

#[tokio::test(start_paused = true)]
async fn every_field_of_every_body_is_refused_by_name_when_it_is_wrong() {
    let world = World::new().await;
    let description = description();
    let mut tries = 0;
    for operation in with_bodies(&description) {
        let Operation { name, method, schema } = &operation;
        let mut browser = world.signed_in("kim").await;
        let taken = taken(&mut browser).await;
        let (path, whole) =
            taken.get(name.as_str()).unwrap_or_else(|| panic!("{name} is new: what does it take?"));
        let properties = schema["properties"].as_object().expect("properties");
        assert_eq!(
            whole.as_object().map(|whole| whole.keys().collect::<Vec<_>>()),
            Some(properties.keys().collect::<Vec<_>>()),
            "{name}: every field is tried"
        );
        assert_eq!(schema["additionalProperties"], false, "{name}: what it doesn't know is refused");
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut refused = async |body: String, field: &str, what: &str| {
            // Each is a browser of its own, which may ask for two hundred things.
            let what = format!("{name}: {what}: {}", body.chars().take(200).collect::<String>());
            let got = browser.send_text(method, path, &body).await;
            assert_refused(got, field, &what);
        };
        let with = |field: &str, value: &Value| {
            let mut body = whole.clone();
            body[field] = value.clone();
            body.to_string()
        };
        let without = |field: &str| {
            let others = whole.as_object().into_iter().flatten().filter(|(key, _)| *key != field);
            Value::Object(others.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
        };
        for (field, property) in properties {
            let (parts, takes_null) = alternatives(&description, property);
            for (kind, value) in [
                ("string", json!("\u{1}")),
                ("integer", json!(7)),
                ("integer", json!(-1.5e300)),
                ("boolean", json!(true)),
                ("array", json!([[]])),
                ("object", json!({})),
            ] {
                let is_free_text = kind == "string"
                    && takes(&parts, "string")
                    && !parts.iter().any(|p| p["enum"].is_array());
                if !is_free_text && (kind == "string" || !takes(&parts, kind)) {
                    refused(with(field, &value), field, "another type").await;
                    tries += 1;
                }
            }
            if !takes_null {
                refused(with(field, &Value::Null), field, "nothing").await;
            }
            if let Some(known) = parts.iter().find_map(|part| part["enum"].as_array()) {
                refused(with(field, &json!("nonsense")), field, "a word that is none of its own").await;
                let known = known[0].as_str().expect("a word");
                refused(with(field, &json!({ known: null })), field, "a word in the form of an object").await;
            }
            if takes(&parts, "array") {
                refused(with(field, &json!([1])), field, "entries of another type").await;
            }
            for bound in parts.iter().filter_map(|part| part["maxItems"].as_u64()) {
                let many: Vec<String> = (0..=bound).map(|n| n.to_string()).collect();
                refused(with(field, &json!(many)), field, "too many entries").await;
            }
            // A password that is too long is a wrong one, and says no more; a person of that name is nobody. The password
            // that shall be is looked at when the one that is was right.
            let says_nothing = matches!(
                (name.as_str(), field.as_str()),
                ("signIn", "password") | ("changePassword", "new") | (_, "person")
            );
            for bound in parts.iter().filter_map(|part| part["maxLength"].as_u64()).filter(|_| !says_nothing)
            {
                let long = "x".repeat(usize::try_from(bound).expect("a bound") + 1);
                refused(with(field, &json!(long)), field, "too long").await;
                tries += 1;
            }
            let bounded = parts.iter().all(|part| {
                takes(std::slice::from_ref(part), "integer")
                    || part["type"] == "boolean"
                    || part["enum"].is_array()
                    || part["maxItems"].is_u64()
                    || part["maxLength"].is_u64()
                    || part["format"] == "date-time"
            });
            assert!(bounded, "{name}: {field} has no bound: {parts:?}");
            if required.contains(&field.as_str()) {
                refused(without(field).to_string(), field, "missing").await;
            }
            let twice =
                format!("{{\"{field}\":{},{}", whole[field], whole.to_string().trim_start_matches('{'));
            refused(twice, field, "twice").await;
            tries += 4;
        }
        refused(with("surprise", &json!(1)), "surprise", "unknown").await;
        for body in ["", "[]", "null", "1", "\"x\"", "{", "{}}", "[[\"a\",\"b\"]]"] {
            let (status, problem) = browser.send_text(method, path, body).await;
            assert_eq!((status, &problem["code"]), (400, &json!("bad-body")), "{name}: {body}");
        }
        let huge = format!("{{\"surprise\":\"{}\"}}", "x".repeat(200_000));
        let (status, problem) = browser.send_text(method, path, &huge).await;
        assert_eq!((status, &problem["code"]), (413, &json!("body-too-large")), "{name}");
        assert!(problem["title"].as_str().is_some_and(|title| title.contains("131072")), "{problem}");
        let (status, _, problem) =
            browser.raw(method, path, json!({}), &[("content-type", "text/plain")]).await;
        assert_eq!((status, &problem["code"]), (415, &json!("not-json")), "{name}");
        // And as a whole it is right.
        if !matches!(name.as_str(), "signIn" | "changePassword") {
            browser.done(method, path, whole.clone()).await;
        }
    }
    assert!(tries > 200, "{tries}");
}

#[tokio::test(start_paused = true)]
async fn every_part_of_a_path_or_a_query_is_refused_when_it_names_nothing() {
    let world = World::new().await;
    let description = description();
    let mut tries = 0;
    for (method, path, operation) in operations(&description) {
        if !path.contains('{') {
            continue;
        }
        let mut browser = world.signed_in("kim").await;
        let name = operation["operationId"].as_str().expect("a name");
        let body = match operation["requestBody"].is_object() {
            true => {
                taken(&mut browser).await.get(name).map(|(_, body)| body.to_string()).expect("it is known")
            }
            false => String::new(),
        };
        let (start, rest) = path.split_once('{').expect("a part");
        let (_, end) = rest.split_once('}').expect("its end");
        let long = "x".repeat(4000);
        for part in [
            "%00",
            "%FF",
            "%2e%2e",
            "-1",
            "1e3",
            "999999999999999999999",
            "u4",
            "'",
            &long,
            "sip:ben@two.example",
        ] {
            let path = format!("{start}{part}{end}");
            let (status, problem) = browser.send_text(&method, &path, &body).await;
            assert!(matches!(status, 400 | 404), "{method} {path}: {status} {problem}");
            assert!(problem["title"].as_str().is_some_and(|title| title.contains(' ')), "{path}: {problem}");
            tries += 1;
        }
    }
    let mut browser = world.signed_in("kim").await;
    for (query, field) in [
        ("", "q"),
        ("q=a&q=b", "q"),
        ("q=a&limit=-1", "limit"),
        ("q=a&limit=x", "limit"),
        ("q=a&limit=99999999999999999999999", "limit"),
        ("q=a&more=1", "more"),
    ] {
        let got = browser.send_text("GET", &format!("/people?{query}"), "").await;
        assert_refused(got, field, query);
    }
    assert!(tries > 100, "{tries}");
}

#[tokio::test(start_paused = true)]
async fn what_people_name_has_no_control_characters() {
    let world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let group = kim.done("POST", "/groups", json!({ "name": "Team" })).await;
    let group = format!("/groups/{}", group["id"].as_str().expect("an id"));
    for character in ['\0', '\u{7}', '\n', '\r', '\t', '\u{1b}', '\u{7f}', '\u{85}', '\u{9f}'] {
        let name = format!("a{character}b");
        let session = json!({ "address": "kim@one.example", "password": PASSWORD, "label": name });
        for (method, path, body, field) in [
            ("POST", "/session", session, "label"),
            ("POST", "/app-passwords", json!({ "label": name }), "label"),
            ("POST", "/groups", json!({ "name": name }), "name"),
            ("PATCH", &*group, json!({ "name": name }), "name"),
            ("PUT", "/contacts/lee@one.example", json!({ "alias": name }), "alias"),
        ] {
            let problem = kim.refused(method, path, body, 422, "invalid-field").await;
            assert_eq!(problem["field"], field, "{method} {path}: {name:?}");
        }
    }
    let snapshot = kim.done("GET", "/snapshot", Value::Null).await;
    assert_eq!(snapshot["contacts"], json!([]), "nothing of it was kept");
    let names: Vec<&Value> =
        snapshot["groups"].as_array().expect("a list").iter().map(|group| &group["name"]).collect();
    assert_eq!(names, ["~", "Team"]);
    let kept = kim.done("GET", "/app-passwords", Value::Null).await;
    assert_eq!(kept["appPasswords"], json!([]));
    let sessions = kim.done("GET", "/sessions", Value::Null).await;
    assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(1));
}
