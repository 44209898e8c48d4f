//! People whose names have what the grammars of SIP, XML and HTML give a meaning to.

use real_clients::Server;

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
