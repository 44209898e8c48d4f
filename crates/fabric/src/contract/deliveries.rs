//! Cases: one-way messages.

use std::collections::BTreeMap;

use super::{
    Harness, LONG, Note, all, bind, endpoint, eventually, next, next_call, next_note, note, on, scope, user,
};
use crate::{Call, CallEvent, Delivered, Delivery, Fabric, Fence, Inbox, Reply};

/// Whatever the network does, each message arrives once, after its sender's earlier ones.
pub async fn messages_of_a_sender_arrive_once_and_in_order<H: Harness>(h: H) {
    let (_, mut inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let senders = (0..4u32).map(|sender| {
        let fabric = on(&h, sender as usize);
        async move {
            for number in 0..25 {
                let delivery = fabric.deliver(&scope(), endpoint(1, 1), note(sender, number)).await;
                assert_eq!(delivery, Delivery::Taken);
            }
        }
    });
    all(senders).await;
    let mut expected: BTreeMap<u32, u32> = BTreeMap::new();
    for _ in 0..100 {
        let got = next_note(&h, &mut inbox).await;
        let number = expected.entry(got.sender).or_default();
        assert_eq!(got.number, *number, "of sender {}", got.sender);
        *number += 1;
    }
    assert!(inbox.try_next().is_none());
}

/// A message after a call does not overtake it, nor the other way round.
pub async fn messages_and_calls_keep_one_order<H: Harness>(h: H) {
    let (_, mut inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let fabric = on(&h, 1);
    let mut calls = Vec::new();
    for number in 0..20 {
        if number % 2 == 0 {
            let call = fabric.call(&scope(), endpoint(1, 1), note(1, number), LONG).await;
            calls.push(call.expect("the endpoint is there"));
        } else {
            let delivery = fabric.deliver(&scope(), endpoint(1, 1), note(1, number)).await;
            assert_eq!(delivery, Delivery::Taken);
        }
    }
    for number in 0..20 {
        if number % 2 == 0 {
            let (message, reply) = next_call(&h, &mut inbox).await;
            assert_eq!(message, note(1, number));
            assert_eq!(reply.finish(note(2, number)), Ok(()));
        } else {
            assert_eq!(next_note(&h, &mut inbox).await, note(1, number));
        }
    }
    for (call, number) in calls.iter_mut().zip((0..).step_by(2)) {
        assert_eq!(super::within(&h, "the answer", call.next()).await, CallEvent::Answer(note(2, number)));
    }
}

/// Nobody is told that a message was taken when it was not.
pub async fn a_message_to_nobody_is_gone<H: Harness>(h: H) {
    let (_, _inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    for node in 0..h.nodes() {
        let fabric = on(&h, node);
        assert_eq!(fabric.deliver(&scope(), endpoint(1, 2), note(1, 1)).await, Delivery::Gone);
        assert_eq!(fabric.deliver(&scope(), endpoint(2, 1), note(1, 1)).await, Delivery::Gone);
        if let Ok(mut call) = fabric.call(&scope(), endpoint(1, 2), note(1, 1), LONG).await {
            assert_eq!(super::within(&h, "the end of the call", call.next()).await, CallEvent::Gone);
        }
    }
}

/// However many messages are sent to somebody who reads none: those beyond half of the inbox are lost, and nothing ends.
pub async fn no_number_of_messages_ends_a_binding<H: Harness>(h: H) {
    let (_, mut inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let fabric = on(&h, 1);
    let bound = u32::try_from(h.inbox_bound()).expect("a bound fits");
    for number in 0..2 * bound {
        let delivery = fabric.deliver(&scope(), endpoint(1, 1), note(1, number)).await;
        let fits = number < bound / 2;
        assert_eq!(delivery, if fits { Delivery::Taken } else { Delivery::Full }, "message {number}");
    }
    // A call finds no room either, and an order does.
    if let Ok(mut call) = fabric.call(&scope(), endpoint(1, 1), note(2, 0), LONG).await {
        assert_eq!(super::within(&h, "the end of the call", call.next()).await, CallEvent::Gone);
    }
    assert_eq!(fabric.order(&scope(), endpoint(1, 1), note(3, 0)).await, Delivery::Taken);
    for number in 0..bound / 2 {
        assert_eq!(next_note(&h, &mut inbox).await, note(1, number));
    }
    assert_eq!(next_note(&h, &mut inbox).await, note(3, 0));
    assert_eq!(fabric.deliver(&scope(), endpoint(1, 1), note(1, 0)).await, Delivery::Taken);
    assert_eq!(fabric.endpoints(&scope(), user(1)).await.expect("it can be asked").len(), 1);
}

/// Who doesn't read what the server orders loses the binding; the sender is told, and memory stays bounded.
pub async fn an_inbox_full_of_orders_ends_its_binding<H: Harness>(h: H) {
    let (_, mut inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let fabric = on(&h, 1);
    let bound = u32::try_from(h.inbox_bound()).expect("a bound fits");
    for number in 0..bound {
        let delivery = fabric.order(&scope(), endpoint(1, 1), note(1, number)).await;
        assert_eq!(delivery, Delivery::Taken, "order {number}");
    }
    assert_eq!(fabric.order(&scope(), endpoint(1, 1), note(1, bound)).await, Delivery::Gone);
    eventually(&h, "the end of the binding", async || {
        fabric.endpoints(&scope(), user(1)).await.is_ok_and(|bound| bound.is_empty())
    })
    .await;
    loop {
        match next(&h, &mut inbox).await {
            Some(Delivered::Message(_)) => {}
            Some(Delivered::Fenced(fence)) => {
                assert_eq!(fence, Fence::Overflow);
                break;
            }
            other => panic!("{other:?} came out of a full inbox"),
        }
    }
    assert!(next(&h, &mut inbox).await.is_none());
}

/// However many call at once, and however many of them give up: the binding stays, and an order has room.
pub async fn no_number_of_calls_ends_a_binding<H: Harness>(h: H) {
    let (_, mut inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let fabric = on(&h, 1);
    let bound = u32::try_from(h.inbox_bound()).expect("a bound fits");
    // Twice as many as there is room for, taken as they come: they ring, and all of them end at once.
    let (mut ringing, mut replies) = (Vec::new(), Vec::new());
    for number in 0..2 * bound {
        ringing
            .push(fabric.call(&scope(), endpoint(1, 1), note(1, number), LONG).await.expect("it is there"));
        match next(&h, &mut inbox).await {
            Some(Delivered::Call { reply, .. }) => replies.push(reply),
            other => panic!("{other:?} is no call"),
        }
    }
    drop(ringing);
    let mut ended = 0;
    while ended < 2 * bound {
        match next(&h, &mut inbox).await {
            Some(Delivered::Cancelled { .. }) => ended += 1,
            other => panic!("{other:?} after {ended} ends"),
        }
    }
    // Twice as many while nobody takes them: those that find no room are refused.
    let mut waiting = Vec::new();
    for number in 0..2 * bound {
        waiting.extend(fabric.call(&scope(), endpoint(1, 1), note(1, number), LONG).await);
    }
    assert_eq!(fabric.order(&scope(), endpoint(1, 1), note(2, 0)).await, Delivery::Taken);
    let mut taken = 0;
    loop {
        match next(&h, &mut inbox).await {
            Some(Delivered::Call { .. }) => taken += 1,
            Some(Delivered::Message(message)) => {
                assert_eq!(message, note(2, 0));
                break;
            }
            Some(Delivered::Cancelled { .. }) => {}
            other => panic!("{other:?} after {taken} calls"),
        }
    }
    assert!(taken > 0 && taken < bound, "{taken} of {bound}");
    assert_eq!(fabric.endpoints(&scope(), user(1)).await.expect("it can be asked").len(), 1);
}

/// What crosses nodes as bytes is the same afterwards.
pub async fn a_message_arrives_as_it_was_sent<H: Harness>(h: H) {
    let (_, mut inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    for text in ["", "é\r\n\0", &"x".repeat(70_000)] {
        let message = Note { sender: u32::MAX, number: 0, text: text.into() };
        for node in 0..h.nodes() {
            let delivery = on(&h, node).deliver(&scope(), endpoint(1, 1), message.clone()).await;
            assert_eq!(delivery, Delivery::Taken);
            assert_eq!(next_note(&h, &mut inbox).await, message);
        }
    }
}
