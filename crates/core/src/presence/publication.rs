//! One category instance and what is known of its value ([MS-PRES] §2.2.2, presence-im 1.1 to 1.5).

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use rapport_model::{Availability, ContainerId, DeviceKind, EndpointId, Moment, Timestamp};

use super::FreeBusy;

/// A category's name, such as `state` or `note`.
///
/// The well-known ones are shared by everybody: they take no room of their own, and equal ones are known at a glance.
#[derive(Clone, Debug)]
pub struct CategoryName(Arc<str>);

impl PartialEq for CategoryName {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for CategoryName {}

impl Ord for CategoryName {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for CategoryName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for CategoryName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

macro_rules! well_known {
    ($($name:ident = $text:literal, $doc:literal;)*) => {
        impl CategoryName {
            $(
                #[doc = $doc]
                pub fn $name() -> Self {
                    static NAME: LazyLock<CategoryName> = LazyLock::new(|| CategoryName($text.into()));
                    NAME.clone()
                }
            )*

            /// Makes a category name of its text.
            pub fn new(text: &str) -> Self {
                match text {
                    $($text => Self::$name(),)*
                    other => Self(other.into()),
                }
            }
        }
    };
}

well_known! {
    state = "state", "States of machines, people, calls and calendars, and what they add up to.";
    contact_card = "contactCard", "Who the person is.";
    note = "note", "A note in the person's own words.";
    services = "services", "What the person's devices can do.";
    device = "device", "One device.";
    user_properties = "userProperties", "Lines and telephony mode.";
    legacy_interop = "legacyInterop", "The availability for older clients.";
    calendar_data = "calendarData", "Working hours and free or busy times.";
}

impl CategoryName {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PublicationKey {
    /// Names the publication of a category, a container and an instance.
    pub const fn new(category: CategoryName, container: ContainerId, instance: u32) -> Self {
        Self { category, container, instance }
    }
}

/// Names one publication of a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicationKey {
    /// Its category.
    pub category: CategoryName,
    /// The container that it lies in.
    pub container: ContainerId,
    /// The instance number that its publisher chose.
    pub instance: u32,
}

/// How long a publication lives (`expireType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it is deleted; kept by the store.
    Static,
    /// As long as this endpoint is bound; a new binding of the same endpoint keeps it.
    Endpoint(EndpointId),
    /// As long as any endpoint of the person is bound.
    User,
    /// Until this moment of the steady clock ([`rapport_model::Moment`]).
    Until(Timestamp),
    /// Until this moment of the steady clock, whoever is bound and whichever process runs: kept by the store, for which
    /// it is a moment of the wall clock.
    KeptUntil(Timestamp),
}

impl Lifetime {
    /// Tells whether the store keeps what lives so.
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Static | Self::KeptUntil(_))
    }

    /// Returns the moment of the steady clock at which what lives so ends by itself.
    pub const fn end(self) -> Option<Timestamp> {
        match self {
            Self::Until(end) | Self::KeptUntil(end) => Some(end),
            Self::Static | Self::Endpoint(_) | Self::User => None,
        }
    }
}

/// A publication as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// 1 for the first; one more with every change.
    pub version: u32,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// When it was last published.
    pub published: Timestamp,
    /// Which endpoint published it; none for the server's own.
    pub publisher: Option<EndpointId>,
    /// What it says.
    pub value: Value,
}

/// A publication that a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPublication {
    /// Which one.
    pub key: PublicationKey,
    /// The version that the client last saw; 0 for none.
    pub version: u32,
    /// What is to become of it.
    pub action: PublicationAction,
}

/// What a client asks to become of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicationAction {
    /// Put this in its place.
    Publish {
        /// How long it shall live.
        lifetime: Lifetime,
        /// What it says.
        value: Value,
    },
    /// Take it away.
    Delete,
}

