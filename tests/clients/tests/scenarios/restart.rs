//! The server dies and comes back: what was acknowledged is there, and nobody is frozen.

use std::collections::BTreeMap;

use real_clients::wire::Message;
use real_clients::{Client, Server};
use serde_json::json;

use crate::{ALICE, BOB, CAROL};

/// Waits until libpurple says that the connection is lost, and signs in as Pidgin would.
fn come_back(server: &Server, client: &mut Client, name: &str) {
    let lost = client.wait("disconnected", |_| true);
    assert_eq!(lost.str("reason"), "network_error", "Pidgin comes back by itself: {lost:?}");
    if let Err(refused) = client.sign_in(&server.account(name)) {
        panic!("{name} could not come back: {refused}; the server logged:\n{}", server.logged());
    }
}

/// How often each publication was answered with a conflict of versions. The correction that
/// follows a conflict is the same publication: it sets the same categories in the same
/// containers.
fn conflicts(messages: &[Message]) -> BTreeMap<Vec<String>, usize> {
    let mut counts = BTreeMap::new();
    for answer in messages.iter().filter(|m| m.is_answer("SERVICE", 409)) {
        let request = messages
            .iter()
            .find(|m| {
                m.is_request("SERVICE")
                    && m.header("Call-ID") == answer.header("Call-ID")
                    && m.header("CSeq") == answer.header("CSeq")
            })
            .expect("an answer answers a request");
        *counts.entry(publications(&request.body)).or_default() += 1;
    }
    counts
}

/// Category, instance and container of everything that a request publishes.
fn publications(body: &str) -> Vec<String> {
    let value = |element: &str, key: &str| {
        let (_, rest) = element.split_once(&format!(" {key}=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    let keys = ["categoryName", "instance", "container"];
    let named = |element: &str| keys.map(|key| value(element, key).unwrap_or_default()).join("/");
    let mut all: Vec<_> = body.split("<publication ").skip(1).map(|e| named(&format!(" {e}"))).collect();
    all.sort();
    all
}

#[test]
fn after_a_kill_lists_access_and_static_state_are_as_they_were_and_everything_moves() {
    let mut server = Server::with_people(&["alice", "bob", "carol"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    let mut carol = server.connect("carol");
    alice.add(BOB, "Colleagues");
    alice.add(CAROL, "Friends");
    bob.add(ALICE, "Colleagues");
    bob.add(CAROL, "Colleagues");
    carol.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    bob.set_status("busy", "Deep in it");
    alice.wait_buddy(BOB, "busy with a note", |b| b.status == "busy" && b.note == "Deep in it");
    bob.run("block", json!({"who": CAROL}));
    carol.wait_status(BOB, "offline");

    let before = [alice.messages().len(), bob.messages().len(), carol.messages().len()];
    server.kill();
    server.restart();
    for (client, name) in [(&mut alice, "alice"), (&mut bob, "bob"), (&mut carol, "carol")] {
        come_back(&server, client, name);
    }

    alice.wait_buddy(BOB, "busy among Colleagues, with the note", |b| {
        b.group == "Colleagues" && b.note == "Deep in it" && b.status == "busy"
    });
    assert_eq!(bob.run("state", json!({}))["status"], "busy", "and to himself");
    // The document that answers his subscription; what is left from before the kill is none.
    let told = bob.messages()[before[1]..]
        .iter()
        .find(|m| m.is_answer("SUBSCRIBE", 200) && m.body.contains("<roamingData"))
        .cloned();
    let own = told.expect("bob asks for what he published").body;
    let chosen = own.split("<category ").find(|c| c.contains("\"userState\"")).unwrap_or_default();
    assert!(chosen.contains("<availability>6500<"), "the server knows it before he says it again: {chosen}");
    assert_eq!(alice.groups(), ["Colleagues", "Friends"]);
    bob.wait_buddy(CAROL, "blocked still", |b| b.blocked);
    carol.wait_status(BOB, "offline");

    // No contact is frozen: each sees the next change of the other.
    bob.set_status("away", "");
    alice.wait_status(BOB, "away");
    alice.set_status("do-not-disturb", "");
    bob.wait_status(ALICE, "do-not-disturb");
    alice.set_status("available", "");
    bob.set_status("available", "");
    alice.wait_status(BOB, "available");
    bob.wait_status(ALICE, "available");
    alice.say(BOB, "we are back");
    bob.hear(ALICE, "we are back");

    // A conflict of versions is settled by one correction, not repeated for ever.
    for (client, before) in [&alice, &bob, &carol].into_iter().zip(before) {
        for (publication, count) in conflicts(&client.messages()[before..]) {
            assert!(count <= 1, "{count} conflicts of {publication:?}");
        }
    }
}

#[test]
fn a_contact_added_right_before_a_kill_is_there_afterwards() {
    let mut server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    alice.add(BOB, "Colleagues");
    alice.wait_answered("setContact");
    server.kill();
    server.restart();
    let mut fresh = server.connect_from("alice", "pc2");
    fresh.wait_buddy(BOB, "there", |b| b.group == "Colleagues");
}

#[test]
fn a_server_that_is_told_to_stop_lets_clients_come_back_by_themselves() {
    let mut server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    server.stop();
    server.restart();
    come_back(&server, &mut alice, "alice");
    come_back(&server, &mut bob, "bob");
    alice.wait_status(BOB, "available");
    for client in [&alice, &bob] {
        let notices = client.messages();
        assert!(
            !notices.iter().any(|m| m.body.contains("deregistered")),
            "SIPE doesn't come back from that notice"
        );
    }
}
