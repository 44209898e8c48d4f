//! The documents that pidgin-sipe sends, in its forms.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport_model::Epid;

/// The groups of settings that SIPE asks for.
pub const PROVISIONING: &str = "<provisioningGroupList xmlns=\"http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist\"> <provisioningGroup name=\"ServerConfiguration\"/> <provisioningGroup name=\"meetingPolicy\"/> <provisioningGroup name=\"persistentChatConfiguration\"/> <provisioningGroup name=\"ucPolicy\"/></provisioningGroupList>";

/// The lists of one's own that SIPE asks for.
pub const ROAMING_SELF: &str = "<roamingList xmlns=\"http://schemas.microsoft.com/2006/09/sip/roaming-self\"><roaming type=\"categories\"/><roaming type=\"containers\"/><roaming type=\"subscribers\"/></roamingList>";

/// The instance under which a person's own choice of state is published.
pub const USER_STATE_INSTANCE: u32 = 0x2000_0000;

/// A subscription to these people (`bob@example.com`) in one batch.
pub fn batch_subscribe<'a>(uri: &str, people: impl IntoIterator<Item = &'a str>) -> String {
    let mut body = String::with_capacity(1024);
    let mut push = |text: &str| body.push_str(text);
    push("<batchSub xmlns=\"http://schemas.microsoft.com/2006/01/sip/batch-subscribe\" uri=\"");
    push(uri);
    push("\" name=\"\">\n<action name=\"subscribe\" id=\"63792024\">\n<adhocList>\n");
    for person in people {
        push("<resource uri=\"sip:");
        push(person);
        push("\"/>\n");
    }
    push("</adhocList>\n<categoryList xmlns=\"http://schemas.microsoft.com/2006/09/sip/categorylist\">\n");
    push("<category name=\"calendarData\"/>\n<category name=\"contactCard\"/>\n");
    push("<category name=\"note\"/>\n<category name=\"state\"/>\n</categoryList>\n</action>\n</batchSub>");
    body
}

/// A batch of publications, put together one after the other.
#[derive(Debug, Clone)]
pub struct Batch(String);

impl Batch {
    /// Begins a batch of the person with this URI (`sip:alice@example.com`).
    pub fn new(uri: &str) -> Self {
        Self(format!(
            "<publish xmlns=\"http://schemas.microsoft.com/2006/09/sip/rich-presence\"><publications uri=\"{uri}\">"
        ))
    }

    /// Adds a publication of any category; `expires` is `endpoint`, `static`, `user` or `time`.
    #[must_use]
    pub fn with(
        mut self,
        category: &str,
        instance: u32,
        container: u32,
        version: u32,
        expires: &str,
        content: &str,
    ) -> Self {
        write!(
            self.0,
            "<publication categoryName=\"{category}\" instance=\"{instance}\" container=\"{container}\" \
             version=\"{version}\" expireType=\"{expires}\">{content}</publication>"
        )
        .expect("a String takes everything");
        self
    }

    /// Adds what the endpoint can do.
    #[must_use]
    pub fn with_device(self, uri: &str, epid: &Epid, version: u32) -> Self {
        let content = format!(
            "<device xmlns=\"http://schemas.microsoft.com/2006/09/sip/device\" endpointId=\"{}\"><capabilities \
             preferred=\"false\" uri=\"{uri}\"><text capture=\"true\" render=\"true\" publish=\"false\"/><gifInk \
             capture=\"false\" render=\"true\" publish=\"false\"/><isfInk capture=\"false\" render=\"true\" \
             publish=\"false\"/></capabilities><timezone>00:00:00+01:00</timezone><machineName>vm</machineName>\
             </device>",
            epid.instance()
        );
        self.with("device", hash(epid, 1), 2, version, "endpoint", &content)
    }

    /// Adds the state of the machine to containers 2 and 3; `availability` is a number of [MS-PRES].
    #[must_use]
    pub fn with_machine_state(self, epid: &Epid, availability: u32, version: u32) -> Self {
        let content = state("machineState", false, availability);
        let instance = hash(epid, 2);
        self.with("state", instance, 2, version, "endpoint", &content)
            .with("state", instance, 3, version, "endpoint", &content)
    }

    /// Adds the person's own choice of state to containers 2 and 3.
    #[must_use]
    pub fn with_user_state(self, availability: u32, version: u32) -> Self {
        let content = state("userState", true, availability);
        self.with("state", USER_STATE_INSTANCE, 2, version, "static", &content).with(
            "state",
            USER_STATE_INSTANCE,
            3,
            version,
            "static",
            &content,
        )
    }

    /// Adds the personal note to containers 200, 300 and 400. `text` must need no escaping.
    #[must_use]
    pub fn with_note(mut self, text: &str, version: u32) -> Self {
        let content = format!(
            "<note xmlns=\"http://schemas.microsoft.com/2006/09/sip/note\"><body type=\"personal\" uri=\"\">{text}\
             </body></note>"
        );
        for container in [200, 300, 400] {
            self = self.with("note", 0, container, version, "static", &content);
        }
        self
    }

