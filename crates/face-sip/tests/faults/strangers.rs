//! Who has not signed in gets OPTIONS answered, a challenge, or nothing.

use std::time::Duration;

use rapport_face_sip::{Ended, Settings};
use rapport_sip::HeaderName;
use rapport_sipauth::header::AuthParams;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};

use crate::world::{Heard, SERVER, World, bare, octets, peer, unsigned, with_headers};
use rapport_testkit::counted::Counted;

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
async fn a_short_question_of_a_stranger_gets_a_short_answer_or_none() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let shortest = |method: &str| {
        format!(
            "{method} sip:a SIP/2.0\r\nv:SIP/2.0/TLS a\r\nf:<sip:a@b>\r\nt:<sip:a@b>\r\ni:1\r\nCSeq:1 {method}\r\n\r\n"
        )
    };
    let mut left_out = 0;
    for (method, request, status) in [
        ("OPTIONS", bare("OPTIONS", 1, ""), Some(200)),
        ("NEGOTIATE", bare("NEGOTIATE", 1, ""), Some(488)),
        // There is no shorter challenge than one.
        ("REGISTER", bare("REGISTER", 1, ""), None),
        ("MESSAGE", bare("MESSAGE", 1, ""), None),
        ("OPTIONS", shortest("OPTIONS"), None),
        ("REGISTER", shortest("REGISTER"), None),
    ] {
        let mut world = World::new().await;
        let mut raw = world.raw();
        let heard = raw.ask(request.as_bytes()).await;
        let Some(status) = status else {
            assert!(matches!(heard, Heard::Nothing), "{method}: {heard:?}");
            left_out += 1;
            assert_eq!(counted.total("rapport_sip_answers_left_out_total"), left_out);
            // Whoever then asks as clients do is answered.
            let asked = raw.ask(with_headers("REGISTER", 9, &like_a_client()).as_bytes()).await.response();
            assert_eq!(asked.status.as_u16(), 401);
            continue;
        };
        let response = heard.response();
        let text = octets(&response);
        assert_eq!(response.status.as_u16(), status, "{text}");
        assert!(text.len() <= request.len(), "{text}");
        for name in [HeaderName::Server, HeaderName::Date, HeaderName::Allow] {
            assert!(!response.headers.contains(name), "{method}: {text}");
        }
        assert!(!text.contains("ms-received"), "{text}");
    }
    assert_eq!(counted.total("rapport_sip_answers_left_out_total"), left_out);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_is_never_told_more_than_the_stranger_has_said() {
    let filler = "a".repeat(3000);
    let questions = [
        String::new(),
        format!("Record-Route: <sip:192.0.2.1;x={filler}>\r\n"),
        format!("Via: SIP/2.0/TLS 192.0.2.1;x={filler}\r\n"),
        "Via: SIP/2.0/TLS a\r\n".repeat(50),
        "v:SIP/2.0/TLS a\r\n".repeat(50),
        format!("Require: {}\r\n", "a,b,c,".repeat(50)),
        format!("X: {filler}\r\n"),
        "Authorization: NTLM qop=\"auth\", realm=\"SIP Communications Service\", targetname=\"sip.example.com\", \
         gssapi-data=\"\", version=4\r\n"
            .to_owned(),
    ];
    let mut world = World::new().await;
    for lines in &questions {
        for method in ["MESSAGE", "OPTIONS", "SUBSCRIBE", "REGISTER", "NEGOTIATE", "\u{fc}"] {
            // The same again and again, and no more is answered in the end than at the beginning.
            let mut raw = world.raw();
            let (mut said, mut told) = (0, 0);
            for number in 1..9 {
                let request = bare(method, number, lines);
                said += request.len();
                raw.say(request.as_bytes()).await;
                told += raw.octets_within_a_second().await;
                assert!(told <= said, "{method}: {told} octets for {said}, {lines:.40}");
            }
        }
    }
}

/// What SIPE says first to a server, and then when it is offered NTLM: its header lines, letter by letter.
fn as_sipe_signs_in(server: &str) -> [String; 2] {
    let register = |number: u32, branch: &str, tag: &str, credentials: &str| {
        format!(
            "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/tls 127.0.0.1:50812;branch={branch}\r\n\
             From: <sip:alice@example.com>;tag={tag};epid=cf0b98dadeb9\r\nTo: <sip:alice@example.com>\r\n\
             Max-Forwards: 70\r\nCSeq: {number} REGISTER\r\n\
             User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\n\
             Call-ID: 9A44gF907a274Ci4C84mB266t69E1b9061x9BC6x\r\n\
             Contact: <sip:127.0.0.1:50812;transport=tls;ms-opaque=d3470f2e1d>;methods=\"INVITE, MESSAGE, INFO, \
             SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY\";proxy=replace;\
             +sip.instance=\"<urn:uuid:b7878522-d7fe-5c33-b30d-265f6618ae78>\"\r\n\
             Supported: gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence\r\n\
             Event: registration\r\nAllow-Events: presence\r\nms-keep-alive: UAC;hop-hop=yes\r\n\
             Content-Length: 0\r\n{credentials}\r\n"
        )
    };
    let credentials = format!(
        "Authorization: NTLM qop=\"auth\", realm=\"SIP Communications Service\", targetname=\"{server}\", \
         gssapi-data=\"\", version=4\r\n"
    );
    [
        register(1, "z9hG4bK27733B3C78394C073F9B", "136851394", ""),
        register(2, "z9hG4bKE8324CEA8923AB3A4356", "3138263119", &credentials),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_client_is_challenged_however_long_the_name_of_the_server_may_be() {
    // From the longest IPv6 address there is.
    let far = peer("2001:db8:1111:2222:3333:4444:5555:6666".parse().unwrap());
    for name in [
        "sip.example.com".to_owned(),
        format!("{}.example.com", "s".repeat(20)),
        format!("{}.example.com", "s".repeat(21)),
        format!("{}.example.com", "s".repeat(52)),
        // The longest name that the configuration takes.
        format!("{}.{}.example.com", "s".repeat(50), "t".repeat(33)),
    ] {
        let settings = Settings { server_name: name.clone(), ..Settings::default() };
        let mut world = World::of_name(settings).await;
        let mut raw = world.raw_from(far);
        let [first, second] = as_sipe_signs_in(&name);
        // There is room for a client that says less of itself.
        let second = second.replace(
            "Event: registration\r\nAllow-Events: presence\r\nms-keep-alive: UAC;hop-hop=yes\r\n",
            "",
        );
        let offer = raw.ask(first.as_bytes()).await.response();
        assert!(offer.headers.contains(HeaderName::Server) && offer.headers.contains(HeaderName::Date));
        let challenge = raw.ask(second.as_bytes()).await.response();
        let value = challenge.headers.get(HeaderName::WwwAuthenticate).unwrap();
        assert!(
            AuthParams::parse(value).unwrap().gssapi_data.is_some_and(|data| data.len() > 200),
            "{value}"
        );
        let (said, told) = (first.len() + second.len(), octets(&offer).len() + octets(&challenge).len());
        assert!(told <= said, "{}: {told} of {said} octets", name.len());
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
