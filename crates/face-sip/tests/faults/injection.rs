//! What a client says of itself beyond From does not reach another client.

use rapport_sip::{HeaderName, Headers, Method, StatusCode};
use rapport_testkit::client::{Event, Invitations};

use crate::world::{World, octets, profile};

/// Headers by which a client would be taken for a server, or for somebody else.
const CLAIMS: [(&str, &str); 14] = [
    ("P-Asserted-Identity", "\"The Boss\" <sip:boss@example.com>"),
    ("p-asserted-identity", "<tel:+15550100>"),
    ("P-Preferred-Identity", "\"The Boss\" <sip:boss@example.com>"),
    ("Remote-Party-ID", "\"The Boss\" <sip:boss@example.com>"),
    ("Authentication-Info", "NTLM rspauth=\"0100\""),
    ("Proxy-Authentication-Info", "NTLM rspauth=\"0100\""),
    ("Proxy-Authorization", "NTLM realm=\"elsewhere\""),
    ("ms-edge-proxy-message-trust", "ms-source-type=DirectPartner"),
    ("Ms-Edge-Route", "<sip:192.0.2.9>"),
    ("ms-user-data", "ms-publiccloud=true"),
    ("MS-User-Logon-Data", "RemoteUser"),
    ("ms-asserted-verification-level", "ms-source-verified-user=verified"),
    ("ms-diagnostics", "1;reason=\"x\""),
    ("ms-diagnostics-public", "1;reason=\"x\""),
];

