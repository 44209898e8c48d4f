//! Several at once: two tabs of one person, two and three browsers, browsers and desktop clients of the same person.

use rapport_browsers::{Chromium, css, named, role, text};
use real_clients::Server;
use real_clients::server::password;

use super::{ALICE, Pair};

#[test]
fn two_tabs_of_one_person_are_one_endpoint_and_show_the_same() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    let tab = alice.beside("alice-second-tab");
    tab.sees("Bob Example", "Available");
    alice.choose("Busy");
    tab.my_state_is("Busy");
    bob.wait_status(ALICE, "busy");

    bob.say(ALICE, "hello, both of you");
    tab.see(role("button", "Conversations, 1 unread message"));
    alice.see(role("button", "Conversations, 1 unread message"));
    tab.open_conversation("Bob Example");
    tab.hears("hello, both of you");
    // What one tab has read is read in the other.
    alice.see(role("button", "Conversations"));
    alice.talk_to("Bob Example");
    alice.hears("hello, both of you");
    alice.say("from the first");
    tab.hears("from the first");
    tab.say("from the second");
    alice.hears("from the second");
    bob.hear(ALICE, "from the first");
    bob.hear(ALICE, "from the second");
    alice.has_said(&["hello, both of you", "from the first", "from the second"]);
    tab.has_said(&["hello, both of you", "from the first", "from the second"]);

    // They are one program to the others; and one of them may go.
    alice.close();
    tab.visit("/im/settings/devices");
    tab.see(css("main li").having("This browser"));
    // One endpoint, one session.
    tab.counts(css("main ul:first-of-type li"), 1);
    tab.visit("/im/");
    tab.choose("Away");
    bob.wait_status(ALICE, "away");
    tab.sign_out();
    bob.wait_status(ALICE, "offline");
}

#[test]
fn of_two_tabs_whose_session_was_ended_elsewhere_one_signs_in_anew_and_the_other_goes_on_by_itself() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, chromium, server } = &mut pair;
    let tab = alice.beside("alice-second-tab");
    tab.sees("Bob Example", "Available");
    tab.talk_to("Bob Example");
    tab.say("before");
    bob.hear(ALICE, "before");
    let elsewhere = chromium.sign_in_from(server, "alice", "alice-elsewhere");
    elsewhere.visit("/im/settings/devices");
    elsewhere.click(role("button", "End all others"));
    alice.is_signed_out();
    tab.is_signed_out();

    alice.sign_in(ALICE, &password("alice"));
    // Nobody touches the other.
    tab.is_signed_in();
    for page in [&*alice, &tab] {
        page.visit("/im/");
        page.sees("Bob Example", "Available");
    }
    bob.set_status("busy", "");
    alice.sees("Bob Example", "Busy");
    tab.sees("Bob Example", "Busy");
    bob.set_status("available", "");
    tab.sees("Bob Example", "Available");
    // What either says goes out, and is seen in both.
    alice.talk_to("Bob Example");
    tab.talk_to("Bob Example");
    tab.say("from the tab that went on by itself");
    bob.hear(ALICE, "from the tab that went on by itself");
    alice.hears("from the tab that went on by itself");
    alice.say("from the one that signed in");
    bob.hear(ALICE, "from the one that signed in");
    tab.hears("from the one that signed in");
    tab.visit("/im/");
    tab.choose("Busy");
    alice.my_state_is("Busy");
    bob.wait_status(ALICE, "busy");
    let own = ["before", "from the tab that went on by itself", "from the one that signed in"];
    assert_eq!(bob.heard(ALICE), own);
}

