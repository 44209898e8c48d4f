//! One program of one person: the client on its connection, what it knows, and what came that nobody has asked about.

use std::collections::VecDeque;
use std::sync::Arc;

use rapport_model::Timestamp;
use rapport_sip::{Message, Method, Request, Response, StatusCode};
use rapport_testkit::client::bodies::{Batch, USER_STATE_INSTANCE};
use rapport_testkit::client::{Event, Invitations, Profile, RequestId, ScriptedClient};
use rapport_testkit::driver::{Client, DriverError};

use crate::eyes::Eyes;
use crate::stage::Stream;

const MEMBERS: &str = "http://schemas.microsoft.com/2006/09/sip/rich-presence";

/// A person's program that is connected, or was.
pub(crate) struct Player {
    /// `kim@example.com`.
    pub(crate) address: String,
    pub(crate) client: Client<Stream>,
    pub(crate) eyes: Eyes,
    pub(crate) connected: bool,
    /// The last invitation that came.
    pub(crate) invited: Option<Request>,
    /// The Call-ID of the conversation it has.
    pub(crate) conversation: Option<Arc<str>>,
    /// The invitation that it sent last.
    pub(crate) inviting: Option<RequestId>,
    /// The Call-ID of its presence subscription.
    pub(crate) watching: Option<Arc<str>>,
    came: VecDeque<Event>,
}

