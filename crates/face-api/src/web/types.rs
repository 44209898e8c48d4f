//! The values of the web API, as JSON has them: one shape each, for answers and events alike.

use rapport_model::{AccessLevel, AvailabilityClass, DeviceKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{whole, word};

/// How reachable somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Availability {
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
pub(crate) enum NoteKind {
    /// The person's own.
    Personal,
    /// That of an absence.
    OutOfOffice,
}

/// What is seen of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Presence {
    /// Who it is.
    pub(crate) person: String,
    /// How reachable they are.
    pub(crate) availability: Availability,
    /// What they do, as a token: `on-the-phone`, `in-a-meeting`, `urgent-interruptions-only`, ….
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) activity: Option<String>,
    /// What they do, in words of their own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) activity_text: Option<String>,
    /// Their note.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) note: Option<String>,
    /// Whose words the note is in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) note_kind: Option<NoteKind>,
    /// Whether they are out of the office: their calendar or their note says so.
    #[serde(skip_serializing_if = "is_false", default)]
    pub(crate) out_of_office: bool,
    /// Since when it has been so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) since: Option<String>,
    /// Until when it is so: by their choice, or by their calendar.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) until: Option<String>,
    /// Which of their programs they use.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) device: Option<EndpointKind>,
    /// When they were last active, while they are not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) last_active_at: Option<String>,
    /// Where they say to be, in their words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) location: Option<String>,
    /// By how many minutes the clock where they are is ahead of UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) utc_offset_minutes: Option<i16>,
    /// What they can be reached by: `im`.
    pub(crate) capabilities: Vec<String>,
    /// Whether this server knows them at all.
    pub(crate) known: bool,
}

/// Somebody, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonRef {
    /// Their id, or `sip:` and the address of somebody who is only an address.
    pub(crate) id: String,
    /// Their address.
    pub(crate) address: String,
    /// Their name as it is shown.
    pub(crate) display_name: String,
}

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhoneNumber {
    /// `work`, `mobile`, `home` or `other`.
    pub(crate) kind: String,
    /// The number as people write it.
    pub(crate) number: String,
}

/// Somebody who was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FoundPerson {
    /// The person's id.
    pub(crate) id: String,
    /// Their address.
    pub(crate) address: String,
    /// Their name as it is shown.
    pub(crate) display_name: String,
    /// Their job title; empty where it is not known or not shown, as is the department.
    pub(crate) title: String,
    /// Their department.
    pub(crate) department: String,
    /// Whether they are a contact.
    pub(crate) is_contact: bool,
    /// What is seen of them now.
    pub(crate) presence: Presence,
}

/// Who was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FoundPeople {
    /// The people, the likeliest first.
    pub(crate) people: Vec<FoundPerson>,
    /// Whether there are more.
    pub(crate) more: bool,
}

/// A contact card, as far as its reader may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    /// The person's id.
    pub(crate) id: String,
    /// Their address.
    pub(crate) address: String,
    /// Their name as it is shown.
    pub(crate) display_name: String,
    /// Their given name; empty where it is not known or not shown, as are all that follow.
    pub(crate) given_name: String,
    /// Their family name.
    pub(crate) surname: String,
    /// Their job title.
    pub(crate) title: String,
    /// Their department.
    pub(crate) department: String,
    /// Their company, as printed on the card.
    pub(crate) company: String,
    /// Their office.
    pub(crate) office: String,
    /// Their e-mail address.
    pub(crate) mail: String,
    /// Their web page.
    pub(crate) web_page: String,
    /// Their telephone numbers.
    pub(crate) phones: Vec<PhoneNumber>,
    /// Their manager.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) manager: Option<PersonRef>,
    /// What this person may see of the reader.
    pub(crate) access_level: Level,
}

/// A level of access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Level {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Chosen {
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    /// Their id.
    pub(crate) id: String,
    /// Their address.
    pub(crate) address: String,
    /// Their name as it is shown.
    pub(crate) display_name: String,
    /// How reachable they are, as colleagues see it.
    pub(crate) availability: Availability,
    /// What they do, as a token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) activity: Option<String>,
    /// Until when, as far as that is known: until the end of what is shown, which needn't be what was chosen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) until: Option<String>,
    /// What they have chosen.
    pub(crate) chosen: Chosen,
    /// Until when they have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) chosen_until: Option<String>,
    /// Their note; empty for none.
    pub(crate) note: String,
    /// Since when it has been so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) since: Option<String>,
    /// Where this browser says that they are; empty for nowhere.
    pub(crate) location: String,
    /// By how many minutes this browser's clock is ahead of UTC, where it has said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) utc_offset_minutes: Option<i16>,
}

