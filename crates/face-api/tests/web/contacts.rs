//! Status, note, groups, contacts, levels of access, who added whom, settings: each told to the other browser of the same
//! person and to desktop clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rapport_core::directory::{Card, PersonPatch};
use rapport_service::clock::Clock as _;
use rapport_store::Store as _;
use rapport_testkit::client::bodies;
use serde_json::{Value, json};

use crate::world::{World, profile};

#[tokio::test(start_paused = true)]
async fn what_is_chosen_is_seen_by_others_and_ends_at_its_time_without_the_browser() {
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let id = world.id("kim").await;
    lee.done("PUT", &format!("/contacts/{id}"), json!({})).await;
    let mut sees = world.socket(&mut lee, None).await;
    let mut own = world.socket(&mut kim, None).await;
    own.next().await;
    own.next().await;
    assert_eq!(
        (&own.model["me"]["chosen"], &own.model["me"]["availability"]),
        (&json!("automatic"), &json!("available"))
    );
    for (chosen, seen) in [
        ("busy", "busy"),
        ("doNotDisturb", "doNotDisturb"),
        ("beRightBack", "beRightBack"),
        ("away", "away"),
        ("appearOffline", "offline"),
        ("available", "available"),
    ] {
        let me = kim.done("PUT", "/me/status", json!({ "chosen": chosen })).await;
        assert_eq!((&me["chosen"], &me["availability"]), (&json!(chosen), &json!(seen)));
        sees.until("presence", |event| event["presence"][0]["availability"] == seen).await;
        own.until("me", |event| event["me"] == me).await;
    }
    let me =
        kim.done("PUT", "/me/status", json!({ "chosen": "busy", "until": "2026-01-05T09:00:00.000Z" })).await;
    assert_eq!((&me["chosenUntil"], &me["until"]), (&json!("2026-01-05T09:00:00.000Z"), &me["chosenUntil"]));
    kim.done("PUT", "/me/note", json!({ "text": "  back <soon> & well " })).await;
    let seen = sees.until("presence", |event| event["presence"][0]["note"] == "back <soon> & well").await;
    assert_eq!(seen["presence"][0]["noteKind"], "personal");
    own.until("me", |event| event["me"]["note"] == "back <soon> & well").await;
    kim.done("DELETE", "/session", Value::Null).await;
    // Somebody else of Kim's is there, so that what Kim chose is still seen.
    let mut again = world.signed_in("kim").await;
    let me = again.done("GET", "/snapshot", Value::Null).await["me"].clone();
    assert_eq!((&me["chosen"], &me["note"]), (&json!("busy"), &json!("back <soon> & well")));
    tokio::time::advance(Duration::from_secs(3605)).await;
    let me = again.done("GET", "/snapshot", Value::Null).await["me"].clone();
    assert_eq!(me["chosen"], "automatic", "{me}");
    again.done("PUT", "/me/note", json!({ "text": "" })).await;
    let me = again.done("PUT", "/me/status", json!({ "chosen": "automatic" })).await;
    assert_eq!((&me["note"], &me["availability"]), (&json!(""), &json!("available")));
}

