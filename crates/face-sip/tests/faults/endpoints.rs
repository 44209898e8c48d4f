//! Sessions that end although their client did not ask for it.

use std::sync::Arc;
use std::time::Duration;

use rapport_core::directory::{PersonPatch, TenantPatch};
use rapport_core::refusal::Refusal;
use rapport_fabric::Description;
use rapport_face_sip::Ended;
use rapport_model::{EndpointId, Epid, OperatorScope, Source, Timestamp};
use rapport_service::Error;
use rapport_sip::{HeaderName, Method, Request};
use rapport_testkit::client::{Event, Invitations};
use tokio::time::Instant;

use crate::world::{Talker, World, profile};
use rapport_testkit::counted::Counted;

fn notices(events: &[Event]) -> Vec<&Request> {
    events.iter().filter_map(Event::as_request).filter(|request| request.method == Method::Notify).collect()
}

async fn told(talker: &mut Talker, number: &str) {
    let events = talker.until_closed().await;
    let notices = notices(&events);
    let [notice] = notices.as_slice() else { panic!("one notice, not {notices:?}") };
    assert_eq!(notice.headers.get(HeaderName::Event), Some("registration-notify"));
    let public = notice.headers.named("ms-diagnostics-public").unwrap();
    assert!(public.starts_with(number), "{public}");
}

