//! What a signed-in client is refused stands in the log, with who asked and from where; and nothing else of it does.

use std::time::Duration;

use rapport_core::directory::PersonPatch;
use rapport_sip::{HeaderName, Method, StatusCode};
use rapport_testkit::client::bodies::{self, Batch};
use rapport_testkit::client::{Invitations, RequestId};
use rapport_testkit::logged::Logged;

use crate::world::{Talker, World, profile};

const REFUSED: &str = "an action was refused";

fn in_the_name_of(talker: &mut Talker, name: &str) -> RequestId {
    let mut request = talker.outside(Method::Message, "cal@example.com");
    request.headers.set(HeaderName::From, &format!("<sip:{name}@example.com>;tag=5")).unwrap();
    talker.send(request.with_body("text/plain", "a secret word".into()))
}

async fn is_refused(talker: &mut Talker, id: RequestId) -> u16 {
    talker.answer(id).await.unwrap().status.as_u16()
}

#[tokio::test(start_paused = true)]
async fn what_a_signed_in_client_is_refused_is_logged_with_who_asked_and_from_where() {
    let logged = Logged::default();
    let _here = tracing::subscriber::set_default(logged.clone());
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let [contacts, ..] = ana.first_subscriptions().await.unwrap();
    let delta = bodies::delta_num(&contacts.body).unwrap();
    assert_eq!(logged.take(REFUSED), Vec::<String>::new(), "signing in is no misdeed");

    let named = in_the_name_of(&mut ana, "ben");
    let foreign = ana.publish(Batch::new("sip:ben@example.com").with_note("a secret word", 0).finish());
    let other = "<sip:192.0.2.1:5070;transport=tls>;+sip.instance=\"<urn:uuid:01020304-0506-5708-890a-0b0c0d0e0f10>\"";
    let mut register = ana.outside(Method::Register, "ana@example.com");
    register.headers.set(HeaderName::Contact, other).unwrap();
    let endpoint = ana.send(register);
    let register = ana.outside(Method::Register, "ben@example.com");
    let registered = ana.send(register);
    let fixed = ana.change_contacts(bodies::delete_group(1, delta));
    let nonsense = ana.set_container_members("<setContainerMembers a secret word".to_owned());
    let asked = [
        (named, 403, "MESSAGE", "another-s-address"),
        (foreign, 403, "SERVICE", "forbidden"),
        (endpoint, 403, "REGISTER", "another-endpoint"),
        (registered, 403, "REGISTER", "another-s-address"),
        (fixed, 403, "SERVICE", "group-is-fixed"),
        (nonsense, 400, "SERVICE", "unreadable"),
    ];
    for (id, status, method, reason) in &asked {
        assert_eq!(is_refused(&mut ana, *id).await, *status, "{method} {reason}");
    }
    let lines = logged.take(REFUSED);
    assert_eq!(lines.len(), asked.len(), "{lines:?}");
    let who = format!("actor=endpoint {}", world.user("ana").await);
    for (line, (_, _, method, reason)) in lines.iter().zip(asked) {
        for part in [
            "WARN ",
            &who,
            "source=192.0.2.1",
            &format!("method=\"{method}\""),
            &format!(" reason={reason}"),
            "unwritten=0",
        ] {
            assert!(line.contains(part), "no {part} in {line}");
        }
        for part in ["secret", "@", "ben"] {
            assert!(!line.contains(part), "{part} in {line}");
        }
    }

    tokio::time::sleep(Duration::from_secs(100)).await;
    let mut bounds = 0;
    for _ in 0..33 {
        let (watch, _) = ana.subscribe_presence(["ben@example.com"]);
        bounds += u64::from(is_refused(&mut ana, watch).await == 403);
    }
    let lines = logged.take("reason=too-many-dialogs");
    assert!(bounds > 0 && lines.len() as u64 == bounds, "{bounds} of {lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_signature_that_does_not_hold_is_logged_as_the_misdeed_of_its_connection() {
    let logged = Logged::default();
    let _here = tracing::subscriber::set_default(logged.clone());
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    ana.change_contacts(bodies::add_group("Sailing", 1));
    let said = ana.unsaid();
    ana.say_raw(crate::signatures::forged(&said).as_bytes());
    ana.serves().await;
    let lines = logged.take(REFUSED);
    assert!(
        lines.len() == 1 && lines[0].contains("method=\"SERVICE\"") && lines[0].contains("signature"),
        "{lines:?}"
    );
    // A stranger has no action to be refused: there is nobody to name.
    let mut stranger = world.client(profile("ben", 1));
    stranger.say_raw(crate::signatures::forged(&said).as_bytes());
    stranger.sign_in().await.unwrap();
    assert_eq!(logged.take(REFUSED), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_ordinary_client_s_life_writes_no_line() {
    let logged = Logged::default();
    let _here = tracing::subscriber::set_default(logged.clone());
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.client(profile("ben", 1).with_invitations(Invitations::Leave));
    ben.sign_in().await.unwrap();
    let [contacts, ..] = ana.first_subscriptions().await.unwrap();
    let delta = bodies::delta_num(&contacts.body).unwrap();
    // A lost race, a list that somebody else has changed, a callee who isn't there.
    let raced = ana.publish(Batch::new("sip:ana@example.com").with_note("hello", 77).finish());
    assert_eq!(is_refused(&mut ana, raced).await, 409);
    let stale = ana.change_contacts(bodies::add_group("x", delta + 7));
    assert_eq!(is_refused(&mut ana, stale).await, 409);
    let (offline, _) = ana.invite("cal@example.com");
    assert_eq!(is_refused(&mut ana, offline).await, 480);
    let (unknown, _) = ana.invite("nobody@example.com");
    assert_eq!(is_refused(&mut ana, unknown).await, 404);
    let (declined, _) = ana.invite("ben@example.com");
    ana.flush().await.unwrap();
    let invite = ben.request(Method::Invite, |_| true).await.unwrap();
    ben.answer_with(&invite, StatusCode::DECLINE);
    ben.flush().await.unwrap();
    assert_eq!(is_refused(&mut ana, declined).await, 603);
    assert_eq!(logged.take(REFUSED), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_refused_actions_writes_few_lines_and_hides_nobody_else_s() {
    let logged = Logged::default();
    let _here = tracing::subscriber::set_default(logged.clone());
    let mut world = World::new().await;
    let (mut ana, mut ben) = (world.signed_in("ana", 1).await, world.signed_in("ben", 1).await);
    for _ in 0..200 {
        let id = in_the_name_of(&mut ana, "cal");
        assert_eq!(is_refused(&mut ana, id).await, 403);
    }
    assert_eq!(logged.take(REFUSED).len(), 10);
    let id = in_the_name_of(&mut ben, "cal");
    assert_eq!(is_refused(&mut ben, id).await, 403);
    let lines = logged.take(REFUSED);
    assert!(lines.len() == 1 && lines[0].contains(&world.user("ben").await.to_string()), "{lines:?}");
    tokio::time::sleep(Duration::from_secs(10)).await;
    let id = in_the_name_of(&mut ana, "cal");
    assert_eq!(is_refused(&mut ana, id).await, 403);
    let lines = logged.take(REFUSED);
    assert!(lines.len() == 1 && lines[0].contains("unwritten=190"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_is_refused_after_its_proof_is_logged_too() {
    const SIGN_IN: &str = "a sign-in was refused";
    let logged = Logged::default();
    let _here = tracing::subscriber::set_default(logged.clone());
    let mut world = World::new().await;
    let ana = world.user("ana").await;
    let mut named = world.client(profile("ana", 1));
    named.profile_mut().address = "ben@example.com".to_owned();
    named.profile_mut().login = "ana@example.com".to_owned();
    assert_eq!(named.try_sign_in().await.status.as_u16(), 403);
    let lines = logged.take(SIGN_IN);
    let told = |line: &str, reason: &str| {
        line.contains(&format!("account={ana}")) && line.contains("source=192.0.2.1") && line.contains(reason)
    };
    assert!(lines.len() == 1 && told(&lines[0], "reason=another-s-address"), "{lines:?}");
    let disabled = PersonPatch { enabled: Some(false), ..PersonPatch::default() };
    world.services.people.set(&world.scope, ana, disabled).await.unwrap();
    assert_eq!(world.client(profile("ana", 1)).try_sign_in().await.status.as_u16(), 403);
    let lines = logged.take(SIGN_IN);
    assert!(lines.len() == 1 && told(&lines[0], "reason=account-disabled"), "{lines:?}");
}
