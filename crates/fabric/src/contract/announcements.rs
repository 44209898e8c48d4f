//! Cases: announcements. Where they may get lost, a case announces again, as a caller's regular reading would.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use rapport_model::UserId;

use super::{Harness, bind, endpoint, on, scope, user};
use crate::{Announced, Announcement, Announcements, Fabric, Revision};

/// Waits for one announcement for a while and tells whether it came. Others, and gaps, may come before it.
async fn comes<H: Harness, A: Announcements>(h: &H, stream: &mut A, want: Announced) -> bool {
    let mut patience = pin!(h.pause(Duration::from_secs(5)));
    poll_fn(|cx| {
        loop {
            match stream.poll_next(cx) {
                Poll::Ready(Some(event)) if event == want => return Poll::Ready(true),
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => return Poll::Ready(false),
                Poll::Pending => break,
            }
        }
        patience.as_mut().poll(cx).map(|()| false)
    })
    .await
}

async fn reaches<H: Harness>(h: &H, from: usize, to: usize, whom: UserId, change: Announcement) {
    let mut stream = on(h, to).announcements();
    let tries = if h.loses_announcements() { 20 } else { 1 };
    for _ in 0..tries {
        on(h, from).announce(&scope(), whom, change).await;
        if comes(h, &mut stream, Announced::Change(whom, change)).await {
            return;
        }
    }
    panic!("{change:?} of {whom} has not come");
}

/// A watcher's node hears of a change, wherever it was made.
pub async fn an_announcement_reaches_those_who_watch<H: Harness>(h: H) {
    let (watcher, _inbox) = bind(&on(&h, 1), endpoint(2, 1)).await;
    on(&h, 1).watch(&scope(), user(1), watcher, 250).await.expect("watched");
    for node in 0..h.nodes() {
        let revision = Revision(node as u64 + 7);
        reaches(&h, node, 1, user(1), Announcement::Presence { revision }).await;
    }
}

/// So do the nodes on which the person is signed in.
pub async fn an_announcement_reaches_the_person_itself<H: Harness>(h: H) {
    let (_, _in1) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let (_, _in2) = bind(&on(&h, 1), endpoint(1, 2)).await;
    for to in 0..2 {
        reaches(&h, 2, to, user(1), Announcement::Contacts { delta: 9 }).await;
        reaches(&h, 2, to, user(1), Announcement::Account).await;
    }
}

/// Whoever sweeps what hung on a binding hears of its end, and only after it can be seen.
pub async fn the_end_of_a_binding_is_announced<H: Harness>(h: H) {
    let mut came = 0;
    for round in 0..6u8 {
        let mut stream = on(&h, 1).announcements();
        let (ended, inbox) = bind(&on(&h, 0), endpoint(1, round)).await;
        if round % 2 == 0 {
            on(&h, 0).unbind(&scope(), ended).await.expect("unbound");
        } else {
            drop(inbox);
        }
        let want = Announced::Change(user(1), Announcement::Bindings { ended });
        if comes(&h, &mut stream, want).await {
            came += 1;
            assert_eq!(on(&h, 1).endpoints(&scope(), user(1)).await, Ok(Vec::new()));
        } else {
            assert!(h.loses_announcements(), "an end was not announced");
        }
    }
    assert!(came > 0, "no end at all was announced");
}

/// What hangs on an endpoint survives its binding anew.
pub async fn a_replaced_binding_has_not_ended<H: Harness>(h: H) {
    let mut stream = on(&h, 0).announcements();
    let (ended, inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let (_, _new) = bind(&on(&h, 1), endpoint(1, 1)).await;
    drop(inbox);
    let unwanted = Announced::Change(user(1), Announcement::Bindings { ended });
    assert!(!comes(&h, &mut stream, unwanted).await);
}
