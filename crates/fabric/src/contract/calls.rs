//! Cases: calls, their answers and their ends.

use std::time::Duration;

use super::{Harness, LONG, Note, all, bind, endpoint, next, next_call, note, on, scope, within};
use crate::{Call, CallEvent, CallId, Delivered, Fabric, Inbox, Late, Reply};

async fn event<H: Harness>(h: &H, call: &mut impl Call<Message = Note>) -> CallEvent<Note> {
    within(h, "an event of the call", call.next()).await
}

async fn cancelled<H: Harness>(h: &H, inbox: &mut impl Inbox<Message = Note>) -> (CallId, Option<Note>) {
    match next(h, inbox).await {
        Some(Delivered::Cancelled { id, message }) => (id, message),
        other => panic!("a cancellation was expected, not {other:?}"),
    }
}

async fn started<H: Harness>(
    h: &H,
    deadline: Duration,
) -> (<H::Fabric as Fabric>::Inbox, <H::Fabric as Fabric>::Call) {
    let (_, inbox) = bind(&on(h, 0), endpoint(1, 1)).await;
    let call = on(h, 1).call(&scope(), endpoint(1, 1), note(1, 1), deadline).await;
    (inbox, call.expect("the endpoint is there"))
}

/// 100, 180, 200 come in order; afterwards there is nothing more, however often one asks.
pub async fn a_call_gets_several_answers_and_ends<H: Harness>(h: H) {
    let (mut inbox, mut call) = started(&h, LONG).await;
    let (message, mut reply) = next_call(&h, &mut inbox).await;
    assert_eq!(message, note(1, 1));
    for number in [100, 180] {
        assert_eq!(reply.send(note(2, number)), Ok(()));
    }
    assert_eq!(event(&h, &mut call).await, CallEvent::Answer(note(2, 100)));
    assert_eq!(reply.finish(note(2, 200)), Ok(()));
    assert_eq!(event(&h, &mut call).await, CallEvent::Answer(note(2, 180)));
    assert_eq!(event(&h, &mut call).await, CallEvent::Answer(note(2, 200)));
    assert_eq!(event(&h, &mut call).await, CallEvent::End);
    assert_eq!(event(&h, &mut call).await, CallEvent::End);
    drop(call);
    h.pause(Duration::from_secs(5)).await;
    assert!(inbox.try_next().is_none(), "nothing is cancelled that has ended");
}

/// A reply handle that is dropped does not leave its caller waiting.
pub async fn a_call_that_nobody_answers_ends<H: Harness>(h: H) {
    let (mut inbox, mut call) = started(&h, LONG).await;
    let (_, mut reply) = next_call(&h, &mut inbox).await;
    assert_eq!(reply.send(note(2, 180)), Ok(()));
    drop(reply);
    assert_eq!(event(&h, &mut call).await, CallEvent::Answer(note(2, 180)));
    assert_eq!(event(&h, &mut call).await, CallEvent::End);
}

/// The callee hears which call it is and what the caller had to say.
pub async fn cancelling_a_call_tells_the_callee<H: Harness>(h: H) {
    let (mut inbox, mut call) = started(&h, LONG).await;
    let (_, reply) = next_call(&h, &mut inbox).await;
    call.cancel(Some(note(1, 2)));
    assert_eq!(cancelled(&h, &mut inbox).await, (reply.id(), Some(note(1, 2))));
    assert_eq!(event(&h, &mut call).await, CallEvent::End);
    call.cancel(None);
    drop((call, reply));
    h.pause(Duration::from_secs(5)).await;
    assert!(inbox.try_next().is_none(), "a call is cancelled once");
}

/// A caller that is gone is a caller that cancels.
pub async fn dropping_a_call_tells_the_callee<H: Harness>(h: H) {
    let (mut inbox, call) = started(&h, LONG).await;
    let (_, reply) = next_call(&h, &mut inbox).await;
    drop(call);
    assert_eq!(cancelled(&h, &mut inbox).await, (reply.id(), None));
}

/// A caller that leaves has said its word: it is heard, whether the callee has taken it by then or not.
pub async fn a_call_whose_caller_leaves_is_delivered_all_the_same<H: Harness>(h: H) {
    let (mut inbox, call) = started(&h, LONG).await;
    call.leave();
    let (message, reply) = next_call(&h, &mut inbox).await;
    assert_eq!(message, note(1, 1));
    // Who answers meets nobody, or nobody any more.
    let _ = reply.finish(note(2, 200));
    let call =
        on(&h, 1).call(&scope(), endpoint(1, 1), note(1, 2), LONG).await.expect("the endpoint is there");
    let (message, reply) = next_call(&h, &mut inbox).await;
    assert_eq!(message, note(1, 2));
    call.leave();
    h.pause(Duration::from_secs(5)).await;
    assert!(inbox.try_next().is_none(), "nothing is cancelled");
    drop(reply);
}

