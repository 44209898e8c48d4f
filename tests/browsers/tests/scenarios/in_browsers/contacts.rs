//! The contact list: what is changed at one program of a person is seen at the others, and who was added is asked.

use rapport_browsers::{Chromium, css, label, named, role, text};
use real_clients::Server;
use serde_json::json;

use super::{ALICE, BOB, CAROL};

/// The groups of the list as they stand.
const GROUPS: &str =
    "[...document.querySelectorAll('[role=tree] [aria-level=\"1\"]')].map((one) => one.dataset.name)";

#[test]
fn changes_at_the_desktop_are_seen_in_the_browser_of_the_same_person() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let chromium = Chromium::start();
    let browser = chromium.sign_in(&server, "alice");
    let mut desktop = server.connect("alice");
    desktop.add(BOB, "Colleagues");
    browser.sees_in_group("Bob Example", "Colleagues");
    desktop.add(CAROL, "Friends");
    browser.sees_in_group("Carol Example", "Friends");
    desktop.run("move_buddy", json!({"who": BOB, "to": "Friends"}));
    browser.sees_in_group("Bob Example", "Friends");
    desktop.run("alias_buddy", json!({"who": BOB, "alias": "Bobby <3 & co"}));
    browser.sees("Bobby <3 & co", "Offline");
    desktop.run("rename_group", json!({"group": "Friends", "to": "Dear friends"}));
    browser.sees_in_group("Carol Example", "Dear friends");
    desktop.run("remove_buddy", json!({"who": CAROL}));
    browser.misses("Carol Example");
    browser.sees_in_group("Bobby <3 & co", "Dear friends");
}

#[test]
fn changes_in_the_browser_are_seen_at_the_desktop_and_in_another_browser_of_the_same_person() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let chromium = Chromium::start();
    let browser = chromium.sign_in(&server, "alice");
    let other = chromium.sign_in_from(&server, "alice", "alice-elsewhere");
    let mut desktop = server.connect("alice");
    browser.add("Bob Example");
    other.sees("Bob Example", "Offline");
    let bob = desktop.wait_buddy(BOB, "there", |_| true);
    assert_eq!(bob.alias, "Bob Example");

    browser.make_group("Friends");
    browser.with_contact("Bob Example", "Move to");
    browser.click(role("menuitem", "Friends"));
    browser.sees_in_group("Bob Example", "Friends");
    other.sees_in_group("Bob Example", "Friends");
    desktop.wait_buddy(BOB, "among Friends", |b| b.group == "Friends");

    browser.with_contact("Bob Example", "Rename");
    browser.fill(label("Your name for Bob Example"), "Bobby <3 & co");
    browser.click(role("button", "Save"));
    other.sees("Bobby <3 & co", "Offline");
    desktop.wait_buddy(BOB, "renamed", |b| b.alias == "Bobby <3 & co");

    let friends = named("treeitem", "^Friends ");
    browser.menu(friends.clone());
    browser.click(role("button", "More for Friends").inside(friends));
    browser.click(role("menuitem", "Rename group"));
    browser.fill(label("Name of the group"), "Dear friends");
    browser.click(role("button", "Save"));
    other.sees_in_group("Bobby <3 & co", "Dear friends");
    desktop.wait_buddy(BOB, "in the renamed group", |b| b.group == "Dear friends");

    browser.with_contact("Bobby <3 & co", "Remove from Contact List");
    browser.misses("Bobby <3 & co");
    other.misses("Bobby <3 & co");
    desktop.wait_list("nobody should be left", |list| list.is_empty());
    // What was done can be taken back, everywhere.
    browser.click(role("button", "Undo"));
    other.sees_in_group("Bobby <3 & co", "Dear friends");
    desktop.wait_buddy(BOB, "back", |b| b.group == "Dear friends");
}

