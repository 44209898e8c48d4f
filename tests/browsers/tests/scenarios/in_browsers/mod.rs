//! The scenarios, by what they are about.

mod accessible;
mod calendar;
mod contacts;
mod history;
mod hostile;
mod journeys;
mod losses;
mod messages;
mod people;
mod presence;
mod sessions;
mod several;
mod speed;
mod tenants;

use rapport_browsers::{Chromium, Page};
use real_clients::{Client, Server};

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
const CAROL: &str = "carol@example.com";

/// Alice in a browser and Bob at a desktop client, each on the other's contact list.
struct Pair {
    // The browsers end first: a page without its server has something to complain about.
    alice: Page,
    chromium: Chromium,
    bob: Client,
    server: Server,
}

impl Pair {
    fn who_know_each_other() -> Self {
        let server = Server::with_people(&["alice", "bob", "carol"]);
        let mut bob = server.connect("bob");
        bob.add(ALICE, "Colleagues");
        let chromium = Chromium::start();
        let alice = chromium.sign_in(&server, "alice");
        alice.add("Bob Example");
        alice.sees("Bob Example", "Available");
        bob.wait_status(ALICE, "available");
        Self { alice, chromium, bob, server }
    }
}
