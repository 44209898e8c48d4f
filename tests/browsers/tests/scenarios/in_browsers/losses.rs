//! What is lost on the way: the server killed, the cable pulled out, the socket cut in the middle of an event. Nothing that
//! was said is lost or doubled, and the browser comes back by itself.

use std::process::Command;
use std::thread;
use std::time::Duration;

use rapport_browsers::{Cable, Chromium, Look, Page, css, role, text};
use rapport_testkit::clock::SystemClock;
use real_clients::server::password;
use real_clients::{Client, Server};
use serde_json::{Value, json};

use super::{ALICE, Pair};

/// Signs the desktop client in again, as Pidgin does by itself.
fn come_back(server: &Server, client: &mut Client, name: &str) {
    client.wait("disconnected", |_| true);
    if let Err(refused) = client.sign_in(&server.account(name)) {
        panic!("{name} could not come back: {refused}; the server logged:\n{}", server.logged());
    }
}

/// Signs Alice in by a cable.
pub(super) fn by_cable(chromium: &Chromium, cable: &Cable) -> Page {
    let alice = chromium.page("alice", Look::default());
    alice.goto(&format!("https://{}/", cable.address()));
    alice.sign_in(ALICE, &password("alice"));
    alice
}

/// Alice takes Bob into her list and writes to him, and it arrives.
fn they_talk(alice: &Page, bob: &mut Client) {
    alice.add("Bob Example");
    alice.talk_to("Bob Example");
    alice.say("hello");
    bob.hear(ALICE, "hello");
}

#[test]
fn after_a_kill_the_browser_comes_back_by_itself_and_nothing_is_lost_or_doubled() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, server, .. } = &mut pair;
    alice.talk_to("Bob Example");
    alice.say("before");
    bob.hear(ALICE, "before");
    bob.say(ALICE, "before, too");
    alice.hears("before, too");
    server.kill();
    alice.see(text("Reconnecting … your messages are kept."));
    alice.say("while it was away");
    alice.see(text("Waiting for connection"));
    alice.has_said(&["before", "before, too", "while it was away"]);

    // Bob is there before she is, so that there is somebody to deliver to.
    alice.set_offline(true);
    alice.see(text(
        "There is no network. Your messages are kept and go out when it is back; what you see may be old.",
    ));
    server.restart();
    come_back(server, bob, "bob");
    alice.set_offline(false);
    bob.hear(ALICE, "while it was away");
    alice.gone(text("Waiting for connection"));
    bob.say(ALICE, "after");
    alice.hears("after");
    alice.say("after, too");
    bob.hear(ALICE, "after, too");
    alice.has_said(&["before", "before, too", "while it was away", "after", "after, too"]);
    assert_eq!(bob.heard(ALICE), ["before", "while it was away", "after, too"]);
}

#[test]
fn after_a_kill_states_and_lists_are_as_they_were_and_everything_moves_without_a_click() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, server, .. } = &mut pair;
    alice.choose("Busy");
    alice.note("Noted");
    bob.wait_buddy(ALICE, "busy with a note", |b| b.status == "busy" && b.note == "Noted");
    server.kill();
    alice.see(text("Reconnecting … your messages are kept."));
    server.restart();
    alice.gone(text("Reconnecting … your messages are kept."));
    come_back(server, bob, "bob");
    alice.sees("Bob Example", "Available");
    alice.my_state_is("Busy");
    bob.wait_buddy(ALICE, "busy with a note", |b| b.status == "busy" && b.note == "Noted");
    bob.set_status("away", "");
    alice.sees("Bob Example", "Away");
    alice.choose("Do Not Disturb");
    bob.wait_status(ALICE, "do-not-disturb");
}

#[test]
fn a_connection_that_looks_open_and_brings_nothing_is_said_to_be_away_and_is_come_back_from() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    let chromium = Chromium::start();
    let cable = Cable::to(server.https());
    let alice = by_cable(&chromium, &cable);
    they_talk(&alice, &mut bob);
    cable.stall();
    bob.say(ALICE, "into the void");
    // Somebody looks at the page again and again: it finds out after little more than half a minute, and no browser did.
    alice.becomes(
        "dispatchEvent(new Event('online')), document.body.innerText.includes('Reconnecting … your messages are kept.')",
        true,
    );
    assert_eq!(cable.cuts(), 0, "nothing was closed");
    alice.say("while nothing passed");
    alice.see(text("Waiting for connection"));
    cable.flow();
    alice.gone(text("Reconnecting … your messages are kept."));
    alice.hears("into the void");
    bob.hear(ALICE, "while nothing passed");
    alice.gone(text("Waiting for connection"));
    assert_eq!(bob.heard(ALICE), ["hello", "while nothing passed"]);
    let events = alice.events();
    let hellos: Vec<_> = events.iter().filter(|e| e["type"] == "hello").collect();
    assert!(hellos.len() > 1 && hellos[1..].iter().all(|e| e["resumed"] == true), "where it was: {hellos:?}");
    numbers_have_no_gap(&events);
}