/// The server counts the fixed group as the first until groups are ordered; on the page it stands last and is not passed.
#[test]
fn a_group_moves_by_one_place_with_each_press_and_in_every_browser_of_the_person() {
    let server = Server::with_people(&["alice", "bob"]);
    let chromium = Chromium::start();
    let browser = chromium.sign_in(&server, "alice");
    let other = chromium.sign_in_from(&server, "alice", "alice-elsewhere");
    // Bob is in the fixed group, which is shown with somebody in it.
    browser.add("Bob Example");
    for group in ["Choir", "Finance", "Harbour"] {
        browser.make_group(group);
    }
    let open_menu = |group: &str| {
        let head = named("treeitem", &format!("^{group} "));
        browser.menu(head.clone());
        browser.click(role("button", &format!("More for {group}")).inside(head));
        browser.see(role("menuitem", "Rename group"));
    };
    let move_group = |group: &str, what: &str| {
        open_menu(group);
        browser.click(role("menuitem", what));
        browser.gone(role("menuitem", what));
    };
    let cannot = |group: &str, what: &str| {
        open_menu(group);
        browser.see(css("[role=menuitem][aria-disabled=true]").having(what));
        browser.press("Escape");
        browser.gone(role("menuitem", what));
    };
    let stand = |order: [&str; 4]| {
        for page in [&browser, &other] {
            page.becomes(GROUPS, order.as_slice());
        }
    };
    let last = "Other Contacts";
    stand(["Choir", "Finance", "Harbour", last]);
    move_group("Harbour", "Move up");
    stand(["Choir", "Harbour", "Finance", last]);
    move_group("Harbour", "Move up");
    stand(["Harbour", "Choir", "Finance", last]);
    cannot("Harbour", "Move up");
    cannot("Finance", "Move down");
    move_group("Choir", "Move up");
    stand(["Choir", "Harbour", "Finance", last]);
    move_group("Choir", "Move down");
    stand(["Harbour", "Choir", "Finance", last]);
    browser.reload();
    stand(["Harbour", "Choir", "Finance", last]);
}

#[test]
fn a_contact_is_dragged_to_another_group_and_is_there_at_the_desktop() {
    let server = Server::with_people(&["alice", "bob"]);
    let chromium = Chromium::start();
    let mut desktop = server.connect("alice");
    desktop.add(BOB, "Colleagues");
    let browser = chromium.sign_in(&server, "alice");
    browser.sees_in_group("Bob Example", "Colleagues");
    browser.make_group("Friends");
    browser.drag(named("treeitem", "^Bob Example, "), named("treeitem", "^Friends "));
    browser.sees_in_group("Bob Example", "Friends");
    desktop.wait_list("bob should be among Friends alone", |l| l.len() == 1 && l[0].group == "Friends");
}

#[test]
fn who_was_added_is_asked_and_may_allow_and_add() {
    let server = Server::with_people(&["alice", "bob"]);
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    let mut bob = server.connect("bob");
    bob.add(ALICE, "Colleagues");
    let asked = role("region", "Bob Example added you");
    alice.see(asked.clone());
    alice.click(role("button", "Allow and add").inside(asked.clone()));
    alice.gone(asked.clone());
    alice.sees("Bob Example", "Available");
    bob.wait_status(ALICE, "available");
    alice.reload();
    alice.sees("Bob Example", "Available");
    alice.gone(asked);
}

#[test]
fn who_was_added_may_block_and_is_offline_to_them_and_unreachable() {
    let server = Server::with_people(&["alice", "bob"]);
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    let mut bob = server.connect("bob");
    bob.add(ALICE, "Colleagues");
    bob.wait_status(ALICE, "available");
    let asked = role("region", "Bob Example added you");
    alice.click(role("button", "Block").inside(asked.clone()));
    alice.gone(asked);
    bob.wait_status(ALICE, "offline");
    bob.say(ALICE, "psst");
    bob.wait("im_error", |e| e.str("text").contains("psst"));
    alice.visit("/im/settings/access");
    alice.see(css("main section").having("Blocked").having("Bob Example"));
    alice.visit("/im/talks");
    alice.see(text("No conversations yet"));
}

#[test]
fn a_browser_that_adds_somebody_asks_them_in_theirs() {
    let server = Server::with_people(&["alice", "bob"]);
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    let bob = chromium.sign_in(&server, "bob");
    alice.add("Bob Example");
    let asked = role("region", "Alice Example added you");
    bob.click(role("button", "Allow").inside(asked.clone()));
    bob.gone(asked);
    alice.sees("Bob Example", "Available");
    assert_eq!(bob.count(named("treeitem", "^Alice Example, ")), 0, "allowed, and not added");
}

#[test]
fn the_contact_beyond_the_limit_is_refused_in_words() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    server.manage(&["tenant", "set", "example", "--max-contacts", "1"], "");
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    alice.add("Bob Example");
    alice.find("Carol Example");
    alice.click(role("button", "Add Carol Example"));
    alice.see(text("Your Contact List is full: it holds 1 person. Remove somebody first."));
    alice.find("");
    alice.sees("Bob Example", "Offline");
    assert_eq!(alice.count(named("treeitem", "^Carol Example, ")), 0);
}
