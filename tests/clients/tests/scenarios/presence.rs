//! What one person chooses is what the other sees, both ways.

use real_clients::{Client, Server};
use serde_json::json;

use crate::{ALICE, BOB};

fn two_who_watch_each_other() -> (Server, Client, Client) {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    bob.add(ALICE, "Colleagues");
    alice.wait_status(BOB, "available");
    bob.wait_status(ALICE, "available");
    (server, alice, bob)
}

#[test]
fn each_state_is_seen_by_the_other_both_ways() {
    let (_server, mut alice, mut bob) = two_who_watch_each_other();
    for state in ["busy", "do-not-disturb", "be-right-back", "away", "available"] {
        bob.set_status(state, "");
        alice.wait_status(BOB, state);
        alice.set_status(state, "");
        bob.wait_status(ALICE, state);
    }
}

#[test]
fn who_appears_offline_is_offline_to_others_and_comes_back() {
    let (_server, mut alice, mut bob) = two_who_watch_each_other();
    bob.set_status("invisible", "");
    alice.wait_status(BOB, "offline");
    bob.set_status("available", "");
    alice.wait_status(BOB, "available");
}

#[test]
fn who_signs_out_is_offline_and_who_signs_in_is_available() {
    let (server, mut alice, mut bob) = two_who_watch_each_other();
    bob.sign_out();
    alice.wait_status(BOB, "offline");
    bob.sign_in(&server.account("bob")).expect("he signs in again");
    alice.wait_status(BOB, "available");
}

#[test]
fn somebody_who_was_never_signed_in_is_offline_and_has_a_name() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    alice.add(BOB, "Colleagues");
    let bob = alice.wait_buddy(BOB, "named", |b| b.alias == "Bob Example");
    assert_eq!(bob.status, "offline");
}

#[test]
fn an_idle_person_is_shown_as_inactive_and_comes_back() {
    let (_server, mut alice, mut bob) = two_who_watch_each_other();
    // What Pidgin does when nobody touches the machine: away and idle within a second, of which
    // SIPE makes the machine's state alone.
    bob.set_status("away", "");
    bob.run("set_idle", json!({"seconds": 300}));
    alice.wait_buddy(BOB, "inactive", |b| !matches!(b.status.as_str(), "available" | "offline"));
    bob.run("set_idle", json!({"seconds": 0}));
    bob.set_status("available", "");
    alice.wait_status(BOB, "available");
}

#[test]
fn a_note_is_seen_both_ways_changed_and_taken_back() {
    let (_server, mut alice, mut bob) = two_who_watch_each_other();
    for note in ["Back at 3 <or> 4 & later", "Zurück um drei ☕", ""] {
        bob.set_status("available", note);
        alice.wait_buddy(BOB, "with the note", |b| {
            b.note.contains(note) && (!note.is_empty() || b.note.is_empty())
        });
        alice.set_status("available", note);
        bob.wait_buddy(ALICE, "with the note", |b| {
            b.note.contains(note) && (!note.is_empty() || b.note.is_empty())
        });
    }
}

#[test]
fn a_note_and_its_state_are_seen_by_who_signs_in_later() {
    let (server, mut alice, mut bob) = two_who_watch_each_other();
    bob.set_status("busy", "Quarter's end");
    alice.wait_buddy(BOB, "busy with a note", |b| b.status == "busy" && b.note.contains("Quarter's end"));
    alice.sign_out();
    alice.sign_in(&server.account("alice")).expect("she signs in again");
    alice.wait_buddy(BOB, "busy with a note", |b| b.status == "busy" && b.note.contains("Quarter's end"));
}

#[test]
fn a_note_outlives_its_writers_sign_out() {
    let (server, mut alice, mut bob) = two_who_watch_each_other();
    bob.set_status("available", "On holiday until Monday");
    alice.wait_buddy(BOB, "with the note", |b| b.note.contains("On holiday"));
    bob.sign_out();
    alice.wait_status(BOB, "offline");
    // SIPE shows no note of somebody who is offline; what it was told is on the wire.
    let mut fresh = server.connect_from("alice", "pc2");
    fresh.wait_message("the note", |m| {
        m.body.contains("On holiday until Monday") && m.body.contains("bob@example.com")
    });
    fresh.wait_status(BOB, "offline");
}

#[test]
fn somebody_is_told_who_added_them() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    let told = bob.wait_message("the list of those not yet acknowledged", |m| {
        m.body.contains("<subscribers") && m.body.contains("alice@example.com")
    });
    assert!(told.body.contains("acknowledged=\"false\""), "{}", told.body);
}