#[test]
fn what_was_not_sent_survives_a_reload_and_is_sent_once() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    let chromium = Chromium::start();
    let cable = Cable::to(server.https());
    let alice = by_cable(&chromium, &cable);
    they_talk(&alice, &mut bob);
    cable.pull_out();
    alice.say("kept over a reload");
    alice.see(text("Waiting for connection"));
    alice.write("half a sen");
    cable.put_back();
    alice.reload();
    bob.hear(ALICE, "kept over a reload");
    alice.hears("kept over a reload");
    // The draft is still there.
    alice.reads(css("main [role=textbox]"), "half a sen");
    bob.say(ALICE, "heard");
    alice.hears("heard");
    assert_eq!(bob.heard(ALICE), ["hello", "kept over a reload"]);
    let said = alice.said();
    assert_eq!(said.iter().filter(|words| *words == "kept over a reload").count(), 1, "{said:?}");
}

/// The numbers of the events of each stream: they go on by one, whatever was cut.
fn numbers_have_no_gap(events: &[Value]) {
    let mut at: Option<(String, u64)> = None;
    for event in events {
        let number = event["seq"].as_u64().unwrap_or_default();
        match event["type"].as_str() {
            Some("hello") => {
                let stream = event["stream"].as_str().unwrap_or_default().to_owned();
                match &mut at {
                    Some((known, _)) if *known == stream && event["resumed"] == true => {}
                    _ => at = Some((stream, number)),
                }
            }
            Some("snapshot" | "beat") => {}
            _ => {
                let (_, last) = at.as_mut().expect("a hello comes first");
                assert_eq!(number, *last + 1, "{event} came after {last}");
                *last = number;
            }
        }
    }
}

#[test]
fn a_socket_cut_in_the_middle_of_an_event_loses_and_repeats_none() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    let chromium = Chromium::start();
    let cable = Cable::to(server.https());
    let alice = by_cable(&chromium, &cable);
    they_talk(&alice, &mut bob);
    let mut lines = vec!["hello".to_owned()];
    // A message makes two events of some hundred octets each; the cut goes through them at another place each time.
    for (n, octets) in [1, 30, 150, 333, 500, 700, 999, 1200].into_iter().enumerate() {
        let before = cable.cuts();
        cable.cut_after(octets);
        for part in ["first", "second"] {
            let line = format!("{part} message of round {n}");
            bob.say(ALICE, &line);
            lines.push(line);
        }
        alice.hears(lines.last().expect("one was said"));
        assert_eq!(cable.cuts(), before + 1, "round {n} was cut");
    }
    alice.has_said(&lines);
    alice.say("all of them");
    bob.hear(ALICE, "all of them");
    let events = alice.events();
    // A cut may also hit a browser that is just coming back from the one before.
    let hellos: Vec<_> = events.iter().filter(|e| e["type"] == "hello").collect();
    assert!(hellos.len() > 5, "it came back again and again: {hellos:?}");
    assert!(hellos[1..].iter().all(|e| e["resumed"] == true), "each time where it was: {hellos:?}");
    numbers_have_no_gap(&events);
}

#[test]
fn a_message_that_the_cable_swallowed_on_its_way_is_delivered_once() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    let chromium = Chromium::start();
    let cable = Cable::to(server.https());
    let alice = by_cable(&chromium, &cable);
    they_talk(&alice, &mut bob);
    let mut lines = vec!["hello".to_owned()];
    // The answer to the request is cut: whether it was taken is not known here, and it goes again under its own id.
    for octets in [1, 40, 200, 400] {
        cable.cut_after(octets);
        let line = format!("cut after {octets} octets");
        alice.say(&line);
        bob.hear(ALICE, &line);
        lines.push(line);
        bob.say(ALICE, &format!("heard {octets}"));
        alice.hears(&format!("heard {octets}"));
        lines.push(format!("heard {octets}"));
    }
    alice.has_said(&lines);
    let own: Vec<_> = lines.iter().filter(|line| !line.starts_with("heard")).collect();
    assert_eq!(bob.heard(ALICE).iter().collect::<Vec<_>>(), own);
}