    /// Adds that the calendar has the person in a meeting from `start` on (`2009-01-11T19:00:00Z`).
    #[must_use]
    pub fn with_meeting(self, epid: &Epid, start: &str, version: u32) -> Self {
        let content = format!(
            "<state xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\" manual=\"false\" uri=\"mail@example.com\" \
             startTime=\"{start}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"calendarState\">\
             <availability>6500</availability><activity token=\"in-a-meeting\" minAvailability=\"6500\" \
             maxAvailability=\"8999\"/><endpointLocation/><meetingSubject>Budget</meetingSubject><meetingLocation>B2\
             </meetingLocation></state>"
        );
        let instance = 0x4000_0000 | (hash(epid, 3) >> 4);
        self.with("state", instance, 2, version, "endpoint", &content)
            .with("state", instance, 3, version, "endpoint", &content)
    }

    /// Adds free or busy times: quarters of an hour from `start` on, a digit each (0 free, 1 tentative, 2 busy, 3 out of
    /// office). They go to containers 200, 300 and 400; the others get an empty element.
    #[must_use]
    pub fn with_free_busy(mut self, epid: &Epid, start: &str, slots: &str, version: u32) -> Self {
        let namespace = "xmlns=\"http://schemas.microsoft.com/2006/09/sip/calendarData\"";
        let digits: Vec<u8> = slots.bytes().map(|digit| digit & 3).collect();
        let octet = |slots: &[u8]| slots.iter().rev().fold(0, |octet, slot| octet << 2 | slot);
        let octets: Vec<u8> = digits.chunks(4).map(octet).collect();
        let times = format!(
            "<calendarData {namespace} mailboxID=\"mail@example.com\"><freeBusy startTime=\"{start}\" \
             granularity=\"PT15M\" encodingVersion=\"1\">{}</freeBusy></calendarData>",
            STANDARD.encode(octets)
        );
        let empty = format!("<calendarData {namespace}/>");
        let instance = 0x4000_0000 | (hash(epid, 4) >> 4);
        for container in [1, 100, 200, 300, 400, 32_000] {
            let content = if matches!(container, 200..=400) { &times } else { &empty };
            self = self.with("calendarData", instance, container, version, "endpoint", content);
        }
        self
    }

    /// The document.
    pub fn finish(mut self) -> String {
        self.0.push_str("</publications></publish>");
        self.0
    }
}

/// Adds a group to the contact list; `delta` is the list's present number. `name` must need no escaping.
pub fn add_group(name: &str, delta: u32) -> String {
    soap("addGroup", &format!("<m:name>{name}</m:name><m:externalURI />"), delta)
}

/// Gives a group another name, which must need no escaping.
pub fn modify_group(id: u32, name: &str, delta: u32) -> String {
    let content = format!("<m:groupID>{id}</m:groupID><m:name>{name}</m:name><m:externalURI />");
    soap("modifyGroup", &content, delta)
}

/// Removes a group.
pub fn delete_group(id: u32, delta: u32) -> String {
    soap("deleteGroup", &format!("<m:groupID>{id}</m:groupID>"), delta)
}

/// The number of the group that the answer to [`add_group`] names, if it does.
pub fn group_id(answer: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(answer).ok()?;
    let (_, rest) = text.split_once("groupID>")?;
    rest.split_once('<')?.0.parse().ok()
}

/// Adds or changes a contact (`bob@example.com`). `groups` are numbers with blanks between.
pub fn set_contact(person: &str, name: &str, groups: &str, delta: u32) -> String {
    let content = format!(
        "<m:displayName>{name}</m:displayName><m:groups>{groups}</m:groups><m:subscribed>true</m:subscribed>\
         <m:URI>sip:{person}</m:URI><m:externalURI />"
    );
    soap("setContact", &content, delta)
}

/// Removes a contact.
pub fn delete_contact(person: &str, delta: u32) -> String {
    soap("deleteContact", &format!("<m:URI>sip:{person}</m:URI>"), delta)
}

/// The number of the contact list that a document of the server names, if it does.
pub fn delta_num(document: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(document).ok()?;
    let (_, rest) = text.split_once("deltaNum=\"")?;
    rest.split_once('"')?.0.parse().ok()
}

/// A session description for instant messages; `target` is `null` or the callee's URI.
pub(super) fn sdp(local: &str, target: &str) -> String {
    let (host, port) = local.rsplit_once(':').unwrap_or((local, "5060"));
    format!(
        "v=0\r\no=- 0 0 IN IP4 {host}\r\ns=session\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=message {port} sip {target}\r\n\
         a=accept-types:text/plain text/html image/gif application/im-iscomposing+xml application/ms-imdn+xml \
         text/x-msmsgsinvite\r\n"
    )
}

pub(super) fn keyboard_activity(is_typing: bool) -> String {
    let status = if is_typing { "type" } else { "idle" };
    format!("<?xml version=\"1.0\"?><KeyboardActivity> <status status=\"{status}\" /></KeyboardActivity>")
}

fn state(kind: &str, manual: bool, availability: u32) -> String {
    format!(
        "<state xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\" manual=\"{manual}\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"{kind}\"><availability>{availability}\
         </availability><endpointLocation/></state>"
    )
}

fn soap(method: &str, content: &str, delta: u32) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:m=\"http://schemas.microsoft.com/winrtc/2002/11/sip\"><s:Body><m:{method}>{content}<m:deltaNum>{delta}\
         </m:deltaNum></m:{method}></s:Body></s:Envelope>"
    )
}

/// An instance number of an endpoint, below the numbers that are set apart.
fn hash(epid: &Epid, kind: u32) -> u32 {
    let sum =
        epid.as_str().bytes().fold(kind, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    sum & 0x1FFF_FFFF
}
