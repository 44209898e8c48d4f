use super::*;
use crate::name::HeaderName;
use crate::{Method, StatusCode};

struct World {
    engine: Engine,
    now: Instant,
}

#[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
fn start() -> Instant {
    Instant::now()
}

impl World {
    fn new() -> Self {
        Self { engine: Engine::new(Config::default()), now: start() }
    }

    fn receive(&mut self, message: impl Into<Message>) {
        self.engine.receive(message.into(), self.now);
    }

    fn respond(&mut self, id: ServerId, request: &Request, code: u16) {
        self.engine.respond(id, response(request, code), self.now).unwrap();
    }

    fn wait(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= until) {
            self.engine.handle_timeout(at);
        }
        self.now = until;
    }

    /// Short for what the engine wants sent: `200 INVITE`, `ACK`.
    fn sent(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.engine.poll_output())
            .map(|message| match message {
                Message::Request(r) => r.method.to_string(),
                Message::Response(r) => format!("{} {}", r.status, r.headers.cseq().unwrap().method),
            })
            .collect()
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.engine.poll_event()).collect()
    }

    /// Receives a request that must be new.
    fn new_request(&mut self, request: &Request) -> ServerId {
        self.receive(request.clone());
        match self.events().as_slice() {
            [Event::Request { id, request: got }] if got == request => *id,
            other => panic!("{other:?}"),
        }
    }
}

const BRANCH: &str = ";branch=z9hG4bKabc";

fn request(method: Method, branch: &str) -> Request {
    let cseq = format!("1 {method}");
    Request::new(method, "sip:bob@example.com")
        .unwrap()
        .with(HeaderName::Via, &format!("SIP/2.0/tls 192.0.2.1:5061{branch}"))
        .with(HeaderName::From, "<sip:alice@example.com>;tag=a")
        .with(HeaderName::To, "<sip:bob@example.com>")
        .with(HeaderName::CallId, "c1")
        .with(HeaderName::CSeq, &cseq)
}

fn response(request: &Request, code: u16) -> Response {
    Response::to(request, StatusCode::from_u16(code).unwrap(), "").with_to_tag("b")
}

