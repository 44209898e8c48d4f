//! Finding anyone of the company, their card, and what levels of access let them see.

use rapport_browsers::{Chromium, css, label, role, text};
use real_clients::Server;

use super::{ALICE, BOB, Pair};

/// How SIPE writes it before the note.
const INTERRUPTIBLE: &str = "Urgent interruptions only - For colleagues";

#[test]
fn anyone_of_the_company_is_found_by_any_part_with_their_presence() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let set = |name: &str, words: &[&str]| {
        server.manage(&[&["user", "set", "example", name][..], words].concat(), "");
    };
    set(BOB, &["--title", "Engineer", "--department", "Tools & Bolts", "--display-name", "Bob Müller"]);
    let mut bob = server.connect("bob");
    bob.set_status("busy", "");
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    bob.wait_answered("<state");
    for words in ["Bob", "muller", "MÜLL", "bob@example.com", "engin", "tools"] {
        alice.find(words);
        alice.finds("Bob Müller", "Busy");
        // Each finds one.
        alice.counts(css("[data-found] [data-row]"), 1);
    }
    alice.find("example");
    alice.see(text("3 people found"));
    alice.find("nobody of this name");
    alice.see(text("Nobody was found for “nobody of this name”"));
    alice.counts(css("[data-found] [data-row]"), 0);
}

#[test]
fn the_card_shows_what_is_known_and_leads_to_a_conversation() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let facts = ["--title", "Engineer", "--department", "Tools & Bolts", "--office", "B 12"];
    server.manage(&[&["user", "set", "example", BOB][..], &facts].concat(), "");
    let mut bob = server.connect("bob");
    bob.set_status("available", "Ask me about bolts");
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    alice.add("Bob Example");
    alice.sees_note("Bob Example", "Ask me about bolts");
    alice.open_card("Bob Example");
    let card = || role("dialog", "Card of Bob Example");
    for fact in ["Available", "Ask me about bolts", "Engineer", "Tools & Bolts", "B 12", BOB] {
        alice.see(card().having(fact));
    }
    bob.set_status("busy", "Ask me later");
    alice.see(card().having("Busy"));
    alice.see(card().having("Ask me later"));
    alice.click(role("button", "Send a message").inside(card()));
    alice.is_talking_to("Bob Example");
    alice.say("what about bolts?");
    bob.hear(ALICE, "what about bolts?");
}

#[test]
fn each_level_that_is_set_in_the_browser_decides_what_the_desktop_shows() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    alice.note("For colleagues");
    alice.choose("Do Not Disturb");
    bob.wait_buddy(ALICE, "with the note", |b| b.note == "For colleagues" && b.status == "do-not-disturb");
    alice.open_card("Bob Example");
    let level = |level: &str| alice.select(label("Level of Access"), level);

    level("public");
    alice.see(css("[role=dialog]").having("May see: name, availability and contact card"));
    bob.wait_buddy(ALICE, "without the note", |b| b.note.is_empty() && b.status == "do-not-disturb");
    // Who may interrupt sees that they may.
    level("team");
    bob.wait_buddy(ALICE, "interruptible", |b| b.status == "busy" && b.note == INTERRUPTIBLE);
    // That is the Team's alone.
    level("personal");
    bob.wait_buddy(ALICE, "not to be disturbed", |b| {
        b.note == "For colleagues" && b.status == "do-not-disturb"
    });
    level("blocked");
    alice.see(text("May see: name").inside(css("[role=dialog]")));
    bob.wait_buddy(ALICE, "offline", |b| b.status == "offline" && b.note.is_empty());
    level("company");
    bob.wait_buddy(ALICE, "as before", |b| b.note == "For colleagues" && b.status == "do-not-disturb");
}

#[test]
fn a_level_that_is_set_at_the_desktop_is_shown_in_the_browser() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, chromium, server } = &mut pair;
    alice.note("For colleagues");
    bob.wait_buddy(ALICE, "with the note", |b| b.note == "For colleagues");
    let bobs = chromium.sign_in(server, "bob");
    bob.run("set_access_level", serde_json::json!({"who": ALICE, "level": "Public"}));
    bob.wait_answered("setContainerMembers");
    bobs.open_card("Alice Example");
    let words = "Sees your name and availability, your mail address, title, company, manager and web page.";
    bobs.see(text(words));
    bobs.becomes("document.querySelector('[role=dialog] select').value", "public");
}
