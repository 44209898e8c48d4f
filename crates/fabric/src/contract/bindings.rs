//! Cases: bindings and their ends.

use std::sync::Arc;

use rapport_model::{Epid, Timestamp};

use super::{Harness, all, bind, endpoint, eventually, next, next_note, note, on, scope, user};
use crate::{Bound, Delivered, Delivery, Description, Fabric, Fence};

/// What is said of an endpoint at one node is read at all.
pub async fn a_bound_endpoint_is_seen_on_every_node<H: Harness>(h: H) {
    let description = Description {
        epid: Epid::parse("a1b2c3").ok(),
        contact: "sip:ana@192.0.2.1:5061;transport=tls".into(),
        gruu: "sip:ana@example.com;opaque=user:epid:x;gruu".into(),
        methods: "INVITE, MESSAGE".into(),
        supported: "gruu-10".into(),
        user_agent: "contract".into(),
        is_virtual: true,
        app_password: Some(3),
        since: Timestamp(7),
    };
    let (binding, _inbox) =
        on(&h, 0).bind(&scope(), endpoint(1, 1), description.clone()).await.expect("bound");
    let want = vec![Bound { binding, description: Arc::new(description) }];
    for node in 0..h.nodes() {
        assert_eq!(on(&h, node).endpoints(&scope(), user(1)).await, Ok(want.clone()));
        assert_eq!(on(&h, node).endpoints(&scope(), user(2)).await, Ok(Vec::new()));
    }
}

/// The order is that of binding, not that of names.
pub async fn endpoints_stand_in_the_order_of_their_binding<H: Harness>(h: H) {
    let mut kept = Vec::new();
    for (node, instance) in [9, 3, 7, 1].into_iter().enumerate() {
        kept.push(bind(&on(&h, node), endpoint(1, instance)).await);
    }
    kept.push(bind(&on(&h, 1), endpoint(1, 3)).await);
    let bound = on(&h, 0).endpoints(&scope(), user(1)).await.expect("known");
    let order: Vec<u8> = bound.iter().map(|b| b.binding.endpoint.instance.0[0]).collect();
    assert_eq!(order, [9, 7, 1, 3]);
    assert!(bound.is_sorted_by_key(|b| b.binding.epoch));
}

/// The earlier inbox is told, and what is sent from then on reaches the later one.
pub async fn a_later_binding_fences_the_earlier<H: Harness>(h: H) {
    let (earlier, mut old) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let (later, mut new) = bind(&on(&h, 1), endpoint(1, 1)).await;
    assert!(later.epoch > earlier.epoch);
    assert!(matches!(next(&h, &mut old).await, Some(Delivered::Fenced(Fence::Replaced))));
    assert!(next(&h, &mut old).await.is_none());
    assert!(next(&h, &mut old).await.is_none());

    on(&h, 0).unbind(&scope(), earlier).await.expect("ending what has ended is no fault");
    drop(old);
    let bound = on(&h, 2).endpoints(&scope(), user(1)).await.expect("known");
    assert_eq!(bound.iter().map(|b| b.binding).collect::<Vec<_>>(), [later]);
    assert_eq!(on(&h, 2).deliver(&scope(), endpoint(1, 1), note(1, 1)).await, Delivery::Taken);
    assert_eq!(next_note(&h, &mut new).await, note(1, 1));
}

/// However the binders race, one of them is bound at last, and the others know that they are not.
pub async fn of_many_binders_of_an_endpoint_one_remains<H: Harness>(h: H) {
    let binders = (0..8).map(|node| {
        let fabric = on(&h, node);
        async move { bind(&fabric, endpoint(1, 1)).await }
    });
    let bound = all(binders).await;
    let last = bound.iter().map(|(binding, _)| *binding).max().expect("some were bound");
    for (binding, mut inbox) in bound {
        if binding == last {
            let delivery = on(&h, 0).deliver(&scope(), endpoint(1, 1), note(1, 7)).await;
            assert_eq!(delivery, Delivery::Taken);
            assert_eq!(next_note(&h, &mut inbox).await, note(1, 7));
            let now = on(&h, 1).endpoints(&scope(), user(1)).await.expect("known");
            assert_eq!(now.iter().map(|b| b.binding).collect::<Vec<_>>(), [last]);
        } else {
            assert!(matches!(next(&h, &mut inbox).await, Some(Delivered::Fenced(Fence::Replaced))));
        }
    }
}

/// Unbinding is known everywhere when it has returned.
pub async fn an_unbound_endpoint_is_gone<H: Harness>(h: H) {
    let (binding, mut inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    on(&h, 0).unbind(&scope(), binding).await.expect("unbound");
    assert!(next(&h, &mut inbox).await.is_none());
    for node in 0..h.nodes() {
        assert_eq!(on(&h, node).endpoints(&scope(), user(1)).await, Ok(Vec::new()));
        assert_eq!(on(&h, node).deliver(&scope(), endpoint(1, 1), note(1, 1)).await, Delivery::Gone);
    }
    on(&h, 0).unbind(&scope(), binding).await.expect("ending what has ended is no fault");
}

/// A connection task that ends takes its binding along.
pub async fn dropping_the_inbox_ends_the_binding<H: Harness>(h: H) {
    let (_, inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let (_, _other) = bind(&on(&h, 0), endpoint(1, 2)).await;
    drop(inbox);
    let fabric = on(&h, 1);
    eventually(&h, "the end of the binding", async || {
        fabric.endpoints(&scope(), user(1)).await.is_ok_and(|bound| bound.len() == 1)
    })
    .await;
    assert_eq!(fabric.deliver(&scope(), endpoint(1, 1), note(1, 1)).await, Delivery::Gone);
}
