//! Addresses that somebody had: whose they are while the time of grace lasts, and from the moment on that it is over,
//! whenever it is that the house is kept next.

use std::time::Duration;

use rapport_core::directory::{Card, NewPerson, PersonPatch, TenantPatch};
use rapport_core::policy::Policy;
use rapport_face_sip::Ended;
use rapport_model::SipDomain;
use rapport_service::Error;
use rapport_sip::Method;

use crate::world::{World, aor};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn rename(world: &World, from: &str, to: &str) {
    let user = world.services.people.find(&world.scope, from).await.unwrap().id;
    let (name, domain) = to.split_once('@').unwrap();
    let patch = PersonPatch { address: Some(aor(name, domain)), ..PersonPatch::default() };
    world.services.people.set(&world.scope, user, patch).await.unwrap();
}

/// Lets the time of grace pass but for a minute; the house is kept at its end, and then not for ten.
async fn nearly_over() {
    tokio::time::advance(DAY * 30 - MINUTE).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// Lets it end.
async fn over() {
    tokio::time::advance(MINUTE * 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_person_gets_an_address_as_soon_as_its_grace_is_over() {
    let world = World::new().await;
    rename(&world, "ana@example.com", "anna@example.com").await;
    let new = NewPerson {
        address: aor("ana", "example.com"),
        aliases: Vec::new(),
        sign_in_name: "another".to_owned(),
        enabled: true,
        licensed: true,
        card: Card { display_name: "Another".to_owned(), ..Card::default() },
    };
    nearly_over().await;
    let early = world.services.people.add(&world.scope, new.clone(), None).await;
    assert!(matches!(early, Err(Error::Taken(_))), "{early:?}");
    over().await;
    let another = world.services.people.add(&world.scope, new, None).await.unwrap();
    assert_eq!(world.user("ana").await, another.id);
}

#[tokio::test(start_paused = true)]
async fn a_colleague_gets_an_address_as_soon_as_its_grace_is_over() {
    let world = World::new().await;
    rename(&world, "ana@example.com", "anna@example.com").await;
    let ben = world.user("ben").await;
    let patch = || PersonPatch { aliases: Some(vec![aor("ana", "example.com")]), ..PersonPatch::default() };
    nearly_over().await;
    let early = world.services.people.set(&world.scope, ben, patch()).await;
    assert!(matches!(early, Err(Error::Taken(_))), "{early:?}");
    over().await;
    world.services.people.set(&world.scope, ben, patch()).await.unwrap();
    assert_eq!(world.user("ana").await, ben);
}

#[tokio::test(start_paused = true)]
async fn a_move_to_another_domain_takes_addresses_whose_grace_is_over() {
    let world = World::new().await;
    let [old, new] = ["example.com", "example.org"].map(|domain| SipDomain::parse(domain).unwrap());
    world.services.tenants.add_domain(&world.scope, new.clone()).await.unwrap();
    rename(&world, "ana@example.com", "ben@example.org").await;
    rename(&world, "ben@example.org", "ana@example.org").await;
    nearly_over().await;
    over().await;
    let moved = world.services.people.move_domain(&world.scope, &old, &new).await.unwrap();
    assert_eq!((moved.people, moved.left), (2, Vec::new()), "Ben and Cal");
    let ben = world.services.people.find(&world.scope, "ben@example.org").await.unwrap();
    assert_eq!(ben.sign_in_name, "ben");
}

#[tokio::test(start_paused = true)]
async fn without_a_grace_a_session_ends_with_its_address() {
    let mut world = World::new().await;
    let policy = Policy { address_grace_days: 0, account_password_sign_in: true, ..Policy::default() };
    let patch = TenantPatch { policy: Some(policy), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, patch).await.unwrap();
    let mut old = world.signed_in("ana", 1).await;
    rename(&world, "ana@example.com", "anna@example.com").await;
    old.until_closed().await;
    assert_eq!(old.ended().await, Ended::SignedOut);
}

#[tokio::test(start_paused = true)]
async fn who_is_restored_is_known_to_colleagues_at_once() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let ben = world.user("ben").await;
    world.services.people.delete(&world.scope, ben).await.unwrap();
    for (is_restored, status) in [(false, 404), (true, 480)] {
        if is_restored {
            world.services.people.restore(&world.scope, ben).await.unwrap();
        }
        let message = ana.outside(Method::Message, "ben@example.com");
        let message = ana.send(message);
        assert_eq!(ana.answer(message).await.unwrap().status.as_u16(), status);
    }
}
