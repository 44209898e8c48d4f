//! What one person chooses is what the other sees: from the desktop client to the browser and back.

use serde_json::json;

use super::{ALICE, Pair};

/// SIPE's names of the states, and the client's words for them.
const STATES: [(&str, &str); 5] = [
    ("busy", "Busy"),
    ("do-not-disturb", "Do Not Disturb"),
    ("be-right-back", "Be Right Back"),
    ("away", "Away"),
    ("available", "Available"),
];

#[test]
fn each_state_is_seen_by_the_other_both_ways() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    for (state, words) in STATES {
        bob.set_status(state, "");
        alice.sees("Bob Example", words);
        alice.choose(words);
        bob.wait_status(ALICE, state);
    }
}

#[test]
fn who_appears_offline_is_offline_to_the_other_and_comes_back() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, server, .. } = &mut pair;
    bob.set_status("invisible", "");
    alice.sees("Bob Example", "Offline");
    bob.set_status("available", "");
    alice.sees("Bob Example", "Available");

    alice.choose("Appear Offline");
    bob.wait_status(ALICE, "offline");
    alice.reset_state();
    alice.my_state_is("Available");
    bob.wait_status(ALICE, "available");

    bob.sign_out();
    alice.sees("Bob Example", "Offline");
    bob.sign_in(&server.account("bob")).expect("he signs in again");
    alice.sees("Bob Example", "Available");
    alice.sign_out();
    bob.wait_status(ALICE, "offline");
}

#[test]
fn a_note_is_read_by_the_other_both_ways_and_taken_back() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    for note in ["Back at 3 <or> 4 & later", "Zurück um drei ☕ 日本"] {
        bob.set_status("available", note);
        alice.sees_note("Bob Example", note);
        alice.note(note);
        bob.wait_buddy(ALICE, "with the note", |b| b.note.contains(note));
    }
    bob.set_status("available", "");
    alice.sees_like("Bob Example", "Available$");
    alice.note("");
    bob.wait_buddy(ALICE, "without a note", |b| b.note.is_empty());
}

#[test]
fn an_idle_person_is_shown_as_inactive_and_comes_back() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    // What Pidgin does when nobody touches the machine.
    bob.set_status("away", "");
    bob.run("set_idle", json!({"seconds": 300}));
    alice.sees_like("Bob Example", "(Inactive|Away)");
    bob.run("set_idle", json!({"seconds": 0}));
    bob.set_status("available", "");
    alice.sees("Bob Example", "Available");
}
