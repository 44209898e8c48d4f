//! Whether a browser is used is known before anybody is told that it is there.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::world::{Browser, Socket, World};

/// Lee's browser, in which Kim is a contact.
async fn watching(world: &mut World, lee: &mut Browser) -> Socket {
    lee.done("PUT", "/contacts/kim@one.example", json!({ "groups": [] })).await;
    let mut socket = world.socket(lee, None).await;
    socket.until("snapshot", |_| true).await;
    socket
}

/// What somebody was shown to do since the last time that this was asked, once each in a row.
async fn shown(socket: &mut Socket, of: &str) -> Vec<String> {
    while socket.come().await {}
    let heard = std::mem::take(&mut socket.heard);
    let all = heard.iter().filter_map(|event| event["presence"].as_array()).flatten();
    let mut shown: Vec<String> = all
        .filter(|presence| presence["person"] == of)
        .filter_map(|presence| presence["availability"].as_str().map(str::to_owned))
        .collect();
    shown.dedup();
    shown
}

/// Lets time go on while browsers answer what the server asks them.
async fn stay(sockets: &mut [&mut Socket], secs: u64) {
    let reading = sockets.iter_mut().map(|socket| async {
        let reading = async {
            loop {
                socket.next().await;
            }
        };
        let _ = timeout(Duration::from_secs(secs), reading).await;
    });
    futures_util::future::join_all(reading).await;
}

/// Whether an event shows somebody so.
fn is(availability: &str) -> impl Fn(&Value) -> bool + '_ {
    move |event| event["presence"][0]["availability"] == availability
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Back {
    /// Within a minute, to the agent that it had.
    Soon,
    /// To an agent that is started for it.
    Later,
    /// To a server that was started anew.
    Restarted,
}

