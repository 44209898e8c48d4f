//! The queue between the messages on their way and the task that stores them: bounded, and nobody waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rapport_model::{Timestamp, UserId};
use tokio::sync::{Mutex, mpsc, oneshot};

/// Messages that wait to be stored.
const LENGTH: usize = 8192;
/// Octets of them.
const OCTETS: usize = 16 * 1024 * 1024;
/// Octets of a message that is kept; a longer one has no history.
pub(super) const LONGEST: usize = 64 * 1024;
/// How long a reader waits for what was said before.
const PATIENCE: Duration = Duration::from_secs(2);

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It reached the other.
    Sent,
    /// It didn't.
    Failed,
}

/// A message that was said; all of its text is one allocation.
pub(super) struct Said {
    pub(super) from: UserId,
    /// Whom it reached, or was for; none where only the address is known.
    pub(super) to: Option<UserId>,
    pub(super) at: Timestamp,
    pub(super) outcome: Outcome,
    text: Box<[u8]>,
    address: u16,
    content_type: u16,
}

impl Said {
    /// The address that it was for, where that is all that is known of the other.
    pub(super) fn address(&self) -> &str {
        str::from_utf8(self.text.get(..self.address.into()).unwrap_or_default()).unwrap_or_default()
    }

    pub(super) fn content_type(&self) -> &str {
        let (from, length) = (usize::from(self.address), usize::from(self.content_type));
        str::from_utf8(self.text.get(from..from + length).unwrap_or_default()).unwrap_or_default()
    }

    pub(super) fn body(&self) -> &[u8] {
        let from = usize::from(self.address) + usize::from(self.content_type);
        self.text.get(from..).unwrap_or_default()
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
        Self(Arc::new(Inner { sender, receiver: Mutex::new(receiver), octets: AtomicUsize::new(0) }))
    }

    /// Takes a message down for both histories. Where there is no room it has none, and is counted.
    #[expect(clippy::too_many_arguments, reason = "a message has as many parts, and no struct saves one")]
    pub(crate) fn note(
        &self,
        from: UserId,
        to: Option<UserId>,
        address: &str,
        at: Timestamp,
        outcome: Outcome,
        content_type: &str,
        body: &[u8],
    ) {
        let lengths = u16::try_from(address.len()).ok().zip(u16::try_from(content_type.len()).ok());
        let size = address.len() + content_type.len() + body.len();
        let Some((address_length, type_length)) = lengths.filter(|_| size <= LONGEST) else {
            return count_lost("length", 1);
        };
        let Ok(place) = self.0.sender.try_reserve() else { return count_lost("queue", 1) };
        if self.0.octets.fetch_add(size, Ordering::Relaxed) + size > OCTETS {
            self.0.octets.fetch_sub(size, Ordering::Relaxed);
            return count_lost("queue", 1);
        }
        let mut text = Vec::with_capacity(size);
        text.extend_from_slice(address.as_bytes());
        text.extend_from_slice(content_type.as_bytes());
        text.extend_from_slice(body);
        let text = text.into_boxed_slice();
        let (address, content_type) = (address_length, type_length);
        place.send(Queued::Said(Said { from, to, at, outcome, text, address, content_type }));
    }

    /// Waits until what was taken down before is stored, or for a short while.
    pub(super) async fn settle(&self) {
        let (done, stored) = oneshot::channel();
        if self.0.sender.try_send(Queued::Settle(done)).is_ok() {
            let _ = tokio::time::timeout(PATIENCE, stored).await;
        }
    }

    /// Gives what is in the queue to whoever stores it; there is one at a time.
    pub(super) async fn queue(&self) -> tokio::sync::MutexGuard<'_, mpsc::Receiver<Queued>> {
        self.0.receiver.lock().await
    }

    /// Makes room for others: these are being stored.
    pub(super) fn taken(&self, said: &Said) {
        self.0.octets.fetch_sub(said.text.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::TenantId;

    use super::*;

    const ANA: UserId = UserId { tenant: TenantId(1), user: 7 };

    fn say(recorder: &Recorder, body: &[u8]) {
        recorder.note(ANA, None, "kim@x", Timestamp(1), Outcome::Sent, "text/plain", body);
    }

    fn waiting(recorder: &Recorder) -> Vec<Queued> {
        let mut queue = recorder.0.receiver.try_lock().expect("nobody else");
        std::iter::from_fn(|| queue.try_recv().ok()).collect()
    }

    #[test]
    fn what_was_said_comes_out_as_it_went_in() {
        let recorder = Recorder::new();
        say(&recorder, b"hello");
        let [Queued::Said(said)] = &waiting(&recorder)[..] else { panic!("one message") };
        assert_eq!(
            (said.address(), said.content_type(), said.body()),
            ("kim@x", "text/plain", &b"hello"[..])
        );
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
        say(&Recorder::new(), &vec![b'x'; LONGEST]);
        let recorder = Recorder::new();
        say(&recorder, &vec![b'x'; LONGEST - 14]);
        assert_eq!(waiting(&recorder).len(), 0, "it is too long");
    }
}
