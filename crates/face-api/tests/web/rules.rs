//! Each rule, tried by a desktop client and by a browser: one outcome, because one function decides.
//!
//! Which function that is, and that no face has a second one, is looked at by `cargo xtask tidy`
//! (`xtask/src/tidy/rules.rs`), which knows each of these tests by name.

use rapport_core::directory::{PersonPatch, TenantPatch};
use rapport_core::policy::Policy;
use rapport_model::{Aor, Limits};
use rapport_sip::Method;
use rapport_testkit::client::{Invitations, Profile, bodies};
use rapport_testkit::driver::{Client, DriverError};
use rapport_testkit::logged::Logged;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::refused::REFUSED;
use crate::world::{Browser, PASSWORD, World, profile};

type Desktop = Client<DuplexStream>;

/// How a desktop client's invitation is answered.
async fn invited_by_desktop(desktop: &mut Desktop, callee: &str) -> u16 {
    let (invite, _) = desktop.invite(callee);
    desktop.answer(invite).await.expect("answered").status.as_u16()
}

/// What becomes of a browser's first message: `sent`, or the reason why not.
async fn written_by_browser(world: &mut World, browser: &mut Browser, callee: &str) -> String {
    let mut socket = world.socket(browser, None).await;
    let begun = browser.done("POST", "/conversations", json!({ "person": callee })).await;
    let path = format!("/conversations/{}", begun["id"].as_str().expect("an id"));
    let message = json!({ "clientId": "c", "text": "psst" });
    browser.done("POST", &format!("{path}/messages"), message).await;
    let is_over =
        |event: &Value| event["message"]["clientId"] == "c" && event["message"]["delivery"] != "sending";
    let told = socket.until("message", is_over).await;
    browser.done("DELETE", &path, Value::Null).await;
    match told["message"]["delivery"].as_str() {
        Some("sent") => "sent".to_owned(),
        _ => told["message"]["reason"]["code"].as_str().unwrap_or_default().to_owned(),
    }
}

/// The state that an answer of presence shows: its availability.
fn availability(body: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(body);
    let (_, state) = text.split_once("aggregateState")?;
    state.split_once("<availability>")?.1.split_once('<')?.0.parse().ok()
}

async fn set_limits(world: &World, limits: Limits) {
    let policy = Policy { limits, account_password_sign_in: true, ..Policy::default() };
    let patch = TenantPatch { policy: Some(policy), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, patch).await.expect("set");
}

/// The status of an answer, and the number in its `ms-diagnostics`.
fn refused(response: &rapport_sip::Response) -> (u16, String) {
    let diagnostics = response.headers.named("ms-diagnostics").unwrap_or_default();
    (response.status.as_u16(), diagnostics.split(';').next().unwrap_or_default().to_owned())
}

