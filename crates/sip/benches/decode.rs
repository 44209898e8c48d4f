//! Times the decoding of a typical MESSAGE of about 1.2 KB with every header that the router and a signature read,
//! and what is done to pass it on.
#![expect(clippy::print_stdout, reason = "the figures are what a benchmark is for")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::hint::black_box;
use std::time::Instant;

use bytes::BytesMut;
use rapport_sip::framing::{Decoder, Frame};
use rapport_sip::{Credentials, HeaderName, Limits, Message, Response, StatusCode, proxy};

/// Calls in one measurement; few when it is run as a test.
fn rounds() -> u32 {
    if std::env::args().any(|argument| argument == "--bench") { 400 } else { 1 }
}

fn message() -> Vec<u8> {
    let body = "a message of some words ".repeat(17);
    format!(
        "MESSAGE sip:bob@example.com;opaque=user:epid:VGafDav_CRwe90l3DXOSuZgwH8M;gruu SIP/2.0\r\n\
         Via: SIP/2.0/tls 192.0.2.10:52410;branch=z9hG4bKC7C41F6402E28C8A2A89\r\n\
         From: <sip:alice@example.com>;tag=2845713166;epid=cf0b98dadeb9\r\n\
         To: <sip:bob@example.com>;tag=3029165487;epid=ab1298dadeb9\r\n\
         Max-Forwards: 70\r\n\
         CSeq: 2 MESSAGE\r\n\
         User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\n\
         Call-ID: E552g6D78aE7B0i9FF0m87B9t3C33bB0C6x3073x\r\n\
         Route: <sip:ocs.example.com:5061;transport=tls;lr>\r\n\
         Contact: <sip:alice@example.com;opaque=user:epid:VbNCjqR0AgpHK7c_ANMSmNtwktg;gruu>\r\n\
         P-Asserted-Identity: \"Alice\" <sip:alice@example.com>\r\n\
         Expires: 60\r\n\
         Content-Type: text/plain; charset=UTF-8\r\n\
         Content-Length: {}\r\n\
         Authorization: NTLM qop=\"auth\", opaque=\"BE9BCF12\", realm=\"SIP Communications Service\", \
         targetname=\"ocs.example.com\", crand=\"f5f9f7e4\", cnum=\"18\", response=\"010000000ABEC64E359F9B8764000000\"\r\n\
         \r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Reads every header that a router and a signature read.
fn read(message: &Message) -> usize {
    let headers = message.headers();
    let mut read = 0;
    if let Ok(from) = headers.from_addr() {
        read += from.uri().map_or(0, |uri| uri.user_at_host().len()) + from.tag().map_or(0, str::len);
    }
    if let Ok(to) = headers.to_addr() {
        read += to.uri().map_or(0, |uri| uri.user_at_host().len());
        read += to.tag().map_or(0, str::len) + to.epid().map_or(0, str::len);
    }
    read += headers.call_id().map_or(0, str::len);
    read += headers.cseq().map_or(0, |cseq| cseq.number as usize);
    read += headers.top_via().ok().and_then(|via| via.branch()).map_or(0, str::len);
    read += headers.contact().and_then(|c| c.uri().ok()?.opaque().map(str::len)).unwrap_or(0);
    read += headers.routes().filter(|route| route.is_ok_and(|r| r.uri().is_ok_and(|u| u.is_loose()))).count();
    if let Some(Ok(credentials)) = headers.get(HeaderName::Authorization).map(Credentials::parse) {
        for param in credentials.iter() {
            read += param.raw.map_or(0, str::len);
        }
    }
    read += headers.content_type().ok().flatten().map_or(0, |content| content.subtype.len());
    read += headers.expires_secs().ok().flatten().map_or(0, |secs| secs as usize);
    read += headers.asserted_identities().filter(Result::is_ok).count();
    read += headers.max_forwards().ok().flatten().map_or(0, usize::from);
    read
}

/// The best of many measurements, each short enough to fall between two turns of the scheduler, in nanoseconds for
/// one call.
fn time(what: &str, mut call: impl FnMut() -> usize) {
    let rounds = rounds();
    let mut figures: Vec<u128> = (0..500)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..rounds {
                black_box(call());
            }
            start.elapsed().as_nanos() / u128::from(rounds)
        })
        .collect();
    figures.sort_unstable();
    println!("{what}: {} ns", figures.first().copied().unwrap_or_default());
}

fn decode(decoder: &mut Decoder, bytes: &[u8]) -> Option<Message> {
    decoder.push(bytes);
    match decoder.next() {
        Ok(Some(Frame::Message(message))) => Some(message),
        Ok(Some(Frame::Bad(_) | Frame::KeepAlive) | None) | Err(_) => None,
    }
}

fn main() {
    let bytes = message();
    let mut decoder = Decoder::new(Limits::default());
    let Some(message) = decode(&mut decoder, &bytes) else {
        println!("the message of the benchmark is malformed");
        return;
    };
    println!("a MESSAGE of {} bytes, {} headers", bytes.len(), message.headers().len());
    time("framing and parsing", || decode(&mut decoder, &bytes).map_or(0, |m| m.headers().len()));
    time("reading every header", || read(&message));
    time("both", || decode(&mut decoder, &bytes).as_ref().map_or(0, read));
    let mut out = BytesMut::with_capacity(4096);
    time("writing", || {
        out.clear();
        message.encode(&mut out);
        out.len()
    });
    let Message::Request(request) = message else { return };
    time("Via, Max-Forwards, loop hash", || {
        let mut request = request.clone();
        let hash = proxy::loop_hash(&request).unwrap_or(0);
        let branch = proxy::branch(7, hash);
        let added = proxy::add_via(&mut request, "TLS", "ocs.example.com:5061", &branch);
        let counted = proxy::decrement_max_forwards(&mut request);
        usize::from(added.is_ok() && counted.is_ok())
    });
    time("making a 200", || Response::to(&request, StatusCode::OK, "").headers.len());
}
