//! The `state` element: what an endpoint, a user, a phone, a calendar or the server says. \[MS-PRES\] 2.2.2
//!
//! Reads what aggregation needs ([`StateFacts`]) and writes what it yields ([`AggregateState`]).

use crate::time;
use crate::xml::{Fragment, Reader, attribute, element, number_attribute};
use crate::{BodyError, What};

/// Namespace of the element.
pub const NAMESPACE: &str = "http://schemas.microsoft.com/2006/09/sip/state";

/// Who says it: the `xsi:type` of the element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateKind {
    /// `machineState`: an endpoint.
    Machine,
    /// `userState`: the user, by hand.
    User,
    /// `phoneState`: a call.
    Phone,
    /// `calendarState`: the calendar.
    Calendar,
    /// `aggregateState`: the server, for watchers.
    Aggregate,
    /// `aggregateMachineState`: the server, for the user.
    AggregateMachine,
    /// Anything else, or no type at all.
    Other,
}

impl StateKind {
    fn from_wire(word: &str) -> Self {
        // The value is a qualified name; clients write it without a prefix.
        match word.trim().rsplit(':').next().unwrap_or_default() {
            "machineState" => Self::Machine,
            "userState" => Self::User,
            "phoneState" => Self::Phone,
            "calendarState" => Self::Calendar,
            "aggregateState" => Self::Aggregate,
            "aggregateMachineState" => Self::AggregateMachine,
            _ => Self::Other,
        }
    }
}

/// What a `state` element says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFacts {
    /// Who says it.
    pub kind: StateKind,
    /// Whether a person set it by hand.
    pub manual: bool,
    /// The availability number; an out-of-office calendar has none.
    pub availability: Option<u32>,
    /// What the person is doing.
    pub activity: Option<Activity>,
    /// When it begins to hold, in milliseconds since 1970.
    pub start_time: Option<u64>,
    /// When the person was active last, in milliseconds since 1970.
    pub last_active: Option<u64>,
    /// The calendar or phone it comes from, as written.
    pub uri: Option<String>,
    /// The element `endpointLocation`, unless it is empty.
    pub endpoint_location: Option<Fragment>,
    /// The element `device`, unless it is empty.
    pub device: Option<Fragment>,
    /// The element `meetingSubject`, unless it is empty.
    pub meeting_subject: Option<Fragment>,
    /// The element `meetingLocation`, unless it is empty.
    pub meeting_location: Option<Fragment>,
}

/// What a person is doing, and while which availability it is told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Activity {
    /// A known activity, such as `on-the-phone`.
    pub token: Option<String>,
    /// Texts of an activity of the user's own, one `custom` element per language.
    pub custom: Vec<Fragment>,
    /// The least availability at which it is told.
    pub min_availability: Option<u32>,
    /// The greatest availability at which it is told; none is no upper bound.
    pub max_availability: Option<u32>,
}

/// How many languages of a custom activity are kept.
const MAX_CUSTOM: usize = 16;

impl StateFacts {
    /// Reads a `state` element.
    ///
    /// # Errors
    ///
    /// When it is malformed, or is another element.
    pub fn parse(text: &str) -> Result<Self, BodyError> {
        let mut reader = Reader::new(text.as_bytes())?;
        reader.expect_root("state")?;
        let moment = |name| reader.attribute(name).and_then(|text| time::parse(text));
        let mut facts = Self {
            kind: reader.attribute("type").map_or(StateKind::Other, |word| StateKind::from_wire(word)),
            manual: reader.attribute("manual").is_some_and(|word| matches!(word.trim(), "true" | "1")),
            availability: None,
            activity: None,
            start_time: moment("startTime"),
            last_active: moment("lastActive"),
            uri: reader.attribute("uri").map(ToString::to_string),
            endpoint_location: None,
            device: None,
            meeting_subject: None,
            meeting_location: None,
        };
        while let Some(child) = reader.child()? {
            let slot = match child.local {
                "availability" => {
                    facts.availability = Some(reader.number("availability")?);
                    continue;
                }
                "activity" => {
                    facts.activity = Some(activity(&mut reader)?);
                    continue;
                }
                "endpointLocation" => &mut facts.endpoint_location,
                "device" => &mut facts.device,
                "meetingSubject" => &mut facts.meeting_subject,
                "meetingLocation" => &mut facts.meeting_location,
                _ => {
                    reader.skip()?;
                    continue;
                }
            };
            if reader.is_bare() {
                reader.skip()?;
                continue;
            }
            *slot = Some(reader.capture(child)?).filter(|fragment| !fragment.is_empty_element());
        }
        reader.finish()?;
        Ok(facts)
    }
}

