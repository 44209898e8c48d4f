//! Whether a reader's time grows with what it reads, or with its square.

use std::hint::black_box;
use std::time::Duration;

/// Octets of the whole.
const WHOLE: usize = 128 * 1024;

/// What this thread has run for: a busy machine stops the clock.
fn run_for() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says");
    Duration::from_nanos(told.split(' ').next().and_then(|ns| ns.parse().ok()).expect("a number"))
}

/// The shortest time of three in which something is done so many times over.
fn time_of(times: usize, work: impl Fn()) -> Duration {
    let once = || {
        let start = run_for();
        (0..times).for_each(|_| work());
        run_for() - start
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

/// Sees that a text of many such pieces is read in about the time in which its sixteen parts are. Were it looked at again
/// from each place, the whole would take sixteen times as long.
pub(crate) fn check(piece: &str, read: impl Fn(&str)) {
    let text = |octets: usize| piece.repeat(octets / piece.len());
    let (part, whole) = (text(WHOLE / 16), text(WHOLE));
    let parts = time_of(16, || read(black_box(&part)));
    let whole = time_of(1, || read(black_box(&whole)));
    assert!(
        whole < parts * 4 + Duration::from_millis(10),
        "{piece}: {parts:?} by parts, {whole:?} as a whole"
    );
}
