//! Instant messages, one to one.

use real_clients::{Event, Server};
use serde_json::json;

use crate::{ALICE, BOB};

#[test]
fn text_goes_both_ways_in_order() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.say(BOB, "hello");
    bob.hear(ALICE, "hello");
    bob.say(ALICE, "hi, what's up?");
    alice.hear(BOB, "hi, what's up?");
    let lines = ["one", "two & <three>", "Grüße aus Köln — 日本語 🎉", "a\nb"];
    for line in lines {
        alice.say(BOB, line);
    }
    for line in lines {
        bob.hear(ALICE, line);
    }
    assert_eq!(bob.heard(ALICE)[1..], lines);
}

#[test]
fn html_keeps_its_form_both_ways() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    // SIPE makes one form for the whole message of the HTML that its user wrote.
    let form = |event: &Event| event.str("html").to_uppercase();
    alice.run("send_im", json!({"to": BOB, "html": "<b><i>bold and slanted</i></b>"}));
    let heard = form(&bob.hear(ALICE, "bold and slanted"));
    assert!(heard.contains("<B>") && heard.contains("<I>"), "{heard}");
    bob.run("send_im", json!({"to": ALICE, "html": "<font color=\"#ff0000\">very red</font>"}));
    let heard = form(&alice.hear(BOB, "very red"));
    assert!(heard.contains("#FF0000"), "{heard}");
    alice.run("send_im", json!({"to": BOB, "html": "<u>later</u> &amp; 1 &lt; 2"}));
    let heard = form(&bob.hear(ALICE, "later & 1 < 2"));
    assert!(heard.contains("<U>"), "{heard}");
}

#[test]
fn the_first_message_is_shown_once() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.say(BOB, "first");
    bob.hear(ALICE, "first");
    // What comes later in the dialog comes after a second copy of the first would have.
    alice.say(BOB, "second");
    bob.hear(ALICE, "second");
    bob.say(ALICE, "seen");
    alice.hear(BOB, "seen");
    assert_eq!(bob.heard(ALICE), ["first", "second"]);
}

#[test]
fn people_who_do_not_know_each_other_can_talk() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let bob = server.connect("bob");
    alice.say(BOB, "we haven't met");
    bob.hear(ALICE, "we haven't met");
}

#[test]
fn typing_shows_and_stops_with_the_message() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.say(BOB, "hello");
    bob.hear(ALICE, "hello");
    bob.say(ALICE, "hello");
    alice.hear(BOB, "hello");
    bob.run("typing", json!({"to": ALICE, "state": "typing"}));
    alice.wait("typing", |e| e.str("state") == "typing" && e.str("from").contains("bob"));
    alice.run("typing", json!({"to": BOB, "state": "typing"}));
    bob.wait("typing", |e| e.str("state") == "typing" && e.str("from").contains("alice"));
    let mark = alice.mark();
    bob.say(ALICE, "there");
    alice.hear(BOB, "there");
    alice.wait_after(mark, "end of bob's typing", |e| {
        e.name() == "typing" && e.str("state") == "stopped" && e.str("from").contains("bob")
    });
    alice.run("typing", json!({"to": BOB, "state": "stopped"}));
    bob.wait("typing", |e| e.str("state") == "stopped" && e.str("from").contains("alice"));
}

#[test]
fn a_conversation_that_was_closed_begins_anew() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.say(BOB, "one");
    bob.hear(ALICE, "one");
    alice.run("close_im", json!({"who": BOB}));
    bob.wait_message("the end of the dialog", |m| m.is_request("BYE"));
    alice.say(BOB, "two");
    bob.hear(ALICE, "two");
    bob.say(ALICE, "three");
    alice.hear(BOB, "three");
}

/// A program that quits hangs up in the same breath. Whoever isn't told writes to it again, and nobody hears that.
#[test]
fn who_comes_back_at_another_machine_is_heard_in_the_window_that_is_still_open() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    for machine in ["desk", "laptop", "phone"] {
        let mut bob = server.connect_from("bob", machine);
        let hello = format!("are you at your {machine}?");
        alice.say(BOB, &hello);
        bob.hear(ALICE, &hello);
        bob.say(ALICE, "for a moment");
        alice.hear(BOB, "for a moment");
        let mark = alice.mark();
        bob.sign_out();
        alice.wait_after(mark, "end of the conversation", |e| {
            e.name() == "sip" && e.str("dir") == "in" && e.str("text").starts_with("BYE ")
        });
    }
    assert!(alice.seen(|e| e.name() == "im_error").is_empty(), "everything was heard");
}

/// A program that is lost hangs up on nobody: the next word comes back as undelivered, and the one after it is heard.
#[test]
fn who_comes_back_after_a_loss_is_heard_from_the_second_word_on() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut desk = server.connect_from("bob", "desk");
    alice.say(BOB, "hello");
    desk.hear(ALICE, "hello");
    // From here on nothing is under way that the loss could take with it.
    alice.wait_message("the answer to it", |m| m.is_answer("MESSAGE", 200));
    desk.kill();
    let mut laptop = server.connect_from("bob", "laptop");
    alice.say(BOB, "first");
    let error = alice.wait("im_error", |_| true);
    assert!(error.str("text").contains("first"), "the lost text is shown: {error:?}");
    alice.say(BOB, "second");
    laptop.hear(ALICE, "second");
    laptop.say(ALICE, "here");
    alice.hear(BOB, "here");
}

#[test]
fn three_people_talk_in_pairs_and_nobody_hears_what_is_not_theirs() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    let mut carol = server.connect("carol");
    alice.say(BOB, "for bob");
    alice.say("carol@example.com", "for carol");
    bob.hear(ALICE, "for bob");
    carol.hear(ALICE, "for carol");
    bob.say("carol@example.com", "from bob");
    carol.hear(BOB, "from bob");
    carol.say(ALICE, "from carol");
    alice.hear("carol@example.com", "from carol");
    assert_eq!(bob.heard(ALICE), ["for bob"]);
    assert_eq!(carol.heard(ALICE), ["for carol"]);
    assert_eq!(alice.heard(BOB), [""; 0]);
}

#[test]
fn a_long_message_arrives_whole() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let bob = server.connect("bob");
    let long = "0123456789 ".repeat(600).trim_end().to_owned();
    alice.say(BOB, "short");
    bob.hear(ALICE, "short");
    alice.say(BOB, &long);
    bob.hear(ALICE, &long);
}