/// A contact group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    /// Its id.
    pub(crate) id: String,
    /// Its name; `~` for the one that is fixed.
    pub(crate) name: String,
    /// Whether it is "Other Contacts", which can neither be renamed nor removed.
    pub(crate) is_fixed: bool,
    /// Its place, from 0.
    pub(crate) order: u32,
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Contact {
    /// Who it is.
    pub(crate) person: PersonRef,
    /// The name that the owner gave.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) alias: Option<String>,
    /// The groups that it is in.
    pub(crate) groups: Vec<String>,
    /// Whether the owner has marked it.
    pub(crate) is_favourite: bool,
    /// Whether nobody is behind it any more.
    pub(crate) gone: bool,
}

/// Somebody who added the person to a contact list, of whom the person has not taken notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Adder {
    /// Who it is.
    pub(crate) person: PersonRef,
}

/// What kind of program an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EndpointKind {
    /// A program on a computer.
    Desktop,
    /// A browser.
    Web,
    /// A program on a telephone.
    Mobile,
}

impl From<DeviceKind> for EndpointKind {
    fn from(kind: DeviceKind) -> Self {
        match kind {
            DeviceKind::Desktop => Self::Desktop,
            DeviceKind::Web => Self::Web,
            DeviceKind::Mobile => Self::Mobile,
        }
    }
}

/// What need not be said.
const fn is_false(value: &bool) -> bool {
    !*value
}

/// A program of the person that is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Endpoint {
    /// Its id.
    pub(crate) id: String,
    /// What it calls itself; of a browser what its session is called, which may be nothing.
    pub(crate) label: String,
    /// What kind it is.
    pub(crate) kind: EndpointKind,
    /// When it signed in.
    pub(crate) signed_in_at: String,
    /// What it says of its use.
    pub(crate) availability: Availability,
    /// Whether it is the browser that asks.
    pub(crate) is_this: bool,
}

/// How a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ConversationState {
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
pub(crate) struct Reason {
    /// The code by which programs know it: `offline`, `do-not-disturb`, `declined`, `unsupported`, `blocked-content`,
    /// `no-answer`, `unavailable`, `left`, `cancelled`, `too-large`, `interrupted`.
    pub(crate) code: String,
    /// What it means, in a sentence.
    pub(crate) title: String,
}

