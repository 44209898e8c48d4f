//! What the server publishes itself, as XML; what a client published goes out as it came. \[MS-PRES\] 2.2.2
//!
//! The domain keeps a time zone as clients write it in a `device`; an aggregate state tells it as the minutes that lead
//! from local time to UTC.

use std::collections::BTreeMap;
use std::ops::Range;

use rapport_core::directory::{Card, PhoneKind};
use rapport_core::presence::{AggregateState, CategoryName, Device, Value};
use rapport_model::{Aor, Availability, AvailabilityClass};
use rapport_msbody::Fragment;
use rapport_msbody::state::{self, AggregateActivity};
use rapport_msbody::value::{self as wire, AddressBookCard, Phone, Service, UserProperties};

use super::millis;

/// Appends the value that the person `aor` has in a category; nothing for a publication without one.
pub(crate) fn xml(aor: &Aor, category: &CategoryName, value: &Value, out: &mut String) {
    match value {
        Value::Client { xml, .. } => out.push_str(xml),
        Value::Aggregate(aggregate) => aggregate_state(aggregate, out),
        Value::Identity { display_name, mail } => wire::encode_identity(display_name, some(mail), out),
        Value::AddressBook(card) => address_book(card, out),
        Value::LegacyInterop(availability) => wire::encode_legacy_interop(availability.0, out),
        Value::Services(devices) => services(aor, devices, out),
        Value::UserProperties => wire::encode_user_properties(&UserProperties::default(), out),
        Value::Empty => out.push_str(wire::empty(category.as_str()).unwrap_or_default()),
    }
}

/// The values of one document: those of clients are borrowed, those of the server written here.
#[derive(Default)]
pub(super) struct Values {
    made: String,
}

/// Where a value of a document is.
pub(super) enum Text<'a> {
    /// As a client sent it.
    Sent(&'a str),
    /// Among those that the server made.
    Made(Range<usize>),
}

impl Values {
    /// Takes in a value and returns where it is.
    pub(super) fn add<'a>(&mut self, aor: &Aor, category: &CategoryName, value: &'a Value) -> Text<'a> {
        if let Value::Client { xml, .. } = value {
            return Text::Sent(xml);
        }
        let start = self.made.len();
        xml(aor, category, value, &mut self.made);
        Text::Made(start..self.made.len())
    }

    /// Returns a value that was taken in; none when it is empty.
    pub(super) fn get<'a>(&'a self, text: &'a Text<'_>) -> Option<&'a str> {
        match text {
            Text::Sent(xml) => some(xml),
            Text::Made(range) => self.made.get(range.clone()).and_then(some),
        }
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn aggregate_state(aggregate: &AggregateState, out: &mut String) {
    let activity = aggregate.activity.as_ref();
    let custom =
        activity.filter(|a| !a.custom_xml.is_empty()).map(|a| Fragment::trusted(a.custom_xml.clone()));
    let told = state::AggregateState {
        availability: aggregate.availability.0,
        activity: activity.map(|activity| AggregateActivity {
            token: some(&activity.token),
            min_availability: activity.min.map(|min| min.0),
            max_availability: activity.max.map(|max| max.0),
            custom: custom.as_slice(),
        }),
        last_active: aggregate.last_active.map(millis),
        endpoint_location: some(&aggregate.location),
        time_zone_bias: wire::time_zone_bias(&aggregate.timezone),
        ..state::AggregateState::default()
    };
    if aggregate.machine_only {
        state::encode_aggregate_machine(&told, out);
    } else {
        state::encode_aggregate(&told, out);
    }
}

fn address_book(card: &Card, out: &mut String) {
    let uris: Vec<Option<String>> = card.phones.iter().map(|phone| tel_uri(&phone.number)).collect();
    let phones: Vec<Phone<'_>> = card
        .phones
        .iter()
        .zip(&uris)
        .filter_map(|(phone, uri)| {
            let kind = match phone.kind {
                PhoneKind::Work => "work",
                PhoneKind::Mobile => "mobile",
                PhoneKind::Home => "home",
                PhoneKind::Other => "other",
            };
            Some(Phone { kind, uri: uri.as_deref()?, display: Some(&phone.number) })
        })
        .collect();
    let card = AddressBookCard {
        company: some(&card.company),
        title: some(&card.title),
        office: some(&card.office),
        department: some(&card.department),
        url: some(&card.web_page),
        phones: &phones,
    };
    wire::encode_address_book(&card, out);
}

/// Makes a `tel:` URI of a number as people write it; none when nothing can be dialled.
///
/// Spaces and punctuation go. Behind a country code the trunk prefix `(0)` goes too, for it is not dialled then. Letters
/// begin an extension: `+1 555 0100 x22` is `tel:+15550100;ext=22`.
fn tel_uri(number: &str) -> Option<String> {
    let number = number.trim();
    let (main, extension) = match number.find(|c: char| c.is_alphabetic()) {
        Some(at) => number.split_at_checked(at)?,
        None => (number, ""),
    };
    let mut uri = String::from("tel:");
    let begin = uri.len() + usize::from(main.starts_with('+'));
    match main.strip_prefix('+') {
        Some(main) => {
            uri.push('+');
            uri.extend(main.replacen("(0)", "", 1).chars().filter(char::is_ascii_digit));
        }
        None => uri.extend(main.chars().filter(char::is_ascii_digit)),
    }
    if uri.len() == begin {
        return None;
    }
    if extension.bytes().any(|b| b.is_ascii_digit()) {
        uri.push_str(";ext=");
        uri.extend(extension.chars().filter(char::is_ascii_digit));
    }
    Some(uri)
}

