//! History: what was said with whatever program, under the ids of then; its reader's alone, and its reader's to delete.

use std::time::Duration;

use http_body_util::BodyExt as _;
use rapport_core::directory::TenantPatch;
use rapport_core::policy::Policy;
use rapport_sip::Method;
use serde_json::{Value, json};

use crate::conversations::{begin, delivered, send};
use crate::world::{Browser, PASSWORD, Socket, World, profile};

/// Lee's desktop client says all that to Kim's in a conversation that it begins.
async fn say(world: &mut World, texts: &[&str]) {
    let mut kim = world.desktop(profile("kim", 11)).await;
    let mut lee = world.desktop(profile("lee", 12)).await;
    let (invite, talk) = lee.invite("kim@one.example");
    let said = async {
        lee.success(invite).await.expect("accepted");
        for text in texts {
            let message = lee.message(&talk, text).expect("a dialog");
            lee.success(message).await.expect("taken");
        }
    };
    let heard = async {
        loop {
            // Whatever comes is answered.
            if kim.next_event().await.is_err() || kim.flush().await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = said => {}
        () = heard => panic!("Kim's client has gone"),
    }
}

pub(crate) async fn past(browser: &mut Browser, query: &str) -> Vec<Value> {
    let page = browser.done("GET", &format!("/history?{query}"), Value::Null).await;
    page["messages"].as_array().unwrap_or_else(|| panic!("messages: {page}")).clone()
}

fn each(messages: &[Value], field: &str) -> Vec<String> {
    messages.iter().map(|message| message[field].as_str().unwrap_or_default().to_owned()).collect()
}

/// Whether an event says that this is gone.
fn gone<'a>(message: Option<&'a str>, person: Option<&'a str>) -> impl Fn(&Value) -> bool + 'a {
    move |event| event["message"].as_str() == message && event["person"].as_str() == person
}

async fn lines(browser: &Browser) -> Vec<Value> {
    let response = browser.begun("/history/export").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/jsonl");
    let body = response.into_body().collect().await.expect("all of it").to_bytes();
    let text = String::from_utf8(body.to_vec()).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

#[tokio::test(start_paused = true)]
async fn what_browsers_and_desktop_clients_say_is_in_both_histories_under_the_ids_of_then() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    let mut lee = world.desktop(profile("lee", 1)).await;
    let id = begin(&mut kim, "lee").await;
    let first = send(&mut kim, &id, "c1", "first").await;
    lee.request(Method::Message, |_| true).await.expect("told");
    lee.flush().await.expect("taken");
    delivered(&mut socket, "c1", "sent").await;
    let conversation = lee.dialogs().next().expect("a dialog").clone();
    let request = lee.message(&conversation, "answer").expect("a dialog");
    lee.success(request).await.expect("taken");
    let answer =
        socket.until("message", |event| event["message"]["direction"] == "in").await["message"].clone();
    let rtf = "{\\rtf1\\ansi \\b loud\\b0 }";
    let request = lee.message_of(&conversation, "text/rtf", rtf.into()).expect("a dialog");
    lee.success(request).await.expect("taken");
    let form = socket.until("message", |event| event["message"]["text"] == "loud").await["message"].clone();
    assert_eq!(form["rtf"], rtf, "as it was sent");
    let messages = past(&mut kim, "with=lee@one.example").await;
    let live = [&first, &answer, &form];
    for (found, told) in messages.iter().zip(live) {
        for field in ["id", "text", "rtf", "html", "at", "from", "direction", "clientId"] {
            assert_eq!(found[field], told[field], "{field} of {told}");
        }
        assert_eq!(
            (&found["delivery"], &found["with"]["address"]),
            (&json!("sent"), &json!("lee@one.example"))
        );
        assert_eq!(found["conversation"], json!(world.id("lee").await));
    }
    assert_eq!(messages.len(), 3);
    assert!(each(&messages, "id").is_sorted(), "ids stand in the order of what was said");
    // Lee reads the same, in a browser that was not there then.
    let mut browser = world.signed_in("lee").await;
    let theirs = past(&mut browser, &format!("with={}", world.id("kim").await)).await;
    assert_eq!(each(&theirs, "id"), each(&messages, "id"));
    assert_eq!(each(&theirs, "direction"), ["in", "out", "out"]);
    assert_eq!(theirs[0]["clientId"], Value::Null, "what Kim's browser calls it is Kim's");
}

#[tokio::test(start_paused = true)]
async fn a_conversation_begun_on_a_desktop_client_is_read_in_the_browser_by_both() {
    let mut world = World::new().await;
    say(&mut world, &["one", "two", "three"]).await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    assert_eq!(each(&past(&mut kim, "with=lee@one.example").await, "text"), ["one", "two", "three"]);
    assert_eq!(each(&past(&mut lee, "with=kim@one.example").await, "direction"), ["out"; 3]);
    let listed = kim.done("GET", "/history", Value::Null).await;
    let conversation = &listed["conversations"][0];
    assert_eq!(conversation["with"]["displayName"], "LEE Berg");
    assert_eq!(
        (&conversation["messages"], &conversation["lastMessage"]["text"]),
        (&json!(3), &json!("three"))
    );
    assert_eq!(conversation["id"], json!(world.id("lee").await));
    assert!(conversation["startedAt"].as_str() <= conversation["lastMessage"]["at"].as_str());
    assert_eq!((&listed["more"], &listed["next"]), (&json!(false), &Value::Null));
    // Nobody else reads it, by whatever name.
    let mut ana = world.signed_in("ana").await;
    let mut ben = world.browser();
    assert_eq!(ben.sign_in("ben@two.example", PASSWORD).await.0, 200);
    let message = conversation["lastMessage"]["id"].as_str().expect("an id");
    for stranger in [&mut ana, &mut ben] {
        assert_eq!(stranger.done("GET", "/history", Value::Null).await["conversations"], json!([]));
        for person in [world.id("lee").await, world.id("kim").await] {
            let (_, page) = stranger.send("GET", &format!("/history?with={person}"), Value::Null).await;
            assert!(!page.to_string().contains("three"), "{page}");
        }
        for words in ["q=three", "q=o"] {
            assert_eq!(past(stranger, words).await, [] as [Value; 0]);
        }
        assert_eq!(lines(stranger).await, [] as [Value; 0]);
        stranger.refused("DELETE", &format!("/history/{message}"), Value::Null, 404, "not-found").await;
        stranger.done("DELETE", "/history", Value::Null).await;
    }
    assert_eq!(past(&mut kim, "with=lee@one.example").await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_one_deletes_the_other_still_has_and_the_audit_log_says_how_much_and_not_what() {
    let mut world = World::new().await;
    say(&mut world, &["Pflaumenmus", "two", "three"]).await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let messages = past(&mut kim, "with=lee@one.example").await;
    let one = format!("/history/{}", messages[0]["id"].as_str().expect("an id"));
    kim.done("DELETE", &one, Value::Null).await;
    kim.refused("DELETE", &one, Value::Null, 404, "not-found").await;
    assert_eq!(each(&past(&mut kim, "with=lee@one.example").await, "text"), ["two", "three"]);
    kim.refused("DELETE", "/history?who=lee@one.example", Value::Null, 400, "bad-query").await;
    kim.refused("DELETE", "/history?with=*", Value::Null, 404, "not-found").await;
    kim.done("DELETE", "/history?with=ana@one.example", Value::Null).await;
    kim.refused("DELETE", "/history?with=carl@elsewhere.example", Value::Null, 404, "not-found").await;
    assert_eq!(past(&mut kim, "with=lee@one.example").await.len(), 2);
    kim.done("DELETE", "/history?with=lee@one.example", Value::Null).await;
    assert_eq!(past(&mut kim, "with=lee@one.example").await, [] as [Value; 0]);
    assert_eq!(past(&mut lee, "with=kim@one.example").await.len(), 3);
    assert_eq!(lines(&lee).await.len(), 3);
    // Who asks whether they may export has exported nothing.
    assert_eq!(lee.raw("HEAD", "/history/export", Value::Null, &[]).await.0, 200);
    lee.done("DELETE", "/history", Value::Null).await;
    assert_eq!(lines(&lee).await.len(), 0);
    let log = world.services.audit.page(&world.scope, 0, 1000).await.expect("a log");
    let told =
        |what: &str| log.iter().filter(|line| line.entry.what == what).map(|l| &*l.entry.detail).collect();
    let deleted: Vec<&str> = told("history deleted");
    assert_eq!(deleted, ["1 messages", "2 messages", "3 messages"]);
    let exported: Vec<&str> = told("history exported");
    assert_eq!(exported, ["", ""]);
    assert!(!format!("{log:?}").contains("Pflaumenmus"));
}

#[tokio::test(start_paused = true)]
async fn what_is_deleted_in_one_browser_goes_from_every_other_at_once() {
    let mut world = World::new().await;
    let (mut kim, mut other) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let (mut socket, mut elsewhere) =
        (world.socket(&mut kim, None).await, world.socket(&mut other, None).await);
    let mut lee = world.desktop(profile("lee", 1)).await;
    let (invite, conversation) = lee.invite("kim@one.example");
    lee.flush().await.expect("written");
    let rings = socket.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    let id = rings["conversation"]["id"].as_str().expect("an id").to_owned();
    kim.done("POST", &format!("/conversations/{id}/open"), Value::Null).await;
    lee.success(invite).await.expect("answered");
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        let request = lee.message(&conversation, text).expect("a dialog");
        lee.success(request).await.expect("taken");
        let told = socket.until("message", |_| true).await;
        ids.push(told["message"]["id"].as_str().expect("an id").to_owned());
    }
    let shown = async |kim: &mut Browser, socket: &mut Socket| {
        let told = kim.done("GET", &format!("/conversations/{id}/messages"), Value::Null).await;
        let snapshot = kim.done("GET", "/snapshot", Value::Null).await["conversations"][0].clone();
        while socket.seq < kim.done("GET", "/snapshot", Value::Null).await["seq"].as_u64().expect("a number")
        {
            socket.next().await;
        }
        assert_eq!(socket.model["conversations"][0], snapshot, "the events say as much");
        let last = snapshot["lastMessage"]["text"].as_str().map(str::to_owned);
        (each(told["messages"].as_array().expect("a list"), "text"), last, snapshot["unread"].clone())
    };
    let want = |texts: &[&str], unread: u32| {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        (texts.clone(), texts.last().cloned(), json!(unread))
    };
    assert_eq!(shown(&mut kim, &mut socket).await, want(&["one", "two", "three"], 3));
    // One of them, deleted in the other browser.
    let third = ids.last().map(String::as_str);
    other.done("DELETE", &format!("/history/{}", ids[2]), Value::Null).await;
    for socket in [&mut socket, &mut elsewhere] {
        socket.until("historyGone", gone(third, None)).await;
    }
    assert_eq!(shown(&mut kim, &mut socket).await, want(&["one", "two"], 2));
    // Somebody else's is none of theirs.
    let (lee_is, ana_is) = (world.id("lee").await, world.id("ana").await);
    kim.done("DELETE", &format!("/history?with={ana_is}"), Value::Null).await;
    socket.until("historyGone", gone(None, Some(&*ana_is))).await;
    assert_eq!(shown(&mut kim, &mut socket).await, want(&["one", "two"], 2));
    other.done("DELETE", &format!("/history?with={lee_is}"), Value::Null).await;
    socket.until("historyGone", gone(None, Some(&*lee_is))).await;
    assert_eq!(shown(&mut kim, &mut socket).await, want(&[], 0));
    // What rings is in no history, and stays.
    let mut ana = world.desktop(profile("ana", 2)).await;
    ana.invite_saying("kim@one.example", "psst");
    ana.flush().await.expect("written");
    let rings = socket.until("conversation", |event| event["conversation"]["unread"] == 1).await;
    kim.done("DELETE", "/history", Value::Null).await;
    socket.until("historyGone", gone(None, None)).await;
    let snapshot = kim.done("GET", "/snapshot", Value::Null).await["conversations"][1].clone();
    assert_eq!(snapshot, rings["conversation"]);
    assert_eq!(snapshot["lastMessage"]["text"], "psst");
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_comes_back_without_its_stream_sees_that_something_was_deleted() {
    let mut world = World::new().await;
    say(&mut world, &["one", "two", "three"]).await;
    let (mut kim, mut other) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let messages = past(&mut kim, "with=lee@one.example").await;
    let path = |at: usize| format!("/history/{}", messages[at]["id"].as_str().expect("an id"));
    let mut seen = vec![String::new()];
    for (deletes, restarts) in
        [(None, false), (None, true), (Some(path(0)), false), (None, true), (Some(path(1)), true)]
    {
        // Nobody who is away is told.
        if let Some(path) = &deletes {
            other.done("DELETE", path, Value::Null).await;
        }
        if restarts {
            world.restart(Duration::from_secs(3)).await;
            world.meets(&mut kim);
            world.meets(&mut other);
        }
        let mut socket = world.socket(&mut kim, None).await;
        socket.until("snapshot", |_| true).await;
        let mark = socket.model["historyMark"].as_str().expect("a mark").to_owned();
        assert_eq!(seen.last() != Some(&mark), deletes.is_some(), "{deletes:?} {restarts}");
        assert_eq!(seen.contains(&mark), deletes.is_none(), "never one that was there before");
        seen.push(mark);
        drop(socket);
        tokio::time::sleep(Duration::from_secs(120)).await;
    }
    // Whoever is there is told the mark with what is deleted.
    let mut socket = world.socket(&mut kim, None).await;
    socket.until("snapshot", |_| true).await;
    let before = socket.model["historyMark"].clone();
    other.done("DELETE", "/history", Value::Null).await;
    let told = socket.until("historyGone", |_| true).await["mark"].clone();
    assert_ne!(told, before);
    assert_eq!(kim.done("GET", "/snapshot", Value::Null).await["historyMark"], told);
    let mut elsewhere = world.signed_in("kim").await;
    assert_eq!(elsewhere.done("GET", "/snapshot", Value::Null).await["historyMark"], told);
    // It is this person's alone.
    let mut lee = world.signed_in("lee").await;
    assert_eq!(lee.done("GET", "/snapshot", Value::Null).await["historyMark"], "");
}

#[tokio::test(start_paused = true)]
async fn of_two_deletions_at_one_moment_no_browser_takes_the_end_of_one_for_the_end_of_both() {
    let mut world = World::new().await;
    say(&mut world, &["one", "two", "three"]).await;
    let (mut kim, mut other) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let mut listens = world.signed_in("kim").await;
    let mut socket = world.socket(&mut listens, None).await;
    socket.until("snapshot", |_| true).await;
    let messages = past(&mut kim, "with=lee@one.example").await;
    let path = |at: usize| format!("/history/{}", messages[at]["id"].as_str().expect("an id"));
    world.is_held.send_replace(true);
    let meanwhile = async {
        // Both are about to be done.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut comes = world.signed_in("kim").await;
        let snapshot = comes.done("GET", "/snapshot", Value::Null).await;
        world.is_held.send_replace(false);
        snapshot["historyMark"].clone()
    };
    let (first, second) = (path(0), path(1));
    let (_, _, read_between) = tokio::join!(
        kim.done("DELETE", &first, Value::Null),
        other.done("DELETE", &second, Value::Null),
        meanwhile
    );
    let mut told = Vec::new();
    for _ in 0..2 {
        told.push(socket.until("historyGone", |_| true).await["mark"].clone());
    }
    let mut later = world.signed_in("kim").await;
    let mark = later.done("GET", "/snapshot", Value::Null).await["historyMark"].clone();
    assert_ne!(read_between, mark, "what was about to go may have been read");
    // Each may have been the only one that was heard: whoever comes back asks again.
    assert!(!told.contains(&mark), "{told:?} {mark}");
    assert_ne!(told[0], told[1]);
}

#[tokio::test(start_paused = true)]
async fn history_is_paged_to_its_end_and_every_part_of_a_question_has_a_bound() {
    let mut world = World::new().await;
    let texts: Vec<String> = (0..7).map(|n| format!("word {n}")).collect();
    say(&mut world, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut kim = world.signed_in("kim").await;
    for (query, limit) in [
        ("with=lee@one.example", 1),
        ("with=lee@one.example", 3),
        ("q=word", 2),
        ("q=word&with=lee@one.example", 7),
    ] {
        let (mut found, mut before) = (Vec::new(), String::new());
        loop {
            let page = kim.done("GET", &format!("/history?{query}&limit={limit}{before}"), Value::Null).await;
            let messages = page["messages"].as_array().expect("messages").clone();
            assert!(messages.len() <= limit);
            found.splice(0..0, messages);
            assert_eq!(page["more"] == true, page["next"].is_string(), "{page}");
            let Some(next) = page["next"].as_str() else { break };
            before = format!("&before={next}");
        }
        assert_eq!(each(&found, "text"), texts, "{query}, {limit} at a time");
    }
    // A message that is there no more is a place nevertheless.
    let all = past(&mut kim, "with=lee@one.example").await;
    let third = all[2]["id"].as_str().expect("an id");
    kim.done("DELETE", &format!("/history/{third}"), Value::Null).await;
    let before = past(&mut kim, &format!("with=lee@one.example&before={third}")).await;
    assert_eq!(each(&before, "text"), ["word 0", "word 1"]);
    let long = "x".repeat(257);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("before=x", "before"),
        ("before=8000000000000000", "before"),
        ("q=", "q"),
        ("q=%20", "q"),
        (&*format!("q={long}"), "q"),
        ("q=&with=lee@one.example", "q"),
    ] {
        let (status, problem) = kim.send("GET", &format!("/history?{query}"), Value::Null).await;
        assert_eq!((status, &problem["field"]), (422, &json!(field)), "{query}: {problem}");
    }
    for query in ["limit=-1", "limit=many", "surprise=1", "q=a&q=b", "limit=1&limit=1"] {
        kim.refused("GET", &format!("/history?{query}"), Value::Null, 400, "bad-query").await;
    }
    assert_eq!(past(&mut kim, "q=word&with=ana@one.example").await, [] as [Value; 0]);
    for person in ["%20", "u", "carl@elsewhere.example", "u99", "u99&q=word"] {
        kim.refused("GET", &format!("/history?with={person}"), Value::Null, 404, "not-found").await;
    }
    assert_eq!(
        past(&mut kim, "with=ana@one.example").await,
        [] as [Value; 0],
        "a colleague, never talked to"
    );
}

#[tokio::test(start_paused = true)]
async fn history_is_searched_whatever_the_case_marks_and_script() {
    let mut world = World::new().await;
    let texts = ["Die Straße nach Łódź", "我们明天在东京开会", "こんにちは カタカナ", "จดหมายเหตุ", "nothing"];
    say(&mut world, &texts).await;
    let mut kim = world.signed_in("kim").await;
    for (words, found) in [
        ("STRASSE", 0),
        ("lodz%20stra%C3%9Fe", 0),
        ("%E6%98%8E%E5%A4%A9", 1),
        ("%E4%B8%9C%E4%BA%AC", 1),
        ("%EF%BD%B6%EF%BE%80%EF%BD%B6%EF%BE%85", 2),
        ("%E0%B8%AB%E0%B8%A1%E0%B8%B2%E0%B8%A2", 3),
        ("NOTH", 4),
    ] {
        let messages = past(&mut kim, &format!("q={words}")).await;
        assert_eq!(each(&messages, "text"), [texts[found]], "{words}");
        assert_eq!(messages[0]["with"]["address"], "lee@one.example");
    }
    assert_eq!(past(&mut kim, "q=strasse%20nothing").await, [] as [Value; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_message_longer_than_browsers_take_is_read_and_found_afterwards() {
    let mut world = World::new().await;
    let long = format!("{} needle", "x".repeat(200 * 1024));
    say(&mut world, &[&long]).await;
    let mut kim = world.signed_in("kim").await;
    for query in ["with=lee@one.example", "q=needle"] {
        assert_eq!(each(&past(&mut kim, query).await, "text"), [&*long], "{query}");
    }
    assert_eq!(lines(&kim).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn others_have_their_turn_while_long_messages_are_searched() {
    let mut world = World::new().await;
    let text = "long ".repeat(3000);
    say(&mut world, &[&*text; 60]).await;
    let mut kim = world.signed_in("kim").await;
    let turns = async |kim: &mut Browser, words: &str, found: usize| {
        let (mut turns, query) = (0, format!("q={words}&limit=1"));
        let mut searching = std::pin::pin!(past(kim, &query));
        loop {
            tokio::select! {
                biased;
                messages = &mut searching => {
                    assert_eq!(messages.len(), found, "{words}");
                    return turns;
                }
                () = tokio::task::yield_now() => turns += 1,
            }
        }
    };
    let short = turns(&mut kim, "long", 1).await;
    let whole = turns(&mut kim, "nothing", 0).await;
    // 900 000 octets in turns of three messages; here two of them count as one.
    assert!(whole >= short + 8, "{whole} turns in all of it, {short} in its last message");
}

#[tokio::test(start_paused = true)]
async fn an_export_has_every_message_and_a_person_makes_one_at_a_time() {
    let mut world = World::new().await;
    let texts: Vec<String> = (0..230).map(|n| format!("word {n}")).collect();
    say(&mut world, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (kim, lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let mut exported = lines(&kim).await;
    exported.reverse();
    assert_eq!(each(&exported, "text"), texts);
    assert!(
        exported.iter().all(|line| line["with"]["address"] == "lee@one.example" && line["id"].is_string())
    );
    let under_way = kim.begun("/history/export").await;
    let again = kim.begun("/history/export").await;
    assert_eq!((under_way.status(), again.status()), (200.try_into().unwrap(), 429.try_into().unwrap()));
    assert_eq!(again.headers()["retry-after"], "10");
    assert_eq!(lines(&lee).await.len(), texts.len(), "others are not in each other's way");
    drop(under_way);
    assert_eq!(lines(&kim).await.len(), texts.len(), "whoever goes away makes room");
}

#[tokio::test(start_paused = true)]
async fn a_company_that_keeps_none_says_so() {
    let mut world = World::new().await;
    say(&mut world, &["kept"]).await;
    let mut kim = world.signed_in("kim").await;
    assert_eq!(past(&mut kim, "q=kept").await.len(), 1);
    let policy = Policy { history_days: 0, account_password_sign_in: true, ..Policy::default() };
    let patch = TenantPatch { policy: Some(policy), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, patch).await.expect("set");
    for path in ["/history", "/history?q=x", "/history?with=lee@one.example", "/history/export"] {
        kim.refused("GET", path, Value::Null, 403, "history-off").await;
    }
    // Writing goes on, and nothing is looked for first.
    let id = begin(&mut kim, "lee").await;
    assert_eq!(send(&mut kim, &id, "c1", "hello").await["delivery"], "sending");
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_comes_back_later_finds_what_was_said_and_says_nothing_twice() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    let id = begin(&mut kim, "lee").await;
    send(&mut kim, &id, "c0", "nobody there").await;
    let failed = delivered(&mut socket, "c0", "failed").await;
    let mut lee = world.desktop(profile("lee", 1)).await;
    let first = send(&mut kim, &id, "c1", "first").await;
    lee.request(Method::Message, |_| true).await.expect("told");
    lee.flush().await.expect("taken");
    delivered(&mut socket, "c1", "sent").await;
    // Every agent ends, as when the server is started anew; what they knew is gone.
    drop(socket);
    world.renew_web(&mut kim).await;
    let mut socket = world.socket(&mut kim, None).await;
    let messages = past(&mut kim, "with=lee@one.example").await;
    assert_eq!(each(&messages, "id"), [failed["id"].clone(), first["id"].clone()]);
    assert_eq!(each(&messages, "delivery"), ["failed", "sent"]);
    assert_eq!(messages[0]["reason"], failed["reason"]);
    let id = begin(&mut kim, "lee").await;
    let again = send(&mut kim, &id, "c1", "first").await;
    assert_eq!((&again["id"], &again["delivery"]), (&first["id"], &json!("sent")), "it was delivered");
    let again = send(&mut kim, &id, "c0", "nobody there").await;
    assert_eq!((&again["id"], &again["delivery"]), (&failed["id"], &json!("sending")), "it was not");
    let told = lee.request(Method::Message, |_| true).await.expect("told");
    assert_eq!(told.body, "nobody there", "and nothing before it");
    lee.flush().await.expect("taken");
    delivered(&mut socket, "c0", "sent").await;
    let messages = past(&mut kim, "with=lee@one.example").await;
    assert_eq!(each(&messages, "delivery"), ["sent", "sent"], "what failed once has been said");
    assert_eq!(each(&messages, "text"), ["nobody there", "first"], "where it stood");
}

#[tokio::test(start_paused = true)]
async fn a_first_message_with_a_form_is_told_and_kept_once() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (mut of_kim, mut of_lee) = (world.socket(&mut kim, None).await, world.socket(&mut lee, None).await);
    let id = begin(&mut kim, "lee").await;
    let html = "<b>loud</b>";
    let body = json!({ "clientId": "c1", "text": "loud", "html": html });
    let sent = kim.done("POST", &format!("/conversations/{id}/messages"), body).await;
    let rings = of_lee.until("message", |_| true).await["message"].clone();
    assert_eq!((&rings["text"], &rings["id"]), (&json!("loud"), &sent["id"]));
    let unread = of_lee.until("conversation", |event| event["conversation"]["unread"] == 1).await;
    let theirs = unread["conversation"]["id"].as_str().expect("an id").to_owned();
    lee.done("POST", &format!("/conversations/{theirs}/open"), Value::Null).await;
    let told = of_lee.until("message", |event| event["message"]["html"] == html).await["message"].clone();
    assert_eq!(told["id"], sent["id"], "it is the same, with its form");
    delivered(&mut of_kim, "c1", "sent").await;
    let snapshot = lee.done("GET", "/snapshot", Value::Null).await;
    assert_eq!(snapshot["conversations"][0]["unread"], 1);
    for browser in [&mut kim, &mut lee] {
        let messages = past(browser, "q=loud").await;
        assert_eq!(each(&messages, "html"), [html]);
        assert_eq!(messages[0]["id"], sent["id"]);
    }
}

#[tokio::test(start_paused = true)]
async fn no_program_says_how_its_message_is_called() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    let mut lee = world.desktop(profile("lee", 1)).await;
    let (invite, conversation) = lee.invite("kim@one.example");
    lee.flush().await.expect("written");
    let rings = socket.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    let id = rings["conversation"]["id"].as_str().expect("an id");
    kim.done("POST", &format!("/conversations/{id}/open"), Value::Null).await;
    lee.success(invite).await.expect("answered");
    let mut ids = Vec::new();
    for text in ["one", "two"] {
        let request = lee.within(&conversation, Method::Message).expect("a dialog");
        let request =
            request.with("Rapport-Message-Id", "00000000000000ff").with_body("text/plain", text.into());
        let request = lee.send(request);
        lee.success(request).await.expect("taken");
        let told = socket.until("message", |event| event["message"]["text"] == text).await;
        ids.push(told["message"]["id"].as_str().expect("an id").to_owned());
    }
    assert!(ids.is_sorted() && ids[0] != ids[1] && ids[0].as_str() > "01", "{ids:?}");
    assert_eq!(each(&past(&mut kim, "with=lee@one.example").await, "id"), ids);
}

#[tokio::test(start_paused = true)]
async fn what_rang_in_a_browser_and_was_answered_at_the_desk_is_one_message() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    let mut desk = world.desktop(profile("kim", 1)).await;
    let mut lee = world.desktop(profile("lee", 2)).await;
    let (invite, conversation) = lee.invite_saying("kim@one.example", "lunch?");
    lee.flush().await.expect("written");
    let told = socket.until("message", |_| true).await["message"].clone();
    assert_eq!(told["text"], "lunch?");
    // As SIPE does: it answers at once, shows nothing of what the invitation says, and is told again.
    desk.request(Method::Invite, |_| true).await.expect("invited");
    desk.flush().await.expect("accepted");
    lee.success(invite).await.expect("accepted");
    for text in ["lunch?", "at noon"] {
        let request = lee.within(&conversation, Method::Message).expect("a dialog");
        let request =
            request.with("Rapport-Message-Id", "00000000000000ff").with_body("text/plain", text.into());
        let request = lee.send(request);
        lee.flush().await.expect("written");
        let told = desk.request(Method::Message, |_| true).await.expect("told");
        assert_eq!(
            told.headers.named("Rapport-Message-Id"),
            None,
            "only the server says it, and only to browsers"
        );
        desk.flush().await.expect("taken");
        lee.success(request).await.expect("taken");
    }
    let messages = past(&mut kim, "with=lee@one.example").await;
    assert_eq!(each(&messages, "text"), ["lunch?", "at noon"]);
    assert_eq!(messages[0]["id"], told["id"], "the one that rang");
}

#[tokio::test(start_paused = true)]
async fn everything_that_waited_for_somebody_who_was_not_reached_is_there_as_failed() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut socket = world.socket(&mut kim, None).await;
    let mut lee = world.signed_in("lee").await;
    let mut of_lee = world.socket(&mut lee, None).await;
    let id = begin(&mut kim, "lee").await;
    // The first is too long for an invitation, the second waits behind it.
    let long = "x".repeat(3000);
    for (client_id, text) in [("c1", long.as_str()), ("c2", "second")] {
        send(&mut kim, &id, client_id, text).await;
    }
    let rings = of_lee.until("conversation", |event| event["conversation"]["state"] == "ringing").await;
    let theirs = rings["conversation"]["id"].as_str().expect("an id");
    lee.done("POST", &format!("/conversations/{theirs}/decline"), Value::Null).await;
    let mut told = Vec::new();
    for client_id in ["c1", "c2"] {
        told.push(delivered(&mut socket, client_id, "failed").await);
    }
    let messages = past(&mut kim, "with=lee@one.example").await;
    for (found, told) in messages.iter().zip(&told) {
        for field in ["id", "text", "delivery", "reason", "clientId"] {
            assert_eq!(found[field], told[field], "{field}");
        }
    }
    assert_eq!(messages.len(), 2);
    assert_eq!(past(&mut lee, "with=kim@one.example").await, [] as [Value; 0], "Lee was told neither");
}

#[tokio::test(start_paused = true)]
async fn the_form_of_what_was_not_delivered_is_kept_for_its_writer() {
    let world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let id = begin(&mut kim, "lee").await;
    let body = json!({ "clientId": "c1", "text": "loud", "html": "<b>loud</b>" });
    kim.done("POST", &format!("/conversations/{id}/messages"), body).await;
    loop {
        let messages = past(&mut kim, "with=lee@one.example").await;
        if let [message] = &messages[..] {
            assert_eq!((&message["delivery"], &message["html"]), (&json!("failed"), &json!("<b>loud</b>")));
            return;
        }
        tokio::task::yield_now().await;
    }
}