/// What a publication says.
///
/// A client's XML is kept byte for byte. What is large and rare is boxed: a person has forty publications. What the server itself publishes is kept as facts; a face encodes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A client's element, self-contained, with the facts in it that aggregation needs.
    Client {
        /// The element as sent; empty when the publication has no child.
        xml: Arc<str>,
        /// What it says.
        facts: Facts,
    },
    /// An `aggregateState` or `aggregateMachineState`.
    Aggregate(Arc<AggregateState>),
    /// The `contactCard` identity: display name and mail.
    Identity {
        /// The name as it is shown.
        display_name: Arc<str>,
        /// The e-mail address; empty for none.
        mail: Arc<str>,
    },
    /// The `contactCard` with directory data; see `directory::Card`.
    AddressBook(Arc<crate::directory::Card>),
    /// `legacyInterop` for older clients.
    LegacyInterop(Availability),
    /// `services`: what the person's devices can do, with their availability.
    Services(Arc<[Device]>),
    /// `userProperties`: lines and telephony mode (none).
    UserProperties,
    /// An element of its category without content: it hides what lower access levels show.
    Empty,
}

/// What aggregation needs of a client's element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facts {
    /// Nothing.
    None,
    /// Those of a `state`.
    State(Box<State>),
    /// Those of a `device`.
    Device(Box<Device>),
    /// The free or busy times of a `calendarData`.
    FreeBusy(Box<FreeBusy>),
}

/// What aggregation needs of a `state` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Its `xsi:type`.
    pub kind: StateKind,
    /// Whether the person chose it by hand.
    pub manual: bool,
    /// Its availability, if it has one.
    pub availability: Option<Availability>,
    /// Its activity, if it has one.
    pub activity: Option<Activity>,
    /// From when on it counts (`startTime`).
    pub start: Option<Timestamp>,
    /// `endpointLocation`, as text.
    pub location: Arc<str>,
    /// The time zone of a program that publishes no `device`, as text; empty for none.
    pub timezone: Arc<str>,
    /// What the program that publishes it runs on. No client says it: a face knows it.
    pub device: Option<DeviceKind>,
}

/// The `xsi:type` of a `state` element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateKind {
    /// Whether an endpoint is in use.
    Machine,
    /// What the person chose.
    User,
    /// Whether a call is up.
    Phone,
    /// What the calendar says.
    Calendar,
    /// Anything else; doesn't count.
    Other,
}

/// An activity: a token that clients translate, or custom text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The token, such as `in-a-meeting`; empty for custom text alone.
    pub token: Arc<str>,
    /// `custom` elements as sent; empty for none.
    pub custom_xml: Arc<str>,
    /// The lowest availability with which it shows.
    pub min: Option<Availability>,
    /// The highest availability with which it shows.
    pub max: Option<Availability>,
}

/// What aggregation needs of a `device` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The endpoint's id as it names itself.
    pub endpoint_id: Arc<str>,
    /// The machine's availability; filled by aggregation.
    pub availability: Availability,
    /// `capabilities`, each with what it can render and capture: text, gifInk, isfInk, voice, video, …
    pub capabilities: Arc<[(Arc<str>, bool, bool)]>,
    /// `timezone`, as text.
    pub timezone: Arc<str>,
}

/// What several states add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AggregateState {
    /// Whether this is the machines' aggregate alone.
    pub machine_only: bool,
    /// The availability.
    pub availability: Availability,
    /// The one activity that shows.
    pub activity: Option<Activity>,
    /// When the person was last active; only while they are not.
    pub last_active: Option<Timestamp>,
    /// Where the most active endpoint is; empty when unknown.
    pub location: Arc<str>,
    /// The most active device's time zone, as text; empty when unknown.
    pub timezone: Arc<str>,
    /// What the most active endpoint runs on.
    pub device: Option<DeviceKind>,
    /// Until when that is so, where it is known.
    pub until: Option<Until>,
}

/// Until when a state is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The person has chosen it until then, on the steady clock.
    Chosen(Timestamp),
    /// The block of their calendar that it comes from ends then, on the wall clock.
    Calendar(Timestamp),
}

impl Until {
    /// Returns the moment as the wall clock shows it.
    pub fn on_wall(self, now: Moment) -> Timestamp {
        match self {
            Self::Chosen(end) => Timestamp(end.0.saturating_sub(now.steady.0).saturating_add(now.wall.0)),
            Self::Calendar(end) => end,
        }
    }
}

impl AggregateState {
    /// Returns what is seen of a person who is not there.
    pub fn offline(last_active: Option<Timestamp>) -> Self {
        Self {
            machine_only: false,
            availability: Availability::OFFLINE,
            activity: None,
            last_active,
            location: Arc::default(),
            timezone: Arc::default(),
            device: None,
            until: None,
        }
    }
}
