//! What was said on the wire, kept as snapshots: the first message of every kind, with chance
//! and time masked. A change here is a change of what clients meet; read it before accepting.

use real_clients::{Client, Server, trace};

use crate::{ALICE, BOB};

fn said(server: &Server, client: &Client) -> String {
    let tls = server.tls().to_string();
    let port = server.tls().port().to_string();
    trace::kinds(&client.messages(), &[(&tls, "<server>"), (&port, "<port>")])
}

#[test]
fn a_sign_in_and_a_sign_out() {
    let server = Server::with_people(&["alice"]);
    let mut alice = server.connect("alice");
    alice.wait_message("the answer to the first publication", |m| {
        m.is_answer("SERVICE", 200) && m.body.contains("<categories")
    });
    alice.sign_out();
    insta::assert_snapshot!(said(&server, &alice));
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
    insta::assert_snapshot!(said(&server, &alice));
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
    alice.run("close_im", serde_json::json!({"who": BOB}));
    bob.wait_message("the end", |m| m.is_request("BYE"));
    let conversation: Vec<_> = bob
        .messages()
        .into_iter()
        .filter(|m| matches!(m.method(), "INVITE" | "ACK" | "MESSAGE" | "INFO" | "BYE"))
        .collect();
    let port = server.tls().port().to_string();
    insta::assert_snapshot!(trace::kinds(&conversation, &[(&port, "<port>")]));
}
