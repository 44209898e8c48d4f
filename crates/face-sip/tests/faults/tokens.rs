//! Tokens of an NTLM sign-in in which every length and offset is wrong, said over a connection: each is answered as a
//! wrong password is, nobody is signed in or locked out by it, and nobody else notices.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport_testkit::client::Event;

use crate::lies::{cut, outside, room};
use crate::world::{ELSEWHERE, World, masked, profile};

const BEFORE: &str = "gssapi-data=\"";

/// Every lie; of the beginnings of the token some, since the readers alone are tried with all of them (`sipauth`).
fn lies(token: &[u8]) -> Vec<(String, Vec<u8>)> {
    let outside = outside(token).into_iter().map(|(field, what, bytes)| (format!("{field} {what}"), bytes));
    outside.chain(cut(token).skip(1).step_by(7)).collect()
}

/// Signs Ana in with a changed token, and returns what is answered without what is fresh in each answer.
async fn told(world: &mut World, change: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    // With a domain, so that no field is empty.
    let mut ana = world.stepwise(profile("ana", 1).with_login("EXAMPLE", "ana"));
    ana.engine.register();
    for _ in 0..2 {
        let text = ana.unsaid();
        ana.say(&text).await;
        assert!(ana.listen().await.is_none(), "the sign-in goes on");
    }
    let text = ana.unsaid();
    let (head, rest) = text.split_once(BEFORE).expect("a token");
    let (token, tail) = rest.split_once('"').expect("its end");
    let changed = STANDARD.encode(change(&STANDARD.decode(token).expect("base 64")));
    ana.say(&format!("{head}{BEFORE}{changed}\"{tail}")).await;
    match ana.listen().await.expect("an answer") {
        Event::Answered { response, .. } => masked(&response),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn every_lie_in_a_token_is_answered_as_a_wrong_password_is() {
    let mut world = World::new().await;
    let mut bystander = world.signed_in("ben", 1).await;
    let mut wrong = profile("cal", 1);
    wrong.nt_hash = rapport_sipauth::ntlm::NtHash::of_password("not the password 9");
    let refused = masked(&world.client_from(wrong, ELSEWHERE).try_sign_in().await);
    assert!(refused.starts_with("SIP/2.0 401 "), "{refused}");
    let (mut at, mut count) = (0, 1);
    while at < count {
        let mut named = String::new();
        let answer = told(&mut world, |token| {
            let mut lies = lies(token);
            count = lies.len();
            let (what, bytes) = lies.swap_remove(at);
            named = what;
            bytes
        });
        let answer = answer.await;
        assert_eq!(answer, refused, "{named}");
        bystander.serves().await;
        assert!(world.connections() <= 3, "{named}: a connection outlives its client");
        at += 1;
    }
    assert!(count > 450, "{count} lies");
    assert_eq!(world.endpoints("ana").await, 0);
    let right = told(&mut world, <[u8]>::to_vec).await;
    assert!(right.starts_with("SIP/2.0 200 "), "{right}");
}

#[tokio::test(start_paused = true)]
async fn a_token_signs_in_however_much_room_its_fields_had() {
    let mut world = World::new().await;
    let (mut at, mut count) = (0, 1);
    while at < count {
        let answer = told(&mut world, |token| {
            let mut same = room(token);
            count = same.len();
            same.swap_remove(at).1
        });
        let answer = answer.await;
        assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
        at += 1;
    }
    assert_eq!(count, 36);
}
