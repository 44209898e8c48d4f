//! Messages whose signature is wrong, missing, used before or somebody else's.

use std::time::Duration;

use rapport_face_sip::Ended;
use rapport_sip::{HeaderName, Method, Request, StatusCode};
use rapport_testkit::client::{Event, Invitations, RequestId, bodies};
use tokio::time::timeout;

use crate::world::{Talker, World, profile};

/// The same octets with the signature's last digit changed.
pub(crate) fn forged(text: &str) -> String {
    let (head, rest) = text.split_once("response=\"").expect("it is signed");
    let (signature, tail) = rest.split_once('"').unwrap();
    let (kept, last) = signature.split_at(signature.len() - 1);
    let other = if last == "0" { "1" } else { "0" };
    format!("{head}response=\"{kept}{other}\"{tail}")
}

/// A group to be added, signed, as octets that were not said yet.
fn add_group(talker: &mut Talker, name: &str, delta: u32) -> (RequestId, String) {
    let id = talker.change_contacts(bodies::add_group(name, delta));
    (id, talker.unsaid())
}

async fn groups(talker: &mut Talker) -> String {
    let request = talker.subscribe_contacts();
    String::from_utf8(talker.success(request).await.unwrap().body.to_vec()).unwrap()
}

/// Nothing comes for a while.
async fn silence(talker: &mut Talker) {
    let heard = timeout(Duration::from_secs(2), talker.next_event()).await;
    assert!(heard.is_err(), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn a_forged_request_is_challenged_and_does_nothing() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let (id, text) = add_group(&mut ana, "Harbour", 1);
    ana.say_raw(forged(&text).as_bytes());
    assert_eq!(ana.answer(id).await.unwrap().status.as_u16(), 401);
    assert!(!groups(&mut ana).await.contains("Harbour"));
    // The forgery has not used the number up: the true message is taken.
    ana.say_raw(text.as_bytes());
    ana.serves().await;
    assert!(groups(&mut ana).await.contains("Harbour"));
}

#[tokio::test(start_paused = true)]
async fn what_is_signed_can_not_be_changed() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    for (number, (from, to)) in [
        ("CSeq: 1 SERVICE", "CSeq: 2 SERVICE"),
        ("To: <sip:ana@", "To: <sip:ben@"),
        ("crand=\"", "crand=\"0"),
    ]
    .into_iter()
    .enumerate()
    {
        let (_, text) = add_group(&mut ana, "Harbour", 1);
        assert!(text.contains(from), "{text}");
        ana.say_raw(text.replacen(from, to, 1).as_bytes());
        let is_refusal = |event: &Event| match event {
            Event::Answered { response, .. } | Event::Stray(response) => response.status.as_u16() == 401,
            Event::Asked(_) | Event::Progress { .. } => false,
        };
        ana.expect("a challenge", is_refusal).await.unwrap_or_else(|error| panic!("{number}: {error}"));
    }
    assert!(!groups(&mut ana).await.contains("Harbour"));
}

#[tokio::test(start_paused = true)]
async fn an_unsigned_request_of_a_signed_in_client_is_challenged_and_does_nothing() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let (id, text) = add_group(&mut ana, "Harbour", 1);
    let unsigned: String = text.split_inclusive("\r\n").filter(|l| !l.starts_with("Authorization")).collect();
    ana.say_raw(unsigned.as_bytes());
    assert_eq!(ana.answer(id).await.unwrap().status.as_u16(), 401);
    assert!(!groups(&mut ana).await.contains("Harbour"));
}

#[tokio::test(start_paused = true)]
async fn a_replayed_request_is_dropped_and_does_nothing_twice() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let (id, text) = add_group(&mut ana, "Harbour", 1);
    ana.say_raw(text.as_bytes());
    ana.success(id).await.unwrap();
    ana.say_raw(text.as_bytes());
    silence(&mut ana).await;
    // Also with another branch, which is not signed: it would be a new transaction.
    ana.say_raw(text.replacen("branch=z9hG4bK", "branch=z9hG4bKx", 1).as_bytes());
    silence(&mut ana).await;
    assert_eq!(groups(&mut ana).await.matches("Harbour").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_too_many_wrong_signatures_is_closed() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    for _ in 0..7 {
        let (id, text) = add_group(&mut ana, "Harbour", 1);
        ana.say_raw(forged(&text).as_bytes());
        assert_eq!(ana.answer(id).await.unwrap().status.as_u16(), 401);
    }
    ana.serves().await;
    let (_, text) = add_group(&mut ana, "Harbour", 1);
    ana.say_raw(forged(&text).as_bytes());
    ana.until_closed().await;
    assert_eq!(ana.ended().await, Ended::Forgeries);
    assert_eq!(world.endpoints("ana").await, 0);
    ben.serves().await;
}

