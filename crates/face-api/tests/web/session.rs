//! Sign-in, sessions, passwords.

use std::net::Ipv4Addr;
use std::time::Duration;

use rapport_core::directory::{Card, PersonPatch, TenantPatch};
use rapport_secrets::Cost;
use rapport_sip::{HeaderName, Method};
use rapport_store::Store as _;
use rapport_testkit::client::Profile;
use rapport_testkit::counted::Counted;
use serde_json::{Value, json};

use crate::conversations::{begin, send};
use crate::world::{ELSEWHERE, PASSWORD, Socket, World, profile};

const KIM: &str = "kim@one.example";

#[tokio::test(start_paused = true)]
async fn a_browser_is_known_by_its_cookie_until_it_signs_out() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
    let body = json!({ "address": " KIM@one.example", "password": PASSWORD, "label": "Firefox" });
    let (status, headers, session) = browser.raw("POST", "/session", body, &[]).await;
    let cookie = headers["set-cookie"].to_str().expect("text").to_owned();
    assert_eq!(status, 200, "{session}");
    assert!(cookie.starts_with("__Host-rapport="), "{cookie}");
    for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(session["user"]["address"], KIM);
    assert_eq!(session["user"]["displayName"], "KIM Berg");
    assert_eq!(session["user"]["company"], "one");

    cookie.split(';').next().expect("a pair").clone_into(&mut browser.cookie);
    assert_eq!(browser.done("GET", "/session", Value::Null).await, session);
    let other = world.signed_in("kim").await;
    assert_ne!(
        (&other.cookie, &other.csrf),
        (&browser.cookie, &browser.csrf),
        "each sign-in has an id of its own"
    );

    let old = browser.cookie.clone();
    browser.done("DELETE", "/session", Value::Null).await;
    assert_eq!(browser.cookie, "__Host-rapport=");
    browser.cookie = old;
    browser.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
}

