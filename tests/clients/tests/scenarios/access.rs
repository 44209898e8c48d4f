//! Levels of access: who sees what, and who is blocked.

use real_clients::Server;
use serde_json::json;

use crate::{ALICE, BOB, CAROL};

#[test]
fn a_blocked_watcher_sees_offline_and_after_unblocking_the_truth() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    bob.set_status("busy", "Secret");
    alice.wait_buddy(BOB, "busy with a note", |b| b.status == "busy" && b.note == "Secret");

    bob.run("block", json!({"who": ALICE}));
    let blocked = alice.wait_status(BOB, "offline");
    assert_eq!(blocked.note, "", "the note is hidden, too");
    // SIPE takes out of the container whom it was told to be in it.
    bob.wait_message("whom he blocks", |m| m.is_request("BENOTIFY") && m.body.contains("value=\"alice@"));

    bob.run("unblock", json!({"who": ALICE}));
    alice.wait_buddy(BOB, "busy with a note", |b| b.status == "busy" && b.note == "Secret");
}

#[test]
fn a_blocked_sender_learns_nothing_and_the_blocker_hears_nothing() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    let mut carol = server.connect("carol");
    bob.run("block", json!({"who": ALICE}));
    bob.wait_answered("setContainerMembers");
    alice.add(BOB, "Colleagues");
    alice.add(CAROL, "Colleagues");
    alice.wait_buddy(BOB, "named", |b| b.alias == "Bob Example");
    carol.sign_out();
    alice.wait_buddy(CAROL, "named and offline", |b| b.alias == "Carol Example" && b.status == "offline");

    alice.say(BOB, "do you hear me?");
    let blocked = alice.wait("im_error", |e| e.str("who").contains("bob"));
    alice.say(CAROL, "do you hear me?");
    let offline = alice.wait("im_error", |e| e.str("who").contains("carol"));
    assert!(blocked.str("text").contains("not delivered"), "{blocked:?}");
    assert_eq!(
        blocked.str("text").replace("Bob", "X"),
        offline.str("text").replace("Carol", "X"),
        "the words are those for somebody who is not there"
    );
    assert_eq!(bob.heard(ALICE), [""; 0]);
}

#[test]
fn a_block_outlives_sign_out_and_is_shown_to_its_owner() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    bob.add(ALICE, "Colleagues");
    alice.wait_status(BOB, "available");
    bob.run("block", json!({"who": ALICE}));
    alice.wait_status(BOB, "offline");
    bob.sign_out();

    let mut again = server.connect_from("bob", "pc2");
    again.wait_buddy(ALICE, "blocked", |b| b.blocked);
    let alice_again = server.connect_from("alice", "pc3");
    drop(alice_again);
    assert_eq!(alice.wait_status(BOB, "offline").status, "offline");
}

#[test]
fn each_level_of_access_is_kept_and_shown_on_the_next_machine() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    bob.add(ALICE, "Colleagues");
    bob.wait_buddy(ALICE, "on the list", |_| true);
    for (n, level) in ["Personal", "Team", "Public", "Company", "Blocked"].into_iter().enumerate() {
        bob.run("set_access_level", json!({"who": ALICE, "level": level}));
        let mut other = server.connect_from("bob", &format!("pc-{n}"));
        other.wait_buddy(ALICE, "on the list", |_| true);
        other.wait_until(&format!("the level should be {level}"), |client| {
            let shown = client.run("access_level", json!({"who": ALICE}));
            (shown["level"] == level).then_some(())
        });
    }
}

#[test]
fn the_team_may_interrupt_do_not_disturb_and_the_company_may_not() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let mut alice = server.connect("alice");
    let mut carol = server.connect("carol");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    carol.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    carol.wait_status(BOB, "available");
    bob.run("set_access_level", json!({"who": ALICE, "level": "Team"}));
    bob.wait_answered("setContainerMembers");
    bob.set_status("do-not-disturb", "");
    carol.wait_status(BOB, "do-not-disturb");
    let team = alice.wait_buddy(BOB, "not available", |b| b.status != "available");
    assert_ne!(team.status, "do-not-disturb", "urgent interruptions only: {team:?}");

    alice.say(BOB, "the house is on fire");
    bob.hear(ALICE, "the house is on fire");
    carol.say(BOB, "lunch?");
    let refused = carol.wait("im_error", |_| true);
    assert!(refused.str("text").contains("disturb"), "the truth: {refused:?}");
}

#[test]
fn the_public_level_shows_no_note() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    bob.set_status("busy", "For colleagues");
    alice.wait_buddy(BOB, "busy with a note", |b| b.status == "busy" && b.note == "For colleagues");
    bob.run("set_access_level", json!({"who": ALICE, "level": "Public"}));
    alice.wait_buddy(BOB, "busy without a note", |b| b.status == "busy" && b.note.is_empty());
}
