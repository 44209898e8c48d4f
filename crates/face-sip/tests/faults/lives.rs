//! Connections that don't read, that fall silent, that panic: each ends alone, and what hung on it ends with it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rapport_core::directory::PersonPatch;
use rapport_face_sip::{Ended, Settings};
use rapport_sip::{HeaderName, Method, Request};
use rapport_testkit::client::bodies::{self, Batch};
use rapport_testkit::client::{Event, Invitations};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::time::Instant;

use crate::world::{HERE, Talker, World, find, peer, profile};

/// Ana is online by what this endpoint publishes, and dies with it.
async fn appear(ana: &mut Talker) {
    let (uri, epid) = (ana.profile().uri(), ana.profile().epid.clone());
    let batch = Batch::new(&uri).with_device(&uri, &epid, 0).with_machine_state(&epid, 3500, 0).finish();
    let published = ana.publish(batch);
    ana.success(published).await.unwrap();
}

async fn note(ana: &mut Talker, text: &str, version: u32) {
    let batch = Batch::new("sip:ana@example.com").with_note(text, version).finish();
    let published = ana.publish(batch);
    ana.success(published).await.unwrap();
}

async fn watch(talker: &mut Talker, name: &str) {
    let (request, _) = talker.subscribe_presence([format!("{name}@example.com").as_str()]);
    talker.success(request).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_loses_the_connection_and_nobody_else_does() {
    let mut world = World::with(Settings { outbound_queue: 32 * 1024, ..Settings::default() }).await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut deaf = world.signed_in("ben", 1).await;
    let mut cal = world.signed_in("cal", 1).await;
    watch(&mut deaf, "ana").await;
    watch(&mut cal, "ana").await;
    for version in 0..200 {
        note(&mut ana, &format!("{version:04}{}", "x".repeat(200)), version).await;
        cal.sees(&format!("{version:04}x")).await;
    }
    assert_eq!(world.endpoints("ben").await, 0);
    assert_eq!(deaf.ended().await, Ended::TooSlow);
    ana.serves().await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_the_answers_is_asked_for_no_more_and_stays() {
    let mut world = World::with(Settings {
        outbound_queue: 256 * 1024,
        requests_per_second: 1_000_000,
        requests_burst: 1_000_000,
        ..Settings::default()
    })
    .await;
    let mut deaf = world.signed_in("ana", 1).await;
    for _ in 0..1000 {
        deaf.fetch_provisioning();
    }
    let said = tokio::time::timeout(Duration::from_secs(5), deaf.flush()).await;
    assert!(said.is_err(), "the server takes in what it can't answer");
    assert_eq!(world.endpoints("ana").await, 1);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_is_cut_as_fast_as_anyone() {
    let mut world = World::new().await;
    let mut deaf = world.signed_in("ana", 1).await;
    for _ in 0..30 {
        deaf.fetch_provisioning();
    }
    deaf.flush().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let user = world.user("ana").await;
    let disabled = PersonPatch { enabled: Some(false), ..PersonPatch::default() };
    let begun = Instant::now();
    world.services.people.set(&world.scope, user, disabled).await.unwrap();
    while world.endpoints("ana").await > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(deaf.ended().await, Ended::SignedOut);
}

#[tokio::test(start_paused = true)]
async fn a_queue_below_its_bound_costs_nobody_the_connection() {
    let mut world = World::with(Settings { outbound_queue: 256 * 1024, ..Settings::default() }).await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut slow = world.signed_in("ben", 1).await;
    watch(&mut slow, "ana").await;
    for version in 0..20 {
        note(&mut ana, &format!("{version:04}{}", "x".repeat(200)), version).await;
    }
    slow.sees("0019x").await;
    slow.serves().await;
}

#[tokio::test(start_paused = true)]
async fn who_calls_somebody_that_signs_out_while_it_rings_is_told_at_once() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.client(profile("ben", 1).with_invitations(Invitations::Leave));
    ben.sign_in().await.unwrap();
    let (invite, _) = ana.invite("ben@example.com");
    ana.flush().await.unwrap();
    ben.request(Method::Invite, |_| true).await.unwrap();
    let begun = Instant::now();
    // The connection stays.
    let goes = ben.unregister();
    ben.success(goes).await.unwrap();
    assert!(!ana.answer(invite).await.unwrap().status.is_success());
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_ends_after_its_time_and_its_presence_with_it() {
    let mut world = World::new().await;
    let settings = Settings::default();
    let mut ben = world.signed_in("ben", 1).await;
    let mut ana = world.signed_in("ana", 1).await;
    appear(&mut ana).await;
    watch(&mut ben, "ana").await;
    ben.forget();
    let begun = Instant::now();
    let bound = settings.keep_alive + settings.keep_alive_grace;
    tokio::time::sleep(bound - Duration::from_secs(1)).await;
    assert_eq!(world.endpoints("ana").await, 1);
    ben.keep_alive();
    ben.flush().await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.endpoints("ana").await, 0);
    assert_eq!(ana.ended().await, Ended::Silent);
    assert!(begun.elapsed() <= bound + Duration::from_secs(3));
    ben.sees("18500").await;
}

#[tokio::test(start_paused = true)]
async fn a_keep_alive_keeps_alive() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    for _ in 0..6 {
        tokio::time::sleep(Settings::default().keep_alive).await;
        ana.keep_alive();
        ana.flush().await.unwrap();
    }
    ana.serves().await;
}

#[tokio::test(start_paused = true)]
async fn keep_alives_do_not_replace_the_refresh_of_a_registration() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let begun = Instant::now();
    let registration = Settings::default().registration;
    while world.endpoints("ana").await == 1 {
        assert!(begun.elapsed() < registration + Duration::from_secs(300));
        ana.keep_alive();
        let _ = ana.flush().await;
        tokio::time::sleep(Duration::from_secs(120)).await;
    }
    assert!(begun.elapsed() >= registration);
    assert_eq!(ana.ended().await, Ended::Silent);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_cut_takes_its_presence_with_it_at_once() {
    let mut world = World::new().await;
    let mut ben = world.signed_in("ben", 1).await;
    let mut ana = world.signed_in("ana", 1).await;
    appear(&mut ana).await;
    watch(&mut ben, "ana").await;
    ben.forget();
    let begun = Instant::now();
    drop(ana);
    ben.sees("18500").await;
    assert!(begun.elapsed() < Duration::from_secs(1));
}

/// Has two people talk, and returns the conversation as the caller knows it.
async fn talk(caller: &mut Talker, callee: &mut Talker) -> Arc<str> {
    let (id, conversation) = caller.invite(&callee.profile().address.clone());
    caller.flush().await.unwrap();
    callee.request(Method::Invite, |_| true).await.unwrap();
    callee.flush().await.unwrap();
    caller.success(id).await.unwrap();
    callee.request(Method::Ack, |_| true).await.unwrap();
    conversation
}

/// A program that quits with a window open hangs up, signs out and is gone, all in one breath. Who isn't told goes on
/// talking to the program that was, also when its owner has come back with another.
#[tokio::test(start_paused = true)]
async fn what_a_client_says_right_before_it_signs_out_is_heard() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    let conversation = talk(&mut ben, &mut ana).await;
    ben.message(&conversation, "good night").unwrap();
    ben.bye(&conversation).unwrap();
    ben.unregister();
    ben.flush().await.unwrap();
    drop(ben);
    ana.request(Method::Message, |request| find(&request.body, "good night")).await.unwrap();
    ana.request(Method::Bye, |_| true).await.unwrap();
    ana.flush().await.unwrap();
    ana.serves().await;
}

