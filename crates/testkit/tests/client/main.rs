//! What a scripted client says, believes and refuses to believe.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod pool;

use pool::{Pool, Spoil};
use rapport_sip::{Method, Response, StatusCode};
use rapport_testkit::client::bodies::Batch;
use rapport_testkit::client::{Event, Failure, Invitations, Profile, RequestId, ScriptedClient};

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

fn profile(address: &str) -> Profile {
    Profile::new(address, "secret", 1)
}

/// Alice and Bob, signed in.
fn two(bob: Profile) -> Pool {
    let mut pool = Pool::new([ScriptedClient::new(profile(ALICE)), ScriptedClient::new(bob)]);
    for client in pool.people.values_mut() {
        client.register();
    }
    pool.drive().unwrap();
    for client in pool.people.values_mut() {
        assert!(client.is_signed_in());
        while client.poll_event().is_some() {}
    }
    pool
}

fn who<'a>(pool: &'a mut Pool, address: &str) -> &'a mut ScriptedClient {
    pool.people.get_mut(address).unwrap()
}

fn answer(client: &mut ScriptedClient, wanted: RequestId) -> Response {
    std::iter::from_fn(|| client.poll_event())
        .find_map(|event| event.as_answer(wanted).cloned())
        .expect("the request was answered")
}

fn asked(client: &mut ScriptedClient) -> Vec<Method> {
    std::iter::from_fn(|| client.poll_event())
        .filter_map(|event| event.as_request().map(|request| request.method.clone()))
        .collect()
}

#[test]
fn three_legs_sign_in_and_the_gruu_of_the_answer_becomes_the_contact() {
    for profile in [profile(ALICE), profile(ALICE).in_version_3()] {
        let mut pool = Pool::new([ScriptedClient::new(profile)]);
        let request = who(&mut pool, ALICE).register();
        pool.drive().unwrap();
        let alice = who(&mut pool, ALICE);
        let response = answer(alice, request);
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(response.headers.cseq().unwrap().number, 3);
        assert!(alice.is_signed_in());
        assert_eq!(alice.contact(), "<sip:alice@example.com;opaque=user:epid:given;gruu>");
    }
}

#[test]
fn a_wrong_password_ends_with_the_401_after_the_proof() {
    let mut pool = Pool::new([ScriptedClient::new(Profile::new(ALICE, "guess", 1))]);
    let request = who(&mut pool, ALICE).register();
    pool.drive().unwrap();
    let alice = who(&mut pool, ALICE);
    assert_eq!(answer(alice, request).status, StatusCode::UNAUTHORIZED);
    assert!(!alice.is_signed_in());
    assert_eq!(alice.unanswered(), 0);
}

#[test]
fn a_registration_is_refreshed_renewed_and_ended() {
    let mut pool = two(profile(BOB));
    let refresh = who(&mut pool, ALICE).register();
    pool.drive().unwrap();
    let alice = who(&mut pool, ALICE);
    assert_eq!(answer(alice, refresh).headers.cseq().unwrap().number, 4);

    let renewal = who(&mut pool, ALICE).register_anew();
    pool.drive().unwrap();
    let alice = who(&mut pool, ALICE);
    assert_eq!(answer(alice, renewal).headers.cseq().unwrap().number, 7);
    assert!(alice.is_signed_in());

    let end = alice.unregister();
    pool.drive().unwrap();
    let alice = who(&mut pool, ALICE);
    assert_eq!(answer(alice, end).status, StatusCode::OK);
    assert!(!alice.is_signed_in());
}

