//! What somebody gets who hasn't signed in.

use real_clients::wire::Connection;
use real_clients::{Scratch, Server, tools};

use crate::request;

#[test]
fn sipsak_gets_a_correct_answer_to_options() {
    let server = Server::start();
    let scratch = Scratch::new("sipsak");
    let target = format!("sip:{}", server.tcp());
    let output = tools::run("sipsak", scratch.path(), &["-vvv", "-E", "tcp", "-s", &target]);
    let said = tools::said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("SIP/2.0 200"), "{said}");
}

#[test]
fn register_gets_a_well_formed_challenge() {
    let server = Server::with_people(&["alice"]);
    let mut connection = Connection::open(server.tcp()).expect("the server listens");
    // As a client registers: what answers less leaves the date out.
    let lines =
        "Event: registration\r\nAllow-Events: presence\r\nms-keep-alive: UAC;hop-hop=yes\r\nContent-Length:";
    connection.send(request("REGISTER", 1).replace("Content-Length:", lines));
    let answer = connection.receive().expect("an answer");
    assert!(answer.is_answer("REGISTER", 401), "{answer:?}");
    let challenge = answer.header("WWW-Authenticate").expect("a challenge");
    assert!(challenge.starts_with("NTLM "), "{challenge}");
    assert!(challenge.contains("realm=\"SIP Communications Service\""), "{challenge}");
    assert!(challenge.contains("targetname=\"") && challenge.contains("version="), "{challenge}");
    assert!(answer.header("Date").is_some(), "clients check their clock's skew");
    assert_eq!(answer.header("Call-ID"), Some("call-1"));
    assert_eq!(answer.header("CSeq"), Some("1 REGISTER"));
    assert_eq!(answer.header("From"), Some("<sip:alice@example.com>;tag=a1;epid=77"));
    assert!(answer.header("To").is_some_and(|to| to.contains(";tag=")), "{answer:?}");
    assert!(answer.header("Via").is_some_and(|via| via.contains("z9hG4bK1REGISTER")));
}

#[test]
fn the_challenge_is_the_same_for_a_known_and_an_unknown_name() {
    let server = Server::with_people(&["alice"]);
    let ask = |name: &str| {
        let mut connection = Connection::open(server.tcp()).expect("the server listens");
        let text = request("REGISTER", 1).replace("alice@example.com", name);
        connection.send(text);
        let answer = connection.receive().expect("an answer");
        let kept: Vec<_> = answer
            .headers
            .iter()
            .filter(|(n, _)| !matches!(n.as_str(), "Date" | "To" | "From" | "Via"))
            .cloned()
            .collect();
        (answer.start_line, kept)
    };
    let known = ask("alice@example.com");
    assert_eq!(known, ask("nobody@example.com"));
    assert_eq!(known, ask("alice@nowhere.example"));
}

#[test]
fn every_other_method_is_refused() {
    let server = Server::with_people(&["alice", "bob"]);
    let methods = [
        "INVITE",
        "MESSAGE",
        "INFO",
        "BYE",
        "SUBSCRIBE",
        "NOTIFY",
        "BENOTIFY",
        "SERVICE",
        "PUBLISH",
        "UPDATE",
        "REFER",
        "PRACK",
        "NEGOTIATE",
        "FROBNICATE",
    ];
    for method in methods {
        let mut connection = Connection::open(server.tcp()).expect("the server listens");
        connection.send(request(method, 1));
        let answer = connection.receive().unwrap_or_else(|| panic!("{method}: no answer"));
        let status = answer.status().unwrap_or_else(|| panic!("{method}: {answer:?}"));
        assert!((400..700).contains(&status), "{method} is not refused: {answer:?}");
        assert_eq!(answer.method(), method);
    }
}

#[test]
fn ack_and_cancel_are_dropped() {
    let server = Server::with_people(&["alice", "bob"]);
    for method in ["ACK", "CANCEL"] {
        let mut connection = Connection::open(server.tcp()).expect("the server listens");
        connection.send(request(method, 1) + &request("OPTIONS", 2));
        let answer = connection.receive().expect("the answer to OPTIONS");
        assert!(answer.is_answer("OPTIONS", 200), "{method} was answered: {answer:?}");
    }
}

#[test]
fn nobody_who_has_not_signed_in_keeps_a_connection_by_talking() {
    let server = Server::configured(&[("limits.sign_in", "2s")]);
    let mut silent = Connection::open(server.tcp()).expect("the server listens");
    let mut talking = Connection::open(server.tcp()).expect("the server listens");
    talking.send(request("OPTIONS", 1));
    talking.receive().expect("an answer");
    talking.keep_alive_until_closed();
    assert_eq!(silent.until_closed(), b"", "silence is answered by silence");
}

#[test]
fn no_listener_skips_authentication() {
    let server = Server::with_people(&["alice", "bob"]);
    // The plain one was asked above; here somebody speaks SIP to the ports for TLS without it.
    for address in [server.tls(), server.https()] {
        let mut connection = Connection::open(address).expect("the server listens");
        connection.send(request("OPTIONS", 1));
        let said = connection.until_closed();
        assert!(!said.starts_with(b"SIP/2.0"), "SIP without TLS on {address}");
    }
}
