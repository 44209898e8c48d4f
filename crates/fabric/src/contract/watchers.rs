//! Cases: the registry of watchers.

use super::{Harness, all, bind, endpoint, eventually, on, scope, user};
use crate::{Fabric, WatchRefused};

async fn count<H: Harness>(h: &H, presentity: u32) -> u32 {
    let mut counts = Vec::new();
    for node in 0..h.nodes() {
        counts.push(on(h, node).watcher_count(&scope(), user(presentity)).await.expect("known"));
    }
    counts.dedup();
    assert_eq!(counts.len(), 1, "every node counts the same: {counts:?}");
    counts[0]
}

/// Two endpoints of one person are one watcher, on whatever nodes they are, until the last stops.
pub async fn watchers_are_counted_by_person<H: Harness>(h: H) {
    let (one, _in1) = bind(&on(&h, 0), endpoint(2, 1)).await;
    let (two, _in2) = bind(&on(&h, 1), endpoint(2, 2)).await;
    let (other, _in3) = bind(&on(&h, 2), endpoint(3, 1)).await;
    assert_eq!(count(&h, 1).await, 0);
    for (node, watcher, want) in [(0, one, 1), (0, one, 1), (1, two, 1), (2, other, 2)] {
        assert_eq!(on(&h, node).watch(&scope(), user(1), watcher, 250).await, Ok(()));
        assert_eq!(count(&h, 1).await, want);
    }
    for (node, watcher, want) in [(0, one, 2), (0, one, 2), (1, two, 1), (2, other, 0)] {
        assert_eq!(on(&h, node).unwatch(&scope(), user(1), watcher).await, Ok(()));
        assert_eq!(count(&h, 1).await, want);
    }
}

/// The next person is refused, a further endpoint of one who watches already is not.
pub async fn the_limit_refuses_further_people_alone<H: Harness>(h: H) {
    let (first, _in1) = bind(&on(&h, 0), endpoint(2, 1)).await;
    let (second, _in2) = bind(&on(&h, 1), endpoint(3, 1)).await;
    let (third, _in3) = bind(&on(&h, 2), endpoint(4, 1)).await;
    let (second_again, _in4) = bind(&on(&h, 0), endpoint(3, 2)).await;
    for watcher in [first, second] {
        assert_eq!(on(&h, 0).watch(&scope(), user(1), watcher, 2).await, Ok(()));
    }
    let refused = Err(WatchRefused::TooMany { limit: 2 });
    assert_eq!(on(&h, 2).watch(&scope(), user(1), third, 2).await, refused);
    assert_eq!(on(&h, 0).watch(&scope(), user(1), second_again, 2).await, Ok(()));
    assert_eq!(on(&h, 0).watch(&scope(), user(9), third, 2).await, Ok(()), "the limit is per presentity");
    assert_eq!(count(&h, 1).await, 2);
    on(&h, 1).unwatch(&scope(), user(1), first).await.expect("unwatched");
    assert_eq!(on(&h, 2).watch(&scope(), user(1), third, 2).await, Ok(()));
}

/// A watcher is gone when its binding has ended, in whichever way.
pub async fn a_watcher_hangs_on_its_binding<H: Harness>(h: H) {
    let (unbound, _in1) = bind(&on(&h, 0), endpoint(2, 1)).await;
    let (dropped, inbox) = bind(&on(&h, 1), endpoint(3, 1)).await;
    let (replaced, _in3) = bind(&on(&h, 2), endpoint(4, 1)).await;
    let (kept, _in4) = bind(&on(&h, 2), endpoint(5, 1)).await;
    for watcher in [unbound, dropped, replaced, kept] {
        assert_eq!(on(&h, 0).watch(&scope(), user(1), watcher, 250).await, Ok(()));
    }
    assert_eq!(count(&h, 1).await, 4);
    on(&h, 0).unbind(&scope(), unbound).await.expect("unbound");
    assert_eq!(count(&h, 1).await, 3);
    let (_, _again) = bind(&on(&h, 0), endpoint(4, 1)).await;
    assert_eq!(count(&h, 1).await, 2);
    drop(inbox);
    let fabric = on(&h, 0);
    eventually(&h, "the end of the watcher", async || fabric.watcher_count(&scope(), user(1)).await == Ok(1))
        .await;
}

/// What hung on a binding that has ended could never be taken away.
pub async fn a_stale_binding_watches_nobody<H: Harness>(h: H) {
    let (old, _in1) = bind(&on(&h, 0), endpoint(2, 1)).await;
    let (new, _in2) = bind(&on(&h, 1), endpoint(2, 1)).await;
    let refused = Err(WatchRefused::StaleBinding);
    assert_eq!(on(&h, 0).watch(&scope(), user(1), old, 250).await, refused);
    assert_eq!(on(&h, 1).watch(&scope(), user(1), new, 250).await, Ok(()));
    on(&h, 1).unbind(&scope(), new).await.expect("unbound");
    assert_eq!(on(&h, 1).watch(&scope(), user(1), new, 250).await, refused);
    assert_eq!(count(&h, 1).await, 0);
}

/// Of many who come at once, as many as allowed get in.
pub async fn racing_watchers_stay_within_the_limit<H: Harness>(h: H) {
    let mut watchers = Vec::new();
    for number in 0..12u32 {
        watchers.push(bind(&on(&h, number as usize), endpoint(10 + number, 1)).await);
    }
    let racing = watchers.iter().enumerate().map(|(node, (watcher, _))| {
        let fabric = on(&h, node);
        async move { fabric.watch(&scope(), user(1), *watcher, 5).await }
    });
    let outcomes = all(racing).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 5);
    assert!(outcomes.iter().all(|o| matches!(o, Ok(()) | Err(WatchRefused::TooMany { limit: 5 }))));
    assert_eq!(count(&h, 1).await, 5);
}
