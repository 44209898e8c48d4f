//! The values of the web API, as JSON has them: one shape each, for answers and events alike.

use rapport_model::{AccessLevel, AvailabilityClass};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How reachable somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Availability {
    /// Ready to be written to.
    Available,
    /// Ready, but at no keyboard for some minutes.
    AvailableIdle,
    /// Busy.
    Busy,
    /// Busy, and at no keyboard for some minutes.
    BusyIdle,
    /// Not to be disturbed.
    DoNotDisturb,
    /// Back soon.
    BeRightBack,
    /// Away.
    Away,
    /// Not signed in, or appearing so.
    Offline,
    /// Nothing is known.
    Unknown,
}

impl From<rapport_model::Availability> for Availability {
    fn from(number: rapport_model::Availability) -> Self {
        match number.class() {
            AvailabilityClass::Undefined => Self::Unknown,
            AvailabilityClass::Available => Self::Available,
            AvailabilityClass::AvailableIdle => Self::AvailableIdle,
            AvailabilityClass::Busy => Self::Busy,
            AvailabilityClass::BusyIdle => Self::BusyIdle,
            AvailabilityClass::DoNotDisturb => Self::DoNotDisturb,
            AvailabilityClass::BeRightBack => Self::BeRightBack,
            AvailabilityClass::Away => Self::Away,
            AvailabilityClass::Offline => Self::Offline,
        }
    }
}

/// Whose words a note is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum NoteKind {
    /// The person's own.
    Personal,
    /// That of an absence.
    OutOfOffice,
}

/// What is seen of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// Who it is.
    pub person: String,
    /// How reachable they are.
    pub availability: Availability,
    /// What they do, as a token: `on-the-phone`, `in-a-meeting`, `urgent-interruptions-only`, ….
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activity: Option<String>,
    /// What they do, in words of their own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activity_text: Option<String>,
    /// Their note.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// Whose words the note is in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note_kind: Option<NoteKind>,
    /// Since when it has been so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
    /// When they were last active, while they are not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_active_at: Option<String>,
    /// What they can be reached by: `im`.
    pub capabilities: Vec<String>,
    /// Whether this server knows them at all.
    pub known: bool,
}

/// Somebody, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonRef {
    /// Their id, or `sip:` and the address of somebody who is only an address.
    pub id: String,
    /// Their address.
    pub address: String,
    /// Their name as it is shown.
    pub display_name: String,
}

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PhoneNumber {
    /// `work`, `mobile`, `home` or `other`.
    pub kind: String,
    /// The number as people write it.
    pub number: String,
}

/// A contact card, as far as its reader may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The person's id.
    pub id: String,
    /// Their address.
    pub address: String,
    /// Their name as it is shown.
    pub display_name: String,
    /// Their given name; empty where it is not known or not shown, as are all that follow.
    pub given_name: String,
    /// Their family name.
    pub surname: String,
    /// Their job title.
    pub title: String,
    /// Their department.
    pub department: String,
    /// Their company, as printed on the card.
    pub company: String,
    /// Their office.
    pub office: String,
    /// Their e-mail address.
    pub mail: String,
    /// Their web page.
    pub web_page: String,
    /// Their telephone numbers.
    pub phones: Vec<PhoneNumber>,
    /// Their manager.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manager: Option<PersonRef>,
    /// What this person may see of the reader.
    pub access_level: Level,
}

/// A level of access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// Sees everything that friends and family see.
    Personal,
    /// Sees more than the company, and may interrupt.
    Team,
    /// Sees what colleagues see.
    Company,
    /// Sees availability and little else.
    Public,
    /// Sees the person offline.
    Blocked,
}

impl From<Level> for AccessLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Personal => Self::Personal,
            Level::Team => Self::Team,
            Level::Company => Self::Company,
            Level::Public => Self::Public,
            Level::Blocked => Self::Blocked,
        }
    }
}

impl From<AccessLevel> for Level {
    fn from(level: AccessLevel) -> Self {
        match level {
            AccessLevel::Personal => Self::Personal,
            AccessLevel::Team => Self::Team,
            AccessLevel::Company => Self::Company,
            AccessLevel::Public => Self::Public,
            AccessLevel::Blocked => Self::Blocked,
        }
    }
}

