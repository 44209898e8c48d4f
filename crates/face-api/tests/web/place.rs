//! Where people are: what desktop clients and browsers say of it, and who sees it.

use std::time::Duration;

use rapport_testkit::client::bodies;
use serde_json::{Value, json};

use crate::world::{Browser, World, profile};

const HOME: &str = "<state xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\" manual=\"false\" \
     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"machineState\"><availability>3500\
     </availability><endpointLocation>Home &amp; garden</endpointLocation></state>";

fn place(presence: &Value) -> (Value, Value) {
    (presence["location"].clone(), presence["utcOffsetMinutes"].clone())
}

async fn seen(browser: &mut Browser, person: &str) -> (Value, Value) {
    place(&browser.done("GET", &format!("/people/{person}/presence"), Value::Null).await)
}

#[tokio::test(start_paused = true)]
async fn where_a_desktop_client_says_that_its_person_is_is_seen_in_browsers() {
    let mut world = World::new().await;
    let mut desktop = world.desktop(profile("kim", 1)).await;
    desktop.first_subscriptions().await.expect("subscribed");
    let epid = desktop.profile().epid.clone();
    let batch = bodies::Batch::new("sip:kim@one.example")
        .with_device("sip:kim@one.example", &epid, 0)
        .with("state", 0x3000_0001, 2, 0, "endpoint", HOME)
        .with("state", 0x3000_0001, 3, 0, "endpoint", HOME);
    let request = desktop.publish(batch.finish());
    desktop.success(request).await.expect("published");
    let mut lee = world.signed_in("lee").await;
    let (of_kim, of_lee) = (world.id("kim").await, world.id("lee").await);
    assert_eq!(seen(&mut lee, &of_kim).await, (json!("Home & garden"), json!(60)));
    // Who is only let see whether Kim is there isn't told where.
    let mut kim = world.signed_in("kim").await;
    kim.done("PUT", &format!("/people/{of_lee}/access"), json!({ "level": "public" })).await;
    assert_eq!(seen(&mut lee, &of_kim).await, (Value::Null, Value::Null));
}

#[tokio::test(start_paused = true)]
async fn where_a_browser_says_that_its_person_is_is_told_until_they_are_gone() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let of_kim = world.id("kim").await;
    lee.done("PUT", &format!("/contacts/{of_kim}"), json!({})).await;
    let mut sees = world.socket(&mut lee, None).await;
    let mut own = world.socket(&mut kim, None).await;
    let me =
        kim.done("PUT", "/me/place", json!({ "location": " B2 <lab> ", "utcOffsetMinutes": -210 })).await;
    assert_eq!(place(&me), (json!("B2 <lab>"), json!(-210)));
    own.until("me", |event| event["me"] == me).await;
    // A whole number is one, however it is written.
    let text = r#"{ "location": "B2 <lab>", "utcOffsetMinutes": -210.0 }"#;
    assert_eq!(kim.send_text("PUT", "/me/place", text).await.0, 200);
    for (number, status) in [("-210.5", 400), ("1e300", 400), ("\"1\"", 400), ("-841.0", 422)] {
        let text = format!(r#"{{ "location": "B2 <lab>", "utcOffsetMinutes": {number} }}"#);
        let (answered, problem) = kim.send_text("PUT", "/me/place", &text).await;
        assert_eq!((answered, &problem["field"]), (status, &json!("utcOffsetMinutes")), "{number}");
    }
    let is_there = |event: &Value| place(&event["presence"][0]) == (json!("B2 <lab>"), json!(-210));
    sees.until("presence", is_there).await;
    // It stands whatever else is said of the browser's use, or chosen.
    own.say(r#"{"type":"activity","active":false}"#).await;
    sees.until("presence", |event| event["presence"][0]["availability"] == "availableIdle").await;
    assert_eq!(seen(&mut lee, &of_kim).await, (json!("B2 <lab>"), json!(-210)));
    own.say(r#"{"type":"activity","active":true}"#).await;
    // Another browser is somewhere else, and says nothing of where this one is.
    let mut phone = world.signed_in("kim").await;
    let other = phone.done("PUT", "/me/place", json!({ "location": "" })).await;
    assert_eq!(place(&other), (json!(""), Value::Null));
    let mine = kim.done("PUT", "/me/note", json!({ "text": "x" })).await;
    assert_eq!(place(&mine), (json!("B2 <lab>"), json!(-210)));
    kim.done("PUT", "/me/status", json!({ "chosen": "appearOffline" })).await;
    let gone = sees.until("presence", |event| event["presence"][0]["availability"] == "offline").await;
    assert_eq!(place(&gone["presence"][0]), (Value::Null, Value::Null));
}

#[tokio::test(start_paused = true)]
async fn each_program_is_listed_with_when_it_signed_in_and_a_browser_as_its_session_is_called() {
    let mut world = World::new().await;
    let mut desktop = world.desktop(profile("kim", 1)).await;
    desktop.first_subscriptions().await.expect("subscribed");
    tokio::time::advance(Duration::from_secs(120)).await;
    let mut kim = world.signed_in("kim").await;
    let listed = kim.done("GET", "/endpoints", Value::Null).await;
    let of_each: Vec<(&str, &str)> = listed["endpoints"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            let minute = one["signedInAt"].as_str().and_then(|at| at.get(..16)).expect("a moment");
            (minute, one["label"].as_str().expect("a label"))
        })
        .collect();
    assert_eq!(of_each[1], ("2026-01-05T08:02", "Firefox"));
    assert_eq!(of_each[0].0, "2026-01-05T08:00");
}