#[tokio::test(start_paused = true)]
async fn unknown_wrong_and_locked_are_one_answer_in_octets_and_in_time() {
    let world = World::new().await;
    let mut answers = Vec::new();
    let mut ask = async |address: &str, password: &str| {
        let browser = world.browser();
        let begun = tokio::time::Instant::now();
        let body = json!({ "address": address, "password": password });
        let (status, headers, value) = browser.raw("POST", "/session", body, &[]).await;
        answers.push((status, format!("{headers:?}"), value, begun.elapsed().as_millis()));
        status
    };
    for address in [KIM, "nobody@one.example", "kim@nowhere.example"] {
        assert_eq!(ask(address, "wrong").await, 401);
    }
    // Nine wrong ones are free; the tenth locks, and the right one is not looked at.
    for _ in 0..9 {
        ask(KIM, "wrong").await;
    }
    assert_eq!(ask(KIM, PASSWORD).await, 401, "locked");
    let first = answers.first().expect("there are some").clone();
    assert_eq!(first.3, 300);
    for answer in &answers {
        assert_eq!(*answer, first);
    }
    // Elsewhere, and later, the right one is taken: the lock is the pair's.
    let mut browser = world.browser();
    browser.source = ELSEWHERE;
    assert_eq!(browser.sign_in(KIM, PASSWORD).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn failures_of_a_browser_count_for_the_desktop_and_the_other_way_round() {
    let mut world = World::new().await;
    for _ in 0..10 {
        world.browser().sign_in(KIM, "wrong").await;
    }
    let mut browser = world.browser();
    assert_eq!(browser.sign_in(KIM, PASSWORD).await.0, 401);
    tokio::time::advance(Duration::from_secs(31)).await;
    world.desktop(profile("kim", 1)).await;
    assert_eq!(browser.sign_in(KIM, PASSWORD).await.0, 200, "who has proved themselves from there is free");
}

#[tokio::test(start_paused = true)]
async fn why_somebody_may_not_sign_in_is_said_after_the_right_password_alone() {
    let world = World::new().await;
    let kim = world.user("kim").await;
    let people = &world.services.people;
    let cases = [
        (PersonPatch { enabled: Some(false), ..PersonPatch::default() }, "account-disabled"),
        (
            PersonPatch { enabled: Some(true), licensed: Some(false), ..PersonPatch::default() },
            "not-licensed",
        ),
    ];
    for (patch, code) in cases {
        people.set(&world.scope, kim, patch).await.expect("set");
        let mut browser = world.browser();
        let (status, problem) = browser.sign_in(KIM, "wrong").await;
        assert_eq!((status, &problem["code"]), (401, &json!("sign-in-failed")));
        let (status, problem) = browser.sign_in(KIM, PASSWORD).await;
        assert_eq!((status, &problem["code"]), (403, &json!(code)));
    }
    let licensed = PersonPatch { licensed: Some(true), ..PersonPatch::default() };
    people.set(&world.scope, kim, licensed).await.expect("set");
    let off = TenantPatch { enabled: Some(false), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, off).await.expect("set");
    let (status, problem) = world.browser().sign_in(KIM, PASSWORD).await;
    assert_eq!((status, &problem["code"]), (403, &json!("company-disabled")));
}

#[tokio::test(start_paused = true)]
async fn a_node_without_room_takes_no_sign_in_and_says_when_to_come_again() {
    let world = World::new().await;
    world.services.admission.limit(Some(1));
    world.services.admission.observe(2);
    let mut browser = world.browser();
    let body = json!({ "address": KIM, "password": PASSWORD });
    let (status, headers, problem) = browser.raw("POST", "/session", body, &[]).await;
    assert_eq!((status, &problem["code"]), (503, &json!("full")));
    let secs = problem["retryAfterSecs"].as_u64().expect("a number");
    assert!((30..90).contains(&secs));
    assert_eq!(headers["retry-after"].to_str().ok(), Some(secs.to_string().as_str()));
    assert_eq!(browser.sign_in(KIM, "wrong").await.0, 503, "whoever it is");
}

#[tokio::test(start_paused = true)]
async fn passwords_are_looked_at_by_so_many_at_once_and_desktop_clients_wait_for_none_of_them() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    // Dear enough that they wait for each other: two lanes, for each of which 64 may wait.
    let mut world = World::with(1, Cost { memory_kib: 8 * 1024, passes: 1, lanes: 1 }).await;
    let guesses: Vec<_> = (0..300u16)
        .map(|number| {
            let mut browser = world.browser();
            browser.source = Ipv4Addr::from_octets([192, 0, 2, (number % 5) as u8]).into();
            let body = json!({ "address": format!("nobody{number}@one.example"), "password": "wrong" });
            async move { browser.raw("POST", "/session", body, &[]).await }
        })
        .collect();
    let guessed = futures_util::future::join_all(guesses);
    let (answers, _client) = tokio::join!(guessed, world.desktop(profile("kim", 1)));
    let (refused, looked_at): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, ..)| *status == 503);
    assert!(!refused.is_empty() && looked_at.len() >= 128, "{} of 300 are refused", refused.len());
    assert!(looked_at.iter().all(|(status, ..)| *status == 401));
    assert_eq!(counted.total("rapport_password_lanes_full_total"), refused.len() as u64);
    for (_, headers, problem) in refused {
        assert_eq!((&problem["code"], &problem["retryAfterSecs"]), (&json!("full"), &json!(10)));
        assert_eq!(headers["retry-after"], "10");
    }
    let mut browser = world.browser();
    assert_eq!(browser.sign_in(KIM, PASSWORD).await.0, 200, "every place was given back");
}