#[tokio::test(start_paused = true)]
async fn too_many_replays_close_the_connection_too() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let (id, text) = add_group(&mut ana, "Harbour", 1);
    ana.say_raw(text.repeat(9).as_bytes());
    ana.success(id).await.unwrap();
    ana.until_closed().await;
    assert_eq!(ana.ended().await, Ended::Forgeries);
}

#[tokio::test(start_paused = true)]
async fn a_signature_is_good_on_its_own_connection_only() {
    let mut world = World::new().await;
    let mut first = world.signed_in("ana", 1).await;
    let mut second = world.signed_in("ana", 2).await;
    let (_, text) = add_group(&mut first, "Harbour", 1);
    second.say_raw(text.as_bytes());
    let is_refusal = |event: &Event| matches!(event, Event::Stray(r) if r.status.as_u16() == 401);
    second.expect("a challenge", is_refusal).await.unwrap();
    assert!(!groups(&mut second).await.contains("Harbour"));
    // And before any sign-in.
    let mut raw = world.raw();
    assert_eq!(raw.ask(text.as_bytes()).await.response().status.as_u16(), 401);
}

#[tokio::test(start_paused = true)]
async fn a_signed_request_in_another_s_name_is_refused_as_one_in_nobody_s() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut answers = Vec::new();
    for name in ["ben", "nobody"] {
        let mut request = ana.outside(Method::Message, "cal@example.com");
        let from = format!("<sip:{name}@example.com>;tag=5");
        request.headers.set(HeaderName::From, &from).unwrap();
        let id = ana.send(request);
        let refused = ana.answer(id).await.unwrap();
        assert_eq!(refused.status.as_u16(), 403);
        assert!(refused.headers.named("ms-diagnostics").unwrap().starts_with("4004;"));
        let text = crate::world::masked(&refused);
        answers.push(text.lines().filter(|l| !l.starts_with("Authentication-Info")).collect::<String>());
    }
    assert_eq!(answers.first(), answers.last());
}

/// Ben's connection, with an invitation of Ana that he has not answered yet.
async fn invited(world: &mut World) -> (Talker, Talker, RequestId, Request) {
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.client(profile("ben", 1).with_invitations(Invitations::Leave));
    ben.sign_in().await.unwrap();
    let (id, _) = ana.invite("ben@example.com");
    ana.flush().await.unwrap();
    let invite = ben.request(Method::Invite, |_| true).await.unwrap();
    (ana, ben, id, invite)
}

#[tokio::test(start_paused = true)]
async fn a_forged_or_unsigned_response_is_not_believed() {
    let mut world = World::new().await;
    let (mut ana, mut ben, id, invite) = invited(&mut world).await;
    ben.answer_with(&invite, StatusCode::DECLINE);
    let text = ben.unsaid();
    ben.say_raw(forged(&text).as_bytes());
    let unsigned: String = text.split_inclusive("\r\n").filter(|l| !l.starts_with("Authorization")).collect();
    ben.say_raw(unsigned.as_bytes());
    ben.serves().await;
    let progress = |event: &Event| matches!(event, Event::Answered { .. });
    assert!(ana.has_not_come(progress).await.unwrap());
    ben.say_raw(text.as_bytes());
    ben.flush().await.unwrap();
    assert_eq!(ana.answer(id).await.unwrap().status, StatusCode::DECLINE);
}

#[tokio::test(start_paused = true)]
async fn responses_with_wrong_signatures_count_towards_the_end_of_the_connection() {
    let mut world = World::new().await;
    let (_ana, mut ben, _, invite) = invited(&mut world).await;
    ben.answer_with(&invite, StatusCode::RINGING);
    let text = ben.unsaid();
    ben.say_raw(text.repeat(9).as_bytes());
    ben.until_closed().await;
    assert_eq!(ben.ended().await, Ended::Forgeries);
}

#[tokio::test(start_paused = true)]
async fn the_handshake_s_challenge_is_used_once() {
    let mut world = World::new().await;
    // The last leg of one sign-in, said again on the same and on another connection.
    let mut ana = world.stepwise(profile("ana", 1));
    ana.engine.register();
    let mut proof = String::new();
    while !ana.engine.is_signed_in() {
        let text = ana.unsaid();
        ana.say(&text).await;
        proof = text;
        ana.listen().await;
    }
    assert!(proof.contains("gssapi-data=\"T"), "{proof}");
    let mut raw = world.raw();
    assert_eq!(raw.ask(proof.as_bytes()).await.response().status.as_u16(), 401);
    ana.say(&proof).await;
    match ana.listen().await {
        Some(Event::Stray(response)) => assert_eq!(response.status.as_u16(), 401),
        other => panic!("{other:?}"),
    }
    assert!(ana.engine.is_signed_in());
    assert_eq!(world.endpoints("ana").await, 1);
}
