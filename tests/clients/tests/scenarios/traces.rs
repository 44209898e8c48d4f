//! What was said on the wire, kept as snapshots: the first message of every kind, with chance
//! and time masked. A change here is a change of what clients meet; read it before accepting.

use real_clients::wire::{Direction, Message};
use real_clients::{Client, Server, trace};

use crate::{ALICE, BOB};

/// Everything that client and server said, but for the invitation that SIPE sends to a chat room
/// service after each sign-in: its end may come before or after anything else.
fn said(server: &Server, client: &Client) -> Vec<Message> {
    let port = server.tls().port();
    client
        .messages()
        .into_iter()
        .filter(|m| !m.header("To").is_some_and(|to| to.contains("sip:ocschat@")))
        .map(|m| m.with(&format!("localhost:{port}"), "localhost:<port>"))
        .map(|m| m.with(&format!("m=message {port}"), "m=message <port>"))
        .collect()
}

#[test]
fn a_sign_in_and_a_sign_out() {
    let server = Server::with_people(&["alice"]);
    let mut alice = server.connect("alice");
    alice.wait_message("the answer to the first publication", |m| {
        m.is_answer("SERVICE", 200) && m.body.contains("<categories")
    });
    alice.wait_message("what she published, to herself", |m| m.is_request("BENOTIFY"));
    alice.sign_out();
    insta::assert_snapshot!(trace::kinds(&said(&server, &alice)));
}

#[test]
fn a_contact_is_added_and_seen() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    let mut alice = server.connect("alice");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    bob.set_status("busy", "Back at three");
    alice.wait_buddy(BOB, "busy", |b| b.status == "busy" && !b.note.is_empty());
    insta::assert_snapshot!(trace::kinds(&said(&server, &alice)));
}

#[test]
fn a_conversation() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.say(BOB, "hello");
    bob.hear(ALICE, "hello");
    bob.say(ALICE, "hi");
    alice.hear(BOB, "hi");
    bob.wait_message("the answer to his", |m| m.direction == Direction::In && m.is_answer("MESSAGE", 200));
    alice.run("close_im", serde_json::json!({"who": BOB}));
    bob.wait_message("the end", |m| m.is_answer("BYE", 200));
    let conversation: Vec<_> = said(&server, &bob)
        .into_iter()
        .filter(|m| matches!(m.method(), "INVITE" | "ACK" | "MESSAGE" | "INFO" | "BYE"))
        .collect();
    insta::assert_snapshot!(trace::kinds(&conversation));
}