/// A conversation with one other person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conversation {
    /// Its id.
    pub(crate) id: String,
    /// With whom it is.
    pub(crate) with: PersonRef,
    /// How it stands.
    pub(crate) state: ConversationState,
    /// When it began.
    pub(crate) started_at: String,
    /// Messages that the person has not seen.
    pub(crate) unread: u32,
    /// The last message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) last_message: Option<Message>,
    /// Why it ended or failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) reason: Option<Reason>,
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Direction {
    /// To the person.
    In,
    /// From the person.
    Out,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DeliveryState {
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
pub(crate) struct Message {
    /// Its id: the same live and in the history, and that of every message of a later moment is greater.
    pub(crate) id: String,
    /// Its conversation; in the history the id of the other.
    pub(crate) conversation: String,
    /// Who wrote it.
    pub(crate) from: String,
    /// When it came to the server.
    pub(crate) at: String,
    /// Which way it goes.
    pub(crate) direction: Direction,
    /// Its words.
    pub(crate) text: String,
    /// Its words with their form, exactly as the other's program sent them: never to be shown unsanitised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) html: Option<String>,
    /// Its words with their form as RTF, likewise; a message has one form at most.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) rtf: Option<String>,
    /// The id that the browser gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) client_id: Option<String>,
    /// How far it has come.
    pub(crate) delivery: DeliveryState,
    /// Why it was not delivered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) reason: Option<Reason>,
}

/// How much there may be of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LimitsOfPerson {
    /// Contacts.
    pub(crate) contacts: u32,
    /// Groups.
    pub(crate) groups: u32,
    /// People who watch one person.
    pub(crate) watchers: u32,
    /// Octets of a message.
    pub(crate) message_bytes: u32,
    /// Octets of a note.
    pub(crate) note: u32,
    /// Minutes without use after which a client says that its tab is not used: then the person is seen inactive.
    pub(crate) idle_minutes: u32,
    /// Minutes without use after which the person is seen away.
    pub(crate) away_minutes: u32,
}

/// Everything that a client shows, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    /// The stream whose events follow.
    pub(crate) stream: String,
    /// The number of the last event that is in it.
    pub(crate) seq: u64,
    /// The person.
    pub(crate) me: Me,
    /// The contact groups, in order.
    pub(crate) groups: Vec<Group>,
    /// The contacts.
    pub(crate) contacts: Vec<Contact>,
    /// What is seen of the contacts and of those one talks with.
    pub(crate) presence: Vec<Presence>,
    /// Who added the person.
    pub(crate) incoming: Vec<Adder>,
    /// The conversations.
    pub(crate) conversations: Vec<Conversation>,
    /// The person's programs.
    pub(crate) endpoints: Vec<Endpoint>,
    /// What the person has set.
    pub(crate) settings: Settings,
    /// Another one after each deletion of what was said, whoever was told of it: what is shown from before another mark
    /// than this is asked for again. Empty before the first.
    pub(crate) history_mark: String,
    /// How much there may be of what.
    pub(crate) limits: LimitsOfPerson,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Theme {
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
pub(crate) enum Density {
    /// With room.
    #[default]
    Comfortable,
    /// Close.
    Compact,
}

/// What the contact list is ordered in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ListView {
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
pub(crate) enum SortBy {
    /// The name.
    #[default]
    Name,
    /// How reachable they are.
    Availability,
}

/// What the person has set for all of their browsers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// One more with every change, from 1 on. Who sets them names the version that was changed: 0, or none, for whichever is
    /// there.
    #[serde(default, deserialize_with = "whole")]
    pub(crate) version: u32,
    /// Light or dark.
    #[serde(deserialize_with = "word")]
    pub(crate) theme: Theme,
    /// The language, as a tag of BCP 47; empty for the browser's.
    #[schema(max_length = 35, pattern = "^[A-Za-z0-9-]*$")]
    pub(crate) language: String,
    /// How close rows stand.
    #[serde(deserialize_with = "word")]
    pub(crate) density: Density,
    /// What the contact list is ordered in.
    #[serde(deserialize_with = "word")]
    pub(crate) view: ListView,
    /// Whether there are sounds.
    pub(crate) sounds: bool,
    /// Whether there are desktop notifications.
    pub(crate) notifications: bool,
    /// Whether those show what was written.
    pub(crate) show_words_in_notifications: bool,
    /// Whether the Enter key sends.
    pub(crate) enter_sends: bool,
    /// Whether contacts who are offline are shown.
    pub(crate) show_offline: bool,
    /// What contacts are sorted by.
    #[serde(deserialize_with = "word")]
    pub(crate) sort_by: SortBy,
}

impl Settings {
    /// Returns them with the number of what was set before there were numbers.
    pub(crate) fn numbered(self) -> Self {
        Self { version: self.version.max(1), ..self }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: 1,
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

/// Those for whom one level of access is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LevelMembers {
    /// The level.
    pub(crate) level: Level,
    /// Who is in it by name.
    pub(crate) people: Vec<PersonRef>,
}

/// What has happened, to be told to a browser. Each event names the whole new value of what changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(crate) enum Event {
    /// The first frame of a socket.
    Hello {
        /// The stream whose events follow.
        stream: String,
        /// Whether every event after the one named follows; if not, a snapshot does.
        resumed: bool,
        /// At least every so many seconds the server says something: an event, or a sign of life.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beat: Option<u32>,
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
    /// Somebody is not watched any more: no contact, and nobody one talks with.
    PresenceGone {
        /// Who.
        person: String,
    },
    /// The person has chosen levels of access otherwise, with whatever program.
    Levels {
        /// By level, the most trusted first, those for whom it is chosen.
        levels: Vec<LevelMembers>,
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
    /// The history has more with somebody than this browser was told: another program of the person said it, or heard it.
    HistoryMore {
        /// With whom.
        person: String,
    },
    /// The person has deleted for good what was said: one message, all with one other, or all of it where neither is named.
    HistoryGone {
        /// With whom it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<String>,
        /// The message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The snapshot's `historyMark` after it.
        mark: String,
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
        /// `too-many-endpoints`, `ended-by-you`, `session-over`, `restored`, `too-slow`.
        reason: String,
    },
}

/// An event with its number in its stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Numbered {
    /// Its number.
    pub(crate) seq: u64,
    /// What has happened.
    #[serde(flatten)]
    pub(crate) event: Event,
}
