//! Limits of the company's policy, as a client meets them.

use real_clients::Server;

use crate::{BOB, CAROL};

#[test]
fn the_contact_beyond_the_limit_is_refused_and_the_clients_list_equals_the_servers() {
    let server = Server::with_people(&["alice", "bob", "carol", "dave"]);
    server.manage(&["tenant", "set", "example", "--max-contacts", "2"], "");
    let mut alice = server.connect("alice");
    alice.add(BOB, "Colleagues");
    alice.add(CAROL, "Colleagues");
    alice.wait_list("two contacts", |l| l.len() == 2);
    alice.add("dave@example.com", "Colleagues");
    let refused = alice.wait_message("the refusal", |m| m.is_answer("SERVICE", 403));
    assert!(refused.header("ms-diagnostics").is_some(), "{refused:?}");
    alice.wait_list("dave should be gone again", |l| {
        l.len() == 2 && !l.iter().any(|b| b.name == "sip:dave@example.com")
    });

    // The numbers still agree: the next change is taken.
    alice.run("remove_buddy", serde_json::json!({"who": CAROL}));
    alice.add("dave@example.com", "Colleagues");
    let mut fresh = server.connect_from("alice", "pc2");
    fresh.wait_list("bob and dave", |l| l.len() == 2 && l.iter().any(|b| b.name == "sip:dave@example.com"));
    let shown = server.manage(&["user", "show", "example", "alice@example.com"], "");
    assert_eq!(shown["contacts"]["count"], 2, "{shown}");
}
