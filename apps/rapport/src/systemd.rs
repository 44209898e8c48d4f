//! What the service manager is told (sd_notify(3)): that the server is ready, reads its files again, ends, and still gets
//! on with its work. Where no service manager asks for it (`NOTIFY_SOCKET`), nothing is said.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Says that the server serves.
pub(crate) fn ready(status: &str) {
    say(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Says that the server reads certificate and log filter again; [`ready`] follows.
pub(crate) fn reloading() {
    let now = NotifyState::monotonic_usec_now().ok();
    let mut states =
        vec![NotifyState::Reloading, NotifyState::Status("reading certificate and log filter again")];
    states.extend(now);
    say(&states);
}

/// Says that the server has begun to end.
pub(crate) fn stopping() {
    say(&[NotifyState::Stopping, NotifyState::Status("closing connections one after the other")]);
}

fn say(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "cannot tell the service manager how the server is");
    }
}

/// Asks a loop of the server to answer, which it can do only while it runs.
#[derive(Clone, Debug)]
pub(crate) struct Pulse(mpsc::Sender<oneshot::Sender<()>>);

/// The end at which a loop answers.
pub(crate) type Beats = mpsc::Receiver<oneshot::Sender<()>>;

/// Makes a pulse and the end at which it is answered.
pub(crate) fn pulse() -> (Pulse, Beats) {
    let (asking, beats) = mpsc::channel(1);
    (Pulse(asking), beats)
}

impl Pulse {
    /// Waits until the loop has answered. False when it is gone.
    async fn beats(&self) -> bool {
        let (answer, heard) = oneshot::channel();
        self.0.send(answer).await.is_ok() && heard.await.is_ok()
    }
}

/// Returns how often the service manager wants to hear from the server, if it does.
pub(crate) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

/// Tells the service manager that the server is alive, for as long as the loop that accepts connections answers and
/// `alive` comes to an end. Both run on the runtime that serves: when it hangs, nothing is told, and the service manager
/// starts the server anew.
pub(crate) async fn keep_watch<A>(within: Duration, pulse: Pulse, alive: impl Fn() -> A)
where
    A: Future<Output = ()>,
{
    watch(within, pulse, alive, || say(&[NotifyState::Watchdog])).await;
}

async fn watch<A>(within: Duration, pulse: Pulse, alive: impl Fn() -> A, mut tell: impl FnMut())
where
    A: Future<Output = ()>,
{
    let every = within / 3;
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let answered = timeout(every, async {
            alive().await;
            pulse.beats().await
        });
        match answered.await {
            Ok(true) => tell(),
            Ok(false) => return,
            Err(_) => {
                tracing::error!(within = ?every, "the server does not answer itself; the service manager is not told that it is alive")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready as now};

    use super::*;

    const WITHIN: Duration = Duration::from_secs(30);

    /// Counts what the service manager hears within ten minutes of virtual time.
    async fn heard<A: Future<Output = ()>>(pulse: Pulse, alive: impl Fn() -> A) -> u32 {
        let told = Cell::new(0);
        let watch = watch(WITHIN, pulse, alive, || told.set(told.get() + 1));
        let _ = timeout(Duration::from_secs(600), watch).await;
        told.get()
    }

    #[tokio::test(start_paused = true)]
    async fn the_service_manager_hears_of_a_server_that_answers_three_times_as_often_as_it_must() {
        let (pulse, mut beats) = pulse();
        let answering = async {
            while let Some(answer) = beats.recv().await {
                let _ = answer.send(());
            }
        };
        let told = tokio::select! {
            told = heard(pulse, || now(())) => told,
            () = answering => 0,
        };
        assert_eq!(told, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_told_while_the_accepting_loop_hangs_or_live_state_is_locked() {
        let (one, _hangs) = pulse();
        assert_eq!(heard(one, || now(())).await, 0, "a loop that never answers");
        let (two, mut beats) = pulse();
        let answering = async {
            while let Some(answer) = beats.recv().await {
                let _ = answer.send(());
            }
        };
        let told = tokio::select! {
            told = heard(two, pending::<()>) => told,
            () = answering => 1,
        };
        assert_eq!(told, 0, "live state that does not answer");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_ends_is_not_watched() {
        let (pulse, beats) = pulse();
        drop(beats);
        assert_eq!(heard(pulse, || now(())).await, 0);
    }
}
