//! What is kept of conversations, with whatever program they were had.

use rapport_browsers::{Chromium, css, role, text};
use real_clients::Server;

use super::{ALICE, BOB};

#[test]
fn a_conversation_had_at_the_desktops_of_both_is_in_the_thread_and_the_history_of_the_browser() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    let mut desktop = server.connect("alice");
    desktop.add(BOB, "Colleagues");
    desktop.wait_status(BOB, "available");
    let chromium = Chromium::start();
    let browser = chromium.sign_in(&server, "alice");
    browser.sees("Bob Example", "Available");
    // The one is open while it is had, the other one isn't there yet.
    browser.talk_to("Bob Example");
    desktop.say(BOB, "begun at her desk");
    bob.hear(ALICE, "begun at her desk");
    bob.say(ALICE, "answered at his");
    desktop.hear(BOB, "answered at his");
    desktop.say(BOB, "and once more");
    bob.hear(ALICE, "and once more");
    let said = ["begun at her desk", "answered at his", "and once more"];
    for words in said {
        browser.hears(words);
    }
    browser.has_said(&said);
    let later = chromium.sign_in_from(&server, "alice", "alice-later");
    later.talk_to("Bob Example");
    later.hears("and once more");
    later.has_said(&said);

    // In the place of what was said before it is found by words, and it is Bob's as well.
    later.visit("/im/history");
    later.see(css("main li, main button").having("Bob Example"));
    later.fill(role("searchbox", "Search what was said"), "answered");
    later.see(text("1 message found"));
    later.see(css("main").having("answered at his"));
    let bobs = chromium.sign_in(&server, "bob");
    bobs.find_and_talk_to("Alice Example");
    bobs.hears("and once more");
    bobs.has_said(&said);
    // Nothing rings for what was answered elsewhere.
    for page in [&browser, &later, &bobs] {
        page.visit("/im/");
        page.see(role("button", "Conversations"));
    }
}
