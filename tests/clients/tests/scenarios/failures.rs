//! Recipients who aren't there, in each way in which one can be away: the sender is told.

use std::time::Duration;

use real_clients::Server;

use crate::{ALICE, BOB};

fn undelivered(client: &real_clients::Client, text: &str) -> String {
    let error = client.wait("im_error", |_| true);
    assert!(error.str("text").contains("not delivered"), "{error:?}");
    assert!(error.str("text").contains(text), "the lost text is shown: {error:?}");
    error.str("text").to_owned()
}

#[test]
fn the_sender_is_told_that_the_recipient_is_offline() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    alice.say(BOB, "anybody home?");
    undelivered(&alice, "anybody home?");
}

#[test]
fn the_sender_is_told_when_there_is_no_such_person() {
    let server = Server::with_people(&["alice"]);
    let mut alice = server.connect("alice");
    alice.say("nobody@example.com", "hello?");
    undelivered(&alice, "hello?");
}

#[test]
fn the_sender_is_told_when_the_recipient_leaves_in_the_middle() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    alice.say(BOB, "hello");
    bob.hear(ALICE, "hello");
    bob.say(ALICE, "hi");
    alice.hear(BOB, "hi");
    bob.kill();
    alice.wait_status(BOB, "offline");
    alice.say(BOB, "are you still there?");
    undelivered(&alice, "are you still there?");
}

#[test]
fn a_closed_connection_is_offline_at_once() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    bob.kill();
    alice.wait_status(BOB, "offline");
}

#[test]
fn the_sender_is_told_when_nobody_is_behind_the_recipients_connection() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.say(BOB, "hello");
    bob.hear(ALICE, "hello");
    bob.say(ALICE, "hi");
    alice.hear(BOB, "hi");
    bob.freeze();
    alice.say(BOB, "are you still there?");
    // Nothing can tell but that no answer comes: 32 seconds (RFC 3261 §17.1.2.2, timer F).
    let error = alice.wait_within(Duration::from_secs(90), "im_error", |_| true);
    assert!(error.str("text").contains("are you still there?"), "{error:?}");
}

#[test]
fn who_comes_back_can_be_talked_to_again() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    alice.say(BOB, "lost");
    undelivered(&alice, "lost");
    let mut bob = server.connect("bob");
    alice.say(BOB, "found");
    bob.hear(ALICE, "found");
    bob.say(ALICE, "hi");
    alice.hear(BOB, "hi");
    assert_eq!(bob.heard(ALICE), ["found"], "nothing is kept for later without being said");
}
