//! More than anybody has to say: before a sign-in and after it.

use std::time::Duration;

use rapport_core::directory::TenantPatch;
use rapport_core::policy::Policy;
use rapport_face_sip::{Ended, Settings};
use rapport_model::Limits;
use rapport_sip::{Method, StatusCode};
use rapport_testkit::client::{Event, bodies};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};

use crate::world::{Talker, World, profile, unsigned, with_headers};
use rapport_testkit::counted::Counted;

#[tokio::test(start_paused = true)]
async fn a_stranger_who_asks_without_end_loses_the_connection() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    for number in 1..=200 {
        raw.ask(unsigned("OPTIONS", number).as_bytes()).await.response();
    }
    raw.say(unsigned("OPTIONS", 201).as_bytes()).await;
    assert_eq!(raw.ended().await, Ended::Chatty);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_who_sends_empty_lines_without_end_loses_the_connection() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    let begun = Instant::now();
    while raw.stream.write_all(&b"\r\n\r\n".repeat(1024)).await.is_ok() {}
    assert_eq!(raw.ended().await, Ended::Chatty);
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_stranger_who_says_much_in_few_messages_loses_the_connection() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    let long = format!("X: {}\r\n", "x".repeat(6000));
    for number in 1..=20 {
        raw.ask(with_headers("OPTIONS", number, &long).as_bytes()).await.response();
    }
    raw.say(with_headers("OPTIONS", 21, &long).as_bytes()).await;
    raw.say(with_headers("OPTIONS", 22, &long).as_bytes()).await;
    assert_eq!(raw.ended().await, Ended::Chatty);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_who_does_not_read_is_not_read_either() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    let long = format!("Via: SIP/2.0/TLS 192.0.2.9;x={}\r\n", "x".repeat(600));
    let all: String = (1..=110).map(|number| with_headers("OPTIONS", number, &long)).collect();
    assert!(all.len() < 120 * 1024, "no other bound is met: {}", all.len());
    let said = timeout(Duration::from_secs(5), raw.stream.write_all(all.as_bytes())).await;
    assert!(said.is_err(), "the server takes in what it can't answer");
}

