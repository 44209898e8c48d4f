//! One person at several machines.

use real_clients::wire::{Direction, Message};
use real_clients::{Client, Event, Server};
use serde_json::json;

use crate::{ALICE, BOB};

/// Bob at two machines, each of which knows of the other: with more than one device SIPE waits
/// ten seconds before it answers an invitation, unless its user writes back before.
pub(crate) fn two_machines(server: &Server) -> (Client, Client) {
    let desk = server.connect_from("bob", "desk");
    let laptop = server.connect_from("bob", "laptop");
    for client in [&desk, &laptop] {
        client.wait_message("both devices", |m| {
            m.direction == Direction::In && m.body.matches("<category name=\"device\"").count() == 2
        });
    }
    (desk, laptop)
}

fn rings(client: &Client) {
    client.wait_message("the invitation", |m| m.direction == Direction::In && m.is_request("INVITE"));
}

/// Tells who has the conversation, then who hasn't: both answer after their ten seconds, and the
/// server ends the conversation of the later one. The caller has the answer of the earlier one.
pub(crate) fn answered(caller: &Client, desk: Client, laptop: Client) -> (Client, Client) {
    for client in [&desk, &laptop] {
        rings(client);
        client.wait_message("the end of the invitation", |m| m.is_request("ACK"));
    }
    let answer = caller.wait_message("the answer", |m| m.is_answer("INVITE", 200));
    // Not by the tag: two of these clients that start within one second draw the same.
    let gave = |m: &Message| m.is_answer("INVITE", 200) && m.header("Contact") == answer.header("Contact");
    if desk.messages().iter().any(gave) { (desk, laptop) } else { (laptop, desk) }
}

#[test]
fn a_message_rings_every_endpoint_and_the_one_that_answers_has_the_conversation() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let (desk, laptop) = two_machines(&server);
    alice.say(BOB, "where are you?");
    let (mut winner, loser) = answered(&alice, desk, laptop);
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
fn who_writes_back_before_the_client_answers_is_heard() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let (mut desk, laptop) = two_machines(&server);
    alice.say(BOB, "where are you?");
    for client in [&desk, &laptop] {
        rings(client);
    }
    // SIPE writes into the dialog that its own answer is yet to make.
    desk.say(ALICE, "at my desk");
    alice.hear(BOB, "at my desk");
}

#[test]
fn html_keeps_its_form_at_the_endpoint_that_answers() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let (desk, laptop) = two_machines(&server);
    let form = |event: &Event| event.str("html").to_uppercase();
    alice.run("send_im", json!({"to": BOB, "html": "<b><i>where are you?</i></b>"}));
    let (mut winner, loser) = answered(&alice, desk, laptop);
    let heard = form(&winner.hear(ALICE, "where are you?"));
    assert!(heard.contains("<B>") && heard.contains("<I>"), "{heard}");
    winner.run("send_im", json!({"to": ALICE, "html": "<font color=\"#ff0000\">here</font>"}));
    let heard = form(&alice.hear(BOB, "here"));
    assert!(heard.contains("#FF0000"), "{heard}");
    alice.run("send_im", json!({"to": BOB, "html": "<u>stay</u> &amp; wait"}));
    let heard = form(&winner.hear(ALICE, "stay & wait"));
    assert!(heard.contains("<U>"), "{heard}");
    assert_eq!(loser.heard(ALICE), [""; 0], "the conversation is elsewhere");
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
