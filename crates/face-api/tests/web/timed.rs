//! A choice and a note with an end: whoever is there, and whichever process runs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Browser, World};

const MINUTE: Duration = Duration::from_secs(60);
const AT_NINE: &str = "2026-01-05T09:00:00.000Z";

/// What Kim has chosen, until when, and the note; by a browser that has just come.
async fn chosen(world: &World, kim: &mut Browser) -> (Value, Value, Value) {
    world.meets(kim);
    let me = kim.done("GET", "/snapshot", Value::Null).await["me"].clone();
    (me["chosen"].clone(), me["chosenUntil"].clone(), me["note"].clone())
}

async fn chooses(kim: &mut Browser) {
    kim.done("PUT", "/me/status", json!({ "chosen": "busy", "until": AT_NINE })).await;
    kim.done("PUT", "/me/note", json!({ "text": "writing", "until": AT_NINE })).await;
}

#[tokio::test(start_paused = true)]
async fn a_choice_with_an_end_outlives_a_restart_and_ends_at_its_time() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    lee.done("PUT", &format!("/contacts/{}", world.id("kim").await), json!({})).await;
    chooses(&mut kim).await;
    world.restart(MINUTE * 20).await;
    world.meets(&mut lee);
    world.meets(&mut kim);
    drop(world.socket(&mut kim, None).await);
    let until = (json!("busy"), json!(AT_NINE), json!("writing"));
    assert_eq!(chosen(&world, &mut kim).await, until);
    let mut sees = world.socket(&mut lee, None).await;
    sees.until("snapshot", |_| true).await;
    let seen = sees.model["presence"][0].clone();
    assert_eq!((&seen["availability"], &seen["until"]), (&json!("busy"), &json!(AT_NINE)));
    assert_eq!((&seen["note"], &seen["device"]), (&json!("writing"), &json!("web")));
    let reading = async {
        loop {
            let event = sees.next().await;
            assert_ne!(event["presence"][0]["availability"], "available", "too early: {event}");
        }
    };
    tokio::time::timeout(MINUTE * 38, reading).await.expect_err("nothing ends it");
    // At two minutes to nine it stands, and at nine it doesn't: who watches is told without a word of Kim's browser.
    assert_eq!(chosen(&world, &mut kim).await, until);
    let _own = world.socket(&mut kim, None).await;
    let ended = |event: &Value| {
        let seen = &event["presence"][0];
        seen["availability"] == "available" && seen["until"].is_null() && seen["note"].is_null()
    };
    let told = sees.until("presence", ended).await;
    let now = world.services.clock().wall().to_publish_time();
    assert!(("2026-01-05T09:00:00"..="2026-01-05T09:00:02").contains(&&*now), "{now}: {told}");
    assert_eq!(chosen(&world, &mut kim).await, (json!("automatic"), Value::Null, json!("")));
}

#[tokio::test(start_paused = true)]
async fn a_choice_ends_at_its_time_although_nobody_and_no_server_was_there() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    chooses(&mut kim).await;
    world.restart(MINUTE * 61).await;
    assert_eq!(chosen(&world, &mut kim).await, (json!("automatic"), Value::Null, json!("")));
    // What is over stands in the way of nothing.
    kim.done("PUT", "/me/status", json!({ "chosen": "away" })).await;
    kim.done("PUT", "/me/note", json!({ "text": "out" })).await;
    world.restart(MINUTE).await;
    assert_eq!(chosen(&world, &mut kim).await, (json!("away"), Value::Null, json!("out")));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_ends_no_choice_and_a_restart_goes_by_what_people_read() {
    const DAY: i64 = 24 * 60 * 60;
    let world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    chooses(&mut kim).await;
    world.clock.set_by(DAY);
    tokio::time::sleep(MINUTE * 30).await;
    let shown = "2026-01-06T09:00:00.000Z";
    assert_eq!(chosen(&world, &mut kim).await, (json!("busy"), json!(shown), json!("writing")));
    // A choice that is made meanwhile ends when the clock shows it, in the process that follows, too.
    kim.done("PUT", "/me/status", json!({ "chosen": "away", "until": shown })).await;
    assert_eq!(chosen(&world, &mut kim).await.1, json!(shown));
    tokio::time::sleep(MINUTE * 31).await;
    assert_eq!(chosen(&world, &mut kim).await.0, json!("automatic"));
}

#[tokio::test(start_paused = true)]
async fn a_choice_without_an_end_takes_the_place_of_one_with_an_end() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    chooses(&mut kim).await;
    kim.done("PUT", "/me/status", json!({ "chosen": "busy" })).await;
    kim.done("PUT", "/me/note", json!({ "text": "writing" })).await;
    world.restart(MINUTE * 90).await;
    assert_eq!(chosen(&world, &mut kim).await, (json!("busy"), Value::Null, json!("writing")));
    chooses_until_ten(&mut kim).await;
    kim.done("PUT", "/me/status", json!({ "chosen": "automatic" })).await;
    world.restart(MINUTE).await;
    assert_eq!(chosen(&world, &mut kim).await.0, json!("automatic"));
}

async fn chooses_until_ten(kim: &mut Browser) {
    let until = "2026-01-05T10:00:00.000Z";
    kim.done("PUT", "/me/status", json!({ "chosen": "doNotDisturb", "until": until })).await;
}
