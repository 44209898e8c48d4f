//! What outlives an agent and a process: conversations, and that a message is sent once. Whoever isn't there is said to be
//! gone, and whoever asks while an agent ends is answered.

use std::time::Duration;

use rapport_core::directory::{PersonRef, TenantPatch};
use rapport_core::policy::Policy;
use rapport_fabric::Fabric as _;
use rapport_model::{EndpointId, Instance};
use rapport_service::Wire;
use rapport_service::session::SignOutReason;
use rapport_sip::{Method, Request};
use rapport_store::{Fate, Store as _, WebMessage};
use rapport_testkit::client::Event;
use serde_json::{Value, json};

use crate::world::{Browser, PASSWORD, Socket, World, profile};

const LONG_AWAY: Duration = Duration::from_secs(120);

async fn begin(browser: &mut Browser, with: &str) -> String {
    let body = json!({ "person": format!("{with}@one.example") });
    browser.done("POST", "/conversations", body).await["id"].as_str().expect("an id").to_owned()
}

async fn send(browser: &mut Browser, conversation: &str, client_id: &str, text: &str) -> Value {
    let body = json!({ "clientId": client_id, "text": text });
    browser.done("POST", &format!("/conversations/{conversation}/messages"), body).await
}

async fn delivered(socket: &mut Socket, client_id: &str, delivery: &str) -> Value {
    let is_it =
        |event: &Value| event["message"]["clientId"] == client_id && event["message"]["delivery"] == delivery;
    socket.until("message", is_it).await["message"].clone()
}

fn text(request: &Request) -> String {
    String::from_utf8_lossy(&request.body).into_owned()
}

/// How a browser comes to speak to an agent that knows nothing.
#[derive(Clone, Copy, Debug)]
enum Anew {
    Agent,
    Server,
}

