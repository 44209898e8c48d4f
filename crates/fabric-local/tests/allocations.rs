//! How often the message path asks the allocator. A rise is a regression.
#![expect(unsafe_code, reason = "a counting allocator has no safe form")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use rapport_fabric::contract::Note;
use rapport_fabric::{Call, CallEvent, Delivered, Delivery, Description, Fabric, Inbox, Reply};
use rapport_fabric_local::LocalFabric;
use rapport_model::{EndpointId, Instance, Scope, TenantId, UserId};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every request goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[tokio::test]
async fn a_delivery_allocates_nothing_and_a_call_twice() {
    let fabric = LocalFabric::<Note>::default();
    let scope = Scope::service(TenantId(1), "test");
    let endpoint = EndpointId { user: UserId { tenant: TenantId(1), user: 1 }, instance: Instance([1; 16]) };
    let (_, mut inbox) = fabric.bind(&scope, endpoint, Description::default()).await.expect("bound");
    let note = Note { sender: 1, number: 1, text: "hello".into() };
    let mut counts = Vec::with_capacity(2);
    // The first round makes the queue's places.
    for _ in 0..2 {
        let before = COUNT.get();
        assert_eq!(fabric.deliver(&scope, endpoint, note.clone()).await, Delivery::Taken);
        assert!(matches!(inbox.next().await, Some(Delivered::Message(_))));
        let delivered = COUNT.get();
        let mut call =
            fabric.call(&scope, endpoint, note.clone(), Duration::from_secs(30)).await.expect("there");
        let callee = async {
            let Some(Delivered::Call { message, reply }) = inbox.next().await else {
                panic!("a call was expected")
            };
            reply.finish(message).expect("in time");
        };
        // The caller waits first, so that its timer counts.
        let (answer, ()) = tokio::join!(biased; call.next(), callee);
        assert!(matches!(answer, CallEvent::Answer(_)));
        drop(call);
        counts.push((delivered - before, COUNT.get() - delivered));
    }
    assert_eq!(counts[1], (0, 2));
}