#[tokio::test(start_paused = true)]
async fn a_password_is_taken_whole_however_long_and_of_whatever_characters() {
    let mut world = World::new().await;
    let (kim, browser) = (world.user("kim").await, world.browser());
    let own = "Zwölf graue Störche über dem Moor ".repeat(20);
    let sign_in = async |password: &str| browser.clone().sign_in(KIM, password).await.0;
    for same in [15, 63, 64, 72, 127, 128, 255, 512] {
        let same: String = own.chars().take(same).collect();
        let [one, other, short] = [format!("{same}q"), format!("{same}v"), same];
        world.services.people.set_password(&world.scope, kim, &one).await.expect("long passwords are taken");
        assert_eq!(sign_in(&one).await, 200, "{one}");
        assert_eq!(sign_in(&other).await, 401, "{other} is not {one}");
        assert_eq!(sign_in(&short).await, 401, "{short} is not {one}");
        let mut desktop = world.program(Profile::new(KIM, &other, 1));
        assert!(desktop.sign_in().await.is_err(), "{other} is not {one} on a desktop either");
        let mut desktop = world.program(Profile::new(KIM, &one, 1));
        desktop.sign_in().await.expect("the right one");
    }
    // One kind of characters is enough, and any will do.
    for plain in [
        "quiet lanterns drift over slow water",
        "QUIET LANTERNS DRIFT",
        "80937 26145 90318 27",
        "тихие фонари над водой",
        "静かな灯籠が水の上を流れていく夜",
        "~^|<>{}[]()*&%$#@!;:",
        "🐎🦉🪶🌾🍂🛶🪁🧭🪨🌫️🕯️🎏🦔🐚🥁",
    ] {
        world.services.people.set_password(&world.scope, kim, plain).await.expect(plain);
        assert_eq!(sign_in(plain).await, 200, "{plain}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_ends_a_persons_programs_ends_their_browsers() {
    let mut world = World::new().await;
    let kim = world.user("kim").await;
    let (scope, services) = (world.scope.clone(), world.services.clone());
    let on = PersonPatch { enabled: Some(true), licensed: Some(true), ..PersonPatch::default() };
    for reason in ["disabled", "unlicensed", "password-changed", "removed", "company-disabled"] {
        let mut browser = world.signed_in("kim").await;
        let mut socket = world.socket(&mut browser, None).await;
        match reason {
            "disabled" => {
                let off = PersonPatch { enabled: Some(false), ..PersonPatch::default() };
                services.people.set(&scope, kim, off).await.expect("set");
            }
            "unlicensed" => {
                let off = PersonPatch { licensed: Some(false), ..PersonPatch::default() };
                services.people.set(&scope, kim, off).await.expect("set");
            }
            "password-changed" => {
                services.people.set_password(&scope, kim, PASSWORD).await.expect("set");
            }
            "removed" => services.people.delete(&scope, kim).await.expect("deleted"),
            _ => {
                let off = TenantPatch { enabled: Some(false), ..TenantPatch::default() };
                services.tenants.set(&scope, off).await.expect("set");
            }
        }
        browser.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
        let told = socket.until("signedOut", |_| true).await;
        let told = told["reason"].as_str().expect("a reason").to_owned();
        assert_eq!(told, reason);
        let (code, why) = loop {
            match socket.next_or_end().await {
                Ok(_) => {}
                Err(end) => break end,
            }
        };
        assert_eq!((code, why), (4001, told));
        // What was ended stays ended, also when the person comes back.
        match reason {
            "removed" => drop(services.people.restore(&scope, kim).await.expect("restored")),
            "company-disabled" => {
                let off = TenantPatch { enabled: Some(true), ..TenantPatch::default() };
                services.tenants.set(&scope, off).await.expect("set");
            }
            _ => drop(services.people.set(&scope, kim, on.clone()).await.expect("set")),
        }
        browser.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
    }
}

/// Waits for the end of a socket, and returns why the session is over; the last event and the close say the same.
async fn why_over(socket: &mut Socket) -> String {
    let told = socket.until("signedOut", |_| true).await;
    let end = socket.next_or_end().await.expect_err("it is closed");
    assert_eq!((4001, told["reason"].as_str()), (end.0, Some(&*end.1)));
    end.1
}

#[tokio::test(start_paused = true)]
async fn whose_session_has_run_out_is_told_that_and_not_that_somebody_ended_it() {
    let mut world = World::new().await;
    let (kim, scope) = (world.user("kim").await, world.scope.clone());
    for how in ["its time is over", "it is not there any more", "its person may not be signed in"] {
        let mut browser = world.signed_in("kim").await;
        let mut socket = world.socket(&mut browser, None).await;
        socket.until("snapshot", |_| true).await;
        // Each without a word to whoever speaks for it.
        let mut session = world.store.web_sessions(&scope, kim).await.expect("read").remove(0);
        let mut person = world.store.person(&scope, kim).await.expect("read");
        match how {
            "its time is over" => {
                world.store.remove_web_session(&scope, kim, session.hash).await.expect("removed");
                session.expires = session.used.plus(Duration::from_secs(40));
                world.store.add_web_session(&scope, session).await.expect("added");
            }
            "it is not there any more" => {
                world.store.remove_web_session(&scope, kim, session.hash).await.expect("removed");
            }
            _ => {
                person.enabled = false;
                world.store.set_person(&scope, person.clone()).await.expect("set");
            }
        }
        let why = if person.enabled { "session-over" } else { "disabled" };
        assert_eq!(why_over(&mut socket).await, why, "{how}");
        browser.refused("POST", "/events/ticket", Value::Null, 401, "not-signed-in").await;
        person.enabled = true;
        world.store.set_person(&scope, person).await.expect("set");
        world.store.remove_web_sessions(&scope, kim).await.expect("removed");
    }
}

#[tokio::test(start_paused = true)]
async fn why_a_session_was_ended_is_heard_however_long_before_the_order_it_has_gone() {
    let mut world = World::new().await;
    let (kim, scope) = (world.user("kim").await, world.scope.clone());
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    let began = tokio::time::Instant::now();
    socket.until("snapshot", |_| true).await;
    world.store.remove_web_sessions(&scope, kim).await.expect("removed");
    // It has been looked for once since then.
    let early = tokio::time::timeout(Duration::from_secs(32), socket.until("signedOut", |_| true)).await;
    early.expect_err("the order may still come");
    assert_eq!(began.elapsed().as_secs(), 32);
    world.services.people.set_password(&scope, kim, PASSWORD).await.expect("set");
    assert_eq!(why_over(&mut socket).await, "password-changed");
}

#[tokio::test(start_paused = true)]
async fn who_gets_another_name_has_it_in_their_own_browser_and_in_what_they_begin() {
    let mut world = World::new().await;
    let kim = world.user("kim").await;
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    socket.until("snapshot", |_| true).await;
    let card = Card { display_name: "Kim Storm".to_owned(), ..Card::default() };
    let patch = PersonPatch { card: Some(card), ..PersonPatch::default() };
    world.services.people.set(&world.scope, kim, patch).await.expect("set");
    let named = |event: &Value| event["me"]["displayName"] == "Kim Storm";
    let told = tokio::time::timeout(Duration::from_secs(5), socket.until("me", named)).await;
    told.expect("at once, and not when it is next looked for");
    assert!(named(&browser.done("GET", "/snapshot", Value::Null).await));
    let note = browser.done("PUT", "/me/note", json!({ "text": "married" })).await;
    assert_eq!(note["displayName"], "Kim Storm");
    let mut lee = world.desktop(profile("lee", 1)).await;
    let id = begin(&mut browser, "lee").await;
    send(&mut browser, &id, "c1", "hello").await;
    let invite = lee.request(Method::Invite, |_| true).await.expect("invited");
    let from = invite.headers.get(HeaderName::From).expect("from somebody");
    assert!(from.starts_with("\"Kim Storm\""), "{from}");
}

#[tokio::test(start_paused = true)]
async fn what_a_company_allows_is_known_to_whoever_is_signed_in_when_it_changes() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    let first = socket.until("snapshot", |_| true).await;
    let tenant = world.store.tenant(&world.scope).await.expect("read");
    let mut policy = tenant.policy.clone();
    policy.limits.contacts = 17;
    assert_ne!(first["snapshot"]["limits"]["contacts"], 17);
    let patch = TenantPatch { policy: Some(policy), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, patch).await.expect("set");
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert_eq!(browser.done("GET", "/snapshot", Value::Null).await["limits"]["contacts"], 17);
}

#[tokio::test(start_paused = true)]
async fn sessions_are_listed_and_ended_by_their_owner() {
    let mut world = World::new().await;
    let (mut one, mut two, mut three) =
        (world.signed_in("kim").await, world.signed_in("kim").await, world.signed_in("kim").await);
    let mut of_two = world.socket(&mut two, None).await;
    let listed = one.done("GET", "/sessions", Value::Null).await;
    let listed = listed["sessions"].as_array().expect("a list").clone();
    assert_eq!(listed.len(), 3);
    assert_eq!(listed.iter().filter(|session| session["isThis"] == true).count(), 1);
    assert_eq!((&listed[1]["label"], &listed[1]["address"]), (&json!("Firefox"), &json!("192.0.2.1")));
    let own = two.done("GET", "/sessions", Value::Null).await;
    let own = own["sessions"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|session| session["isThis"] == true)
        .expect("it")
        .clone();
    let path = format!("/sessions/{}", own["id"].as_str().expect("an id"));

    let mut lee = world.signed_in("lee").await;
    lee.refused("DELETE", &path, Value::Null, 404, "not-found").await;
    one.done("DELETE", &path, Value::Null).await;
    assert_eq!(of_two.until("signedOut", |_| true).await["reason"], "ended-by-you");
    two.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
    one.refused("DELETE", &path, Value::Null, 404, "not-found").await;
    three.done("DELETE", "/sessions", Value::Null).await;
    one.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
    three.done("GET", "/session", Value::Null).await;
    lee.done("GET", "/session", Value::Null).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_when_it_is_not_used_and_at_its_time() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let world = World::new().await;
    let (mut used, mut unused) = (world.signed_in("kim").await, world.signed_in("kim").await);
    for day in 1..30u32 {
        tokio::time::advance(DAY).await;
        used.done("GET", "/session", Value::Null).await;
        if day == 6 {
            unused.done("GET", "/session", Value::Null).await;
        }
        if day == 14 {
            unused.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
        }
    }
    tokio::time::advance(DAY).await;
    used.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
}

#[tokio::test(start_paused = true)]
async fn a_password_is_changed_by_who_knows_it_and_everything_else_signs_out() {
    const NEW: &str = "copper teapot 81 glides";
    let mut world = World::new().await;
    let (mut one, mut two) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let mut desktop = world.desktop(profile("kim", 1)).await;
    let change = |current: &str, new: &str| json!({ "current": current, "new": new });
    let wrong = one.refused("POST", "/password", change("wrong", NEW), 422, "wrong-password").await;
    assert_eq!(wrong["field"], "current");
    let long = "tzbn wvp".repeat(200);
    let long = long.get(..1023).expect("ASCII").to_owned() + "é";
    for (weak, reason) in [
        ("short", "too-short"),
        (&long, "too-long"),
        ("passwordpassword", "common"),
        ("Kim Berg one rapport", "name"),
        (PASSWORD, "same"),
    ] {
        let refused = one.refused("POST", "/password", change(PASSWORD, weak), 422, "weak-password").await;
        assert_eq!((&refused["field"], &refused["reason"]), (&json!("new"), &json!(reason)), "{weak}");
    }
    let before = one.clone();
    one.done("POST", "/password", change(PASSWORD, NEW)).await;
    assert_ne!((&before.cookie, &before.csrf), (&one.cookie, &one.csrf));
    let mut before = before;
    before.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
    two.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
    desktop.closed().await.expect("signed out");
    one.done("GET", "/session", Value::Null).await;
    assert_eq!(world.browser().sign_in(KIM, PASSWORD).await.0, 401);
    assert_eq!(world.browser().sign_in(KIM, NEW).await.0, 200);
    // Guessing by way of a stolen session is braked as anywhere.
    for _ in 0..10 {
        one.refused("POST", "/password", change("guess", NEW), 422, "wrong-password").await;
    }
    one.refused("POST", "/password", change(NEW, PASSWORD), 422, "wrong-password").await;
}

#[tokio::test(start_paused = true)]
async fn an_app_password_is_shown_once_and_its_end_leaves_browsers_signed_in() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("kim").await;
    let issued = browser.done("POST", "/app-passwords", json!({ "label": "Pidgin" })).await;
    let password = issued["password"].as_str().expect("it").to_owned();
    let listed = browser.done("GET", "/app-passwords", Value::Null).await;
    assert_eq!(listed["appPasswords"][0]["label"], "Pidgin");
    assert!(!listed.to_string().contains(&password));
    let mut desktop = world.desktop(Profile::new(KIM, &password, 3)).await;
    let path = format!("/app-passwords/{}", issued["id"].as_str().expect("an id"));
    let mut lee = world.signed_in("lee").await;
    lee.refused("DELETE", &path, Value::Null, 404, "not-found").await;
    let mut socket = world.socket(&mut browser, None).await;
    browser.done("DELETE", &path, Value::Null).await;
    desktop.closed().await.expect("signed out");
    browser.done("GET", "/session", Value::Null).await;
    socket.until("endpoints", |event| event["endpoints"].as_array().is_some_and(|all| all.len() == 1)).await;
    browser.refused("POST", "/app-passwords", json!({ "label": "" }), 422, "invalid-field").await;
    for number in 1..=7 {
        browser.done("POST", "/app-passwords", json!({ "label": number.to_string() })).await;
    }
    let one_more = json!({ "label": "8" });
    let problem = browser.refused("POST", "/app-passwords", one_more, 409, "too-many-app-passwords").await;
    assert_eq!(problem["limit"], 7);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_asks_for_too_much_waits_and_others_do_not() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let world = World::new().await;
    let (mut busy, mut other) = (world.signed_in("kim").await, world.signed_in("kim").await);
    let mut refused = None;
    for _ in 0..300 {
        let (status, problem) = busy.send("GET", "/session", Value::Null).await;
        if status != 200 {
            refused = Some((status, problem));
            break;
        }
    }
    let (status, problem) = refused.expect("a bound");
    assert_eq!(
        (status, &problem["code"], &problem["retryAfterSecs"]),
        (429, &json!("too-many-requests"), &json!(1))
    );
    assert_eq!(counted.total("rapport_web_bounds_met_total, [bound = requests]"), 1);
    other.done("GET", "/session", Value::Null).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    busy.done("GET", "/session", Value::Null).await;
}

#[tokio::test(start_paused = true)]
async fn sessions_that_are_made_up_are_not_looked_up_without_end_and_nobody_else_pays() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let world = World::new().await;
    let mut known = world.signed_in("kim").await;
    known.done("GET", "/session", Value::Null).await;
    let mut answers = Vec::new();
    for number in 0..300u32 {
        let mut stranger = world.browser();
        stranger.cookie = format!("__Host-rapport={number:A<43}");
        answers.push(stranger.send("GET", "/session", Value::Null).await.0);
    }
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 200);
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 100);
    assert_eq!(counted.total("rapport_web_bounds_met_total, [bound = strangers]"), 100);
    known.done("GET", "/session", Value::Null).await;
    let mut elsewhere = world.browser();
    elsewhere.source = ELSEWHERE;
    elsewhere.cookie = format!("__Host-rapport={:A<43}", 1);
    elsewhere.refused("GET", "/session", Value::Null, 401, "not-signed-in").await;
}
