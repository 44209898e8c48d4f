//! Sessions that end although their client did not ask for it.

use std::sync::Arc;
use std::time::Duration;

use rapport_core::directory::{PersonPatch, TenantPatch};
use rapport_core::refusal::Refusal;
use rapport_fabric::Description;
use rapport_face_sip::Ended;
use rapport_model::{EndpointId, Epid, OperatorScope, TraceId};
use rapport_service::Error;
use rapport_sip::{HeaderName, Method, Request};
use rapport_testkit::client::{Event, Invitations};
use tokio::time::Instant;

use crate::world::{Talker, World, profile};

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
    let operator = OperatorScope { operator: "test".into(), reason: "test", trace: TraceId(0) };
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
    };
    let bound = world.services.registrar.bind(&proven, &tenant, endpoint, description).await;
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

#[tokio::test(start_paused = true)]
async fn requests_under_way_have_a_bound_and_end_with_the_connection() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.client(profile("ben", 1).with_invitations(Invitations::Leave));
    ben.sign_in().await.unwrap();
    let mut refused = 0;
    for _ in 0..300 {
        let (id, _) = ana.invite("ben@example.com");
        let first = |event: &Event| match event {
            Event::Progress { request, .. } | Event::Answered { request, .. } => *request == id,
            Event::Asked(_) | Event::Stray(_) => false,
        };
        match ana.expect("a first answer", first).await.unwrap() {
            Event::Answered { response, .. } if response.status.as_u16() == 503 => refused += 1,
            Event::Progress { .. } => {
                let invite = ben.request(Method::Invite, |_| true).await.unwrap();
                ben.ring(&invite);
                ben.flush().await.unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused, 44);
    drop(ana);
    // What rang is cancelled.
    for _ in 0..256 {
        ben.request(Method::Cancel, |_| true).await.unwrap();
    }
    ben.serves().await;
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
