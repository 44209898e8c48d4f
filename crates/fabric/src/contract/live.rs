//! Cases: live documents under compare-and-set.

use std::sync::Arc;

use rapport_core::presence::{Document, Live};

use super::{Harness, all, on, scope, user};
use crate::{CasError, Fabric, Revision};

fn live(static_revision: u64) -> Arc<Live> {
    Arc::new(Live { current: Arc::new(Document { static_revision, ..Document::default() }), pending: None })
}

/// A write that has returned is read everywhere.
pub async fn a_live_document_is_seen_on_every_node<H: Harness>(h: H) {
    for writer in 0..h.nodes() {
        let (_, expected) = on(&h, writer).live(&scope(), user(1)).await.expect("read");
        let new = live(writer as u64 + 1);
        let revision = on(&h, writer).compare_and_set(&scope(), user(1), expected, Some(new.clone())).await;
        let revision = revision.expect("nobody else writes");
        assert!(revision > expected);
        for reader in 0..h.nodes() {
            let read = on(&h, reader).live(&scope(), user(1)).await;
            assert_eq!(read, Ok((Some(new.clone()), revision)));
        }
    }
    assert!(on(&h, 0).live(&scope(), user(2)).await.is_ok_and(|(live, _)| live.is_none()));
}

/// Neither an older nor a never seen revision is good enough.
pub async fn a_document_is_replaced_at_its_revision_alone<H: Harness>(h: H) {
    let fabric = on(&h, 0);
    let (_, absent) = fabric.live(&scope(), user(1)).await.expect("read");
    let first = fabric.compare_and_set(&scope(), user(1), absent, Some(live(1))).await.expect("set");
    let second = on(&h, 1).compare_and_set(&scope(), user(1), first, Some(live(2))).await.expect("set");
    assert!(second > first && first > absent);
    for wrong in [absent, first, Revision(second.0 + 1)] {
        let refused = on(&h, 2).compare_and_set(&scope(), user(1), wrong, Some(live(3))).await;
        assert_eq!(refused, Err(CasError::Moved));
    }
    assert_eq!(fabric.live(&scope(), user(1)).await, Ok((Some(live(2)), second)));
}

/// Who read "there is none" before a document came and went does not overwrite what came of it.
pub async fn the_revision_of_an_absence_still_orders<H: Harness>(h: H) {
    let (_, absent) = on(&h, 0).live(&scope(), user(1)).await.expect("read");
    let there = on(&h, 1).compare_and_set(&scope(), user(1), absent, Some(live(1))).await.expect("set");
    let gone = on(&h, 2).compare_and_set(&scope(), user(1), there, None).await.expect("taken away");
    assert!(gone > there);
    let (none, now) = on(&h, 0).live(&scope(), user(1)).await.expect("read");
    assert!(none.is_none() && now >= gone);
    for wrong in [absent, there] {
        let refused = on(&h, 0).compare_and_set(&scope(), user(1), wrong, Some(live(2))).await;
        assert_eq!(refused, Err(CasError::Moved));
    }
    let again = on(&h, 0).compare_and_set(&scope(), user(1), now, Some(live(2))).await.expect("set");
    assert!(again > now);
}

/// Of several who write at the same revision, one succeeds and the others are told.
pub async fn of_concurrent_writers_one_wins<H: Harness>(h: H) {
    for round in 0..20u64 {
        let (_, expected) = on(&h, 0).live(&scope(), user(1)).await.expect("read");
        let writers = (0..4u64).map(|writer| {
            let fabric = on(&h, writer as usize);
            let new = live(round * 10 + writer);
            async move { (writer, fabric.compare_and_set(&scope(), user(1), expected, Some(new)).await) }
        });
        let outcomes = all(writers).await;
        let won: Vec<_> = outcomes.iter().filter_map(|(w, result)| Some((*w, result.ok()?))).collect();
        assert_eq!(won.len(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|(_, result)| !matches!(result, Err(e) if *e != CasError::Moved)));
        let (winner, revision) = won[0];
        let read = on(&h, 3).live(&scope(), user(1)).await;
        assert_eq!(read, Ok((Some(live(round * 10 + winner)), revision)));
    }
}

/// Reading, changing and setting, again when somebody was faster, loses no change.
pub async fn no_concurrent_change_is_lost<H: Harness>(h: H) {
    let writers = (0..4).map(|writer| {
        let fabric = on(&h, writer);
        async move {
            let mut done = 0;
            while done < 10 {
                let (now, revision) = fabric.live(&scope(), user(1)).await.expect("read");
                let count = now.map_or(0, |live| live.current.static_revision);
                let set = fabric.compare_and_set(&scope(), user(1), revision, Some(live(count + 1))).await;
                match set {
                    Ok(_) => done += 1,
                    Err(error) => assert_eq!(error, CasError::Moved),
                }
            }
        }
    });
    all(writers).await;
    let (last, _) = on(&h, 0).live(&scope(), user(1)).await.expect("read");
    assert_eq!(last, Some(live(40)));
}