fn reached(text: &str) -> Vec<String> {
    let named = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default().trim();
        CLAIMS.iter().any(|(claim, _)| claim.eq_ignore_ascii_case(name))
    };
    // The callee's own server signs: that header is the one that may stand there.
    let ours = |line: &&str| !line.contains("qop=\"auth\"");
    text.lines().filter(named).filter(ours).map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn what_a_client_claims_in_a_request_is_taken_out_by_its_parsed_name() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.client(profile("ben", 1).with_invitations(Invitations::Leave));
    ben.sign_in().await.unwrap();
    for colon in [":", " :", "\t :"] {
        let mut request = ana.outside(Method::Invite, "ben@example.com");
        for (name, value) in CLAIMS {
            request.headers.push(name, value).unwrap();
        }
        ana.send(request);
        let mut text = ana.unsaid();
        for (name, _) in CLAIMS {
            text = text.replace(&format!("\r\n{name}:"), &format!("\r\n{name}{colon}"));
        }
        ana.say_raw(text.as_bytes());
        ana.flush().await.unwrap();
        let invite = ben.request(Method::Invite, |_| true).await.unwrap();
        let mut out = Vec::new();
        invite.encode(&mut out);
        let arrived = String::from_utf8(out).unwrap();
        assert_eq!(reached(&arrived), Vec::<String>::new(), "with {colon:?}");
        assert!(!arrived.contains("Boss"), "{arrived}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_client_claims_in_a_response_is_taken_out_too() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.client(profile("ben", 1).with_invitations(Invitations::Leave));
    ben.sign_in().await.unwrap();
    let (id, _) = ana.invite("ben@example.com");
    ana.flush().await.unwrap();
    let invite = ben.request(Method::Invite, |_| true).await.unwrap();
    let mut response = ben.answer_to(&invite, StatusCode::BUSY_HERE);
    for (name, value) in CLAIMS.into_iter().filter(|(name, _)| !name.starts_with("ms-diagnostics")) {
        response.headers.push(name, value).unwrap();
    }
    ben.respond(response);
    ben.flush().await.unwrap();
    let answer = ana.answer(id).await.unwrap();
    assert_eq!(answer.status, StatusCode::BUSY_HERE);
    assert_eq!(reached(&octets(&answer)), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_display_name_can_not_leave_its_quotes() {
    let mut world = World::new().await;
    let user = world.user("ana").await;
    let card = rapport_core::directory::Card {
        display_name: "x\" <sip:boss@example.com>;y=\"\\".to_owned(),
        ..rapport_core::directory::Card::default()
    };
    let patch = rapport_core::directory::PersonPatch { card: Some(card), ..Default::default() };
    world.services.people.set(&world.scope, user, patch).await.unwrap();
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.client(profile("ben", 1).with_invitations(Invitations::Leave));
    ben.sign_in().await.unwrap();
    ana.invite("ben@example.com");
    ana.flush().await.unwrap();
    let invite = ben.request(Method::Invite, |_| true).await.unwrap();
    assert_eq!(invite.headers.from_addr().unwrap().uri_text(), "sip:ana@example.com");
}

/// How pidgin-sipe reads a From or To: the first brackets for the address, the first `;tag=` for the tag.
fn as_sipe(value: &str) -> (String, String) {
    let after = |mark: &str, end: char| {
        let rest = value.split_once(mark).map_or("", |(_, rest)| rest);
        rest.split(end).next().unwrap_or_default().to_owned()
    };
    (after("<", '>'), after(";tag=", ';'))
}

#[track_caller]
fn is_read_as_meant(headers: &Headers) {
    for (name, address) in [(HeaderName::From, headers.from_addr()), (HeaderName::To, headers.to_addr())] {
        let (value, address) = (headers.get(name).unwrap(), address.unwrap());
        let meant = (address.uri_text().to_owned(), address.tag().unwrap_or_default().to_owned());
        assert_eq!(as_sipe(value), meant, "{value}");
        assert!(!address.display_raw().contains(['<', '>']), "{value}");
    }
}

/// Names and spellings with which one client could make another take the server's signature for a wrong one.
const PARTIES: [(&str, &str); 5] = [
    ("a name with an address", "\"<sip:boss@example.com>\" <ADDRESS>;TAG"),
    ("a name with a tag", "\"x;tag=evil\" <ADDRESS>;TAG"),
    ("an address with a tag", "<ADDRESS;tag=evil>;TAG"),
    ("a parameter with an address", "ADDRESS;x=\"<sip:boss@example.com>;tag=evil\";TAG"),
    ("no brackets", "ADDRESS;TAG"),
];

#[tokio::test(start_paused = true)]
async fn no_name_or_spelling_of_one_client_makes_another_misread_what_is_signed() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.client(profile("ben", 1).with_invitations(Invitations::Leave));
    ben.sign_in().await.unwrap();
    for (what, party) in PARTIES {
        let mut request = ana.outside(Method::Invite, "ben@example.com");
        let spelled = |address: &str, tag: &str| party.replace("ADDRESS", address).replace("TAG", tag);
        let from = spelled("sip:ana@example.com", "tag=77");
        request.headers.set(HeaderName::From, &from).unwrap();
        let to = spelled("sip:ben@example.com", "y=1").replace("tag=", "z=");
        request.headers.set(HeaderName::To, &to).unwrap();
        request.headers.set(HeaderName::ReferredBy, "\"<x>\" <sip:ana@example.com>").unwrap();
        let id = ana.send(request);
        ana.flush().await.unwrap();
        let invite = ben.request(Method::Invite, |_| true).await.unwrap_or_else(|e| panic!("{what}: {e}"));
        is_read_as_meant(&invite.headers);
        assert_eq!(invite.headers.get(HeaderName::ReferredBy), Some("\"‹x›\" <sip:ana@example.com>"));
        let mut response = ben.answer_to(&invite, StatusCode::BUSY_HERE);
        response.headers.set(HeaderName::From, &from).unwrap();
        let to = spelled("sip:ben@example.com", "tag=88");
        response.headers.set(HeaderName::To, &to).unwrap();
        ben.respond(response);
        ben.flush().await.unwrap();
        let answer = ana.answer(id).await.unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(answer.status, StatusCode::BUSY_HERE, "{what}");
        is_read_as_meant(&answer.headers);
        assert_eq!(answer.headers.to_addr().unwrap().tag(), Some("88"), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_hides_another_in_its_body_is_one_message() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    let (id, conversation) = ana.invite("ben@example.com");
    ana.flush().await.unwrap();
    ben.request(Method::Invite, |_| true).await.unwrap();
    ben.flush().await.unwrap();
    ana.success(id).await.unwrap();
    let hidden = "BYE sip:ben@example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bK1\r\n\r\n";
    let message = ana.message(&conversation, &format!("\r\n\r\n{hidden}")).unwrap();
    ana.flush().await.unwrap();
    let arrived = ben.request(Method::Message, |_| true).await.unwrap();
    ben.flush().await.unwrap();
    ana.success(message).await.unwrap();
    assert!(crate::world::find(&arrived.body, "BYE sip:ben"));
    let is_bye = |event: &Event| event.as_request().is_some_and(|r| r.method == Method::Bye);
    assert!(ben.has_not_come(is_bye).await.unwrap());
}