fn ack(branch: &str) -> Request {
    let mut ack = request(Method::Ack, branch);
    ack.headers.set(HeaderName::To, "<sip:bob@example.com>;tag=b").unwrap();
    ack
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_repeated_request_is_absorbed_and_then_answered_again() {
    for branch in [BRANCH, ""] {
        let mut w = World::new();
        let message = request(Method::Message, branch);
        let id = w.new_request(&message);
        w.receive(message.clone());
        assert!(w.events().is_empty());
        assert_eq!(w.sent(), NOTHING);
        w.respond(id, &message, 200);
        w.receive(message.clone());
        assert_eq!(w.sent(), ["200 MESSAGE", "200 MESSAGE"]);
        assert!(w.events().is_empty());
        assert_eq!(w.engine.respond(id, response(&message, 200), w.now), Err(EngineError::NoSuchTransaction));
        w.wait(33);
        assert!(w.engine.is_empty());
        w.new_request(&message);
    }
}

#[test]
fn requests_without_a_branch_are_told_apart_by_what_rfc_2543_compares() {
    let mut w = World::new();
    let first = request(Method::Message, "");
    w.new_request(&first);
    let mut variants = vec![request(Method::Info, "")];
    for (name, value) in [
        (HeaderName::CSeq, "2 MESSAGE"),
        (HeaderName::CallId, "c2"),
        (HeaderName::From, "<sip:alice@example.com>;tag=z"),
        (HeaderName::To, "<sip:bob@example.com>;tag=z"),
        (HeaderName::Via, "SIP/2.0/tls 192.0.2.2:5061"),
    ] {
        let mut other = first.clone();
        other.headers.set(name, value).unwrap();
        variants.push(other);
    }
    let mut other = first.clone();
    other.set_uri("sip:carol@example.com").unwrap();
    variants.push(other);
    for variant in variants {
        w.new_request(&variant);
    }
}

#[test]
fn only_a_few_answers_are_kept() {
    let mut w = World::new();
    for number in 1..=100 {
        let mut message = request(Method::Message, "");
        message.headers.set(HeaderName::CSeq, &format!("{number} MESSAGE")).unwrap();
        let id = w.new_request(&message);
        w.respond(id, &message, 200);
    }
    assert_eq!(w.engine.len(), Config::default().kept);
    assert_eq!(w.engine.timers.len(), Config::default().kept);
    assert_eq!(w.engine.server_keys.len(), Config::default().kept);
}

#[test]
fn a_peer_that_floods_is_told_so() {
    let mut w = World { engine: Engine::new(Config { waiting: 2, ..Config::default() }), now: start() };
    for number in 1..=3 {
        let mut message = request(Method::Message, "");
        message.headers.set(HeaderName::CSeq, &format!("{number} MESSAGE")).unwrap();
        w.receive(message);
    }
    let events = w.events();
    assert_eq!((events.len(), events.last()), (3, Some(&Event::TurnedAway)));
    assert_eq!(w.sent(), ["503 MESSAGE"]);
}

#[test]
fn a_refused_invite_waits_for_its_ack_and_absorbs_it() {
    for branch in [BRANCH, ""] {
        let mut w = World::new();
        let invite = request(Method::Invite, branch);
        let id = w.new_request(&invite);
        w.respond(id, &invite, 180);
        w.receive(invite.clone());
        w.respond(id, &invite, 486);
        w.receive(invite.clone());
        assert_eq!(w.sent(), ["180 INVITE", "180 INVITE", "486 INVITE", "486 INVITE"]);
        w.receive(ack(branch));
        assert!(w.events().is_empty());
        assert!(w.engine.is_empty());
        assert!(w.engine.server_keys.is_empty());
    }
}

#[test]
fn a_refused_invite_that_sipe_never_acknowledges_ends_after_32_seconds() {
    let mut w = World::new();
    let invite = request(Method::Invite, "");
    let id = w.new_request(&invite);
    w.respond(id, &invite, 480);
    w.wait(31);
    assert_eq!(w.engine.len(), 1);
    w.wait(2);
    assert!(w.engine.is_empty());
    assert_eq!(w.sent(), ["480 INVITE"]);
    assert!(w.events().is_empty());
}

#[test]
fn the_ack_of_a_success_reaches_the_owner() {
    for branch in [BRANCH, ""] {
        let mut w = World::new();
        let invite = request(Method::Invite, branch);
        let id = w.new_request(&invite);
        w.respond(id, &invite, 200);
        w.receive(invite);
        assert_eq!(w.sent(), ["200 INVITE"]);
        w.receive(ack(branch));
        assert_eq!(w.events(), [Event::OneWay(ack(branch))]);
    }
}

#[test]
fn a_cancel_is_answered_and_told_to_the_owner_of_the_invite() {
    for branch in [BRANCH, ""] {
        let mut w = World::new();
        let invite = request(Method::Invite, branch);
        let id = w.new_request(&invite);
        w.receive(request(Method::Cancel, branch));
        assert_eq!(w.events(), [Event::Cancelled(id)]);
        w.receive(request(Method::Cancel, branch));
        assert!(w.events().is_empty());
        w.respond(id, &invite, 487);
        assert_eq!(w.sent(), ["200 CANCEL", "200 CANCEL", "487 INVITE"]);
    }
}

#[test]
fn a_cancel_of_nothing_is_481_and_one_of_an_answered_invite_changes_nothing() {
    let mut w = World::new();
    w.receive(request(Method::Cancel, BRANCH));
    assert_eq!(w.sent(), ["481 CANCEL"]);
    let mut w = World::new();
    let invite = request(Method::Invite, BRANCH);
    let id = w.new_request(&invite);
    w.respond(id, &invite, 200);
    w.receive(request(Method::Cancel, BRANCH));
    assert_eq!(w.sent(), ["200 INVITE", "200 CANCEL"]);
    assert!(w.events().is_empty());
}

#[test]
fn an_owner_that_never_answers_is_told_and_forgotten() {
    let mut w = World::new();
    let id = w.new_request(&request(Method::Info, BRANCH));
    w.wait(301);
    assert_eq!(w.events(), [Event::Abandoned(id)]);
    assert!(w.engine.is_empty());
    assert_eq!(w.engine.waiting, 0);
}

#[test]
fn a_benotify_passes_without_a_transaction() {
    let mut w = World::new();
    let benotify = request(Method::Benotify, "");
    w.receive(benotify.clone());
    w.receive(benotify.clone());
    assert_eq!(w.events(), [Event::OneWay(benotify.clone()), Event::OneWay(benotify.clone())]);
    assert!(w.engine.is_empty());
    assert_eq!(w.engine.send(benotify, w.now), Err(EngineError::NotATransaction));
}

#[test]
fn a_request_of_ours_is_answered_once() {
    let mut w = World::new();
    let info = request(Method::Info, BRANCH);
    let id = w.engine.send(info.clone(), w.now).unwrap();
    assert_eq!(w.engine.send(info.clone(), w.now), Err(EngineError::BranchInUse));
    assert_eq!(w.sent(), ["INFO"]);
    w.receive(response(&info, 100));
    w.receive(response(&info, 200));
    w.receive(response(&info, 200));
    let events = w.events();
    assert_eq!(events.len(), 2);
    assert_eq!(events[1], Event::Response { id, response: response(&info, 200), late: false });
    assert!(w.engine.is_empty());
    assert_eq!(w.engine.send(request(Method::Info, ""), w.now), Err(EngineError::NoBranch));
}

#[test]
fn a_request_of_ours_fails_by_time_or_with_its_connection() {
    let mut w = World::new();
    let info = request(Method::Info, BRANCH);
    let id = w.engine.send(info.clone(), w.now).unwrap();
    w.wait(33);
    assert_eq!(w.events(), [Event::Failed { id, cause: Failure::TimedOut }]);
    w.receive(response(&info, 200));
    assert!(w.events().is_empty());
    let id = w.engine.send(info, w.now).unwrap();
    w.engine.close();
    assert_eq!(w.events(), [Event::Failed { id, cause: Failure::ConnectionLost }]);
    assert!(w.engine.is_empty());
    assert_eq!(w.engine.poll_timeout(), None);
}

#[test]
fn a_refusal_of_our_invite_is_acknowledged_hop_by_hop() {
    let mut w = World::new();
    let invite = request(Method::Invite, BRANCH)
        .with(HeaderName::Via, "SIP/2.0/TLS other")
        .with(HeaderName::Route, "<sip:p;lr>");
    let id = w.engine.send(invite.clone(), w.now).unwrap();
    w.receive(response(&invite, 486));
    assert!(matches!(w.events()[..], [Event::Response { id: got, late: false, .. }] if got == id));
    let _ = w.engine.poll_output();
    let Some(Message::Request(ack)) = w.engine.poll_output() else { panic!("no ACK") };
    assert_eq!(ack.uri_text(), invite.uri_text());
    assert_eq!(
        ack.headers.get_all(HeaderName::Via).collect::<Vec<_>>(),
        ["SIP/2.0/tls 192.0.2.1:5061;branch=z9hG4bKabc"]
    );
    assert_eq!(ack.headers.get(HeaderName::To), Some("<sip:bob@example.com>;tag=b"));
    assert_eq!(ack.headers.get(HeaderName::CSeq), Some("1 ACK"));
    assert_eq!(ack.headers.get(HeaderName::Route), Some("<sip:p;lr>"));
    assert!(w.engine.is_empty());
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    let mut w = World::new();
    let invite = request(Method::Invite, BRANCH);
    let id = w.engine.send(invite.clone(), w.now).unwrap();
    w.engine.cancel(id, w.now).unwrap();
    assert_eq!(w.sent(), ["INVITE"]);
    w.receive(response(&invite, 180));
    assert_eq!(w.sent(), ["CANCEL"]);
    w.engine.cancel(id, w.now).unwrap();
    assert_eq!(w.sent(), NOTHING);
    w.receive(response(&request(Method::Cancel, BRANCH), 200));
    w.receive(response(&invite, 487));
    assert_eq!(w.sent(), ["ACK"]);
    assert_eq!(w.events().len(), 2);
    assert!(w.engine.is_empty());
}

#[test]
fn a_success_after_cancel_is_reported_as_late() {
    let mut w = World::new();
    let invite = request(Method::Invite, BRANCH);
    let id = w.engine.send(invite.clone(), w.now).unwrap();
    w.engine.cancel(id, w.now).unwrap();
    w.wait(10);
    w.receive(response(&invite, 200));
    let ok = response(&invite, 200);
    assert_eq!(w.events(), [Event::Response { id, response: ok.clone(), late: true }]);
    assert_eq!(w.engine.cancel(id, w.now), Err(EngineError::NoSuchTransaction));

    let mut w = World::new();
    let id = w.engine.send(invite.clone(), w.now).unwrap();
    w.wait(33);
    assert_eq!(w.events(), [Event::Failed { id, cause: Failure::TimedOut }]);
    w.receive(ok.clone());
    assert_eq!(w.events(), [Event::Response { id, response: ok.clone(), late: true }]);
    w.wait(33);
    assert!(w.engine.is_empty());
    w.receive(ok.clone());
    assert_eq!(w.events(), [Event::Stray(ok)]);
}

#[test]
fn an_invite_that_rings_for_ever_is_cancelled_and_fails() {
    let mut w = World::new();
    let invite = request(Method::Invite, BRANCH);
    let id = w.engine.send(invite.clone(), w.now).unwrap();
    w.receive(response(&invite, 180));
    w.wait(199);
    assert_eq!(w.events().len(), 1);
    w.wait(2);
    assert_eq!(w.sent(), ["INVITE", "CANCEL"]);
    w.wait(32);
    assert_eq!(w.events(), [Event::Failed { id, cause: Failure::TimedOut }]);
    w.wait(32);
    assert!(w.engine.is_empty());
}

#[test]
fn every_success_of_an_accepted_invite_is_passed_on() {
    let mut w = World::new();
    let invite = request(Method::Invite, BRANCH);
    w.engine.send(invite.clone(), w.now).unwrap();
    for _ in 0..2 {
        w.receive(response(&invite, 200));
    }
    w.receive(response(&invite, 486));
    assert_eq!(w.events().len(), 2);
    assert_eq!(w.sent(), ["INVITE"]);
    w.wait(33);
    assert!(w.engine.is_empty());
}