impl Player {
    pub(crate) fn new(address: &str, device: &str, password: &str, time: Timestamp, stream: Stream) -> Self {
        let seed =
            device.bytes().fold(1, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let profile = Profile::new(address, password, seed).at(time);
        Self {
            address: address.to_owned(),
            client: Client::over(stream, ScriptedClient::new(profile)),
            eyes: Eyes::default(),
            connected: true,
            invited: None,
            conversation: None,
            inviting: None,
            watching: None,
            came: VecDeque::new(),
        }
    }

    /// Takes what its client reports.
    pub(crate) fn take(&mut self, event: Result<Event, DriverError>) -> Result<(), String> {
        let event = match event {
            Ok(event) => event,
            Err(DriverError::Closed(_) | DriverError::Io { .. }) => {
                self.connected = false;
                // What came before the end was read, but not told: the answer to it found the connection gone.
                while let Some(event) = self.client.poll_event() {
                    self.note(event);
                }
                return Ok(());
            }
            Err(error) => return Err(error.to_string()),
        };
        self.note(event);
        Ok(())
    }

    fn note(&mut self, event: Event) {
        self.eyes.read(&event.message().body()[..]);
        if let Event::Asked(request) = &event
            && request.method == Method::Invite
            && !request.headers.to_addr().is_ok_and(|to| to.tag().is_some())
        {
            self.conversation = request.headers.call_id().map(Arc::from);
            self.invited = Some(request.clone());
        }
        self.came.push_back(event);
    }

    /// The final answer to a request, if it has come.
    pub(crate) fn peek(&self, id: RequestId) -> Option<&Response> {
        self.came.iter().find_map(|event| event.as_answer(id))
    }

    /// Takes out the final answer to a request, if it has come.
    pub(crate) fn answer(&mut self, id: RequestId) -> Option<Response> {
        let at = self.came.iter().position(|event| event.as_answer(id).is_some())?;
        self.came.remove(at)?.message().as_response().cloned()
    }

    /// Takes out the first request of that method that has all these texts, if it has come.
    pub(crate) fn request(&mut self, method: &Method, texts: &[String]) -> bool {
        let is_it = |event: &Event| {
            event.as_request().is_some_and(|r| r.method == *method) && has(&event.message(), texts)
        };
        self.came.iter().position(is_it).map(|at| self.came.remove(at)).is_some()
    }

    /// Whether a request of that method has come that nobody has asked about.
    pub(crate) fn has_request(&self, method: &Method) -> bool {
        self.came.iter().any(|event| event.as_request().is_some_and(|r| r.method == *method))
    }

    /// Takes out the first answer of that status that has all these texts, if it has come.
    pub(crate) fn status(&mut self, status: u16, texts: &[String]) -> bool {
        let is_it = |event: &Event| {
            let message = event.message();
            !matches!(event, Event::Stray(_))
                && message.as_response().is_some_and(|r| r.status.as_u16() == status)
                && has(&message, texts)
        };
        self.came.iter().position(is_it).map(|at| self.came.remove(at)).is_some()
    }

    /// What came and nobody has asked about, for an error's text.
    pub(crate) fn rest(&self) -> String {
        let name = |event: &Event| match event.message() {
            Message::Request(request) => request.method.to_string(),
            Message::Response(response) => {
                let method = response.headers.cseq().map(|c| c.method.to_string()).unwrap_or_default();
                format!("{} to {method}", response.status.as_u16())
            }
        };
        self.came.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// Publishes what a client publishes after it has signed in. A program that comes back finds its own publications
    /// still there, and goes on from their versions.
    pub(crate) fn publish_first(&mut self) -> RequestId {
        let (uri, epid) = (self.client.profile().uri(), self.client.profile().epid.clone());
        let batch = |device, machine| {
            Batch::new(&uri)
                .with_device(&uri, &epid, device)
                .with_machine_state(&epid, 3500, machine)
                .finish()
        };
        let version = |category| self.eyes.version(category, 2, instance_of(category, &batch(0, 0)));
        let batch = batch(version("device"), version("state"));
        self.client.publish(batch)
    }

    pub(crate) fn publish_state(&mut self, availability: u32, version: Option<u32>) -> RequestId {
        let version = version.unwrap_or_else(|| self.eyes.version("state", 2, USER_STATE_INSTANCE));
        let batch = Batch::new(&self.client.profile().uri()).with_user_state(availability, version).finish();
        self.client.publish(batch)
    }

    pub(crate) fn publish_machine(&mut self, availability: u32, version: Option<u32>) -> RequestId {
        let (uri, epid) = (self.client.profile().uri(), self.client.profile().epid.clone());
        let batch = |version| Batch::new(&uri).with_machine_state(&epid, availability, version).finish();
        let known = || self.eyes.version("state", 2, instance_of("state", &batch(0)));
        let version = version.unwrap_or_else(known);
        self.client.publish(batch(version))
    }

    pub(crate) fn publish_note(&mut self, text: &str, version: Option<u32>) -> RequestId {
        let version = version.unwrap_or_else(|| self.eyes.version("note", 400, 0));
        let batch = Batch::new(&self.client.profile().uri()).with_note(text, version).finish();
        self.client.publish(batch)
    }

    pub(crate) fn set_member(
        &mut self,
        action: &str,
        who: &str,
        container: u32,
        version: Option<u32>,
    ) -> RequestId {
        let version = version.unwrap_or_else(|| self.eyes.container(container));
        let body = format!(
            "<setContainerMembers xmlns=\"{MEMBERS}\"><container id=\"{container}\" version=\"{version}\"><member \
             action=\"{action}\" type=\"user\" value=\"{who}\"/></container></setContainerMembers>"
        );
        self.client.set_container_members(body)
    }

    pub(crate) fn by_hand(&mut self) {
        self.client.profile_mut().invitations = Invitations::Leave;
    }

    /// The invitation that waits for this program's answer.
    pub(crate) fn invitation(&self) -> Result<Request, String> {
        self.invited.clone().ok_or_else(|| "nobody has invited".to_owned())
    }

    /// Rings, and from here on no longer gives up when it is cancelled, as pidgin-sipe does.
    pub(crate) fn ignore_cancel(&mut self) -> Result<(), String> {
        let invite = self.invitation()?;
        self.client.answer_with(&invite, StatusCode::RINGING);
        Ok(())
    }

    pub(crate) fn talk(&self) -> Result<Arc<str>, String> {
        self.conversation.clone().ok_or_else(|| "there is no conversation".to_owned())
    }
}

/// The instance under which a batch publishes its first value of that category.
fn instance_of(category: &str, batch: &str) -> u32 {
    let found = batch.split_once(&format!("categoryName=\"{category}\" instance=\""));
    found.and_then(|(_, rest)| rest.split_once('"')?.0.parse().ok()).unwrap_or_default()
}

/// Whether a message contains all of these texts.
fn has(message: &Message, texts: &[String]) -> bool {
    let bytes = message.to_bytes();
    let text = String::from_utf8_lossy(&bytes);
    texts.iter().all(|wanted| text.contains(wanted.as_str()))
}

/// Whether an answer contains all of these texts.
pub(crate) fn answer_has(response: &Response, texts: &[String]) -> bool {
    has(&Message::Response(response.clone()), texts)
}