#[tokio::test(start_paused = true)]
async fn an_invitation_forks_to_every_program_whoever_calls() {
    let mut world = World::new().await;
    let leaves = profile("lee", 1).with_invitations(Invitations::Leave);
    let mut desktop = world.desktop(leaves).await;
    let mut browser = world.signed_in("lee").await;
    let mut socket = world.socket(&mut browser, None).await;
    let mut ana = world.desktop(profile("ana", 2)).await;
    let mut kim = world.signed_in("kim").await;
    for caller in ["ana", "kim"] {
        let mut invite = None;
        if caller == "ana" {
            invite = Some(ana.invite("lee@one.example").0);
            ana.flush().await.expect("written");
        } else {
            let begun = kim.done("POST", "/conversations", json!({ "person": "lee@one.example" })).await;
            let path = format!("/conversations/{}/messages", begun["id"].as_str().expect("an id"));
            kim.done("POST", &path, json!({ "clientId": "1", "text": "hello" })).await;
        }
        let of_caller = format!("{caller}@one.example");
        let rings = socket
            .until("conversation", |event| {
                event["conversation"]["state"] == "ringing"
                    && event["conversation"]["with"]["address"] == of_caller
            })
            .await;
        let asked = desktop.request(Method::Invite, |_| true).await.expect("it rings there, too");
        desktop.ring(&asked);
        desktop.flush().await.expect("written");
        let id = rings["conversation"]["id"].as_str().expect("an id").to_owned();
        browser.done("POST", &format!("/conversations/{id}/open"), Value::Null).await;
        desktop.request(Method::Cancel, |_| true).await.expect("the other one stops");
        if let Some(invite) = invite {
            ana.success(invite).await.expect("answered once");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_former_address_reaches_whoever_had_it() {
    let mut world = World::new().await;
    let new = Aor::parse("kimberly@one.example").expect("an address");
    let patch = PersonPatch { address: Some(new), ..PersonPatch::default() };
    let kim = world.user("kim").await;
    world.services.people.set(&world.scope, kim, patch).await.expect("renamed");
    let there = world.desktop(Profile::new("kimberly@one.example", PASSWORD, 1)).await;
    world.keep(there);
    let mut lee = world.desktop(profile("lee", 2)).await;
    let mut ana = world.signed_in("ana").await;
    for address in ["kim@one.example", "kimberly@one.example"] {
        assert_eq!(invited_by_desktop(&mut lee, address).await, 200, "{address}");
        assert_eq!(written_by_browser(&mut world, &mut ana, address).await, "sent", "{address}");
    }
    assert_eq!(invited_by_desktop(&mut lee, "kimber@one.example").await, 404);
    let body = json!({ "person": "kimber@one.example" });
    ana.refused("POST", "/conversations", body, 404, "not-found").await;
}

#[tokio::test(start_paused = true)]
async fn a_block_looks_as_if_nobody_were_there() {
    let mut world = World::new().await;
    let there = world.desktop(profile("kim", 1)).await;
    world.keep(there);
    let mut kim = world.signed_in("kim").await;
    let (mut desktop, mut browser) = (world.desktop(profile("lee", 2)).await, world.signed_in("lee").await);
    let nobody = "ana@one.example";
    let offline = (
        invited_by_desktop(&mut desktop, nobody).await,
        written_by_browser(&mut world, &mut browser, nobody).await,
    );
    assert_eq!(offline, (480, "offline".to_owned()));
    for (level, want) in [("blocked", offline), ("company", (200, "sent".to_owned()))] {
        kim.done("PUT", "/people/lee@one.example/access", json!({ "level": level })).await;
        let got = (
            invited_by_desktop(&mut desktop, "kim@one.example").await,
            written_by_browser(&mut world, &mut browser, "kim@one.example").await,
        );
        assert_eq!(got, want, "{level}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_not_to_be_disturbed_is_not_called() {
    let mut world = World::new().await;
    let there = world.desktop(profile("kim", 1)).await;
    world.keep(there);
    let mut kim = world.signed_in("kim").await;
    let (mut desktop, mut browser) = (world.desktop(profile("lee", 2)).await, world.signed_in("lee").await);
    let busy_here = (486, "do-not-disturb".to_owned());
    // Whichever program says so.
    kim.done("PUT", "/me/status", json!({ "chosen": "doNotDisturb" })).await;
    let by_browser = (
        invited_by_desktop(&mut desktop, "kim@one.example").await,
        written_by_browser(&mut world, &mut browser, "kim@one.example").await,
    );
    assert_eq!(by_browser, busy_here);
    kim.done("PUT", "/me/status", json!({ "chosen": "automatic" })).await;
    assert_eq!(invited_by_desktop(&mut desktop, "kim@one.example").await, 200);
    let mut says = world.desktop(profile("kim", 3)).await;
    let epid = says.profile().epid.clone();
    let batch = bodies::Batch::new("sip:kim@one.example").with_machine_state(&epid, 3500, 0);
    let request = says.publish(batch.with_user_state(9500, 0).finish());
    says.success(request).await.expect("published");
    world.keep(says);
    let by_desktop = (
        invited_by_desktop(&mut desktop, "kim@one.example").await,
        written_by_browser(&mut world, &mut browser, "kim@one.example").await,
    );
    assert_eq!(by_desktop, busy_here);
    // A colleague of the Team may interrupt, by either.
    kim.done("PUT", "/people/lee@one.example/access", json!({ "level": "team" })).await;
    let of_team = (
        invited_by_desktop(&mut desktop, "kim@one.example").await,
        written_by_browser(&mut world, &mut browser, "kim@one.example").await,
    );
    assert_eq!(of_team.0 == 200, of_team.1 == "sent", "{of_team:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_said_is_in_the_history_of_both() {
    let mut world = World::new().await;
    let there = world.desktop(profile("kim", 1)).await;
    world.keep(there);
    let mut lee = world.desktop(profile("lee", 2)).await;
    let (invite, conversation) = lee.invite("kim@one.example");
    lee.success(invite).await.expect("answered");
    let message = lee.message(&conversation, "psst").expect("a dialog");
    lee.success(message).await.expect("taken");
    let mut ana = world.signed_in("ana").await;
    assert_eq!(written_by_browser(&mut world, &mut ana, "kim@one.example").await, "sent");
    let history = &world.services.history;
    let words = async |name: &str| -> Vec<(bool, String)> {
        let user = world.user(name).await;
        let page = history.page(&world.scope, user, None, None, 10).await.expect("kept");
        let entries = page.entries.into_iter().map(|entry| entry.content);
        entries
            .map(|said| (said.failed.is_some(), String::from_utf8_lossy(&said.body).into_owned()))
            .collect()
    };
    let one = || (false, "psst".to_owned());
    assert_eq!(words("lee").await, [one()]);
    assert_eq!(words("ana").await, words("lee").await);
    assert_eq!(words("kim").await, [one(), one()]);
}

#[tokio::test(start_paused = true)]
async fn states_of_both_kinds_of_program_add_up_alike() {
    let mut world = World::new().await;
    let mut lee = world.signed_in("lee").await;
    let mut ana = world.desktop(profile("ana", 9)).await;
    let mut seen = async |what: &str| -> (String, Option<u32>) {
        let by_browser = lee.done("GET", "/people/kim@one.example/presence", Value::Null).await;
        let poll = ana.poll_presence(["kim@one.example"]);
        let by_desktop = ana.success(poll).await.expect(what);
        (by_browser["availability"].as_str().unwrap_or_default().to_owned(), availability(&by_desktop.body))
    };
    let want = |availability: &str, number: u32| (availability.to_owned(), Some(number));
    // A program that is left alone, and what the person says.
    let mut desktop = world.desktop(profile("kim", 1)).await;
    let epid = desktop.profile().epid.clone();
    let batch = bodies::Batch::new("sip:kim@one.example").with_machine_state(&epid, 15_500, 0).finish();
    let request = desktop.publish(batch);
    desktop.success(request).await.expect("published");
    assert_eq!(seen("a desktop client left alone").await, want("away", 15_500));
    // A browser that is used counts for more, as any other program would.
    let mut kim = world.signed_in("kim").await;
    let _socket = world.socket(&mut kim, None).await;
    assert_eq!(seen("and a browser in use").await, want("available", 3500));
    kim.done("PUT", "/me/status", json!({ "chosen": "busy" })).await;
    let by_browser = seen("busy, said in the browser").await;
    kim.done("PUT", "/me/status", json!({ "chosen": "automatic" })).await;
    assert_eq!(seen("automatic again").await, want("available", 3500));
    let batch = bodies::Batch::new("sip:kim@one.example").with_user_state(6500, 0).finish();
    let request = desktop.publish(batch);
    desktop.success(request).await.expect("published");
    let by_desktop = seen("busy, said on the desk").await;
    assert_eq!((&by_browser, &by_browser), (&by_desktop, &want("busy", 6500)));
}

#[tokio::test(start_paused = true)]
async fn a_level_of_access_shows_the_same_to_both() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let _socket = world.socket(&mut kim, None).await;
    kim.done("PUT", "/me/status", json!({ "chosen": "busy" })).await;
    kim.done("PUT", "/me/note", json!({ "text": "in the garden" })).await;
    let (mut desktop, mut browser) = (world.desktop(profile("lee", 1)).await, world.signed_in("lee").await);
    for (level, availability_seen, number, note) in [
        ("personal", "busy", 6500, true),
        ("team", "busy", 6500, true),
        ("company", "busy", 6500, true),
        ("public", "busy", 6500, false),
        ("blocked", "offline", 18_500, false),
    ] {
        let access = kim.done("PUT", "/people/lee@one.example/access", json!({ "level": level })).await;
        let presence = browser.done("GET", "/people/kim@one.example/presence", Value::Null).await;
        let poll = desktop.poll_presence(["kim@one.example"]);
        let polled = desktop.success(poll).await.expect("answered").body;
        assert_eq!(presence["availability"], availability_seen, "{level}");
        assert_eq!(availability(&polled), Some(number), "{level}");
        assert_eq!(presence["note"] == "in the garden", note, "{level}");
        assert_eq!(String::from_utf8_lossy(&polled).contains("in the garden"), note, "{level}");
        // And the person is told before what they see.
        assert_eq!(access["preview"]["presence"]["availability"], availability_seen, "{level}");
        let sees = access["preview"]["sees"].as_array().expect("a list");
        assert_eq!(sees.contains(&json!("note")), note, "{level}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_adds_somebody_is_told_of_and_taken_notice_of_once() {
    let mut world = World::new().await;
    for name in ["lee", "ana"] {
        world.signed_in(name).await.done("PUT", "/contacts/kim@one.example", json!({})).await;
    }
    let mut browser = world.signed_in("kim").await;
    let mut socket = world.socket(&mut browser, None).await;
    for _ in 0..2 {
        socket.next().await;
    }
    let adders = |model: &Value| -> Vec<String> {
        let adders = model["incoming"].as_array().expect("a list");
        adders.iter().map(|adder| adder["person"]["address"].to_string()).collect()
    };
    assert_eq!(adders(&socket.model).len(), 2);
    let mut desktop = world.desktop(profile("kim", 1)).await;
    let [.., own] = desktop.first_subscriptions().await.expect("subscribed");
    let own = String::from_utf8_lossy(&own.body).into_owned();
    assert!(own.contains("lee@one.example") && own.contains("ana@one.example"), "{own}");
    // One is taken notice of on the desk, the other in the browser; each is told to the other.
    let body = "<setSubscribers xmlns=\"http://schemas.microsoft.com/2006/09/sip/presence-subscribers\">\
                <subscriber user=\"lee@one.example\" acknowledged=\"true\"/></setSubscribers>";
    let request = desktop.set_subscribers(body.to_owned());
    desktop.success(request).await.expect("taken");
    socket.until("adderGone", |_| true).await;
    assert_eq!(adders(&socket.model), ["\"ana@one.example\""]);
    browser.done("POST", "/adders/ana@one.example/ignore", Value::Null).await;
    let tells = |request: &rapport_sip::Request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        body.contains("ana@one.example") && body.contains("acknowledged=\"true\"")
    };
    desktop.request(Method::Benotify, tells).await.expect("told");
}

#[tokio::test(start_paused = true)]
async fn a_contact_list_is_full_for_both() {
    let mut world = World::new().await;
    set_limits(&world, Limits { contacts: 1, ..Limits::default() }).await;
    // One list, whichever program adds to it: the first contact of each was added by the other kind.
    let mut kim = world.signed_in("kim").await;
    let mut of_kim = world.desktop(profile("kim", 1)).await;
    kim.done("PUT", "/contacts/lee@one.example", json!({})).await;
    let mut ana = world.signed_in("ana").await;
    let mut of_ana = world.desktop(profile("ana", 2)).await;
    let request = of_ana.change_contacts(bodies::set_contact("lee@one.example", "Lee", "1", 1));
    of_ana.success(request).await.expect("taken");
    for (browser, desktop, other) in
        [(&mut kim, &mut of_kim, "ana@one.example"), (&mut ana, &mut of_ana, "kim@one.example")]
    {
        let path = format!("/contacts/{other}");
        let problem = browser.refused("PUT", &path, json!({}), 409, "contact-list-full").await;
        assert_eq!(problem["limit"], 1);
        let request = desktop.change_contacts(bodies::set_contact(other, "Other", "1", 2));
        let answer = desktop.answer(request).await.expect("answered");
        assert_eq!(refused(&answer), (403, "2001".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn groups_are_too_many_for_both() {
    let mut world = World::new().await;
    // One of them is there from the beginning.
    set_limits(&world, Limits { groups: 2, ..Limits::default() }).await;
    let mut browser = world.signed_in("kim").await;
    let mut desktop = world.desktop(profile("kim", 1)).await;
    browser.done("POST", "/groups", json!({ "name": "one" })).await;
    let problem = browser.refused("POST", "/groups", json!({ "name": "two" }), 409, "too-many-groups").await;
    assert_eq!(problem["limit"], 2);
    let request = desktop.change_contacts(bodies::add_group("two", 2));
    let answer = desktop.answer(request).await.expect("answered");
    assert_eq!(refused(&answer), (403, "2001".to_owned()));
    // One of that name is no further one, for either.
    browser.done("POST", "/groups", json!({ "name": "one" })).await;
    let request = desktop.change_contacts(bodies::add_group("one", 2));
    desktop.success(request).await.expect("it is there");
}

#[tokio::test(start_paused = true)]
async fn who_may_not_sign_in_may_not_by_either() {
    let mut world = World::new().await;
    let kim = world.user("kim").await;
    let (on, off) = (Some(true), Some(false));
    let plain = PersonPatch::default;
    for (patch, code) in [
        (PersonPatch { enabled: off, ..plain() }, "account-disabled"),
        (PersonPatch { licensed: off, ..plain() }, "not-licensed"),
        (PersonPatch { enabled: on, licensed: on, ..plain() }, ""),
    ] {
        world
            .services
            .people
            .set(&world.scope, kim, PersonPatch { enabled: on, licensed: on, ..plain() })
            .await
            .expect("set");
        world.services.people.set(&world.scope, kim, patch).await.expect("set");
        let (status, problem) = world.browser().sign_in("kim@one.example", PASSWORD).await;
        let signed_in = world.sign_in(profile("kim", 1)).await;
        if code.is_empty() {
            assert_eq!(status, 200, "{problem}");
            signed_in.expect("signed in");
        } else {
            assert_eq!((status, problem["code"].as_str()), (403, Some(code)));
            assert_eq!(status_of(signed_in), Some(403), "{code}");
        }
    }
    let patch = TenantPatch { enabled: off, ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, patch).await.expect("set");
    let (status, problem) = world.browser().sign_in("kim@one.example", PASSWORD).await;
    assert_eq!((status, &problem["code"]), (403, &json!("company-disabled")));
    assert_eq!(status_of(world.sign_in(profile("kim", 1)).await), Some(403));
}

/// With which status a sign-in was refused.
fn status_of(signed_in: Result<Desktop, DriverError>) -> Option<u16> {
    match signed_in {
        Err(DriverError::Refused { status, .. }) => Some(status),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn programs_of_both_kinds_are_counted_together() {
    let mut world = World::new().await;
    set_limits(&world, Limits { endpoints: 2, ..Limits::default() }).await;
    let mut first = world.signed_in("kim").await;
    let mut of_first = world.socket(&mut first, None).await;
    let mut second = world.desktop(profile("kim", 1)).await;
    // Each newcomer costs the one that came first its place, whatever the two are.
    let mut third = world.signed_in("kim").await;
    let mut of_third = world.socket(&mut third, None).await;
    let told = of_first.until("signedOut", |_| true).await;
    assert_eq!(told["reason"], "too-many-endpoints");
    let _fourth = world.desktop(profile("kim", 2)).await;
    second.closed().await.expect("signed out");
    let _fifth = world.desktop(profile("kim", 3)).await;
    assert_eq!(of_third.until("signedOut", |_| true).await["reason"], "too-many-endpoints");
    // Who had to go doesn't come back by itself, at the cost of the next.
    for browser in [&mut first, &mut third] {
        browser.refused("GET", "/snapshot", Value::Null, 401, "not-signed-in").await;
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_passwords_by_one_way_lock_the_other() {
    let mut world = World::new().await;
    // Lee's is guessed at by SIP, Ana's on the web.
    for seed in 0..10 {
        let wrong = Profile::new("lee@one.example", "wrong", seed);
        assert_eq!(status_of(world.sign_in(wrong).await), Some(401));
        let (status, problem) = world.browser().sign_in("ana@one.example", "wrong").await;
        assert_eq!((status, &problem["code"]), (401, &json!("sign-in-failed")));
    }
    let (status, problem) = world.browser().sign_in("lee@one.example", PASSWORD).await;
    assert_eq!((status, &problem["code"]), (401, &json!("sign-in-failed")));
    assert_eq!(status_of(world.sign_in(profile("ana", 1)).await), Some(401));
    // Nobody else is kept out.
    assert_eq!(world.browser().sign_in("kim@one.example", PASSWORD).await.0, 200);
    world.sign_in(profile("kim", 1)).await.expect("signed in");
}

#[tokio::test(start_paused = true)]
async fn above_the_memory_ceiling_nobody_comes_in_by_either() {
    let mut world = World::new().await;
    world.services.admission.limit(Some(1024));
    world.services.admission.observe(2048);
    let (status, problem) = world.browser().sign_in("kim@one.example", PASSWORD).await;
    assert_eq!((status, &problem["code"]), (503, &json!("full")));
    assert_eq!(status_of(world.sign_in(profile("kim", 1)).await), Some(503));
    world.services.admission.observe(0);
    assert_eq!(world.browser().sign_in("kim@one.example", PASSWORD).await.0, 200);
    world.sign_in(profile("kim", 1)).await.expect("signed in");
}

#[tokio::test(start_paused = true)]
async fn who_publishes_on_top_of_what_is_no_more_is_told_or_begins_anew() {
    let mut world = World::new().await;
    let (mut desktop, mut kim) = (world.desktop(profile("kim", 1)).await, world.signed_in("kim").await);
    let mut publish = async |availability: u32, version: u32| {
        let batch = bodies::Batch::new("sip:kim@one.example").with_user_state(availability, version);
        let request = desktop.publish(batch.finish());
        desktop.answer(request).await.expect("answered").status.as_u16()
    };
    let chosen =
        async |kim: &mut Browser| kim.done("GET", "/snapshot", Value::Null).await["me"]["chosen"].clone();
    kim.done("PUT", "/me/status", json!({ "chosen": "away" })).await;
    // The desktop client thinks that nothing was said yet.
    assert_eq!(publish(6500, 0).await, 409);
    assert_eq!(chosen(&mut kim).await, "away");
    assert_eq!(publish(6500, 1).await, 200);
    assert_eq!(chosen(&mut kim).await, "busy");
    // A browser begins from what there is, so that the next one is the third.
    kim.done("PUT", "/me/status", json!({ "chosen": "doNotDisturb" })).await;
    assert_eq!(chosen(&mut kim).await, "doNotDisturb");
    assert_eq!((publish(6500, 1).await, publish(6500, 2).await), (409, 409));
    assert_eq!(publish(3500, 3).await, 200);
    assert_eq!(chosen(&mut kim).await, "available");
    // Of two browsers at once neither is refused, and one is last.
    let mut other = world.signed_in("kim").await;
    let (mut one, mut two) = (kim.clone(), other.clone());
    tokio::join!(
        one.done("PUT", "/me/status", json!({ "chosen": "busy" })),
        two.done("PUT", "/me/status", json!({ "chosen": "away" }))
    );
    let last = chosen(&mut kim).await;
    assert!(last == "busy" || last == "away", "{last}");
    assert_eq!(chosen(&mut other).await, last);
}

#[tokio::test(start_paused = true)]
async fn a_weak_password_is_refused_whoever_sets_it() {
    const GOOD: &str = "copper teapot 81 glides";
    let world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let path = "/v1/tenants/one/users/kim@one.example/password";
    for weak in ["short", "passwordpassword", "Kim Berg one rapport"] {
        let body = json!({ "current": PASSWORD, "new": weak });
        let by_browser = kim.refused("POST", "/password", body, 422, "weak-password").await;
        let (status, by_operator) = world.manage("PUT", path, json!({ "password": weak })).await;
        assert_eq!((status, &by_operator["code"]), (422, &json!("weak-password")), "{weak}");
        assert_eq!(by_operator["title"], by_browser["title"], "{weak}");
    }
    kim.done("POST", "/password", json!({ "current": PASSWORD, "new": GOOD })).await;
    assert_eq!(world.manage("PUT", path, json!({ "password": PASSWORD })).await.0, 204);
}

#[tokio::test(start_paused = true)]
async fn what_is_done_is_in_the_audit_log_by_whichever_way() {
    const NEW: &str = "copper teapot 81 glides";
    let world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let log = async |from: u64| {
        let log = world.services.audit.page(&world.scope, from, 1000).await.expect("a log");
        let last = log.last().map_or(from, |line| line.number);
        let lines = log.into_iter().filter(|line| !line.entry.what.starts_with("web session"));
        let lines: Vec<_> =
            lines.map(|line| (line.entry.what, line.entry.subject, line.entry.detail, line.actor)).collect();
        (last, lines)
    };
    let before = log(0).await.0;
    let issued = kim.done("POST", "/app-passwords", json!({ "label": "Pidgin" })).await;
    let path = format!("/app-passwords/{}", issued["id"].as_str().expect("an id"));
    kim.done("DELETE", &path, Value::Null).await;
    kim.done("POST", "/password", json!({ "current": PASSWORD, "new": NEW })).await;
    let (between, by_browser) = log(before).await;
    let users = "/v1/tenants/one/users/kim@one.example";
    let body = json!({ "label": "Pidgin" });
    let (_, issued) = world.manage("POST", &format!("{users}/app-passwords"), body).await;
    let path = format!("{users}/app-passwords/{}", issued["id"].as_str().expect("an id"));
    assert_eq!(world.manage("DELETE", &path, Value::Null).await.0, 204, "{path}");
    let body = json!({ "password": PASSWORD });
    assert_eq!(world.manage("PUT", &format!("{users}/password"), body).await.0, 204);
    let (_, by_operator) = log(between).await;
    assert_eq!(by_browser.len(), 3, "{by_browser:?}");
    for (one, other) in by_browser.iter().zip(&by_operator) {
        assert_eq!((&one.0, &one.1), (&other.0, &other.1), "what, and whose");
        assert_eq!((one.3.starts_with("user "), &*other.3), (true, "operator ops"), "and by whom");
        assert!(!one.2.contains(NEW) && !other.2.contains(PASSWORD));
    }
    assert_eq!(by_operator.len(), 3, "{by_operator:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_written_down_for_both() {
    let logged = Logged::default();
    let _here = tracing::subscriber::set_default(logged.clone());
    let mut world = World::new().await;
    let (mut kim, mut lee) = (world.signed_in("kim").await, world.desktop(profile("lee", 1)).await);
    logged.take(REFUSED);
    // The group that every list has can't be renamed.
    kim.refused("PATCH", "/groups/1", json!({ "name": "x" }), 403, "group-is-fixed").await;
    let request = lee.change_contacts(bodies::modify_group(1, "x", 1));
    assert_eq!(lee.answer(request).await.expect("answered").status.as_u16(), 403);
    let lines = logged.take(REFUSED);
    let who = [world.user("kim").await, world.user("lee").await];
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, who) in lines.iter().zip(who) {
        for part in [format!("{who}"), "192.0.2.1".to_owned(), " reason=group-is-fixed".to_owned()] {
            assert!(line.contains(&part), "{part}: {line}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_found_is_looked_for_in_one_place() {
    let mut world = World::new().await;
    let mut kim = world.signed_in("kim").await;
    let found = async |kim: &mut Browser| {
        let found = kim.done("GET", "/people?q=berg", Value::Null).await;
        let people = found["people"].as_array().expect("a list").iter();
        people.map(|person| person["address"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let all = ["ana@one.example", "kim@one.example", "lee@one.example"];
    let mut people = found(&mut kim).await;
    people.sort();
    assert_eq!(people, all, "of the company, and nobody else's");
    // Who may not sign in is not found, by whichever way that was said.
    let (status, _) = world.manage("POST", "/v1/tenants/one/users/lee@one.example/disable", json!({})).await;
    assert_eq!(status, 200);
    let mut people = found(&mut kim).await;
    people.sort();
    assert_eq!(people, all[..2]);
    // A desktop client that asks is told that there is no such service, and searches its own list.
    let mut ana = world.desktop(profile("ana", 1)).await;
    let asked = "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Body>\
         <m:directorySearch xmlns:m=\"http://schemas.microsoft.com/winrtc/2002/11/sip\">\
         <m:filter m:href=\"#searchArray\"/><m:maxResults>100</m:maxResults></m:directorySearch>\
         <m:Array xmlns:m=\"http://schemas.microsoft.com/winrtc/2002/11/sip\" m:id=\"searchArray\">\
         <m:row m:attrib=\"sn\" m:value=\"Berg\"/></m:Array></SOAP-ENV:Body></SOAP-ENV:Envelope>";
    let request = ana.service("application/SOAP+xml", asked.to_owned());
    let answer = ana.answer(request).await.expect("answered");
    assert!(!answer.status.is_success(), "{}", answer.status.as_u16());
    assert!(!String::from_utf8_lossy(&answer.body).contains("one.example"));
}
