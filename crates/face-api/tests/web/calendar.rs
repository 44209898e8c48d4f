//! Until when people are in a meeting, by the calendar that their desktop client publishes; and who is told.

use rapport_testkit::client::bodies::Batch;
use rapport_testkit::driver::Client;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::world::{Browser, Socket, World, profile};

const URI: &str = "sip:kim@one.example";
const EIGHT: &str = "2026-01-05T08:00:00Z";
const BEGAN: &str = "2026-01-05T07:46:00Z";

fn until(at: &str) -> Value {
    json!(format!("2026-01-05T{at}:00.000Z"))
}

/// Kim's desktop client, in use; of a calendar nothing is published yet.
async fn desktop(world: &mut World) -> Client<DuplexStream> {
    let mut desktop = world.desktop(profile("kim", 1)).await;
    desktop.first_subscriptions().await.expect("subscribed");
    let epid = desktop.profile().epid.clone();
    publish(&mut desktop, Batch::new(URI).with_device(URI, &epid, 0).with_machine_state(&epid, 3500, 0))
        .await;
    desktop
}

async fn publish(desktop: &mut Client<DuplexStream>, batch: Batch) {
    let request = desktop.publish(batch.finish());
    desktop.success(request).await.expect("published");
}

/// Kim's desktop client, which says that a meeting has begun and publishes these blocks of the calendar; and Lee, who has Kim
/// on the Contact List, with what Lee is told.
async fn watched_in_a_meeting(world: &mut World, blocks: &str) -> (Client<DuplexStream>, Browser, Socket) {
    let mut desktop = desktop(world).await;
    let mut lee = world.signed_in("lee").await;
    let of_kim = world.id("kim").await;
    lee.done("PUT", &format!("/contacts/{of_kim}"), json!({})).await;
    let sees = world.socket(&mut lee, None).await;
    let epid = desktop.profile().epid.clone();
    let meeting = Batch::new(URI).with_meeting(&epid, BEGAN, 0).with_free_busy(&epid, BEGAN, blocks, 0);
    publish(&mut desktop, meeting).await;
    (desktop, lee, sees)
}

/// What of a presence is about what somebody does.
fn doing(presence: &Value) -> [Value; 3] {
    ["availability", "activity", "until"].map(|key| presence[key].clone())
}

async fn seen(browser: &mut Browser, person: &str) -> [Value; 3] {
    doing(&browser.done("GET", &format!("/people/{person}/presence"), Value::Null).await)
}

