//! Addresses that somebody had: whose they are while the time of grace lasts, and from the moment on that it is over,
//! whenever it is that the house is kept next.

use rapport_core::directory::{Card, NewPerson, PersonPatch};
use rapport_model::SipDomain;
use rapport_service::Error;

use crate::world::{World, aor};

const DAY: i64 = 24 * 3600;

async fn rename(world: &World, from: &str, to: &str) {
    let user = world.services.people.find(&world.scope, from).await.unwrap().id;
    let (name, domain) = to.split_once('@').unwrap();
    let patch = PersonPatch { address: Some(aor(name, domain)), ..PersonPatch::default() };
    world.services.people.set(&world.scope, user, patch).await.unwrap();
}

/// Lets so many days pass for everybody who reads a date; the house isn't kept meanwhile.
fn days_later(world: &World, days: i64) {
    world.clock.set_by(days * DAY);
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
    days_later(&world, 29);
    let early = world.services.people.add(&world.scope, new.clone(), None).await;
    assert!(matches!(early, Err(Error::Taken(_))), "{early:?}");
    days_later(&world, 2);
    let another = world.services.people.add(&world.scope, new, None).await.unwrap();
    assert_eq!(world.user("ana").await, another.id);
}

#[tokio::test(start_paused = true)]
async fn a_colleague_gets_an_address_as_soon_as_its_grace_is_over() {
    let world = World::new().await;
    rename(&world, "ana@example.com", "anna@example.com").await;
    let ben = world.user("ben").await;
    let patch = || PersonPatch { aliases: Some(vec![aor("ana", "example.com")]), ..PersonPatch::default() };
    days_later(&world, 29);
    let early = world.services.people.set(&world.scope, ben, patch()).await;
    assert!(matches!(early, Err(Error::Taken(_))), "{early:?}");
    days_later(&world, 2);
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
    days_later(&world, 31);
    let moved = world.services.people.move_domain(&world.scope, &old, &new).await.unwrap();
    assert_eq!((moved.people, moved.left), (2, Vec::new()), "Ben and Cal");
    let ben = world.services.people.find(&world.scope, "ben@example.org").await.unwrap();
    assert_eq!(ben.sign_in_name, "ben");
}