/// What the person has chosen to be seen as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Chosen {
    /// Nothing: what their programs tell.
    Automatic,
    /// Available, as far as their programs tell nothing else.
    Available,
    /// Busy.
    Busy,
    /// Not to be disturbed.
    DoNotDisturb,
    /// Back soon.
    BeRightBack,
    /// Away.
    Away,
    /// Offline to everybody else.
    AppearOffline,
}

/// The person whose browser asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// Their id.
    pub id: String,
    /// Their address.
    pub address: String,
    /// Their name as it is shown.
    pub display_name: String,
    /// How reachable they are, as colleagues see it.
    pub availability: Availability,
    /// What they do, as a token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activity: Option<String>,
    /// What they have chosen.
    pub chosen: Chosen,
    /// Until when they have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub chosen_until: Option<String>,
    /// Their note; empty for none.
    pub note: String,
    /// Since when it has been so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
}

/// A contact group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Its name; `~` for the one that is fixed.
    pub name: String,
    /// Whether it is "Other Contacts", which can neither be renamed nor removed.
    pub is_fixed: bool,
    /// Its place, from 0.
    pub order: u32,
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Who it is.
    pub person: PersonRef,
    /// The name that the owner gave.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alias: Option<String>,
    /// The groups that it is in.
    pub groups: Vec<String>,
    /// Whether the owner has marked it.
    pub is_favourite: bool,
    /// Whether nobody is behind it any more.
    pub gone: bool,
}

/// Somebody who added the person to a contact list, of whom the person has not taken notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Adder {
    /// Who it is.
    pub person: PersonRef,
}

/// What kind of program an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EndpointKind {
    /// A program on a computer.
    Desktop,
    /// A browser.
    Web,
    /// A program on a telephone.
    Mobile,
}

/// A program of the person that is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// What it calls itself.
    pub label: String,
    /// What kind it is.
    pub kind: EndpointKind,
    /// What it says of its use.
    pub availability: Availability,
    /// Whether it is the browser that asks.
    pub is_this: bool,
}

/// How a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConversationState {
    /// The other has invited, and nobody has answered.
    Ringing,
    /// It is about to be, or the other has been invited and has not answered.
    Invited,
    /// Both are in it.
    Open,
    /// One of them has left.
    Ended,
    /// The other could not be reached.
    Failed,
}

/// Why something did not come about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// The code by which programs know it: `offline`, `do-not-disturb`, `declined`, `unsupported`, `blocked-content`,
    /// `no-answer`, `unavailable`, `left`, `cancelled`.
    pub code: String,
    /// What it means, in a sentence.
    pub title: String,
}

/// A conversation with one other person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// With whom it is.
    pub with: PersonRef,
    /// How it stands.
    pub state: ConversationState,
    /// When it began.
    pub started_at: String,
    /// Messages that the person has not seen.
    pub unread: u32,
    /// The last message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_message: Option<Message>,
    /// Why it ended or failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// To the person.
    In,
    /// From the person.
    Out,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryState {
    /// It is on its way.
    Sending,
    /// The other's program has it.
    Sent,
    /// It was not delivered.
    Failed,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Its conversation.
    pub conversation: String,
    /// Who wrote it.
    pub from: String,
    /// When it came to the server.
    pub at: String,
    /// Which way it goes.
    pub direction: Direction,
    /// Its words.
    pub text: String,
    /// Its words with their form, exactly as the other's program sent them: never to be shown unsanitised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub html: Option<String>,
    /// The id that the browser gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_id: Option<String>,
    /// How far it has come.
    pub delivery: DeliveryState,
    /// Why it was not delivered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
}

/// How much there may be of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitsOfPerson {
    /// Contacts.
    pub contacts: u32,
    /// Groups.
    pub groups: u32,
    /// People who watch one person.
    pub watchers: u32,
    /// Octets of a message.
    pub message_bytes: u32,
    /// Octets of a note.
    pub note: u32,
}

/// Everything that a client shows, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The stream whose events follow.
    pub stream: String,
    /// The number of the last event that is in it.
    pub seq: u64,
    /// The person.
    pub me: Me,
    /// The contact groups, in order.
    pub groups: Vec<Group>,
    /// The contacts.
    pub contacts: Vec<Contact>,
    /// What is seen of the contacts and of those one talks with.
    pub presence: Vec<Presence>,
    /// Who added the person.
    pub incoming: Vec<Adder>,
    /// The conversations.
    pub conversations: Vec<Conversation>,
    /// The person's programs.
    pub endpoints: Vec<Endpoint>,
    /// What the person has set.
    pub settings: Settings,
    /// How much there may be of what.
    pub limits: LimitsOfPerson,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// High contrast.
    HighContrast,
}

