//! What the server does with the torture messages of RFC 4475 and RFC 5118, said by a stranger and by a client.

use rapport_sip::{HeaderName, Method};

use crate::talk::{Colleague, Said, Talk};
use crate::vectors::{self, Case, Told};
use crate::world::World;

/// Says it, and tells what came of it.
async fn told(talk: &mut Talk, ben: &Colleague, case: &Case) -> (Told, Vec<Said>) {
    let text = case.bytes.clone();
    let octets = replaced(&text, b"EPID", talk.epid().as_bytes());
    let octets = talk.signed(&octets);
    ben.take_asked();
    talk.say(&octets).await;
    let heard = talk.hear().await;
    let reached = !ben.take_asked().is_empty();
    let status = heard.iter().rfind(|said| said.is_final()).and_then(|said| said.status);
    let told = match (status, talk.is_closed()) {
        (Some(status), true) => Told::Refused(status),
        (None, true) => Told::Closed,
        (Some(status), false) if reached => Told::Reached(status),
        (Some(status), false) => Told::Answered(status),
        (None, false) if talk.serves().await => Told::Dropped,
        (None, false) => Told::Waits,
    };
    (told, heard)
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    match text.windows(from.len()).position(|window| window == from) {
        Some(at) => [&text[..at], to, &replaced(&text[at + from.len()..], from, to)].concat(),
        None => text.to_vec(),
    }
}

async fn check(signs_in: bool) {
    let mut wrong = Vec::new();
    for case in vectors::all() {
        let mut world = World::new().await;
        let ben = Colleague::new(&mut world, "ben").await;
        let mut talk =
            if signs_in { Talk::client(&mut world, "ana", 1).await } else { Talk::stranger(&mut world) };
        let (told, heard) = told(&mut talk, &ben, &case).await;
        let expected = if signs_in { case.client } else { case.stranger };
        if told != expected {
            let Case { section, what, asks, because, read, .. } = &case;
            wrong.push(format!(
                "{section} ({what}, read as {read:?}): {told:?}, not {expected:?}; the RFC asks: {asks}; {because}: \
                 {heard:#?}"
            ));
        }
        if !talk.is_closed() && told != Told::Waits {
            assert!(talk.serves().await, "{}: a fresh request is not answered", case.section);
        }
        talk.ended().await;
        let mut fresh = Talk::stranger(&mut world);
        assert!(fresh.serves().await, "{}: nobody is answered any more", case.section);
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn torture_messages_of_a_stranger_are_treated_as_the_table_says() {
    check(false).await;
}

#[tokio::test(start_paused = true)]
async fn torture_messages_of_a_client_are_treated_as_the_table_says() {
    check(true).await;
}

/// Says the case of a section as a client, and returns what was answered and what Ben was asked.
async fn said(section: &str) -> (Vec<Said>, Vec<rapport_sip::Request>) {
    let case = vectors::all().into_iter().find(|case| case.section == section).expect("a case");
    let mut world = World::new().await;
    let ben = Colleague::new(&mut world, "ben").await;
    let mut talk = Talk::client(&mut world, "ana", 1).await;
    let octets = talk.signed(&replaced(&case.bytes, b"EPID", talk.epid().to_owned().as_bytes()));
    talk.say(&octets).await;
    (talk.hear().await, ben.take_asked())
}

#[tokio::test(start_paused = true)]
async fn what_is_unusual_reaches_the_other_client_as_it_was_said() {
    let (_, asked) = said("4475 3.1.1.1").await;
    let invite = asked.iter().find(|request| request.method == Method::Invite).unwrap();
    assert_eq!(invite.headers.named("NewFangledHeader"), Some("newfangled value continued newfangled value"));
    assert_eq!(invite.headers.named("UnknownHeaderWithUnusualValue"), Some(";;,,;;,;"));
    assert_eq!(invite.headers.from_addr().unwrap().display_name(), "A Nother \\\"");
    assert_eq!(invite.headers.max_forwards(), Ok(Some(67)));
    assert_eq!(invite.body.as_ref(), b"v=0");
    let (_, asked) = said("4475 3.1.1.11").await;
    let every: Vec<u8> = (0..=255).collect();
    assert!(asked[0].body.windows(256).any(|window| window == every));
    let (_, asked) = said("4475 3.1.2.11").await;
    assert_eq!(asked[0].uri().unwrap().headers(), "", "a Request-URI takes no headers with it");
    assert!(!asked[0].headers.contains(HeaderName::Route));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_what_would_be_taken() {
    let (heard, _) = said("4475 3.3.5").await;
    assert!(heard[0].head.contains("\r\nUnsupported: nothingSupportsThis, nothingSupportsThisEither\r\n"));
    let (heard, _) = said("4475 3.3.6 (for the server)").await;
    assert!(heard[0].head.contains("\r\nAccept: application/msrtc-category-publish+xml, "), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn requests_go_to_the_contact_as_it_was_registered() {
    for (section, uri) in [
        ("4475 3.3.12", "sip:+19725552222@gw1.example.net;ms-received-cid="),
        ("4475 3.3.13", "sip:+19725552222@gw1.example.net;unknownparam;ms-received-cid="),
        ("4475 3.3.14", "sip:ana@example.com;ms-received-cid="),
    ] {
        let case = vectors::all().into_iter().find(|case| case.section == section).expect("a case");
        let mut world = World::new().await;
        let mut talk = Talk::client(&mut world, "ana", 1).await;
        let octets = talk.signed(&replaced(&case.bytes, b"EPID", talk.epid().to_owned().as_bytes()));
        talk.say(&octets).await;
        talk.hear().await;
        let mut ben = world.signed_in("ben", 2).await;
        ben.invite("ana@example.com");
        ben.flush().await.unwrap();
        let heard = talk.hear().await;
        let invite = heard.iter().find(|said| said.head.starts_with("INVITE ")).expect("an invitation");
        assert!(invite.head.starts_with(&format!("INVITE {uri}")), "{section}: {}", invite.head);
        assert!(!invite.head.contains("\r\nRoute:"), "{section}: {}", invite.head);
    }
}
