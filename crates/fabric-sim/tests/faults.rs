//! What the contract says of nodes that freeze, are cut off or die.

use std::sync::Arc;
use std::time::Duration;

use rapport_core::presence::{Document, Live};
use rapport_fabric::contract::Note;
use rapport_fabric::{
    Announced, Announcement, Announcements, Binding, Call, CallEvent, CasError, Claim, Delivered, Delivery,
    Description, Fabric, FabricError, Fence, Inbox, Late, Reply,
};
use rapport_fabric_sim::{Faults, SimCall, SimCluster, SimInbox, SimReply};
use rapport_model::{EndpointId, Instance, Scope, TenantId, UserId};
use tokio::time::{Instant, sleep, timeout};

/// Longer than a lease.
const LEASE_OVER: Duration = Duration::from_secs(8);
/// Longer than a message may take.
const DELIVERY_OVER: Duration = Duration::from_secs(5);
const LONG: Duration = Duration::from_secs(600);

fn scope() -> Scope {
    Scope::service(TenantId(1), "test")
}

fn user(number: u32) -> UserId {
    UserId { tenant: TenantId(1), user: number }
}

fn endpoint(number: u32, instance: u8) -> EndpointId {
    EndpointId { user: user(number), instance: Instance([instance; 16]) }
}

fn note(number: u32) -> Note {
    Note { sender: 1, number, text: "hello".into() }
}

fn three() -> SimCluster<Note> {
    SimCluster::new(1, 3, Faults::NONE)
}

async fn bind(cluster: &SimCluster<Note>, node: usize, endpoint: EndpointId) -> (Binding, SimInbox<Note>) {
    cluster.node(node).bind(&scope(), endpoint, Description::default()).await.expect("bound")
}

async fn next(inbox: &mut SimInbox<Note>) -> Option<Delivered<Note, SimReply<Note>>> {
    timeout(Duration::from_secs(60), inbox.next()).await.expect("an event of the inbox")
}

async fn event(call: &mut SimCall<Note>) -> CallEvent<Note> {
    timeout(Duration::from_secs(60), call.next()).await.expect("an event of the call")
}

async fn bound(cluster: &SimCluster<Note>, node: usize, number: u32) -> usize {
    cluster.node(node).endpoints(&scope(), user(number)).await.expect("known").len()
}

async fn deliver(cluster: &SimCluster<Note>, node: usize, to: EndpointId, number: u32) -> Delivery {
    let (fabric, scope) = (cluster.node(node), scope());
    timeout(DELIVERY_OVER, fabric.deliver(&scope, to, note(number)))
        .await
        .expect("the sender is told in time")
}