#[tokio::test(start_paused = true)]
async fn nobody_ever_sees_available_whose_browser_comes_back_without_having_been_used() {
    for back in [Back::Soon, Back::Later, Back::Restarted] {
        let mut world = World::new().await;
        let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
        let (mut of_lee, kim_is) = (watching(&mut world, &mut lee).await, world.id("kim").await);
        let mut of_kim = world.socket(&mut kim, None).await;
        let hello = of_kim.next().await;
        of_kim.until("snapshot", |_| true).await;
        of_lee.until("presence", is("available")).await;
        of_kim.say(r#"{"type":"activity","active":false}"#).await;
        stay(&mut [&mut of_kim, &mut of_lee], 1000).await;
        assert_eq!(of_kim.model["me"]["availability"], "away");
        let want = ["available", "availableIdle", "away"];
        assert_eq!(shown(&mut of_lee, &kim_is).await, want, "{back:?}");
        let (stream, after) = (hello["stream"].as_str().expect("a stream").to_owned(), of_kim.seq);
        let model = std::mem::take(&mut of_kim.model);
        drop(of_kim);
        match back {
            Back::Soon => stay(&mut [&mut of_lee], 20).await,
            Back::Later => {
                of_lee.until("presence", is("offline")).await;
                assert_eq!(shown(&mut of_lee, &kim_is).await, ["offline"]);
            }
            Back::Restarted => {
                drop(of_lee);
                world.restart(Duration::from_secs(3)).await;
                world.meets(&mut kim);
                world.meets(&mut lee);
                of_lee = watching(&mut world, &mut lee).await;
                shown(&mut of_lee, &kim_is).await;
            }
        }
        let more = format!("&stream={stream}&after={after}&idle=1400");
        let mut of_kim = world.asked(&mut kim, &more).await.expect("switched");
        (of_kim.seq, of_kim.model) = (after, model);
        assert_eq!(of_kim.next().await["resumed"], json!(back == Back::Soon));
        match back {
            Back::Soon => stay(&mut [&mut of_kim, &mut of_lee], 5).await,
            Back::Later | Back::Restarted => drop(of_lee.until("presence", is("away")).await),
        }
        let want: &[&str] = if back == Back::Soon { &[] } else { &["away"] };
        assert_eq!(shown(&mut of_lee, &kim_is).await, want, "{back:?}");
        // Time goes on, and nothing comes of it.
        stay(&mut [&mut of_kim, &mut of_lee], 1000).await;
        assert_eq!(shown(&mut of_lee, &kim_is).await, [""; 0], "{back:?}");
        of_kim.say(r#"{"type":"activity","active":true}"#).await;
        of_lee.until("presence", is("available")).await;
        assert_eq!(shown(&mut of_lee, &kim_is).await, ["available"], "{back:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_browser_is_what_the_time_without_use_makes_of_it_and_goes_on_from_there() {
    for (idle, first, wait, then) in [
        ("", "available", 3600, "available"),
        ("&idle=0", "available", 3600, "available"),
        ("&idle=299", "available", 3600, "available"),
        ("&idle=300", "availableIdle", 840, "availableIdle"),
        ("&idle=900", "availableIdle", 240, "availableIdle"),
        ("&idle=900", "availableIdle", 340, "away"),
        ("&idle=1200", "away", 10, "away"),
        ("&idle=4294967295", "away", 10, "away"),
    ] {
        let mut world = World::new().await;
        let mut kim = world.signed_in("kim").await;
        let mut socket = world.asked(&mut kim, idle).await.expect("switched");
        let mut now = async || kim.done("GET", "/snapshot", Value::Null).await["me"]["availability"].clone();
        assert_eq!(now().await, first, "{idle}");
        stay(&mut [&mut socket], wait).await;
        assert_eq!(now().await, then, "{idle}, {wait} s later");
    }
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    for wrong in ["&idle=-1", "&idle=", "&idle=long", "&idle=1.5", "&idle=4294967296", "&idle=1&idle=1"] {
        let Err(answer) = world.asked(&mut kim, wrong).await else { panic!("{wrong} was taken") };
        assert!(answer.starts_with("HTTP/1.1 400"), "{wrong}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_several_tabs_the_one_that_was_used_last_counts() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let now = async |kim: &mut Browser| {
        kim.done("GET", "/snapshot", Value::Null).await["me"]["availability"].clone()
    };
    let _long = world.asked(&mut kim, "&idle=7200").await.expect("switched");
    assert_eq!(now(&mut kim).await, "away");
    let _short = world.asked(&mut kim, "&idle=400").await.expect("switched");
    assert_eq!(now(&mut kim).await, "availableIdle");
    let _longer = world.asked(&mut kim, "&idle=9000").await.expect("switched");
    assert_eq!(now(&mut kim).await, "availableIdle", "another tab is no news of this one");
    let used = world.asked(&mut kim, "").await.expect("switched");
    assert_eq!(now(&mut kim).await, "available");
    let _idle = world.asked(&mut kim, "&idle=9000").await.expect("switched");
    assert_eq!(now(&mut kim).await, "available");
    drop(used);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(now(&mut kim).await, "availableIdle", "it was used until then");
}

#[tokio::test(start_paused = true)]
async fn who_speaks_without_a_socket_is_away_but_for_a_while_after_what_they_do() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (mut of_lee, kim_is) = (watching(&mut world, &mut lee).await, world.id("kim").await);
    // A program asks again and again, by itself.
    let me = |snapshot: &Value| snapshot["me"]["availability"].as_str().expect("one").to_owned();
    for _ in 0..10 {
        assert_eq!(me(&kim.done("GET", "/snapshot", Value::Null).await), "away");
        stay(&mut [&mut of_lee], 20).await;
    }
    assert_eq!(shown(&mut of_lee, &kim_is).await, ["away"]);
    kim.done("PUT", "/me/note", json!({ "text": "here I am" })).await;
    of_lee.until("presence", is("available")).await;
    for _ in 0..70 {
        kim.done("GET", "/snapshot", Value::Null).await;
        stay(&mut [&mut of_lee], 20).await;
    }
    assert_eq!(shown(&mut of_lee, &kim_is).await, ["available", "availableIdle", "away"]);
    // What begins with a change is as it goes on after one.
    stay(&mut [&mut of_lee], 120).await;
    kim.done("PUT", "/me/note", json!({ "text": "and again" })).await;
    for _ in 0..20 {
        kim.done("GET", "/snapshot", Value::Null).await;
        stay(&mut [&mut of_lee], 20).await;
    }
    assert_eq!(shown(&mut of_lee, &kim_is).await, ["offline", "available", "availableIdle"]);
    // A socket knows better.
    let mut used = world.asked(&mut kim, "").await.expect("switched");
    of_lee.until("presence", is("available")).await;
    used.say(r#"{"type":"activity","active":false}"#).await;
    of_lee.until("presence", is("availableIdle")).await;
    kim.done("PUT", "/me/note", json!({ "text": "by itself" })).await;
    stay(&mut [&mut of_lee, &mut used], 40).await;
    assert_eq!(shown(&mut of_lee, &kim_is).await, ["available", "availableIdle"]);
}
