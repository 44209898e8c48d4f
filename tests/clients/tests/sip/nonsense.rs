//! Nonsense gets a bounded error or a closed connection, and costs nothing that lasts.

use real_clients::Server;
use real_clients::wire::Connection;

use crate::{lives, request};

/// More than the server may ever say to somebody who talks nonsense, in bytes.
const BOUND: usize = 8 * 1024;

/// Whatever these bytes are, the server says little, and nothing that agrees.
fn is_refused(server: &Server, what: &str, bytes: &[u8]) {
    let mut connection = Connection::open(server.tcp()).expect("the server listens");
    connection.send(bytes);
    let said = connection.until_closed();
    assert!(said.len() <= BOUND, "{what}: {} bytes of answer", said.len());
    let said = String::from_utf8_lossy(&said);
    for line in said.lines().filter(|l| l.starts_with("SIP/2.0 ")) {
        assert!(!line.starts_with("SIP/2.0 2"), "{what}: agreed to: {line}");
    }
}

/// A server that doesn't wait long for the rest of a message.
fn impatient() -> Server {
    Server::configured(&[("limits.sign_in", "2s")])
}

#[test]
fn what_is_no_sip_at_all_is_refused() {
    let server = impatient();
    let zeros = [0; 4096];
    let noise: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let cases: &[(&str, &[u8])] = &[
        ("zeros", &zeros),
        ("noise", &noise),
        ("a web request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("a TLS hello", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"),
        ("an XML document", b"<?xml version=\"1.0\"?><a/>\r\n\r\n"),
        ("a line that never ends", &[b'A'; 200_000]),
        ("half a start line", b"OPTIONS sip:example.com SI"),
        ("a response that nobody asked for", b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n"),
    ];
    for (what, bytes) in cases {
        is_refused(&server, what, bytes);
    }
    lives(server.tcp());
}

#[test]
fn sip_with_a_contradiction_in_it_is_refused() {
    let server = impatient();
    let good = request("OPTIONS", 1);
    let without =
        |header: &str| good.split_inclusive("\r\n").filter(|l| !l.starts_with(header)).collect::<String>();
    let instead = |from: &str, to: &str| good.replace(from, to);
    let cases = [
        ("no Call-ID", without("Call-ID")),
        ("no CSeq", without("CSeq")),
        ("no From", without("From")),
        ("no To", without("To")),
        ("no Via", without("Via")),
        ("another version", instead("SIP/2.0\r\n", "SIP/3.0\r\n")),
        ("CSeq of another method", instead("CSeq: 1 OPTIONS", "CSeq: 1 INVITE")),
        ("CSeq beyond its range", instead("CSeq: 1 ", "CSeq: 99999999999999999999 ")),
        ("two lengths", instead("Content-Length: 0", "Content-Length: 0\r\nContent-Length: 5")),
        ("a negative length", instead("Content-Length: 0", "Content-Length: -1")),
        ("an enormous length", instead("Content-Length: 0", "Content-Length: 99999999999999999999")),
        ("a length that is no number", instead("Content-Length: 0", "Content-Length: zero")),
        ("a header without a colon", instead("Max-Forwards: 70", "Max-Forwards 70")),
        ("no hops left", instead("Max-Forwards: 70", "Max-Forwards: 0")),
        ("a URI that is none", instead("OPTIONS sip:bob@example.com", "OPTIONS :::")),
    ];
    for (what, text) in cases {
        let mut connection = Connection::open(server.tcp()).expect("the server listens");
        connection.send(&text);
        let said = connection.until_closed();
        assert!(said.len() <= BOUND, "{what}: {} bytes of answer", said.len());
        let said = String::from_utf8_lossy(&said);
        // OPTIONS with no hops left is answered by whoever has it in hand (RFC 3261 §11).
        let fine = what == "no hops left" || !said.contains("SIP/2.0 2");
        assert!(fine, "{what}: agreed to:\n{said}");
    }
    lives(server.tcp());
}

#[test]
fn a_message_beyond_the_limits_is_refused_before_it_is_read() {
    let server = impatient();
    let many: String = (0..5_000).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let good = request("OPTIONS", 1);
    let headers = good.replace("Max-Forwards: 70\r\n", &format!("Max-Forwards: 70\r\n{many}"));
    is_refused(&server, "five thousand headers", headers.as_bytes());
    let long = good.replace("Max-Forwards: 70\r\n", &format!("X: {}\r\n", "x".repeat(300_000)));
    is_refused(&server, "a header of 300 000 bytes", long.as_bytes());
    let body = good.replace("Content-Length: 0", "Content-Length: 500000000");
    is_refused(&server, "a body of half a gigabyte", body.as_bytes());
    lives(server.tcp());
}

#[test]
fn a_forged_proof_is_refused_and_so_is_a_token_that_is_none() {
    let server = Server::with_people(&["alice"]);
    // A REGISTER of a client's length: whoever says less is told less than a challenge.
    let agent = "a".repeat(600);
    for token in ["", "AAAA", "TlRMTVNTUAADAAAA", "not base64!", &"A".repeat(60_000)] {
        let mut connection = Connection::open(server.tcp()).expect("the server listens");
        let credentials = format!(
            "Authorization: NTLM qop=\"auth\", realm=\"SIP Communications Service\", \
             targetname=\"localhost\", opaque=\"DEADBEEF\", gssapi-data=\"{token}\", version=4\r\nUser-Agent: {agent}\r\n"
        );
        let text = request("REGISTER", 1).replace("Contact:", &format!("{credentials}Contact:"));
        connection.send(text);
        if let Some(answer) = connection.receive() {
            let status = answer.status().expect("an answer");
            assert!((400..500).contains(&status), "{token:.20}: {answer:?}");
        }
    }
    lives(server.tcp());
}

#[test]
fn many_connections_that_say_nothing_keep_nobody_out() {
    let server = Server::with_people(&["alice"]);
    let idle: Vec<_> =
        (0..200).map(|_| Connection::open(server.tcp()).expect("the server listens")).collect();
    lives(server.tcp());
    drop(idle);
    lives(server.tcp());
}

/// Requests of somebody unknown that name an address wherever one can stand.
fn naming(address: &str) -> Vec<String> {
    let (host, port) = address.split_once(':').expect("host and port");
    let mut all = Vec::new();
    for method in ["OPTIONS", "REGISTER", "INVITE", "MESSAGE", "SUBSCRIBE", "REFER", "NEGOTIATE"] {
        for (from, to) in [
            ("sip:bob@example.com SIP", format!("sip:bob@{address} SIP")),
            ("sip:bob@example.com SIP", format!("sip:bob@example.com;maddr={host};transport=tcp SIP")),
            ("127.0.0.1:5060;branch", format!("{address};branch")),
            ("127.0.0.1:5060;branch", format!("192.0.2.1;received={host};rport={port};branch")),
            ("127.0.0.1:5060;branch", format!("192.0.2.1;maddr={host};branch")),
            ("Via: SIP/2.0/TCP", format!("Via: SIP/2.0/UDP {address}\r\nVia: SIP/2.0/TCP")),
            (
                "Contact: ",
                format!("Route: <sip:{address};lr>\r\nRecord-Route: <sip:{address};lr>\r\nContact: "),
            ),
            ("<sip:127.0.0.1:5060;transport=tcp>", format!("<sip:{address};transport=tcp>")),
        ] {
            let good = request(method, u32::try_from(all.len()).expect("a few"));
            assert!(good.contains(from), "{from}");
            all.push(good.replacen(from, &to, 1));
        }
    }
    all
}

#[test]
fn the_server_opens_no_connection_to_an_address_that_a_message_names() {
    let server = Server::traced();
    server.add_company("example", "example.com");
    server.add_user("example", "alice", "example.com");
    let trap = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let trap = trap.local_addr().expect("it is bound").to_string();
    for address in [trap.as_str(), "255.255.255.255:5060", "224.0.1.75:5060"] {
        for text in naming(address) {
            let mut connection = Connection::open(server.tcp()).expect("the server listens");
            connection.send(&text);
            connection.receive();
        }
    }
    lives(server.tcp());
    let holds = |calls: &[String]| calls.iter().any(|call| call.contains("OPTIONS sip:bob"));
    let calls = server.wait_system_calls("the trace holds what came", holds);
    let outward = |call: &&String| {
        let calls = call.contains("connect(") || call.contains("sendto(") || call.contains("sendmsg(");
        calls && call.contains("sa_family=AF_INET")
    };
    let found: Vec<_> = calls.iter().filter(outward).collect();
    assert!(found.is_empty(), "{found:#?}");
}
