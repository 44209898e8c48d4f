//! Connections on which any octets are said and every answer is read, whatever it repeats.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rapport_face_sip::Ended;
use rapport_sip::framing::{Decoder, Frame, Limits};
use rapport_sip::{Method, Request};
use rapport_testkit::client::{Event, Invitations, ScriptedClient};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::world::{World, profile, unsigned};

/// What the server says: a response's status with its head, or a request.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) status: Option<u16>,
    pub(crate) head: String,
    pub(crate) octets: usize,
}

impl Said {
    pub(crate) fn is_final(&self) -> bool {
        self.status.is_some_and(|status| status >= 200)
    }

    /// The first value under this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Whether it answers the request with this Call-ID.
    pub(crate) fn answers(&self, call_id: &str) -> bool {
        self.status.is_some() && self.head.contains(&format!("\r\nCall-ID: {call_id}\r\n"))
    }
}

/// What a stranger says first, so that there is room for any answer to what comes then: nobody is told more than they have
/// said.
pub(crate) const ROOM: [u8; 400] = {
    let mut lines = [b'\r'; 400];
    let mut at = 1;
    while at < lines.len() {
        lines[at] = b'\n';
        at += 2;
    }
    lines
};

/// A connection, of a stranger or of a client that has signed in.
pub(crate) struct Talk {
    stream: DuplexStream,
    ended: oneshot::Receiver<Ended>,
    heard: Vec<u8>,
    closed: bool,
    engine: Option<ScriptedClient>,
    probes: u32,
    has_room: bool,
}

impl Talk {
    pub(crate) fn stranger(world: &mut World) -> Self {
        let raw = world.raw();
        Self {
            stream: raw.stream,
            ended: raw.ended,
            heard: Vec::new(),
            closed: false,
            engine: None,
            probes: 0,
            has_room: false,
        }
    }

    pub(crate) async fn client(world: &mut World, name: &str, seed: u64) -> Self {
        let mut talk = Self { has_room: true, ..Self::stranger(world) };
        let mut profile = profile(name, seed);
        profile.time = world.services.clock().wall();
        let mut engine = ScriptedClient::new(profile);
        engine.register();
        while !engine.is_signed_in() {
            talk.stream.write_all(&engine.take_output()).await.unwrap();
            let mut buffer = Vec::with_capacity(8192);
            let read = timeout(Duration::from_secs(10), talk.stream.read_buf(&mut buffer)).await;
            read.expect("the sign-in goes on").unwrap();
            engine.receive(&buffer).unwrap();
        }
        talk.engine = Some(engine);
        talk
    }

    /// The epid of a client.
    pub(crate) fn epid(&self) -> &str {
        self.engine.as_ref().map_or("0a0b0c0d0e0f", |engine| engine.profile().epid.as_str())
    }

    /// Signs every message among these octets that can be signed.
    pub(crate) fn signed(&mut self, octets: &[u8]) -> Vec<u8> {
        let Some(engine) = &mut self.engine else { return octets.to_vec() };
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(octets);
        let mut out = Vec::new();
        let mut rest = octets;
        while let Ok(Some(frame)) = decoder.next() {
            let credentials = match &frame {
                Frame::Message(message) => {
                    let status = message.as_response().map(|response| response.status.as_u16());
                    engine.credentials(message.headers(), status)
                }
                Frame::Bad(bad) => engine.credentials(&bad.headers, None),
                Frame::KeepAlive => continue,
            };
            let (this, after) = rest.split_at(decoder.last_size().min(rest.len()));
            rest = after;
            let end = this.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(0) + 2;
            let (head, tail) = this.split_at(end.min(this.len()));
            out.extend_from_slice(head);
            if let Some(credentials) = credentials {
                out.extend_from_slice(format!("Authorization: {credentials}\r\n").as_bytes());
            }
            out.extend_from_slice(tail);
        }
        out.extend_from_slice(rest);
        out
    }

