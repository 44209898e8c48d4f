//! What is done is done, also when the person's browsers can't be told of it.

use std::sync::Arc;

use rapport_core::directory::PersonRef;
use rapport_fabric_local::LocalFabric;
use rapport_model::Aor;
use rapport_service::history::Unsent;
use rapport_service::router::Saying;
use rapport_store::HistoryRange;
use rapport_testkit::counted::Counted;
use tokio::task::JoinSet;

use crate::tape::Blow;
use crate::world::World;

/// Kim's world, in which what is said is kept.
async fn keeping() -> (World<LocalFabric<rapport_service::Wire>>, JoinSet<()>) {
    let fabric = LocalFabric::default();
    let world = World::new(fabric.clone(), fabric).await;
    let (mut tasks, writer) = (JoinSet::new(), Arc::clone(&world.writer));
    tasks.spawn(async move { writer.run().await });
    write(&world, "before").await;
    world.writer.history.settle().await;
    (world, tasks)
}

/// Kim writes to Carl, who can't be reached.
async fn write(world: &World<LocalFabric<rapport_service::Wire>>, text: &str) {
    write_to(world, "carl@elsewhere.example", text).await;
}

async fn write_to(world: &World<LocalFabric<rapport_service::Wire>>, to: &str, text: &str) {
    let history = &world.writer.history;
    let saying = Saying { id: history.message_id(), client_id: None, html: None };
    let to = PersonRef::Address(Aor::parse(to).unwrap());
    history.note_unsent(&world.scope(), world.user(), &to, &Unsent { saying, text, status: 480 }).await;
}

/// Sees that it was asked once which endpoints there are to be told; a blow that was to strike that has struck it.
fn asked_once(world: &World<LocalFabric<rapport_service::Wire>>) {
    assert_eq!(world.tape.calls().iter().filter(|call| **call == "fabric.endpoints").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_of_which_browsers_can_t_be_told_has_its_line_in_the_audit_log() {
    let (world, _tasks) = keeping().await;
    world.tape.arm_at("fabric.endpoints", Blow::Fail);
    let deleted = world.writer.history.delete(&world.scope(), world.user(), HistoryRange::All).await;
    assert_eq!(deleted, Ok(1));
    asked_once(&world);
    let log = world.other.audit.page(&world.scope(), 0, 1000).await.unwrap();
    let told: Vec<&str> = log
        .iter()
        .filter(|line| line.entry.what == "history deleted")
        .map(|line| &*line.entry.detail)
        .collect();
    assert_eq!(told, ["1 messages"]);
}

#[tokio::test(start_paused = true)]
async fn messages_of_which_browsers_can_t_be_told_are_kept_and_not_counted_as_lost() {
    let (world, _tasks) = keeping().await;
    let counted = Counted::default();
    {
        let _here = metrics::set_default_local_recorder(&counted);
        world.tape.arm_at("fabric.endpoints", Blow::Fail);
        write(&world, "after").await;
        world.writer.history.settle().await;
    }
    asked_once(&world);
    assert_eq!(counted.total("rapport_history_lost_total"), 0);
    let page = world.writer.history.page(&world.scope(), world.user(), None, None, 9).await.unwrap();
    let bodies: Vec<&[u8]> = page.entries.iter().map(|entry| &*entry.content.body).collect();
    assert_eq!(bodies, [&b"after"[..], b"before"]);
}

#[tokio::test(start_paused = true)]
async fn settings_of_which_other_browsers_can_t_be_told_are_kept() {
    let (world, _tasks) = keeping().await;
    world.tape.arm_at("fabric.endpoints", Blow::Fail);
    let sessions = &world.writer.web_sessions;
    let set = sessions.set_document(&world.scope(), world.user(), "settings", None, "{}".to_owned()).await;
    assert_eq!(set, Ok(true));
    asked_once(&world);
    let kept = sessions.document(&world.scope(), world.user(), "settings").await;
    assert_eq!(kept, Ok(Some("{}".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn whoever_has_said_something_to_many_is_looked_up_once_to_be_told() {
    let (world, _tasks) = keeping().await;
    world.tape.rewind();
    for n in 0..20 {
        write_to(&world, &format!("carl{n}@elsewhere.example"), "hello").await;
    }
    world.writer.history.settle().await;
    asked_once(&world);
    let page = world.writer.history.page(&world.scope(), world.user(), None, None, 99).await.unwrap();
    assert_eq!(page.entries.len(), 21);
}