#[tokio::test(start_paused = true)]
async fn a_desktop_client_and_a_browser_show_each_others_choice() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    let mut desktop = world.desktop(profile("kim", 1)).await;
    desktop.first_subscriptions().await.expect("subscribed");
    let batch = bodies::Batch::new("sip:kim@one.example")
        .with_machine_state(&desktop.profile().epid.clone(), 3500, 0)
        .with_user_state(6500, 0)
        .finish();
    let request = desktop.publish(batch);
    desktop.success(request).await.expect("published");
    let me = socket.until("me", |event| event["me"]["chosen"] == "busy").await;
    assert_eq!(me["me"]["availability"], "busy");
    let listed = socket
        .until("endpoints", |event| event["endpoints"].as_array().is_some_and(|all| all.len() == 2))
        .await;
    let kinds: Vec<&Value> =
        listed["endpoints"].as_array().expect("a list").iter().map(|e| &e["kind"]).collect();
    assert_eq!(kinds, [&json!("web"), &json!("desktop")]);
    browser.done("PUT", "/me/status", json!({ "chosen": "doNotDisturb" })).await;
    let tells = |request: &rapport_sip::Request| {
        String::from_utf8_lossy(&request.body).contains("<availability>9500</availability>")
    };
    desktop.request(rapport_sip::Method::Benotify, tells).await.expect("told");
    // The desktop client is signed out from the browser.
    let id = listed["endpoints"][1]["id"].as_str().expect("an id").to_owned();
    browser.refused("DELETE", "/endpoints/x", Value::Null, 404, "not-found").await;
    browser.done("DELETE", &format!("/endpoints/{id}"), Value::Null).await;
    desktop.closed().await.expect("signed out");
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_is_signed_out_from_another_one_stays_signed_out() {
    let mut world = World::new().await;
    let (mut here, mut lost) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let mut of_lost = world.socket(&mut lost, None).await;
    let mut of_here = world.socket(&mut here, None).await;
    of_here.until("snapshot", |_| true).await;
    let others = of_here.model["endpoints"].as_array().expect("a list").iter();
    let other = others.filter(|one| one["isThis"] != true).map(|one| one["id"].as_str().expect("an id"));
    let [other] = other.collect::<Vec<_>>()[..] else { panic!("there are two") };
    here.done("DELETE", &format!("/endpoints/{other}"), Value::Null).await;
    assert_eq!(of_lost.until("signedOut", |_| true).await["reason"], "ended-by-you");
    lost.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
    let sessions = here.done("GET", "/sessions", Value::Null).await;
    assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(1), "{sessions}");
}

#[tokio::test(start_paused = true)]
async fn a_browser_counts_as_a_machine_and_publishes_no_device() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    let (scope, kim) = (world.scope.clone(), world.user("kim").await);
    let own = world.services.presence.own_document(&scope, kim).await.expect("there");
    let device = rapport_core::presence::CategoryName::device();
    assert!(own.publications.keys().all(|key| key.category != device), "SIPE would wait before it answers");
    let mut other = world.socket(&mut browser, None).await;
    socket.next().await;
    for _ in 0..2 {
        other.next().await;
    }
    socket.say(r#"{"type":"activity","active":false}"#).await;
    other.say(r#"{"type":"activity","active":false}"#).await;
    other.until("me", |event| event["me"]["availability"] == "availableIdle").await;
    let idle = tokio::time::Instant::now();
    other.until("me", |event| event["me"]["availability"] == "away").await;
    assert!(idle.elapsed() >= Duration::from_secs(14 * 60), "{:?}", idle.elapsed());
    other.say(r#"{"type":"activity","active":true}"#).await;
    other.until("me", |event| event["me"]["availability"] == "available").await;
}

#[tokio::test(start_paused = true)]
async fn groups_and_contacts_are_changed_and_told_everywhere() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let mut other = world.signed_in("kim").await;
    let mut socket = world.socket(&mut other, None).await;
    let mut desktop = world.desktop(profile("kim", 1)).await;
    desktop.first_subscriptions().await.expect("subscribed");
    let team = browser.done("POST", "/groups", json!({ "name": "Team" })).await;
    assert_eq!((&team["name"], &team["isFixed"], &team["order"]), (&json!("Team"), &json!(false), &json!(1)));
    assert_eq!(
        browser.done("POST", "/groups", json!({ "name": "Team" })).await,
        team,
        "there is one already"
    );
    let id = team["id"].as_str().expect("an id").to_owned();
    socket.until("groups", |event| event["groups"][1]["name"] == "Team").await;
    let path = format!("/groups/{id}");
    browser.done("PATCH", &path, json!({ "name": "Crew" })).await;
    socket.until("groups", |event| event["groups"][1]["name"] == "Crew").await;
    let ordered = browser.done("PUT", "/groups/order", json!({ "ids": [id, "1"] })).await;
    assert_eq!(ordered["groups"][0]["name"], "Crew");
    socket.until("groups", |event| event["groups"][0]["name"] == "Crew").await;
    browser.refused("PATCH", "/groups/1", json!({ "name": "x" }), 403, "group-is-fixed").await;
    browser.refused("DELETE", "/groups/1", Value::Null, 403, "group-is-fixed").await;
    browser.refused("DELETE", "/groups/9", Value::Null, 404, "unknown-group").await;

    let lee = world.id("lee").await;
    let set = json!({ "groups": [id], "alias": "Pal" });
    let contact = browser.done("PUT", "/contacts/sip:lee@one.example", set).await;
    assert_eq!((&contact["person"]["id"], &contact["alias"]), (&json!(lee), &json!("Pal")));
    socket.until("contactSet", |event| event["contact"] == contact).await;
    socket.until("presence", |event| event["presence"][0]["person"] == lee.as_str()).await;
    let told = |text: &'static str| {
        move |request: &rapport_sip::Request| String::from_utf8_lossy(&request.body).contains(text)
    };
    desktop.request(rapport_sip::Method::Benotify, told("lee@one.example")).await.expect("told");
    let marked =
        browser.done("PUT", &format!("/contacts/{lee}/favourite"), json!({ "isFavourite": true })).await;
    assert_eq!(marked["isFavourite"], true);
    socket.until("contactSet", |event| event["contact"] == marked).await;
    browser.done("DELETE", &path, Value::Null).await;
    socket.until("contactSet", |event| event["contact"]["groups"] == json!(["1"])).await;
    browser.done("DELETE", &format!("/contacts/{lee}"), Value::Null).await;
    socket.until("contactGone", |event| event["person"] == lee.as_str()).await;
    browser.refused("DELETE", &format!("/contacts/{lee}"), Value::Null, 404, "unknown-contact").await;
    let again = browser.done("PUT", &format!("/contacts/{lee}"), json!({})).await;
    assert_eq!(again["isFavourite"], true, "the mark is the person's own");
}

