//! kill -9 while a browser sends messages, and while a choice with an end stands: nothing is sent twice, nothing is lost in
//! silence, and the choice ends at its time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rapport_model::Timestamp;
use rapport_power::browser::Browser;
use rapport_power::{below, seed, setup, signed_in};
use rapport_sip::Method;
use rapport_testkit::chance::Chance;
use rapport_testkit::clock::SystemClock;
use real_clients::Server;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

/// Kills of an ordinary run; `RAPPORT_KILLS` says otherwise.
const KILLS: u64 = 6;

/// What came to Lee's program, each with how often.
type Heard = Arc<Mutex<BTreeMap<String, u32>>>;

/// Reads what comes to Lee until the server is gone.
async fn hear(server: &Server, round: u64, heard: Heard, there: &Notify) {
    let mut lee = signed_in(server, "lee", round).await.expect("sign-in after a start");
    there.notify_one();
    while let Ok(event) = lee.next_event().await {
        if let Some(request) = event.as_request().filter(|request| request.method == Method::Message) {
            let text = String::from_utf8_lossy(&request.body).into_owned();
            *heard.lock().expect("whole").entry(text).or_default() += 1;
        }
        if lee.flush().await.is_err() {
            return;
        }
    }
}

async fn begin(kim: &Browser, server: &Server) -> Option<String> {
    let body = json!({ "person": "lee@example.com" });
    let (_, begun) = kim.send(server, "POST", "/conversations", &body).await?;
    begun["id"].as_str().map(str::to_owned)
}

async fn say(kim: &Browser, server: &Server, conversation: &str, number: u64) -> Option<Value> {
    let body = json!({ "clientId": format!("c{number}"), "text": text(number) });
    let path = format!("/conversations/{conversation}/messages");
    loop {
        let (status, message) = kim.send(server, "POST", &path, &body).await?;
        if status != 429 {
            assert_eq!(status, 200, "{message}");
            return Some(message);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn text(number: u64) -> String {
    format!("message {number}")
}

/// Waits until nothing is on its way any more.
async fn settled(kim: &Browser, server: &Server, conversation: &str) {
    let path = format!("/conversations/{conversation}/messages");
    loop {
        let (_, known) = kim.send(server, "GET", &path, &Value::Null).await.expect("the server is there");
        let known = known["messages"].as_array().cloned().unwrap_or_default();
        if known.iter().all(|message| message["delivery"] != "sending") {
            assert!(
                known.iter().all(|m| m["delivery"] == "sent" || m["reason"]["code"] == "interrupted"),
                "{known:?}"
            );
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_message_of_a_browser_comes_once_however_often_the_server_is_killed() {
    let kills = std::env::var("RAPPORT_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    let (chance, runtime) = (Chance::new(seed()), Runtime::new().expect("a runtime"));
    let mut server = Server::with(setup());
    server.add_company("example", "example.com");
    for name in ["kim", "lee"] {
        server.add_user("example", name, "example.com");
    }
    let heard = Heard::default();
    let kim = runtime.block_on(Browser::signed_in(&server, "kim")).expect("signed in");
    let (mut before, mut last, mut unknown) = (0, 0, Vec::new());
    for round in 0..=kills {
        let (process, pause) =
            (server.process().expect("it runs"), Duration::from_millis(below(&chance, 400)));
        let (asked_from, from, is_last) = (before, last, round == kills);
        let sent = runtime.block_on(async {
            let there = Notify::new();
            let hearing = hear(&server, round, heard.clone(), &there);
            let saying = async {
                // Lee's program is there before Kim says anything.
                there.notified().await;
                let conversation = begin(&kim, &server).await.expect("begun");
                // What was said in the round before is asked for again, as a browser does that lost its server.
                for number in asked_from..from {
                    let again = say(&kim, &server, &conversation, number).await.expect("answered");
                    if again["delivery"] == "failed" {
                        assert_eq!(again["reason"]["code"], "interrupted", "{again}");
                        unknown.push(number);
                    }
                }
                settled(&kim, &server, &conversation).await;
                if is_last {
                    return from;
                }
                let killing = async {
                    tokio::time::sleep(pause).await;
                    let killed =
                        std::process::Command::new("kill").args(["-9", &process.to_string()]).status();
                    assert!(killed.is_ok_and(|status| status.success()), "the server could not be killed");
                };
                let talking = async {
                    let mut number = from;
                    while say(&kim, &server, &conversation, number).await.is_some() {
                        number += 1;
                    }
                    // The one that was not answered may have been taken.
                    number + 1
                };
                tokio::join!(killing, talking).1
            };
            tokio::select! {
                sent = saying => sent,
                () = async { hearing.await; std::future::pending::<()>().await } => unreachable!(),
            }
        });
        (before, last) = (last, sent);
        server.kill();
        if !is_last {
            server.restart();
        }
    }
    let heard = heard.lock().expect("whole");
    for number in 0..last {
        let times = heard.get(&text(number)).copied().unwrap_or(0);
        if unknown.contains(&number) {
            assert!(times <= 1, "{number} came {times} times, and was said to be unknown");
        } else {
            assert_eq!(times, 1, "{number} of {last}; unknown: {unknown:?}\n{}", server.logged());
        }
    }
    eprintln!("{last} messages over {kills} kills, of {} nobody knows", unknown.len());
    assert!(unknown.len() as u64 <= kills * 3, "{unknown:?}");
}

#[test]
fn a_choice_ends_at_its_time_although_the_server_was_killed_in_between() {
    let runtime = Runtime::new().expect("a runtime");
    let mut server = Server::with(setup());
    server.add_company("example", "example.com");
    server.add_user("example", "kim", "example.com");
    let kim = runtime.block_on(Browser::signed_in(&server, "kim")).expect("signed in");
    let chosen = |server: &Server| {
        let snapshot = runtime.block_on(kim.send(server, "GET", "/snapshot", &Value::Null));
        snapshot.expect("answered").1["me"]["chosen"].clone()
    };
    let now = || SystemClock.wall_time();
    let choose = |server: &Server, chosen: &str, span: Duration| {
        let until = now().plus(span);
        let body = json!({ "chosen": chosen, "until": format!("{}Z", until.to_publish_time()) });
        let (status, me) = runtime.block_on(kim.send(server, "PUT", "/me/status", &body)).expect("answered");
        assert_eq!(status, 200, "{me}");
        until
    };
    // Ends while nobody serves.
    let until = choose(&server, "away", Duration::from_secs(2));
    server.kill();
    while now() <= until {
        std::thread::sleep(Duration::from_millis(20));
    }
    let restarting = now();
    server.restart();
    assert_eq!(chosen(&server), "automatic");
    let start = now().since(restarting);
    // Ends in the life that follows, neither early nor never.
    let until = choose(&server, "busy", Duration::from_secs(4) + start * 4);
    server.kill();
    server.restart();
    let mut last_seen = Timestamp(0);
    loop {
        let before = now();
        if chosen(&server) == "automatic" {
            assert!(now() >= until, "too early by {:?}", until.since(now()));
            assert!(last_seen.0 > 0, "it was never seen: the server took too long to start");
            return;
        }
        last_seen = before;
        assert!(before <= until.plus(Duration::from_secs(20)), "it never ended");
        std::thread::sleep(Duration::from_millis(50));
    }
}