#[test]
fn three_people_in_three_browsers_talk_in_pairs_and_nobody_hears_what_is_not_theirs() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    // Two programs, so that not even the browser is shared.
    let (one, two) = (Chromium::start(), Chromium::start());
    let alice = one.sign_in(&server, "alice");
    let bob = one.sign_in(&server, "bob");
    let carol = two.sign_in(&server, "carol");
    alice.find_and_talk_to("Bob Example");
    alice.say("for bob");
    alice.find_and_talk_to("Carol Example");
    alice.say("for carol");
    bob.open_conversation("Alice Example");
    bob.hears("for bob");
    carol.open_conversation("Alice Example");
    carol.hears("for carol");
    bob.find_and_talk_to("Carol Example");
    bob.say("from bob");
    carol.open_conversation("Bob Example");
    carol.hears("from bob");
    carol.say("to bob");
    bob.hears("to bob");
    bob.has_said(&["from bob", "to bob"]);
    carol.has_said(&["from bob", "to bob"]);
    alice.has_said(&["for carol"]);
    alice.open_conversation("Bob Example");
    alice.hears("for bob");
    alice.has_said(&["for bob"]);
}

#[test]
fn two_browsers_of_one_person_ring_and_the_first_that_opens_it_has_it() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    let chromium = Chromium::start();
    let here = chromium.sign_in(&server, "alice");
    let there = chromium.sign_in_from(&server, "alice", "alice-there");
    let rings = role("button", "Conversations, 1 unread message");
    bob.say(ALICE, "anybody?");
    here.see(rings.clone());
    there.see(rings);
    here.open_conversation("Bob Example");
    here.hears("anybody?");
    here.say("here");
    bob.hear(ALICE, "here");
    // Who has answered has read it, in every browser.
    there.see(role("button", "Conversations"));
    bob.say(ALICE, "good");
    here.hears("good");
    here.has_said(&["anybody?", "here", "good"]);
    assert_eq!(bob.heard(ALICE), ["here"]);
}

#[test]
fn what_two_browsers_and_a_desktop_of_one_person_say_adds_up_to_one_state() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    bob.add(ALICE, "Colleagues");
    let chromium = Chromium::start();
    let here = chromium.sign_in(&server, "alice");
    bob.wait_status(ALICE, "available");
    let there = chromium.sign_in_from(&server, "alice", "alice-there");
    let mut desktop = server.connect("alice");
    here.see(text("Signed in on 3 devices"));
    here.choose("Busy");
    there.my_state_is("Busy");
    bob.wait_status(ALICE, "busy");
    desktop.set_status("do-not-disturb", "");
    bob.wait_status(ALICE, "do-not-disturb");
    here.my_state_is("Do Not Disturb");
    there.my_state_is("Do Not Disturb");
    there.reset_state();
    here.my_state_is("Available");
    bob.wait_status(ALICE, "available");
    desktop.sign_out();
    here.sign_out();
    there.my_state_is("Available");
    bob.wait_status(ALICE, "available");
    there.sign_out();
    bob.wait_status(ALICE, "offline");
}

#[test]
fn who_is_awaited_is_announced_when_they_come() {
    let server = Server::with_people(&["alice", "bob"]);
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    alice.add("Bob Example");
    alice.with_contact("Bob Example", "Tell me when available");
    let bob = server.connect("bob");
    alice.see(text("Bob Example is available"));
    drop(bob);
    alice.counts(named("treeitem", "^Bob Example, "), 1);
}

#[test]
fn settings_roam_to_the_other_browser_at_once() {
    let server = Server::with_people(&["alice"]);
    let chromium = Chromium::start();
    let here = chromium.sign_in(&server, "alice");
    let there = chromium.sign_in_from(&server, "alice", "alice-there");
    here.visit("/im/settings/look");
    there.visit("/im/settings/look");
    here.click(role("radio", "Dark"));
    there.see(css("main input[type=radio][value=dark]:checked ~ *"));
    // The choice is marked before the colours are there: they come with the next frames.
    let dark = "new Promise((tell) => { const end = Date.now() + 45000; const look = () => { const [r, g, b] = \
                getComputedStyle(document.querySelector('.fui-FluentProvider')).backgroundColor.match(/\\d+/g)\
                .map(Number); if (r + g + b < 200 || Date.now() > end) tell(r + g + b < 200); \
                else requestAnimationFrame(look); }; look(); })";
    assert_eq!(there.evaluate(dark), true);
    there.reload();
    there.see(css("main input[type=radio][value=dark]:checked ~ *"));
    assert_eq!(there.evaluate(dark), true);
}
