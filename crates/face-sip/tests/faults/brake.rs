//! A client that publishes with wrong versions without end.

use std::time::Duration;

use rapport_sip::{Method, StatusCode};
use rapport_testkit::client::{Event, bodies};
use tokio::time::{Instant, timeout};

use crate::world::World;

/// A note whose version is not the current one.
fn wrong() -> String {
    bodies::Batch::new("sip:ana@example.com").with_note("hello", 77).finish()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_repeats_a_wrong_version_is_heard_once_a_second() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let begun = Instant::now();
    for _ in 0..16 {
        let id = ana.publish(wrong());
        assert_eq!(ana.answer(id).await.unwrap().status, StatusCode::CONFLICT);
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "who loses a race now and then waits for nothing");
    let begun = Instant::now();
    for _ in 0..20 {
        let id = ana.publish(wrong());
        assert_eq!(ana.answer(id).await.unwrap().status, StatusCode::CONFLICT);
    }
    assert!(begun.elapsed() >= Duration::from_secs(19), "{:?}", begun.elapsed());
    // It is no worse for one who asks without waiting for answers.
    let begun = Instant::now();
    let ids: Vec<_> = (0..20).map(|_| ana.publish(wrong())).collect();
    for id in ids {
        while ana.answer(id).await.is_err() {}
    }
    assert!(begun.elapsed() >= Duration::from_secs(19), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_is_braked_keeps_the_connection_and_hears_what_others_say() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    for _ in 0..40 {
        ana.publish(wrong());
    }
    ana.flush().await.unwrap();
    let begun = Instant::now();
    ben.invite("ana@example.com");
    ben.flush().await.unwrap();
    ana.request(Method::Invite, |_| true).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    // A right publication ends the row.
    let right = bodies::Batch::new("sip:ana@example.com").with_note("hello", 0).finish();
    let id = ana.publish(right);
    let is_it = |event: &Event| event.as_answer(id).is_some();
    while ana.expect("the answer", is_it).await.is_err() {}
    let begun = Instant::now();
    for _ in 0..16 {
        let id = ana.publish(wrong());
        assert_eq!(ana.answer(id).await.unwrap().status, StatusCode::CONFLICT);
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(world.endpoints("ana").await, 1);
}

#[tokio::test(start_paused = true)]
async fn who_is_braked_is_not_read() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    for _ in 0..40 {
        ana.publish(wrong());
    }
    ana.flush().await.unwrap();
    ana.say_raw(&b"\r\n".repeat(100_000));
    // What can't be served yet waits where it comes from.
    assert!(timeout(Duration::from_millis(500), ana.flush()).await.is_err());
}
