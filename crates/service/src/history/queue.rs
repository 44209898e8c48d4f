//! The queue between the messages on their way and the task that stores them: bounded, and nobody waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rapport_model::{MessageId, Timestamp, UserId};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::ids::Ids;
use super::repeats::Repeats;

/// Messages that wait to be stored.
const LENGTH: usize = 8192;
/// Octets of them.
const OCTETS: usize = 16 * 1024 * 1024;
/// Octets of the body of a message that is kept: of every one that a face takes unless it is told to take longer ones,
/// which have no history.
pub(super) const LONGEST: usize = 256 * 1024;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It reached the other.
    Sent,
    /// It didn't; with this status it was refused.
    Failed(u16),
}

/// A message that was said, as it is taken down.
#[derive(Clone, Copy)]
pub(crate) struct Telling<'a> {
    pub(crate) from: UserId,
    /// Whom it reached, or was for; none where only the address is known.
    pub(crate) to: Option<UserId>,
    /// The address that it was for, where that is all that is known of the other.
    pub(crate) address: &'a str,
    pub(crate) id: MessageId,
    pub(crate) outcome: Outcome,
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
    /// What its sender's browser knows it by.
    pub(crate) client_id: &'a str,
    /// The form that its sender gave it, as HTML, where the other took none.
    pub(crate) html: &'a [u8],
}

/// A message that was said; all of its text is one allocation.
pub(super) struct Said {
    pub(super) from: UserId,
    pub(super) to: Option<UserId>,
    pub(super) id: MessageId,
    pub(super) outcome: Outcome,
    text: Box<[u8]>,
    /// Where address, type, name and form end in it; the body is the rest.
    ends: [u32; 4],
}

impl Said {
    fn of(telling: &Telling<'_>) -> Self {
        let Telling { from, to, id, outcome, .. } = *telling;
        let mut text = Vec::with_capacity(telling.size());
        let parts = [
            telling.address.as_bytes(),
            telling.content_type.as_bytes(),
            telling.client_id.as_bytes(),
            telling.html,
        ];
        let ends = parts.map(|part| {
            text.extend_from_slice(part);
            // Each is a line of a message at most, or a form that a browser sends.
            u32::try_from(text.len()).unwrap_or(u32::MAX)
        });
        text.extend_from_slice(telling.body);
        Self { from, to, id, outcome, text: text.into_boxed_slice(), ends }
    }

    fn part(&self, from: u32, to: u32) -> &[u8] {
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }

    fn text(&self, from: u32, to: u32) -> &str {
        str::from_utf8(self.part(from, to)).unwrap_or_default()
    }

    /// The address that it was for, where that is all that is known of the other.
    pub(super) fn address(&self) -> &str {
        self.text(0, self.ends[0])
    }

    pub(super) fn content_type(&self) -> &str {
        self.text(self.ends[0], self.ends[1])
    }

    pub(super) fn client_id(&self) -> &str {
        self.text(self.ends[1], self.ends[2])
    }

    /// The form that its sender gave it and the other didn't take; empty for none.
    pub(super) fn html(&self) -> &[u8] {
        self.part(self.ends[2], self.ends[3])
    }

    pub(super) fn body(&self) -> &[u8] {
        self.text.get(self.ends[3] as usize..).unwrap_or_default()
    }

    /// Octets that it takes.
    pub(super) const fn size(&self) -> usize {
        self.text.len()
    }
}

impl Telling<'_> {
    const fn size(&self) -> usize {
        self.address.len()
            + self.content_type.len()
            + self.client_id.len()
            + self.html.len()
            + self.body.len()
    }
}

/// What comes out of the queue.
pub(super) enum Queued {
    Said(Said),
    /// Somebody waits until what came before is stored.
    Settle(oneshot::Sender<()>),
}

/// Takes messages down.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Inner>);

struct Inner {
    sender: mpsc::Sender<Queued>,
    receiver: Mutex<mpsc::Receiver<Queued>>,
    octets: AtomicUsize,
    ids: Ids,
    repeats: Repeats,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorder")
    }
}

/// Counts messages that have no history.
pub(super) fn count_lost(reason: &'static str, messages: usize) {
    metrics::counter!("rapport_history_lost_total", "reason" => reason).increment(messages as u64);
}