#[test]
fn a_message_under_way_in_the_moment_of_a_kill_is_neither_lost_nor_doubled() {
    let mut server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    let chromium = Chromium::start();
    let cable = Cable::to(server.https());
    let alice = by_cable(&chromium, &cable);
    they_talk(&alice, &mut bob);
    let told = || alice.count(css("[role=log] [data-failed]"));
    let (mut lines, mut unknown) = (vec!["hello".to_owned()], Vec::new());
    // The request has gone out; the server dies before it reads it, or while it stores it, sends it on, answers it.
    for millis in [0, 12] {
        let line = format!("under way {millis} ms before a kill");
        alice.write(&line);
        let process = server.process().expect("it runs").to_string();
        cable.when_sent(move || {
            thread::sleep(Duration::from_millis(millis));
            let _ = Command::new("kill").args(["-9", &process]).status();
        });
        alice.press("Enter");
        // Bob is there before she is, so that there is somebody to deliver to.
        bob.wait("disconnected", |_| true);
        alice.set_offline(true);
        server.kill();
        server.restart();
        bob.sign_in(&server.account("bob")).expect("he comes back");
        alice.set_offline(false);
        let begun = SystemClock.monotonic_time();
        loop {
            if bob.heard(ALICE).contains(&line) {
                break;
            }
            // Nobody knows whether it came: that is said, and it isn't sent again unasked.
            if told() > unknown.len() as u64 {
                unknown.push(line.clone());
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(90), "{line} is lost: {:?}", alice.said());
            thread::sleep(Duration::from_millis(50));
        }
        lines.push(line);
        alice.gone(text("Waiting for connection"));
        alice.gone(text("Sending …"));
    }
    alice.say("after all of them");
    bob.hear(ALICE, "after all of them");
    lines.push("after all of them".to_owned());
    let heard = bob.heard(ALICE);
    for line in &lines {
        let times = heard.iter().filter(|words| *words == line).count();
        assert!(times == 1 || times == 0 && unknown.contains(line), "{line:?} {times} times: {heard:?}");
    }
    alice.has_said(&lines);
    for _ in 0..told() {
        alice.see(css("[role=log] [data-failed]").having("It may have arrived."));
    }
}

/// What the server knows of what was said in the only conversation, and what became of it.
const TAKEN: &str = "(async () => { const ask = async (path) => (await fetch('/api/v1/' + path)).json(); \
                     const [talk] = (await ask('snapshot')).conversations; \
                     const { messages } = await ask(`conversations/${talk.id}/messages`); \
                     return messages.map(({ text, delivery }) => `${text}: ${delivery}`).sort(); })()";

/// Sends again whatever is said to have failed.
const RETRY: &str = "(() => { for (const one of document.querySelectorAll('[role=log] [data-failed] button')) \
                     if (one.textContent === 'Retry') one.click(); })()";

/// What is on screen of what was said, each with what stands under it.
const STANDS: &str = "[...document.querySelectorAll('[role=log] div[title]')].map((one) => { \
                      const under = one.nextElementSibling; return one.innerText + \
                      (under?.matches('span') ? `: ${under.textContent}` : ''); })";

#[test]
fn what_waits_behind_an_invitation_outlives_a_reload_and_a_kill_and_comes_once() {
    // The server dies once the page is back, or the page is loaded anew while there is none.
    for is_back in [true, false] {
        let mut server = Server::with_people(&["alice", "bob"]);
        let chromium = Chromium::start();
        let cable = Cable::to(server.https());
        let alice = chromium.page("alice", Look { workers: true, ..Look::default() });
        alice.goto(&format!("https://{}/", cable.address()));
        alice.sign_in(ALICE, &password("alice"));
        assert_eq!(
            alice.evaluate("navigator.serviceWorker.ready.then((there) => there.active !== null)"),
            true
        );
        alice.reload();
        alice.is_signed_in();
        let bob = chromium.sign_in(&server, "bob");
        alice.find_and_talk_to("Bob Example");
        alice.say("carried");
        // He looks elsewhere, and it rings until he opens it.
        bob.see(role("button", "Conversations, 1 unread message"));
        alice.say("behind it");
        alice.becomes(TAKEN, json!(["behind it: sending", "carried: sending"]));
        if is_back {
            alice.reload();
            alice.becomes(STANDS, json!(["carried: Sending …", "behind it: Sending …"]));
            server.kill();
        } else {
            server.kill();
            alice.reload();
            alice.see(text("You are offline"));
        }
        bob.see(text("Reconnecting … your messages are kept."));
        // He is there before she is, so that there is somebody to deliver to.
        cable.pull_out();
        server.restart();
        bob.gone(text("Reconnecting … your messages are kept."));
        bob.find_and_talk_to("Alice Example");
        cable.put_back();
        // Of what the invitation carried nobody knows whether it came: that is said, and it goes again by hand.
        let retried = format!("({RETRY}, {TAKEN})");
        alice.becomes(&retried, json!(["behind it: sent", "carried: sent"]));
        alice.becomes(STANDS, json!(["carried", "behind it"]));
        alice.say("after both");
        bob.hears("after both");
        for page in [&alice, &bob] {
            page.becomes(STANDS, json!(["carried", "behind it", "after both"]));
            // So it is kept, too.
            page.reload();
            page.becomes(STANDS, json!(["carried", "behind it", "after both"]));
        }
    }
}

