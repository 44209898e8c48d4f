//! What somebody who is signed in is refused stands in the log, with who asked and from where; and nothing else of it does.

use rapport_testkit::logged::Logged;
use serde_json::{Value, json};

use crate::world::World;

pub(crate) const REFUSED: &str = "an action was refused";

#[tokio::test(start_paused = true)]
async fn what_a_browser_is_refused_is_logged_with_who_asked_and_from_where() {
    let logged = Logged::default();
    let _here = tracing::subscriber::set_default(logged.clone());
    let world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let ana = world.id("ana").await;
    kim.done("PUT", &format!("/contacts/{ana}"), json!({})).await;
    assert_eq!(logged.take(REFUSED), Vec::<String>::new(), "none of that is a misdeed");

    kim.refused("PATCH", "/groups/1", json!({ "name": "secret" }), 403, "group-is-fixed").await;
    kim.refused("PUT", "/me/status", json!({ "chosen": "secret" }), 400, "bad-body").await;
    kim.refused("PUT", "/me/note", json!({ "text": "secret".repeat(100) }), 422, "invalid-field").await;
    let secret = json!({ "name": "secret" });
    let (status, ..) = kim.raw("POST", "/groups", secret.clone(), &[("x-rapport-csrf", "secret")]).await;
    assert_eq!(status, 403);
    let (status, ..) = kim.raw("POST", "/groups", secret, &[("origin", "https://secret.example")]).await;
    assert_eq!(status, 403);
    let lines = logged.take(REFUSED);
    let want = [
        ("PATCH /api/v1/groups/{id}", "group-is-fixed"),
        ("PUT /api/v1/me/status", "unreadable"),
        ("PUT /api/v1/me/note", "invalid-field"),
        ("POST /api/v1/groups", "csrf"),
        ("POST /api/v1/groups", "wrong-origin"),
    ];
    assert_eq!(lines.len(), want.len(), "{lines:?}");
    let who = format!("actor=user {}", world.user("kim").await);
    for (line, (method, reason)) in lines.iter().zip(want) {
        for part in [&who, "192.0.2.1", method, &format!(" reason={reason}")] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(!line.contains("secret"), "{line}");
    }

    // What is part of an ordinary day isn't there, nor what a stranger asks.
    kim.refused("GET", "/people/u999", Value::Null, 404, "not-found").await;
    kim.refused("DELETE", "/groups/99", Value::Null, 404, "unknown-group").await;
    let stranger = [("cookie", "")];
    assert_eq!(kim.raw("POST", "/groups", json!({ "name": 1 }), &stranger).await.0, 401);
    assert_eq!(logged.take(REFUSED), Vec::<String>::new());

    // A flood writes few lines.
    for _ in 0..100 {
        kim.refused("PATCH", "/groups/1", json!({ "name": "x" }), 403, "group-is-fixed").await;
    }
    assert!(logged.take(REFUSED).len() <= 10);
}
