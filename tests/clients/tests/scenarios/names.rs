//! People whose names have what the grammars of SIP, XML and HTML give a meaning to.

use real_clients::{Client, Server};

use crate::{ALICE, BOB};

const NAME: &str = "Zoë \"the\" <b>&amp;</b> ;tag=9 שלום 🎉 <sip:alice@example.com>";
const NOTE: &str = "\"back\" <soon> & well; שלום 🎉";

/// Names and notes in the scripts that people write in, and with what the grammars on the way give a meaning to.
const TEXTS: [(&str, &str); 14] = [
    ("Latin with combining marks", "Ame\u{301}lie Nguye\u{302}\u{303}n"),
    ("Cyrillic", "Ёлка Щукина"),
    ("Greek", "Όλγα Ψαρρού"),
    ("Arabic", "محمد العربي"),
    ("Hebrew with vowels", "שָׁלוֹם לֵוִי"),
    ("both directions", "Anna (אנה) 123 - سلام"),
    ("Devanagari", "क्षितिज श्रीवास्तव"),
    ("Thai", "กิตติ์ ณัฐวุฒิ"),
    ("CJK, beyond 16 bits", "山田 太郎 𠮷野家"),
    ("Hangul, whole and in parts", "김철수 \u{1112}\u{1161}\u{11ab}"),
    ("joined emoji", "👩\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈 👍🏽"),
    ("quotes", "O'Neil \"Max\" ‘a’ „b“"),
    ("ampersands", "R&D &amp; &lt; &#65;"),
    ("angle brackets", "<b>bold</b> </note> ]]> <!-- -->"),
];

#[test]
fn a_name_and_a_note_in_every_script_are_shown_as_they_were_written() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    for (number, (what, text)) in TEXTS.into_iter().enumerate() {
        server.manage(&["user", "set", "example", BOB, "--display-name", text], "");
        // Both states by turns: a client publishes a note with the next change of its state.
        let state = if number % 2 == 0 { "busy" } else { "away" };
        bob.set_status(state, text);
        alice.wait_buddy(BOB, what, |b| b.status == state && b.own_name == text && b.note == text);
    }
}

#[test]
fn a_colleague_with_any_name_is_seen_and_talked_to_and_nobody_is_disconnected() {
    let server = Server::with_people(&["alice", "bob"]);
    server.manage(&["user", "set", "example", BOB, "--display-name", NAME], "");
    let mut alice = server.connect("alice");
    let mut bob = server.connect("bob");
    alice.add(BOB, "Colleagues");
    alice.wait_status(BOB, "available");
    alice.wait_buddy(BOB, "under his name as the directory has it", |b| b.alias == NAME);
    bob.set_status("busy", NOTE);
    alice.wait_buddy(BOB, "busy", |b| b.status == "busy");
    bob.say(ALICE, "from the strange name");
    alice.hear(BOB, "from the strange name");
    // The answers to the invitation have named bob, and his program has kept what they said.
    bob.say(ALICE, "and once more");
    alice.hear(BOB, "and once more");
    alice.say(BOB, "to the strange name");
    bob.hear(ALICE, "to the strange name");
    for (client, who) in [(&alice, "alice"), (&bob, "bob")] {
        assert!(client.seen(|e| e.name() == "disconnected").is_empty(), "{who} was not disconnected");
    }
    let invite = alice.wait_message("bob's invitation", |m| {
        m.is_request("INVITE") && m.header("From").is_some_and(|f| f.contains(BOB))
    });
    let from = invite.header("From").expect("it was asked for");
    assert!(from.contains("‹b›") && from.split('<').count() == 2, "{from}");
}

#[test]
fn people_of_a_domain_with_an_umlaut_see_each_other_and_talk() {
    let server = Server::start();
    server.add_company("mueller", "müller.example");
    let mut clients = ["alice", "bob"].map(|name| {
        server.add_user("mueller", name, "müller.example");
        let mut client = Client::start(&format!("{name}-pc"));
        if let Err(refused) = client.sign_in(&server.account_at(name, "müller.example", "MUELLER")) {
            panic!("{name}: {refused}; the server logged:\n{}", server.logged());
        }
        client
    });
    let [alice, bob] = &mut clients;
    // COMPAT(pidgin-sipe 1.25): it signs in under a domain of any script, but takes a contact in A-labels alone.
    alice.add("bob@xn--mller-kva.example", "Colleagues");
    alice.wait_status("bob@xn--mller-kva.example", "available");
    alice.say("bob@xn--mller-kva.example", "hello");
    bob.hear("alice@xn--mller-kva.example", "hello");
    bob.say("alice@xn--mller-kva.example", "hello yourself");
    alice.hear("bob@xn--mller-kva.example", "hello yourself");
}
