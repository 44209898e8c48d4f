//! How soon something is on screen after Pidgin's message has left: painted, not only received. Measured by one clock, as
//! everything is on one machine.

use real_clients::{Client, Event};

use super::{ALICE, Pair};

const TIMES: usize = 20;

/// A debug build beside other tests may take so many times as long as is meant, which a release alone is held to by hand.
const LENIENCE: f64 = 3.0;

/// When a message left the desktop client, in milliseconds since 1970.
fn left(bob: &Client, mark: usize, what: &str, is_it: impl Fn(&str) -> bool) -> f64 {
    let sent = bob.wait_after(mark, what, |e: &Event| {
        e.name() == "sip" && e.str("dir") == "out" && is_it(e.str("text"))
    });
    sent.get("t").and_then(serde_json::Value::as_f64).expect("the driver says when") * 1000.0
}

/// Prints what was measured, and holds the slowest but one of twenty to three times what is meant, in milliseconds.
#[track_caller]
fn within_thrice(meant: f64, what: &str, mut taken: Vec<f64>) {
    taken.sort_by(f64::total_cmp);
    let (half, slow, slowest) = (taken[TIMES / 2 - 1], taken[TIMES * 95 / 100 - 1], taken[TIMES - 1]);
    eprintln!("{what}: p50 {half:.0} ms, p95 {slow:.0} ms, max {slowest:.0} ms");
    assert!(
        slow <= meant * LENIENCE,
        "{what}: p95 {slow:.0} ms, {meant} ms are meant, and {LENIENCE} times as many allowed"
    );
    assert!(taken[0] > 0.0, "{what}: seen {:.0} ms before it was sent", -taken[0]);
}

/// 100 ms are meant.
#[test]
fn a_message_of_the_desktop_is_on_screen_within_300_ms() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    alice.talk_to("Bob Example");
    alice.say("hello");
    bob.hear(ALICE, "hello");
    let mut taken = Vec::new();
    for n in 0..TIMES {
        let words = format!("message {n:02} of them");
        alice.watch("[role=log] div[title]", &words);
        let mark = bob.mark();
        bob.say(ALICE, &words);
        let sent =
            left(bob, mark, "the message", |text| text.starts_with("MESSAGE ") && text.contains(&words));
        taken.push(alice.watched() - sent);
    }
    within_thrice(100.0, "a message on screen", taken);
}

/// 300 ms are meant.
#[test]
fn a_state_of_the_desktop_is_on_screen_within_900_ms() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    let mut taken = Vec::new();
    for n in 0..TIMES {
        let (state, words) = [("busy", "Busy"), ("available", "Available")][n % 2];
        alice.watch("[role=treeitem]", words);
        let mark = bob.mark();
        bob.set_status(state, "");
        let sent = left(bob, mark, "the publication", |text| {
            text.starts_with("SERVICE ") && text.contains("categoryName=\"state\"")
        });
        taken.push(alice.watched() - sent);
    }
    within_thrice(300.0, "a state on screen", taken);
}