async fn anew(world: &mut World, browser: &mut Browser, how: Anew) {
    match how {
        Anew::Agent => tokio::time::sleep(LONG_AWAY).await,
        Anew::Server => {
            world.restart(Duration::from_secs(3)).await;
            world.meets(browser);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_sent_is_not_sent_again_by_the_agent_that_follows() {
    for how in [Anew::Agent, Anew::Server] {
        let mut world = World::new().await;
        // A company that keeps no history has it no worse.
        let policy = Policy { history_days: 0, account_password_sign_in: true, ..Policy::default() };
        let none = TenantPatch { policy: Some(policy), ..TenantPatch::default() };
        world.services.tenants.set(&world.scope, none).await.expect("set");
        let mut kim = world.signed_in("kim").await;
        let mut socket = world.socket(&mut kim, None).await;
        let mut lee = world.desktop(profile("lee", 1)).await;
        let id = begin(&mut kim, "lee").await;
        send(&mut kim, &id, "c1", "first").await;
        lee.request(Method::Message, |_| true).await.expect("told");
        lee.flush().await.expect("taken");
        let sent = delivered(&mut socket, "c1", "sent").await;
        drop(socket);
        anew(&mut world, &mut kim, how).await;
        // The conversation is there as it was left, and its person with it.
        let mut socket = world.socket(&mut kim, None).await;
        socket.until("snapshot", |_| true).await;
        let known = &socket.model["conversations"][0];
        assert_eq!((&known["id"], &known["state"]), (&json!(id), &json!("ended")), "{how:?}");
        assert_eq!(known["with"]["address"], "lee@one.example");
        assert_eq!(known["reason"]["code"], "interrupted");
        assert_eq!(socket.model["presence"][0]["person"], world.id("lee").await);
        if matches!(how, Anew::Server) {
            lee = world.desktop(profile("lee", 2)).await;
        }
        // The browser asks what became of it.
        let again = send(&mut kim, &id, "c1", "first").await;
        assert_eq!((&again["delivery"], &again["id"]), (&json!("sent"), &sent["id"]), "{how:?}");
        assert_eq!(again["at"], sent["at"]);
        // Under a new id it is another message, and begins the conversation again.
        send(&mut kim, &id, "c2", "second").await;
        let told = lee.request(Method::Message, |_| true).await.expect("told");
        assert_eq!(text(&told), "second", "{how:?}");
        lee.flush().await.expect("taken");
        delivered(&mut socket, "c2", "sent").await;
        let open = kim.done("GET", "/snapshot", Value::Null).await["conversations"][0].clone();
        assert_eq!((&open["id"], &open["state"]), (&json!(id), &json!("open")));
        // Nor is it sent from a conversation that was begun anew with the same person.
        kim.done("DELETE", &format!("/conversations/{id}"), Value::Null).await;
        let other = begin(&mut kim, "lee").await;
        assert_ne!(other, id);
        assert_eq!(send(&mut kim, &other, "c1", "first").await["delivery"], "sent");
        assert_eq!(send(&mut kim, &other, "c2", "second").await["delivery"], "sent");
        send(&mut kim, &other, "c3", "third").await;
        let told = lee.request(Method::Message, |_| true).await.expect("told");
        assert_eq!(text(&told), "third", "{how:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_of_which_nobody_knows_says_so_and_is_sent_when_its_person_says_so() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    let id = begin(&mut kim, "lee").await;
    // The server was killed after it had noted the message and before it knew what became of it.
    let noted = WebMessage {
        peer: PersonRef::Person(world.user("lee").await),
        client_id: "c1".to_owned(),
        id: "m1".to_owned(),
        at: world.services.clock().wall(),
        fate: Fate::Unknown,
    };
    let kim_is = world.user("kim").await;
    world.store.note_web_message(&world.scope, kim_is, noted).await.expect("noted");
    let mut lee = world.desktop(profile("lee", 1)).await;
    let told = send(&mut kim, &id, "c1", "was it").await;
    assert_eq!((&told["delivery"], &told["id"]), (&json!("failed"), &json!("m1")));
    assert_eq!(told["reason"]["code"], "interrupted");
    assert_eq!(delivered(&mut socket, "c1", "failed").await["reason"]["code"], "interrupted");
    assert_eq!(send(&mut kim, &id, "c1", "was it").await["delivery"], "sending");
    let message = lee.request(Method::Message, |_| true).await.expect("told");
    assert_eq!(text(&message), "was it");
    lee.flush().await.expect("taken");
    assert_eq!(delivered(&mut socket, "c1", "sent").await["id"], "m1");
    assert_eq!(send(&mut kim, &id, "c1", "was it").await["delivery"], "sent");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_failed_is_sent_by_the_agent_that_follows() {
    for how in [Anew::Agent, Anew::Server] {
        let mut world = World::new().await;
        let mut kim = world.signed_in("kim").await;
        let mut socket = world.socket(&mut kim, None).await;
        let id = begin(&mut kim, "lee").await;
        send(&mut kim, &id, "c1", "later").await;
        assert_eq!(delivered(&mut socket, "c1", "failed").await["reason"]["code"], "offline");
        drop(socket);
        anew(&mut world, &mut kim, how).await;
        let mut socket = world.socket(&mut kim, None).await;
        let mut lee = world.desktop(profile("lee", 1)).await;
        assert_eq!(send(&mut kim, &id, "c1", "later").await["delivery"], "sending", "{how:?}");
        let message = lee.request(Method::Message, |_| true).await.expect("told");
        assert_eq!(text(&message), "later");
        lee.flush().await.expect("taken");
        delivered(&mut socket, "c1", "sent").await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_seen_before_the_agent_ended_is_still_unread() {
    for how in [Anew::Agent, Anew::Server] {
        let mut world = World::new().await;
        let mut kim = world.signed_in("kim").await;
        let mut socket = world.socket(&mut kim, None).await;
        let mut lee = world.desktop(profile("lee", 1)).await;
        let (invite, conversation) = lee.invite("kim@one.example");
        lee.flush().await.expect("written");
        let rings = socket.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
        let id = rings["conversation"]["id"].as_str().expect("an id").to_owned();
        kim.done("POST", &format!("/conversations/{id}/open"), Value::Null).await;
        lee.success(invite).await.expect("answered");
        drop(socket);
        for words in ["one", "two"] {
            let request = lee.message(&conversation, words).expect("a dialog");
            lee.success(request).await.expect("taken");
        }
        // Within the agent's life a browser that comes back is told of each.
        let told = kim.done("GET", &format!("/conversations/{id}/messages"), Value::Null).await;
        let words: Vec<&Value> =
            told["messages"].as_array().expect("a list").iter().map(|m| &m["text"]).collect();
        assert_eq!(words, [&json!("one"), &json!("two")]);
        anew(&mut world, &mut kim, how).await;
        let mut socket = world.socket(&mut kim, None).await;
        socket.until("snapshot", |_| true).await;
        let known = socket.model["conversations"][0].clone();
        assert_eq!((&known["id"], &known["unread"]), (&json!(id), &json!(2)), "{how:?}");
        let last = &known["lastMessage"];
        assert_eq!((&last["text"], &last["conversation"]), (&json!("two"), &json!(id)), "{how:?}");
        socket.say(&format!(r#"{{"type":"seen","conversation":"{id}"}}"#)).await;
        socket.until("conversation", |event| event["conversation"]["unread"] == 0).await;
        drop(socket);
        anew(&mut world, &mut kim, Anew::Agent).await;
        let snapshot = kim.done("GET", "/snapshot", Value::Null).await;
        assert_eq!(snapshot["conversations"][0]["unread"], 0, "{how:?}");
        kim.done("DELETE", &format!("/conversations/{id}"), Value::Null).await;
        anew(&mut world, &mut kim, how).await;
        let snapshot = kim.done("GET", "/snapshot", Value::Null).await;
        assert_eq!(snapshot["conversations"], json!([]), "what was left is left");
    }
}

/// How somebody reads what another of their browsers, which isn't there, has as unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// A while before it comes back.
    Before,
    /// So shortly before that nothing of it has been kept.
    JustBefore,
    /// In a browser that is signed out right after.
    AndSignsOut,
    /// By answering at the desk.
    AtTheDesk,
}

#[tokio::test(start_paused = true)]
async fn what_was_read_while_a_browser_was_away_is_not_unread_when_it_comes_back() {
    for read in [Read::Before, Read::JustBefore, Read::AndSignsOut, Read::AtTheDesk] {
        let mut world = World::new().await;
        let (mut one, mut two) = (world.signed_in("kim").await, world.signed_in("kim").await);
        let (mut of_one, mut of_two) =
            (world.socket(&mut one, None).await, world.socket(&mut two, None).await);
        let (mut ana, mut lee) = (world.signed_in("ana").await, world.signed_in("lee").await);
        for (browser, name) in [(&mut ana, "ana"), (&mut lee, "lee")] {
            let mut socket = world.socket(browser, None).await;
            let id = begin(browser, "kim").await;
            send(browser, &id, name, "is anybody there?").await;
            let rings = |event: &Value| {
                let (talk, with) = (&event["conversation"], format!("{name}@one.example"));
                talk["with"]["address"] == json!(with) && talk["unread"] == 1
            };
            let theirs = of_one.until("conversation", rings).await["conversation"]["id"].clone();
            of_two.until("conversation", rings).await;
            let path = format!("/conversations/{}/open", theirs.as_str().expect("an id"));
            one.done("POST", &path, Value::Null).await;
            delivered(&mut socket, name, "sent").await;
        }
        let unread = |of: &Value, with: &str| {
            let talks = of["conversations"].as_array().expect("a list").iter();
            let with = json!(format!("{with}@one.example"));
            talks.filter(|talk| talk["with"]["address"] == with).map(|talk| talk["unread"].clone()).next()
        };
        let mut desk = world.desktop(profile("lee", 1)).await;
        drop((of_one, of_two));
        tokio::time::sleep(LONG_AWAY).await;
        if read == Read::AtTheDesk {
            let mut kim = world.desktop(profile("kim", 2)).await;
            let (invite, conversation) = kim.invite("lee@one.example");
            kim.flush().await.expect("written");
            desk.request(Method::Invite, |_| true).await.expect("invited");
            desk.flush().await.expect("accepted");
            kim.success(invite).await.expect("accepted");
            let answer = kim.message(&conversation, "here I am").expect("a dialog");
            kim.flush().await.expect("written");
            desk.request(Method::Message, |_| true).await.expect("told");
            desk.flush().await.expect("taken");
            kim.success(answer).await.expect("taken");
        } else {
            let mut of_one = world.socket(&mut one, None).await;
            of_one.until("snapshot", |_| true).await;
            assert_eq!(unread(&of_one.model, "lee"), Some(json!(1)));
            let talks = of_one.model["conversations"].as_array().expect("a list").iter();
            let lee_is = talks.filter(|talk| talk["with"]["address"] == "lee@one.example");
            let id = lee_is.map(|talk| talk["id"].clone()).next().expect("it is there");
            of_one.say(&format!(r#"{{"type":"seen","conversation":{id}}}"#)).await;
            of_one.until("conversation", |event| event["conversation"]["unread"] == 0).await;
            match read {
                Read::Before => tokio::time::sleep(Duration::from_secs(3)).await,
                Read::AndSignsOut => drop(one.done("DELETE", "/session", Value::Null).await),
                Read::JustBefore | Read::AtTheDesk => {}
            }
        }
        let mut of_two = world.socket(&mut two, None).await;
        of_two.until("snapshot", |_| true).await;
        if read == Read::JustBefore && unread(&of_two.model, "lee") != Some(json!(0)) {
            of_two.until("conversation", |event| event["conversation"]["unread"] == 0).await;
        }
        assert_eq!(unread(&of_two.model, "lee"), Some(json!(0)), "{read:?}");
        assert_eq!(unread(&of_two.model, "ana"), Some(json!(1)), "{read:?}: nobody has read that");
    }
}

#[tokio::test(start_paused = true)]
async fn another_browser_of_the_same_person_has_conversations_of_its_own() {
    let mut world = World::new().await;
    let (mut one, mut two) = (world.signed_in("kim").await, world.signed_in("kim").await);
    begin(&mut one, "lee").await;
    anew(&mut world, &mut one, Anew::Server).await;
    world.meets(&mut two);
    assert_eq!(two.done("GET", "/snapshot", Value::Null).await["conversations"], json!([]));
    let known = one.done("GET", "/snapshot", Value::Null).await["conversations"].clone();
    assert_eq!(known[0]["with"]["address"], "lee@one.example");
    assert_eq!(known[0]["reason"], Value::Null, "nothing was interrupted");
}

#[tokio::test(start_paused = true)]
async fn conversations_follow_the_browser_in_which_the_password_is_changed() {
    const NEW: &str = "copper teapot 81 glides";
    let mut world = World::new().await;
    let (mut one, mut two) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let (mut of_one, _of_two) = (world.socket(&mut one, None).await, world.socket(&mut two, None).await);
    begin(&mut two, "ana").await;
    let mut lee = world.desktop(profile("lee", 1)).await;
    let (invite, conversation) = lee.invite("kim@one.example");
    lee.flush().await.expect("written");
    let rings = of_one.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    let id = rings["conversation"]["id"].as_str().expect("an id").to_owned();
    one.done("POST", &format!("/conversations/{id}/open"), Value::Null).await;
    lee.success(invite).await.expect("answered");
    let request = lee.message(&conversation, "unread").expect("a dialog");
    lee.success(request).await.expect("taken");
    // At once: nothing that is kept now and then has been kept.
    one.done("POST", "/password", json!({ "current": PASSWORD, "new": NEW })).await;
    let mut socket = world.socket(&mut one, None).await;
    socket.until("snapshot", |_| true).await;
    let known = socket.model["conversations"].as_array().expect("a list").clone();
    assert_eq!(known.len(), 1, "and none of another browser's: {known:?}");
    assert_eq!((&known[0]["id"], &known[0]["unread"]), (&json!(id), &json!(1)));
    assert_eq!((&known[0]["state"], &known[0]["reason"]["code"]), (&json!("ended"), &json!("interrupted")));
    // Writing in it goes on.
    lee.request(Method::Bye, |_| true).await.expect("the old one has left");
    lee.flush().await.expect("answered");
    send(&mut one, &id, "c1", "still there").await;
    let told = lee.request(Method::Message, |_| true).await.expect("told");
    assert_eq!(text(&told), "still there");
    lee.flush().await.expect("taken");
    delivered(&mut socket, "c1", "sent").await;
    two.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
    let (status, _) = two.sign_in("kim@one.example", NEW).await;
    let snapshot = two.done("GET", "/snapshot", Value::Null).await;
    assert_eq!((status, &snapshot["conversations"]), (200, &json!([])), "a new session begins with none");
}

#[tokio::test(start_paused = true)]
async fn whoever_writes_to_somebody_whose_browser_is_gone_is_told_at_once() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (mut of_kim, of_lee) = (world.socket(&mut kim, None).await, world.socket(&mut lee, None).await);
    let mut ana = world.desktop(profile("ana", 1)).await;
    drop(of_lee);
    let now = tokio::time::Instant::now;
    // A browser that is only being reloaded is waited for.
    let id = begin(&mut kim, "lee").await;
    let asked = now();
    send(&mut kim, &id, "c1", "hello").await;
    assert_eq!(delivered(&mut of_kim, "c1", "failed").await["reason"]["code"], "offline");
    assert!((14..=16).contains(&asked.elapsed().as_secs()), "{:?}", asked.elapsed());
    let asked = now();
    send(&mut kim, &id, "c2", "hello").await;
    assert_eq!(delivered(&mut of_kim, "c2", "failed").await["reason"]["code"], "offline");
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    // Nothing of it is unread, since who wrote it was told that it did not arrive.
    let conversation = lee.done("GET", "/snapshot", Value::Null).await["conversations"][0].clone();
    assert_eq!(
        (&conversation["state"], &conversation["reason"]["code"]),
        (&json!("ended"), &json!("cancelled"))
    );
    // Who is back is reached.
    let _of_lee = world.socket(&mut lee, None).await;
    let (invite, _) = ana.invite("lee@one.example");
    ana.flush().await.expect("written");
    let rings = |event: &Event| matches!(event, Event::Progress { request, response } if *request == invite && response.status.as_u16() == 180);
    ana.expect("ringing", rings).await.expect("it rings");
}

#[tokio::test(start_paused = true)]
async fn nobody_who_is_not_to_be_disturbed_is_waited_for() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (mut of_kim, of_lee) = (world.socket(&mut kim, None).await, world.socket(&mut lee, None).await);
    lee.done("PUT", "/me/status", json!({ "chosen": "doNotDisturb" })).await;
    drop(of_lee);
    let id = begin(&mut kim, "lee").await;
    let asked = tokio::time::Instant::now();
    send(&mut kim, &id, "c1", "hello").await;
    assert_eq!(delivered(&mut of_kim, "c1", "failed").await["reason"]["code"], "do-not-disturb");
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_asks_while_an_agent_ends_is_answered_by_the_one_that_follows() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    socket.until("snapshot", |_| true).await;
    let id = begin(&mut kim, "lee").await;
    let this = socket.model["endpoints"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/conversations/{id}/messages");
    let asked = (0..40).map(|number| {
        let (mut browser, path) = (kim.clone(), path.clone());
        async move {
            for _ in 0..number {
                tokio::task::yield_now().await;
            }
            browser.send("GET", &path, Value::Null).await
        }
    });
    let instance = Instance::parse(&this).expect("an instance");
    let (fabric, scope) = (world.fabric.clone(), world.scope.clone());
    let endpoint = EndpointId { user: world.user("kim").await, instance };
    // Its web session goes on.
    let end = async { fabric.order(&scope, endpoint, Wire::SignOut(SignOutReason::TooSlow)).await };
    let all = futures_util::future::join_all(asked);
    let (_, answers) = tokio::join!(end, all);
    for (status, body) in answers {
        assert_eq!(status, 200, "{body}");
    }
    let snapshot = kim.done("GET", "/snapshot", Value::Null).await;
    assert_eq!(snapshot["conversations"][0]["id"], json!(id));
}
