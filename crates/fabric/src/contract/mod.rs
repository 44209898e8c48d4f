//! The cases that every adapter passes. What they do not test, callers may not rely on.
//!
//! An adapter implements [`Harness`] and instantiates the cases with [`fabric_contract!`](crate::fabric_contract). No case
//! counts on one node: node numbers wrap around at the number that the harness has.

mod announcements;
mod bindings;
mod calls;
mod claims;
mod deliveries;
mod live;
mod tenants;
mod watchers;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rapport_model::{EndpointId, Instance, Scope, TenantId, UserId};

use crate::{Binding, Description, Fabric, Inbox, Payload};

pub use announcements::*;
pub use bindings::*;
pub use calls::*;
pub use claims::*;
pub use deliveries::*;
pub use live::*;
pub use tenants::*;
pub use watchers::*;

/// Gives the cases a fresh fabric of one or several nodes.
pub trait Harness: Send + Sync {
    /// The adapter under test.
    type Fabric: Fabric<Message = Note>;

    /// Returns how many nodes there are.
    fn nodes(&self) -> usize;

    /// Returns the fabric of one node; `node` is smaller than [`Harness::nodes`].
    fn fabric(&self, node: usize) -> Self::Fabric;

    /// Returns how many messages fit into an inbox.
    fn inbox_bound(&self) -> usize;

    /// Tells whether announcements may get lost under way.
    fn loses_announcements(&self) -> bool;

    /// Lets time pass, which may be virtual.
    fn pause(&self, span: Duration) -> impl Future<Output = ()> + Send;
}

/// What the cases deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Who sends it.
    pub sender: u32,
    /// Its number among the sender's.
    pub number: u32,
    /// Any text.
    pub text: Arc<str>,
}

impl Payload for Note {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.sender.to_be_bytes());
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(self.text.as_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (sender, rest) = bytes.split_first_chunk()?;
        let (number, text) = rest.split_first_chunk()?;
        Some(Self {
            sender: u32::from_be_bytes(*sender),
            number: u32::from_be_bytes(*number),
            text: std::str::from_utf8(text).ok()?.into(),
        })
    }
}

/// Makes a test of every case. `$run` is called with a case, a generic async function of a harness, and runs it.
#[macro_export]
macro_rules! fabric_contract {
    ($module:ident, $run:path) => {
        mod $module {
            $crate::fabric_contract! { @cases $run,
                a_bound_endpoint_is_seen_on_every_node
                endpoints_stand_in_the_order_of_their_binding
                a_later_binding_fences_the_earlier
                of_many_binders_of_an_endpoint_one_remains
                an_unbound_endpoint_is_gone
                dropping_the_inbox_ends_the_binding
                messages_of_a_sender_arrive_once_and_in_order
                messages_and_calls_keep_one_order
                a_message_to_nobody_is_gone
                no_number_of_messages_ends_a_binding
                an_inbox_full_of_orders_ends_its_binding
                no_number_of_calls_ends_a_binding
                a_message_arrives_as_it_was_sent
                a_call_gets_several_answers_and_ends
                a_call_that_nobody_answers_ends
                cancelling_a_call_tells_the_callee
                dropping_a_call_tells_the_callee
                a_call_whose_caller_leaves_is_delivered_all_the_same
                an_answer_after_a_cancellation_comes_back
                no_answer_is_lost_when_it_crosses_a_cancellation
                a_call_ends_at_its_deadline
                a_call_to_a_binding_that_ends_is_gone
                a_call_that_was_taken_ends_with_its_callee
                calls_of_many_callers_do_not_mix
                a_live_document_is_seen_on_every_node
                a_document_is_replaced_at_its_revision_alone
                the_revision_of_an_absence_still_orders
                of_concurrent_writers_one_wins
                no_concurrent_change_is_lost
                watchers_are_counted_by_person
                the_limit_refuses_further_people_alone
                a_watcher_hangs_on_its_binding
                a_stale_binding_watches_nobody
                racing_watchers_stay_within_the_limit
                an_announcement_reaches_those_who_watch
                an_announcement_reaches_the_person_itself
                the_end_of_a_binding_is_announced
                a_replaced_binding_has_not_ended
                a_claim_has_one_owner
                a_released_claim_gets_a_later_epoch
                claims_of_two_companies_are_two
                another_companys_scope_does_nothing
            }
        }
    };
    (@cases $run:path, $($case:ident)*) => {
        $(
            #[test]
            fn $case() {
                use super::*;
                $run($crate::contract::$case);
            }
        )*
    };
}

/// How long, in the harness's time, something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A deadline that no case reaches.
const LONG: Duration = Duration::from_secs(600);

/// Returns the fabric of a node, counting around.
fn on<H: Harness>(harness: &H, node: usize) -> H::Fabric {
    harness.fabric(node % harness.nodes())
}

fn scope() -> Scope {
    Scope::service(TenantId(1), "contract case")
}

fn user(number: u32) -> UserId {
    UserId { tenant: TenantId(1), user: number }
}

fn endpoint(number: u32, instance: u8) -> EndpointId {
    EndpointId { user: user(number), instance: Instance([instance; 16]) }
}

fn note(sender: u32, number: u32) -> Note {
    Note { sender, number, text: "hello".into() }
}

async fn bind<F: Fabric>(fabric: &F, endpoint: EndpointId) -> (Binding, F::Inbox) {
    fabric.bind(&scope(), endpoint, Description::default()).await.expect("an endpoint can be bound")
}

/// Waits for what must happen.
async fn within<H: Harness, F: Future>(harness: &H, what: &str, future: F) -> F::Output {
    let mut future = pin!(future);
    let mut patience = pin!(harness.pause(PATIENCE));
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(output);
        }
        assert!(patience.as_mut().poll(cx).is_pending(), "{what} has not happened");
        Poll::Pending
    })
    .await
}

/// Tries again until it is so.
async fn eventually<H: Harness>(harness: &H, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        harness.pause(Duration::from_millis(100)).await;
    }
    panic!("{what} has not happened");
}

/// Runs all of them at once.
async fn all<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<(Pin<Box<_>>, Option<T>)> =
        futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|cx| {
        let mut pending = false;
        for (future, output) in running.iter_mut().filter(|(_, output)| output.is_none()) {
            match future.as_mut().poll(cx) {
                Poll::Ready(done) => *output = Some(done),
                Poll::Pending => pending = true,
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}

/// What an inbox gives, for short.
type DeliveredTo<I> = crate::Delivered<Note, <I as Inbox>::Reply>;

/// Waits for the next event of an inbox.
async fn next<H: Harness, I: Inbox<Message = Note>>(harness: &H, inbox: &mut I) -> Option<DeliveredTo<I>> {
    within(harness, "an event of the inbox", inbox.next()).await
}

/// Waits for a one-way message.
async fn next_note<H: Harness, I: Inbox<Message = Note>>(harness: &H, inbox: &mut I) -> Note {
    match next(harness, inbox).await {
        Some(crate::Delivered::Message(note)) => note,
        other => panic!("a message was expected, not {other:?}"),
    }
}

/// Waits for a call.
async fn next_call<H: Harness, I: Inbox<Message = Note>>(harness: &H, inbox: &mut I) -> (Note, I::Reply) {
    match next(harness, inbox).await {
        Some(crate::Delivered::Call { message, reply }) => (message, reply),
        other => panic!("a call was expected, not {other:?}"),
    }
}
