//! Who may not: without a cookie, without the token, from another page, of another company, in another form.

use serde_json::{Value, json};

use crate::world::{HOST, World};

/// Every resource that asks who it is, with a body that it takes.
fn resources() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("GET", "/session", Value::Null),
        ("DELETE", "/session", Value::Null),
        ("GET", "/sessions", Value::Null),
        ("DELETE", "/sessions", Value::Null),
        ("DELETE", "/sessions/x", Value::Null),
        ("GET", "/endpoints", Value::Null),
        ("DELETE", "/endpoints/x", Value::Null),
        ("POST", "/password", json!({ "current": "a", "new": "b" })),
        ("GET", "/app-passwords", Value::Null),
        ("POST", "/app-passwords", json!({ "label": "x" })),
        ("DELETE", "/app-passwords/1", Value::Null),
        ("POST", "/events/ticket", Value::Null),
        ("GET", "/snapshot", Value::Null),
        ("PUT", "/me/status", json!({ "chosen": "busy" })),
        ("PUT", "/me/note", json!({ "text": "x" })),
        ("PUT", "/me/place", json!({ "location": "x" })),
        ("POST", "/groups", json!({ "name": "x" })),
        ("PATCH", "/groups/2", json!({ "name": "x" })),
        ("DELETE", "/groups/2", Value::Null),
        ("PUT", "/groups/order", json!({ "ids": [] })),
        ("PUT", "/contacts/u2", json!({ "groups": [] })),
        ("DELETE", "/contacts/u2", Value::Null),
        ("PUT", "/contacts/u2/favourite", json!({ "isFavourite": true })),
        ("POST", "/adders/u2/allow", json!({})),
        ("POST", "/adders/u2/block", Value::Null),
        ("POST", "/adders/u2/ignore", Value::Null),
        ("GET", "/people?q=a", Value::Null),
        ("GET", "/people/u2", Value::Null),
        ("GET", "/people/u2/presence", Value::Null),
        ("GET", "/people/u2/access", Value::Null),
        ("PUT", "/people/u2/access", json!({ "level": "team" })),
        ("GET", "/access", Value::Null),
        ("POST", "/conversations", json!({ "person": "u2" })),
        ("DELETE", "/conversations/x", Value::Null),
        ("POST", "/conversations/x/open", Value::Null),
        ("POST", "/conversations/x/decline", Value::Null),
        ("GET", "/conversations/x/messages", Value::Null),
        ("POST", "/conversations/x/messages", json!({ "clientId": "1", "text": "x" })),
        ("POST", "/conversations/x/typing", json!({ "typing": true })),
        ("GET", "/history", Value::Null),
        ("GET", "/history?with=u2", Value::Null),
        ("GET", "/history?q=x", Value::Null),
        ("GET", "/history/export", Value::Null),
        ("DELETE", "/history?with=u2", Value::Null),
        ("DELETE", "/history/0000000000000000", Value::Null),
        ("GET", "/settings", Value::Null),
        ("PUT", "/settings", json!({})),
    ]
}

#[tokio::test(start_paused = true)]
async fn nothing_is_told_or_changed_without_a_session_its_token_and_its_page() {
    let world = World::new().await;
    let browser = world.signed_in("kim").await;
    let evil = format!("https://{HOST}.evil");
    for (method, path, body) in resources() {
        // What the session may ask in a second comes back.
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        let ask = async |instead: &[(&str, &str)]| {
            let (status, _, problem) = browser.raw(method, path, body.clone(), instead).await;
            (status, problem["code"].as_str().unwrap_or_default().to_owned())
        };
        let refused = |status: u16, code: &str| (status, code.to_owned());
        assert_eq!(ask(&[("cookie", "")]).await, refused(401, "not-signed-in"), "{method} {path}");
        let unknown = format!("__Host-rapport={}", "A".repeat(43));
        assert_eq!(ask(&[("cookie", &unknown)]).await, refused(401, "not-signed-in"), "{method} {path}");
        if method == "GET" {
            continue;
        }
        for origin in ["", "null", evil.as_str(), "http://im.one.example"] {
            assert_eq!(
                ask(&[("origin", origin)]).await,
                refused(403, "wrong-origin"),
                "{method} {path} {origin}"
            );
        }
        for token in ["", "x", &"A".repeat(32)] {
            assert_eq!(ask(&[("x-rapport-csrf", token)]).await, refused(403, "csrf"), "{method} {path}");
        }
    }
    // Nobody signs somebody in from another page either.
    let body = json!({ "address": "kim@one.example", "password": crate::world::PASSWORD });
    let (status, _, problem) = browser.raw("POST", "/session", body, &[("origin", &evil)]).await;
    assert_eq!((status, &problem["code"]), (403, &json!("wrong-origin")));
}