/// An invitation goes with whoever made it: nobody is there to be talked to.
#[tokio::test(start_paused = true)]
async fn an_invitation_does_not_outlive_the_connection_that_it_came_by() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    ben.invite("ana@example.com");
    ben.unregister();
    ben.flush().await.unwrap();
    ben.leaves().await.unwrap();
    let is_invite = |event: &Event| event.as_request().is_some_and(|r| r.method == Method::Invite);
    assert!(ana.has_not_come(is_invite).await.unwrap());
}

/// The server finds out that a client has gone by writing to it; what the client said before is in the stream still.
#[tokio::test(start_paused = true)]
async fn what_a_client_said_before_it_went_is_heard_to_the_end() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    let ended = world.serve(theirs, peer(HERE));
    let mut ben = Talker::new(ours, profile("ben", 1), ended);
    ben.sign_in().await.unwrap();
    let conversation = talk(&mut ben, &mut ana).await;
    // Its answer is what can't be written.
    ben.fetch_provisioning();
    for number in 0..100 {
        ben.message(&conversation, &format!("{number:03} {}", "x".repeat(1000))).unwrap();
    }
    ben.bye(&conversation).unwrap();
    ben.flush().await.unwrap();
    let ended = ben.leaves();
    for number in 0..100 {
        let is_next = |request: &Request| find(&request.body, &format!("{number:03} x"));
        ana.request(Method::Message, is_next).await.unwrap();
    }
    ana.request(Method::Bye, |_| true).await.unwrap();
    assert_eq!(ended.await.unwrap(), Ended::Broken);
    assert_eq!(world.endpoints("ben").await, 0);
}

