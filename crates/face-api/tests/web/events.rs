//! The socket: tickets, going on after a cut, several tabs, its end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use rapport_testkit::counted::Counted;
use serde_json::{Value, json};

use crate::world::{HOST, World, profile, sorted};

#[tokio::test(start_paused = true)]
async fn a_socket_needs_a_ticket_its_page_and_its_protocol() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let here = format!("https://{HOST}");
    let mut ticket = async || {
        let given = browser.done("POST", "/events/ticket", Value::Null).await;
        format!("ticket={}", given["ticket"].as_str().expect("a ticket"))
    };
    let (one, two, three, four) = (ticket().await, ticket().await, ticket().await, ticket().await);
    let refused = async |world: &mut World, query: &str, origin: &str, protocol: &str, status: &str| {
        let Err(answer) = world.open(query, origin, protocol).await else { panic!("it was opened") };
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    };
    refused(&mut world, &one, "https://evil.example", "rapport.v1", "403").await;
    refused(&mut world, &two, &here, "chat", "400").await;
    refused(&mut world, "ticket=00000000000000000000000000000000", &here, "rapport.v1", "401").await;
    refused(&mut world, "ticket=x", &here, "rapport.v1", "401").await;
    refused(&mut world, &format!("{three}&more=1"), &here, "rapport.v1", "400").await;
    world.open(&three, &here, "rapport.v1").await.expect("opened");
    refused(&mut world, &three, &here, "rapport.v1", "401").await;
    tokio::time::advance(Duration::from_secs(31)).await;
    refused(&mut world, &four, &here, "rapport.v1", "401").await;
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_when_it_changed_is_told_anew_once_it_can() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    let first = socket.next().await;
    assert_eq!(socket.next().await["type"], "snapshot");
    let mut settings = browser.done("GET", "/settings", Value::Null).await;
    settings["theme"] = json!("dark");
    let kim = world.user("kim").await;
    let text = settings.to_string();
    // Changed, and out of reach before the browser's agent has looked.
    world.services.web_sessions.set_document(&world.scope, kim, "settings", None, text).await.expect("set");
    world.is_cut.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(!socket.come().await, "nothing is told that isn't known");
    world.is_cut.store(false, Ordering::Relaxed);
    assert_eq!(socket.next_or_end().await, Err((4002, "behind".to_owned())));
    let stream = first["stream"].as_str().expect("a stream");
    let mut back = world.socket(&mut browser, Some((stream, socket.seq))).await;
    let hello = back.next().await;
    assert_eq!(hello["resumed"], false, "it has a gap");
    assert_ne!(hello["stream"], first["stream"]);
    assert_eq!(back.next().await["snapshot"]["settings"]["theme"], "dark");
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_after_a_cut_misses_nothing_and_gets_nothing_twice() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    let hello = socket.next().await;
    assert_eq!((&hello["type"], &hello["resumed"]), (&json!("hello"), &json!(false)));
    assert_eq!(socket.next().await["type"], "snapshot");
    let stream = hello["stream"].as_str().expect("a stream").to_owned();
    browser.done("POST", "/groups", json!({ "name": "A" })).await;
    socket.until("groups", |_| true).await;
    let (after, model) = (socket.seq, socket.model.clone());
    drop(socket);
    for name in ["B", "C", "D"] {
        browser.done("POST", "/groups", json!({ "name": name })).await;
    }
    tokio::time::advance(Duration::from_secs(30)).await;
    let mut back = world.socket(&mut browser, Some((&stream, after))).await;
    (back.seq, back.model) = (after, model);
    let hello = back.next().await;
    assert_eq!((&hello["resumed"], &hello["stream"]), (&json!(true), &json!(stream)));
    // Each one has the number after the one before: the socket of the test sees to that.
    back.until("groups", |event| event["groups"].as_array().is_some_and(|all| all.len() == 5)).await;
    let snapshot = browser.done("GET", "/snapshot", Value::Null).await;
    assert_eq!(sorted(back.model.clone()), sorted(snapshot));
    // Of another stream, or from a number that never was, everything is told anew.
    for (stream, after) in [("ffffffffffffffff", 1), (stream.as_str(), 10_000)] {
        let mut anew = world.socket(&mut browser, Some((stream, after))).await;
        assert_eq!(anew.next().await["resumed"], false);
        assert_eq!(anew.next().await["type"], "snapshot");
    }
}

#[tokio::test(start_paused = true)]
async fn where_nothing_happens_there_are_signs_of_life_which_are_no_events() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    let hello = socket.next().await;
    let beat = u32::try_from(hello["beat"].as_u64().expect("a number")).expect("a small one");
    assert_eq!(socket.next().await["type"], "snapshot");
    let quiet = Duration::from_secs((10 * beat + beat / 2).into());
    tokio::time::timeout(quiet, socket.next()).await.expect_err("nothing happens");
    assert_eq!(socket.beats, 10);
    browser.done("POST", "/groups", json!({ "name": "A" })).await;
    // It has the number after the one before all of that: the socket of the test sees to it.
    socket.until("groups", |_| true).await;
    let (stream, after) = (hello["stream"].as_str().expect("a stream"), socket.seq);
    let mut back = world.socket(&mut browser, Some((stream, after))).await;
    back.seq = after;
    assert_eq!(back.next().await["resumed"], true);
    tokio::time::timeout(quiet, back.next()).await.expect_err("nothing was missed");
}

