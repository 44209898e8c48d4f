//! A subscription that is renewed while news of the same people waits: what was before is not told after the answer.

use rapport_core::directory::{Card, PersonPatch};
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
