//! Messages: what is read, written and read again is the same; every typed view gives a value or an error; and what
//! routing does to a message leaves it one message that says what routing meant.

use bytes::Bytes;
use rapport_sip::dialog::{Dialog, DialogId};
use rapport_sip::framing::Frame;
use rapport_sip::{HeaderName, Headers, Limits, Message, Method, Request, Response, StatusCode, proxy};

use crate::framing::only_frame;

const PEER: &str = "192.0.2.7:50601";

/// The bytes are one message that stands alone.
pub(crate) fn check(data: &[u8]) {
    let Ok(message) = Message::parse(&Bytes::copy_from_slice(data), &Limits::default()) else { return };
    look_at(message.headers());
    let written = message.to_bytes();
    let again = reads(&message);
    assert_eq!(fields(message.headers()), fields(again.headers()), "fields change on the way");
    assert_eq!(message.body(), again.body(), "the body changes on the way");
    assert_eq!(again.to_bytes(), written, "what was written is written in another way");
    match (&message, &again) {
        (Message::Request(request), Message::Request(second)) => {
            assert_eq!((request.uri_text(), &request.method), (second.uri_text(), &second.method));
            same_detached(&message, &Message::Request(request.detached()));
            route(request);
        }
        (Message::Response(response), Message::Response(second)) => {
            assert_eq!((response.reason(), response.status), (second.reason(), second.status));
            same_detached(&message, &Message::Response(response.detached()));
            let mut back = response.clone();
            let vias = response.headers.list(HeaderName::Via).count();
            if proxy::strip_via(&mut back, |_| true).is_ok() {
                assert_eq!(back.headers.list(HeaderName::Via).count(), vias - 1, "exactly one Via goes");
                only_frame(&back.to_bytes());
            }
        }
        (one, other) => panic!("{one:?} became {other:?}"),
    }
}

/// A message that is kept says the same; only the blanks after its header names may be others.
fn same_detached(message: &Message, kept: &Message) {
    let again = reads(kept);
    assert_eq!(fields(message.headers()), fields(again.headers()), "fields change while they are kept");
    assert_eq!(message.body(), again.body());
}

/// Writes a message and reads it; it must be well-formed.
fn reads(message: &Message) -> Message {
    match only_frame(&message.to_bytes()) {
        Frame::Message(again) => again,
        other => panic!("{message:?} is written as {other:?}"),
    }
}

/// All fields but Content-Length, which is computed.
fn fields(headers: &Headers) -> Vec<(String, String)> {
    let own = headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("Content-Length"));
    own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Asks for everything that anybody asks of headers.
fn look_at(headers: &Headers) {
    for addr in [headers.from_addr(), headers.to_addr()].into_iter().flatten() {
        crate::address::look_at(&addr);
    }
    headers.routes().chain(headers.record_routes()).chain(headers.asserted_identities()).flatten().for_each(
        |addr| {
            crate::address::look_at(&addr);
        },
    );
    for contact in headers.contacts().flatten() {
        if let Some(addr) = contact.addr() {
            crate::address::look_at(&addr);
        }
    }
    for via in headers.vias().flatten() {
        assert!(!via.host().is_empty());
        let _ = (via.branch(), via.unique_branch(), via.received(), via.port(), via.transport());
    }
    let _ = (headers.contact(), headers.max_forwards(), headers.expires_secs(), headers.event_package());
    if let Ok(Some(kind)) = headers.content_type() {
        kind.params.iter().for_each(|param| drop(param.value()));
    }
    let _ = (DialogId::of_incoming(headers), DialogId::of_outgoing(headers));
    for (name, value) in headers.iter() {
        assert!(!value.contains(['\r', '\n', '\0']), "a value breaks its line");
        assert_eq!(headers.named(name), headers.get_all(name).next());
    }
    assert!(headers.cseq().is_ok(), "framing has looked at CSeq");
    assert!(headers.call_id().is_some_and(|id| !id.is_empty()), "framing has looked at Call-ID");
}