#[tokio::test(start_paused = true)]
async fn a_full_contact_list_says_how_many_it_takes() {
    let world = World::new().await;
    let limits = rapport_model::Limits { contacts: 1, ..rapport_model::Limits::default() };
    let policy = rapport_core::policy::Policy { limits, ..rapport_core::policy::Policy::default() };
    let patch = rapport_core::directory::TenantPatch { policy: Some(policy), ..Default::default() };
    world.services.tenants.set(&world.scope, patch).await.expect("set");
    let mut browser = world.signed_in("kim").await;
    browser.done("PUT", "/contacts/lee@one.example", json!({})).await;
    let full = browser.refused("PUT", "/contacts/ana@one.example", json!({}), 409, "contact-list-full").await;
    assert_eq!(full["limit"], 1);
    let snapshot = browser.done("GET", "/snapshot", Value::Null).await;
    assert_eq!((&snapshot["limits"]["contacts"], &snapshot["limits"]["note"]), (&json!(1), &json!(500)));
}

#[tokio::test(start_paused = true)]
async fn who_adds_somebody_prompts_them_and_is_allowed_or_blocked() {
    let mut world = World::new().await;
    let (mut kim, mut lee, mut ana) =
        (world.signed_in("kim").await, world.signed_in("lee").await, world.signed_in("ana").await);
    let mut socket = world.socket(&mut kim, None).await;
    let (of_kim, of_lee, of_ana) = (world.id("kim").await, world.id("lee").await, world.id("ana").await);
    for adder in [&mut lee, &mut ana] {
        adder.done("PUT", &format!("/contacts/{of_kim}"), json!({})).await;
        socket.until("adder", |_| true).await;
    }
    assert_eq!(socket.model["incoming"].as_array().map(Vec::len), Some(2));
    kim.done("POST", &format!("/adders/{of_lee}/allow"), json!({ "level": "team" })).await;
    socket.until("adderGone", |event| event["person"] == of_lee.as_str()).await;
    let mut seen = world.socket(&mut ana, None).await;
    kim.done("POST", &format!("/adders/{of_ana}/block"), Value::Null).await;
    socket.until("adderGone", |event| event["person"] == of_ana.as_str()).await;
    seen.until("presence", |event| event["presence"][0]["availability"] == "offline").await;
    let access = kim.done("GET", "/access", Value::Null).await;
    let levels: Vec<(&Value, usize)> = access["levels"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|level| (&level["level"], level["people"].as_array().map_or(0, Vec::len)))
        .collect();
    let of = |level: &str| levels.iter().find(|(name, _)| **name == level).map(|(_, count)| *count);
    assert_eq!((of("team"), of("blocked"), of("personal")), (Some(1), Some(1), Some(0)));
}

