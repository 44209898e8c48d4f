//! Sessions that end although their client did not ask for it.

use std::time::Duration;

use rapport_core::directory::{PersonPatch, TenantPatch};
use rapport_face_sip::Ended;
use rapport_sip::{HeaderName, Method, Request};
use rapport_testkit::client::Event;
use tokio::time::Instant;

use crate::world::{Talker, World};

fn notices(events: &[Event]) -> Vec<&Request> {
    events.iter().filter_map(Event::as_request).filter(|request| request.method == Method::Notify).collect()
}

async fn told(talker: &mut Talker, number: &str) {
    let events = talker.until_closed().await;
    let notices = notices(&events);
    let [notice] = notices.as_slice() else { panic!("one notice, not {notices:?}") };
    assert_eq!(notice.headers.get(HeaderName::Event), Some("registration-notify"));
    let public = notice.headers.named("ms-diagnostics-public").unwrap();
    assert!(public.starts_with(number), "{public}");
}

async fn ended_in_silence(mut talker: Talker) -> Ended {
    let events = talker.until_closed().await;
    assert_eq!(notices(&events), Vec::<&Request>::new());
    talker.ended().await
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_signs_in_again_replaces_its_old_connection_in_silence() {
    let mut world = World::new().await;
    let first = world.signed_in("ana", 1).await;
    let mut second = world.signed_in("ana", 1).await;
    assert_eq!(ended_in_silence(first).await, Ended::SignedOut);
    assert_eq!(world.endpoints("ana").await, 1);
    second.first_subscriptions().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_endpoint_too_many_ends_the_oldest_with_a_notice() {
    let mut world = World::new().await;
    let mut oldest = world.signed_in("ana", 1).await;
    let mut second = world.signed_in("ana", 2).await;
    let mut third = world.signed_in("ana", 3).await;
    told(&mut oldest, "4140;").await;
    second.serves().await;
    third.serves().await;
    assert_eq!(world.endpoints("ana").await, 2);
}

#[tokio::test(start_paused = true)]
async fn who_is_disabled_or_loses_the_licence_is_told_within_a_second() {
    let mut world = World::new().await;
    let disabled = PersonPatch { enabled: Some(false), ..PersonPatch::default() };
    let unlicensed = PersonPatch { licensed: Some(false), ..PersonPatch::default() };
    for (name, patch) in [("ana", disabled), ("ben", unlicensed)] {
        let mut talkers = [world.signed_in(name, 1).await, world.signed_in(name, 2).await];
        let user = world.user(name).await;
        let begun = Instant::now();
        world.services.people.set(&world.scope, user, patch).await.unwrap();
        for talker in &mut talkers {
            told(talker, "4141;").await;
        }
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert_eq!(world.endpoints(name).await, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_company_that_is_switched_off_is_cut_within_a_second() {
    let mut world = World::new().await;
    let mut talkers = [world.signed_in("ana", 1).await, world.signed_in("ben", 1).await];
    let begun = Instant::now();
    let off = TenantPatch { enabled: Some(false), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, off).await.unwrap();
    for talker in &mut talkers {
        told(talker, "4141;").await;
    }
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn who_is_removed_is_cut_and_is_unknown_from_then_on() {
    let mut world = World::new().await;
    let mut talker = world.signed_in("ana", 1).await;
    let user = world.user("ana").await;
    world.services.people.remove(&world.scope, user).await.unwrap();
    told(&mut talker, "4141;").await;
    let mut again = world.client(crate::world::profile("ana", 1));
    assert_eq!(again.try_sign_in().await.status.as_u16(), 401);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_server_is_not_announced_as_a_sign_out() {
    let mut world = World::new().await;
    let talkers = [world.signed_in("ana", 1).await, world.signed_in("ben", 1).await];
    let begun = Instant::now();
    world.closing.send(true).unwrap();
    for talker in talkers {
        assert_eq!(ended_in_silence(talker).await, Ended::ShuttingDown);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn who_signs_out_leaves_nothing_and_may_sign_in_again_on_the_same_connection() {
    let mut world = World::new().await;
    let mut talker = world.signed_in("ana", 1).await;
    talker.first_subscriptions().await.unwrap();
    let out = talker.unregister();
    talker.success(out).await.unwrap();
    assert_eq!(world.endpoints("ana").await, 0);
    talker.sign_in().await.unwrap();
    talker.serves().await;
    // Who then does nothing is a stranger again.
    let out = talker.unregister();
    talker.success(out).await.unwrap();
    let begun = Instant::now();
    talker.until_closed().await;
    assert_eq!(talker.ended().await, Ended::NoSignIn);
    assert!(begun.elapsed() <= Duration::from_secs(31));
}
