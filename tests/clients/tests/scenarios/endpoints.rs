//! One person at several machines.

use real_clients::{Client, Server};

use crate::{ALICE, BOB};

#[test]
fn a_message_rings_every_endpoint_and_the_one_that_answers_has_the_conversation() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let desk = server.connect_from("bob", "desk");
    let laptop = server.connect_from("bob", "laptop");
    alice.say(BOB, "where are you?");
    // SIPE at several machines answers after ten seconds, unless its user writes back before;
    // both answer here, and the server ends the conversation of whoever comes second.
    for client in [&desk, &laptop] {
        client.wait_message("the invitation", |m| m.is_request("INVITE"));
        client.wait_message("the end of the invitation", |m| m.is_request("ACK"));
    }
    let is_out = |client: &Client| client.messages().iter().any(|m| m.is_request("BYE"));
    let (mut winner, loser) = if is_out(&desk) { (laptop, desk) } else { (desk, laptop) };
    winner.hear(ALICE, "where are you?");
    loser.wait_message("the end of the conversation", |m| m.is_request("BYE"));
    winner.say(ALICE, "here");
    alice.hear(BOB, "here");
    alice.say(BOB, "good, stay there");
    winner.hear(ALICE, "good, stay there");
    assert_eq!(loser.heard(ALICE), [""; 0], "the conversation is elsewhere");
    assert_eq!(winner.heard(ALICE), ["where are you?", "good, stay there"]);
}

#[test]
fn who_writes_back_first_has_the_conversation_at_once() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut desk = server.connect_from("bob", "desk");
    let laptop = server.connect_from("bob", "laptop");
    alice.say(BOB, "where are you?");
    for client in [&desk, &laptop] {
        client.wait_message("the invitation", |m| m.is_request("INVITE"));
    }
    desk.say(ALICE, "at my desk");
    alice.hear(BOB, "at my desk");
    laptop.wait_message("the end of ringing", |m| m.is_request("CANCEL"));
    alice.say(BOB, "good, stay there");
    desk.hear(ALICE, "good, stay there");
    assert_eq!(laptop.heard(ALICE), [""; 0], "the conversation is at the desk");
}

#[test]
fn a_person_stays_available_until_the_last_endpoint_is_gone() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut desk = server.connect_from("bob", "desk");
    let mut laptop = server.connect_from("bob", "laptop");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    desk.sign_out();
    // The laptop's state is what alice sees next, which proves that the desk's end is through.
    laptop.set_status("busy", "");
    alice.wait_status(BOB, "busy");
    let offline = alice.seen(|e| {
        e.name() == "buddy_status" && e.str("name").contains("bob") && e.str("status") == "offline"
    });
    assert!(offline.len() <= 1, "offline at most before the first news: {offline:?}");
    laptop.sign_out();
    alice.wait_status(BOB, "offline");
}

#[test]
fn a_state_chosen_at_one_machine_is_shown_at_the_other() {
    let server = Server::with_people(&["bob"]);
    let mut desk = server.connect_from("bob", "desk");
    let laptop = server.connect_from("bob", "laptop");
    desk.set_status("busy", "");
    laptop.wait("own_status", |e| e.str("status") == "busy");
}

#[test]
fn a_second_sign_in_of_the_same_endpoint_replaces_the_first() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    alice.add(BOB, "Colleagues");
    let first = server.connect_from("bob", "desk");
    let mut second = server.connect_from("bob", "desk");
    first.wait("disconnected", |_| true);
    alice.wait_status(BOB, "available");
    alice.say(BOB, "still there?");
    second.hear(ALICE, "still there?");
    second.say(ALICE, "yes");
    alice.hear(BOB, "yes");
    assert_eq!(first.heard(ALICE), [""; 0]);
}