#[tokio::test(start_paused = true)]
async fn the_bindings_of_a_dead_node_end_with_its_lease_and_that_is_announced() {
    let cluster = three();
    let (dead, mut inbox) = bind(&cluster, 0, endpoint(1, 1)).await;
    let (_, _other) = bind(&cluster, 1, endpoint(1, 2)).await;
    let mut stream = cluster.node(1).announcements();
    cluster.kill(0);
    assert!(next(&mut inbox).await.is_none());
    assert_eq!(deliver(&cluster, 1, endpoint(1, 1), 1).await, Delivery::Gone);
    let ended = timeout(LEASE_OVER, stream.next()).await.expect("in time");
    assert_eq!(ended, Some(Announced::Change(user(1), Announcement::Bindings { ended: dead })));
    assert_eq!(bound(&cluster, 1, 1).await, 1);

    let refused = cluster.node(0).bind(&scope(), endpoint(1, 1), Description::default()).await;
    assert_eq!(refused.map(|(binding, _)| binding), Err(FabricError::Unavailable));
    cluster.restart(0);
    sleep(Duration::from_secs(1)).await;
    let (again, _inbox) = bind(&cluster, 0, endpoint(1, 1)).await;
    assert!(again.epoch > dead.epoch);
    assert_eq!(bound(&cluster, 1, 1).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_thaws_too_late_finds_its_bindings_fenced() {
    let cluster = three();
    let (_, mut old) = bind(&cluster, 0, endpoint(1, 1)).await;
    let mut stream = cluster.node(0).announcements();
    cluster.freeze(0);
    assert_eq!(deliver(&cluster, 1, endpoint(1, 1), 1).await, Delivery::Gone);
    sleep(LEASE_OVER).await;
    let (_, mut new) = bind(&cluster, 1, endpoint(1, 1)).await;
    assert_eq!(deliver(&cluster, 2, endpoint(1, 1), 2).await, Delivery::Taken);
    assert!(old.try_next().is_none(), "a frozen node gives nothing");
    cluster.thaw(0);
    assert!(matches!(next(&mut old).await, Some(Delivered::Fenced(Fence::Lease))));
    assert!(next(&mut old).await.is_none());
    assert!(matches!(next(&mut new).await, Some(Delivered::Message(message)) if message == note(2)));
    assert_eq!(timeout(LEASE_OVER, stream.next()).await, Ok(Some(Announced::Gap)));
    drop(old);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(bound(&cluster, 0, 1).await, 1, "the later binding is left alone");
}

#[tokio::test(start_paused = true)]
async fn a_short_freeze_costs_no_binding_and_no_message_comes_after_it_was_called_gone() {
    let cluster = three();
    let (_, mut inbox) = bind(&cluster, 0, endpoint(1, 1)).await;
    cluster.freeze(0);
    let short = async {
        sleep(Duration::from_secs(1)).await;
        cluster.thaw(0);
    };
    let (delivery, ()) = tokio::join!(deliver(&cluster, 1, endpoint(1, 1), 1), short);
    assert_eq!(delivery, Delivery::Taken);
    assert!(matches!(next(&mut inbox).await, Some(Delivered::Message(message)) if message == note(1)));

    // A heartbeat renews the lease.
    sleep(Duration::from_secs(1)).await;
    cluster.freeze(0);
    assert_eq!(deliver(&cluster, 1, endpoint(1, 1), 2).await, Delivery::Gone);
    cluster.thaw(0);
    assert_eq!(deliver(&cluster, 1, endpoint(1, 1), 3).await, Delivery::Taken);
    assert!(matches!(next(&mut inbox).await, Some(Delivered::Message(message)) if message == note(3)));
    assert!(inbox.try_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_cut_off_fences_itself_before_others_take_over() {
    let cluster = three();
    let (_, mut inbox) = bind(&cluster, 0, endpoint(1, 1)).await;
    cluster.partition(&[0]);
    let fabric = cluster.node(0);
    let began = Instant::now();
    let refused = fabric.endpoints(&scope(), user(1)).await;
    assert_eq!(refused, Err(FabricError::Unavailable));
    assert!(began.elapsed() < LEASE_OVER);
    assert!(matches!(inbox.try_next(), Some(Delivered::Fenced(Fence::Lease))));
    // The authority waits longer than the node did.
    assert_eq!(bound(&cluster, 1, 1).await, 1);
    sleep(LEASE_OVER).await;
    assert_eq!(bound(&cluster, 1, 1).await, 0);
    cluster.heal();
    sleep(Duration::from_secs(1)).await;
    let (_, _inbox) = bind(&cluster, 0, endpoint(1, 1)).await;
    assert_eq!(bound(&cluster, 2, 1).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_learns_that_the_callees_node_has_died() {
    let cluster = three();
    let (_, mut inbox) = bind(&cluster, 0, endpoint(1, 1)).await;
    let mut call = cluster.node(1).call(&scope(), endpoint(1, 1), note(1), LONG).await.expect("there");
    let Some(Delivered::Call { mut reply, .. }) = next(&mut inbox).await else { panic!("a call") };
    reply.send(note(180)).expect("open");
    assert_eq!(event(&mut call).await, CallEvent::Answer(note(180)));
    cluster.kill(0);
    assert_eq!(reply.send(note(200)), Err(Late(note(200))));
    assert_eq!(event(&mut call).await, CallEvent::Gone);
    assert_eq!(event(&mut call).await, CallEvent::End);
}

#[tokio::test(start_paused = true)]
async fn a_callee_learns_that_the_callers_node_has_died() {
    let cluster = three();
    let (_, mut inbox) = bind(&cluster, 0, endpoint(1, 1)).await;
    let call = cluster.node(1).call(&scope(), endpoint(1, 1), note(1), LONG).await.expect("there");
    let Some(Delivered::Call { reply, .. }) = next(&mut inbox).await else { panic!("a call") };
    cluster.kill(1);
    let told = next(&mut inbox).await;
    assert!(matches!(told, Some(Delivered::Cancelled { id, message: None }) if id == reply.id()));
    assert_eq!(reply.finish(note(200)), Err(Late(note(200))));
    drop(call);
}

#[tokio::test(start_paused = true)]
async fn a_long_call_outlives_a_short_partition_and_its_answers_come_in_order() {
    let cluster = SimCluster::new(7, 3, Faults::HARSH);
    let (_, mut inbox) = bind(&cluster, 0, endpoint(1, 1)).await;
    let mut call = cluster.node(1).call(&scope(), endpoint(1, 1), note(1), LONG).await.expect("there");
    let Some(Delivered::Call { mut reply, .. }) = next(&mut inbox).await else { panic!("a call") };
    cluster.partition(&[1]);
    for number in 0..20 {
        reply.send(note(number)).expect("open");
    }
    sleep(Duration::from_secs(2)).await;
    cluster.heal();
    reply.finish(note(20)).expect("open");
    for number in 0..=20 {
        assert_eq!(event(&mut call).await, CallEvent::Answer(note(number)));
    }
    assert_eq!(event(&mut call).await, CallEvent::End);
}

#[tokio::test(start_paused = true)]
async fn a_claim_passes_on_when_its_owner_dies_and_never_has_two_owners() {
    let cluster = three();
    let Ok(Claim::Owned { epoch: first }) = cluster.node(0).claim(&scope(), "conference").await else {
        panic!("nobody else claims")
    };
    let held = cluster.node(1).claim(&scope(), "conference").await;
    assert!(matches!(held, Ok(Claim::Held { epoch, .. }) if epoch == first));
    cluster.freeze(0);
    sleep(LEASE_OVER).await;
    let Ok(Claim::Owned { epoch: second }) = cluster.node(1).claim(&scope(), "conference").await else {
        panic!("its owner's lease is over")
    };
    assert!(second > first);
    cluster.thaw(0);
    assert_eq!(
        cluster.node(0).release(&scope(), "conference", first).await,
        Err(FabricError::Unavailable),
        "whoever thaws too late has no say"
    );
    sleep(Duration::from_secs(1)).await;
    let now = cluster.node(0).claim(&scope(), "conference").await;
    assert!(matches!(now, Ok(Claim::Held { epoch, .. }) if epoch == second));
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_lost_happens_once() {
    for seed in 0..20 {
        let cluster = SimCluster::<Note>::new(seed, 2, Faults { loss: 0.4, duplicate: 0.5, ..Faults::HARSH });
        let mut count = 0;
        for _ in 0..10 {
            let fabric = cluster.node(0);
            let Ok((_, revision)) = fabric.live(&scope(), user(1)).await else { continue };
            let document = Document { static_revision: count + 1, ..Document::default() };
            let live = Live { current: Arc::new(document), pending: None };
            match fabric.compare_and_set(&scope(), user(1), revision, Some(Arc::new(live))).await {
                Ok(_) => count += 1,
                Err(CasError::Unavailable) => break,
                Err(other) => panic!("nobody else writes, but {other}"),
            }
        }
        let read = cluster.node(1).live(&scope(), user(1)).await;
        if let Ok((Some(live), _)) = read {
            assert!(live.current.static_revision.abs_diff(count) <= 1, "seed {seed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_binding_that_nobody_waited_for_is_ended() {
    let cluster = three();
    let (fabric, scope) = (cluster.node(0), scope());
    let binding = fabric.bind(&scope, endpoint(1, 1), Description::default());
    // The question is out, and nobody takes the answer.
    assert!(timeout(Duration::ZERO, binding).await.is_err());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(bound(&cluster, 1, 1).await, 0);
}

/// Sends messages over a bad network and notes what came when.
async fn history(seed: u64) -> Vec<(Duration, u32)> {
    let cluster = SimCluster::new(seed, 3, Faults::HARSH);
    let (_, mut inbox) = bind(&cluster, 0, endpoint(1, 1)).await;
    let start = Instant::now();
    let mut history = Vec::new();
    for number in 0..20 {
        assert_eq!(deliver(&cluster, 1, endpoint(1, 1), number).await, Delivery::Taken);
        let Some(Delivered::Message(message)) = next(&mut inbox).await else { panic!("a message") };
        history.push((start.elapsed(), message.number));
    }
    history
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_run() {
    let first = history(5).await;
    assert_eq!(first, history(5).await);
    assert_ne!(first, history(6).await);
}
