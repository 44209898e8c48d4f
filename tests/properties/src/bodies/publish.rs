//! Publications, and the states and devices inside them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport_msbody::calendar::{self, FreeBusy, MAX_OCTETS, SLOTS_PER_OCTET, Slot};
use rapport_msbody::publish::{self, Publish};
use rapport_msbody::roaming_self::{self, RoamingData, SelfCategories, SelfCategory, SelfPublication};
use rapport_msbody::state::{AggregateActivity, AggregateState, StateKind, encode_aggregate};
use rapport_msbody::value::{Device, parse_device};
use rapport_msbody::watch::{WatchedCategory, WatchedPublication, encode_categories};
use rapport_msbody::xml::{attribute, element, number_attribute};
use rapport_msbody::{Fragment, StateFacts, time};

use super::{reads_as, well_formed, whole};

/// The bytes are a request to publish, or the value of a state, a device or a calendar.
pub(crate) fn check(data: &[u8]) {
    if let Ok(publish) = publish::parse(data) {
        reads_as(&publish, &written(&publish), publish::parse);
        publish.publications.iter().filter_map(|publication| publication.value.as_ref()).for_each(whole);
        documents(&publish);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(facts) = StateFacts::parse(text) {
        state(&facts);
    }
    if let Ok(device) = parse_device(text) {
        reads_as(&device, &written_device(&device), |body| {
            parse_device(std::str::from_utf8(body).expect("a String"))
        });
    }
    if let Ok(times @ Some(_)) = calendar::parse(text) {
        reads_as(&times, &written_calendar(times.as_ref()), |body| {
            calendar::parse(std::str::from_utf8(body).expect("a String"))
        });
    }
}

fn written_calendar(times: Option<&FreeBusy>) -> String {
    let Some(times) = times else { return "<calendarData/>".to_owned() };
    let slots: Vec<Slot> = times.slots().collect();
    assert!(slots.len() <= MAX_OCTETS * SLOTS_PER_OCTET, "{}", slots.len());
    let octets: Vec<u8> = slots
        .chunks(SLOTS_PER_OCTET)
        .map(|slots| slots.iter().rev().fold(0, |octet, slot| octet << 2 | *slot as u8))
        .collect();
    let mut out = String::from("<calendarData><freeBusy encodingVersion=\"1\"");
    let mut start = String::new();
    time::push_millis(&mut start, times.start_time);
    attribute(&mut out, "startTime", &start);
    attribute(&mut out, "granularity", &format!("PT{}M", times.granularity));
    out.push('>');
    STANDARD.encode_string(octets, &mut out);
    out + "</freeBusy></calendarData>"
}

fn written(publish: &Publish) -> String {
    let mut out = String::from("<publish><publications");
    attribute(&mut out, "uri", &publish.uri);
    out.push('>');
    for publication in &publish.publications {
        out.push_str("<publication");
        attribute(&mut out, "categoryName", &publication.category);
        number_attribute(&mut out, "instance", publication.instance);
        number_attribute(&mut out, "container", publication.container);
        number_attribute(&mut out, "version", publication.version);
        attribute(&mut out, "expireType", publication.expire_type.as_str());
        if let Some(expires) = publication.expires {
            number_attribute(&mut out, "expires", expires);
        }
        out.push('>');
        out.push_str(publication.value.as_ref().map_or("", Fragment::as_str));
        out.push_str("</publication>");
    }
    out + "</publications></publish>"
}

/// What the owner and the watchers get of it.
fn documents(publish: &Publish) {
    let value = |fragment: &Option<Fragment>| fragment.as_ref().map(|f| f.as_str().to_owned());
    let values: Vec<_> = publish.publications.iter().map(|p| value(&p.value)).collect();
    let entries: Vec<_> = publish.publications.iter().zip(&values).collect();
    let own: Vec<_> = entries
        .iter()
        .map(|(publication, value)| SelfCategory {
            name: &publication.category,
            container: publication.container,
            publication: Some(SelfPublication {
                instance: publication.instance,
                publish_time: u64::from(publication.version) << 12,
                version: publication.version,
                expire_type: publication.expire_type,
                expires: publication.expires,
                value: value.as_deref(),
            }),
        })
        .collect();
    let mut out = String::new();
    let categories = Some(SelfCategories { uri: &publish.uri, entries: &own });
    roaming_self::encode(&RoamingData { categories, ..RoamingData::default() }, &mut out);
    well_formed(&out);
    let watched: Vec<_> = entries
        .iter()
        .map(|(publication, value)| WatchedCategory {
            name: &publication.category,
            publication: Some(WatchedPublication {
                instance: publication.instance,
                publish_time: 0,
                value: value.as_deref(),
            }),
        })
        .collect();
    let mut out = String::new();
    encode_categories(&publish.uri, &watched, &mut out);
    well_formed(&out);
    for facts in publish.publications.iter().filter_map(|publication| publication.state.as_ref()) {
        state(facts);
    }
}

fn state(facts: &StateFacts) {
    reads_as(facts, &written_state(facts), |body| {
        StateFacts::parse(std::str::from_utf8(body).expect("a String"))
    });
    let parts = [&facts.endpoint_location, &facts.device, &facts.meeting_subject, &facts.meeting_location];
    let custom = facts.activity.iter().flat_map(|activity| &activity.custom);
    parts.into_iter().flatten().chain(custom).for_each(whole);
    aggregate(facts);
}

fn written_state(facts: &StateFacts) -> String {
    let mut out = String::from("<state xmlns:x=\"http://www.w3.org/2001/XMLSchema-instance\"");
    let kind = match facts.kind {
        StateKind::Machine => "machineState",
        StateKind::User => "userState",
        StateKind::Phone => "phoneState",
        StateKind::Calendar => "calendarState",
        StateKind::Aggregate => "aggregateState",
        StateKind::AggregateMachine => "aggregateMachineState",
        StateKind::Other => "another",
    };
    attribute(&mut out, "x:type", kind);
    attribute(&mut out, "manual", if facts.manual { "true" } else { "false" });
    for (name, moment) in [("startTime", facts.start_time), ("lastActive", facts.last_active)] {
        if let Some(moment) = moment {
            let mut text = String::new();
            time::push_millis(&mut text, moment);
            attribute(&mut out, name, &text);
        }
    }
    if let Some(uri) = &facts.uri {
        attribute(&mut out, "uri", uri);
    }
    out.push('>');
    if let Some(availability) = facts.availability {
        element(&mut out, "availability", &availability.to_string());
    }
    if let Some(activity) = &facts.activity {
        out.push_str("<activity");
        if let Some(token) = &activity.token {
            attribute(&mut out, "token", token);
        }
        for (name, bound) in
            [("minAvailability", activity.min_availability), ("maxAvailability", activity.max_availability)]
        {
            if let Some(bound) = bound {
                number_attribute(&mut out, name, bound);
            }
        }
        out.push('>');
        activity.custom.iter().for_each(|custom| out.push_str(custom.as_str()));
        out.push_str("</activity>");
    }
    let parts = [&facts.endpoint_location, &facts.device, &facts.meeting_subject, &facts.meeting_location];
    parts.into_iter().flatten().for_each(|part| out.push_str(part.as_str()));
    out + "</state>"
}

/// The server's own state, made of a client's, is a state that says the same.
fn aggregate(facts: &StateFacts) {
    let activity = facts.activity.as_ref().map(|activity| AggregateActivity {
        token: activity.token.as_deref(),
        min_availability: activity.min_availability,
        max_availability: activity.max_availability,
        custom: &activity.custom,
    });
    let state = AggregateState {
        availability: facts.availability.unwrap_or_default(),
        activity,
        last_active: facts.last_active,
        endpoint_location: facts.endpoint_location.as_ref().map(Fragment::as_str),
        meeting_subject: facts.meeting_subject.as_ref().map(Fragment::as_str),
        meeting_location: facts.meeting_location.as_ref().map(Fragment::as_str),
        device: facts.uri.as_deref(),
        time_zone_bias: Some(-60),
    };
    let mut out = String::new();
    encode_aggregate(&state, &mut out);
    well_formed(&out);
    match StateFacts::parse(&out) {
        Ok(again) => {
            assert_eq!(again.availability, Some(state.availability));
            let (token, custom) =
                facts.activity.as_ref().map_or((None, 0), |a| (a.token.as_ref(), a.custom.len()));
            let said = again.activity.as_ref();
            assert_eq!(said.and_then(|activity| activity.token.as_ref()), token);
            assert_eq!(said.map_or(0, |activity| activity.custom.len()), custom);
        }
        Err(error) => assert!(error.is_limit(), "{error}: {out}"),
    }
}

fn written_device(device: &Device) -> String {
    let mut out = String::from("<device");
    if let Some(id) = &device.endpoint_id {
        attribute(&mut out, "endpointId", id);
    }
    out.push_str("><capabilities>");
    for capability in &device.capabilities {
        out.push('<');
        out.push_str(&capability.name);
        attribute(&mut out, "capture", if capability.capture { "1" } else { "0" });
        attribute(&mut out, "render", if capability.render { "true" } else { "" });
        out.push_str("/>");
    }
    out.push_str("</capabilities>");
    if let Some(bias) = device.time_zone_bias {
        let (sign, east) = if bias > 0 { ('-', bias) } else { ('+', -bias) };
        // Minutes are taken beyond the hour, so that hours stay a number of two or three digits.
        let hours = (east / 60).min(255);
        element(&mut out, "timezone", &format!("00:00:00{sign}{hours:02}:{:02}", east - hours * 60));
    }
    if let Some(name) = &device.machine_name {
        element(&mut out, "machineName", name);
    }
    out + "</device>"
}