async fn ended_in_silence(mut talker: Talker) -> Ended {
    let events = talker.until_closed().await;
    assert_eq!(notices(&events), Vec::<&Request>::new());
    talker.ended().await
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_signs_in_again_replaces_its_old_connection_in_silence() {
    let mut world = World::new().await;
    let first = world.signed_in("ana", 1).await;
    let mut second = world.signed_in("ana", 1).await;
    assert_eq!(ended_in_silence(first).await, Ended::SignedOut);
    assert_eq!(world.endpoints("ana").await, 1);
    second.first_subscriptions().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_endpoint_too_many_ends_the_oldest_with_a_notice() {
    let mut world = World::new().await;
    let mut oldest = world.signed_in("ana", 1).await;
    let mut second = world.signed_in("ana", 2).await;
    let mut third = world.signed_in("ana", 3).await;
    told(&mut oldest, "4140;").await;
    second.serves().await;
    third.serves().await;
    assert_eq!(world.endpoints("ana").await, 2);
}

#[tokio::test(start_paused = true)]
async fn who_is_disabled_or_loses_the_licence_is_told_within_a_second() {
    let mut world = World::new().await;
    let disabled = PersonPatch { enabled: Some(false), ..PersonPatch::default() };
    let unlicensed = PersonPatch { licensed: Some(false), ..PersonPatch::default() };
    for (name, patch) in [("ana", disabled), ("ben", unlicensed)] {
        let mut talkers = [world.signed_in(name, 1).await, world.signed_in(name, 2).await];
        let user = world.user(name).await;
        let begun = Instant::now();
        world.services.people.set(&world.scope, user, patch).await.unwrap();
        for talker in &mut talkers {
            told(talker, "4141;").await;
        }
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert_eq!(world.endpoints(name).await, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_disabled_between_the_proof_and_the_binding_is_not_bound() {
    let world = World::new().await;
    let user = world.user("ana").await;
    let proven = Arc::new(world.services.people.person(&world.scope, user).await.unwrap());
    let operator = OperatorScope::service("test");
    let tenant = Arc::new(world.services.tenants.by_name(&operator, "example").await.unwrap());
    let disabled = PersonPatch { enabled: Some(false), ..PersonPatch::default() };
    world.services.people.set(&world.scope, user, disabled).await.unwrap();
    let endpoint = EndpointId { user, instance: Epid::parse("0102030405ab").unwrap().instance() };
    let description = Description {
        epid: None,
        contact: "sip:192.0.2.1".into(),
        gruu: "sip:ana@example.com;gruu".into(),
        methods: "".into(),
        supported: "".into(),
        user_agent: "".into(),
        is_virtual: false,
        app_password: None,
        since: Timestamp(0),
    };
    let bound = world.services.registrar.bind(&proven, &tenant, endpoint, Source::Server, description).await;
    assert!(matches!(bound, Err(Error::Refused(Refusal::AccountDisabled))), "{bound:?}");
    assert_eq!(world.endpoints("ana").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_company_that_is_switched_off_is_cut_within_a_second() {
    let mut world = World::new().await;
    let mut talkers = [world.signed_in("ana", 1).await, world.signed_in("ben", 1).await];
    let begun = Instant::now();
    let off = TenantPatch { enabled: Some(false), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, off).await.unwrap();
    for talker in &mut talkers {
        told(talker, "4141;").await;
    }
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn who_is_removed_is_cut_and_is_unknown_from_then_on() {
    let mut world = World::new().await;
    let mut talker = world.signed_in("ana", 1).await;
    let user = world.user("ana").await;
    world.services.people.remove(&world.scope, user).await.unwrap();
    told(&mut talker, "4141;").await;
    let mut again = world.client(profile("ana", 1));
    assert_eq!(again.try_sign_in().await.status.as_u16(), 401);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_server_is_not_announced_as_a_sign_out() {
    let mut world = World::new().await;
    let talkers = [world.signed_in("ana", 1).await, world.signed_in("ben", 1).await];
    let begun = Instant::now();
    world.closing.send(true).unwrap();
    for talker in talkers {
        assert_eq!(ended_in_silence(talker).await, Ended::ShuttingDown);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn who_signs_out_leaves_nothing_and_may_sign_in_again_on_the_same_connection() {
    let mut world = World::new().await;
    let mut talker = world.signed_in("ana", 1).await;
    talker.first_subscriptions().await.unwrap();
    // Longer than a stranger may stay: the time begins anew.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let out = talker.unregister();
    talker.success(out).await.unwrap();
    assert_eq!(world.endpoints("ana").await, 0);
    talker.sign_in().await.unwrap();
    talker.serves().await;
    // Who then does nothing is a stranger again.
    let out = talker.unregister();
    talker.success(out).await.unwrap();
    let begun = Instant::now();
    talker.until_closed().await;
    assert_eq!(talker.ended().await, Ended::NoSignIn);
    assert!(begun.elapsed() <= Duration::from_secs(31));
}

/// People who let it ring, each signed in once.
async fn who_let_it_ring<const N: usize>(world: &mut World, names: [&str; N]) -> Vec<Talker> {
    let mut talkers = Vec::new();
    for name in names {
        world.add(&world.scope, name, "example.com").await;
        let mut talker = world.client(profile(name, 1).with_invitations(Invitations::Leave));
        talker.sign_in().await.unwrap();
        talkers.push(talker);
    }
    talkers
}

/// Invites somebody, and returns the status of the answer once it is known whether it rings.
async fn invited(caller: &mut Talker, name: &str, callee: &mut Talker) -> Option<u16> {
    let (id, _) = caller.invite(&format!("{name}@example.com"));
    let trying = |event: &Event| matches!(event, Event::Progress { request, .. } if *request == id);
    let answered = |event: &Event| matches!(event, Event::Answered { request, .. } if *request == id);
    let first = caller.expect("a first answer", |event| trying(event) || answered(event)).await.unwrap();
    if let Event::Answered { response, .. } = first {
        return Some(response.status.as_u16());
    }
    tokio::select! {
        biased;
        invite = callee.request(Method::Invite, |_| true) => {
            callee.ring(&invite.unwrap());
            callee.flush().await.unwrap();
            None
        }
        answer = caller.answer(id) => Some(answer.unwrap().status.as_u16()),
    }
}

#[tokio::test(start_paused = true)]
async fn requests_under_way_have_a_bound_and_end_with_the_connection() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let names = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"];
    let mut callees = who_let_it_ring(&mut world, names).await;
    let mut refused = 0;
    for number in 0..300 {
        let (name, callee) = (names[number % 10], &mut callees[number % 10]);
        match invited(&mut ana, name, callee).await {
            None => {}
            Some(503) => refused += 1,
            Some(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, 44);
    assert_eq!(counted.total("rapport_sip_calls_refused_total, [bound = waiting]"), 44);
    drop(ana);
    // What rang is cancelled.
    for number in 0..256 {
        callees[number % 10].request(Method::Cancel, |_| true).await.unwrap();
    }
    for mut callee in callees {
        callee.serves().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_is_not_answered_leaves_room_for_others() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = who_let_it_ring(&mut world, ["dan"]).await.pop().unwrap();
    for _ in 0..32 {
        assert_eq!(invited(&mut ana, "dan", &mut ben).await, None);
    }
    assert_eq!(invited(&mut ana, "dan", &mut ben).await, Some(480));
    // Another program of the same person is the same caller.
    let mut beside = world.signed_in("ana", 2).await;
    assert_eq!(invited(&mut beside, "dan", &mut ben).await, Some(480));
    let mut cal = world.signed_in("cal", 1).await;
    assert_eq!(invited(&mut cal, "dan", &mut ben).await, None);
    // A place that is given back is free.
    drop(ana);
    for _ in 0..32 {
        ben.request(Method::Cancel, |_| true).await.unwrap();
    }
    ben.serves().await;
    assert_eq!(invited(&mut beside, "dan", &mut ben).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_client_has_so_many_requests_to_answer_and_further_callers_are_told_480() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let mut world = World::new().await;
    let mut dan = who_let_it_ring(&mut world, ["dan"]).await.pop().unwrap();
    let mut callers = Vec::new();
    for number in 0..9 {
        let name = format!("caller{number}");
        world.add(&world.scope, &name, "example.com").await;
        callers.push(world.signed_in(&name, 1).await);
    }
    for caller in callers.iter_mut().take(8) {
        for _ in 0..32 {
            assert_eq!(invited(caller, "dan", &mut dan).await, None);
        }
    }
    // 256 invitations wait for a person; what a program answers by itself has room beside them.
    let last = callers.last_mut().unwrap();
    assert_eq!(invited(last, "dan", &mut dan).await, Some(480));
    let message = last.outside(Method::Message, "dan@example.com");
    let message = last.send(message);
    // The program knows no such conversation, and says so itself.
    let beside = async { dan.request(Method::Message, |_| true).await.unwrap() };
    let (answer, _) = tokio::join!(last.answer(message), beside);
    assert_eq!(answer.unwrap().status.as_u16(), 481);
    // A program that answers nothing any more fills the other half.
    for (at, caller) in callers.iter_mut().enumerate() {
        for _ in 0..if at == 8 { 0 } else { 32 } {
            let message = caller.outside(Method::Message, "dan@example.com");
            caller.send(message);
        }
        caller.serves().await;
    }
    // Whoever talks at it much is refused; whoever has said nothing yet gets a word in, and a few more.
    let first = callers.first_mut().unwrap();
    let message = first.outside(Method::Message, "dan@example.com");
    let message = first.send(message);
    assert_eq!(first.answer(message).await.unwrap().status.as_u16(), 480);
    let last = callers.last_mut().unwrap();
    let few = [(); 8].map(|()| {
        let message = last.outside(Method::Message, "dan@example.com");
        last.send(message)
    });
    last.serves().await;
    let message = last.outside(Method::Message, "dan@example.com");
    let message = last.send(message);
    assert_eq!(last.answer(message).await.unwrap().status.as_u16(), 480);
    // It is still there, and has been asked so often and no oftener.
    for _ in 0..256 + few.len() {
        dan.request(Method::Message, |_| true).await.unwrap();
    }
    for message in few {
        assert_eq!(last.answer(message).await.unwrap().status.as_u16(), 481);
    }
    dan.serves().await;
    for bound in ["ringing", "client"] {
        assert_eq!(
            counted.total(&format!("rapport_sip_calls_refused_total, [bound = {bound}]")),
            if bound == "client" { 2 } else { 1 },
            "{bound}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_invitations_from_many_costs_nobody_the_connection() {
    let mut world = World::new().await;
    let mut dan = who_let_it_ring(&mut world, ["dan"]).await.pop().unwrap();
    let mut callers = Vec::new();
    for number in 0..20 {
        let name = format!("caller{number}");
        world.add(&world.scope, &name, "example.com").await;
        callers.push(world.signed_in(&name, 1).await);
    }
    for caller in &mut callers {
        for _ in 0..15 {
            caller.invite("dan@example.com");
        }
        // There is room for all of it on the way: nobody has read any when the last one has spoken.
        caller.flush().await.unwrap();
    }
    for _ in 0..256 {
        let invite = dan.request(Method::Invite, |_| true).await.unwrap();
        dan.ring(&invite);
    }
    dan.serves().await;
    // All of them give up at once.
    drop(callers);
    for _ in 0..256 {
        dan.request(Method::Cancel, |_| true).await.unwrap();
    }
    dan.serves().await;
    assert_eq!(world.endpoints("dan").await, 1);
}

/// People with a conversation with Ben each, all of them accepted.
async fn callers_of_ben(world: &mut World, ben: &mut Talker, count: u32) -> Vec<(Talker, Arc<str>)> {
    let mut callers = Vec::new();
    for number in 0..count {
        let name = format!("caller{number}");
        world.add(&world.scope, &name, "example.com").await;
        let mut caller = world.signed_in(&name, 1).await;
        let (invite, conversation) = caller.invite("ben@example.com");
        let answering = async { ben.request(Method::Ack, |_| true).await.unwrap() };
        tokio::join!(async { caller.success(invite).await.unwrap() }, answering);
        callers.push((caller, conversation));
    }
    callers
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_acks_costs_nobody_the_connection() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let mut world = World::with_inboxes(64).await;
    let mut ben = world.signed_in("ben", 1).await;
    let mut callers = callers_of_ben(&mut world, &mut ben, 5).await;
    for (caller, conversation) in &mut callers {
        for _ in 0..25 {
            let ack = caller.within(conversation, Method::Ack).unwrap();
            caller.send(ack);
        }
        // There is room for all of it on the way: nobody has read any when the last one has spoken.
        caller.flush().await.unwrap();
    }
    for (caller, _) in &mut callers {
        caller.serves().await;
    }
    let lost = counted.total("rapport_requests_lost_total");
    assert!((1..=125 - 32).contains(&lost), "{lost} of 125 are lost");
    for _ in 0..125 - lost {
        ben.request(Method::Ack, |_| true).await.unwrap();
    }
    ben.serves().await;
    assert_eq!(world.endpoints("ben").await, 1);
}

#[tokio::test(start_paused = true)]
async fn however_much_colleagues_say_to_who_reads_slowly_the_session_stays() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let mut world = World::new().await;
    let mut ben = world.signed_in("ben", 1).await;
    let mut callers = callers_of_ben(&mut world, &mut ben, 2).await;
    let long = bytes::Bytes::from("x".repeat(200 * 1024));
    for (caller, conversation) in &mut callers {
        for _ in 0..10 {
            let said = caller.within(conversation, Method::Message).unwrap();
            caller.send(said.with_body("text/plain", long.clone()));
        }
        for _ in 0..2000 {
            let ack = caller.within(conversation, Method::Ack).unwrap();
            caller.send(ack);
        }
        caller.serves().await;
    }
    // Half a megabyte waits for Ben at most: two such messages, and what still finds room beside them.
    assert_eq!(counted.total("rapport_sip_calls_refused_total, [bound = octets]"), 18);
    let lost = counted.total("rapport_requests_lost_total");
    assert!(lost > 3000, "{lost} of 4000 are lost");
    for _ in 0..2 {
        assert_eq!(ben.request(Method::Message, |_| true).await.unwrap().body.len(), long.len());
    }
    ben.serves().await;
    assert_eq!(world.endpoints("ben").await, 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_registers_for_somebody_else() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let contact = "<sip:192.0.2.1:5070;transport=tls>;+sip.instance=\"<urn:uuid:01020304-0506-5708-890a-0b0c0d0e0f10>\"";
    for (from, to, contact) in [
        ("ana@example.com", "ben@example.com", ""),
        ("ben@example.com", "ben@example.com", ""),
        ("ana@example.com", "ana@example.com", contact),
    ] {
        let mut request = ana.outside(Method::Register, to);
        let epid = ana.profile().epid.as_str().to_owned();
        request.headers.set(HeaderName::From, &format!("<sip:{from}>;tag=9;epid={epid}")).unwrap();
        if !contact.is_empty() {
            request.headers.set(HeaderName::Contact, contact).unwrap();
        }
        let id = ana.send(request);
        assert_eq!(ana.answer(id).await.unwrap().status.as_u16(), 403, "{from} for {to}");
    }
    assert_eq!((world.endpoints("ana").await, world.endpoints("ben").await), (1, 0));
    ana.serves().await;
}
