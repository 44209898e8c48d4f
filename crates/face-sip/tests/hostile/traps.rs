//! Messages that name addresses of others: nothing is ever sent there. The face writes on the connection that a message
//! came on, or to clients that have signed in by themselves.

use std::net::{TcpListener, UdpSocket};

use crate::talk::{Colleague, Talk};
use crate::world::World;

/// An address where nobody may come: it listens for connections and for datagrams.
struct Trap {
    tcp: TcpListener,
    udp: UdpSocket,
}

impl Trap {
    /// Listens at one port for both.
    fn new() -> Self {
        loop {
            let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
            let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) else { continue };
            tcp.set_nonblocking(true).unwrap();
            udp.set_nonblocking(true).unwrap();
            return Self { tcp, udp };
        }
    }

    fn port(&self) -> u16 {
        self.tcp.local_addr().unwrap().port()
    }

    /// Whether anybody has come; a connection waits in the backlog and a datagram in its buffer until it is looked for.
    fn is_sprung(&self) -> bool {
        self.tcp.accept().is_ok() || self.udp.recv(&mut [0; 1]).is_ok()
    }
}

/// Where a request can name an address, with `AT` for host and port.
const NAMED: [&str; 14] = [
    "Via: SIP/2.0/TCP AT;branch=z9hG4bK1",
    "Via: SIP/2.0/UDP AT;branch=z9hG4bK1;rport",
    "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1;received=HOST;rport=PORT",
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;maddr=HOST;ttl=1",
    "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK0\r\nVia: SIP/2.0/TCP AT;branch=z9hG4bK1",
    "Contact: <sip:ana@AT;transport=tcp>",
    "Contact: <sip:ana@example.com;maddr=HOST>",
    "Route: <sip:AT;lr>",
    "Route: <sip:AT>",
    "Route: <sip:sip.example.com:5061;lr>, <sip:AT;lr;transport=tcp>",
    "Record-Route: <sip:AT;lr>",
    "Refer-To: <sip:x@AT>\r\nReferred-By: <sip:y@AT>",
    "Call-Info: <http://AT/card>\r\nAlert-Info: <http://AT/ring>\r\nError-Info: <sip:AT>",
    "Identity-Info: <http://AT/cert>\r\nReply-To: <sip:AT>\r\nPath: <sip:AT;lr>\r\nHistory-Info: <sip:AT>",
];

/// Where the Request-URI can.
const URIS: [&str; 6] = [
    "sip:ben@example.com",
    "sip:ben@AT",
    "sip:AT",
    "sip:ben@example.com;maddr=HOST;transport=tcp",
    "sip:ben@example.com?Route=%3Csip:AT%3E",
    "http://AT/",
];

const METHODS: [&str; 8] =
    ["OPTIONS", "REGISTER", "INVITE", "MESSAGE", "SUBSCRIBE", "REFER", "NOTIFY", "KICKSTART"];

/// Every request that names these addresses.
fn requests(addresses: &[(&str, u16)], epid: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (host, port) in addresses {
        for method in METHODS {
            for (uri, named) in
                URIS.iter().map(|uri| (*uri, "")).chain(NAMED.iter().map(|line| (URIS[0], *line)))
            {
                let number = all.len();
                let via = if named.starts_with("Via") { "" } else { "Via: SIP/2.0/TLS 192.0.2.1\r\n" };
                let contact =
                    if named.contains("Contact") { "" } else { "Contact: <sip:ana@example.com>\r\n" };
                let to = if method == "REGISTER" { "ana" } else { "ben" };
                let named = if named.is_empty() { String::new() } else { format!("{named}\r\n") };
                let text = format!(
                    "{method} {uri} SIP/2.0\r\n{named}{via}From: <sip:ana@example.com>;tag=1;epid={epid}\r\n\
                     To: <sip:{to}@example.com>\r\nCall-ID: trap{number}\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n\
                     {contact}Event: presence\r\nContent-Length: 0\r\n\r\n"
                );
                let text = text.replace("AT", &format!("{host}:{port}"));
                all.push(text.replace("HOST", host).replace("PORT", &port.to_string()).into_bytes());
            }
        }
    }
    all
}

fn addresses(trap: &Trap) -> [(&'static str, u16); 3] {
    [("127.0.0.1", trap.port()), ("255.255.255.255", trap.port()), ("[::ffff:127.0.0.1]", trap.port())]
}

#[test]
fn a_trap_is_sprung_by_whoever_comes() {
    let trap = Trap::new();
    assert!(!trap.is_sprung());
    drop(std::net::TcpStream::connect(trap.tcp.local_addr().unwrap()).unwrap());
    assert!(trap.is_sprung() && !trap.is_sprung());
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"x", trap.udp.local_addr().unwrap()).unwrap();
    assert!(trap.is_sprung());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_to_an_address_that_a_stranger_names() {
    let trap = Trap::new();
    let mut world = World::new().await;
    let ben = Colleague::new(&mut world, "ben").await;
    for request in requests(&addresses(&trap), "0a0b0c0d0e0f") {
        let mut talk = Talk::stranger(&mut world);
        talk.say(&request).await;
        talk.hear().await;
        talk.ended().await;
    }
    assert!(!trap.is_sprung());
    assert!(ben.take_asked().is_empty(), "a stranger's request has reached somebody");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_to_an_address_that_a_client_names() {
    let trap = Trap::new();
    let mut world = World::new().await;
    let mut ben = Colleague::new(&mut world, "ben").await;
    let mut talk = Talk::client(&mut world, "ana", 1).await;
    let mut reached = 0;
    for (number, request) in requests(&addresses(&trap), talk.epid()).into_iter().enumerate() {
        let request = talk.signed(&request);
        talk.say(&request).await;
        talk.hear().await;
        reached += ben.take_asked().len();
        // Whatever was registered, and whatever dialog was made: what others send comes on this connection.
        if talk.is_closed() || number % 20 == 19 {
            talk.ended().await;
            talk = Talk::client(&mut world, "ana", 1).await;
        }
    }
    assert!(reached > 100, "{reached} of the requests went on to somebody who is signed in");
    assert_eq!(ben.trouble(), None);
    assert!(!trap.is_sprung());
}
