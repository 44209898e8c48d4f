//! What only shows when threads really run at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rapport_fabric::contract::Note;
use rapport_fabric::{
    Announced, Announcement, Announcements, Call, CallEvent, Delivered, Description, Fabric, Inbox, Reply,
};
use rapport_fabric_local::{Bounds, LocalFabric};
use rapport_model::{EndpointId, Instance, Scope, TenantId, UserId};

fn scope() -> Scope {
    Scope::service(TenantId(1), "test")
}

fn endpoint(user: u32, instance: u8) -> EndpointId {
    EndpointId { user: UserId { tenant: TenantId(1), user }, instance: Instance([instance; 16]) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_callers_gets_its_own_answers() {
    let fabric = LocalFabric::<Note>::default();
    let (_, mut inbox) = fabric.bind(&scope(), endpoint(1, 1), Description::default()).await.expect("bound");
    let mut tasks = tokio::task::JoinSet::new();
    for sender in 0..8u32 {
        let fabric = fabric.clone();
        tasks.spawn(async move {
            for number in 0..500u32 {
                let note = Note { sender, number, text: "".into() };
                let deadline = Duration::from_secs(30);
                let mut call =
                    fabric.call(&scope(), endpoint(1, 1), note.clone(), deadline).await.expect("there");
                if number % 5 == 0 {
                    call.cancel(None);
                    while call.next().await != CallEvent::End {}
                } else {
                    assert_eq!(call.next().await, CallEvent::Answer(note));
                    assert_eq!(call.next().await, CallEvent::End);
                }
            }
        });
    }
    let mut callee = tokio::task::JoinSet::new();
    callee.spawn(async move {
        let mut names = BTreeSet::new();
        while let Some(event) = inbox.next().await {
            if let Delivered::Call { message, reply } = event {
                assert!(names.insert(reply.id()));
                // A caller may have cancelled meanwhile.
                let _ = reply.finish(message);
            }
        }
    });
    while let Some(done) = tasks.join_next().await {
        done.expect("no caller panics");
    }
    let bound = fabric.endpoints(&scope(), endpoint(1, 1).user).await.expect("known");
    fabric.unbind(&scope(), bound[0].binding).await.expect("unbound");
    callee.join_next().await.expect("there is one").expect("the callee does not panic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_remains_of_watchers_that_come_and_go() {
    let fabric = LocalFabric::<Note>::default();
    let mut tasks = tokio::task::JoinSet::new();
    for user in 0..8u32 {
        let fabric = fabric.clone();
        tasks.spawn(async move {
            for round in 0..200u32 {
                let instance = if round % 2 == 0 { 1 } else { 2 };
                let bound = fabric.bind(&scope(), endpoint(user, instance), Description::default()).await;
                let (binding, inbox) = bound.expect("bound");
                for other in 0..8 {
                    fabric.watch(&scope(), endpoint(other, 1).user, binding, 250).await.expect("allowed");
                }
                if round % 3 == 0 {
                    fabric.unwatch(&scope(), endpoint(3, 1).user, binding).await.expect("done");
                }
                drop(inbox);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("nobody panics");
    }
    for user in 0..8 {
        assert_eq!(fabric.watcher_count(&scope(), endpoint(user, 1).user).await, Ok(0));
        assert_eq!(fabric.endpoints(&scope(), endpoint(user, 1).user).await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn a_stream_that_is_not_read_says_that_some_were_lost() {
    let fabric = LocalFabric::<Note>::new(Bounds { announcements: 2, ..Bounds::default() });
    let mut stream = fabric.announcements();
    let (_, _inbox) = fabric.bind(&scope(), endpoint(1, 1), Description::default()).await.expect("bound");
    let user = endpoint(1, 1).user;
    for delta in 1..=4 {
        fabric.announce(&scope(), user, Announcement::Contacts { delta }).await;
    }
    let kept = |delta| Some(Announced::Change(user, Announcement::Contacts { delta }));
    assert_eq!(stream.next().await, kept(1));
    assert_eq!(stream.next().await, kept(2));
    assert_eq!(stream.next().await, Some(Announced::Gap));
    fabric.announce(&scope(), user, Announcement::Contacts { delta: 5 }).await;
    assert_eq!(stream.next().await, kept(5));
}

#[tokio::test]
async fn the_fabric_forgets_what_nobody_holds() {
    let fabric = LocalFabric::<Note>::default();
    let text: Arc<str> = "kept by the queue alone".into();
    let (_, inbox) = fabric.bind(&scope(), endpoint(1, 1), Description::default()).await.expect("bound");
    let note = Note { sender: 1, number: 1, text: text.clone() };
    let _ = fabric.deliver(&scope(), endpoint(1, 1), note).await;
    assert_eq!(Arc::strong_count(&text), 2);
    drop(inbox);
    assert_eq!(Arc::strong_count(&text), 1);
}