#[tokio::test(start_paused = true)]
async fn who_has_added_somebody_and_goes_by_another_name_is_told_although_nobody_watches_them() {
    let mut world = World::new().await;
    let (mut kim, mut ana) = (world.signed_in("kim").await, world.signed_in("ana").await);
    let mut socket = world.socket(&mut kim, None).await;
    ana.done("PUT", "/contacts/kim@one.example", json!({})).await;
    let told = socket.until("adder", |_| true).await;
    assert_eq!(told["adder"]["person"]["displayName"], "ANA Berg");
    assert_eq!(socket.model["presence"], json!([]), "Kim doesn't watch Ana");
    let of_ana = world.user("ana").await;
    let card = Card { display_name: "Ana Lindqvist".to_owned(), ..Card::default() };
    let patch = PersonPatch { card: Some(card), ..PersonPatch::default() };
    world.services.people.set(&world.scope, of_ana, patch).await.expect("set");
    let told = socket.until("adder", |event| event["adder"]["person"]["displayName"] == "Ana Lindqvist");
    tokio::time::timeout(Duration::from_secs(31), told).await.expect("within half a minute");
    // It is told once, and before a snapshot that says so.
    let card = Card { display_name: "Ana Berg".to_owned(), ..Card::default() };
    let patch = PersonPatch { card: Some(card), ..PersonPatch::default() };
    world.services.people.set(&world.scope, of_ana, patch).await.expect("set");
    let snapshot = kim.done("GET", "/snapshot", Value::Null).await;
    assert_eq!(snapshot["incoming"][0]["person"]["displayName"], "Ana Berg");
    while socket.seq < snapshot["seq"].as_u64().expect("a number") {
        socket.next().await;
    }
    assert_eq!(socket.model["incoming"], snapshot["incoming"]);
    assert_eq!(socket.heard.iter().filter(|event| event["type"] == "adder").count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_level_of_access_shows_what_it_shows_and_its_preview_says_so() {
    let world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (of_kim, of_lee) = (world.id("kim").await, world.id("lee").await);
    kim.done("PUT", "/me/note", json!({ "text": "at sea" })).await;
    kim.done("PUT", "/me/status", json!({ "chosen": "busy" })).await;
    let path = format!("/people/{of_lee}/access");
    let directory = json!({
        "mail": "kim@mail.example", "manager": "ana", "webPage": "https://kim.example/",
        "company": "Berg", "department": "Bolts", "office": "B 12"
    });
    let (status, _) = world.manage("PATCH", "/v1/tenants/one/users/kim@one.example", directory).await;
    assert_eq!(status, 200);
    let before = kim.done("GET", &path, Value::Null).await;
    assert_eq!((&before["level"], &before["isExplicit"]), (&json!("company"), &json!(false)));
    let all = "name mail availability activity note contactCard phones";
    for (level, availability, note, phones, sees) in [
        ("personal", "busy", json!("at sea"), 2, all),
        ("team", "busy", json!("at sea"), 1, all),
        ("public", "busy", Value::Null, 0, "name mail availability contactCard"),
        ("blocked", "offline", Value::Null, 0, "name mail"),
        ("company", "busy", json!("at sea"), 1, all),
    ] {
        let access = kim.done("PUT", &path, json!({ "level": level })).await;
        assert_eq!(
            (&access["level"], &access["isExplicit"]),
            (&json!(level), &json!(level != "company")),
            "{access}"
        );
        assert_eq!(access["preview"]["presence"]["availability"], availability, "{level}");
        let card = lee.done("GET", &format!("/people/{of_kim}"), Value::Null).await;
        let seen = lee.done("GET", &format!("/people/{of_kim}/presence"), Value::Null).await;
        assert_eq!((&seen["availability"], &seen["note"]), (&json!(availability), &note), "{level}");
        assert_eq!(card["phones"].as_array().map(Vec::len), Some(phones), "{level}: {card}");
        assert_eq!(access["preview"]["phones"], card["phones"], "what is shown is what is seen");
        let is_blocked = level == "blocked";
        assert_eq!(card["displayName"], "KIM Berg");
        assert_eq!(card["title"] == "", is_blocked, "{level}");
        // What the sentence of a level says is what somebody of that level reads.
        assert_eq!(access["preview"]["sees"], json!(sees.split(' ').collect::<Vec<_>>()), "{level}");
        assert_eq!(card["mail"], "kim@mail.example", "{level}");
        let is_shown = |field: &str| card[field] != "" && card[field] != Value::Null;
        for field in ["company", "webPage", "manager"] {
            assert_eq!(is_shown(field), !is_blocked, "{level}, {field}: {card}");
        }
        for field in ["department", "office"] {
            assert_eq!(is_shown(field), !is_blocked && level != "public", "{level}, {field}: {card}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_level_that_is_chosen_in_one_browser_is_told_to_the_other() {
    let mut world = World::new().await;
    let (mut one, mut two) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let mut socket = world.socket(&mut two, None).await;
    let of_lee = world.id("lee").await;
    one.done("PUT", &format!("/people/{of_lee}/access"), json!({ "level": "blocked" })).await;
    let told = socket.until("levels", |_| true).await["levels"].clone();
    assert_eq!(told, two.done("GET", "/access", Value::Null).await["levels"]);
    let blocked = told.as_array().expect("levels").iter().find(|one| one["level"] == "blocked").expect("it");
    assert_eq!(blocked["people"][0]["id"], json!(of_lee));
    one.done("PUT", "/me/status", json!({ "chosen": "busy" })).await;
    socket.until("me", |event| event["me"]["chosen"] == "busy").await;
    assert_eq!(socket.heard.iter().filter(|event| event["type"] == "levels").count(), 1, "once");
}

#[tokio::test(start_paused = true)]
async fn settings_roam() {
    let mut world = World::new().await;
    let (mut one, mut two) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let mut socket = world.socket(&mut two, None).await;
    let mut settings = one.done("GET", "/settings", Value::Null).await;
    assert_eq!((&settings["theme"], &settings["enterSends"]), (&json!("system"), &json!(true)));
    settings["theme"] = json!("highContrast");
    settings["language"] = json!("pt-BR");
    let set = one.done("PUT", "/settings", settings.clone()).await;
    settings["version"] = json!(2);
    assert_eq!(set, settings);
    assert_eq!(socket.until("settings", |_| true).await["settings"], settings);
    let mut lee = world.signed_in("lee").await;
    assert_eq!(lee.done("GET", "/settings", Value::Null).await["theme"], "system");
}

#[tokio::test(start_paused = true)]
async fn people_are_found_as_one_types_with_what_may_be_seen_of_them() {
    let world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (of_kim, of_lee) = (world.id("kim").await, world.id("lee").await);
    kim.done("PUT", &format!("/contacts/{of_lee}"), json!({})).await;
    let found = kim.done("GET", "/people?q=b%C3%A8rg", Value::Null).await;
    let names: Vec<&str> =
        found["people"].as_array().unwrap().iter().map(|p| p["displayName"].as_str().unwrap()).collect();
    assert_eq!((names, &found["more"]), (vec!["LEE Berg", "ANA Berg", "KIM Berg"], &json!(false)));
    let first = &found["people"][0];
    assert_eq!((&first["isContact"], &first["title"]), (&json!(true), &json!("Pilot")));
    let found = kim.done("GET", "/people?q=5550100&limit=1", Value::Null).await;
    assert_eq!((found["people"].as_array().unwrap().len(), &found["more"]), (1, &json!(true)));

    let seen = |found: Value| {
        (found["people"][0]["presence"]["availability"].clone(), found["people"][0]["title"].clone())
    };
    lee.done("PUT", "/me/note", json!({ "text": "" })).await;
    assert_eq!(seen(kim.done("GET", "/people?q=lee", Value::Null).await).0, "available");
    lee.done("PUT", &format!("/people/{of_kim}/access"), json!({ "level": "blocked" })).await;
    let found = kim.done("GET", "/people?q=lee", Value::Null).await;
    assert_eq!(seen(found), (json!("offline"), json!("")), "who blocks looks like who is offline");

    for nobody in ["", "%20", "ben", "two.example", "nobody"] {
        let found = kim.done("GET", &format!("/people?q={nobody}"), Value::Null).await;
        assert_eq!(found, json!({ "people": [], "more": false }), "{nobody:?}");
    }
    kim.refused("GET", "/people?q=a&limit=many", Value::Null, 400, "bad-query").await;
    kim.refused("GET", "/people?q=a&company=two", Value::Null, 400, "bad-query").await;
    kim.refused("GET", "/people", Value::Null, 400, "bad-query").await;
}

#[tokio::test(start_paused = true)]
async fn what_a_change_of_a_contact_does_not_name_stays_as_it_is() {
    let world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let path = format!("/contacts/{}", world.id("lee").await);
    let group = kim.done("POST", "/groups", json!({ "name": "Boats" })).await["id"].clone();
    let all = json!({ "groups": [group], "alias": "Captain" });
    kim.done("PUT", &path, all.clone()).await;
    for part in
        [json!({}), json!({ "groups": [group] }), json!({ "alias": "Captain" }), json!({ "alias": null })]
    {
        let contact = kim.done("PUT", &path, part.clone()).await;
        assert_eq!((&contact["groups"], &contact["alias"]), (&all["groups"], &all["alias"]), "{part}");
    }
    let contact = kim.done("PUT", &path, json!({ "alias": "", "groups": [] })).await;
    assert_eq!(contact["alias"], Value::Null);
    assert_ne!(contact["groups"], all["groups"], "it is in the one that is fixed");
}

// In real time: a clock that jumps while the store works would bring on the round that reads everybody again.
#[tokio::test]
async fn a_company_is_read_for_the_search_when_somebody_signs_in_before_anything_is_typed() {
    let world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let mut pages = world.reads.pages.subscribe();
    assert_eq!(*pages.borrow_and_update(), 0);
    kim.done("GET", "/snapshot", Value::Null).await;
    let read = tokio::time::timeout(Duration::from_secs(60), pages.changed()).await;
    read.expect("before anything is typed").expect("the store is there");
    let found = kim.done("GET", "/people?q=lee", Value::Null).await;
    assert_eq!(found["people"][0]["displayName"], "LEE Berg");
    assert_eq!(*pages.borrow_and_update(), 1, "whoever types waits for no reading of everybody");
}

#[tokio::test(start_paused = true)]
async fn those_who_are_found_are_read_at_once_and_not_again_while_they_are_at_hand() {
    let world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let (of_lee, ana) = (world.id("lee").await, world.user("ana").await);
    kim.done("PUT", &format!("/contacts/{of_lee}"), json!({})).await;
    let count = |reads: [&Arc<AtomicUsize>; 2]| reads.map(|reads| reads.load(Ordering::Relaxed));
    let reads = || count([&world.reads.several, &world.reads.single]);
    let presences = || count([&world.reads.presences, &world.reads.presence]);
    let names = |found: &Value| -> Vec<String> {
        let people = found["people"].as_array().expect("a list").iter();
        people.map(|person| person["displayName"].as_str().expect("a name").to_owned()).collect()
    };
    // The index is made, everybody's state is there, and the asker is known; of the others nothing is at hand any more.
    kim.done("GET", "/people?q=berg", Value::Null).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    kim.done("GET", "/people?q=kim", Value::Null).await;
    let (before, seen) = (reads(), presences());
    let found = kim.done("GET", "/people?q=berg", Value::Null).await;
    assert_eq!(names(&found), ["LEE Berg", "ANA Berg", "KIM Berg"], "a contact first");
    assert_eq!(reads(), [before[0] + 1, before[1]], "read at once, and no address is asked for");
    assert_eq!(presences(), [seen[0] + 1, seen[1]], "and what they are doing, of all who are at rest");
    assert_eq!(kim.done("GET", "/people?q=berg", Value::Null).await, found);
    assert_eq!(reads(), [before[0] + 1, before[1]], "and not again");

    // Whoever goes without this node hearing of it is missing, and nobody else.
    tokio::time::sleep(Duration::from_secs(10)).await;
    world.store.delete_person(&world.scope, ana, world.clock.wall()).await.expect("deleted");
    let found = kim.done("GET", "/people?q=berg", Value::Null).await;
    assert_eq!(names(&found), ["LEE Berg", "KIM Berg"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_searched_stays_at_hand_as_long_as_somebody_may_look_though_nobody_does() {
    let world = World::new().await;
    let mut pages = world.reads.pages.subscribe();
    let book = world.services.address_book.open(world.scope.tenant);
    // It is made, and brought up to date every ten minutes.
    for rounds in 0..30 {
        let read = tokio::time::timeout(Duration::from_secs(3600), pages.changed()).await;
        read.expect("it is still there").expect("the store is there");
        assert_eq!(*pages.borrow_and_update(), rounds + 1);
    }
    drop(book);
    while tokio::time::timeout(Duration::from_secs(3600), pages.changed()).await.is_ok() {}
    assert!(*pages.borrow_and_update() < 40, "nobody needs it for an hour, and it goes");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_found_by_what_they_hide_from_whoever_looks() {
    let world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (of_kim, of_lee) = (world.id("kim").await, world.id("lee").await);
    // The number at work, the one at home, the title.
    let queries = ["5550100", "5550199", "lee%20pilot"];
    for (level, finds) in [
        ("personal", [true, true, true]),
        ("company", [true, false, true]),
        ("public", [false, false, true]),
        ("blocked", [false, false, false]),
    ] {
        lee.done("PUT", &format!("/people/{of_kim}/access"), json!({ "level": level })).await;
        for (query, is_found) in queries.into_iter().zip(finds) {
            let found = kim.done("GET", &format!("/people?q={query}"), Value::Null).await;
            let mut ids = found["people"].as_array().unwrap().iter().map(|person| &person["id"]);
            assert_eq!(ids.any(|id| *id == json!(of_lee)), is_found, "{level}, {query}: {found}");
        }
        let found = kim.done("GET", "/people?q=lee%20pilot&limit=1", Value::Null).await;
        let count = usize::from(level != "blocked");
        assert_eq!(
            (found["people"].as_array().unwrap().len(), &found["more"]),
            (count, &json!(false)),
            "{level}"
        );
        let found = kim.done("GET", "/people?q=lee", Value::Null).await;
        assert_eq!(found["people"][0]["displayName"], "LEE Berg", "a name is nobody's secret");
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_tabs_that_change_settings_the_second_is_told() {
    let world = World::new().await;
    let (mut one, mut two) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let shown = one.done("GET", "/settings", Value::Null).await;
    assert_eq!(shown["version"], 1, "{shown}");
    let with = |key: &str, value: Value| {
        let mut settings = shown.clone();
        settings[key] = value;
        settings
    };
    assert_eq!(one.done("PUT", "/settings", with("theme", json!("dark"))).await["version"], 2);
    let sounds = with("sounds", json!(false));
    let refused = two.refused("PUT", "/settings", sounds.clone(), 409, "stale-version").await;
    assert_eq!(refused["current"], 2);
    let mut known = two.done("GET", "/settings", Value::Null).await;
    assert_eq!(
        (&known["theme"], &known["sounds"]),
        (&json!("dark"), &json!(true)),
        "nothing was overwritten"
    );
    known["sounds"] = json!(false);
    let set = two.done("PUT", "/settings", known).await;
    assert_eq!((&set["theme"], &set["sounds"], &set["version"]), (&json!("dark"), &json!(false), &json!(3)));
    // At the same moment one of them is first.
    let (mut again, mut other) = (one.clone(), two.clone());
    let (a, b) = (set.clone(), set);
    let both = tokio::join!(again.send("PUT", "/settings", a), other.send("PUT", "/settings", b));
    let mut statuses = [both.0.0, both.1.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    // Who names no version replaces what is there.
    for body in [json!({}), json!({ "version": 0, "theme": "light" })] {
        one.done("PUT", "/settings", body).await;
    }
    let last = one.done("GET", "/settings", Value::Null).await;
    assert_eq!((&last["theme"], &last["version"]), (&json!("light"), &json!(6)));
}

#[tokio::test(start_paused = true)]
async fn the_device_in_use_is_seen_by_whom_the_level_of_access_lets() {
    let mut world = World::new().await;
    let mut desktop = world.desktop(profile("kim", 1)).await;
    desktop.first_subscriptions().await.expect("subscribed");
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let (of_kim, of_lee) = (world.id("kim").await, world.id("lee").await);
    lee.done("PUT", &format!("/contacts/{of_kim}"), json!({})).await;
    let mut sees = world.socket(&mut lee, None).await;
    kim.done("PUT", "/me/note", json!({ "text": "" })).await;
    sees.until("presence", |event| event["presence"][0]["device"] == "web").await;
    let epid = desktop.profile().epid.clone();
    let mut machine = async |availability: u32, version: u32| {
        let batch =
            bodies::Batch::new("sip:kim@one.example").with_machine_state(&epid, availability, version);
        let request = desktop.publish(batch.finish());
        desktop.success(request).await.expect("published");
    };
    // Of two that are in use it is the one that said so last.
    tokio::time::advance(Duration::from_secs(1)).await;
    machine(3500, 0).await;
    sees.until("presence", |event| event["presence"][0]["device"] == "desktop").await;
    // The desktop is left alone, and the browser isn't.
    machine(5000, 1).await;
    let seen = sees.until("presence", |event| event["presence"][0]["device"] == "web").await;
    assert_eq!(seen["presence"][0]["availability"], "available");
    let listed = kim.done("GET", "/endpoints", Value::Null).await;
    let of_each: Vec<_> = listed["endpoints"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|e| (e["kind"].clone(), e["availability"].clone()))
        .collect();
    assert_eq!(of_each, [(json!("desktop"), json!("availableIdle")), (json!("web"), json!("available"))]);
    // At Public an availability is seen and nothing else, and the blocked see nobody.
    for (level, availability) in [("public", "available"), ("blocked", "offline")] {
        kim.done("PUT", &format!("/people/{of_lee}/access"), json!({ "level": level })).await;
        let seen = sees.until("presence", |event| event["presence"][0]["device"].is_null()).await;
        assert_eq!(seen["presence"][0]["availability"], availability);
    }
    kim.done("PUT", &format!("/people/{of_lee}/access"), json!({ "level": "team" })).await;
    sees.until("presence", |event| event["presence"][0]["device"] == "web").await;
    let until = "2026-01-05T08:30:00.000Z";
    kim.done("PUT", "/me/status", json!({ "chosen": "doNotDisturb", "until": until })).await;
    sees.until("presence", |event| event["presence"][0]["until"] == until).await;
    kim.done("PUT", "/me/status", json!({ "chosen": "appearOffline", "until": until })).await;
    let seen = sees.until("presence", |event| event["presence"][0]["availability"] == "offline").await;
    assert_eq!((&seen["presence"][0]["device"], &seen["presence"][0]["until"]), (&Value::Null, &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn an_absence_is_seen_as_one() {
    let mut world = World::new().await;
    let mut lee = world.signed_in("lee").await;
    lee.done("PUT", &format!("/contacts/{}", world.id("kim").await), json!({})).await;
    let mut sees = world.socket(&mut lee, None).await;
    sees.until("snapshot", |_| true).await;
    assert_eq!(sees.model["presence"][0]["outOfOffice"], Value::Null);
    let limits = sees.model["limits"].clone();
    assert_eq!((&limits["idleMinutes"], &limits["awayMinutes"]), (&json!(5), &json!(20)));
    let mut kim = world.desktop(profile("kim", 1)).await;
    kim.first_subscriptions().await.expect("subscribed");
    let note = "<note xmlns=\"http://schemas.microsoft.com/2006/09/sip/note\"><body type=\"OOF\" uri=\"\">at sea</body></note>";
    let body = format!(
        "<publish xmlns=\"http://schemas.microsoft.com/2006/09/sip/rich-presence\"><publications \
         uri=\"sip:kim@one.example\"><publication categoryName=\"note\" instance=\"1\" container=\"200\" version=\"0\" \
         expireType=\"static\">{note}</publication></publications></publish>"
    );
    let request = kim.publish(body);
    kim.success(request).await.expect("published");
    let seen = sees.until("presence", |event| event["presence"][0]["outOfOffice"] == true).await;
    assert_eq!(
        (&seen["presence"][0]["note"], &seen["presence"][0]["noteKind"]),
        (&json!("at sea"), &json!("outOfOffice"))
    );
}
