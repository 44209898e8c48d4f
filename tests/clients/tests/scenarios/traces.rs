//! What was said on the wire, kept as snapshots: the first message of every kind, with chance
//! and time masked. A change here is a change of what clients meet; read it before accepting.

use real_clients::client::Account;
use real_clients::wire::{Direction, Message};
use real_clients::{Client, Server, trace};
use serde_json::json;

use crate::endpoints::{answered, two_machines};
use crate::{ALICE, BOB};

/// Everything that client and server said, but for the invitation that SIPE sends to a chat room
/// service after each sign-in: its end may come before or after anything else.
fn said(server: &Server, client: &Client) -> Vec<Message> {
    let mut messages = client.messages();
    messages.retain(|m| !m.header("To").is_some_and(|to| to.contains("sip:ocschat@")));
    named(server, messages)
}

/// The messages with a word instead of the server's port.
fn named(server: &Server, messages: Vec<Message>) -> Vec<Message> {
    let port = server.tls().port();
    messages
        .into_iter()
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
    alice.run("close_im", json!({"who": BOB}));
    bob.wait_message("the end", |m| m.is_answer("BYE", 200));
    insta::assert_snapshot!("a_conversation", trace::kinds(&of_conversation(said(&server, &bob))));
}

/// The messages of a conversation, without what else the client says meanwhile.
fn of_conversation(messages: Vec<Message>) -> Vec<Message> {
    let belongs =
        |m: &Message| matches!(m.method(), "INVITE" | "ACK" | "CANCEL" | "MESSAGE" | "INFO" | "BYE");
    messages.into_iter().filter(belongs).collect()
}

/// A request and its answers.
fn exchange(server: &Server, client: &Client, request: &Message) -> Vec<Message> {
    let belongs = |m: &Message| {
        m.header("Call-ID") == request.header("Call-ID") && m.header("CSeq") == request.header("CSeq")
    };
    said(server, client).into_iter().filter(belongs).collect()
}

#[test]
fn somebody_is_blocked_and_unblocked() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    let mut all = Vec::new();
    for (command, seen) in [("block", "offline"), ("unblock", "available")] {
        bob.run(command, json!({"who": ALICE}));
        let asked = bob.wait_answered("setContainerMembers");
        alice.wait_status(BOB, seen);
        bob.wait_message("whom he blocks", |m| m.is_request("BENOTIFY") && m.body.contains("<containers"));
        all.push(trace::kinds(&exchange(&server, &bob, &asked)));
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_note_is_published() {
    let server = Server::with_people(&["bob"]);
    let mut bob = server.connect("bob");
    bob.wait_answered("<publish ");
    bob.set_status("available", "Back at three");
    let asked = bob.wait_answered("Back at three");
    insta::assert_snapshot!(trace::kinds(&exchange(&server, &bob, &asked)));
}

#[test]
fn typing_and_the_end_of_a_conversation() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.say(BOB, "hello");
    bob.hear(ALICE, "hello");
    bob.say(ALICE, "hi");
    alice.hear(BOB, "hi");
    bob.run("typing", json!({"to": ALICE, "state": "typing"}));
    alice.wait("typing", |e| e.str("state") == "typing");
    bob.wait_message("the answer to typing", |m| m.is_answer("INFO", 200));
    bob.run("close_im", json!({"who": ALICE}));
    bob.wait_message("the answer to the end", |m| m.is_answer("BYE", 200));
    let mut messages = said(&server, &bob);
    messages.retain(|m| matches!(m.method(), "INFO" | "BYE"));
    insta::assert_snapshot!(trace::kinds(&messages));
}

#[test]
fn a_wrong_password_is_refused() {
    let server = Server::with_people(&["alice"]);
    let mut alice = Client::start("pc");
    let wrong = Account { password: "not-hers".to_owned(), ..server.account("alice") };
    alice.sign_in(&wrong).expect_err("the password is wrong");
    let messages = said(&server, &alice);
    let legs: Vec<_> = messages.chunks(2).map(trace::kinds).collect();
    insta::assert_snapshot!(legs.join("\n"));
}

#[test]
fn an_invitation_is_answered_by_one_of_two_machines() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let (desk, laptop) = two_machines(&server);
    alice.say(BOB, "where are you?");
    let (winner, loser) = answered(&alice, desk, laptop);
    winner.hear(ALICE, "where are you?");
    loser.wait_message("the answer to the end", |m| m.is_answer("BYE", 200));
    winner.wait_message("the answer to what was said", |m| {
        m.direction == Direction::Out && m.is_answer("MESSAGE", 200)
    });
    let has = trace::kinds(&of_conversation(said(&server, &winner)));
    let mut lost = of_conversation(said(&server, &loser));
    // How many hops of its own the server names depends on when the later answer comes.
    for message in &mut lost {
        message.headers.retain(|(name, _)| name != "Via");
    }
    let lost = trace::kinds(&lost);
    insta::assert_snapshot!(format!("Who has it:\n\n{has}\nWho was later:\n\n{lost}"));
}

#[test]
fn a_client_comes_back_after_a_kill() {
    let mut server = Server::with_people(&["bob"]);
    let mut bob = server.connect("bob");
    bob.set_status("busy", "Deep in it");
    bob.wait_answered("Deep in it");
    let before = bob.messages().len();
    server.kill();
    server.restart();
    bob.wait("disconnected", |_| true);
    bob.sign_in(&server.account("bob")).expect("the same password still serves");
    bob.wait_until("what was published is told", |bob| {
        bob.messages()[before..].iter().any(|m| m.body.contains("<roamingData")).then_some(())
    });
    // What SIPE says into the lost connection comes before its new sign-in.
    let after = bob.messages().split_off(before);
    let anew = after.iter().position(|m| m.is_request("REGISTER") && m.header("CSeq") == Some("1 REGISTER"));
    let mut messages = named(&server, after).split_off(anew.expect("bob signs in anew"));
    // What the server knows of him before he says it again: the binding and his presence.
    messages.retain(|m| {
        m.method() == "REGISTER"
            || (m.method() == "SUBSCRIBE" && m.header("Event") == Some("vnd-microsoft-roaming-self"))
    });
    insta::assert_snapshot!(trace::kinds(&messages));
}