#[test]
fn two_clients_talk_in_a_dialog_until_one_hangs_up() {
    let mut pool = two(profile(BOB));
    let (invite, call) = who(&mut pool, ALICE).invite(BOB);
    pool.drive().unwrap();
    let accepted = answer(who(&mut pool, ALICE), invite);
    assert_eq!(accepted.status, StatusCode::OK);
    assert!(std::str::from_utf8(&accepted.body).unwrap().contains("sip sip:bob@example.com"));
    assert_eq!(asked(who(&mut pool, BOB)), [Method::Invite, Method::Ack]);

    let hello = who(&mut pool, ALICE).message(&call, "hello").unwrap();
    let typing = who(&mut pool, ALICE).typing(&call, true).unwrap();
    pool.drive().unwrap();
    let alice = who(&mut pool, ALICE);
    let events: Vec<_> = std::iter::from_fn(|| alice.poll_event()).collect();
    for request in [hello, typing] {
        let response = events.iter().find_map(|event| event.as_answer(request)).unwrap();
        assert_eq!(response.status, StatusCode::OK);
    }
    let bob = who(&mut pool, BOB);
    let Some(Event::Asked(message)) = bob.poll_event() else { panic!("a message was sent") };
    assert_eq!((&message.method, &message.body[..]), (&Method::Message, &b"hello"[..]));

    let back = bob.message(&call, "hello yourself").unwrap();
    pool.drive().unwrap();
    assert_eq!(answer(who(&mut pool, BOB), back).status, StatusCode::OK);

    let bye = who(&mut pool, BOB).bye(&call).unwrap();
    pool.drive().unwrap();
    assert_eq!(answer(who(&mut pool, BOB), bye).status, StatusCode::OK);
    assert!(pool.people.values().all(|client| client.dialogs().next().is_none()));
    assert_eq!(who(&mut pool, ALICE).message(&call, "anybody there?"), None);
}

#[test]
fn a_script_rings_and_is_cancelled() {
    let mut pool = two(profile(BOB).with_invitations(Invitations::Leave));
    let (invite, _) = who(&mut pool, ALICE).invite(BOB);
    pool.drive().unwrap();
    let bob = who(&mut pool, BOB);
    let Some(Event::Asked(request)) = bob.poll_event() else { panic!("an invitation was sent") };
    bob.ring(&request);
    pool.drive().unwrap();
    let alice = who(&mut pool, ALICE);
    assert!(
        matches!(alice.poll_event(), Some(Event::Progress { response, .. }) if response.status == StatusCode::RINGING)
    );

    alice.cancel(invite).unwrap();
    pool.drive().unwrap();
    assert_eq!(answer(who(&mut pool, ALICE), invite).status, StatusCode::REQUEST_TERMINATED);
}

#[test]
fn a_declined_invitation_makes_no_dialog() {
    let mut pool = two(profile(BOB).with_invitations(Invitations::Decline(StatusCode::BUSY_HERE)));
    let (invite, call) = who(&mut pool, ALICE).invite(BOB);
    pool.drive().unwrap();
    assert_eq!(answer(who(&mut pool, ALICE), invite).status, StatusCode::BUSY_HERE);
    assert_eq!(who(&mut pool, ALICE).bye(&call), None);
}

#[test]
fn what_follows_a_sign_in_is_signed_and_answered() {
    let mut pool = two(profile(BOB));
    let alice = who(&mut pool, ALICE);
    let uri = alice.profile().uri();
    let epid = alice.profile().epid.clone();
    let batch = Batch::new(&uri).with_device(&uri, &epid, 0).with_machine_state(&epid, 3500, 0);
    let requests = [
        alice.subscribe_contacts(),
        alice.fetch_provisioning(),
        alice.subscribe_self(),
        alice.subscribe_presence([BOB]).0,
        alice.publish(batch.with_user_state(3500, 0).finish()),
    ];
    pool.drive().unwrap();
    let alice = who(&mut pool, ALICE);
    let events: Vec<_> = std::iter::from_fn(|| alice.poll_event()).collect();
    for request in requests {
        assert!(events.iter().any(|event| event.as_answer(request).is_some()));
    }
    // Contacts, oneself and presence last; the settings were asked for once.
    assert_eq!(alice.dialogs().count(), 3);
}

#[test]
fn an_unsigned_message_is_a_failure() {
    let mut pool = two(profile(BOB));
    pool.spoil = Spoil::Unsigned;
    who(&mut pool, ALICE).subscribe_contacts();
    assert_eq!(pool.drive(), Err(Failure::Unsigned("200 OK (CSeq 1 SUBSCRIBE)".to_owned())));
}

#[test]
fn a_message_that_was_changed_after_signing_is_a_failure() {
    let mut pool = two(profile(BOB));
    pool.spoil = Spoil::WrongTag;
    who(&mut pool, ALICE).subscribe_contacts();
    assert!(matches!(pool.drive(), Err(Failure::Signature { .. })));
}
