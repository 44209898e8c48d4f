//! Malformed, oversized, truncated and poisonous input: a bounded answer or the end of that connection, and never more.

use std::time::Duration;

use rapport_core::directory::PersonPatch;
use rapport_face_sip::{Ended, Settings};
use rapport_sip::{HeaderName, Method, Request, StatusCode};
use rapport_testkit::client::bodies;
use tokio::time::Instant;

use crate::world::{Heard, Talker, World, octets, peer, unsigned, with_headers};

fn with_length(lines: &str, body: &str) -> String {
    with_headers("OPTIONS", 1, "").replace("Content-Length: 0\r\n\r\n", &format!("{lines}\r\n{body}"))
}

/// Input after which nobody can tell where the next message begins.
fn out_of_step() -> Vec<(&'static str, String)> {
    let x = |count: usize| "x".repeat(count);
    vec![
        ("two lengths", with_length("Content-Length: 0\r\nContent-Length: 5\r\n", "")),
        ("two lengths in one", with_length("Content-Length: 0, 5\r\n", "")),
        ("a compact one beside", with_length("Content-Length: 0\r\nl: 5\r\n", "")),
        ("a negative length", with_length("Content-Length: -1\r\n", "")),
        ("a signed length", with_length("Content-Length: +5\r\n", "")),
        ("a length that is no number", with_length("Content-Length: ten\r\n", "")),
        ("a length beyond 64 bits", with_length("Content-Length: 99999999999999999999999\r\n", "")),
        ("a huge length", with_length("Content-Length: 4294967296\r\n", "")),
        ("a body without length", with_length("Content-Type: text/plain\r\n", "hello")),
        ("a long head", with_headers("OPTIONS", 1, &format!("X: {}\r\n", x(70_000)))),
        ("a head that does not end", format!("OPTIONS sip:a SIP/2.0\r\nX: {}", x(70_000))),
        ("many long lines", with_headers("OPTIONS", 1, &format!("X: {}\r\n", x(1000)).repeat(100))),
        ("many headers", with_headers("OPTIONS", 1, &"X: y\r\n".repeat(10_000))),
        ("a start line that does not end", x(70_000)),
        ("HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
        ("octets", "\u{1}\u{2}\u{3}\r\n\r\n".to_owned()),
        ("a lone line feed", "\n\nOPTIONS sip:a SIP/2.0\n\n".to_owned()),
    ]
}

/// Input whose end is known, so that it can be answered.
fn malformed() -> Vec<(&'static str, String)> {
    let base = unsigned("OPTIONS", 1);
    vec![
        ("no From", base.replace("From: <sip:ana@example.com>;tag=27;epid=0a0b0c0d0e0f\r\n", "")),
        ("two Froms", base.replace("To: ", "From: <sip:x@example.com>;tag=2\r\nTo: ")),
        ("two Call-IDs", base.replace("CSeq: ", "Call-ID: other\r\nCSeq: ")),
        ("another method in CSeq", base.replace("1 OPTIONS", "1 INVITE")),
        ("a CSeq beyond its range", base.replace("1 OPTIONS", "99999999999 OPTIONS")),
        ("another version", base.replace(" SIP/2.0\r\n", " SIP/3.0\r\n")),
        ("no Request-URI", base.replace(" sip:ben@example.com SIP", "  SIP")),
    ]
}

/// Input that nobody needs to understand in order to answer it, or not.
fn odd() -> Vec<(&'static str, String)> {
    let base = unsigned("MESSAGE", 1);
    vec![
        ("an unclosed quote", base.replace("From: <", "From: \"ana <")),
        ("an unclosed bracket", base.replace("To: <sip:ben@example.com>", "To: <sip:ben@example.com")),
        ("a broken Via", base.replace("SIP/2.0/TLS 192.0.2.1:5070", "SIP/2.0/TLS 192.0.2.1:999999")),
        ("a broken Max-Forwards", base.replace("Max-Forwards: 70", "Max-Forwards: -1")),
        ("a long branch", base.replace("z9hG4bK", &"z".repeat(8000))),
        ("a long tag", base.replace("tag=27", &format!("tag={}", "2".repeat(8000)))),
        ("a long epid", base.replace("epid=", &format!("epid={}", "0".repeat(8000)))),
        ("a CSeq of a long method", base.replace("MESSAGE", &"M".repeat(3000))),
        ("many Vias", base.replace("Max-", &format!("{}Max-", "Via: SIP/2.0/TLS 192.0.2.1\r\n".repeat(200)))),
        (
            "many routes",
            base.replace("Max-", &format!("{}Max-", "Route: <sip:192.0.2.1;lr>\r\n".repeat(200))),
        ),
        (
            "wrong credentials",
            base.replace("Max-", "Authorization: NTLM \"\r\nAuthorization: x=y=\"\"\r\nMax-"),
        ),
        ("folded everything", base.replace(": ", ":\r\n ")),
    ]
}

#[tokio::test(start_paused = true)]
async fn lost_framing_ends_a_stranger_s_connection_without_a_word_too_many() {
    for (named, input) in out_of_step() {
        let mut world = World::new().await;
        let mut raw = world.raw();
        let heard = raw.ask(format!("{input}{}", unsigned("OPTIONS", 77)).as_bytes()).await;
        let heard = match heard {
            Heard::Response(response) => {
                assert_ne!(
                    response.headers.call_id(),
                    Some("call77"),
                    "{named}: what hid behind is answered"
                );
                assert!(octets(&response).len() < 2000, "{named}");
                raw.hear().await
            }
            other => other,
        };
        assert!(matches!(heard, Heard::End), "{named}: {heard:?}");
        assert_eq!(raw.ended().await, Ended::Nonsense, "{named}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_malformed_message_of_a_stranger_gets_one_bounded_answer() {
    for (named, input) in malformed() {
        let mut world = World::new().await;
        let mut raw = world.raw();
        if let Heard::Response(response) = raw.ask(input.as_bytes()).await {
            assert!(matches!(response.status.as_u16(), 400 | 505 | 416), "{named}: {response:?}");
            assert!(octets(&response).len() <= input.len(), "{named}");
        }
        assert!(matches!(raw.hear().await, Heard::End), "{named}");
        assert_eq!(raw.ended().await, Ended::Nonsense, "{named}");
        assert_eq!(world.connections(), 0, "{named}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_in_crumbs_is_a_message_and_half_of_one_is_waited_for_no_longer_than_anything() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    for octet in unsigned("OPTIONS", 1).bytes() {
        raw.say(&[octet]).await;
    }
    assert_eq!(raw.hear().await.response().status.as_u16(), 200);
    let begun = Instant::now();
    let text = unsigned("OPTIONS", 2);
    for octet in text.bytes().take(100) {
        raw.say(&[octet]).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(raw.ended().await, Ended::NoSignIn);
    assert!(begun.elapsed() <= Duration::from_secs(51));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_say_whence_is_dropped() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    let broken = unsigned("MESSAGE", 1).replace("SIP/2.0/TLS 192.0.2.1:5070", "SIP/2.0/TLS 192.0.2.1:999999");
    assert!(matches!(raw.ask(broken.as_bytes()).await, Heard::Nothing));
    assert_eq!(raw.ask(unsigned("OPTIONS", 2).as_bytes()).await.response().status.as_u16(), 200);
}

/// Says it as a signed-in client; the connection then serves, or has ended for want of framing.
async fn survives(named: &str, input: &[u8]) {
    let mut world = World::new().await;
    let mut other = world.signed_in("ben", 1).await;
    let mut ana = world.stepwise(crate::world::profile("ana", 1));
    ana.engine.register();
    while !ana.engine.is_signed_in() {
        let text = ana.unsaid();
        ana.say(&text).await;
        ana.listen().await;
    }
    let answered = ana.ask_raw(input).await;
    assert!(answered < input.len() + 1000, "{named}: {answered} octets");
    if ana.is_closed() {
        assert_eq!(ana.ended().await, Ended::Nonsense, "{named}");
        assert_eq!(world.endpoints("ana").await, 0, "{named}");
    } else {
        let request = ana.engine.fetch_provisioning();
        let text = ana.unsaid();
        ana.say(&text).await;
        let heard = ana.listen().await.unwrap_or_else(|| panic!("{named}: nothing is answered any more"));
        assert!(heard.as_answer(request).is_some_and(|r| r.status.is_success()), "{named}: {heard:?}");
        assert_eq!(world.endpoints("ana").await, 1, "{named}");
    }
    other.serves().await;
}

#[tokio::test(start_paused = true)]
async fn a_signed_in_client_s_nonsense_costs_at_most_its_own_connection() {
    for (named, input) in out_of_step().into_iter().chain(malformed()).chain(odd()) {
        survives(named, input.as_bytes()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn octets_that_are_no_text_cost_at_most_the_connection() {
    let random = rapport_testkit::chance::Chance::new(7);
    let mut noise = vec![0u8; 8192];
    random.fill(&mut noise);
    noise.extend_from_slice(b"\r\n\r\n");
    survives("noise", &noise).await;
    for place in ["To: <sip:ben@", "Call-ID: ", "CSeq: ", "Max-Forwards: ", "Via: SIP/2.0/TLS "] {
        for octets in [&b"\xff\xfe"[..], b"\xc3", b"\0", b"\xed\xa0\x80"] {
            let text = unsigned("OPTIONS", 3);
            let (head, tail) = text.split_once(place).unwrap();
            let input = [head.as_bytes(), place.as_bytes(), octets, tail.as_bytes()].concat();
            survives(place, &input).await;
        }
    }
}

/// Documents that nobody can or must read.
fn poison() -> Vec<(&'static str, Vec<u8>)> {
    let nested = format!("{}{}", "<a>".repeat(5000), "</a>".repeat(5000));
    let attributes: String = (0..5000).map(|n| format!(" a{n}=\"\"")).collect();
    let namespaces: String = (0..2000).map(|n| format!(" xmlns:n{n}=\"u\"")).collect();
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
                <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]><x>&c;</x>";
    let external = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>";
    vec![
        ("nothing but text", b"hello".to_vec()),
        ("a document that does not end", b"<publish><publications".to_vec()),
        ("crossed elements", b"<a><b></a></b>".to_vec()),
        ("an entity bomb", bomb.as_bytes().to_vec()),
        ("an external entity", external.as_bytes().to_vec()),
        ("a bare document type", b"<!DOCTYPE x><x/>".to_vec()),
        ("an unknown entity", b"<x>&nbsp;</x>".to_vec()),
        ("deep nesting", nested.into_bytes()),
        ("many attributes", format!("<x{attributes}/>").into_bytes()),
        ("many namespaces", format!("<x{namespaces}/>").into_bytes()),
        ("no UTF-8", b"<x>\xff\xfe\xc3</x>".to_vec()),
        ("UTF-16", b"\xff\xfe<\0x\0/\0>\0".to_vec()),
        ("another encoding", b"<?xml version=\"1.0\" encoding=\"EBCDIC\"?><x/>".to_vec()),
        ("another element", b"<x/>".to_vec()),
        ("zero octets", b"<x>\0</x>".to_vec()),
        (
            "a parameter entity",
            b"<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://192.0.2.9/x\"> %p;]><x/>".to_vec(),
        ),
        ("a processing instruction", b"<?x y?><x/>".to_vec()),
        ("an attribute twice", b"<x a=\"\" a=\"\"/>".to_vec()),
        ("a prefix that nobody declared", b"<p:x/>".to_vec()),
        ("a section that does not end", b"<x><![CDATA[".to_vec()),
        ("nothing but references", format!("<x>{}</x>", "&amp;".repeat(50_000)).into_bytes()),
        ("nothing but comments", format!("<x>{}</x>", "<!---->".repeat(35_000)).into_bytes()),
        ("nothing but elements", format!("<x>{}</x>", "<a/>".repeat(9_000)).into_bytes()),
        ("one name", format!("<{0}></{0}>", "n".repeat(120_000)).into_bytes()),
    ]
}

/// Every request with a body that the server reads.
fn bearers(talker: &mut Talker) -> Vec<(&'static str, Request)> {
    let subscribe = |talker: &mut Talker, event: &str, content_type: &str| {
        talker
            .outside(Method::Subscribe, "ana@example.com")
            .with(HeaderName::Event, event)
            .with(HeaderName::Supported, "ms-benotify")
            .with(HeaderName::ContentType, content_type)
    };
    let service = |talker: &mut Talker, content_type: &str| {
        talker.outside(Method::Service, "ana@example.com").with(HeaderName::ContentType, content_type)
    };
    vec![
        ("presence", subscribe(talker, "presence", "application/msrtc-adrl-categorylist+xml")),
        (
            "roaming self",
            subscribe(talker, "vnd-microsoft-roaming-self", "application/vnd-microsoft-roaming-self+xml"),
        ),
        (
            "provisioning",
            subscribe(
                talker,
                "vnd-microsoft-provisioning-v2",
                "application/vnd-microsoft-roaming-provisioning-v2+xml",
            ),
        ),
        ("publish", service(talker, "application/msrtc-category-publish+xml")),
        ("members", service(talker, "application/msrtc-setcontainermembers+xml")),
        ("subscribers", service(talker, "application/msrtc-presence-setsubscriber+xml")),
        ("SOAP", service(talker, "application/SOAP+xml")),
    ]
}

#[tokio::test(start_paused = true)]
async fn poisonous_documents_are_refused_in_every_request_that_bears_one() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    for (named, document) in poison() {
        for (bearer, request) in bearers(&mut ana) {
            let mut request = request;
            request.body = document.clone().into();
            let length = document.len().to_string();
            request.headers.set(HeaderName::ContentLength, &length).unwrap();
            #[expect(clippy::disallowed_methods, reason = "how long the server is busy is no virtual time")]
            let began = std::time::Instant::now();
            let id = ana.send(request);
            let response = ana.answer(id).await.unwrap_or_else(|error| panic!("{bearer}, {named}: {error}"));
            assert!(began.elapsed() < Duration::from_secs(2), "{bearer}, {named}: {:?}", began.elapsed());
            assert_eq!(response.status.as_u16(), 400, "{bearer}, {named}");
            let diagnostics = response.headers.named("ms-diagnostics").unwrap_or_default();
            assert!(diagnostics.starts_with("4001;"), "{bearer}, {named}: {diagnostics}");
        }
    }
    ana.first_subscriptions().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_right_document_with_a_document_type_is_refused_too() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let right = bodies::Batch::new("sip:ana@example.com").with_note("hello", 0).finish();
    let id = ana.publish(format!("<!DOCTYPE publish>{right}"));
    assert_eq!(ana.answer(id).await.unwrap().status.as_u16(), 400);
    let id = ana.publish(right);
    ana.success(id).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_subscription_to_a_thousand_is_served_and_one_to_more_is_refused() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let people: Vec<String> = (0..1001).map(|n| format!("person{n}@example.com")).collect();
    let (id, _) = ana.subscribe_presence(people.iter().map(String::as_str));
    let refused = ana.answer(id).await.unwrap();
    assert_eq!(refused.status.as_u16(), 400);
    assert!(refused.headers.named("ms-diagnostics").unwrap().starts_with("4001;"));
    let (id, _) = ana.subscribe_presence(people.iter().take(1000).map(String::as_str));
    let served = ana.success(id).await.unwrap();
    assert!(crate::world::find(&served.body, "person999@example.com"));
    assert!(served.body.len() < 1024 * 1024);
    ana.serves().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_beyond_the_limit_is_not_read_and_its_client_is_told() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let limit = Settings::default().limits.body;
    let id = ana.publish("x".repeat(limit + 1));
    // The client holds the answer against its association: an unsigned one would be a failure.
    let refused = ana.answer(id).await.unwrap();
    assert_eq!(refused.status, StatusCode::REQUEST_ENTITY_TOO_LARGE);
    assert!(refused.headers.contains(HeaderName::AuthenticationInfo));
    ana.until_closed().await;
    assert_eq!(ana.ended().await, Ended::Nonsense);
    assert_eq!(world.endpoints("ana").await, 0);
}

#[tokio::test]
async fn a_client_that_is_still_writing_its_large_body_reads_why_it_is_refused() {
    let mut world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ours = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (theirs, from) = listener.accept().await.unwrap();
    let ended = world.serve(theirs, peer(from.ip()));
    let profile = crate::world::profile("ana", 1);
    let engine = rapport_testkit::client::ScriptedClient::new(profile);
    let mut ana = rapport_testkit::driver::Client::over(ours, engine);
    ana.sign_in().await.unwrap();
    // More than the buffers of both ends hold: without a reader the client would never come to read its answer.
    let id = ana.publish("x".repeat(16 * 1024 * 1024));
    assert_eq!(ana.answer(id).await.unwrap().status, StatusCode::REQUEST_ENTITY_TOO_LARGE);
    ana.closed().await.unwrap();
    drop(ana);
    assert_eq!(ended.await, Ok(Ended::Nonsense));
}

#[tokio::test]
async fn a_client_that_is_still_writing_reads_why_it_is_signed_out() {
    let mut world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ours = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (theirs, from) = listener.accept().await.unwrap();
    let ended = world.serve(theirs, peer(from.ip()));
    let engine = rapport_testkit::client::ScriptedClient::new(crate::world::profile("ana", 1));
    let mut ana = rapport_testkit::driver::Client::over(ours, engine);
    ana.sign_in().await.unwrap();
    let user = world.user("ana").await;
    let disabled = PersonPatch { enabled: Some(false), ..PersonPatch::default() };
    world.services.people.set(&world.scope, user, disabled).await.unwrap();
    // More than the buffers of both ends hold.
    for _ in 0..64 {
        ana.publish("x".repeat(200 * 1024));
    }
    // What was read before that is answered.
    let notice = loop {
        if let Some(request) = ana.next_event().await.unwrap().as_request() {
            break request.clone();
        }
    };
    assert_eq!(notice.headers.get(HeaderName::Event), Some("registration-notify"));
    drop(ana);
    assert_eq!(ended.await, Ok(Ended::SignedOut));
}

#[tokio::test(start_paused = true)]
async fn a_head_beyond_the_limit_ends_the_connection_without_an_answer() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let filler = "x".repeat(30_000);
    let mut request = ana.outside(Method::Options, "ana@example.com");
    for name in ["X-A", "X-B", "X-C"] {
        request.headers.push(name, &filler).unwrap();
    }
    ana.send(request);
    let _ = ana.flush().await;
    assert!(ana.until_closed().await.is_empty());
    assert_eq!(ana.ended().await, Ended::Nonsense);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_say_who_asks_whom_is_not_challenged() {
    for (from, to, answered) in [
        ("From: <sip:ana@example.com>;tag=27", "From: \"ana <sip:ana@example.com>;tag=27", true),
        ("From: <sip:ana@example.com>;tag=27", "From: Ana, B <sip:ana@example.com>;tag=27", true),
        ("To: <sip:ben@example.com>", "To: \"ben <sip:ben@example.com>", true),
        ("To: <sip:ben@example.com>", "To: <sip:ben@example.com", true),
        ("Max-Forwards: 70", "Max-Forwards: 256", true),
        ("sip:ben@example.com SIP", "sip:ben@[::1 SIP", true),
        ("CSeq: 1 MESSAGE", "CSeq: 36893488147419103232 MESSAGE", true),
        ("CSeq: 1 MESSAGE", "CSeq: one MESSAGE", false),
        ("CSeq: 1 MESSAGE\r\n", "", false),
        ("From: <sip:ana@example.com>;tag=27;epid=0a0b0c0d0e0f\r\n", "", false),
        ("To: <sip:ben@example.com>\r\n", "", false),
        ("Call-ID: call1\r\n", "", false),
    ] {
        let base = unsigned("MESSAGE", 1);
        assert!(base.contains(from), "{from}");
        let input = base.replacen(from, to, 1);
        let mut world = World::new().await;
        let mut raw = world.raw();
        raw.say(input.as_bytes()).await;
        if answered {
            let answer = match raw.hear().await {
                Heard::Response(answer) => answer,
                // It repeats a number that we don't read either.
                Heard::Malformed if to.starts_with("CSeq: 36893488147419103232") => continue,
                other => panic!("{to}: {other:?}"),
            };
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{to}");
            // What ties the answer to its request is there, and says what the request said.
            let is_repeated = |name: &str, value: &str| input.contains(&format!("\r\n{name}: {value}"));
            for name in ["From", "Call-ID", "CSeq"] {
                let value = answer.headers.get(name).unwrap_or_default();
                assert!(is_repeated(name, value), "{to}: {name}: {value}");
            }
        }
        assert!(matches!(raw.hear().await, Heard::End), "{to}");
        assert_eq!(raw.ended().await, Ended::Nonsense, "{to}");
        survives(to, input.as_bytes()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn subscriptions_of_one_client_have_a_bound() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut refused = 0;
    for _ in 0..40 {
        let id = ana.subscribe_contacts();
        refused += u32::from(ana.answer(id).await.unwrap().status.as_u16() == 403);
    }
    assert_eq!(refused, 8);
    ana.serves().await;
}

#[tokio::test(start_paused = true)]
async fn an_epid_or_a_contact_that_is_none_is_refused_after_the_proof() {
    for (from, to) in [
        (";epid=", format!(";epid={}", "0".repeat(5000))),
        ("+sip.instance=\"<urn:uuid:", "+sip.instance=\"<urn:uuid:zz".to_owned()),
        ("ms-opaque=", format!("ms-opaque={}", "0".repeat(5000))),
        ("Contact: ", "X-Contact: ".to_owned()),
    ] {
        let mut world = World::new().await;
        let mut ana = world.stepwise(crate::world::profile("ana", 1));
        let id = ana.engine.register();
        // What is changed is not signed.
        let response = loop {
            let text = ana.unsaid().replacen(from, &to, 1);
            ana.say(&text).await;
            if let Some(event) = ana.listen().await {
                break event.as_answer(id).cloned().unwrap();
            }
        };
        assert_eq!(response.status.as_u16(), 400, "{to:.40}");
        assert!(octets(&response).len() < 8000);
        assert_eq!(world.endpoints("ana").await, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_package_that_is_not_served_is_refused_as_that() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let request = ana.outside(Method::Subscribe, "ana@example.com").with(HeaderName::Event, "weather");
    let id = ana.send(request);
    assert_eq!(ana.answer(id).await.unwrap().status.as_u16(), 489);
}