#[tokio::test(start_paused = true)]
async fn people_of_another_company_are_nobody_by_every_route() {
    let world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let ben = "u4";
    for person in
        [ben, "sip:ben@two.example", "ben@two.example", "u99", "sip:nobody@one.example", "%20", "t2%2Fu4"]
    {
        for (method, path, body) in [
            ("GET", "/people/{}", Value::Null),
            ("GET", "/people/{}/presence", Value::Null),
            ("GET", "/people/{}/access", Value::Null),
            ("PUT", "/people/{}/access", json!({ "level": "personal" })),
            ("PUT", "/contacts/{}", json!({ "groups": [] })),
            ("POST", "/adders/{}/allow", json!({ "level": "team" })),
            ("POST", "/adders/{}/block", Value::Null),
            ("POST", "/adders/{}/ignore", Value::Null),
            ("GET", "/history?with={}", Value::Null),
            ("DELETE", "/history?with={}", Value::Null),
        ] {
            let path = path.replace("{}", person);
            let problem = browser.refused(method, &path, body, 404, "not-found").await;
            assert_eq!(problem["title"], "there is no such person", "{method} {path}");
        }
        let body = json!({ "person": person });
        let problem = browser.refused("POST", "/conversations", body, 404, "not-found").await;
        assert_eq!(problem["title"], "there is no such person");
        browser.refused("DELETE", &format!("/contacts/{person}"), Value::Null, 404, "unknown-contact").await;
    }
    let snapshot = browser.done("GET", "/snapshot", Value::Null).await;
    assert!(!snapshot.to_string().contains("two.example"));
    assert!(!snapshot.to_string().contains("BEN"));
}

#[tokio::test(start_paused = true)]
async fn each_body_says_which_field_is_wrong() {
    let world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let lee = browser.done("POST", "/conversations", json!({ "person": "lee@one.example" })).await;
    let messages = format!("/conversations/{}/messages", lee["id"].as_str().expect("an id"));
    let long = "x".repeat(20_000);
    for (method, path, body, field) in [
        ("POST", "/session", json!({ "address": "kim", "password": "x" }), "address"),
        (
            "POST",
            "/session",
            json!({ "address": "kim@one.example", "password": "x", "label": "x".repeat(101) }),
            "label",
        ),
        ("PUT", "/me/status", json!({ "chosen": "busy", "until": "tomorrow" }), "until"),
        ("PUT", "/me/status", json!({ "chosen": "busy", "until": "2026-01-05T07:59:59Z" }), "until"),
        ("PUT", "/me/status", json!({ "chosen": "busy", "until": "2026-01-12T08:00:01Z" }), "until"),
        ("PUT", "/me/note", json!({ "text": "x".repeat(501) }), "text"),
        ("PUT", "/me/note", json!({ "text": "a\u{1}" }), "text"),
        ("PUT", "/me/place", json!({ "location": "x".repeat(101) }), "location"),
        ("PUT", "/me/place", json!({ "location": "a\u{1}" }), "location"),
        ("PUT", "/me/place", json!({ "location": "", "utcOffsetMinutes": 841 }), "utcOffsetMinutes"),
        ("POST", "/groups", json!({ "name": " " }), "name"),
        ("PUT", "/contacts/u2", json!({ "alias": "a\u{7}" }), "alias"),
        ("PUT", "/people/u1/access", json!({ "level": "team" }), "person"),
        ("POST", "/conversations", json!({ "person": "u1" }), "person"),
        ("POST", messages.as_str(), json!({ "clientId": "", "text": "x" }), "clientId"),
        ("POST", messages.as_str(), json!({ "clientId": "1", "text": " " }), "text"),
        ("POST", messages.as_str(), json!({ "clientId": "1", "text": long }), "text"),
        ("PUT", "/settings", json!({ "language": "<b>" }), "language"),
    ] {
        let (status, problem) = browser.send(method, path, body.clone()).await;
        assert_eq!((status, &problem["field"]), (422, &json!(field)), "{method} {path} {body}: {problem}");
    }
    for (path, body) in [
        ("/me/status", json!({ "chosen": "asleep" })),
        ("/me/note", json!({ "text": "x", "more": 1 })),
        ("/settings", json!({ "theme": "pink" })),
        ("/settings", json!({ "surprise": true })),
        ("/contacts/u2", json!({ "groups": "1" })),
    ] {
        browser.refused("PUT", path, body, 400, "bad-body").await;
    }
    browser.refused("PUT", "/contacts/u2", json!({ "groups": ["17"] }), 404, "unknown-group").await;
    browser.refused("GET", "/nothing", Value::Null, 404, "not-found").await;
    browser.refused("PUT", "/session", json!({}), 405, "method-not-allowed").await;
    let huge = json!({ "text": "x".repeat(200_000) });
    browser.refused("PUT", "/me/note", huge, 413, "body-too-large").await;
}

#[tokio::test(start_paused = true)]
async fn every_answer_forbids_frames_guessed_types_and_plain_http() {
    let world = World::new().await;
    let (signed_in, stranger) = (world.signed_in("kim").await, world.browser());
    for (method, path, body) in resources() {
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        // As somebody who may, as nobody, and without the token. The session itself stays.
        let ways = [(&signed_in, "good"), (&stranger, ""), (&signed_in, "")];
        for (browser, token) in
            ways.into_iter().filter(|way| (method, path, way.1) != ("DELETE", "/session", "good"))
        {
            let instead: &[_] = if token == "good" { &[] } else { &[("x-rapport-csrf", token)] };
            let (status, headers, _) = browser.raw(method, path, body.clone(), instead).await;
            for (name, value) in [
                ("strict-transport-security", "max-age=31536000"),
                ("x-content-type-options", "nosniff"),
                ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ] {
                assert_eq!(
                    headers.get(name).map(|held| held.as_bytes()),
                    Some(value.as_bytes()),
                    "{method} {path}: {status}, {name}"
                );
            }
        }
    }
}
