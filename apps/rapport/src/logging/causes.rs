//! How much one cause may log: so many entries from one place in the code within one window, and then their number alone.
//!
//! What others do makes the server log; whoever does it a thousand times a second must neither fill the disk nor push
//! everything else out of the log. The windows are the caller's to end, so that nothing here reads a clock.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::callsite::Identifier;
use tracing::{Event, Metadata};
use tracing_subscriber::layer::{Context, Filter};

/// How long a window is.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);

/// The trace of a person, which has bounds of its own (`rapport_service::trace`).
const TRACE: &str = "sip_trace";

/// The bound on every cause, and what was counted in this window.
#[derive(Clone, Debug)]
pub(crate) struct Causes(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Entries of one cause in one window.
    most: AtomicU32,
    /// As many as there are places in the code that log.
    counts: Mutex<HashMap<Identifier, Count>>,
}

#[derive(Debug)]
struct Count {
    at: &'static Metadata<'static>,
    entries: u32,
}

impl Causes {
    pub(super) fn new(most: u32) -> Self {
        Self(Arc::new(Shared { most: AtomicU32::new(most), counts: Mutex::default() }))
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Identifier, Count>> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an entry, and tells whether it is written.
    fn takes(&self, at: &'static Metadata<'static>) -> bool {
        if at.target() == TRACE {
            return true;
        }
        let most = self.0.most.load(Ordering::Relaxed);
        let mut counts = self.counts();
        let count = counts.entry(at.callsite()).or_insert(Count { at, entries: 0 });
        count.entries = count.entries.saturating_add(1);
        count.entries <= most
    }

    /// Ends a window, and logs of every cause how many of its entries were left out.
    pub(crate) fn next_window(&self) {
        let most = self.0.most.load(Ordering::Relaxed);
        let counts = std::mem::take(&mut *self.counts());
        for Count { at, entries } in counts.into_values() {
            let left_out = entries.saturating_sub(most);
            if left_out > 0 {
                metrics::counter!("rapport_log_lines_left_out_total").increment(left_out.into());
                let place = format!("{}:{}", at.file().unwrap_or("?"), at.line().unwrap_or(0));
                tracing::warn!(left_out, cause = at.target(), place, "entries of one cause were too many");
            }
        }
    }
}

impl<S> Filter<S> for Causes {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        self.takes(event.metadata())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::{Layer as _, fmt};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        fn lines(&self, with: &str) -> usize {
            let text = String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("text");
            text.lines().filter(|line| line.contains(with)).count()
        }
    }

    #[test]
    fn one_cause_has_so_many_entries_a_window_and_another_is_not_kept_from_logging() {
        let (written, causes) = (Written::default(), Causes::new(5));
        let out = written.clone();
        let layer = fmt::layer().with_writer(move || out.clone()).with_filter(causes.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let flood = |n| (0..n).for_each(|n| tracing::info!(n, "a flood"));
            flood(1000);
            tracing::info!("an honest line");
            assert_eq!((written.lines("a flood"), written.lines("an honest line")), (5, 1));
            causes.next_window();
            assert_eq!(written.lines("left_out=995"), 1);
            flood(3);
            causes.next_window();
            assert_eq!(written.lines("a flood"), 8, "a new window lets it log again");
            assert_eq!(written.lines("left_out"), 1, "nothing was left out the second time");
            (0..20).for_each(|_| tracing::info!(target: "sip_trace", "traced"));
            assert_eq!(written.lines("traced"), 20, "a trace has its own bounds");
        });
    }
}