fn activity(reader: &mut Reader<'_>) -> Result<Activity, BodyError> {
    let mut activity = Activity {
        token: reader.attribute("token").filter(|token| !token.is_empty()).map(ToString::to_string),
        custom: Vec::new(),
        min_availability: reader.number_attribute("minAvailability")?,
        max_availability: reader.number_attribute("maxAvailability")?,
    };
    while let Some(child) = reader.child()? {
        if child.local != "custom" {
            reader.skip()?;
            continue;
        }
        if activity.custom.len() == MAX_CUSTOM {
            return Err(reader.error(What::TooMany { of: "custom activities", limit: MAX_CUSTOM }));
        }
        activity.custom.push(reader.capture(child)?);
    }
    Ok(activity)
}

/// The state that the server makes out of all others, for one container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AggregateState<'a> {
    /// The availability number.
    pub availability: u32,
    /// What the person is doing.
    pub activity: Option<AggregateActivity<'a>>,
    /// When the person was active last, in milliseconds since 1970; told while inactive.
    pub last_active: Option<u64>,
    /// The raw element `endpointLocation`.
    pub endpoint_location: Option<&'a str>,
    /// The raw element `meetingSubject`.
    pub meeting_subject: Option<&'a str>,
    /// The raw element `meetingLocation`.
    pub meeting_location: Option<&'a str>,
    /// The kind of device that is the most active, for instance `computer`.
    pub device: Option<&'a str>,
    /// What the most active endpoint adds to local time to get UTC, in minutes.
    pub time_zone_bias: Option<i32>,
}

/// The activity that an aggregate state tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AggregateActivity<'a> {
    /// A known activity, such as `on-the-phone`.
    pub token: Option<&'a str>,
    /// The least availability at which it is told.
    pub min_availability: Option<u32>,
    /// The greatest availability at which it is told.
    pub max_availability: Option<u32>,
    /// Raw `custom` elements.
    pub custom: &'a [Fragment],
}

/// Appends a `state` element of type `aggregateState`.
pub fn encode_aggregate(state: &AggregateState<'_>, out: &mut String) {
    encode_as("aggregateState", state, out);
}

/// Appends a `state` element of type `aggregateMachineState`: what the user's machines add up to.
pub fn encode_aggregate_machine(state: &AggregateState<'_>, out: &mut String) {
    encode_as("aggregateMachineState", state, out);
}

fn encode_as(kind: &str, state: &AggregateState<'_>, out: &mut String) {
    out.push_str("<state xmlns=\"");
    out.push_str(NAMESPACE);
    out.push_str("\" xmlns:xsi=\"");
    out.push_str(crate::xml::XSI_NAMESPACE);
    out.push_str("\" manual=\"false\"");
    if let Some(moment) = state.last_active {
        out.push_str(" lastActive=\"");
        time::push_seconds(out, moment);
        out.push('"');
    }
    attribute(out, "xsi:type", kind);
    out.push_str("><availability>");
    out.push_str(&state.availability.to_string());
    out.push_str("</availability>");
    if let Some(activity) = &state.activity {
        encode_activity(activity, out);
    }
    for raw in [state.endpoint_location, state.meeting_subject, state.meeting_location] {
        out.push_str(raw.unwrap_or_default());
    }
    if state.time_zone_bias.is_some() || state.device.is_some() {
        // Extensions of the schema stand between two marks.
        out.push_str("<delimiter xmlns=\"http://schemas.microsoft.com/2006/09/sip/commontypes\"/>");
        if let Some(bias) = state.time_zone_bias {
            element(out, "timeZoneBias", &bias.to_string());
        }
        if let Some(device) = state.device {
            element(out, "device", device);
        }
        out.push_str("<end xmlns=\"http://schemas.microsoft.com/2006/09/sip/commontypes\"/>");
    }
    out.push_str("</state>");
}

fn encode_activity(activity: &AggregateActivity<'_>, out: &mut String) {
    out.push_str("<activity");
    if let Some(token) = activity.token {
        attribute(out, "token", token);
    }
    if let Some(min) = activity.min_availability {
        number_attribute(out, "minAvailability", min);
    }
    if let Some(max) = activity.max_availability {
        number_attribute(out, "maxAvailability", max);
    }
    if activity.custom.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for text in activity.custom {
        out.push_str(text.as_str());
    }
    out.push_str("</activity>");
}
