//! What a publication says, as a row: a client's element in one column, facts as JSON in another.
//!
//! These rows are this adapter's own: a field renamed in the domain changes nothing in a database.

use std::sync::Arc;

use rapport_core::directory::{Card, Phone, PhoneKind};
use rapport_core::presence::{
    Activity, AggregateState, Block, Device, Facts, FreeBusy, Occupancy, State, StateKind, Until, Value,
};
use rapport_model::{Availability, DeviceKind, TenantId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::error::{Done, Fail};

#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum FactsRow {
    Client {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<StateRow>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceRow>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times: Option<TimesRow>,
    },
    Aggregate(AggregateRow),
    Identity {
        display_name: String,
        mail: String,
    },
    AddressBook(Box<CardRow>),
    LegacyInterop {
        availability: u32,
    },
    Services {
        devices: Vec<DeviceRow>,
    },
    UserProperties,
    Empty,
}

#[derive(Serialize, Deserialize)]
struct StateRow {
    kind: KindRow,
    manual: bool,
    availability: Option<u32>,
    activity: Option<ActivityRow>,
    start: Option<i64>,
    location: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    timezone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<DeviceKindRow>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DeviceKindRow {
    Desktop,
    Web,
    Mobile,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindRow {
    Machine,
    User,
    Phone,
    Calendar,
    Other,
}

#[derive(Serialize, Deserialize)]
struct ActivityRow {
    token: String,
    custom_xml: String,
    min: Option<u32>,
    max: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct DeviceRow {
    endpoint_id: String,
    availability: u32,
    capabilities: Vec<(String, bool, bool)>,
    timezone: String,
}

/// Free or busy times: their start, and how each block is and when it ends.
#[derive(Serialize, Deserialize)]
struct TimesRow {
    start: i64,
    blocks: Vec<(OccupancyRow, i64)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OccupancyRow {
    Free,
    Tentative,
    Busy,
    OutOfOffice,
}

#[derive(Serialize, Deserialize)]
struct AggregateRow {
    machine_only: bool,
    availability: u32,
    activity: Option<ActivityRow>,
    last_active: Option<i64>,
    location: String,
    timezone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<DeviceKindRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until_by_calendar: Option<i64>,
}

/// A row from before a field was there has it empty: a card that nobody changes is never written again.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct CardRow {
    display_name: String,
    given_name: String,
    surname: String,
    title: String,
    department: String,
    company: String,
    office: String,
    web_page: String,
    mail: String,
    phones: Vec<(PhoneKindRow, String)>,
    manager: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PhoneKindRow {
    Work,
    Mobile,
    Home,
    Other,
}

/// Returns the element, if it is a client's, and the facts.
pub(super) fn encode(value: &Value) -> Done<(Option<&str>, String)> {
    let (xml, facts) = match value {
        Value::Client { xml, facts } => {
            let (mut state, mut device, mut times) = (None, None, None);
            match facts {
                Facts::State(known) => state = Some(StateRow::from(&**known)),
                Facts::Device(known) => device = Some(DeviceRow::from(&**known)),
                Facts::FreeBusy(known) => times = Some(TimesRow::from(&**known)),
                Facts::None => {}
            }
            (Some(&**xml), FactsRow::Client { state, device, times })
        }
        Value::Aggregate(aggregate) => (None, FactsRow::Aggregate((&**aggregate).into())),
        Value::Identity { display_name, mail } => {
            (None, FactsRow::Identity { display_name: display_name.to_string(), mail: mail.to_string() })
        }
        Value::AddressBook(card) => (None, FactsRow::AddressBook(Box::new(CardRow::from(&**card)))),
        Value::LegacyInterop(Availability(availability)) => {
            (None, FactsRow::LegacyInterop { availability: *availability })
        }
        Value::Services(devices) => {
            (None, FactsRow::Services { devices: devices.iter().map(DeviceRow::from).collect() })
        }
        Value::UserProperties => (None, FactsRow::UserProperties),
        Value::Empty => (None, FactsRow::Empty),
    };
    let facts = serde_json::to_string(&facts).map_err(|_| Fail::Row("the facts of a new publication"))?;
    Ok((xml, facts))
}

/// Reads what [`encode`] wrote.
pub(super) fn decode(xml: Option<String>, facts: &str, tenant: TenantId) -> Done<Value> {
    let facts = serde_json::from_str(facts).map_err(|_| Fail::Row("the facts of a publication"))?;
    Ok(match facts {
        FactsRow::Client { state, device, times } => Value::Client {
            xml: xml.ok_or(Fail::Row("a publication without its element"))?.into(),
            facts: match (state, device, times) {
                (Some(row), _, _) => Facts::State(Box::new(row.into())),
                (None, Some(row), _) => Facts::Device(Box::new(row.into())),
                (None, None, Some(row)) => Facts::FreeBusy(Box::new(row.into())),
                (None, None, None) => Facts::None,
            },
        },
        FactsRow::Aggregate(aggregate) => Value::Aggregate(Arc::new(aggregate.into())),
        FactsRow::Identity { display_name, mail } => {
            Value::Identity { display_name: display_name.into(), mail: mail.into() }
        }
        FactsRow::AddressBook(card) => Value::AddressBook(Arc::new(card.into_card(tenant))),
        FactsRow::LegacyInterop { availability } => Value::LegacyInterop(Availability(availability)),
        FactsRow::Services { devices } => Value::Services(devices.into_iter().map(Device::from).collect()),
        FactsRow::UserProperties => Value::UserProperties,
        FactsRow::Empty => Value::Empty,
    })
}

impl From<&State> for StateRow {
    fn from(state: &State) -> Self {
        Self {
            kind: match state.kind {
                StateKind::Machine => KindRow::Machine,
                StateKind::User => KindRow::User,
                StateKind::Phone => KindRow::Phone,
                StateKind::Calendar => KindRow::Calendar,
                StateKind::Other => KindRow::Other,
            },
            manual: state.manual,
            availability: state.availability.map(|a| a.0),
            activity: state.activity.as_ref().map(ActivityRow::from),
            start: state.start.map(|t| t.0),
            location: state.location.to_string(),
            timezone: state.timezone.to_string(),
            device: state.device.map(DeviceKindRow::from),
        }
    }
}

impl From<StateRow> for State {
    fn from(row: StateRow) -> Self {
        Self {
            kind: match row.kind {
                KindRow::Machine => StateKind::Machine,
                KindRow::User => StateKind::User,
                KindRow::Phone => StateKind::Phone,
                KindRow::Calendar => StateKind::Calendar,
                KindRow::Other => StateKind::Other,
            },
            manual: row.manual,
            availability: row.availability.map(Availability),
            activity: row.activity.map(Activity::from),
            start: row.start.map(Timestamp),
            location: row.location.into(),
            timezone: row.timezone.into(),
            device: row.device.map(DeviceKind::from),
        }
    }
}

impl From<&Activity> for ActivityRow {
    fn from(activity: &Activity) -> Self {
        Self {
            token: activity.token.to_string(),
            custom_xml: activity.custom_xml.to_string(),
            min: activity.min.map(|a| a.0),
            max: activity.max.map(|a| a.0),
        }
    }
}

impl From<ActivityRow> for Activity {
    fn from(row: ActivityRow) -> Self {
        Self {
            token: row.token.into(),
            custom_xml: row.custom_xml.into(),
            min: row.min.map(Availability),
            max: row.max.map(Availability),
        }
    }
}

impl From<&Device> for DeviceRow {
    fn from(device: &Device) -> Self {
        let capabilities = device.capabilities.iter();
        Self {
            endpoint_id: device.endpoint_id.to_string(),
            availability: device.availability.0,
            capabilities: capabilities
                .map(|(name, render, capture)| (name.to_string(), *render, *capture))
                .collect(),
            timezone: device.timezone.to_string(),
        }
    }
}

impl From<DeviceRow> for Device {
    fn from(row: DeviceRow) -> Self {
        let capabilities = row.capabilities.into_iter();
        Self {
            endpoint_id: row.endpoint_id.into(),
            availability: Availability(row.availability),
            capabilities: capabilities
                .map(|(name, render, capture)| (name.into(), render, capture))
                .collect(),
            timezone: row.timezone.into(),
        }
    }
}

impl From<&FreeBusy> for TimesRow {
    fn from(times: &FreeBusy) -> Self {
        let row = |block: &Block| {
            let is = match block.is {
                Occupancy::Free => OccupancyRow::Free,
                Occupancy::Tentative => OccupancyRow::Tentative,
                Occupancy::Busy => OccupancyRow::Busy,
                Occupancy::OutOfOffice => OccupancyRow::OutOfOffice,
            };
            (is, block.end.0)
        };
        Self { start: times.start().0, blocks: times.blocks().iter().map(row).collect() }
    }
}

impl From<TimesRow> for FreeBusy {
    fn from(row: TimesRow) -> Self {
        let block = |(is, end)| {
            let is = match is {
                OccupancyRow::Free => Occupancy::Free,
                OccupancyRow::Tentative => Occupancy::Tentative,
                OccupancyRow::Busy => Occupancy::Busy,
                OccupancyRow::OutOfOffice => Occupancy::OutOfOffice,
            };
            Block { is, end: Timestamp(end) }
        };
        Self::of_blocks(Timestamp(row.start), row.blocks.into_iter().map(block))
    }
}

impl From<&AggregateState> for AggregateRow {
    fn from(aggregate: &AggregateState) -> Self {
        Self {
            machine_only: aggregate.machine_only,
            availability: aggregate.availability.0,
            activity: aggregate.activity.as_ref().map(ActivityRow::from),
            last_active: aggregate.last_active.map(|t| t.0),
            location: aggregate.location.to_string(),
            timezone: aggregate.timezone.to_string(),
            device: aggregate.device.map(DeviceKindRow::from),
            until: match aggregate.until {
                Some(Until::Chosen(end)) => Some(end.0),
                Some(Until::Calendar(_)) | None => None,
            },
            until_by_calendar: match aggregate.until {
                Some(Until::Calendar(end)) => Some(end.0),
                Some(Until::Chosen(_)) | None => None,
            },
        }
    }
}

impl From<AggregateRow> for AggregateState {
    fn from(row: AggregateRow) -> Self {
        Self {
            machine_only: row.machine_only,
            availability: Availability(row.availability),
            activity: row.activity.map(Activity::from),
            last_active: row.last_active.map(Timestamp),
            location: row.location.into(),
            timezone: row.timezone.into(),
            device: row.device.map(DeviceKind::from),
            until: match (row.until, row.until_by_calendar) {
                (Some(end), _) => Some(Until::Chosen(Timestamp(end))),
                (None, end) => end.map(|end| Until::Calendar(Timestamp(end))),
            },
        }
    }
}

impl From<DeviceKind> for DeviceKindRow {
    fn from(kind: DeviceKind) -> Self {
        match kind {
            DeviceKind::Desktop => Self::Desktop,
            DeviceKind::Web => Self::Web,
            DeviceKind::Mobile => Self::Mobile,
        }
    }
}

impl From<DeviceKindRow> for DeviceKind {
    fn from(row: DeviceKindRow) -> Self {
        match row {
            DeviceKindRow::Desktop => Self::Desktop,
            DeviceKindRow::Web => Self::Web,
            DeviceKindRow::Mobile => Self::Mobile,
        }
    }
}

impl From<&Card> for CardRow {
    fn from(card: &Card) -> Self {
        let kind = |kind| match kind {
            PhoneKind::Work => PhoneKindRow::Work,
            PhoneKind::Mobile => PhoneKindRow::Mobile,
            PhoneKind::Home => PhoneKindRow::Home,
            PhoneKind::Other => PhoneKindRow::Other,
        };
        let card = card.clone();
        Self {
            display_name: card.display_name,
            given_name: card.given_name,
            surname: card.surname,
            title: card.title,
            department: card.department,
            company: card.company,
            office: card.office,
            web_page: card.web_page,
            mail: card.mail,
            phones: card.phones.into_iter().map(|phone| (kind(phone.kind), phone.number)).collect(),
            manager: card.manager.map(|manager| manager.user),
        }
    }
}

impl CardRow {
    fn into_card(self, tenant: TenantId) -> Card {
        let kind = |kind| match kind {
            PhoneKindRow::Work => PhoneKind::Work,
            PhoneKindRow::Mobile => PhoneKind::Mobile,
            PhoneKindRow::Home => PhoneKind::Home,
            PhoneKindRow::Other => PhoneKind::Other,
        };
        Card {
            display_name: self.display_name,
            given_name: self.given_name,
            surname: self.surname,
            title: self.title,
            department: self.department,
            company: self.company,
            office: self.office,
            web_page: self.web_page,
            mail: self.mail,
            phones: self.phones.into_iter().map(|(k, number)| Phone { kind: kind(k), number }).collect(),
            manager: self.manager.map(|user| UserId { tenant, user }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_from_before_a_field_was_there_is_read_with_the_field_empty() {
        let card = Card { title: "Buyer".to_owned(), ..Card::default() };
        let read = decode(None, r#"{"is":"address_book","title":"Buyer"}"#, TenantId(1)).ok();
        assert_eq!(read, Some(Value::AddressBook(Arc::new(card))));
    }
}