#[test]
fn retry_on_the_offline_page_brings_back_what_was_written_and_it_comes_once() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    let chromium = Chromium::start();
    let cable = Cable::to(server.https());
    let alice = chromium.page("alice", Look { workers: true, ..Look::default() });
    alice.goto(&format!("https://{}/", cable.address()));
    alice.sign_in(ALICE, &password("alice"));
    assert_eq!(alice.evaluate("navigator.serviceWorker.ready.then((there) => there.active !== null)"), true);
    alice.reload();
    alice.is_signed_in();
    they_talk(&alice, &mut bob);
    cable.pull_out();
    for line in ["queued first", "queued second"] {
        alice.say(line);
    }
    alice.see(text("Waiting for connection"));
    alice.write("half a sen");
    alice.reload();
    alice.see(text("You are offline"));
    // Again and again, by somebody impatient: nothing of it is lost by that.
    alice.click(role("button", "Retry"));
    alice.see(text("You are offline"));
    cable.put_back();
    // It may be back by itself by now.
    let _ = alice.evaluate(
        "(() => { for (const _ of 'twice!') for (const one of document.querySelectorAll('main button')) \
         if (one.textContent === 'Retry') one.click(); })()",
    );
    alice.is_signed_in();
    alice.is_talking_to("Bob Example");
    for line in ["queued first", "queued second"] {
        bob.hear(ALICE, line);
        alice.hears(line);
    }
    alice.gone(text("Waiting for connection"));
    // The draft is there, and where one goes on writing.
    alice.reads(css("main [role=textbox]"), "half a sen");
    alice.see(css("main [role=textbox]:focus"));
    alice.types("tence");
    alice.press("Enter");
    bob.hear(ALICE, "half a sentence");
    bob.say(ALICE, "heard");
    alice.hears("heard");
    let own = ["hello", "queued first", "queued second", "half a sentence"];
    assert_eq!(bob.heard(ALICE), own);
    alice.has_said(&[&own[..], &["heard"]].concat());
}

#[test]
fn a_browser_without_a_network_says_so_and_shows_what_it_missed_when_it_is_back() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    alice.set_offline(true);
    alice.see(text(
        "There is no network. Your messages are kept and go out when it is back; what you see may be old.",
    ));
    bob.set_status("busy", "Meanwhile");
    bob.say(ALICE, "said meanwhile");
    bob.wait_message("the ringing", |m| m.is_answer("INVITE", 180));
    alice.set_offline(false);
    alice.sees("Bob Example", "Busy");
    alice.sees_note("Bob Example", "Meanwhile");
    alice.talk_to("Bob Example");
    alice.hears("said meanwhile");
    alice.has_said(&["said meanwhile"]);
}

#[test]
fn a_browser_that_has_been_here_opens_without_a_server_says_so_and_goes_on_when_there_is_one() {
    let mut server = Server::with_people(&["alice"]);
    let chromium = Chromium::start();
    let alice = chromium.page("alice", Look { workers: true, ..Look::default() });
    alice.goto(&format!("https://{}/", server.https()));
    alice.sign_in(ALICE, &password("alice"));
    assert_eq!(alice.evaluate("navigator.serviceWorker.ready.then((there) => there.active !== null)"), true);
    alice.reload();
    alice.is_signed_in();
    server.kill();
    alice.reload();
    alice.see(text("You are offline"));
    server.restart();
    alice.is_signed_in();
    alice.gone(text("You are offline"));
}
