//! The life of a person, as the people around see it: renamed, deleted, restored.

use real_clients::client::Account;
use real_clients::{Client, Server};

use crate::{ALICE, BOB};

const RENAMED: &str = "bob.lind@example.com";

#[test]
fn a_renamed_contact_follows_and_both_addresses_reach_the_person() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    server.manage(&["user", "set", "example", BOB, "--address", RENAMED], "");
    alice.wait_buddy(RENAMED, "in the same group", |b| b.status == "available" && b.group == "Colleagues");
    // Bob's program knows nothing of it, and goes on.
    bob.set_status("busy", "still here");
    alice.wait_buddy(RENAMED, "busy", |b| b.status == "busy" && b.note == "still here");
    alice.say(BOB, "to the old one");
    bob.hear(ALICE, "to the old one");
    alice.say(RENAMED, "to the new one");
    bob.hear(ALICE, "to the new one");

    let mut old = Client::start("pc-old");
    old.sign_in(&server.account("bob")).expect("the old address still signs in");
    let mut new = Client::start("pc-new");
    let account = Account { address: RENAMED.to_owned(), ..server.account("bob") };
    new.sign_in(&account).expect("the new address signs in");
}

#[test]
fn a_deleted_person_is_told_and_seen_offline_and_comes_back_with_everything() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    bob.add(ALICE, "Friends");
    // His program shows her before the server has her.
    bob.wait_answered("setContact");
    alice.wait_status(BOB, "available");
    server.manage(&["user", "delete", "example", BOB, "--yes"], "");
    let end = bob.wait("disconnected", |_| true);
    assert!(end.str("text").contains("removed"), "the reason is shown: {end:?}");
    alice.wait_status(BOB, "offline");
    let mut client = Client::start("pc2");
    let refused = client.sign_in(&server.account("bob")).expect_err("he is unknown");
    assert_eq!(refused.reason, "authentication_failed");

    server.manage(&["user", "restore", "example", BOB], "");
    let mut again = server.connect_from("bob", "pc3");
    again.wait_buddy(ALICE, "on the list still", |b| b.group == "Friends");
    alice.wait_status(BOB, "available");
}

#[test]
fn a_person_whose_licence_is_taken_while_signed_in_is_told_so_and_seen_offline() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    server.manage(&["user", "set", "example", BOB, "--licensed", "false"], "");
    let end = bob.wait("disconnected", |_| true);
    assert!(end.str("text").contains("no licence"), "the reason is shown: {end:?}");
    alice.wait_status(BOB, "offline");
    let mut client = Client::start("pc2");
    let refused = client.sign_in(&server.account("bob")).expect_err("he has no licence");
    assert!(refused.text.contains("licence"), "the reason is shown again: {refused}");

    server.manage(&["user", "set", "example", BOB, "--licensed", "true"], "");
    let _again = server.connect_from("bob", "pc3");
    alice.wait_status(BOB, "available");
}

#[test]
fn a_person_whose_password_is_changed_while_signed_in_is_out_and_needs_the_new_one() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    let new = Account { password: "orchard-lamp-and-seven-tides".to_owned(), ..server.account("bob") };
    server.manage(&["user", "password", "example", BOB, "--password-stdin"], &new.password);
    let end = bob.wait("disconnected", |_| true);
    // Pidgin comes back by itself from this reason only, and that is when it asks for the new password.
    assert_eq!(end.str("reason"), "network_error", "{end:?}");
    let refused = bob.sign_in(&server.account("bob")).expect_err("the old password is over");
    assert_eq!(refused.reason, "authentication_failed", "the user is asked for another: {refused}");
    alice.wait_status(BOB, "offline");
    bob.sign_in(&new).expect("the new password signs in");
    alice.wait_status(BOB, "available");
}

#[test]
fn the_same_windows_domain_name_in_two_companies_never_crosses() {
    let server = Server::start();
    for (company, domain) in [("north", "north.example"), ("south", "south.example")] {
        let add =
            ["tenant", "add", company, "--domain", domain, "--netbios-name", "CORP", "--account-passwords"];
        server.manage(&add, "");
        server.add_user(company, "kim", domain);
    }
    let own = "a password of the south alone";
    server.manage(&["user", "password", "south", "kim@south.example", "--password-stdin"], own);
    let mut north = Client::start("n");
    north.sign_in(&server.account_at("kim", "north.example", "CORP")).expect("north's own");
    let mut crossing = Client::start("x");
    let refused =
        crossing.sign_in(&server.account_at("kim", "south.example", "CORP")).expect_err("north's password");
    assert_eq!(refused.reason, "authentication_failed");
    let mut south = Client::start("s");
    let account = Account { password: own.to_owned(), ..server.account_at("kim", "south.example", "CORP") };
    south.sign_in(&account).expect("south's own");
}