    /// Says these octets as they are.
    pub(crate) async fn say(&mut self, octets: &[u8]) {
        let before: &[u8] = if std::mem::replace(&mut self.has_room, true) { &[] } else { &ROOM };
        let all = [before, octets].concat();
        // The server may have closed already: that is then seen by what is heard.
        let said = timeout(Duration::from_secs(60), self.stream.write_all(&all)).await;
        assert!(said.is_ok(), "the server doesn't read, and doesn't close");
    }

    /// Everything that comes until nothing comes for a second, or the connection is closed.
    pub(crate) async fn hear(&mut self) -> Vec<Said> {
        while !self.closed {
            match timeout(Duration::from_secs(1), self.stream.read_buf(&mut self.heard)).await {
                Err(_) => break,
                Ok(Ok(0) | Err(_)) => self.closed = true,
                Ok(Ok(_)) => {}
            }
        }
        let mut all = Vec::new();
        while let Some(said) = self.take() {
            all.push(said);
        }
        assert!(self.heard.is_empty(), "half a message: {:?}", String::from_utf8_lossy(&self.heard));
        all
    }

    /// Takes the first whole message out of what was heard; the server's own framing is simple.
    fn take(&mut self) -> Option<Said> {
        let end = self.heard.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(self.heard.get(..end)?.to_vec()).expect("what the server says is text");
        let length = head.split("Content-Length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let octets = end + length.expect("a length").parse::<usize>().expect("a number");
        if self.heard.len() < octets {
            return None;
        }
        self.heard.drain(..octets);
        let status =
            head.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)).map(|code| code.parse().unwrap());
        Some(Said { status, head, octets })
    }

    pub(crate) const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether a fresh, well-formed request is answered as it should be.
    pub(crate) async fn serves(&mut self) -> bool {
        self.probes += 1;
        let call_id = format!("probe{}", self.probes);
        let mut probe = unsigned("OPTIONS", self.probes + 100_000);
        probe = probe.replace(&format!("call{}", self.probes + 100_000), &call_id);
        // For itself: the server answers, and no other client.
        let own = self.engine.as_ref().map_or("ana@example.com", |engine| &engine.profile().address);
        for name in ["ana@example.com", "ben@example.com"] {
            probe = probe.replace(&format!("sip:{name}"), &format!("sip:{own}"));
        }
        let probe = self.signed(probe.as_bytes());
        self.say(&probe).await;
        let heard = self.hear().await;
        heard.iter().any(|said| said.status == Some(200) && said.answers(&call_id))
    }

    /// How it ended; fails if its task panicked.
    pub(crate) async fn ended(self) -> Ended {
        drop(self.stream);
        timeout(Duration::from_secs(3600), self.ended).await.expect("it ends").expect("no panic")
    }
}

/// Somebody who answers everything by itself, and remembers what it was asked.
pub(crate) struct Colleague {
    asked: Arc<Mutex<Vec<Request>>>,
    task: JoinSet<String>,
}

impl Colleague {
    pub(crate) async fn new(world: &mut World, name: &str) -> Self {
        Self::who(world, name, Invitations::Accept).await
    }

    /// Somebody who does this with invitations; what is left rings.
    pub(crate) async fn who(world: &mut World, name: &str, invitations: Invitations) -> Self {
        let mut talker = world.signed_in(name, 9).await;
        talker.profile_mut().invitations = invitations;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let asked_there = asked.clone();
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                match timeout(Duration::from_secs(120), talker.next_event()).await {
                    Ok(Ok(Event::Asked(request))) => {
                        if invitations == Invitations::Leave && request.method == Method::Invite {
                            talker.ring(&request);
                        }
                        asked_there.lock().unwrap().push(request);
                    }
                    Ok(Ok(Event::Answered { .. } | Event::Progress { .. } | Event::Stray(_))) => {}
                    Ok(Err(error)) => return error.to_string(),
                    // It is still there.
                    Err(_) => {
                        talker.register();
                    }
                }
            }
        });
        Self { asked, task }
    }

    /// What it could not go on with: a message that is malformed or whose signature is wrong.
    pub(crate) fn trouble(&mut self) -> Option<String> {
        self.task.try_join_next().map(|said| said.unwrap())
    }

    /// What it was asked since the last time.
    pub(crate) fn take_asked(&self) -> Vec<Request> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}
