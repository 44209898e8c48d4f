//! A subscription that is renewed while news of the same people waits: what was before is not told after the answer. And a
//! look that names somebody twice.

use std::sync::Arc;

use rapport_core::directory::{Card, PersonPatch};
use rapport_model::Timestamp;
use rapport_store::Store;
use rapport_store_mem::MemStore;
use rapport_testkit::client::Event;

use crate::world::World;

#[tokio::test(start_paused = true)]
async fn whoever_renews_a_subscription_is_not_told_afterwards_what_was_before() {
    let mut world = World::new().await;
    let ana = world.user("ana").await;
    let mut ben = world.signed_in("ben", 1).await;
    let (first, _) = ben.subscribe_presence(["ana@example.com"]);
    ben.success(first).await.unwrap();
    // Whether the request or the news is taken up first is left to chance.
    for round in 0..24 {
        let (renewal, _) = ben.subscribe_presence(["ana@example.com"]);
        ben.flush().await.unwrap();
        for name in ["earlier", "later"] {
            let card = Some(Card { display_name: format!("{name}{round}"), ..Card::default() });
            let patch = PersonPatch { card, ..PersonPatch::default() };
            world.services.people.set(&world.scope, ana, patch).await.unwrap();
        }
        let mut told = Vec::new();
        while let Event::Asked(news) = ben.next_event().await.unwrap() {
            told.push(String::from_utf8_lossy(&news.body).into_owned());
        }
        let ask = ben.poll_presence(["ana@example.com"]);
        let mut afterwards = Vec::new();
        let latest = loop {
            match ben.next_event().await.unwrap() {
                Event::Asked(news) => afterwards.push(String::from_utf8_lossy(&news.body).into_owned()),
                Event::Answered { request, response } if request == ask => break response.body,
                other => panic!("{renewal:?} was answered already: {other:?}"),
            }
        };
        assert!(String::from_utf8_lossy(&latest).contains(&format!("later{round}")));
        let before = format!("earlier{round}");
        assert!(!afterwards.iter().any(|news| news.contains(&before)), "after {told:?}: {afterwards:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_looked_at_twice_is_told_of_twice_and_whoever_has_gone_is_nobody() {
    let store: Arc<dyn Store> = Arc::new(MemStore::new());
    let mut world = World::over(store.clone()).await;
    let ana = world.user("ana").await;
    let mut ben = world.signed_in("ben", 1).await;
    let mut cards = Vec::new();
    for people in [&["ana@example.com"][..], &["ana@example.com", "nobody@example.com", "ana@example.com"]] {
        let look = ben.poll_presence(people.iter().copied());
        cards.push(cards_in(&ben.success(look).await.unwrap().body));
    }
    assert!(cards[0] > 0 && cards[1] == 2 * cards[0], "{cards:?}");

    // Gone without this node's having heard of it: the address is known, and nobody is behind it.
    store.delete_person(&world.scope, ana, Timestamp(1)).await.unwrap();
    let look = ben.poll_presence(["ana@example.com"]);
    assert_eq!(cards_in(&ben.success(look).await.unwrap().body), 0);
}

/// Counts what only somebody who is there shows.
fn cards_in(body: &[u8]) -> usize {
    String::from_utf8_lossy(body).matches("name=\"contactCard\"").count()
}