#[tokio::test(start_paused = true)]
async fn octets_take_from_the_budget() {
    let settings = Settings { requests_per_second: 10, requests_burst: 100, ..Settings::default() };
    let mut world = World::with(settings).await;
    let mut ana = world.signed_in("ana", 1).await;
    let begun = Instant::now();
    for _ in 0..40 {
        let long = ana.outside(Method::Options, "ana@example.com");
        let long = ana.send(long.with_body("text/plain", "x".repeat(200 * 1024).into()));
        ana.success(long).await.unwrap();
    }
    // Forty requests are within it; that they have eight megabytes isn't.
    assert!(begun.elapsed() > Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_stranger_s_keep_alives_are_messages_like_others() {
    let mut world = World::new().await;
    let mut raw = world.raw();
    raw.say(&b"\r\n\r\n".repeat(199)).await;
    raw.ask(unsigned("OPTIONS", 1).as_bytes()).await.response();
    raw.say(b"\r\n\r\n").await;
    assert_eq!(raw.ended().await, Ended::Chatty);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asks_for_more_than_its_budget_waits_and_keeps_its_session() {
    let settings = Settings { requests_per_second: 10, requests_burst: 100, ..Settings::default() };
    let mut world = World::with(settings).await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    let begun = Instant::now();
    for _ in 0..9 {
        ana.serves().await;
    }
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
    for _ in 0..20 {
        ana.serves().await;
    }
    assert!(begun.elapsed() >= Duration::from_secs(18), "{:?}", begun.elapsed());
    // What others say reaches it meanwhile.
    ana.fetch_provisioning();
    ana.fetch_provisioning();
    ana.flush().await.unwrap();
    let begun = Instant::now();
    ben.invite("ana@example.com");
    ben.flush().await.unwrap();
    ana.request(Method::Invite, |_| true).await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
    assert_eq!(world.endpoints("ana").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_signs_in_and_adds_its_contacts_never_waits() {
    let mut world = World::with(Settings::default()).await;
    let begun = Instant::now();
    let mut ana = world.client(profile("ana", 1));
    ana.sign_in().await.unwrap();
    ana.first_subscriptions().await.unwrap();
    let people: Vec<String> = (0..250).map(|number| format!("colleague{number}@example.com")).collect();
    let (all, _) = ana.subscribe_presence(people.iter().map(String::as_str));
    ana.success(all).await.unwrap();
    for _ in 0..60 {
        ana.serves().await;
    }
    // A sign-in takes no time here but the one that a wait would.
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
}

/// Lets a client answer what it is asked until something else is done.
async fn beside<T>(client: &mut Talker, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            event = client.next_event() => drop(event.unwrap()),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn answers_to_nothing_and_keep_alives_take_from_the_budget_and_right_answers_do_not() {
    let settings = Settings { requests_per_second: 10, requests_burst: 100, ..Settings::default() };
    let mut world = World::with(settings).await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    let (invite, conversation) = ana.invite("ben@example.com");
    beside(&mut ben, ana.success(invite)).await.unwrap();
    // Ana may ask for a hundred things at once; that Ben answers each costs him nothing.
    for _ in 0..80 {
        let message = ana.message(&conversation, "hello").unwrap();
        beside(&mut ben, ana.success(message)).await.unwrap();
    }
    let begun = Instant::now();
    for _ in 0..5 {
        ben.serves().await;
    }
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
    // What nobody asked for is dear: four answers were paid for by each request, and one was given.
    let asked = ben.outside(Method::Message, "ana@example.com");
    for _ in 0..81 * 3 + 110 {
        let answer = ben.answer_to(&asked, StatusCode::OK);
        ben.respond(answer);
    }
    let begun = Instant::now();
    ben.serves().await;
    assert!(begun.elapsed() > Duration::from_secs(4), "{:?}", begun.elapsed());
    // So are keep-alives, by the thousand.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let begun = Instant::now();
    ben.say_raw(&b"\r\n\r\n".repeat(20_000));
    ben.flush().await.unwrap();
    ben.serves().await;
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
    ben.say_raw(&b"\r\n\r\n".repeat(100_000));
    ben.flush().await.unwrap();
    ben.serves().await;
    assert!(begun.elapsed() > Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn news_that_need_no_answer_pay_for_none() {
    let settings = Settings { requests_per_second: 10, requests_burst: 100, ..Settings::default() };
    let mut world = World::with(settings).await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    let (watch, _) = ben.subscribe_presence(["ana@example.com"]);
    ben.success(watch).await.unwrap();
    for version in 0..60 {
        let batch = bodies::Batch::new("sip:ana@example.com").with_note(&format!("n{version:03}"), version);
        let published = ana.publish(batch.finish());
        ana.success(published).await.unwrap();
        ben.sees(&format!("n{version:03}")).await;
    }
    let asked = ben.outside(Method::Message, "ana@example.com");
    for _ in 0..150 {
        let answer = ben.answer_to(&asked, StatusCode::OK);
        ben.respond(answer);
    }
    let begun = Instant::now();
    ben.serves().await;
    assert!(begun.elapsed() > Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn whoever_meets_a_bound_on_what_one_may_have_is_counted() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let met = |bound: &str| counted.total(&format!("rapport_sip_bounds_met_total, [bound = {bound}]"));
    let mut world = World::with(Settings::default()).await;
    let mut watchers = Vec::new();
    let mut ana = world.signed_in("ana", 1).await;
    let mut refused = 0;
    for _ in 0..40 {
        let (watch, _) = ana.subscribe_presence(["ben@example.com"]);
        refused += u64::from(ana.answer(watch).await.unwrap().status == StatusCode::FORBIDDEN);
    }
    assert_eq!((refused, met("dialogs")), (8, 8), "32 dialogs are kept");

    let people: Vec<String> = (0..1001).map(|number| format!("p{number}@example.com")).collect();
    let (all, _) = ana.subscribe_presence(people.iter().map(String::as_str));
    assert_eq!((ana.answer(all).await.unwrap().status, met("people")), (StatusCode::BAD_REQUEST, 1));
    let (fewer, _) = ana.subscribe_presence(people.iter().skip(1).map(String::as_str));
    assert_ne!(ana.answer(fewer).await.unwrap().status, StatusCode::BAD_REQUEST);
    assert_eq!(met("people"), 1);

    // The company lets each have two endpoints: the third takes the place of the first.
    let _second = world.signed_in("ana", 2).await;
    assert_eq!(met("endpoints"), 0);
    let _third = world.signed_in("ana", 3).await;
    let told = |event: &Event| {
        event.as_request().is_some_and(|request| {
            request.headers.named("Event").is_some_and(|event| event.starts_with("registration-notify"))
        })
    };
    ana.expect("the end of the oldest", told).await.unwrap();
    assert_eq!(met("endpoints"), 1);

    let mut ben = world.client(profile("ben", 1));
    ben.sign_in().await.unwrap();
    for (first, full) in [(0, false), (129, true)] {
        let mut batch = bodies::Batch::new("sip:ben@example.com");
        for instance in first..first + 129 {
            batch = batch.with("x-many", instance, 200, 0, "static", "<x/>");
        }
        let many = ben.publish(batch.finish());
        let status = ben.answer(many).await.unwrap().status;
        assert_eq!(
            (status == StatusCode::FORBIDDEN, met("publications")),
            (full, u64::from(full)),
            "{first}"
        );
    }
    let member = |number| format!("<member action=\"add\" type=\"user\" value=\"m{number}@a.example\"/>");
    for version in 0..5 {
        let members: String = (version * 900..(version + 1) * 900).map(member).collect();
        let more = ben.set_container_members(format!(
            "<setContainerMembers xmlns=\"http://schemas.microsoft.com/2006/09/sip/container-management\">\
             <container id=\"300\" version=\"{version}\">{members}</container></setContainerMembers>"
        ));
        let status = ben.answer(more).await.unwrap().status;
        let full = version == 4;
        assert_eq!((status == StatusCode::FORBIDDEN, met("members")), (full, u64::from(full)), "{version}");
    }

    // One person may watch Ana, and her own second program doesn't count.
    let limits = Limits { watchers: 1, endpoints: 2, ..Limits::default() };
    let policy = Policy { account_password_sign_in: true, limits, ..Policy::default() };
    let patch = TenantPatch { policy: Some(policy), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, patch).await.unwrap();
    for (name, refused) in [("cal", 0), ("ben", 1)] {
        let mut watcher = world.client(profile(name, 2));
        watcher.sign_in().await.unwrap();
        let (watch, _) = watcher.subscribe_presence(["ana@example.com"]);
        watcher.success(watch).await.unwrap();
        assert_eq!(met("watchers"), refused, "{name}");
        // It goes on watching.
        watchers.push(watcher);
    }

    let [contacts, ..] = ben.first_subscriptions().await.unwrap();
    let mut delta = bodies::delta_num(&contacts.body).unwrap();
    for number in 0..251 {
        let who = format!("q{number}@elsewhere.example");
        let call = ben.change_contacts(bodies::set_contact(&who, "Q", "1", delta));
        let status = ben.answer(call).await.unwrap().status;
        assert_eq!(
            (status == StatusCode::FORBIDDEN, met("contacts")),
            (number == 250, u64::from(number == 250))
        );
        delta += u32::from(number < 250);
    }
    // The first group is there from the beginning.
    for number in 0..64 {
        let call = ben.change_contacts(bodies::add_group(&format!("G{number}"), delta));
        let status = ben.answer(call).await.unwrap().status;
        let full = number == 63;
        assert_eq!((status == StatusCode::FORBIDDEN, met("groups")), (full, u64::from(full)), "{number}");
        delta += u32::from(!full);
    }
}