/// How close rows stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Density {
    /// With room.
    #[default]
    Comfortable,
    /// Close.
    Compact,
}

/// What the contact list is ordered in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ListView {
    /// The person's groups.
    #[default]
    Groups,
    /// Who is reachable.
    Availability,
    /// One list by name.
    Name,
    /// Levels of access.
    Access,
}

/// What contacts are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SortBy {
    /// The name.
    #[default]
    Name,
    /// How reachable they are.
    Availability,
}

/// What the person has set for all of their browsers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Light or dark.
    pub theme: Theme,
    /// The language, as a tag of BCP 47; empty for the browser's.
    pub language: String,
    /// How close rows stand.
    pub density: Density,
    /// What the contact list is ordered in.
    pub view: ListView,
    /// Whether there are sounds.
    pub sounds: bool,
    /// Whether there are desktop notifications.
    pub notifications: bool,
    /// Whether those show what was written.
    pub show_words_in_notifications: bool,
    /// Whether the Enter key sends.
    pub enter_sends: bool,
    /// Whether contacts who are offline are shown.
    pub show_offline: bool,
    /// What contacts are sorted by.
    pub sort_by: SortBy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            language: String::new(),
            density: Density::default(),
            view: ListView::default(),
            sounds: true,
            notifications: true,
            show_words_in_notifications: true,
            enter_sends: true,
            show_offline: true,
            sort_by: SortBy::default(),
        }
    }
}

/// What has happened, to be told to a browser. Each event names the whole new value of what changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Event {
    /// The first frame of a socket.
    Hello {
        /// The stream whose events follow.
        stream: String,
        /// Whether every event after the one named follows; if not, a snapshot does.
        resumed: bool,
    },
    /// Everything, at the moment of the frame before.
    Snapshot {
        /// Everything.
        snapshot: Box<Snapshot>,
    },
    /// The person is seen otherwise.
    Me {
        /// As they are seen.
        me: Me,
    },
    /// Others are seen otherwise.
    Presence {
        /// Those of whom something changed.
        presence: Vec<Presence>,
    },
    /// Groups came, went or changed.
    Groups {
        /// All of them, in order.
        groups: Vec<Group>,
    },
    /// A contact came or changed.
    ContactSet {
        /// The contact.
        contact: Contact,
    },
    /// A contact went.
    ContactGone {
        /// Whose it was.
        person: String,
    },
    /// Somebody added the person.
    Adder {
        /// Who.
        adder: Adder,
    },
    /// The person has taken notice of somebody who added them.
    AdderGone {
        /// Of whom.
        person: String,
    },
    /// A program of the person signed in or out, or is used otherwise.
    Endpoints {
        /// All of them.
        endpoints: Vec<Endpoint>,
    },
    /// A conversation began or changed.
    Conversation {
        /// The conversation.
        conversation: Conversation,
    },
    /// A conversation is over and forgotten.
    ConversationGone {
        /// Its id.
        conversation: String,
    },
    /// A message came, was sent, or was delivered or not.
    Message {
        /// The message.
        message: Message,
    },
    /// Somebody types, or has stopped.
    Typing {
        /// In which conversation.
        conversation: String,
        /// Who.
        person: String,
        /// Whether they type.
        typing: bool,
    },
    /// The person has set something.
    Settings {
        /// All that is set.
        settings: Settings,
    },
    /// The session is over.
    SignedOut {
        /// Why: `replaced`, `disabled`, `unlicensed`, `company-disabled`, `password-changed`, `removed`, `renamed`,
        /// `too-many-endpoints`, `ended-by-you`, `restored`, `too-slow`.
        reason: String,
    },
}

/// An event with its number in its stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Numbered {
    /// Its number.
    pub seq: u64,
    /// What has happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What a browser says on its socket; anything else ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum Said {
    /// This tab is used, or has not been for some minutes.
    Activity {
        /// Whether it is used.
        active: bool,
    },
    /// The person has seen a conversation up to a message.
    Seen {
        /// Which.
        conversation: String,
        /// Up to where.
        message: String,
    },
}
