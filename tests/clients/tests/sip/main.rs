//! SIP in plain TCP on loopback: what an unauthenticated peer gets, asked by tools that no one
//! here wrote and by hand; and a sign-in with tokens that gss-ntlmssp computed.

mod nonsense;
mod sign_in;
mod unauthenticated;

use real_clients::wire::Connection;

/// A request with everything that RFC 3261 asks for and what clients say of themselves, and no credentials.
fn request(method: &str, sequence: u32) -> String {
    format!(
        "{method} sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK{sequence}{method}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@example.com>;tag=a{sequence};epid=77\r\n\
         To: <sip:bob@example.com>\r\n\
         Call-ID: call-{sequence}\r\n\
         CSeq: {sequence} {method}\r\n\
         Contact: <sip:127.0.0.1:5060;transport=tcp>\r\n\
         User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\n\
         Supported: gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// Asserts that the server answers somebody new.
fn lives(address: std::net::SocketAddr) {
    let mut connection = Connection::open(address).expect("the server listens");
    connection.send(request("OPTIONS", 1));
    let answer = connection.receive().expect("the server answers");
    assert!(answer.is_answer("OPTIONS", 200), "{answer:?}");
}
