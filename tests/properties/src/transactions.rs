//! Transactions: whatever comes in whatever order, the engine keeps no more than it was given, writes single messages,
//! and is empty once all its timers have run out.

use std::time::{Duration, Instant};

use rapport_sip::framing::{Decoder, Frame};
use rapport_sip::transaction::{Config, Engine, Event, ServerId};
use rapport_sip::{Limits, Request, Response, StatusCode, proxy};

use crate::framing::only_frame;

/// The first byte says what the owner does and how time goes, the rest is a stream of messages.
pub(crate) fn check(data: &[u8]) {
    let Some((&choice, stream)) = data.split_first() else { return };
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(stream);
    let mut owner = Owner { engine: Engine::new(Config::default()), now: start(), choice, sent: 0 };
    let mut received = 0;
    while let Ok(Some(frame)) = decoder.next() {
        let Frame::Message(message) = frame else { continue };
        received += 1;
        owner.engine.receive(message, owner.now);
        owner.drain();
        assert!(owner.engine.len() <= received + owner.sent, "a message makes one transaction at most");
        owner.now += Duration::from_millis(u64::from(choice & 0x0f) * 100);
        owner.engine.handle_timeout(owner.now);
        owner.drain();
    }
    for _ in 0..1000 {
        let Some(next) = owner.engine.poll_timeout() else { break };
        owner.now = owner.now.max(next);
        owner.engine.handle_timeout(owner.now);
        owner.drain();
    }
    assert!(owner.engine.poll_timeout().is_none() && owner.engine.is_empty(), "every transaction ends");
    owner.engine.close();
    owner.drain();
}

/// Requests are answered.
const ANSWER: u8 = 0x10;
/// Requests are answered twice.
const TWICE: u8 = 0x20;
/// Requests are sent on, each with the next branch of ours.
const FORWARD: u8 = 0x40;
/// What was sent on is cancelled at once.
const CANCEL: u8 = 0x80;

#[expect(clippy::disallowed_methods, reason = "an Instant to count from; its value makes no difference")]
fn start() -> Instant {
    Instant::now()
}

struct Owner {
    engine: Engine,
    now: Instant,
    choice: u8,
    sent: usize,
}

impl Owner {
    fn drain(&mut self) {
        loop {
            while let Some(output) = self.engine.poll_output() {
                only_frame(&output.to_bytes());
            }
            match self.engine.poll_event() {
                Some(Event::Request { id, request }) => self.handle(id, request),
                Some(_) => {}
                None => return,
            }
        }
    }

    fn handle(&mut self, id: ServerId, request: Request) {
        if self.choice & ANSWER != 0 {
            let response = Response::to(&request, StatusCode::OK, "").with_to_tag("ours");
            let first = self.engine.respond(id, response.clone(), self.now);
            assert_eq!(first, Ok(()), "a request that was told can be answered");
            if self.choice & TWICE != 0 {
                let second = self.engine.respond(id, response, self.now);
                assert!(second.is_err(), "a request has one final answer");
            }
        }
        if self.choice & FORWARD != 0 {
            let mut onward = request;
            let branch = format!("z9hG4bK{}", self.sent + 1);
            proxy::add_via(&mut onward, "TLS", "ours", &branch).expect("our own Via is one");
            if let Ok(id) = self.engine.send(onward, self.now) {
                self.sent += 1;
                if self.choice & CANCEL != 0 {
                    let _ = self.engine.cancel(id, self.now);
                }
            }
        }
    }
}
