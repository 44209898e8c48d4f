//! A snapshot with the events after it is the snapshot of later, whatever happens in between; and every kind of event is
//! needed for that.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rapport_core::directory::{Card, PersonPatch};
use rapport_testkit::chance::Chance;
use rapport_testkit::client::bodies;
use serde_json::{Value, json};

use crate::world::{Browser, Socket, World, apply, profile, sorted};

/// What says nothing that a snapshot has: the stream itself, what passes, what was said before, and the end.
const NOT_KEPT: [&str; 6] = ["hello", "snapshot", "levels", "typing", "historyMore", "signedOut"];

/// Every kind of event that is described.
fn described() -> BTreeSet<String> {
    let description: Value = serde_json::from_str(&rapport_face_api::asyncapi()).expect("JSON");
    let kinds = description["components"]["schemas"]["Event"]["oneOf"].as_array().expect("kinds").clone();
    let name = |kind: &Value| kind["properties"]["type"]["enum"][0].as_str().map(str::to_owned);
    kinds.iter().map(|kind| name(kind).expect("a name")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_and_the_events_after_it_equal_the_snapshot_of_later() {
    let mut heard = BTreeSet::new();
    // For each kind, in how many lives something else would be shown if its events were left out.
    let mut missed: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 1..=10 {
        let life = Life::led(seed).await;
        for kind in described() {
            let others = life.heard.iter().filter(|event| event["type"] != kind.as_str());
            if sorted(shown(others)) != life.later {
                *missed.entry(kind).or_default() += 1;
            }
        }
        heard.extend(life.heard.iter().filter_map(|event| event["type"].as_str().map(str::to_owned)));
    }
    assert_eq!(heard, described(), "every kind of event that is described comes, and no other");
    let needed: BTreeSet<String> = missed.into_keys().filter(|kind| kind != "snapshot").collect();
    let kept: BTreeSet<String> =
        described().into_iter().filter(|kind| !NOT_KEPT.contains(&kind.as_str())).collect();
    assert_eq!(needed, kept, "each kind that changes a snapshot is needed for it");
}

/// What a client shows after these events.
fn shown<'a>(events: impl Iterator<Item = &'a Value>) -> Value {
    let mut model = json!({
        "me": null, "groups": [], "contacts": [], "presence": [], "incoming": [], "conversations": [], "endpoints": [],
        "settings": {},
    });
    for event in events {
        match event["type"].as_str() {
            Some("hello") => {}
            Some("snapshot") => model = event["snapshot"].clone(),
            _ => apply(&mut model, event),
        }
    }
    unnumbered(model)
}

/// Without the number of the last event, which says nothing of what is shown.
fn unnumbered(mut snapshot: Value) -> Value {
    snapshot["seq"] = Value::Null;
    snapshot
}

/// What happened to Kim.
struct Life {
    heard: Vec<Value>,
    /// The snapshot at the end, in an order of its own.
    later: Value,
}

impl Life {
    async fn led(seed: u64) -> Self {
        let mut world = World::seeded(seed).await;
        let chance = Chance::new(seed);
        let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
        let mut desktop = world.desktop(profile("kim", 9)).await;
        desktop.first_subscriptions().await.expect("subscribed");
        let mut socket = world.socket(&mut kim, None).await;
        socket.next().await;
        socket.next().await;
        let mut of_lee = world.socket(&mut lee, None).await;
        let mut second: Option<Browser> = None;
        let mut ana = world.signed_in("ana").await;
        let mut planner = world.desktop(profile("lee", 8)).await;
        planner.first_subscriptions().await.expect("subscribed");
        let mut plans = 0;
        for step in 0..90u32 {
            let pick = |n: u64| chance.next() % n;
            let who = ["lee@one.example", "ana@one.example"][pick(2) as usize];
            let chosen = ["busy", "away", "automatic", "doNotDisturb", "available"][pick(5) as usize];
            match pick(23) {
                0 => drop(kim.send("PUT", "/me/status", json!({ "chosen": chosen })).await),
                1 => drop(lee.send("PUT", "/me/status", json!({ "chosen": chosen })).await),
                2 => drop(lee.send("PUT", "/me/note", json!({ "text": format!("note {step}") })).await),
                3 => {
                    let body = json!({ "alias": format!("a{step}"), "groups": ["1"] });
                    drop(kim.send("PUT", &format!("/contacts/{who}"), body).await);
                }
                4 => drop(kim.send("DELETE", &format!("/contacts/{who}"), Value::Null).await),
                5 => drop(kim.send("POST", "/groups", json!({ "name": format!("g{}", pick(4)) })).await),
                6 => drop(kim.send("DELETE", &format!("/groups/{}", 2 + pick(4)), Value::Null).await),
                7 => {
                    let body = json!({ "name": format!("h{step}") });
                    drop(kim.send("PATCH", &format!("/groups/{}", 2 + pick(4)), body).await);
                }
                8 => drop(
                    kim.send("PUT", "/groups/order", json!({ "ids": [format!("{}", 1 + pick(4))] })).await,
                ),
                9 => {
                    let adder = if pick(2) == 0 { &mut lee } else { &mut ana };
                    drop(adder.send("PUT", "/contacts/kim@one.example", json!({})).await);
                }
                10 => drop(lee.send("DELETE", "/contacts/kim@one.example", Value::Null).await),
                11 => drop(kim.send("POST", "/adders/lee@one.example/allow", json!({})).await),
                12 => {
                    let level = ["team", "blocked", "company"][pick(3) as usize];
                    let (by, of) = match pick(4) {
                        0 => (&mut kim, "lee@one.example"),
                        _ => (&mut lee, "kim@one.example"),
                    };
                    drop(by.send("PUT", &format!("/people/{of}/access"), json!({ "level": level })).await);
                }
                13 => write(&mut kim, who, step).await,
                14 => write(&mut lee, "kim@one.example", step).await,
                15 => {
                    let verb = ["open", "decline", "typing"][pick(3) as usize];
                    in_conversations(&mut kim, verb).await;
                    in_conversations(&mut lee, ["open", "typing", "leave"][pick(3) as usize]).await;
                }
                16 if pick(4) == 0 => {
                    let which = ["", "?with=lee@one.example"][pick(2) as usize];
                    drop(kim.send("DELETE", &format!("/history{which}"), Value::Null).await);
                }
                16 => in_conversations(&mut kim, ["leave", "open"][pick(2) as usize]).await,
                17 => {
                    let delta = 1000 + step;
                    let request =
                        desktop.change_contacts(bodies::set_contact("ana@one.example", "Ana", "1", delta));
                    desktop.answer(request).await.expect("answered");
                }
                18 => {
                    let body = json!({ "isFavourite": pick(2) == 0 });
                    drop(kim.send("PUT", &format!("/contacts/{who}/favourite"), body).await);
                }
                19 => {
                    let theme = ["dark", "light"][pick(2) as usize];
                    let body = json!({ "theme": theme, "sounds": pick(2) == 0 });
                    drop(kim.send("PUT", "/settings", body).await);
                }
                20 => {
                    // A second browser of Kim's comes, writes, or goes.
                    match second.take() {
                        Some(mut there) if pick(2) == 0 => {
                            write(&mut there, who, 1000 + step).await;
                            second = Some(there);
                        }
                        Some(mut there) => drop(there.send("DELETE", "/session", Value::Null).await),
                        None => second = Some(another(&world).await),
                    }
                }
                21 => {
                    // What Lee's calendar has planned, as another program of Lee's says it.
                    let slots = ["2220", "2222221000", "0000", "1330"][pick(4) as usize];
                    let (eight, epid) = ("2026-01-05T08:00:00Z", planner.profile().epid.clone());
                    let batch = bodies::Batch::new("sip:lee@one.example")
                        .with_machine_state(&epid, 3500, plans)
                        .with_meeting(&epid, eight, plans)
                        .with_free_busy(&epid, eight, slots, plans);
                    let request = planner.publish(batch.finish());
                    planner.success(request).await.expect("published");
                    plans += 1;
                }
                _ => {
                    let name = ["lee", "ana", "kim"][pick(3) as usize];
                    let card = Card { display_name: format!("{name} {step}"), ..Card::default() };
                    let patch = PersonPatch { card: Some(card), ..PersonPatch::default() };
                    let renamed = world.user(name).await;
                    world.services.people.set(&world.scope, renamed, patch).await.expect("set");
                }
            }
            see(&mut socket, &chance).await;
            while of_lee.come().await {}
        }
        if seed.is_multiple_of(3) {
            // Of somebody who is no contact and talked with no more nothing is to be seen.
            in_conversations(&mut kim, "leave").await;
            drop(kim.send("DELETE", "/contacts/ana@one.example", Value::Null).await);
        }
        // In an open conversation nothing but the message itself says that it has arrived.
        write(&mut kim, "lee@one.example", 90).await;
        in_conversations(&mut lee, "open").await;
        write(&mut kim, "lee@one.example", 91).await;
        let life = Self::at_rest(seed, kim, socket).await;
        let person = world.services.people.person(&world.scope, world.user("kim").await).await;
        let name = person.expect("read").card.display_name;
        assert_eq!(life.later["me"]["displayName"], name.as_str(), "seed {seed}: what is shown is so");
        life
    }

    /// Waits until nothing comes any more, sees that what was told is what there is, and ends the session.
    async fn at_rest(seed: u64, mut kim: Browser, mut socket: Socket) -> Self {
        let later = loop {
            tokio::time::sleep(Duration::from_secs(3)).await;
            let later = kim.done("GET", "/snapshot", Value::Null).await;
            let wanted = later["seq"].as_u64().expect("a number");
            while socket.seq < wanted {
                socket.next().await;
            }
            let again = kim.done("GET", "/snapshot", Value::Null).await;
            if again["seq"] == later["seq"] {
                break again;
            }
        };
        assert_eq!(sorted(socket.model.clone()), sorted(later.clone()), "seed {seed}");
        let later = sorted(unnumbered(later));
        assert_eq!(sorted(shown(socket.heard.iter())), later, "seed {seed}");
        let mut heard = socket.heard.clone();
        kim.done("DELETE", "/session", Value::Null).await;
        heard.push(socket.until("signedOut", |_| true).await);
        Self { heard, later }
    }
}

/// Signs a second browser in and lets it be used.
async fn another(world: &World) -> Browser {
    let mut browser = world.signed_in("kim").await;
    browser.done("GET", "/snapshot", Value::Null).await;
    browser
}

async fn write(browser: &mut Browser, with: &str, step: u32) {
    let (status, begun) = browser.send("POST", "/conversations", json!({ "person": with })).await;
    if let (200, Some(id)) = (status, begun["id"].as_str()) {
        let body = json!({ "clientId": format!("c{step}"), "text": "hello" });
        browser.send("POST", &format!("/conversations/{id}/messages"), body).await;
    }
}

/// Does something in every conversation that there is.
async fn in_conversations(browser: &mut Browser, verb: &str) {
    let snapshot = browser.done("GET", "/snapshot", Value::Null).await;
    for conversation in snapshot["conversations"].as_array().into_iter().flatten() {
        let path = format!("/conversations/{}", conversation["id"].as_str().unwrap_or_default());
        let (method, path, body) = match verb {
            "leave" => ("DELETE", path, Value::Null),
            "typing" => ("POST", format!("{path}/typing"), json!({ "typing": true })),
            verb => ("POST", format!("{path}/{verb}"), Value::Null),
        };
        browser.send(method, &path, body).await;
    }
}

/// Takes in what has come; now and then the person reads on, or leaves the tab alone.
async fn see(socket: &mut Socket, chance: &Chance) {
    while socket.come().await {}
    match chance.next() % 8 {
        0 => socket.say(r#"{"type":"activity","active":false}"#).await,
        1 => socket.say(r#"{"type":"activity","active":true}"#).await,
        2 => {
            let conversations = socket.model["conversations"].as_array().cloned().unwrap_or_default();
            for conversation in conversations {
                let message = conversation["lastMessage"]["id"].as_str().unwrap_or_default();
                let seen = json!({ "type": "seen", "conversation": conversation["id"], "message": message });
                socket.say(&seen.to_string()).await;
            }
        }
        _ => {}
    }
}
