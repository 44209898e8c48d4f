//! People whose names have what the grammars of SIP, XML and HTML give a meaning to.

use real_clients::{Client, Server};

use crate::{ALICE, BOB};

const NAME: &str = "Zoë \"the\" <b>&amp;</b> ;tag=9 שלום 🎉 <sip:alice@example.com>";
const NOTE: &str = "\"back\" <soon> & well; שלום 🎉";

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
