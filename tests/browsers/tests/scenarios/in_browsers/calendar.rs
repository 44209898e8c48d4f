//! Until when people are in a meeting: what a desktop client publishes of its person's calendar, as the browser shows it.

use rapport_browsers::{Chromium, css, label, named, role};
use real_clients::{Client, Exchange, Server};
use serde_json::json;

#[test]
fn a_meeting_in_the_calendar_of_a_desktop_client_is_shown_with_its_end() {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let exchange = Exchange::start();
    let ends = exchange.plan_meeting();
    let mut bob = Client::start("bob-pc");
    bob.sign_in_with(&server.account("bob"), json!({ "dont_publish": false })).expect("he signs in");
    // At sign-in SIPE takes no URL without TLS; where it asks for the calendar it takes any.
    bob.run("set_option", json!({ "name": "email_url", "value": exchange.url() }));
    let chromium = Chromium::start();
    let (alice, carol) = (chromium.sign_in(&server, "alice"), chromium.sign_in(&server, "carol"));
    for page in [&alice, &carol] {
        page.add("Bob Example");
        page.sees("Bob Example", "Available");
    }
    // Bob shows Carol that he is there, and no more.
    let bobs = chromium.sign_in(&server, "bob");
    bobs.add("Carol Example");
    bobs.open_card("Carol Example");
    bobs.select(label("Level of Access"), "public");
    bobs.see(css("[role=dialog]").having("May see: name, availability and contact card"));

    let republish = json!({ "label": "Republish Calendar" });
    bob.run("action", republish.clone());
    bob.wait_answered("in-a-meeting");
    // By the page's clock, however its language writes hours; a meeting may end after midnight.
    let clock = |part: &str| {
        let script = format!("String(new Date({ends} * 1000).get{part}()).padStart(2, \"0\")");
        alice.evaluate(&script).as_str().expect("digits").to_owned()
    };
    let (hours, minutes) = (clock("Hours"), clock("Minutes"));
    let twelve = (hours.parse::<u32>().expect("a number") + 11) % 12 + 1;
    let until = format!("In a meeting until (tomorrow )?({hours}|{twelve}):{minutes}");
    alice.sees_like("Bob Example", &format!("Busy, {until}"));
    alice.open_card("Bob Example");
    alice.see(css("[role=dialog]").having("In a meeting until"));
    alice.close_card();
    alice.find("Bob");
    alice.see(named("button", &format!("^Bob Example, {until}")).inside(css("[data-found]")));

    carol.sees_like("Bob Example", "Busy$");
    carol.open_card("Bob Example");
    let card = || role("dialog", "Card of Bob Example");
    carol.see(card().having("Busy"));
    assert_eq!(carol.count(card().having("until")), 0, "the end isn't shown at that level");
    // What lies under a card is nothing to whoever listens.
    carol.close_card();

    exchange.cancel_meeting();
    bob.run("action", republish);
    alice.finds("Bob Example", "Available");
    carol.sees_like("Bob Example", "Available");
}
