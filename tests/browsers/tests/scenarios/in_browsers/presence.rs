//! What one person chooses is what the other sees: from the desktop client to the browser and back.

use rapport_browsers::{Cable, Chromium, text};
use real_clients::{Buddy, Client, Server};
use serde_json::json;

use super::losses::by_cable;
use super::{ALICE, Pair};

/// SIPE's names of the states, and the client's words for them.
const STATES: [(&str, &str); 5] = [
    ("busy", "Busy"),
    ("do-not-disturb", "Do Not Disturb"),
    ("be-right-back", "Be Right Back"),
    ("away", "Away"),
    ("available", "Available"),
];

#[test]
fn each_state_is_seen_by_the_other_both_ways() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    for (state, words) in STATES {
        bob.set_status(state, "");
        alice.sees("Bob Example", words);
        alice.choose(words);
        bob.wait_status(ALICE, state);
    }
}

#[test]
fn who_appears_offline_is_offline_to_the_other_and_comes_back() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, server, .. } = &mut pair;
    bob.set_status("invisible", "");
    alice.sees("Bob Example", "Offline");
    bob.set_status("available", "");
    alice.sees("Bob Example", "Available");

    alice.choose("Appear Offline");
    bob.wait_status(ALICE, "offline");
    alice.reset_state();
    alice.my_state_is("Available");
    bob.wait_status(ALICE, "available");

    bob.sign_out();
    alice.sees("Bob Example", "Offline");
    bob.sign_in(&server.account("bob")).expect("he signs in again");
    alice.sees("Bob Example", "Available");
    alice.sign_out();
    bob.wait_status(ALICE, "offline");
}

#[test]
fn a_note_is_read_by_the_other_both_ways_and_taken_back() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    for note in ["Back at 3 <or> 4 & later", "Zurück um drei ☕ 日本"] {
        bob.set_status("available", note);
        alice.sees_note("Bob Example", note);
        alice.note(note);
        bob.wait_buddy(ALICE, "with the note", |b| b.note.contains(note));
    }
    bob.set_status("available", "");
    alice.sees_like("Bob Example", "Available$");
    alice.note("");
    bob.wait_buddy(ALICE, "without a note", |b| b.note.is_empty());
}

#[test]
fn an_idle_person_is_shown_as_inactive_and_comes_back() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    // What Pidgin does when nobody touches the machine.
    bob.set_status("away", "");
    bob.run("set_idle", json!({"seconds": 300}));
    alice.sees_like("Bob Example", "(Inactive|Away)");
    bob.run("set_idle", json!({"seconds": 0}));
    bob.set_status("available", "");
    alice.sees("Bob Example", "Available");
}

/// How often a desktop client was shown Alice as available.
fn available(bob: &Client) -> usize {
    let is_it = |e: &real_clients::Event| {
        e.name() == "buddy_status" && e.str("name").contains("alice") && e.str("status") == "available"
    };
    bob.seen(is_it).len()
}

#[test]
fn an_idle_person_s_browser_that_comes_back_by_itself_shows_nobody_that_they_are_available() {
    let mut server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    bob.add(ALICE, "Colleagues");
    bob.wait_answered("setContact");
    let chromium = Chromium::start();
    let cable = Cable::to(server.https());
    let alice = by_cable(&chromium, &cable);
    bob.wait_status(ALICE, "available");
    // Half an hour passes for the page, in which nobody touches it.
    let later =
        "(() => { const real = Date.now.bind(Date); Date.now = () => real() + 30 * 60_000; return true; })()";
    assert_eq!(alice.evaluate(later), true);
    let is_idle = |b: &Buddy| !matches!(b.status.as_str(), "available" | "offline");
    bob.wait_buddy(ALICE, "idle", is_idle);
    let before = available(&bob);
    for note in ["lost once", "lost again"] {
        cable.pull_out();
        alice.see(text("Reconnecting … your messages are kept."));
        cable.put_back();
        alice.gone(text("Reconnecting … your messages are kept."));
        // What is told of her now comes behind whatever was told as she came back.
        let (status, said) = alice.ask("PUT", "/api/v1/me/note", Some(&json!({"text": note})));
        assert_eq!(status, 200, "{said}");
        bob.wait_buddy(ALICE, "idle still", |b| b.note.contains(note) && is_idle(b));
        assert_eq!(available(&bob), before, "{note}: nobody has touched her browser");
    }
    // A server that is new knows it from her browser.
    server.kill();
    alice.see(text("Reconnecting … your messages are kept."));
    server.restart();
    bob.wait("disconnected", |_| true);
    bob.sign_in(&server.account("bob")).expect("he comes back");
    alice.gone(text("Reconnecting … your messages are kept."));
    bob.wait_status(ALICE, "away");
    assert_eq!(available(&bob), before, "after a restart neither");
    // Who does is.
    alice.press("Shift");
    bob.wait_status(ALICE, "available");
}
