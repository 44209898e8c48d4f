//! Conversations: browser to browser, and browser beside scripted desktop clients, both directions.

use std::time::Duration;

use rapport_sip::{HeaderName, Method, Request, StatusCode};
use rapport_testkit::client::{Event, Invitations};
use serde_json::{Value, json};

use crate::world::{Browser, Socket, World, profile};

pub(crate) async fn begin(browser: &mut Browser, with: &str) -> String {
    let begun =
        browser.done("POST", "/conversations", json!({ "person": format!("{with}@one.example") })).await;
    begun["id"].as_str().expect("an id").to_owned()
}

pub(crate) async fn send(browser: &mut Browser, conversation: &str, client_id: &str, text: &str) -> Value {
    let body = json!({ "clientId": client_id, "text": text });
    browser.done("POST", &format!("/conversations/{conversation}/messages"), body).await
}

pub(crate) async fn delivered(socket: &mut Socket, client_id: &str, delivery: &str) -> Value {
    let is_it =
        |event: &Value| event["message"]["clientId"] == client_id && event["message"]["delivery"] == delivery;
    socket.until("message", is_it).await["message"].clone()
}

fn text(request: &Request) -> String {
    String::from_utf8_lossy(&request.body).into_owned()
}

#[tokio::test(start_paused = true)]
async fn two_browsers_talk_and_nothing_is_answered_before_it_is_opened() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (mut of_kim, mut of_lee) = (world.socket(&mut kim, None).await, world.socket(&mut lee, None).await);
    let id = begin(&mut kim, "lee").await;
    let sent = send(&mut kim, &id, "c1", "hello <b>").await;
    assert_eq!((&sent["delivery"], &sent["direction"]), (&json!("sending"), &json!("out")));
    let rings = of_lee.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    assert_eq!(rings["conversation"]["with"]["address"], "kim@one.example");
    let told = of_lee.until("message", |_| true).await["message"].clone();
    assert_eq!((&told["text"], &told["direction"]), (&json!("hello <b>"), &json!("in")));
    let unread = of_lee.until("conversation", |event| event["conversation"]["unread"] == 1).await;
    let theirs = unread["conversation"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(of_kim.model["conversations"], Value::Null, "nothing was told to the caller yet");
    lee.done("POST", &format!("/conversations/{theirs}/open"), Value::Null).await;
    delivered(&mut of_kim, "c1", "sent").await;
    of_kim.until("conversation", |event| event["conversation"]["state"] == "open").await;
    // The same id of the browser's is the same message.
    let again = send(&mut kim, &id, "c1", "hello <b>").await;
    assert_eq!((&again["id"], &again["delivery"]), (&sent["id"], &json!("sent")));
    for (n, words) in ["one", "two", "three"].into_iter().enumerate() {
        send(&mut kim, &id, &format!("d{n}"), words).await;
        let told = of_lee.until("message", |event| event["message"]["direction"] == "in").await;
        assert_eq!(told["message"]["text"], words);
    }
    let seen = of_lee.model["conversations"][0]["lastMessage"]["id"].as_str().map(str::to_owned);
    let seen = match seen {
        Some(seen) => seen,
        None => of_lee.until("conversation", |_| true).await["conversation"]["lastMessage"]["id"].to_string(),
    };
    let seen = seen.trim_matches('"');
    of_lee.say(&format!(r#"{{"type":"seen","conversation":"{theirs}","message":"{seen}"}}"#)).await;
    of_lee.until("conversation", |event| event["conversation"]["unread"].as_u64() <= Some(1)).await;
    lee.done("POST", &format!("/conversations/{theirs}/typing"), json!({ "typing": true })).await;
    let typing = of_kim.until("typing", |_| true).await;
    assert_eq!((&typing["typing"], &typing["person"]), (&json!(true), &json!(world.id("lee").await)));
    send(&mut lee, &theirs, "l1", "hi").await;
    assert_eq!(of_kim.until("message", |e| e["message"]["direction"] == "in").await["message"]["text"], "hi");
    kim.done("DELETE", &format!("/conversations/{id}"), Value::Null).await;
    of_kim.until("conversationGone", |event| event["conversation"] == id.as_str()).await;
    let ended = of_lee.until("conversation", |event| event["conversation"]["state"] == "ended").await;
    assert_eq!(ended["conversation"]["reason"]["code"], "left");
    // Writing again begins anew.
    send(&mut lee, &theirs, "l2", "are you there").await;
    let rings = of_kim.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    let new = rings["conversation"]["id"].as_str().expect("an id").to_owned();
    kim.done("POST", &format!("/conversations/{new}/decline"), Value::Null).await;
    let failed = delivered(&mut of_lee, "l2", "failed").await;
    assert_eq!(failed["reason"]["code"], "declined");
}

#[tokio::test(start_paused = true)]
async fn a_browser_writes_to_a_desktop_client_and_is_answered() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    let mut lee = world.desktop(profile("lee", 1)).await;
    let id = begin(&mut kim, "lee").await;
    send(&mut kim, &id, "c1", "first").await;
    let invite = lee.request(Method::Invite, |_| true).await.expect("invited");
    assert!(invite.headers.get(HeaderName::From).is_some_and(|from| from.starts_with("\"KIM Berg\"")));
    assert!(
        invite
            .headers
            .get(HeaderName::MsTextFormat)
            .is_some_and(|header| header.contains("ms-body=Zmlyc3Q="))
    );
    // This client, as SIPE, takes no words from an invitation: they come as a message.
    let message = lee.request(Method::Message, |_| true).await.expect("told");
    assert_eq!(text(&message), "first");
    assert!(message.headers.get(HeaderName::ContentType).is_some_and(|kind| kind.starts_with("text/plain")));
    lee.flush().await.expect("taken");
    delivered(&mut socket, "c1", "sent").await;
    let html = json!({ "clientId": "c2", "text": "loud", "html": "<b>loud</b>" });
    kim.done("POST", &format!("/conversations/{id}/messages"), html).await;
    let message = lee.request(Method::Message, |_| true).await.expect("told");
    assert_eq!(text(&message), "<b>loud</b>");
    assert!(message.headers.get(HeaderName::ContentType).is_some_and(|kind| kind.starts_with("text/html")));
    kim.done("POST", &format!("/conversations/{id}/typing"), json!({ "typing": true })).await;
    let typing = lee.request(Method::Info, |_| true).await.expect("told");
    assert!(text(&typing).contains("status=\"type\""));
    let conversation = lee.dialogs().next().expect("a dialog").clone();
    let request = lee.message(&conversation, "answer").expect("a dialog");
    lee.success(request).await.expect("taken");
    let told = socket.until("message", |event| event["message"]["direction"] == "in").await;
    assert_eq!(told["message"]["text"], "answer");
    let hostile = "<img src=x onerror=alert(1)><script>x</script>hi";
    let request =
        lee.message_of(&conversation, "text/html", hostile.as_bytes().to_vec().into()).expect("a dialog");
    lee.success(request).await.expect("taken");
    let told = socket.until("message", |event| event["message"]["direction"] == "in").await;
    assert_eq!(
        (&told["message"]["html"], &told["message"]["text"]),
        (&json!(hostile), &json!("hi")),
        "passed on as it is"
    );
    let request = lee.message_of(&conversation, "text/x-msmsgsinvite", "x".into()).expect("a dialog");
    assert_eq!(lee.answer(request).await.expect("answered").status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let request = lee.bye(&conversation).expect("a dialog");
    lee.success(request).await.expect("taken");
    socket.until("conversation", |event| event["conversation"]["state"] == "ended").await;
}

#[tokio::test(start_paused = true)]
async fn a_desktop_client_rings_in_every_browser_and_is_answered_by_one() {
    let mut world = World::new().await;
    let (mut one, mut two) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let (mut of_one, mut of_two) = (world.socket(&mut one, None).await, world.socket(&mut two, None).await);
    let mut lee = world.desktop(profile("lee", 1)).await;
    let (invite, conversation) = lee.invite("kim@one.example");
    lee.flush().await.expect("written");
    let rings = of_one.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    of_two.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    let ringing = |event: &Event| matches!(event, Event::Progress { request, response } if *request == invite && response.status == StatusCode::RINGING);
    lee.expect("ringing", ringing).await.expect("it rings");
    let id = rings["conversation"]["id"].as_str().expect("an id").to_owned();
    one.done("POST", &format!("/conversations/{id}/open"), Value::Null).await;
    let answer = lee.success(invite).await.expect("answered");
    assert!(
        answer.headers.get(HeaderName::Contact).is_some_and(|contact| contact.contains("opaque=user:epid:"))
    );
    let ended = of_two.until("conversation", |event| event["conversation"]["state"] == "ended").await;
    assert_eq!(ended["conversation"]["reason"]["code"], "cancelled");
    let request = lee.message(&conversation, "hello").expect("a dialog");
    lee.success(request).await.expect("taken");
    assert_eq!(of_one.until("message", |_| true).await["message"]["text"], "hello");
    // A second invitation joins the conversation that is open.
    let (invite, _) = lee.invite("kim@one.example");
    lee.success(invite).await.expect("answered");
    // Whoever takes back an invitation leaves nothing that rings.
    let mut ana = world.desktop(profile("ana", 2)).await;
    let (invite, _) = ana.invite("kim@one.example");
    ana.flush().await.expect("written");
    of_one.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    ana.cancel(invite).expect("it waits");
    assert_eq!(ana.answer(invite).await.expect("answered").status, StatusCode::REQUEST_TERMINATED);
    of_one.until("conversation", |event| event["conversation"]["state"] == "ended").await;
}

#[tokio::test(start_paused = true)]
async fn a_browser_is_told_of_what_is_said_by_another_program_of_its_person() {
    let mut world = World::new().await;
    let (mut one, mut two) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let (mut of_one, mut of_two) = (world.socket(&mut one, None).await, world.socket(&mut two, None).await);
    let of_lee = world.id("lee").await;
    let mut lee = world.signed_in("lee").await;
    let mut socket = world.socket(&mut lee, None).await;
    let id = begin(&mut lee, "kim").await;
    send(&mut lee, &id, "a", "is anybody there?").await;
    // It rings in both, and is unread in both; one of them answers.
    let rings = of_one.until("conversation", |event| event["conversation"]["unread"] == 1).await;
    of_two.until("conversation", |event| event["conversation"]["unread"] == 1).await;
    let theirs = rings["conversation"]["id"].as_str().expect("an id").to_owned();
    one.done("POST", &format!("/conversations/{theirs}/open"), Value::Null).await;
    delivered(&mut socket, "a", "sent").await;
    send(&mut lee, &id, "b", "good").await;
    delivered(&mut socket, "b", "sent").await;
    let more = of_two.until("historyMore", |_| true).await;
    assert_eq!(more["person"], json!(of_lee));
    send(&mut one, &theirs, "c", "here I am").await;
    // Who has answered has read it, wherever that was.
    of_two.until("conversation", |event| event["conversation"]["unread"] == 0).await;
    // Who said it and who heard it need no such word.
    tokio::time::sleep(Duration::from_secs(2)).await;
    for socket in [&mut of_one, &mut socket] {
        while socket.come().await {}
        assert!(socket.heard.iter().all(|event| event["type"] != "historyMore"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_said_at_the_desk_is_told_although_what_follows_is_known() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    let (of_lee, mut desk) = (world.id("lee").await, world.desktop(profile("kim", 1)).await);
    let mut lee = world.desktop(profile("lee", 2)).await;
    let (invite, _) = lee.invite_saying("kim@one.example", "lunch?");
    lee.flush().await.expect("written");
    socket.until("conversation", |event| event["conversation"]["unread"] == 1).await;
    desk.request(Method::Invite, |_| true).await.expect("invited");
    desk.flush().await.expect("accepted");
    lee.success(invite).await.expect("accepted");
    let conversation = desk.dialogs().next().expect("a dialog").clone();
    let answer = desk.message(&conversation, "at noon").expect("a dialog");
    desk.flush().await.expect("written");
    lee.request(Method::Message, |_| true).await.expect("told");
    lee.flush().await.expect("taken");
    desk.success(answer).await.expect("taken");
    // What Lee says next rings in the browser, too, and comes into the histories with what was said before. As SIPE's it is
    // said again to whoever has answered.
    let (invite, conversation) = lee.invite_saying("kim@one.example", "where?");
    lee.flush().await.expect("written");
    socket.until("conversation", |event| event["conversation"]["unread"] == 2).await;
    desk.request(Method::Invite, |_| true).await.expect("invited");
    desk.flush().await.expect("accepted");
    lee.success(invite).await.expect("accepted");
    let again = lee.message(&conversation, "where?").expect("a dialog");
    lee.flush().await.expect("written");
    desk.request(Method::Message, |_| true).await.expect("told");
    desk.flush().await.expect("taken");
    lee.success(again).await.expect("taken");
    let more = socket.until("historyMore", |_| true).await;
    assert_eq!(more["person"], json!(of_lee));
    // Who answered has read what was said until then, and no more.
    socket.until("conversation", |event| event["conversation"]["unread"] == 1).await;
    assert_eq!(unread(&mut kim).await, [1]);
}

async fn unread(browser: &mut Browser) -> Vec<Value> {
    let snapshot = browser.done("GET", "/snapshot", Value::Null).await;
    snapshot["conversations"].as_array().expect("a list").iter().map(|one| one["unread"].clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_read_in_one_browser_is_unread_in_no_other() {
    // It is read as it is opened, or by the agents that follow after a restart.
    for is_late in [false, true] {
        let mut world = World::new().await;
        let (mut one, mut two) = (world.signed_in("kim").await, world.signed_in("kim").await);
        let (mut of_one, mut of_two) =
            (world.socket(&mut one, None).await, world.socket(&mut two, None).await);
        let mut lee = world.signed_in("lee").await;
        let mut socket = world.socket(&mut lee, None).await;
        let id = begin(&mut lee, "kim").await;
        send(&mut lee, &id, "a", "is anybody there?").await;
        let rings = of_one.until("conversation", |event| event["conversation"]["unread"] == 1).await;
        of_two.until("conversation", |event| event["conversation"]["unread"] == 1).await;
        let theirs = rings["conversation"]["id"].as_str().expect("an id").to_owned();
        one.done("POST", &format!("/conversations/{theirs}/open"), Value::Null).await;
        delivered(&mut socket, "a", "sent").await;
        of_two.until("conversation", |event| event["conversation"]["state"] == "ended").await;
        if is_late {
            world.restart(Duration::from_secs(3)).await;
            for browser in [&mut one, &mut two] {
                world.meets(browser);
            }
            (of_one, of_two) = (world.socket(&mut one, None).await, world.socket(&mut two, None).await);
            assert_eq!(unread(&mut two).await, [1]);
        }
        of_one.say(&format!(r#"{{"type":"seen","conversation":"{theirs}"}}"#)).await;
        of_one.until("conversation", |event| event["conversation"]["unread"] == 0).await;
        of_two.until("conversation", |event| event["conversation"]["unread"] == 0).await;
        for browser in [&mut one, &mut two] {
            assert_eq!(unread(browser).await, [0], "late: {is_late}");
        }
        world.restart(Duration::from_secs(3)).await;
        for browser in [&mut one, &mut two] {
            world.meets(browser);
            assert_eq!(unread(browser).await, [0], "late: {is_late}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_message_in_an_invitation_is_told_once() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    let mut lee = world.signed_in("lee").await;
    let mut of_lee = world.socket(&mut lee, None).await;
    let id = begin(&mut lee, "kim").await;
    send(&mut lee, &id, "a", "once").await;
    send(&mut lee, &id, "b", "then").await;
    let rings = socket.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    let theirs = rings["conversation"]["id"].as_str().expect("an id").to_owned();
    kim.done("POST", &format!("/conversations/{theirs}/open"), Value::Null).await;
    delivered(&mut of_lee, "b", "sent").await;
    let mut told = Vec::new();
    while told.len() < 2 {
        told.push(socket.until("message", |_| true).await["message"]["text"].clone());
    }
    assert_eq!(told, ["once", "then"]);
    delivered_nothing_more(&mut kim, &theirs, 2).await;
}

async fn delivered_nothing_more(browser: &mut Browser, conversation: &str, unread: u64) {
    let snapshot = browser.done("GET", "/snapshot", Value::Null).await;
    let found =
        snapshot["conversations"].as_array().expect("a list").iter().find(|c| c["id"] == conversation);
    assert_eq!(found.map(|c| &c["unread"]), Some(&json!(unread)));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_delivered_says_why_and_is_tried_again() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    let id = begin(&mut kim, "lee").await;
    send(&mut kim, &id, "c1", "offline").await;
    assert_eq!(delivered(&mut socket, "c1", "failed").await["reason"]["code"], "offline");
    assert_eq!(socket.until("conversation", |_| true).await["conversation"]["state"], "failed");
    let declines = profile("lee", 1).with_invitations(Invitations::Decline(StatusCode::DECLINE));
    let mut lee = world.desktop(declines).await;
    send(&mut kim, &id, "c1", "offline").await;
    lee.request(Method::Invite, |_| true).await.expect("invited");
    lee.flush().await.expect("declined");
    assert_eq!(delivered(&mut socket, "c1", "failed").await["reason"]["code"], "declined");
    drop(lee);
    let mut lee = world.desktop(profile("lee", 2)).await;
    let again = send(&mut kim, &id, "c1", "offline").await;
    assert_eq!(again["delivery"], "sending");
    assert_eq!(text(&lee.request(Method::Message, |_| true).await.expect("told")), "offline");
    lee.flush().await.expect("taken");
    delivered(&mut socket, "c1", "sent").await;
    // Its program goes without a word: the next message finds nobody, and the one after it a new program.
    drop(lee);
    send(&mut kim, &id, "c2", "gone").await;
    delivered(&mut socket, "c2", "failed").await;
    let mut lee = world.desktop(profile("lee", 3)).await;
    send(&mut kim, &id, "c3", "back").await;
    assert_eq!(text(&lee.request(Method::Message, |_| true).await.expect("told")), "back");
    lee.flush().await.expect("taken");
    delivered(&mut socket, "c3", "sent").await;
    // Nobody who does not want to be disturbed is.
    let mut of_lee = world.signed_in("lee").await;
    of_lee.done("PUT", "/me/status", json!({ "chosen": "doNotDisturb" })).await;
    kim.done("DELETE", &format!("/conversations/{id}"), Value::Null).await;
    let id = begin(&mut kim, "lee").await;
    send(&mut kim, &id, "c4", "psst").await;
    assert_eq!(delivered(&mut socket, "c4", "failed").await["reason"]["code"], "do-not-disturb");
}

#[tokio::test(start_paused = true)]
async fn two_who_write_at_once_reach_each_other() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (mut of_kim, mut of_lee) = (world.socket(&mut kim, None).await, world.socket(&mut lee, None).await);
    let (a, b) = (begin(&mut kim, "lee").await, begin(&mut lee, "kim").await);
    let (x, y) = (kim.clone(), lee.clone());
    let (mut x, mut y) = (x, y);
    tokio::join!(send(&mut x, &a, "k", "from kim"), send(&mut y, &b, "l", "from lee"));
    delivered(&mut of_kim, "k", "sent").await;
    delivered(&mut of_lee, "l", "sent").await;
    let snapshot = kim.done("GET", "/snapshot", Value::Null).await;
    assert_eq!(snapshot["conversations"].as_array().map(Vec::len), Some(1));
    assert_eq!(snapshot["conversations"][0]["unread"], 1);
    let snapshot = lee.done("GET", "/snapshot", Value::Null).await;
    assert_eq!(snapshot["conversations"][0]["unread"], 1);
}