/// What a proxy does to a request on its way, and to the response on its way back.
fn route(request: &Request) {
    let vias: Vec<String> = request.headers.list(HeaderName::Via).map(str::to_owned).collect();
    let mut onward = request.clone();
    if proxy::decrement_max_forwards(&mut onward).is_ok() {
        let before = request.headers.max_forwards().ok().flatten();
        assert_eq!(onward.headers.max_forwards(), Ok(Some(before.map_or(70, |hops| hops - 1))));
    }
    let Ok(hash) = proxy::loop_hash(request) else { return };
    let branch = proxy::branch(7, hash);
    proxy::add_via(&mut onward, "TLS", "ours.example.com:5061", &branch).expect("our own Via is one");
    assert_eq!(onward.headers.top_via().expect("ours").branch(), Some(branch.as_str()));
    if proxy::record_route(&mut onward, "sip:ours.example.com;lr;transport=tls").is_ok() {
        let top = onward.headers.record_routes().next().expect("there is one").expect("ours");
        assert_eq!(top.uri_text(), "sip:ours.example.com;lr;transport=tls");
    }
    let onward = reads(&Message::Request(onward));
    let onward = onward.as_request().expect("a request stays one");
    if proxy::loop_hash(onward) == Ok(hash) && onward.headers.vias().all(|via| via.is_ok()) {
        let looped = proxy::detect_loop(onward, hash, |via| via.host() == "ours.example.com");
        assert_eq!(looped, Err(proxy::Refusal::Loop), "a request that comes back is known");
    }
    let mut response = Response::to(onward, StatusCode::OK, "").with_to_tag("ours");
    proxy::strip_via(&mut response, |via| via.host() == "ours.example.com").expect("our Via is on top");
    let back: Vec<String> = response.headers.list(HeaderName::Via).map(str::to_owned).collect();
    assert_eq!(back, vias, "the response goes back the way that the request came");
    only_frame(&response.to_bytes());

    receive(request);
    pop(request);
    converse(request, &response);
}

/// Notes where the request came from; the sender cannot say so in our place.
fn receive(request: &Request) {
    let mut marked = request.clone();
    if proxy::mark_received(&mut marked.headers, PEER.parse().expect("an address"), "c1").is_err() {
        return;
    }
    let Message::Request(marked) = reads(&Message::Request(marked)) else { panic!("a request stays one") };
    let via = marked.headers.top_via().expect("what we wrote");
    assert_eq!(via.params().value("ms-received-port"), Some("50601"));
    assert_eq!(via.params().value("ms-received-cid"), Some("c1"));
    let claims =
        |name: &str| via.params().iter().filter(|param| param.name.eq_ignore_ascii_case(name)).count();
    for name in ["ms-received-port", "ms-received-cid"] {
        assert_eq!(claims(name), 1, "one {name}, ours");
    }
    assert!(claims("received") <= 1 && via.received().is_none_or(|host| host == "192.0.2.7"));
    let before = request.headers.top_via().expect("it could be marked");
    assert_eq!((before.branch(), before.host()), (via.branch(), via.host()));
}

fn pop(request: &Request) {
    let mut popped = request.clone();
    let routes = request.headers.list(HeaderName::Route).count();
    if let Ok(count) = proxy::pop_routes(&mut popped, |uri| uri.host().starts_with("ours")) {
        assert!(count <= routes);
        let first = popped.headers.routes().next();
        assert!(first.is_none_or(|route| {
            route.is_ok_and(|route| route.uri().is_ok_and(|uri| !uri.host().starts_with("ours")))
        }));
        reads(&Message::Request(popped));
    }
}

/// Dialogs made of what a peer said write requests that are one message.
fn converse(request: &Request, response: &Response) {
    for dialog in [Dialog::uac(request, response), Dialog::uas(request, response)] {
        let Ok(mut dialog) = dialog else { continue };
        for method in [Method::Info, Method::Bye] {
            if let Ok(next) = dialog.request(method) {
                only_frame(&next.to_bytes());
            }
        }
        if let Ok(ack) = dialog.ack(7) {
            only_frame(&ack.to_bytes());
        }
        let _ = dialog.receive(request);
    }
    if let Ok((ack, bye)) = rapport_sip::dialog::end_unwanted(request, response) {
        only_frame(&ack.to_bytes());
        only_frame(&bye.to_bytes());
    }
}