/// Appends what all devices can do together, each with the most active device that can.
fn services(aor: &Aor, devices: &[Device], out: &mut String) {
    let mut by_name: BTreeMap<&str, (bool, bool, Availability)> = BTreeMap::new();
    for device in devices {
        for (name, render, capture) in device.capabilities.iter() {
            let told = by_name.entry(name).or_insert((false, false, device.availability));
            told.0 |= *render;
            told.1 |= *capture;
            told.2 = more_active(told.2, device.availability);
        }
    }
    let services: Vec<Service<'_>> = by_name
        .into_iter()
        .map(|(name, (render, capture, availability))| Service {
            name,
            capture,
            render,
            device_availability: availability.0,
        })
        .collect();
    wire::encode_services(&aor.to_uri(), &services, out);
}

/// Returns the availability that tells of more use; one that tells nothing loses.
fn more_active(one: Availability, other: Availability) -> Availability {
    std::cmp::min_by_key(one, other, |a| (a.class() == AvailabilityClass::Undefined, a.0))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rapport_core::presence::{Activity, Facts};
    use rapport_model::Timestamp;

    use super::super::samples::{ann, aor, lines};
    use super::*;

    fn written(category: &str, value: &Value) -> String {
        let mut out = String::new();
        xml(&aor("ann@example.com"), &CategoryName::new(category), value, &mut out);
        out
    }

    fn device(availability: u32, capabilities: &[(&str, bool, bool)]) -> Device {
        Device {
            endpoint_id: "b7".into(),
            availability: Availability(availability),
            capabilities: capabilities.iter().map(|(name, r, c)| (Arc::from(*name), *r, *c)).collect(),
            timezone: "00:00:00+01:00".into(),
        }
    }

    #[test]
    fn every_value_of_the_server_has_its_element() {
        let away = AggregateState {
            machine_only: false,
            availability: Availability::AWAY,
            activity: Some(Activity {
                token: "out-of-office".into(),
                custom_xml: "<custom LCID=\"1033\">A</custom><custom LCID=\"1031\">B</custom>".into(),
                min: Some(Availability(12_000)),
                max: None,
            }),
            last_active: Some(Timestamp(1_231_700_531_123)),
            location: "<endpointLocation>Lab</endpointLocation>".into(),
            timezone: "00:00:00+01:00".into(),
            device: None,
            until: None,
        };
        let machines = AggregateState { machine_only: true, ..AggregateState::offline(None) };
        let devices = [
            device(15_500, &[("video", true, true), ("text", true, false)]),
            device(3500, &[("text", true, true)]),
        ];
        let values = [
            ("state", Value::Aggregate(AggregateState::offline(None).into())),
            ("state", Value::Aggregate(away.into())),
            ("state", Value::Aggregate(machines.into())),
            ("contactCard", Value::Identity { display_name: "Ann <Lind>".into(), mail: "".into() }),
            ("contactCard", Value::Identity { display_name: "Ann".into(), mail: "a@example.com".into() }),
            ("contactCard", Value::AddressBook(Arc::new(ann().card))),
            ("legacyInterop", Value::LegacyInterop(Availability::BUSY)),
            ("services", Value::Services(devices.into())),
            ("services", Value::Services([].into())),
            ("userProperties", Value::UserProperties),
            ("services", Value::Empty),
            ("note", Value::Empty),
        ];
        let all: Vec<String> =
            values.iter().map(|(category, value)| lines(&written(category, value))).collect();
        insta::assert_snapshot!(all.join("\n\n"));
        for (category, value) in &values {
            assert!(Fragment::parse(&written(category, value)).is_ok(), "{category} {value:?}");
        }
    }

    #[test]
    fn a_value_of_a_client_goes_out_as_it_came() {
        let sent = "<note  xmlns='urn:x'>\n <body/></note>";
        let value = Value::Client { xml: sent.into(), facts: Facts::None };
        assert_eq!(written("note", &value), sent);
        assert_eq!(written("mwi", &Value::Empty), "");
    }

    #[test]
    fn numbers_as_people_write_them_can_be_dialled() {
        for (number, uri) in [
            ("+1 (555) 0100", "tel:+15550100"),
            ("+1 555 0100 x22", "tel:+15550100;ext=22"),
            ("+49 (0)30 1234-0 ext. 7", "tel:+493012340;ext=7"),
            (" 0170 / 555 01 00 ", "tel:01705550100"),
            ("112", "tel:112"),
        ] {
            assert_eq!(tel_uri(number).as_deref(), Some(uri), "{number}");
        }
        for number in ["", "+", "ask the porter", "()"] {
            assert_eq!(tel_uri(number), None, "{number}");
        }
    }

    #[test]
    fn a_capability_shows_with_the_device_in_most_use() {
        let devices = [device(0, &[("text", true, true)]), device(5000, &[("text", false, false)])];
        let services = written("services", &Value::Services(devices.into()));
        assert!(
            services.contains("<text render=\"true\" capture=\"true\" deviceAvailability=\"5000\"/>"),
            "{services}"
        );
    }
}
