//! The roaming contact list: seen after sign-out and sign-in, and on a second endpoint.

use real_clients::{Buddy, Client, Server};
use serde_json::json;

use crate::{BOB, CAROL};

/// Name, shown name and group of everybody on the list, sorted.
fn lines(list: &[Buddy]) -> Vec<(String, String, String)> {
    let mut lines: Vec<_> = list.iter().map(|b| (b.name.clone(), b.alias.clone(), b.group.clone())).collect();
    lines.sort();
    lines
}

/// Signs alice in on a new machine, which knows nothing, and waits for a list.
fn fresh(server: &Server, machine: &str, what: &str, want: impl Fn(&[Buddy]) -> bool) -> Client {
    let mut client = server.connect_from("alice", machine);
    client.wait_list(what, want);
    client
}

#[test]
fn an_added_contact_is_seen_on_a_second_endpoint_and_after_the_next_sign_in() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let mut one = server.connect_from("alice", "pc1");
    let mut two = server.connect_from("alice", "pc2");
    one.add(BOB, "Colleagues");
    two.wait_buddy(BOB, "on the second endpoint, as the directory names him", |b| {
        b.group == "Colleagues" && b.alias == "Bob Example"
    });

    two.add(CAROL, "Friends");
    one.wait_buddy(CAROL, "on the first endpoint", |b| b.group == "Friends");

    one.sign_out();
    fresh(&server, "pc3", "both contacts on a third machine", |l| {
        lines(l)
            .iter()
            .map(|(name, _, group)| (name.as_str(), group.as_str()))
            .eq([("sip:bob@example.com", "Colleagues"), ("sip:carol@example.com", "Friends")])
    });
}

#[test]
fn a_moved_contact_is_in_its_new_group_everywhere() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut one = server.connect_from("alice", "pc1");
    one.add(BOB, "Colleagues");
    let mut two = fresh(&server, "pc2", "the contact", |l| !l.is_empty());
    one.run("move_buddy", json!({"who": BOB, "to": "Friends"}));
    let moved = |l: &[Buddy]| l.len() == 1 && l[0].group == "Friends";
    two.wait_list("bob should be among Friends alone", moved);
    fresh(&server, "pc3", "bob should be among Friends alone", moved);
}

#[test]
fn a_renamed_contact_keeps_the_name_its_owner_gave() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut one = server.connect_from("alice", "pc1");
    one.add(BOB, "Colleagues");
    one.wait_buddy(BOB, "named by the directory", |b| b.alias == "Bob Example");
    let mut two = fresh(&server, "pc2", "the contact", |l| !l.is_empty());
    one.run("alias_buddy", json!({"who": BOB, "alias": "Bobby <3 & co"}));
    two.wait_buddy(BOB, "renamed", |b| b.alias == "Bobby <3 & co");
    fresh(&server, "pc3", "the new name", |l| l.iter().any(|b| b.alias == "Bobby <3 & co"));
}

#[test]
fn a_renamed_group_takes_its_contacts_with_it() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let mut one = server.connect_from("alice", "pc1");
    one.add(BOB, "Colleagues");
    one.add(CAROL, "Colleagues");
    let mut two = fresh(&server, "pc2", "two contacts", |l| l.len() == 2);
    one.run("rename_group", json!({"group": "Colleagues", "to": "Ex-Colleagues"}));
    let renamed = |l: &[Buddy]| l.len() == 2 && l.iter().all(|b| b.group == "Ex-Colleagues");
    two.wait_list("both should be in the renamed group", renamed);
    fresh(&server, "pc3", "both should be in the renamed group", renamed);
}

#[test]
fn a_removed_contact_is_gone_everywhere_and_stays_gone() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let mut one = server.connect_from("alice", "pc1");
    one.add(BOB, "Colleagues");
    one.add(CAROL, "Colleagues");
    let mut two = fresh(&server, "pc2", "two contacts", |l| l.len() == 2);
    one.run("remove_buddy", json!({"who": BOB}));
    let gone = |l: &[Buddy]| l.len() == 1 && l[0].name == "sip:carol@example.com";
    two.wait_list("only carol should be left", gone);
    fresh(&server, "pc3", "only carol should be left", gone);
}

#[test]
fn a_removed_group_is_gone_everywhere() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let mut one = server.connect_from("alice", "pc1");
    one.add(BOB, "Project");
    one.add(CAROL, "Friends");
    let mut two = fresh(&server, "pc2", "two contacts", |l| l.len() == 2);
    one.run("remove_group", json!({"group": "Project"}));
    two.wait_list("only Friends should be left", |l| l.len() == 1 && l[0].group == "Friends");
    let mut three = fresh(&server, "pc3", "only Friends should be left", |l| l.len() == 1);
    assert_eq!(three.groups(), ["Friends"]);
}

#[test]
fn changes_of_two_endpoints_in_turn_leave_one_list() {
    let server = Server::with_people(&["alice", "bob", "carol", "dave"]);
    let mut one = server.connect_from("alice", "pc1");
    let mut two = server.connect_from("alice", "pc2");
    one.add(BOB, "A");
    two.wait_buddy(BOB, "there", |_| true);
    two.add(CAROL, "B");
    one.wait_buddy(CAROL, "there", |_| true);
    one.add("dave@example.com", "A");
    two.wait_buddy("dave@example.com", "there", |_| true);
    two.run("move_buddy", json!({"who": BOB, "to": "B"}));
    one.wait_buddy(BOB, "moved", |b| b.group == "B");
    for client in [&mut one, &mut two] {
        let is_named = |list: &[Buddy]| list.iter().all(|b| b.alias.ends_with(" Example"));
        client.wait_list("the directory should name everybody", is_named);
    }
    assert_eq!(lines(&one.buddies()), lines(&two.buddies()));
    assert_eq!(one.groups(), ["A", "B"]);
}

#[test]
fn the_contact_card_shows_what_the_directory_knows() {
    let server = Server::with_people(&["alice", "bob"]);
    server
        .manage(&["user", "set", "example", BOB, "--title", "Engineer", "--department", "Tools & Bolts"], "");
    let page = "https://example.com/bob?tools&bolts";
    server.manage(&["user", "set", "example", BOB, "--web-page", page], "");
    let mut alice = server.connect("alice");
    alice.add(BOB, "Colleagues");
    let mut bob = server.connect("bob");
    alice.wait_status(BOB, "available");
    alice.wait_buddy(BOB, "with a title, a department and a page", |b| {
        let says = |fact: &str| b.card.iter().any(|(_, text)| text == fact);
        says("Engineer")
            && says("Tools & Bolts")
            && b.card.iter().any(|(name, text)| (name.as_str(), text.as_str()) == ("site", page))
    });
    bob.sign_out();
}
