//! What the server acknowledged is on the disk: the system calls say so.

use real_clients::client::Account;
use real_clients::{Client, Server};

use crate::BOB;

#[test]
fn a_contact_is_synced_to_the_disk_before_its_answer_is_written() {
    let server = Server::traced();
    server.add_company("example", "example.com");
    server.add_user("example", "alice", "example.com");
    server.add_user("example", "bob", "example.com");
    // In plain TCP the calls show what is read and written.
    let account = Account { server: server.tcp().to_string(), transport: "tcp", ..server.account("alice") };
    let mut alice = Client::start("pc");
    alice.sign_in(&account).expect("she signs in");
    alice.add(BOB, "Colleagues");
    let request = alice.wait_answered("setContact");
    let sequence = request.header("CSeq").expect("a request has one").to_owned();
    let call = request.header("Call-ID").expect("a request has one").to_owned();
    let of_this = |line: &str| line.contains(&format!("CSeq: {sequence}")) && line.contains(&call);
    let is_answer = |line: &str| line.contains("SIP/2.0 200") && of_this(line);
    // The client may have the answer before strace has written that it was sent.
    let calls =
        server.wait_system_calls("the answer was written", |calls| calls.iter().any(|l| is_answer(l)));
    let read =
        calls.iter().position(|l| l.contains("setContact") && of_this(l)).expect("the request was read");
    let written = calls.iter().position(|l| is_answer(l)).expect("it was just found");
    assert!(read < written);
    // Of two threads at once, strace writes the path when a call begins and the result when it ends.
    let synced = calls[read..written]
        .iter()
        .any(|l| (l.contains("sync(") || l.contains("sync resumed")) && l.trim_end().ends_with("= 0"));
    assert!(synced, "between request and answer:\n{}", calls[read..written].join("\n"));
}