/// Who has been told of a cancellation gets every further answer back, to acknowledge and end what it accepts.
pub async fn an_answer_after_a_cancellation_comes_back<H: Harness>(h: H) {
    let (mut inbox, mut call) = started(&h, LONG).await;
    let (_, mut reply) = next_call(&h, &mut inbox).await;
    call.cancel(None);
    cancelled(&h, &mut inbox).await;
    assert_eq!(reply.send(note(2, 180)), Err(Late(note(2, 180))));
    assert_eq!(reply.finish(note(2, 200)), Err(Late(note(2, 200))));
    assert_eq!(event(&h, &mut call).await, CallEvent::End);
}

/// Whoever comes first, an answer is either read by the caller or given back to the callee.
pub async fn no_answer_is_lost_when_it_crosses_a_cancellation<H: Harness>(h: H) {
    let (_, mut inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let fabric = on(&h, 1);
    for round in 0..30 {
        let call = fabric.call(&scope(), endpoint(1, 1), note(1, round), LONG).await;
        let mut call = call.expect("the endpoint is there");
        let (_, reply) = next_call(&h, &mut inbox).await;
        let id = reply.id();
        let sent = if round % 3 == 0 {
            let sent = reply.finish(note(2, round)).is_ok();
            call.cancel(None);
            sent
        } else {
            call.cancel(None);
            h.pause(Duration::from_millis(u64::from(round % 7))).await;
            reply.finish(note(2, round)).is_ok()
        };
        let mut read = false;
        loop {
            match event(&h, &mut call).await {
                CallEvent::Answer(answer) => {
                    assert_eq!(answer, note(2, round));
                    read = true;
                }
                CallEvent::End => break,
                other @ (CallEvent::Gone | CallEvent::DeadlinePassed) => panic!("unexpected {other:?}"),
            }
        }
        assert_eq!(read, sent, "in round {round}");
        h.pause(Duration::from_secs(5)).await;
        match inbox.try_next() {
            None => {}
            Some(Delivered::Cancelled { id: named, .. }) => assert_eq!(named, id),
            other => panic!("unexpected {other:?}"),
        }
    }
}

/// A deadline is a cancellation by the clock.
pub async fn a_call_ends_at_its_deadline<H: Harness>(h: H) {
    let (mut inbox, mut call) = started(&h, Duration::from_millis(1500)).await;
    let (_, mut reply) = next_call(&h, &mut inbox).await;
    assert_eq!(reply.send(note(2, 180)), Ok(()));
    assert_eq!(event(&h, &mut call).await, CallEvent::Answer(note(2, 180)));
    assert_eq!(event(&h, &mut call).await, CallEvent::DeadlinePassed);
    assert_eq!(cancelled(&h, &mut inbox).await, (reply.id(), None));
    assert_eq!(reply.finish(note(2, 200)), Err(Late(note(2, 200))));
    assert_eq!(event(&h, &mut call).await, CallEvent::End);
}

/// A call that waits in an inbox ends with it.
pub async fn a_call_to_a_binding_that_ends_is_gone<H: Harness>(h: H) {
    let (binding, inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let call = on(&h, 1).call(&scope(), endpoint(1, 1), note(1, 1), LONG).await;
    let mut call = call.expect("the endpoint is there");
    on(&h, 0).unbind(&scope(), binding).await.expect("unbound");
    assert_eq!(event(&h, &mut call).await, CallEvent::Gone);
    assert_eq!(event(&h, &mut call).await, CallEvent::End);
    drop(inbox);
}

/// A connection task that ends leaves no caller waiting.
pub async fn a_call_that_was_taken_ends_with_its_callee<H: Harness>(h: H) {
    let (mut inbox, mut call) = started(&h, LONG).await;
    let (_, reply) = next_call(&h, &mut inbox).await;
    drop((inbox, reply));
    let last = event(&h, &mut call).await;
    assert!(matches!(last, CallEvent::End | CallEvent::Gone), "{last:?}");
}

/// Each caller reads the answers to its own call.
pub async fn calls_of_many_callers_do_not_mix<H: Harness>(h: H) {
    let (_, mut inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let callers = (0..40u32).map(|caller| {
        let fabric = on(&h, caller as usize);
        async move { fabric.call(&scope(), endpoint(1, 1), note(caller, 0), LONG).await.expect("there") }
    });
    let mut calls = all(callers).await;
    let mut replies = Vec::new();
    for _ in 0..calls.len() {
        replies.push(next_call(&h, &mut inbox).await);
    }
    let mut ids: Vec<_> = replies.iter().map(|(_, reply)| reply.id()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), calls.len(), "each call has a name of its own");
    for (message, reply) in replies.into_iter().rev() {
        assert_eq!(reply.finish(note(message.sender, 200)), Ok(()));
    }
    for (call, caller) in calls.iter_mut().zip(0..) {
        assert_eq!(event(&h, call).await, CallEvent::Answer(note(caller, 200)));
        assert_eq!(event(&h, call).await, CallEvent::End);
    }
}