/// A stream that panics when it is read after its word.
struct Trap {
    stream: DuplexStream,
    armed: Arc<AtomicBool>,
}

impl AsyncRead for Trap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        assert!(!self.armed.load(Ordering::Relaxed), "the trap that this test has set");
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Trap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_its_own_connection_alone_and_leaves_nobody_online() {
    let mut world = World::new().await;
    let mut ben = world.signed_in("ben", 1).await;
    let (ours, theirs) = tokio::io::duplex(16 * 1024);
    let armed = Arc::new(AtomicBool::new(false));
    let ended = world.serve(Trap { stream: theirs, armed: armed.clone() }, peer(HERE));
    let mut ana = Talker::new(ours, profile("ana", 1), ended);
    ana.sign_in().await.unwrap();
    appear(&mut ana).await;
    watch(&mut ben, "ana").await;
    ben.forget();
    armed.store(true, Ordering::Relaxed);
    ana.fetch_provisioning();
    ana.flush().await.unwrap();
    assert!(ana.panicked().await);
    ben.sees("18500").await;
    ben.serves().await;
    assert_eq!(world.endpoints("ana").await, 0);
    world.signed_in("ana", 1).await.serves().await;
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_without_best_effort_notifications_is_told_by_notify() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let subscribe = ana
        .outside(Method::Subscribe, "ana@example.com")
        .with(HeaderName::Event, "vnd-microsoft-roaming-contacts");
    let id = ana.send(subscribe);
    assert_eq!(ana.answer(id).await.unwrap().status.as_u16(), 200);
    let id = ana.change_contacts(bodies::set_contact("ben@example.com", "Ben", "1", 1));
    assert_eq!(ana.answer(id).await.unwrap().status.as_u16(), 200);
    let holds = |request: &Request| request.headers.event_package() == Some("vnd-microsoft-roaming-contacts");
    let told = ana.request(Method::Notify, holds).await.unwrap();
    assert!(String::from_utf8_lossy(&told.body).contains("addedContact"));
}

#[tokio::test(start_paused = true)]
async fn the_list_of_pending_watchers_is_the_real_one_and_is_told_when_it_changes() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 2).await;
    let subscribe = ana
        .outside(Method::Subscribe, "ana@example.com")
        .with(HeaderName::Event, "presence.wpending")
        .with(HeaderName::Supported, "ms-benotify");
    let id = ana.send(subscribe);
    let first = ana.answer(id).await.unwrap();
    let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    assert!(text(&first.body).contains("deltaNum=\"1\"") && !text(&first.body).contains("ben@"));
    let watch = "<batchSub xmlns=\"http://schemas.microsoft.com/2006/01/sip/batch-subscribe\" \
                 uri=\"sip:ben@example.com\" name=\"\"><action name=\"subscribe\" id=\"1\"><adhocList>\
                 <resource uri=\"sip:ana@example.com\"><context/></resource></adhocList></action></batchSub>";
    let request = ben
        .outside(Method::Subscribe, "ben@example.com")
        .with(HeaderName::Event, "presence")
        .with_body("application/msrtc-adrl-categorylist+xml", watch.into());
    let id = ben.send(request);
    assert_eq!(ben.answer(id).await.unwrap().status.as_u16(), 200);
    let holds = |request: &Request| request.headers.event_package() == Some("presence.wpending");
    let told = ana.request(Method::Benotify, holds).await.unwrap();
    let told = text(&told.body);
    assert!(told.contains("deltaNum=\"2\"") && told.contains("sip:ben@example.com"), "{told}");
}
