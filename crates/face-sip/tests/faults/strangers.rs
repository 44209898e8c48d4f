//! Who has not signed in gets OPTIONS answered, a challenge, or nothing.

use std::time::Duration;

use rapport_face_sip::{Ended, Settings};
use rapport_sip::HeaderName;
use rapport_sipauth::header::AuthParams;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};

use crate::world::{Heard, OWED, SERVER, World, octets, unsigned, with_headers};

/// The header lines that a real client adds to what every request has.
fn like_a_client() -> String {
    "User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\n\
     Contact: <sip:192.0.2.1:5070;transport=tls;ms-opaque=d3470f2e1d>;methods=\"INVITE, MESSAGE, INFO, SUBSCRIBE, \
     OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY\";proxy=replace;\
     +sip.instance=\"<urn:uuid:b7878522-d7fe-5c33-b30d-265f6618ae78>\"\r\n\
     Supported: gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence\r\n"
        .to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_stranger_gets_options_answered() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    let response = raw.ask(unsigned("OPTIONS", 1).as_bytes()).await.response();
    assert_eq!(response.status.as_u16(), 200);
    assert!(response.headers.get(HeaderName::Allow).is_some_and(|allow| allow.contains("MESSAGE")));
    assert!(response.headers.to_addr().unwrap().tag().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_stranger_s_register_is_challenged_in_good_form() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    let response = raw.ask(with_headers("REGISTER", 1, &like_a_client()).as_bytes()).await.response();
    assert_eq!(response.status.as_u16(), 401);
    let offer = AuthParams::parse(response.headers.get(HeaderName::WwwAuthenticate).unwrap()).unwrap();
    assert!(offer.is_ntlm());
    assert_eq!((offer.targetname, offer.version), (Some(SERVER), Some(4)));
    assert!(response.headers.get(HeaderName::Date).is_some());
    assert_eq!(response.headers.call_id(), Some("call1"));
    assert_eq!(response.headers.get(HeaderName::CSeq), Some("1 REGISTER"));
    assert_eq!(response.headers.get(HeaderName::ContentLength), Some("0"));
}

#[tokio::test(start_paused = true)]
async fn every_other_method_of_a_stranger_is_refused_or_dropped() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    for (number, method) in ["ACK", "CANCEL"].into_iter().enumerate() {
        let heard = raw.ask(unsigned(method, number as u32 + 1).as_bytes()).await;
        assert!(matches!(heard, Heard::Nothing), "{method}: {heard:?}");
    }
    let refused = raw.ask(unsigned("NEGOTIATE", 9).as_bytes()).await.response();
    assert_eq!(refused.status.as_u16(), 488);
    for (number, method) in [
        "INVITE",
        "MESSAGE",
        "SUBSCRIBE",
        "SERVICE",
        "NOTIFY",
        "INFO",
        "BYE",
        "REFER",
        "UPDATE",
        "PRACK",
        "PUBLISH",
        "KICKSTART",
    ]
    .into_iter()
    .enumerate()
    {
        let refused = raw.ask(unsigned(method, number as u32 + 10).as_bytes()).await.response();
        assert_eq!(refused.status.as_u16(), 401, "{method}");
        assert!(refused.headers.contains(HeaderName::WwwAuthenticate), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_stranger_is_not_larger_than_what_a_client_asks() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    for (number, method) in ["OPTIONS", "REGISTER", "MESSAGE", "NEGOTIATE", "INVITE"].into_iter().enumerate()
    {
        let request = with_headers(method, number as u32 + 1, &like_a_client());
        let response = raw.ask(request.as_bytes()).await.response();
        assert!(octets(&response).len() <= request.len(), "{method}: {}", octets(&response));
        assert!(response.headers.contains(HeaderName::Server), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_question_of_a_stranger_gets_the_shortest_answer() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    let shortest = |method: &str, number: u32| {
        format!(
            "{method} sip:a SIP/2.0\r\nv:SIP/2.0/TLS a\r\nf:<sip:a@b>\r\nt:<sip:a@b>\r\ni:{number}\r\n\
             CSeq:1 {method}\r\n\r\n"
        )
    };
    let mut most = 0;
    for (number, method) in ["OPTIONS", "REGISTER", "MESSAGE", "NEGOTIATE"].into_iter().enumerate() {
        for request in [unsigned(method, number as u32 + 1), shortest(method, number as u32 + 9)] {
            let response = raw.ask(request.as_bytes()).await.response();
            let text = octets(&response);
            let more = text.len().saturating_sub(request.len());
            assert!(more <= OWED, "{method}: {more} octets more than {}: {text}", request.len());
            most = most.max(more);
            for name in [HeaderName::Server, HeaderName::Date] {
                assert!(!response.headers.contains(name), "{method}: {text}");
            }
            assert!(!text.contains("ms-received"), "{text}");
        }
    }
    assert!(most > OWED - 20, "the figure is what is measured: {most}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_stranger_grows_no_faster_than_the_question() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    let filler = "a".repeat(3000);
    for (number, lines) in [
        format!("Record-Route: <sip:192.0.2.1;x={filler}>\r\n"),
        format!("Via: SIP/2.0/TLS 192.0.2.1;x={filler}\r\n"),
        "Via: SIP/2.0/TLS a\r\n".repeat(50),
        "v:SIP/2.0/TLS a\r\n".repeat(50),
        format!("X: {filler}\r\n"),
    ]
    .into_iter()
    .enumerate()
    {
        for method in ["MESSAGE", "OPTIONS", "SUBSCRIBE"] {
            let request = with_headers(method, number as u32 + 1, &lines);
            let response = raw.ask(request.as_bytes()).await.response();
            let longer = octets(&response).len().saturating_sub(request.len());
            // A compact name is written long: two octets more for each Via, of which there are 64 at most.
            let compact = lines.matches("v:").count() * 2;
            assert!(longer <= OWED + compact, "{method}: {longer} octets more for {lines:.40}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_that_a_stranger_says_extends_the_time_to_sign_in() {
    let mut world = World::new().await;
    let begun = Instant::now();
    let mut raw = world.raw();
    let within = Settings::default().sign_in_within;
    for number in 1.. {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let heard = match number % 3 {
            0 => raw.ask(b"\r\n\r\n").await,
            1 => raw.ask(unsigned("OPTIONS", number).as_bytes()).await,
            _ => raw.ask(unsigned("REGISTER", number).as_bytes()).await,
        };
        if matches!(heard, Heard::End) {
            break;
        }
        assert!(begun.elapsed() <= within + Duration::from_secs(1), "the connection outlived its time");
    }
    assert_eq!(raw.ended().await, Ended::NoSignIn);
    assert!(begun.elapsed() >= within);
}

#[tokio::test(start_paused = true)]
async fn the_handshake_counts_towards_the_time_to_sign_in() {
    let mut world = World::new().await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let begun = Instant::now();
    let raw = world.raw_after(Duration::from_secs(9));
    assert_eq!(raw.ended().await, Ended::NoSignIn);
    assert_eq!(begun.elapsed().as_secs(), Settings::default().sign_in_within.as_secs() - 9);
}

#[tokio::test(start_paused = true)]
async fn a_failed_sign_in_does_not_extend_the_time_either() {
    let mut world = World::new().await;
    let begun = Instant::now();
    let wrong = rapport_testkit::client::Profile::new("ana@example.com", "wrong password 1", 1);
    let mut ana = world.client(wrong);
    ana.try_sign_in().await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    ana.try_sign_in().await;
    ana.closed().await.unwrap();
    assert_eq!(ana.ended().await, Ended::NoSignIn);
    assert!(begun.elapsed() < Settings::default().sign_in_within + Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_stranger_s_responses_lead_nowhere_and_end_the_connection() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    for number in 0..8 {
        let response = format!(
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS {SERVER}:5061;branch=z9hG4bK{number}\r\nFrom: <sip:a@example.com>;\
             tag=1\r\nTo: <sip:b@example.com>;tag=2\r\nCall-ID: c{number}\r\nCSeq: 1 INVITE\r\n\
             Content-Length: 0\r\n\r\n"
        );
        raw.say(response.as_bytes()).await;
    }
    assert!(matches!(raw.hear().await, Heard::End));
    assert_eq!(raw.ended().await, Ended::Forgeries);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_s_bounds_are_narrower_than_a_client_s() {
    let mut world = World::new().await;
    let body = "x".repeat(Settings::default().limits_before_sign_in.body + 1);
    let large = unsigned("MESSAGE", 1)
        .replace("Content-Length: 0\r\n\r\n", &format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    let mut raw = world.raw();
    assert!(matches!(raw.ask(large.as_bytes()).await, Heard::End));
    assert_eq!(raw.ended().await, Ended::Nonsense);
    let mut ana = world.signed_in("ana", 1).await;
    ana.say_raw(large.as_bytes());
    ana.serves().await;
}

#[tokio::test(start_paused = true)]
async fn a_stranger_who_does_not_read_is_not_heard_for_long() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    let mut said = 0;
    let ended = loop {
        said += 1;
        let request = unsigned("OPTIONS", said);
        match timeout(Duration::from_secs(1), raw.stream.write_all(request.as_bytes())).await {
            Ok(Ok(())) => assert!(said < 1000, "the server takes in what it can't answer"),
            Ok(Err(_)) | Err(_) => break raw.ended().await,
        }
    };
    // Whichever bound is met first: what waits to be read, or how often a stranger may ask.
    assert!(matches!(ended, Ended::TooSlow | Ended::Chatty | Ended::NoSignIn), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_makes_no_sense_is_not_answered_with_a_yes() {
    let table = [
        ("", "", 200),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nRequire: adhoclist, categoryList", 200),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nRequire: telepathy", 420),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nProxy-Require: telepathy", 420),
        ("Max-Forwards: 70", "Max-Forwards: -1", 400),
        ("OPTIONS sip:", "OPTIONS http://", 416),
    ];
    for (part, other, status) in table {
        let mut world = World::new().await;
        let mut raw = world.raw();
        let request = unsigned("OPTIONS", 1).replacen(part, other, usize::from(!part.is_empty()));
        let answer = raw.ask(request.as_bytes()).await.response();
        assert_eq!(answer.status.as_u16(), status, "{other}");
    }
}
