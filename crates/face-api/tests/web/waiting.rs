//! What waits behind an invitation that nobody has answered, when whoever wrote it goes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::conversations::{begin, delivered, send};
use crate::history::past;
use crate::world::{Browser, Socket, World, profile};

/// How somebody goes while what they wrote waits.
#[derive(Clone, Copy, Debug)]
enum Going {
    LeavesTheConversation,
    SignsOut,
    ClosesTheBrowser,
}

async fn ringing(socket: &mut Socket) -> String {
    let rings = socket.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    rings["conversation"]["id"].as_str().expect("an id").to_owned()
}

/// Returns what is kept of what two have said, as texts, and what became of it.
async fn kept(browser: &mut Browser, with: &str) -> Vec<(String, String)> {
    let messages = past(browser, &format!("with={with}@one.example")).await;
    let field = |message: &Value, name: &str| message[name].as_str().expect("a text").to_owned();
    messages.iter().map(|message| (field(message, "text"), field(message, "delivery"))).collect()
}

#[tokio::test(start_paused = true)]
async fn what_waits_behind_an_invitation_is_said_to_have_failed_when_its_writer_goes() {
    for how in [Going::LeavesTheConversation, Going::SignsOut, Going::ClosesTheBrowser] {
        let mut world = World::new().await;
        let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
        let (mut of_kim, mut of_lee) =
            (world.socket(&mut kim, None).await, world.socket(&mut lee, None).await);
        let id = begin(&mut kim, "lee").await;
        for (client_id, text) in [("c1", "one"), ("c2", "two"), ("c3", "three")] {
            assert_eq!(send(&mut kim, &id, client_id, text).await["delivery"], "sending");
        }
        ringing(&mut of_lee).await;
        match how {
            Going::LeavesTheConversation => {
                kim.done("DELETE", &format!("/conversations/{id}"), Value::Null).await;
            }
            Going::SignsOut => {
                kim.done("DELETE", "/session", Value::Null).await;
            }
            Going::ClosesTheBrowser => {
                drop(of_kim);
                of_lee.until("conversation", |event| event["conversation"]["state"] == "ended").await;
                of_kim = world.socket(&mut kim, None).await;
            }
        }
        if !matches!(how, Going::ClosesTheBrowser) {
            for client_id in ["c1", "c2", "c3"] {
                let told = delivered(&mut of_kim, client_id, "failed").await;
                assert_eq!(told["reason"]["code"], "interrupted", "{how:?}");
            }
            of_lee.until("conversation", |event| event["conversation"]["state"] == "ended").await;
        }
        if matches!(how, Going::SignsOut) {
            kim = world.signed_in("kim").await;
            of_kim = world.socket(&mut kim, None).await;
        }
        world.services.history.settle().await;
        let failed = ["one", "two", "three"].map(|text| (text.to_owned(), "failed".to_owned()));
        assert_eq!(kept(&mut kim, "lee").await, failed, "{how:?}");
        assert_eq!(kept(&mut lee, "kim").await, [], "{how:?}");
        // Each is sent when its writer says so, since it is known that it was not.
        let id = begin(&mut kim, "lee").await;
        for (client_id, text) in [("c1", "one"), ("c2", "two"), ("c3", "three")] {
            assert_eq!(send(&mut kim, &id, client_id, text).await["delivery"], "sending", "{how:?}");
        }
        let theirs = ringing(&mut of_lee).await;
        lee.done("POST", &format!("/conversations/{theirs}/open"), Value::Null).await;
        for client_id in ["c1", "c2", "c3"] {
            delivered(&mut of_kim, client_id, "sent").await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_arrives_while_its_writer_goes_is_not_said_to_have_failed() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (mut of_kim, mut of_lee) = (world.socket(&mut kim, None).await, world.socket(&mut lee, None).await);
    for round in 0..40 {
        let id = begin(&mut kim, "lee").await;
        let (carried, behind) = (format!("carried {round}"), format!("behind {round}"));
        send(&mut kim, &id, &carried, &carried).await;
        send(&mut kim, &id, &behind, &behind).await;
        let theirs = ringing(&mut of_lee).await;
        let (path, mine) = (format!("/conversations/{theirs}/open"), format!("/conversations/{id}"));
        let goes = async {
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            kim.done("DELETE", &mine, Value::Null).await
        };
        tokio::join!(lee.send("POST", &path, Value::Null), goes);
        of_kim.until("conversationGone", |event| event["conversation"] == json!(id)).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        lee.done("DELETE", &format!("/conversations/{theirs}"), Value::Null).await;
        of_lee.until("conversationGone", |event| event["conversation"] == json!(theirs)).await;
        let failed = |text: &str| {
            let is_it = |event: &&Value| event["message"]["clientId"] == *text;
            of_kim.heard.iter().filter(is_it).any(|event| event["message"]["delivery"] == "failed")
        };
        world.services.history.settle().await;
        let heard = kept(&mut lee, "kim").await;
        for text in [&carried, &behind] {
            let has_arrived = heard.iter().any(|(heard, _)| heard == text);
            assert_ne!(has_arrived, failed(text), "{text}");
        }
        let sent = kept(&mut kim, "lee").await.into_iter().filter(|(_, delivery)| delivery == "sent");
        assert_eq!(sent.collect::<Vec<_>>(), heard, "{round}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_sent_however_much_is_said_meanwhile() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (mut of_kim, mut of_lee) = (world.socket(&mut kim, None).await, world.socket(&mut lee, None).await);
    let id = begin(&mut kim, "lee").await;
    for (client_id, text) in [("c1", "one"), ("c2", "two")] {
        assert_eq!(send(&mut kim, &id, client_id, text).await["delivery"], "sending");
    }
    let theirs = ringing(&mut of_lee).await;
    // Lee has a program, too, that was not called; with it Lee says more than an agent keeps.
    let mut desk = world.desktop(profile("lee", 1)).await;
    let (invite, conversation) = desk.invite("kim@one.example");
    desk.success(invite).await.expect("answered");
    for _ in 0..2 {
        let request = desk.message(&conversation, &"x".repeat(100 * 1024)).expect("a dialog");
        desk.success(request).await.expect("taken");
    }
    let told = kim.done("GET", &format!("/conversations/{id}/messages"), Value::Null).await;
    let told = told["messages"].as_array().expect("a list").iter();
    let lengths: Vec<usize> = told.map(|message| message["text"].as_str().expect("a text").len()).collect();
    assert_eq!(lengths, [3, 3, 100 * 1024], "what waits is kept, and the last of what came");
    lee.done("POST", &format!("/conversations/{theirs}/open"), Value::Null).await;
    for client_id in ["c1", "c2"] {
        delivered(&mut of_kim, client_id, "sent").await;
    }
    of_lee.until("message", |event| event["message"]["text"] == "two").await;
}

#[tokio::test(start_paused = true)]
async fn what_finds_no_room_among_that_which_waits_is_refused() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (mut of_kim, mut of_lee) = (world.socket(&mut kim, None).await, world.socket(&mut lee, None).await);
    let id = begin(&mut kim, "lee").await;
    let long = "x".repeat(16 * 1024);
    for number in 0..8 {
        assert_eq!(send(&mut kim, &id, &format!("c{number}"), &long).await["delivery"], "sending");
    }
    let path = format!("/conversations/{id}/messages");
    let one_more = json!({ "clientId": "c8", "text": "x" });
    let refused = kim.refused("POST", &path, one_more.clone(), 429, "too-many-requests").await;
    assert_eq!(refused["retryAfterSecs"], 5);
    let theirs = ringing(&mut of_lee).await;
    lee.done("POST", &format!("/conversations/{theirs}/decline"), Value::Null).await;
    for number in 0..8 {
        delivered(&mut of_kim, &format!("c{number}"), "failed").await;
    }
    assert_eq!(kim.done("POST", &path, one_more).await["delivery"], "sending", "there is room again");
}
