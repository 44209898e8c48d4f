//! What a REGISTER of a signed-in client may take away: the endpoint of its own connection, and nothing else.

use rapport_sip::{HeaderName, Method, Request};

use crate::world::{Talker, World, profile};

/// A REGISTER with this Contact, and with this Expires unless it is empty.
fn register(talker: &mut Talker, contact: &str, expires: &str) -> Request {
    let mut request = talker.outside(Method::Register, "ana@example.com");
    request.headers.set(HeaderName::Contact, contact).unwrap();
    if !expires.is_empty() {
        request.headers.set(HeaderName::Expires, expires).unwrap();
    }
    request
}

#[tokio::test(start_paused = true)]
async fn all_contacts_with_expires_zero_sign_out_the_endpoint_that_asks_and_no_other() {
    for named in [true, false] {
        let mut world = World::new().await;
        let mut first = world.signed_in("ana", 1).await;
        let mut second = world.signed_in("ana", 2).await;
        let mut request = register(&mut first, "*", "0");
        if !named {
            request.headers.set(HeaderName::From, "<sip:ana@example.com>;tag=77").unwrap();
        }
        let id = first.send(request);
        let answer = first.success(id).await.unwrap();
        assert_eq!(answer.headers.get(HeaderName::Expires), Some("0"));
        assert!(!answer.headers.contains(HeaderName::Contact));
        assert_eq!(world.endpoints("ana").await, 1, "named: {named}");
        second.serves().await;
        // The connection may sign in again.
        let id = first.register_anew();
        first.success(id).await.unwrap();
        assert_eq!(world.endpoints("ana").await, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn all_contacts_are_removed_with_expires_zero_alone_and_named_alone() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let own = ana.contact().to_owned();
    for (contact, expires) in [
        ("*", ""),
        ("*", "3600"),
        ("*", "none"),
        ("*", "-0"),
        ("*, *", "0"),
        (&format!("*, {own}"), "0"),
        ("*;expires=0", ""),
    ] {
        let request = register(&mut ana, contact, expires);
        let id = ana.send(request);
        let refused = ana.answer(id).await.unwrap();
        assert_eq!(refused.status.as_u16(), 400, "{contact} {expires}");
        assert!(refused.headers.named("ms-diagnostics").unwrap().starts_with("4010;"), "{contact} {expires}");
        assert_eq!(world.endpoints("ana").await, 1, "{contact} {expires}");
    }
    ana.serves().await;
}

#[tokio::test(start_paused = true)]
async fn another_endpoint_of_the_same_person_is_not_signed_out_by_name() {
    let mut world = World::new().await;
    let mut first = world.signed_in("ana", 1).await;
    let mut second = world.signed_in("ana", 2).await;
    let epid = second.profile().epid.as_str().to_owned();
    for contact in ["*", second.contact().to_owned().as_str()] {
        let mut request = register(&mut first, contact, "0");
        let from = format!("<sip:ana@example.com>;tag=77;epid={epid}");
        request.headers.set(HeaderName::From, &from).unwrap();
        let id = first.send(request);
        assert_eq!(first.answer(id).await.unwrap().status.as_u16(), 403, "{contact}");
        assert_eq!(world.endpoints("ana").await, 2);
    }
    second.serves().await;
    first.serves().await;
}

#[tokio::test(start_paused = true)]
async fn a_contact_that_expires_at_once_signs_out_as_the_header_would() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let contact = format!("{};expires=0", ana.contact());
    let request = register(&mut ana, &contact, "");
    let id = ana.send(request);
    ana.success(id).await.unwrap();
    assert_eq!(world.endpoints("ana").await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_no_client_registers_with_is_refused_and_changes_nothing() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let own = ana.contact().to_owned();
    let long = format!("<sip:192.0.2.1;x={}>", "a".repeat(500));
    let fits = format!("<sip:192.0.2.1;x={}>", "a".repeat(490));
    for (contact, lines, status) in [
        (&own, [(HeaderName::Event, "presence"), (HeaderName::Supported, "gruu-10")], 489),
        (&own, [(HeaderName::Event, "registration"), (HeaderName::Supported, "msrtc-event-categories")], 421),
        (&long, [(HeaderName::Event, "registration"), (HeaderName::Supported, "gruu-10")], 400),
        (&fits, [(HeaderName::Event, "registration"), (HeaderName::Supported, "gruu-10")], 200),
    ] {
        let mut request = register(&mut ana, contact, "3600");
        for (name, value) in lines {
            request.headers.set(name, value).unwrap();
        }
        let id = ana.send(request);
        assert_eq!(ana.answer(id).await.unwrap().status.as_u16(), status, "{contact:.40} {lines:?}");
    }
    assert_eq!(world.endpoints("ana").await, 1);
    ana.serves().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_client_says_of_itself_is_kept_short() {
    let mut world = World::new().await;
    let mut ana = world.stepwise(profile("ana", 1));
    let long = "é".repeat(300);
    ana.engine.register();
    while !ana.engine.is_signed_in() {
        let said = ana.unsaid();
        let said = said.replace("User-Agent: ", &format!("User-Agent: {long} "));
        let said = said.replace("Supported: ", &format!("Supported: {}", "x, ".repeat(200)));
        ana.say(&said.replace("methods=\"", &format!("methods=\"{}", "X, ".repeat(200)))).await;
        ana.listen().await;
    }
    let user = world.user("ana").await;
    let bound = world.services.registrar.bound(&world.scope, user).await.unwrap().remove(0).description;
    let kept = [&bound.user_agent, &bound.supported, &bound.methods].map(|text| text.len());
    assert_eq!(kept, [256; 3]);
}