#[tokio::test(start_paused = true)]
async fn a_meeting_is_told_with_its_end_to_whom_desktop_clients_show_the_calendar() {
    let mut world = World::new().await;
    let mut desktop = desktop(&mut world).await;
    let (mut lee, mut ana) = (world.signed_in("lee").await, world.signed_in("ana").await);
    let mut kim = world.signed_in("kim").await;
    let of_kim = world.id("kim").await;
    let set = |level: &'static str| json!({ "level": level });
    let ana_is = format!("/people/{}/access", world.id("ana").await);
    let lee_is = format!("/people/{}/access", world.id("lee").await);
    kim.done("PUT", &ana_is, set("public")).await;
    for browser in [&mut lee, &mut ana] {
        browser.done("PUT", &format!("/contacts/{of_kim}"), json!({})).await;
    }
    let mut sees = world.socket(&mut lee, None).await;
    let mut sees_less = world.socket(&mut ana, None).await;

    let epid = desktop.profile().epid.clone();
    let meeting = Batch::new(URI).with_meeting(&epid, EIGHT, 0).with_free_busy(&epid, EIGHT, "222200", 0);
    publish(&mut desktop, meeting).await;
    let in_meeting = [json!("busy"), json!("in-a-meeting"), until("09:00")];
    sees.until("presence", |event| doing(&event["presence"][0]) == in_meeting).await;
    assert_eq!(seen(&mut lee, &of_kim).await, in_meeting);
    let busy = [json!("busy"), Value::Null, Value::Null];
    sees_less.until("presence", |event| doing(&event["presence"][0]) == busy).await;
    assert_eq!(seen(&mut ana, &of_kim).await, busy);

    for (level, wanted) in [
        ("team", in_meeting.clone()),
        ("personal", in_meeting.clone()),
        ("public", busy.clone()),
        ("blocked", [json!("offline"), Value::Null, Value::Null]),
    ] {
        let access = kim.done("PUT", &lee_is, set(level)).await;
        assert_eq!(seen(&mut lee, &of_kim).await, wanted, "{level}");
        assert_eq!(doing(&access["preview"]["presence"]), wanted, "{level}");
    }
    kim.done("PUT", &lee_is, set("company")).await;

    // It goes on for longer than was planned: that alone is told.
    publish(&mut desktop, Batch::new(URI).with_free_busy(&epid, EIGHT, "22222200", 1)).await;
    let longer = [json!("busy"), json!("in-a-meeting"), until("09:30")];
    sees.until("presence", |event| doing(&event["presence"][0]) == longer).await;
    // What nobody sees who is let see less is no news to them.
    assert_eq!(doing(&sees_less.model["presence"][0]), busy);
    let heard = sees_less.heard.len();
    while sees_less.come().await {}
    assert_eq!(sees_less.heard.len(), heard);

    // A program that is gone takes its calendar along.
    drop(desktop);
    sees.until("presence", |event| doing(&event["presence"][0])[0] == "available").await;
    assert_eq!(seen(&mut lee, &of_kim).await, [json!("available"), Value::Null, Value::Null]);
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_block_of_a_calendar_is_told_at_its_end() {
    let mut world = World::new().await;
    let (mut desktop, mut lee, mut sees) = watched_in_a_meeting(&mut world, "2100").await;
    let of_kim = world.id("kim").await;
    let first = [json!("busy"), json!("in-a-meeting"), until("08:01")];
    sees.until("presence", |event| doing(&event["presence"][0]) == first).await;
    assert_eq!(seen(&mut lee, &of_kim).await, first);
    // Nobody publishes anything, and nobody asks.
    let second = [json!("busy"), json!("in-a-meeting"), until("08:16")];
    sees.until("presence", |event| doing(&event["presence"][0]) == second).await;
    let now = world.services.clock().wall().to_publish_time();
    assert!(("2026-01-05T08:01:00"..="2026-01-05T08:01:02").contains(&&*now), "{now}");
    assert_eq!(seen(&mut lee, &of_kim).await, second, "what was told is what there is");
    // A meeting that the calendar doesn't know has no end.
    let third = [json!("busy"), json!("in-a-meeting"), Value::Null];
    let epid = desktop.profile().epid.clone();
    publish(&mut desktop, Batch::new(URI).with_free_busy(&epid, BEGAN, "2000", 1)).await;
    sees.until("presence", |event| doing(&event["presence"][0]) == third).await;
    assert_eq!(seen(&mut lee, &of_kim).await, third);
}

#[tokio::test(start_paused = true)]
async fn a_choice_with_an_end_is_told_as_far_as_the_choice_itself_is_seen() {
    let world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let of_kim = world.id("kim").await;
    let lee_is = format!("/people/{}/access", world.id("lee").await);
    let choice = json!({ "chosen": "busy", "until": "2026-01-05T09:00:00.000Z" });
    kim.done("PUT", "/me/status", choice).await;
    for (level, wanted) in [
        ("company", [json!("busy"), Value::Null, until("09:00")]),
        ("public", [json!("busy"), Value::Null, Value::Null]),
        ("blocked", [json!("offline"), Value::Null, Value::Null]),
    ] {
        kim.done("PUT", &lee_is, json!({ "level": level })).await;
        assert_eq!(seen(&mut lee, &of_kim).await, wanted, "{level}");
    }
}

#[tokio::test(start_paused = true)]
async fn my_own_line_ends_when_what_is_shown_does_and_not_when_what_i_chose_does() {
    let mut world = World::new().await;
    let mut desktop = desktop(&mut world).await;
    let mut kim = world.signed_in("kim").await;
    let mut lee = world.signed_in("lee").await;
    let of_kim = world.id("kim").await;
    let chosen = json!({ "chosen": "busy", "until": until("11:00") });
    let me = kim.done("PUT", "/me/status", chosen).await;
    assert_eq!(doing(&me), [json!("busy"), Value::Null, until("11:00")]);

    let mut own = world.socket(&mut kim, None).await;
    own.until("snapshot", |_| true).await;
    let epid = desktop.profile().epid.clone();
    let meeting = Batch::new(URI).with_meeting(&epid, EIGHT, 0).with_free_busy(&epid, EIGHT, "222200", 0);
    publish(&mut desktop, meeting).await;
    let told = own.until("me", |event| event["me"]["activity"] == "in-a-meeting").await;
    assert_eq!(doing(&told["me"]), [json!("busy"), json!("in-a-meeting"), until("09:00")]);
    assert_eq!(doing(&told["me"]), seen(&mut lee, &of_kim).await);
    assert_eq!(told["me"]["chosenUntil"], until("11:00"));
    // A program that is gone takes its calendar along: what was chosen is what is shown.
    drop(desktop);
    let told = own.until("me", |event| event["me"]["activity"].is_null()).await;
    assert_eq!(doing(&told["me"]), [json!("busy"), Value::Null, until("11:00")]);
}

#[tokio::test(start_paused = true)]
async fn a_meeting_that_begins_in_the_calendar_alone_is_told_with_its_end_at_once() {
    let mut world = World::new().await;
    let (_desktop, _lee, mut sees) = watched_in_a_meeting(&mut world, "0200").await;
    let early = [json!("busy"), json!("in-a-meeting"), Value::Null];
    sees.until("presence", |event| doing(&event["presence"][0]) == early).await;
    let begun = [json!("busy"), json!("in-a-meeting"), until("08:16")];
    sees.until("presence", |event| doing(&event["presence"][0]) == begun).await;
    let now = world.services.clock().wall().to_publish_time();
    assert!(("2026-01-05T08:01:00"..="2026-01-05T08:01:02").contains(&&*now), "{now}");
}

#[tokio::test(start_paused = true)]
async fn an_absence_by_a_note_is_told_with_the_end_of_the_note_to_whom_it_is_shown() {
    let mut world = World::new().await;
    let mut desktop = desktop(&mut world).await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let of_kim = world.id("kim").await;
    let lee_is = format!("/people/{}/access", world.id("lee").await);
    let epid = desktop.profile().epid.clone();
    let absence = "<state xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\" manual=\"false\" \
                   uri=\"mail@example.com\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                   xsi:type=\"calendarState\"><activity token=\"out-of-office\" minAvailability=\"12000\"/></state>";
    let note = "<note xmlns=\"http://schemas.microsoft.com/2006/09/sip/note\"><body type=\"OOF\" \
                uri=\"mail@example.com\" startTime=\"2026-01-05T07:00:00Z\" endTime=\"2026-01-05T09:00:00Z\">\
                back at nine</body></note>";
    let mut batch = Batch::new(URI).with_machine_state(&epid, 15_500, 1);
    for container in [2, 3] {
        batch = batch.with("state", 0x6000_0001, container, 0, "endpoint", absence);
    }
    for container in [200, 300, 400] {
        batch = batch.with("note", 0x4000_0001, container, 0, "endpoint", note);
    }
    publish(&mut desktop, batch).await;
    let _unused = world.asked(&mut kim, "&idle=2000").await.expect("switched");
    let away = [json!("away"), json!("out-of-office"), until("09:00")];
    for (level, wanted) in [
        ("company", away.clone()),
        ("public", [json!("away"), Value::Null, Value::Null]),
        ("blocked", [json!("offline"), Value::Null, Value::Null]),
    ] {
        kim.done("PUT", &lee_is, json!({ "level": level })).await;
        assert_eq!(seen(&mut lee, &of_kim).await, wanted, "{level}");
    }
    // Their own line says it, too.
    let me = kim.done("GET", "/snapshot", Value::Null).await["me"].clone();
    assert_eq!(doing(&me), away);
}
