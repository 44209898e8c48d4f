//! A snapshot with the events after it is the snapshot of later, whatever happens in between.

use rapport_testkit::chance::Chance;
use rapport_testkit::client::bodies;
use serde_json::{Value, json};

use crate::world::{World, profile, sorted};

#[tokio::test(start_paused = true)]
async fn a_snapshot_and_the_events_after_it_equal_the_snapshot_of_later() {
    for seed in 1..=6 {
        play(seed).await;
    }
}

async fn play(seed: u64) {
    let mut world = World::seeded(seed).await;
    let chance = Chance::new(seed);
    let pick = |n: u64| chance.next() % n;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let mut desktop = world.desktop(profile("kim", 9)).await;
    desktop.first_subscriptions().await.expect("subscribed");
    let mut socket = world.socket(&mut kim, None).await;
    socket.next().await;
    socket.next().await;
    let _of_lee = world.socket(&mut lee, None).await;
    let mut conversation = None;
    for step in 0..60u32 {
        let who = ["lee@one.example", "ana@one.example"][pick(2) as usize];
        let chosen = ["busy", "away", "automatic", "doNotDisturb", "available"][pick(5) as usize];
        match pick(14) {
            0 => drop(kim.send("PUT", "/me/status", json!({ "chosen": chosen })).await),
            1 => drop(lee.send("PUT", "/me/status", json!({ "chosen": chosen })).await),
            2 => drop(lee.send("PUT", "/me/note", json!({ "text": format!("note {step}") })).await),
            3 => drop(
                kim.send("PUT", &format!("/contacts/{who}"), json!({ "alias": format!("a{step}") })).await,
            ),
            4 => drop(kim.send("DELETE", &format!("/contacts/{who}"), Value::Null).await),
            5 => drop(kim.send("POST", "/groups", json!({ "name": format!("g{}", pick(4)) })).await),
            6 => drop(kim.send("DELETE", &format!("/groups/{}", 2 + pick(4)), Value::Null).await),
            7 => drop(lee.send("PUT", "/contacts/kim@one.example", json!({})).await),
            8 => drop(kim.send("POST", "/adders/lee@one.example/allow", json!({})).await),
            9 => {
                let level = ["team", "blocked", "company"][pick(3) as usize];
                drop(lee.send("PUT", "/people/kim@one.example/access", json!({ "level": level })).await);
            }
            10 => {
                let (_, begun) = kim.send("POST", "/conversations", json!({ "person": who })).await;
                conversation = begun["id"].as_str().map(str::to_owned);
            }
            11 => {
                if let Some(id) = &conversation {
                    let body = json!({ "clientId": format!("c{step}"), "text": "hello" });
                    kim.send("POST", &format!("/conversations/{id}/messages"), body).await;
                }
            }
            12 => {
                let delta = 1000 + step;
                let request =
                    desktop.change_contacts(bodies::set_contact("ana@one.example", "Ana", "1", delta));
                desktop.answer(request).await.expect("answered");
            }
            _ => {
                let body = json!({ "isFavourite": pick(2) == 0 });
                drop(kim.send("PUT", &format!("/contacts/{who}/favourite"), body).await);
            }
        }
    }
    // Until nothing comes any more, what was told is taken in.
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let later = kim.done("GET", "/snapshot", Value::Null).await;
        let wanted = later["seq"].as_u64().expect("a number");
        while socket.seq < wanted {
            socket.next().await;
        }
        let again = kim.done("GET", "/snapshot", Value::Null).await;
        if again["seq"] == later["seq"] {
            assert_eq!(sorted(socket.model.clone()), sorted(again), "seed {seed}");
            return;
        }
    }
}