impl Recorder {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(LENGTH);
        let (receiver, octets) = (Mutex::new(receiver), AtomicUsize::new(0));
        Self(Arc::new(Inner { sender, receiver, octets, ids: Ids::default(), repeats: Repeats::default() }))
    }

    /// Names a message that is said now.
    pub(crate) fn name(&self, now: Timestamp, chance: u64) -> MessageId {
        self.0.ids.next(now, chance)
    }

    /// Names a message that a program says in a conversation now: as it was called in the conversation's invitation, where
    /// it was there already.
    pub(crate) fn name_again(&self, from: UserId, call_id: &str, now: Timestamp, chance: u64) -> MessageId {
        self.0.repeats.take(from, call_id, now).unwrap_or_else(|| self.name(now, chance))
    }

    /// Remembers what was said in an invitation and will be said again in its conversation.
    pub(crate) fn expect_again(&self, from: UserId, call_id: &str, id: MessageId, now: Timestamp) {
        self.0.repeats.expect(from, call_id, id, now);
    }

    /// Takes a message down for both histories. Where there is no room it has none, and is counted.
    pub(crate) fn note(&self, telling: &Telling<'_>) {
        let size = telling.size();
        if telling.body.len() > LONGEST {
            return count_lost("length", 1);
        }
        let Ok(place) = self.0.sender.try_reserve() else { return count_lost("queue", 1) };
        if self.0.octets.fetch_add(size, Ordering::Relaxed) + size > OCTETS {
            self.0.octets.fetch_sub(size, Ordering::Relaxed);
            return count_lost("queue", 1);
        }
        place.send(Queued::Said(Said::of(telling)));
    }

    /// Waits until what was taken down before is stored, but no longer than that; says whether it is.
    pub(super) async fn settle(&self, within: Duration) -> bool {
        let (done, stored) = oneshot::channel();
        let settled = async {
            // A queue that is full is being stored.
            self.0.sender.send(Queued::Settle(done)).await.is_ok() && stored.await.is_ok()
        };
        tokio::time::timeout(within, settled).await.unwrap_or(false)
    }

    /// Gives what is in the queue to whoever stores it; there is one at a time.
    pub(super) async fn queue(&self) -> tokio::sync::MutexGuard<'_, mpsc::Receiver<Queued>> {
        self.0.receiver.lock().await
    }

    /// Makes room for others: these are being stored.
    pub(super) fn taken(&self, said: &Said) {
        self.0.octets.fetch_sub(said.size(), Ordering::Relaxed);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rapport_model::TenantId;

    use super::*;

    const ANA: UserId = UserId { tenant: TenantId(1), user: 7 };

    const HELLO: Telling<'_> = Telling {
        from: ANA,
        to: None,
        address: "kim@x",
        id: MessageId(1),
        outcome: Outcome::Sent,
        content_type: "text/plain",
        body: b"hello",
        client_id: "c1",
        html: b"<b>hello</b>",
    };

    pub(in crate::history) fn say(recorder: &Recorder, body: &[u8]) {
        recorder.note(&Telling { body, client_id: "", html: b"", ..HELLO });
    }

    fn waiting(recorder: &Recorder) -> Vec<Queued> {
        let mut queue = recorder.0.receiver.try_lock().expect("nobody else");
        std::iter::from_fn(|| queue.try_recv().ok()).collect()
    }

    #[test]
    fn what_was_said_comes_out_as_it_went_in() {
        let recorder = Recorder::new();
        recorder.note(&HELLO);
        let [Queued::Said(said)] = &waiting(&recorder)[..] else { panic!("one message") };
        assert_eq!(
            (said.address(), said.content_type(), said.body()),
            ("kim@x", "text/plain", &b"hello"[..])
        );
        assert_eq!((said.client_id(), said.html()), ("c1", &b"<b>hello</b>"[..]));
        recorder.taken(said);
        assert_eq!(recorder.0.octets.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn the_queue_has_a_bound_in_messages_and_in_octets() {
        let recorder = Recorder::new();
        for _ in 0..LENGTH + 10 {
            say(&recorder, b"hello");
        }
        assert_eq!(waiting(&recorder).len(), LENGTH);
        let recorder = Recorder::new();
        let long = vec![b'x'; LONGEST - 15];
        for _ in 0..OCTETS / LONGEST + 10 {
            say(&recorder, &long);
        }
        assert_eq!(waiting(&recorder).len(), OCTETS / LONGEST);
        let recorder = Recorder::new();
        say(&recorder, &vec![b'x'; LONGEST]);
        say(&recorder, &vec![b'x'; LONGEST + 1]);
        assert_eq!(waiting(&recorder).len(), 1, "the other is too long");
    }
}