#[tokio::test(start_paused = true)]
async fn an_agent_outlives_its_last_socket_by_a_minute() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    let kim = world.user("kim").await;
    let bound =
        async |world: &World| world.services.registrar.bound(&world.scope, kim).await.expect("asked").len();
    assert_eq!(bound(&world).await, 1);
    // Whoever answers what the server asks every half minute is there.
    let reading = async {
        loop {
            socket.next_or_end().await.expect("it stays open");
        }
    };
    tokio::time::timeout(Duration::from_secs(500), reading).await.expect_err("nothing ends it");
    assert_eq!(bound(&world).await, 1, "as long as there is a socket");
    drop(socket);
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(bound(&world).await, 1);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(bound(&world).await, 0);
    // The session is not over, and neither is what names its endpoint.
    let mut socket = world.socket(&mut browser, None).await;
    assert_eq!(socket.next().await["resumed"], false);
    assert_eq!(bound(&world).await, 1);
}

#[tokio::test(start_paused = true)]
async fn every_tab_is_told_and_a_frame_that_means_nothing_ends_its_tab_alone() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let (mut one, mut two) = (world.socket(&mut browser, None).await, world.socket(&mut browser, None).await);
    browser.done("PUT", "/me/status", json!({ "chosen": "busy" })).await;
    for tab in [&mut one, &mut two] {
        tab.until("me", |event| event["me"]["chosen"] == "busy").await;
    }
    assert_eq!(
        world.services.registrar.bound(&world.scope, world.user("kim").await).await.expect("asked").len(),
        1
    );
    for nonsense in
        ["x", "{}", r#"{"type":"activity","active":1}"#, r#"{"type":"activity","active":true,"more":1}"#]
    {
        let mut tab = world.socket(&mut browser, None).await;
        tab.say(nonsense).await;
        let end = loop {
            match tab.next_or_end().await {
                Ok(_) => {}
                Err((code, _)) => break code,
            }
        };
        assert_eq!(end, 1008, "{nonsense}");
    }
    assert_eq!(counted.total("rapport_web_bounds_met_total, [bound = frames]"), 4);
    browser.done("PUT", "/me/status", json!({ "chosen": "away" })).await;
    two.until("me", |event| event["me"]["chosen"] == "away").await;
}

#[tokio::test(start_paused = true)]
async fn a_tab_that_does_not_read_is_closed_and_counted_and_the_other_goes_on() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut read = world.socket(&mut kim, None).await;
    let mut unread = world.socket(&mut kim, None).await;
    let mut lee = world.desktop(profile("lee", 12)).await;
    let (invite, talk) = lee.invite("kim@one.example");
    lee.flush().await.expect("written");
    let rings = read.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    let id = rings["conversation"]["id"].as_str().expect("an id").to_owned();
    kim.done("POST", &format!("/conversations/{id}/open"), Value::Null).await;
    lee.success(invite).await.expect("answered");
    let text = "long ".repeat(200);
    for _ in 0..900 {
        let message = lee.message(&talk, &text).expect("a dialog");
        lee.success(message).await.expect("taken");
        read.until("message", |_| true).await;
        if counted.total("rapport_web_bounds_met_total, [bound = unread]") > 0 {
            break;
        }
    }
    let (code, reason) = loop {
        if let Err(end) = unread.next_or_end().await {
            break end;
        }
    };
    assert_eq!((code, &*reason), (4002, "too-slow"));
    assert_eq!(counted.total("rapport_web_bounds_met_total, [bound = unread]"), 1);
    let message = lee.message(&talk, "once more").expect("a dialog");
    lee.success(message).await.expect("taken");
    assert_eq!(read.until("message", |_| true).await["message"]["text"], "once more");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_goes_says_so_and_signs_its_browsers_endpoints_out() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    world.web.close().await;
    let end = loop {
        match socket.next_or_end().await {
            Ok(_) => {}
            Err(end) => break end,
        }
    };
    assert_eq!(end.0, 1001);
    let kim = world.user("kim").await;
    assert_eq!(world.services.registrar.bound(&world.scope, kim).await.expect("asked").len(), 0);
    browser.refused("GET", "/snapshot", Value::Null, 503, "unavailable").await;
    browser.done("GET", "/session", Value::Null).await;
}

#[test]
fn the_descriptions_name_every_resource_and_every_event() {
    let openapi: Value = serde_json::from_str(&rapport_face_api::web_openapi()).expect("JSON");
    let asyncapi: Value = serde_json::from_str(&rapport_face_api::asyncapi()).expect("JSON");
    assert_eq!(openapi["paths"].as_object().map(serde_json::Map::len), Some(37));
    let text = asyncapi.to_string();
    for event in [
        "hello",
        "snapshot",
        "presence",
        "contactSet",
        "adderGone",
        "conversationGone",
        "historyGone",
        "signedOut",
        "seen",
    ] {
        assert!(text.contains(&format!("\"{event}\"")), "{event}");
    }
    for (name, schema) in asyncapi["components"]["schemas"].as_object().expect("schemas") {
        let text = schema.to_string();
        for reference in text.split("#/components/schemas/").skip(1) {
            let wanted = reference.split('"').next().expect("a name");
            assert!(asyncapi["components"]["schemas"][wanted].is_object(), "{name} names {wanted}");
        }
    }
}
